//! A printer at work: the machine, its mechanism's clock, and what a test or the control API does to it.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    machine::{Machine, Step},
    paper::{Cut, Slip},
    setup::{Faults, PaperWidth, PrinterSetup},
    status::State,
};

/// Rows done before others may look at the machine.
const ROWS_AT_ONCE: usize = 256;
/// How long a fault may take to come into force.
const TAKES_FORCE: Duration = Duration::from_secs(5);

/// One printer of a [`crate::Simulator`]. Clones are the same printer.
#[derive(Clone, Debug)]
pub struct Printer(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) addr: SocketAddr,
    pub(crate) machine: Mutex<Machine>,
    /// Wakes the mechanism.
    pub(crate) work: Notify,
    /// Wakes the connection: there are answers, or there is room.
    pub(crate) answers: Notify,
    pub(crate) power: watch::Sender<bool>,
    pub(crate) listening: watch::Sender<bool>,
    /// Counts changes, for those who wait for one.
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) stop: CancellationToken,
    /// Where each slip is written.
    pub(crate) out: Option<PathBuf>,
}

/// A printer as the control API tells it.
#[derive(Clone, Debug, Serialize)]
pub struct PrinterView {
    pub name: String,
    pub port: u16,
    pub width: PaperWidth,
    pub state: State,
    pub faults: Faults,
    /// Slips that are kept.
    pub slips: usize,
    /// Slips cut since it was switched on.
    pub cut_slips: u64,
    /// Whether data waits to be printed.
    pub waiting: bool,
    /// The text form of the paper that isn't cut yet.
    pub uncut: String,
}

impl Printer {
    pub(crate) fn new(setup: PrinterSetup, addr: SocketAddr, out: Option<PathBuf>, stop: CancellationToken) -> Printer {
        Printer(Arc::new(Inner {
            name: setup.name.clone(),
            addr,
            machine: Mutex::new(Machine::new(setup)),
            work: Notify::new(),
            answers: Notify::new(),
            power: watch::Sender::new(true),
            listening: watch::Sender::new(true),
            changes: watch::Sender::new(0),
            stop,
            out,
        }))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.0.addr
    }

    pub fn faults(&self) -> Faults {
        self.0.machine.lock().faults().clone()
    }

    /// Puts faults in force and waits until they are: an unplugged printer refuses, a plugged one listens again.
    ///
    /// # Errors
    /// The port was taken by someone else while the printer was unplugged.
    pub async fn set_faults(&self, faults: Faults) -> anyhow::Result<()> {
        let powered = !faults.unplugged;
        self.0.machine.lock().set_faults(faults);
        self.0.power.send_replace(powered);
        self.0.changed();
        let mut listening = self.0.listening.subscribe();
        tokio::time::timeout(TAKES_FORCE, listening.wait_for(|listening| *listening == powered))
            .await
            .with_context(|| format!("{} does not listen on {} again", self.0.name, self.0.addr))?
            .context("the simulator has stopped")?;
        Ok(())
    }

    /// Puts a new roll in.
    pub fn put_paper(&self) {
        self.0.machine.lock().put_paper();
        self.0.changed();
    }

    /// Pushes the drawer shut.
    pub fn close_drawer(&self) {
        self.0.machine.lock().close_drawer();
        self.0.changed();
    }

    /// Slips that are kept, the oldest first.
    pub fn slips(&self) -> Vec<Arc<Slip>> {
        self.0.machine.lock().slips()
    }

    pub fn clear_slips(&self) {
        self.0.machine.lock().clear_slips();
        self.0.changed();
    }

    /// The paper that hangs out, not yet cut; its number is that of the slip it will be.
    pub fn uncut(&self) -> Slip {
        let (paper, number) = {
            let machine = self.0.machine.lock();
            (machine.paper().clone(), machine.cut_slips() + 1)
        };
        paper.slip(number, Timestamp::now(), Cut::No)
    }

    pub fn view(&self) -> PrinterView {
        let machine = self.0.machine.lock();
        PrinterView {
            name: self.0.name.clone(),
            port: self.0.addr.port(),
            width: machine.setup.width,
            state: machine.state(),
            faults: machine.faults().clone(),
            slips: machine.slips().len(),
            cut_slips: machine.cut_slips(),
            waiting: !machine.is_idle(),
            uncut: machine.paper().text_form(Cut::No),
        }
    }

    /// Waits until so many slips are kept, and gives them.
    ///
    /// # Errors
    /// There are fewer after `within`; the error tells what there is.
    pub async fn wait_for_slips(&self, count: usize, within: Duration) -> anyhow::Result<Vec<Arc<Slip>>> {
        let there = self.wait_until(within, |printer| printer.slips().len() >= count).await;
        let slips = self.slips();
        ensure!(there, "{} has {} slips of {count}; uncut: {:?}", self.0.name, slips.len(), self.uncut().text);
        Ok(slips)
    }

    /// Waits until something is so; false if it isn't after `within`.
    pub async fn wait_until(&self, within: Duration, so: impl Fn(&Printer) -> bool) -> bool {
        let mut changes = self.0.changes.subscribe();
        let waiting = async {
            loop {
                changes.borrow_and_update();
                if so(self) {
                    return;
                }
                if changes.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        tokio::time::timeout(within, waiting).await.is_ok()
    }
}

impl Inner {
    /// Wakes everyone who may have something to do.
    pub(crate) fn changed(&self) {
        self.work.notify_one();
        self.answers.notify_one();
        self.changes.send_modify(|count| *count += 1);
    }

    /// Runs the mechanism: row after row, as fast as it is set.
    pub(crate) async fn run_mechanism(&self) {
        let mut written = 0;
        loop {
            let began = Instant::now();
            let (step, slow) = self.some_rows();
            self.write_slips(&mut written).await;
            self.answers.notify_one();
            self.changes.send_modify(|count| *count += 1);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.pause(step, slow.saturating_sub(began.elapsed())) => (),
            }
        }
    }

    async fn pause(&self, step: Step, slow: Duration) {
        match step {
            Step::Idle | Step::Stopped => self.work.notified().await,
            Step::Row | Step::Other if slow.is_zero() => tokio::task::yield_now().await,
            Step::Row | Step::Other => tokio::time::sleep(slow).await,
        }
    }

    /// Does some rows, one if the printer is slow. Gives the last step, and how long it should have taken.
    fn some_rows(&self) -> (Step, Duration) {
        let mut machine = self.machine.lock();
        let slow = Duration::from_millis(machine.faults().slow_ms_per_row);
        let rows = if slow.is_zero() { ROWS_AT_ONCE } else { 1 };
        let mut step = Step::Idle;
        let mut done = 0;
        while done < rows {
            step = machine.step(Timestamp::now());
            match step {
                Step::Row => done += 1,
                Step::Other => (),
                Step::Idle | Step::Stopped => break,
            }
        }
        (step, slow)
    }

    async fn write_slips(&self, written: &mut u64) {
        let Some(folder) = &self.out else { return };
        let fresh: Vec<_> = {
            let machine = self.machine.lock();
            if machine.cut_slips() == *written {
                return;
            }
            machine.slips().into_iter().filter(|slip| slip.number > *written).collect()
        };
        for slip in fresh {
            *written = slip.number;
            let file = folder.join(format!("{}-{:04}", self.name, slip.number));
            for (kind, content) in [("png", slip.png.clone()), ("txt", format!("{}\n", slip.text).into_bytes())] {
                let path = file.with_extension(kind);
                if let Err(error) = tokio::fs::write(&path, content).await {
                    tracing::error!(path = %path.display(), %error, "a slip could not be written");
                }
            }
        }
    }
}
