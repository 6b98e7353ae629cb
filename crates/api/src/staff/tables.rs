//! Tables without a party: locked, dirty, reserved; and parties without a table: the queue.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::{House, Staff};
use crate::body::{Command, Nothing, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::Right;
use domain::floor::{EntryEnd, FloorAnswer, FloorCommand, ReservationEnd, Reserve};
use domain::{OrderId, QueueId, ReservationId, SessionId, StoreId, TableId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Nobody may open the table.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LockTableRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// A table is kept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveRequest {
    /// New id.
    pub reservation: ReservationId,
    /// How the guest wants to be called.
    #[schema(min_length = 1, max_length = 24)]
    pub name: String,
    /// The last four digits of their phone.
    #[schema(pattern = "^[0-9]{4}$")]
    pub phone_tail: Option<String>,
    /// How many.
    #[schema(minimum = 1, maximum = 99)]
    pub covers: u16,
    /// When they come.
    pub for_when: Timestamp,
    /// Which table; none: any.
    pub table: Option<TableId>,
    /// A wish.
    #[schema(max_length = 60)]
    pub note: Option<String>,
}

/// How a reservation ended without anybody sitting down.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotComing {
    /// They called it off.
    Cancelled,
    /// They didn't come.
    NoShow,
}

/// A reservation is over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndReservationRequest {
    /// Why.
    pub why: NotComing,
}

/// A party waits.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueRequest {
    /// New id.
    pub entry: QueueId,
    /// How many.
    #[schema(minimum = 1, maximum = 99)]
    pub covers: u16,
    /// How they want to be called.
    #[schema(max_length = 24)]
    pub name: Option<String>,
}

/// A number in the queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueAnswer {
    /// Such as "A12".
    pub number: String,
    /// How many wait before them.
    pub ahead: u32,
}

/// Why a party no longer waits.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotWaiting {
    /// They left.
    Left,
    /// They were called and didn't come (过号).
    Passed,
}

/// A party no longer waits.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndQueueRequest {
    /// Why.
    pub why: NotWaiting,
}

