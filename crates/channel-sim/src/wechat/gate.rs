//! Who asks, and whether the request may be read: as strict as the channel, over the bytes exactly as they came.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Uri},
};
use serde_json::Value;

use super::answer::{Refusal, SCHEME, refuse};
use crate::{identity::MCH_ID, sim::Sim};

/// How far a request's time may be from ours.
const WINDOW_S: i64 = 300;
/// "输入源未定义的参数", the end of `Request-ID`.
const UNDEFINED_PARAMETER: u32 = 270_924_358;

/// Checks `Authorization` over the request exactly as it came.
pub(super) fn authorize(sim: &Sim, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
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
    let unsigned = || Refusal::new(401, "SIGN_ERROR", "Http头Authorization值格式错误");
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
    if sim.settings.lock().nonces_once && !is_new(sim, nonce) {
        return refuse(401, "SIGN_ERROR", "随机串重复");
    }
    Ok(())
}

/// Whether the nonce was not seen in the last minutes; remembers it.
fn is_new(sim: &Sim, nonce: &str) -> bool {
    let now = sim.now_ms();
    let mut nonces = sim.nonces.lock();
    nonces.retain(|_, at| now - *at <= 2 * WINDOW_S * 1000);
    nonces.insert(nonce.to_owned(), now).is_none()
}

/// Reads a body as strictly as the channel: no null, nothing beyond the basic plane, no unknown field.
pub(super) fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<(T, Value), Refusal> {
    let wrong = |what: String| Refusal::new(400, "PARAM_ERROR", what);
    let text = std::str::from_utf8(body).map_err(|_| wrong("请求体不是 UTF-8".into()))?;
    if text.chars().any(|c| u32::from(c) > 0xFFFF) {
        return Err(wrong("请求体含有不支持的字符（4 字节 UTF-8）".into()));
    }
    let value: Value = serde_json::from_str(text).map_err(|e| wrong(format!("JSON 格式错误：{e}")))?;
    if has_null(&value) {
        return Err(wrong("参数不可为 null".into()));
    }
    let typed = T::deserialize(&value).map_err(|e| {
        let refusal = wrong(format!("参数错误：{e}"));
        if e.to_string().starts_with("unknown field") { refusal.numbered(UNDEFINED_PARAMETER) } else { refusal }
    })?;
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

pub(super) fn is_number(text: &str, least: usize, most: usize, signs: &str) -> bool {
    (least..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}
