//! What the house has besides tables: shifts and drawers, slips on paper, dishes nobody saw, closed stations, dishes cooked again.

use crate::house::*;
use crate::properties::config;
use crate::story::*;
use domain::catalog::{KitchenPrinter, PrintWhen, Printer, Role};
use domain::floor::*;
use domain::menu::Station;
use domain::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

const H1: ShiftId = ShiftId(0x71);
const H2: ShiftId = ShiftId(0x72);
const J1: JobId = JobId(0x91);
const J2: JobId = JobId(0x92);
const J3: JobId = JobId(0x93);

fn printer(id: &str) -> Printer {
    Printer {
        id: code(id),
        name: id.into(),
        address: "10.0.0.9:9100".into(),
        width_mm: 80,
        fallback: None,
        no_cutter: false,
        buzzer: false,
        drawer: false,
        qr_as_picture: false,
        gbk_only: false,
        silent: false,
    }
}

/// `wok` has a printer and `cold` cooks for it; at `cold` only the till prints, what nobody saw.
fn with_printers() -> Known {
    let mut known = known();
    let stations = vec![Station { fallback: Some(code("cold")), ..station("wok") }, station("cold")];
    known.menu = Arc::new(menu::Menu { stations, ..menu() });
    let mut house = house();
    house.printers = vec![printer("wok-p"), printer("till-p")];
    house.kitchen_printers = vec![KitchenPrinter { station: code("wok"), printer: code("wok-p"), when: PrintWhen::Always }];
    house.till_printer = Some(code("till-p"));
    known.house = Arc::new(house);
    known
}

/// The same where paper is only for what no screen has shown.
fn with_paper_for_unseen() -> Known {
    let mut known = with_printers();
    let mut house = (*known.house).clone();
    house.kitchen_printers[0].when = PrintWhen::Unseen;
    known.house = Arc::new(house);
    known
}

/// A party at `t1` has ordered rice from the wok and a salad from the cold station.
fn served_by(known: Known) -> Story {
    given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1)]).and([place(
        O1,
        S1,
        &[(L1, plain("rice", 10)), (L2, plain("salad", 1))],
    )])
}

fn open_shift(shift: ShiftId, till: &str, float: i64, by: &str) -> FloorCommand {
    FloorCommand::OpenShift { shift, till: till.into(), float: Money(float), by: code(by) }
}

fn close_shift(shift: ShiftId, counted: i64) -> FloorCommand {
    FloorCommand::CloseShift { shift, counted: Money(counted), by: code("ann") }
}

fn move_cash(entry: u128, direction: Direction, amount: i64, hand: Hand) -> FloorCommand {
    let (entry, amount) = (CashMoveId(entry), Money(amount));
    FloorCommand::MoveCash { shift: H1, entry, direction, amount, reason: "零钱".into(), hand }
}

fn print(job: JobId, printer: &str, slip: Slip, by: Option<&str>) -> FloorCommand {
    FloorCommand::QueuePrint { job, printer: code(printer), slip, by: by.map(code) }
}

fn to_cook(station: &str, lines: &[LineId]) -> Slip {
    Slip::Kitchen { order: O1, station: code(station), lines: lines.to_vec() }
}

fn rice_slip() -> Slip {
    to_cook("wok", &[L1])
}

fn escalate(items: &[ItemKey], step: Escalation) -> FloorCommand {
    FloorCommand::Escalate { items: items.to_vec(), step }
}

fn remake(line: LineId) -> FloorCommand {
    FloorCommand::RemakeItem { item: item(line, 0), cause: RemakeCause::Cold, note: None, by: code("ann") }
}

fn set_station(station: &str, open: bool) -> FloorCommand {
    FloorCommand::SetStation { station: code(station), open, by: code("ann") }
}

impl Story {
    fn figures(&self, shift: ShiftId) -> ShiftFigures {
        shift_figures(&self.floor, &self.floor.shifts[&shift])
    }

    fn wants(&self) -> Vec<(String, Slip)> {
        let wants = print_wants(&self.floor, &self.known, self.now);
        wants.into_iter().map(|want| (want.printer.to_string(), want.slip)).collect()
    }

    fn state_of(&self, job: JobId) -> PrintState {
        self.floor.slips[&job].state
    }
}

fn sum(way: Way, count: u32, amount: i64) -> WaySum {
    WaySum { way, count, amount: Money(amount) }
}

// Shifts.

#[test]
fn a_shift_begins_once_per_person_and_per_till() {
    let story = given([open_shift(H1, "till-1", 20_000, "ann")]);
    let story = story.when(open_shift(H1, "till-1", 20_000, "ann")).refuses(Reject::ShiftExists);
    let story = story.when(open_shift(H2, "till-2", 0, "ann")).refuses(Reject::ShiftOpen);
    let story = story.when(open_shift(H2, "till-1", 0, "bob")).refuses(Reject::ShiftOpen);
    let story = story.when(open_shift(H2, "\u{1b}", 0, "bob")).refuses(Reject::BadText);
    let story = story.when(open_shift(H2, " ", 0, "bob")).refuses(Reject::BadText);
    for float in [-1, money::LARGEST.0 + 1] {
        story.clone().when(open_shift(H2, "till-2", float, "bob")).refuses(Reject::CashOutOfRange);
    }
    story.when(open_shift(H2, "till-2", 0, "bob")).records_kinds(["ShiftOpened"]);
}

