//! Afterwards: does the server's own account of the money say what the channels reported, once?

use super::super::children::Process;
use super::super::client::{Call, Client};
use super::super::house::BenchHouse;
use super::diners::Ready;
use anyhow::Context;
use domain::StoreId;
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// Credits are waited for so long after the last notice.
const PATIENCE: Duration = Duration::from_secs(10);
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Events read at once.
const PART: usize = 2_000;

/// What the server says.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Payments captured once and credited once, with nothing sent back.
    pub once: usize,
    /// Those that are not.
    pub wrong: usize,
    /// Parties whose check shows another sum than was paid for them.
    pub checks_wrong: usize,
    /// Cases about forged notices.
    pub forged_cases: usize,
    /// Any other case.
    pub other_cases: usize,
}

/// Asks the payments list, the floor and the inbox.
pub(super) async fn account(server: &Process, house: &BenchHouse, token: &str, paid: &[Ready]) -> anyhow::Result<Account> {
    let mut client = Client::connect(server.address).await?;
    let rows = settled_rows(&mut client, house, token, paid).await?;
    let mut txns = BTreeSet::new();
    let fine = |payment: &&Ready| rows.get(&payment.ask).is_some_and(|row| is_once(row, payment) && txns.insert(text_of(row)));
    let once = paid.iter().filter(fine).count();
    let floor = read(&mut client, house, token, "/floor").await?;
    let inbox = read(&mut client, house, token, "/money/inbox").await?;
    let cases = inbox["cases"].as_array().context("no cases in the inbox")?;
    let forged_cases = cases.iter().filter(|case| case["kind"] == "notice_forged").count();
    Ok(Account {
        once,
        wrong: paid.len() - once,
        checks_wrong: wrong_checks(&floor, paid),
        forged_cases,
        other_cases: cases.len() - forged_cases,
    })
}

async fn read(client: &mut Client, house: &BenchHouse, token: &str, path: &str) -> anyhow::Result<Value> {
    client.json(Call { method: "GET", path: &house.path(path), token: Some(token), ..Call::default() }).await
}

/// The payments by their ask, once all of them are credited or the patience is at an end.
async fn settled_rows(
    client: &mut Client,
    house: &BenchHouse,
    token: &str,
    paid: &[Ready],
) -> anyhow::Result<BTreeMap<String, Value>> {
    let began = Instant::now();
    loop {
        let Value::Array(list) = read(client, house, token, "/money/payments").await? else {
            anyhow::bail!("the payments are no list")
        };
        let rows: BTreeMap<String, Value> =
            list.into_iter().filter_map(|row| Some((row["ask"].as_str()?.to_owned(), row))).collect();
        let credited = |payment: &Ready| rows.get(&payment.ask).is_some_and(|row| steps(row, "CaptureCredited") > 0);
        if paid.iter().all(credited) || began.elapsed() > PATIENCE {
            return Ok(rows);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn is_once(row: &Value, payment: &Ready) -> bool {
    let sums = row["amount"] == payment.amount && row["refunded"] == 0;
    row["state"] == "paid" && sums && steps(row, "Captured") == 1 && steps(row, "CaptureCredited") == 1
}

/// The channel's number of a payment.
fn text_of(row: &Value) -> String {
    row["channel_txn"].to_string()
}

fn steps(row: &Value, what: &str) -> usize {
    row["timeline"].as_array().map_or(0, |steps| steps.iter().filter(|step| step["what"] == what).count())
}

fn wrong_checks(floor: &Value, paid: &[Ready]) -> usize {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for payment in paid {
        *sums.entry(payment.session.to_string()).or_default() += payment.amount;
    }
    let tables = floor["tables"].as_array().into_iter().flatten();
    for party in tables.filter_map(|table| table["sessions"].as_array()).flatten() {
        let expected = party["id"].as_str().and_then(|id| sums.get(id).copied());
        if expected.is_some_and(|sum| party["paid"] == sum) {
            sums.remove(party["id"].as_str().unwrap_or_default());
        }
    }
    sums.len()
}

/// How many captures the journal holds, and how many of them a notice brought; the others the server had asked for first.
pub(super) async fn captures(folder: &Path, store: StoreId) -> anyhow::Result<(usize, usize)> {
    let journal = SqliteJournal::open(folder)?;
    let key = StreamKey::new(StoreKey(store.0), Stream::Money);
    let (mut all, mut by_notice, mut after) = (0, 0, 0);
    loop {
        let events = journal.read(key, after, PART).await?;
        let Some(last) = events.last() else { return Ok((all, by_notice)) };
        after = last.seq;
        for event in events.iter().filter(|event| event.kind == "Captured") {
            let body: Value = serde_json::from_slice(&event.body)?;
            all += 1;
            by_notice += usize::from(body.to_string().contains("\"source\":\"Notice\""));
        }
    }
}
