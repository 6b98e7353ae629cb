//! Bills that are wrong on purpose, so that reconciliation has something to find.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, Kind, day_bounds};
use crate::faults::Which;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// A row is missing.
    DropRow,
    /// A row is there twice.
    DuplicateRow,
    /// A row says another amount: `amount_fen`, or one yuan more.
    ChangeAmount,
    /// A row says another state: `state`, or REVOKED for payments and ABNORMAL for refunds.
    ChangeState,
    /// A payment that nobody made.
    StrangerRow,
    /// A row is booked on the day after.
    NextDay,
    /// The columns are the ones that old merchants get.
    OldColumns,
    /// The file ends in the middle.
    Truncated,
    /// The hash is of something else (WeChat Pay; Alipay's bills have none).
    WrongHash,
    /// The bill can be had at once, even of a day that is not over: for demonstrations, not an error.
    Early,
}

/// One order to spoil a bill.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoil {
    /// What is wrong.
    pub kind: Wrong,
    /// Only this channel's; both when absent.
    pub channel: Option<Which>,
    /// Only this day's (Beijing); every day's when absent.
    pub date: Option<Date>,
    /// The order or refund number of the row; the first row when absent.
    pub number: Option<String>,
    /// For `change_amount` and `stranger_row`.
    pub amount_fen: Option<i64>,
    /// For `change_state`, as the file is to say it.
    pub state: Option<String>,
}

impl Spoil {
    /// Of both channels, any day, the first row.
    pub fn new(kind: Wrong) -> Self {
        Self { kind, channel: None, date: None, number: None, amount_fen: None, state: None }
    }

    pub(crate) fn hits(&self, channel: Which, day: Date) -> bool {
        self.channel.is_none_or(|c| c == channel) && self.date.is_none_or(|d| d == day)
    }

    /// The row this moves to the next day.
    pub(super) fn moved(&self, rows: &[Entry]) -> Option<Entry> {
        if self.kind != Wrong::NextDay {
            return None;
        }
        self.row(rows).map(|i| {
            let mut late = rows[i].clone();
            late.at_ms += 86_400_000;
            late.done_ms += 86_400_000;
            late
        })
    }

    pub(super) fn apply(&self, rows: &mut Vec<Entry>, day: Date) {
        match self.kind {
            Wrong::StrangerRow => rows.push(self.stranger(day)),
            Wrong::DropRow | Wrong::NextDay | Wrong::DuplicateRow | Wrong::ChangeAmount | Wrong::ChangeState => {
                if let Some(i) = self.row(rows) {
                    self.apply_to(rows, i);
                }
            }
            // These are about the file or its delivery.
            Wrong::OldColumns | Wrong::Truncated | Wrong::WrongHash | Wrong::Early => {}
        }
    }

    fn apply_to(&self, rows: &mut Vec<Entry>, i: usize) {
        match self.kind {
            Wrong::DropRow | Wrong::NextDay => {
                rows.remove(i);
            }
            Wrong::DuplicateRow => rows.insert(i + 1, rows[i].clone()),
            Wrong::ChangeAmount => rows[i].fen = self.amount_fen.unwrap_or(rows[i].fen + 100),
            Wrong::ChangeState => {
                let other = match rows[i].kind {
                    Kind::Payment | Kind::Reversal => "REVOKED",
                    Kind::Refund => "ABNORMAL",
                };
                rows[i].state = self.state.clone().unwrap_or_else(|| other.to_owned());
            }
            Wrong::StrangerRow | Wrong::OldColumns | Wrong::Truncated | Wrong::WrongHash | Wrong::Early => {}
        }
    }

    /// The row meant: by refund number, then by order number, else the first.
    fn row(&self, rows: &[Entry]) -> Option<usize> {
        let Some(number) = &self.number else {
            return (!rows.is_empty()).then_some(0);
        };
        let by_refund = rows.iter().position(|row| row.refund.as_ref().is_some_and(|(n, _)| n == number));
        by_refund.or_else(|| rows.iter().position(|row| row.number == *number))
    }

    fn stranger(&self, day: Date) -> Entry {
        let noon = day_bounds(day).map_or(0, |(start, _)| start + 12 * 3_600_000);
        let fen = self.amount_fen.unwrap_or(6_600);
        Entry {
            kind: Kind::Payment,
            number: self.number.clone().unwrap_or_else(|| format!("STRANGER{}", day.strftime("%Y%m%d"))),
            txn: "4200009999000000000000000000".to_owned(),
            refund: None,
            fen,
            fee_fen: super::entry::fee(fen),
            at_ms: noon,
            created_ms: noon,
            done_ms: noon,
            state: "SUCCESS".to_owned(),
            trade_type: "NATIVE",
            description: "陌生订单".to_owned(),
            attach: String::new(),
            payer: "oSIM-stranger".to_owned(),
        }
    }
}
