//! Brings every store what head office wants of it, until the store says that it has it.
//!
//! A store is reached as anybody's request reaches it: here, at the node that decides for it, or in its box. A row is one node's at a
//! time, for a while; should two bring the same, the store takes it once.

use super::Office;
use super::menus::not_yet_there;
use crate::cloud::book::{key, store_of};
use crate::cloud::front;
use crate::cloud::node::Node;
use anyhow::Context;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use domain::StoreId;
use domain::catalog::{Directive, MenuRef};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What a directive is signed for.
pub const PURPOSE: &str = "DDH1";
/// How often it is looked for work, beside being told of it.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many stores are brought theirs at once.
const AT_ONCE: i64 = 16;
/// How long a store is one node's. Where it takes longer another may bring the same, which does no harm; where the node died it must.
/// Units: milliseconds.
const CLAIM_MS: i64 = 10_000;
/// The longest pause between two tries: a store whose return isn't noticed has its directive so long after it. Units: milliseconds.
const LONGEST_PAUSE_MS: i64 = 30_000;
/// The longest answer that is read.
const LARGEST_ANSWER: usize = 256 * 1024;
/// How much is kept of what a store had to say.
const LONGEST_DETAIL: usize = 500;
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)"
    };
}
const DUE: &str = concat!(
    "SELECT store_id FROM office_directive WHERE followed < number AND next_ms <= ",
    now!(),
    " AND claimed_ms < ",
    now!(),
    " ORDER BY next_ms LIMIT $1"
);
const CLAIM: &str = concat!(
    "UPDATE office_directive SET claimed_ms = ",
    now!(),
    " + $2 WHERE store_id = $1 AND followed < number AND claimed_ms < ",
    now!(),
    " RETURNING number, wish, menus, brand, tries"
);
/// Never back: a slower node may report of an older one. `next_ms` stays, so that a newer wish goes at once.
const FOLLOWED: &str = "UPDATE office_directive SET followed = $2, delivered_ms = $3, menus = $4, trouble = '', tries = 0, \
     claimed_ms = 0 WHERE store_id = $1 AND followed < $2";
/// The store knows a higher number than is kept here: the cloud's database was put back to an older day.
const OUTNUMBERED: &str = "UPDATE office_directive SET number = $3, next_ms = 0, claimed_ms = 0 \
     WHERE store_id = $1 AND number = $2 AND followed < $2";
const LATER: &str = concat!(
    "UPDATE office_directive SET trouble = $3, menus = $4, tries = tries + 1, claimed_ms = 0, next_ms = CASE WHEN number = $2 THEN ",
    now!(),
    " + $5 ELSE 0 END WHERE store_id = $1 AND followed < $2"
);
const WAKE: &str = "UPDATE office_directive SET next_ms = 0, tries = 0 WHERE store_id = $1 AND followed < number";

/// What a store is to be brought.
struct Parcel {
    number: i64,
    wish: Directive,
    /// Menus it has been brought before, by hash.
    there: BTreeSet<String>,
    brand: String,
    tries: i32,
}

/// What came of bringing it.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Followed,
    /// It has this number, or a higher one, with other content.
    Outnumbered(i64),
    Trouble {
        said: String,
        /// It may lack a menu that was thought to be there.
        send_all: bool,
    },
}

/// Works out and delivers until the node stops. Each goes on without waiting for the other: many PINs take a while to hash.
pub async fn run(node: Arc<Node>) {
    tokio::join!(work_out(&node), deliver(&node));
}

async fn work_out(node: &Arc<Node>) {
    let mut beat = beat();
    loop {
        tokio::select! {
            biased;
            () = node.stop.cancelled() => return,
            () = node.setup.office.changed.notified() => {}
            _ = beat.tick() => {}
        }
        if let Err(error) = node.setup.office.plan(&node.setup.keys, node.now_ms()).await {
            tracing::warn!(error = format!("{error:#}"), "what head office wants can't be worked out now");
        }
        node.setup.office.waiting.notify_one();
    }
}

