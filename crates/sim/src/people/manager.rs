//! The manager: edits prices and takes dishes off sale, at the worst moments.

use super::fresh;
use crate::house::CRAB;
use crate::net::command;
use crate::plan::FaultKind;
use crate::world::World;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn manage(world: Arc<World>) {
    let mut dice = world.dice("manager");
    let boss = world.staff("boss");
    loop {
        tokio::time::sleep(Duration::from_millis(3_000 + world.storm.below(15_000))).await;
        if world.storm.is_over() {
            return;
        }
        if world.storm.strikes(FaultKind::PriceEdit)
            && let Some(life) = world.life()
        {
            // A server that dies meanwhile leaves it unpublished, or published without saying so: the phones find out.
            let published = tokio::time::timeout(Duration::from_secs(5), world.publish_menu(&life)).await;
            if published.is_err()
                && let Some(life) = world.life()
            {
                world.learn_menu(&life);
            }
        }
        if world.storm.strikes(FaultKind::SoldOut) {
            let out = dice.percent(60);
            let remaining = (!out).then(|| dice.below(4));
            let body = json!({ "sold_out": out, "remaining": remaining });
            let _ = world.send(&boss, &command(format!("/stock/{CRAB}"), fresh(&mut dice), body)).await;
        }
    }
}
