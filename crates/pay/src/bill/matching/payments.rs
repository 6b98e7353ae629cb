//! Payments and what took them back, attempt by attempt.

use super::{Book, BookRow, Comparison, Difference, DifferenceKind, PaymentHeld, Rows, Why};
use crate::bill::{BillDay, BillRow};

pub(super) fn compare(book: &Book<'_>, rows: &Rows<'_>, near: &Rows<'_>, day: BillDay, found: &mut Comparison) {
    for attempt in rows.attempts() {
        if !book.payments.contains_key(attempt) {
            stranger(rows.payments(attempt).iter().chain(rows.reversals(attempt)), found);
        }
    }
    for (attempt, (ours, held)) in &book.payments {
        let (payments, reversals) = (rows.payments(attempt), rows.reversals(attempt));
        let payment = pick(ours, payments);
        let reversal = reversals.first().copied();
        repeated(ours, payments, payment, found);
        repeated(ours, reversals, reversal, found);
        let near = Near { payment: near.payments(attempt).first().copied(), is_reversed: !near.reversals(attempt).is_empty() };
        let difference = match (payment, reversal) {
            (Some(payment), Some(reversal)) => taken_back(ours, *held, payment, reversal),
            (Some(payment), None) => paid(ours, *held, payment, &near, day),
            (None, Some(reversal)) => only_taken_back(ours, *held, reversal, &near, day),
            (None, None) => match absent(ours, *held, &near, day) {
                Some(difference) => Some(difference),
                None => continue,
            },
        };
        match difference {
            Some(difference) => found.differences.push(difference),
            None => found.matched(),
        }
    }
}

/// What the days beside have on the attempt.
struct Near<'a> {
    payment: Option<&'a BillRow>,
    is_reversed: bool,
}

fn stranger<'a>(rows: impl Iterator<Item = &'a &'a BillRow>, found: &mut Comparison) {
    found.differences.extend(rows.map(|row| Difference::between(None, row, DifferenceKind::ChannelExtra, Why::NotOurs)));
}

/// The row that is ours by the channel's number, or the first.
fn pick<'a>(ours: &BookRow, payments: &[&'a BillRow]) -> Option<&'a BillRow> {
    let known = payments.iter().find(|row| ours.channel_txn.as_deref() == Some(&row.channel_txn));
    known.or(payments.first()).copied()
}

fn repeated(ours: &BookRow, rows: &[&BillRow], picked: Option<&BillRow>, found: &mut Comparison) {
    let others = rows.iter().filter(|row| picked.is_some_and(|picked| !std::ptr::eq(**row, picked)));
    let again = |row: &&BillRow| Difference::between(Some(ours), row, DifferenceKind::Duplicate, Why::CountedTwice);
    found.differences.extend(others.map(again));
}

/// Paid and taken back on the same day: no money stays moved.
fn taken_back(ours: &BookRow, held: PaymentHeld, payment: &BillRow, reversal: &BillRow) -> Option<Difference> {
    match held {
        PaymentHeld::Captured => Some(Difference::between(Some(ours), reversal, DifferenceKind::State, Why::ReversedThere)),
        PaymentHeld::Reversed | PaymentHeld::Open | PaymentHeld::Closed | PaymentHeld::Failed => {
            amounts(ours, payment).or_else(|| amounts(ours, reversal))
        }
    }
}

/// Paid, and not taken back on that day.
fn paid(ours: &BookRow, held: PaymentHeld, payment: &BillRow, near: &Near<'_>, day: BillDay) -> Option<Difference> {
    let differ = |kind, why| Some(Difference::between(Some(ours), payment, kind, why));
    match held {
        PaymentHeld::Open => differ(DifferenceKind::ChannelOnlyMissed, Why::PaidWhileOpen),
        PaymentHeld::Closed => differ(DifferenceKind::ChannelOnlyMissed, Why::PaidWhileClosed),
        PaymentHeld::Failed => differ(DifferenceKind::ChannelOnlyMissed, Why::PaidWhileFailed),
        PaymentHeld::Reversed if near.is_reversed => differ(DifferenceKind::CrossDay, Why::OtherDay),
        PaymentHeld::Reversed => differ(DifferenceKind::State, Why::NotReversedThere),
        PaymentHeld::Captured => amounts(ours, payment).or_else(|| {
            if ours.channel_txn.as_ref().is_some_and(|known| *known != payment.channel_txn) {
                differ(DifferenceKind::State, Why::OtherTransaction)
            } else if ours.at_ms.is_some_and(|at| !day.holds(at)) {
                differ(DifferenceKind::CrossDay, Why::OtherDay)
            } else {
                None
            }
        }),
    }
}

/// Taken back on that day without a payment: it was paid the day before, or had not been paid yet.
fn only_taken_back(ours: &BookRow, held: PaymentHeld, reversal: &BillRow, near: &Near<'_>, day: BillDay) -> Option<Difference> {
    match held {
        PaymentHeld::Captured => Some(Difference::between(Some(ours), reversal, DifferenceKind::State, Why::ReversedThere)),
        PaymentHeld::Reversed if near.payment.is_none() && ours.at_ms.is_some_and(|at| day.holds(at)) => {
            Some(Difference::between(Some(ours), reversal, DifferenceKind::ShortInChannel, Why::NoRow))
        }
        PaymentHeld::Reversed | PaymentHeld::Open | PaymentHeld::Closed | PaymentHeld::Failed => amounts(ours, reversal),
    }
}

/// Not in the bill at all. Nothing to match when we expected nothing.
fn absent(ours: &BookRow, held: PaymentHeld, near: &Near<'_>, day: BillDay) -> Option<Difference> {
    let is_expected = match held {
        PaymentHeld::Captured => ours.at_ms.is_none_or(|at| day.holds(at)),
        PaymentHeld::Reversed => ours.at_ms.is_some_and(|at| day.holds(at)),
        PaymentHeld::Open | PaymentHeld::Closed | PaymentHeld::Failed => false,
    };
    match near.payment {
        _ if !is_expected => None,
        Some(row) => {
            amounts(ours, row).or_else(|| Some(Difference::between(Some(ours), row, DifferenceKind::CrossDay, Why::OtherDay)))
        }
        None => Some(Difference::about(ours, DifferenceKind::ShortInChannel, Why::NoRow)),
    }
}

fn amounts(ours: &BookRow, theirs: &BillRow) -> Option<Difference> {
    (ours.amount != theirs.amount).then(|| Difference::between(Some(ours), theirs, DifferenceKind::Amount, Why::AmountDiffers))
}