#[test]
fn a_shift_counts_everything_its_person_took_and_gave_back() {
    let story = served_by(with_printers()).and([open_shift(H1, "till-1", 20_000, "ann")]).at(1);
    let some = FloorCommand::TakeCash(TakeCash { tip: Money(100), received: Money(2_000), ..notes(1, S1, 1_000) });
    let FloorCommand::TakeCash(some) = some else { unreachable!() };
    let rounded = TakeCash { rounded_off: Money::ZERO, ..notes(3, S1, 1_200) };
    let story = story.and([
        FloorCommand::TakeCash(TakeCash { partial: true, ..some }),
        FloorCommand::TakeTender(TakeTender { partial: true, ..beside(2, S1, Way::Card, 2_000, "POS-1") }),
        FloorCommand::TakeCash(rounded),
        back(R1, S1, 3, &[], 200),
        move_cash(1, Direction::In, 5_000, alone()),
        move_cash(2, Direction::Out, 1_000, with_bob()),
    ]);
    let figures = story.figures(H1);
    assert_eq!(figures.taken, [sum(Way::Cash, 2, 2_300), sum(Way::Card, 1, 2_000)]);
    assert_eq!(figures.given_back, [sum(Way::Cash, 1, 200)]);
    assert_eq!((figures.tips, figures.moved_in, figures.moved_out), (Money(100), Money(5_000), Money(1_000)));
    assert_eq!(figures.expected, Money(20_000 + 2_300 - 200 + 5_000 - 1_000));
    let outcome = story.when(close_shift(H1, 26_000));
    assert_eq!(*outcome.answer(), FloorAnswer::ShiftClosed { expected: Money(26_100), over: Money(-100) });
    let story = outcome.records_kinds(["ShiftClosed"]);
    assert_eq!(story.figures(H1), figures, "what is closed stays as it was closed");
    let story = story.when(close_shift(H1, 26_000)).refuses(Reject::ShiftClosed);
    let story = story.when(move_cash(3, Direction::In, 1, alone())).refuses(Reject::ShiftClosed);
    story.when(close_shift(H2, 0)).refuses(Reject::ShiftUnknown);
}

#[test]
fn what_is_rounded_off_never_was_in_the_drawer() {
    let story = given([FloorCommand::OpenDay, open_shift(H1, "till-1", 0, "ann"), join(S1, "v1", G1)]);
    // Noodles and rice at the terrace: 21.00 and 10 %: 23.10, of which 0.10 is let go.
    let story = story.and([place(O1, S1, &[(L1, plain("noodles", 1)), (L2, plain("rice", 1))])]);
    let story = story.and([FloorCommand::TakeCash(TakeCash { rounded_off: Money(10), ..notes(1, S1, 2_310) })]);
    let figures = story.figures(H1);
    assert_eq!((figures.expected, figures.rounded_off), (Money(2_300), Money(10)));
}

#[test]
fn an_account_paid_in_cash_is_in_the_drawer() {
    let on_account = FloorCommand::TakeTender(beside(1, S1, Way::HouseAccount, 3_000, "acme"));
    let story = ordered().and([open_shift(H1, "till-1", 0, "ann"), on_account, settle(2, 1_000)]);
    let figures = story.figures(H1);
    assert_eq!((figures.expected, figures.account_cash), (Money(1_000), Money(1_000)));
    assert_eq!(figures.taken, [sum(Way::Cash, 1, 1_000), sum(Way::HouseAccount, 1, 3_000)]);
}

#[test]
fn cash_goes_out_with_a_second_person_and_never_more_than_there_is() {
    let story = given([open_shift(H1, "till-1", 5_000, "ann")]);
    let out = |amount, hand| move_cash(1, Direction::Out, amount, hand);
    let story = story.when(out(1_000, alone())).refuses(Reject::ApprovalNeeded);
    let story = story.when(out(5_001, with_bob())).refuses(Reject::CashOutOfRange);
    for amount in [0, -1] {
        story.clone().when(out(amount, with_bob())).refuses(Reject::CashOutOfRange);
    }
    story.clone().when(move_cash(1, Direction::In, money::LARGEST.0, alone())).refuses(Reject::CashOutOfRange);
    story.clone().when(out(5_000, as_role(Role::Manager))).records_kinds(["CashMoved"]);
    story.clone().when(out(5_000, as_role(Role::Owner))).records_kinds(["CashMoved"]);
    let story = story.when(out(1_000, with_bob())).records_kinds(["CashMoved"]);
    assert_eq!(story.floor.shifts[&H1].moves[0].approved_by, Some(code("bob")));
    let story = story.when(out(1_000, with_bob())).records([]);
    story.when(out(2_000, with_bob())).refuses(Reject::ShiftExists);
}

#[test]
fn cash_without_a_shift_is_listed_when_the_day_closes() {
    let story = ordered().and([part_in_cash(1, S1, 1_000)]).at(1).and([open_shift(H1, "till-1", 0, "ann")]);
    let story = story.and([part_in_cash(2, S1, 2_000)]).at(2).and([
        close_shift(H1, 2_000),
        step(L1, 0, Step::Ready),
        step(L1, 0, Step::Serve),
    ]);
    let loose = vec![Unmatched::LooseCash { amount: Money(1_000) }];
    let story = story.when(close_day()).refuses(Reject::DayUnmatched { unmatched: loose });
    let story = story.and([sign_and_close_day()]);
    assert_eq!(story.floor.last_summary.as_ref().unwrap().over, Money::ZERO);
}

#[test]
fn a_shift_closed_between_two_days_belongs_to_the_next() {
    let story = given([FloorCommand::OpenDay, open_shift(H1, "till-1", 1_000, "ann"), sign_and_close_day()]).at(10);
    let story = story.and([close_shift(H1, 900)]).at(20).and([FloorCommand::OpenDay]).at(30).and([close_day()]);
    assert_eq!(story.floor.last_summary.as_ref().unwrap().over, Money(-100));
    let story = story.at(40).and([FloorCommand::OpenDay]);
    assert!(story.floor.shifts.is_empty());
}

