//! WeChat Pay API v3 on the wire: who asks, what for, and the signed answer.
//!
//! # Source
//! pay.weixin.qq.com/doc/v3/merchant (read 2026-11).

mod login;
mod order;
mod refund;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Response as HttpResponse, Uri},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use order::transaction;

use crate::{
    crypto::random_text,
    cut::Cut,
    faults::{Op, Which},
    identity::{MCH_ID, PLATFORM_SERIALS},
    ledger::{Product, Refused},
    server::Sim,
};

/// How far a request's time may be from ours.
const WINDOW_S: i64 = 300;
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/v3/{*rest}", any(v3)).route("/sns/jscode2session", get(login::jscode2session))
}

/// A refusal: HTTP status, code, and words.
#[derive(Debug)]
struct Refusal(u16, &'static str, String);

type Answer = Result<(u16, Value), Refusal>;

fn refuse<T>(status: u16, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(status, code, message.into()))
}

/// One door for every v3 call: who asks, then what.
async fn v3(
    State(sim): State<Arc<Sim>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let op = match (method.as_str(), uri.path()) {
        ("POST", "/v3/pay/transactions/jsapi" | "/v3/pay/transactions/native") => Op::Open,
        ("POST", "/v3/refund/domestic/refunds") => Op::Refund,
        ("GET", path) if path.starts_with("/v3/refund/") => Op::QueryRefund,
        ("POST", path) if path.ends_with("/close") => Op::Close,
        _ => Op::Query,
    };
    let work = |sign_wrongly: bool| {
        let answer = authorize(&sim, &method, &uri, &headers, &body).and_then(|()| dispatch(&sim, &method, &uri, &body));
        match answer {
            Ok((status, value)) => signed(&sim, &headers, status, &value, sign_wrongly),
            Err(Refusal(status, code, message)) => error(status, code, &message),
        }
    };
    sim.under_faults(Which::Wechat, op, &cut, work).await
}

/// Checks `Authorization` over the request exactly as it came.
fn authorize(sim: &Sim, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
    if header("user-agent").is_empty() {
        return refuse(400, "PARAM_ERROR", "User-Agent 不能为空");
    }
    if !["application/json", "*/*"].iter().any(|kind| header("accept").contains(kind)) {
        return refuse(406, "PARAM_ERROR", "Accept 应为 application/json");
    }
    if *method == Method::POST && !header("content-type").starts_with("application/json") {
        return refuse(415, "PARAM_ERROR", "Content-Type 应为 application/json");
    }
    let unsigned = || Refusal(401, "SIGN_ERROR", "Http头Authorization值格式错误".into());
    let fields = header("authorization").strip_prefix(SCHEME).ok_or_else(unsigned)?;
    let mut parts = BTreeMap::new();
    for part in fields.trim().split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(unsigned)?;
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).ok_or_else(unsigned)?;
        parts.insert(name, value);
    }
    let part = |name: &str| parts.get(name).copied().ok_or_else(unsigned);
    let (nonce, timestamp) = (part("nonce_str")?, part("timestamp")?);
    if part("mchid")? != MCH_ID {
        return refuse(401, "SIGN_ERROR", "商户号不存在");
    }
    if !part("serial_no")?.eq_ignore_ascii_case(&sim.identity.merchant_serial) {
        return refuse(401, "SIGN_ERROR", "商户证书序列号有误");
    }
    if nonce.is_empty() || nonce.len() > 32 {
        return refuse(401, "SIGN_ERROR", "随机串应为 1 到 32 个字符");
    }
    let sent: i64 = timestamp.parse().map_err(|_| unsigned())?;
    if (sim.now_ms() / 1000).abs_diff(sent) > WINDOW_S.unsigned_abs() {
        return refuse(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟");
    }
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let mut text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
    text.extend_from_slice(body);
    text.push(b'\n');
    if !sim.identity.merchant.signed(&text, part("signature")?) {
        return refuse(401, "SIGN_ERROR", "签名错误，请检查后再试");
    }
    Ok(())
}

