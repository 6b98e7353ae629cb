//! Alipay's OpenAPI gateway on the wire: one address, signed forms in, signed raw nodes out.
//!
//! # Source
//! opendocs.alipay.com, and the error enumerations of the official SDK (read 2026-11).

mod bill;
mod cashier;
mod form;
mod login;
mod notice;
mod open;
mod pay;
mod refund;
pub(crate) mod text;
mod trade;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use notice::{Told, notice};
pub(crate) use text::yuan;

use self::{
    form::{Charset, Params, signed_text},
    text::read_time,
};
use crate::{
    faults::{Hits, Kind, Op, Which},
    identity::ALIPAY_APP_ID,
    line::Line,
    order::{Product, Refused},
    sim::{Call, Sim, Trouble},
};

/// A request's time may be this far from ours.
const WINDOW_MS: u64 = 15 * 60 * 1000;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/gateway.do", get(gateway).post(gateway))
        .route(login::AUTHORIZE, get(login::authorize))
        .merge(cashier::routes())
}

/// A refusal: code, sub_code, and words.
#[derive(Debug)]
struct Refusal(&'static str, &'static str, String);

/// The node of an answer. Without a `code` of its own it is a success.
type Answer = Result<Value, Refusal>;

fn refuse<T>(code: &'static str, sub_code: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(code, sub_code, words.into()))
}

fn business<T>(sub_code: &'static str, words: &str) -> Result<T, Refusal> {
    refuse("40004", sub_code, words)
}

/// One call: who asks for what, in which charset, and what is to go wrong with it.
#[derive(Debug)]
struct Request<'a> {
    sim: &'a Arc<Sim>,
    params: &'a Params,
    charset: Charset,
    hits: &'a Hits,
}

impl Request<'_> {
    fn biz<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let biz = self.params.get("biz_content").map_or("", String::as_str);
        serde_json::from_str(biz).map_err(|e| Refusal("40004", "ACQ.INVALID_PARAMETER", format!("参数无效：{e}")))
    }

    fn param(&self, name: &str) -> Option<String> {
        self.params.get(name).cloned().filter(|value| !value.is_empty())
    }
}

async fn gateway(State(sim): State<Arc<Sim>>, line: Line, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let params = form::read(&uri, &headers, &body);
    let method = params.get("method").cloned().unwrap_or_default();
    let charset = params.get("charset").and_then(|name| Charset::read(name)).unwrap_or(Charset::Utf8);
    let call = Call { channel: Which::Alipay, op: op_of(&method), line: &line };
    let trouble = |trouble| troubled(&sim, &method, charset, trouble);
    let work = |hits: &Hits| {
        let request = Request { sim: &sim, params: &params, charset, hits };
        let allowed = authorize(&request);
        if method == "alipay.trade.wap.pay" {
            return cashier::enter(&request, allowed);
        }
        let node = Node { sim: &sim, name: node_name(&method), charset, wrongly: hits.has(Kind::BadSignature) };
        match allowed {
            Ok(()) if method == login::METHOD => match login::token(&request) {
                // The one answer without a code, and the one refusal that is the gateway's own.
                Ok(buyer) => node.signed(&buyer),
                Err(refusal) => node.unsigned(&refusal_value(&refusal)),
            },
            Ok(()) => node.signed(&answered(dispatch(&request, &method))),
            // The application is known, so the refusal is signed like any answer.
            Err(refusal @ Refusal(_, "isv.invalid-signature" | "isv.invalid-timestamp", _)) => {
                node.signed(&refusal_value(&refusal))
            }
            // Who asks is not known, so the gateway answers in its own name and without signature.
            Err(refusal) => node.unsigned(&refusal_value(&refusal)),
        }
    };
    sim.under_faults(call, trouble, work).await
}

fn op_of(method: &str) -> Op {
    match method {
        "alipay.trade.precreate" | "alipay.trade.create" | "alipay.trade.wap.pay" => Op::Open,
        "alipay.trade.pay" => Op::CodePay,
        "alipay.trade.cancel" => Op::Reverse,
        "alipay.trade.close" => Op::Close,
        "alipay.trade.refund" => Op::Refund,
        "alipay.trade.fastpay.refund.query" => Op::QueryRefund,
        "alipay.data.dataservice.bill.downloadurl.query" => Op::Bill,
        login::METHOD => Op::Login,
        _ => Op::Query,
    }
}

fn dispatch(request: &Request, method: &str) -> Answer {
    match method {
        "alipay.trade.precreate" => open::open(request, Product::Precreate),
        "alipay.trade.create" => open::open(request, Product::Create),
        "alipay.trade.pay" => pay::pay(request),
        "alipay.trade.query" => trade::query(request),
        "alipay.trade.close" => trade::close(request),
        "alipay.trade.cancel" => trade::cancel(request),
        "alipay.trade.refund" => refund::refund(request),
        "alipay.trade.fastpay.refund.query" => refund::query(request),
        "alipay.data.dataservice.bill.downloadurl.query" => bill::download_url(request),
        _ => refuse("40006", "isv.insufficient-isv-permissions", "ISV权限不足"),
    }
}

