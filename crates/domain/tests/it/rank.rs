//! In which order the kitchen works its tickets, and why: the same on every screen.

use crate::house::*;
use crate::story::*;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::PotRole;
use domain::view::{RankWhy, Ticket};
use domain::*;

/// Two parties have ordered rice, the second four minutes later. Rice is due after ten minutes.
fn two() -> Story {
    let story = seated().and([join(S2, "t2", G2), place_one(O1, S1, L1, "rice", 1)]);
    story.at(4).and([place_one(O2, S2, L2, "rice", 1)])
}

fn order_of(story: &Story) -> Vec<OrderId> {
    story.tickets().iter().map(|ticket| ticket.order).collect()
}

fn ticket(story: &Story, order: OrderId) -> Ticket {
    story.tickets().into_iter().find(|ticket| ticket.order == order).unwrap()
}

fn vip(session: SessionId) -> FloorCommand {
    FloorCommand::SetVip { session, vip: true, by: code("ann") }
}

fn remake(line: LineId) -> FloorCommand {
    FloorCommand::RemakeItem { item: item(line, 0), cause: RemakeCause::Cold, note: None, by: code("ann") }
}

#[test]
fn what_is_due_first_is_cooked_first() {
    let story = two();
    assert_eq!(order_of(&story), [O1, O2]);
    assert_eq!((ticket(&story, O1).rank_at, ticket(&story, O1).rank_why), (at(10).at, vec![]));
    assert_eq!(ticket(&story, O2).rank_at, at(14).at);
}

#[test]
fn each_reason_moves_a_ticket_forward_and_is_named() {
    let cases: [(Story, Vec<RankWhy>, i64); 4] = [
        (two().and([vip(S2)]), vec![RankWhy::Vip], 9),
        (two().and([rush(S2, L2)]), vec![RankWhy::Rushed], 4),
        (two().and([rush(S2, L2), vip(S2)]), vec![RankWhy::Rushed, RankWhy::Vip], -1),
        (two().and([step(L2, 0, Step::Ready), remake(L2)]), vec![RankWhy::Remade], -1),
    ];
    for (story, why, minute) in cases {
        let second = ticket(&story, O2);
        assert_eq!((second.rank_why, second.rank_at), (why, at(minute).at));
        assert_eq!(order_of(&story), [O2, O1]);
    }
}

#[test]
fn a_dish_cooked_again_is_due_from_then_on() {
    let story = two().and([step(L1, 0, Step::Ready)]).at(30).and([remake(L1)]);
    assert_eq!((ticket(&story, O1).rank_at, ticket(&story, O1).items[0].due_at), (at(30 + 10 - 15).at, at(40).at));
    assert_eq!(order_of(&story), [O2, O1], "the other has waited for longer");
}

#[test]
fn the_soup_base_goes_first() {
    let known = known_with(|_, menu| menu.dishes.iter_mut().find(|dish| dish.id == code("noodles")).unwrap().pot = PotRole::Soup);
    let story =
        given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), join(S2, "t2", G2), place_one(O1, S1, L1, "rice", 1)]);
    let story = story.at(9).and([place_one(O2, S2, L2, "noodles", 1)]);
    assert_eq!((order_of(&story), ticket(&story, O2).rank_why), (vec![O2, O1], vec![RankWhy::Soup]));
}

#[test]
fn what_is_ready_moves_nothing_forward() {
    let story = two().and([rush(S2, L2), vip(S2), step(L2, 0, Step::Ready)]);
    let second = ticket(&story, O2);
    assert_eq!((second.rank_why, second.rank_at), (vec![], at(4).at), "it only waits to be carried");
}

#[test]
fn the_most_pressing_dish_counts() {
    let story = two().at(8).and([place(O3, S1, &[(L3, plain("rice", 1)), (L4, plain("duck", 1))])]);
    let story = story.at(9).and([rush(S1, L4)]);
    assert_eq!((ticket(&story, O3).rank_at, ticket(&story, O3).rank_why), (at(8).at, vec![RankWhy::Rushed]));
    let story = story.and([step(L4, 0, Step::Ready)]);
    assert_eq!((ticket(&story, O3).rank_at, ticket(&story, O3).rank_why), (at(18).at, vec![]));
}

#[test]
fn tickets_of_the_same_time_stand_in_the_same_order_on_every_screen() {
    let orders = [O3, O1, O2];
    let story = orders
        .iter()
        .zip([L3, L1, L2])
        .fold(seated(), |story, (order, line)| story.and([place_one(*order, S1, line, "rice", 1)]));
    assert_eq!(order_of(&story), [O1, O2, O3], "by their ids, whichever came first");
    let again = story.log.iter().fold(Floor::default(), |mut floor, event| {
        floor.apply(event);
        floor
    });
    assert_eq!(view::tickets(&again, &story.known), story.tickets());
    let later = story.clone().at(500);
    assert_eq!(later.tickets(), story.tickets(), "nothing but the facts counts, not the clock");
}
