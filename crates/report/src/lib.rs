//! Read models: what a store's floor stream adds up to, as rows that can be summed over days and stores.
//!
//! Pure: no clock, no IO. The [`Projector`] is fed a store's events in their order and says from time to time which rows are different
//! now. The figures are the domain's own ([`domain::floor::day_summary`]), taken from the same state that decides, so there is no second
//! arithmetic that could come to another result. A row is a function of the events before it, of nothing else: whoever reads the same
//! journal, in whatever portions, has the same rows.
//!
//! # Every fact once
//! A party that isn't settled when the day closes is carried over, and the domain's summary shows it on both days. Rows must be summable,
//! so what was carried over is counted on the day it happened, and the next day has only what changed since. A day nothing was carried
//! into has exactly the figures that [`domain::floor::DayClosed`] recorded.

#![warn(missing_docs)]

mod cook;
mod count;
mod figures;
mod projector;
mod zones;

pub use cook::{BUCKETS, bucket_of, reached_by, up_to_s};
pub use figures::{CookFigures, DayFigures, DishFigures, SlotFigures, WayFigures};
pub use projector::{Change, CookRow, DayRow, DishRow, Projector, Row, SlotRow, What};

/// Raised whenever the same events give other rows: everything is then counted again.
pub const VERSION: u16 = 1;
