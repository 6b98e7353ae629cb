//! The server ends in the middle of things: under load, while it starts, while it stops.

use crate::children::Process;
use crate::people::Habits;
use crate::report::Row;
use crate::world::{Config, HEALTH, Plan, World};
use std::time::Duration;

/// Kills at the least, however slow the machine is.
const LEAST: u64 = 8;

/// SIGKILL again and again while guests order and pay; now and then SIGTERM, so that snapshots lie in the middle.
pub(super) async fn under_load(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "kill9", Plan::default()).await?;
    let crew = world.crew(4, Habits::default()).await?;
    let (mut kills, mut stops) = (0, 0);
    while kills < LEAST || !world.is_over() {
        let goal = world.dice.between(2, 30);
        world.more_answers(&crew, goal).await?;
        let moment = world.dice.up_to_ms(4);
        tokio::time::sleep(moment).await;
        if kills % 5 == 3 && stops <= kills / 5 {
            world.terminate().await?;
            stops += 1;
        } else {
            world.kill().await?;
            kills += 1;
        }
        world.start().await?;
    }
    row.fault("kill -9 under load", kills);
    row.fault("SIGTERM under load", stops);
    world.finish(Some(crew), Vec::new(), row).await
}

/// SIGKILL while the server opens its journal, replays, takes its epoch, or writes its last snapshot.
pub(super) async fn while_starting(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "kill_start", Plan::default()).await?;
    let crew = world.crew(3, Habits::default()).await?;
    let usual = world.starts.first().copied().unwrap_or_default().max(Duration::from_millis(20));
    let (mut starting, mut stopping, mut rounds) = (0, 0, 0);
    while rounds < 2 * LEAST || !world.is_over() {
        rounds += 1;
        world.more_answers(&crew, 6).await?;
        if rounds % 3 == 0 {
            stopping += u64::from(kill_while_stopping(&mut world).await?);
        } else {
            world.kill().await?;
        }
        // Up to three starts come to nothing, one after the other: a crash while it recovers from a crash.
        for _ in 0..world.dice.between(1, 3) {
            let mut server = Process::serve(&world.recipe)?;
            let after = world.dice.throw(u64::try_from(usual.as_micros())?.saturating_mul(11) / 10);
            tokio::time::sleep(Duration::from_micros(after)).await;
            // One that serves already was not killed while starting.
            let serving = crate::children::answers(server.address, HEALTH).await;
            starting += u64::from(!serving && server.ended()?.is_none());
            server.kill().await?;
        }
        world.start().await?;
    }
    row.fault("kill -9 while starting", starting);
    row.fault("kill -9 while stopping", stopping);
    world.finish(Some(crew), Vec::new(), row).await
}

/// SIGTERM, and SIGKILL before it has ended.
async fn kill_while_stopping(world: &mut World) -> anyhow::Result<bool> {
    let mut server = world.server.take().ok_or_else(|| anyhow::anyhow!("there is no server"))?;
    server.signal("TERM").await?;
    let after = world.dice.up_to_ms(25);
    tokio::time::sleep(after).await;
    let still_there = server.ended()?.is_none();
    server.kill().await?;
    Ok(still_there)
}
