//! S18 audit: what a person did says who it was, on the event itself and in what the event says.

use super::Law;
use crate::facts::{Durable, Fact, Noted, Told};
use domain::StaffId;
use domain::floor::{EndedWhy, FloorEvent};
use domain::payment::PaymentEvent;
use engine::Sender;

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Audit;

impl Law for Audit {
    fn name(&self) -> &'static str {
        "S18"
    }

    fn demands(&self) -> &'static str {
        "Every event that a person caused carries its sender, and the person that the event names is the one who sent it, or whose \
         act the sender approved."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        let Fact::Event(durable) = &noted.fact else { return };
        match named(durable) {
            Named::Person { by, approved_by } => match &durable.sender {
                Some(Sender::Staff { staff, .. }) if staff == by || Some(staff) == approved_by => {}
                sender => against.push(format!("{} says {by}, and was sent by {}", durable.kind, said(sender.as_ref()))),
            },
            Named::Staff => {
                if !matches!(durable.sender, Some(Sender::Staff { .. })) {
                    against.push(format!("{} was sent by {}, not by staff", durable.kind, said(durable.sender.as_ref())));
                }
            }
            Named::Anybody => {
                if durable.sender.is_none() {
                    against.push(format!("{} doesn't say who sent it", durable.kind));
                }
            }
            Named::Nobody => {}
        }
    }
}

fn said(sender: Option<&Sender>) -> String {
    match sender {
        None => "nobody".to_owned(),
        Some(Sender::Staff { staff, .. }) => staff.to_string(),
        Some(Sender::Guest { guest }) => format!("guest {guest}"),
    }
}

/// Whom an event names.
enum Named<'a> {
    Person {
        by: &'a StaffId,
        approved_by: Option<&'a StaffId>,
    },
    /// Only staff do such a thing.
    Staff,
    /// Only people do such a thing.
    Anybody,
    /// The house may have done it by itself.
    Nobody,
}

impl<'a> Named<'a> {
    fn person(by: &'a StaffId) -> Named<'a> {
        Named::Person { by, approved_by: None }
    }

    fn maybe(by: Option<&'a StaffId>, otherwise: Named<'a>) -> Named<'a> {
        by.map_or(otherwise, Named::person)
    }
}

fn named(durable: &Durable) -> Named<'_> {
    match &durable.told {
        Told::Floor(event) => on_the_floor(event),
        Told::Money(PaymentEvent::CaseTaken { by, .. }) => Named::person(by),
        Told::Money(PaymentEvent::CaseResolved { by, .. }) => Named::maybe(by.as_ref(), Named::Nobody),
        Told::Money(_) | Told::Catalog => Named::Nobody,
    }
}

