//! Queues what the kitchen should have on paper, gives up what is past its time, finds a home for slips whose printer is gone.

use super::{NOT_BACK, PrintDesk};
use domain::catalog::House;
use domain::floor::{Floor, FloorCommand, PrintJob, PrintState, Slip, Want, print_wants};
use domain::{JobId, PrinterId};
use engine::{Refused, Store};
use std::collections::BTreeSet;

impl PrintDesk {
    /// Everything about the queue that is due now.
    pub(super) async fn tend_queue(&self) {
        let (now, known) = (self.store.now(), self.store.known());
        if !known.house.printers.is_empty() {
            let wanted = self.store.floor(|floor| {
                let wants = print_wants(floor, &known, now);
                wants.into_iter().map(|want| (job_of(floor, &want.slip), want)).collect::<Vec<(JobId, Want)>>()
            });
            for (job, Want { printer, slip }) in wanted {
                self.do_due(FloorCommand::QueuePrint { job, printer, slip, by: None }).await;
            }
        }
        let in_hand = self.remember(|memory| memory.in_hand.clone());
        let due = self.store.floor(|floor| {
            let open = floor.open_slips.values().filter_map(|job| floor.slips.get(job)).filter(|job| !in_hand.contains(&job.job));
            open.filter_map(|job| match now.at >= job.expires_at {
                true => Some(FloorCommand::EndPrint { job: job.job, by: None }),
                false => homeless(job, &known.house),
            })
            .collect::<Vec<FloorCommand>>()
        });
        for command in due {
            self.do_due(command).await;
        }
        self.forget_the_old();
    }

    async fn do_due(&self, command: FloorCommand) {
        match self.store.submit_floor(self.store.fresh_request(), command).await {
            Ok(_) => {}
            Err(Refused::Reject(reject)) => tracing::debug!(?reject, "the slip has moved on"),
            Err(refused) => tracing::warn!(?refused, "a slip could not be dealt with; it will be tried again"),
        }
    }

    fn forget_the_old(&self) {
        let open: BTreeSet<JobId> = self.store.floor(|floor| floor.open_slips.values().copied().collect());
        let is_open = |job: &JobId| open.contains(job);
        self.remember(|memory| {
            memory.left.retain(|(job, _), at| at.elapsed() < NOT_BACK && is_open(job));
            memory.unproved.retain(|(job, _), _| is_open(job));
            memory.empty.retain(|(job, _)| is_open(job));
        });
    }
}

/// The id of a slip that the house wants by itself, made from what it is about: however often it is wanted, it is queued once. A
/// dish that is cooked again wants the same once more, so what counts the times belongs to it.
fn job_of(floor: &Floor, slip: &Slip) -> JobId {
    let mut about: Vec<Vec<u8>> = vec![b"slip".to_vec()];
    let id = |id: u128| id.to_be_bytes().to_vec();
    match slip {
        Slip::Kitchen { order, station, lines } => {
            about.extend([b"kitchen".to_vec(), id(order.0), station.as_str().into()]);
            for line in lines {
                let standing = floor.orders.get(order).and_then(|order| order.lines.iter().find(|other| other.line == *line));
                let remakes = standing.map_or(0, |line| line.remade.len());
                about.extend([id(line.0), remakes.to_be_bytes().to_vec()]);
            }
        }
        Slip::Void { order, station, line } => {
            about.extend([b"void".to_vec(), id(order.0), station.as_str().into(), id(line.0)]);
        }
        Slip::Rush { order, station, line, nth } => {
            about.extend([b"rush".to_vec(), id(order.0), station.as_str().into(), id(line.0), nth.to_be_bytes().to_vec()]);
        }
        Slip::TableChange { change, station } => {
            // Numbers begin again every day.
            let at = floor.table_changes.iter().find(|other| other.number == *change).map_or(0, |change| change.at.0);
            about.extend([b"change".to_vec(), change.to_be_bytes().to_vec(), at.to_be_bytes().to_vec(), station.as_str().into()]);
        }
        Slip::PreBill { session } | Slip::Receipt { session } | Slip::TableCode { session } => about.push(id(session.0)),
        Slip::Number { entry } => about.push(id(entry.0)),
        Slip::Shift { shift } | Slip::Drawer { shift } => about.push(id(shift.0)),
        Slip::Day { number } => about.push(number.to_be_bytes().to_vec()),
        Slip::Test => {}
    }
    let about: Vec<&[u8]> = about.iter().map(Vec::as_slice).collect();
    JobId(Store::own_request(&about).id)
}

/// What is done about a slip whose printer is no longer set up.
fn homeless(job: &PrintJob, house: &House) -> Option<FloorCommand> {
    if house.printer(&job.printer).is_some() {
        return None;
    }
    let trouble = |why: &str, maybe_printed| FloorCommand::PrintTrouble { job: job.job, why: why.to_owned(), maybe_printed };
    match (job.state, home(&job.slip, house)) {
        (PrintState::Sent, _) => Some(trouble("the printer was taken out of the set-up while it was printing", true)),
        (PrintState::Queued | PrintState::Failed, Some(to)) => Some(FloorCommand::MovePrint { job: job.job, to: to.clone() }),
        (PrintState::Queued, None) => Some(trouble("the printer is no longer set up, and there is no other", false)),
        // It has been said.
        (PrintState::Failed, None) | (PrintState::Confirmed | PrintState::Expired, _) => None,
    }
}

/// Where a slip of this kind belongs.
fn home<'a>(slip: &Slip, house: &'a House) -> Option<&'a PrinterId> {
    let station = match slip {
        Slip::Kitchen { station, .. }
        | Slip::Void { station, .. }
        | Slip::Rush { station, .. }
        | Slip::TableChange { station, .. } => Some(station),
        Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. } => None,
        // Another drawer than the one that was meant; a test of another printer.
        Slip::Drawer { .. } | Slip::Test => return None,
    };
    let of_station = station.and_then(|station| house.kitchen_printer(station)).map(|route| &route.printer);
    let set_up = |id: &&PrinterId| house.printer(id).is_some();
    of_station.filter(set_up).or(house.till_printer.as_ref().filter(set_up))
}
