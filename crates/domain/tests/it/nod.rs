//! Orders that wait for a nod of the staff: who has to wait, and what a yes or a no does.

use crate::house::*;
use crate::story::*;
use domain::catalog::{AcceptRule, House, Mode};
use domain::floor::Step;
use domain::floor::*;
use domain::menu::Hours;
use domain::view::{LineState, OrderViewState, session_view};
use domain::*;

/// An order by the guest.
fn by_guest(id: OrderId, session: SessionId, lines: &[(LineId, domain::menu::Selection)]) -> FloorCommand {
    FloorCommand::PlaceOrder(PlaceOrder { by: Actor::Guest(G1), ..order(id, session, lines) })
}

fn duck(id: OrderId, line: LineId) -> FloorCommand {
    by_guest(id, S1, &[(line, plain("duck", 2))])
}

/// A guest has scanned the code of `t1` in a house with these rules.
fn scanned(rules: impl FnOnce(&mut House)) -> Story {
    given_in(known_with(|house, _| rules(house)), [FloorCommand::OpenDay, join(S1, "t1", G1)])
}

fn nods_first(house: &mut House) {
    house.policy.service.first_order_nod = true;
}

fn waiting() -> Story {
    scanned(nods_first).and([duck(O1, L1)])
}

fn accept(order: OrderId) -> FloorCommand {
    FloorCommand::AcceptOrder { order, by: code("ann") }
}

fn decline(order: OrderId, reason: &str) -> FloorCommand {
    FloorCommand::DeclineOrder { order, reason: reason.into(), by: code("ann") }
}

fn why(story: &Story, id: OrderId) -> Option<NodWhy> {
    match &story.order(id).state {
        OrderState::AwaitingNod { why } => Some(why.clone()),
        _ => None,
    }
}

#[test]
fn the_first_order_of_a_party_that_scanned_waits_and_nothing_is_cooked_or_owed() {
    let outcome = scanned(nods_first).when(duck(O1, L1));
    assert!(matches!(outcome.answer(), FloorAnswer::OrderAccepted { nod: Some(NodWhy::FirstOrder), .. }));
    let story = outcome.records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O1), Some(NodWhy::FirstOrder));
    assert_eq!((story.balance(S1), story.left("duck"), story.floor.nods.len()), (Money(0), Some(3), 1));
    assert!(story.tickets().is_empty() && story.floor.announcements.is_empty());
    let view = session_view(&story.floor, &Default::default(), story.party(S1), story.now, &story.known);
    assert_eq!((view.orders[0].state, view.orders[0].lines[0].state), (OrderViewState::AwaitingNod, LineState::AwaitingNod));
    let story = story.when(step(L1, 0, Step::Start)).refuses(Reject::OrderNotInKitchen);
    story.when(FloorCommand::CloseTable { session: S1 }).refuses(Reject::OrderOpen { order: O1 });
}

#[test]
fn a_nod_gives_the_order_to_the_kitchen_and_starts_its_clock() {
    let story = waiting().at(7).when(accept(O1)).records([
        OrderAccepted { order: O1, by: code("ann"), at: at(7).at }.into(),
        OrderReleased { order: O1, at: at(7).at }.into(),
    ]);
    assert_eq!((story.balance(S1), story.floor.nods.len()), (Money(17_600), 0));
    assert_eq!(story.tickets()[0].fired_at, at(7).at);
    story.when(accept(O1)).records([]).when(decline(O1, "卖完了")).refuses(Reject::OrderNotWaiting);
}

#[test]
fn the_next_order_of_a_party_once_nodded_to_goes_through() {
    let story = waiting().when(duck(O2, L2)).records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O2), Some(NodWhy::FirstOrder), "nobody has nodded yet");
    let story = waiting().and([accept(O1)]);
    story.when(duck(O2, L2)).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn a_refused_order_gives_its_portions_back_and_says_why() {
    let story = waiting().when(decline(O1, " 卖完了 ")).records([OrderEnded {
        order: O1,
        why: EndedWhy::Declined,
        at: Timestamp(0),
        reason: Some("卖完了".into()),
        by: Some(code("ann")),
    }
    .into()]);
    assert_eq!((story.left("duck"), story.balance(S1), story.floor.nods.len()), (Some(5), Money(0), 0));
    let view = session_view(&story.floor, &Default::default(), story.party(S1), story.now, &story.known);
    assert_eq!((view.orders[0].state, view.orders[0].declined.as_deref()), (OrderViewState::Declined, Some("卖完了")));
    let story = story.when(decline(O1, "又")).records([]).when(accept(O1)).refuses(Reject::OrderNotWaiting);
    let story = story.when(duck(O2, L2)).records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O2), Some(NodWhy::FirstOrder), "a refused order was no first order");
}

#[test]
fn a_refusal_needs_a_reason_and_an_order_that_waits() {
    waiting().when(decline(O1, " ")).refuses(Reject::BadText);
    waiting().when(decline(O2, "x")).refuses(Reject::OrderUnknown);
    waiting().when(accept(O2)).refuses(Reject::OrderUnknown);
    unpaid().when(accept(O1)).refuses(Reject::OrderNotWaiting);
    unpaid().when(decline(O1, "x")).refuses(Reject::OrderNotWaiting);
}

