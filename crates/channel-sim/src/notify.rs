//! Tells the merchant, again and again at the documented intervals, until it says it has heard.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    alipay,
    crypto::{random_text, seal, sha256},
    faults::{Hits, Kind, Op, Which},
    identity::MCH_ID,
    order::{Order, Refund, RefundEnd, State},
    sim::Sim,
    wechat,
};

/// Seconds between WeChat Pay's deliveries: 15 repeats in about a day.
const WECHAT_S: [u64; 15] = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];
/// Seconds between Alipay's: 8 deliveries in about 25 hours.
const ALIPAY_S: [u64; 7] = [240, 600, 600, 3600, 7200, 21600, 54000];

/// The merchant must answer within this time.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What is told.
#[derive(Clone, Debug)]
struct News {
    order: Order,
    refund: Option<Refund>,
    url: String,
    /// The same for every delivery.
    id: String,
}

/// Sends the payment notice in the background.
pub(crate) fn paid(sim: &Arc<Sim>, order: &Order) {
    let Some(url) = order.notify_url.clone() else {
        return;
    };
    start(sim, News { id: id(order, None), order: order.clone(), refund: None, url });
}

/// Sends the refund notice in the background, if anyone is to be told.
pub(crate) fn refunded(sim: &Arc<Sim>, order: &Order, refund: &Refund) {
    let url = match order.channel {
        Which::Wechat => refund.notify_url.clone(),
        Which::Alipay => order.notify_url.clone(),
    };
    let Some(url) = url else {
        return;
    };
    let news = News { id: id(order, Some(refund)), order: order.clone(), refund: Some(refund.clone()), url };
    start(sim, news);
}

/// Takes up, after a restart, what was never acknowledged.
pub(crate) fn resume(sim: &Arc<Sim>) {
    let orders: Vec<Order> = sim.ledger.lock().orders().filter(|order| order.state == State::Paid).cloned().collect();
    for order in orders {
        for refund in order.refunds.iter().filter(|refund| !refund.notified) {
            refunded(sim, &order, refund);
        }
        if !order.notified {
            // The notice tells the payment as it was, before any refund.
            paid(sim, &Order { refunds: Vec::new(), ..order });
        }
    }
}

fn id(order: &Order, refund: Option<&Refund>) -> String {
    let hash = sha256(format!("{}/{:?}", order.txn, refund.map(|r| &r.number)).as_bytes());
    match order.channel {
        Which::Wechat => format!("{}-{}-{}-{}-{}", &hash[..8], &hash[8..12], &hash[12..16], &hash[16..20], &hash[20..32]),
        Which::Alipay => format!("2026{}", &hash[..30]),
    }
}

fn start(sim: &Arc<Sim>, news: News) {
    let task = sim.clone();
    sim.tasks.spawn(async move {
        tokio::select! {
            () = task.stop.cancelled() => {}
            () = deliver(&task, &news) => {}
        }
    });
}

async fn deliver(sim: &Sim, news: &News) {
    let channel = news.order.channel;
    let hits = sim.faults.lock().draw(channel, Op::Notice, sim.now_ms());
    if hits.has(Kind::DropNotice) {
        return;
    }
    let Some(news) = due(sim, news).await else {
        return;
    };
    tokio::time::sleep(Duration::from_millis(hits.delay_ms(Kind::DelayNotice))).await;
    let waits: &[u64] = match channel {
        Which::Wechat => &WECHAT_S,
        Which::Alipay => &ALIPAY_S,
    };
    let mut lost = hits.has(Kind::LostDelivery);
    let mut waits = waits.iter();
    loop {
        let heard = !lost && deliver_once(sim, &news, &hits).await;
        lost = false;
        if heard {
            let refund = news.refund.as_ref().map(|refund| refund.number.as_str());
            sim.ledger.lock().notified(channel, &news.order.number, refund);
            return;
        }
        let Some(wait) = waits.next() else {
            tracing::warn!(number = news.order.number, "the merchant never acknowledged a notice");
            return;
        };
        tokio::time::sleep(sim.scaled(Duration::from_secs(*wait))).await;
    }
}

/// A refund's news waits until the refund has ended, and tells how; nothing when someone else tells it meanwhile.
async fn due(sim: &Sim, news: &News) -> Option<News> {
    let Some(refund) = &news.refund else {
        return Some(news.clone());
    };
    let until = u64::try_from(refund.done_ms - sim.now_ms()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(until)).await;
    let ledger = sim.ledger.lock();
    let now = ledger.get(news.order.channel, &news.order.number)?.refunds.iter().find(|r| r.number == refund.number)?;
    (now.done_ms == refund.done_ms).then(|| News { refund: Some(now.clone()), ..news.clone() })
}

/// How one delivery differs from an honest one.
#[derive(Clone, Copy, Debug, Default)]
struct Lie {
    short_fen: i64,
    forged: bool,
    probe: bool,
    wrong_aad: bool,
    wrong_nonce: bool,
    wrong_ciphertext: bool,
    unknown_serial: bool,
    skew_s: i64,
}

impl Lie {
    fn of(hits: &Hits) -> Self {
        Self {
            short_fen: i64::from(hits.has(Kind::WrongAmountNotice)),
            forged: false,
            probe: false,
            wrong_aad: hits.has(Kind::WrongAadNotice),
            wrong_nonce: hits.has(Kind::WrongNonceNotice),
            wrong_ciphertext: hits.has(Kind::WrongCiphertextNotice),
            unknown_serial: hits.has(Kind::UnknownSerialNotice),
            skew_s: hits.skew_s(Kind::StaleClockNotice),
        }
    }
}

