//! Carries a job to a printer over TCP and says how much is proved about it.
//!
//! Printing can't be undone and can't be seen from here, so there are three honest answers: it came out, it certainly did not, nobody
//! knows. Only the second is safe to send again unmarked. Every wait is bounded, whatever is at the other end.

mod dial;
mod line;
mod reply;

pub use dial::{Dial, Tcp, Wire};

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::status::{DrawerPin, Fault, Paper, Status};
use line::Line;
#[cfg(feature = "fuzzing")]
pub(crate) use reply::Replies;
#[cfg(feature = "fuzzing")]
pub use reply::Reply;

/// How long to wait for what, and what to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    pub connect_timeout: Duration,
    /// For each question before the job.
    pub status_timeout: Duration,
    /// For the printer to take the whole job; a printer out of paper stops taking.
    pub send_timeout: Duration,
    /// For proof, after the job.
    pub deadline: Duration,
    /// With [`Completion::Status`], how long the printer must stay well after the job: paper that ends or a knife that sticks shows
    /// only when it gets there.
    pub settle: Duration,
    /// Whether to print where nothing answers questions; the best such a job gets is [`Outcome::Sent`].
    pub allow_silent: bool,
    pub completion: Completion,
    pub drawer: DrawerPin,
}

impl Default for SessionOptions {
    fn default() -> SessionOptions {
        SessionOptions {
            connect_timeout: Duration::from_secs(3),
            status_timeout: Duration::from_secs(2),
            send_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(10),
            settle: Duration::from_millis(400),
            allow_silent: false,
            completion: Completion::Status,
            drawer: DrawerPin::Unknown,
        }
    }
}

/// What proves that a job is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The printer sends this back when it has printed everything before it (`GS ( H`, function 48).
    ProcessId(ProcessId),
    /// The printer took the job and says afterwards that it is well. All that printers without `GS ( H` offer.
    Status,
}

/// Four printable characters, different for every job on a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessId([u8; 4]);

impl ProcessId {
    /// Makes an ID of any number; numbers a multiple of 94⁴ apart share one.
    pub fn from_number(number: u64) -> ProcessId {
        let mut rest = number;
        ProcessId(std::array::from_fn(|_| {
            let digit = u8::try_from(rest % 94).expect("less than 94");
            rest /= 94;
            b'!' + digit
        }))
    }

    /// The request for it, to follow a job.
    pub fn request(self) -> [u8; 11] {
        let [a, b, c, d] = self.0;
        [0x1d, b'(', b'H', 6, 0, 48, 48, a, b, c, d]
    }
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Printed, as far as the printer itself can tell.
    Confirmed,
    /// Sent whole to a printer that never says anything.
    Sent,
    /// Not a byte of it was sent: safe to send again, here or elsewhere.
    NotSent { why: Trouble },
    /// Some or all of it was sent and there is no proof: it may be on paper, or half of it.
    Unknown { why: Trouble },
}

/// What stands between a job and its paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the printer can't be reached: {0}")]
    Unreachable(io::ErrorKind),
    #[error("no connection in time")]
    ConnectTimeout,
    #[error("the printer closed the connection")]
    Closed,
    #[error("the printer answers nothing")]
    Silent,
    #[error("the printer stopped answering")]
    StoppedAnswering,
    #[error("what answers is no receipt printer")]
    Nonsense,
    #[error("the printer is offline")]
    Offline,
    #[error("the cover is open")]
    CoverOpen,
    #[error("out of paper")]
    PaperOut,
    #[error("the printer reports {0}")]
    Fault(Fault),
    #[error("the printer takes no more data")]
    Stalled,
    #[error("no proof in time")]
    NoProof,
}

const POLL: Duration = Duration::from_millis(100);
/// How long a process ID is awaited before the printer is asked whether it still prints.
const SLICE: Duration = Duration::from_millis(500);

