//! Every floor command in every state of a table, an order, an item, a payment.

use crate::house::{code, plain};
use crate::story::*;
use crate::table;
use domain::catalog::{House, Printer, Role};
use domain::floor::*;
use domain::{CashMoveId, Money, ShareId};
use std::sync::Arc;

table::variants!(FloorCommand {
    OpenDay {}, CloseDay {..}, OpenTable (..), JoinTable (..), CloseTable {..}, PutCartLine (..), SetCartQuantity {..}, PlaceOrder (..), CancelOrder {..}, ExpireOrder {..}, ReportPainted {..}, StepItem {..}, VoidLine {..}, AcknowledgeVoid {..}, RushLine {..}, AnswerRush {..}, CallNumber {..}, CollectOrder {..}, SetStock {..}, CallWaiter {..}, AnswerCall {..}, AskPayment (..), CloseAsk {..}, CreditCapture (..), TakeCash (..), TakeTender (..), SplitCheck (..), UndoSplit {..}, AskRefund (..), PayRefund {..}, BookTakenBack {..}, ReopenCheck {..}, ReportPlayed {..}, SettleAccount (..), SetCovers {..}, SetVip {..}, MoveParty {..}, MergeParties {..}, UnmergeParties {..}, MoveLines {..}, DivideLine {..}, LockTable {..}, UnlockTable {..}, CleanTable {..}, Reserve (..), EndReservation {..}, TakeNumber {..}, CallEntry {..}, EndEntry {..}, AcceptOrder {..}, DeclineOrder {..}, FireLines {..}, ConfirmWeight {..}, CompLine {..}, RepriceLine {..}, DiscountCheck {..}, WaiveFees {..}, AskApproval (..), GiveApproval {..}, RefuseApproval {..}, OpenShift {..}, MoveCash {..}, CloseShift {..}, SetStation {..}, RemakeItem {..}, BumpTicket {..}, Escalate {..}, QueuePrint {..}, PrintStarted {..}, PrintDone {..}, PrintTrouble {..}, MovePrint {..}, EndPrint {..},
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
    let held = || seated().and([place_held(O1, S1, L1, "rice", 10)]);
    let asked = || ordered().and([ask_approval(P1, Guarded::Comp { session: S1, line: L1 })]);
    let two_parties = || ordered().and([join(S2, "v1", G2)]);
    let shift = || ordered().and([open_shift()]);
    let queued = || with_printers(ordered()).and([print_order(J1)]);
    let fish = || seated().and([place(O1, S1, &[(L1, crate::house::fish(500))])]);
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
        ("day closed, settled", paid().and([sign_and_close_day()])),
        ("day closed, unpaid", ordered().and([sign_and_close_day()])),
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
        ("counter: day closed, unpaid", unpaid().and([sign_and_close_day()])),
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
        ("held", held()),
        ("fired", held().and([fire_line()])),
        ("held, voided", held().and([void(S1, L1)])),
        ("waits for a nod", nodding()),
        ("nodded", nodding().and([FloorCommand::AcceptOrder { order: O1, by: code("ann") }])),
        ("declined", nodding().and([decline("卖完了")])),
        ("weighed dish", fish()),
        ("weighed", fish().and([weigh(600)])),
        ("given away", ordered().and([comp(with_bob())])),
        ("repriced", ordered().and([reprice(2000, with_bob())])),
        ("discounted", ordered().and([discount(Some(Discount::Percent(1000)), with_bob())])),
        ("fees let go", ordered().and([waive(with_bob())])),
        ("approval asked", asked()),
        ("approval given", asked().and([give_approval("bob", Role::Manager)])),
        ("approval refused", asked().and([refuse_approval("bob")])),
        ("remade", ordered().and([step(L1, 0, Step::Ready), remake()])),
        ("unseen, climbed", ordered().and([FloorCommand::Escalate { items: vec![item(L1, 0)], step: Escalation::Screen }])),
        ("two parties", two_parties()),
        ("merged", two_parties().and([FloorCommand::MergeParties { into: S1, from: S2, by: code("ann") }])),
        ("merged away", two_parties().and([FloorCommand::MergeParties { into: S2, from: S1, by: code("ann") }])),
        ("moved to v1", ordered().and([FloorCommand::MoveParty { session: S1, to: code("v1"), by: code("ann") }])),
        ("t1 locked", given([FloorCommand::OpenDay, lock()])),
        ("t1 dirty", dirty()),
        ("reserved", given([FloorCommand::OpenDay, reserve()])),
        ("reservation over", given([FloorCommand::OpenDay, reserve(), end_reservation()])),
        ("in the queue", given([FloorCommand::OpenDay, take_number()])),
        ("called from the queue", given([FloorCommand::OpenDay, take_number(), call_entry()])),
        ("left the queue", given([FloorCommand::OpenDay, take_number(), end_entry()])),
        ("shift open", shift()),
        ("shift open, cash in", shift().and([cash(0xe1, S1, 3000, None), move_cash(Direction::In, 1000, alone())])),
        ("shift closed", shift().and([close_shift(50_000)])),
        ("slip queued", queued()),
        ("slip sent", queued().and([FloorCommand::PrintStarted { job: J1 }])),
        ("slip printed", queued().and([FloorCommand::PrintStarted { job: J1 }, printed()])),
        ("slip failed", queued().and([FloorCommand::PrintStarted { job: J1 }, trouble(true)])),
        ("slip too old", queued().at(20)),
        ("slip given up", queued().and([end_print(Some("ann"))])),
    ]
}

