//! The stores that have a box of their own: who they are, how they are reached, and what waits for them while they are cut off.

use super::book::{Book, key};
use anyhow::{Context, ensure};
use api::KeptSince;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use domain::StoreId;
use ring::digest::{SHA256, digest};
use seal::PublicKey;
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// How long an invitation is good. Units: milliseconds.
pub(super) const INVITED_MS: i64 = 24 * 60 * 60 * 1000;
/// How long what is known of a store counts, and of how many stores it is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);
const MOST_REMEMBERED: usize = 20_000;
/// How many notices may wait for one store; whoever sends more is told to come again.
const MOST_WAITING: i64 = 2_000;
/// How many are brought at once.
const BROUGHT: i64 = 50;
const INVITE: &str = "INSERT INTO cloud_box VALUES ($1, '', $2, $3, $4, $5) ON CONFLICT (store_id) DO UPDATE \
     SET code_hash = excluded.code_hash, until_ms = excluded.until_ms, wifi = excluded.wifi, lan_url = excluded.lan_url";
const JOIN: &str = "UPDATE cloud_box SET public_key = $3, code_hash = '' WHERE store_id = $1 AND code_hash = $2 AND until_ms >= $4 \
     RETURNING store_id";
const KEEP: &str = "INSERT INTO cloud_inbox SELECT $1, $2, $3, $4, $5, $6 \
     WHERE (SELECT count(*) FROM cloud_inbox WHERE store_id = $1) < $7 ON CONFLICT (store_id, digest) DO NOTHING";
/// In one statement: a store that is moved between the two is never in neither.
const KIND: &str = "SELECT public_key, wifi, lan_url, true FROM cloud_box WHERE store_id = $1 \
     UNION ALL SELECT time_zone, '', '', false FROM cloud_store WHERE store_id = $1";
const WAITING: &str =
    "SELECT digest, path, headers, body, received_ms FROM cloud_inbox WHERE store_id = $1 ORDER BY received_ms, digest LIMIT $2";

/// A store with a box.
#[derive(Clone, Debug)]
pub struct BoxStore {
    /// How it signs; nothing before it has joined.
    pub key: Option<PublicKey>,
    /// The shop's Wi-Fi, for who can't reach it from outside.
    pub wifi: String,
    /// Where the box is reached on it.
    pub lan_url: String,
}

/// What a store is to the cloud.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Decided here; its time zone.
    Cloud(String),
    /// Decided by a box of its own.
    Box(BoxStore),
    Unknown,
}

/// A notice that waits for its store.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub digest: Vec<u8>,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it came. Units: UTC milliseconds.
    pub received_ms: i64,
}

impl Waiting {
    /// The notice as the channel sent it, and when.
    pub fn request(&self) -> anyhow::Result<Request<Body>> {
        let mut request = Request::post(&self.path).extension(KeptSince(self.received_ms));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Ok(request.body(self.body.clone().into())?)
    }
}

impl Book {
    /// Invites a box for a store: the code that lets it join, once, within a day.
    pub async fn invite(&self, store: StoreId, wifi: &str, lan_url: &str, now_ms: i64) -> anyhow::Result<String> {
        ensure!(self.time_zone(store).await?.is_none(), "this store is decided in the cloud; it can't have a box too");
        let code = fresh_code(store)?;
        self.rows(INVITE, &[&key(store), &hash(&code), &(now_ms + INVITED_MS), &wifi, &lan_url]).await?;
        Ok(code)
    }

    /// Lets a box in; false where the code isn't good any more.
    pub async fn join(&self, store: StoreId, code: &str, public_key: &PublicKey, now_ms: i64) -> anyhow::Result<bool> {
        Ok(!self.rows(JOIN, &[&key(store), &hash(code), &public_key.to_string(), &now_ms]).await?.is_empty())
    }

    /// A store's box; nothing where it has none.
    pub async fn box_of(&self, store: StoreId) -> anyhow::Result<Option<BoxStore>> {
        let rows = self.rows("SELECT public_key, wifi, lan_url FROM cloud_box WHERE store_id = $1", &[&key(store)]).await?;
        Ok(rows.first().map(box_in))
    }

    /// What a store is here, asked of the database every few seconds only: stores seldom come or change, and strangers may ask for any.
    pub async fn kind_of(&self, store: StoreId) -> anyhow::Result<Kind> {
        let known = self.kinds.lock().get(&store).filter(|(at, _)| at.elapsed() < REMEMBERED).map(|(_, kind)| kind.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let rows = self.rows(KIND, &[&key(store)]).await?;
        let kind = match (rows.iter().find(|row| row.get(3)), rows.first()) {
            (Some(shop), _) => Kind::Box(box_in(shop)),
            (None, Some(cloud)) => Kind::Cloud(cloud.get(0)),
            (None, None) => Kind::Unknown,
        };
        let mut kinds = self.kinds.lock();
        if kinds.len() >= MOST_REMEMBERED {
            kinds.clear();
        }
        kinds.insert(store, (Instant::now(), kind.clone()));
        Ok(kind)
    }

    /// Keeps a notice for a store that is cut off, durably.
    ///
    /// # Errors
    /// When it is not kept.
    pub async fn keep_notice(
        &self,
        store: StoreId,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let headers: Vec<(&str, &str)> =
            headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let headers = serde_json::to_string(&headers)?;
        let (digest, body) = (digest(&SHA256, body).as_ref().to_vec(), body.to_vec());
        self.rows(KEEP, &[&key(store), &digest, &now_ms, &path, &headers, &body, &MOST_WAITING]).await?;
        let kept = self.rows("SELECT 1 FROM cloud_inbox WHERE store_id = $1 AND digest = $2", &[&key(store), &digest]).await?;
        ensure!(!kept.is_empty(), "{MOST_WAITING} notices wait for this store already");
        Ok(())
    }

    /// The oldest notices that wait for a store.
    pub async fn waiting(&self, store: StoreId) -> anyhow::Result<Vec<Waiting>> {
        let rows = self.rows(WAITING, &[&key(store), &BROUGHT]).await?;
        rows.iter()
            .map(|row| {
                let headers: String = row.get(2);
                let headers = serde_json::from_str(&headers).context("a kept notice can't be read")?;
                Ok(Waiting { digest: row.get(0), path: row.get(1), headers, body: row.get(3), received_ms: row.get(4) })
            })
            .collect()
    }

    /// A notice has reached its store.
    pub async fn delivered(&self, store: StoreId, digest: &[u8]) -> anyhow::Result<()> {
        self.rows("DELETE FROM cloud_inbox WHERE store_id = $1 AND digest = $2", &[&key(store), &digest]).await.map(drop)
    }
}

/// The box in a row of public key, Wi-Fi and address.
fn box_in(row: &Row) -> BoxStore {
    let public_key: String = row.get(0);
    BoxStore { key: public_key.parse().ok(), wifi: row.get(1), lan_url: row.get(2) }
}

/// A code nobody can guess that lets a box join.
pub(super) fn fresh_code(store: StoreId) -> anyhow::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(format!("{store}.{}", hex::encode(random)))
}

pub(super) fn hash(code: &str) -> Vec<u8> {
    digest(&SHA256, code.as_bytes()).as_ref().to_vec()
}
