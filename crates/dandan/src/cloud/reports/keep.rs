//! Brings the reports' tables up to date with the journals, a bounded portion of one store's events at a time. Every node does it; the
//! guard in the tables' transaction is what keeps two of them from counting anything twice.

use super::VERSION;
use super::tables::{Advance, Standing, Tables};
use anyhow::{Context, ensure};
use domain::catalog::CatalogEvent;
use domain::floor::FloorEvent;
use domain::{StoreId, Timestamp};
use engine::split_sender;
use futures::StreamExt as _;
use journal::{Journal, StoreKey, StoredEvent, Stream, StreamKey};
use report::Projector;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often is looked for stores that have something new.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Stores looked up at once, and brought up to date beside each other.
const STORES: i64 = 64;
const BESIDE: usize = 3;
/// Events in one transaction.
const PORTION: usize = 2_000;
/// A checkpoint is kept when a day has closed, for it is small then; or after so many events, if no day closes.
const CHECKPOINT_AFTER: u64 = 20_000;
/// Stores whose projector is kept in memory; the one not used for longest goes.
const REMEMBERED: usize = 256;
/// How long a store is left alone that couldn't be counted.
const PAUSE: Duration = Duration::from_secs(30);

/// Keeps the tables up to date.
#[derive(Debug)]
pub struct Keeper {
    tables: Tables,
    journal: Arc<dyn Journal>,
    /// The node's name.
    node: String,
    houses: BTreeMap<StoreId, House>,
    /// Stores that can't be counted now, and since when.
    aside: BTreeMap<StoreId, Instant>,
    round: u64,
}

/// A store's projector in memory.
#[derive(Debug)]
struct House {
    projector: Projector,
    standing: Standing,
    /// The last event of the catalog that was looked at.
    catalog_seq: u64,
    /// Events since the last checkpoint, and whether a day has closed in them.
    since_checkpoint: u64,
    day_closed: bool,
    used: u64,
}

/// What came of a portion.
#[derive(Debug)]
enum Done {
    /// Written; there may be more.
    Written(Box<House>, More),
    /// Another node has the store, or was there first.
    Anothers,
}

type More = bool;

impl Keeper {
    pub fn new(tables: Tables, journal: Arc<dyn Journal>, node: &str) -> Keeper {
        let (houses, aside) = (BTreeMap::new(), BTreeMap::new());
        Keeper { tables, journal, node: node.to_owned(), houses, aside, round: 0 }
    }

