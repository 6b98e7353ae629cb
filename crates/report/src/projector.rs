//! Follows a store's floor and says which rows have changed.

use crate::count::{Figures, names};
use crate::figures::{CookFigures, DayFigures, DishFigures, SlotFigures, WayFigures};
use crate::zones::{Zones, date, zone};
use domain::floor::{DayClosed, DayOpened, Floor, FloorEvent, Way};
use domain::{DishId, StationId, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a row is about, besides its business day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The day itself.
    Day,
    /// A half hour of the store's own day, 0 to 47.
    Slot(u8),
    /// A way of paying.
    Way(Way),
    /// A dish.
    Dish(DishId),
    /// A station, and a bucket of times.
    Cook(StationId, u8),
}

/// The content of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// See [`What::Day`].
    Day(Box<DayRow>),
    /// See [`What::Slot`].
    Slot(SlotRow),
    /// See [`What::Way`].
    Way(Way, WayFigures),
    /// See [`What::Dish`].
    Dish(DishRow),
    /// See [`What::Cook`].
    Cook(CookRow),
}

/// A business day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// Its number; they count up in each store.
    pub day: u32,
    /// The store's own date when it was opened, as `2026-11-23`. What is sold after midnight belongs to the day that is still open.
    pub date: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; nothing while it is open.
    pub closed_at: Option<Timestamp>,
    /// How much didn't add up when it was closed and was signed for; nothing while it is open.
    pub unmatched: Option<i64>,
    /// What it came to.
    #[serde(flatten)]
    pub figures: DayFigures,
}

/// Half an hour of a business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRow {
    /// 0 is the half hour after midnight, 47 the one before; those after midnight come last in a day that is open for so long.
    pub slot: u8,
    /// What it came to.
    #[serde(flatten)]
    pub figures: SlotFigures,
}

/// A dish on a business day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DishRow {
    /// Which.
    pub dish: DishId,
    /// What it was called last on that day.
    pub name: Text,
    /// What it came to.
    #[serde(flatten)]
    pub figures: DishFigures,
}

/// A station's dishes of a business day that took about as long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookRow {
    /// Which station.
    pub station: StationId,
    /// How long; see [`crate::BUCKETS`].
    pub bucket: u8,
    /// How many.
    #[serde(flatten)]
    pub figures: CookFigures,
}

/// A row that is different now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Number of the business day.
    pub day: u32,
    /// Which row of it.
    pub what: What,
    /// What it says; nothing: there is no such row any more.
    pub row: Option<Row>,
}

type Rows = BTreeMap<What, Row>;

/// Follows one store. Its serialised form is a checkpoint: small when taken after a day has closed, for the floor forgets what is
/// settled then.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Projector {
    floor: Floor,
    /// The business day, while one is open.
    day: Option<OpenDay>,
    /// What of the floor was counted on days before.
    before: Figures,
    /// When the last day closed.
    since: Option<Timestamp>,
    #[serde(skip)]
    zones: Zones,
    /// The rows of the open day as they were told last.
    #[serde(skip)]
    told: Rows,
    /// What is different in days closed since then.
    #[serde(skip)]
    closed: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OpenDay {
    number: u32,
    opened_at: Timestamp,
    date: String,
    zone: String,
}

impl Projector {
    /// Goes on from a checkpoint. The rows at that moment count as told: whoever keeps the checkpoint keeps them with it.
    pub fn resume(mut self) -> Projector {
        self.told = self.open_rows();
        self
    }

    /// Notes that the store's set-up had this time zone from then on. A business day keeps the zone it was opened with.
    pub fn learn_zone(&mut self, at: Timestamp, zone: &str) {
        self.zones.learn(at, zone);
    }

    /// Whether any time zone was learnt: without one, a day that opens is taken to be in UTC.
    pub fn knows_zone(&self) -> bool {
        !self.zones.is_empty()
    }

    /// Whether no day is open: a checkpoint is smallest now.
    pub fn is_between_days(&self) -> bool {
        self.day.is_none()
    }

    /// Takes in the next event of the store's floor. What comes of it is in [`Projector::changes`].
    pub fn apply(&mut self, event: &FloorEvent) {
        if let FloorEvent::DayClosed(closed) = event {
            return self.close(closed, event);
        }
        self.floor.apply(event);
        if let FloorEvent::DayOpened(opened) = event {
            self.open(opened);
        }
    }

    fn open(&mut self, opened: &DayOpened) {
        let name = self.zones.at(opened.at).to_owned();
        let date = date(opened.at, &zone(&name));
        self.day = Some(OpenDay { number: opened.number, opened_at: opened.at, date, zone: name });
    }

    fn close(&mut self, closed: &DayClosed, event: &FloorEvent) {
        let mut rows = self.open_rows();
        if let Some(Row::Day(row)) = rows.get_mut(&What::Day) {
            row.closed_at = Some(closed.at);
            row.unmatched = Some(i64::try_from(closed.unmatched.len()).unwrap_or(i64::MAX));
        }
        let told = std::mem::take(&mut self.told);
        self.closed.extend(difference(closed.number, told, &rows));
        self.floor.apply(event);
        // The floor keeps what was never said aloud, for a device that may come; nothing is counted of it.
        self.floor.announcements.clear();
        self.since = Some(closed.at);
        let zone_name = self.day.take().map_or_else(|| self.zones.at(closed.at).to_owned(), |day| day.zone);
        self.before = Figures::of(&self.floor, &zone(&zone_name), self.since);
    }

    /// The rows that are different from when this was asked last, of the open day as it is now and of days closed in between.
    pub fn changes(&mut self) -> Vec<Change> {
        let mut changes = std::mem::take(&mut self.closed);
        if let Some(number) = self.day.as_ref().map(|day| day.number) {
            let rows = self.open_rows();
            changes.extend(difference(number, std::mem::take(&mut self.told), &rows));
            self.told = rows;
        }
        changes
    }

    /// The rows of the open day.
    fn open_rows(&self) -> Rows {
        let Some(day) = &self.day else { return Rows::new() };
        let figures = Figures::of(&self.floor, &zone(&day.zone), self.since).less(&self.before);
        let mut names = names(&self.floor);
        let row = DayRow {
            day: day.number,
            date: day.date.clone(),
            opened_at: day.opened_at,
            closed_at: None,
            unmatched: None,
            figures: figures.day,
        };
        let mut rows = Rows::from([(What::Day, Row::Day(row.into()))]);
        rows.extend(figures.slots.into_iter().map(|(slot, figures)| (What::Slot(slot), Row::Slot(SlotRow { slot, figures }))));
        rows.extend(figures.ways.into_iter().map(|(way, figures)| (What::Way(way), Row::Way(way, figures))));
        rows.extend(figures.dishes.into_iter().map(|(dish, figures)| {
            let name = names.remove(&dish).unwrap_or_default();
            (What::Dish(dish.clone()), Row::Dish(DishRow { dish, name, figures }))
        }));
        for (station, buckets) in figures.cooks {
            rows.extend(buckets.into_iter().map(|(bucket, figures)| {
                (What::Cook(station.clone(), bucket), Row::Cook(CookRow { station: station.clone(), bucket, figures }))
            }));
        }
        rows
    }
}

fn difference(day: u32, mut told: Rows, now: &Rows) -> Vec<Change> {
    let mut changes = Vec::new();
    for (what, row) in now {
        if told.remove(what).as_ref() != Some(row) {
            changes.push(Change { day, what: what.clone(), row: Some(row.clone()) });
        }
    }
    changes.extend(told.into_keys().map(|what| Change { day, what, row: None }));
    changes
}
