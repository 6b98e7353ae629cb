//! S17 authority: nobody does what their role may not, and guarded acts have a second person. The table is a second reading of
//! docs/roles.md, written without looking at the one in the program.

use super::Law;
use crate::facts::{Durable, Fact, Noted, Told};
use domain::catalog::Role;
use domain::floor::{Direction, Discount, EndedWhy, FloorEvent, LineVoided, Slip};
use domain::payment::PaymentEvent;
use domain::{ApprovalId, GuestId, LineId, OrderId, SessionId, StaffId};
use engine::Sender;
use journal::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// A change of role counts for what is decided after it; what was under way may still have seen the former one.
const UNDER_WAY_MS: i64 = 2_000;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Authority {
    /// What of a price a role may let go alone, where the house says so. In hundredths of a percent.
    limits: BTreeMap<Role, u32>,
    staff: BTreeMap<String, Employment>,
    guests: BTreeMap<GuestId, BTreeSet<SessionId>>,
    /// Parties that have ever been one.
    merged: BTreeSet<(SessionId, SessionId)>,
    /// Lines that go to the kitchen with their order; the others are fired on their own.
    at_once: BTreeMap<OrderId, Vec<LineId>>,
    fired: BTreeSet<LineId>,
    /// What a line cost before anybody changed its price.
    first_price: BTreeMap<LineId, i64>,
    approvals: BTreeMap<ApprovalId, StaffId>,
    command: u128,
    /// Fired lines that this command took off, without a second person so far.
    unapproved: Vec<(LineId, String)>,
}

#[derive(Debug)]
struct Employment {
    role: Role,
    /// The role before, and until when.
    before: Option<(Role, i64)>,
}

/// What an act takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Nothing: it may follow from whatever somebody did.
    Nothing,
    Serve,
    Charge,
    Collect,
    Reconcile,
    Refund,
    Correct,
    Cook,
    Direct,
    Approve,
    Stock,
    Seat,
    Day,
    /// A slip of the kitchen, once more: whoever serves, and whoever directs.
    ServeOrDirect,
    /// Only the house itself does it; nobody may send it.
    House,
}

/// Whether a role may.
fn may(role: Role, takes: Takes) -> bool {
    let dining = matches!(role, Role::Waiter | Role::Cashier);
    let above = matches!(role, Role::Lead | Role::Manager | Role::Owner);
    let top = matches!(role, Role::Manager | Role::Owner);
    match takes {
        Takes::Nothing => true,
        Takes::House => false,
        Takes::Serve | Takes::Charge | Takes::Seat => dining || above,
        Takes::Collect | Takes::Reconcile => role == Role::Cashier || above,
        Takes::Refund | Takes::Approve => above,
        Takes::Correct | Takes::Day => top,
        Takes::Cook => role != Role::Support,
        Takes::Direct | Takes::Stock => matches!(role, Role::Kitchen | Role::Cashier) || above,
        Takes::ServeOrDirect => may(role, Takes::Serve) || may(role, Takes::Direct),
    }
}

