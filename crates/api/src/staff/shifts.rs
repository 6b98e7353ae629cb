//! Shifts: a float, cash in and out, a blind count, and what is over or short. And the day so far.

use super::guarded::{ApproverRequest, hand};
use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::{Catalog, Right};
use domain::floor::{
    CashMove, DaySummary, Direction, Floor, FloorCommand, Shift, ShiftFigures, Unmatched, day_summary, unmatched,
};
use domain::{CashMoveId, Money, ShiftId, StaffId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A shift. What should be in the drawer is told only once it was counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftView {
    /// Its id.
    pub shift: ShiftId,
    /// The device.
    pub till: String,
    /// Whose.
    pub by: StaffId,
    /// What they are called.
    pub by_name: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// In the drawer at the beginning.
    pub float: Money,
    /// Cash in and out, other than for sales.
    pub moves: Vec<CashMove>,
    /// How it ended.
    pub closed: Option<ShiftClosedView>,
}

/// How a shift ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftClosedView {
    /// When.
    pub at: Timestamp,
    /// What was counted.
    pub counted: Money,
    /// That less what should have been there; negative: short.
    pub over: Money,
    /// What was taken and given back.
    pub figures: ShiftFigures,
}

/// The day so far.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayView {
    /// Its figures; none while no day is open.
    pub summary: Option<DaySummary>,
    /// What would have to be signed for now.
    pub open: Vec<Unmatched>,
    /// The day closed last.
    pub last: Option<DaySummary>,
}

fn view(shift: &Shift, catalog: &Catalog) -> ShiftView {
    ShiftView {
        shift: shift.shift,
        till: shift.till.clone(),
        by: shift.by.clone(),
        by_name: catalog.staff.get(&shift.by).map(|staff| staff.name.clone()).unwrap_or_default(),
        opened_at: shift.opened_at,
        float: shift.float,
        moves: shift.moves.clone(),
        closed: shift.closed.as_ref().map(|closed| ShiftClosedView {
            at: closed.at,
            counted: closed.counted,
            over: closed.counted - closed.figures.expected,
            figures: closed.figures.clone(),
        }),
    }
}

fn read(app: &App, shift: ShiftId) -> Answer<Json<ShiftView>> {
    let view =
        app.store.catalog(|catalog| app.store.floor(|floor: &Floor| floor.shifts.get(&shift).map(|shift| view(shift, catalog))));
    view.map(Json).ok_or_else(|| Problem::new("shift_unknown", "no such shift in this day"))
}

/// Whoever isn't the shift's person needs the right to see all.
fn must_own(app: &App, staff: &Staff, shift: ShiftId) -> Answer<()> {
    staff.must(Right::Collect)?;
    let own = app.store.floor(|floor| floor.shifts.get(&shift).is_none_or(|shift| shift.by == staff.id));
    if own { Ok(()) } else { staff.must(Right::Day) }
}

/// A shift begins.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenShiftRequest {
    /// New id.
    pub shift: ShiftId,
    /// Cash in the drawer.
    #[schema(minimum = 0)]
    pub float: Money,
}

/// Cash goes into the drawer or out of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveCashRequest {
    /// New id.
    pub entry: CashMoveId,
    /// Which way.
    pub direction: Direction,
    /// How much.
    #[schema(minimum = 1)]
    pub amount: Money,
    /// What for.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// A second person, for cash that goes out.
    pub approver: Option<ApproverRequest>,
}

/// A shift ends.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseShiftRequest {
    /// What was counted, before anybody is told what should be there.
    #[schema(minimum = 0)]
    pub counted: Money,
}

/// Lists the shifts of this day: one's own, or all of them.
#[utoipa::path(get, operation_id = "shifts_list", path = "/stores/{store}/shifts", tag = "till", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<ShiftView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<ShiftView>>> {
    staff.must(Right::Collect)?;
    let all = staff.role.may(Right::Day);
    let mine = |shift: &&Shift| all || shift.by == staff.id;
    let mut shifts: Vec<ShiftView> = app.store.catalog(|catalog| {
        app.store.floor(|floor| floor.shifts.values().filter(mine).map(|shift| view(shift, catalog)).collect())
    });
    shifts.sort_by_key(|shift| (shift.opened_at, shift.shift));
    Ok(Json(shifts))
}

/// Says what the day comes to so far, and what would have to be signed for.
#[utoipa::path(get, operation_id = "shifts_day", path = "/stores/{store}/day", tag = "manage", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = DayView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn day(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<DayView>> {
    staff.must(Right::Day)?;
    Ok(Json(app.store.floor(|floor| DayView {
        summary: floor.day.map(|day| day_summary(floor, day)),
        open: if floor.day.is_some() { unmatched(floor) } else { Vec::new() },
        last: floor.last_summary.clone(),
    })))
}

/// Begins a shift on this device.
#[utoipa::path(post, operation_id = "shifts_open", path = "/stores/{store}/shifts", tag = "till", request_body = OpenShiftRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = ShiftView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn open(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<OpenShiftRequest>,
) -> Answer<Json<ShiftView>> {
    staff.must(Right::Collect)?;
    let till = app.device_name(staff.device);
    app.store.submit_floor(request, FloorCommand::OpenShift { shift: body.shift, till, float: body.float, by: staff.id }).await?;
    read(&app, body.shift)
}

/// Puts cash into the drawer, or takes it out.
#[utoipa::path(post, operation_id = "shifts_move_cash", path = "/stores/{store}/shifts/{shift}/cash", tag = "till", request_body = MoveCashRequest,
    params(("store" = StoreId, Path), ("shift" = ShiftId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = ShiftView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn move_cash(
    State(app): State<Arc<App>>,
    Path((_, shift)): Path<(StoreId, ShiftId)>,
    staff: Staff,
    Command { request, body }: Command<MoveCashRequest>,
) -> Answer<Json<ShiftView>> {
    staff.must(Right::Collect)?;
    must_own(&app, &staff, shift)?;
    let MoveCashRequest { entry, direction, amount, reason, approver } = body;
    let hand = hand(&app, &staff, approver).await?;
    app.store.submit_floor(request, FloorCommand::MoveCash { shift, entry, direction, amount, reason, hand }).await?;
    read(&app, shift)
}

/// Ends a shift by counting its drawer.
#[utoipa::path(post, operation_id = "shifts_close", path = "/stores/{store}/shifts/{shift}/close", tag = "till", request_body = CloseShiftRequest,
    params(("store" = StoreId, Path), ("shift" = ShiftId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = ShiftView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn close(
    State(app): State<Arc<App>>,
    Path((_, shift)): Path<(StoreId, ShiftId)>,
    staff: Staff,
    Command { request, body }: Command<CloseShiftRequest>,
) -> Answer<Json<ShiftView>> {
    staff.must(Right::Collect)?;
    must_own(&app, &staff, shift)?;
    app.store.submit_floor(request, FloorCommand::CloseShift { shift, counted: body.counted, by: staff.id }).await?;
    read(&app, shift)
}
