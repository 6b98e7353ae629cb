//! Refunds: accepted at once, done a little later.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal,
    gate::{is_number, read},
    refusal, refuse, rfc3339,
};
use crate::{
    crypto::sha256,
    faults::{Hits, Kind, Which},
    notify,
    order::{Order, Refund, RefundEnd, Refused},
    sim::{Sim, is_on_this_machine},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the channel refuses fields that it does not name, so all are named")]
struct RefundBody {
    transaction_id: Option<String>,
    out_trade_no: Option<String>,
    out_refund_no: String,
    reason: Option<String>,
    notify_url: Option<String>,
    funds_account: Option<String>,
    amount: RefundAmount,
    goods_detail: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the channel refuses fields that it does not name, so all are named")]
struct RefundAmount {
    refund: i64,
    total: i64,
    currency: String,
    from: Option<Value>,
}

pub(super) fn refund(sim: &Arc<Sim>, body: &[u8], hits: &Hits) -> Answer {
    let (ask, _) = read::<RefundBody>(body)?;
    if !is_number(&ask.out_refund_no, 1, 64, "_-|*@") || ask.amount.currency != "CNY" {
        return refuse(400, "PARAM_ERROR", "out_refund_no 或 currency 错误");
    }
    if ask.reason.as_deref().is_some_and(|reason| reason.chars().count() > 80) {
        return refuse(400, "PARAM_ERROR", "reason 应不超过 80 个字符");
    }
    if ask.notify_url.as_deref().is_some_and(|url| !is_on_this_machine(url)) {
        return refuse(400, "PARAM_ERROR", "模拟器只通知本机地址 (the simulator only notifies this machine)");
    }
    let asked = Asked {
        by: match (ask.transaction_id, ask.out_trade_no) {
            (Some(txn), None) => By::Txn(txn),
            (None, Some(number)) => By::Number(number),
            (Some(_), Some(_)) | (None, None) => {
                return refuse(400, "PARAM_ERROR", "transaction_id 与 out_trade_no 二选一");
            }
        },
        refund_no: ask.out_refund_no,
        fen: ask.amount.refund,
        total: ask.amount.total,
        notify_url: ask.notify_url,
    };
    let (order, refund) = book(sim, asked, hits)?;
    Ok((200, refund_value(&order, &refund, sim.now_ms())))
}

/// Which order is meant.
pub(super) enum By {
    Txn(String),
    Number(String),
}

/// A refund as both versions of the API ask for it.
pub(super) struct Asked {
    pub by: By,
    pub refund_no: String,
    pub fen: i64,
    pub total: i64,
    pub notify_url: Option<String>,
}

/// Books a refund, once per number, and has its notice sent when it ends.
pub(super) fn book(sim: &Arc<Sim>, asked: Asked, hits: &Hits) -> Result<(Order, Refund), Refusal> {
    let (now, settings) = (sim.now_ms(), sim.settings.lock().clone());
    let mut ledger = sim.ledger.lock();
    let order = match &asked.by {
        By::Txn(txn) => ledger.by_txn(Which::Wechat, txn),
        By::Number(number) => ledger.get(Which::Wechat, number),
    };
    let Some(order) = order else {
        return Err(refusal(Refused::NoSuchOrder));
    };
    if order.fen != asked.total {
        return refuse(400, "INVALID_REQUEST", "订单金额不一致");
    }
    let known = order.refunds.iter().any(|refund| refund.number == asked.refund_no);
    if hits.has(Kind::NotEnough) && !known {
        return refuse(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起");
    }
    let number = order.number.clone();
    let ask = Refund {
        id: format!("5030009999{}", &sha256(asked.refund_no.as_bytes())[..18]),
        number: asked.refund_no,
        fen: asked.fen,
        asked_ms: now,
        done_ms: now + sim.scaled_ms(settings.refund_takes_ms),
        end: settings.refund_ends,
        notify_url: asked.notify_url,
        notified: false,
    };
    let (order, refund, moved) = ledger.refund(Which::Wechat, &number, ask).map_err(refusal)?;
    drop(ledger);
    if moved {
        notify::refunded(sim, &order, &refund);
    }
    Ok((order, refund))
}

pub(super) fn query_refund(sim: &Sim, number: &str) -> Answer {
    let ledger = sim.ledger.lock();
    match ledger.by_refund(Which::Wechat, number) {
        Some((order, refund)) => Ok((200, refund_value(order, refund, sim.now_ms()))),
        None => refuse(404, "RESOURCE_NOT_EXISTS", "退款单不存在"),
    }
}

fn refund_value(order: &Order, refund: &Refund, now: i64) -> Value {
    let mut value = json!({
        "refund_id": refund.id,
        "out_refund_no": refund.number,
        "transaction_id": order.txn,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund.asked_ms),
        "status": status(refund, now),
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order.fen, "refund": refund.fen, "payer_total": order.fen, "payer_refund": refund.fen,
            "settlement_refund": refund.fen, "settlement_total": order.fen, "discount_refund": 0, "currency": "CNY",
        },
    });
    if refund.ended(now) == Some(RefundEnd::Success) {
        value["success_time"] = json!(rfc3339(refund.done_ms));
    }
    value
}

pub(super) fn status(refund: &Refund, now: i64) -> &'static str {
    match refund.ended(now) {
        None => "PROCESSING",
        Some(RefundEnd::Success) => "SUCCESS",
        Some(RefundEnd::Abnormal) => "ABNORMAL",
        Some(RefundEnd::Closed) => "CLOSED",
    }
}