/// What somebody does at a till.
#[derive(Clone, Copy, Debug)]
enum AtTill {
    Sell { by: usize, amount: i64, tip: i64 },
    GiveBack { amount: i64 },
    Account { by: usize, amount: i64 },
    Begin { by: usize },
    End { by: usize },
    NewDay,
}

fn at_till() -> impl Strategy<Value = AtTill> {
    prop_oneof![
        4 => (0..2_usize, 1..3_000_i64, 0..50_i64).prop_map(|(by, amount, tip)| AtTill::Sell { by, amount, tip }),
        1 => (1..500_i64).prop_map(|amount| AtTill::GiveBack { amount }),
        1 => (0..2_usize, 1..500_i64).prop_map(|(by, amount)| AtTill::Account { by, amount }),
        2 => (0..2_usize).prop_map(|by| AtTill::Begin { by }),
        1 => (0..2_usize).prop_map(|by| AtTill::End { by }),
        1 => Just(AtTill::NewDay),
    ]
}

const PEOPLE: [&str; 2] = ["ann", "bob"];

/// Whoever sits at `t1` pays a part of what they owe, or all; a free table gets a party first. So some parties are settled when a
/// day closes and others are carried over.
fn commands_of(deed: AtTill, n: u128, story: &Story) -> Vec<FloorCommand> {
    let shift_of = |by: usize| {
        story.floor.shifts.values().find(|shift| shift.closed.is_none() && shift.by == code(PEOPLE[by])).map(|shift| shift.shift)
    };
    match deed {
        AtTill::Sell { by, amount, tip } => {
            let seated = story.floor.seated.get(&code("t1")).and_then(|sessions| sessions.first()).copied();
            let session = seated.unwrap_or(SessionId(0x1000 + n));
            let due = seated.map_or(Money(3_000), |session| story.floor.due(story.party(session)));
            let amount = Money(amount).min(due);
            let tip = Money(tip).min(amount);
            let cash = TakeCash {
                by: code(PEOPLE[by]),
                tip,
                received: amount + tip,
                partial: true,
                ..notes(0x2000 + n, session, amount.0)
            };
            let sit = [join(session, "t1", GuestId(n)), place_one(OrderId(0x4000 + n), session, LineId(0x3000 + n), "rice", 10)];
            let paid = [FloorCommand::TakeCash(cash), FloorCommand::CloseTable { session }];
            sit.into_iter().filter(|_| seated.is_none()).chain(paid).collect()
        }
        AtTill::GiveBack { amount } => {
            let of = |session: &Session| session.tenders.first().map(|tender| (session.id, tender.tender.0));
            let Some((session, tender)) = story.floor.sessions.values().find_map(of) else { return vec![] };
            vec![back(RefundId(0x5000 + n), session, tender, &[], amount)]
        }
        AtTill::Account { by, amount } => vec![FloorCommand::SettleAccount(SettleAccount {
            tender: TenderId(0x6000 + n),
            account: code("acme"),
            amount: Money(amount),
            way: Way::Cash,
            reference: None,
            by: code(PEOPLE[by]),
        })],
        AtTill::Begin { by } => vec![open_shift(ShiftId(0x7000 + n), PEOPLE[by], 100, PEOPLE[by])],
        AtTill::End { by } => shift_of(by).map(|shift| close_shift(shift, 0)).into_iter().collect(),
        AtTill::NewDay => vec![sign_and_close_day(), FloorCommand::OpenDay],
    }
}

/// Cash that an event moves.
fn cash_of(event: &FloorEvent) -> Money {
    match event {
        FloorEvent::TenderCredited(e) if e.way == Way::Cash => e.amount + e.tip - e.rounded_off,
        FloorEvent::RefundAsked(e) if e.way == Way::Cash => -e.amount,
        FloorEvent::AccountSettled(e) if e.way == Way::Cash => e.amount,
        _ => Money::ZERO,
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn no_fen_of_cash_is_lost_between_shifts_and_days(deeds in prop::collection::vec(at_till(), 1..60)) {
        // The account owes enough for every settlement.
        let on_account = FloorCommand::TakeTender(beside(1, S1, Way::HouseAccount, 9_000, "acme"));
        let mut story = given([FloorCommand::OpenDay, join(S1, "t2", G1), place_one(O1, S1, L1, "rice", 30), on_account]);
        let mut in_drawers = Money::ZERO;
        let mut in_no_drawer = Money::ZERO;
        let mut listed = Money::ZERO;
        let mut total = Money::ZERO;
        for (n, deed) in deeds.into_iter().enumerate() {
            story = story.at(i64::try_from(n).unwrap() + 1);
            for command in commands_of(deed, n as u128, &story) {
                let Ok((events, answer)) = story.floor.decide(&command, story.now, &story.known) else { continue };
                let before: Vec<_> = story.floor.shifts.values().filter(|s| s.closed.is_none()).map(|s| (s.shift, story.figures(s.shift))).collect();
                let closes = matches!(command, FloorCommand::CloseDay { .. });
                for event in &events {
                    total = total + cash_of(event);
                    if let FloorEvent::ShiftClosed(e) = event {
                        in_drawers = in_drawers + e.figures.expected - Money(100);
                    }
                    let covered = |by: &Option<StaffId>| story.floor.shifts.values().any(|s| s.closed.is_none() && Some(&s.by) == by.as_ref());
                    let loose = match event {
                        FloorEvent::TenderCredited(e) => !covered(&e.by),
                        FloorEvent::RefundAsked(e) => !covered(&e.by),
                        FloorEvent::AccountSettled(e) => !covered(&Some(e.by.clone())),
                        _ => false,
                    };
                    if loose {
                        in_no_drawer = in_no_drawer + cash_of(event);
                    }
                    if let FloorEvent::DayClosed(e) = event {
                        let amount = e.unmatched.iter().find_map(|u| match u { Unmatched::LooseCash { amount } => Some(*amount), _ => None });
                        // A day without shifts lists none: nobody works with drawers there.
                        listed = listed + if story.floor.shifts.is_empty() { in_no_drawer - listed } else { amount.unwrap_or_default() };
                        prop_assert_eq!(listed, in_no_drawer);
                    }
                }
                story.take(events);
                if closes {
                    let is_closed = matches!(answer, FloorAnswer::DayClosed { .. });
                    prop_assert!(is_closed);
                    for (shift, figures) in before {
                        prop_assert_eq!(story.figures(shift), figures);
                    }
                }
            }
            let open = story.floor.shifts.values().filter(|shift| shift.closed.is_none());
            let in_open: Money = open.map(|shift| story.figures(shift.shift).expected - Money(100)).sum();
            prop_assert_eq!(in_open + in_drawers + in_no_drawer, total);
        }
        let mut replayed = Floor::default();
        story.log.iter().for_each(|event| replayed.apply(event));
        prop_assert_eq!(replayed, story.floor);
    }
}

// Slips.

#[test]
fn the_kitchen_wants_one_slip_per_order_and_station() {
    let story = served_by(with_printers()).and([place_one(O2, S1, LineId(0x13), "noodles", 1)]);
    let second = Slip::Kitchen { order: O2, station: code("wok"), lines: vec![LineId(0x13)] };
    assert_eq!(story.wants(), [("wok-p".into(), rice_slip()), ("wok-p".into(), second.clone())]);
    let story = story.and([print(J1, "wok-p", rice_slip(), None)]);
    assert_eq!(story.wants(), [("wok-p".to_string(), second)]);
    assert_eq!(story.line(L1).items[0].slip, Some(J1));
}

#[test]
fn a_slip_the_house_asks_for_by_itself_is_queued_once() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let story = story.when(print(J2, "wok-p", rice_slip(), None)).records([]);
    let story = story.when(print(J1, "wok-p", rice_slip(), None)).records([]);
    let story = story.when(print(J1, "wok-p", Slip::Test, None)).refuses(Reject::SlipExists);
    // Nor again once it was given up.
    let story = story.at(20).and([FloorCommand::EndPrint { job: J1, by: None }]);
    story.when(print(J2, "wok-p", rice_slip(), None)).records([]);
}

