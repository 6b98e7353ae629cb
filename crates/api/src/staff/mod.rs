//! What staff ask: signing in, the floor, the kitchen, the pick-up counter, the till, money, the day.

pub mod accounts;
pub mod announcements;
pub mod audit;
pub mod cases;
pub mod cooking;
pub mod counter;
pub mod floor;
pub mod guarded;
pub mod head_office;
pub mod kitchen;
pub mod lockout;
pub mod manage;
pub mod money;
pub mod party;
pub mod people;
pub mod printers;
pub mod receipt;
pub mod refunds;
pub mod shifts;
pub mod sign_in;
pub mod tables;
pub mod till;

use serde::Serialize;
use utoipa::ToSchema;

/// Done, now or before.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Done {}
