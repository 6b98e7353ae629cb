//! Reconciliation (对账): every morning, yesterday's bill of each channel is held against our own book.

use crate::desk::{Desk, channel_of, tag_of};
use domain::payment::{
    Attempt, AttemptState, BillCompared, CaseKind, ChannelRefund, OpenCase, PaymentCommand, RefundState, Source,
};
use domain::{AttemptId, Money, RefundId, Timestamp};
use engine::Store;
use pay::bill::RowKind;
use pay::bill::matching::{BookRow, Booked, Comparison, Difference, DifferenceKind, PaymentHeld, RefundHeld, compare};
use pay::{BillAnswer, BillDay, BillRow, Channel, ChannelName, FlowRow, Guarded, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bills are ready from ten in the morning, Beijing time.
const READY_AT_HOUR: i64 = 10;
/// How many days back are caught up on.
const DAYS_BACK: i64 = 10;
/// How often a bill that isn't there yet is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(15 * 60);
/// Final payments are kept in memory this long. Units: milliseconds.
const KEPT_MS: i64 = 14 * DAY_MS;
/// And so long where a bill can't be had. Units: milliseconds.
const KEPT_AT_MOST_MS: i64 = 30 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Clocks differ, and calls take time: so long before midnight a row may stand in the next day's bill. Units: milliseconds.
const LAST_MINUTES_MS: i64 = 10 * 60 * 1000;
const BEIJING_MS: i64 = 8 * 60 * 60 * 1000;

impl Desk {
    pub(crate) fn bills_are_due(&self) -> bool {
        let rested = self.remember(|memory| {
            let rested = memory.bills_looked_at.is_none_or(|at| at.elapsed() >= LOOK_AGAIN);
            if rested {
                memory.bills_looked_at = Some(Instant::now());
            }
            rested
        });
        rested && !self.due_bills().is_empty()
    }

    /// Days whose bill is there and hasn't been compared, as far back as anything happened. Each is compared again a day later,
    /// when the bill of the day after it can tell what only slipped over midnight.
    fn due_bills(&self) -> Vec<(ChannelName, BillDay)> {
        let local = self.store.now().at.0 + BEIJING_MS;
        let ready = local.rem_euclid(DAY_MS) / (60 * 60 * 1000) >= READY_AT_HOUR;
        let first = if ready { 1 } else { 2 };
        let mut due = Vec::new();
        for back in first..=DAYS_BACK {
            let midnight = local.div_euclid(DAY_MS) * DAY_MS - back * DAY_MS - BEIJING_MS;
            let Some(day) = day_of(midnight) else { continue };
            for channel in self.channels.keys() {
                let key = summary(*channel, day, Timestamp(0)).key();
                let beside_ready = midnight + 2 * DAY_MS + READY_AT_HOUR * 60 * 60 * 1000;
                let (done, any) = self.store.money(|money| {
                    let began = money.attempts.values().any(|attempt| attempt.started_at.0 < midnight + DAY_MS);
                    let compared_at = money.bills.get(&key).map(|compared| compared.at.0);
                    let again = self.store.now().at.0 >= beside_ready;
                    (compared_at.is_some_and(|at| !again || at >= beside_ready), began)
                });
                if any && !done {
                    due.push((*channel, day));
                }
            }
        }
        due
    }

    pub(crate) async fn compare_due_bills(&self) {
        for (channel, day) in self.due_bills() {
            if let Err(why) = self.compare_bill(channel, day).await {
                tracing::warn!(channel = channel.as_str(), day = %day.0, why, "a bill could not be compared; it is looked for again");
            }
        }
        // What a bill still has to be held against stays: put away, it would be missing, and every row a stranger.
        let kept_ms = if self.due_bills().is_empty() { KEPT_MS } else { KEPT_AT_MOST_MS };
        let before = Timestamp(self.store.now().at.0 - kept_ms);
        if let Err(refused) = self.store.submit_money(self.store.fresh_request(), PaymentCommand::ForgetBefore { before }).await {
            tracing::warn!(?refused, "old payments could not be put away");
        }
    }

    /// Fetches the channel's bill of a day, holds it against our book, and opens a case for every difference. An empty day is a
    /// result.
    ///
    /// # Errors
    /// Words for a person: the bill isn't there yet, or can't be had or read.
    pub async fn compare_bill(&self, name: ChannelName, day: BillDay) -> Result<BillCompared, String> {
        let channel = self.channels.get(&name).ok_or("this channel is not in service here")?.clone();
        let rows = fetched(channel.trade_bill(day).await)?;
        let flow = fetched(channel.fund_flow(day).await)?;
        let mut neighbours = self.beside(&channel, day.0.yesterday().ok()).await.unwrap_or_default();
        let after = self.beside(&channel, day.0.tomorrow().ok()).await;
        let is_final = after.is_some();
        neighbours.extend(after.unwrap_or_default());
        let ours = self.book_of(name);
        let mut found = compare(&ours, &rows, &neighbours, flow.as_deref(), day);
        if !is_final {
            // What we booked in the last minutes may stand in tomorrow's bill: it is judged once that is there.
            found.differences.retain(|difference| !may_be_tomorrow(difference, &ours));
        }
        self.ask_about(&found).await;
        for difference in found.differences.iter().filter(|difference| difference.kind.is_alarm()) {
            self.raise(case_of(name, day, difference)).await;
        }
        let compared = counted(summary(name, day, self.store.now().at), &rows, flow.as_deref(), &found);
        let command = PaymentCommand::RecordBill(compared.clone());
        self.store
            .submit_money(self.store.fresh_request(), command)
            .await
            .map_err(|refused| format!("not recorded: {refused:?}"))?;
        Ok(compared)
    }

    /// The bill of a day beside the one compared, if it can be had.
    async fn beside(&self, channel: &Arc<Guarded>, day: Option<jiff::civil::Date>) -> Option<Vec<BillRow>> {
        fetched(channel.trade_bill(BillDay(day?)).await).ok()
    }

    /// Whatever the bill says, the channel is asked again before anything is done about it.
    async fn ask_about(&self, found: &Comparison) {
        for difference in found.differences.iter().filter(|difference| difference.kind.is_alarm()) {
            let Some(attempt) = difference.attempt_no.as_deref().and_then(|no| no.parse::<AttemptId>().ok()) else { continue };
            match difference.refund_no.as_deref().and_then(|no| no.get(..32)?.parse::<RefundId>().ok()) {
                Some(refund) => self.ask_refund_now(refund).await,
                None => self.query(attempt, Source::Bill).await,
            }
        }
    }

    fn book_of(&self, name: ChannelName) -> Vec<BookRow> {
        self.store.money(|money| {
            let attempts = money.attempts.values().filter(|attempt| channel_of(attempt.way) == Some(name));
            let taken_back = |id| money.refunds.values().any(|refund| refund.attempt == id && is_reversal(refund));
            let attempts = attempts.map(|attempt| booked(attempt, taken_back(attempt.attempt)));
            let refunds = money.refunds.values().filter(|refund| channel_of(refund.way) == Some(name) && !is_reversal(refund));
            attempts.chain(refunds.map(booked_refund)).collect()
        })
    }
}

/// Missing in the bill, and booked by us in the last minutes of a day.
fn may_be_tomorrow(difference: &Difference, ours: &[BookRow]) -> bool {
    let is_it = |row: &&BookRow| match &row.booked {
        Booked::Payment(_) => difference.refund_no.is_none() && difference.attempt_no.as_ref() == Some(&row.attempt_no),
        Booked::Refund { refund_no, .. } => difference.refund_no.as_ref() == Some(refund_no),
    };
    let at_ms = ours.iter().find(is_it).and_then(|row| row.at_ms);
    let late = |at_ms: i64| (at_ms + BEIJING_MS).rem_euclid(DAY_MS) >= DAY_MS - LAST_MINUTES_MS;
    difference.kind == DifferenceKind::ShortInChannel && at_ms.is_some_and(late)
}

fn booked(attempt: &Attempt, taken_back: bool) -> BookRow {
    let (held, channel_txn, at_ms) = match &attempt.state {
        AttemptState::Open => (PaymentHeld::Open, None, None),
        AttemptState::Captured { channel_txn, paid_at } => {
            let held = if taken_back { PaymentHeld::Reversed } else { PaymentHeld::Captured };
            (held, Some(channel_txn.clone()), Some(paid_at.0))
        }
        AttemptState::Closed => (PaymentHeld::Closed, None, None),
        AttemptState::Failed { .. } => (PaymentHeld::Failed, None, None),
        AttemptState::Reversed => (PaymentHeld::Reversed, None, None),
    };
    BookRow { attempt_no: attempt.attempt.to_string(), booked: Booked::Payment(held), channel_txn, amount: attempt.amount, at_ms }
}

/// A reverse that met a payment stands in the bill beside that payment, not as a refund with a number of ours.
fn is_reversal(refund: &ChannelRefund) -> bool {
    refund.why == domain::floor::RefundWhy::TakenBack
}

fn booked_refund(refund: &ChannelRefund) -> BookRow {
    // The channel books a refund when it accepts it: its first answer that is no "unknown".
    let accepted = refund.timeline.iter().find(|step| match step.what.as_str() {
        "RefundAnswered" => step.detail.is_none(),
        "RefundSucceeded" => true,
        _ => false,
    });
    let accepted = accepted.map(|step| step.at.0);
    let (held, channel_txn, at_ms) = match &refund.state {
        RefundState::Open => (RefundHeld::Processing, None, accepted),
        RefundState::Succeeded { channel_refund, at } => (RefundHeld::Succeeded, channel_refund.clone(), accepted.or(Some(at.0))),
        RefundState::Failed { .. } => (RefundHeld::Failed, None, None),
    };
    let booked = Booked::Refund { refund_no: refund.channel_no(), held };
    BookRow { attempt_no: refund.attempt.to_string(), booked, channel_txn, amount: refund.amount, at_ms }
}

fn fetched<T>(answer: Outcome<BillAnswer<T>>) -> Result<T, String> {
    match answer {
        Outcome::Succeeded(BillAnswer::Ready(bill)) => Ok(bill),
        Outcome::Succeeded(BillAnswer::NotYet) => Err("the channel has not made this bill yet".to_owned()),
        Outcome::DefinitelyFailed { code, message } => Err(format!("{code}: {message}")),
        Outcome::Unknown { why } => Err(why),
    }
}

fn case_of(name: ChannelName, day: BillDay, difference: &Difference) -> OpenCase {
    let kind = match difference.kind {
        DifferenceKind::ChannelOnlyMissed => CaseKind::BillMissed,
        DifferenceKind::ChannelExtra => CaseKind::BillExtra,
        DifferenceKind::ShortInChannel => CaseKind::BillShort,
        DifferenceKind::Amount => CaseKind::BillAmount,
        DifferenceKind::State | DifferenceKind::CrossDay => CaseKind::BillState,
        DifferenceKind::Duplicate => CaseKind::BillDuplicate,
        DifferenceKind::FlowMissing | DifferenceKind::FlowDiffers => CaseKind::BillFlow,
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let numbers = [text(&difference.attempt_no), text(&difference.refund_no), text(&difference.channel_no)];
    let line = difference.bill_line.unwrap_or_default().to_be_bytes();
    let day = day.0.to_string();
    // The same difference found again is the same case; where no number tells rows apart, the line does.
    let tells = if numbers.iter().all(String::is_empty) { &line[..] } else { &[] };
    let about = [name.as_str(), &day, &numbers[0], &numbers[1], &numbers[2]].map(str::as_bytes);
    OpenCase {
        kind,
        subject: Store::own_request(&[about[0], about[1], about[2], about[3], about[4], tells]).id,
        attempt: difference.attempt_no.as_deref().and_then(|no| no.parse().ok()),
        refund: difference.refund_no.as_deref().and_then(|no| no.get(..32)?.parse().ok()),
        amount: difference.theirs.or(difference.ours),
        detail: format!(
            "{} {day} {:?} {} {}",
            name.as_str(),
            difference.why,
            numbers.join(" ").trim(),
            difference.bill_line.map(|line| format!("line {line}")).unwrap_or_default()
        ),
    }
}

fn summary(name: ChannelName, day: BillDay, at: Timestamp) -> BillCompared {
    BillCompared {
        channel: tag_of(name),
        day: day.0.to_string(),
        rows: 0,
        matched: 0,
        differences: 0,
        cross_day: 0,
        paid: Money::ZERO,
        refunded: Money::ZERO,
        fee_e5: 0,
        at,
    }
}

fn counted(empty: BillCompared, rows: &[BillRow], flow: Option<&[FlowRow]>, found: &Comparison) -> BillCompared {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let alarms = found.differences.iter().filter(|difference| difference.kind.is_alarm()).count();
    let sum = |wanted: fn(RowKind) -> bool| rows.iter().filter(|row| wanted(row.kind)).map(|row| row.amount).sum();
    tracing::info!(day = empty.day, rows = rows.len(), flow = flow.map(<[_]>::len), alarms, "a bill was compared");
    BillCompared {
        rows: count(rows.len()),
        matched: found.matched,
        differences: count(alarms),
        cross_day: count(found.differences.len() - alarms),
        paid: sum(|kind| kind == RowKind::Payment),
        refunded: sum(|kind| kind != RowKind::Payment),
        fee_e5: rows.iter().map(|row| row.fee_e5).sum(),
        ..empty
    }
}

/// The calendar day in Beijing.
fn day_of(ms: i64) -> Option<BillDay> {
    let moment = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(BillDay(jiff::tz::offset(8).to_datetime(moment).date()))
}
