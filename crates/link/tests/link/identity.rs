//! Who may come in, and what happens to those who are not who they were.

use crate::history::{same_story, story, trade};
use crate::net::Fate;
use crate::world::{End, NODE, STORE, World, key, node_key, seconds, until};
use journal::{Group, Journal, MemoryJournal, NewCommand, NewEvent, Stream};
use link::{Frame, Role, Trouble};
use seal::NodeKey;
use std::sync::Arc;

const FLOOR: Stream = Stream::Floor;

/// A copy of a disk.
async fn disk_copy(from: &dyn Journal, up_to: u64) -> Arc<MemoryJournal> {
    let copy = MemoryJournal::new();
    for stream in Stream::ALL {
        let (events, commands) = story(from, key(stream)).await;
        for command in commands.iter().filter(|command| command.last_seq <= up_to) {
            let own: Vec<_> = events.iter().filter(|event| event.command == command.id).collect();
            let head = copy.head(key(stream)).await.unwrap();
            let group = Group {
                key: key(stream),
                epoch: own.first().map_or(head.epoch, |event| event.epoch),
                expected_seq: head.seq,
                at_ms: own.first().map_or(0, |event| event.at_ms),
                events: own
                    .iter()
                    .map(|event| NewEvent { kind: event.kind.clone().into(), version: event.version, body: event.body.clone() })
                    .collect(),
                commands: vec![NewCommand {
                    id: command.id,
                    fingerprint: command.fingerprint,
                    answer: command.answer.clone(),
                    events: u32::try_from(own.len()).unwrap(),
                }],
            };
            copy.append(group).await.unwrap();
        }
    }
    Arc::new(copy)
}

async fn machine(from: &End, up_to: u64) -> End {
    End::new(disk_copy(&*from.journal, up_to).await, &[FLOOR], Arc::new(link::NoNeeds))
}

