//! The pick-up counter: the board, calling a number again, handing over.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path, Query};
use crate::feeds::{self, After, FrameSchema, Topic};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::floor::FloorCommand;
use domain::view::{PickupEntry, pickup_board};
use domain::{OrderId, StoreId};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The pick-up board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PickupView {
    /// Position of the feed.
    pub seq: u64,
    /// In the order of their numbers.
    pub entries: Vec<PickupEntry>,
}

/// Reads the board.
#[utoipa::path(get, operation_id = "counter_show", path = "/stores/{store}/pickup", tag = "pickup", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = PickupView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, _: Staff) -> Json<PickupView> {
    let seq = app.hub.position();
    Json(PickupView { seq, entries: app.store.floor(pickup_board).entries })
}

/// Follows the board.
#[utoipa::path(get, operation_id = "counter_feed", path = "/stores/{store}/pickup/feed", tag = "feeds", params(("store" = StoreId, Path), After), security(("token" = [])),
    responses((status = 200, body = FrameSchema, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn feed(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    _: Staff,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Response {
    feeds::stream(&app, &Topic::Pickup, after, &headers)
}

/// The same over a WebSocket.
pub async fn socket(State(app): State<Arc<App>>, upgrade: feeds::Upgrade) -> Response {
    feeds::socket(&app, upgrade, Topic::Pickup)
}

/// Announces a number once more.
#[utoipa::path(post, operation_id = "counter_call_again", path = "/stores/{store}/pickup/{order}/call-again", tag = "pickup", request_body = Nothing,
    params(("store" = StoreId, Path), ("order" = OrderId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn call_again(
    State(app): State<Arc<App>>,
    Path((_, order)): Path<(StoreId, OrderId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    app.store.submit_floor(request, FloorCommand::CallNumber { order }).await?;
    Ok(Json(Done {}))
}

/// Hands an order over.
#[utoipa::path(post, operation_id = "counter_collected", path = "/stores/{store}/pickup/{order}/collected", tag = "pickup", request_body = Nothing,
    params(("store" = StoreId, Path), ("order" = OrderId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn collected(
    State(app): State<Arc<App>>,
    Path((_, order)): Path<(StoreId, OrderId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    app.store.submit_floor(request, FloorCommand::CollectOrder { order }).await?;
    Ok(Json(Done {}))
}
