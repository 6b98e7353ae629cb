//! Where bills are fetched: addresses that live for half a minute, and the control API that spoils bills.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BillFile, BillType, NoBill, Spoil, Wrong, alipay_file, pack, wechat_fund_flow_file, wechat_trade_file};
use crate::{
    faults::{Op, Which},
    identity::SELLER_ID,
    line::Line,
    sim::{Call, Sim, Trouble},
};

/// A refusal in WeChat Pay's shape: status, code, words.
pub(crate) type WechatRefusal = (u16, &'static str, &'static str);

/// Alipay's bill server, which is another host than the gateway; here, another path.
pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/downloadBillFile.resource", get(alipay_download))
}

pub(crate) fn control_routes() -> Router<Arc<Sim>> {
    Router::new().route("/control/bills", get(spoils).post(spoil)).route("/control/bills/clear", post(clear))
}

fn param(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or("").as_bytes();
    form_urlencoded::parse(query).find(|(n, _)| n == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// `GET /v3/bill/tradebill`
pub(crate) fn wechat_trade(sim: &Sim, uri: &Uri) -> Result<Value, WechatRefusal> {
    let kind = BillType::read(&param(uri, "bill_type")).ok_or((400, "PARAM_ERROR", "bill_type 应为 ALL、SUCCESS 或 REFUND"))?;
    let day = wechat_day(uri)?;
    answer(sim, uri, wechat_trade_file(sim, day, kind))
}

/// `GET /v3/bill/fundflowbill`
pub(crate) fn wechat_fund_flow(sim: &Sim, uri: &Uri) -> Result<Value, WechatRefusal> {
    let day = wechat_day(uri)?;
    match param(uri, "account_type").as_str() {
        "" | "BASIC" => answer(sim, uri, wechat_fund_flow_file(sim, day)),
        // Nothing ever moves there.
        "OPERATION" | "FEES" => answer(sim, uri, Err(NoBill::Empty)),
        _ => Err((400, "PARAM_ERROR", "account_type 应为 BASIC、OPERATION 或 FEES")),
    }
}

fn wechat_day(uri: &Uri) -> Result<Date, WechatRefusal> {
    let text = param(uri, "bill_date");
    let day = (text.len() == 10).then(|| Date::strptime("%Y-%m-%d", &text).ok()).flatten();
    day.ok_or((400, "PARAM_ERROR", "bill_date 应为 yyyy-MM-dd"))
}

fn answer(sim: &Sim, uri: &Uri, file: Result<BillFile, NoBill>) -> Result<Value, WechatRefusal> {
    let file = file.map_err(|none| match none {
        NoBill::NotYet => (400, "STATEMENT_CREATING", "账单正在生成中，请稍后再试"),
        NoBill::Empty => (400, "NO_STATEMENT_EXIST", "账单文件不存在"),
        NoBill::TooOld => (400, "INVALID_REQUEST", "仅支持三个月内的账单"),
    })?;
    let bytes = match param(uri, "tar_type").as_str() {
        "" => file.bytes,
        "GZIP" => pack::gzip(&file.bytes).map_err(|_| (500, "SYSTEM_ERROR", "系统异常，请稍后重试"))?,
        _ => return Err((400, "PARAM_ERROR", "tar_type 应为 GZIP")),
    };
    let token = sim.bills.lock().give_out(bytes, sim.now_ms());
    let url = format!("{}/v3/billdownload/file?token={token}", sim.base());
    Ok(json!({ "hash_type": "SHA1", "hash_value": file.sha1, "download_url": url }))
}

/// `GET /v3/billdownload/file`: signed like every request, but the answer is not.
pub(crate) fn wechat_download(sim: &Sim, uri: &Uri) -> Result<Response, WechatRefusal> {
    let bytes = sim.bills.lock().redeem(&param(uri, "token"), sim.now_ms());
    let bytes = bytes.ok_or((404, "RESOURCE_NOT_EXISTS", "下载地址已失效"))?;
    Ok(([("Content-Type", "text/plain; charset=utf-8")], bytes).into_response())
}

/// Where a day's bill can be fetched, and whether it has no rows.
pub(crate) fn alipay_url(sim: &Sim, day: Date, account: bool) -> Result<(String, bool), NoBill> {
    let file = alipay_file(sim, day, account)?;
    let token = sim.bills.lock().give_out(file.bytes, sim.now_ms());
    let (kind, day) = (if account { "signcustomer" } else { "trade" }, day.strftime("%Y%m%d"));
    let url = format!(
        "{}/downloadBillFile.resource?bizType={kind}&userId={SELLER_ID}&fileType=csv.zip&bizDates={day}\
         &downloadFileName={SELLER_ID}_{day}.csv.zip&token={token}",
        sim.base()
    );
    Ok((url, file.empty))
}

#[derive(Debug, Deserialize)]
struct Token {
    token: String,
}

async fn alipay_download(State(sim): State<Arc<Sim>>, line: Line, Query(query): Query<Token>) -> Response {
    let call = Call { channel: Which::Alipay, op: Op::Bill, line: &line };
    let trouble = |trouble| match trouble {
        Trouble::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "<html>系统繁忙</html>").into_response(),
        Trouble::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "<html>系统繁忙</html>").into_response(),
    };
    sim.under_faults(call, trouble, |_| match sim.bills.lock().redeem(&query.token, sim.now_ms()) {
        Some(bytes) => ([("Content-Type", "application/octet-stream")], bytes).into_response(),
        // Like the real server, an expired address answers 200 with a page.
        None => ([("Content-Type", "text/html;charset=GBK")], pack::gbk("<html>链接已失效</html>")).into_response(),
    })
    .await
}

async fn spoils(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!(sim.bills.lock().spoils))
}

async fn spoil(State(sim): State<Arc<Sim>>, Json(spoil): Json<Spoil>) -> Response {
    if spoil.kind == Wrong::WrongHash && spoil.channel == Some(Which::Alipay) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "an Alipay bill has no hash" }))).into_response();
    }
    sim.bills.lock().spoil(spoil);
    Json(json!(sim.bills.lock().spoils)).into_response()
}

async fn clear(State(sim): State<Arc<Sim>>) -> Json<Value> {
    sim.bills.lock().clear();
    Json(json!({ "ok": true }))
}
