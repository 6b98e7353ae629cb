//! Orders a person may pay, and those that wait for a password.

use std::sync::Arc;

use axum::{
    extract::{Form, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::page::{Words, channel, colour, escape, page, tab, told, words};
use crate::{
    alipay::yuan,
    control, demo_wallet_url,
    faults::Which,
    order::{Order, Product, Refused, State as OrderState},
    sim::{Sim, is_on_this_machine},
};

/// More than this nobody scrolls.
const MOST_ROWS: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct Lang {
    pub lang: Option<String>,
}

pub(super) async fn list(State(sim): State<Arc<Sim>>, Query(query): Query<Lang>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let now = sim.now_ms();
    let open: Vec<Order> = {
        let ledger = sim.ledger.lock();
        ledger.orders().filter(|order| order.expires_ms > now && is_waiting(order)).cloned().collect()
    };
    let newest = |state: OrderState| {
        let mut orders: Vec<&Order> = open.iter().filter(|order| order.state == state).collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.created_ms));
        orders.truncate(MOST_ROWS);
        orders
    };
    let rows = |orders: Vec<&Order>, row: fn(&Words, &Order) -> String| orders.iter().map(|o| row(words, o)).collect::<String>();
    let at_password = rows(newest(OrderState::UserPaying), password_row);
    let to_pay = rows(newest(OrderState::NotPaid), pay_row);
    let part = |title: &str, rows: &str| if rows.is_empty() { String::new() } else { format!("<h2>{title}</h2><ul>{rows}</ul>") };
    let mut body = part(words.at_password, &at_password) + &part(words.to_pay, &to_pay);
    if body.is_empty() {
        body = format!("<p class=quiet>{}</p>", words.none);
    }
    tab(words, 0, "", &body)
}

/// A code payment that failed is not paid by tapping on it.
fn is_waiting(order: &Order) -> bool {
    match order.state {
        OrderState::NotPaid => order.product != Product::CodePay,
        OrderState::UserPaying => true,
        OrderState::PayError | OrderState::Paid | OrderState::Closed | OrderState::Revoked => false,
    }
}

fn pay_row(words: &Words, order: &Order) -> String {
    let code = order.codes.last().map_or("", |(code, _)| code);
    let link = match order.product {
        Product::Wap => format!("/h5/cashier?session={code}"),
        _ => demo_wallet_url("", code),
    };
    format!(
        "<li><a href=\"{}&amp;lang={}\"><div><small>{}</small>{}</div><span>¥{}</span></a></li>",
        escape(&link),
        words.lang,
        channel(words, order.channel),
        escape(&order.description),
        yuan(order.fen)
    )
}

fn password_row(words: &Words, order: &Order) -> String {
    format!(
        "<li><div class=row><div><small>{channel}</small>{what}</div><span>¥{sum}</span></div>\
         <form class=pair method=post action=/wallet/password><input type=hidden name=channel value={class}>\
         <input type=hidden name=number value=\"{number}\"><input type=hidden name=lang value={lang}>\
         <button name=action value=enter class={class}>{enter}</button>\
         <button name=action value=leave class=plain>{leave}</button></form></li>",
        channel = channel(words, order.channel),
        what = escape(&order.description),
        sum = yuan(order.fen),
        class = colour(order.channel),
        number = escape(&order.number),
        lang = words.lang,
        enter = words.enter,
        leave = words.give_up,
    )
}

#[derive(Debug, Deserialize)]
pub(super) struct Password {
    channel: Which,
    number: String,
    lang: Option<String>,
    action: String,
}

pub(super) async fn password(State(sim): State<Arc<Sim>>, headers: HeaderMap, Form(form): Form<Password>) -> Response {
    let words = words(form.lang.as_deref(), &headers);
    let entered = form.action == "enter";
    match control::password(&sim, form.channel, &form.number, entered) {
        Ok(_) if entered => told(words, StatusCode::OK, "right", words.paid),
        Ok(_) => told(words, StatusCode::OK, "quiet", words.gave_up),
        Err(Refused::AlreadyPaid) if entered => told(words, StatusCode::OK, "right", words.paid),
        Err(Refused::NoSuchOrder) => told(words, StatusCode::NOT_FOUND, "wrong", words.missing),
        Err(_) => told(words, StatusCode::CONFLICT, "wrong", words.too_late),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Pay {
    code: String,
    lang: Option<String>,
    action: Option<String>,
    /// The shop's page, for payers who came from it.
    back: Option<String>,
}

/// Looking at a code is scanning it.
pub(super) async fn show(State(sim): State<Arc<Sim>>, Query(query): Query<Pay>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let Some(order) = sim.ledger.lock().scan(&query.code) else {
        return told(words, StatusCode::NOT_FOUND, "wrong", words.missing);
    };
    match order.state {
        OrderState::Paid => told(words, StatusCode::OK, "right", words.paid),
        OrderState::Closed | OrderState::Revoked | OrderState::PayError => told(words, StatusCode::OK, "wrong", words.closed),
        OrderState::NotPaid | OrderState::UserPaying => pay_page(words, &order, &query),
    }
}

fn pay_page(words: &Words, order: &Order, query: &Pay) -> Response {
    let back = query.back.as_ref().map(|url| format!("<input type=hidden name=back value=\"{}\">", escape(url)));
    let body = format!(
        "<p class=quiet>{channel}</p><p>{what}</p><p class=sum>¥{sum}</p><p class=quiet>{no} {number}</p>\
         <form method=post action=/wallet/pay><input type=hidden name=code value=\"{code}\">\
         <input type=hidden name=lang value={lang}>{back}\
         <button name=action value=pay class={class}>{confirm} ¥{sum}</button>\
         <button name=action value=cancel class=plain>{cancel}</button></form>",
        channel = channel(words, order.channel),
        what = escape(&order.description),
        sum = yuan(order.fen),
        no = words.order,
        number = escape(&order.number),
        code = escape(&query.code),
        lang = words.lang,
        back = back.unwrap_or_default(),
        class = colour(order.channel),
        confirm = words.confirm,
        cancel = words.cancel,
    );
    page(words, StatusCode::OK, &body)
}

pub(super) async fn act(State(sim): State<Arc<Sim>>, headers: HeaderMap, Form(form): Form<Pay>) -> Response {
    let words = words(form.lang.as_deref(), &headers);
    let back = form.back.as_deref().filter(|url| is_on_this_machine(url)).and_then(|url| HeaderValue::from_str(url).ok());
    let done = |class: &str, text: &str| match &back {
        Some(url) => (StatusCode::SEE_OTHER, [(LOCATION, url.clone())]).into_response(),
        None => told(words, StatusCode::OK, class, text),
    };
    if form.action.as_deref() != Some("pay") {
        return done("quiet", words.left);
    }
    match control::confirm(&sim, &form.code) {
        // Tapping twice pays once and says so.
        Ok(_) | Err(Refused::AlreadyPaid) => done("right", words.paid),
        Err(Refused::NoSuchOrder) => told(words, StatusCode::NOT_FOUND, "wrong", words.missing),
        Err(Refused::Expired) => told(words, StatusCode::CONFLICT, "wrong", words.expired),
        Err(Refused::CodeReplaced) => told(words, StatusCode::CONFLICT, "wrong", words.replaced),
        Err(_) => told(words, StatusCode::CONFLICT, "wrong", words.closed),
    }
}
