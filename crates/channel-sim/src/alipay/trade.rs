//! Trades: a code to scan, or one made at once; query, close, cancel, and refunds.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal, business, read, refusal,
    text::{read_express, read_time, read_yuan, time, yuan},
};
use crate::{
    faults::Which,
    ledger::{NewOrder, Order, Product, Refund, Refused, State as OrderState},
    notify,
    server::{Sim, is_on_this_machine},
};

/// The largest order, 100 million yuan.
const LARGEST_FEN: i64 = 10_000_000_000;

#[derive(Debug, Deserialize)]
struct OpenBody {
    out_trade_no: String,
    total_amount: Value,
    subject: String,
    time_expire: Option<String>,
    timeout_express: Option<String>,
    buyer_id: Option<String>,
    buyer_open_id: Option<String>,
}

pub(super) fn open(sim: &Sim, product: Product, biz: &str, notify_url: Option<String>) -> Answer {
    let body: OpenBody = read(biz)?;
    let invalid = |words: &str| business("ACQ.INVALID_PARAMETER", words);
    let number_fits =
        (1..=64).contains(&body.out_trade_no.len()) && body.out_trade_no.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !number_fits {
        return invalid("参数无效：out_trade_no");
    }
    let Some(fen) = read_yuan(&body.total_amount).filter(|fen| (1..=LARGEST_FEN).contains(fen)) else {
        return invalid("参数无效：total_amount");
    };
    if body.subject.is_empty() || body.subject.chars().count() > 256 || body.subject.contains(['/', '=', '&']) {
        return invalid("参数无效：subject");
    }
    if notify_url.as_deref().is_some_and(|url| !is_on_this_machine(url)) {
        return invalid("模拟器只通知本机地址 (the simulator only notifies this machine)");
    }
    let now = sim.now_ms();
    let expires_ms = match (&body.time_expire, &body.timeout_express) {
        (Some(text), _) => read_time(text),
        (None, Some(text)) => read_express(text).map(|ms| now + ms),
        // Face to face: three hours.
        (None, None) => Some(now + 3 * 60 * 60 * 1000),
    };
    let Some(expires_ms) = expires_ms.filter(|at| *at > now) else {
        return invalid("参数无效：time_expire");
    };
    let payer = body.buyer_open_id.or(body.buyer_id);
    if product == Product::Create && payer.is_none() {
        return invalid("参数无效：buyer_open_id");
    }
    let placed = sim.ledger.lock().place(
        NewOrder {
            channel: Which::Alipay,
            number: body.out_trade_no.clone(),
            product,
            fen,
            description: body.subject,
            params: format!("{fen} {notify_url:?}"),
            notify_url,
            payer: payer.unwrap_or_else(|| "sim_open_id_of_whoever_scans".to_owned()),
            expires_ms,
        },
        now,
    );
    match (placed, product) {
        (Ok(code), Product::Create) => Ok(json!({ "out_trade_no": body.out_trade_no, "trade_no": code })),
        (Ok(code), _) => Ok(json!({ "out_trade_no": body.out_trade_no, "qr_code": code })),
        (Err(refused), _) => Err(refusal(refused)),
    }
}

#[derive(Debug, Deserialize)]
struct Numbers {
    out_trade_no: Option<String>,
    trade_no: Option<String>,
    refund_amount: Option<Value>,
    out_request_no: Option<String>,
}

/// The trade that is meant, `trade_no` first; a code nobody scanned has none.
fn trade(sim: &Sim, numbers: &Numbers) -> Result<Order, Refusal> {
    let ledger = sim.ledger.lock();
    let order = match (&numbers.trade_no, &numbers.out_trade_no) {
        (Some(txn), _) => ledger.orders().find(|order| order.channel == Which::Alipay && order.txn == *txn),
        (None, Some(number)) => ledger.get(Which::Alipay, number),
        (None, None) => return business("ACQ.INVALID_PARAMETER", "out_trade_no 与 trade_no 不能同时为空"),
    };
    match order.filter(|order| order.scanned) {
        Some(order) => Ok(order.clone()),
        None => Err(refusal(Refused::NoSuchOrder)),
    }
}

/// `trade_status`; a payment refunded in full looks like one never made.
pub(crate) fn trade_status(order: &Order) -> &'static str {
    match order.state {
        OrderState::NotPaid => "WAIT_BUYER_PAY",
        OrderState::Closed => "TRADE_CLOSED",
        OrderState::Paid if order.refunded_fen() == order.fen => "TRADE_CLOSED",
        OrderState::Paid => "TRADE_SUCCESS",
    }
}

