//! Printers and their slips: how they are, what waits, what is printed again.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::{Floor, FloorAnswer, FloorCommand, Known, PrintJob, PrintState, Slip};
use domain::{JobId, PrinterId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use workers::{Condition, PrinterState};

/// The most slips listed.
const MOST: usize = 200;

/// How a printer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrinterCondition {
    /// It prints.
    Ok,
    /// Its paper is nearly at its end.
    NearEnd,
    /// It has no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// It answers that it is offline.
    Offline,
    /// It has a fault.
    Fault,
    /// It doesn't answer.
    Unreachable,
    /// Nobody has asked it yet.
    Unknown,
}

/// A printer and what waits for it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PrinterView {
    /// Its code.
    pub id: PrinterId,
    /// What people call it.
    pub name: String,
    /// Width of its paper in mm.
    pub width_mm: u16,
    /// How it is.
    pub state: PrinterCondition,
    /// Since when.
    pub since: Timestamp,
    /// Slips that haven't come out.
    pub waiting: u32,
    /// What it said last.
    pub trouble: Option<String>,
    /// Prints in its place.
    pub fallback: Option<PrinterId>,
}

/// A slip of this day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PrintJobView {
    /// Its id.
    pub job: JobId,
    /// For which printer.
    pub printer: PrinterId,
    /// What it says.
    pub slip: Slip,
    /// What it is about: a table, an order's number, a name.
    pub title: String,
    /// More than 0: it says 补打.
    pub copy: u32,
    /// When it was asked for.
    pub at: Timestamp,
    /// Where it stands.
    pub state: PrintState,
    /// How often its bytes went out.
    pub tries: u32,
    /// It may have come out, and nobody knows.
    pub maybe_printed: bool,
    /// What the printer said last.
    pub trouble: Option<String>,
    /// When it got to where it is.
    pub changed_at: Timestamp,
}

/// A slip is wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintRequest {
    /// New id.
    pub job: JobId,
    /// What it says.
    pub slip: Slip,
    /// By which printer; none: the till's, or the station's for what the kitchen gets.
    pub printer: Option<PrinterId>,
}

/// A test slip is wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestPrintRequest {
    /// New id.
    pub job: JobId,
}

/// Another printer takes a slip.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePrintRequest {
    /// Which.
    pub to: PrinterId,
}

/// A slip that waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PrintAnswer {
    /// How many of the same content came before it; more than 0: it says 补打.
    pub copy: u32,
}

/// Builds the views of the house's printers.
pub fn printer_views(floor: &Floor, known: &Known, states: &BTreeMap<PrinterId, PrinterState>) -> Vec<PrinterView> {
    let waiting = |id: &PrinterId| {
        floor.open_slips.values().filter_map(|job| floor.slips.get(job)).filter(|job| job.printer == *id).count()
    };
    let view = |printer: &domain::catalog::Printer| {
        let state = states.get(&printer.id);
        PrinterView {
            id: printer.id.clone(),
            name: printer.name.clone(),
            width_mm: printer.width_mm,
            state: state.map_or(PrinterCondition::Unknown, |state| condition(state.condition)),
            since: state.map(|state| state.since).unwrap_or_default(),
            waiting: u32::try_from(waiting(&printer.id)).unwrap_or(u32::MAX),
            trouble: state.and_then(|state| state.trouble.clone()),
            fallback: printer.fallback.clone(),
        }
    };
    known.house.printers.iter().map(view).collect()
}

fn condition(condition: Condition) -> PrinterCondition {
    match condition {
        Condition::Ok => PrinterCondition::Ok,
        Condition::NearEnd => PrinterCondition::NearEnd,
        Condition::PaperOut => PrinterCondition::PaperOut,
        Condition::CoverOpen => PrinterCondition::CoverOpen,
        Condition::Offline => PrinterCondition::Offline,
        Condition::Fault => PrinterCondition::Fault,
        Condition::Unreachable => PrinterCondition::Unreachable,
        Condition::Unknown => PrinterCondition::Unknown,
    }
}

fn job_view(floor: &Floor, job: &PrintJob) -> PrintJobView {
    PrintJobView {
        job: job.job,
        printer: job.printer.clone(),
        slip: job.slip.clone(),
        title: title(floor, &job.slip),
        copy: job.copy,
        at: job.at,
        state: job.state,
        tries: job.tries,
        maybe_printed: job.maybe_printed,
        trouble: job.trouble.clone(),
        changed_at: job.changed_at,
    }
}

fn title(floor: &Floor, slip: &Slip) -> String {
    let table = |session| floor.sessions.get(session).map(|session| session.table_names()).unwrap_or_default();
    match slip {
        Slip::Kitchen { order, .. } | Slip::Void { order, .. } | Slip::Rush { order, .. } => {
            floor.orders.get(order).map(|order| format!("{} {}", table(&order.session), order.number)).unwrap_or_default()
        }
        Slip::TableChange { change, .. } => {
            let change = floor.table_changes.iter().find(|other| other.number == *change);
            change.map(|change| format!("{} → {}", change.from, change.to)).unwrap_or_default()
        }
        Slip::PreBill { session } | Slip::Receipt { session } | Slip::TableCode { session } => table(session),
        Slip::Number { entry } => floor.waiting.get(entry).map(|entry| entry.number.clone()).unwrap_or_default(),
        Slip::Shift { shift } | Slip::Drawer { shift } => {
            floor.shifts.get(shift).map(|shift| shift.till.clone()).unwrap_or_default()
        }
        Slip::Day { number } => number.to_string(),
        Slip::Test => String::new(),
    }
}

