//! What people see, where it follows from a rule.

use crate::house::*;
use crate::story::*;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::LineProblem;
use domain::payment::*;
use domain::view::*;
use domain::*;

fn phone(story: &Story, payments: &Payments) -> SessionView {
    session_view(&story.floor, payments, story.party(S1), story.now, &story.known)
}

fn attempt(results: &[ChannelResult]) -> Payments {
    let mut payments = Payments::default();
    let (attempt, session, expires_at) = (AttemptId(A1.0), S1, Timestamp(900_000));
    let start =
        PaymentCommand::StartAttempt { attempt, ask: A1, session, way: Way::WechatNative, amount: Money(3000), expires_at };
    let said =
        results.iter().map(|result| PaymentCommand::RecordResult { attempt, source: Source::Query, result: result.clone() });
    for command in std::iter::once(start).chain(said) {
        for event in payments.decide(&command, Timestamp(0), Currency::Cny).unwrap() {
            payments.apply(&event);
        }
    }
    payments
}

#[test]
fn a_payment_is_paid_only_once_it_stands_on_the_check() {
    let story = ordered().and([ask(A1, S1, 3000, None)]);
    let opened = ChannelResult::Opened(Opened::Code { code_url: "weixin://x".into() });
    let unknown = ChannelResult::Unknown { why: "timeout".into() };
    let paid = |amount| ChannelResult::Paid {
        channel_txn: "4200".into(),
        amount: Money(amount),
        currency: Currency::Cny,
        merchant_matches: true,
        paid_at: Timestamp(1),
    };
    let state = |story: &Story, payments: &Payments| phone(story, payments).payments[0].state;
    assert_eq!(state(&story, &Payments::default()), PaymentState::Starting);
    assert_eq!(state(&story, &attempt(&[])), PaymentState::Starting);
    assert_eq!(state(&story, &attempt(std::slice::from_ref(&opened))), PaymentState::Waiting);
    assert_eq!(state(&story, &attempt(&[opened.clone(), unknown])), PaymentState::Checking);
    assert_eq!(
        state(&story, &attempt(&[opened.clone(), paid(2999)])),
        PaymentState::Checking,
        "wrong money: nobody pays again meanwhile"
    );
    assert_eq!(state(&story, &attempt(&[opened.clone(), paid(3000)])), PaymentState::Checking);
    assert_eq!(phone(&story, &attempt(&[opened, paid(3000)])).check.state, CheckState::Checking);
    let story = story.and([credit(A1, 3000)]);
    let view = phone(&story, &attempt(&[paid(3000)]));
    assert_eq!(
        (view.payments[0].state, view.check.state, view.check.balance),
        (PaymentState::Paid, CheckState::Settled, Money(0))
    );
    assert_eq!(view.payments[0].code_url, None, "a paid code is shown no more");
}

#[test]
fn a_cart_line_says_when_it_cannot_be_had_any_more() {
    let story = seated()
        .and([put(S1, G1, L1, plain("duck", 1)), put(S1, G1, L2, plain("lunch", 1)), stock("duck", true, None)])
        .minute(900);
    let problems: Vec<_> = phone(&story, &Payments::default()).cart.iter().map(|line| line.problem).collect();
    assert_eq!(problems, [Some(LineProblem::SoldOut), Some(LineProblem::OffHours)]);
}

#[test]
fn the_floor_counts_unseen_and_overdue_dishes() {
    let party =
        |story: &Story| floor_board(&story.floor, &Payments::default(), story.now, &story.known).tables[0].sessions[0].clone();
    let story = seated().and([place(O1, S1, &[(L1, plain("rice", 1)), (L2, plain("salad", 1))])]);
    assert_eq!((party(&story).unseen, party(&story).overdue), (2, 0));
    let story = story.and([paint(&[item(L1, 0)])]).at(21);
    assert_eq!((party(&story).unseen, party(&story).overdue), (1, 2));
    let story = story.and([step(L1, 0, Step::Ready)]);
    assert_eq!((party(&story).unseen, party(&story).overdue), (1, 1));
}

#[test]
fn an_unpaid_order_is_on_no_ticket_and_no_pick_up_board() {
    let story = unpaid();
    assert!(story.tickets().is_empty() && pickup_board(&story.floor).entries.is_empty());
    let view = phone(&story, &Payments::default());
    assert_eq!(
        (view.orders[0].state, view.orders[0].lines[0].state),
        (OrderViewState::AwaitingPayment, LineState::AwaitingPayment)
    );
}

fn paid_in_full() -> ChannelResult {
    ChannelResult::Paid {
        channel_txn: "4200".into(),
        amount: Money(3000),
        currency: Currency::Cny,
        merchant_matches: true,
        paid_at: Timestamp(1),
    }
}

