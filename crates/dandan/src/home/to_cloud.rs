//! From a box into the cloud it has joined.
//!
//! The box is shut for good first, then what the cloud lacks is sent, then the cloud is told where the journal ends and what the
//! store's keys are. It takes the store only if it has exactly that. Whatever is cut short is taken up by running the command again.

use super::Move;
use crate::follow::{act, fence};
use crate::keys::HouseKeys;
use crate::serve::House;
use crate::tunnel::{
    dial::{KEY, Membership},
    ship::Shipping,
};
use anyhow::{Context, bail, ensure};
use domain::StoreId;
use engine::{Clock as _, SystemClock};
use journal::{Stream, StreamKey};
use seal::NodeKey;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a handing over is signed for.
pub const PURPOSE: &str = "DDM1";
/// The cloud's words for: it has not taken the store, and will not. Whatever else comes back may be another's word, or come too late.
const REFUSALS: [&str; 2] = ["not_whole", "not_signed_in"];
/// How long the sending may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a box says when it hands its store over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    pub store: StoreId,
    pub time_zone: String,
    /// Where each stream ends.
    pub ends: Vec<End>,
    /// The store's secrets, as `keys.toml` has them.
    pub keys: String,
    pub by: String,
    pub why: String,
    /// UTC milliseconds.
    pub at_ms: i64,
}

/// Where a stream ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Floor, money or catalog.
    pub stream: String,
    /// The box's epoch.
    pub epoch: u64,
    /// The last event.
    pub seq: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

pub async fn run(wish: Move) -> anyhow::Result<()> {
    let membership = Membership::read(&wish.data)?.context("this box has joined no cloud: `dandan join` first")?;
    ensure!(membership.store == wish.store, "this box serves another store");
    let told = match std::fs::read_to_string(wish.data.join(fence::MOVING)) {
        Ok(told) => told,
        Err(_) => prepare(&wish, &membership).await?,
    };
    hand_over(&wish, &membership, told).await
}

/// Shuts the box, sends what the cloud lacks, and writes down what the cloud is to be told.
async fn prepare(wish: &Move, membership: &Membership) -> anyhow::Result<String> {
    fence::refuse_to_serve(&wish.data)?;
    let house = House::open(&wish.data, wish.store, "UTC").await.context("stop the box first: `dandan serve` must not run")?;
    let time_zone = house.store.catalog(|catalog| catalog.house.as_ref().map(|house| house.time_zone.clone()));
    let time_zone = time_zone.context("there is no restaurant in this folder")?;
    let sent = send(&wish.data, membership, &house).await;
    let mut ends = Vec::new();
    for stream in Stream::ALL {
        let head = house.store.journal().head(StreamKey::new(journal::StoreKey(wish.store.0), stream)).await?;
        let hash = hex::encode(head.hash);
        ends.push(End { stream: stream.name().to_owned(), epoch: head.epoch, seq: head.seq, hash });
    }
    house.store.stop().await;
    sent?;
    let hand_over = HandOver {
        store: wish.store,
        time_zone,
        ends,
        keys: toml::to_string(&HouseKeys::read(&wish.data)?)?,
        by: wish.by.clone(),
        why: wish.reason.clone(),
        at_ms: SystemClock::new("UTC")?.now_ms(),
    };
    let key = NodeKey::read(&wish.data.join(KEY)).context("node.key can't be used; join the cloud again")?;
    let told = seal::seal(&key, PURPOSE, &serde_json::to_vec(&hand_over)?);
    act::write_down(&wish.data, "home to cloud", &wish.by, &wish.reason, &membership.url)?;
    // From here on the box serves nobody, whatever becomes of the rest: where this file is, `dandan serve` refuses.
    act::keep_private(&wish.data.join(fence::MOVING), &told)?;
    Ok(told)
}

async fn send(folder: &Path, membership: &Membership, house: &House) -> anyhow::Result<()> {
    let shipping = Shipping::new(folder, membership, &house.store)?;
    let (stop, mut seen) = (CancellationToken::new(), shipping.status().watch());
    let sending = tokio::spawn(shipping.run(stop.clone()));
    let heads = house.store.heads();
    let wanted = [(Stream::Floor, heads[0]), (Stream::Money, heads[1]), (Stream::Catalog, heads[2])];
    let whole = loop {
        let now = seen.borrow_and_update().clone();
        if let Some(trouble) = now.trouble {
            break Err(anyhow::anyhow!("the cloud keeps no copy of this journal: {trouble}"));
        }
        let has = |stream: Stream| now.streams.get(&stream).map_or(0, |progress| progress.there);
        if now.connected && wanted.iter().all(|(stream, seq)| has(*stream) >= *seq) {
            break Ok(());
        }
        if tokio::time::timeout(PATIENCE, seen.changed()).await.is_err() {
            break Err(anyhow::anyhow!("the cloud can't be reached, or takes nothing: {}", now.words));
        }
    };
    stop.cancel();
    let _ = sending.await;
    whole
}

async fn hand_over(wish: &Move, membership: &Membership, told: String) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let url = format!("{}/box/{}/hand-over", membership.url, wish.store);
    let answer = http.post(url).body(told).send().await.context("no answer came; run it again")?;
    let status = answer.status();
    let words = answer.text().await.unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_str(&words).unwrap_or_default();
    if status.is_client_error() && REFUSALS.iter().any(|code| problem["code"] == *code) {
        std::fs::remove_file(wish.data.join(fence::MOVING))?;
        bail!("the cloud refused ({status}), and this box is the shop's home as before: {words}");
    }
    ensure!(status.is_success(), "the cloud could not take it ({status}); run it again: {words}");
    fence::shut(&wish.data, &format!("This shop is decided in the cloud at {} now.\n", membership.url))?;
    std::fs::remove_file(wish.data.join(fence::MOVING))?;
    println!("The shop is decided in the cloud now: {}/s/{}/", membership.url, wish.store);
    println!("Slips are printed by a box in the shop only; tills and screens are led to the cloud's address.");
    Ok(())
}
