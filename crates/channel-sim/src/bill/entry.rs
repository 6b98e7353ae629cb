//! What a channel books on a day: payments when they succeed, refunds when they are accepted, reversals when they happen.

use jiff::{civil::Date, tz};

use super::spoil::Spoil;
use crate::{
    codepay,
    faults::Which,
    order::{Order, Product, Refund, RefundEnd},
};

/// 0.6 %, in parts of a thousand.
const FEE_PER_MILLE: i64 = 6;

/// What a row books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Payment,
    Refund,
    /// A payment by code was taken back.
    Reversal,
}

/// One row of a bill, before any channel's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub kind: Kind,
    pub number: String,
    pub txn: String,
    /// The merchant's and the channel's number; for refunds.
    pub refund: Option<(String, String)>,
    /// Never negative: what was paid, or what goes back.
    pub fen: i64,
    /// What the channel keeps; negative where it gives back.
    pub fee_fen: i64,
    pub at_ms: i64,
    pub created_ms: i64,
    pub done_ms: i64,
    pub state: String,
    pub trade_type: &'static str,
    pub description: String,
    pub attach: String,
    pub payer: String,
}

/// The channel's fee, rounded to the fen: small sums cost nothing.
pub(crate) fn fee(fen: i64) -> i64 {
    (fen * FEE_PER_MILLE + 500) / 1000
}

/// The first and the last-plus-one millisecond of a day in Beijing.
pub(crate) fn day_bounds(day: Date) -> Option<(i64, i64)> {
    let start = tz::offset(8).to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some((start.as_millisecond(), start.as_millisecond() + 86_400_000))
}

/// The day in Beijing.
pub(crate) fn day_of(ms: i64) -> Date {
    tz::offset(8).to_datetime(jiff::Timestamp::from_millisecond(ms).unwrap_or_default()).date()
}

/// Everything a channel ever booked, oldest first.
pub(crate) fn all<'a>(orders: impl Iterator<Item = &'a Order>, channel: Which, now: i64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = orders
        .filter(|order| order.channel == channel)
        .flat_map(|order| of_order(order, now))
        .filter(|e| e.at_ms <= now)
        .collect();
    entries.sort_by(|a, b| (a.at_ms, &a.number, a.kind).cmp(&(b.at_ms, &b.number, b.kind)));
    entries
}

/// A day's rows, spoiled as ordered.
pub(crate) fn of_day(all: &[Entry], day: Date, channel: Which, spoils: &[Spoil]) -> Vec<Entry> {
    let on = |day: Date| all.iter().filter(move |entry| day_of(entry.at_ms) == day).cloned().collect::<Vec<Entry>>();
    let of = |day: Date| spoils.iter().filter(move |spoil| spoil.hits(channel, day));
    let mut rows = on(day);
    for spoil in of(day) {
        spoil.apply(&mut rows, day);
    }
    // What was kept from the day before comes first.
    let late = day.yesterday().map(|before| of(before).filter_map(|spoil| spoil.moved(&on(before))).collect::<Vec<_>>());
    rows.splice(0..0, late.unwrap_or_default());
    rows
}

fn of_order(order: &Order, now: i64) -> Vec<Entry> {
    let mut order = order.clone();
    // What has become due by itself counts, though nobody has asked.
    codepay::advance(&mut order, now);
    let Some(paid_ms) = order.paid_ms else {
        return Vec::new();
    };
    let payment = payment_entry(&order, paid_ms);
    let mut left = order.fen;
    let mut entries = vec![payment.clone()];
    for refund in &order.refunds {
        let moves = refund.end != RefundEnd::Closed;
        let stays = if moves { left - refund.fen } else { left };
        // The fee of what stays paid is what the channel keeps, so full refunds give back all of it.
        entries.push(refund_entry(&payment, refund, fee(left) - fee(stays), now));
        left = stays;
    }
    entries.extend(order.reversed_ms.map(|at| Entry {
        kind: Kind::Reversal,
        at_ms: at,
        done_ms: at,
        fee_fen: -payment.fee_fen,
        ..payment
    }));
    entries
}

fn payment_entry(order: &Order, paid_ms: i64) -> Entry {
    Entry {
        kind: Kind::Payment,
        number: order.number.clone(),
        txn: order.txn.clone(),
        refund: None,
        fen: order.fen,
        fee_fen: fee(order.fen),
        at_ms: paid_ms,
        created_ms: order.created_ms,
        done_ms: paid_ms,
        state: "SUCCESS".to_owned(),
        trade_type: trade_type(order.product),
        description: order.description.clone(),
        attach: order.attach.clone().unwrap_or_default(),
        payer: order.payer.clone(),
    }
}

fn refund_entry(payment: &Entry, refund: &Refund, given_back: i64, now: i64) -> Entry {
    let state = match refund.ended(now) {
        None => "PROCESSING",
        Some(RefundEnd::Success) => "SUCCESS",
        Some(RefundEnd::Abnormal) => "ABNORMAL",
        Some(RefundEnd::Closed) => "CLOSED",
    };
    Entry {
        kind: Kind::Refund,
        refund: Some((refund.number.clone(), refund.id.clone())),
        fen: refund.fen,
        fee_fen: -given_back,
        at_ms: refund.asked_ms,
        done_ms: refund.done_ms,
        state: state.to_owned(),
        ..payment.clone()
    }
}

fn trade_type(product: Product) -> &'static str {
    match product {
        Product::Jsapi => "JSAPI",
        Product::Native => "NATIVE",
        Product::H5 => "MWEB",
        Product::CodePay => "MICROPAY",
        // Alipay's bill does not say.
        Product::Precreate | Product::Create | Product::Wap => "",
    }
}
