//! What people see and do who aren't in the shop: how the copy is, and a number in the queue for whoever is on the way.

use super::fresh;
use crate::facts::{Fact, Keeper};
use crate::house::STORE;
use crate::world::World;
use domain::QueueId;
use domain::floor::FloorCommand;
use engine::{Relay, Relayed, SubmitError};
use journal::{CommandId, StoreKey, Stream, StreamKey, blob_hash};
use link::LinkRelay;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often somebody looks at the till's line about the cloud.
const LOOK: Duration = Duration::from_millis(250);
/// What doesn't change is written down so often.
const SAME: Duration = Duration::from_secs(15);
/// A server that stood still shows the present again after so long.
const AWAKE: Duration = Duration::from_secs(2);
/// Whoever hears nothing for so long goes elsewhere.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks at what the home shows of its link to the cloud.
pub(crate) async fn watch(world: Arc<World>) {
    let (mut told, mut told_at) = (None, Instant::now());
    let mut asleep = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let shown = world.life().filter(|life| life.gate.is_running()).and_then(|life| life.linked.status.clone());
        let Some(status) = shown else {
            asleep = Instant::now();
            continue;
        };
        let seen = status.now();
        if (seen.streams.len() < Stream::ALL.len() && seen.trouble.is_none()) || asleep.elapsed() < AWAKE {
            continue;
        }
        let believed: Vec<(Stream, u64)> = seen.streams.iter().map(|(stream, progress)| (*stream, progress.there)).collect();
        let unsent = match world.parts.seams.copy.hides_unsent {
            true => 0,
            false => seen.streams.values().map(link::Progress::unsent).sum(),
        };
        let trouble = seen.trouble.map(|trouble| trouble.to_string());
        let now = Some((believed.clone(), unsent, trouble.clone()));
        if now != told || told_at.elapsed() >= SAME {
            (told, told_at) = (now, Instant::now());
            world.witness.note(Fact::LinkShown { to: Keeper::Cloud, believed, unsent, trouble });
        }
    }
}

/// People take a number in the shop's queue over the cloud.
pub(crate) async fn take_numbers(world: Arc<World>) {
    let mut dice = world.dice("far away");
    for _ in 0..=dice.below(3) {
        tokio::time::sleep(dice.seconds(1, 25)).await;
        if world.storm.is_over() {
            return;
        }
        take_number(&world, &mut dice).await;
    }
}

async fn take_number(world: &Arc<World>, dice: &mut drill::Dice) {
    let wish = fresh(dice);
    // Some send what was answered once more.
    let mut again = dice.percent(30);
    let (mut id, mut entry, since) = (wish, wish, Instant::now());
    while since.elapsed() < PATIENCE {
        world.witness.note(Fact::Relayed { wish, id });
        match relay(world, id, entry).await {
            Ok(accepted) => {
                world.witness.note(Fact::RelayAnswered { wish, accepted });
                if !std::mem::take(&mut again) {
                    return;
                }
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(700)).await,
        }
        if world.parts.seams.copy.renews_relayed {
            (id, entry) = (fresh(dice), fresh(dice));
        }
    }
}

/// Sends it once; whether it was done.
async fn relay(world: &Arc<World>, id: u128, entry: u128) -> Result<bool, SubmitError> {
    let lines = world.parts.copies.cloud.as_ref().and_then(|cloud| cloud.lines()).ok_or(SubmitError::Unavailable)?;
    let command = FloorCommand::TakeNumber { entry: QueueId(entry), covers: 2, name: None, by: None };
    let command = serde_json::to_vec(&command).map_err(|_| SubmitError::Internal)?;
    let relayed = Relayed { id: CommandId(id), fingerprint: blob_hash(&command), by: None, command };
    let key = StreamKey::new(StoreKey(STORE.0), Stream::Floor);
    let answered = LinkRelay::new(lines).relay(key, relayed).await?;
    Ok(answered.outcome.starts_with(b"{\"Ok\""))
}
