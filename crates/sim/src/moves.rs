//! How the shop's home comes to be another box: the follower is promoted, or an old journal was put back and a new box begins with the
//! cloud's copy. The former box goes on alone for a while, where nobody is told of what it does but the onlooker.
//!
//! A home moves at a moment in which whoever takes over has everything: what had not been sent is lost by design, and is no matter of
//! these laws.

use crate::copies::{Cloud, Follower, Machine, Menus, rise_above};
use crate::disk::{Disk, Mount, Op, Place};
use crate::facts::{Fact, Keeper};
use crate::gate::Gate;
use crate::house::STORE;
use crate::life::Life;
use crate::people::fresh;
use crate::plan::FaultKind;
use crate::world::World;
use anyhow::Context;
use domain::QueueId;
use domain::floor::FloorCommand;
use drill::Dice;
use journal::{Journal, StoreKey, Stream, StreamKey};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// How often a person looks whether the moment has come.
const LOOK: Duration = Duration::from_millis(30);
/// The new home tells the former one so often.
const TELLS: Duration = Duration::from_secs(2);
/// Whoever waits for a box to be kept out gives up after so long.
const PATIENCE: Duration = Duration::from_secs(45);

fn key(stream: Stream) -> StreamKey {
    StreamKey::new(StoreKey(STORE.0), stream)
}

/// Has the home move, once at most.
pub(crate) async fn fate(world: Arc<World>) {
    let mut dice = world.dice("moves");
    tokio::time::sleep(dice.seconds(3, 25)).await;
    let kinds: Vec<FaultKind> =
        [FaultKind::RestoreOld, FaultKind::Promote].into_iter().filter(|kind| world.storm.hard(*kind) > 0).collect();
    if kinds.is_empty() {
        return;
    }
    let copies = &world.parts.copies;
    match (dice.one_of(&kinds), &copies.cloud, &copies.follower) {
        (FaultKind::RestoreOld, Some(cloud), _) => restore_old(&world, cloud, &mut dice).await,
        (FaultKind::Promote, _, Some(follower)) => {
            let Some(life) = moment(&world, &follower.machine.disk).await else { return };
            world.moving.fetch_add(1, Ordering::Relaxed);
            world.storm.struck(FaultKind::Promote);
            promote(&world, follower, &life, &mut dice).await;
            world.moving.fetch_sub(1, Ordering::Relaxed);
        }
        _ => {}
    }
}

/// Waits for a moment in which a copy has everything that the home has; none comes after the weather.
async fn moment(world: &Arc<World>, copy: &Disk) -> Option<Arc<Life>> {
    loop {
        tokio::time::sleep(LOOK).await;
        if world.storm.is_over() {
            return None;
        }
        let Some(life) = world.settled_life() else { continue };
        let at_rest = life.machine.disk.is_at_rest() && copy.is_at_rest();
        if at_rest && life.machine.disk.equals(copy, StoreKey(STORE.0)).await {
            return Some(life);
        }
    }
}

// ── the follower takes over ──

async fn promote(world: &Arc<World>, follower: &Follower, life: &Life, dice: &mut Dice) {
    let former = life.machine.clone();
    world.go_dark(life);
    former.disk.becomes(Place::Stray);
    follower.stop();
    tokio::time::sleep(dice.seconds(0, 4)).await;
    world.witness.note(Fact::CopyEnded { at: Keeper::Follower });
    let machine = follower.machine.clone();
    raise(world, &machine.disk).await;
    machine.disk.becomes(Place::Home);
    if let Some(cloud) = &world.parts.copies.cloud {
        cloud.book.enter(machine.key.public());
        if dice.percent(50) {
            cloud.book.dismiss(former.node);
        }
    }
    world.move_home(machine);
    world.bring_up().await;
    world.witness.note(Fact::HomeMoved { why: "the follower was promoted" });
    world.strays.fetch_add(1, Ordering::Relaxed);
    let (world, mut dice) = (world.clone(), world.dice("stray"));
    tokio::spawn(async move {
        let theirs = epochs(&world.parts.home().disk).await;
        goes_on_alone(&world, &former, &mut dice, theirs).await;
        world.strays.fetch_sub(1, Ordering::Relaxed);
    });
}

/// Raises every stream's epoch above whatever the former home may have.
async fn raise(world: &Arc<World>, disk: &Arc<Disk>) {
    if world.parts.copies.habits.no_fence {
        return;
    }
    let journal = Mount::for_copy(disk.clone(), Gate::new(), None);
    for stream in Stream::ALL {
        let heard = journal.head(key(stream)).await.map_or(0, |head| head.epoch);
        // A disk of this world always takes it.
        let _ = rise_above(&*journal, key(stream), heard).await;
    }
}

async fn epochs(disk: &Arc<Disk>) -> [u64; 3] {
    let journal = Mount::for_link(disk.clone(), Gate::new());
    let mut epochs = [0; 3];
    for (stream, epoch) in Stream::ALL.into_iter().zip(&mut epochs) {
        *epoch = journal.head(key(stream)).await.map_or(0, |head| head.epoch);
    }
    epochs
}

