//! The payer's side: a plain page on which a person confirms or leaves, in Chinese or English.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Form, Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    alipay::yuan,
    control, demo_wallet_url,
    faults::Which,
    ledger::{Order, Refused, State as OrderState},
    server::Sim,
};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/wallet", get(list)).route("/wallet/pay", get(show).post(act))
}

/// The page's words.
struct Words {
    lang: &'static str,
    title: &'static str,
    note: &'static str,
    none: &'static str,
    wechat: &'static str,
    alipay: &'static str,
    confirm: &'static str,
    cancel: &'static str,
    paid: &'static str,
    left: &'static str,
    back: &'static str,
    order: &'static str,
    missing: &'static str,
    closed: &'static str,
    expired: &'static str,
    replaced: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    title: "模拟钱包",
    note: "模拟支付，不会真的扣款",
    none: "没有待支付的订单",
    wechat: "微信支付",
    alipay: "支付宝",
    confirm: "确认支付",
    cancel: "取消",
    paid: "支付成功",
    left: "已取消，订单仍未支付",
    back: "返回列表",
    order: "商户单号",
    missing: "找不到这个订单",
    closed: "订单已关闭",
    expired: "订单已过期",
    replaced: "二维码已失效，请重新扫码",
};

const EN: Words = Words {
    lang: "en",
    title: "Simulated wallet",
    note: "A simulation: no money moves",
    none: "Nothing to pay",
    wechat: "WeChat Pay",
    alipay: "Alipay",
    confirm: "Pay",
    cancel: "Cancel",
    paid: "Paid",
    left: "Cancelled; the order is still unpaid",
    back: "Back to the list",
    order: "Order no.",
    missing: "No such order",
    closed: "This order is closed",
    expired: "This order has expired",
    replaced: "This code was replaced; scan the new one",
};

/// `?lang=` first, then the browser's first language.
fn words(asked: Option<&str>, headers: &HeaderMap) -> &'static Words {
    let header = headers.get("accept-language").and_then(|v| v.to_str().ok());
    match asked.or(header) {
        Some(lang) if lang.to_ascii_lowercase().starts_with("en") => &EN,
        _ => &ZH,
    }
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    lang: Option<String>,
}

async fn list(State(sim): State<Arc<Sim>>, Query(query): Query<ListQuery>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let now = sim.now_ms();
    let rows: String = {
        let ledger = sim.ledger.lock();
        let mut open: Vec<&Order> =
            ledger.orders().filter(|order| order.state == OrderState::NotPaid && order.expires_ms > now).collect();
        open.sort_by_key(|order| std::cmp::Reverse(order.created_ms));
        open.iter().map(|order| row(words, order)).collect()
    };
    let body = if rows.is_empty() { format!("<p class=quiet>{}</p>", words.none) } else { format!("<ul>{rows}</ul>") };
    page(words, StatusCode::OK, &body)
}

fn row(words: &Words, order: &Order) -> String {
    let code = order.codes.last().map_or("", |(code, _)| code);
    format!(
        "<li><a href=\"{}&amp;lang={}\"><div><small>{}</small>{}</div><span>¥{}</span></a></li>",
        escape(&demo_wallet_url("", code)),
        words.lang,
        channel(words, order),
        escape(&order.description),
        yuan(order.fen)
    )
}

fn channel(words: &Words, order: &Order) -> &'static str {
    match order.channel {
        Which::Wechat => words.wechat,
        Which::Alipay => words.alipay,
    }
}

#[derive(Debug, Deserialize)]
struct Pay {
    code: String,
    lang: Option<String>,
    action: Option<String>,
}