#[test]
fn a_drawer_opens_for_every_payment() {
    let drawer = || Slip::Drawer { shift: H1 };
    let story = served_by(with_printers()).when(print(J1, "till-p", drawer(), None)).refuses(Reject::NothingToPrint);
    let story = story.and([open_shift(H1, "till-1", 0, "ann"), print(J1, "till-p", drawer(), None)]);
    assert_eq!(story.floor.slips[&J1].expires_at, Timestamp(60_000));
    let story = story.when(print(J2, "till-p", drawer(), None)).records([]);
    let story = story.and([FloorCommand::PrintStarted { job: J1 }, FloorCommand::PrintDone { job: J1, confirmed: true }]);
    story.when(print(J2, "till-p", drawer(), None)).records_kinds(["PrintQueued"]);
}

#[test]
fn there_must_be_something_to_print() {
    let story = served_by(with_printers());
    let nothing = [
        Slip::Kitchen { order: O2, station: code("wok"), lines: vec![L1] },
        to_cook("wok", &[]),
        to_cook("wok", &[L2]),
        Slip::Void { order: O1, station: code("wok"), line: L1 },
        Slip::Rush { order: O1, station: code("wok"), line: L1, nth: 1 },
        Slip::TableChange { change: 1, station: code("wok") },
        Slip::PreBill { session: S2 },
        Slip::Receipt { session: S1 },
        Slip::TableCode { session: S2 },
        Slip::Number { entry: QueueId(1) },
        Slip::Shift { shift: H1 },
        Slip::Day { number: 1 },
        Slip::Drawer { shift: H1 },
    ];
    for slip in nothing {
        story.clone().when(print(J1, "till-p", slip, Some("ann"))).refuses(Reject::NothingToPrint);
    }
    story.clone().when(print(J1, "bar-p", Slip::Test, None)).refuses(Reject::PrinterUnknown);
    let story = story.and([open_shift(H1, "till-1", 0, "ann")]).at(1);
    let story = story.and([cash(1, S1, 4_200, None), close_shift(H1, 4_200), rush(S1, L1)]);
    let something = [
        Slip::Rush { order: O1, station: code("wok"), line: L1, nth: 1 },
        Slip::PreBill { session: S1 },
        Slip::Receipt { session: S1 },
        Slip::TableCode { session: S1 },
        Slip::Shift { shift: H1 },
        Slip::Test,
    ];
    for slip in something {
        story.clone().when(print(J1, "till-p", slip, Some("ann"))).records_kinds(["PrintQueued"]);
    }
    let story = story.and([print(J1, "till-p", Slip::PreBill { session: S1 }, Some("ann"))]);
    assert_eq!(story.party(S1).billed_at, Some(Timestamp(60_000)));
}

