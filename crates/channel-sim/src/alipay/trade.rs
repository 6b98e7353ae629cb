//! Trades: query, close and cancel.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Request, business,
    pay::paid_fields,
    refund::give_back,
    refusal,
    text::{time, yuan},
};
use crate::{
    faults::{Kind, Which},
    order::{Order, Refused, State},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A payment can be refunded for a year.
const REFUNDABLE_MS: i64 = 365 * DAY_MS;

/// Which trade is meant.
#[derive(Debug, Deserialize)]
pub(super) struct Numbers {
    pub out_trade_no: Option<String>,
    pub trade_no: Option<String>,
    pub refund_amount: Option<Value>,
    pub out_request_no: Option<String>,
    #[serde(default)]
    pub query_options: Vec<String>,
}

/// The trade that is meant, `trade_no` first; a code nobody scanned has none.
pub(super) fn trade(request: &Request, numbers: &Numbers) -> Result<Order, Refusal> {
    let number = {
        let ledger = request.sim.ledger.lock();
        let order = match (&numbers.trade_no, &numbers.out_trade_no) {
            (Some(txn), _) => ledger.orders().find(|order| order.channel == Which::Alipay && order.txn == *txn),
            (None, Some(number)) => ledger.get(Which::Alipay, number),
            (None, None) => return business("ACQ.INVALID_PARAMETER", "out_trade_no 与 trade_no 不能同时为空"),
        };
        order.filter(|order| order.scanned).map(|order| order.number.clone())
    };
    let number = number.ok_or_else(|| refusal(Refused::NoSuchOrder))?;
    request.sim.advance(Which::Alipay, &number);
    request.sim.ledger.lock().get(Which::Alipay, &number).cloned().ok_or_else(|| refusal(Refused::NoSuchOrder))
}

/// `trade_status`; a payment refunded in full looks like one never made.
pub(crate) fn trade_status(order: &Order, now: i64) -> &'static str {
    match order.paid_ms {
        None if order.state == State::Closed || order.state == State::Revoked => "TRADE_CLOSED",
        // Nobody paid in time.
        None if order.expires_ms < now => "TRADE_CLOSED",
        None => "WAIT_BUYER_PAY",
        Some(_) if order.refunded_fen() == order.fen || order.reversed_ms.is_some() => "TRADE_CLOSED",
        Some(paid_ms) if now - paid_ms > REFUNDABLE_MS => "TRADE_FINISHED",
        Some(_) => "TRADE_SUCCESS",
    }
}

pub(super) fn query(request: &Request) -> Answer {
    let order = trade(request, &request.biz()?)?;
    let mut value = match order.paid_ms {
        Some(paid_ms) => {
            let mut value = paid_fields(&order);
            value["send_pay_date"] = json!(time(paid_ms));
            value
        }
        None => json!({
            "trade_no": order.txn,
            "out_trade_no": order.number,
            "buyer_logon_id": "159****5620",
            "buyer_open_id": order.payer,
            "total_amount": yuan(order.fen),
        }),
    };
    value["trade_status"] = json!(trade_status(&order, request.sim.now_ms()));
    Ok(value)
}

pub(super) fn close(request: &Request) -> Answer {
    let order = trade(request, &request.biz()?)?;
    match trade_status(&order, request.sim.now_ms()) {
        "WAIT_BUYER_PAY" => {}
        "TRADE_CLOSED" => return business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        _ => return business("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"),
    }
    let order = request.sim.ledger.lock().close(Which::Alipay, &order.number).map_err(refusal)?;
    Ok(json!({ "trade_no": order.txn, "out_trade_no": order.number }))
}

/// Unpaid is closed, paid is refunded, unknown succeeds without an `action`. A code payment may be cancelled while its
/// payer is at the password.
pub(super) fn cancel(request: &Request) -> Answer {
    let numbers: Numbers = request.biz()?;
    if request.hits.has(Kind::AskAgain) {
        return Ok(json!({ "out_trade_no": numbers.out_trade_no, "trade_no": numbers.trade_no, "retry_flag": "Y" }));
    }
    let order = match trade(request, &numbers) {
        Ok(order) => order,
        Err(Refusal(_, "ACQ.TRADE_NOT_EXIST", _)) => {
            return Ok(json!({ "out_trade_no": numbers.out_trade_no, "retry_flag": "N" }));
        }
        Err(refusal) => return Err(refusal),
    };
    if request.sim.now_ms() - order.created_ms > DAY_MS {
        return business("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围");
    }
    let action = match order.paid_ms {
        None => {
            if order.state != State::Revoked {
                request.sim.ledger.lock().close(Which::Alipay, &order.number).map_err(refusal)?;
            }
            "close"
        }
        Some(_) => {
            let rest = order.fen - order.refunded_fen();
            if rest > 0 {
                give_back(request, &order, format!("{}_cancel", order.number), rest)?;
            }
            "refund"
        }
    };
    Ok(json!({ "trade_no": order.txn, "out_trade_no": order.number, "retry_flag": "N", "action": action }))
}
