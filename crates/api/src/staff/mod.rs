//! What staff ask: signing in, the floor, the kitchen, the pick-up counter, the day.

pub mod counter;
pub mod floor;
pub mod kitchen;
pub mod lockout;
pub mod manage;
pub mod sign_in;

use serde::Serialize;
use utoipa::ToSchema;

/// Done, now or before.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Done {}
