//! Refunds: accepted at once, done a little later.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, is_number, read, refusal, refuse, rfc3339};
use crate::{
    crypto::sha256,
    faults::Which,
    ledger::{Order, Refund, Refused},
    notify,
    server::{Sim, is_on_this_machine},
};

/// A refund to the wallet takes about this long.
const REFUND_TAKES: Duration = Duration::from_secs(3);

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

pub(super) fn refund(sim: &Arc<Sim>, body: &[u8]) -> Answer {
    let (ask, _) = read::<RefundBody>(body)?;
    if !is_number(&ask.out_refund_no, 1, 64, "_-|*@") || ask.amount.currency != "CNY" {
        return refuse(400, "PARAM_ERROR", "out_refund_no 或 currency 错误");
    }
    if ask.notify_url.as_deref().is_some_and(|url| !is_on_this_machine(url)) {
        return refuse(400, "PARAM_ERROR", "模拟器只通知本机地址 (the simulator only notifies this machine)");
    }
    let now = sim.now_ms();
    let takes = i64::try_from(sim.scaled(REFUND_TAKES).as_millis()).unwrap_or(0);
    let mut ledger = sim.ledger.lock();
    let order = match (&ask.transaction_id, &ask.out_trade_no) {
        (Some(txn), None) => ledger.by_txn(Which::Wechat, txn),
        (None, Some(number)) => ledger.get(Which::Wechat, number),
        (Some(_), Some(_)) | (None, None) => {
            return refuse(400, "PARAM_ERROR", "transaction_id 与 out_trade_no 二选一");
        }
    };
    let Some(order) = order else {
        return Err(refusal(Refused::NoSuchOrder));
    };
    if order.fen != ask.amount.total {
        return refuse(400, "INVALID_REQUEST", "订单金额不一致");
    }
    let number = order.number.clone();
    let ask = Refund {
        id: format!("5030009999{}", &sha256(ask.out_refund_no.as_bytes())[..18]),
        number: ask.out_refund_no,
        fen: ask.amount.refund,
        asked_ms: now,
        done_ms: now + takes,
        notify_url: ask.notify_url,
    };
    let (order, refund, moved) = ledger.refund(Which::Wechat, &number, ask).map_err(refusal)?;
    drop(ledger);
    if moved && refund.notify_url.is_some() {
        notify::refunded(sim, &order, &refund);
    }
    Ok((200, refund_value(&order, &refund, now)))
}

pub(super) fn query_refund(sim: &Sim, number: &str) -> Answer {
    let ledger = sim.ledger.lock();
    match ledger.by_refund(Which::Wechat, number) {
        Some((order, refund)) => Ok((200, refund_value(order, refund, sim.now_ms()))),
        None => refuse(404, "RESOURCE_NOT_EXISTS", "退款单不存在"),
    }
}

fn refund_value(order: &Order, refund: &Refund, now: i64) -> Value {
    let done = now >= refund.done_ms;
    let mut value = json!({
        "refund_id": refund.id,
        "out_refund_no": refund.number,
        "transaction_id": order.txn,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund.asked_ms),
        "status": if done { "SUCCESS" } else { "PROCESSING" },
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order.fen, "refund": refund.fen, "payer_total": order.fen, "payer_refund": refund.fen,
            "settlement_refund": refund.fen, "settlement_total": order.fen, "discount_refund": 0, "currency": "CNY",
        },
    });
    if done {
        value["success_time"] = json!(rfc3339(refund.done_ms));
    }
    value
}