fn commands() -> Vec<(&'static str, FloorCommand)> {
    let open_table = |table| {
        FloorCommand::OpenTable(OpenTable {
            session: S2,
            table: code(table),
            covers: 2,
            by: code("ann"),
            reservation: None,
            entry: None,
        })
    };
    let call = |call, reason| FloorCommand::CallWaiter { session: S1, call, reason };
    let quantity = |quantity| FloorCommand::SetCartQuantity { session: S1, line: L1, quantity };
    vec![
        ("", FloorCommand::OpenDay),
        ("without signature", close_day()),
        ("signed", sign_and_close_day()),
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
        ("nobody beside her", FloorCommand::VoidLine { session: S1, line: L1, reason: "上错了".into(), hand: alone() }),
        ("the owner", FloorCommand::VoidLine { session: S1, line: L1, reason: "上错了".into(), hand: as_role(Role::Owner) }),
        ("held", place_held(O2, S1, L2, "rice", 1)),
        ("4", FloorCommand::SetCovers { session: S1, covers: 4, by: code("ann") }),
        ("the same", FloorCommand::SetCovers { session: S1, covers: 2, by: code("ann") }),
        ("0", FloorCommand::SetCovers { session: S1, covers: 0, by: code("ann") }),
        ("yes", FloorCommand::SetVip { session: S1, vip: true, by: code("ann") }),
        ("no", FloorCommand::SetVip { session: S1, vip: false, by: code("ann") }),
        ("to t2", FloorCommand::MoveParty { session: S1, to: code("t2"), by: code("ann") }),
        ("to t1", FloorCommand::MoveParty { session: S1, to: code("t1"), by: code("ann") }),
        ("to v1", FloorCommand::MoveParty { session: S1, to: code("v1"), by: code("ann") }),
        ("to the counter", FloorCommand::MoveParty { session: S1, to: code("c1"), by: code("ann") }),
        ("into the first", FloorCommand::MergeParties { into: S1, from: S2, by: code("ann") }),
        ("into the second", FloorCommand::MergeParties { into: S2, from: S1, by: code("ann") }),
        ("with itself", FloorCommand::MergeParties { into: S1, from: S1, by: code("ann") }),
        ("from the first", FloorCommand::UnmergeParties { into: S1, from: S2, by: code("ann") }),
        ("to the second party", FloorCommand::MoveLines { session: S1, lines: vec![L1], to: S2, order: O2, by: code("ann") }),
        ("no lines", FloorCommand::MoveLines { session: S1, lines: vec![], to: S2, order: O2, by: code("ann") }),
        ("three of ten", FloorCommand::DivideLine { session: S1, line: L1, quantity: 3, into: L2, by: code("ann") }),
        ("all of it", FloorCommand::DivideLine { session: S1, line: L1, quantity: 10, into: L2, by: code("ann") }),
        ("t1", lock()),
        ("t1", FloorCommand::UnlockTable { table: code("t1"), by: code("ann") }),
        ("t1", FloorCommand::CleanTable { table: code("t1"), by: code("ann") }),
        ("t1 at three hours", reserve()),
        ("cancelled", end_reservation()),
        ("a party of four", take_number()),
        ("", call_entry()),
        ("left", end_entry()),
        ("", FloorCommand::AcceptOrder { order: O1, by: code("ann") }),
        ("", decline("卖完了")),
        ("without a reason", decline(" ")),
        ("", fire_line()),
        ("no lines", FloorCommand::FireLines { session: S1, lines: vec![], by: None }),
        ("600 g", weigh(600)),
        ("9 g", weigh(9)),
        ("a waiter alone", comp(alone())),
        ("with a manager", comp(with_bob())),
        ("lower, a waiter alone", reprice(2000, alone())),
        ("lower, with a manager", reprice(2000, with_bob())),
        ("higher, a manager alone", reprice(4000, as_role(Role::Manager))),
        ("higher, with a manager", reprice(4000, with_bob())),
        ("below nothing", reprice(-1, with_bob())),
        ("10 %, a waiter alone", discount(Some(Discount::Percent(1000)), alone())),
        ("10 %, with a manager", discount(Some(Discount::Percent(1000)), with_bob())),
        ("20.00, with a manager", discount(Some(Discount::Amount(Money(2000))), with_bob())),
        ("none", discount(None, alone())),
        ("a waiter alone", waive(alone())),
        ("with a manager", waive(with_bob())),
        ("to give the line away", ask_approval(P1, Guarded::Comp { session: S1, line: L1 })),
        ("to take the line off", ask_approval(P2, Guarded::Void { session: S1, line: L1 })),
        ("by a manager", give_approval("bob", Role::Manager)),
        ("by who asked", give_approval("ann", Role::Manager)),
        ("by a cashier", give_approval("cat", Role::Cashier)),
        ("", refuse_approval("bob")),
        ("", open_shift()),
        ("in", move_cash(Direction::In, 1000, alone())),
        ("out, a cashier alone", move_cash(Direction::Out, 500, as_role(Role::Cashier))),
        ("out, with a manager", move_cash(Direction::Out, 500, with_bob())),
        ("out, more than there is", move_cash(Direction::Out, 90_000, with_bob())),
        ("", close_shift(50_000)),
        ("closes", FloorCommand::SetStation { station: code("wok"), open: false, by: code("ann") }),
        ("opens", FloorCommand::SetStation { station: code("wok"), open: true, by: code("ann") }),
        ("", remake()),
        ("the wok's", FloorCommand::BumpTicket { order: O1, station: code("wok") }),
        ("of a station that has nothing", FloorCommand::BumpTicket { order: O1, station: code("unicorn") }),
        ("to a screen", FloorCommand::Escalate { items: vec![item(L1, 0)], step: Escalation::Screen }),
        ("to the till", FloorCommand::Escalate { items: vec![item(L1, 0)], step: Escalation::Till }),
        ("the order", print_order(J1)),
        (
            "a test slip",
            FloorCommand::QueuePrint { job: domain::JobId(0x42), printer: code("p1"), slip: Slip::Test, by: Some(code("ann")) },
        ),
        ("", FloorCommand::PrintStarted { job: J1 }),
        ("", printed()),
        ("maybe printed", trouble(true)),
        ("surely not printed", trouble(false)),
        ("to the second", FloorCommand::MovePrint { job: J1, to: code("p2") }),
        ("to one that isn't there", FloorCommand::MovePrint { job: J1, to: code("p9") }),
        ("by the house", end_print(None)),
        ("by staff", end_print(Some("ann"))),
    ]
}

