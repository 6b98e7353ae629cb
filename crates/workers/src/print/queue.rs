//! A printer's queue: what comes next, and what may go elsewhere.

use super::{MOST_UNPROVED, NOT_BACK, PrintDesk, PrintTiming};
use domain::catalog::Printer;
use domain::floor::{PrintJob, PrintState, Slip};
use domain::{JobId, PrinterId};
use std::time::Duration;
use tokio::time::Instant;

impl PrintDesk {
    /// The slip that a printer has to print next.
    pub(super) fn next_job(&self, printer: &PrinterId) -> Option<PrintJob> {
        let now = self.store.now().at;
        let passed_over = self.remember(|memory| {
            let unproved = memory.unproved.iter().filter(|((_, at), tries)| at == printer && **tries >= MOST_UNPROVED);
            let empty = memory.empty.iter().filter(|(_, at)| at == printer).map(|(job, _)| *job);
            unproved.map(|((job, _), _)| *job).chain(empty).collect::<Vec<JobId>>()
        });
        self.store.floor(|floor| {
            let open = floor.open_slips.values().filter_map(|job| floor.slips.get(job));
            let mut mine = open.filter(|job| job.printer == *printer && now < job.expires_at);
            mine.find(|job| !passed_over.contains(&job.job)).cloned()
        })
    }

    /// Slips that have waited long enough at a printer which has been in trouble for so long, and may be printed elsewhere; those
    /// that it has tried often enough without proof as well.
    pub(super) fn movable(&self, printer: &Printer, in_trouble: Option<Duration>) -> Vec<JobId> {
        let Some(fallback) = printer.fallback.as_ref().filter(|fallback| **fallback != printer.id) else { return Vec::new() };
        let (now, unproved, left) =
            (self.store.now().at, self.remember(|m| m.unproved.clone()), self.remember(|m| m.left.clone()));
        let is_tired = |job: &PrintJob| {
            let waited = in_trouble.is_some_and(|trouble| trouble >= patience(&job.slip, &self.timing));
            waited || unproved.get(&(job.job, printer.id.clone())).is_some_and(|tries| *tries >= MOST_UNPROVED)
        };
        // Never back to where it has just come from.
        let may_go = |job: &PrintJob| {
            let failed = left.get(&(job.job, fallback.clone()));
            failed.is_none_or(|at| at.elapsed() >= NOT_BACK) && is_portable(&job.slip)
        };
        self.store.floor(|floor| {
            let open = floor.open_slips.values().filter_map(|job| floor.slips.get(job));
            let mine = open.filter(|job| job.printer == printer.id && now < job.expires_at && can_move(job.state));
            mine.filter(|job| is_tired(job) && may_go(job)).map(|job| job.job).collect()
        })
    }

    /// A slip leaves a printer that couldn't print it.
    pub(super) fn leaves(&self, job: JobId, printer: &PrinterId) {
        self.remember(|memory| memory.left.insert((job, printer.clone()), Instant::now()));
    }
}

fn can_move(state: PrintState) -> bool {
    match state {
        PrintState::Queued | PrintState::Failed => true,
        PrintState::Sent | PrintState::Confirmed | PrintState::Expired => false,
    }
}

fn patience(slip: &Slip, timing: &PrintTiming) -> Duration {
    match slip {
        Slip::Kitchen { .. } | Slip::Void { .. } | Slip::Rush { .. } | Slip::TableChange { .. } => timing.kitchen_patience,
        Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Drawer { .. }
        | Slip::Test => timing.patience,
    }
}

/// It says the same wherever it is printed. A drawer is this printer's, and a test is of this printer.
fn is_portable(slip: &Slip) -> bool {
    match slip {
        Slip::Drawer { .. } | Slip::Test => false,
        Slip::Kitchen { .. }
        | Slip::Void { .. }
        | Slip::Rush { .. }
        | Slip::TableChange { .. }
        | Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. } => true,
    }
}
