//! How the house is set up: tables, staff, devices, and which menu version is on sale.

mod decide;
mod head_office;
mod house;
mod rights;

pub use decide::*;
pub use head_office::{Directive, HeadOffice, MOST_PEOPLE, MOST_RELEASES, Override, Release};
pub use house::*;
pub use rights::Right;
