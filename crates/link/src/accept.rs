//! The acceptor's end: who may come in, and what happens to those who come twice.

use crate::frame::{Challenge, Frame, Hello, Introduction, Parting, Stand, Welcome};
use crate::hello::{in_time, introduction, next, to_sign};
use crate::local::{Local, NodeId};
use crate::outbox::{last_word, send};
use crate::present::{Presence, Present};
use crate::pulse::Rhythm;
use crate::session::{Session, Side};
use crate::stands::{self, Work};
use crate::wire::Wire;
use crate::{Ended, Lines, Nodes, Quarantine, Trouble};
use async_trait::async_trait;
use engine::IdSource;
use journal::StoreKey;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use tokio::time::Instant;

/// The stores whose nodes may dial in.
#[async_trait]
pub trait Houses: fmt::Debug + Send + Sync + 'static {
    /// This end's part of a store; nothing if it has none. The same store has the same [`Status`](crate::Status) each time.
    async fn local(&self, store: StoreKey) -> Option<Local>;
}

/// Accepts connections, one call of [`Acceptor::serve`] each. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Acceptor {
    nodes: Arc<dyn Nodes>,
    houses: Arc<dyn Houses>,
    lines: Lines,
    ids: Arc<dyn IdSource>,
    rhythm: Rhythm,
    present: Present,
}

/// A dialer that proved who it is.
struct Guest {
    who: Introduction,
    local: Local,
}

impl Guest {
    fn node(&self) -> (StoreKey, NodeId) {
        (self.local.store, self.who.node)
    }
}

/// A dialer that isn't let in, and whose it is, if it proved that.
struct Refusal {
    guest: Option<Guest>,
    ended: Ended,
}

impl From<Ended> for Refusal {
    fn from(ended: Ended) -> Refusal {
        Refusal { guest: None, ended }
    }
}

impl Acceptor {
    /// Accepts the nodes in the book for these houses.
    pub fn new(nodes: Arc<dyn Nodes>, houses: Arc<dyn Houses>, lines: Lines, ids: Arc<dyn IdSource>, rhythm: Rhythm) -> Acceptor {
        Acceptor { nodes, houses, lines, ids, rhythm, present: Present::default() }
    }

    /// Serves one connection until it ends, or until `stop` does.
    pub async fn serve(&self, mut wire: Wire, stop: impl Future<Output = ()> + Send) -> Ended {
        let asked = Instant::now();
        let admitted = match in_time(async { Ok(self.admit(&mut wire).await) }).await {
            Ok(Ok(admitted)) => admitted,
            Ok(Err(Refusal { guest, ended })) => {
                self.turn_away(&mut wire, guest, &ended).await;
                return ended;
            }
            Err(ended) => return ended,
        };
        let (guest, work, presence) = admitted;
        let session =
            Session { local: &guest.local, lines: &self.lines, rhythm: self.rhythm, side: Side::Acceptor, work, proven: asked };
        let until = async {
            tokio::select! { biased;
                by = presence.succeeded() => match by == guest.who.life {
                    true => Ended::Succeeded,
                    false => Ended::Trouble(Trouble::Replaced),
                },
                () = stop => Ended::Stopped,
            }
        };
        let ended = session.live(wire, until).await;
        if let Some(trouble) = ended.trouble() {
            self.note(&guest, trouble).await;
        }
        ended
    }

    async fn admit(&self, wire: &mut Wire) -> Result<(Guest, Vec<Work>, Presence), Refusal> {
        let mut guest = self.know(wire).await?;
        match self.let_in(wire, &mut guest).await {
            Ok((work, presence)) => Ok((guest, work, presence)),
            Err(ended) => Err(Refusal { guest: Some(guest), ended }),
        }
    }