fn on_the_floor(event: &FloorEvent) -> Named<'_> {
    match event {
        FloorEvent::LineVoided(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::LineComped(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::LineRepriced(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::CheckDiscounted(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::FeesWaived(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::CashMoved(e) => Named::Person { by: &e.by, approved_by: e.approved_by.as_ref() },
        FloorEvent::CheckReopened(e) => Named::person(&e.by),
        FloorEvent::AccountSettled(e) => Named::person(&e.by),
        FloorEvent::CoversSet(e) => Named::person(&e.by),
        FloorEvent::VipSet(e) => Named::person(&e.by),
        FloorEvent::PartyMoved(e) => Named::person(&e.by),
        FloorEvent::PartiesMerged(e) => Named::person(&e.by),
        FloorEvent::PartiesUnmerged(e) => Named::person(&e.by),
        FloorEvent::LinesMoved(e) => Named::person(&e.by),
        FloorEvent::LineDivided(e) => Named::person(&e.by),
        FloorEvent::TableLocked(e) => Named::person(&e.by),
        FloorEvent::TableUnlocked(e) => Named::person(&e.by),
        FloorEvent::TableCleaned(e) => Named::person(&e.by),
        FloorEvent::TableReserved(e) => Named::person(&e.by),
        FloorEvent::ReservationEnded(e) => Named::person(&e.by),
        FloorEvent::EntryCalled(e) => Named::person(&e.by),
        FloorEvent::OrderAccepted(e) => Named::person(&e.by),
        FloorEvent::LineWeighed(e) => Named::person(&e.by),
        FloorEvent::ApprovalAsked(e) => Named::person(&e.by),
        FloorEvent::ApprovalGiven(e) => Named::person(&e.by),
        FloorEvent::ApprovalRefused(e) => Named::person(&e.by),
        FloorEvent::ShiftOpened(e) => Named::person(&e.by),
        FloorEvent::ShiftClosed(e) => Named::person(&e.by),
        FloorEvent::StationSet(e) => Named::person(&e.by),
        FloorEvent::ItemRemade(e) => Named::person(&e.by),
        FloorEvent::DayClosed(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::TableOpened(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::NumberTaken(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::EntryEnded(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::LinesFired(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::TenderCredited(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::RefundAsked(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::PrintQueued(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::PrintExpired(e) => Named::maybe(e.by.as_ref(), Named::Nobody),
        FloorEvent::CheckSplit(e) => Named::maybe(e.by.as_ref(), Named::Anybody),
        FloorEvent::OrderEnded(e) => {
            let otherwise = if e.why == EndedWhy::Expired { Named::Nobody } else { Named::Anybody };
            Named::maybe(e.by.as_ref(), otherwise)
        }
        FloorEvent::TableClosed(_)
        | FloorEvent::CallAnswered(_)
        | FloorEvent::StockSet(_)
        | FloorEvent::ItemStepped(_)
        | FloorEvent::NumberCalled(_)
        | FloorEvent::OrderCollected(_) => Named::Staff,
        FloorEvent::CartLinePut(_)
        | FloorEvent::CartLineRemoved(_)
        | FloorEvent::OrderPlaced(_)
        | FloorEvent::LineRushed(_)
        | FloorEvent::WaiterCalled(_)
        | FloorEvent::SplitUndone(_) => Named::Anybody,
        // Opening the day is asked of the house at its machine too; a phone that joins has no name yet; the page that a code leads
        // to pays without one; screens and printers are nobody.
        FloorEvent::DayOpened(_)
        | FloorEvent::GuestJoined(_)
        | FloorEvent::PaymentAsked(_)
        | FloorEvent::AskClosed(_)
        | FloorEvent::OrderReleased(_)
        | FloorEvent::OrderRevived(_)
        | FloorEvent::ItemsPainted(_)
        | FloorEvent::VoidAcknowledged(_)
        | FloorEvent::RushAnswered(_)
        | FloorEvent::RefundPaid(_)
        | FloorEvent::AnnouncementsPlayed(_)
        | FloorEvent::ItemsEscalated(_)
        | FloorEvent::PrintSent(_)
        | FloorEvent::PrintConfirmed(_)
        | FloorEvent::PrintFailed(_)
        | FloorEvent::PrintMoved(_) => Named::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, closed, opened, ordered, placed, seated};
    use super::super::purse::{cash, credited, hand, phone, voided};
    use super::*;

    fn wrong(history: History) -> String {
        history.judged(Audit).join("\n")
    }

    fn order() -> domain::floor::OrderPlaced {
        placed(1, 1, vec![ordered(1, "fish", 1, 1200)])
    }

    #[test]
    fn everybody_is_named() {
        let history = seated().by(phone(11)).floor(order()).by(hand("wang")).floor(voided(1, 1, 1200)).floor(cash(1, 1, 100));
        let approved = history.by(hand("lin")).floor(voided(1, 1, 1200)).floor(closed(1));
        assert_eq!(wrong(approved.by(None).floor(credited(2, 1, 100))), "");
    }

    #[test]
    fn an_act_without_its_sender_is_found() {
        assert!(wrong(seated().floor(order())).contains("doesn't say who"));
        assert!(wrong(seated().floor(cash(1, 1, 100))).contains("says wang, and was sent by nobody"));
        assert!(wrong(seated().floor(closed(1))).contains("not by staff"));
        assert!(wrong(seated().by(phone(11)).floor(closed(1))).contains("not by staff"));
    }

    #[test]
    fn an_act_in_the_name_of_another_is_found() {
        assert!(wrong(seated().by(hand("qian")).floor(cash(1, 1, 100))).contains("says wang, and was sent by qian"));
        let mut sat = opened(2);
        sat.by = Some(super::super::history::staff("wang"));
        assert!(wrong(History::new().by(phone(11)).floor(sat)).contains("says wang"));
    }
}
