//! The wires of phones and of screens, in every kind of weather.

use crate::people::{Habits, Patience, Screen, What};
use crate::proxy::kinds;
use crate::report::Row;
use crate::world::{Config, Plan, World};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What a connection carries: some requests of 700 bytes, and their answers.
const REQUESTS: u64 = 2_500;
const ANSWERS: u64 = 2_500;
/// Each kind lasts so long at the least.
const LEAST: Duration = Duration::from_millis(350);
/// Once the weather is fair, everything ordered stands on the screen within so much time.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
const PATIENCE: Patience = Patience { request: Duration::from_secs(1), wish: Duration::from_secs(45) };

/// Phones order and pay through every kind of weather.
pub(super) async fn phones(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "proxy_phone", Plan { patience: PATIENCE, ..Plan::default() }).await?;
    let crew = world.crew(5, Habits::default()).await?;
    let kinds = kinds(REQUESTS, ANSWERS);
    let each = (config.span / u32::try_from(kinds.len())?).max(LEAST);
    for (name, weather) in kinds {
        let before = world.phones.faults();
        world.phones.set(weather);
        // Half of them meet it on open connections, half on new ones.
        tokio::time::sleep(each / 2).await;
        world.phones.reset_all();
        tokio::time::sleep(each / 2).await;
        row.fault(name, world.phones.faults() - before);
        world.phones.heal();
        world.more_answers(&crew, 5).await?;
    }
    world.finish(Some(crew), Vec::new(), row).await
}

/// A kitchen screen follows, paints and reports through every kind of weather.
pub(super) async fn screens(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "proxy_screen", Plan { patience: PATIENCE, ..Plan::default() }).await?;
    let dice = world.dice.for_part();
    let screen = Screen::start(&world.cooks, dice)?;
    let habits = Habits { cash: false, think: Duration::from_millis(60) };
    let crew = world.crew(2, habits).await?;
    let kinds = kinds(REQUESTS, ANSWERS);
    let each = (config.span / u32::try_from(kinds.len())?).max(LEAST);
    for (name, weather) in kinds {
        let before = world.screens.faults();
        world.screens.set(weather);
        tokio::time::sleep(each / 2).await;
        world.screens.reset_all();
        tokio::time::sleep(each / 2).await;
        row.fault(name, world.screens.faults() - before);
        world.screens.heal();
    }
    let (phones, broken) = crew.finish().await?;
    broken.into_iter().for_each(|broken| row.broken(broken));
    let entries = phones.iter().flat_map(|phone| &phone.notebook.entries);
    let is_order = |what: &What| matches!(what, What::Order { .. });
    let ordered: BTreeSet<String> =
        entries.filter(|entry| is_order(&entry.wish.what) && entry.told.is_some()).map(|entry| entry.wish.key.clone()).collect();
    let healed = Instant::now();
    let missing = screen.shows(&ordered, SHOWN_WITHIN).await;
    row.remark(format!(
        "{} orders on the screen, the last {} ms after the weather was fair",
        ordered.len(),
        healed.elapsed().as_millis()
    ));
    row.remark(format!("the feed was opened anew {} times, {} items reported as painted", screen.reopened(), screen.painted()));
    for order in missing {
        row.broken(format!("order {order} was accepted and never stood on the screen"));
    }
    for ghost in screen.orders().difference(&ordered) {
        row.broken(format!("order {ghost} stood on the screen and nobody was told that it was accepted"));
    }
    if screen.painted() < ordered.len() as u64 {
        row.broken(format!("{} items were reported as painted, {} orders were accepted", screen.painted(), ordered.len()));
    }
    drop(screen);
    world.finish(None, phones, row).await
}
