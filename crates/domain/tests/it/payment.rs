//! The money stream: every command in every state, and races between notice, query and close.

use crate::house::code;
use crate::table;
use domain::floor::{RefundWhy, Way};
use domain::payment::*;
use domain::*;
use proptest::prelude::*;

table::variants!(PaymentCommand {
    StartAttempt {..}, RecordResult {..}, RequestClose {..}, EndWatch {..}, MarkCredited {..}, MarkNoCheck {..}, StartRefund {..}, RecordRefund {..},
    RetryRefund {..}, MarkRefundBooked {..}, OpenCase (..), TakeCase {..}, ResolveCase {..}, RecordBill (..), ForgetBefore {..},
});

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

const R1: RefundId = RefundId(0x9f1);
const R2: RefundId = RefundId(0x9f2);

fn give_back(refund: RefundId, amount: i64, why: RefundWhy) -> PaymentCommand {
    PaymentCommand::StartRefund { refund, attempt: P1, amount: Money(amount), why }
}

fn refund_says(result: RefundResult) -> PaymentCommand {
    PaymentCommand::RecordRefund { refund: R1, source: Source::Query, result }
}

fn refunded(amount: i64) -> RefundResult {
    RefundResult::Succeeded { channel_refund: Some("5030".into()), amount: Money(amount) }
}

fn refused(dead: bool) -> RefundResult {
    RefundResult::Failed { code: "NOT_ENOUGH".into(), dead }
}

fn waiting_too_long() -> PaymentCommand {
    PaymentCommand::OpenCase(OpenCase {
        kind: CaseKind::UnknownTooLong,
        subject: P1.0,
        attempt: Some(P1),
        refund: None,
        amount: Some(DUE),
        detail: "no\nanswer".into(),
    })
}

fn resolve(case: CaseId, how: &str) -> PaymentCommand {
    PaymentCommand::ResolveCase { case, by: code("ann"), how: how.into() }
}

fn bill() -> BillCompared {
    BillCompared {
        channel: ChannelTag::Wechat,
        day: "2026-11-22".into(),
        rows: 1,
        matched: 1,
        differences: 0,
        cross_day: 0,
        paid: DUE,
        refunded: Money(0),
        fee_e5: 18_000,
        at: Timestamp(0),
    }
}

/// Credited, 10.00 of it going back, and what came of that.
fn refunding(then: impl IntoIterator<Item = PaymentCommand>) -> Payments {
    let captured = [start(P1, 1), says(Source::Notice, paid(3000)), PaymentCommand::MarkCredited { attempt: P1 }];
    after(captured.into_iter().chain([give_back(R1, 1000, RefundWhy::Staff)]).chain(then))
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
        ("closed unseen", after([started(), says(Source::Close, ChannelResult::ClosedUnseen)])),
        ("failed", after([started(), says(Source::Query, failed())])),
        ("reversed", after([started(), says(Source::Reverse, ChannelResult::Reversed)])),
        ("captured, then reversed", after([started(), captured(), says(Source::Reverse, ChannelResult::Reversed)])),
        ("refunding", refunding([])),
        ("refund unknown", refunding([refund_says(RefundResult::Unknown { why: "timeout".into() })])),
        ("refund failed", refunding([refund_says(refused(false))])),
        ("refund failed, number dead", refunding([refund_says(refused(true))])),
        ("refund retried", refunding([refund_says(refused(true)), PaymentCommand::RetryRefund { refund: R1 }])),
        ("refunded", refunding([refund_says(refunded(1000))])),
        ("refunded, booked", refunding([refund_says(refunded(1000)), PaymentCommand::MarkRefundBooked { refund: R1 }])),
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
        ("closed unseen", says(Close, ChannelResult::ClosedUnseen)),
        ("", PaymentCommand::EndWatch { attempt: P1 }),
        ("failed", says(Query, failed())),
        ("unknown", says(Query, unknown())),
        ("", PaymentCommand::RequestClose { attempt: P1 }),
        ("", PaymentCommand::MarkCredited { attempt: P1 }),
        ("", PaymentCommand::MarkNoCheck { attempt: P1 }),
        ("reversed", says(Reverse, ChannelResult::Reversed)),
        ("all of it", give_back(R2, 3000, RefundWhy::Staff)),
        ("the rest of it", give_back(R2, 2000, RefundWhy::TooMuch)),
        ("the same refund", give_back(R1, 1000, RefundWhy::Staff)),
        ("nothing", give_back(R2, 0, RefundWhy::Staff)),
        ("gone back", refund_says(refunded(1000))),
        ("another amount gone back", refund_says(refunded(999))),
        ("under way", refund_says(RefundResult::Processing)),
        ("unknown", refund_says(RefundResult::Unknown { why: "timeout".into() })),
        ("refused", refund_says(refused(false))),
        ("given up", refund_says(refused(true))),
        ("", PaymentCommand::RetryRefund { refund: R1 }),
        ("", PaymentCommand::MarkRefundBooked { refund: R1 }),
        ("unknown too long", waiting_too_long()),
        ("the refund's", PaymentCommand::TakeCase { case: CaseKind::RefundFailed.about(R1.0), by: code("ann") }),
        ("the refund's", resolve(CaseKind::RefundFailed.about(R1.0), "已退现金")),
        ("without words", resolve(CaseKind::RefundFailed.about(R1.0), " ")),
        ("", PaymentCommand::RecordBill(bill())),
        ("now", PaymentCommand::ForgetBefore { before: Timestamp(100) }),
        ("what never was", PaymentCommand::ForgetBefore { before: Timestamp(0) }),
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
        let waits = matches!(
            name,
            "started" | "opened" | "asked, unknown" | "closing" | "mismatch seen" | "captured" | "captured, then reversed"
        );
        assert_eq!(payments.outstanding.contains(&P1), waits, "{name}");
    }
}

