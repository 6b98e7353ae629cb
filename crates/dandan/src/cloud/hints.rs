//! "Store X has something new": told to the other nodes after a commit. A hint that gets lost costs half a second, nothing else.

use anyhow::Context;
use async_trait::async_trait;
use domain::StoreId;
use futures::StreamExt as _;
use journal::Stream;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Where hints go; the store and the stream follow.
const SUBJECT: &str = "dandan.hint";
/// How many hints may wait to be looked at; more are dropped.
const WAITING: usize = 4096;

/// A hint.
pub type Hint = (StoreId, Stream);

/// The way hints take.
#[async_trait]
pub trait Hints: fmt::Debug + Send + Sync {
    /// Tells the other nodes. Never waits, never fails: a hint is not worth it.
    async fn tell(&self, hint: Hint);
    /// What the other nodes tell.
    async fn follow(&self) -> mpsc::Receiver<Hint>;
}

/// Hints over NATS, or none.
pub async fn connect(url: Option<&str>) -> anyhow::Result<Arc<dyn Hints>> {
    let Some(url) = url else { return Ok(Arc::new(Silent)) };
    let options = async_nats::ConnectOptions::new()
        .name("dandan")
        // A node starts and serves without NATS: it is there when it is there.
        .retry_on_initial_connect()
        .connection_timeout(Duration::from_secs(3));
    let client = options.connect(url).await.with_context(|| "the NATS address has a mistake")?;
    Ok(Arc::new(Nats { client }))
}

/// No hints: copies look by themselves.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl Hints for Silent {
    async fn tell(&self, _: Hint) {}

    async fn follow(&self) -> mpsc::Receiver<Hint> {
        mpsc::channel(1).1
    }
}

struct Nats {
    client: async_nats::Client,
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nats")
    }
}

#[async_trait]
impl Hints for Nats {
    async fn tell(&self, (store, stream): Hint) {
        // While NATS is away the client would keep hints for later, when they are worth nothing.
        if self.client.connection_state() == async_nats::connection::State::Connected {
            let subject = format!("{SUBJECT}.{store}.{}", stream.name());
            let _ = self.client.publish(subject, bytes::Bytes::new()).await;
        }
    }

    async fn follow(&self) -> mpsc::Receiver<Hint> {
        let (tell, told) = mpsc::channel(WAITING);
        let client = self.client.clone();
        tokio::spawn(async move {
            let Ok(mut messages) = client.subscribe(format!("{SUBJECT}.>")).await else { return };
            while let Some(message) = messages.next().await {
                if let Some(hint) = read(&message.subject) {
                    let _ = tell.try_send(hint);
                }
                if tell.is_closed() {
                    return;
                }
            }
        });
        told
    }
}

fn read(subject: &str) -> Option<Hint> {
    let (store, stream) = subject.strip_prefix(SUBJECT)?.strip_prefix('.')?.split_once('.')?;
    let stream = Stream::ALL.into_iter().find(|known| known.name() == stream)?;
    Some((store.parse().ok()?, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_from_its_subject() {
        let store = StoreId(7);
        assert_eq!(read(&format!("{SUBJECT}.{store}.money")), Some((store, Stream::Money)));
        for odd in ["", "dandan.hint", "dandan.hint.7.floor.x", "dandan.hint..floor", "other.hint.7.floor"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
