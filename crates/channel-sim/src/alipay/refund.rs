//! Refunds: once per number within a trade, at once, and answered with the running total.

use serde_json::{Value, json};

use super::{
    Answer, Refusal, Request, business, refusal,
    text::{read_yuan, time, yuan},
    trade::{Numbers, trade, trade_status},
};
use crate::{
    faults::{Kind, Which},
    notify,
    order::{Order, Refund, RefundEnd},
};

/// The order afterwards, and whether money moved now.
pub(super) fn give_back(request: &Request, order: &Order, number: String, fen: i64) -> Result<(Order, bool), Refusal> {
    let now = request.sim.now_ms();
    let ask = Refund {
        id: order.txn.clone(),
        number,
        fen,
        asked_ms: now,
        done_ms: now,
        end: RefundEnd::Success,
        notify_url: None,
        notified: false,
    };
    let (order, refund, moved) = request.sim.ledger.lock().refund(Which::Alipay, &order.number, ask).map_err(refusal)?;
    if moved {
        notify::refunded(request.sim, &order, &refund);
    }
    Ok((order, moved))
}

pub(super) fn refund(request: &Request) -> Answer {
    let numbers: Numbers = request.biz()?;
    let order = trade(request, &numbers)?;
    let (number, fen) = asked(&order, &numbers)?;
    let known = order.refunds.iter().any(|refund| refund.number == number);
    if !known {
        may_refund(request, &order)?;
    }
    let (order, moved) = give_back(request, &order, number, fen)?;
    let mut value = json!({
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "buyer_logon_id": "159****5620",
        "buyer_open_id": order.payer,
        "fund_change": if moved { "Y" } else { "N" },
        // The running total, as documented; not this refund's amount.
        "refund_fee": yuan(order.refunded_fen()),
    });
    if moved {
        value["gmt_refund_pay"] = json!(time(request.sim.now_ms()));
    }
    if numbers.query_options.iter().any(|option| option == "refund_detail_item_list") {
        value["send_back_fee"] = json!(yuan(if moved { fen } else { 0 }));
        value["refund_detail_item_list"] = details(fen);
    }
    Ok(value)
}

/// Which refund, and how much. Without a number, the whole sum under the trade's own number.
fn asked(order: &Order, numbers: &Numbers) -> Result<(String, i64), Refusal> {
    let invalid = |words: &str| business("ACQ.INVALID_PARAMETER", words);
    let Some(fen) = numbers.refund_amount.as_ref().and_then(read_yuan).filter(|fen| *fen > 0) else {
        return invalid("参数无效：refund_amount");
    };
    match &numbers.out_request_no {
        Some(number) if number.len() <= 64 && !number.is_empty() => Ok((number.clone(), fen)),
        Some(_) => invalid("参数无效：out_request_no"),
        None if fen == order.fen => Ok((order.number.clone(), fen)),
        None => invalid("部分退款必须传 out_request_no"),
    }
}

/// Whether a new refund is possible at all.
fn may_refund(request: &Request, order: &Order) -> Result<(), Refusal> {
    match trade_status(order, request.sim.now_ms()) {
        "TRADE_SUCCESS" => {}
        "TRADE_FINISHED" => return business("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
        "TRADE_CLOSED" => return business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
        _ => return business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    }
    if request.hits.has(Kind::NotEnough) {
        return business("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足");
    }
    Ok(())
}

fn details(fen: i64) -> Value {
    json!([{ "fund_channel": "ALIPAYACCOUNT", "amount": yuan(fen) }])
}

/// No such refund is a success that says nothing.
pub(super) fn query(request: &Request) -> Answer {
    let numbers: Numbers = request.biz()?;
    let order = match trade(request, &numbers) {
        // Here the word comes without its prefix.
        Err(Refusal(code, "ACQ.TRADE_NOT_EXIST", words)) => return Err(Refusal(code, "TRADE_NOT_EXIST", words)),
        other => other?,
    };
    // A refund asked for without a number bears the trade's.
    let number = numbers.out_request_no.unwrap_or_else(|| order.number.clone());
    let Some(refund) = order.refunds.iter().find(|refund| refund.number == number) else {
        return Ok(json!({}));
    };
    let mut value = json!({
        "trade_no": order.txn,
        "out_trade_no": order.number,
        "out_request_no": refund.number,
        "total_amount": yuan(order.fen),
        "refund_amount": yuan(refund.fen),
    });
    if refund.ended(request.sim.now_ms()) != Some(RefundEnd::Closed) {
        value["refund_status"] = json!("REFUND_SUCCESS");
    }
    let wants = |name: &str| numbers.query_options.iter().any(|option| option == name);
    if wants("gmt_refund_pay") {
        value["gmt_refund_pay"] = json!(time(refund.done_ms));
    }
    if wants("refund_detail_item_list") {
        value["refund_detail_item_list"] = details(refund.fen);
    }
    Ok(value)
}
