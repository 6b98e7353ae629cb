//! Head office's menus on a whole engine, on a clock that leaps: on sale at their time, once, whatever was missed.

use crate::channel::Fake;
use crate::house::{Room, menu};
use domain::catalog::{Directive, MenuRef, Override, Release};
use domain::{Money, ReleaseId, StoreId, Timestamp};
use engine::Store;
use pay::ChannelName;
use tokio_util::sync::CancellationToken;
use workers::Releases;

/// A menu with this price, kept, as a release from this second on.
async fn release(store: &Store, n: u8, second: i64, price: i64) -> Release {
    let mut menu = menu();
    menu.dishes[0].variants[0].price = Money(price);
    let hash = store.journal().put_blob(serde_json::to_vec(&menu).unwrap()).await.unwrap();
    let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let from = Timestamp(store.now().at.0 + second * 1000);
    Release {
        id: ReleaseId(u128::from(n)),
        from,
        menu: MenuRef { version: u32::from(n), hash },
        may_price: true,
        may_hours: true,
    }
}

async fn follow(store: &Store, number: u64, releases: Vec<Release>) {
    let brand = "Noodle House".to_owned();
    let directive = Directive { store: StoreId(1), number, brand, releases, staff: vec![], devices: vec![] };
    store.follow_head_office(directive, vec![]).await.unwrap();
}

fn price(store: &Store) -> i64 {
    store.known().menu.dishes[0].variants[0].price.0
}

fn version(store: &Store) -> u32 {
    store.known().menu.version
}

fn work(store: &Store) -> CancellationToken {
    let stop = CancellationToken::new();
    tokio::spawn(Releases::new(store.clone()).run(stop.clone()));
    stop
}

#[tokio::test(start_paused = true)]
async fn each_menu_goes_on_sale_at_its_second_and_once() {
    let room = Room::open(Fake::new(ChannelName::Wechat)).await;
    let store = &room.store;
    let _stop = work(store);
    follow(store, 1, vec![release(store, 1, 0, 500).await, release(store, 2, 3600, 600).await]).await;
    room.wait(1).await;
    assert_eq!((price(store), version(store)), (500, 2));
    room.wait(3598).await;
    assert_eq!(price(store), 500, "a second early");
    room.wait(2).await;
    assert_eq!((price(store), version(store)), (600, 3));
    room.wait(86_400).await;
    assert_eq!(version(store), 3, "once");
}

#[tokio::test(start_paused = true)]
async fn of_those_missed_while_the_power_was_off_the_last_counts() {
    let room = Room::open(Fake::new(ChannelName::Wechat)).await;
    let store = &room.store;
    follow(store, 1, vec![release(store, 1, 1, 500).await, release(store, 2, 2, 600).await, release(store, 3, 900, 700).await])
        .await;
    room.wait(10).await;
    let room = room.restart().await;
    let _stop = work(&room.store);
    room.wait(1).await;
    assert_eq!((price(&room.store), version(&room.store)), (600, 2));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_put_right_moves_the_time_it_waits_for() {
    let room = Room::open(Fake::new(ChannelName::Wechat)).await;
    let store = &room.store;
    let _stop = work(store);
    follow(store, 1, vec![release(store, 1, 0, 500).await, release(store, 2, 7200, 600).await]).await;
    room.wait(1).await;
    room.put_clock(7200);
    room.wait(31).await;
    assert_eq!(price(store), 600, "the clock was two hours slow");
    room.put_clock(-7200);
    room.wait(60).await;
    assert_eq!(price(store), 500, "it wasn't after all: the menu of now is on sale");
    room.wait(7200).await;
    assert_eq!(price(store), 600, "and its time comes again");
}

#[tokio::test(start_paused = true)]
async fn the_stores_own_price_is_sold_at_once_and_with_the_next_menu() {
    let room = Room::open(Fake::new(ChannelName::Wechat)).await;
    let store = &room.store;
    let _stop = work(store);
    follow(store, 1, vec![release(store, 1, 0, 500).await, release(store, 2, 600, 600).await]).await;
    room.wait(1).await;
    let own = |price: Option<i64>| Override {
        prices: price.map(|price| ("std".parse().unwrap(), Money(price))).into_iter().collect(),
        hours: None,
    };
    let put = |change| store.put_override(store.fresh_request(), "noodles".parse().unwrap(), change, "mia".parse().unwrap());
    put(own(Some(550))).await.unwrap();
    room.wait(1).await;
    assert_eq!(price(store), 550);
    room.wait(600).await;
    assert_eq!((price(store), version(store)), (550, 4));
    put(own(None)).await.unwrap();
    room.wait(1).await;
    assert_eq!(price(store), 600);
}
