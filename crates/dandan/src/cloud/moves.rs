//! A store's home is moved into the cloud, or out of it. Each move is one statement, so that a store is never in two places in the book.

use super::book::{Book, key};
use super::boxes::{INVITED_MS, fresh_code, hash};
use super::front;
use super::node::Node;
use crate::home::to_cloud::{End, HandOver, PURPOSE};
use crate::keys::HouseKeys;
use anyhow::{Context, ensure};
use api::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::StoreId;
use journal::{Journal, StoreKey, Stream, StreamKey};
use std::sync::Arc;

/// What a store's secrets are locked away for.
const SECRETS: &str = "a store's secrets";
/// So many starts of a box may have gone unheard.
const EPOCHS_AHEAD: u64 = 1_000;
const WRITE_DOWN: &str = "INSERT INTO cloud_act VALUES ($1, $2, $3, $4, $5) ON CONFLICT (store_id, at_ms) DO NOTHING";
const GIVE_TO_BOX: &str = "WITH gone AS (DELETE FROM cloud_store WHERE store_id = $1 RETURNING store_id) \
     INSERT INTO cloud_box SELECT store_id, '', $2, $3, $4, $5 FROM gone ON CONFLICT (store_id) DO UPDATE \
     SET public_key = '', code_hash = excluded.code_hash, until_ms = excluded.until_ms, wifi = excluded.wifi, \
     lan_url = excluded.lan_url RETURNING store_id";
const TAKE_FROM_BOX: &str = "WITH gone AS (DELETE FROM cloud_box WHERE store_id = $1 AND public_key = $2 RETURNING store_id) \
     INSERT INTO cloud_store SELECT store_id, $3, $4 FROM gone ON CONFLICT (store_id) DO NOTHING RETURNING store_id";
const KEEP_SECRETS: &str =
    "INSERT INTO cloud_secret VALUES ($1, $2) ON CONFLICT (store_id) DO UPDATE SET locked = excluded.locked";

impl Book {
    /// Writes an act down durably.
    pub async fn write_down(&self, store: StoreId, at_ms: i64, by: &str, kind: &str, what: &str) -> anyhow::Result<()> {
        self.rows(WRITE_DOWN, &[&key(store), &at_ms, &by, &kind, &what]).await.map(drop)
    }

    /// Whether a store is decided in the cloud; asked of the database itself.
    pub async fn is_decided_here(&self, store: StoreId) -> anyhow::Result<bool> {
        let found = self.rows("SELECT 1 FROM cloud_store WHERE store_id = $1", &[&key(store)]).await?;
        Ok(!found.is_empty())
    }

    /// A store's secrets: those it has brought, or else those that follow from the cloud's.
    pub async fn keys_of(&self, cloud: &HouseKeys, store: StoreId) -> anyhow::Result<HouseKeys> {
        let rows = self.rows("SELECT locked FROM cloud_secret WHERE store_id = $1", &[&key(store)]).await?;
        let Some(row) = rows.first() else { return cloud.of_store(store) };
        let text = cloud.unlock(SECRETS, row.get(0))?;
        HouseKeys::of_text(&String::from_utf8(text)?)
    }

    /// Gives a store that is decided in the cloud to a box; the code that lets it join.
    pub async fn give_to_box(&self, store: StoreId, wifi: &str, lan_url: &str, now_ms: i64) -> anyhow::Result<String> {
        let code = fresh_code(store)?;
        let until_ms = now_ms + INVITED_MS;
        let given = self.rows(GIVE_TO_BOX, &[&key(store), &hash(&code), &until_ms, &wifi, &lan_url]).await?;
        self.kinds.lock().remove(&store);
        if given.is_empty() {
            // Given before, by an act that was cut short: nobody has joined since.
            let waits = self.box_of(store).await?.is_some_and(|shop| shop.key.is_none());
            ensure!(waits, "this store isn't decided in the cloud");
            return self.invite(store, wifi, lan_url, now_ms).await;
        }
        Ok(code)
    }
}

/// Takes a store over from its box.
pub async fn hand_over(State(node): State<Arc<Node>>, Path(store): Path<String>, told: String) -> Response {
    let unknown = || Problem::new("not_signed_in", "no box of this store has signed this").into_response();
    let Ok(store) = store.parse::<StoreId>() else { return unknown() };
    let known = match node.setup.book.box_of(store).await {
        Ok(known) => known.and_then(|shop| shop.key),
        Err(error) => return away(&error),
    };
    let Some(box_key) = known else { return again(&node, store, &told).await };
    let Some(hand_over) = read(&told, &box_key, store) else { return unknown() };
    match ends_of(node.setup.journal.as_ref(), store).await {
        Ok(here) if same(&here, &hand_over.ends) => {}
        // It may have been taken over a moment ago, by the same words sent before.
        Ok(_) => match node.setup.book.box_of(store).await {
            Ok(Some(_)) => {
                return Problem::new("not_whole", "the cloud's copy doesn't end where the box's journal does").into_response();
            }
            Ok(None) => return again(&node, store, &told).await,
            Err(error) => return away(&error),
        },
        Err(error) => return away(&error),
    }
    match take(&node, store, &box_key, &hand_over, &told).await {
        Ok(()) => {
            tokio::spawn(bring_kept(node.clone(), store));
            Json(serde_json::json!({})).into_response()
        }
        Err(error) => away(&error),
    }
}

