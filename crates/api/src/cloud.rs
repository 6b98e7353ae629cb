//! How a shop's box stands to its cloud, for the till: what goes on while it is cut off, and what is at stake.

use domain::payment::Payments;
use domain::{Money, Timestamp};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// What the box knows of its way to the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudState {
    /// Phones from outside come through, and the journal is being copied.
    pub connected: bool,
    /// Since when; nothing before the first time.
    pub since: Option<Timestamp>,
    /// Events the cloud doesn't have yet.
    pub unsent: u64,
    /// Why the cloud takes no copy any more: a person must look.
    pub kept_out: Option<String>,
}

/// Tells it; the program has one where the box has joined a cloud.
pub trait CloudSight: fmt::Debug + Send + Sync {
    /// How it is now.
    fn now(&self) -> CloudState;
}

/// The same on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CloudView {
    /// Phones from outside come through, and the journal is being copied.
    pub connected: bool,
    /// Since when it is so; null before the first time.
    pub since: Option<Timestamp>,
    /// Events the cloud doesn't have yet.
    pub unsent: u64,
    /// Why the cloud takes no copy any more: a person must look.
    pub kept_out: Option<String>,
    /// What guests may be paying by phone right now without the house having heard: it stays open until the line is back.
    pub at_risk: Money,
}

impl CloudState {
    /// With what is at stake.
    pub(crate) fn view(self, money: &Payments) -> CloudView {
        let CloudState { connected, since, unsent, kept_out } = self;
        let open = money.outstanding.iter().filter_map(|attempt| money.attempts.get(attempt));
        let at_risk = open.map(|attempt| attempt.amount).sum();
        CloudView { connected, since, unsent, kept_out, at_risk }
    }
}
