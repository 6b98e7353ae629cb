//! Holds a channel's bill of one day against our own book (对账). Pure: it finds differences and repairs nothing.
//!
//! What it finds is a reason to ask the channel, never a proof: every repair begins with a query.

mod flow;
mod payments;
mod refunds;

use std::collections::{BTreeMap, BTreeSet};

use domain::Money;
use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

use super::{BillDay, BillRow, FlowRow, RowKind};

/// One thing our journal holds about a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    /// The attempt.
    pub attempt_no: String,
    /// Payment or refund, and where it stands with us.
    pub booked: Booked,
    /// The channel's number, if we know it: of the payment, or of the refund.
    pub channel_txn: Option<String>,
    /// How much, positive.
    pub amount: Money,
    /// UTC milliseconds by the channel's clock, if money moved as far as we know: when it was paid, or the refund accepted.
    pub at_ms: Option<i64>,
}

/// What is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booked {
    /// An attempt at a payment.
    Payment(PaymentHeld),
    /// A refund of it.
    Refund {
        /// Our number for it.
        refund_no: String,
        /// Where it stands with us.
        held: RefundHeld,
    },
}

/// Where an attempt stands with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentHeld {
    /// Paid.
    Captured,
    /// Nobody knows yet.
    Open,
    /// Closed unpaid.
    Closed,
    /// Refused.
    Failed,
    /// Taken back (撤销); with `at_ms` where it had been paid before.
    Reversed,
}

/// Where a refund stands with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundHeld {
    /// Done.
    Succeeded,
    /// Asked for; with `at_ms` once the channel accepted it.
    Processing,
    /// Given up, or refused.
    Failed,
}

/// What a day's comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Payments and refunds on which book and bill agree; a payment and its reversal count once.
    pub matched: u32,
    /// Everything else, by attempt.
    pub differences: Vec<Difference>,
}

/// One disagreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// The attempt; none for a movement of the account that fits nothing.
    pub attempt_no: Option<String>,
    /// Our refund number; for refunds that have one.
    pub refund_no: Option<String>,
    /// The channel's number, for people who look it up there.
    pub channel_no: Option<String>,
    /// What kind of disagreement.
    pub kind: DifferenceKind,
    /// What exactly disagrees.
    pub why: Why,
    /// What our book says.
    pub ours: Option<Money>,
    /// What the channel says.
    pub theirs: Option<Money>,
    /// The line of the bill (of the fund-flow bill for [`DifferenceKind::FlowDiffers`] without an attempt), from 1.
    pub bill_line: Option<u32>,
}

/// The kinds, by what a person does about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// 掉单: the channel took money for an attempt that we hold unpaid. Query it; then book it or send it back.
    ChannelOnlyMissed,
    /// 长款: the channel has a row we know nothing of.
    ChannelExtra,
    /// 短款: we say paid or refunded, and the channel has no such row. Query; never written off by itself.
    ShortInChannel,
    /// The amounts differ.
    Amount,
    /// Both know it, and hold different states.
    State,
    /// Booked twice.
    Duplicate,
    /// The same on the neighbouring day. Reported, no alarm.
    CrossDay,
    /// In the bill, and the account did not move.
    FlowMissing,
    /// The account moved by another amount, or for something not in the bill.
    FlowDiffers,
}

impl DifferenceKind {
    /// Whether someone must look.
    pub fn is_alarm(self) -> bool {
        match self {
            Self::CrossDay => false,
            Self::ChannelOnlyMissed
            | Self::ChannelExtra
            | Self::ShortInChannel
            | Self::Amount
            | Self::State
            | Self::Duplicate
            | Self::FlowMissing
            | Self::FlowDiffers => true,
        }
    }
}

/// What exactly disagrees; serialized, it is the key of the words shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No attempt or refund of ours has this number.
    NotOurs,
    /// Paid there, and we still wait.
    PaidWhileOpen,
    /// Paid there, and we had closed it.
    PaidWhileClosed,
    /// Paid there, and we took it for refused.
    PaidWhileFailed,
    /// The bill has no row for it.
    NoRow,
    /// The amounts differ.
    AmountDiffers,
    /// Taken back there, and we hold it paid.
    ReversedThere,
    /// We hold it taken back, and it stands paid there.
    NotReversedThere,
    /// Refunded there, and we gave it up.
    RefundedThere,
    /// Done there, and we still wait.
    RefundDoneThere,
    /// Failed there, and we hold it done or under way.
    RefundFailedThere,
    /// The same number of ours, another payment of the channel's.
    OtherTransaction,
    /// More than one row for one number.
    CountedTwice,
    /// Booked a day apart.
    OtherDay,
    /// The account did not move.
    NoFlow,
    /// The account moved by another amount.
    FlowSum,
    /// The account moved for something that the bill does not have.
    FlowNotInBill,
}

