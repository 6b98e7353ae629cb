//! How busy the kitchen is: how long dishes take, who is behind, what is paused, who cooks for a closed station.

use crate::house::*;
use crate::story::*;
use domain::catalog::{Mode, Pace};
use domain::floor::Step;
use domain::floor::*;
use domain::menu::{Hours, LineProblem};
use domain::view::{TicketItem, stock_views};
use domain::*;

fn station_is(station: &str, open: bool) -> FloorCommand {
    FloorCommand::SetStation { station: code(station), open, by: code("ann") }
}

/// The wok makes five portions in ten minutes, and the cold kitchen stands in for it.
fn busy() -> Story {
    let known = known_with(|_, menu| {
        menu.stations[0].per_ten_min = Some(5);
        menu.stations[0].fallback = Some(code("cold"));
    });
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1)])
}

fn with_pace(mode: Option<Mode>) -> Story {
    let hours = Hours { from_min: LocalMinute(690), to_min: LocalMinute(780) };
    let known = known_with(|house, _| house.policy.kitchen.pace = vec![Pace { mode, hours, percent: 150 }]);
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), join(S2, "c1", G2)])
}

fn due_min(story: &Story, line: LineId) -> (u32, u32) {
    let part = &story.line(line).items[0].part;
    (part.due_min, part.overdue_min)
}

fn behind(story: &Story, station: &str) -> Option<u32> {
    story.floor.behind_min(&code(station), &story.known)
}

fn cook(story: &Story, station: &str) -> StationId {
    story.floor.cooks_for(&code(station), &story.known)
}

fn shown_at(story: &Story) -> Vec<(String, Vec<TicketItem>)> {
    story.tickets().into_iter().map(|ticket| (ticket.station.to_string(), ticket.items)).collect()
}

fn stations_of(story: &Story) -> Vec<String> {
    shown_at(story).into_iter().map(|(station, _)| station).collect()
}

// How long it takes.

#[test]
fn at_rush_hour_dishes_take_longer_and_what_was_ordered_before_keeps_its_time() {
    let story = with_pace(None).minute(689).and([place_one(O1, S1, L1, "rice", 1)]);
    let story = story.minute(690).and([place_one(O2, S1, L2, "rice", 1)]).minute(780).and([place_one(O3, S1, L3, "rice", 1)]);
    assert_eq!([L1, L2, L3].map(|line| due_min(&story, line)), [(10, 20), (15, 30), (10, 20)]);
    assert_eq!(due_min(&story, L1), (10, 20));
}

#[test]
fn a_pace_may_be_for_one_kind_of_order_only() {
    let story = with_pace(Some(Mode::PayFirst)).and([place_one(O1, S1, L1, "rice", 1), place_one(O2, S2, L2, "rice", 1)]);
    assert_eq!((due_min(&story, L1), due_min(&story, L2)), ((10, 20), (15, 30)));
}

#[test]
fn a_pace_changes_no_price() {
    let story = with_pace(None).and([place_one(O1, S1, L1, "rice", 1)]);
    assert_eq!(story.balance(S1), Money(300));
}

// Who is behind.

#[test]
fn a_station_is_behind_by_what_it_has_yet_to_make() {
    let story = busy();
    assert_eq!((behind(&story, "wok"), behind(&story, "cold")), (Some(0), None), "nobody said how fast the cold kitchen is");
    let story = story.and([place(O1, S1, &[(L1, plain("rice", 4)), (L2, plain("duck", 2)), (L3, plain("salad", 9))])]);
    assert_eq!(behind(&story, "wok"), Some(12));
    let story = story.and([step(L1, 0, Step::Start)]);
    assert_eq!(behind(&story, "wok"), Some(12), "what is begun isn't made");
    let story = story.and([step(L1, 0, Step::Ready)]);
    assert_eq!(behind(&story, "wok"), Some(4));
    let story = story.and([void(S1, L2)]);
    assert_eq!(behind(&story, "wok"), Some(0));
    assert_eq!(behind(&story.and([step(L1, 0, Step::Recall)]), "wok"), Some(8));
}

#[test]
fn what_is_held_is_no_work_yet() {
    let mut held = order(O1, S1, &[(L1, plain("rice", 5))]);
    held.lines[0].hold = true;
    let story = busy().and([FloorCommand::PlaceOrder(held)]);
    assert_eq!(behind(&story, "wok"), Some(0));
    let story = story.and([FloorCommand::FireLines { session: S1, lines: vec![L1], by: None }]);
    assert_eq!(behind(&story, "wok"), Some(10));
}

