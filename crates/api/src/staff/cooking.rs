//! The kitchen's rarer acts: a dish cooked again, a slip scanned, a station closed; and the expediter's page.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Nothing, Path, Query};
use crate::feeds::{self, After, FrameSchema, Topic};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::catalog::Right;
use domain::floor::{FloorCommand, ItemKey, RemakeCause};
use domain::view::{ExpoTable, expo, read_slip_code};
use domain::{StationId, StoreId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What every party waits for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExpoView {
    /// Position of the feed.
    pub seq: u64,
    /// Parties with something that isn't on their table yet.
    pub tables: Vec<ExpoTable>,
}

/// Reads what every party waits for.
#[utoipa::path(get, operation_id = "expo_show", path = "/stores/{store}/expo", tag = "kitchen", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = ExpoView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<ExpoView>> {
    staff.must(Right::Cook)?;
    let (seq, known) = (app.hub.position(), app.known());
    Ok(Json(ExpoView { seq, tables: app.store.floor(|floor| expo(floor, &known)) }))
}

/// Follows what every party waits for.
#[utoipa::path(get, operation_id = "expo_feed", path = "/stores/{store}/expo/feed", tag = "feeds", params(("store" = StoreId, Path), After), security(("token" = [])),
    responses((status = 200, body = FrameSchema, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn feed(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Answer {
    staff.must(Right::Cook)?;
    Ok(feeds::stream(&app, &Topic::Expo, after, &headers))
}

/// The same over a WebSocket.
pub async fn socket(State(app): State<Arc<App>>, upgrade: feeds::Upgrade) -> Response {
    feeds::socket(&app, upgrade, Topic::Expo)
}

/// A dish is cooked again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemakeRequest {
    /// Why.
    pub cause: RemakeCause,
    /// More about it.
    #[schema(max_length = 60)]
    pub note: Option<String>,
}

/// Cooks a dish again.
#[utoipa::path(post, operation_id = "kitchen_remake", path = "/stores/{store}/kitchen/items/{key}/remake", tag = "kitchen", request_body = RemakeRequest,
    params(("store" = StoreId, Path), ("key" = ItemKey, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn remake(
    State(app): State<Arc<App>>,
    Path((_, key)): Path<(StoreId, ItemKey)>,
    staff: Staff,
    Command { request, body }: Command<RemakeRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    app.store
        .submit_floor(request, FloorCommand::RemakeItem { item: key, cause: body.cause, note: body.note, by: staff.id })
        .await?;
    Ok(Json(Done {}))
}

/// Everything on a ticket is ready: the code of its slip was scanned.
#[utoipa::path(post, operation_id = "kitchen_bump", path = "/stores/{store}/kitchen/slips/{code}/bump", tag = "kitchen", request_body = Nothing,
    params(("store" = StoreId, Path), ("code" = String, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn bump(
    State(app): State<Arc<App>>,
    Path((_, code)): Path<(StoreId, String)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    let found = app.store.floor(|floor| read_slip_code(floor, &code));
    let (order, station) = found.ok_or_else(|| Problem::new("slip_code_unknown", "no ticket of this day has this code"))?;
    app.store.submit_floor(request, FloorCommand::BumpTicket { order, station }).await?;
    Ok(Json(Done {}))
}

/// Opens a station.
#[utoipa::path(post, operation_id = "stations_open", path = "/stores/{store}/stations/{station}/open", tag = "kitchen", request_body = Nothing,
    params(("store" = StoreId, Path), ("station" = StationId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn open_station(
    State(app): State<Arc<App>>,
    Path((_, station)): Path<(StoreId, StationId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Direct)?;
    app.store.submit_floor(request, FloorCommand::SetStation { station, open: true, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Closes a station for a while: another cooks in its place.
#[utoipa::path(post, operation_id = "stations_close", path = "/stores/{store}/stations/{station}/close", tag = "kitchen", request_body = Nothing,
    params(("store" = StoreId, Path), ("station" = StationId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn close_station(
    State(app): State<Arc<App>>,
    Path((_, station)): Path<(StoreId, StationId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Direct)?;
    app.store.submit_floor(request, FloorCommand::SetStation { station, open: false, by: staff.id }).await?;
    Ok(Json(Done {}))
}