#[test]
fn the_guest_may_take_back_what_nobody_has_nodded_to() {
    let story = waiting().when(FloorCommand::CancelOrder { session: S1, order: O1 }).records_kinds(["OrderEnded"]);
    assert_eq!((story.left("duck"), story.floor.nods.len()), (Some(5), 0));
}

#[test]
fn staff_and_the_parties_they_seat_need_no_nod() {
    let story = scanned(nods_first).when(place_one(O1, S1, L1, "duck", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    story.when(duck(O2, L2)).records_kinds(["OrderPlaced", "OrderReleased"]);
    let open = OpenTable { session: S1, table: code("t1"), covers: 2, by: code("ann"), reservation: None, entry: None };
    let known = known_with(|house, _| nods_first(house));
    let story = given_in(known, [FloorCommand::OpenDay, FloorCommand::OpenTable(open), join(S2, "t1", G1)]);
    story.when(duck(O1, L1)).records_kinds(["OrderPlaced", "OrderReleased"]);
}

/// Rice nobody has seen for three minutes and a second.
fn unseen(session: SessionId, table: &str) -> Story {
    let story = seated().and([join(session, table, G1), place_one(O1, S1, L1, "rice", 1)]);
    story.at(3)
}

#[test]
fn guests_wait_and_staff_do_not_while_the_kitchen_sees_nothing() {
    let broken = NodWhy::KitchenUnseen { station: code("wok") };
    let story = unseen(S1, "t1").when(by_guest(O2, S1, &[(L2, plain("salad", 1))])).records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O2), Some(broken.clone()));
    let story = story.when(place_one(O3, S1, L3, "salad", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    assert_eq!(unseen_too_long(&story.floor, story.now.at, &story.known), Some(broken));
    let story = story.and([paint(&[item(L1, 0), item(L3, 0)])]);
    story.when(by_guest(OrderId(4), S1, &[(L4, plain("salad", 1))])).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn a_dish_is_unseen_for_too_long_only_once_it_is() {
    let story = seated().and([place_one(O1, S1, L1, "rice", 1)]);
    assert_eq!(unseen_too_long(&story.floor, Timestamp(179_999), &story.known), None);
    assert!(unseen_too_long(&story.floor, Timestamp(180_000), &story.known).is_some());
    let never = known_with(|house, _| house.policy.kitchen.stop_unseen_s = 0);
    assert_eq!(unseen_too_long(&story.floor, Timestamp(180_000), &never), None);
    let begun = story.and([step(L1, 0, Step::Start)]);
    assert_eq!(unseen_too_long(&begun.floor, Timestamp(180_000), &begun.known), None, "who cooks it has seen it");
}

#[test]
fn at_the_counter_no_order_is_taken_that_would_wait() {
    let story = unseen(S2, "c1");
    let outcome = story.when(by_guest(O2, S2, &[(L2, plain("salad", 1))]));
    outcome.refuses(Reject::NotAccepting { why: NodWhy::KitchenUnseen { station: code("wok") } });
}

#[test]
fn outside_its_hours_the_house_asks_its_staff() {
    let noon = |house: &mut House| {
        let hours = Some(Hours { from_min: LocalMinute(660), to_min: LocalMinute(840) });
        house.policy.kitchen.accept = vec![AcceptRule { mode: Mode::PayLater, hours, behind_min: 0 }];
    };
    scanned(noon).when(duck(O1, L1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    let story = scanned(noon).minute(840).when(duck(O1, L1)).records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O1), Some(NodWhy::Hours));
    // There is no rule for the counter: it always accepts.
    let counter = scanned(noon).minute(840).and([join(S2, "c1", G1)]);
    counter.when(by_guest(O1, S2, &[(L1, plain("rice", 1))])).records_kinds(["OrderPlaced"]);
}

#[test]
fn a_station_far_behind_asks_for_a_nod_and_the_others_do_not() {
    let known = known_with(|house, menu| {
        house.policy.kitchen.accept = vec![AcceptRule { mode: Mode::PayLater, hours: None, behind_min: 20 }];
        menu.stations[0].per_ten_min = Some(5);
    });
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 11)]);
    let story = story.when(duck(O2, L2)).records_kinds(["OrderPlaced"]);
    assert_eq!(why(&story, O2), Some(NodWhy::Behind { station: code("wok"), minutes: 22 }));
    story.when(by_guest(O3, S1, &[(L3, plain("salad", 1))])).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn an_order_without_an_answer_does_not_get_lost_when_the_day_closes() {
    let unanswered = Unmatched::Unanswered { order: O1, table: "T1".into() };
    let story = waiting().when(close_day()).refuses_with("day_unmatched").and([sign_and_close_day()]);
    let Some(FloorEvent::DayClosed(e)) = story.log.last() else { panic!("not closed") };
    assert!(e.unmatched.contains(&unanswered), "{:?}", e.unmatched);
    assert!(story.floor.orders.contains_key(&O1));
}