fn place_held(id: domain::OrderId, session: domain::SessionId, line: domain::LineId, dish: &str, quantity: u16) -> FloorCommand {
    let mut order = order(id, session, &[(line, plain(dish, quantity))]);
    order.lines[0].hold = true;
    FloorCommand::PlaceOrder(order)
}

/// A guest's first order in a house where that waits for a nod.
fn nodding() -> Story {
    let mut known = crate::house::known();
    Arc::make_mut(&mut known.house).policy.service.first_order_nod = true;
    let order = PlaceOrder { by: Actor::Guest(G1), ..order(O1, S1, &[(L1, plain("rice", 10))]) };
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), FloorCommand::PlaceOrder(order)])
}

/// A party has left `t1` in a house that cleans its tables.
fn dirty() -> Story {
    let mut known = crate::house::known();
    Arc::make_mut(&mut known.house).policy.service.clean_tables = true;
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), FloorCommand::CloseTable { session: S1 }])
}

fn with_printers(mut story: Story) -> Story {
    let printer = |id: &str| Printer {
        id: code(id),
        name: id.into(),
        address: "10.0.0.1:9100".into(),
        width_mm: 80,
        fallback: None,
        no_cutter: false,
        buzzer: false,
        drawer: false,
        qr_as_picture: false,
        gbk_only: false,
        silent: false,
    };
    let house: &mut House = Arc::make_mut(&mut story.known.house);
    house.printers = vec![printer("p1"), printer("p2")];
    story
}