/// An order is refused.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Why; the guest reads it.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// Keeps a table from being opened.
#[utoipa::path(post, operation_id = "tables_lock", path = "/stores/{store}/tables/{table}/lock", tag = "floor", request_body = LockTableRequest,
    params(("store" = StoreId, Path), ("table" = TableId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn lock(
    State(app): State<Arc<App>>,
    Path((_, table)): Path<(StoreId, TableId)>,
    staff: Staff,
    Command { request, body }: Command<LockTableRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    app.store.submit_floor(request, FloorCommand::LockTable { table, reason: body.reason, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Lets a locked table be opened again.
#[utoipa::path(post, operation_id = "tables_unlock", path = "/stores/{store}/tables/{table}/unlock", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("table" = TableId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn unlock(
    State(app): State<Arc<App>>,
    Path((_, table)): Path<(StoreId, TableId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    app.store.submit_floor(request, FloorCommand::UnlockTable { table, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Says that a table is clean.
#[utoipa::path(post, operation_id = "tables_clean", path = "/stores/{store}/tables/{table}/clean", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("table" = TableId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn clean(
    State(app): State<Arc<App>>,
    Path((_, table)): Path<(StoreId, TableId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    app.store.submit_floor(request, FloorCommand::CleanTable { table, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Keeps a table for somebody (预订).
#[utoipa::path(post, operation_id = "tables_reserve", path = "/stores/{store}/reservations", tag = "floor", request_body = ReserveRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn reserve(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<ReserveRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    let ReserveRequest { reservation, name, phone_tail, covers, for_when, table, note } = body;
    let wanted = Reserve { reservation, name, phone_tail, covers, at: for_when, table, note, by: staff.id };
    app.store.submit_floor(request, FloorCommand::Reserve(wanted)).await?;
    Ok(Json(Done {}))
}

/// Ends a reservation.
#[utoipa::path(post, operation_id = "tables_end_reservation", path = "/stores/{store}/reservations/{reservation}/end", tag = "floor", request_body = EndReservationRequest,
    params(("store" = StoreId, Path), ("reservation" = ReservationId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn end_reservation(
    State(app): State<Arc<App>>,
    Path((_, reservation)): Path<(StoreId, ReservationId)>,
    staff: Staff,
    Command { request, body }: Command<EndReservationRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    let why = match body.why {
        NotComing::Cancelled => ReservationEnd::Cancelled,
        NotComing::NoShow => ReservationEnd::NoShow,
    };
    app.store.submit_floor(request, FloorCommand::EndReservation { reservation, why, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Gives a waiting party a number (取号).
#[utoipa::path(post, operation_id = "queue_take", path = "/stores/{store}/queue", tag = "floor", request_body = QueueRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = QueueAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn take_number(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<QueueRequest>,
) -> Answer<Json<QueueAnswer>> {
    staff.must(Right::Seat)?;
    let command = FloorCommand::TakeNumber { entry: body.entry, covers: body.covers, name: body.name, by: Some(staff.id) };
    match app.store.submit_floor(request, command).await? {
        FloorAnswer::Number { number, ahead } => Ok(Json(QueueAnswer { number, ahead })),
        other => Err(Problem::new("bug", format!("taking a number led to {other:?}"))),
    }
}

/// Calls a waiting party.
#[utoipa::path(post, operation_id = "queue_call", path = "/stores/{store}/queue/{entry}/call", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("entry" = QueueId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn call_entry(
    State(app): State<Arc<App>>,
    Path((_, entry)): Path<(StoreId, QueueId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    app.store.submit_floor(request, FloorCommand::CallEntry { entry, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Lets a waiting party go.
#[utoipa::path(post, operation_id = "queue_end", path = "/stores/{store}/queue/{entry}/end", tag = "floor", request_body = EndQueueRequest,
    params(("store" = StoreId, Path), ("entry" = QueueId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn end_entry(
    State(app): State<Arc<App>>,
    Path((_, entry)): Path<(StoreId, QueueId)>,
    staff: Staff,
    Command { request, body }: Command<EndQueueRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Seat)?;
    let why = match body.why {
        NotWaiting::Left => EntryEnd::Left,
        NotWaiting::Passed => EntryEnd::Passed,
    };
    app.store.submit_floor(request, FloorCommand::EndEntry { entry, why, by: Some(staff.id) }).await?;
    Ok(Json(Done {}))
}

/// Takes over an order that waits for a nod.
#[utoipa::path(post, operation_id = "orders_accept", path = "/stores/{store}/orders/{order}/accept", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("order" = OrderId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn accept(
    State(app): State<Arc<App>>,
    Path((_, order)): Path<(StoreId, OrderId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::AcceptOrder { order, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// Refuses an order that waits for a nod.
#[utoipa::path(post, operation_id = "orders_decline", path = "/stores/{store}/orders/{order}/decline", tag = "floor", request_body = DeclineRequest,
    params(("store" = StoreId, Path), ("order" = OrderId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn decline(
    State(app): State<Arc<App>>,
    Path((_, order)): Path<(StoreId, OrderId)>,
    staff: Staff,
    Command { request, body }: Command<DeclineRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::DeclineOrder { order, reason: body.reason, by: staff.id }).await?;
    Ok(Json(Done {}))
}

/// A code to scan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScanCode {
    /// Where it leads.
    pub url: String,
    /// Good until then; none: until it is replaced, or the party leaves.
    pub until: Option<Timestamp>,
}

/// Gives the code that leads phones to this party and no other, for a slip (点菜码).
#[utoipa::path(get, operation_id = "tables_session_code", path = "/stores/{store}/sessions/{session}/code", tag = "floor", params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = ScanCode), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn session_code(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
) -> Answer<Json<ScanCode>> {
    staff.must(Right::Serve)?;
    let sits = app.store.floor(|floor| floor.sessions.get(&session).is_some_and(|party| party.closed_at.is_none()));
    if !sits {
        return Err(Problem::new("session_unknown", "no such party sits here"));
    }
    Ok(Json(ScanCode { url: app.scan_url(&app.party_code(session)), until: None }))
}

/// Gives the code a screen at the table shows now; it changes, so that a photograph of it is of no use for long.
#[utoipa::path(get, operation_id = "tables_screen_code", path = "/stores/{store}/tables/{table}/screen-code", tag = "floor", params(("store" = StoreId, Path), ("table" = TableId, Path)), security(("token" = [])),
    responses((status = 200, body = ScanCode), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn screen_code(
    State(app): State<Arc<App>>,
    Path((_, table)): Path<(StoreId, TableId)>,
    _: House,
) -> Answer<Json<ScanCode>> {
    let known = app.known();
    let table = known.house.table(&table).ok_or_else(|| Problem::new("table_unknown", "no such table"))?;
    let (code, until) = match known.house.policy.service.screen_code_s {
        0 => (app.table_code(table), None),
        every_s => {
            let (code, until) = app.screen_code(table, every_s, app.store.now().at);
            (code, Some(until))
        }
    };
    Ok(Json(ScanCode { url: app.scan_url(&code), until }))
}