/// What an event takes of a member of staff, and whether a guest may cause it too.
fn takes(event: &FloorEvent) -> (Takes, bool) {
    match event {
        FloorEvent::DayOpened(_) | FloorEvent::DayClosed(_) => (Takes::Day, false),
        // Whoever scans a table's code may still hold a token of another party.
        FloorEvent::TableOpened(e) => (Takes::Serve, e.by.is_none()),
        FloorEvent::GuestJoined(_) => (Takes::Nothing, true),
        FloorEvent::CartLinePut(_)
        | FloorEvent::CartLineRemoved(_)
        | FloorEvent::OrderPlaced(_)
        | FloorEvent::OrderReleased(_)
        | FloorEvent::LineRushed(_)
        | FloorEvent::WaiterCalled(_)
        | FloorEvent::SplitUndone(_) => (Takes::Serve, true),
        FloorEvent::CheckSplit(e) => (Takes::Serve, e.by.is_none()),
        FloorEvent::OrderEnded(e) => (Takes::Serve, e.why == EndedWhy::Cancelled),
        FloorEvent::PaymentAsked(_) | FloorEvent::AskClosed(_) => (Takes::Charge, true),
        FloorEvent::TableClosed(_)
        | FloorEvent::OrderRevived(_)
        | FloorEvent::LineVoided(_)
        | FloorEvent::CallAnswered(_)
        | FloorEvent::CoversSet(_)
        | FloorEvent::VipSet(_)
        | FloorEvent::PartyMoved(_)
        | FloorEvent::PartiesMerged(_)
        | FloorEvent::PartiesUnmerged(_)
        | FloorEvent::LinesMoved(_)
        | FloorEvent::LineDivided(_)
        | FloorEvent::OrderAccepted(_)
        | FloorEvent::LineComped(_)
        | FloorEvent::LineRepriced(_)
        | FloorEvent::CheckDiscounted(_)
        | FloorEvent::FeesWaived(_)
        | FloorEvent::ApprovalAsked(_)
        | FloorEvent::ApprovalRefused(_) => (Takes::Serve, false),
        FloorEvent::LinesFired(e) => (if e.by.is_some() { Takes::Serve } else { Takes::Nothing }, e.by.is_none()),
        FloorEvent::ItemsPainted(_)
        | FloorEvent::ItemStepped(_)
        | FloorEvent::VoidAcknowledged(_)
        | FloorEvent::RushAnswered(_)
        | FloorEvent::NumberCalled(_)
        | FloorEvent::OrderCollected(_)
        | FloorEvent::LineWeighed(_)
        | FloorEvent::ItemRemade(_) => (Takes::Cook, false),
        FloorEvent::StockSet(_) => (Takes::Stock, false),
        FloorEvent::TenderCredited(_)
        | FloorEvent::AccountSettled(_)
        | FloorEvent::ShiftOpened(_)
        | FloorEvent::CashMoved(_)
        | FloorEvent::ShiftClosed(_) => (Takes::Collect, false),
        FloorEvent::RefundAsked(_) | FloorEvent::RefundPaid(_) => (Takes::Refund, false),
        FloorEvent::CheckReopened(_) => (Takes::Correct, false),
        FloorEvent::TableLocked(_)
        | FloorEvent::TableUnlocked(_)
        | FloorEvent::TableCleaned(_)
        | FloorEvent::TableReserved(_)
        | FloorEvent::ReservationEnded(_)
        | FloorEvent::EntryCalled(_) => (Takes::Seat, false),
        FloorEvent::NumberTaken(e) => (Takes::Seat, e.by.is_none()),
        FloorEvent::EntryEnded(e) => (Takes::Seat, e.by.is_none()),
        FloorEvent::ApprovalGiven(_) => (Takes::Approve, false),
        FloorEvent::StationSet(_) | FloorEvent::PrintMoved(_) | FloorEvent::PrintExpired(_) => (Takes::Direct, false),
        FloorEvent::PrintQueued(e) => (printing(&e.slip), false),
        FloorEvent::AnnouncementsPlayed(_) => (Takes::Nothing, false),
        FloorEvent::ItemsEscalated(_) | FloorEvent::PrintSent(_) | FloorEvent::PrintConfirmed(_) | FloorEvent::PrintFailed(_) => {
            (Takes::House, false)
        }
    }
}

fn printing(slip: &Slip) -> Takes {
    match slip {
        Slip::Kitchen { .. } | Slip::Void { .. } | Slip::Rush { .. } | Slip::TableChange { .. } => Takes::ServeOrDirect,
        Slip::PreBill { .. } | Slip::Receipt { .. } | Slip::TableCode { .. } => Takes::Serve,
        Slip::Number { .. } => Takes::Seat,
        Slip::Shift { .. } | Slip::Drawer { .. } => Takes::Collect,
        Slip::Day { .. } => Takes::Day,
        Slip::Test => Takes::Direct,
    }
}

/// The party an event of a guest is about, where it says.
fn about(event: &FloorEvent) -> Option<SessionId> {
    match event {
        FloorEvent::CartLinePut(e) => Some(e.session),
        FloorEvent::CartLineRemoved(e) => Some(e.session),
        FloorEvent::OrderPlaced(e) => Some(e.session),
        FloorEvent::WaiterCalled(e) => Some(e.session),
        FloorEvent::CheckSplit(e) => Some(e.session),
        FloorEvent::SplitUndone(e) => Some(e.session),
        FloorEvent::PaymentAsked(e) => Some(e.session),
        _ => None,
    }
}

