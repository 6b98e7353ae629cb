//! What people see, where it follows from a rule.

use crate::house::*;
use crate::story::*;
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
    assert!(tickets(&story.floor).is_empty() && pickup_board(&story.floor).entries.is_empty());
    let view = phone(&story, &Payments::default());
    assert_eq!(
        (view.orders[0].state, view.orders[0].lines[0].state),
        (OrderViewState::AwaitingPayment, LineState::AwaitingPayment)
    );
}