#[test]
fn guests_cannot_order_from_a_station_too_far_behind_and_staff_can() {
    let known = known_with(|house, menu| {
        house.policy.kitchen.pause_at_min = 10;
        menu.stations[0].per_ten_min = Some(5);
    });
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 5)]);
    let paused = |story: &Story, dish: &str| {
        stock_views(&story.floor, story.now, &story.known).iter().any(|view| view.dish == code(dish) && view.paused)
    };
    assert!(!paused(&story, "rice"), "ten minutes are not more than ten");
    let story = story.and([place_one(O2, S1, L2, "rice", 1)]);
    assert!(paused(&story, "rice") && !paused(&story, "salad"));
    let by_guest = |lines: &[(LineId, domain::menu::Selection)]| {
        FloorCommand::PlaceOrder(PlaceOrder { by: Actor::Guest(G1), ..order(O3, S1, lines) })
    };
    let (differences, _) = story.clone().when(by_guest(&[(L3, plain("rice", 1)), (L4, plain("salad", 1))])).differs();
    assert_eq!(differences.iter().map(|d| (d.line, d.problem)).collect::<Vec<_>>(), [(L3, LineProblem::Paused)]);
    story.clone().when(by_guest(&[(L3, plain("salad", 1))])).records_kinds(["OrderPlaced", "OrderReleased"]);
    story.clone().when(place_one(O3, S1, L3, "rice", 1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    let story = story.and([step(L2, 0, Step::Ready)]);
    story.when(by_guest(&[(L3, plain("rice", 1))])).records_kinds(["OrderPlaced", "OrderReleased"]);
}

// Who cooks.

#[test]
fn another_cooks_for_a_closed_station_and_its_tickets_go_there_and_back() {
    let story = busy().and([place(O1, S1, &[(L1, plain("rice", 1)), (L2, plain("salad", 1))])]);
    assert_eq!(stations_of(&story), ["cold", "wok"]);
    let story = story.and([station_is("wok", false)]);
    assert_eq!((cook(&story, "wok"), cook(&story, "cold")), (code("cold"), code("cold")));
    let tickets = shown_at(&story);
    assert_eq!((tickets.len(), tickets[0].0.as_str(), tickets[0].1.len()), (1, "cold", 2), "both on one ticket");
    assert!(tickets[0].1.iter().any(|item| item.key.line == L1 && item.own_station == code("wok")));
    let story = story.and([station_is("wok", true)]);
    assert_eq!(stations_of(&story), ["cold", "wok"]);
}

#[test]
fn work_of_a_closed_station_counts_where_it_is_cooked() {
    let known = known_with(|_, menu| {
        menu.stations[0].fallback = Some(code("cold"));
        (menu.stations[0].per_ten_min, menu.stations[1].per_ten_min) = (Some(10), Some(5));
    });
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 5)]);
    assert_eq!((behind(&story, "wok"), behind(&story, "cold")), (Some(5), Some(0)));
    let story = story.and([station_is("wok", false)]);
    assert_eq!((behind(&story, "wok"), behind(&story, "cold")), (Some(10), Some(10)));
    let bumped = story.and([FloorCommand::BumpTicket { order: O1, station: code("cold") }]);
    assert_eq!(bumped.line(L1).state(), ItemState::Ready);
}

#[test]
fn a_dish_nobody_open_cooks_stays_where_it_belongs() {
    let mut story = busy().and([place_one(O1, S1, L1, "rice", 1)]);
    // Both closed, as a menu published meanwhile could bring about.
    story.take(
        ["wok", "cold"]
            .map(|id| StationSet { station: code(id), open: false, by: code("ann"), at: Timestamp(0) }.into())
            .to_vec(),
    );
    assert_eq!((cook(&story, "wok"), stations_of(&story)), (code("wok"), vec!["wok".to_string()]));
}

#[test]
fn stations_that_point_at_each_other_end_somewhere() {
    let known = known_with(|_, menu| {
        menu.stations[0].fallback = Some(code("cold"));
        menu.stations[1].fallback = Some(code("wok"));
    });
    let mut story = given_in(known, []);
    story.take(
        ["wok", "cold"]
            .map(|id| StationSet { station: code(id), open: false, by: code("ann"), at: Timestamp(0) }.into())
            .to_vec(),
    );
    assert_eq!((cook(&story, "wok"), cook(&story, "cold")), (code("wok"), code("cold")));
}

#[test]
fn what_nobody_has_seen_is_shown_at_the_fallback_too_until_it_is_seen() {
    let climb = FloorCommand::Escalate { items: vec![item(L1, 0)], step: Escalation::Screen };
    let story = busy().and([place_one(O1, S1, L1, "rice", 1)]);
    assert_eq!(stations_of(&story), ["wok"]);
    let story = story.and([climb]);
    assert_eq!(stations_of(&story), ["cold", "wok"]);
    assert!(shown_at(&story).iter().all(|(_, items)| items[0].escalated == Some(Escalation::Screen)));
    for seen in [paint(&[item(L1, 0)]), step(L1, 0, Step::Start)] {
        assert_eq!(stations_of(&story.clone().and([seen])), ["wok"]);
    }
}
