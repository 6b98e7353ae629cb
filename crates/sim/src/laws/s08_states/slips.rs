//! How slips may move.

use super::{Breach, breach};
use domain::JobId;
use domain::floor::FloorEvent;
use std::collections::BTreeMap;

/// Where every slip of the day stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Slips {
    jobs: BTreeMap<JobId, Slip>,
}

#[derive(Clone, Copy, Debug)]
struct Slip {
    at: At,
    /// It may have come out.
    maybe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Queued,
    Sent,
    Failed,
    Confirmed,
    Expired,
}

impl Slips {
    /// A day's slips are forgotten with it; the next day may use their names again.
    pub(super) fn forget(&mut self) {
        self.jobs.clear();
    }

    pub(super) fn see(&mut self, event: &FloorEvent, found: &mut Vec<Breach>) {
        match event {
            FloorEvent::PrintQueued(e) => {
                let before = self.jobs.insert(e.job, Slip { at: At::Queued, maybe: false });
                if before.is_some() {
                    found.push(breach(format!("slip {}", e.job), "was queued twice"));
                }
            }
            FloorEvent::PrintSent(e) => {
                self.turn(e.job, |slip| matches!(slip.at, At::Queued | At::Failed), At::Sent, found);
            }
            FloorEvent::PrintConfirmed(e) => {
                self.turn(e.job, |slip| slip.at == At::Sent || slip.at == At::Failed && slip.maybe, At::Confirmed, found);
            }
            FloorEvent::PrintFailed(e) => {
                self.turn(e.job, |slip| matches!(slip.at, At::Queued | At::Sent | At::Failed), At::Failed, found);
                if let Some(slip) = self.jobs.get_mut(&e.job) {
                    slip.maybe |= e.maybe_printed;
                }
            }
            FloorEvent::PrintMoved(e) => {
                self.turn(e.job, |slip| matches!(slip.at, At::Queued | At::Failed), At::Queued, found);
            }
            FloorEvent::PrintExpired(e) => {
                self.turn(e.job, |slip| matches!(slip.at, At::Queued | At::Sent | At::Failed), At::Expired, found);
            }
            _ => {} // Nothing about slips.
        }
    }

    fn turn(&mut self, job: JobId, may: impl Fn(&Slip) -> bool, to: At, found: &mut Vec<Breach>) {
        let was = self.jobs.get(&job).copied();
        if !was.is_some_and(|slip| may(&slip)) {
            found.push(breach(format!("slip {job}"), format!("went to {to:?}, and stood at {:?}", was.map(|slip| slip.at))));
        }
        if let Some(slip) = self.jobs.get_mut(&job) {
            slip.at = to;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::history::*;
    use super::super::States;
    use domain::floor::{DayClosed, DayOpened, FloorEvent, PrintConfirmed, PrintExpired, PrintFailed, PrintMoved, PrintSent};

    fn sent_out() -> FloorEvent {
        PrintSent { job: job(1), at: at(0) }.into()
    }

    fn came_out() -> FloorEvent {
        PrintConfirmed { job: job(1), confirmed: true, at: at(0) }.into()
    }

    fn failed(maybe_printed: bool) -> FloorEvent {
        PrintFailed { job: job(1), why: "paper".to_owned(), maybe_printed, at: at(0) }.into()
    }

    fn given_up() -> FloorEvent {
        PrintExpired { job: job(1), by: None, at: at(0) }.into()
    }

    fn elsewhere() -> FloorEvent {
        PrintMoved { job: job(1), from: printer("kitchen"), to: printer("till"), at: at(0) }.into()
    }

    /// What is found against a slip that is queued and then goes this way.
    fn goes(way: Vec<FloorEvent>) -> usize {
        let queued = given().floor(queued(1, 5, vec![1], 0));
        way.into_iter().fold(queued, History::floor).judged(States::default()).len()
    }

    #[test]
    fn a_slip_goes_its_ways() {
        assert_eq!(goes(vec![sent_out(), came_out()]), 0);
        assert_eq!(goes(vec![sent_out(), failed(true), came_out()]), 0, "a late word is believed");
        assert_eq!(goes(vec![failed(false), elsewhere(), sent_out(), failed(false), sent_out(), came_out()]), 0);
        assert_eq!(goes(vec![sent_out(), given_up()]), 0);
    }

    #[test]
    fn a_slip_goes_no_other_way() {
        assert_eq!(goes(vec![came_out()]), 1);
        assert_eq!(goes(vec![sent_out(), failed(false), came_out()]), 1);
        assert_eq!(goes(vec![sent_out(), sent_out()]), 1);
        assert_eq!(goes(vec![sent_out(), elsewhere()]), 1);
        assert_eq!(goes(vec![sent_out(), came_out(), sent_out()]), 1);
        assert_eq!(goes(vec![sent_out(), came_out(), given_up()]), 1);
        assert_eq!(goes(vec![given_up(), sent_out()]), 1);
        assert_eq!(goes(vec![queued(1, 5, vec![1], 0).into()]), 1);
    }

    #[test]
    fn the_next_day_may_use_a_slips_name_again() {
        let day = History::new().floor(DayOpened { number: 1, at: at(0), stock: vec![] }).floor(queued(1, 5, vec![1], 0));
        let next = day.floor(DayClosed { number: 1, at: at(0), unmatched: vec![], by: None, summary: None });
        assert_eq!(next.floor(queued(1, 5, vec![1], 0)).judged(States::default()), [""; 0]);
    }
}
