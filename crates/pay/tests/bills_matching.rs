//! Book against bill: every edit of a true bill is found, and a true one gives no difference.
#![allow(clippy::unwrap_used)]

use pay::{
    BillDay, BillRow, FlowRow, Money,
    bill::{
        RowKind,
        matching::{BookRow, Booked, Comparison, Difference, DifferenceKind as Kind, PaymentHeld, RefundHeld, Why, compare},
    },
};
use proptest::prelude::*;

const DAY_MS: i64 = 86_400_000;

fn day() -> BillDay {
    BillDay("2026-11-21".parse().unwrap())
}

fn noon() -> i64 {
    "2026-11-21T12:00:00+08:00".parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// What truly became of an attempt.
#[derive(Clone, Debug)]
enum Fate {
    Captured { refunds: Vec<(RefundHeld, i64)> },
    Unpaid(PaymentHeld),
    ReversedPaid,
}

fn fate() -> impl Strategy<Value = Fate> {
    let held = prop_oneof![Just(RefundHeld::Succeeded), Just(RefundHeld::Processing), Just(RefundHeld::Failed)];
    prop_oneof![
        4 => proptest::collection::vec((held, 1i64..500), 0..3).prop_map(|refunds| Fate::Captured { refunds }),
        1 => prop_oneof![Just(PaymentHeld::Open), Just(PaymentHeld::Closed), Just(PaymentHeld::Failed), Just(PaymentHeld::Reversed)]
            .prop_map(Fate::Unpaid),
        1 => Just(Fate::ReversedPaid),
    ]
}

/// A day as both sides saw it.
#[derive(Clone, Debug, Default)]
struct Day {
    ours: Vec<BookRow>,
    bill: Vec<BillRow>,
    neighbours: Vec<BillRow>,
    flow: Vec<FlowRow>,
    matched: u32,
}

impl Day {
    fn of(fates: &[(Fate, i64)]) -> Self {
        let mut day = Self::default();
        for (n, (fate, fen)) in fates.iter().enumerate() {
            day.add(n, fate, Money(1000 + fen));
        }
        for (row, line) in day.bill.iter_mut().zip(2..) {
            row.line = line;
        }
        day
    }

    fn add(&mut self, n: usize, fate: &Fate, amount: Money) {
        let held = match fate {
            Fate::Captured { .. } => PaymentHeld::Captured,
            Fate::Unpaid(held) => *held,
            Fate::ReversedPaid => PaymentHeld::Reversed,
        };
        let is_paid = !matches!(fate, Fate::Unpaid(_));
        self.ours.push(BookRow {
            attempt_no: attempt(n),
            booked: Booked::Payment(held),
            channel_txn: is_paid.then(|| format!("42{n}")),
            amount,
            at_ms: is_paid.then(noon),
        });
        if !is_paid {
            return;
        }
        self.bill.push(payment(n, amount));
        self.flow.push(moved(format!("42{n}"), "交易", amount.0));
        self.matched += 1;
        match fate {
            Fate::Captured { refunds } => {
                for (i, (held, fen)) in refunds.iter().enumerate() {
                    self.refund(n, i, *held, Money(*fen));
                }
            }
            Fate::ReversedPaid => {
                self.bill.push(BillRow { kind: RowKind::Reversal, state: "REVOKED".into(), ..payment(n, amount) });
                self.flow.push(moved(format!("42{n}"), "退款", -amount.0));
            }
            Fate::Unpaid(_) => {}
        }
    }

    fn refund(&mut self, n: usize, i: usize, held: RefundHeld, amount: Money) {
        let refund_no = format!("R-{n}-{i}");
        let is_accepted = held != RefundHeld::Failed;
        self.ours.push(BookRow {
            attempt_no: attempt(n),
            booked: Booked::Refund { refund_no: refund_no.clone(), held },
            channel_txn: None,
            amount,
            at_ms: is_accepted.then(noon),
        });
        if !is_accepted {
            return;
        }
        let state = if held == RefundHeld::Succeeded { "SUCCESS" } else { "PROCESSING" };
        self.bill.push(BillRow {
            kind: RowKind::Refund,
            refund_no: Some(refund_no),
            channel_refund: Some(format!("50{n}{i}")),
            // Some of the fee comes back, and leaves the refund's movement that much smaller.
            fee_e5: -3000,
            state: state.into(),
            ..payment(n, amount)
        });
        self.flow.push(moved(format!("50{n}{i}"), "退款", 3 - amount.0));
        self.matched += 1;
    }

    fn compare(&self) -> Comparison {
        compare(&self.ours, &self.bill, &self.neighbours, None, day())
    }
}

fn attempt(n: usize) -> String {
    format!("A{n:05}")
}

fn payment(n: usize, amount: Money) -> BillRow {
    BillRow {
        kind: RowKind::Payment,
        attempt_no: attempt(n),
        channel_txn: format!("42{n}"),
        refund_no: None,
        channel_refund: None,
        amount,
        settled: amount,
        fee_e5: 0,
        at_ms: noon(),
        state: "SUCCESS".into(),
        line: 2,
    }
}

fn moved(channel_no: String, business: &str, fen: i64) -> FlowRow {
    FlowRow { channel_no, business: business.into(), amount: Money(fen), at_ms: noon(), line: 2 }
}

/// What can go wrong with one row.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Drop,
    Twice,
    Amount,
    State,
    MoveDay,
    Stranger,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Drop),
        Just(Edit::Twice),
        Just(Edit::Amount),
        Just(Edit::State),
        Just(Edit::MoveDay),
        Just(Edit::Stranger)
    ]
}

