//! What the house guards: a fired line taken off, dishes for nothing, other prices, fees let go. A second person says yes on the
//! same device with their PIN, or on their own.

use super::Done;
use super::sign_in::check_pin;
use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Nothing, Path};
use crate::diner::{Party, party_after};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::Right;
use domain::floor::{Approver, AskApproval, Discount, Fees, FloorCommand, Guarded, Hand};
use domain::{ApprovalId, LineId, Money, SessionId, StaffId, StoreId};
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// A second person, shown by their PIN.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproverRequest {
    /// Who.
    pub staff: StaffId,
    /// 4 to 8 digits.
    #[schema(min_length = 4, max_length = 8)]
    pub pin: String,
}

impl fmt::Debug for ApproverRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApproverRequest").field("staff", &self.staff).finish_non_exhaustive()
    }
}

/// Whose hand it is, with the second person if one has shown their PIN.
///
/// # Errors
/// `wrong_pin`, `too_many_attempts`.
pub async fn hand(app: &App, staff: &Staff, approver: Option<ApproverRequest>) -> Answer<Hand> {
    let approver = match approver {
        None => None,
        Some(other) => {
            let known = check_pin(app, staff.device, &other.staff, other.pin).await?;
            Some(Approver { by: known.id, role: known.role })
        }
    };
    Ok(Hand { by: staff.id.clone(), role: staff.role, approver })
}

/// A line is taken off, or given away.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardedLineRequest {
    /// Why; kept, and printed where it is printed.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// A second person, where one is needed.
    pub approver: Option<ApproverRequest>,
}

/// A line costs something else.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepriceRequest {
    /// What the whole line costs now.
    #[schema(minimum = 0)]
    pub amount: Money,
    /// Why; kept, and printed where it is printed.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// A second person, where one is needed.
    pub approver: Option<ApproverRequest>,
}

/// The check gets a discount, or none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscountRequest {
    /// Which; none: the discount goes.
    pub discount: Option<Discount>,
    /// Why; kept, and printed where it is printed.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// A second person, where one is needed.
    pub approver: Option<ApproverRequest>,
}

/// Fees are let go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiveRequest {
    /// Which; those that are false are charged.
    pub fees: Fees,
    /// Why; kept, and printed where it is printed.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// A second person, where one is needed.
    pub approver: Option<ApproverRequest>,
}

/// A second person is asked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    /// New id.
    pub approval: ApprovalId,
    /// What for.
    pub act: Guarded,
    /// Why.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// A second person says no.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseApprovalRequest {
    /// Why not.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// Takes a line off an order (退菜). Once it is fired this needs a second person.
#[utoipa::path(post, operation_id = "guarded_void", path = "/stores/{store}/sessions/{session}/lines/{line}/void", tag = "floor", request_body = GuardedLineRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn void_line(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    staff: Staff,
    Command { request, body }: Command<GuardedLineRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    let hand = hand(&app, &staff, body.approver).await?;
    app.store.submit_floor(request, FloorCommand::VoidLine { session, line, reason: body.reason, hand }).await?;
    party_after(&app, session).map(Json)
}

/// Gives a line away (赠菜).
#[utoipa::path(post, operation_id = "guarded_comp", path = "/stores/{store}/sessions/{session}/lines/{line}/comp", tag = "floor", request_body = GuardedLineRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn comp_line(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    staff: Staff,
    Command { request, body }: Command<GuardedLineRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    let hand = hand(&app, &staff, body.approver).await?;
    app.store.submit_floor(request, FloorCommand::CompLine { session, line, reason: body.reason, hand }).await?;
    party_after(&app, session).map(Json)
}

/// Gives a line another price.
#[utoipa::path(post, operation_id = "guarded_reprice", path = "/stores/{store}/sessions/{session}/lines/{line}/reprice", tag = "floor", request_body = RepriceRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("line" = LineId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn reprice(
    State(app): State<Arc<App>>,
    Path((_, session, line)): Path<(StoreId, SessionId, LineId)>,
    staff: Staff,
    Command { request, body }: Command<RepriceRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    let hand = hand(&app, &staff, body.approver).await?;
    app.store
        .submit_floor(request, FloorCommand::RepriceLine { session, line, amount: body.amount, reason: body.reason, hand })
        .await?;
    party_after(&app, session).map(Json)
}

/// Gives the check a discount.
#[utoipa::path(post, operation_id = "guarded_discount", path = "/stores/{store}/sessions/{session}/discount", tag = "floor", request_body = DiscountRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn discount(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<DiscountRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    let hand = hand(&app, &staff, body.approver).await?;
    app.store
        .submit_floor(request, FloorCommand::DiscountCheck { session, discount: body.discount, reason: body.reason, hand })
        .await?;
    party_after(&app, session).map(Json)
}

/// Lets fees go.
#[utoipa::path(post, operation_id = "guarded_waive", path = "/stores/{store}/sessions/{session}/waive", tag = "floor", request_body = WaiveRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn waive(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<WaiveRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Serve)?;
    let hand = hand(&app, &staff, body.approver).await?;
    app.store.submit_floor(request, FloorCommand::WaiveFees { session, fees: body.fees, reason: body.reason, hand }).await?;
    party_after(&app, session).map(Json)
}

/// Asks for a second person's word.
#[utoipa::path(post, operation_id = "approvals_ask", path = "/stores/{store}/approvals", tag = "floor", request_body = ApprovalRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn ask(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<ApprovalRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Serve)?;
    let ApprovalRequest { approval, act, reason } = body;
    let asked = AskApproval { approval, act, reason, by: staff.id, role: staff.role };
    app.store.submit_floor(request, FloorCommand::AskApproval(asked)).await?;
    Ok(Json(Done {}))
}

/// Says yes; the act is done at once.
#[utoipa::path(post, operation_id = "approvals_give", path = "/stores/{store}/approvals/{approval}/give", tag = "floor", request_body = Nothing,
    params(("store" = StoreId, Path), ("approval" = ApprovalId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn give(
    State(app): State<Arc<App>>,
    Path((_, approval)): Path<(StoreId, ApprovalId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Approve)?;
    app.store.submit_floor(request, FloorCommand::GiveApproval { approval, by: staff.id, role: staff.role }).await?;
    Ok(Json(Done {}))
}

/// Says no, or takes one's own wish back.
#[utoipa::path(post, operation_id = "approvals_refuse", path = "/stores/{store}/approvals/{approval}/refuse", tag = "floor", request_body = RefuseApprovalRequest,
    params(("store" = StoreId, Path), ("approval" = ApprovalId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn refuse(
    State(app): State<Arc<App>>,
    Path((_, approval)): Path<(StoreId, ApprovalId)>,
    staff: Staff,
    Command { request, body }: Command<RefuseApprovalRequest>,
) -> Answer<Json<Done>> {
    let own = app.store.floor(|floor| floor.approvals.get(&approval).is_some_and(|asked| asked.by == staff.id));
    if !own {
        staff.must(Right::Approve)?;
    }
    app.store.submit_floor(request, FloorCommand::RefuseApproval { approval, reason: body.reason, by: staff.id }).await?;
    Ok(Json(Done {}))
}