/// Says how the printers are.
#[utoipa::path(get, operation_id = "printers_list", path = "/stores/{store}/printers", tag = "print", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<PrinterView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<PrinterView>>> {
    must_look(&staff)?;
    let (known, states) = (app.known(), app.printers.states());
    Ok(Json(app.store.floor(|floor| printer_views(floor, &known, &states))))
}

/// Waiters print bills, cooks print slips again: both look.
fn must_look(staff: &Staff) -> Result<(), Problem> {
    staff.must(Right::Serve).or_else(|_| staff.must(Right::Direct))
}

/// Lists the slips of this day, newest first.
#[utoipa::path(get, operation_id = "print_list", path = "/stores/{store}/print", tag = "print", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<PrintJobView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn jobs(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<PrintJobView>>> {
    must_look(&staff)?;
    let list = |floor: &Floor| {
        let mut jobs: Vec<&PrintJob> = floor.slips.values().collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.place));
        jobs.into_iter().take(MOST).map(|job| job_view(floor, job)).collect()
    };
    Ok(Json(app.store.floor(list)))
}

/// Prints a slip; one of the same content as before says 补打.
#[utoipa::path(post, operation_id = "print_queue", path = "/stores/{store}/print", tag = "print", request_body = PrintRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = PrintAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn print(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<PrintRequest>,
) -> Answer<Json<PrintAnswer>> {
    must_print(&staff, &body.slip)?;
    let printer = body.printer.or_else(|| usual_printer(&app, &body.slip));
    let printer = printer.ok_or_else(|| Problem::new("printer_unknown", "the house has no printer for this; say which"))?;
    queue(&app, request, FloorCommand::QueuePrint { job: body.job, printer, slip: body.slip, by: Some(staff.id) }).await
}

fn must_print(staff: &Staff, slip: &Slip) -> Result<(), Problem> {
    match slip {
        Slip::Kitchen { .. } | Slip::Void { .. } | Slip::Rush { .. } | Slip::TableChange { .. } => must_look(staff),
        Slip::PreBill { .. } | Slip::Receipt { .. } | Slip::TableCode { .. } => staff.must(Right::Serve),
        Slip::Number { .. } => staff.must(Right::Seat),
        Slip::Shift { .. } | Slip::Drawer { .. } => staff.must(Right::Collect),
        Slip::Day { .. } => staff.must(Right::Day),
        Slip::Test => staff.must(Right::Direct),
    }
}

fn usual_printer(app: &App, slip: &Slip) -> Option<PrinterId> {
    let known = app.known();
    match slip {
        Slip::Kitchen { station, .. }
        | Slip::Void { station, .. }
        | Slip::Rush { station, .. }
        | Slip::TableChange { station, .. } => {
            known.house.kitchen_printer(station).map(|route| route.printer.clone()).or_else(|| known.house.till_printer.clone())
        }
        Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Drawer { .. }
        | Slip::Test => known.house.till_printer.clone(),
    }
}

async fn queue(app: &App, request: engine::Request, command: FloorCommand) -> Answer<Json<PrintAnswer>> {
    match app.store.submit_floor(request, command).await? {
        FloorAnswer::PrintQueued { copy } => Ok(Json(PrintAnswer { copy })),
        other => Err(Problem::new("bug", format!("queueing a slip led to {other:?}"))),
    }
}

/// Prints a test slip on a printer.
#[utoipa::path(post, operation_id = "printers_test", path = "/stores/{store}/printers/{printer}/test", tag = "print", request_body = TestPrintRequest,
    params(("store" = StoreId, Path), ("printer" = PrinterId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = PrintAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn test(
    State(app): State<Arc<App>>,
    Path((_, printer)): Path<(StoreId, PrinterId)>,
    staff: Staff,
    Command { request, body }: Command<TestPrintRequest>,
) -> Answer<Json<PrintAnswer>> {
    staff.must(Right::Direct)?;
    queue(&app, request, FloorCommand::QueuePrint { job: body.job, printer, slip: Slip::Test, by: Some(staff.id) }).await
}

/// Gives a slip to another printer.
#[utoipa::path(post, operation_id = "print_move", path = "/stores/{store}/print/{job}/move", tag = "print", request_body = MovePrintRequest,
    params(("store" = StoreId, Path), ("job" = JobId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn move_to(
    State(app): State<Arc<App>>,
    Path((_, job)): Path<(StoreId, JobId)>,
    staff: Staff,
    Command { request, body }: Command<MovePrintRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Direct)?;
    app.store.submit_floor(request, FloorCommand::MovePrint { job, to: body.to }).await?;
    Ok(Json(Done {}))
}

/// Gives a slip up: it will not be printed any more.
#[utoipa::path(post, operation_id = "print_end", path = "/stores/{store}/print/{job}/end", tag = "print", request_body = Nothing,
    params(("store" = StoreId, Path), ("job" = JobId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn end(
    State(app): State<Arc<App>>,
    Path((_, job)): Path<(StoreId, JobId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Direct)?;
    app.store.submit_floor(request, FloorCommand::EndPrint { job, by: Some(staff.id) }).await?;
    Ok(Json(Done {}))
}