    /// Goes on until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(LOOK_EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(beat.tick()).await.is_some() {
            // A portion that is cut off here was written or wasn't; whoever goes on is told.
            match stop.run_until_cancelled(self.catch_up()).await {
                None => return,
                Some(Ok(_)) => {}
                Some(Err(error)) => tracing::warn!(error = format!("{error:#}"), "the reports can't be kept up to date now"),
            }
        }
    }

    /// Brings up to date what this node may, until nothing is left; how many portions were written.
    ///
    /// # Errors
    /// If the database can't be asked. What is wrong with one store is logged, and keeps no other from being counted.
    pub async fn catch_up(&mut self) -> anyhow::Result<usize> {
        let mut portions = 0;
        loop {
            self.aside.retain(|_, since| since.elapsed() < PAUSE);
            let aside: Vec<StoreId> = self.aside.keys().copied().collect();
            let behind = self.tables.behind(&self.node, &aside, STORES).await?;
            let written = self.round(&behind).await;
            portions += written;
            if written == 0 {
                return Ok(portions);
            }
        }
    }

    /// Counts a portion of each of these stores.
    async fn round(&mut self, stores: &[StoreId]) -> usize {
        self.round += 1;
        let houses: Vec<(StoreId, Option<House>)> = stores.iter().map(|store| (*store, self.houses.remove(store))).collect();
        let this = &*self;
        let done: Vec<(StoreId, anyhow::Result<Done>)> = futures::stream::iter(houses)
            .map(|(store, house)| async move { (store, this.portion(store, house).await) })
            .buffer_unordered(BESIDE)
            .collect()
            .await;
        let mut written = 0;
        for (store, done) in done {
            match done {
                Ok(Done::Written(house, more)) => {
                    written += usize::from(more);
                    self.houses.insert(store, House { used: self.round, ..*house });
                }
                Ok(Done::Anothers) => {}
                Err(error) => {
                    tracing::warn!(%store, error = format!("{error:#}"), "the reports of a store can't be kept up to date now");
                    self.aside.insert(store, Instant::now());
                }
            }
        }
        while self.houses.len() > REMEMBERED {
            let oldest = self.houses.iter().min_by_key(|(_, house)| house.used).map(|(store, _)| *store);
            oldest.and_then(|store| self.houses.remove(&store));
        }
        written
    }

    async fn portion(&self, store: StoreId, house: Option<House>) -> anyhow::Result<Done> {
        let mut house = match house {
            Some(house) => house,
            None => match self.open(store).await? {
                Some(house) => house,
                None => return Ok(Done::Anothers),
            },
        };
        let Some(events) = self.events_after(store, &house.standing).await? else {
            return self.begin_again(store, &house.standing).await;
        };
        let Some(last) = events.last() else { return Ok(Done::Written(house.into(), false)) };
        let to = Standing { version: VERSION, seq: last.seq, hash: last.hash.to_vec() };
        self.apply(store, &mut house, &events).await?;
        let changes = house.projector.changes();
        let is_due = house.day_closed || house.since_checkpoint >= CHECKPOINT_AFTER;
        let checkpoint = is_due.then(|| serde_json::to_vec(&house.projector)).transpose()?;
        if checkpoint.is_some() {
            (house.since_checkpoint, house.day_closed) = (0, false);
        }
        let advance = Advance { from: &house.standing, to: &to, at_ms: last.at_ms, changes: &changes, checkpoint };
        if !self.tables.advance(store, &advance, &self.node).await? {
            return Ok(Done::Anothers);
        }
        house.standing = to;
        Ok(Done::Written(house.into(), true))
    }

    /// Takes a store on: its last checkpoint, and what was counted since, read again to have the same rows in mind as the tables.
    async fn open(&self, store: StoreId) -> anyhow::Result<Option<House>> {
        let Some(standing) = self.tables.claim(store, &self.node).await? else { return Ok(None) };
        if standing.version > VERSION {
            // A newer node has taken it on in the meantime.
            return Ok(None);
        }
        let kept = if standing.version == VERSION { self.tables.checkpoint(store).await? } else { None };
        let (projector, seq) = match kept {
            Some((seq, state)) => match serde_json::from_slice::<Projector>(&state) {
                Ok(projector) => (projector.resume(), seq),
                Err(error) => {
                    tracing::warn!(%store, %error, "a checkpoint of the reports can't be read; everything is counted again");
                    return self.restart(store, &standing).await;
                }
            },
            None => (Projector::default(), 0),
        };
        if standing.version != VERSION || seq > standing.seq {
            return self.restart(store, &standing).await;
        }
        let mut house = House { projector, standing, catalog_seq: 0, since_checkpoint: 0, day_closed: false, used: 0 };
        self.learn_zones(store, &mut house).await?;
        let mut after = seq;
        while after < house.standing.seq {
            let left = usize::try_from(house.standing.seq - after).unwrap_or(PORTION).min(PORTION);
            let events = self.journal.read(floor_of(store), after, left).await?;
            let Some(last) = events.last() else { return self.restart(store, &house.standing).await };
            after = last.seq;
            self.apply(store, &mut house, &events).await?;
        }
        // They stand in the tables already.
        house.projector.changes();
        Ok(Some(house))
    }

    async fn restart(&self, store: StoreId, from: &Standing) -> anyhow::Result<Option<House>> {
        match self.begin_again(store, from).await? {
            Done::Written(house, _) => Ok(Some(*house)),
            Done::Anothers => Ok(None),
        }
    }

    /// Deletes a store's rows: they are another version's, or of another journal than there is now.
    async fn begin_again(&self, store: StoreId, from: &Standing) -> anyhow::Result<Done> {
        tracing::info!(%store, from = from.seq, "the reports of a store are counted again from the beginning");
        if !self.tables.begin_again(store, from, &self.node).await? {
            return Ok(Done::Anothers);
        }
        let standing = Standing { version: VERSION, seq: 0, hash: Vec::new() };
        let projector = Projector::default();
        let house = House { projector, standing, catalog_seq: 0, since_checkpoint: 0, day_closed: false, used: 0 };
        Ok(Done::Written(house.into(), true))
    }

    /// The next events; nothing where the journal isn't the one that was counted.
    async fn events_after(&self, store: StoreId, standing: &Standing) -> anyhow::Result<Option<Vec<StoredEvent>>> {
        // With the last one that was counted, to see that it still is the same.
        let after = standing.seq.saturating_sub(1);
        let mut events = self.journal.read(floor_of(store), after, PORTION).await?;
        if standing.seq == 0 {
            return Ok(Some(events));
        }
        let same = events.first().is_some_and(|event| event.seq == standing.seq && event.hash[..] == standing.hash[..]);
        Ok(same.then(|| events.split_off(1)))
    }

    async fn apply(&self, store: StoreId, house: &mut House, events: &[StoredEvent]) -> anyhow::Result<()> {
        for stored in events {
            let body = split_sender(&stored.body).0;
            let event: FloorEvent =
                serde_json::from_slice(&body).with_context(|| format!("event {} ({})", stored.seq, stored.kind))?;
            match &event {
                FloorEvent::DayOpened(_) => {
                    self.learn_zones(store, house).await?;
                    // The copy of a box's catalog may come later than that of its floor.
                    ensure!(house.projector.knows_zone(), "the store's set-up isn't here yet");
                }
                FloorEvent::DayClosed(_) => house.day_closed = true,
                _ => {}
            }
            house.projector.apply(&event);
            house.since_checkpoint += 1;
        }
        Ok(())
    }

    /// Reads on in the store's catalog, for its time zone.
    async fn learn_zones(&self, store: StoreId, house: &mut House) -> anyhow::Result<()> {
        let catalog = StreamKey::new(StoreKey(store.0), Stream::Catalog);
        loop {
            let events = self.journal.read(catalog, house.catalog_seq, PORTION).await?;
            let Some(last) = events.last() else { return Ok(()) };
            house.catalog_seq = last.seq;
            for stored in events.iter().filter(|stored| stored.kind == "HousePublished") {
                let event: CatalogEvent = serde_json::from_slice(&split_sender(&stored.body).0)?;
                if let CatalogEvent::HousePublished(published) = event {
                    house.projector.learn_zone(Timestamp(stored.at_ms), &published.time_zone);
                }
            }
        }
    }
}

