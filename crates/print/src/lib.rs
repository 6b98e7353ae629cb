//! Kitchen slips, bills and figures: from plain text to the bytes a receipt printer reads, and the talk with the printer around them.
//!
//! Three steps that know nothing of each other: [`layout()`] turns a [`Slip`] into a [`Page`] of neutral elements, [`encode()`] turns the
//! page into ESC/POS bytes for one kind of printer, [`session::print`] carries bytes to a printer and says how much is proved about
//! them. Whoever calls decides what to print, where, and what to do when nobody knows whether it came out.

mod clean;
pub mod encode;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod layout;
pub mod page;
pub mod session;
pub mod slip;
pub mod status;
pub mod words;
mod wrap;

pub use encode::{Buzzer, Gb, Profile, QrMode, encode};
pub use layout::layout;
pub use page::{Align, CodeData, Element, Page, Row, Run, Style, Width};
pub use session::{Completion, Outcome, ProcessId, SessionOptions, Trouble};
pub use slip::Slip;
pub use status::{DrawerPin, Fault, Paper, Status};
pub use words::Lang;
