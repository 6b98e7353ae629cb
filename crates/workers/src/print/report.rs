//! Telling the state what became of a slip.

use super::PrintDesk;
use domain::floor::{FloorAnswer, FloorCommand, Reject};
use engine::Refused;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two tries to write down what a printer said.
const PAUSE: Duration = Duration::from_millis(500);

impl PrintDesk {
    /// Says something to the floor until it is heard or refused; nothing once the house stops. What a printer has done is known
    /// only here: it isn't let go because the journal couldn't be written for a moment.
    pub(super) async fn say(&self, command: FloorCommand, stop: &CancellationToken) -> Option<Result<FloorAnswer, Reject>> {
        let request = self.store.fresh_request();
        loop {
            match self.store.submit_floor(request.clone(), command.clone()).await {
                Ok(answer) => return Some(Ok(answer)),
                Err(Refused::Reject(reject)) => return Some(Err(reject)),
                Err(Refused::Busy | Refused::Unavailable | Refused::Unknown) if !stop.is_cancelled() => {
                    tracing::warn!(?command, "what became of a slip could not be written down; it will be tried again");
                }
                Err(refused) => {
                    tracing::error!(?refused, ?command, "what became of a slip could not be written down");
                    return None;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The same, where a refusal only means that the state has moved on.
    pub(super) async fn say_if_still_so(&self, command: FloorCommand, stop: &CancellationToken) -> bool {
        match self.say(command, stop).await {
            Some(Ok(_)) => true,
            Some(Err(reject)) => {
                tracing::debug!(?reject, "the slip has moved on");
                false
            }
            None => false,
        }
    }
}
