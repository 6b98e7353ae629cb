//! What staff ask: signing in, the floor, the kitchen, the pick-up counter, the till, money, the day.

pub mod accounts;
pub mod cases;
pub mod counter;
pub mod floor;
pub mod kitchen;
pub mod lockout;
pub mod manage;
pub mod money;
pub mod refunds;
pub mod sign_in;
pub mod till;

use serde::Serialize;
use utoipa::ToSchema;

/// Done, now or before.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Done {}
