//! Whether a process runs: everything it does to the world outside passes its gate. A dead process does nothing any more; a
//! stopped one (SIGSTOP, a laptop's lid) does it later.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Dead,
}

/// A process's way out. Clones are the same gate. Who waits at it goes on in the order of coming: a `watch` would wake by chance, and
/// the same seed would be another run.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

impl Gate {
    pub fn new() -> Gate {
        Gate(Arc::new(Inner { state: Mutex::new(State::Running), changed: Notify::new() }))
    }

    fn state(&self) -> State {
        *self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_for(&self, wanted: State) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.state() == wanted {
                return;
            }
            changed.await;
        }
    }

    /// Returns at once, or when the process runs again, or never.
    pub async fn pass(&self) {
        self.wait_for(State::Running).await;
    }

    /// Returns when the process is dead.
    pub async fn dead(&self) {
        self.wait_for(State::Dead).await;
    }

    /// A gate that nothing ever passes: of a process that is cut off from outside.
    pub fn shut() -> Gate {
        let gate = Gate::new();
        gate.kill();
        gate
    }

    pub fn is_running(&self) -> bool {
        self.state() == State::Running
    }

    pub fn is_dead(&self) -> bool {
        self.state() == State::Dead
    }

    pub fn kill(&self) {
        self.put(State::Dead);
    }

    /// Stops it, or lets it go on; the dead stay dead.
    pub fn stop(&self, stopped: bool) {
        self.put(if stopped { State::Stopped } else { State::Running });
    }

    fn put(&self, to: State) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *state != State::Dead {
            *state = to;
            drop(state);
            self.0.changed.notify_waiters();
        }
    }
}