async fn connected() -> World {
    let world = World::new();
    trade(&*world.store.journal, key(FLOOR), 400, 1).await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_restored_old_backup_is_kept_out_until_a_person_has_looked() {
    let world = connected().await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    dialer.stop().await;
    let before = story(&*world.cloud.journal, key(FLOOR)).await;

    let restored = machine(&world.store, 300).await;
    let dialer = world.dial_as(&restored, 2);
    seconds(100).await;
    let seq = before.0.len() as u64;
    assert_eq!(world.book.found(), [Trouble::Behind { stream: FLOOR, seq }]);
    assert_eq!(restored.local.status.now().trouble, Some(Trouble::Behind { stream: FLOOR, seq }), "the till says why");
    // It trades on, past where the copy is: that makes it no better.
    trade(&*restored.journal, key(FLOOR), 300, 77).await;
    seconds(100).await;
    world.book.release();
    seconds(100).await;
    assert!(matches!(world.book.found()[..], [Trouble::Diverged { stream: FLOOR, .. }]), "{:?}", world.book.found());
    assert!(matches!(restored.local.status.now().trouble, Some(Trouble::Diverged { .. })));
    assert!(story(&*world.cloud.journal, key(FLOOR)).await == before, "nothing was merged");
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_was_brought_up_to_date_comes_in_after_its_release() {
    let world = connected().await;
    let restored = machine(&world.store, 300).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    dialer.stop().await;
    let dialer = world.dial_as(&restored, 2);
    seconds(60).await;
    assert_eq!(world.book.found().len(), 1);
    dialer.stop().await;
    // The missing tail is fetched from the copy by hand; then a person lets it in.
    let whole = machine(&world.cloud, u64::MAX).await;
    world.book.release();
    let dialer = world.dial_as(&whole, 3);
    trade(&*whole.journal, key(FLOOR), 100, 5).await;
    same_story(&*whole.journal, &*world.cloud.journal, key(FLOOR)).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_two_machines_with_one_key_exactly_one_stays_and_nothing_is_merged() {
    let world = connected().await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    let twin = machine(&world.store, u64::MAX).await;
    let second = world.dial_as(&twin, 2);
    // Both trade, both dial.
    for round in 0..40 {
        trade(&*world.store.journal, key(FLOOR), 5, 1000 + round).await;
        trade(&*twin.journal, key(FLOOR), 5, 2000 + round).await;
        seconds(5).await;
    }
    let (one, other) = (world.store.local.status.now(), twin.local.status.now());
    assert!(one.connected != other.connected, "one of them: {one:?} {other:?}");
    let survivor = if one.connected { &world.store } else { &twin };
    same_story(&*survivor.journal, &*world.cloud.journal, key(FLOOR)).await;
    assert_eq!(world.book.found().len(), 1, "{:?}", world.book.found());
    let refused = if one.connected { other } else { one };
    assert!(refused.trouble.is_some_and(Trouble::is_grave), "{refused:?}");
    dialer.stop().await;
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_idle_machines_with_one_key_do_not_take_turns() {
    let world = connected().await;
    let first = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    let twin = machine(&world.store, u64::MAX).await;
    let second = world.dial_as(&twin, 2);
    seconds(60).await;
    assert_eq!(world.book.found(), [Trouble::Replaced], "the older one, which came back");
    assert!(twin.local.status.now().connected && !world.store.local.status.now().connected);
    let connections = world.net.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!(connections < 20, "{connections} connections in a minute");
    first.stop().await;
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_life_that_was_over_does_not_come_back() {
    let world = connected().await;
    for life in [1, 2] {
        let dialer = world.dial(life);
        until("connected", || world.store.local.status.now().connected).await;
        dialer.stop().await;
    }
    assert_eq!(world.book.found(), [], "the second is the first one's restart");
    let dialer = world.dial(1);
    seconds(40).await;
    assert_eq!(world.book.found(), [Trouble::Replaced], "or so it seemed");
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_restarts_often_is_always_let_in() {
    let world = connected().await;
    for life in 1..20 {
        world.store.journal.take_over(key(FLOOR)).await.unwrap();
        trade(&*world.store.journal, key(FLOOR), 7, life).await;
        let dialer = world.dial(life);
        same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
        dialer.stop().await;
    }
    assert_eq!(world.book.found(), []);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_of_the_same_process_gives_way() {
    let world = connected().await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    // The dialer hears nothing any more and dials anew; what it sends on the old connection, goodbye included, is lost too.
    world.net.fates(|up, _, frame| match frame {
        Frame::Challenge(_) | Frame::Hello(_) | Frame::Welcome(_) => Fate::Pass,
        _ if up => Fate::Pass,
        _ => Fate::Lose,
    });
    seconds(7).await;
    world.net.fates(|_, _, _| Fate::Pass);
    trade(&*world.store.journal, key(FLOOR), 20, 3).await;
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    assert_eq!(world.book.found(), []);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_promoted_copy_fences_its_old_home() {
    let world = connected().await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    seconds(2).await;
    world.net.down(true);
    until("cut off", || !world.cloud.local.status.now().connected).await;
    // The store box is thought dead; the cloud becomes the floor's home and goes on.
    let epoch = world.cloud.journal.take_over(key(FLOOR)).await.unwrap();
    world.cloud.house.roles.lock().unwrap().insert(FLOOR, Role::Home);
    trade(&*world.cloud.journal, key(FLOOR), 50, 60).await;
    let before = story(&*world.cloud.journal, key(FLOOR)).await;
    // But it isn't.
    trade(&*world.store.journal, key(FLOOR), 30, 61).await;
    let epochs = (world.store.journal.head(key(FLOOR)).await.unwrap().epoch, epoch);
    assert!(epochs.0 <= epochs.1 + 1);
    world.net.down(false);
    seconds(100).await;
    let [found] = world.book.found()[..] else { panic!("{:?}", world.book.found()) };
    assert!(matches!(found, Trouble::Fenced { stream: FLOOR, .. } | Trouble::BothHome { stream: FLOOR }), "{found:?}");
    assert!(story(&*world.cloud.journal, key(FLOOR)).await == before);
    // Even if the roles at the cloud are forgotten, the copy's epoch and history speak.
    world.book.release();
    world.cloud.house.roles.lock().unwrap().insert(FLOOR, Role::Copy);
    seconds(100).await;
    assert!(world.book.found()[0].is_grave(), "{:?}", world.book.found());
    assert!(story(&*world.cloud.journal, key(FLOOR)).await == before);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_promoted_while_it_is_connected_takes_no_more() {
    let world = connected().await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    seconds(2).await;
    world.cloud.journal.take_over(key(FLOOR)).await.unwrap();
    let before = story(&*world.cloud.journal, key(FLOOR)).await;
    // The old home goes on under its old epoch.
    let head = world.store.journal.head(key(FLOOR)).await.unwrap();
    let group = Group {
        key: key(FLOOR),
        epoch: head.epoch,
        expected_seq: head.seq,
        at_ms: 1,
        events: vec![crate::history::event("x")],
        commands: vec![crate::history::command(424_242, 1)],
    };
    world.store.journal.append(group).await.unwrap();
    seconds(60).await;
    assert!(matches!(world.book.found()[..], [Trouble::Fenced { stream: FLOOR, .. }]), "{:?}", world.book.found());
    assert!(story(&*world.cloud.journal, key(FLOOR)).await == before);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cloud_restored_from_an_old_backup_is_noticed_by_its_copies() {
    let world = World::new();
    let money = key(Stream::Money);
    trade(&*world.cloud.journal, money, 200, 1).await;
    let dialer = world.dial(1);
    same_story(&*world.cloud.journal, &*world.store.journal, money).await;
    dialer.stop().await;
    let before = story(&*world.store.journal, money).await;
    let old = End::new(disk_copy(&*world.cloud.journal, 100).await, &[Stream::Money, Stream::Catalog], Arc::new(link::NoNeeds));
    world.book.houses.lock().unwrap().insert(STORE, old.local.clone());
    let dialer = world.dial(2);
    seconds(60).await;
    assert!(matches!(world.store.local.status.now().trouble, Some(Trouble::Behind { stream: Stream::Money, .. })));
    assert!(story(&*world.store.journal, money).await == before);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_comes_in_without_the_key_that_was_entered() {
    let world = connected().await;
    world.book.enter(STORE, NODE, NodeKey::of_seed([6; 32]).unwrap().public());
    let dialer = world.dial(1);
    seconds(60).await;
    assert_eq!(world.store.local.status.now().trouble, Some(Trouble::UnknownNode));
    assert_eq!(world.cloud.journal.head(key(FLOOR)).await.unwrap().seq, 0);
    // A person enters the right one.
    world.book.enter(STORE, NODE, node_key().public());
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    assert_eq!(world.store.local.status.now().trouble, None);
    dialer.stop().await;
}
