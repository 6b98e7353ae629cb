//! Outstanding work: what the state says is still to be done, done and reported back as ordinary commands.
//!
//! Nothing here is remembered across a restart, because there is nothing to remember: the next look at the state finds the
//! same work again, and every command it leads to carries an id made from what it is about, so it counts once.

mod begin;
mod bills;
mod climb;
mod credit;
mod desk;
mod duty;
mod notice;
mod offers;
mod people;
mod print;
mod receipts;
mod refunds;
mod releases;
mod settle;

pub use crate::print::{Condition, PrintDesk, PrintTiming, PrinterState, SlipLink};
pub use desk::{Desk, DeskSetup};
pub use notice::{KEYS_PAUSE, read_notice};
pub use offers::{ChannelHealth, WayOffer};
pub use people::Ended;
pub use receipts::ReceiptTaken;
pub use releases::Releases;
