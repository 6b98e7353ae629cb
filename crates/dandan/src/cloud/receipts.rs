//! Receipts for payments that channels report while a shop is cut off: the report is verified as the shop's own desk would, signed, kept,
//! and shown on the payer's phone, where the till reads it off the screen.

mod page;

pub use page::{lead, show};

use super::book::{Book, key};
use super::front::rest_of;
use super::node::Node;
use anyhow::{Context, ensure};
use api::Crowd;
use axum::body::Bytes;
use axum::http::request::Parts;
use domain::catalog::CatalogEvent;
use domain::payment::ChannelTag;
use domain::{AttemptId, Currency, StoreId, Text, Timestamp};
use journal::{Journal, StoreKey, Stream, StreamKey};
use parking_lot::Mutex;
use pay::{ChannelName, Channels, NoticeBody, PaymentConfig};
use receipt::Receipt;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;
use workers::KEYS_PAUSE;

/// How long a receipt can be looked up. The till takes it for a day. Units: milliseconds.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How many events of a shop's set-up are read at once.
const CATALOG_PAGE: usize = 500;
const PUT: &str = "INSERT INTO cloud_receipt VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (store_id, attempt) DO NOTHING";
const GET: &str = "SELECT text, shop_zh, shop_en, time_zone FROM cloud_receipt WHERE store_id = $1 AND attempt = $2";
const FORGET: &str = "DELETE FROM cloud_receipt WHERE store_id = $1 AND signed_ms < $2";

/// What a node needs to write receipts and to show them.
#[derive(Debug)]
pub struct Receipts {
    channels: Channels,
    fetched: Mutex<BTreeMap<ChannelName, Instant>>,
    /// Whoever looks receipts up, by address.
    crowd: Crowd,
}

/// A signed receipt, with what its page says besides.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    text: String,
    shop: Text,
    time_zone: String,
}

impl Receipts {
    /// Over the channels that the node's stores are paid through.
    pub fn over(payments: &PaymentConfig) -> anyhow::Result<Receipts> {
        let channels = Channels::open(payments, &pay::system_clock()).context("the payment channels")?;
        Ok(Receipts { channels, fetched: Mutex::default(), crowd: Crowd::default() })
    }

    /// Seconds an address has to wait, if it has to.
    pub fn has_to_wait(&self, from: Option<IpAddr>) -> Option<u32> {
        from.and_then(|from| self.crowd.wait_s(from))
    }

    fn keys_may_be_fetched(&self, name: ChannelName) -> bool {
        let mut fetched = self.fetched.lock();
        let may = fetched.get(&name).is_none_or(|at| at.elapsed() >= KEYS_PAUSE);
        if may {
            fetched.insert(name, Instant::now());
        }
        may
    }
}

impl Book {
    async fn put_receipt(&self, store: StoreId, receipt: &Receipt, kept: &Kept) -> anyhow::Result<()> {
        let (attempt, signed_ms) = (receipt.attempt.0.to_be_bytes().to_vec(), receipt.signed_at.0);
        let Kept { text, shop, time_zone } = kept;
        self.rows(PUT, &[&key(store), &attempt, &signed_ms, text, &shop.zh, &shop.en, time_zone]).await?;
        self.rows(FORGET, &[&key(store), &(signed_ms - KEPT_MS)]).await.map(drop)
    }

    async fn receipt(&self, store: StoreId, attempt: AttemptId) -> anyhow::Result<Option<Kept>> {
        let rows = self.rows(GET, &[&key(store), &attempt.0.to_be_bytes().to_vec()]).await?;
        let kept = |row: &tokio_postgres::Row| {
            let (zh, en): (String, String) = (row.get(1), row.get(2));
            Kept { text: row.get(0), shop: Text { zh, en }, time_zone: row.get(3) }
        };
        Ok(rows.first().map(kept))
    }
}

