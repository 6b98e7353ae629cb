//! The floor for waiters and the till: tables, voids, calls, stock.

use super::Done;
use super::money::{FloorMoney, floor_money};
use super::printers::{PrinterView, printer_views};
use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Nothing, Path, Query};
use crate::cloud::CloudView;
use crate::diner::{Party, party_after};
use crate::feeds::{self, After, FrameSchema, Topic, latest};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::catalog::Right;
use domain::floor::{Announcement, Floor, FloorCommand, OpenTable};
use domain::view::{FloorBoard, floor_board};
use domain::{CallId, DishId, QueueId, ReservationId, SessionId, StoreId, TableId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The most portions of a dish that can be counted.
const MOST_PORTIONS: u32 = 100_000;

/// The floor with the position of its feed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FloorView {
    /// Position of the feed.
    pub seq: u64,
    /// The floor.
    #[serde(flatten)]
    pub board: FloorBoard,
    /// Money: cases and ways to pay.
    pub money: FloorMoney,
    /// The house's printers.
    pub printers: Vec<PrinterView>,
    /// How the box stands to its cloud; null where it has joined none.
    pub cloud: Option<CloudView>,
    /// What is said aloud, the latest.
    pub announcements: Vec<Announcement>,
    /// The latest announcement's number.
    pub last_announcement: u32,
}

/// A party sits down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenTableRequest {
    /// The party's new id.
    pub session: SessionId,
    /// How many they are.
    #[schema(minimum = 1, maximum = 99)]
    pub covers: u16,
    /// The reservation they come with.
    pub reservation: Option<ReservationId>,
    /// The number they waited with.
    pub entry: Option<QueueId>,
}

/// What is left of a dish.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockRequest {
    /// 估清.
    pub sold_out: bool,
    /// Portions left; none: not counted.
    #[schema(minimum = 0, maximum = 100000)]
    pub remaining: Option<u32>,
}

/// Reads the floor.
#[utoipa::path(get, operation_id = "floor_show", path = "/stores/{store}/floor", tag = "floor", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = FloorView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<FloorView>> {
    staff.must(Right::Serve)?;
    let (seq, known, now) = (app.hub.position(), app.known(), app.store.now());
    let offers = app.desk.offers();
    let view = |floor: &Floor, money: &domain::payment::Payments| FloorView {
        seq,
        cloud: app.hub.cloud().map(|cloud| cloud.view(money)),
        board: floor_board(floor, money, now, &known),
        money: floor_money(money, &known, &offers, now.at),
        printers: printer_views(floor, &known, &app.printers.states()),
        announcements: latest(floor, |_| true).into_iter().cloned().collect(),
        last_announcement: floor.last_announcement,
    };
    Ok(Json(app.store.floor(|floor| app.store.money(|money| view(floor, money)))))
}

/// Follows the floor.
#[utoipa::path(get, operation_id = "floor_feed", path = "/stores/{store}/floor/feed", tag = "feeds", params(("store" = StoreId, Path), After), security(("token" = [])),
    responses((status = 200, body = FrameSchema, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn feed(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Answer {
    staff.must(Right::Serve)?;
    Ok(feeds::stream(&app, &Topic::Floor, after, &headers))
}

/// The same over a WebSocket.
pub async fn socket(State(app): State<Arc<App>>, upgrade: feeds::Upgrade) -> Response {
    feeds::socket(&app, upgrade, Topic::Floor)
}

/// Opens a table for a party.
#[utoipa::path(post, operation_id = "floor_open_table", path = "/stores/{store}/tables/{table}/open", tag = "floor", request_body = OpenTableRequest,
    params(("store" = StoreId, Path), ("table" = TableId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn open_table(
    State(app): State<Arc<App>>,
    Path((_, table)): Path<(StoreId, TableId)>,
    staff: Staff,
    Command { request, body }: Command<OpenTableRequest>,
) -> Answer<(StatusCode, Json<Party>)> {
    staff.must(Right::Serve)?;
    let OpenTableRequest { session, covers, reservation, entry } = body;
    let command = OpenTable { session, table, covers, by: staff.id, reservation, entry };
    app.store.submit_floor(request, FloorCommand::OpenTable(command)).await?;
    Ok((StatusCode::CREATED, Json(party_after(&app, session)?)))
}

/// Frees a table whose check is settled.
#[utoipa::path(post, operation_id = "floor_close_table", path = "/stores/{store}/sessions/{session}/close", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn close_table(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::CloseTable { session }).await?;
    party_after(&app, session).map(Json)
}

/// Answers a call.
#[utoipa::path(post, operation_id = "floor_answer_call", path = "/stores/{store}/calls/{call}/answer", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("call" = CallId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn answer_call(
    State(app): State<Arc<App>>,
    Path((_, call)): Path<(StoreId, CallId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::AnswerCall { call }).await?;
    Ok(Json(Done {}))
}

/// Says what is left of a dish.
#[utoipa::path(post, operation_id = "floor_set_stock", path = "/stores/{store}/stock/{dish}", tag = "floor", request_body = StockRequest,
    params(("store" = StoreId, Path), ("dish" = DishId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn set_stock(
    State(app): State<Arc<App>>,
    Path((_, dish)): Path<(StoreId, DishId)>,
    staff: Staff,
    Command { request, body }: Command<StockRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Stock)?;
    if body.remaining.is_some_and(|remaining| remaining > MOST_PORTIONS) {
        return Err(Problem::new("malformed", format!("remaining is at most {MOST_PORTIONS}")));
    }
    let command = FloorCommand::SetStock { dish, sold_out: body.sold_out, remaining: body.remaining };
    app.store.submit_floor(request, command).await?;
    Ok(Json(Done {}))
}
