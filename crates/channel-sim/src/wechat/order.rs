//! Orders: JSAPI and Native, query, and close.

use std::sync::Arc;

use axum::http::Uri;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Refusal, is_number, read, refusal, refuse, rfc3339};
use crate::{
    faults::Which,
    identity::{APP_ID, MCH_ID},
    ledger::{NewOrder, Order, Product, Refused, State as OrderState},
    server::{Sim, is_on_this_machine},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the channel refuses fields that it does not name, so all are named")]
struct PlaceBody {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    time_expire: Option<String>,
    attach: Option<String>,
    notify_url: String,
    goods_tag: Option<String>,
    support_fapiao: Option<bool>,
    amount: PlaceAmount,
    payer: Option<Payer>,
    detail: Option<Value>,
    scene_info: Option<Value>,
    settle_info: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceAmount {
    total: i64,
    currency: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payer {
    openid: String,
}

pub(super) fn place(sim: &Arc<Sim>, product: Product, body: &[u8]) -> Answer {
    let (order, params) = read::<PlaceBody>(body)?;
    check_place(&order, product)?;
    let now = sim.now_ms();
    let minute = 60_000;
    let expires_ms = match order.time_expire.as_deref().map(str::parse::<Timestamp>) {
        // Earlier than a minute from now counts as a minute from now.
        Some(Ok(at)) => at.as_millisecond().max(now + minute),
        Some(Err(_)) => return refuse(400, "PARAM_ERROR", "time_expire 应为 RFC3339"),
        None => now + 7 * 24 * 60 * minute,
    };
    let placed = sim.ledger.lock().place(
        NewOrder {
            channel: Which::Wechat,
            number: order.out_trade_no,
            product,
            fen: order.amount.total,
            description: order.description,
            notify_url: Some(order.notify_url),
            params: params.to_string(),
            payer: order.payer.map_or_else(|| "oSIM-native-payer".to_owned(), |payer| payer.openid),
            expires_ms,
        },
        now,
    );
    match (placed, product) {
        (Ok(code), Product::Jsapi) => Ok((200, json!({ "prepay_id": code }))),
        (Ok(code), _) => Ok((200, json!({ "code_url": code }))),
        (Err(refused), _) => Err(refusal(refused)),
    }
}

fn check_place(order: &PlaceBody, product: Product) -> Result<(), Refusal> {
    let param = |what: &str| refuse(400, "PARAM_ERROR", what);
    if order.mchid != MCH_ID {
        return refuse(400, "MCH_NOT_EXISTS", "商户号不存在");
    }
    if order.appid != APP_ID {
        return refuse(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配");
    }
    if !is_number(&order.out_trade_no, 6, 32, "_-|*") {
        return param("out_trade_no 应为 6 到 32 个字符");
    }
    if order.description.is_empty() || order.description.chars().count() > 127 {
        return param("description 应为 1 到 127 个字符");
    }
    if order.amount.total < 1 {
        return param("amount.total 应不小于 1");
    }
    if order.amount.currency.as_deref().is_some_and(|currency| currency != "CNY") {
        return param("amount.currency 应为 CNY");
    }
    if order.notify_url.len() > 255 || order.notify_url.contains(['?', '#']) {
        return param("notify_url 不可带参数");
    }
    if !is_on_this_machine(&order.notify_url) {
        return param("模拟器只通知本机地址 (the simulator only notifies this machine)");
    }
    match (product, &order.payer) {
        (Product::Jsapi, None) => param("payer.openid 缺失"),
        (Product::Jsapi, Some(payer)) if payer.openid.is_empty() => param("payer.openid 为空"),
        (Product::Native, Some(_)) => param("输入源“/body/payer”是未定义的参数"),
        _ => Ok(()),
    }
}

/// `mchid` must be in the query string, and ours.
fn check_mchid(uri: &Uri) -> Result<(), Refusal> {
    let query = uri.query().unwrap_or("");
    let mchid = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mchid");
    match mchid {
        Some((_, value)) if value == MCH_ID => Ok(()),
        Some(_) => refuse(403, "NO_AUTH", "商户号与订单不匹配"),
        None => refuse(400, "PARAM_ERROR", "mchid 缺失"),
    }
}

pub(super) fn query(sim: &Sim, uri: &Uri, number: &str) -> Answer {
    check_mchid(uri)?;
    let ledger = sim.ledger.lock();
    match ledger.get(Which::Wechat, number) {
        Some(order) => Ok((200, transaction(order))),
        None => Err(refusal(Refused::NoSuchOrder)),
    }
}

pub(super) fn query_by_id(sim: &Sim, uri: &Uri, txn: &str) -> Answer {
    check_mchid(uri)?;
    let ledger = sim.ledger.lock();
    match ledger.by_txn(Which::Wechat, txn) {
        Some(order) => Ok((200, transaction(order))),
        None => Err(refusal(Refused::NoSuchOrder)),
    }
}

/// The shape of a query's answer and of a payment notice.
pub(crate) fn transaction(order: &Order) -> Value {
    let (state, words) = match order.state {
        OrderState::NotPaid => ("NOTPAY", "订单未支付"),
        OrderState::Closed => ("CLOSED", "订单已关闭"),
        OrderState::Paid if order.refunds.is_empty() => ("SUCCESS", "支付成功"),
        OrderState::Paid => ("REFUND", "订单发生过退款"),
    };
    let mut value = json!({
        "appid": APP_ID,
        "mchid": MCH_ID,
        "out_trade_no": order.number,
        "trade_state": state,
        "trade_state_desc": words,
        "amount": { "total": order.fen, "currency": "CNY" },
        "promotion_detail": [],
    });
    if let Some(paid_ms) = order.paid_ms {
        value["transaction_id"] = json!(order.txn);
        value["trade_type"] = json!(if order.product == Product::Jsapi { "JSAPI" } else { "NATIVE" });
        value["bank_type"] = json!("OTHERS");
        value["success_time"] = json!(rfc3339(paid_ms));
        value["payer"] = json!({ "openid": order.payer });
        value["amount"] = json!({
            "total": order.fen, "payer_total": order.fen, "currency": "CNY", "payer_currency": "CNY",
        });
    }
    value
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    mchid: String,
}

pub(super) fn close(sim: &Sim, number: &str, body: &[u8]) -> Answer {
    let (close, _) = read::<CloseBody>(body)?;
    if close.mchid != MCH_ID {
        return refuse(403, "NO_AUTH", "商户号与订单不匹配");
    }
    match sim.ledger.lock().close(Which::Wechat, number) {
        Ok(_) => Ok((204, Value::Null)),
        Err(refused) => Err(refusal(refused)),
    }
}
