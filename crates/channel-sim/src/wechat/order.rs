//! Orders: JSAPI and Native, query, and close.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::Query,
    http::Uri,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal, ask_again,
    gate::{is_number, read},
    refusal, refuse, rfc3339,
};
use crate::{
    control,
    faults::{Hits, Kind, Which},
    identity::{APP_ID, MCH_ID},
    order::{NewOrder, Order, Product, Refused, State as OrderState},
    sim::{Sim, is_on_this_machine},
};

/// Where an H5 order's payer is sent; the real channel's is at wx.tenpay.com.
pub(super) const H5_PATH: &str = "/cgi-bin/mmpayweb-bin/checkmweb";

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

pub(super) fn place(sim: &Arc<Sim>, product: Product, body: &[u8], hits: &Hits) -> Answer {
    let (order, params) = read::<PlaceBody>(body)?;
    check_place(&order, product)?;
    if product == Product::H5 {
        check_h5(sim, order.scene_info.as_ref())?;
    }
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
            attach: order.attach,
            notify_url: Some(order.notify_url),
            params: params.to_string(),
            payer: order.payer.map_or_else(|| "oSIM-native-payer".to_owned(), |payer| payer.openid),
            expires_ms,
        },
        now,
    );
    let code = placed.map_err(refusal)?;
    if hits.has(Kind::PaidBeforeReply) {
        let _ = control::confirm(sim, &code);
    }
    let (name, value) = match product {
        Product::Jsapi => ("prepay_id", code),
        Product::H5 => ("h5_url", format!("{}{H5_PATH}?prepay_id={code}&package=1122334455", sim.base())),
        Product::Native | Product::Precreate | Product::Create | Product::Wap | Product::CodePay => ("code_url", code),
    };
    Ok((200, json!({ name: value })))
}

/// H5 wants to know where the payer is. Everyone is at 127.0.0.1 here, so that address is only refused, as the real
/// channel does, when the settings say so.
fn check_h5(sim: &Sim, scene: Option<&Value>) -> Result<(), Refusal> {
    let param = |what: &str| refuse(400, "PARAM_ERROR", what);
    let Some(scene) = scene else {
        return param("scene_info 缺失");
    };
    let ip = scene["payer_client_ip"].as_str().and_then(|text| text.parse::<IpAddr>().ok());
    let Some(ip) = ip else {
        return param("scene_info.payer_client_ip 缺失或格式错误");
    };
    if ip.is_unspecified() || (ip.is_loopback() && sim.settings.lock().refuse_loopback_payers) {
        return param("payer_client_ip 应为用户的真实 IP");
    }
    if !matches!(scene["h5_info"]["type"].as_str(), Some("Wap" | "iOS" | "Android")) {
        return param("scene_info.h5_info.type 应为 Wap、iOS 或 Android");
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
pub(super) struct H5Query {
    prepay_id: String,
    redirect_url: Option<String>,
}

/// The page an H5 payer's browser opens: here the simulated wallet.
pub(super) async fn h5_page(Query(query): Query<H5Query>) -> Response {
    let path = "/wallet/pay?";
    let mut target = form_urlencoded::Serializer::for_suffix(path.to_owned(), path.len());
    target.append_pair("code", &query.prepay_id);
    if let Some(back) = query.redirect_url.filter(|url| is_on_this_machine(url)) {
        target.append_pair("back", &back);
    }
    Redirect::to(&target.finish()).into_response()
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
    if order.attach.as_deref().is_some_and(|attach| attach.chars().count() > 128) {
        return param("attach 应不超过 128 个字符");
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
        (Product::Native | Product::H5, Some(_)) => param("输入源“/body/payer”是未定义的参数"),
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

pub(super) fn query(sim: &Arc<Sim>, uri: &Uri, number: &str) -> Answer {
    check_mchid(uri)?;
    sim.advance(Which::Wechat, number);
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

/// The state's name and words.
pub(super) fn trade_state(order: &Order) -> (&'static str, &'static str) {
    match order.state {
        OrderState::NotPaid => ("NOTPAY", "订单未支付"),
        OrderState::UserPaying => ("USERPAYING", "用户支付中，需要输入密码"),
        OrderState::PayError => ("PAYERROR", "支付失败(其他原因，如银行返回失败)"),
        OrderState::Closed => ("CLOSED", "订单已关闭"),
        OrderState::Revoked => ("REVOKED", "订单已撤销"),
        OrderState::Paid if order.refunds.is_empty() => ("SUCCESS", "支付成功"),
        OrderState::Paid => ("REFUND", "订单发生过退款"),
    }
}

pub(crate) fn trade_type(product: Product) -> &'static str {
    match product {
        Product::Jsapi => "JSAPI",
        Product::H5 => "MWEB",
        Product::CodePay => "MICROPAY",
        Product::Native | Product::Precreate | Product::Create | Product::Wap => "NATIVE",
    }
}

/// The shape of a query's answer and of a payment notice.
pub(crate) fn transaction(order: &Order) -> Value {
    let (state, words) = trade_state(order);
    if state == "USERPAYING" {
        // The channel says no more than this while the payer is at the password.
        return json!({ "trade_state": state });
    }
    let mut value = json!({
        "appid": APP_ID,
        "mchid": MCH_ID,
        "out_trade_no": order.number,
        "trade_state": state,
        "trade_state_desc": words,
        "amount": { "total": order.fen, "currency": "CNY" },
        "promotion_detail": [],
    });
    if let Some(attach) = &order.attach {
        value["attach"] = json!(attach);
    }
    // A failed payment whose money was taken all the same does not say so.
    if let Some(paid_ms) = order.paid_ms.filter(|_| order.state != OrderState::PayError) {
        value["transaction_id"] = json!(order.txn);
        value["trade_type"] = json!(trade_type(order.product));
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

pub(super) fn close(sim: &Sim, number: &str, body: &[u8], hits: &Hits) -> Answer {
    let (close, _) = read::<CloseBody>(body)?;
    if close.mchid != MCH_ID {
        return refuse(403, "NO_AUTH", "商户号与订单不匹配");
    }
    ask_again(hits)?;
    match sim.ledger.lock().close(Which::Wechat, number) {
        Ok(_) => Ok((204, Value::Null)),
        Err(refused) => Err(refusal(refused)),
    }
}
