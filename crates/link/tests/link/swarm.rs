//! Everything at once: each seed draws its faults, then the network heals and both ends must tell the same.

use crate::history::{Dice, refuse, same_story, trade};
use crate::net::Fate;
use crate::world::{World, key};
use engine::{Relay as _, Relayed, SubmitError};
use journal::{CommandId, Fault, Journal, Stream};
use link::{Frame, LinkRelay};
use std::sync::Mutex;
use std::time::Duration;

/// `LINK_SEEDS=5000` for a longer look.
fn seeds() -> u64 {
    std::env::var("LINK_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(40)
}

fn faults(dice: &mut Dice) -> Vec<Option<Fault>> {
    let rate = 2 + dice.below(20);
    let all = [Some(Fault::Unavailable), Some(Fault::UnknownWritten), Some(Fault::UnknownNotWritten), None];
    (0..dice.below(200)).map(|_| if dice.below(rate) < 2 { all[usize::try_from(dice.below(4)).unwrap()] } else { None }).collect()
}

fn bad_line(world: &World, seed: u64) {
    let mut rates = Dice::new(seed + 7);
    let most = [rates.below(60), rates.below(60), rates.below(60), rates.below(25)];
    let dice = Mutex::new(rates);
    world.net.fates(move |_, _, frame| {
        let handshake = matches!(frame, Frame::Challenge(_) | Frame::Hello(_) | Frame::Welcome(_) | Frame::Refused(_));
        let [twice, late, lose, cut] = most;
        match dice.lock().unwrap().below(1000) {
            n if n < cut => Fate::Cut,
            _ if handshake => Fate::Pass,
            n if n < cut + twice => Fate::Twice,
            n if n < cut + twice + late => Fate::Late,
            n if n < cut + twice + late + lose => Fate::Lose,
            _ => Fate::Pass,
        }
    });
}

/// A diner who doesn't give up.
async fn order(relay: LinkRelay, id: u128) -> u64 {
    let asked = Relayed { id: CommandId(id), fingerprint: [1; 32], by: None, command: id.to_string().into_bytes() };
    loop {
        match relay.relay(key(Stream::Floor), asked.clone()).await {
            Ok(answered) => return answered.seq,
            Err(SubmitError::Unavailable | SubmitError::Unknown | SubmitError::Busy) => {
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn run(seed: u64) {
    let world = World::new();
    let mut dice = Dice::new(seed + 1);
    let (floor, money) = (key(Stream::Floor), key(Stream::Money));
    bad_line(&world, seed);
    let relay = LinkRelay::new(world.cloud.lines.clone());
    let mut diners = Vec::new();
    let mut dialer = world.dial(1000 * seed);
    for round in 0..12 {
        trade(&*world.cloud.journal, money, dice.below(300), 100 * seed + round).await;
        world.cloud.news();
        if dice.below(3) == 0 {
            refuse(
                &*world.cloud.journal,
                money,
                (0..1 + dice.below(49)).map(|n| u128::from(seed * 1000 + round * 50 + n) << 90 | 1),
            )
            .await;
        }
        if dice.below(4) == 0 {
            world.store.journal.plan(faults(&mut dice));
        }
        for n in 0..dice.below(6) {
            diners.push(tokio::spawn(order(relay.clone(), u128::from(round * 10 + n + 1))));
        }
        tokio::time::sleep(Duration::from_millis(dice.below(5000))).await;
        match dice.below(8) {
            0 => world.net.down(true),
            1 | 2 => world.net.down(false),
            3 => {
                dialer.stop().await;
                dialer = world.dial(1000 * seed + round + 1);
            }
            _ => {}
        }
    }
    world.net.down(false);
    world.net.fates(|_, _, _| Fate::Pass);
    let mut seqs = Vec::new();
    for diner in diners {
        seqs.push(diner.await.unwrap());
    }
    let orders = seqs.len();
    seqs.sort_unstable();
    seqs.dedup();
    assert_eq!(seqs.len(), orders, "seed {seed}: two orders in one place");
    assert_eq!(world.store.journal.head(floor).await.unwrap().seq, orders as u64, "seed {seed}: an order done twice");
    same_story(&*world.store.journal, &*world.cloud.journal, floor).await;
    same_story(&*world.cloud.journal, &*world.store.journal, money).await;
    assert_eq!(world.book.found(), [], "seed {seed}");
    assert_eq!(world.store.local.status.now().trouble, None, "seed {seed}");
    dialer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whatever_the_faults_both_ends_tell_the_same_in_the_end() {
    for seed in 0..seeds() {
        run(seed).await;
    }
}
