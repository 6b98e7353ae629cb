//! Every floor command in every state of a table, an order, an item, a payment.

use crate::house::{code, plain};
use crate::story::*;
use crate::table;
use domain::floor::*;
use domain::{Money, ShareId};

table::variants!(FloorCommand {
    OpenDay {}, CloseDay {..}, OpenTable (..), JoinTable (..), CloseTable {..}, PutCartLine (..), SetCartQuantity {..}, PlaceOrder (..),
    CancelOrder {..}, ExpireOrder {..}, ReportPainted {..}, StepItem {..}, VoidLine {..}, AcknowledgeVoid {..}, RushLine {..},
    AnswerRush {..}, CallNumber {..}, CollectOrder {..}, SetStock {..}, CallWaiter {..}, AnswerCall {..}, AskPayment (..), CloseAsk {..},
    CreditCapture (..), TakeCash (..), TakeTender (..), SplitCheck (..), UndoSplit {..}, AskRefund (..), PayRefund {..},
    BookTakenBack {..}, ReopenCheck {..}, ReportPlayed {..}, SettleAccount (..),
});

/// Each scene is about party `S1`, phone `G1`, line `L1`, order `O1` of 30.00, ask `A1`, call `C1`.
fn scenes() -> Vec<(&'static str, Story)> {
    let service = |call| FloorCommand::CallWaiter { session: S1, call, reason: CallReason::Service };
    let ready = || step(L1, 0, Step::Ready);
    let close_table = || FloorCommand::CloseTable { session: S1 };
    let paid = || ordered().and([cash(0xe1, S1, 3000, None)]);
    let paid_first = || unpaid().and([cash(0xe1, S1, 3000, Some(O1))]);
    let ended = |command: FloorCommand| unpaid().at(15).and([command]);
    let expire = FloorCommand::ExpireOrder { order: O1 };
    let cancel = FloorCommand::CancelOrder { session: S1, order: O1 };
    let late =
        || unpaid().and([ask(A1, S1, 3000, Some(O1)), close_ask(A1)]).at(15).and([FloorCommand::ExpireOrder { order: O1 }]);
    let split = || ordered().and([split_evenly(S1, W1, 2)]);
    let by_channel = || ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)]);
    let twice = || ordered().and([ask(A1, S1, 3000, None), close_ask(A1), cash(0xe1, S1, 3000, None), credit(A1, 3000)]);
    let half_first =
        || unpaid().and([FloorCommand::TakeCash(TakeCash { order: Some(O1), partial: true, ..notes(0xe1, S1, 1500) })]);
    vec![
        ("day never opened", given([])),
        ("table free", given([FloorCommand::OpenDay])),
        ("party seated", seated()),
        ("rice 估清", seated().and([stock("rice", true, None)])),
        ("line in cart", seated().and([put(S1, G1, L1, plain("rice", 10))])),
        ("sent", ordered()),
        ("seen", ordered().and([paint(&[item(L1, 0)])])),
        ("started", ordered().and([step(L1, 0, Step::Start)])),
        ("ready", ordered().and([ready()])),
        ("served", ordered().and([ready(), step(L1, 0, Step::Serve)])),
        ("voided", ordered().and([void(S1, L1)])),
        ("void seen", ordered().and([void(S1, L1), FloorCommand::AcknowledgeVoid { item: item(L1, 0) }])),
        ("rushed", ordered().and([rush(S1, L1)])),
        ("rush answered", ordered().and([rush(S1, L1), FloorCommand::AnswerRush { item: item(L1, 0) }])),
        ("called", seated().and([service(C1)])),
        ("call answered", seated().and([service(C1), FloorCommand::AnswerCall { call: C1 }])),
        ("ask open", ordered().and([ask(A1, S1, 3000, None)])),
        ("ask closed", ordered().and([ask(A1, S1, 3000, None), close_ask(A1)])),
        ("ask credited", ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)])),
        ("paid cash", paid()),
        ("party left", paid().and([close_table()])),
        ("day closed, settled", paid().and([SIGN_AND_CLOSE_DAY])),
        ("day closed, unpaid", ordered().and([SIGN_AND_CLOSE_DAY])),
        ("counter: waiting", at_counter()),
        ("counter: unpaid", unpaid()),
        ("counter: time up", unpaid().at(15)),
        ("counter: ask open", unpaid().and([ask(A1, S1, 3000, Some(O1))])),
        ("counter: ask closed", unpaid().and([ask(A1, S1, 3000, Some(O1)), close_ask(A1)])),
        ("counter: paid", paid_first()),
        ("counter: ready", paid_first().and([ready()])),
        ("counter: collected", paid_first().and([ready(), FloorCommand::CollectOrder { order: O1 }])),
        ("counter: cancelled", ended(cancel)),
        ("counter: expired", ended(expire)),
        ("counter: expired, ask closed", late()),
        ("counter: revived", late().and([credit(A1, 3000)])),
        ("counter: late money goes back", late().and([stock("rice", true, None), credit(A1, 3000)])),
        ("counter: day closed, unpaid", unpaid().and([SIGN_AND_CLOSE_DAY])),
        ("half paid", ordered().and([part_in_cash(0xe1, S1, 1500)])),
        ("split", split()),
        ("split, a share asked", split().and([ask_share(A1, S1, 1500, W1)])),
        ("split, a share paid", split().and([ask_share(A1, S1, 1500, W1), credit(A1, 1500)])),
        ("paid twice", twice()),
        ("refund asked", by_channel().and([back(R1, S1, A1.0, &[L1], 3000)])),
        ("refund returned", by_channel().and([back(R1, S1, A1.0, &[L1], 3000), FloorCommand::PayRefund { refund: R1 }])),
        ("some cash given back", paid().and([back(R1, S1, 0xe1, &[], 1000)])),
        ("taken back", by_channel().and([taken_back()])),
        ("on account", ordered().and([FloorCommand::TakeTender(beside(0xe1, S1, Way::HouseAccount, 3000, "acme"))])),
        ("reopened", paid().and([close_table(), reopen(S1)])),
        ("party left, others sit there", paid().and([close_table(), join(S2, "t1", G2)])),
        ("party left long ago", paid().and([close_table()]).at(121)),
        ("counter: half paid", half_first()),
        ("counter: half paid, cancelled", half_first().and([FloorCommand::CancelOrder { session: S1, order: O1 }])),
        ("counter: paid, refunded", paid_first().and([back(R1, S1, 0xe1, &[L1], 3000)])),
    ]
}

