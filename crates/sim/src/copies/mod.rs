//! Who keeps copies of the shop's journal: a cloud, a second box that follows. The links are the real ones, over simulated wires.

mod book;
mod cloud;
mod follower;
mod machine;
mod streams;
mod wire;

pub(crate) use book::Book;
pub(crate) use cloud::Cloud;
pub(crate) use follower::Follower;
pub(crate) use machine::Machine;
pub(crate) use streams::{Menus, rise_above};

use crate::clock::ServerClock;
use crate::disk::{Disk, Mount, Place};
use crate::facts::Keeper;
use crate::gate::Gate;
use crate::house::STORE;
use crate::plan::Plan;
use crate::seams::CopyHabits;
use crate::storm::Storm;
use crate::witness::Witness;
use async_trait::async_trait;
use cloud::{OneHouse, serve};
use engine::{SeededIds, Store};
use journal::StoreKey;
use link::{Acceptor, Connect, Dialer, Lines, Local, NoNeeds, Rhythm, Status, Wire, WireError};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use streams::HomeStreams;

/// The copies of a world.
pub(crate) struct Copies {
    pub cloud: Option<Arc<Cloud>>,
    pub follower: Option<Follower>,
    pub habits: CopyHabits,
    /// Between the boxes.
    wires: Arc<Wires>,
    /// Whom the home lets in as its follower.
    followers: Arc<Book>,
    seed: u64,
}

use wire::Wires;

impl Copies {
    /// The copies that a plan has.
    ///
    /// # Errors
    /// If a box has no key.
    pub fn new(
        plan: &Plan,
        habits: CopyHabits,
        storm: &Arc<Storm>,
        witness: &Arc<Witness>,
        clock: &ServerClock,
    ) -> anyhow::Result<Copies> {
        let wires = || Wires::new(storm.clone(), habits.unchecked);
        let disk = |keeper| Disk::new(Place::Copy(keeper), storm.clone(), witness.clone(), habits.disk, true);
        let cloud = plan.cloud.then(|| {
            let book = Book::new(Keeper::Cloud, witness.clone());
            Cloud::new(plan.seed, disk(Keeper::Cloud), book, wires(), storm.clone(), clock.clone())
        });
        let followers = Book::new(Keeper::Follower, witness.clone());
        let follower = match plan.follower {
            true => Some(Follower::new(Machine::new(2, disk(Keeper::Follower))?, clock.clone())),
            false => None,
        };
        if let Some(follower) = &follower {
            followers.enter(follower.machine.key.public());
        }
        Ok(Copies { cloud, follower, habits, wires: wires(), followers, seed: plan.seed })
    }

    /// Whether anybody keeps one.
    pub fn are_there(&self) -> bool {
        self.cloud.is_some() || self.follower.is_some()
    }

    /// Has a server's commits go to whoever keeps a copy.
    pub fn attach(&self, machine: &Arc<Machine>, store: &Store, clock: &ServerClock, gate: &Gate, life: u32) -> Linked {
        if !self.are_there() {
            return Linked { status: None, accepts: None };
        }
        let streams = HomeStreams::new(store.clone());
        let local = Local {
            store: StoreKey(STORE.0),
            journal: Mount::for_link(machine.disk.clone(), gate.clone()),
            streams: streams.clone(),
            needs: Arc::new(NoNeeds),
            clock: Arc::new(clock.clone()),
            status: Status::new(),
        };
        until_dead(gate, async move { streams.notice().await });
        let ids = |n: u64| Arc::new(SeededIds::new(self.seed.wrapping_mul(131).wrapping_add(u64::from(life) * 2 + n)));
        let accepts = self.follower.as_ref().map(|_| {
            let local = Local { status: Status::new(), ..local.clone() };
            let houses = Arc::new(OneHouse(local));
            Acceptor::new(self.followers.clone(), houses, Lines::default(), ids(0), Rhythm::default())
        });
        let status = self.cloud.as_ref().map(|cloud| {
            let (machine, gate) = (machine.clone(), gate.clone());
            let once = self.habits.dials_once.then(AtomicBool::default);
            let door = Arc::new(CloudDoor { cloud: cloud.clone(), machine: machine.clone(), gate: gate.clone(), once });
            let status = local.status.clone();
            let dialer = Dialer::new(machine.node, machine.key.clone(), local, Lines::default(), door, ids(1), Rhythm::default());
            until_dead(&gate, async move { dialer.run(std::future::pending()).await });
            status
        });
        Linked { status, accepts }
    }

    /// A follower dials a box.
    pub async fn connect(&self, follower: &Gate, home: &Linked, home_gate: &Gate) -> Result<Wire, WireError> {
        let refused = || WireError::Failed("connection refused".to_owned());
        let acceptor = home.accepts.clone().ok_or_else(refused)?;
        let (here, there) = self.wires.connect(follower, home_gate).await?;
        if home_gate.is_dead() {
            return Err(refused());
        }
        tokio::spawn(serve(acceptor, there, home_gate.clone()));
        Ok(here)
    }
}

/// Works until a process is dead.
fn until_dead(gate: &Gate, work: impl Future<Output = ()> + Send + 'static) {
    let gate = gate.clone();
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = gate.dead() => {}
            () = work => {}
        }
    });
}

/// A server's ends of its links.
pub(crate) struct Linked {
    /// What the till shows of the link to the cloud.
    pub status: Option<Status>,
    accepts: Option<Acceptor>,
}

/// A box's way to the cloud.
struct CloudDoor {
    cloud: Arc<Cloud>,
    machine: Arc<Machine>,
    gate: Gate,
    /// Whether it was used, where it is used once only.
    once: Option<AtomicBool>,
}

impl fmt::Debug for CloudDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CloudDoor")
    }
}

#[async_trait]
impl Connect for CloudDoor {
    async fn connect(&self) -> Result<Wire, WireError> {
        self.gate.pass().await;
        let used_up = self.once.as_ref().is_some_and(|used| used.swap(true, Ordering::Relaxed));
        if used_up || self.machine.is_cut_off() {
            return Err(WireError::Failed("no route to host".to_owned()));
        }
        self.cloud.connect(&self.gate).await
    }
}
