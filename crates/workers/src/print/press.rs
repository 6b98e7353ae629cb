//! One printer at work: one slip at a time, in the order of its queue, each only after the printer has said that it would print.

use super::condition::{self, Condition, PrinterState};
use super::reach::{self, Astray};
use super::{MOST_UNPROVED, PrintDesk, PrintTiming, slips};
use domain::catalog::Printer;
use domain::floor::{FloorCommand, PrintJob, PrintState};
use domain::{PrinterId, Timestamp};
use engine::Store;
use print::{Outcome, Page, Trouble, session};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a busy printer is waited for before slips are given to it.
const FALLBACK_WAIT: Duration = Duration::from_secs(5);

/// A printer, as far as it is known.
#[derive(Debug)]
pub(super) struct Press {
    pub(super) id: PrinterId,
    /// Receipt printers talk to one at a time.
    line: tokio::sync::Mutex<()>,
    /// Its queue may have changed.
    queue: Notify,
    /// It is well again.
    well: Notify,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    state: PrinterState,
    asked_at: Option<Instant>,
    trouble_since: Option<Instant>,
}

/// What a try at a slip came to.
enum Tried {
    /// It is done with, in whatever way; the next.
    Over,
    /// It, or its printer, needs a pause.
    Pause,
}

/// Keeps a printer at work until the house stops or the printer is taken out of the set-up.
pub(super) async fn work(desk: Arc<PrintDesk>, press: Arc<Press>, stop: CancellationToken) {
    let mut failed = 0;
    while !stop.is_cancelled() {
        let Some(printer) = desk.printer(&press.id) else { return };
        let job = desk.next_job(&press.id);
        let has_job = job.is_some();
        if let Some(job) = job {
            match press.try_job(&desk, &printer, job, &stop).await {
                Tried::Over => {
                    failed = 0;
                    continue;
                }
                Tried::Pause => failed += 1,
            }
        } else {
            failed = 0;
        }
        press.give_away(&desk, &printer, &stop).await;
        if has_job {
            let pauses = desk.timing.pauses;
            let pause = pauses[failed.clamp(1, pauses.len()) - 1];
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                () = press.well.notified() => {}
            }
        } else {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(press.rest(&desk.timing)) => press.ask(&desk, &printer).await,
                () = press.queue.notified() => {}
            }
        }
    }
}

impl Press {
    pub(super) fn new(id: PrinterId, now: Timestamp) -> Press {
        let state = PrinterState { condition: Condition::Unknown, since: now, trouble: None };
        let known = Mutex::new(Known { state, asked_at: None, trouble_since: None });
        Press { id, line: tokio::sync::Mutex::default(), queue: Notify::new(), well: Notify::new(), known }
    }

    /// How it was when last asked.
    pub(super) fn state(&self) -> PrinterState {
        self.know(|known| known.state.clone())
    }

    /// Has it look at its queue, should it have nothing to do.
    pub(super) fn nudge(&self) {
        self.queue.notify_one();
    }

    /// Ends a pause, if there is nothing to pause for any more.
    pub(super) fn wake(&self) {
        if self.can_print() {
            self.well.notify_waiters();
        }
    }

    /// Asks it how it is, once its line is free.
    pub(super) async fn ask(&self, desk: &PrintDesk, printer: &Printer) {
        let _line = self.line.lock().await;
        // What keeps it from printing is remembered; nobody needs it here.
        let _ = self.ask_on_line(desk, printer).await;
    }

    /// The same, for somebody who won't wait for ever.
    pub(super) async fn ask_within(&self, patience: Duration, desk: &PrintDesk, printer: &Printer) {
        if tokio::time::timeout(patience, self.ask(desk, printer)).await.is_err() {
            tracing::debug!(printer = %self.id, "the printer is busy, or takes its time to answer");
        }
    }

    /// It was asked, and nothing keeps it from printing.
    fn can_print(&self) -> bool {
        self.know(|known| known.asked_at.is_some() && known.trouble_since.is_none())
    }

    fn in_trouble(&self) -> Option<Duration> {
        self.know(|known| known.trouble_since.map(|since| since.elapsed()))
    }

    /// How long until it is asked again.
    fn rest(&self, timing: &PrintTiming) -> Duration {
        self.know(|known| {
            let every = if known.trouble_since.is_some() { timing.ask_in_trouble } else { timing.ask_every };
            known.asked_at.map_or(Duration::ZERO, |at| every.saturating_sub(at.elapsed()))
        })
    }

    /// Where it is, if it would print now; otherwise why not.
    async fn ask_on_line(&self, desk: &PrintDesk, printer: &Printer) -> Result<SocketAddr, String> {
        let found = reach::resolve(&printer.address).await;
        let (condition, trouble) = match found {
            Ok(at) => {
                condition::read(session::probe(&*desk.dial, &at.to_string(), &reach::options(printer)).await, printer.silent)
            }
            Err(astray) => (Condition::Unreachable, Some(astray.why().to_owned())),
        };
        self.note(&desk.store, condition, trouble.clone());
        match (found, trouble) {
            (Ok(at), None) => Ok(at),
            (Ok(_) | Err(Astray::NoAddress | Astray::Stranger), trouble) => Err(trouble.unwrap_or_default()),
        }
    }

