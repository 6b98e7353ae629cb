//! Shipping where everything goes wrong that can: the copy is exact, or stops and says why.

use crate::history::{Dice, refuse, same_story, story, trade};
use crate::net::Fate;
use crate::world::{World, key, seconds, until};
use journal::{Fault, Journal, Stream};
use link::{Frame, Trouble, encode};
use std::sync::{Arc, Mutex};

const FLOOR: Stream = Stream::Floor;

/// A world with some trade on both sides.
async fn busy() -> World {
    busier(1500).await
}

async fn busier(events: u64) -> World {
    let world = World::new();
    trade(&*world.store.journal, key(FLOOR), events, 1).await;
    refuse(&*world.store.journal, key(FLOOR), 1..30).await;
    trade(&*world.cloud.journal, key(Stream::Money), 800, 2).await;
    world
}

async fn all_the_same(world: &World) {
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    same_story(&*world.cloud.journal, &*world.store.journal, key(Stream::Money)).await;
    assert_eq!(world.book.found(), [], "an honest node was put in quarantine");
}

#[tokio::test(start_paused = true)]
async fn a_connection_cut_at_every_kth_frame_gets_there() {
    for k in [7, 8, 9, 13, 29, 64, 101] {
        let world = busier(500 + 100 * k).await;
        world.net.fates(move |_, n, _| if n % k == 0 { Fate::Cut } else { Fate::Pass });
        let dialer = world.dial(k);
        all_the_same(&world).await;
        assert!(world.net.connections.load(std::sync::atomic::Ordering::SeqCst) > 1, "{k}: it was never cut");
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn frames_that_come_twice_late_or_never_change_nothing() {
    for seed in 0..12 {
        let world = busy().await;
        let dice = Mutex::new(Dice::new(seed + 1));
        world.net.fates(move |_, _, frame| {
            let handshake = matches!(frame, Frame::Challenge(_) | Frame::Hello(_) | Frame::Welcome(_));
            match dice.lock().unwrap().below(10) {
                _ if handshake => Fate::Pass,
                0 | 1 => Fate::Twice,
                2 | 3 => Fate::Late,
                4 => Fate::Lose,
                _ => Fate::Pass,
            }
        });
        let dialer = world.dial(seed);
        all_the_same(&world).await;
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_parcel_of_refusals_leaves_no_hole() {
    // Refusals leave no gap among the events: only the parcels' numbers tell.
    let world = World::new();
    trade(&*world.store.journal, key(FLOOR), 5, 1).await;
    let dialer = world.dial(1);
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    let lost = Mutex::new(false);
    world.net.fates(move |_, _, frame| match frame {
        Frame::Parcel(parcel) if parcel.events.is_empty() && !std::mem::replace(&mut lost.lock().unwrap(), true) => Fate::Lose,
        _ => Fate::Pass,
    });
    refuse(&*world.store.journal, key(FLOOR), 1..4).await;
    world.store.news();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    trade(&*world.store.journal, key(FLOOR), 5, 2).await;
    world.store.news();
    same_story(&*world.store.journal, &*world.cloud.journal, key(FLOOR)).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn lost_acknowledgements_cost_time_and_nothing_else() {
    let world = busy().await;
    let dice = Mutex::new(Dice::new(4));
    world.net.fates(move |_, _, frame| match frame {
        Frame::Have(_) if dice.lock().unwrap().below(3) > 0 => Fate::Lose,
        _ => Fate::Pass,
    });
    let dialer = world.dial(1);
    all_the_same(&world).await;
    until("all is acknowledged", || world.store.local.status.now().streams[&FLOOR].unsent() == 0).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_whose_journal_fails_now_and_then_is_exact() {
    let world = busy().await;
    let mut dice = Dice::new(11);
    let faults: Vec<_> = (0..400)
        .map(|_| match dice.below(6) {
            0 => Some(Fault::Unavailable),
            1 => Some(Fault::UnknownWritten),
            2 => Some(Fault::UnknownNotWritten),
            _ => None,
        })
        .collect();
    world.cloud.journal.plan(faults);
    let dialer = world.dial(1);
    all_the_same(&world).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_away_for_a_while_is_waited_for() {
    let world = busy().await;
    let dialer = world.dial(1);
    world.cloud.journal.cut(true);
    seconds(60).await;
    world.cloud.journal.cut(false);
    all_the_same(&world).await;
    world.store.journal.cut(true);
    seconds(60).await;
    world.store.journal.cut(false);
    trade(&*world.store.journal, key(FLOOR), 30, 5).await;
    all_the_same(&world).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_altered_byte_is_refused() {
    for what in 0..4 {
        let world = busy().await;
        world.net.fates(move |up, _, frame| match frame {
            Frame::Parcel(parcel) if up && parcel.after.seq > 300 => {
                let mut parcel = parcel.clone();
                let Some(event) = parcel.events.get_mut(1) else { return Fate::Pass };
                match what {
                    0 => event.body[20] ^= 1,
                    1 => event.at_ms += 1,
                    2 => event.command ^= 1,
                    _ => event.kind.push('x'),
                }
                Fate::Become(encode(&Frame::Parcel(parcel)).unwrap())
            }
            _ => Fate::Pass,
        });
        let dialer = world.dial(1);
        seconds(120).await;
        let seen = world.store.local.status.now();
        assert!(matches!(seen.trouble, Some(Trouble::Altered { stream: FLOOR, .. })), "{seen:?}");
        let (home, copy) = (story(&*world.store.journal, key(FLOOR)).await, story(&*world.cloud.journal, key(FLOOR)).await);
        assert!(copy.0.len() >= 300 && copy.0.len() < home.0.len(), "what came before it is kept");
        assert!(home.0.starts_with(&copy.0), "and nothing but what the home wrote");
        world.net.fates(|_, _, _| Fate::Pass);
        all_the_same(&world).await;
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn commands_that_do_not_fit_the_events_are_refused() {
    for what in 0..3 {
        let world = busy().await;
        world.net.fates(move |up, _, frame| match frame {
            Frame::Parcel(parcel) if up => {
                let mut parcel = parcel.clone();
                match what {
                    0 => _ = parcel.commands.pop(),
                    1 => parcel.commands[0].first_seq += 1,
                    _ => parcel.commands[0].last_seq = u64::MAX,
                }
                Fate::Become(encode(&Frame::Parcel(parcel)).unwrap())
            }
            _ => Fate::Pass,
        });
        let dialer = world.dial(1);
        seconds(60).await;
        assert_eq!(world.store.local.status.now().trouble, Some(Trouble::Nonsense));
        assert_eq!(world.cloud.journal.head(key(FLOOR)).await.unwrap().seq, 0);
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_home_whose_disk_rots_ships_nothing_rotten() {
    let world = busy().await;
    world.store.journal.rot(Some(journal::Rot::Altered(700)));
    let dialer = world.dial(1);
    seconds(120).await;
    assert_eq!(world.store.local.status.now().trouble, Some(Trouble::Altered { stream: FLOOR, seq: 700 }));
    assert!(world.cloud.journal.head(key(FLOOR)).await.unwrap().seq < 700);
    world.store.journal.rot(None);
    all_the_same(&world).await;
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_one_way_cut_ends_the_connection_and_heals() {
    for up_is_cut in [true, false] {
        let world = busy().await;
        let dialer = world.dial(1);
        all_the_same(&world).await;
        world.net.fates(move |up, _, _| if up == up_is_cut { Fate::Lose } else { Fate::Pass });
        seconds(7).await;
        for (end, home) in [(&world.store, Stream::Money), (&world.cloud, FLOOR)] {
            assert!(!end.lines.is_live(key(home)), "one way is not there and back");
        }
        until("both know", || !world.store.local.status.now().connected && !world.cloud.local.status.now().connected).await;
        trade(&*world.store.journal, key(FLOOR), 30, 5).await;
        world.net.fates(|_, _, _| Fate::Pass);
        all_the_same(&world).await;
        dialer.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_is_the_same_run_frame_by_frame() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let world = busier(12_000).await;
        let (dice, log) = (Mutex::new(Dice::new(3)), Arc::new(Mutex::new(Vec::new())));
        let written = log.clone();
        world.net.fates(move |up, n, frame| {
            written.lock().unwrap().push((up, n, encode(frame).unwrap()));
            match dice.lock().unwrap().below(40) {
                0 => Fate::Cut,
                1 => Fate::Late,
                2 => Fate::Twice,
                _ => Fate::Pass,
            }
        });
        let dialer = world.dial(1);
        all_the_same(&world).await;
        dialer.stop().await;
        runs.push(std::mem::take(&mut *log.lock().unwrap()));
    }
    assert!(runs[0].len() > 100);
    assert!(runs[0] == runs[1]);
}