/// Looking at a code is scanning it.
async fn show(State(sim): State<Arc<Sim>>, Query(query): Query<Pay>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let Some(order) = sim.ledger.lock().scan(&query.code) else {
        return told(words, StatusCode::NOT_FOUND, "wrong", words.missing);
    };
    match order.state {
        OrderState::Paid => return told(words, StatusCode::OK, "right", words.paid),
        OrderState::Closed => return told(words, StatusCode::OK, "wrong", words.closed),
        OrderState::NotPaid => {}
    }
    let body = format!(
        "<p class=quiet>{channel}</p><p>{what}</p><p class=sum>¥{sum}</p><p class=quiet>{no} {number}</p>\
         <form method=post action=/wallet/pay><input type=hidden name=code value=\"{code}\">\
         <input type=hidden name=lang value={lang}>\
         <button name=action value=pay class={class}>{confirm} ¥{sum}</button>\
         <button name=action value=cancel class=plain>{cancel}</button></form>",
        channel = channel(words, &order),
        what = escape(&order.description),
        sum = yuan(order.fen),
        no = words.order,
        number = escape(&order.number),
        code = escape(&query.code),
        lang = words.lang,
        class = match order.channel {
            Which::Wechat => "wechat",
            Which::Alipay => "alipay",
        },
        confirm = words.confirm,
        cancel = words.cancel,
    );
    page(words, StatusCode::OK, &body)
}

async fn act(State(sim): State<Arc<Sim>>, headers: HeaderMap, Form(form): Form<Pay>) -> Response {
    let words = words(form.lang.as_deref(), &headers);
    if form.action.as_deref() != Some("pay") {
        return told(words, StatusCode::OK, "quiet", words.left);
    }
    match control::confirm(&sim, &form.code) {
        // Tapping twice pays once and says so.
        Ok(_) | Err(Refused::AlreadyPaid) => told(words, StatusCode::OK, "right", words.paid),
        Err(Refused::NoSuchOrder) => told(words, StatusCode::NOT_FOUND, "wrong", words.missing),
        Err(Refused::Expired) => told(words, StatusCode::CONFLICT, "wrong", words.expired),
        Err(Refused::CodeReplaced) => told(words, StatusCode::CONFLICT, "wrong", words.replaced),
        Err(Refused::Closed | Refused::OtherParams | Refused::NotPaid | Refused::RefundTooLarge | Refused::RefundDiffers) => {
            told(words, StatusCode::CONFLICT, "wrong", words.closed)
        }
    }
}

fn told(words: &Words, status: StatusCode, class: &str, text: &str) -> Response {
    let back = format!("<a class=back href=\"/wallet?lang={}\">{}</a>", words.lang, words.back);
    page(words, status, &format!("<p class=\"big {class}\" role=status>{text}</p>{back}"))
}

fn page(words: &Words, status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang={lang}><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style><main><h1>{title}</h1>{body}<p class=note>{note}</p></main></html>",
        lang = words.lang,
        title = words.title,
        note = words.note,
    );
    let headers = [
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"),
        ("Cache-Control", "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

const STYLE: &str = "\
*{box-sizing:border-box}body{margin:0;background:#f4f4f2;color:#1c1c1a;font:17px/1.5 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}\
main{max-width:26rem;margin:0 auto;padding:1.25rem}h1{font-size:1rem;font-weight:600;color:#55554f;text-align:center}\
p{margin:.5rem 0;text-align:center;overflow-wrap:anywhere}.sum{font-size:2.75rem;font-weight:600;font-variant-numeric:tabular-nums}\
.quiet,.note{color:#5c5c56}.note{margin-top:2.5rem;font-size:.85rem}.big{font-size:1.5rem;font-weight:600;margin:2rem 0}\
.right{color:#0a6b36}.wrong{color:#a32014}ul{list-style:none;padding:0;margin:0}\
li a{display:flex;gap:.6rem;align-items:center;min-height:3.5rem;padding:.75rem 1rem;margin:.5rem 0;background:#fff;border-radius:.6rem;color:inherit;text-decoration:none}\
li div{min-width:0;overflow-wrap:anywhere}li small{display:block;color:#5c5c56}li span{margin-left:auto;font-variant-numeric:tabular-nums;font-weight:600}\
form{display:grid;gap:.75rem;margin-top:2rem}button{font:inherit;font-weight:600;min-height:3.25rem;border:0;border-radius:.6rem;color:#fff;cursor:pointer}\
.wechat{background:#067a3c}.alipay{background:#0b5fd0}.plain{background:#fff;color:#1c1c1a}\
.back{display:block;text-align:center;padding:.9rem;color:#0b5fd0}button:focus-visible,a:focus-visible{outline:3px solid #f0a020;outline-offset:2px}";

/// Text from an order is a stranger's text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