#[test]
fn what_was_closed_without_proof_is_watched_until_its_time_is_up() {
    let unseen = || [start(P1, 1), says(Source::Close, ChannelResult::ClosedUnseen)];
    let watched = after(unseen());
    assert_eq!(watched.watched[&P1], Timestamp(900_000).plus_minutes(1), "a minute beyond the last moment to pay");
    let forget = |payments: &Payments| {
        payments.decide(&PaymentCommand::ForgetBefore { before: Timestamp(i64::MAX) }, Timestamp(9), Currency::Cny)
    };
    assert_eq!(forget(&watched), Ok(vec![]), "what is watched is kept");
    let ended = after(unseen().into_iter().chain([PaymentCommand::EndWatch { attempt: P1 }]));
    assert!(ended.watched.is_empty());
    assert_eq!(forget(&ended).map(|events| events.len()), Ok(1));
    let paid = after(unseen().into_iter().chain([says(Source::Query, paid(3000))]));
    assert!(paid.watched.is_empty() && paid.outstanding.contains(&P1), "money that came all the same is work");
    assert!(paid.cases.contains_key(&CaseKind::PaidAfterClose.about(P1.0)));
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
    assert!(payments.cases.contains_key(&CaseKind::Mismatch.about(P1.0)));
}

#[test]
fn a_repeated_mismatched_notice_is_recorded_once() {
    let payments = after([start(P1, 1), says(Source::Notice, paid(2999))]);
    assert_eq!(payments.decide(&says(Source::Notice, paid(2999)), Timestamp(9), Currency::Cny), Ok(vec![]));
    assert_eq!(payments.decide(&says(Source::Notice, paid(2998)), Timestamp(9), Currency::Cny).unwrap().len(), 1);
}

fn money(amount: i64) -> Vec<PaymentCommand> {
    vec![start(P1, 1), says(Source::Notice, paid(amount)), PaymentCommand::MarkCredited { attempt: P1 }]
}

fn case_of(payments: &Payments, kind: CaseKind, subject: u128) -> Option<&Case> {
    payments.cases.get(&kind.about(subject))
}

/// What ended a case by itself; nothing while it is open.
fn how(payments: &Payments, kind: CaseKind, subject: u128) -> Option<&str> {
    case_of(payments, kind, subject)
        .unwrap()
        .resolved
        .as_ref()
        .filter(|resolved| resolved.by.is_none())
        .map(|resolved| &*resolved.how)
}