/// Edits the row, and says what must be found of it.
fn apply(edit: Edit, at: usize, bill: &mut Vec<BillRow>, neighbours: &mut Vec<BillRow>) -> &'static [Kind] {
    let kind = bill[at].kind;
    match edit {
        Edit::Drop => {
            bill.remove(at);
            match kind {
                RowKind::Reversal => &[Kind::State],
                RowKind::Payment | RowKind::Refund => &[Kind::ShortInChannel],
            }
        }
        Edit::Twice => {
            bill.push(bill[at].clone());
            &[Kind::Duplicate]
        }
        Edit::Amount => {
            bill[at].amount.0 += 1;
            &[Kind::Amount]
        }
        Edit::State => match kind {
            RowKind::Payment => {
                let reversal = BillRow { kind: RowKind::Reversal, ..bill[at].clone() };
                bill.push(reversal);
                // Where it was taken back already, that is a second time.
                &[Kind::State, Kind::Duplicate]
            }
            RowKind::Refund => {
                bill[at].state = "FAIL".into();
                &[Kind::State]
            }
            RowKind::Reversal => {
                bill[at].kind = RowKind::Payment;
                &[Kind::State, Kind::Duplicate]
            }
        },
        Edit::MoveDay => {
            let mut row = bill.remove(at);
            row.at_ms += DAY_MS;
            neighbours.push(row);
            // A reversal that stands alone is what a payment of the day before leaves.
            match kind {
                RowKind::Payment | RowKind::Refund | RowKind::Reversal => &[Kind::CrossDay],
            }
        }
        Edit::Stranger => {
            bill[at].attempt_no = "STRANGER1".into();
            &[Kind::ChannelExtra]
        }
    }
}

fn about<'a>(found: &'a Comparison, row: &BillRow) -> Vec<&'a Difference> {
    found
        .differences
        .iter()
        .filter(|d| d.attempt_no.as_deref().is_some_and(|no| no == row.attempt_no || no == "STRANGER1"))
        .collect()
}

