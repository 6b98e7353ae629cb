//! Tells the merchant, again and again at the documented intervals, until it says it has heard.

use std::{sync::Arc, time::Duration};

use reqwest::RequestBuilder;
use serde_json::json;

use crate::{
    alipay,
    crypto::{random_text, seal, sha256},
    faults::{Hits, Kind, Op, Which},
    identity::{ALIPAY_APP_ID, MCH_ID, SELLER_ID},
    ledger::{Order, Refund, State},
    server::Sim,
    wechat,
};

/// Seconds between WeChat Pay's deliveries: 15 repeats in about a day.
const WECHAT_S: [u64; 15] = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];
/// Seconds between Alipay's: 8 deliveries in about 25 hours.
const ALIPAY_S: [u64; 7] = [240, 600, 600, 3600, 7200, 21600, 54000];

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
    let waiting: Vec<Order> = sim
        .ledger
        .lock()
        .orders()
        .filter(|order| order.state == State::Paid && !order.notified && order.refunds.is_empty())
        .cloned()
        .collect();
    for order in waiting {
        paid(sim, &order);
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
    let hits = sim.faults.lock().draw(channel, Op::Notice);
    if hits.has(Kind::DropNotice) {
        return;
    }
    if let Some(refund) = &news.refund {
        let until = u64::try_from(refund.done_ms - sim.now_ms()).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(until)).await;
    }
    if hits.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(hits.delay_ms)).await;
    }
    let waits: &[u64] = match channel {
        Which::Wechat => &WECHAT_S,
        Which::Alipay => &ALIPAY_S,
    };
    let mut waits = waits.iter();
    loop {
        let heard = deliver_once(sim, news, &hits).await;
        if heard {
            if news.refund.is_none() {
                sim.ledger.lock().notified(channel, &news.order.number);
            }
            return;
        }
        let Some(wait) = waits.next() else {
            tracing::warn!(number = news.order.number, "the merchant never acknowledged a notice");
            return;
        };
        tokio::time::sleep(sim.scaled(Duration::from_secs(*wait))).await;
    }
}

/// One delivery, with its faults; true when the merchant acknowledged the genuine notice.
async fn deliver_once(sim: &Sim, news: &News, hits: &Hits) -> bool {
    if hits.has(Kind::ForgedNotice) {
        post(sim, news, 0, true).await;
    }
    let short_fen = i64::from(hits.has(Kind::WrongAmountNotice));
    if hits.has(Kind::DuplicateNotice) {
        let (first, second) = tokio::join!(post(sim, news, short_fen, false), post(sim, news, short_fen, false));
        return first || second;
    }
    post(sim, news, short_fen, false).await
}

async fn post(sim: &Sim, news: &News, short_fen: i64, forged: bool) -> bool {
    let request = match news.order.channel {
        Which::Wechat => wechat_notice(sim, news, short_fen, forged),
        Which::Alipay => Ok(alipay_notice(sim, news, short_fen, forged)),
    };
    let answer = match request {
        Ok(request) => request.send().await,
        Err(error) => {
            tracing::error!(%error, "cannot build a notice");
            return false;
        }
    };
    let Ok(answer) = answer else {
        return false;
    };
    let status = answer.status();
    let body = answer.bytes().await.unwrap_or_default();
    match news.order.channel {
        Which::Wechat => matches!(status.as_u16(), 200 | 204),
        // Exactly these seven letters, nothing around them.
        Which::Alipay => status.as_u16() == 200 && body.as_ref() == b"success",
    }
}

fn wechat_notice(sim: &Sim, news: &News, short_fen: i64, forged: bool) -> anyhow::Result<RequestBuilder> {
    let order = &news.order;
    let (event, kind, words, plain) = match &news.refund {
        None => {
            let mut value = wechat::transaction(&Order { fen: order.fen - short_fen, refunds: Vec::new(), ..order.clone() });
            value["trade_state_desc"] = json!("支付成功");
            ("TRANSACTION.SUCCESS", "transaction", "支付成功", value)
        }
        Some(refund) => {
            let value = json!({
                "mchid": MCH_ID,
                "transaction_id": order.txn,
                "out_trade_no": order.number,
                "refund_id": refund.id,
                "out_refund_no": refund.number,
                "refund_status": "SUCCESS",
                "success_time": wechat::rfc3339(refund.done_ms),
                "user_received_account": "支付用户零钱",
                "amount": {
                    "total": order.fen, "refund": refund.fen - short_fen,
                    "payer_total": order.fen, "payer_refund": refund.fen - short_fen,
                },
            });
            ("REFUND.SUCCESS", "refund", "退款成功", value)
        }
    };
    let nonce = random_text(12)?;
    let ciphertext = seal(&sim.identity.api_v3_key, &nonce, kind, &plain.to_string())?;
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
            "nonce": nonce,
        },
    })
    .to_string();
    let mut request = sim.http.post(&news.url).header("Content-Type", "application/json").header("User-Agent", "Mozilla/4.0");
    for (name, value) in wechat::signature_headers(sim, sim.notice_key(), &body, forged) {
        request = request.header(name, value);
    }
    Ok(request.body(body))
}

fn alipay_notice(sim: &Sim, news: &News, short_fen: i64, forged: bool) -> RequestBuilder {
    let order = &news.order;
    let total = alipay::yuan(order.fen - short_fen);
    let paid_at = alipay::time(order.paid_ms.unwrap_or_default());
    let mut params = vec![
        ("notify_time", alipay::time(sim.now_ms())),
        ("notify_type", "trade_status_sync".to_owned()),
        ("notify_id", news.id.clone()),
        ("app_id", ALIPAY_APP_ID.to_owned()),
        ("auth_app_id", ALIPAY_APP_ID.to_owned()),
        ("charset", "utf-8".to_owned()),
        ("version", "1.0".to_owned()),
        ("trade_no", order.txn.clone()),
        ("out_trade_no", order.number.clone()),
        ("buyer_open_id", order.payer.clone()),
        ("buyer_logon_id", "159****5620".to_owned()),
        ("seller_id", SELLER_ID.to_owned()),
        ("trade_status", alipay::trade_status(order).to_owned()),
        ("total_amount", total.clone()),
        ("receipt_amount", total.clone()),
        ("invoice_amount", total.clone()),
        ("buyer_pay_amount", total.clone()),
        ("point_amount", "0.00".to_owned()),
        ("subject", order.description.clone()),
        ("gmt_create", alipay::time(order.created_ms)),
        ("gmt_payment", paid_at),
        ("fund_bill_list", json!([{ "amount": total, "fundChannel": "ALIPAYACCOUNT" }]).to_string()),
        // A field no document names: readers that drop what they do not know fail here.
        ("sim_extra", "100% + 新字段 = \"{}\"".to_owned()),
    ];
    if let Some(refund) = &news.refund {
        params.push(("out_biz_no", refund.number.clone()));
        params.push(("refund_fee", alipay::yuan(order.refunded_fen())));
        params.push(("gmt_refund", format!("{}.000", alipay::time(refund.done_ms))));
    }
    params.sort_unstable();
    let mut text = params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    if forged {
        text.push(' ');
    }
    params.push(("sign_type", "RSA2".to_owned()));
    params.push(("sign", sim.identity.alipay.sign(text.as_bytes())));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
    sim.http.post(&news.url).header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8").body(body)
}