/// Compares a day. `ours` is everything that may belong to it, at least its own rows and all attempts of that day and the days
/// beside it; `neighbours` are the bill rows of the days beside it, as far as they are there.
pub fn compare(ours: &[BookRow], bill: &[BillRow], neighbours: &[BillRow], flow: Option<&[FlowRow]>, day: BillDay) -> Comparison {
    let mut found = Comparison::default();
    let book = Book::of(ours, &mut found);
    let (rows, near) = (book.sort(bill), book.sort(neighbours));
    payments::compare(&book, &rows, &near, day, &mut found);
    refunds::compare(&book, &rows, &near, day, &mut found);
    if let Some(flow) = flow {
        flow::compare(bill, neighbours, flow, &mut found);
    }
    found.differences.sort();
    found
}

impl BillDay {
    /// Whether a moment lies on this day, in Beijing.
    pub fn holds(self, ms: i64) -> bool {
        const BEIJING: Offset = jiff::tz::offset(8);
        Timestamp::from_millisecond(ms).is_ok_and(|moment| BEIJING.to_datetime(moment).date() == self.0)
    }
}

/// A refund: the attempt and our number.
type RefundKey<'a> = (&'a str, Option<&'a str>);

/// Our rows by number.
struct Book<'a> {
    payments: BTreeMap<&'a str, (&'a BookRow, PaymentHeld)>,
    refunds: BTreeMap<RefundKey<'a>, (&'a BookRow, RefundHeld)>,
}

/// A bill's rows by number.
#[derive(Default)]
struct Rows<'a> {
    payments: BTreeMap<&'a str, Vec<&'a BillRow>>,
    reversals: BTreeMap<&'a str, Vec<&'a BillRow>>,
    refunds: BTreeMap<RefundKey<'a>, Vec<&'a BillRow>>,
}

impl<'a> Book<'a> {
    fn of(ours: &'a [BookRow], found: &mut Comparison) -> Self {
        let mut book = Self { payments: BTreeMap::new(), refunds: BTreeMap::new() };
        for row in ours {
            let is_again = match &row.booked {
                Booked::Payment(held) => book.payments.insert(&row.attempt_no, (row, *held)).is_some(),
                Booked::Refund { refund_no, held } => {
                    book.refunds.insert((&row.attempt_no, Some(refund_no)), (row, *held)).is_some()
                }
            };
            if is_again {
                found.differences.push(Difference::about(row, DifferenceKind::Duplicate, Why::CountedTwice));
            }
        }
        book
    }

    fn sort(&self, bill: &'a [BillRow]) -> Rows<'a> {
        let mut rows = Rows::default();
        for row in bill {
            let attempt = row.attempt_no.as_str();
            match row.kind {
                RowKind::Payment => rows.payments.entry(attempt).or_default().push(row),
                RowKind::Reversal => rows.reversals.entry(attempt).or_default().push(row),
                RowKind::Refund if self.is_reversal(row) => rows.reversals.entry(attempt).or_default().push(row),
                RowKind::Refund => rows.refunds.entry((attempt, row.refund_no.as_deref())).or_default().push(row),
            }
        }
        rows
    }

    /// Alipay books a payment taken back as a refund, under no number of ours.
    fn is_reversal(&self, refund: &BillRow) -> bool {
        let held = self.payments.get(refund.attempt_no.as_str()).map(|(_, held)| *held);
        let key = (refund.attempt_no.as_str(), refund.refund_no.as_deref());
        held == Some(PaymentHeld::Reversed) && !self.refunds.contains_key(&key)
    }
}

impl<'a> Rows<'a> {
    fn payments(&self, attempt: &str) -> &[&'a BillRow] {
        self.payments.get(attempt).map_or(&[], Vec::as_slice)
    }

    fn reversals(&self, attempt: &str) -> &[&'a BillRow] {
        self.reversals.get(attempt).map_or(&[], Vec::as_slice)
    }

    fn refund(&self, key: &RefundKey<'_>) -> Option<&'a BillRow> {
        self.refunds.get(key).and_then(|rows| rows.first().copied())
    }

    fn attempts(&self) -> BTreeSet<&'a str> {
        self.payments.keys().chain(self.reversals.keys()).copied().collect()
    }
}

impl Comparison {
    fn matched(&mut self) {
        self.matched = self.matched.saturating_add(1);
    }
}

impl Difference {
    /// About a row of ours alone.
    fn about(ours: &BookRow, kind: DifferenceKind, why: Why) -> Self {
        let refund_no = match &ours.booked {
            Booked::Payment(_) => None,
            Booked::Refund { refund_no, .. } => Some(refund_no.clone()),
        };
        Self {
            attempt_no: Some(ours.attempt_no.clone()),
            refund_no,
            channel_no: ours.channel_txn.clone(),
            kind,
            why,
            ours: Some(ours.amount),
            theirs: None,
            bill_line: None,
        }
    }

    /// About a row of the bill, and ours if there is one.
    fn between(ours: Option<&BookRow>, theirs: &BillRow, kind: DifferenceKind, why: Why) -> Self {
        Self {
            attempt_no: Some(theirs.attempt_no.clone()),
            refund_no: theirs.refund_no.clone(),
            channel_no: theirs.channel_refund.clone().or_else(|| Some(theirs.channel_txn.clone())),
            kind,
            why,
            ours: ours.map(|row| row.amount),
            theirs: Some(theirs.amount),
            bill_line: Some(theirs.line),
        }
    }
}