#[test]
fn every_state_of_a_slip_takes_what_it_may() {
    let queued = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let started = || FloorCommand::PrintStarted { job: J1 };
    let came_out = || FloorCommand::PrintDone { job: J1, confirmed: true };
    let trouble = |maybe_printed| FloorCommand::PrintTrouble { job: J1, why: "缺纸".into(), maybe_printed };
    let elsewhere = || FloorCommand::MovePrint { job: J1, to: code("till-p") };
    let given_up = |by: Option<&str>| FloorCommand::EndPrint { job: J1, by: by.map(code) };
    let sent = queued.clone().and([started()]);
    let failed = sent.clone().and([trouble(false)]);
    let maybe = sent.clone().and([trouble(true)]);
    let confirmed = sent.clone().and([came_out()]);
    let expired = queued.clone().and([given_up(Some("ann"))]);
    let over = || Reject::SlipOver;

    for open in [&queued, &failed, &maybe] {
        open.clone().when(started()).records_kinds(["PrintSent"]);
        open.clone().when(elsewhere()).records_kinds(["PrintMoved"]);
        open.clone().at(20).when(started()).refuses(over());
    }
    for open in [&queued, &sent, &failed, &maybe] {
        open.clone().when(given_up(None)).refuses(over());
        open.clone().at(20).when(given_up(None)).records_kinds(["PrintExpired"]);
        open.clone().when(given_up(Some("ann"))).records_kinds(["PrintExpired"]);
        assert_eq!(open.floor.open_slips.values().collect::<Vec<_>>(), [&J1]);
    }
    sent.clone().when(started()).records([]);
    sent.clone().when(elsewhere()).refuses(over());
    for unsent in [&queued, &failed] {
        unsent.clone().when(came_out()).refuses(Reject::SlipUnknown);
    }
    maybe.clone().when(came_out()).records_kinds(["PrintConfirmed"]);
    queued.clone().when(trouble(false)).records_kinds(["PrintFailed"]);
    failed.clone().when(trouble(false)).records([]);
    failed.when(trouble(true)).records_kinds(["PrintFailed"]);
    maybe.when(trouble(false)).records([]);
    confirmed.clone().when(came_out()).records([]);
    expired.clone().when(given_up(None)).records([]);
    for (ended, done) in [(&confirmed, given_up(Some("ann"))), (&expired, came_out())] {
        assert!(ended.floor.open_slips.is_empty());
        for command in [done, started(), trouble(false), elsewhere()] {
            ended.clone().when(command).refuses(over());
        }
    }
    queued.clone().when(FloorCommand::MovePrint { job: J1, to: code("bar-p") }).refuses(Reject::PrinterUnknown);
    queued.clone().when(FloorCommand::MovePrint { job: J1, to: code("wok-p") }).records([]);
    queued.when(FloorCommand::PrintStarted { job: J2 }).refuses(Reject::SlipUnknown);
}

#[test]
fn trouble_is_never_refused_for_its_words() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", Slip::Test, None)]);
    let why = format!("  \u{1b}@no{}\n", "纸".repeat(90));
    let story = story.and([FloorCommand::PrintTrouble { job: J1, why, maybe_printed: false }]);
    let kept = story.floor.slips[&J1].trouble.clone().unwrap();
    assert!(kept.starts_with("@no纸") && kept.chars().count() <= 60, "{kept}");
}

#[test]
fn a_moved_slip_keeps_its_place_and_waits_for_the_other_printer() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None), print(J2, "till-p", Slip::Test, None)]);
    let story = story.and([FloorCommand::PrintTrouble { job: J1, why: "offline".into(), maybe_printed: false }]);
    let story = story.and([FloorCommand::MovePrint { job: J1, to: code("till-p") }]);
    assert_eq!(story.floor.open_slips.values().copied().collect::<Vec<_>>(), [J1, J2]);
    assert_eq!((story.state_of(J1), story.floor.slips[&J1].printer.as_str()), (PrintState::Queued, "till-p"));
}

#[test]
fn a_slip_counts_as_seen_only_on_the_printers_own_word() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None), FloorCommand::PrintStarted { job: J1 }]);
    let silent = story.clone().and([FloorCommand::PrintDone { job: J1, confirmed: false }]);
    assert_eq!((silent.line(L1).state(), silent.state_of(J1)), (ItemState::Sent, PrintState::Confirmed));
    let told = story.and([FloorCommand::PrintDone { job: J1, confirmed: true }]);
    assert_eq!(told.line(L1).state(), ItemState::Seen);
    assert!(told.floor.unseen.iter().all(|(_, key)| key.line == L2));
}

#[test]
fn a_rush_reaches_every_station_of_a_set() {
    let mut known = with_printers();
    let mut house = (*known.house).clone();
    house.kitchen_printers.push(KitchenPrinter { station: code("cold"), printer: code("till-p"), when: PrintWhen::Always });
    known.house = Arc::new(house);
    let meal = set(&[("main", "noodles", 1), ("side", "salad", 1)]);
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place(O1, S1, &[(L1, meal)])]);
    let story =
        story.and([print(J1, "wok-p", rice_slip(), None), print(J2, "till-p", to_cook("cold", &[L1]), None), rush(S1, L1)]);
    let urged = |station: &str, nth| Slip::Rush { order: O1, station: code(station), line: L1, nth };
    assert_eq!(story.wants(), [("till-p".into(), urged("cold", 1)), ("wok-p".into(), urged("wok", 1))]);
    let story = story.and([print(J3, "till-p", urged("cold", 1), None)]);
    assert_eq!(story.wants(), [("wok-p".to_string(), urged("wok", 1))]);
    let story = story.and([print(JobId(4), "wok-p", urged("wok", 1), None)]);
    assert_eq!((story.wants().len(), story.line(L1).rush_slips), (0, 1));
    let story = story.at(5).and([rush(S1, L1), step(L1, 0, Step::Ready)]);
    assert_eq!(story.wants(), [("till-p".to_string(), urged("cold", 2))]);
}

#[test]
fn a_move_is_told_to_stations_that_have_paper_of_it() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let mut story = story;
    story.floor.table_changes.push(TableChange {
        number: 1,
        orders: vec![O1],
        from: "T1".into(),
        to: "T2".into(),
        at: story.now.at,
        slips: BTreeSet::new(),
    });
    let told = Slip::TableChange { change: 1, station: code("wok") };
    assert_eq!(story.wants(), [("wok-p".to_string(), told.clone())]);
    let story = story.and([print(J2, "wok-p", told.clone(), None)]);
    assert!(story.wants().is_empty());
    story.when(print(J3, "wok-p", told, None)).records([]);
}

