//! The money stream: every command in every state, and races between notice, query and close.

use crate::table;
use domain::floor::Way;
use domain::payment::*;
use domain::*;
use proptest::prelude::*;

table::variants!(PaymentCommand { StartAttempt {..}, RecordResult {..}, RequestClose {..}, MarkCredited {..}, MarkNoCheck {..} });

const P1: AttemptId = AttemptId(0x9a1);
const P2: AttemptId = AttemptId(0x9a2);
const DUE: Money = Money(3000);

fn start(attempt: AttemptId, ask: u128) -> PaymentCommand {
    let (ask, session, expires_at) = (AskId(ask), SessionId(0x51), Timestamp(900_000));
    PaymentCommand::StartAttempt { attempt, ask, session, way: Way::WechatNative, amount: DUE, expires_at }
}

fn says(source: Source, result: ChannelResult) -> PaymentCommand {
    PaymentCommand::RecordResult { attempt: P1, source, result }
}

fn paid(amount: i64) -> ChannelResult {
    let (channel_txn, amount) = ("4200".into(), Money(amount));
    ChannelResult::Paid { channel_txn, amount, currency: Currency::Cny, merchant_matches: true, paid_at: Timestamp(60_000) }
}

fn paid_in(currency: Currency, merchant_matches: bool) -> ChannelResult {
    ChannelResult::Paid { channel_txn: "4200".into(), amount: DUE, currency, merchant_matches, paid_at: Timestamp(60_000) }
}

fn opened() -> ChannelResult {
    ChannelResult::Opened(Opened::Code { code_url: "weixin://wxpay/x".into() })
}

fn unknown() -> ChannelResult {
    ChannelResult::Unknown { why: "no answer".into() }
}

fn failed() -> ChannelResult {
    ChannelResult::Failed { code: "NOTENOUGH".into() }
}

/// The money stream after these commands, none refused.
fn after(commands: impl IntoIterator<Item = PaymentCommand>) -> Payments {
    let mut payments = Payments::default();
    for (i, command) in commands.into_iter().enumerate() {
        for event in payments.decide(&command, Timestamp(i as i64), Currency::Cny).unwrap() {
            payments.apply(&event);
        }
    }
    payments
}

fn states() -> Vec<(&'static str, Payments)> {
    use PaymentCommand::{MarkCredited, MarkNoCheck, RequestClose};
    let started = || start(P1, 1);
    let captured = || says(Source::Notice, paid(3000));
    vec![
        ("nothing tried", after([])),
        ("started", after([started()])),
        ("opened", after([started(), says(Source::Open, opened())])),
        ("asked, unknown", after([started(), says(Source::Query, unknown())])),
        ("closing", after([started(), RequestClose { attempt: P1 }])),
        ("mismatch seen", after([started(), says(Source::Notice, paid(2999))])),
        ("captured", after([started(), captured()])),
        ("credited", after([started(), captured(), MarkCredited { attempt: P1 }])),
        ("captured, no check", after([started(), captured(), MarkNoCheck { attempt: P1 }])),
        ("closed", after([started(), says(Source::Close, ChannelResult::Closed)])),
        ("failed", after([started(), says(Source::Query, failed())])),
    ]
}

fn commands() -> Vec<(&'static str, PaymentCommand)> {
    use Source::*;
    vec![
        ("the same try", start(P1, 1)),
        ("another try of the same ask", start(P2, 1)),
        ("a try of another ask", start(P2, 2)),
        ("opened", says(Open, opened())),
        ("paid, by notice", says(Notice, paid(3000))),
        ("paid, by query", says(Query, paid(3000))),
        ("paid, says the close", says(Close, paid(3000))),
        ("paid one fen less, by notice", says(Notice, paid(2999))),
        ("paid one fen less, by query", says(Query, paid(2999))),
        ("paid in dollars", says(Notice, paid_in(Currency::Usd, true))),
        ("paid to another merchant", says(Notice, paid_in(Currency::Cny, false))),
        ("not paid", says(Query, ChannelResult::NotPaid)),
        ("closed", says(Close, ChannelResult::Closed)),
        ("failed", says(Query, failed())),
        ("unknown", says(Query, unknown())),
        ("", PaymentCommand::RequestClose { attempt: P1 }),
        ("", PaymentCommand::MarkCredited { attempt: P1 }),
        ("", PaymentCommand::MarkNoCheck { attempt: P1 }),
    ]
}

