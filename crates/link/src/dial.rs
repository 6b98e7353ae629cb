//! The dialer's end: connects, again and again.

use crate::frame::{Challenge, Frame, Hello, Introduction, Parting, Stand, Welcome};
use crate::hello::{give_up, in_time, next, to_sign};
use crate::local::{Local, NodeId, Role};
use crate::outbox::send;
use crate::pulse::Rhythm;
use crate::session::{Session, Side};
use crate::stands::{self, Work};
use crate::wire::{Wire, WireError};
use crate::{Ended, Lines, Trouble};
use async_trait::async_trait;
use engine::IdSource;
use journal::Stream;
use seal::NodeKey;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two tries at least.
const SHORTEST: Duration = Duration::from_millis(500);
/// Between two tries at most.
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that lived so long was a good one: the next try comes soon.
const HEALTHY: Duration = Duration::from_secs(10);
/// Connecting, without the handshake, takes no longer.
const CONNECT: Duration = Duration::from_secs(10);
/// The lease the acceptor may grant.
const LEASES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Makes connections to the other node.
#[async_trait]
pub trait Connect: fmt::Debug + Send + Sync + 'static {
    /// Makes one.
    ///
    /// # Errors
    /// If it can't be made; it will be tried again.
    async fn connect(&self) -> Result<Wire, WireError>;
}

/// Keeps one connection to the other node.
#[derive(Debug)]
pub struct Dialer {
    node: NodeId,
    life: u128,
    key: Arc<NodeKey>,
    local: Local,
    lines: Lines,
    connect: Arc<dyn Connect>,
    ids: Arc<dyn IdSource>,
    rhythm: Rhythm,
}

impl Dialer {
    /// Dials as this node. Make one per start of the process: each is another life.
    pub fn new(
        node: NodeId,
        key: Arc<NodeKey>,
        local: Local,
        lines: Lines,
        connect: Arc<dyn Connect>,
        ids: Arc<dyn IdSource>,
        rhythm: Rhythm,
    ) -> Dialer {
        let mut life = [0; 16];
        life.copy_from_slice(&ids.seed()[..16]);
        Dialer { node, life: u128::from_be_bytes(life), key, local, lines, connect, ids, rhythm }
    }

    /// Keeps a connection until `stop` ends.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        tokio::select! { biased;
            () = self.dial(stop) => {}
            () = self.show_heads() => {}
        }
    }

    /// Shows how far the streams are that have their home here, for ever: what isn't sent is of most interest while there is no link.
    async fn show_heads(&self) {
        loop {
            for stream in Stream::ALL.into_iter().filter(|stream| self.local.streams.role(*stream) == Role::Home) {
                // A journal that can't be read now is looked at again.
                if let Ok(head) = self.local.journal.head(self.local.key(stream)).await {
                    self.local.status.progress(stream, |progress| {
                        (progress.here, progress.epoch) = (progress.here.max(head.seq), progress.epoch.max(head.epoch));
                    });
                }
            }
            tokio::time::sleep(self.rhythm.look).await;
        }
    }

    async fn dial(&self, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            let ended = self.once(&mut stop).await;
            if ended == Ended::Stopped {
                return;
            }
            self.note(&ended);
            failures = if begun.elapsed() >= HEALTHY { 0 } else { failures + 1 };
            tokio::select! { biased;
                () = &mut stop => return,
                () = tokio::time::sleep(self.pause(failures, ended.trouble())) => {}
            }
        }
    }

    fn note(&self, ended: &Ended) {
        match ended.trouble() {
            Some(trouble) => tracing::error!(store = ?self.local.store, %trouble, "the link is refused"),
            None => tracing::info!(store = ?self.local.store, %ended, "no link"),
        }
        self.local.status.cut_off(self.local.clock.now_ms(), ended.trouble(), &ended.to_string());
    }

    /// Anything between the shortest pause and one that doubles: nodes that lost their link together don't come back together.
    fn pause(&self, failures: u32, trouble: Option<Trouble>) -> Duration {
        let longest = match trouble {
            Some(_) => LONGEST,
            None => (SHORTEST * 2_u32.saturating_pow(failures.min(16))).min(LONGEST),
        };
        let mut random = [0; 4];
        random.copy_from_slice(&self.ids.seed()[..4]);
        let part = f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX);
        SHORTEST + (longest - SHORTEST).mul_f64(part)
    }

    async fn once(&self, stop: &mut (impl Future<Output = ()> + Send + Unpin)) -> Ended {
        let made = tokio::select! { biased;
            () = &mut *stop => return Ended::Stopped,
            made = in_time(self.meet()) => made,
        };
        let (wire, work, rhythm, proven) = match made {
            Ok(made) => made,
            Err(ended) => return ended,
        };
        let session = Session { local: &self.local, lines: &self.lines, rhythm, side: Side::Dialer, work, proven };
        session
            .live(wire, async {
                stop.await;
                Ended::Stopped
            })
            .await
    }

    async fn meet(&self) -> Result<(Wire, Vec<Work>, Rhythm, Instant), Ended> {
        let connected = tokio::time::timeout(CONNECT, self.connect.connect()).await;
        let mut wire = connected.map_err(|_| Ended::Handshake("nobody answers"))??;
        let Frame::Challenge(challenge) = next(&mut *wire.inc).await? else {
            return Err(Ended::Trouble(Trouble::Nonsense));
        };
        let mut asked = Instant::now();
        let mut stands = self.introduce(&mut wire, challenge).await?;
        let welcome = loop {
            match next(&mut *wire.inc).await? {
                Frame::Welcome(welcome) => break welcome,
                // What was said came late, and is to be said once more.
                Frame::Challenge(challenge) => {
                    asked = Instant::now();
                    stands = self.introduce(&mut wire, challenge).await?;
                }
                Frame::Refused(parting) => return Err(Ended::Parted { trouble: parting.trouble, words: parting.words }),
                _ => return Err(Ended::Trouble(Trouble::Nonsense)),
            }
        };
        let Welcome { stands: theirs, lease_ms, .. } = welcome;
        let compared = stands::compare(&self.local, &stands, &theirs).await.map_err(Ended::Journal)?;
        let work = match compared {
            Ok(work) => work,
            Err(trouble) => {
                give_up(&mut wire, Parting::over(trouble)).await;
                return Err(Ended::Trouble(trouble));
            }
        };
        let lease = Duration::from_millis(lease_ms).clamp(LEASES.0, LEASES.1);
        Ok((wire, work, Rhythm { lease, ..self.rhythm }, asked))
    }

    /// Says who this is and where its streams stand, signed for this question.
    async fn introduce(&self, wire: &mut Wire, challenge: Challenge) -> Result<Vec<Stand>, Ended> {
        let stands = stands::of(&self.local).await.map_err(Ended::Journal)?;
        let who = Introduction { store: self.local.store.0, node: self.node, life: self.life, stands: stands.clone() };
        let mut introduction = Vec::new();
        crate::codec::write(&who, &mut introduction).map_err(WireError::Frame)?;
        let signature = self.key.sign(&to_sign(&challenge.nonce, &introduction));
        send(&mut *wire.out, &Frame::Hello(Hello { introduction, signature })).await?;
        Ok(stands)
    }
}
