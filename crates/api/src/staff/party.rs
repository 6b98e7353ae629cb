//! What waiters do with a party: how many, how important, at which table, on whose check; courses, and what the scale says.

use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Path};
use crate::diner::{Party, party_after};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::Right;
use domain::floor::FloorCommand;
use domain::{LineId, OrderId, SessionId, StoreId, TableId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The party is so many.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoversRequest {
    /// How many.
    #[schema(minimum = 1, maximum = 99)]
    pub covers: u16,
}

/// The party is served before others, or no longer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VipRequest {
    /// Whether.
    pub vip: bool,
}

/// The party moves.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// Where to.
    pub to: TableId,
}

/// Another party joins this check, or leaves it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// Which.
    pub from: SessionId,
}

/// Lines go to another check.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveLinesRequest {
    /// Which.
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Vec<LineId>,
    /// To which party.
    pub to: SessionId,
    /// New id of the order they make there; if they come from several orders, the others count up from it.
    pub order: OrderId,
}

/// A line is divided.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DivideRequest {
    /// So many go to the new line.
    #[schema(minimum = 1, maximum = 98)]
    pub quantity: u16,
    /// New id of that line.
    pub into: LineId,
}

/// Held lines are fired.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FireRequest {
    /// Which.
    #[schema(min_items = 1, max_items = 100)]
    pub lines: Vec<LineId>,
}

/// The scale has spoken.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeighRequest {
    /// Grams.
    #[schema(minimum = 10, maximum = 50000)]
    pub weight_g: u32,
}

/// Says how many the party is.
#[utoipa::path(post, operation_id = "party_covers", path = "/stores/{store}/sessions/{session}/covers", tag = "floor", request_body = CoversRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn covers(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<CoversRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::SetCovers { session, covers: body.covers, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}

/// Marks a party as one to be served before others.
#[utoipa::path(post, operation_id = "party_vip", path = "/stores/{store}/sessions/{session}/vip", tag = "floor", request_body = VipRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn vip(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<VipRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::SetVip { session, vip: body.vip, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}

/// Moves a party to another table (转台).
#[utoipa::path(post, operation_id = "party_move", path = "/stores/{store}/sessions/{session}/move", tag = "floor", request_body = MoveRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn move_to(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<MoveRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::MoveParty { session, to: body.to, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}

/// Puts another party onto this check (并台).
#[utoipa::path(post, operation_id = "party_merge", path = "/stores/{store}/sessions/{session}/merge", tag = "floor", request_body = MergeRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn merge(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<MergeRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::MergeParties { into: session, from: body.from, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}

/// Takes a merge back.
#[utoipa::path(post, operation_id = "party_unmerge", path = "/stores/{store}/sessions/{session}/unmerge", tag = "floor", request_body = MergeRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn unmerge(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<MergeRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::UnmergeParties { into: session, from: body.from, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}

/// Moves lines to another party's check.
#[utoipa::path(post, operation_id = "party_move_lines", path = "/stores/{store}/sessions/{session}/move-lines", tag = "floor", request_body = MoveLinesRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn move_lines(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<MoveLinesRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store
        .submit_floor(
            request,
            FloorCommand::MoveLines { session, lines: body.lines, to: body.to, order: body.order, by: staff.id },
        )
        .await?;
    party_after(&app, session).map(Json)
}

/// Makes two lines of one.
#[utoipa::path(post, operation_id = "party_divide", path = "/stores/{store}/sessions/{session}/lines/{line}/divide", tag = "floor", request_body = DivideRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn divide(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    staff: Staff,
    Command { request, body }: Command<DivideRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store
        .submit_floor(request, FloorCommand::DivideLine { session, line, quantity: body.quantity, into: body.into, by: staff.id })
        .await?;
    party_after(&app, session).map(Json)
}

/// Lets the kitchen cook held lines (起菜).
#[utoipa::path(post, operation_id = "party_fire", path = "/stores/{store}/sessions/{session}/fire", tag = "floor", request_body = FireRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn fire(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<FireRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    app.store.submit_floor(request, FloorCommand::FireLines { session, lines: body.lines, by: Some(staff.id) }).await?;
    party_after(&app, session).map(Json)
}

/// Says what a weighed line weighs.
#[utoipa::path(post, operation_id = "party_weigh", path = "/stores/{store}/sessions/{session}/lines/{line}/weigh", tag = "floor", request_body = WeighRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn weigh(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    staff: Staff,
    Command { request, body }: Command<WeighRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Cook)?;
    app.store.submit_floor(request, FloorCommand::ConfirmWeight { session, line, weight_g: body.weight_g, by: staff.id }).await?;
    party_after(&app, session).map(Json)
}
