//! Commands over a link: to the home, and at the home.

use crate::frame::{Command, Frame};
use crate::lines::{IN_FLIGHT, Lines, answer};
use crate::local::{Local, Role};
use crate::outbox::Outbox;
use async_trait::async_trait;
use engine::{Answered, Relay, Relayed, SubmitError, Written};
use journal::{CommandId, StreamKey};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The engine's way to homes elsewhere: over whichever connection leads there now, or not at all.
#[derive(Clone, Debug)]
pub struct LinkRelay {
    lines: Lines,
}

impl LinkRelay {
    /// Relays over these lines.
    pub fn new(lines: Lines) -> LinkRelay {
        LinkRelay { lines }
    }
}

#[async_trait]
impl Relay for LinkRelay {
    async fn relay(&self, key: StreamKey, command: Relayed) -> Result<Answered, SubmitError> {
        match self.lines.to(key) {
            Some(line) => line.ask(key.stream, command).await,
            None => Err(SubmitError::Unavailable),
        }
    }
}

/// The home's side: carries out what the other end relays.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    local: Local,
    out: Outbox,
    free: Arc<Semaphore>,
}

impl Desk {
    pub fn new(local: Local, out: Outbox) -> Desk {
        Desk { local, out, free: Arc::new(Semaphore::new(IN_FLIGHT)) }
    }

    /// Carries out a command, on its own: once begun it isn't broken off because the connection is.
    pub fn take(&self, command: Command) {
        let request = command.request;
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            let _ = self.out.urgent.try_send(answer(request, Err(SubmitError::Busy)));
            return;
        };
        let desk = self.clone();
        tokio::spawn(async move {
            let result = desk.carry_out(command).await;
            let frame: Frame = answer(request, result);
            // Without a connection the answer is lost; whoever asked asks again with the same id.
            let _ = desk.out.urgent.send(frame).await;
            drop(place);
        });
    }

    async fn carry_out(&self, command: Command) -> Result<Answered, SubmitError> {
        let Command { stream, id, fingerprint, by, command, .. } = command;
        if self.local.streams.role(stream) != Role::Home {
            return Err(SubmitError::Stopped);
        }
        let by = match by {
            None => None,
            // A sender that can't be read must not become "the house itself".
            Some(bytes) => Some(Written::of_bytes(&bytes).ok_or(SubmitError::Internal)?),
        };
        let relayed = Relayed { id: CommandId(id), fingerprint, by, command };
        self.local.streams.submit(self.local.key(stream), relayed).await
    }
}