impl Law for Authority {
    fn name(&self) -> &'static str {
        "S17"
    }

    fn demands(&self) -> &'static str {
        "Whoever sends or does something has a role that may do it at that time; a guest acts for the own party alone; a guarded \
         act has a second person who isn't the first."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::StaffIs { staff, role } => {
                let before = self.staff.get(staff).map(|was| (was.role, noted.at_ms + UNDER_WAY_MS));
                self.staff.insert(staff.clone(), Employment { role: *role, before });
            }
            Fact::Event(event) => self.event(event, noted.at_ms, against),
            Fact::Ended => self.end_command(against),
            _ => {}
        }
    }
}

impl Authority {
    /// The law in a house where these roles may let go so much of a price alone, in hundredths of a percent.
    pub fn with_limits(limits: impl IntoIterator<Item = (Role, u32)>) -> Authority {
        Authority { limits: limits.into_iter().collect(), ..Authority::default() }
    }

    fn alone_bp(&self, role: Role) -> u32 {
        let usual = if matches!(role, Role::Manager | Role::Owner) { 10_000 } else { 0 };
        self.limits.get(&role).copied().unwrap_or(usual)
    }

    fn event(&mut self, durable: &Durable, at_ms: i64, against: &mut Vec<String>) {
        match &durable.told {
            Told::Floor(event) => {
                if durable.stream == Stream::Floor && durable.command != self.command {
                    self.end_command(against);
                    self.command = durable.command;
                }
                let (takes, is_for_guests) = takes(event);
                match &durable.sender {
                    Some(Sender::Staff { staff, .. }) => self.must(staff, takes, event.kind(), at_ms, against),
                    Some(Sender::Guest { guest }) if !is_for_guests => {
                        against.push(format!("{} comes from guest {guest}", event.kind()));
                    }
                    Some(Sender::Guest { guest }) => self.must_belong(*guest, event, against),
                    None => {}
                }
                self.guarded(event, at_ms, against);
                self.remember(event);
            }
            Told::Money(PaymentEvent::CaseTaken { by, .. } | PaymentEvent::CaseResolved { by: Some(by), .. }) => {
                self.must(by, Takes::Reconcile, &durable.kind, at_ms, against);
            }
            Told::Money(PaymentEvent::RefundRetried { .. }) => {
                if let Some(Sender::Staff { staff, .. }) = &durable.sender {
                    self.must(staff, Takes::Correct, &durable.kind, at_ms, against);
                }
            }
            Told::Money(_) | Told::Catalog => {}
        }
    }

    /// Whether somebody's role allows something, now or a moment ago; the operator at the machine is the owner.
    fn allows(&self, staff: &StaffId, at_ms: i64, allowed: impl Fn(Role) -> bool) -> bool {
        match self.staff.get(staff.as_str()) {
            None => staff.as_str() == "operator" && allowed(Role::Owner),
            Some(known) => allowed(known.role) || known.before.is_some_and(|(role, until)| at_ms <= until && allowed(role)),
        }
    }

    fn must(&self, staff: &StaffId, takes: Takes, what: &str, at_ms: i64, against: &mut Vec<String>) {
        if !self.allows(staff, at_ms, |role| may(role, takes)) {
            let role = self.staff.get(staff.as_str()).map(|known| known.role);
            against.push(format!("{what} by {staff}, who is {role:?}: that takes {takes:?}"));
        }
    }

    fn must_belong(&self, guest: GuestId, event: &FloorEvent, against: &mut Vec<String>) {
        let Some(party) = about(event) else { return };
        let parties = self.guests.get(&guest);
        let is_one = |own: &SessionId| *own == party || self.merged.contains(&((*own).min(party), (*own).max(party)));
        if !parties.is_some_and(|parties| parties.iter().any(is_one)) {
            against.push(format!("{} for party {party} by guest {guest} of {parties:?}", event.kind()));
        }
    }