/// What channels reported while the box was shut is the cloud's own to understand now. The desk asks the channels anyway, so what fails
/// here comes by that road.
async fn bring_kept(node: Arc<Node>, store: StoreId) {
    let Ok(waiting) = node.setup.book.waiting(store).await else { return };
    for notice in waiting {
        let Ok(request) = notice.request() else { continue };
        let status = front::to_store(&node, store, None, request, false).await.status();
        if status.is_success() || status.is_client_error() {
            let _ = node.setup.book.delivered(store, &notice.digest).await;
        }
    }
}

/// The same handing over once more, because its answer was lost.
async fn again(node: &Node, store: StoreId, told: &str) -> Response {
    let written = "SELECT 1 FROM cloud_act WHERE store_id = $1 AND kind = 'home' AND what = $2";
    match node.setup.book.rows(written, &[&key(store), &fingerprint(told)]).await {
        Ok(rows) if !rows.is_empty() => Json(serde_json::json!({})).into_response(),
        Ok(_) => Problem::new("not_signed_in", "the cloud knows of no box of this store").into_response(),
        Err(error) => away(&error),
    }
}

async fn take(node: &Node, store: StoreId, box_key: &seal::PublicKey, hand_over: &HandOver, told: &str) -> anyhow::Result<()> {
    let book = &node.setup.book;
    // Before anybody could serve it with other secrets.
    HouseKeys::of_text(&hand_over.keys).context("the keys can't be read")?;
    let locked = node.setup.keys.lock(SECRETS, hand_over.keys.as_bytes())?;
    book.rows(KEEP_SECRETS, &[&key(store), &locked]).await?;
    for end in &hand_over.ends {
        let Some(stream) = Stream::ALL.into_iter().find(|stream| stream.name() == end.stream) else { continue };
        let at = StreamKey::new(StoreKey(store.0), stream);
        // Whatever of the box is still on its way comes under an epoch that is over.
        while node.setup.journal.take_over(at).await? <= end.epoch {}
    }
    book.write_down(store, hand_over.at_ms, &hand_over.by, "home", &fingerprint(told)).await?;
    let now_ms = node.now_ms();
    let reason = serde_json::json!({ "to": "cloud", "why": hand_over.why }).to_string();
    book.write_down(store, now_ms.max(hand_over.at_ms + 1), &hand_over.by, "home-why", &reason).await?;
    let public = box_key.to_string();
    let taken = book.rows(TAKE_FROM_BOX, &[&key(store), &public, &hand_over.time_zone, &now_ms]).await?;
    ensure!(!taken.is_empty(), "another act was quicker");
    book.kinds.lock().remove(&store);
    Ok(())
}

fn read(told: &str, box_key: &seal::PublicKey, store: StoreId) -> Option<HandOver> {
    let payload = seal::open(told, PURPOSE, box_key).ok()?;
    serde_json::from_slice::<HandOver>(&payload).ok().filter(|hand_over| hand_over.store == store)
}

async fn ends_of(journal: &dyn Journal, store: StoreId) -> anyhow::Result<Vec<End>> {
    let mut ends = Vec::new();
    for stream in Stream::ALL {
        let head = journal.head(StreamKey::new(StoreKey(store.0), stream)).await?;
        let hash = hex::encode(head.hash);
        ends.push(End { stream: stream.name().to_owned(), epoch: head.epoch, seq: head.seq, hash });
    }
    Ok(ends)
}

/// Whether both end at the same events; whose epoch is higher makes no difference, but no honest one is out of reach.
fn same(here: &[End], there: &[End]) -> bool {
    let is = |end: &End, other: &End| (&other.stream, other.seq, &other.hash) == (&end.stream, end.seq, &end.hash);
    let fits = |end: &End| there.iter().any(|other| is(end, other) && other.epoch <= end.epoch + EPOCHS_AHEAD);
    here.len() == there.len() && here.iter().all(fits)
}

fn fingerprint(told: &str) -> String {
    hex::encode(hash(told))
}

fn away(error: &anyhow::Error) -> Response {
    tracing::warn!(error = format!("{error:#}"), "a store can't be taken over now");
    Problem::new("unavailable", "the store was not taken over; try again").retry_after(2).into_response()
}
