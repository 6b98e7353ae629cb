//! Shipping where nothing goes wrong but distance and time.

use crate::history::{command, event, refuse, same_story, story, trade};
use crate::world::{World, key, seconds, until};
use journal::{Group, Journal, Stream};
use std::time::Instant;

#[tokio::test(start_paused = true)]
async fn twenty_thousand_events_with_refusals_arrive_as_they_were_written() {
    let world = World::new();
    let end = trade(&*world.store.journal, key(Stream::Floor), 20_000, 1).await;
    refuse(&*world.store.journal, key(Stream::Floor), 1..=40).await;
    let begun = Instant::now();
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(Stream::Floor)).await;
    let rate = end.seq as f64 / begun.elapsed().as_secs_f64();
    println!("shipped {} events at {rate:.0} events/s (debug build, in memory, both ends on one core)", end.seq);
    assert!(rate > 2000.0, "{rate:.0} events/s");
    seconds(2).await;
    let seen = world.store.local.status.now();
    assert!(seen.connected && seen.lease_until_ms.is_some() && seen.trouble.is_none());
    let floor = seen.streams[&Stream::Floor];
    assert_eq!((floor.here, floor.there, floor.unsent()), (end.seq, end.seq, 0));
    assert_eq!(world.cloud.local.status.now().facts["unseen_tickets"], 3, "head office is told the store's facts");
    dialer.stop().await;
    until("the cloud sees it go", || !world.cloud.local.status.now().connected).await;
}

#[tokio::test(start_paused = true)]
async fn both_ends_ship_what_is_theirs() {
    let world = World::new();
    trade(&*world.store.journal, key(Stream::Floor), 500, 1).await;
    trade(&*world.cloud.journal, key(Stream::Money), 700, 2).await;
    trade(&*world.cloud.journal, key(Stream::Catalog), 20, 3).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(Stream::Floor)).await;
    same_story(&*world.cloud.journal, &*world.store.journal, key(Stream::Money)).await;
    same_story(&*world.cloud.journal, &*world.store.journal, key(Stream::Catalog)).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_written_while_connected_arrives_at_once_and_untold_news_within_a_second() {
    let world = World::new();
    let dialer = world.dial(1);
    until("connected", || world.cloud.local.status.now().connected).await;
    for round in 0..20 {
        let end = trade(&*world.store.journal, key(Stream::Floor), 3, 100 + round).await;
        world.store.news();
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        assert_eq!(world.cloud.journal.head(key(Stream::Floor)).await.unwrap().hash, end.hash, "round {round}");
    }
    let end = trade(&*world.store.journal, key(Stream::Floor), 3, 999).await;
    seconds(1).await;
    assert_eq!(world.cloud.journal.head(key(Stream::Floor)).await.unwrap().hash, end.hash);
    assert!(world.cloud.house.pokes.load(std::sync::atomic::Ordering::SeqCst) >= 21, "readers of the copy are woken");
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn refusals_at_the_tail_arrive_whenever_they_are_recorded() {
    let world = World::new();
    let floor = key(Stream::Floor);
    trade(&*world.store.journal, floor, 10, 1).await;
    refuse(&*world.store.journal, floor, 100..110).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    // More at the same place, with ids before and between the ones that are there.
    refuse(&*world.store.journal, floor, (1..100).chain(110..120)).await;
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    dialer.stop().await;
    refuse(&*world.store.journal, floor, 2000..4000).await;
    let dialer = world.dial(2);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    // The event that follows brings them all along once more.
    trade(&*world.store.journal, floor, 5, 3).await;
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_only_ever_refused_has_a_copy_too() {
    let world = World::new();
    refuse(&*world.store.journal, key(Stream::Floor), 1..5).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(Stream::Floor)).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_with_more_events_than_a_parcel_travels_whole() {
    let world = World::new();
    let floor = key(Stream::Floor);
    let epoch = world.store.journal.take_over(floor).await.unwrap();
    let events: Vec<_> = (0..3000).map(|i| event(&format!("{i} {}", "饭".repeat(30)))).collect();
    let group = Group { key: floor, epoch, expected_seq: 0, at_ms: 1, events, commands: vec![command(1, 3000), command(2, 0)] };
    world.store.journal.append(group).await.unwrap();
    trade(&*world.store.journal, floor, 10, 1).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn three_days_without_the_internet_catch_up() {
    let world = World::new();
    let floor = key(Stream::Floor);
    trade(&*world.store.journal, floor, 1000, 1).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    world.net.down(true);
    until("cut off", || !world.store.local.status.now().connected).await;
    let since = world.store.local.status.now().since_ms.unwrap();
    let known = world.store.local.status.now().streams[&Stream::Floor].there;
    // 72 hours: a batch of trade each hour, the dialer trying all the while.
    for hour in 0..72 {
        trade(&*world.store.journal, floor, 420, 10 + hour).await;
        seconds(3600).await;
    }
    let here = world.store.journal.head(floor).await.unwrap().seq;
    let seen = world.store.local.status.now();
    assert!(!seen.connected && seen.since_ms == Some(since) && seen.trouble.is_none());
    assert!(here - known >= 30_000, "{} events wait", here - known);
    assert!(world.cloud.journal.head(floor).await.unwrap().seq < 1100);
    world.net.down(false);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    assert!(story(&*world.cloud.journal, floor).await.0.len() as u64 == here);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_has_all_knows_the_homes_epoch_even_if_nothing_was_written_under_it() {
    let world = World::new();
    let floor = key(Stream::Floor);
    trade(&*world.store.journal, floor, 50, 1).await;
    for _ in 0..5 {
        world.store.journal.take_over(floor).await.unwrap();
    }
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    seconds(2).await;
    let (home, copy) = (world.store.journal.head(floor).await.unwrap(), world.cloud.journal.head(floor).await.unwrap());
    assert_eq!(home, copy);
    trade(&*world.store.journal, floor, 50, 2).await;
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    dialer.stop().await;
}
