//! What a diner's phone asks. Staff may ask most of it too, for a table they serve.

pub mod cart;
pub mod join;
pub mod orders;
pub mod party;
pub mod payments;
pub mod split;
pub mod start;
pub mod ways;

use crate::app::{Answer, App};
use crate::problem::Problem;
use domain::SessionId;
use domain::view::{SessionView, session_view};
use serde::Serialize;
use utoipa::ToSchema;

/// A party with the position of its feed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Party {
    /// Position of the feed when this was read.
    pub seq: u64,
    /// The party.
    #[serde(flatten)]
    pub view: SessionView,
}

/// Reads a party that something was just done for. A retry may come when it has long left: what was done stays done.
///
/// # Errors
/// `done_and_gone`.
pub fn party_after(app: &App, session: SessionId) -> Answer<Party> {
    party(app, session)
        .map_err(|_| Problem::new("done_and_gone", "it was done, under this Idempotency-Key; the day has been closed since"))
}

/// Reads a party.
///
/// # Errors
/// `session_unknown`.
pub fn party(app: &App, session: SessionId) -> Answer<Party> {
    let (seq, known, now) = (app.hub.position(), app.known(), app.store.now());
    let view = app.store.floor(|floor| {
        let session = floor.sessions.get(&session)?;
        Some(app.store.money(|money| session_view(floor, money, session, now, &known)))
    });
    let mut view = view.ok_or_else(|| Problem::new("session_unknown", "no such party today"))?;
    payments::add_wallet(&mut view.payments, app.demo_wallet.as_deref());
    Ok(Party { seq, view })
}