#[test]
fn every_payment_command_has_its_outcome_in_every_state() {
    let commands = commands();
    let rows: Vec<_> = commands.iter().map(|(what, command)| (variant_of(command).to_string(), what.to_string())).collect();
    table::check_complete(&rows, VARIANTS);
    table::check("payment_table.txt", &rows, &states(), |i, payments| {
        let decided = payments.decide(&commands[i].1, Timestamp(100), Currency::Cny);
        table::outcome(decided.map(|events| events.iter().map(PaymentEvent::kind).collect()).map_err(|no| format!("{no:?}")))
    });
}

#[test]
fn an_open_attempt_is_outstanding_work_and_a_credited_one_is_not() {
    for (name, payments) in states() {
        let waits = matches!(name, "started" | "opened" | "asked, unknown" | "closing" | "mismatch seen" | "captured");
        assert_eq!(payments.outstanding.contains(&P1), waits, "{name}");
    }
}

#[test]
fn late_money_after_a_close_is_work_again() {
    let late = after([start(P1, 1), says(Source::Close, ChannelResult::Closed), says(Source::Notice, paid(3000))]);
    assert!(matches!(late.attempts[&P1].state, AttemptState::Captured { .. }));
    assert!(late.outstanding.contains(&P1));
}

#[test]
fn a_mismatch_waits_like_an_answer_so_that_the_channel_is_not_asked_without_pause() {
    let payments = after([start(P1, 1), says(Source::Query, paid(2999))]);
    let attempt = &payments.attempts[&P1];
    assert_eq!((attempt.asked_at, attempt.times_asked), (Some(Timestamp(1)), 1));
    assert_eq!(attempt.unknown_why.as_deref(), Some("amount"));
    assert!(payments.exceptions.contains_key(&P1));
}

#[test]
fn a_repeated_mismatched_notice_is_recorded_once() {
    let payments = after([start(P1, 1), says(Source::Notice, paid(2999))]);
    assert_eq!(payments.decide(&says(Source::Notice, paid(2999)), Timestamp(9), Currency::Cny), Ok(vec![]));
    assert_eq!(payments.decide(&says(Source::Notice, paid(2998)), Timestamp(9), Currency::Cny).unwrap().len(), 1);
}

/// Anything a channel or a worker may say, in any order.
fn any_command() -> impl Strategy<Value = PaymentCommand> {
    let source = prop_oneof![Just(Source::Open), Just(Source::Notice), Just(Source::Query), Just(Source::Close)];
    let result = prop_oneof![
        Just(opened()),
        Just(paid(3000)),
        prop_oneof![Just(2999), Just(0), Just(-3000), Just(i64::MAX)].prop_map(paid),
        Just(paid_in(Currency::Usd, true)),
        Just(paid_in(Currency::Cny, false)),
        Just(ChannelResult::NotPaid),
        Just(ChannelResult::Closed),
        Just(failed()),
        Just(unknown()),
    ];
    prop_oneof![
        8 => (source, result).prop_map(|(source, result)| says(source, result)),
        1 => Just(PaymentCommand::RequestClose { attempt: P1 }),
        1 => Just(PaymentCommand::MarkCredited { attempt: P1 }),
        1 => Just(PaymentCommand::MarkNoCheck { attempt: P1 }),
        1 => Just(start(P1, 1)),
        1 => Just(start(P2, 1)),
    ]
}

proptest! {
    #![proptest_config(crate::properties::config(128))]

    #[test]
    fn paid_is_monotone_under_any_interleaving(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut payments = after([start(P1, 1)]);
        let mut log = vec![];
        let mut captures = 0;
        for (i, command) in commands.iter().enumerate() {
            let was_captured = matches!(payments.attempts[&P1].state, AttemptState::Captured { .. });
            let was_credited = payments.attempts[&P1].credited;
            let Ok(events) = payments.decide(command, Timestamp(i as i64), Currency::Cny) else { continue };
            for event in &events {
                payments.apply(event);
                if let PaymentEvent::Captured { amount, .. } = event {
                    captures += 1;
                    prop_assert_eq!(*amount, DUE, "only what was asked for is captured");
                }
            }
            log.extend(events);
            let attempt = &payments.attempts[&P1];
            let captured = matches!(attempt.state, AttemptState::Captured { .. });
            prop_assert!(captured || !was_captured, "paid never becomes unpaid");
            prop_assert!(attempt.credited || !was_credited);
            prop_assert!(captured || !attempt.credited, "nothing is credited that wasn't captured");
        }
        prop_assert!(captures <= 1);
        let mut good = commands.iter().filter(|c| matches!(c, PaymentCommand::RecordResult { result, .. } if *result == paid(3000)));
        prop_assert_eq!(captures == 1, good.next().is_some(), "whatever else is said, good money is captured");
        let mut again = after([start(P1, 1)]);
        log.iter().for_each(|event| again.apply(event));
        prop_assert_eq!(again, payments, "replay gives the same state");
    }
}