proptest! {
    #[test]
    fn a_true_bill_gives_no_difference(fates in proptest::collection::vec((fate(), 0i64..100_000), 0..12)) {
        let true_day = Day::of(&fates);
        let found = compare(&true_day.ours, &true_day.bill, &true_day.neighbours, Some(&true_day.flow), day());
        prop_assert_eq!(found, Comparison { matched: true_day.matched, differences: vec![] });
    }

    #[test]
    fn every_edit_is_found_and_nothing_else(
        fates in proptest::collection::vec((fate(), 0i64..100_000), 1..12),
        pick in any::<proptest::sample::Index>(),
        edit in edit(),
    ) {
        let true_day = Day::of(&fates);
        prop_assume!(!true_day.bill.is_empty());
        let at = pick.index(true_day.bill.len());
        let row = true_day.bill[at].clone();
        // A lone reversal beside the day's payment in the next day's bill is the ordinary cross-day case, tested below.
        prop_assume!(!(matches!(edit, Edit::MoveDay) && row.kind == RowKind::Payment && is_reversed(&true_day, &row)));
        let mut edited = true_day.clone();
        let expected = apply(edit, at, &mut edited.bill, &mut edited.neighbours);
        let found = edited.compare();
        let here = about(&found, &row);
        prop_assert!(here.iter().any(|d| expected.contains(&d.kind)), "{edit:?} of {row:?} found {:?}", found.differences);
        prop_assert_eq!(here.len(), found.differences.len(), "differences about others: {:?}", &found.differences);
    }

    #[test]
    fn forgetting_a_payment_is_a_missed_one(
        fates in proptest::collection::vec((fate(), 0i64..100_000), 1..12),
        held in prop_oneof![Just(PaymentHeld::Open), Just(PaymentHeld::Closed), Just(PaymentHeld::Failed)],
    ) {
        let mut edited = Day::of(&fates);
        let captured = edited.ours.iter_mut().find(|row| row.booked == Booked::Payment(PaymentHeld::Captured));
        let Some(row) = captured else { return Ok(()) };
        row.booked = Booked::Payment(held);
        let number = row.attempt_no.clone();
        let found = edited.compare();
        prop_assert_eq!(found.differences.len(), 1);
        prop_assert_eq!(found.differences[0].kind, Kind::ChannelOnlyMissed);
        prop_assert_eq!(found.differences[0].attempt_no.as_deref(), Some(&*number));
    }

    #[test]
    fn every_edit_of_the_flow_is_found(
        fates in proptest::collection::vec((fate(), 0i64..100_000), 1..12),
        pick in any::<proptest::sample::Index>(),
        edit in 0..3,
    ) {
        let mut edited = Day::of(&fates);
        edited.ours.clear();
        let standing: Vec<usize> =
            (0..edited.flow.len()).filter(|at| !edited.bill.iter().any(|b| b.kind == RowKind::Reversal && b.channel_txn == edited.flow[*at].channel_no)).collect();
        prop_assume!(!standing.is_empty());
        let at = standing[pick.index(standing.len())];
        let kind = match edit {
            0 => { edited.flow.remove(at); Kind::FlowMissing }
            1 => { edited.flow[at].amount.0 += 5; Kind::FlowDiffers }
            _ => { edited.flow.push(moved("999".into(), "交易", 7)); Kind::FlowDiffers }
        };
        let found = compare(&[], &edited.bill, &[], Some(&edited.flow), day());
        let flow = found.differences.iter().filter(|d| matches!(d.kind, Kind::FlowMissing | Kind::FlowDiffers));
        prop_assert_eq!(flow.map(|d| d.kind).collect::<Vec<_>>(), [kind]);
    }
}

fn is_reversed(day: &Day, row: &BillRow) -> bool {
    day.bill.iter().any(|other| other.kind == RowKind::Reversal && other.attempt_no == row.attempt_no)
}

fn held(booked: Booked, at_ms: Option<i64>) -> BookRow {
    BookRow { attempt_no: attempt(1), booked, channel_txn: None, amount: Money(1000), at_ms }
}

fn only(found: &Comparison) -> (Kind, Why) {
    assert_eq!(found.differences.len(), 1, "{found:?}");
    (found.differences[0].kind, found.differences[0].why)
}

#[test]
fn an_empty_day_is_a_result() {
    assert_eq!(compare(&[], &[], &[], Some(&[]), day()), Comparison::default());
}

#[test]
fn a_day_is_cut_in_beijing() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!(day().holds(at("2026-11-20T16:00:00Z")));
    assert!(!day().holds(at("2026-11-20T15:59:59.999Z")));
    assert!(!day().holds(at("2026-11-21T16:00:00Z")));
    assert!(!day().holds(i64::MAX));
}

#[test]
fn two_captures_under_one_number_are_a_duplicate() {
    let ours = [held(Booked::Payment(PaymentHeld::Captured), Some(noon()))];
    let bill = [payment(1, Money(1000)), BillRow { channel_txn: "43".into(), line: 3, ..payment(1, Money(1000)) }];
    let found = compare(&ours, &bill, &[], None, day());
    assert_eq!(only(&found), (Kind::Duplicate, Why::CountedTwice));
    assert_eq!((found.matched, found.differences[0].bill_line), (1, Some(3)));
}

#[test]
fn a_payment_taken_back_after_midnight_is_two_days_business() {
    let ours = [held(Booked::Payment(PaymentHeld::Reversed), Some(noon()))];
    let back = BillRow { kind: RowKind::Reversal, ..payment(1, Money(1000)) };
    let found = compare(&ours, &[payment(1, Money(1000))], std::slice::from_ref(&back), None, day());
    assert_eq!(only(&found), (Kind::CrossDay, Why::OtherDay));
    assert!(!found.differences[0].kind.is_alarm());
    let next = BillDay("2026-11-22".parse().unwrap());
    let found = compare(&ours, &[back], &[payment(1, Money(1000))], None, next);
    assert_eq!(found, Comparison { matched: 1, differences: vec![] });
}

