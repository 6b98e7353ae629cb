//! Paying from a browser (`alipay.trade.wap.pay`): the merchant's signed form opens a page; the trade exists once
//! the payer has signed in there; afterwards the page sends the payer back.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Form, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    Refusal, Request,
    form::{self, Charset},
    notice, open,
    open::OrderBody,
    text::{time, yuan},
};
use crate::{
    control,
    identity::{ALIPAY_APP_ID, SELLER_ID},
    order::{Order, Product, Refused, State as OrderState},
    sim::Sim,
    wallet::page::{Words, escape, page, told, words},
};

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/h5/cashier", get(show).post(act))
}

/// What the payer's browser gets for the merchant's form: the way to the page, or why not.
pub(super) fn enter(request: &Request, allowed: Result<(), Refusal>) -> Response {
    match allowed.and_then(|()| session(request)) {
        Ok(session) => see_other(&format!("/h5/cashier?session={session}")),
        Err(Refusal(_, sub_code, text)) => {
            let words = words(None, &HeaderMap::new());
            told(words, StatusCode::OK, "wrong", &format!("{} {}", escape(sub_code), escape(&text)))
        }
    }
}

fn session(request: &Request) -> Result<String, Refusal> {
    let body: OrderBody = request.biz()?;
    let new = open::new_order(request, Product::Wap, body)?;
    open::place(request, new)
}

fn see_other(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(url) => (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct Session {
    session: String,
    lang: Option<String>,
    action: Option<String>,
}

async fn show(State(sim): State<Arc<Sim>>, Query(query): Query<Session>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let order = sim.ledger.lock().find(&query.session).filter(|order| order.product == Product::Wap).cloned();
    let Some(order) = order else {
        return told(words, StatusCode::NOT_FOUND, "wrong", words.missing);
    };
    match order.state {
        OrderState::Paid => paid(&sim, words, &order),
        OrderState::NotPaid if order.expires_ms < sim.now_ms() => told(words, StatusCode::OK, "wrong", words.expired),
        OrderState::NotPaid => form_page(words, &order, &query.session),
        OrderState::Closed | OrderState::UserPaying | OrderState::PayError | OrderState::Revoked => {
            told(words, StatusCode::OK, "wrong", words.closed)
        }
    }
}

/// First to sign in, then to pay.
fn form_page(words: &Words, order: &Order, session: &str) -> Response {
    let (first, label) = if order.scanned { ("pay", words.confirm) } else { ("login", words.login) };
    let body = format!(
        "<p class=quiet>{alipay}</p><p>{what}</p><p class=sum>¥{sum}</p><p class=quiet>{no} {number}</p>\
         <form method=post action=/h5/cashier><input type=hidden name=session value=\"{session}\">\
         <input type=hidden name=lang value={lang}>\
         <button name=action value={first} class=alipay>{label}</button>\
         <button name=action value=quit class=plain>{cancel}</button></form>",
        alipay = words.alipay,
        what = escape(&order.description),
        sum = yuan(order.fen),
        no = words.order,
        number = escape(&order.number),
        session = escape(session),
        lang = words.lang,
        cancel = words.cancel,
    );
    page(words, StatusCode::OK, &body)
}

async fn act(State(sim): State<Arc<Sim>>, headers: HeaderMap, Form(form): Form<Session>) -> Response {
    let words = words(form.lang.as_deref(), &headers);
    let order = sim.ledger.lock().find(&form.session).filter(|order| order.product == Product::Wap).cloned();
    let Some(order) = order else {
        return told(words, StatusCode::NOT_FOUND, "wrong", words.missing);
    };
    match form.action.as_deref() {
        Some("login") => {
            sim.ledger.lock().scan(&form.session);
            see_other(&format!("/h5/cashier?session={}&lang={}", form.session, words.lang))
        }
        Some("pay") if order.scanned => match control::confirm(&sim, &form.session) {
            Ok(order) => back(&sim, &order).unwrap_or_else(|| paid(&sim, words, &order)),
            // Tapping twice pays once and says so.
            Err(Refused::AlreadyPaid) => paid(&sim, words, &order),
            Err(Refused::Expired) => told(words, StatusCode::CONFLICT, "wrong", words.expired),
            Err(_) => told(words, StatusCode::CONFLICT, "wrong", words.closed),
        },
        Some("pay") => see_other(&format!("/h5/cashier?session={}&lang={}", form.session, words.lang)),
        _ => match &order.page.quit_url {
            Some(url) => see_other(url),
            None => told(words, StatusCode::OK, "quiet", words.left),
        },
    }
}

/// "Paid", and the way back to the shop if there is one.
fn paid(sim: &Sim, words: &Words, order: &Order) -> Response {
    let link = return_address(sim, order)
        .map(|url| format!("<a class=back href=\"{}\">{}</a>", escape(&url), words.to_shop))
        .unwrap_or_default();
    page(words, StatusCode::OK, &format!("<p class=\"big right\" role=status>{}</p>{link}", words.paid))
}

fn back(sim: &Sim, order: &Order) -> Option<Response> {
    return_address(sim, order).map(|url| see_other(&url))
}

/// The merchant's page with Alipay's signed word on it; pretty, but no proof.
fn return_address(sim: &Sim, order: &Order) -> Option<String> {
    let url = order.page.return_url.as_ref()?;
    let charset = if order.page.gbk { Charset::Gbk } else { Charset::Utf8 };
    let mut params = vec![
        ("app_id", ALIPAY_APP_ID.to_owned()),
        ("auth_app_id", ALIPAY_APP_ID.to_owned()),
        ("charset", charset.name().to_owned()),
        ("method", "alipay.trade.wap.pay.return".to_owned()),
        ("out_trade_no", order.number.clone()),
        ("seller_id", SELLER_ID.to_owned()),
        ("timestamp", time(sim.now_ms())),
        ("total_amount", yuan(order.fen)),
        ("trade_no", order.txn.clone()),
        ("version", "1.0".to_owned()),
    ];
    notice::sign(sim, &mut params, charset, false);
    let joint = if url.contains('?') { '&' } else { '?' };
    Some(format!("{url}{joint}{}", form::write(&params, charset)))
}
