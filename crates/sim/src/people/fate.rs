//! What befalls the server as a whole.

use crate::facts::Fact;
use crate::plan::FaultKind;
use crate::world::World;
use std::sync::Arc;
use std::time::Duration;

/// Crashes, standstills, wrong clocks: one thing after the other until the weather is over.
pub(crate) async fn server(world: Arc<World>) {
    loop {
        tokio::time::sleep(Duration::from_millis(1_000 + world.storm.below(12_000))).await;
        if world.storm.is_over() {
            return;
        }
        let Some(life) = world.life() else { continue };
        if world.storm.strikes(FaultKind::ClockJump) {
            let day = 24 * 3_600_000;
            let jumps = [-day, -3_600_000, -5_000, 0, 5_000, 3_600_000, day];
            let off = jumps[usize::try_from(world.storm.below(jumps.len() as u64)).unwrap_or_default()];
            world.parts.clock.put_off(off);
        }
        if world.storm.strikes(FaultKind::Crash) {
            world.crash(&life).await;
        } else if world.storm.strikes(FaultKind::TwoServers) {
            world.second_server(&life).await;
        } else if world.storm.strikes(FaultKind::Paused) {
            life.gate.stop(true);
            tokio::time::sleep(Duration::from_millis(500 + world.storm.below(15_000))).await;
            life.gate.stop(false);
        }
    }
}

/// Looks into the channels' books, so that what happens there by itself is told about when it happens; tells alarms too.
pub(crate) async fn channels(world: Arc<World>) {
    let mut told = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.parts.channels.look();
        world.sync_late().await;
        let Some(life) = world.life() else { continue };
        let cases = life.app.store.money(|money| money.cases.len());
        for _ in told..cases {
            world.witness.note(Fact::Alarm { about: "a case in the inbox".to_owned() });
        }
        told = told.max(cases);
    }
}
