//! The trade bill against the movements of the account: what was settled must have moved.

use std::collections::{BTreeMap, BTreeSet};

use domain::Money;

use super::{Comparison, Difference, DifferenceKind, Why, refunds::There};
use crate::bill::{BillRow, FlowRow, RowKind};

/// Less than a fen, in hundred-thousandths of a yuan: fees are billed finer than they are booked.
const FEN_E5: u128 = 1000;

pub(super) fn compare(bill: &[BillRow], neighbours: &[BillRow], flow: &[FlowRow], found: &mut Comparison) {
    let mut moved: BTreeMap<&str, i128> = BTreeMap::new();
    for row in flow.iter().filter(|row| !is_fee(row)) {
        *moved.entry(&row.channel_no).or_default() += i128::from(row.amount.0);
    }
    let reversed: BTreeSet<&str> =
        bill.iter().filter(|row| row.kind == RowKind::Reversal).map(|row| row.attempt_no.as_str()).collect();
    let stands = |row: &&BillRow| row.settled > Money(0) && !reversed.contains(row.attempt_no.as_str());
    found.differences.extend(bill.iter().filter(stands).filter_map(|row| settled(row, &moved)));
    let known: BTreeSet<&str> = bill.iter().chain(neighbours).flat_map(numbers).collect();
    let strange = flow.iter().filter(|row| is_trade(row) && !known.contains(row.channel_no.as_str()));
    found.differences.extend(strange.map(not_in_bill));
}

/// 扣除交易手续费 and its like stand beside the payment under the same number.
fn is_fee(row: &FlowRow) -> bool {
    row.business.contains("手续费")
}

/// Withdrawals, deposits and the like are no trade.
fn is_trade(row: &FlowRow) -> bool {
    matches!(row.business.as_str(), "交易" | "退款")
}

fn numbers(row: &BillRow) -> impl Iterator<Item = &str> {
    std::iter::once(row.channel_txn.as_str()).chain(row.channel_refund.as_deref())
}

fn settled(row: &BillRow, moved: &BTreeMap<&str, i128>) -> Option<Difference> {
    let (number, wanted) = match row.kind {
        RowKind::Payment => (row.channel_txn.as_str(), i128::from(row.settled.0)),
        RowKind::Refund => (row.channel_refund.as_deref()?, -i128::from(row.settled.0)),
        RowKind::Reversal => return None,
    };
    let differ = |kind, why, theirs| Some(Difference { theirs, ..Difference::between(None, row, kind, why) });
    let Some(fen) = moved.get(number).copied() else {
        // A refund that came to nothing need not have moved anything.
        if row.kind == RowKind::Refund && There::read(&row.state) == There::Failed {
            return None;
        }
        return differ(DifferenceKind::FlowMissing, Why::NoFlow, None);
    };
    let (given_back, off) = (i128::from(row.fee_e5.min(0)), (fen - wanted) * 1000);
    // A refund leaves the account whole, or less the fee that came back with it.
    if off == 0 || (off + given_back).unsigned_abs() < FEN_E5 {
        return None;
    }
    let theirs = i64::try_from(fen.abs()).ok().map(Money);
    let difference = differ(DifferenceKind::FlowDiffers, Why::FlowSum, theirs)?;
    Some(Difference { ours: Some(row.settled), ..difference })
}

fn not_in_bill(row: &FlowRow) -> Difference {
    Difference {
        attempt_no: None,
        refund_no: None,
        channel_no: Some(row.channel_no.clone()),
        kind: DifferenceKind::FlowDiffers,
        why: Why::FlowNotInBill,
        ours: None,
        theirs: Some(row.amount),
        bill_line: Some(row.line),
    }
}
