//! Events that refer to bytes: the bytes come first.

use crate::history::{command, same_story};
use crate::net::Fate;
use crate::world::{World, key, seconds, until};
use journal::{Group, Hash, Journal, NewEvent, StoredEvent, Stream, blob_hash};
use link::{Frame, Needs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CATALOG: Stream = Stream::Catalog;

/// An event's body is the hex of the hash it needs.
#[derive(Debug)]
struct Menus;

impl Needs for Menus {
    fn of(&self, stream: Stream, event: &StoredEvent) -> Vec<Hash> {
        let mut hash = [0; 32];
        let found = stream == CATALOG && hex::decode_to_slice(&event.body, &mut hash).is_ok();
        found.then_some(hash).into_iter().collect()
    }
}

fn world() -> World {
    World::with(Arc::default(), Arc::default(), Arc::new(Menus))
}

fn menu(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|i| u8::try_from(i % 251).unwrap() ^ seed).collect()
}

async fn publish(world: &World, id: u128, menu: &[u8]) {
    let head = world.cloud.journal.head(key(CATALOG)).await.unwrap();
    let body = hex::encode(blob_hash(menu)).into_bytes();
    let events = vec![NewEvent { kind: "MenuPublished".into(), version: 1, body }];
    let group =
        Group { key: key(CATALOG), epoch: head.epoch, expected_seq: head.seq, at_ms: 1, events, commands: vec![command(id, 1)] };
    world.cloud.journal.append(group).await.unwrap();
    world.cloud.news();
}

#[tokio::test(start_paused = true)]
async fn a_menus_bytes_are_there_before_its_event() {
    let world = world();
    let menus = [menu(300_000, 1), menu(0, 0), menu(1, 7), menu(32 << 10, 3)];
    for (id, menu) in (1..).zip(&menus) {
        world.cloud.journal.put_blob(menu.clone()).await.unwrap();
        publish(&world, id, menu).await;
    }
    let store = world.store.journal.clone();
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    world.net.fates(move |_, _, frame| {
        if matches!(frame, Frame::Want(_)) {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        Fate::Pass
    });
    let dialer = world.dial(1);
    until("connected", || world.store.local.status.now().connected).await;
    for _ in 0..2000 {
        let head = store.head(key(CATALOG)).await.unwrap();
        for seq in 1..=head.seq {
            let menu = &menus[usize::try_from(seq).unwrap() - 1];
            assert_eq!(store.get_blob(blob_hash(menu)).await.unwrap().as_ref(), Some(menu), "event {seq} is there");
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    same_story(&*world.cloud.journal, &*store, key(CATALOG)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    // The same menu again is not fetched again.
    publish(&world, 9, &menus[0]).await;
    same_story(&*world.cloud.journal, &*store, key(CATALOG)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn pieces_lost_or_altered_are_fetched_again() {
    let world = world();
    let menu = menu(200_000, 9);
    world.cloud.journal.put_blob(menu.clone()).await.unwrap();
    publish(&world, 1, &menu).await;
    let pieces = AtomicU64::new(0);
    world.net.fates(move |_, _, frame| match frame {
        Frame::Blob(blob) => match pieces.fetch_add(1, Ordering::SeqCst) {
            3 => Fate::Lose,
            20 => {
                let mut blob = blob.clone();
                blob.bytes[5] ^= 1;
                Fate::Become(link::encode(&Frame::Blob(blob)).unwrap())
            }
            25 => Fate::Cut,
            _ => Fate::Pass,
        },
        _ => Fate::Pass,
    });
    let dialer = world.dial(1);
    same_story(&*world.cloud.journal, &*world.store.journal, key(CATALOG)).await;
    assert_eq!(world.store.journal.get_blob(blob_hash(&menu)).await.unwrap(), Some(menu));
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_bytes_the_home_lacks_waits_for_them() {
    let world = world();
    let menu = menu(1000, 2);
    publish(&world, 1, &menu).await;
    let dialer = world.dial(1);
    seconds(120).await;
    assert!(world.store.local.status.now().connected, "the link lives meanwhile");
    assert_eq!(world.store.journal.head(key(CATALOG)).await.unwrap().seq, 0);
    world.cloud.journal.put_blob(menu).await.unwrap();
    same_story(&*world.cloud.journal, &*world.store.journal, key(CATALOG)).await;
    dialer.stop().await;
}
