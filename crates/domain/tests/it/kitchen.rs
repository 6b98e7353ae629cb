//! The kitchen: painted, started, ready, served; voids and rushes that must be seen; numbers called.

use crate::house::*;
use crate::story::*;
use domain::floor::*;
use domain::*;

fn two_stations() -> Story {
    seated().and([place(O1, S1, &[(L1, plain("rice", 1)), (L2, plain("salad", 2))])])
}

#[test]
fn each_station_gets_a_ticket_with_its_own_items() {
    let story = two_stations();
    let tickets = story.tickets();
    let items: Vec<_> = tickets.iter().map(|t| (t.station.as_str(), t.items.iter().map(|i| i.key).collect::<Vec<_>>())).collect();
    assert_eq!(items, [("cold", vec![item(L2, 0)]), ("wok", vec![item(L1, 0)])]);
}

#[test]
fn a_ticket_goes_once_all_of_it_is_served_and_comes_back_with_a_recall() {
    let served = two_stations().and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve)]);
    assert_eq!(served.tickets().len(), 1);
    assert_eq!(served.and([step(L1, 0, Step::Recall)]).tickets().len(), 2);
}

#[test]
fn painting_counts_the_first_time_only() {
    let story = two_stations().at(1);
    let both = [item(L2, 0), item(L1, 0), item(L1, 0)];
    let story = story.when(paint(&both)).records([ItemsPainted {
        screen: "wok-1".into(),
        items: vec![item(L1, 0), item(L2, 0)],
        at: Timestamp(60_000),
    }
    .into()]);
    let story = story.at(2).when(paint(&both)).records([]);
    story.when(paint(&[item(LineId(9), 0), item(L1, 7)])).records([]);
}

#[test]
fn painting_late_does_not_take_a_started_item_back() {
    let story = two_stations().and([step(L1, 0, Step::Start), paint(&[item(L1, 0)])]);
    let cooked = &story.order(O1).lines[0].items[0];
    assert_eq!((cooked.state, cooked.seen_at.is_some()), (ItemState::Started, true));
}

#[test]
fn a_step_twice_changes_nothing_and_a_wrong_one_is_refused() {
    let story = two_stations().and([step(L1, 0, Step::Start)]);
    let story = story.when(step(L1, 0, Step::Start)).records([]);
    story.clone().when(step(L1, 0, Step::Serve)).refuses(Reject::ItemIs { state: ItemState::Started });
    let story = story.and([step(L1, 0, Step::Ready)]).when(step(L1, 0, Step::Ready)).records([]);
    story.when(step(L1, 0, Step::Start)).refuses(Reject::ItemIs { state: ItemState::Ready });
}

#[test]
fn a_set_is_ready_when_all_of_it_is() {
    let meal = set(&[("main", "noodles", 1), ("side", "salad", 1)]);
    let story = seated().and([place(O1, S1, &[(L1, meal)]), step(L1, 0, Step::Ready)]);
    assert!(!story.order(O1).is_ready());
    assert!(story.and([step(L1, 1, Step::Ready)]).order(O1).is_ready());
}

#[test]
fn a_void_stays_on_the_screen_until_the_cook_has_seen_it() {
    let story = seated().and([place_one(O1, S1, L1, "rice", 1), void(S1, L1)]);
    let ticket = &story.tickets()[0];
    assert!(ticket.items[0].void_unseen && ticket.items[0].void_reason.as_deref() == Some("上错了"));
    let story = story.when(FloorCommand::AcknowledgeVoid { item: item(L1, 0) }).records_kinds(["VoidAcknowledged"]);
    assert_eq!(story.tickets().len(), 0);
    story.when(FloorCommand::AcknowledgeVoid { item: item(L1, 0) }).records([]);
}

#[test]
fn a_void_needs_a_reason() {
    for bad in ["", "  ", "\u{1b}"] {
        let void = FloorCommand::VoidLine { session: S1, line: L1, reason: bad.into(), hand: with_bob() };
        two_stations().when(void).refuses(Reject::BadText);
    }
}

#[test]
fn a_second_rush_within_the_pause_is_the_same_rush() {
    let story = two_stations().and([rush(S1, L1)]).at(2);
    let story = story.when(rush(S1, L1)).records([]).at(3);
    let story = story.and([FloorCommand::AnswerRush { item: item(L1, 0) }]).when(rush(S1, L1)).records_kinds(["LineRushed"]);
    let line = &story.order(O1).lines[0];
    assert_eq!((line.rushed, line.rush_answered), (2, false));
}

#[test]
fn a_ready_number_is_called_and_called_again_until_it_is_collected() {
    let story = at_counter().and([place_one(O1, S1, L1, "rice", 1), cash(1, S1, 300, Some(O1))]);
    let call = || FloorCommand::CallNumber { order: O1 };
    let story = story.when(call()).refuses(Reject::ItemIs { state: ItemState::Sent });
    let story = story.and([step(L1, 0, Step::Ready), call(), call()]);
    let board = view::pickup_board(&story.floor);
    assert_eq!(
        (board.entries[0].number.as_str(), board.entries[0].state, board.entries[0].calls),
        ("A001", view::PickupState::Ready, 2)
    );
    let story = story.and([FloorCommand::CollectOrder { order: O1 }]);
    assert!(view::pickup_board(&story.floor).entries.is_empty() && story.tickets().is_empty());
    assert_eq!(story.order(O1).lines[0].state(), ItemState::Served);
}
