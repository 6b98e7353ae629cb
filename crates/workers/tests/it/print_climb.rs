//! What nobody has seen reaches paper, and what waits for the soup is fired.

use crate::print_house::*;
use domain::catalog::PrintWhen;
use domain::floor::{Escalation, FloorCommand};

#[tokio::test]
async fn complaint_30_an_unseen_dish_is_printed_and_the_slip_counts_as_seen() {
    let room = Room::open_as(|house| house.kitchen_printers[0].when = PrintWhen::Unseen).await;
    let (_, lines) = room.order_at_new_table(vec![ONE_CHICKEN]).await;
    room.leap(16);
    room.until("on another screen", |floor| climbed(floor, lines[0]) == Some(Escalation::Screen)).await;
    assert_eq!(room.store.floor(|floor| floor.slips.len()), 0, "its screen has time yet");
    room.leap(15);
    let slip = room.slips("hot", 1).await.remove(0);
    assert!(slip.contains("宫保鸡丁") && !slip.contains("请转交"), "{slip}");
    room.until_quiet().await;
    assert!(room.is_seen(lines[0]));
    room.leap(60);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(room.store.floor(|floor| climbed(floor, lines[0])), Some(Escalation::Printer), "what was seen climbs no further");
}

#[tokio::test]
async fn an_unseen_dish_of_a_station_without_a_printer_is_carried_over_from_the_till() {
    let room = Room::open_as(|house| house.kitchen_printers.clear()).await;
    let (session, lines) = room.order_at_new_table(vec![ONE_CHICKEN, ONE_CUCUMBER]).await;
    room.floor(FloorCommand::ReportPainted { screen: "cold".to_owned(), items: vec![item(lines[1])] }).await;
    room.floor(FloorCommand::SetVip { session, vip: true, by: ann() }).await;
    room.leap(31);
    let slip = room.slips("till", 1).await.remove(0);
    assert!(slip.contains("请转交") && slip.contains("热菜") && slip.contains("A1 VIP"), "{slip}");
    assert!(!slip.contains("拍黄瓜"), "what a screen has painted needs no paper: {slip}");
    room.until_quiet().await;
    assert!(room.is_seen(lines[0]));
}

#[tokio::test]
async fn what_waits_for_the_soup_goes_when_it_has_had_its_lead() {
    let room = Room::open().await;
    let (_, lines) = room.order_at_new_table(vec![wish("broth", CHICKEN), wish("beef", CUCUMBER)]).await;
    room.slips("hot", 1).await;
    assert_eq!(room.count("cold"), 0);
    room.leap(181);
    let slip = room.slips("cold", 1).await.remove(0);
    assert!(slip.contains("肥牛"), "{slip}");
    assert!(room.store.floor(|floor| floor.orders[&floor.lines[&lines[1]]].lines[1].is_fired()));
}

fn climbed(floor: &domain::floor::Floor, line: domain::LineId) -> Option<Escalation> {
    let order = &floor.orders[&floor.lines[&line]];
    order.lines.iter().find(|other| other.line == line).unwrap().items[0].escalated
}
