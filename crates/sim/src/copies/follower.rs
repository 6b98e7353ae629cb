//! The second box: it follows whichever server is the shop's home.

use super::Machine;
use super::streams::{CopyStreams, Menus};
use crate::clock::ServerClock;
use crate::disk::Mount;
use crate::gate::Gate;
use crate::house::STORE;
use crate::world::World;
use async_trait::async_trait;
use engine::SeededIds;
use journal::StoreKey;
use link::{Connect, Dialer, Lines, Local, Rhythm, Status, Wire, WireError};
use std::fmt;
use std::sync::{Arc, Weak};

/// The second box.
pub(crate) struct Follower {
    pub machine: Arc<Machine>,
    gate: Gate,
    clock: ServerClock,
}

impl Follower {
    pub fn new(machine: Arc<Machine>, clock: ServerClock) -> Follower {
        Follower { machine, gate: Gate::new(), clock }
    }

    /// Follows until told to stop.
    pub fn follow(&self, world: &Arc<World>) {
        let local = Local {
            store: StoreKey(STORE.0),
            journal: Mount::for_copy(self.machine.disk.clone(), self.gate.clone(), None),
            streams: CopyStreams::new(),
            needs: Arc::new(Menus),
            clock: Arc::new(self.clock.clone()),
            status: Status::new(),
        };
        let door = Arc::new(HomeDoor { world: Arc::downgrade(world), gate: self.gate.clone() });
        let ids = Arc::new(SeededIds::new(world.plan.seed.wrapping_mul(911)));
        let (node, key) = (self.machine.node, self.machine.key.clone());
        let dialer = Dialer::new(node, key, local, Lines::default(), door, ids, Rhythm::default());
        super::until_dead(&self.gate, async move { dialer.run(std::future::pending()).await });
    }

    /// Follows no more.
    pub fn stop(&self) {
        self.gate.kill();
    }
}

/// The way to the shop's home, whichever it is.
struct HomeDoor {
    world: Weak<World>,
    gate: Gate,
}

impl fmt::Debug for HomeDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HomeDoor")
    }
}

#[async_trait]
impl Connect for HomeDoor {
    async fn connect(&self) -> Result<Wire, WireError> {
        let refused = || WireError::Failed("nobody serves".to_owned());
        let world = self.world.upgrade().ok_or_else(refused)?;
        let home = world.life().ok_or_else(refused)?;
        world.parts.copies.connect(&self.gate, &home.linked, &home.gate).await
    }
}