#[test]
fn a_refund_keeps_its_number_at_the_channel_until_the_channel_gives_it_up() {
    let no = |payments: &Payments| payments.refunds[&R1].channel_no();
    let first = R1.to_string();
    assert_eq!(no(&refunding([])), first);
    let retry = || PaymentCommand::RetryRefund { refund: R1 };
    assert_eq!(no(&refunding([refund_says(refused(false)), retry()])), first, "the same number cannot go back twice");
    let dead = || [refund_says(refused(true)), retry()];
    assert_eq!(no(&refunding(dead())), format!("{first}-1"));
    assert_eq!(
        no(&refunding([refund_says(refused(false)), retry()].into_iter().chain(dead()).chain(dead()))),
        format!("{first}-2")
    );
    assert!(format!("{first}-99").len() <= 64, "the longest a channel takes");
}

#[test]
fn a_reversal_of_captured_money_is_a_refund_of_all_that_was_left_and_happens_once() {
    let reversed = || says(Source::Reverse, ChannelResult::Reversed);
    let payments = refunding([refund_says(refunded(1000)), reversed()]);
    let back = &payments.refunds[&RefundId(P1.0)];
    assert_eq!((back.amount, back.why), (Money(2000), RefundWhy::TakenBack));
    assert!(matches!(payments.attempts[&P1].state, AttemptState::Captured { .. }), "paid stays paid");
    assert!(payments.outstanding_refunds.contains(&back.refund), "the check has to hear of it");
    assert_eq!(payments.decide(&reversed(), Timestamp(9), Currency::Cny), Ok(vec![]));
}

#[test]
fn a_reversal_of_what_has_all_gone_back_moves_no_money() {
    let payments = after(money(3000).into_iter().chain([give_back(R1, 3000, RefundWhy::Staff)]));
    assert_eq!(payments.decide(&says(Source::Reverse, ChannelResult::Reversed), Timestamp(9), Currency::Cny), Ok(vec![]));
}

#[test]
fn late_money_after_a_reversal_counts_and_is_put_before_a_person() {
    let payments = after([start(P1, 1), says(Source::Reverse, ChannelResult::Reversed), says(Source::Notice, paid(3000))]);
    assert!(matches!(payments.attempts[&P1].state, AttemptState::Captured { .. }));
    assert!(payments.outstanding.contains(&P1) && case_of(&payments, CaseKind::PaidAfterClose, P1.0).is_some());
}

#[test]
fn waiting_too_long_ends_with_any_certain_answer() {
    for answer in [paid(3000), ChannelResult::Closed, ChannelResult::Reversed, failed()] {
        let payments = after([start(P1, 1), waiting_too_long(), says(Source::Query, answer)]);
        assert_eq!(how(&payments, CaseKind::UnknownTooLong, P1.0), Some("answered"));
    }
    let payments = after([start(P1, 1), waiting_too_long(), says(Source::Query, unknown())]);
    assert_eq!(how(&payments, CaseKind::UnknownTooLong, P1.0), None);
    assert_eq!(case_of(&payments, CaseKind::UnknownTooLong, P1.0).unwrap().detail, "noanswer", "no line break reaches a log");
}

#[test]
fn a_case_is_opened_once_and_has_a_clock() {
    let payments = after([start(P1, 1), waiting_too_long()]);
    let case = case_of(&payments, CaseKind::UnknownTooLong, P1.0).unwrap();
    assert_eq!((case.opened_at, case.due_at), (Timestamp(1), Timestamp(900_001)));
    assert_eq!(payments.decide(&waiting_too_long(), Timestamp(9), Currency::Cny), Ok(vec![]));
}

#[test]
fn late_money_that_reaches_the_check_ends_its_case() {
    let late = [start(P1, 1), says(Source::Close, ChannelResult::Closed), says(Source::Notice, paid(3000))];
    let payments = after(late.into_iter().chain([PaymentCommand::MarkCredited { attempt: P1 }]));
    assert_eq!(how(&payments, CaseKind::PaidAfterClose, P1.0), Some("on the check"));
}

#[test]
fn the_case_of_a_double_payment_ends_with_its_own_refund_not_with_another() {
    let doubled = money(3000).into_iter().chain([give_back(R2, 1000, RefundWhy::TooMuch), give_back(R1, 500, RefundWhy::Staff)]);
    let other = after(doubled.clone().chain([refund_says(refunded(500))]));
    assert_eq!(how(&other, CaseKind::Doubled, P1.0), None);
    let own = PaymentCommand::RecordRefund { refund: R2, source: Source::Query, result: refunded(1000) };
    assert_eq!(how(&after(doubled.chain([own])), CaseKind::Doubled, P1.0), Some("refunded"));
}