async fn deliver(node: &Arc<Node>) {
    let (mut beat, mut under_way) = (beat(), JoinSet::new());
    loop {
        tokio::select! {
            biased;
            () = node.stop.cancelled() => return,
            _ = under_way.join_next(), if !under_way.is_empty() => {}
            () = node.setup.office.waiting.notified() => {}
            _ = beat.tick() => {}
        }
        let free = AT_ONCE - i64::try_from(under_way.len()).unwrap_or(AT_ONCE);
        match node.setup.office.due(free).await {
            Ok(due) => due.into_iter().for_each(|store| {
                under_way.spawn(bring(node.clone(), store));
            }),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "it can't be looked what is to be delivered"),
        }
    }
}

fn beat() -> tokio::time::Interval {
    let mut beat = tokio::time::interval(LOOK_EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beat
}

impl Office {
    async fn due(&self, most: i64) -> anyhow::Result<Vec<StoreId>> {
        Ok(self.book.rows(DUE, &[&most]).await?.iter().filter_map(|row| store_of(row.get(0))).collect())
    }

    /// A store that was cut off is back: what waits for it goes at once.
    pub async fn wake(&self, store: StoreId) -> anyhow::Result<()> {
        self.book.rows(WAKE, &[&key(store)]).await?;
        self.waiting.notify_one();
        Ok(())
    }

    async fn claim(&self, store: StoreId) -> anyhow::Result<Option<Parcel>> {
        let rows = self.book.rows(CLAIM, &[&key(store), &CLAIM_MS]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (number, wish, menus): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        let mut wish: Directive = serde_json::from_str(&wish).context("a wish can't be read")?;
        wish.number = u64::try_from(number)?;
        let there = serde_json::from_str(&menus).unwrap_or_default();
        Ok(Some(Parcel { number, wish, there, brand: row.get(3), tries: row.get(4) }))
    }

    async fn settle(&self, store: StoreId, parcel: &Parcel, came: &Came, now_ms: i64) -> anyhow::Result<()> {
        let Parcel { number, wish, there, tries, .. } = parcel;
        match came {
            Came::Followed => {
                let menus: BTreeSet<&String> = wish.releases.iter().map(|release| &release.menu.hash).collect();
                let menus = serde_json::to_string(&menus)?;
                self.book.rows(FOLLOWED, &[&key(store), number, &now_ms, &menus]).await?;
            }
            // No store honestly knows a number so far ahead; believed, it would be the last there is.
            Came::Outnumbered(current) if *current > number.saturating_add(NUMBERS_AHEAD) => {
                let said = trouble("directive_old", "the store claims an impossible number; look at its box", &Value::Null);
                let menus = serde_json::to_string(there)?;
                self.book.rows(LATER, &[&key(store), number, &said, &menus, &pause_ms(*tries)]).await?;
            }
            Came::Outnumbered(current) => {
                tracing::warn!(%store, number, current, "the store knows a higher number; going on above it");
                self.book.rows(OUTNUMBERED, &[&key(store), number, &(number.max(current) + 1)]).await?;
            }
            Came::Trouble { said, send_all } => {
                let menus = if *send_all { "[]".to_owned() } else { serde_json::to_string(there)? };
                self.book.rows(LATER, &[&key(store), number, said, &menus, &pause_ms(*tries)]).await?;
            }
        }
        Ok(())
    }
}

/// How far a store's number may be ahead of ours, after a backup was put back here.
const NUMBERS_AHEAD: i64 = 1_000_000;

/// How long to wait after so many tries. Units: milliseconds.
fn pause_ms(tries: i32) -> i64 {
    let doubled = 500_i64 << tries.clamp(0, 10);
    doubled.min(LONGEST_PAUSE_MS)
}

async fn bring(node: Arc<Node>, store: StoreId) {
    if let Err(error) = try_to_bring(&node, store).await {
        tracing::warn!(%store, error = format!("{error:#}"), "a directive can't be delivered now");
    }
}

async fn try_to_bring(node: &Arc<Node>, store: StoreId) -> anyhow::Result<()> {
    let Some(parcel) = node.setup.office.claim(store).await? else { return Ok(()) };
    let came = match ask(node, store, &parcel).await {
        Ok((status, answer)) => read(status, &answer),
        Err(error) => Came::Trouble { said: trouble("unavailable", &format!("{error:#}"), &Value::Null), send_all: false },
    };
    if let Came::Trouble { said, .. } = &came {
        tracing::info!(%store, number = parcel.number, said, "a directive waits");
    }
    node.setup.office.settle(store, &parcel, &came, node.now_ms()).await
}

/// Gives a store its directive, and the menus it lacks.
async fn ask(node: &Arc<Node>, store: StoreId, parcel: &Parcel) -> anyhow::Result<(StatusCode, Value)> {
    let wanted: Vec<MenuRef> = parcel.wish.releases.iter().map(|release| release.menu.clone()).collect();
    let missing = not_yet_there(&wanted, &parcel.there);
    let menus = if missing.is_empty() { Vec::new() } else { node.setup.office.menu_texts(&parcel.brand, &missing).await? };
    let text = seal::seal(&node.key, PURPOSE, &serde_json::to_vec(&parcel.wish)?);
    let body = serde_json::to_vec(&json!({ "directive": text, "menus": menus }))?;
    let mut request = Request::post(format!("/api/v1/stores/{store}/head-office/directive"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, body.len())
        .body(Body::from(body))?;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    let answer = front::to_store(node, store, None, request, false).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), LARGEST_ANSWER).await.context("the answer broke off")?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

fn read(status: StatusCode, answer: &Value) -> Came {
    if status.is_success() {
        return Came::Followed;
    }
    let (code, detail) = (answer["code"].as_str().unwrap_or_default(), answer["detail"].as_str().unwrap_or_default());
    match code {
        "directive_old" | "key_reused" => Came::Outnumbered(number_in(detail)),
        _ => Came::Trouble {
            said: trouble(if code.is_empty() { status.as_str() } else { code }, detail, &answer["texts"]),
            send_all: status.is_client_error(),
        },
    }
}

/// The number a refusal names; 0 where it names none.
fn number_in(detail: &str) -> i64 {
    let digits: String = detail.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn trouble(code: &str, detail: &str, texts: &Value) -> String {
    let detail: String = detail.chars().take(LONGEST_DETAIL).collect();
    json!({ "code": code, "detail": detail, "texts": texts }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_answers_is_understood() {
        let refused = |code: &str, detail: &str| read(StatusCode::CONFLICT, &json!({ "code": code, "detail": detail }));
        assert_eq!(read(StatusCode::OK, &json!({ "number": 3 })), Came::Followed);
        assert_eq!(refused("directive_old", "DirectiveOld { current: 17 }"), Came::Outnumbered(17));
        assert_eq!(refused("key_reused", "the same key"), Came::Outnumbered(0), "the number is used, whatever it stands for");
        let Came::Trouble { said, send_all } = refused("last_owner", "x") else { panic!("no trouble") };
        assert!(send_all && said.contains("last_owner"));
        let away = read(StatusCode::SERVICE_UNAVAILABLE, &json!({ "code": "store_offline" }));
        assert!(matches!(away, Came::Trouble { send_all: false, .. }));
        let dumb = read(StatusCode::BAD_GATEWAY, &Value::Null);
        assert!(matches!(dumb, Came::Trouble { said, .. } if said.contains("502")));
    }

    #[test]
    fn pauses_grow_and_have_an_end() {
        let pauses: Vec<i64> = (0..12).map(pause_ms).collect();
        assert_eq!(pauses[..4], [500, 1000, 2000, 4000]);
        assert_eq!(pauses[11], LONGEST_PAUSE_MS);
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