#[test]
fn a_closed_stations_slips_go_to_whoever_cooks() {
    let mut known = with_printers();
    let mut house = (*known.house).clone();
    house.kitchen_printers.push(KitchenPrinter { station: code("cold"), printer: code("till-p"), when: PrintWhen::Always });
    known.house = Arc::new(house);
    let story = served_by(known).and([set_station("wok", false)]);
    assert_eq!(story.wants(), [("till-p".into(), to_cook("cold", &[L2])), ("till-p".into(), rice_slip())]);
}

// What nobody saw.

#[test]
fn unseen_dishes_climb_to_the_highest_step_due_and_never_down() {
    let story = served_by(with_printers());
    let seconds = |s: i64| Now { at: Timestamp(s * 1000), ..story.now };
    let due = |story: &Story, s| due_escalations(&story.floor, seconds(s), &story.known);
    let both = vec![item(L1, 0), item(L2, 0)];
    assert_eq!(due(&story, 14), []);
    assert_eq!(due(&story, 15), [(Escalation::Screen, both.clone())]);
    assert_eq!(due(&story, 45), [(Escalation::Waiter, both.clone())]);
    let story = story.clone().when(escalate(&both, Escalation::Waiter)).records_kinds(["ItemsEscalated"]);
    assert_eq!(due(&story, 45), []);
    let story = story.when(escalate(&both, Escalation::Printer)).records([]);
    let story = story.and([paint(&[item(L1, 0)])]);
    assert_eq!(due(&story, 600), [(Escalation::Till, vec![item(L2, 0)])]);
    let story = story.and([void(S1, L2)]);
    assert_eq!(due(&story, 600), []);
    story.when(escalate(&[item(L1, 0), item(L2, 0), item(LineId(9), 0)], Escalation::Till)).records([]);
}

#[test]
fn a_clock_that_was_put_back_makes_nothing_wait_longer() {
    let story = served_by(with_printers());
    let due = |s: i64| due_escalations(&story.floor, Now { at: Timestamp(s * 1000), ..story.now }, &story.known);
    assert_eq!(due(-3), [], "a clock that is put right moves back a little");
    assert_eq!(due(-3600)[0].0, Escalation::Till, "nobody knows how long they have waited");
}

#[test]
fn a_step_set_to_nothing_is_left_out() {
    let mut story = served_by(with_printers());
    let mut house = (*story.known.house).clone();
    house.policy.kitchen.unseen.screen_s = 0;
    house.policy.kitchen.unseen.till_s = 0;
    story.known.house = Arc::new(house);
    let late = |s: i64| Now { at: Timestamp(s * 1000), ..story.now };
    assert_eq!(due_escalations(&story.floor, late(29), &story.known), []);
    assert_eq!(due_escalations(&story.floor, late(600), &story.known)[0].0, Escalation::Waiter);
}

// Stations.

#[test]
fn a_station_closes_only_while_another_cooks_for_it() {
    let story = served_by(with_printers());
    let story = story.when(set_station("cold", false)).refuses(Reject::StationNeeded);
    let story = story.when(set_station("bar", false)).refuses(Reject::StationUnknown);
    let story = story.when(set_station("wok", true)).records([]);
    let story = story.when(set_station("wok", false)).records_kinds(["StationSet"]);
    assert_eq!(story.floor.cooks_for(&code("wok"), &story.known), code("cold"));
    let story = story.when(set_station("wok", false)).records([]);
    let mut story = story.when(set_station("wok", true)).records_kinds(["StationSet"]);
    assert!(story.floor.closed_stations.is_empty());
    // Two that point at each other can't both close.
    let stations = vec![
        Station { fallback: Some(code("cold")), ..station("wok") },
        Station { fallback: Some(code("wok")), ..station("cold") },
    ];
    story.known.menu = Arc::new(menu::Menu { stations, ..menu() });
    story.and([set_station("wok", false)]).when(set_station("cold", false)).refuses(Reject::StationNeeded);
}

// Cooked again.

#[test]
fn what_was_begun_and_is_cooked_again_is_not_on_sale_again_when_it_is_voided() {
    let story = seated().and([place_one(O1, S1, L1, "duck", 1)]);
    assert_eq!(story.clone().and([void(S1, L1)]).left("duck"), Some(5));
    let story = story.and([step(L1, 0, Step::Start), remake(L1)]);
    assert_eq!(story.and([void(S1, L1)]).left("duck"), Some(4), "its first portion is in the bin");
}

#[test]
fn a_dish_cooked_again_goes_to_its_station_as_if_just_fired() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let story = story.when(remake(L1)).refuses(Reject::ItemIs { state: ItemState::Sent });
    let story = story.and([FloorCommand::PrintStarted { job: J1 }, step(L1, 0, Step::Ready), step(L1, 0, Step::Serve)]).at(30);
    let story = story.when(remake(L1)).records_kinds(["ItemRemade"]);
    let cooked = &story.line(L1).items[0];
    assert_eq!((cooked.state, cooked.slip, cooked.escalated), (ItemState::Sent, None, None));
    assert_eq!((story.line(L1).clock_of(0), story.line(L1).fired_at), (Some(Timestamp(1_800_000)), Some(Timestamp(0))));
    assert!(story.floor.unseen.contains(&(Timestamp(1_800_000), item(L1, 0))) && story.floor.cooking.contains(&O1));
    // Its clock is new, so nothing climbs at once, and its slip is no second print.
    let climbing = due_escalations(&story.floor, story.now, &story.known);
    assert!(climbing.iter().all(|(_, items)| *items == [item(L2, 0)]));
    assert_eq!(story.wants(), [("wok-p".to_string(), rice_slip())]);
    // A late word about the first slip says nothing of the second cooking.
    let late = story.clone().and([FloorCommand::PrintDone { job: J1, confirmed: true }]);
    assert_eq!(late.line(L1).state(), ItemState::Sent);
    let outcome = story.when(print(J2, "wok-p", rice_slip(), None));
    assert_eq!(*outcome.answer(), FloorAnswer::PrintQueued { copy: 0 });
    let story = outcome.records_kinds(["PrintQueued"]);
    let late = story.clone().and([FloorCommand::PrintDone { job: J1, confirmed: true }]);
    assert_eq!(late.line(L1).state(), ItemState::Sent);
    let story = story.and([paint(&[item(L1, 0)])]);
    assert_eq!(story.floor.unseen.iter().filter(|(_, key)| key.line == L1).count(), 0);
    let story = story.and([void(S1, L1)]);
    story.when(remake(L1)).refuses(Reject::LineVoided);
}