/// Writes a receipt for a channel's report to a shop that is cut off, where the report is a genuine one of money. Whatever goes wrong, the
/// report itself waits for the shop, and the channel comes again.
pub async fn write(node: &Node, store: StoreId, parts: &Parts, body: &Bytes) {
    match written(node, store, parts, body).await {
        Ok(Some(attempt)) => tracing::info!(%store, %attempt, "a receipt is kept for a shop that is cut off"),
        Ok(None) => {}
        Err(error) => tracing::warn!(%store, error = format!("{error:#}"), "a channel's report led to no receipt"),
    }
}

async fn written(node: &Node, store: StoreId, parts: &Parts, body: &Bytes) -> anyhow::Result<Option<AttemptId>> {
    let Some(tag) = channel_of(rest_of(&parts.uri).path(), store) else { return Ok(None) };
    let name = match tag {
        ChannelTag::Wechat => ChannelName::Wechat,
        ChannelTag::Alipay => ChannelName::Alipay,
    };
    let Some(channel) = node.receipts.channels.get(name) else { return Ok(None) };
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let (now_ms, may_fetch) = (node.now_ms(), || node.receipts.keys_may_be_fetched(name));
    let notice = workers::read_notice(&*channel, &headers, body, now_ms, may_fetch).await.context("it was not believed")?;
    let NoticeBody::Paid(paid) = notice.body else { return Ok(None) };
    // Merchant, application and currency; how much was asked for only the shop knows, and compares.
    pay::proves(&paid, &channel.expects(&paid.attempt_no, paid.amount)).context("it is about other money")?;
    let attempt: AttemptId = paid.attempt_no.parse().ok().context("its number is none of ours")?;
    if node.setup.book.receipt(store, attempt).await?.is_some() {
        return Ok(None);
    }
    let receipt = Receipt {
        store,
        attempt,
        amount: paid.amount,
        currency: Currency::Cny,
        channel: tag,
        channel_txn: paid.channel_txn,
        paid_at: Timestamp(paid.paid_at_ms),
        signed_at: Timestamp(now_ms),
    };
    let text = receipt.write(&node.key).context("the channel's number is none that channels give")?;
    let (shop, time_zone) = sign_of(&*node.setup.journal, store).await?;
    node.setup.book.put_receipt(store, &receipt, &Kept { text, shop, time_zone }).await?;
    Ok(Some(attempt))
}

/// The channel that reports to `/channels/{channel}/{store}`.
fn channel_of(path: &str, store: StoreId) -> Option<ChannelTag> {
    let (channel, of) = path.strip_prefix("/channels/")?.split_once('/')?;
    let tag = match channel {
        "wechat" => ChannelTag::Wechat,
        "alipay" => ChannelTag::Alipay,
        _ => return None,
    };
    (of.parse() == Ok(store)).then_some(tag)
}

/// What the shop is called and by which clock it lives, as the copy of its journal last said.
async fn sign_of(journal: &dyn Journal, store: StoreId) -> anyhow::Result<(Text, String)> {
    let stream = StreamKey::new(StoreKey(store.0), Stream::Catalog);
    let (mut after, mut found) = (0, (Text::new("", ""), "Asia/Shanghai".to_owned()));
    loop {
        let page = journal.read(stream, after, CATALOG_PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        ensure!(last.seq > after, "the journal's numbers don't rise");
        after = last.seq;
        for event in &page {
            if let Ok(CatalogEvent::HousePublished(house)) = serde_json::from_slice(&engine::split_sender(&event.body).0) {
                found = (house.name.clone(), house.time_zone.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stores_own_channels_report() {
        let (ours, other) = (StoreId(10), StoreId(11));
        assert_eq!(channel_of(&format!("/channels/alipay/{ours}"), ours), Some(ChannelTag::Alipay));
        for odd in
            [format!("/channels/wechat/{other}"), format!("/channels/paypal/{ours}"), format!("/channels/{ours}"), "/".into()]
        {
            assert_eq!(channel_of(&odd, ours), None, "{odd}");
        }
    }
}