/// The former home comes back, cut off, trades on, starts again, and stops once it has heard.
async fn goes_on_alone(world: &Arc<World>, former: &Arc<Machine>, dice: &mut Dice, theirs: [u64; 3]) {
    for _ in 0..=dice.below(3) {
        tokio::time::sleep(dice.seconds(0, 3)).await;
        alone(world, former, dice).await;
    }
    if let Some(cloud) = &world.parts.copies.cloud {
        // It gets through once the cloud has heard of the new home: before, nobody there could tell which is which.
        if hears_of(cloud, theirs).await && cloud.book.knows(former.node) {
            former.cut(false);
            kept_out(cloud, former).await;
        }
    }
    // The new home tells it, and it compares; one that isn't below refuses to stop.
    for _ in 0..5 {
        tokio::time::sleep(TELLS).await;
        let mine = epochs(&former.disk).await;
        if mine.iter().zip(theirs).all(|(mine, theirs)| *mine < theirs) {
            former.power_off();
            world.witness.note(Fact::StoodDown);
            return;
        }
    }
}

/// Waits until the cloud has heard of these epochs; whether it has.
async fn hears_of(cloud: &Cloud, theirs: [u64; 3]) -> bool {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let heard = epochs(&cloud.disk).await;
        if heard.iter().zip(theirs).all(|(heard, theirs)| *heard >= theirs) {
            return true;
        }
        tokio::time::sleep(LOOK * 10).await;
    }
    false
}

/// Waits until the cloud keeps a box out.
async fn kept_out(cloud: &Cloud, machine: &Machine) {
    let since = Instant::now();
    while since.elapsed() < PATIENCE && cloud.book.times_kept_out(machine.node) == 0 {
        tokio::time::sleep(LOOK * 10).await;
    }
}

/// A server starts on a box of old, reached by nobody, and somebody standing at it goes on working.
async fn alone(world: &Arc<World>, machine: &Arc<Machine>, dice: &mut Dice) {
    machine.power_off();
    machine.disk.crash().await;
    let started = Life::start(&world.parts, machine.clone(), world.next_life(), Gate::new(), Gate::shut()).await;
    let Ok(life) = started else { return };
    for _ in 0..=dice.below(4) {
        tokio::time::sleep(dice.seconds(0, 3)).await;
        let command = FloorCommand::TakeNumber { entry: QueueId(fresh(dice)), covers: 2, name: None, by: None };
        // What its disk refuses it may refuse: nobody waits for it.
        let _ = life.app.store.submit_floor(life.app.store.fresh_request(), command).await;
    }
}

// ── an old journal ──

async fn restore_old(world: &Arc<World>, cloud: &Arc<Cloud>, dice: &mut Dice) {
    let Some(life) = moment(world, &cloud.disk).await else { return };
    let former = life.machine.clone();
    let Some(old) = older(former.disk.kept(), dice) else { return };
    world.moving.fetch_add(1, Ordering::Relaxed);
    world.storm.struck(FaultKind::RestoreOld);
    world.go_dark(&life);
    former.disk.becomes(Place::Stray);
    let disk = Disk::new(Place::Stray, world.storm.clone(), world.witness.clone(), world.parts.seams.disk, true);
    if world.parts.copies.habits.lets_old_in {
        cloud.disk.put_back(old.clone()).await;
    }
    disk.put_back(old).await;
    let restored = Machine::with_key(former.key.clone(), disk);
    restored.cut(dice.percent(50));
    alone(world, &restored, dice).await;
    restored.cut(false);
    kept_out(cloud, &restored).await;
    match rescue(world, cloud).await {
        Ok(machine) => world.move_home(machine),
        Err(error) => {
            world.witness.breach("S15", &format!("the cloud's copy makes no new box: {error:#}"));
            world.move_home(restored.clone());
        }
    }
    world.bring_up().await;
    world.witness.note(Fact::HomeMoved { why: "a new box began with the cloud's copy" });
    world.strays.fetch_add(1, Ordering::Relaxed);
    world.moving.fetch_sub(1, Ordering::Relaxed);
    if dice.percent(50) {
        alone(world, &restored, dice).await;
    }
    restored.power_off();
    world.witness.note(Fact::StoodDown);
    world.strays.fetch_sub(1, Ordering::Relaxed);
}

/// What a backup had: some first part, without the last event at least.
fn older(mut kept: Vec<Op>, dice: &mut Dice) -> Option<Vec<Op>> {
    let last = kept.iter().rposition(|op| matches!(op, Op::Group(group) if !group.events.is_empty()))?;
    kept.truncate(last - usize::try_from(dice.below(last as u64 / 3 + 1)).unwrap_or_default());
    Some(kept)
}

/// A new box with everything that the cloud has. The old one's key counts no more.
async fn rescue(world: &Arc<World>, cloud: &Cloud) -> anyhow::Result<Arc<Machine>> {
    cloud.book.dismiss(world.parts.home().node);
    let disk = Disk::new(Place::Blank, world.storm.clone(), world.witness.clone(), world.parts.seams.disk, true);
    let machine = Machine::new(3, disk.clone())?;
    let copy: Arc<dyn Journal> = Mount::for_copy(cloud.disk.clone(), Gate::new(), None);
    let target = Mount::for_copy(disk.clone(), Gate::new(), None);
    let mut heard = Vec::new();
    for stream in Stream::ALL {
        // Fences the copy: a parcel of the old box that is still on its way is refused.
        heard.push(copy.take_over(key(stream)).await.context("the copy")?);
        link::carry(&copy, &*target, key(stream), &Menus).await?;
    }
    if !world.parts.copies.habits.no_fence {
        for (stream, heard) in Stream::ALL.into_iter().zip(heard) {
            rise_above(&*target, key(stream), heard).await?;
        }
    }
    disk.becomes(Place::Home);
    cloud.book.enter(machine.key.public());
    Ok(machine)
}