#[test]
fn a_remake_says_why_in_plain_words() {
    let story = served_by(with_printers()).and([step(L1, 0, Step::Start)]);
    let with = |note: &str| FloorCommand::RemakeItem {
        item: item(L1, 0),
        cause: RemakeCause::Other,
        note: Some(note.into()),
        by: code("ann"),
    };
    story.clone().when(with("\u{1b}@")).refuses(Reject::BadText);
    story.clone().when(remake(LineId(9))).refuses(Reject::ItemUnknown);
    let story = story.and([with(" 太咸 ")]);
    assert_eq!(story.line(L1).remade[0].note.as_deref(), Some("太咸"));
}

#[test]
fn a_collected_order_that_comes_back_is_called_again() {
    let story = at_counter().and([place_one(O1, S1, L1, "rice", 1), cash(1, S1, 300, Some(O1)), step(L1, 0, Step::Ready)]);
    let story = story.and([FloorCommand::CollectOrder { order: O1 }, remake(L1)]);
    assert_eq!(story.order(O1).collected_at, None);
    let story = story.and([step(L1, 0, Step::Ready), FloorCommand::CollectOrder { order: O1 }]);
    assert!(story.floor.cooking.is_empty() && story.floor.unseen.is_empty());
}

/// What a cook, a screen or a printer does to one of four lines.
fn kitchen_deed() -> impl Strategy<Value = (u8, u128)> {
    (0..8_u8, 0..4_u128)
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn the_list_of_unseen_dishes_is_what_nobody_saw(deeds in prop::collection::vec(kitchen_deed(), 1..60)) {
        let mut story = given_in(with_printers(), [FloorCommand::OpenDay, join(S1, "t1", G1)]);
        for (n, (deed, pick)) in deeds.into_iter().enumerate() {
            story = story.at(i64::try_from(n).unwrap());
            let line = LineId(0x100 + pick);
            let order = OrderId(0x200 + pick);
            let slip = Slip::Kitchen { order, station: code("wok"), lines: vec![line] };
            let job = JobId(0x300 + n as u128);
            let latest = story.floor.open_slips.values().next_back().copied().unwrap_or(job);
            let commands = match deed {
                0 | 1 => vec![place_one(order, S1, line, "rice", 1)],
                2 => vec![paint(&[item(line, 0)])],
                3 => vec![step(line, 0, Step::Ready), step(line, 0, Step::Serve)],
                4 => vec![remake(line)],
                5 => vec![void(S1, line)],
                6 => vec![print(job, "wok-p", slip, None), FloorCommand::PrintStarted { job: latest }],
                _ => vec![FloorCommand::PrintDone { job: latest, confirmed: n % 3 > 0 }, escalate(&[item(line, 0)], Escalation::Till)],
            };
            for command in commands {
                if let Ok((events, _)) = story.floor.decide(&command, story.now, &story.known) {
                    story.take(events);
                }
            }
            let lines = story.floor.orders.values().flat_map(Order::live_lines);
            let unseen: BTreeSet<_> = lines
                .flat_map(|line| line.items.iter().enumerate().map(move |(part, item)| (line, u8::try_from(part).unwrap(), item)))
                .filter(|(_, _, item)| !item.is_seen())
                .map(|(line, part, _)| (line.clock_of(part).unwrap(), item(line.line, part)))
                .collect();
            prop_assert_eq!(&unseen, &story.floor.unseen);
        }
        story = story.and([sign_and_close_day()]);
        prop_assert!(story.floor.slips.is_empty() && story.floor.open_slips.is_empty());
    }
}

// What others complained about.

#[test]
fn complaint_29_a_second_print_says_so() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let copy_of = |story: &Story, job, slip: Slip| {
        let by = Some("ann");
        let outcome = story.clone().when(print(job, "wok-p", slip, by));
        let FloorAnswer::PrintQueued { copy } = *outcome.answer() else { panic!("{outcome:?}") };
        (outcome.records_kinds(["PrintQueued"]), copy)
    };
    let (again, copy) = copy_of(&story, J2, rice_slip());
    assert_eq!((copy, again.floor.slips[&J2].copy), (1, 1));
    assert_eq!(copy_of(&again, J3, rice_slip()).1, 2);
    // What was given up before a byte went out is on no paper.
    let given_up = story.clone().and([FloorCommand::EndPrint { job: J1, by: Some(code("ann")) }]);
    assert_eq!(copy_of(&given_up, J2, rice_slip()).1, 0);
    // What may have come out says so when it is tried again.
    let maybe = story.and([FloorCommand::PrintStarted { job: J1 }]);
    let maybe = maybe.and([FloorCommand::PrintTrouble { job: J1, why: "timeout".into(), maybe_printed: true }]);
    assert!(maybe.floor.slips[&J1].maybe_printed);
    let (bill, copy) = copy_of(&maybe, J2, Slip::PreBill { session: S1 });
    assert_eq!((copy, copy_of(&bill, J3, Slip::PreBill { session: S1 }).1), (0, 1));
}

