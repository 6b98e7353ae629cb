//! How the house is set up: tables, staff, devices, and which menu version is on sale.

mod decide;
mod house;
mod rights;

pub use decide::*;
pub use house::*;
pub use rights::Right;