/// Prints a job: asks whether the printer would, sends, and waits for proof. Takes no longer than its options allow.
pub async fn print(dial: &dyn Dial, addr: &str, job: &[u8], options: &SessionOptions) -> Outcome {
    let mut line = match Line::open(dial, addr, options).await {
        Ok(line) => line,
        Err(why) => return Outcome::NotSent { why },
    };
    let silent = match line.status(options, options.status_timeout).await {
        Ok(status) => match hindrance(&status) {
            Some(why) => return Outcome::NotSent { why },
            None => false,
        },
        Err(Trouble::Silent) if options.allow_silent => true,
        Err(why) => return Outcome::NotSent { why },
    };
    let sent = match options.completion {
        Completion::ProcessId(id) if !silent => line.send(&[job, &id.request()].concat(), options).await,
        Completion::ProcessId(_) | Completion::Status => line.send(job, options).await,
    };
    match sent {
        Ok(()) => {}
        Err((0, why)) => return Outcome::NotSent { why },
        Err((_, why)) => return Outcome::Unknown { why },
    }
    let proved = match options.completion {
        _ if silent => return finish_unproved(line, options).await,
        Completion::ProcessId(id) => prove_by_id(&mut line, id, options).await,
        Completion::Status => prove_by_status(&mut line, options).await,
    };
    match proved {
        Ok(()) => Outcome::Confirmed,
        Err(why) => Outcome::Unknown { why },
    }
}

/// Asks a printer how it is.
///
/// # Errors
/// Whatever keeps it from answering. A printer that says it is out of paper has answered.
pub async fn probe(dial: &dyn Dial, addr: &str, options: &SessionOptions) -> Result<Status, Trouble> {
    Line::open(dial, addr, options).await?.status(options, options.status_timeout).await
}

/// What the printer says keeps it from printing, the most telling first.
fn hindrance(status: &Status) -> Option<Trouble> {
    if status.cover_open {
        Some(Trouble::CoverOpen)
    } else if status.paper == Paper::Out {
        Some(Trouble::PaperOut)
    } else if let Some(fault) = status.error {
        Some(Trouble::Fault(fault))
    } else if !status.online {
        Some(Trouble::Offline)
    } else {
        None
    }
}

/// Whether a printer may get over this by itself, within a deadline.
fn may_pass(why: Trouble) -> bool {
    matches!(why, Trouble::Offline | Trouble::Fault(Fault::Passing | Fault::Unnamed))
}

async fn finish_unproved(line: Line, options: &SessionOptions) -> Outcome {
    match line.finish(options.status_timeout.min(SLICE)).await {
        Ok(()) => Outcome::Sent,
        Err(why) => Outcome::Unknown { why },
    }
}

async fn prove_by_status(line: &mut Line, options: &SessionOptions) -> Result<(), Trouble> {
    let until = Instant::now() + options.deadline;
    let mut well_since = None;
    let mut why = Trouble::NoProof;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(why);
        }
        // Printers that answer in turn answer when they have printed, so the deadline is the only limit here.
        let status = line.status(options, left).await.map_err(no_more_answers)?;
        match hindrance(&status) {
            None => {
                let since = *well_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= options.settle {
                    return Ok(());
                }
                why = Trouble::NoProof;
            }
            Some(now) if may_pass(now) => {
                well_since = None;
                why = now;
            }
            Some(now) => return Err(now),
        }
        sleep(POLL.min(options.settle)).await;
    }
}

async fn prove_by_id(line: &mut Line, ProcessId(id): ProcessId, options: &SessionOptions) -> Result<(), Trouble> {
    let until = Instant::now() + options.deadline;
    let mut answers = true;
    let mut why = Trouble::NoProof;
    loop {
        let slice = if answers { until.min(Instant::now() + SLICE) } else { until };
        if line.wait_done(id, slice).await? {
            return Ok(());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(why);
        }
        match line.status(options, left.min(options.status_timeout)).await {
            // The ID may have come between two answers.
            _ if line.is_done(id) => return Ok(()),
            Ok(status) => match hindrance(&status) {
                None => why = Trouble::NoProof,
                Some(now) if may_pass(now) => why = now,
                Some(now) => return Err(now),
            },
            // Too busy to answer; an answer that comes later can't be told from the next, so nothing more is asked.
            Err(late @ (Trouble::Silent | Trouble::StoppedAnswering)) => {
                answers = false;
                why = no_more_answers(late);
            }
            Err(broken) => return Err(broken),
        }
    }
}

/// A printer that answered before the job isn't one that never answers.
fn no_more_answers(why: Trouble) -> Trouble {
    match why {
        Trouble::Silent => Trouble::StoppedAnswering,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_printable_and_differ() {
        assert_eq!(ProcessId::from_number(0).0, *b"!!!!");
        assert_eq!(ProcessId::from_number(94u64.pow(4) - 1).0, *b"~~~~");
        assert!(ProcessId::from_number(u64::MAX).0.iter().all(|b| (0x21..=0x7e).contains(b)));
        assert_ne!(ProcessId::from_number(1), ProcessId::from_number(94));
        assert_eq!(ProcessId::from_number(0).request(), *b"\x1d(H\x06\x0000!!!!");
    }
}