fn dispatch(sim: &Arc<Sim>, method: &Method, uri: &Uri, body: &[u8]) -> Answer {
    let path: Vec<&str> = uri.path().trim_start_matches("/v3/").split('/').collect();
    match (method.as_str(), path.as_slice()) {
        ("POST", ["pay", "transactions", "jsapi"]) => order::place(sim, Product::Jsapi, body),
        ("POST", ["pay", "transactions", "native"]) => order::place(sim, Product::Native, body),
        ("GET", ["pay", "transactions", "out-trade-no", number]) => order::query(sim, uri, number),
        ("GET", ["pay", "transactions", "id", txn]) => order::query_by_id(sim, uri, txn),
        ("POST", ["pay", "transactions", "out-trade-no", number, "close"]) => order::close(sim, number, body),
        ("POST", ["refund", "domestic", "refunds"]) => refund::refund(sim, body),
        ("GET", ["refund", "domestic", "refunds", number]) => refund::query_refund(sim, number),
        _ => refuse(404, "RESOURCE_NOT_EXISTS", "接口不存在"),
    }
}

/// Signs a success. The key follows the request's `Wechatpay-Serial`, so both keys work at once.
fn signed(sim: &Sim, asked: &HeaderMap, status: u16, value: &Value, wrongly: bool) -> Response {
    let body = if status == 204 { String::new() } else { value.to_string() };
    let wanted = asked.get("wechatpay-serial").and_then(|v| v.to_str().ok());
    let key = PLATFORM_SERIALS.iter().position(|serial| Some(*serial) == wanted).unwrap_or_else(|| sim.notice_key());
    let headers = signature_headers(sim, key, &body, wrongly);
    build(status, headers, body)
}

/// The signature headers over `body`; a wrong signature is a right one over something else.
pub(crate) fn signature_headers(sim: &Sim, key: usize, body: &str, wrongly: bool) -> Vec<(&'static str, String)> {
    let timestamp = sim.now_ms() / 1000;
    let nonce = random_text(32).unwrap_or_default();
    let text = format!("{timestamp}\n{nonce}\n{body}\n");
    let covered = if wrongly { format!("{text} ") } else { text };
    vec![
        ("Wechatpay-Timestamp", timestamp.to_string()),
        ("Wechatpay-Nonce", nonce),
        ("Wechatpay-Signature", sim.identity.platform[key].sign(covered.as_bytes())),
        ("Wechatpay-Serial", PLATFORM_SERIALS[key].to_owned()),
        ("Wechatpay-Signature-Type", SCHEME.to_owned()),
    ]
}

/// An error, unsigned as they often are.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    build(status, Vec::new(), json!({ "code": code, "message": message }).to_string())
}

fn build(status: u16, headers: Vec<(&'static str, String)>, body: String) -> Response {
    let id = random_text(24).unwrap_or_default().to_uppercase();
    let mut response = HttpResponse::builder()
        .status(status)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("Request-ID", format!("{id}-0"));
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap_or_else(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Reads a body as strictly as the channel: no null, nothing beyond the basic plane, no unknown field.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<(T, Value), Refusal> {
    let wrong = |what: String| Refusal(400, "PARAM_ERROR", what);
    let text = std::str::from_utf8(body).map_err(|_| wrong("请求体不是 UTF-8".into()))?;
    if text.chars().any(|c| u32::from(c) > 0xFFFF) {
        return Err(wrong("请求体含有不支持的字符（4 字节 UTF-8）".into()));
    }
    let value: Value = serde_json::from_str(text).map_err(|e| wrong(format!("JSON 格式错误：{e}")))?;
    if has_null(&value) {
        return Err(wrong("参数不可为 null".into()));
    }
    let typed = T::deserialize(&value).map_err(|e| wrong(format!("参数错误：{e}")))?;
    Ok((typed, value))
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn is_number(text: &str, least: usize, most: usize, signs: &str) -> bool {
    (least..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

fn refusal(refused: Refused) -> Refusal {
    let (status, code, message) = match refused {
        Refused::NoSuchOrder => (404, "ORDER_NOT_EXIST", "订单不存在"),
        Refused::OtherParams => (400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致"),
        Refused::Closed => (400, "ORDER_CLOSED", "订单已关闭"),
        Refused::AlreadyPaid => (400, "ORDERPAID", "该订单已支付"),
        Refused::NotPaid => (403, "TRADE_ERROR", "订单未支付"),
        Refused::Expired | Refused::CodeReplaced => (400, "INVALID_REQUEST", "订单已过期"),
        Refused::RefundTooLarge => (400, "INVALID_REQUEST", "申请退款金额超过可退金额"),
        Refused::RefundDiffers => (400, "INVALID_REQUEST", "退款单号重入时，参数与首次请求时不一致"),
    };
    Refusal(status, code, message.to_owned())
}

pub(crate) fn rfc3339(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let civil = jiff::tz::offset(8).to_datetime(at);
    civil.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}