#[test]
fn the_case_of_money_without_a_check_ends_once_all_of_it_is_back() {
    let unplaced = || [start(P1, 1), says(Source::Notice, paid(3000)), PaymentCommand::MarkNoCheck { attempt: P1 }];
    let half = after(unplaced().into_iter().chain([give_back(R1, 1000, RefundWhy::NoCheck), refund_says(refunded(1000))]));
    assert_eq!(how(&half, CaseKind::NoCheck, P1.0), None);
    let all = after(unplaced().into_iter().chain([give_back(R1, 3000, RefundWhy::NoCheck), refund_says(refunded(3000))]));
    assert_eq!(how(&all, CaseKind::NoCheck, P1.0), Some("refunded"));
}

#[test]
fn a_refund_that_fails_again_after_its_case_was_settled_is_looked_at_again() {
    let case = CaseKind::RefundFailed.about(R1.0);
    let again = [refund_says(refused(false)), resolve(case, "再试一次"), PaymentCommand::RetryRefund { refund: R1 }];
    let payments = refunding(again.into_iter().chain([refund_says(refused(false))]));
    assert!(payments.cases[&case].resolved.is_none());
    let done = refunding([refund_says(refused(false)), refund_says(refunded(1000))]);
    assert_eq!(how(&done, CaseKind::RefundFailed, R1.0), Some("refunded"), "the channel did it after all");
}

#[test]
fn a_refund_of_another_amount_than_asked_waits_for_a_person_and_is_said_once() {
    let payments = refunding([refund_says(refunded(999))]);
    assert!(matches!(&payments.refunds[&R1].state, RefundState::Failed { code, dead: false } if code == "AMOUNT_DIFFERS"));
    assert_eq!(payments.decide(&refund_says(refunded(999)), Timestamp(9), Currency::Cny), Ok(vec![]));
}

#[test]
fn of_a_mismatched_payment_goes_back_what_the_channel_holds_and_no_more() {
    let payments = after([start(P1, 1), says(Source::Notice, paid(2999))]);
    let no = payments.decide(&give_back(R1, 3000, RefundWhy::Mismatch), Timestamp(9), Currency::Cny);
    assert_eq!(no, Err(PaymentReject::RefundTooLarge { left: Money(2999) }));
    let sent =
        [start(P1, 1), says(Source::Notice, paid(2999)), give_back(R1, 2999, RefundWhy::Mismatch), refund_says(refunded(2999))];
    let payments = after(sent);
    assert_eq!((payments.refundable(P1), how(&payments, CaseKind::Mismatch, P1.0)), (Money(0), Some("refunded")));
    let nothing = after([start(P1, 1), says(Source::Notice, paid(-3000))]);
    let no = nothing.decide(&give_back(R1, 1, RefundWhy::Mismatch), Timestamp(9), Currency::Cny);
    assert_eq!(no, Err(PaymentReject::RefundTooLarge { left: Money(0) }));
}

#[test]
fn a_mismatched_payment_the_channel_took_back_is_not_sent_back_again() {
    let payments = after([start(P1, 1), says(Source::Query, paid(2999)), says(Source::Reverse, ChannelResult::Reversed)]);
    assert_eq!(payments.refundable(P1), Money(0));
}

#[test]
fn every_mismatch_is_listed_once_however_the_notices_alternate() {
    let notices = [2999, 2998, 2999, 2998, 2998].map(|amount| says(Source::Notice, paid(amount)));
    let payments = after([start(P1, 1)].into_iter().chain(notices));
    assert_eq!(payments.attempts[&P1].timeline.iter().filter(|step| step.what == "MismatchSeen").count(), 2);
}

#[test]
fn only_what_is_settled_is_forgotten() {
    let forget = PaymentCommand::ForgetBefore { before: Timestamp(100) };
    for (name, payments) in states() {
        let settled = matches!(name, "credited" | "closed" | "failed" | "reversed" | "refunded, booked");
        let events = payments.decide(&forget, Timestamp(100), Currency::Cny).unwrap();
        assert_eq!(!events.is_empty(), settled, "{name}");
        let mut after = payments.clone();
        after.apply(&PaymentEvent::AttemptsForgotten { before: Timestamp(100) });
        assert_eq!(after.attempts.is_empty(), settled || name == "nothing tried", "{name}");
        assert_eq!(after.refunds.is_empty(), after.attempts.is_empty() || payments.refunds.is_empty(), "{name}");
        assert_eq!(after.outstanding, payments.outstanding, "{name}");
        assert_eq!(after.outstanding_refunds, payments.outstanding_refunds, "{name}");
        let open = |payments: &Payments| payments.cases.values().filter(|case| case.resolved.is_none()).count();
        assert_eq!(open(&after), open(&payments), "{name}");
    }
}