fn floor_of(store: StoreId) -> StreamKey {
    StreamKey::new(StoreKey(store.0), Stream::Floor)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use domain::catalog::{House as SetUp, Policy};
    use domain::floor::DayOpened;
    use domain::{Currency, Text};
    use journal::{CommandId, Database, Group, MemoryJournal, NewCommand, NewEvent};
    use pg_temp::PgTemp;

    const STORE: StoreId = StoreId(7);

    async fn append(journal: &dyn Journal, stream: Stream, kind: &'static str, body: Vec<u8>) {
        let key = StreamKey::new(StoreKey(STORE.0), stream);
        let (epoch, head) = (journal.take_over(key).await.unwrap(), journal.head(key).await.unwrap());
        let id = CommandId(u128::from(head.seq) << 8 | u128::from(stream.code()));
        let commands = vec![NewCommand { id, fingerprint: [0; 32], answer: Vec::new(), events: 1 }];
        let events = vec![NewEvent { kind: kind.into(), version: 1, body }];
        let group = Group { key, epoch, expected_seq: head.seq, at_ms: 1_795_320_000_000, events, commands };
        journal.append(group).await.unwrap();
    }

    async fn open_day(journal: &dyn Journal) {
        let opened = DayOpened { number: 1, at: Timestamp(1_795_320_000_000), stock: Vec::new() };
        append(journal, Stream::Floor, "DayOpened", serde_json::to_vec(&FloorEvent::from(opened)).unwrap()).await;
    }

    async fn set_up(journal: &dyn Journal) {
        let house = SetUp {
            store: STORE,
            name: Text::default(),
            currency: Currency::Cny,
            time_zone: "Asia/Shanghai".to_owned(),
            areas: Vec::new(),
            tables: Vec::new(),
            policy: Policy::default(),
            accounts: Vec::new(),
            printers: Vec::new(),
            kitchen_printers: Vec::new(),
            till_printer: None,
        };
        let published = CatalogEvent::HousePublished(house.into());
        append(journal, Stream::Catalog, "HousePublished", serde_json::to_vec(&published).unwrap()).await;
    }

    async fn keepers() -> (Keeper, Keeper) {
        let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
        let tables = Tables::open(Database::read(&url).unwrap()).await.unwrap();
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
        let keeper = || Keeper::new(tables.clone(), journal.clone(), "one name for both");
        (keeper(), keeper())
    }

    /// Two nodes that have the same events in hand: one writes them, the other is told that somebody was there before.
    #[tokio::test]
    async fn of_two_that_count_the_same_one_writes() {
        let (one, other) = keepers().await;
        let (mine, theirs) = (one.open(STORE).await.unwrap(), other.open(STORE).await.unwrap());
        set_up(&*one.journal).await;
        open_day(&*one.journal).await;
        let Ok(Done::Written(house, true)) = one.portion(STORE, mine).await else { panic!("nothing was written") };
        assert_eq!(house.standing.seq, 1);
        assert!(matches!(other.portion(STORE, theirs).await, Ok(Done::Anothers)));
        let stands = one.tables.claim(STORE, "one name for both").await.unwrap().unwrap();
        assert_eq!(stands, house.standing);
        assert!(one.tables.claim(STORE, "another name").await.unwrap().is_none(), "it is held");
    }

    #[tokio::test]
    async fn a_day_is_not_counted_before_its_time_zone_is_known() {
        let (keeper, _) = keepers().await;
        open_day(&*keeper.journal).await;
        let error = keeper.portion(STORE, None).await.unwrap_err();
        assert!(error.to_string().contains("set-up"), "{error}");
        set_up(&*keeper.journal).await;
        assert!(matches!(keeper.portion(STORE, None).await, Ok(Done::Written(_, true))));
    }

    /// Another journal than the one that was counted: an older one was put back, and went on differently.
    #[tokio::test]
    async fn another_journal_is_counted_from_its_beginning() {
        let (keeper, _) = keepers().await;
        set_up(&*keeper.journal).await;
        open_day(&*keeper.journal).await;
        let Ok(Done::Written(house, true)) = keeper.portion(STORE, None).await else { panic!("nothing was written") };
        let other = Standing { hash: vec![7; 32], ..house.standing.clone() };
        let advance = Advance { from: &house.standing, to: &other, at_ms: 0, changes: &[], checkpoint: None };
        assert!(keeper.tables.advance(STORE, &advance, &keeper.node).await.unwrap());
        let Ok(Done::Written(again, true)) = keeper.portion(STORE, None).await else { panic!("it isn't noticed") };
        assert_eq!((again.standing.seq, again.standing.hash.len()), (0, 0));
        let Ok(Done::Written(again, true)) = keeper.portion(STORE, Some(*again)).await else { panic!("it isn't counted") };
        assert_eq!(again.standing, house.standing);
    }
}