#[test]
fn complaint_30_a_slip_is_confirmed_or_tried_again() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    let start = || FloorCommand::PrintStarted { job: J1 };
    let story = story.and([start(), FloorCommand::PrintTrouble { job: J1, why: "缺纸".into(), maybe_printed: false }]);
    assert_eq!((story.state_of(J1), story.floor.open_slips.len()), (PrintState::Failed, 1));
    assert!(story.floor.unseen.iter().any(|(_, key)| key.line == L1), "nobody has seen it yet");
    let listed = story.clone().when(close_day()).refuses_with("day_unmatched");
    assert_eq!(listed.state_of(J1), PrintState::Failed);
    let story = story.and([start(), FloorCommand::PrintDone { job: J1, confirmed: true }]);
    assert_eq!((story.state_of(J1), story.floor.slips[&J1].tries), (PrintState::Confirmed, 2));
    assert!(story.floor.open_slips.is_empty());
}

#[test]
fn complaint_31_last_nights_slips_never_print_this_morning() {
    let story = served_by(with_printers()).and([print(J1, "wok-p", rice_slip(), None)]);
    // The printer comes back too late.
    story.clone().at(20).when(FloorCommand::PrintStarted { job: J1 }).refuses(Reject::SlipOver);
    let story = story.at(1).and([place_one(O2, S1, LineId(0x13), "rice", 1)]);
    assert_eq!(story.wants().len(), 1);
    let story = story.at(5).and([sign_and_close_day()]).at(600).and([FloorCommand::OpenDay]);
    assert!(story.floor.orders.contains_key(&O2), "the party is carried over");
    assert_eq!(story.wants(), []);
    story.when(FloorCommand::PrintStarted { job: J1 }).refuses(Reject::SlipUnknown);
}

#[test]
fn complaint_32_unseen_dishes_print_at_the_till() {
    let story = served_by(with_paper_for_unseen());
    assert_eq!(story.wants(), []);
    let both = [item(L1, 0), item(L2, 0)];
    assert_eq!(story.clone().and([escalate(&both, Escalation::Screen)]).wants(), []);
    let story = story.and([escalate(&both, Escalation::Printer)]);
    // The wok's own printer, and for the station without one the till's.
    assert_eq!(story.wants(), [("till-p".into(), to_cook("cold", &[L2])), ("wok-p".into(), rice_slip())]);
    let painted = story.clone().and([paint(&both)]);
    assert_eq!(painted.wants(), []);
    let story = story.and([print(J1, "till-p", to_cook("cold", &[L2]), None), FloorCommand::PrintStarted { job: J1 }]);
    let story = story.and([FloorCommand::PrintDone { job: J1, confirmed: true }]);
    assert_eq!(story.line(L2).state(), ItemState::Seen);
}

#[test]
fn complaint_34_a_void_reaches_paper() {
    let voided = Slip::Void { order: O1, station: code("wok"), line: L1 };
    let unprinted = served_by(with_printers()).and([void(S1, L1)]);
    assert_eq!(unprinted.wants(), [], "what isn't on paper needs no paper to be taken back");
    let story = given_in(with_printers(), [FloorCommand::OpenDay, join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 1)]);
    let story = story.and([print(J1, "wok-p", rice_slip(), None)]).and([void(S1, L1)]);
    assert!(story.floor.cooking.is_empty());
    assert_eq!(story.wants(), [("wok-p".to_string(), voided.clone())]);
    // Where the dish's slip went, its void goes.
    let moved = story.clone().and([FloorCommand::MovePrint { job: J1, to: code("till-p") }]);
    assert_eq!(moved.wants()[0].0, "till-p");
    let story = story.and([print(J2, "wok-p", voided.clone(), None), FloorCommand::PrintStarted { job: J2 }]);
    let story = story.and([FloorCommand::PrintDone { job: J2, confirmed: true }]);
    assert!(story.wants().is_empty());
    assert!(story.line(L1).items[0].void_unseen, "a person has to say that they saw it");
    story.when(print(J3, "wok-p", voided, None)).records([]);
}

#[test]
fn complaint_40_a_day_with_open_shifts_and_slips_closes_when_signed_for() {
    let story = served_by(with_printers()).and([cash(9, S1, 4_200, None)]).at(1);
    let story = story.and([open_shift(H1, "till-1", 1_000, "ann"), print(J1, "wok-p", rice_slip(), None)]);
    let served = [L1, L2].into_iter().flat_map(|line| [step(line, 0, Step::Ready), step(line, 0, Step::Serve)]);
    let story = story.and(served).and([back(R1, S1, 9, &[], 200), move_cash(1, Direction::In, 50, alone())]);
    let unmatched = vec![
        Unmatched::OpenShift { shift: H1, till: "till-1".into(), by: "ann".into() },
        Unmatched::LooseCash { amount: Money(4_200) },
        Unmatched::Unprinted { job: J1, why: None },
    ];
    let before = story.figures(H1);
    assert_eq!(before.expected, Money(1_000 - 200 + 50));
    let story = story.when(close_day()).refuses(Reject::DayUnmatched { unmatched });
    let story = story.and([sign_and_close_day()]);
    assert!(story.floor.sessions.is_empty() && story.floor.slips.is_empty() && story.floor.open_slips.is_empty());
    assert_eq!(story.figures(H1), before);
    // The day's own slip is printed after it has closed.
    let story = story.and([print(J2, "till-p", Slip::Day { number: 1 }, None)]).at(600).and([FloorCommand::OpenDay]);
    assert_eq!(story.state_of(J2), PrintState::Queued);
    let outcome = story.when(close_shift(H1, 850));
    assert_eq!(*outcome.answer(), FloorAnswer::ShiftClosed { expected: Money(850), over: Money::ZERO });
    outcome.records_kinds(["ShiftClosed"]);
}