#[test]
fn a_settled_case_is_remembered_as_long_as_its_payment() {
    let case = CaseKind::Mismatch.about(P1.0);
    let mut payments = after([start(P1, 1), says(Source::Query, paid(2999)), resolve(case, "已查")]);
    payments.apply(&PaymentEvent::AttemptsForgotten { before: Timestamp(100) });
    assert_eq!((payments.attempts.len(), payments.refundable(P1)), (1, Money(2999)), "it is open, and what it holds is known");
}

#[test]
fn a_payment_that_is_never_answered_fills_no_memory() {
    let asked = std::iter::repeat_n(says(Source::Query, unknown()), 500);
    let payments = after([start(P1, 1)].into_iter().chain(asked));
    let attempt = &payments.attempts[&P1];
    assert!(attempt.timeline.len() <= 64 && attempt.times_asked == 500);
    let refund = refunding(std::iter::repeat_n(refund_says(RefundResult::Processing), 500));
    assert!(refund.refunds[&R1].timeline.len() <= 64);
}

/// Anything a channel or a worker may say, in any order.
fn any_command() -> impl Strategy<Value = PaymentCommand> {
    let source =
        prop_oneof![Just(Source::Open), Just(Source::Notice), Just(Source::Query), Just(Source::Close), Just(Source::Reverse)];
    let result = prop_oneof![
        Just(opened()),
        Just(paid(3000)),
        prop_oneof![Just(2999), Just(0), Just(-3000), Just(i64::MAX)].prop_map(paid),
        Just(paid_in(Currency::Usd, true)),
        Just(paid_in(Currency::Cny, false)),
        Just(ChannelResult::NotPaid),
        Just(ChannelResult::Closed),
        Just(ChannelResult::Reversed),
        Just(failed()),
        Just(unknown()),
    ];
    let why = prop_oneof![Just(RefundWhy::Staff), Just(RefundWhy::TooMuch), Just(RefundWhy::Mismatch)];
    let refund = || prop_oneof![Just(R1), Just(R2), Just(RefundId(3))];
    let of_refund = prop_oneof![
        (0i64..3100).prop_map(refunded),
        Just(RefundResult::Processing),
        Just(RefundResult::Unknown { why: "timeout".into() }),
        any::<bool>().prop_map(refused),
    ];
    let exact = refund().prop_map(|refund| PaymentCommand::RecordRefund { refund, source: Source::Notice, result: refunded(-1) });
    prop_oneof![
        8 => (source, result).prop_map(|(source, result)| says(source, result)),
        1 => Just(PaymentCommand::RequestClose { attempt: P1 }),
        1 => Just(PaymentCommand::MarkCredited { attempt: P1 }),
        1 => Just(PaymentCommand::MarkNoCheck { attempt: P1 }),
        1 => Just(start(P1, 1)),
        1 => Just(start(P2, 1)),
        3 => (refund(), 1i64..3100, why).prop_map(|(refund, amount, why)| give_back(refund, amount, why)),
        2 => (refund(), of_refund).prop_map(|(refund, result)| PaymentCommand::RecordRefund { refund, source: Source::Query, result }),
        2 => exact,
        1 => refund().prop_map(|refund| PaymentCommand::RetryRefund { refund }),
        1 => refund().prop_map(|refund| PaymentCommand::MarkRefundBooked { refund }),
        1 => Just(waiting_too_long()),
        1 => Just(resolve(CaseKind::Mismatch.about(P1.0), "已查")),
        1 => Just(PaymentCommand::ForgetBefore { before: Timestamp(0) }),
    ]
}