/// Captured, credited and going back as asked.
fn refunding(amount: i64, says: &[RefundResult]) -> Payments {
    let mut payments = attempt(&[paid_in_full()]);
    let attempt = AttemptId(A1.0);
    let start = PaymentCommand::StartRefund { refund: R1, attempt, amount: Money(amount), why: RefundWhy::Staff };
    let said =
        says.iter().map(|result| PaymentCommand::RecordRefund { refund: R1, source: Source::Query, result: result.clone() });
    for command in [PaymentCommand::MarkCredited { attempt }, start].into_iter().chain(said) {
        for event in payments.decide(&command, Timestamp(10), Currency::Cny).unwrap() {
            payments.apply(&event);
        }
    }
    payments
}

fn refused() -> RefundResult {
    RefundResult::Failed { code: "NOT_ENOUGH".into(), dead: false }
}

#[test]
fn a_check_shows_money_on_its_way_back_as_gone_and_says_where_it_is() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[], 1000)]);
    let check = |story: &Story, payments: &Payments| phone(story, payments).check;
    let view = check(&story, &refunding(1000, &[]));
    assert_eq!((view.total, view.paid, view.balance, view.due), (Money(2000), Money(3000), Money(-1000), Money(0)));
    assert_eq!((view.state, view.allowance, view.tenders[0].refundable), (CheckState::Settled, Money(1000), Money(2000)));
    assert_eq!(view.refunds[0].state, RefundViewState::Returning);
    assert_eq!(check(&story, &refunding(1000, &[refused()])).refunds[0].state, RefundViewState::Failed);
    let view = check(&story.and([FloorCommand::PayRefund { refund: R1 }]), &refunding(1000, &[refused()]));
    assert_eq!((view.refunds[0].state, view.balance), (RefundViewState::Returned, Money(0)), "what went back has gone back");
}

#[test]
fn a_check_that_was_given_back_in_full_is_settled_not_empty() {
    let story = ordered().and([cash(1, S1, 3000, None), back(R1, S1, 1, &[L1], 3000)]);
    let view = phone(&story, &Payments::default()).check;
    assert_eq!((view.total, view.paid, view.state), (Money(0), Money(0), CheckState::Settled));
    assert_eq!(phone(&seated(), &Payments::default()).check.state, CheckState::Empty);
}

#[test]
fn a_share_shows_what_can_still_be_paid_of_it() {
    let story = ordered().and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1)]);
    let view = phone(&story, &Payments::default());
    let unpaid = |view: &SessionView| view.check.shares.iter().map(|share| share.unpaid.0).collect::<Vec<_>>();
    assert_eq!((unpaid(&view), view.payments[0].share), (vec![1500, 1500], Some(W1)));
    let story = story.and([credit(A1, 1500)]);
    assert_eq!(unpaid(&phone(&story, &Payments::default())), [0, 1500]);
    let story = story.and([part_in_cash(1, S1, 600)]);
    assert_eq!(unpaid(&phone(&story, &Payments::default())), [0, 900], "somebody else paid a part of it");
}

#[test]
fn a_tip_and_rounding_stand_beside_the_amount() {
    let tipped = AskPayment { tip: Money(300), ..wish(A1, S1, 3000) };
    let view = phone(&ordered().and([FloorCommand::AskPayment(tipped)]), &Payments::default());
    assert_eq!((view.payments[0].amount, view.payments[0].tip), (Money(3000), Money(300)));
    let off = TakeCash { rounded_off: Money(40), ..notes(1, S1, 2040) };
    let view = phone(&seated().and([place(O1, S1, &[(L1, fish(150))]), FloorCommand::TakeCash(off)]), &Payments::default());
    let tender = &view.check.tenders[0];
    assert_eq!((tender.amount, tender.rounded_off, tender.refundable), (Money(2040), Money(40), Money(2000)));
}

#[test]
fn a_payment_by_the_guests_wallet_is_checked_until_the_channel_says() {
    let by_code = AskPayment { way: Way::WechatCode, ..wish(A1, S1, 3000) };
    let story = ordered().and([FloorCommand::AskPayment(by_code)]);
    let (attempt, session, expires_at) = (AttemptId(A1.0), S1, Timestamp(900_000));
    let start = PaymentCommand::StartAttempt { attempt, ask: A1, session, way: Way::WechatCode, amount: Money(3000), expires_at };
    let mut payments = Payments::default();
    payments.decide(&start, Timestamp(0), Currency::Cny).unwrap().iter().for_each(|event| payments.apply(event));
    let view = phone(&story, &payments);
    assert_eq!((view.payments[0].state, view.check.state), (PaymentState::Checking, CheckState::Checking));
}

fn open_case(kind: CaseKind, about: Option<AttemptId>) -> PaymentCommand {
    PaymentCommand::OpenCase(OpenCase {
        kind,
        subject: about.map_or(1, |attempt| attempt.0),
        attempt: about,
        refund: None,
        amount: Some(Money(3000)),
        detail: "4200".into(),
    })
}

fn with_case(mut payments: Payments, kind: CaseKind, about: Option<AttemptId>) -> Payments {
    let events = payments.decide(&open_case(kind, about), Timestamp(10), Currency::Cny).unwrap();
    events.iter().for_each(|event| payments.apply(event));
    payments
}