pub(super) fn query(sim: &Sim, biz: &str) -> Answer {
    let order = trade(sim, &read(biz)?)?;
    let mut value = json!({
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "buyer_logon_id": "159****5620",
        "buyer_open_id": order.payer,
        "trade_status": trade_status(&order),
        "total_amount": yuan(order.fen),
    });
    if let Some(paid_ms) = order.paid_ms {
        value["send_pay_date"] = json!(time(paid_ms));
        for name in ["receipt_amount", "buyer_pay_amount", "invoice_amount"] {
            value[name] = json!(yuan(order.fen));
        }
        value["point_amount"] = json!("0.00");
        value["fund_bill_list"] = json!([{ "fund_channel": "ALIPAYACCOUNT", "amount": yuan(order.fen) }]);
    }
    Ok(value)
}

pub(super) fn close(sim: &Sim, biz: &str) -> Answer {
    let order = trade(sim, &read(biz)?)?;
    if order.state == OrderState::Closed {
        return business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
    }
    match sim.ledger.lock().close(Which::Alipay, &order.number) {
        Ok(order) => Ok(json!({ "trade_no": order.txn, "out_trade_no": order.number })),
        Err(_) => business("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"),
    }
}

/// Unpaid is closed, paid is refunded, unknown succeeds without an `action`.
pub(super) fn cancel(sim: &Arc<Sim>, biz: &str) -> Answer {
    let numbers: Numbers = read(biz)?;
    let order = match trade(sim, &numbers) {
        Ok(order) => order,
        Err(Refusal(_, "ACQ.TRADE_NOT_EXIST", _)) => {
            return Ok(json!({ "out_trade_no": numbers.out_trade_no, "retry_flag": "N" }));
        }
        Err(refusal) => return Err(refusal),
    };
    let action = match order.state {
        OrderState::NotPaid | OrderState::Closed => {
            sim.ledger.lock().close(Which::Alipay, &order.number).map_err(refusal)?;
            "close"
        }
        OrderState::Paid => {
            let rest = order.fen - order.refunded_fen();
            if rest > 0 {
                give_back(sim, &order, format!("{}_cancel", order.number), rest)?;
            }
            "refund"
        }
    };
    Ok(json!({
        "trade_no": order.txn, "out_trade_no": order.number, "retry_flag": "N", "action": action,
    }))
}

fn give_back(sim: &Arc<Sim>, order: &Order, number: String, fen: i64) -> Result<(Order, bool), Refusal> {
    let now = sim.now_ms();
    let ask = Refund { id: order.txn.clone(), number, fen, asked_ms: now, done_ms: now, notify_url: None };
    let (order, refund, moved) = sim.ledger.lock().refund(Which::Alipay, &order.number, ask).map_err(refusal)?;
    if moved {
        notify::refunded(sim, &order, &refund);
    }
    Ok((order, moved))
}

pub(super) fn refund(sim: &Arc<Sim>, biz: &str) -> Answer {
    let numbers: Numbers = read(biz)?;
    let order = trade(sim, &numbers)?;
    let Some(fen) = numbers.refund_amount.as_ref().and_then(read_yuan).filter(|fen| *fen > 0) else {
        return business("ACQ.INVALID_PARAMETER", "参数无效：refund_amount");
    };
    // Without a number, the whole sum under the trade's own number.
    let number = match numbers.out_request_no {
        Some(number) if number.len() <= 64 && !number.is_empty() => number,
        Some(_) => return business("ACQ.INVALID_PARAMETER", "参数无效：out_request_no"),
        None if fen == order.fen => order.number.clone(),
        None => return business("ACQ.INVALID_PARAMETER", "部分退款必须传 out_request_no"),
    };
    let (order, moved) = give_back(sim, &order, number, fen)?;
    Ok(json!({
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "buyer_logon_id": "159****5620",
        "buyer_open_id": order.payer,
        "fund_change": if moved { "Y" } else { "N" },
        // The running total, as documented; not this refund's amount.
        "refund_fee": yuan(order.refunded_fen()),
        "gmt_refund_pay": time(sim.now_ms()),
    }))
}

/// No such refund is a success that says nothing.
pub(super) fn query_refund(sim: &Sim, biz: &str) -> Answer {
    let numbers: Numbers = read(biz)?;
    let order = trade(sim, &numbers)?;
    let number = numbers.out_request_no.unwrap_or_default();
    Ok(match order.refunds.iter().find(|refund| refund.number == number) {
        Some(refund) => json!({
            "trade_no": order.txn,
            "out_trade_no": order.number,
            "out_request_no": refund.number,
            "total_amount": yuan(order.fen),
            "refund_amount": yuan(refund.fen),
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": time(refund.done_ms),
        }),
        None => json!({}),
    })
}