    fn note(&self, store: &Store, condition: Condition, trouble: Option<String>) {
        let now = store.now().at;
        let changed = self.know(|known| {
            known.asked_at = Some(Instant::now());
            known.trouble_since = trouble.as_ref().map(|_| known.trouble_since.unwrap_or_else(Instant::now));
            let changed = known.state.condition != condition;
            if changed {
                known.state.since = now;
            }
            known.state.condition = condition;
            known.state.trouble.clone_from(&trouble);
            changed
        });
        if changed {
            tracing::info!(printer = %self.id, ?condition, trouble, "the printer is in another state");
        }
    }

    fn know<R>(&self, with: impl FnOnce(&mut Known) -> R) -> R {
        with(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn try_job(&self, desk: &PrintDesk, printer: &Printer, job: PrintJob, stop: &CancellationToken) -> Tried {
        let trouble = |why: String, maybe_printed| FloorCommand::PrintTrouble { job: job.job, why, maybe_printed };
        if job.state == PrintState::Sent {
            // Nobody is printing it, for that would be here.
            let why = "the server stopped while it was printing".to_owned();
            let said = desk.say_if_still_so(trouble(why, true), stop).await;
            return if said { Tried::Over } else { Tried::Pause };
        }
        let _line = self.line.lock().await;
        let at = match self.ask_on_line(desk, printer).await {
            Ok(at) => at,
            Err(why) => {
                desk.say_if_still_so(trouble(why, false), stop).await;
                return Tried::Pause;
            }
        };
        let page = match slips::page(desk, &job, printer) {
            Ok(page) => page,
            Err(why) => {
                desk.say_if_still_so(trouble(why.to_owned(), false), stop).await;
                desk.remember(|memory| memory.empty.insert((job.job, self.id.clone())));
                return Tried::Over;
            }
        };
        desk.remember(|memory| memory.in_hand.insert(job.job));
        let tried = self.print(desk, printer, &job, &page, at, stop).await;
        desk.remember(|memory| memory.in_hand.remove(&job.job));
        tried
    }

    /// First it is written down that the bytes go out: should the house stop in between, nobody takes the slip for unprinted.
    async fn print(
        &self,
        desk: &PrintDesk,
        printer: &Printer,
        job: &PrintJob,
        page: &Page,
        at: SocketAddr,
        stop: &CancellationToken,
    ) -> Tried {
        if !desk.say_if_still_so(FloorCommand::PrintStarted { job: job.job }, stop).await {
            return Tried::Pause;
        }
        let bytes = print::encode(page, &reach::profile(printer));
        let outcome =
            session::print(&*desk.dial, &at.to_string(), &bytes, &reach::options_for(printer, page, &desk.timing)).await;
        let (said, tried) = match outcome {
            Outcome::Confirmed => (FloorCommand::PrintDone { job: job.job, confirmed: true }, Tried::Over),
            Outcome::Sent => (FloorCommand::PrintDone { job: job.job, confirmed: false }, Tried::Over),
            Outcome::NotSent { why } => (self.troubled(desk, job, why, false), Tried::Pause),
            Outcome::Unknown { why } => {
                let key = (job.job, self.id.clone());
                let tries = desk.remember(|memory| {
                    let tries = memory.unproved.entry(key).or_default();
                    *tries += 1;
                    *tries
                });
                tracing::warn!(printer = %self.id, job = %job.job, %why, tries, "nobody knows whether a slip came out");
                if tries >= MOST_UNPROVED {
                    tracing::error!(printer = %self.id, job = %job.job, "a slip is not tried here again: somebody must look");
                }
                (self.troubled(desk, job, why, true), Tried::Pause)
            }
        };
        desk.say_if_still_so(said, stop).await;
        tried
    }

    fn troubled(&self, desk: &PrintDesk, job: &PrintJob, why: Trouble, maybe_printed: bool) -> FloorCommand {
        match why {
            // That says nothing about how the printer is; it is asked before the next try.
            Trouble::NoProof | Trouble::StoppedAnswering | Trouble::Closed | Trouble::Stalled => {}
            Trouble::Unreachable(_)
            | Trouble::ConnectTimeout
            | Trouble::Silent
            | Trouble::Nonsense
            | Trouble::Offline
            | Trouble::CoverOpen
            | Trouble::PaperOut
            | Trouble::Fault(_) => self.note(&desk.store, condition::of_trouble(why), Some(why.to_string())),
        }
        FloorCommand::PrintTrouble { job: job.job, why: why.to_string(), maybe_printed }
    }

    /// Slips that have waited long enough go to the printer's fallback, if that one prints.
    async fn give_away(&self, desk: &PrintDesk, printer: &Printer, stop: &CancellationToken) {
        let jobs = desk.movable(printer, self.in_trouble());
        let Some(to) = printer.fallback.as_ref().filter(|_| !jobs.is_empty()) else { return };
        let (Some(fallback), Some(set_up)) = (desk.press(to), desk.printer(to)) else { return };
        fallback.ask_within(FALLBACK_WAIT, desk, &set_up).await;
        if !fallback.can_print() {
            return;
        }
        for job in jobs {
            desk.leaves(job, &self.id);
            if desk.say_if_still_so(FloorCommand::MovePrint { job, to: to.clone() }, stop).await {
                tracing::info!(%job, from = %self.id, %to, "a slip goes to another printer");
            }
        }
    }
}