#[test]
fn the_inbox_proposes_what_can_be_done_and_asks_the_channel_first() {
    use Remedy::*;
    let mine = Some(AttemptId(A1.0));
    let remedies = |payments: &Payments| inbox(&Floor::default(), payments, Timestamp(20)).cases[0].remedies.clone();
    let captured = || refunding(1000, &[]);
    assert_eq!(remedies(&with_case(attempt(&[]), CaseKind::UnknownTooLong, mine)), [AskChannel, GiveUp, Resolve]);
    assert_eq!(remedies(&with_case(captured(), CaseKind::BillDuplicate, mine)), [AskChannel, Resolve], "it is on a check");
    assert_eq!(remedies(&with_case(captured(), CaseKind::BillShort, mine)), [AskChannel, Resolve]);
    let unplaced = |back: i64| {
        let (attempt, why) = (AttemptId(A1.0), RefundWhy::NoCheck);
        let mut payments = self::attempt(&[paid_in_full()]);
        for command in [
            PaymentCommand::MarkNoCheck { attempt },
            PaymentCommand::StartRefund { refund: R1, attempt, amount: Money(back), why },
        ] {
            payments.decide(&command, Timestamp(10), Currency::Cny).unwrap().iter().for_each(|event| payments.apply(event));
        }
        payments
    };
    assert_eq!(remedies(&unplaced(1000)), [SendBack, Resolve]);
    assert_eq!(remedies(&unplaced(3000)), [Resolve], "all of it is on its way");
    assert_eq!(remedies(&refunding(1000, &[refused()])), [RetryRefund, AskChannel, Resolve]);
    assert_eq!(remedies(&with_case(attempt(&[]), CaseKind::NobodyAsked, None)), [Resolve]);
    let wrong = ChannelResult::Paid {
        channel_txn: "4200".into(),
        amount: Money(2999),
        currency: Currency::Cny,
        merchant_matches: true,
        paid_at: Timestamp(1),
    };
    assert_eq!(remedies(&attempt(&[wrong])), [AskChannel, GiveUp, SendBack, Resolve]);
}

#[test]
fn the_inbox_tells_the_whole_story_of_a_case_in_order() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[], 1000)]);
    let view = &inbox(&story.floor, &refunding(1000, &[refused()]), Timestamp(20)).cases[0];
    let kinds: Vec<_> = view.timeline.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(kinds, ["AttemptStarted", "Captured", "CaptureCredited", "RefundStarted", "RefundFailed", "CaseOpened"]);
    assert_eq!((view.table.as_deref(), view.ask, view.way), (Some("T1"), Some(A1), Some(Way::WechatNative)));
    assert!(view.timeline.is_sorted_by_key(|step| step.at));
}

#[test]
fn the_inbox_lists_open_cases_by_their_clock_and_settled_ones_last() {
    let mine = Some(AttemptId(A1.0));
    let kinds = [CaseKind::BillShort, CaseKind::UnknownTooLong, CaseKind::NoCheck];
    let mut payments = kinds.into_iter().fold(attempt(&[]), |payments, kind| with_case(payments, kind, mine));
    let order =
        |payments: &Payments| inbox(&Floor::default(), payments, Timestamp(20)).cases.iter().map(|c| c.kind).collect::<Vec<_>>();
    assert_eq!(order(&payments), [CaseKind::UnknownTooLong, CaseKind::NoCheck, CaseKind::BillShort]);
    let resolve =
        PaymentCommand::ResolveCase { case: CaseKind::UnknownTooLong.about(A1.0), by: code("ann"), how: "已查".into() };
    payments.decide(&resolve, Timestamp(30), Currency::Cny).unwrap().iter().for_each(|event| payments.apply(event));
    assert_eq!(order(&payments), [CaseKind::NoCheck, CaseKind::BillShort, CaseKind::UnknownTooLong]);
    let last = &inbox(&Floor::default(), &payments, Timestamp(i64::MAX)).cases[2];
    assert!(last.remedies.is_empty() && !last.overdue, "nothing is left to do about it");
}

#[test]
fn a_payment_nobody_said_aloud_within_a_minute_is_listed_until_it_is() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)]);
    let unsaid = |story: &Story, at| inbox(&story.floor, &Payments::default(), Timestamp(at)).unsaid.len();
    assert_eq!((unsaid(&story, 60_000), unsaid(&story, 60_001)), (0, 1));
    // The first is the new order in the kitchen.
    let story = story.and([FloorCommand::ReportPlayed { device: "前台".into(), numbers: vec![2] }]);
    assert_eq!(unsaid(&story, 60_001), 0);
}

#[test]
fn a_row_of_payments_says_what_went_back_and_what_still_can() {
    let rows = payment_rows(&Floor::default(), &refunding(1000, &[]));
    assert_eq!((rows[0].refunded, rows[0].refundable, rows[0].state), (Money(1000), Money(2000), PaymentRowState::Paid));
    assert_eq!(rows[0].channel_txn.as_deref(), Some("4200"));
}
