//! Refunds, number by number.

use super::{Book, BookRow, Comparison, Difference, DifferenceKind, RefundHeld, Rows, Why};
use crate::bill::{BillDay, BillRow};

pub(super) fn compare(book: &Book<'_>, rows: &Rows<'_>, near: &Rows<'_>, day: BillDay, found: &mut Comparison) {
    for (key, theirs) in &rows.refunds {
        let known = book.refunds.get(key);
        let (kind, why, spare) = match known {
            // Without a number of ours nothing tells two refunds apart; each is a stranger.
            None => (DifferenceKind::ChannelExtra, Why::NotOurs, theirs.as_slice()),
            Some(_) => (DifferenceKind::Duplicate, Why::CountedTwice, theirs.get(1..).unwrap_or_default()),
        };
        let ours = known.map(|(ours, _)| *ours);
        found.differences.extend(spare.iter().map(|row| Difference::between(ours, row, kind, why)));
    }
    for (key, (ours, held)) in &book.refunds {
        let difference = match rows.refund(key) {
            Some(theirs) => present(ours, *held, theirs, day),
            None => match absent(ours, *held, near.refund(key), day) {
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

/// How far the channel says it got, when the bill was made.
#[derive(PartialEq)]
pub(super) enum There {
    Done,
    UnderWay,
    Failed,
}

impl There {
    /// WeChat Pay writes its states; Alipay lists only refunds that moved money.
    pub fn read(state: &str) -> Self {
        match state {
            "PROCESSING" => Self::UnderWay,
            "FAIL" | "FAILED" | "CLOSED" | "ABNORMAL" | "CHANGE" => Self::Failed,
            _ => Self::Done,
        }
    }
}

fn present(ours: &BookRow, held: RefundHeld, theirs: &BillRow, day: BillDay) -> Option<Difference> {
    let differ = |kind, why| Some(Difference::between(Some(ours), theirs, kind, why));
    if ours.amount != theirs.amount {
        return differ(DifferenceKind::Amount, Why::AmountDiffers);
    }
    match (held, There::read(&theirs.state)) {
        (RefundHeld::Succeeded | RefundHeld::Processing, There::Failed) => differ(DifferenceKind::State, Why::RefundFailedThere),
        (RefundHeld::Processing, There::Done) => differ(DifferenceKind::State, Why::RefundDoneThere),
        (RefundHeld::Failed, There::Done | There::UnderWay) => differ(DifferenceKind::State, Why::RefundedThere),
        (RefundHeld::Succeeded, There::Done | There::UnderWay) | (RefundHeld::Processing, There::UnderWay) => {
            let is_elsewhere = ours.at_ms.is_some_and(|at| !day.holds(at));
            if is_elsewhere { differ(DifferenceKind::CrossDay, Why::OtherDay) } else { None }
        }
        (RefundHeld::Failed, There::Failed) => None,
    }
}

fn absent(ours: &BookRow, held: RefundHeld, near: Option<&BillRow>, day: BillDay) -> Option<Difference> {
    let is_expected = match held {
        RefundHeld::Succeeded => ours.at_ms.is_none_or(|at| day.holds(at)),
        RefundHeld::Processing => ours.at_ms.is_some_and(|at| day.holds(at)),
        RefundHeld::Failed => false,
    };
    match near {
        _ if !is_expected => None,
        Some(row) if row.amount != ours.amount => {
            Some(Difference::between(Some(ours), row, DifferenceKind::Amount, Why::AmountDiffers))
        }
        Some(row) => Some(Difference::between(Some(ours), row, DifferenceKind::CrossDay, Why::OtherDay)),
        None => Some(Difference::about(ours, DifferenceKind::ShortInChannel, Why::NoRow)),
    }
}
