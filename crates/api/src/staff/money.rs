//! Money at a glance: the inbox, the last days' payments, what was said aloud, the channels' bills and how the channels are.

use crate::app::{Answer, App};
use crate::auth::Staff;
use crate::body::{Command, Nothing, Path};
use crate::diner::ways::{WayView, way_views};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::Right;
use domain::floor::Known;
use domain::payment::{BillCompared, ChannelTag, Payments};
use domain::view::{Inbox, PaymentRow, inbox, payment_rows};
use domain::{StoreId, Timestamp};
use pay::breaker::Line;
use pay::{BillDay, ChannelName};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use workers::WayOffer;

/// What the floor shows of money.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FloorMoney {
    /// Cases nobody has settled.
    pub open_cases: u32,
    /// Those of them somebody should have looked at by now.
    pub overdue_cases: u32,
    /// The ways to pay as they are now.
    pub ways: Vec<WayView>,
}

/// How a channel is, by kind of call.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// Which.
    pub channel: ChannelTag,
    /// Starting payments.
    pub pay: LineView,
    /// Asking what became of them.
    pub query: LineView,
    /// Closing and reversing them.
    pub reverse: LineView,
    /// Giving money back.
    pub refund: LineView,
    /// Fetching bills.
    pub bill: LineView,
}

/// How one kind of call is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LineView {
    /// Whether such calls are made.
    pub state: LineStateView,
    /// Since when it rests.
    pub since: Option<Timestamp>,
    /// When it is tried again at the earliest.
    pub until: Option<Timestamp>,
}

/// Whether a kind of call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineStateView {
    /// It is.
    Up,
    /// The channel hasn't answered; it is let alone for a while.
    Resting,
}

/// Reads the inbox: cases by their clock, payments nobody heard, bills compared.
#[utoipa::path(get, operation_id = "money_inbox", path = "/stores/{store}/money/inbox", tag = "money", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Inbox), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show_inbox(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Inbox>> {
    staff.must(Right::Reconcile)?;
    let now = app.store.now().at;
    Ok(Json(app.store.floor(|floor| app.store.money(|money| inbox(floor, money, now)))))
}

/// Lists the last days' payments, newest first.
#[utoipa::path(get, operation_id = "money_payments", path = "/stores/{store}/money/payments", tag = "money", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<PaymentRow>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn payments(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<PaymentRow>>> {
    staff.must(Right::Reconcile)?;
    Ok(Json(app.store.floor(|floor| app.store.money(|money| payment_rows(floor, money)))))
}

/// Fetches a channel's bill of a day now and holds it against what we have; every difference becomes a case.
#[utoipa::path(post, operation_id = "money_compare", path = "/stores/{store}/money/bills/{channel}/{day}/compare", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("channel" = ChannelTag, Path), ("day" = String, Path, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description = "by Beijing time"),
        ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = BillCompared), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn compare(
    State(app): State<Arc<App>>,
    Path((_, channel, day)): Path<(StoreId, ChannelTag, String)>,
    staff: Staff,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<BillCompared>> {
    staff.must(Right::Reconcile)?;
    let bill_day = day_of(&day).ok_or_else(|| Problem::new("malformed", "day is a date such as 2026-11-21"))?;
    let name = name_of(channel);
    if app.desk.health().iter().all(|health| health.channel != name) {
        return Err(Problem::new("channel_off", "this channel is not in service here"));
    }
    // Whoever asked may not wait for it; what was fetched is compared all the same.
    let work = app.clone();
    let comparing = app.tasks.spawn(async move { work.desk.compare_bill(name, bill_day).await });
    match comparing.await {
        Ok(Ok(compared)) => Ok(Json(compared)),
        Ok(Err(why)) => Err(Problem::new("bill_unavailable", why)),
        Err(_) => Err(Problem::new("bug", "comparing the bill broke off")),
    }
}

/// Says how the channels are: which kinds of calls get answers.
#[utoipa::path(get, operation_id = "money_channels", path = "/stores/{store}/channels", tag = "money", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<ChannelView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn channels(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<ChannelView>>> {
    staff.must(Right::Serve)?;
    let views = app.desk.health().into_iter().map(|known| ChannelView {
        channel: match known.channel {
            ChannelName::Wechat => ChannelTag::Wechat,
            ChannelName::Alipay => ChannelTag::Alipay,
        },
        pay: line_view(known.health.pay),
        query: line_view(known.health.query),
        reverse: line_view(known.health.reverse),
        refund: line_view(known.health.refund),
        bill: line_view(known.health.bill),
    });
    Ok(Json(views.collect()))
}

fn line_view(line: Line) -> LineView {
    match line {
        Line::Up => LineView { state: LineStateView::Up, since: None, until: None },
        Line::Down { since_ms, until_ms } => {
            LineView { state: LineStateView::Resting, since: Some(Timestamp(since_ms)), until: Some(Timestamp(until_ms)) }
        }
    }
}

fn name_of(tag: ChannelTag) -> ChannelName {
    match tag {
        ChannelTag::Wechat => ChannelName::Wechat,
        ChannelTag::Alipay => ChannelName::Alipay,
    }
}

/// Only the one way to write a date that the document names.
fn day_of(text: &str) -> Option<BillDay> {
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    plain.then(|| text.parse().ok().map(BillDay))?
}

/// Builds what the floor shows of money.
pub fn floor_money(money: &Payments, known: &Known, offers: &[WayOffer], now: Timestamp) -> FloorMoney {
    let open = || money.cases.values().filter(|case| case.resolved.is_none());
    let count = |cases: usize| u32::try_from(cases).unwrap_or(u32::MAX);
    FloorMoney {
        open_cases: count(open().count()),
        overdue_cases: count(open().filter(|case| now > case.due_at).count()),
        ways: way_views(offers, known),
    }
}
