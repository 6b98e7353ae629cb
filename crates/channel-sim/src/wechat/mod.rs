//! WeChat Pay API v3 on the wire: who asks, what for, and the signed answer.
//!
//! # Source
//! pay.weixin.qq.com/doc/v3/merchant (read 2026-11).

mod answer;
mod certificates;
mod code;
mod gate;
mod login;
mod order;
mod refund;
mod v2;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::Response,
    routing::{any, get},
};
use jiff::Timestamp;

pub(crate) use answer::Stamp;
pub(crate) use order::transaction;

use self::answer::{Answer, Refusal, refuse, respond, trouble};
use crate::{
    bill,
    faults::{Hits, Kind, Op, Which},
    line::Line,
    order::{Product, Refused},
    sim::{Call, Sim},
};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/v3/{*rest}", any(v3))
        .route("/sns/jscode2session", get(login::jscode2session))
        .route("/sns/oauth2/access_token", get(login::jscode2session))
        .route("/connect/oauth2/authorize", get(login::authorize))
        .route(order::H5_PATH, get(order::h5_page))
        .merge(v2::routes())
}

/// One door for every v3 call: who asks, then what.
async fn v3(State(sim): State<Arc<Sim>>, line: Line, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let call = Call { channel: Which::Wechat, op: op(&method, uri.path()), line: &line };
    let work = |hits: &Hits| {
        let asked = gate::authorize(&sim, &method, &uri, &headers, &body);
        if asked.is_ok() && uri.path() == "/v3/billdownload/file" {
            // The one success that is not signed.
            return bill::wechat_download(&sim, &uri)
                .unwrap_or_else(|refused| respond(&sim, &headers, Err(of_bill(refused)), hits));
        }
        let answer = asked.and_then(|()| dispatch(&sim, &method, &uri, &body, hits));
        respond(&sim, &headers, answer, hits)
    };
    sim.under_faults(call, trouble, work).await
}

fn op(method: &Method, path: &str) -> Op {
    match (method.as_str(), path) {
        ("POST", "/v3/pay/transactions/codepay") => Op::CodePay,
        ("POST", path) if path.ends_with("/close") => Op::Close,
        ("POST", path) if path.ends_with("/reverse") => Op::Reverse,
        ("POST", path) if path.starts_with("/v3/pay/transactions/") => Op::Open,
        ("POST", "/v3/refund/domestic/refunds") => Op::Refund,
        ("GET", path) if path.starts_with("/v3/refund/") => Op::QueryRefund,
        ("GET", "/v3/certificates") => Op::Certificates,
        ("GET", path) if path.starts_with("/v3/bill") => Op::Bill,
        _ => Op::Query,
    }
}

fn dispatch(sim: &Arc<Sim>, method: &Method, uri: &Uri, body: &[u8], hits: &Hits) -> Answer {
    let path: Vec<&str> = uri.path().trim_start_matches("/v3/").split('/').collect();
    match (method.as_str(), path.as_slice()) {
        ("POST", ["pay", "transactions", "jsapi"]) => order::place(sim, Product::Jsapi, body, hits),
        ("POST", ["pay", "transactions", "native"]) => order::place(sim, Product::Native, body, hits),
        ("POST", ["pay", "transactions", "h5"]) => order::place(sim, Product::H5, body, hits),
        ("POST", ["pay", "transactions", "codepay"]) => code::pay(sim, body, hits),
        ("GET", ["pay", "transactions", "out-trade-no", number]) => order::query(sim, uri, number),
        ("GET", ["pay", "transactions", "id", txn]) => order::query_by_id(sim, uri, txn),
        ("POST", ["pay", "transactions", "out-trade-no", number, "close"]) => order::close(sim, number, body, hits),
        ("POST", ["pay", "transactions", "out-trade-no", number, "reverse"]) => code::reverse(sim, number, body, hits),
        ("POST", ["refund", "domestic", "refunds"]) => refund::refund(sim, body, hits),
        ("GET", ["refund", "domestic", "refunds", number]) => refund::query_refund(sim, number),
        ("GET", ["certificates"]) => certificates::list(sim),
        ("GET", ["bill", "tradebill"]) => bill::wechat_trade(sim, uri).map(|value| (200, value)).map_err(of_bill),
        ("GET", ["bill", "fundflowbill"]) => bill::wechat_fund_flow(sim, uri).map(|value| (200, value)).map_err(of_bill),
        _ => refuse(404, "RESOURCE_NOT_EXISTS", "接口不存在"),
    }
}

fn of_bill((status, code, words): bill::WechatRefusal) -> Refusal {
    Refusal::new(status, code, words)
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
        Refused::TooManyRefunds => (400, "INVALID_REQUEST", "订单退款次数超过限制"),
        Refused::Reversed => (400, "ORDERREVERSED", "订单已撤销"),
        Refused::UserPaying => (202, "USERPAYING", "需要用户输入支付密码"),
        Refused::CodeUsed => (400, "AUTH_CODE_INVALID", "付款码已使用，请刷新再试"),
        Refused::CodeExpired => (400, "AUTHCODEEXPIRE", "付款码已过期，请刷新再试"),
        Refused::NotEnough => (403, "NOTENOUGH", "余额不足"),
        Refused::NotCodePay => (400, "INVALID_REQUEST", "非付款码订单不可撤销"),
        Refused::MustReverse => (400, "INVALID_REQUEST", "付款码订单只能撤销，不能关闭"),
        Refused::AlreadyRefunded => (403, "TRADE_ERROR", "订单已发生退款，不可撤销"),
    };
    let refusal = Refusal::new(status, code, message);
    match refused {
        Refused::OtherParams => refusal.numbered(268_498_688),
        Refused::MustReverse => refusal.numbered(268_449_641),
        Refused::NoSuchOrder
        | Refused::Closed
        | Refused::AlreadyPaid
        | Refused::NotPaid
        | Refused::Expired
        | Refused::CodeReplaced
        | Refused::RefundTooLarge
        | Refused::RefundDiffers
        | Refused::TooManyRefunds
        | Refused::Reversed
        | Refused::UserPaying
        | Refused::CodeUsed
        | Refused::CodeExpired
        | Refused::NotEnough
        | Refused::NotCodePay
        | Refused::AlreadyRefunded => refusal,
    }
}

/// "The payer is at the password, ask again": not done.
fn ask_again(hits: &Hits) -> Result<(), Refusal> {
    if hits.has(Kind::AskAgain) { refuse(202, "USERPAYING", "用户正在支付中，请稍后重试") } else { Ok(()) }
}

pub(crate) fn rfc3339(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let civil = jiff::tz::offset(8).to_datetime(at);
    civil.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// `yyyyMMddHHmmss`, Beijing time, as v2 writes it.
fn v2_time(ms: i64) -> String {
    rfc3339(ms).chars().filter(char::is_ascii_digit).take(14).collect()
}
