//! Courses: lines that wait to be fired, and the soup base that goes first.

use crate::house::*;
use crate::story::*;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::{PotRole, Selection};
use domain::view::{LineState, expo};
use domain::*;

/// An order of lines that are held or not.
fn ordering(id: OrderId, lines: &[(LineId, Selection, bool)]) -> FloorCommand {
    let plain: Vec<_> = lines.iter().map(|(line, selection, _)| (*line, selection.clone())).collect();
    let mut order = order(id, S1, &plain);
    for (asked, (_, _, hold)) in order.lines.iter_mut().zip(lines) {
        (asked.hold, asked.course) = (*hold, Some(1 + u8::from(*hold)));
    }
    FloorCommand::PlaceOrder(order)
}

/// Rice goes at once, duck and salad wait.
fn held() -> Story {
    seated().and([ordering(O1, &[(L1, plain("rice", 1), false), (L2, plain("duck", 1), true), (L3, plain("salad", 1), true)])])
}

fn fire(lines: &[LineId]) -> FloorCommand {
    FloorCommand::FireLines { session: S1, lines: lines.to_vec(), by: Some(code("ann")) }
}

fn shown(story: &Story) -> Vec<LineId> {
    story.tickets().iter().flat_map(|ticket| &ticket.items).map(|item| item.key.line).collect()
}

/// A hot pot's hall: `salad` goes into the pot, `tea` is the soup base; `water` is brought for everybody.
fn hot_pot(per_head: bool) -> Story {
    let known = known_with(|house, menu| {
        house.areas[0].hot_pot = true;
        house.areas[0].per_head = if per_head { vec![code("water"), code("gone")] } else { vec![] };
        for dish in &mut menu.dishes {
            dish.pot = match dish.id.as_str() {
                "noodles" => PotRole::Soup,
                "salad" | "duck" => PotRole::ForPot,
                _ => PotRole::None,
            };
        }
    });
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1)])
}

fn soup_and_salad() -> Story {
    hot_pot(false).and([place(O1, S1, &[(L1, plain("noodles", 1)), (L2, plain("salad", 1))])])
}

// Held and fired.

#[test]
fn a_held_line_is_owed_and_on_no_ticket_until_it_is_fired() {
    let story = held();
    assert_eq!((shown(&story), story.balance(S1)), (vec![L1], Money(10_300)));
    assert_eq!(story.line(L2).state(), ItemState::Waiting);
    let story = story.at(30).when(fire(&[L2])).records([LinesFired {
        session: S1,
        lines: vec![L2],
        by: Some(code("ann")),
        at: at(30).at,
    }
    .into()]);
    assert_eq!(shown(&story), [L1, L2]);
    let ticket = &story.tickets()[0];
    assert_eq!((ticket.items[0].due_at, ticket.items[1].due_at), (at(10).at, at(40).at), "its clock starts when it is fired");
}

#[test]
fn the_kitchen_can_do_nothing_with_what_is_held() {
    for command in [step(L2, 0, Step::Start), step(L2, 0, Step::Ready)] {
        held().when(command).refuses(Reject::ItemIs { state: ItemState::Waiting });
    }
    held().when(paint(&[item(L2, 0)])).records([]);
    held().when(rush(S1, L2)).refuses(Reject::ItemIs { state: ItemState::Waiting });
    let bumped = held().and([FloorCommand::BumpTicket { order: O1, station: code("wok") }]);
    assert_eq!((bumped.line(L1).state(), bumped.line(L2).state()), (ItemState::Ready, ItemState::Waiting));
}

#[test]
fn two_waiters_may_fire_at_once() {
    let story = held().and([fire(&[L2])]).when(fire(&[L2])).records([]);
    let story = story.when(fire(&[L2, L3])).records_kinds(["LinesFired"]);
    let Some(FloorEvent::LinesFired(e)) = story.log.last() else { panic!("nothing fired") };
    assert_eq!(e.lines, [L3]);
}

#[test]
fn only_what_was_held_can_be_fired() {
    held().when(fire(&[L1])).refuses(Reject::NothingHeld);
    held().when(fire(&[])).refuses(Reject::NothingHeld);
    held().when(fire(&[L2, L4])).refuses(Reject::LineUnknown);
    let story = held().and([join(S2, "t2", G2)]);
    story.when(FloorCommand::FireLines { session: S2, lines: vec![L2], by: None }).refuses(Reject::LineUnknown);
}

#[test]
fn a_void_before_fire_needs_nobody_and_tells_nobody() {
    let alone = |line| FloorCommand::VoidLine { session: S1, line, reason: "不要了".into(), hand: alone() };
    let story = held().when(alone(L2)).records([LineVoided {
        order: O1,
        line: L2,
        reason: "不要了".into(),
        by: code("ann"),
        amount: Money(8800),
        restocked: vec![(code("duck"), 1)],
        at: Timestamp(0),
        approved_by: None,
    }
    .into()]);
    assert_eq!((shown(&story), story.left("duck"), story.balance(S1)), (vec![L1], Some(5), Money(1500)));
    story.when(fire(&[L2])).records([]);
}

#[test]
fn a_void_after_fire_needs_a_second_person_and_the_cook_says_they_saw_it() {
    let alone = FloorCommand::VoidLine { session: S1, line: L2, reason: "不要了".into(), hand: alone() };
    let fired = held().and([fire(&[L2])]).when(alone).refuses(Reject::ApprovalNeeded);
    let story = fired.and([void(S1, L2)]);
    let Some(FloorEvent::LineVoided(e)) = story.log.last() else { panic!("not voided") };
    assert_eq!(e.approved_by, Some(code("bob")));
    assert!(story.tickets()[0].items.iter().any(|item| item.key.line == L2 && item.void_unseen));
}

