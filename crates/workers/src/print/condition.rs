//! How a printer is, as it said itself when last asked.

use domain::Timestamp;
use print::{Fault, Paper, Status, Trouble};

/// How a printer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It prints.
    Ok,
    /// It prints, and its roll is nearly used up.
    NearEnd,
    /// It has no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// It answers, and says that it doesn't print.
    Offline,
    /// Its knife is stuck, it reports another error, or what answers is no printer.
    Fault,
    /// Nothing answers where it should be.
    Unreachable,
    /// Nobody has asked yet; or it takes connections and never answers questions.
    Unknown,
}

/// How a printer is, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterState {
    /// How it is.
    pub condition: Condition,
    /// Since when it has been so.
    pub since: Timestamp,
    /// What is wrong, in words for the log.
    pub trouble: Option<String>,
}

/// What an answer to a question says; the trouble is none where a slip may be sent.
pub(super) fn read(answer: Result<Status, Trouble>, is_silent: bool) -> (Condition, Option<String>) {
    let (condition, trouble) = match answer {
        Ok(status) => of_status(&status),
        // It took the connection, and that is all it ever does.
        Err(Trouble::Silent) if is_silent => return (Condition::Unknown, None),
        Err(trouble) => (of_trouble(trouble), Some(trouble)),
    };
    (condition, trouble.map(|trouble| trouble.to_string()))
}

fn of_status(status: &Status) -> (Condition, Option<Trouble>) {
    if status.cover_open {
        (Condition::CoverOpen, Some(Trouble::CoverOpen))
    } else if status.paper == Paper::Out {
        (Condition::PaperOut, Some(Trouble::PaperOut))
    } else if let Some(fault) = status.error {
        (Condition::Fault, Some(Trouble::Fault(fault)))
    } else if !status.online {
        (Condition::Offline, Some(Trouble::Offline))
    } else {
        match status.paper {
            Paper::NearEnd => (Condition::NearEnd, None),
            Paper::Ok | Paper::Out => (Condition::Ok, None),
        }
    }
}

/// What trouble with a job says about the printer.
pub(super) fn of_trouble(trouble: Trouble) -> Condition {
    match trouble {
        Trouble::Offline => Condition::Offline,
        Trouble::CoverOpen => Condition::CoverOpen,
        Trouble::PaperOut => Condition::PaperOut,
        Trouble::Fault(Fault::Cutter | Fault::Broken | Fault::Passing | Fault::Unnamed) | Trouble::Nonsense => Condition::Fault,
        Trouble::Unreachable(_)
        | Trouble::ConnectTimeout
        | Trouble::Closed
        | Trouble::Silent
        | Trouble::StoppedAnswering
        | Trouble::Stalled
        | Trouble::NoProof => Condition::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Status =
        Status { online: true, cover_open: false, feeding: false, paper: Paper::Ok, drawer_open: None, error: None };

    #[test]
    fn what_keeps_a_printer_from_printing_comes_before_that_it_is_offline() {
        let conditions = [
            (GOOD, Condition::Ok),
            (Status { paper: Paper::NearEnd, ..GOOD }, Condition::NearEnd),
            (Status { paper: Paper::Out, online: false, ..GOOD }, Condition::PaperOut),
            (Status { cover_open: true, online: false, ..GOOD }, Condition::CoverOpen),
            (Status { error: Some(Fault::Cutter), online: false, ..GOOD }, Condition::Fault),
            (Status { online: false, ..GOOD }, Condition::Offline),
        ];
        for (status, condition) in conditions {
            let (read, trouble) = read(Ok(status), false);
            assert_eq!(read, condition);
            assert_eq!(trouble.is_none(), matches!(read, Condition::Ok | Condition::NearEnd), "{trouble:?}");
        }
    }

    #[test]
    fn only_a_printer_known_to_be_silent_may_be_silent() {
        assert_eq!(read(Err(Trouble::Silent), true), (Condition::Unknown, None));
        let (condition, trouble) = read(Err(Trouble::Silent), false);
        assert_eq!((condition, trouble.is_some()), (Condition::Unreachable, true));
    }
}