    fn guarded(&mut self, event: &FloorEvent, at_ms: i64, against: &mut Vec<String>) {
        match event {
            FloorEvent::LineVoided(e) => self.void(e, at_ms, against),
            // Lines for which money goes back need the right to refund, not a second person.
            FloorEvent::RefundAsked(e) => {
                if let Some(by) = &e.by {
                    self.must(by, Takes::Refund, event.kind(), at_ms, against);
                }
                self.unapproved.retain(|(line, _)| !e.lines.contains(line));
            }
            FloorEvent::LineComped(e) => {
                self.second(&e.by, e.approved_by.as_ref(), 10_000, event.kind(), at_ms, against);
            }
            FloorEvent::LineRepriced(e) => {
                let first = *self.first_price.entry(e.line).or_insert(e.was.0);
                let off = (first - e.amount.0).max(0);
                let bp = if first > 0 { (off * 10_000 + first - 1) / first } else { 10_000 };
                if e.amount > e.was {
                    self.third(&e.by, e.approved_by.as_ref(), &[Role::Owner], event.kind(), at_ms, against);
                } else {
                    let bp = u32::try_from(bp).unwrap_or(10_000);
                    self.second(&e.by, e.approved_by.as_ref(), bp, event.kind(), at_ms, against);
                }
            }
            FloorEvent::CheckDiscounted(e) => {
                let bp = match &e.discount {
                    None => 0,
                    Some(Discount::Percent(bp)) => *bp,
                    // What part it is of the dishes isn't known here: some of it, at least.
                    Some(Discount::Amount(_)) => 1,
                };
                self.second(&e.by, e.approved_by.as_ref(), bp, event.kind(), at_ms, against);
            }
            FloorEvent::FeesWaived(e) => {
                let alone = [Role::Lead, Role::Manager, Role::Owner];
                self.third(&e.by, e.approved_by.as_ref(), &alone, event.kind(), at_ms, against);
            }
            FloorEvent::CashMoved(e) => {
                self.must(&e.by, Takes::Collect, event.kind(), at_ms, against);
                if e.direction == Direction::Out {
                    let alone = [Role::Manager, Role::Owner];
                    self.third(&e.by, e.approved_by.as_ref(), &alone, event.kind(), at_ms, against);
                }
            }
            FloorEvent::TenderCredited(e) => {
                if let Some(by) = &e.by {
                    self.must(by, Takes::Collect, event.kind(), at_ms, against);
                }
            }
            FloorEvent::ApprovalGiven(e) => {
                self.must(&e.by, Takes::Approve, event.kind(), at_ms, against);
                if self.approvals.get(&e.approval).is_none_or(|asked| *asked == e.by) {
                    against.push(format!("approval {} is given by {}, who asked for it, or nobody did", e.approval, e.by));
                }
            }
            FloorEvent::ApprovalRefused(e) if self.approvals.get(&e.approval) != Some(&e.by) => {
                self.must(&e.by, Takes::Approve, event.kind(), at_ms, against);
            }
            _ => {}
        }
    }

    fn void(&mut self, e: &LineVoided, at_ms: i64, against: &mut Vec<String>) {
        if !self.fired.contains(&e.line) {
            return self.must(&e.by, Takes::Serve, "LineVoided", at_ms, against);
        }
        let mut missing = Vec::new();
        self.third(&e.by, e.approved_by.as_ref(), &[Role::Owner], "LineVoided", at_ms, &mut missing);
        if e.approved_by.is_some() {
            against.append(&mut missing);
        }
        self.unapproved.extend(missing.into_iter().map(|why| (e.line, why)));
    }

    /// A second person with the right to say yes, unless the first is one of these.
    fn third(&self, by: &StaffId, second: Option<&StaffId>, alone: &[Role], what: &str, at_ms: i64, against: &mut Vec<String>) {
        self.must(by, Takes::Serve, what, at_ms, against);
        match second {
            Some(other) if other == by => against.push(format!("{what} by {by}, approved by the same person")),
            Some(other) => self.must(other, Takes::Approve, what, at_ms, against),
            None if self.allows(by, at_ms, |role| alone.contains(&role)) => {}
            None => against.push(format!("{what} by {by} without a second person")),
        }
    }

