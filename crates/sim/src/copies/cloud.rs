//! The cloud, as far as a shop's box knows it: a process that accepts links, its book of boxes, and the database with the copy.

use super::book::Book;
use super::streams::{CopyStreams, Menus};
use super::wire::Wires;
use crate::clock::ServerClock;
use crate::disk::{Disk, Mount};
use crate::gate::Gate;
use crate::house::STORE;
use crate::plan::FaultKind;
use crate::storm::Storm;
use async_trait::async_trait;
use engine::SeededIds;
use journal::StoreKey;
use link::{Acceptor, Houses, Lines, Local, Rhythm, Status, Wire, WireError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The cloud.
pub(crate) struct Cloud {
    pub disk: Arc<Disk>,
    pub book: Arc<Book>,
    wires: Arc<Wires>,
    storm: Arc<Storm>,
    clock: ServerClock,
    seed: u64,
    starts: AtomicU64,
    process: Mutex<Option<Process>>,
    /// The process is to die in the middle of something.
    mishap: Arc<Notify>,
}

/// One life of its process.
#[derive(Clone)]
struct Process {
    gate: Gate,
    acceptor: Acceptor,
    lines: Lines,
}

impl Cloud {
    /// A cloud whose process runs.
    pub fn new(
        seed: u64,
        disk: Arc<Disk>,
        book: Arc<Book>,
        wires: Arc<Wires>,
        storm: Arc<Storm>,
        clock: ServerClock,
    ) -> Arc<Cloud> {
        let cloud = Cloud {
            disk,
            book,
            wires,
            storm,
            clock,
            seed,
            starts: AtomicU64::new(0),
            process: Mutex::default(),
            mishap: Arc::default(),
        };
        cloud.start();
        Arc::new(cloud)
    }

    fn start(&self) {
        let start = self.starts.fetch_add(1, Ordering::Relaxed);
        let (gate, lines) = (Gate::new(), Lines::default());
        let local = Local {
            store: StoreKey(STORE.0),
            journal: self.journal(&gate),
            streams: CopyStreams::new(),
            needs: Arc::new(Menus),
            clock: Arc::new(self.clock.clone()),
            status: Status::new(),
        };
        let ids = Arc::new(SeededIds::new(self.seed.wrapping_mul(57).wrapping_add(start)));
        let houses = Arc::new(OneHouse(local));
        let acceptor = Acceptor::new(self.book.clone(), houses, lines.clone(), ids, Rhythm::default());
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(Process { gate, acceptor, lines });
    }

    /// The copy, as a process behind this gate has it.
    pub fn journal(&self, gate: &Gate) -> Arc<Mount> {
        Mount::for_copy(self.disk.clone(), gate.clone(), Some(self.mishap.clone()))
    }

    fn process(&self) -> Option<Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The ways to the homes that are connected now.
    pub fn lines(&self) -> Option<Lines> {
        self.process().map(|process| process.lines)
    }

    /// A box dials.
    pub async fn connect(&self, dialer: &Gate) -> Result<Wire, WireError> {
        let refused = || WireError::Failed("connection refused".to_owned());
        let process = self.process().ok_or_else(refused)?;
        let (here, there) = self.wires.connect(dialer, &process.gate).await?;
        if process.gate.is_dead() {
            return Err(refused());
        }
        tokio::spawn(serve(process.acceptor, there, process.gate));
        Ok(here)
    }

    /// Dies now and then, until the weather is over.
    pub async fn run(self: Arc<Self>) {
        loop {
            let next = Duration::from_millis(2_000 + self.storm.below(15_000));
            let dies = tokio::select! {
                biased;
                () = self.mishap.notified() => true,
                () = tokio::time::sleep(next) => self.storm.strikes(FaultKind::CloudCrash),
            };
            if dies {
                self.die().await;
                tokio::time::sleep(Duration::from_millis(200 + self.storm.below(6_000))).await;
                self.start();
            }
            if self.storm.is_over() {
                return;
            }
        }
    }

    async fn die(&self) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(process) = process {
            process.gate.kill();
        }
        self.disk.crash().await;
    }
}

/// Serves one connection until it ends, or the process does.
pub(crate) async fn serve(acceptor: Acceptor, wire: Wire, gate: Gate) {
    tokio::select! {
        biased;
        () = gate.dead() => {}
        _ = acceptor.serve(wire, std::future::pending()) => {}
    }
}

/// The one shop there is.
#[derive(Debug)]
pub(crate) struct OneHouse(pub Local);

#[async_trait]
impl Houses for OneHouse {
    async fn local(&self, store: StoreKey) -> Option<Local> {
        (self.0.store == store).then(|| self.0.clone())
    }
}
