//! The party itself: how it stands, its live feed, rushing a dish, calling the waiter.

use super::{Party, party, party_after};
use crate::app::{Answer, App};
use crate::auth::Caller;
use crate::body::{Command, Nothing, Path, Query};
use crate::feeds::{self, After, FrameSchema, Topic};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::floor::{CallReason, FloorCommand};
use domain::{CallId, LineId, SessionId, StoreId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A call for the waiter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// Made by the phone.
    pub call: CallId,
    /// What for.
    pub reason: CallReason,
}

/// Reads a party.
#[utoipa::path(get, operation_id = "party_show", path = "/stores/{store}/sessions/{session}", tag = "diner",
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
) -> Answer<Json<Party>> {
    caller.must_belong(session)?;
    party(&app, session).map(Json)
}

/// Follows a party: a snapshot, then the parts that change.
#[utoipa::path(get, operation_id = "party_feed", path = "/stores/{store}/sessions/{session}/feed", tag = "feeds",
    params(("store" = StoreId, Path), ("session" = SessionId, Path), After), security(("token" = [])),
    responses((status = 200, body = FrameSchema, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn feed(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Answer {
    caller.must_belong(session)?;
    party(&app, session)?;
    Ok(feeds::stream(&app, &Topic::Session(session), after, &headers))
}

/// The same over a WebSocket; the token comes in the first message.
pub async fn socket(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    upgrade: feeds::Upgrade,
) -> Response {
    feeds::socket(&app, upgrade, Topic::Session(session))
}

/// Urges a dish (催菜).
#[utoipa::path(post, operation_id = "party_rush", path = "/stores/{store}/sessions/{session}/lines/{line}/rush", tag = "diner", request_body = Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn rush(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    caller: Caller,
    Command { request, .. }: Command<Nothing>,
) -> Answer<Json<Party>> {
    caller.must_belong(session)?;
    app.store.submit_floor(request, FloorCommand::RushLine { session, line }).await?;
    party_after(&app, session).map(Json)
}

/// Calls the waiter.
#[utoipa::path(post, operation_id = "party_call", path = "/stores/{store}/sessions/{session}/calls", tag = "diner", request_body = CallRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn call(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Command { request, body }: Command<CallRequest>,
) -> Answer<Json<Party>> {
    caller.must_belong(session)?;
    app.store.submit_floor(request, FloorCommand::CallWaiter { session, call: body.call, reason: body.reason }).await?;
    party_after(&app, session).map(Json)
}
