//! The print desk: brings slips to paper, and says what became of each.
//!
//! What should be on paper is a question to the state; every step of a slip (queued, sent, out, troubled, moved, given up) is a
//! command. This file finds the work and keeps a [`press`] per printer at it; [`reach`] says whom we talk to, [`slips`]
//! what slips say. No printer holds up another, and none holds up anything else.

mod condition;
mod press;
mod queue;
mod reach;
mod report;
mod slips;
mod timing;
mod wants;

pub use condition::{Condition, PrinterState};
pub use timing::PrintTiming;

use crate::climb::climb;
use ::print::session::{Dial, Tcp};
use domain::catalog::Printer;
use domain::{JobId, PrinterId, QueueId, SessionId};
use engine::Store;
use press::Press;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the state is looked at even if nothing was heard.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Commits come in swarms; one look does for all within so much time.
const SWARM: Duration = Duration::from_millis(20);
/// How long slips under way may take to end when the house stops. What is cut off is printed again, and says so.
const STOPPING: Duration = Duration::from_secs(5);
/// How long somebody who asks after a printer waits until it has time to answer.
const PROBE_WAIT: Duration = Duration::from_secs(4);
/// For so long a slip doesn't go back to a printer that couldn't print it.
const NOT_BACK: Duration = Duration::from_secs(60);
/// After so many tries that nobody knows the end of, a slip waits for a person: paper with no end is no help.
const MOST_UNPROVED: u32 = 3;

/// What a code on a slip leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipLink {
    /// Paying a party's check.
    Pay(SessionId),
    /// Ordering, for this party only.
    Table(SessionId),
    /// How a waiting party's line gets on.
    Queue(QueueId),
}

/// Makes the addresses behind codes on slips; none: the slip has no code.
pub type SignLink = Box<dyn Fn(SlipLink) -> Option<String> + Send + Sync>;

/// The print desk of one restaurant.
pub struct PrintDesk {
    store: Store,
    public_url: String,
    sign: SignLink,
    timing: PrintTiming,
    dial: Arc<dyn Dial>,
    memory: Mutex<Memory>,
}

/// What may be forgotten: the next start finds out again.
#[derive(Default)]
struct Memory {
    presses: BTreeMap<PrinterId, Arc<Press>>,
    /// Slips whose bytes are going out right now.
    in_hand: BTreeSet<JobId>,
    /// Printers that slips were taken away from, and when.
    left: BTreeMap<(JobId, PrinterId), Instant>,
    /// How often nobody knew what became of a slip at a printer.
    unproved: BTreeMap<(JobId, PrinterId), u32>,
    /// Slips there is nothing to print of at a printer.
    empty: BTreeSet<(JobId, PrinterId)>,
}

impl fmt::Debug for PrintDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrintDesk").field("store", &self.store.id()).finish_non_exhaustive()
    }
}

impl PrintDesk {
    /// A print desk; [`PrintDesk::run`] opens it. An address from `sign` that begins with `/` stands below `public_url`.
    pub fn new(store: Store, public_url: String, sign: SignLink) -> Arc<PrintDesk> {
        PrintDesk::over(Arc::new(Tcp), store, public_url, sign, PrintTiming::default())
    }

    /// The same, with other waits than the usual ones.
    pub fn timed(store: Store, public_url: String, sign: SignLink, timing: PrintTiming) -> Arc<PrintDesk> {
        PrintDesk::over(Arc::new(Tcp), store, public_url, sign, timing)
    }

    /// The same, with printers that are reached in another way than over TCP.
    pub fn over(dial: Arc<dyn Dial>, store: Store, public_url: String, sign: SignLink, timing: PrintTiming) -> Arc<PrintDesk> {
        Arc::new(PrintDesk { store, public_url, sign, timing, dial, memory: Mutex::default() })
    }

    /// Works until told to stop: at once on what a commit asks for, and twice a second on everything that is outstanding.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut floor = self.store.floor_commits();
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut presses = Running::default();
        loop {
            let swarm = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = look.tick() => Duration::ZERO,
                commit = floor.recv() => match commit {
                    // Lagging: the look finds whatever was missed.
                    Ok(_) | Err(RecvError::Lagged(_)) => SWARM,
                    Err(RecvError::Closed) => break,
                },
            };
            tokio::time::sleep(swarm).await;
            while floor.try_recv().is_ok() {}
            self.man(&mut presses, &stop);
            climb(&self.store).await;
            self.tend_queue().await;
            self.remember(|memory| memory.presses.values().for_each(|press| press.nudge()));
        }
        let ended = async { while presses.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOPPING, ended).await.is_err() {
            tracing::warn!("the house stops with slips on their way; they will be printed again and say so");
        }
    }

    /// How every printer of the set-up is, as it said when last asked.
    pub fn states(&self) -> BTreeMap<PrinterId, PrinterState> {
        let (now, known) = (self.store.now().at, self.store.known());
        let state = |printer: &Printer| match self.press(&printer.id) {
            Some(press) => press.state(),
            None => PrinterState { condition: Condition::Unknown, since: now, trouble: None },
        };
        known.house.printers.iter().map(|printer| (printer.id.clone(), state(printer))).collect()
    }

    /// Asks a printer now, unless it is busy for longer than somebody waits; then what is known. None for a printer that isn't
    /// set up, or while the desk is closed.
    pub async fn probe_now(&self, printer: &PrinterId) -> Option<PrinterState> {
        let (press, printer) = (self.press(printer)?, self.printer(printer)?);
        press.ask_within(PROBE_WAIT, self, &printer).await;
        press.wake();
        Some(press.state())
    }

    /// Keeps one press for every printer of the set-up.
    fn man(self: &Arc<Self>, running: &mut Running, stop: &CancellationToken) {
        while running.tasks.try_join_next().is_some() {}
        let known = self.store.known();
        running.by_printer.retain(|_, task| !task.is_finished());
        self.remember(|memory| memory.presses.retain(|id, _| running.by_printer.contains_key(id)));
        for printer in &known.house.printers {
            if running.by_printer.contains_key(&printer.id) {
                continue;
            }
            let press = Arc::new(Press::new(printer.id.clone(), self.store.now().at));
            self.remember(|memory| memory.presses.insert(printer.id.clone(), press.clone()));
            let task = running.tasks.spawn(press::work(self.clone(), press, stop.clone()));
            running.by_printer.insert(printer.id.clone(), task);
        }
    }

    fn press(&self, printer: &PrinterId) -> Option<Arc<Press>> {
        self.remember(|memory| memory.presses.get(printer).cloned())
    }

    /// A printer as it is set up now.
    fn printer(&self, id: &PrinterId) -> Option<Printer> {
        self.store.known().house.printer(id).cloned()
    }

    /// The whole address behind a code on a slip.
    fn link(&self, link: SlipLink) -> Option<String> {
        let signed = (self.sign)(link)?;
        Some(if signed.starts_with('/') { format!("{}{signed}", self.public_url.trim_end_matches('/')) } else { signed })
    }

    fn remember<R>(&self, with: impl FnOnce(&mut Memory) -> R) -> R {
        with(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The presses at work. Dropping it stops them where they are.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    by_printer: BTreeMap<PrinterId, AbortHandle>,
}