    /// Has the dialer prove who it is.
    async fn know(&self, wire: &mut Wire) -> Result<Guest, Ended> {
        let nonce = self.ids.seed();
        send(&mut *wire.out, &Frame::Challenge(Challenge { nonce })).await?;
        let Frame::Hello(Hello { introduction: signed, signature }) = next(&mut *wire.inc).await? else {
            return Err(Ended::Trouble(Trouble::Nonsense));
        };
        let who = introduction(&signed)?;
        let store = StoreKey(who.store);
        let unknown = Ended::Trouble(Trouble::UnknownNode);
        let key = self.nodes.key_of(store, who.node).await.ok_or(unknown.clone())?;
        if !key.verify(&to_sign(&nonce, &signed), &signature) {
            return Err(unknown);
        }
        let local = self.houses.local(store).await.ok_or(unknown)?;
        Ok(Guest { who, local })
    }

    /// Compares the streams, ends an older connection of the same node, and says welcome.
    async fn let_in(&self, wire: &mut Wire, guest: &mut Guest) -> Result<(Vec<Work>, Presence), Ended> {
        let (store, node) = guest.node();
        if let Some(why) = self.nodes.is_quarantined(store, node, guest.who.life).await {
            tracing::info!(?store, node = ?node, %why, "a node in quarantine dialed");
            return Err(Ended::Trouble(why));
        }
        if self.present.was_succeeded(guest.node(), guest.who.life) {
            return Err(Ended::Trouble(Trouble::Replaced));
        }
        self.compare(wire, guest).await?;
        let presence = self.present.enter(guest.node(), guest.who.life).await;
        // The older connection may have taken something until its end.
        let (stands, work) = self.compare(wire, guest).await?;
        let lease_ms = u64::try_from(self.rhythm.lease.as_millis()).unwrap_or(u64::MAX);
        let welcome = Welcome { stands, lease_ms, now_ms: guest.local.clock.now_ms() };
        send(&mut *wire.out, &Frame::Welcome(welcome)).await?;
        presence.settle();
        Ok((work, presence))
    }

    /// Compares the streams. What a dialer says of itself may have been on its way for long, and more have come from it meanwhile by
    /// another connection, here or at another node. So before it is called behind it is asked once more, and what it says then is
    /// compared with what was here before it was asked.
    async fn compare(&self, wire: &mut Wire, guest: &mut Guest) -> Result<(Vec<Stand>, Vec<Work>), Ended> {
        let mine = stands::of(&guest.local).await.map_err(Ended::Journal)?;
        let mut work = stands::compare(&guest.local, &mine, &guest.who.stands).await.map_err(Ended::Journal)?;
        if matches!(work, Err(Trouble::Behind { .. })) {
            let again = self.know(wire).await?;
            if (again.node(), again.who.life) != (guest.node(), guest.who.life) {
                return Err(Ended::Trouble(Trouble::Nonsense));
            }
            *guest = again;
            work = stands::compare(&guest.local, &mine, &guest.who.stands).await.map_err(Ended::Journal)?;
        }
        Ok((mine, work.map_err(Ended::Trouble)?))
    }

    async fn turn_away(&self, wire: &mut Wire, guest: Option<Guest>, ended: &Ended) {
        tracing::info!(%ended, "a connection was not accepted");
        let parting = match ended.trouble() {
            Some(trouble) => Parting::over(trouble),
            None => Parting::friendly("not now"),
        };
        last_word(&mut *wire.out, &Frame::Refused(parting)).await;
        let (Some(guest), Some(trouble)) = (guest, ended.trouble()) else { return };
        self.note(&guest, trouble).await;
        if !self.present.is_there(guest.node()) {
            guest.local.status.cut_off(guest.local.clock.now_ms(), Some(trouble), &trouble.to_string());
        }
    }

    /// Writes down what a person must look at before this life of the node comes in again.
    async fn note(&self, guest: &Guest, why: Trouble) {
        let (store, node) = guest.node();
        if !why.is_grave() {
            return;
        }
        tracing::error!(?store, ?node, %why, "node put in quarantine");
        let at_ms = guest.local.clock.now_ms();
        self.nodes.quarantine(Quarantine { store, node, life: guest.who.life, why, at_ms }).await;
    }
}
