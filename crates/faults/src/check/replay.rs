//! The state a restart would serve against the state that every event since the first leads to.

use super::truth::{events, key};
use crate::house::STORE;
use anyhow::{Context, anyhow};
use engine::machines::{CatalogMachine, FloorMachine, MoneyMachine};
use engine::{Machine, RandomIds, Store, SystemClock, WriterOptions};
use journal::{Journal, Stream};
use serde_json::Value;
use std::sync::Arc;

/// Opens the store as the server does, from its newest snapshot, and folds every stream from its first event beside it.
///
/// # Errors
/// The store can't be opened, or an event can't be read.
pub async fn replay(journal: Arc<dyn Journal>) -> anyhow::Result<Vec<String>> {
    let folded = [
        (Stream::Floor, fold::<FloorMachine>(&*journal, Stream::Floor).await?),
        (Stream::Money, fold::<MoneyMachine>(&*journal, Stream::Money).await?),
        (Stream::Catalog, fold::<CatalogMachine>(&*journal, Stream::Catalog).await?),
    ];
    let options = WriterOptions { snapshot_every: 0, ..WriterOptions::default() };
    let clock = Arc::new(SystemClock::new("UTC")?);
    let store = Store::open(STORE, journal, clock, Arc::new(RandomIds), options).await.context("the store can't be opened")?;
    let served = [
        store.floor(|floor| serde_json::to_value(floor)).context("the floor")?,
        store.money(|money| serde_json::to_value(money)).context("the money")?,
        store.catalog(|catalog| serde_json::to_value(catalog)).context("the catalog")?,
    ];
    store.stop().await;
    let differing = folded.iter().zip(served).filter(|((_, folded), served)| folded != served);
    Ok(differing.map(|((stream, _), _)| format!("{} is not what its events lead to", stream.name())).collect())
}

/// The state after every event of a stream, without any snapshot.
async fn fold<M: Machine>(journal: &dyn Journal, stream: Stream) -> anyhow::Result<Value> {
    let mut state = M::State::default();
    for stored in events(journal, stream).await? {
        let (body, _) = engine::split_sender(&stored.body);
        let event = M::decode(&stored.kind, stored.version, &body);
        let event = event.map_err(|error| anyhow!("{} {}: {error}", key(stream).stream.name(), stored.seq))?;
        M::apply(&mut state, &event, stored.at_ms, stored.seq);
    }
    serde_json::to_value(&state).context("a state")
}