#[test]
fn a_payment_the_channel_kept_though_we_reversed_it_is_an_alarm() {
    let ours = [held(Booked::Payment(PaymentHeld::Reversed), None)];
    assert_eq!(only(&compare(&ours, &[payment(1, Money(1000))], &[], None, day())), (Kind::State, Why::NotReversedThere));
}

#[test]
fn alipay_books_a_reversal_as_a_refund_without_our_number() {
    let ours = [held(Booked::Payment(PaymentHeld::Reversed), Some(noon()))];
    let back = BillRow { kind: RowKind::Refund, state: "退款".into(), ..payment(1, Money(1000)) };
    let found = compare(&ours, &[payment(1, Money(1000)), back], &[], None, day());
    assert_eq!(found, Comparison { matched: 1, differences: vec![] });
}

#[test]
fn a_payment_near_midnight_is_looked_for_on_both_days() {
    let late = noon() + 12 * 3_600_000;
    let ours = [held(Booked::Payment(PaymentHeld::Captured), Some(late))];
    assert_eq!(only(&compare(&ours, &[payment(1, Money(1000))], &[], None, day())), (Kind::CrossDay, Why::OtherDay));
    assert_eq!(compare(&ours, &[], &[], None, day()), Comparison::default());
    let untimed = [held(Booked::Payment(PaymentHeld::Captured), None)];
    assert_eq!(only(&compare(&untimed, &[], &[payment(1, Money(1000))], None, day())), (Kind::CrossDay, Why::OtherDay));
    assert_eq!(only(&compare(&untimed, &[], &[payment(1, Money(1001))], None, day())), (Kind::Amount, Why::AmountDiffers));
}

#[test]
fn a_refund_that_nobody_here_made_is_extra() {
    let ours = [held(Booked::Payment(PaymentHeld::Captured), Some(noon()))];
    let console = BillRow {
        kind: RowKind::Refund,
        refund_no: Some("M-1".into()),
        channel_refund: Some("50".into()),
        ..payment(1, Money(10))
    };
    let found = compare(&ours, &[payment(1, Money(1000)), console], &[], None, day());
    assert_eq!(only(&found), (Kind::ChannelExtra, Why::NotOurs));
    assert_eq!(found.differences[0].channel_no.as_deref(), Some("50"));
}

#[test]
fn refunds_that_stand_otherwise_there_are_told_apart() {
    let refund = |held_here, state: &str| {
        let ours = [held(Booked::Refund { refund_no: "R".into(), held: held_here }, Some(noon()))];
        let row = BillRow { kind: RowKind::Refund, refund_no: Some("R".into()), state: state.into(), ..payment(1, Money(1000)) };
        compare(&ours, &[row], &[], None, day())
    };
    assert_eq!(only(&refund(RefundHeld::Processing, "SUCCESS")), (Kind::State, Why::RefundDoneThere));
    assert_eq!(only(&refund(RefundHeld::Succeeded, "CHANGE")), (Kind::State, Why::RefundFailedThere));
    assert_eq!(only(&refund(RefundHeld::Failed, "PROCESSING")), (Kind::State, Why::RefundedThere));
    assert_eq!(refund(RefundHeld::Succeeded, "退款").matched, 1);
}

#[test]
fn the_same_row_twice_in_our_own_book_is_reported() {
    let row = held(Booked::Payment(PaymentHeld::Captured), Some(noon()));
    let found = compare(&[row.clone(), row], &[payment(1, Money(1000))], &[], None, day());
    assert_eq!(only(&found), (Kind::Duplicate, Why::CountedTwice));
}

#[test]
fn a_refund_that_was_closed_moves_nothing() {
    let row = |state: &str| BillRow {
        kind: RowKind::Refund,
        refund_no: Some("R".into()),
        channel_refund: Some("50".into()),
        state: state.into(),
        ..payment(1, Money(1000))
    };
    let flow = |state: &str| {
        let found = compare(&[], &[row(state)], &[], Some(&[]), day());
        found.differences.iter().filter(|d| d.kind == Kind::FlowMissing).count()
    };
    assert_eq!((flow("CLOSED"), flow("SUCCESS")), (0, 1));
}