/// One delivery, with its faults; true when the merchant acknowledged the genuine notice.
async fn deliver_once(sim: &Sim, news: &News, hits: &Hits) -> bool {
    let chosen = sim.settings.lock().probe_percent;
    if hits.has(Kind::SignTestNotice) || sim.faults.lock().chance(chosen) {
        post(sim, news, Lie { probe: true, ..Lie::default() }).await;
    }
    if hits.has(Kind::ForgedNotice) {
        post(sim, news, Lie { forged: true, ..Lie::default() }).await;
    }
    let lie = Lie::of(hits);
    if hits.has(Kind::DuplicateNotice) {
        let (first, second) = tokio::join!(post(sim, news, lie), post(sim, news, lie));
        return first || second;
    }
    post(sim, news, lie).await
}

/// A notice ready to be sent.
struct Letter {
    headers: Vec<(String, String)>,
    body: String,
}

async fn post(sim: &Sim, news: &News, lie: Lie) -> bool {
    let letter = match news.order.channel {
        Which::Wechat => wechat_notice(sim, news, lie),
        Which::Alipay => Ok(alipay_notice(sim, news, lie)),
    };
    let letter = match letter {
        Ok(letter) => letter,
        Err(error) => {
            tracing::error!(%error, "cannot build a notice");
            return false;
        }
    };
    let delivered = sim.courier.deliver(&news.url, letter.headers, letter.body.into_bytes());
    let Ok(Some((status, body))) = tokio::time::timeout(ANSWER_WITHIN, delivered).await else {
        return false;
    };
    match news.order.channel {
        Which::Wechat => matches!(status, 200 | 204),
        // Exactly these seven letters, nothing around them.
        Which::Alipay => status == 200 && body == b"success",
    }
}

fn wechat_notice(sim: &Sim, news: &News, lie: Lie) -> anyhow::Result<Letter> {
    let order = &news.order;
    let (event, kind, words, plain) = match &news.refund {
        None => {
            let mut value = wechat::transaction(&Order { fen: order.fen - lie.short_fen, refunds: Vec::new(), ..order.clone() });
            value["trade_state_desc"] = json!("支付成功");
            ("TRANSACTION.SUCCESS", "transaction", "支付成功", value)
        }
        Some(refund) => {
            let (event, words, _) = refund_event(refund.end);
            (event, "refund", words, refund_resource(order, refund, lie.short_fen))
        }
    };
    let nonce = random_text(12)?;
    let aad = if lie.wrong_aad { "certificate" } else { kind };
    let mut ciphertext = seal(&sim.identity.api_v3_key, &nonce, aad, &plain.to_string())?;
    if lie.wrong_ciphertext {
        let first = if ciphertext.starts_with('A') { "B" } else { "A" };
        ciphertext.replace_range(..1, first);
    }
    let body = json!({
        "id": news.id,
        "create_time": wechat::rfc3339(sim.now_ms()),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": words,
        "resource": {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": kind,
            "nonce": if lie.wrong_nonce { random_text(12)? } else { nonce },
        },
    })
    .to_string();
    let mut stamp = wechat::Stamp::of_notice(sim, &body);
    stamp.wrongly = lie.forged;
    stamp.unknown_serial = lie.unknown_serial;
    stamp.skew_s = lie.skew_s;
    let mut headers =
        vec![("Content-Type".to_owned(), "application/json".to_owned()), ("User-Agent".to_owned(), "Mozilla/4.0".to_owned())];
    for (name, value) in stamp.headers(sim) {
        let value = if lie.probe && name == "Wechatpay-Signature" { format!("WECHATPAY/SIGNTEST/{value}") } else { value };
        headers.push((name.to_owned(), value));
    }
    Ok(Letter { headers, body })
}

/// What a refund's end is called: event, words, status.
fn refund_event(end: RefundEnd) -> (&'static str, &'static str, &'static str) {
    match end {
        RefundEnd::Success => ("REFUND.SUCCESS", "退款成功", "SUCCESS"),
        RefundEnd::Abnormal => ("REFUND.ABNORMAL", "退款异常", "ABNORMAL"),
        RefundEnd::Closed => ("REFUND.CLOSED", "退款关闭", "CLOSED"),
    }
}

fn refund_resource(order: &Order, refund: &Refund, short_fen: i64) -> Value {
    let mut value = json!({
        "mchid": MCH_ID,
        "transaction_id": order.txn,
        "out_trade_no": order.number,
        "refund_id": refund.id,
        "out_refund_no": refund.number,
        "refund_status": refund_event(refund.end).2,
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.fen, "refund": refund.fen - short_fen,
            "payer_total": order.fen, "payer_refund": refund.fen - short_fen,
        },
    });
    if refund.end == RefundEnd::Success {
        value["success_time"] = json!(wechat::rfc3339(refund.done_ms));
    }
    value
}

fn alipay_notice(sim: &Sim, news: &News, lie: Lie) -> Letter {
    let told = alipay::Told {
        order: &news.order,
        refund: news.refund.as_ref(),
        id: &news.id,
        short_fen: lie.short_fen,
        wrongly: lie.forged || lie.probe,
    };
    let (headers, body) = alipay::notice(sim, told);
    Letter { headers, body }
}
