//! The channels' book, newest first.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    orders::Lang,
    page::{Words, channel, escape, state, tab, words},
};
use crate::{
    alipay::{text::time, yuan},
    order::{Order, State as OrderState},
    sim::Sim,
};

/// More than this nobody scrolls.
const MOST_ROWS: usize = 100;

pub(super) async fn show(State(sim): State<Arc<Sim>>, Query(query): Query<Lang>, headers: HeaderMap) -> Response {
    let words = words(query.lang.as_deref(), &headers);
    let mut orders: Vec<Order> = sim.ledger.lock().orders().cloned().collect();
    orders.sort_by_key(|order| std::cmp::Reverse(order.created_ms));
    orders.truncate(MOST_ROWS);
    let rows: String = orders.iter().map(|order| row(words, order)).collect();
    let body = if rows.is_empty() { format!("<p class=quiet>{}</p>", words.empty_book) } else { format!("<ul>{rows}</ul>") };
    tab(words, 2, "", &body)
}

fn row(words: &Words, order: &Order) -> String {
    let back = order.refunded_fen();
    let refunded = if back > 0 { format!("<small>{} ¥{}</small>", words.refunded, yuan(back)) } else { String::new() };
    let unheard = order.state == OrderState::Paid && order.notify_url.is_some() && !order.notified;
    let unheard = if unheard { format!("<small class=wrong>{}</small>", words.unheard) } else { String::new() };
    format!(
        "<li><div class=row><div><small>{channel} · {at}</small>{what}<small>{number}</small>{unheard}</div>\
         <span>¥{sum}<small>{state}</small>{refunded}</span></div></li>",
        channel = channel(words, order.channel),
        at = &time(order.created_ms)[5..16],
        what = escape(&order.description),
        number = escape(&order.number),
        sum = yuan(order.fen),
        state = state(words, order),
    )
}