#[test]
fn courses_stand_in_their_order_on_the_expediters_page() {
    let story = held().and([place_one(O2, S1, L4, "water", 1)]);
    let page = expo(&story.floor, &story.known);
    let courses: Vec<_> = page[0].courses.iter().map(|course| (course.course, course.lines.len())).collect();
    assert_eq!(courses, [(Some(1), 1), (Some(2), 2), (None, 1)], "what has no course comes last");
    let line = &page[0].courses[1].lines[0];
    assert_eq!((line.state, line.held, line.due_at), (LineState::Held, Some(HoldWhy::Asked), None));
    let fired = story.and([fire(&[L2])]);
    let page = expo(&fired.floor, &fired.known);
    assert_eq!((page[0].courses[1].lines[0].state, page[0].courses[1].lines[0].held), (LineState::Sent, None));
}

#[test]
fn an_order_of_held_lines_only_is_no_news_to_the_kitchen_until_one_is_fired() {
    let story = seated().and([ordering(O1, &[(L1, plain("rice", 2), true)])]);
    assert!(story.floor.announcements.is_empty() && story.tickets().is_empty());
    let story = story.at(9).and([fire(&[L1])]);
    let said: Vec<_> = story.floor.announcements.values().map(|said| (said.at, said.said.clone())).collect();
    let new = Said::NewOrder { order: O1, number: "T1-1".into(), dishes: 2, stations: vec![code("wok")] };
    assert_eq!(said, [(at(9).at, new)]);
}

#[test]
fn what_is_held_keeps_the_day_open_until_somebody_signs() {
    let story = seated().and([ordering(O1, &[(L1, plain("water", 1), true)])]);
    let unmatched = vec![Unmatched::Unserved { order: O1, line: L1 }];
    story.when(close_day()).refuses(Reject::DayUnmatched { unmatched });
}

// The soup base first.

#[test]
fn a_hot_pot_begins_with_a_soup_base() {
    hot_pot(false).when(place_one(O1, S1, L1, "rice", 1)).refuses(Reject::SoupMissing);
    hot_pot(false).when(place_one(O1, S1, L1, "salad", 1)).refuses(Reject::SoupMissing);
    let story = hot_pot(false).when(place_one(O1, S1, L1, "noodles", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    story.when(place_one(O2, S1, L2, "salad", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn dishes_for_the_pot_need_a_soup_base_that_was_not_taken_off() {
    let story = hot_pot(false).and([place_one(O1, S1, L1, "noodles", 1), void(S1, L1)]);
    let story = story.when(place_one(O2, S1, L2, "salad", 1)).refuses(Reject::SoupMissing);
    story.when(place_one(O2, S1, L2, "rice", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
}

#[test]
fn dishes_for_the_pot_go_when_the_soup_base_is_begun() {
    let story = soup_and_salad();
    assert_eq!((shown(&story), story.line(L2).hold), (vec![L1], Some(HoldWhy::Soup)));
    let story = story.at(1).when(step(L1, 0, Step::Start)).records([
        ItemStepped { item: item(L1, 0), step: Step::Start, at: at(1).at }.into(),
        LinesFired { session: S1, lines: vec![L2], by: None, at: at(1).at }.into(),
    ]);
    let story = story.when(step(L1, 0, Step::Ready)).records_kinds(["ItemStepped"]);
    let story = story.and([place_one(O2, S1, L3, "duck", 1)]);
    assert_eq!(story.line(L3).hold, None, "the pot is on: nothing waits any more");
    assert!(story.line(L3).is_fired());
}

#[test]
fn a_soup_base_that_is_scanned_as_ready_lets_the_others_go_too() {
    let story = soup_and_salad();
    let bump = FloorCommand::BumpTicket { order: O1, station: code("wok") };
    story.when(bump).records_kinds(["ItemStepped", "LinesFired"]);
}

#[test]
fn dishes_for_the_pot_go_after_the_lead_whatever_became_of_the_soup_base() {
    let story = soup_and_salad();
    let due = |story: &Story, ms| due_after_soup(&story.floor, Now { at: Timestamp(ms), ..story.now }, &story.known);
    assert_eq!(due(&story, 179_999), []);
    assert_eq!(due(&story, 180_000), [(S1, vec![L2])]);
    let by_the_house = FloorCommand::FireLines { session: S1, lines: vec![L2], by: None };
    let story = story.at(3).when(by_the_house).records_kinds(["LinesFired"]);
    assert_eq!(due(&story, 180_000), []);
    let asked = held();
    assert_eq!(due(&asked, 180_000), [], "what the table holds itself waits for the table");
}

#[test]
fn staff_may_fire_before_the_soup_base() {
    soup_and_salad().when(fire(&[L2])).records_kinds(["LinesFired"]);
}

#[test]
fn the_first_order_brings_what_every_guest_has() {
    let soup = |water| place(O1, S1, &[(L1, plain("noodles", 1)), (L2, plain("water", water))]);
    let missing = Reject::PerHeadMissing { dishes: vec![code("water")], covers: 2 };
    hot_pot(true).when(place_one(O1, S1, L1, "noodles", 1)).refuses(missing.clone());
    hot_pot(true).when(soup(1)).refuses(missing);
    let story = hot_pot(true).when(soup(2)).records_kinds(["OrderPlaced", "OrderReleased"]);
    story.when(place_one(O2, S1, L3, "salad", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
}