    /// Somebody who may let go so much: the second person, or the first alone.
    fn second(&self, by: &StaffId, second: Option<&StaffId>, bp: u32, what: &str, at_ms: i64, against: &mut Vec<String>) {
        self.must(by, Takes::Serve, what, at_ms, against);
        let lets_go = |who: &StaffId| self.allows(who, at_ms, |role| self.alone_bp(role) >= bp);
        match second {
            Some(other) if other == by => against.push(format!("{what} by {by}, approved by the same person")),
            Some(other) if !lets_go(other) => {
                against.push(format!("{what}: {other} may not let go {bp} hundredths of a percent"))
            }
            None if !lets_go(by) => against.push(format!("{what} by {by} without a second person: {bp} hundredths of a percent")),
            Some(_) | None => {}
        }
    }

    fn end_command(&mut self, against: &mut Vec<String>) {
        against.extend(self.unapproved.drain(..).map(|(line, why)| format!("{why}: line {line} was fired")));
    }

    fn remember(&mut self, event: &FloorEvent) {
        match event {
            FloorEvent::GuestJoined(e) => {
                self.guests.entry(e.guest).or_default().insert(e.session);
            }
            FloorEvent::PartiesMerged(e) => {
                self.merged.insert((e.from.min(e.into), e.from.max(e.into)));
            }
            FloorEvent::OrderPlaced(e) => {
                let at_once = e.lines.iter().filter(|line| line.hold.is_none()).map(|line| line.line).collect();
                self.at_once.insert(e.order, at_once);
            }
            FloorEvent::OrderReleased(e) => {
                let lines = self.at_once.get(&e.order).map(Vec::as_slice).unwrap_or_default();
                self.fired.extend(lines);
            }
            FloorEvent::LinesFired(e) => self.fired.extend(&e.lines),
            FloorEvent::LineDivided(e) if self.fired.contains(&e.line) => {
                self.fired.insert(e.into);
            }
            FloorEvent::ApprovalAsked(e) => {
                self.approvals.insert(e.approval, e.by.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, at, joined, line, opened, ordered, placed, released, session, staff};
    use super::super::purse::{asked, back, cash, hand, phone, voided};
    use super::*;
    use domain::floor::{ApprovalAsked, ApprovalGiven, CashMoved, Guarded, LineComped, RefundAsked, RefundWhy, StockSet};
    use domain::{CashMoveId, Money, ShiftId};

    fn works(code: &str, role: Role) -> Fact {
        Fact::StaffIs { staff: code.to_owned(), role }
    }

    /// wang serves, qian is at the till, chu cooks, lin leads, mei manages; a guest has ordered, and it cooks.
    fn evening() -> History {
        let history = History::new().fact(works("wang", Role::Waiter)).fact(works("qian", Role::Cashier));
        let history = history.fact(works("chu", Role::Kitchen)).fact(works("lin", Role::Lead)).fact(works("mei", Role::Manager));
        let history = history.floor(opened(1)).floor(joined(1, 11)).floor(opened(2)).floor(joined(2, 22)).by(phone(11));
        history.floor(placed(1, 1, vec![ordered(1, "fish", 1, 1200)])).floor(released(1)).by(None)
    }

    fn void(by: &str, second: Option<&str>) -> LineVoided {
        LineVoided { by: staff(by), approved_by: second.map(staff), ..voided(1, 1, 1200) }
    }

    fn comp(by: &str, second: Option<&str>) -> LineComped {
        let (by, approved_by) = (staff(by), second.map(staff));
        LineComped {
            line: line(1),
            session: session(1),
            amount: Money(1200),
            reason: "生日".to_owned(),
            by,
            approved_by,
            at: at(0),
        }
    }

    fn out(by: &str, second: Option<&str>) -> CashMoved {
        CashMoved {
            shift: ShiftId(1),
            entry: CashMoveId(1),
            direction: Direction::Out,
            amount: Money(100),
            reason: "零钱".to_owned(),
            by: staff(by),
            approved_by: second.map(staff),
            at: at(0),
        }
    }

    fn refunded(by: &str) -> RefundAsked {
        RefundAsked { why: RefundWhy::Staff, by: Some(staff(by)), lines: vec![line(1)], ..back(1, 1, 1, 1200) }
    }

    fn wrong(history: History) -> String {
        history.fact(Fact::Ended).judged(Authority::default()).join("\n")
    }

    fn taken(by: &str) -> domain::floor::TenderCredited {
        domain::floor::TenderCredited { by: Some(staff(by)), ..cash(1, 1, 1200) }
    }

    #[test]
    fn what_a_role_may_do_is_fine() {
        let history = evening().by(hand("wang")).floor(void("wang", Some("lin")));
        let history = history.by(hand("qian")).floor(taken("qian")).floor(out("qian", Some("mei")));
        let history = history.by(hand("mei")).floor(out("mei", None)).floor(comp("mei", None));
        let history = history.by(phone(22)).floor(asked(2, 2, 100));
        assert_eq!(wrong(history), "");
    }

    #[test]
    fn a_role_that_may_not_is_found() {
        assert!(wrong(evening().by(hand("wang")).floor(taken("wang"))).contains("that takes Collect"));
        assert!(wrong(evening().by(hand("chu")).floor(asked(2, 2, 100))).contains("that takes Charge"));
        assert!(wrong(evening().by(hand("nobody")).floor(asked(2, 2, 100))).contains("who is None"));
        let set = StockSet { dish: super::super::history::dish("fish"), sold_out: true, remaining: None };
        assert!(wrong(evening().by(hand("wang")).floor(set)).contains("that takes Stock"));
    }

    #[test]
    fn a_changed_role_counts_from_a_moment_later() {
        let history = || evening().fact(works("qian", Role::Waiter)).by(hand("qian"));
        assert_eq!(wrong(history().floor(taken("qian"))), "");
        assert!(wrong(history().wait(5_000).floor(taken("qian"))).contains("that takes Collect"));
    }

    #[test]
    fn guests_act_for_themselves() {
        assert!(wrong(evening().by(phone(22)).floor(asked(1, 1, 100))).contains("by guest"));
        assert!(wrong(evening().by(phone(11)).floor(void("wang", Some("lin")))).contains("comes from guest"));
    }

    #[test]
    fn a_fired_line_needs_a_second_person() {
        assert!(wrong(evening().by(hand("wang")).floor(void("wang", None))).contains("without a second person"));
        assert!(wrong(evening().by(hand("lin")).floor(void("lin", Some("lin")))).contains("the same person"));
        assert!(wrong(evening().by(hand("wang")).floor(void("wang", Some("qian")))).contains("that takes Approve"));
        let unfired = History::new().fact(works("wang", Role::Waiter)).by(hand("wang")).floor(void("wang", None));
        assert_eq!(wrong(unfired), "");
    }

    #[test]
    fn a_refunded_line_needs_the_right_to_refund() {
        let refund = |by: &str| evening().by(hand(by)).command(9, true, vec![void(by, None).into(), refunded(by).into()]);
        assert_eq!(wrong(refund("lin")), "");
        assert!(wrong(refund("qian")).contains("that takes Refund"));
    }

    #[test]
    fn giving_away_alone_is_found() {
        assert!(wrong(evening().by(hand("wang")).floor(comp("wang", None))).contains("without a second person"));
        assert!(wrong(evening().by(hand("wang")).floor(comp("wang", Some("lin")))).contains("may not let go"));
        assert!(wrong(evening().by(hand("qian")).floor(out("qian", None))).contains("without a second person"));
        let history = evening().by(hand("lin")).floor(comp("lin", None)).fact(Fact::Ended);
        assert!(history.clone().judged(Authority::with_limits([(Role::Lead, 10_000)])).is_empty());
        assert_eq!(history.judged(Authority::with_limits([(Role::Lead, 9_999)])).len(), 1);
    }

    #[test]
    fn nobody_approves_their_own_act() {
        let asked = ApprovalAsked {
            approval: ApprovalId(1),
            act: Guarded::Void { session: session(1), line: line(1) },
            reason: "凉了".to_owned(),
            by: staff("lin"),
            role: Role::Lead,
            at: at(0),
        };
        let given = |by: &str| ApprovalGiven { approval: ApprovalId(1), by: staff(by), at: at(0) };
        let history = || evening().by(hand("lin")).floor(asked.clone());
        assert_eq!(wrong(history().by(hand("mei")).floor(given("mei"))), "");
        assert!(wrong(history().floor(given("lin"))).contains("who asked for it"));
        assert!(wrong(history().by(hand("wang")).floor(given("wang"))).contains("that takes Approve"));
    }
}
