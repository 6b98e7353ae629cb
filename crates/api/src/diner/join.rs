//! Scanning a table's code.

use super::{Party, party_after};
use crate::app::{Answer, App};
use crate::auth::Guest;
use crate::body::{Command, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::floor::{Floor, FloorAnswer, FloorCommand, JoinTable};
use domain::{GuestId, SessionId, StoreId, TableId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A phone scans a table.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The code on the table.
    #[schema(max_length = 120)]
    pub code: String,
    /// The phone's own id, kept for ever.
    pub guest: GuestId,
    /// What the guest wants to be called.
    #[schema(max_length = 24)]
    pub name: Option<String>,
    /// How many they are, if this scan opens the table; 0: it must not open it, only join who sits there.
    #[schema(minimum = 0, maximum = 99)]
    pub covers: Option<u16>,
    /// The id of the party if this scan opens the table.
    pub session: SessionId,
}

/// The party the phone now belongs to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JoinAnswer {
    /// The party.
    pub session: SessionId,
    /// Shown with every further request.
    pub token: String,
    /// The party as it stands.
    pub view: Party,
}

/// Joins the party at a table, opening the table where the house allows it.
#[utoipa::path(post, operation_id = "join_join", path = "/stores/{store}/sessions/join", tag = "diner", request_body = JoinRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header, description = "32 lower-case hexadecimal characters")),
    responses((status = 201, body = JoinAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn join(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    Command { request, body }: Command<JoinRequest>,
) -> Answer<(StatusCode, Json<JoinAnswer>)> {
    let table = match app.party_of_code(&body.code) {
        // A slip's code leads to its party as long as that sits, wherever it has moved.
        Some(session) => table_of_party(&app, session)?,
        None => app.table_of_code(&body.code)?,
    };
    let guest = body.guest;
    let command = JoinTable { table, guest, name: body.name, session: body.session, covers: body.covers };
    let answer = app.store.submit_floor(request, FloorCommand::JoinTable(command)).await?;
    let FloorAnswer::Joined { session } = answer else {
        return Err(Problem::new("bug", "joining led to no party"));
    };
    let token = app.guest_token(Guest { session, guest });
    Ok((StatusCode::CREATED, Json(JoinAnswer { session, token, view: party_after(&app, session)? })))
}

fn table_of_party(app: &App, session: SessionId) -> Answer<TableId> {
    let party = |floor: &Floor| {
        let party = floor.sessions.get(&session)?;
        let host = party.merged_into.and_then(|into| floor.sessions.get(&into)).unwrap_or(party);
        host.closed_at.is_none().then(|| host.table.clone())
    };
    app.store.floor(party).ok_or_else(|| Problem::new("session_closed", "the party of this slip has left"))
}
