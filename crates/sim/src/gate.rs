//! Whether a process runs: everything it does to the world outside passes its gate. A dead process does nothing any more; a
//! stopped one (SIGSTOP, a laptop's lid) does it later.

use tokio::sync::watch;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Dead,
}

/// A process's way out. Clones are the same gate.
#[derive(Clone, Debug)]
pub(crate) struct Gate(watch::Sender<State>);

impl Gate {
    pub fn new() -> Gate {
        Gate(watch::Sender::new(State::Running))
    }

    /// Returns at once, or when the process runs again, or never.
    pub async fn pass(&self) {
        let mut state = self.0.subscribe();
        if state.wait_for(|state| *state == State::Running).await.is_err() {
            std::future::pending().await
        }
    }

    /// Returns when the process is dead.
    pub async fn dead(&self) {
        let mut state = self.0.subscribe();
        if state.wait_for(|state| *state == State::Dead).await.is_err() {
            std::future::pending().await
        }
    }

    pub fn is_dead(&self) -> bool {
        *self.0.borrow() == State::Dead
    }

    pub fn kill(&self) {
        self.0.send_replace(State::Dead);
    }

    /// Stops it, or lets it go on; the dead stay dead.
    pub fn stop(&self, stopped: bool) {
        let to = if stopped { State::Stopped } else { State::Running };
        self.0.send_if_modified(|state| {
            let may = *state != State::Dead && *state != to;
            if may {
                *state = to;
            }
            may
        });
    }
}