/// A refund that succeeded brings back what was asked; `-1` stands for that.
fn exactly(payments: &Payments, command: &PaymentCommand) -> PaymentCommand {
    match command {
        PaymentCommand::RecordRefund { refund, source, result: RefundResult::Succeeded { amount: Money(-1), .. } } => {
            let amount = payments.refunds.get(refund).map(|refund| refund.amount.0).unwrap_or_default();
            PaymentCommand::RecordRefund { refund: *refund, source: *source, result: refunded(amount) }
        }
        other => other.clone(),
    }
}

/// What holds after every step.
fn check_promises(before: &Payments, now: &Payments) -> Result<(), TestCaseError> {
    for (id, refund) in &before.refunds {
        let is = &now.refunds[id];
        prop_assert_eq!((is.amount, is.attempt), (refund.amount, refund.attempt), "a refund never changes its amount");
        let was_done = matches!(refund.state, RefundState::Succeeded { .. });
        prop_assert!(!was_done || refund.state == is.state, "gone back is gone back");
        prop_assert!(is.booked || !refund.booked);
        let gave_up = matches!(refund.state, RefundState::Failed { dead: true, .. });
        let counted_up = is.number == refund.number + 1 && gave_up;
        prop_assert!(is.number == refund.number || counted_up, "a new number only where the channel gave the former up");
        prop_assert!(is.timeline.len() <= 64);
    }
    for (id, case) in &before.cases {
        let is = &now.cases[id];
        prop_assert_eq!(is.kind, case.kind);
        prop_assert!(is.resolved.is_some() || case.resolved.is_none() || case.kind == CaseKind::RefundFailed, "settled once");
    }
    for attempt in now.attempts.values() {
        let back: Money =
            now.refunds.values().filter(|refund| refund.attempt == attempt.attempt).map(|refund| refund.amount).sum();
        if matches!(attempt.state, AttemptState::Captured { .. }) {
            // What didn't match may have begun to go back before the right money came.
            let mismatched = now.cases.contains_key(&CaseKind::Mismatch.about(attempt.attempt.0));
            prop_assert!(back <= attempt.amount || mismatched, "never more than was captured");
        }
        prop_assert!(attempt.timeline.len() <= 64);
    }
    for refund in now.refunds.values() {
        let waits = match refund.state {
            RefundState::Open => true,
            RefundState::Succeeded { .. } => !refund.booked,
            RefundState::Failed { .. } => false,
        };
        prop_assert_eq!(now.outstanding_refunds.contains(&refund.refund), waits, "{:?}", refund);
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::properties::config(256))]

    #[test]
    fn paid_is_monotone_under_any_interleaving(commands in prop::collection::vec(any_command(), 0..50)) {
        let mut payments = after([start(P1, 1)]);
        let mut log = vec![];
        let mut captures = 0;
        for (i, command) in commands.iter().enumerate() {
            let before = payments.clone();
            let command = exactly(&payments, command);
            let Ok(events) = payments.decide(&command, Timestamp(i as i64), Currency::Cny) else { continue };
            for event in &events {
                payments.apply(event);
                if let PaymentEvent::Captured { amount, .. } = event {
                    captures += 1;
                    prop_assert_eq!(*amount, DUE, "only what was asked for is captured");
                }
            }
            log.extend(events);
            let (was, attempt) = (&before.attempts[&P1], &payments.attempts[&P1]);
            let captured = matches!(attempt.state, AttemptState::Captured { .. });
            prop_assert!(captured || !matches!(was.state, AttemptState::Captured { .. }), "paid never becomes unpaid");
            prop_assert!(attempt.credited || !was.credited);
            prop_assert!(captured || !attempt.credited, "nothing is credited that wasn't captured");
            prop_assert!(payments.refundable(P1).0 >= 0 || payments.cases.contains_key(&CaseKind::Mismatch.about(P1.0)));
            check_promises(&before, &payments)?;
        }
        prop_assert!(captures <= 1);
        let mut good = commands.iter().filter(|c| matches!(c, PaymentCommand::RecordResult { result, .. } if *result == paid(3000)));
        prop_assert_eq!(captures == 1, good.next().is_some(), "whatever else is said, good money is captured");
        let mut again = after([start(P1, 1)]);
        let mut from_text = again.clone();
        for event in &log {
            again.apply(event);
            from_text.apply(&serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap());
        }
        prop_assert_eq!(&again, &payments, "replay gives the same state");
        prop_assert_eq!(&from_text, &payments, "as does replay of what was written");
    }
}
