//! What is said aloud: numbered, in the order it happened, and kept until it was said.

use crate::house::*;
use crate::story::*;
use domain::floor::Step;
use domain::floor::*;
use domain::*;

fn said(story: &Story) -> Vec<(u32, Said)> {
    story.floor.announcements.values().map(|said| (said.number, said.said.clone())).collect()
}

fn played(numbers: &[u32]) -> FloorCommand {
    FloorCommand::ReportPlayed { device: "前台".into(), numbers: numbers.to_vec() }
}

fn is_paid(said: &Said) -> bool {
    matches!(said, Said::Paid { .. })
}

/// Thirty fen of rice, urged again and again: one more announcement each time.
fn rushed(mut story: Story, times: i64) -> Story {
    let first = story.now.at.0 / 60_000;
    for nth in 1..=times {
        story = story.at(first + nth * 3).and([rush(S1, L1)]);
    }
    story
}

#[test]
fn an_evening_is_told_by_number() {
    let lines = [(L1, plain("rice", 10)), (L2, plain("salad", 1))];
    let story = at_counter().and([place(O1, S1, &lines), ask(A1, S1, 4200, Some(O1))]);
    assert_eq!(said(&story), [], "nothing is said before the money is there");
    let story = story.and([credit(A1, 4200), rush(S1, L1), step(L1, 0, Step::Ready), step(L2, 0, Step::Ready)]);
    let (order, number) = (O1, String::from("A001"));
    let ready = Said::Ready { order, number: number.clone() };
    let told = [
        (1, Said::Paid { way: Way::WechatNative, amount: Money(4200), tip: Money(0) }),
        (2, Said::NewOrder { order, number, dishes: 11, stations: vec![code("cold"), code("wok")] }),
        (3, Said::Rush { line: L1, name: Text::new("rice（中文）", "rice"), stations: vec![code("wok")] }),
        (4, ready.clone()),
    ];
    assert_eq!(said(&story), told);
    let story = story.and([FloorCommand::CallNumber { order: O1 }]);
    assert_eq!(said(&story).last(), Some(&(5, ready)));
}

#[test]
fn in_the_hall_no_number_is_called() {
    let story = ordered().and([step(L1, 0, Step::Ready)]);
    assert!(said(&story).iter().all(|(_, said)| matches!(said, Said::NewOrder { .. })), "a waiter carries it");
}

#[test]
fn a_ready_order_is_called_once_all_of_it_is_ready_and_again_when_it_was_recalled() {
    let story = unpaid().and([cash(1, S1, 3000, Some(O1)), step(L1, 0, Step::Ready)]);
    let calls = |story: &Story| said(story).iter().filter(|(_, said)| matches!(said, Said::Ready { .. })).count();
    assert_eq!(calls(&story), 1);
    let story = story.and([step(L1, 0, Step::Ready)]);
    assert_eq!(calls(&story), 1, "said twice is done once");
    assert_eq!(calls(&story.and([step(L1, 0, Step::Recall), step(L1, 0, Step::Ready)])), 2);
}

#[test]
fn cash_and_cards_are_not_announced() {
    let story = ordered().and([part_in_cash(1, S1, 1000), FloorCommand::TakeTender(beside(2, S1, Way::Card, 2000, "POS-1"))]);
    assert!(!said(&story).iter().any(|(_, said)| is_paid(said)));
}

#[test]
fn who_has_said_it_first_is_remembered() {
    let story = ordered().at(1).and([played(&[1])]).at(2).when(played(&[1, 9])).records([]);
    assert_eq!(story.floor.announcements[&1].played_at, Some(at(1).at));
    let bad = FloorCommand::ReportPlayed { device: "\u{1b}".into(), numbers: vec![1] };
    ordered().when(bad).refuses(Reject::BadText);
}

#[test]
fn the_oldest_go_once_there_are_five_hundred() {
    let story = rushed(ordered(), 499);
    assert_eq!((story.floor.announcements.len(), story.floor.announcements.keys().next()), (500, Some(&1)));
    let story = rushed(story, 1);
    let numbers = story.floor.announcements.keys().copied();
    assert!(numbers.eq(2..=501), "the first has gone, and no number is given twice");
}

#[test]
fn a_payment_nobody_heard_is_kept_whatever_comes_after_it() {
    let paid =
        ordered().and([AskPayment { partial: true, ..wish(A1, S1, 1000) }].map(FloorCommand::AskPayment)).and([credit(A1, 1000)]);
    let story = rushed(paid.clone(), 600);
    assert!(is_paid(&story.floor.announcements[&2].said), "nobody has heard of it");
    assert_eq!(story.floor.announcements.len(), 500);
    let heard = rushed(paid.and([played(&[2])]), 600);
    assert!(!heard.floor.announcements.contains_key(&2));
}

#[test]
fn overnight_only_payments_nobody_heard_are_kept() {
    let paid = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), place_one(O2, S1, L2, "rice", 1)]);
    let next = |story: Story| story.and([sign_and_close_day(), FloorCommand::OpenDay]);
    assert_eq!(next(paid.clone()).floor.announcements.keys().collect::<Vec<_>>(), [&2]);
    let story = next(paid.and([played(&[2])]));
    assert!(story.floor.announcements.is_empty());
    let story = story.and([join(S2, "t2", G2), place_one(O3, S2, L3, "rice", 1)]);
    assert_eq!(story.floor.announcements.keys().collect::<Vec<_>>(), [&4], "numbers count on for ever");
}