fn commands() -> Vec<(&'static str, FloorCommand)> {
    let open_table = |table| FloorCommand::OpenTable(OpenTable { session: S2, table: code(table), covers: 2, by: code("ann") });
    let call = |call, reason| FloorCommand::CallWaiter { session: S1, call, reason };
    let quantity = |quantity| FloorCommand::SetCartQuantity { session: S1, line: L1, quantity };
    vec![
        ("", FloorCommand::OpenDay),
        ("without signature", CLOSE_DAY),
        ("signed", SIGN_AND_CLOSE_DAY),
        ("t1", open_table("t1")),
        ("c1", open_table("c1")),
        ("unknown table", open_table("t9")),
        ("the same phone at t1", join(S2, "t1", G1)),
        ("another phone at t1", join(S2, "t1", G2)),
        ("the same phone at c1", join(S2, "c1", G1)),
        ("another phone at c1", join(S2, "c1", G2)),
        ("", FloorCommand::CloseTable { session: S1 }),
        ("a new line", put(S1, G1, L2, plain("rice", 1))),
        ("the same line", put(S1, G1, L1, plain("rice", 1))),
        ("a stranger's phone", put(S1, G2, L2, plain("rice", 1))),
        ("3", quantity(3)),
        ("the same", quantity(10)),
        ("0", quantity(0)),
        ("a new order", place_one(O2, S1, L2, "rice", 10)),
        ("the same line", place_one(O2, S1, L1, "rice", 10)),
        ("the same order", place_one(O1, S1, L2, "rice", 10)),
        ("", FloorCommand::CancelOrder { session: S1, order: O1 }),
        ("of another party", FloorCommand::CancelOrder { session: S2, order: O1 }),
        ("", FloorCommand::ExpireOrder { order: O1 }),
        ("", paint(&[item(L1, 0)])),
        ("start", step(L1, 0, Step::Start)),
        ("ready", step(L1, 0, Step::Ready)),
        ("recall", step(L1, 0, Step::Recall)),
        ("serve", step(L1, 0, Step::Serve)),
        ("a part that isn't there", step(L1, 1, Step::Start)),
        ("", void(S1, L1)),
        ("of another party", void(S2, L1)),
        ("", FloorCommand::AcknowledgeVoid { item: item(L1, 0) }),
        ("", rush(S1, L1)),
        ("", FloorCommand::AnswerRush { item: item(L1, 0) }),
        ("", FloorCommand::CallNumber { order: O1 }),
        ("", FloorCommand::CollectOrder { order: O1 }),
        ("估清", stock("rice", true, None)),
        ("five left", stock("rice", false, Some(5))),
        ("as many as wanted", stock("rice", false, None)),
        ("unknown dish", stock("unicorn", true, None)),
        ("the same wish", call(C2, CallReason::Service)),
        ("another wish", call(C2, CallReason::Bill)),
        ("the same call", call(C1, CallReason::Bill)),
        ("", FloorCommand::AnswerCall { call: C1 }),
        ("of the check", ask(A2, S1, 3000, None)),
        ("of the order", ask(A2, S1, 3000, Some(O1))),
        ("one fen less", ask(A2, S1, 2999, Some(O1))),
        ("", close_ask(A1)),
        ("", credit(A1, 3000)),
        ("for the check", cash(0xe2, S1, 3000, None)),
        ("for the order", cash(0xe2, S1, 3000, Some(O1))),
        ("a part", ask_part(1000, None)),
        ("a part of the order", ask_part(1000, Some(O1))),
        ("more than is due", ask_part(3001, None)),
        ("the other share", ask_share(A2, S1, 1500, W2)),
        ("the same share", ask_share(A2, S1, 1500, W1)),
        ("with a tip", FloorCommand::AskPayment(AskPayment { tip: Money(300), ..wish(A2, S1, 3000) })),
        ("cash through a channel", FloorCommand::AskPayment(AskPayment { way: Way::Cash, ..wish(A2, S1, 3000) })),
        ("a part", part_in_cash(0xe2, S1, 1000)),
        ("the same again", cash(0xe1, S1, 3000, None)),
        ("rounded beyond the coin", FloorCommand::TakeCash(TakeCash { rounded_off: Money(100), ..notes(0xe2, S1, 3000) })),
        ("card", take(Way::Card, "POS-1", None)),
        ("card, for the order", take(Way::Card, "POS-1", Some(O1))),
        ("card, no slip", take(Way::Card, " ", None)),
        ("account", take(Way::HouseAccount, "acme", None)),
        ("unknown account", take(Way::HouseAccount, "nobody", None)),
        ("member", take(Way::MemberBalance, "13", None)),
        ("a channel by hand", take(Way::WechatCode, "x", None)),
        ("in two", split_evenly(S1, ShareId(0xd9), 2)),
        ("in two, the same ids", split_evenly(S1, W1, 2)),
        ("in one", split_evenly(S1, ShareId(0xd9), 1)),
        ("by lines, all in one", split_by_lines(S1, ShareId(0xd9), &[&[L1]])),
        ("", FloorCommand::UndoSplit { session: S1 }),
        ("of the line", back(R2, S1, 0xe1, &[L1], 3000)),
        ("of the line, by channel", back(R2, S1, A1.0, &[L1], 3000)),
        ("of an amount", back(R2, S1, 0xe1, &[], 1000)),
        ("of an amount, by channel", back(R2, S1, A1.0, &[], 1000)),
        ("of one fen too much", back(R2, S1, 0xe1, &[], 3001)),
        ("of nothing", back(R2, S1, 0xe1, &[], 0)),
        ("the same refund", back(R1, S1, 0xe1, &[], 1000)),
        ("", FloorCommand::PayRefund { refund: R1 }),
        ("what came twice", FloorCommand::PayRefund { refund: back_of(A1) }),
        ("", taken_back()),
        ("", reopen(S1)),
        ("without a reason", FloorCommand::ReopenCheck { session: S1, reason: " ".into(), by: code("ann") }),
        ("", FloorCommand::ReportPlayed { device: "前台".into(), numbers: vec![1, 1, 2] }),
        ("all", settle(0xe9, 3000)),
        ("more than stands on it", settle(0xe9, 3001)),
    ]
}

