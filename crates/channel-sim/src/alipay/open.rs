//! New trades whose payer comes later: a code to scan, one for a known payer, one from a browser.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Request, business,
    form::Charset,
    refusal,
    text::{read_express, read_time, read_yuan},
};
use crate::{
    control,
    faults::{Kind, Which},
    order::{NewOrder, Page, Product, Refused},
    sim::is_on_this_machine,
};

/// The largest order, 100 million yuan.
const LARGEST_FEN: i64 = 10_000_000_000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What every kind of order says.
#[derive(Debug, Deserialize)]
pub(super) struct OrderBody {
    pub out_trade_no: String,
    total_amount: Value,
    subject: String,
    product_code: Option<String>,
    time_expire: Option<String>,
    timeout_express: Option<String>,
    qr_code_timeout_express: Option<String>,
    passback_params: Option<String>,
    buyer_id: Option<String>,
    buyer_open_id: Option<String>,
    op_app_id: Option<String>,
    quit_url: Option<String>,
    pub scene: Option<String>,
    pub auth_code: Option<String>,
}

fn invalid<T>(name: &str) -> Result<T, Refusal> {
    business("ACQ.INVALID_PARAMETER", &format!("参数无效：{name}"))
}

/// Places an order, or repeats it with the same parameters.
pub(super) fn open(request: &Request, product: Product) -> Answer {
    let body: OrderBody = request.biz()?;
    if product == Product::Create && body.buyer_open_id.is_none() && body.buyer_id.is_none() {
        return invalid("buyer_open_id");
    }
    let (number, qr_life) = (body.out_trade_no.clone(), body.qr_code_timeout_express.clone());
    let mut new = new_order(request, product, body)?;
    if let Some(life) = qr_life.filter(|_| product == Product::Precreate) {
        let Some(life) = read_express(&life) else { return invalid("qr_code_timeout_express") };
        new.expires_ms = new.expires_ms.min(request.sim.now_ms() + life);
    }
    let code = place(request, new)?;
    if request.hits.has(Kind::PaidBeforeReply) {
        let _ = control::confirm(request.sim, &code);
    }
    match product {
        Product::Create => Ok(json!({ "out_trade_no": number, "trade_no": code })),
        _ => Ok(json!({ "out_trade_no": number, "qr_code": code })),
    }
}

/// The code under which the order can be paid.
pub(super) fn place(request: &Request, new: NewOrder) -> Result<String, Refusal> {
    let (sim, number, now) = (request.sim, new.number.clone(), request.sim.now_ms());
    let page = page(request);
    let mut ledger = sim.ledger.lock();
    // What nobody paid in time is closed, and its number spent.
    if ledger.get(Which::Alipay, &number).is_some_and(|order| order.paid_ms.is_none() && order.expires_ms < now) {
        return Err(refusal(Refused::Closed));
    }
    let code = ledger.place(new, now).map_err(refusal)?;
    ledger.change(Which::Alipay, &number, |order| order.page = page).map_err(refusal)?;
    Ok(code)
}

/// What the order's page and notices need to know.
pub(super) fn page(request: &Request) -> Page {
    let biz = request.biz::<OrderBody>().ok();
    let here = |url: Option<String>| url.filter(|url| is_on_this_machine(url));
    Page {
        gbk: request.charset == Charset::Gbk,
        return_url: here(request.param("return_url")),
        quit_url: here(biz.and_then(|body| body.quit_url)),
    }
}

/// Checks what an order says.
pub(super) fn new_order(request: &Request, product: Product, body: OrderBody) -> Result<NewOrder, Refusal> {
    let notify_url = request.param("notify_url");
    check(product, &body)?;
    if notify_url.as_deref().is_some_and(|url| !is_on_this_machine(url)) {
        return business("ACQ.INVALID_PARAMETER", "模拟器只通知本机地址 (the simulator only notifies this machine)");
    }
    let Some(fen) = read_yuan(&body.total_amount).filter(|fen| (1..=LARGEST_FEN).contains(fen)) else {
        return invalid("total_amount");
    };
    let expires_ms = expires_ms(request.sim.now_ms(), product, &body)?;
    let payer = body.buyer_open_id.or(body.buyer_id);
    Ok(NewOrder {
        channel: Which::Alipay,
        number: body.out_trade_no,
        product,
        fen,
        params: format!("{fen} {} {notify_url:?} {payer:?}", body.subject),
        description: body.subject,
        attach: body.passback_params,
        notify_url,
        payer: payer.unwrap_or_else(|| "sim_open_id_of_whoever_pays".to_owned()),
        expires_ms,
    })
}

fn check(product: Product, body: &OrderBody) -> Result<(), Refusal> {
    let number = &body.out_trade_no;
    if !(1..=64).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return invalid("out_trade_no");
    }
    if body.subject.is_empty() || body.subject.chars().count() > 256 || body.subject.contains(['/', '=', '&']) {
        return invalid("subject");
    }
    let codes: &[&str] = match product {
        Product::Create => &["JSAPI_PAY", "FACE_TO_FACE_PAYMENT"],
        Product::Wap => &["QUICK_WAP_WAY", "QUICK_WAP_PAY"],
        Product::Precreate => &["FACE_TO_FACE_PAYMENT", "QR_CODE_OFFLINE"],
        Product::CodePay => &["FACE_TO_FACE_PAYMENT"],
        Product::Jsapi | Product::Native | Product::H5 => &[],
    };
    if body.product_code.as_deref().is_some_and(|code| !codes.contains(&code)) {
        return invalid("product_code");
    }
    if body.op_app_id.as_deref().is_some_and(|id| id.is_empty() || id.len() > 32) {
        return invalid("op_app_id");
    }
    Ok(())
}

/// `time_expire` wins; without either, three hours face to face and 15 days elsewhere.
fn expires_ms(now: i64, product: Product, body: &OrderBody) -> Result<i64, Refusal> {
    let at = match (&body.time_expire, &body.timeout_express) {
        (Some(text), _) => read_time(text),
        (None, Some(text)) => read_express(text).map(|ms| now + ms),
        (None, None) if product == Product::Wap => Some(now + 15 * 24 * HOUR_MS),
        (None, None) => Some(now + 3 * HOUR_MS),
    };
    match at.filter(|at| *at > now) {
        Some(at) => Ok(at),
        None => invalid("time_expire"),
    }
}