fn node_name(method: &str) -> String {
    format!("{}_response", method.replace('.', "_"))
}

/// What a failing gateway says. That money may have moved all the same is in the words of the method's own enumeration
/// where it has one, the typo of cancel included, and in the gateway's name elsewhere.
fn troubled(sim: &Sim, method: &str, charset: Charset, trouble: Trouble) -> Response {
    let node = Node { sim, name: node_name(method), charset, wrongly: false };
    let system_error = |sub_code| node.signed(&refusal_value(&Refusal("40004", sub_code, "系统繁忙".to_owned())));
    match (trouble, op_of(method)) {
        (Trouble::RateLimited, _) => {
            node.unsigned(&refusal_value(&Refusal("40005", "isv.app-call-limited", "应用调用次数超限".to_owned())))
        }
        (Trouble::ServerError, Op::Reverse) => system_error("AQC.SYSTEM_ERROR"),
        (Trouble::ServerError, Op::CodePay | Op::Refund) => system_error("ACQ.SYSTEM_ERROR"),
        (Trouble::ServerError, _) => node.unsigned(&refusal_value(&unknown())),
    }
}

/// Nobody knows whether it was done.
fn unknown() -> Refusal {
    Refusal("20000", "isp.unknow-error", "系统繁忙".to_owned())
}

fn answered(answer: Answer) -> Value {
    match answer {
        Ok(mut value) => {
            if value.get("code").is_none() {
                value["code"] = json!("10000");
                value["msg"] = json!("Success");
            }
            value
        }
        Err(refusal) => refusal_value(&refusal),
    }
}

fn refusal_value(Refusal(code, sub_code, words): &Refusal) -> Value {
    let msg = match *code {
        "20000" => "Service Currently Unavailable",
        "40001" => "Missing Required Arguments",
        "40002" => "Invalid Arguments",
        "40005" => "Call Limited",
        "40006" => "Insufficient Permissions",
        _ => "Business Failed",
    };
    json!({ "code": code, "msg": msg, "sub_code": sub_code, "sub_msg": words })
}

/// Where an answer goes: under which name, in which charset, and whether its signature is right.
struct Node<'a> {
    sim: &'a Sim,
    name: String,
    charset: Charset,
    wrongly: bool,
}

impl Node<'_> {
    /// Signs the node's text as it stands in the body, slashes escaped as Alipay escapes them.
    fn signed(&self, value: &Value) -> Response {
        let node = value.to_string().replace('/', "\\/");
        let mut covered = self.charset.encode(&node);
        if self.wrongly {
            covered.push(b' ');
        }
        let signature = self.sim.identity.alipay.sign(&covered);
        self.body(&format!("{{\"{}\":{node},\"sign\":\"{signature}\"}}", self.name))
    }

    fn unsigned(&self, value: &Value) -> Response {
        self.body(&format!("{{\"error_response\":{}}}", value.to_string().replace('/', "\\/")))
    }

    fn body(&self, text: &str) -> Response {
        let kind = format!("text/html;charset={}", self.charset.name());
        ([("Content-Type", kind)], self.charset.encode(text)).into_response()
    }
}

/// Checks the common parameters and the signature; a wrong signature hears what we verified.
fn authorize(request: &Request) -> Result<(), Refusal> {
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
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
    let Some(charset) = Charset::read(param("charset")) else {
        return refuse("40002", "isv.invalid-charset", "字符集错误");
    };
    let sent = read_time(param("timestamp"));
    if sent.is_none_or(|sent| sent.abs_diff(request.sim.now_ms()) > WINDOW_MS) {
        return refuse("40002", "isv.invalid-timestamp", "非法的时间戳参数");
    }
    let text = signed_text(request.params, &["sign"]);
    if !request.sim.identity.alipay_app.signed(&charset.encode(&text), param("sign")) {
        return refuse(
            "40002",
            "isv.invalid-signature",
            format!("验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{text}"),
        );
    }
    Ok(())
}

fn refusal(refused: Refused) -> Refusal {
    let (sub_code, words) = match refused {
        Refused::NoSuchOrder => ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
        Refused::OtherParams => ("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
        Refused::Closed | Refused::Reversed => ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
        Refused::AlreadyPaid => ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
        Refused::NotPaid
        | Refused::Expired
        | Refused::CodeReplaced
        | Refused::UserPaying
        | Refused::NotCodePay
        | Refused::MustReverse
        | Refused::AlreadyRefunded => ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        Refused::RefundTooLarge => ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
        Refused::RefundDiffers => ("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"),
        Refused::TooManyRefunds => ("ACQ.REFUND_CHARGE_ERROR", "退款次数超限"),
        Refused::CodeUsed | Refused::CodeExpired => ("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效，请刷新付款码后重试"),
        Refused::NotEnough => ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    };
    Refusal("40004", sub_code, words.to_owned())
}