fn ask_part(amount: i64, order: Option<domain::OrderId>) -> FloorCommand {
    FloorCommand::AskPayment(AskPayment { order, partial: true, ..wish(A2, S1, amount) })
}

fn take(way: Way, reference: &str, order: Option<domain::OrderId>) -> FloorCommand {
    FloorCommand::TakeTender(TakeTender { order, ..beside(0xe2, S1, way, 3000, reference) })
}

fn taken_back() -> FloorCommand {
    FloorCommand::BookTakenBack { refund: domain::RefundId(A1.0), attempt: domain::AttemptId(A1.0), amount: Money(3000) }
}

#[test]
fn every_floor_command_has_its_outcome_in_every_state() {
    let commands = commands();
    let rows: Vec<_> = commands.iter().map(|(what, command)| (variant_of(command).to_string(), what.to_string())).collect();
    table::check_complete(&rows, VARIANTS);
    table::check("floor_table.txt", &rows, &scenes(), |i, story| {
        let decided = story.floor.decide(&commands[i].1, story.now, &story.known);
        table::outcome(
            decided.map(|(events, _)| events.iter().map(FloorEvent::kind).collect()).map_err(|no| no.code().to_string()),
        )
    });
}

#[test]
fn a_refused_command_changes_nothing_and_an_accepted_one_decides_the_same_twice() {
    for (name, story) in scenes() {
        for (what, command) in commands() {
            let before = story.floor.clone();
            let first = story.floor.decide(&command, story.now, &story.known);
            let second = story.floor.decide(&command, story.now, &story.known);
            assert_eq!(first, second, "{name}: {what} {command:?}");
            assert_eq!(story.floor, before, "{name}: {what} {command:?}");
        }
    }
}

#[test]
fn a_code_of_refusal_is_stable_and_used_once() {
    let codes = [
        Reject::DayNotOpen,
        Reject::DayAlreadyOpen,
        Reject::TableNotOpen,
        Reject::SessionClosed,
        Reject::SessionUnknown,
        Reject::OrderUnknown,
        Reject::LineUnknown,
        Reject::NothingDue,
        Reject::AskUnknown,
        Reject::DishUnknown,
    ]
    .map(|no| no.code());
    let once: std::collections::BTreeSet<_> = codes.iter().collect();
    assert_eq!(once.len(), codes.len());
    assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
}