fn print_order(job: domain::JobId) -> FloorCommand {
    let slip = Slip::Kitchen { order: O1, station: code("wok"), lines: vec![L1] };
    FloorCommand::QueuePrint { job, printer: code("p1"), slip, by: None }
}

fn printed() -> FloorCommand {
    FloorCommand::PrintDone { job: J1, confirmed: true }
}

fn trouble(maybe_printed: bool) -> FloorCommand {
    FloorCommand::PrintTrouble { job: J1, why: "paper".into(), maybe_printed }
}

fn end_print(by: Option<&str>) -> FloorCommand {
    FloorCommand::EndPrint { job: J1, by: by.map(code) }
}

fn fire_line() -> FloorCommand {
    FloorCommand::FireLines { session: S1, lines: vec![L1], by: Some(code("ann")) }
}

fn decline(reason: &str) -> FloorCommand {
    FloorCommand::DeclineOrder { order: O1, reason: reason.into(), by: code("ann") }
}

fn weigh(weight_g: u32) -> FloorCommand {
    FloorCommand::ConfirmWeight { session: S1, line: L1, weight_g, by: code("ann") }
}

fn comp(hand: Hand) -> FloorCommand {
    FloorCommand::CompLine { session: S1, line: L1, reason: "等太久".into(), hand }
}

fn reprice(amount: i64, hand: Hand) -> FloorCommand {
    FloorCommand::RepriceLine { session: S1, line: L1, amount: Money(amount), reason: "熟客".into(), hand }
}

fn discount(discount: Option<Discount>, hand: Hand) -> FloorCommand {
    FloorCommand::DiscountCheck { session: S1, discount, reason: "会员".into(), hand }
}

fn waive(hand: Hand) -> FloorCommand {
    let fees = Fees { seat_fee: true, minimum_spend: false, service_charge: true };
    FloorCommand::WaiveFees { session: S1, fees, reason: "老客".into(), hand }
}

fn ask_approval(approval: domain::ApprovalId, act: Guarded) -> FloorCommand {
    FloorCommand::AskApproval(AskApproval { approval, act, reason: "等太久".into(), by: code("ann"), role: Role::Waiter })
}

fn give_approval(by: &str, role: Role) -> FloorCommand {
    FloorCommand::GiveApproval { approval: P1, by: code(by), role }
}

fn refuse_approval(by: &str) -> FloorCommand {
    FloorCommand::RefuseApproval { approval: P1, reason: "不行".into(), by: code(by) }
}

fn remake() -> FloorCommand {
    FloorCommand::RemakeItem { item: item(L1, 0), cause: RemakeCause::Cold, note: None, by: code("ann") }
}

fn lock() -> FloorCommand {
    FloorCommand::LockTable { table: code("t1"), reason: "灯坏了".into(), by: code("ann") }
}

fn reserve() -> FloorCommand {
    FloorCommand::Reserve(Reserve {
        reservation: V1,
        name: "王".into(),
        phone_tail: Some("1234".into()),
        covers: 4,
        at: at(180).at,
        table: Some(code("t1")),
        note: None,
        by: code("ann"),
    })
}

fn end_reservation() -> FloorCommand {
    FloorCommand::EndReservation { reservation: V1, why: ReservationEnd::Cancelled, by: code("ann") }
}

fn take_number() -> FloorCommand {
    FloorCommand::TakeNumber { entry: Q1, covers: 4, name: None, by: Some(code("ann")) }
}

fn call_entry() -> FloorCommand {
    FloorCommand::CallEntry { entry: Q1, by: code("ann") }
}

fn end_entry() -> FloorCommand {
    FloorCommand::EndEntry { entry: Q1, why: EntryEnd::Left, by: Some(code("ann")) }
}

fn open_shift() -> FloorCommand {
    FloorCommand::OpenShift { shift: H1, till: "收银1".into(), float: Money(50_000), by: code("ann") }
}

fn move_cash(direction: Direction, amount: i64, hand: Hand) -> FloorCommand {
    let (entry, amount) = (CashMoveId(0xb1), Money(amount));
    FloorCommand::MoveCash { shift: H1, entry, direction, amount, reason: "买冰".into(), hand }
}

fn close_shift(counted: i64) -> FloorCommand {
    FloorCommand::CloseShift { shift: H1, counted: Money(counted), by: code("ann") }
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
