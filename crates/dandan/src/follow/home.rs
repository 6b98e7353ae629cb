//! The first box's end: ships every commit to followers that have the house's key, and stops when one of them has taken over.

use super::{MARK_BYTES, fence, follower_text};
use crate::replica::{HomeStreams, node_of, wire_of};
use api::{App, Problem};
use async_trait::async_trait;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::{RandomIds, SystemClock};
use journal::{StoreKey, Stream, StreamKey};
use link::{Acceptor, Houses, Lines, Local, NoNeeds, NodeId, Nodes, Quarantine, Rhythm, Status, Trouble};
use parking_lot::Mutex;
use seal::PublicKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Followers of this house.
pub struct Followed {
    app: Arc<App>,
    folder: PathBuf,
    acceptor: Acceptor,
    keys: Arc<Keys>,
}

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Followed").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The addresses at which followers come in.
pub fn routes(app: Arc<App>, folder: PathBuf) -> anyhow::Result<Router> {
    let streams = HomeStreams::new(app.store.clone());
    let local = Local {
        store: StoreKey(app.store.id().0),
        journal: app.store.journal().clone(),
        streams: streams.clone(),
        needs: Arc::new(NoNeeds),
        clock: Arc::new(SystemClock::new("UTC")?),
        status: Status::new(),
    };
    let keys = Arc::new(Keys::default());
    let acceptor =
        Acceptor::new(keys.clone(), Arc::new(OneHouse(local)), Lines::default(), Arc::new(RandomIds), Rhythm::default());
    let stop = app.stop.clone();
    app.tasks.spawn(async move { streams.notice(&stop).await });
    let followed = Arc::new(Followed { app, folder, acceptor, keys });
    Ok(Router::new()
        .route("/follower/{key}/{mark}", get(follow))
        .route("/fence/{epochs}/{mark}", post(fenced))
        .with_state(followed))
}

async fn follow(
    State(home): State<Arc<Followed>>,
    Path((key, mark)): Path<(String, String)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let genuine = mark.len() == 2 * MARK_BYTES && home.app.signer.is_mark(&follower_text(home.app.store.id(), &key), &mark);
    let (true, Ok(key)) = (genuine, key.parse::<PublicKey>()) else {
        return Problem::new("not_signed_in", "this follower doesn't have the house's keys.toml").into_response();
    };
    let node = node_of(&key);
    home.keys.0.lock().insert((home.app.store.id().0, node), key);
    upgrade.max_message_size(link::LARGEST).on_upgrade(move |socket| async move {
        tracing::info!(?node, "a follower has come");
        let ended = home.acceptor.serve(wire_of(socket), home.app.stop.cancelled()).await;
        tracing::info!(?node, %ended, "a follower is gone");
    })
}

/// A follower has taken over, and says under which epochs.
async fn fenced(State(home): State<Arc<Followed>>, Path((epochs, mark)): Path<(String, String)>) -> Response {
    let store = home.app.store.id();
    let genuine = mark.len() == 2 * MARK_BYTES && home.app.signer.is_mark(&fence::text(store, &epochs), &mark);
    let Some(theirs) = fence::read_epochs(&epochs).filter(|_| genuine) else {
        return Problem::new("not_signed_in", "this box doesn't have the house's keys.toml").into_response();
    };
    for (stream, theirs) in Stream::ALL.into_iter().zip(theirs) {
        let mine = match home.app.store.journal().head(StreamKey::new(StoreKey(store.0), stream)).await {
            Ok(head) => head.epoch,
            Err(_) => return Problem::new("unavailable", "the journal can't be read now").retry_after(2).into_response(),
        };
        if mine >= theirs {
            return Problem::new("not_allowed", "this box's epoch is not below; both must be looked at").into_response();
        }
    }
    match fence::stop_for_good(&home.folder, &epochs) {
        Ok(()) => {
            tracing::error!("another box has taken this shop over; this one stops for good");
            home.app.stop.cancel();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "another box has taken this shop over, and it can't be written down");
            Problem::new("unavailable", "it can't be written down").retry_after(2).into_response()
        }
    }
}

/// The keys of followers that came with the house's mark.
#[derive(Debug, Default)]
struct Keys(Mutex<BTreeMap<(u128, NodeId), PublicKey>>);

#[async_trait]
impl Nodes for Keys {
    async fn key_of(&self, store: StoreKey, node: NodeId) -> Option<PublicKey> {
        self.0.lock().get(&(store.0, node)).copied()
    }

    async fn quarantine(&self, found: Quarantine) {
        // It is refused each time for the same reason; there is nothing to remember.
        tracing::error!(node = ?found.node, why = %found.why, "a follower's copy can't be of this journal; empty its folder");
    }

    async fn is_quarantined(&self, _: StoreKey, _: NodeId, _: u128) -> Option<Trouble> {
        None
    }
}

#[derive(Debug)]
struct OneHouse(Local);

#[async_trait]
impl Houses for OneHouse {
    async fn local(&self, store: StoreKey) -> Option<Local> {
        (self.0.store == store).then(|| self.0.clone())
    }
}
