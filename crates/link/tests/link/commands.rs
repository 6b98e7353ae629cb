//! Commands on their way to their stream's home.

use crate::history::{same_story, story};
use crate::net::Fate;
use crate::world::{Running, World, key, seconds, until};
use engine::{Answered, Relay as _, Relayed, SubmitError};
use journal::{CommandId, Journal, Stream};
use link::{Frame, LinkRelay};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

const FLOOR: Stream = Stream::Floor;

fn order(id: u128) -> Relayed {
    Relayed { id: CommandId(id), fingerprint: [1; 32], by: None, command: format!("order {id}").into_bytes() }
}

async fn linked() -> (World, Running, LinkRelay) {
    let world = World::new();
    world.store.journal.take_over(key(FLOOR)).await.unwrap();
    let dialer = world.dial(1);
    until("live", || world.cloud.lines.is_live(key(FLOOR)) && world.store.lines.is_live(key(Stream::Money))).await;
    let relay = LinkRelay::new(world.cloud.lines.clone());
    (world, dialer, relay)
}

#[tokio::test(start_paused = true)]
async fn a_command_goes_home_and_its_event_comes_back() {
    let (world, dialer, relay) = linked().await;
    let Answered { outcome, seq } = relay.relay(key(FLOOR), order(1)).await.unwrap();
    assert_eq!((outcome, seq), (b"{\"Ok\":\"1\"}".to_vec(), 1));
    seconds(1).await;
    assert_eq!(world.cloud.journal.head(key(FLOOR)).await.unwrap().seq, 1);
    // The other way: the store asks the cloud's money stream.
    world.cloud.journal.take_over(key(Stream::Money)).await.unwrap();
    let up = LinkRelay::new(world.store.lines.clone());
    assert_eq!(up.relay(key(Stream::Money), order(2)).await.unwrap().seq, 1);
    // A command under a used id is told so by the home itself.
    let other = Relayed { fingerprint: [2; 32], ..order(1) };
    assert_eq!(relay.relay(key(FLOOR), other).await, Err(SubmitError::KeyReused));
    // Nobody is home to a stream here that isn't.
    assert_eq!(relay.relay(key(Stream::Money), order(3)).await, Err(SubmitError::Unavailable));
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_whose_answer_got_lost_is_done_once_and_answered_on_retry() {
    let (world, dialer, relay) = linked().await;
    world.net.fates(|_, _, frame| if matches!(frame, Frame::Answer(_)) { Fate::Lose } else { Fate::Pass });
    let begun = Instant::now();
    assert_eq!(relay.relay(key(FLOOR), order(1)).await, Err(SubmitError::Unknown));
    assert_eq!(begun.elapsed(), Duration::from_secs(8));
    world.net.fates(|_, _, _| Fate::Pass);
    assert_eq!(relay.relay(key(FLOOR), order(1)).await.unwrap().seq, 1);
    assert_eq!(world.store.house.arrived.load(Ordering::SeqCst), 2);
    assert_eq!(story(&*world.store.journal, key(FLOOR)).await.0.len(), 1, "done once");
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_that_was_sent_when_the_connection_broke_is_unknown_at_once_and_done_once() {
    for break_at_answer in [true, false] {
        let (world, dialer, relay) = linked().await;
        world.net.fates(move |_, _, frame| match frame {
            Frame::Answer(_) if break_at_answer => Fate::Cut,
            Frame::Command(_) if !break_at_answer => Fate::Cut,
            _ => Fate::Pass,
        });
        let begun = Instant::now();
        assert_eq!(relay.relay(key(FLOOR), order(1)).await, Err(SubmitError::Unknown));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        world.net.fates(|_, _, _| Fate::Pass);
        until("live", || world.cloud.lines.is_live(key(FLOOR))).await;
        assert_eq!(relay.relay(key(FLOOR), order(1)).await.unwrap().seq, 1);
        assert_eq!(story(&*world.store.journal, key(FLOOR)).await.0.len(), 1);
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_off_store_is_said_to_be_so_at_once() {
    let (world, dialer, relay) = linked().await;
    world.net.down(true);
    until("cut off", || !world.cloud.local.status.now().connected).await;
    let begun = Instant::now();
    assert_eq!(relay.relay(key(FLOOR), order(1)).await, Err(SubmitError::Unavailable));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(world.store.house.arrived.load(Ordering::SeqCst), 0);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fell_silent_is_not_asked_after_its_lease() {
    let (world, dialer, relay) = linked().await;
    world.net.fates(|_, _, _| Fate::Lose);
    seconds(6).await;
    let begun = Instant::now();
    assert_eq!(relay.relay(key(FLOOR), order(1)).await, Err(SubmitError::Unavailable));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn more_than_256_commands_at_once_are_told_busy() {
    let (world, dialer, relay) = linked().await;
    *world.store.house.slow.lock().unwrap() = Duration::from_secs(3);
    let mut asked = Vec::new();
    for id in 1..=300 {
        let relay = relay.clone();
        asked.push(tokio::spawn(async move { relay.relay(key(FLOOR), order(id)).await }));
    }
    let mut answers = Vec::new();
    for asked in asked {
        answers.push(asked.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 256);
    assert_eq!(answers.iter().filter(|answer| **answer == Err(SubmitError::Busy)).count(), 44);
    // A place is free again once its command is answered, or whoever asked has gone.
    *world.store.house.slow.lock().unwrap() = Duration::ZERO;
    assert!(relay.relay(key(FLOOR), order(301)).await.is_ok());
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn orders_over_a_bad_line_are_each_done_once() {
    for seed in 0..6 {
        let (world, dialer, relay) = linked().await;
        let dice = Mutex::new(crate::history::Dice::new(seed + 50));
        world.net.fates(move |_, _, frame| match (frame, dice.lock().unwrap().below(12)) {
            (Frame::Challenge(_) | Frame::Hello(_) | Frame::Welcome(_), _) => Fate::Pass,
            (_, 0) => Fate::Twice,
            (_, 1) => Fate::Late,
            (Frame::Command(_) | Frame::Answer(_), 2 | 3) => Fate::Lose,
            (Frame::Command(_) | Frame::Answer(_), 4) => Fate::Cut,
            _ => Fate::Pass,
        });
        let mut diners = Vec::new();
        for id in 1..=40 {
            let relay = relay.clone();
            diners.push(tokio::spawn(async move {
                loop {
                    match relay.relay(key(FLOOR), order(id)).await {
                        Ok(answered) => return answered.seq,
                        Err(SubmitError::Unavailable | SubmitError::Unknown | SubmitError::Busy) => seconds(1).await,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }));
        }
        let mut seqs = Vec::new();
        for diner in diners {
            seqs.push(diner.await.unwrap());
        }
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=40).collect::<Vec<u64>>(), "seed {seed}");
        same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_up_makes_the_connection_anew() {
    let (world, dialer, _) = linked().await;
    let before = world.net.connections.load(Ordering::SeqCst);
    world.cloud.lines.hang_up(crate::world::STORE);
    until("connected anew", || world.net.connections.load(Ordering::SeqCst) > before).await;
    until("live", || world.cloud.lines.is_live(key(FLOOR))).await;
    assert_eq!(world.book.found(), []);
    dialer.stop().await;
}
