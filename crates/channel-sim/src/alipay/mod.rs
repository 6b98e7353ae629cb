//! Alipay's OpenAPI gateway on the wire: one address, signed forms in, signed raw nodes out.
//!
//! # Source
//! opendocs.alipay.com, and the error enumerations of the official SDK (read 2026-11).

mod text;
mod trade;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::Uri,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use text::{time, yuan};
pub(crate) use trade::trade_status;

use self::text::read_time;
use crate::{
    cut::Cut,
    faults::{Op, Which},
    identity::ALIPAY_APP_ID,
    ledger::{Product, Refused},
    server::Sim,
};

/// A request's time may be this far from ours.
const WINDOW_MS: u64 = 15 * 60 * 1000;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/gateway.do", post(gateway))
}

/// A refusal: code, sub_code, and words.
#[derive(Debug)]
struct Refusal(&'static str, &'static str, String);

type Answer = Result<Value, Refusal>;

fn refuse<T>(code: &'static str, sub_code: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(code, sub_code, words.into()))
}

fn business<T>(sub_code: &'static str, words: &str) -> Result<T, Refusal> {
    refuse("40004", sub_code, words)
}

async fn gateway(State(sim): State<Arc<Sim>>, ConnectInfo(cut): ConnectInfo<Cut>, uri: Uri, body: Bytes) -> Response {
    // SDKs put the common parameters in the address or in the body; they count as one form.
    let mut params = BTreeMap::new();
    for part in [uri.query().unwrap_or("").as_bytes(), &body] {
        for (name, value) in form_urlencoded::parse(part) {
            params.insert(name.into_owned(), value.into_owned());
        }
    }
    let method = params.get("method").cloned().unwrap_or_default();
    let op = match method.as_str() {
        "alipay.trade.precreate" | "alipay.trade.create" => Op::Open,
        "alipay.trade.close" | "alipay.trade.cancel" => Op::Close,
        "alipay.trade.refund" => Op::Refund,
        "alipay.trade.fastpay.refund.query" => Op::QueryRefund,
        _ => Op::Query,
    };
    let work = |sign_wrongly: bool| match authorize(&sim, &params) {
        Ok(()) => {
            let node = match dispatch(&sim, &method, &params) {
                Ok(mut value) => {
                    value["code"] = json!("10000");
                    value["msg"] = json!("Success");
                    value
                }
                Err(refusal) => refusal_value(&refusal),
            };
            answer(&sim, &node_name(&method), &node, true, sign_wrongly)
        }
        // The application is known, so the refusal is signed like any answer.
        Err(refusal @ Refusal(_, "isv.invalid-signature" | "isv.invalid-timestamp", _)) => {
            answer(&sim, &node_name(&method), &refusal_value(&refusal), true, sign_wrongly)
        }
        // Who asks is not known, so the gateway answers in its own name and without signature.
        Err(refusal) => answer(&sim, "error_response", &refusal_value(&refusal), false, false),
    };
    sim.under_faults(Which::Alipay, op, &cut, work).await
}

fn node_name(method: &str) -> String {
    format!("{}_response", method.replace('.', "_"))
}

fn refusal_value(Refusal(code, sub_code, words): &Refusal) -> Value {
    let msg = match *code {
        "40001" => "Missing Required Arguments",
        "40002" => "Invalid Arguments",
        "40006" => "Insufficient Permissions",
        _ => "Business Failed",
    };
    json!({ "code": code, "msg": msg, "sub_code": sub_code, "sub_msg": words })
}

/// Signs the node's text as it stands in the body, slashes escaped as Alipay escapes them.
fn answer(sim: &Sim, name: &str, node: &Value, sign: bool, wrongly: bool) -> Response {
    let node = node.to_string().replace('/', "\\/");
    let body = if sign {
        let covered = if wrongly { format!("{node} ") } else { node.clone() };
        let signature = sim.identity.alipay.sign(covered.as_bytes());
        format!("{{\"{name}\":{node},\"sign\":\"{signature}\"}}")
    } else {
        format!("{{\"{name}\":{node}}}")
    };
    ([("Content-Type", "text/html;charset=utf-8")], body).into_response()
}

/// Checks the common parameters and the signature; a wrong signature hears what we verified.
fn authorize(sim: &Sim, params: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let param = |name: &str| params.get(name).map_or("", String::as_str);
    for (name, missing) in [
        ("method", "isv.missing-method"),
        ("app_id", "isv.missing-app-id"),
        ("timestamp", "isv.missing-timestamp"),
        ("version", "isv.missing-version"),
        ("sign_type", "isv.missing-signature-type"),
        ("sign", "isv.missing-signature"),
    ] {
        if param(name).is_empty() {
            return refuse("40001", missing, format!("缺少参数 {name}"));
        }
    }
    if param("app_id") != ALIPAY_APP_ID {
        return refuse("40002", "isv.invalid-app-id", "无效的AppID参数");
    }
    if param("sign_type") != "RSA2" {
        return refuse("40002", "isv.invalid-signature-type", "无效的签名类型");
    }
    if !param("charset").eq_ignore_ascii_case("utf-8") {
        return refuse("40002", "isv.invalid-charset", "字符集错误");
    }
    let sent = read_time(param("timestamp"));
    if sent.is_none_or(|sent| sent.abs_diff(sim.now_ms()) > WINDOW_MS) {
        return refuse("40002", "isv.invalid-timestamp", "非法的时间戳参数");
    }
    let text = params
        .iter()
        .filter(|(name, value)| *name != "sign" && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    if !sim.identity.alipay_app.signed(text.as_bytes(), param("sign")) {
        return refuse(
            "40002",
            "isv.invalid-signature",
            format!("验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{text}"),
        );
    }
    Ok(())
}

fn dispatch(sim: &Arc<Sim>, method: &str, params: &BTreeMap<String, String>) -> Answer {
    let biz = params.get("biz_content").map_or("", String::as_str);
    let notify_url = params.get("notify_url").cloned().filter(|url| !url.is_empty());
    match method {
        "alipay.trade.precreate" => trade::open(sim, Product::Precreate, biz, notify_url),
        "alipay.trade.create" => trade::open(sim, Product::Create, biz, notify_url),
        "alipay.trade.query" => trade::query(sim, biz),
        "alipay.trade.close" => trade::close(sim, biz),
        "alipay.trade.cancel" => trade::cancel(sim, biz),
        "alipay.trade.refund" => trade::refund(sim, biz),
        "alipay.trade.fastpay.refund.query" => trade::query_refund(sim, biz),
        _ => refuse("40006", "isv.insufficient-isv-permissions", "ISV权限不足"),
    }
}

fn read<T: DeserializeOwned>(biz: &str) -> Result<T, Refusal> {
    serde_json::from_str(biz).map_err(|e| Refusal("40004", "ACQ.INVALID_PARAMETER", format!("参数无效：{e}")))
}

fn refusal(refused: Refused) -> Refusal {
    let (sub_code, words) = match refused {
        Refused::NoSuchOrder => ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
        Refused::OtherParams => ("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
        Refused::Closed => ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
        Refused::AlreadyPaid => ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
        Refused::NotPaid | Refused::Expired | Refused::CodeReplaced => ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        Refused::RefundTooLarge => ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
        Refused::RefundDiffers => ("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"),
    };
    Refusal("40004", sub_code, words.to_owned())
}
