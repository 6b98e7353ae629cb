//! S6: an order goes onto the check of the party that wanted it, while it sits.

use super::Law;
use crate::facts::{Durable, Fact, Noted, Told, WishId};
use domain::catalog::Mode;
use domain::floor::{FloorEvent, OrderPlaced, TableOpened};
use domain::{GuestId, SessionId, TableId};
use engine::Sender;
use std::collections::{BTreeMap, BTreeSet};

/// An order belongs to the party it was wanted for; a guest who sends it has joined that party; and nobody joins, orders at, or
/// sits down beside a party that isn't there. A party that was merged into another is gone until that is undone; its guests
/// belong to the other meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Table {
    parties: BTreeMap<SessionId, Party>,
    /// Who sits where, of those who pay after the meal.
    seated: BTreeMap<TableId, BTreeSet<SessionId>>,
    wish_of: BTreeMap<u128, WishId>,
    wanted_for: BTreeMap<WishId, SessionId>,
}

#[derive(Clone, Debug)]
struct Party {
    table: TableId,
    mode: Mode,
    open: bool,
    merged_into: Option<SessionId>,
    merged: BTreeSet<SessionId>,
    guests: BTreeSet<GuestId>,
}

impl Table {
    fn opened(&mut self, e: &TableOpened, against: &mut Vec<String>) {
        if self.parties.contains_key(&e.session) {
            against.push(format!("party {} sat down twice", e.session));
        }
        let party = Party {
            table: e.table.clone(),
            mode: e.mode,
            open: true,
            merged_into: None,
            merged: BTreeSet::new(),
            guests: BTreeSet::new(),
        };
        self.parties.insert(e.session, party);
        self.sit(e.session, against);
    }

    /// Seats a party at its tables, where nobody else may sit who pays after the meal.
    fn sit(&mut self, session: SessionId, against: &mut Vec<String>) {
        let Some(party) = self.parties.get(&session).filter(|party| party.mode == Mode::PayLater) else { return };
        let own = party.table.clone();
        let joined = party.merged.iter().filter_map(|other| self.parties.get(other)).map(|other| other.table.clone());
        for table in joined.chain([own]).collect::<BTreeSet<TableId>>() {
            let here = self.seated.entry(table.clone()).or_default();
            here.insert(session);
            if here.len() > 1 {
                against.push(format!("{} parties sit at {table}: {here:?}", here.len()));
            }
        }
    }

    fn stand(&mut self, session: SessionId) {
        self.seated.values_mut().for_each(|here| {
            here.remove(&session);
        });
        self.seated.retain(|_, here| !here.is_empty());
    }

    fn is_open(&self, session: SessionId) -> bool {
        self.parties.get(&session).is_some_and(|party| party.open)
    }

    fn placed(&self, event: &Durable, e: &OrderPlaced, against: &mut Vec<String>) {
        let order = e.order;
        if !self.is_open(e.session) {
            against.push(format!("order {order} went to party {}, which doesn't sit there", e.session));
        }
        let wanted = self.wish_of.get(&event.command).and_then(|wish| self.wanted_for.get(wish));
        if let Some(wanted) = wanted.filter(|wanted| **wanted != e.session) {
            against.push(format!("order {order} was wanted for party {wanted} and went to {}", e.session));
        }
        if let Some(Sender::Guest { guest }) = &event.sender
            && !self.parties.get(&e.session).is_some_and(|party| party.guests.contains(guest))
        {
            against.push(format!("guest {guest} ordered {order} at party {}, which they haven't joined", e.session));
        }
    }

    fn merged(&mut self, into: SessionId, from: SessionId, against: &mut Vec<String>) {
        if !self.is_open(into) || !self.is_open(from) || into == from {
            against.push(format!("party {from} was merged into {into}, and not both sit there"));
        }
        self.stand(from);
        let guests = self.parties.get(&from).map(|party| party.guests.clone()).unwrap_or_default();
        if let Some(party) = self.parties.get_mut(&from) {
            party.open = false;
            party.merged_into = Some(into);
        }
        if let Some(party) = self.parties.get_mut(&into) {
            party.guests.extend(guests);
            party.merged.insert(from);
        }
        self.sit(into, against);
    }

    fn unmerged(&mut self, into: SessionId, from: SessionId, against: &mut Vec<String>) {
        if self.parties.get(&from).is_none_or(|party| party.merged_into != Some(into)) {
            against.push(format!("party {from} was taken off {into} without having been merged into it"));
        }
        self.stand(into);
        if let Some(party) = self.parties.get_mut(&from) {
            party.open = true;
            party.merged_into = None;
        }
        if let Some(party) = self.parties.get_mut(&into) {
            party.merged.remove(&from);
        }
        self.sit(into, against);
        self.sit(from, against);
    }

    fn event(&mut self, event: &Durable, told: &FloorEvent, against: &mut Vec<String>) {
        match told {
            FloorEvent::TableOpened(e) => self.opened(e, against),
            FloorEvent::GuestJoined(e) => {
                if !self.is_open(e.session) {
                    against.push(format!("guest {} joined party {}, which doesn't sit there", e.guest, e.session));
                }
                if let Some(party) = self.parties.get_mut(&e.session) {
                    party.guests.insert(e.guest);
                }
            }
            FloorEvent::TableClosed(e) => {
                if !self.is_open(e.session) {
                    against.push(format!("party {} left without sitting there", e.session));
                }
                self.stand(e.session);
                if let Some(party) = self.parties.get_mut(&e.session) {
                    party.open = false;
                }
            }
            FloorEvent::CheckReopened(e) => {
                if self.parties.get(&e.session).is_none_or(|party| party.open || party.merged_into.is_some()) {
                    against.push(format!("party {} came back without having left", e.session));
                }
                if let Some(party) = self.parties.get_mut(&e.session) {
                    party.open = true;
                }
                self.sit(e.session, against);
            }
            FloorEvent::PartyMoved(e) => {
                if !self.is_open(e.session) {
                    against.push(format!("party {} moved, and doesn't sit there", e.session));
                }
                self.stand(e.session);
                if let Some(party) = self.parties.get_mut(&e.session) {
                    party.table = e.to.clone();
                }
                self.sit(e.session, against);
            }
            FloorEvent::PartiesMerged(e) => self.merged(e.into, e.from, against),
            FloorEvent::PartiesUnmerged(e) => self.unmerged(e.into, e.from, against),
            FloorEvent::LinesMoved(e) if !self.is_open(e.from) || !self.is_open(e.to) => {
                against.push(format!("lines of order {} went from {} to {}, and not both sit there", e.order, e.from, e.to));
            }
            FloorEvent::OrderPlaced(e) => self.placed(event, e, against),
            // Parties that owe nothing are forgotten with the day; nobody is told which, so no table counts as taken.
            FloorEvent::DayClosed(_) => self.seated.clear(),
            _ => {} // Nothing about who sits where.
        }
    }
}

impl Law for Table {
    fn name(&self) -> &'static str {
        "S6"
    }

    fn demands(&self) -> &'static str {
        "an order is its party's, sent by somebody who joined it, while it sits there; and a table seats one party"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::OrderWanted(wanted) => {
                self.wanted_for.insert(wanted.wish, wanted.session);
            }
            Fact::Sent { key, wish: Some(wish), .. } => {
                self.wish_of.insert(*key, *wish);
            }
            Fact::Event(event) => {
                if let Told::Floor(told) = &event.told {
                    self.event(event, told, against);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;
    use domain::floor::{CheckReopened, PartiesMerged, PartiesUnmerged, PartyMoved};

    /// Two parties with a phone each; phone 11 wants to order for party 1 and sends it under key 5.
    fn two() -> History {
        let parties = seated().floor(opened(2)).floor(joined(2, 22));
        parties.fact(wanted(1, 1, Some(11), &[])).fact(sent(5, Some(1))).by(Some(Sender::Guest { guest: guest(11) }))
    }

    fn order_at(history: History, party: u128) -> Vec<String> {
        history.command(5, true, vec![placed(5, party, vec![ordered(1, "tofu", 1, 2800)]).into()]).judged(Table::default())
    }

    fn merged() -> PartiesMerged {
        PartiesMerged { into: session(1), from: session(2), orders: vec![], by: staff("wang"), at: at(0) }
    }

    fn unmerged() -> PartiesUnmerged {
        PartiesUnmerged { into: session(1), from: session(2), orders: vec![], by: staff("wang"), at: at(0) }
    }

    fn moved(party: u128, to: &str) -> PartyMoved {
        PartyMoved {
            session: session(party),
            from: table("a1"),
            from_name: "A1".to_owned(),
            to: table(to),
            to_name: to.to_owned(),
            area: "hall".parse().unwrap(),
            area_name: text("大堂"),
            by: staff("wang"),
            at: at(0),
        }
    }

    fn reopened() -> CheckReopened {
        CheckReopened { session: session(1), reason: "error".to_owned(), by: staff("wang"), at: at(0) }
    }

    #[test]
    fn an_order_goes_to_its_own_party_wherever_it_sits() {
        assert_eq!(order_at(two(), 1), [""; 0]);
        assert_eq!(order_at(two().floor(moved(1, "b1")), 1), [""; 0]);
        assert_eq!(order_at(two().floor(closed(1)).floor(reopened()), 1), [""; 0]);
        assert_eq!(order_at(two().by(None), 1), [""; 0]);
    }

    #[test]
    fn guests_of_a_merged_party_order_at_the_other() {
        let merged = two().floor(merged()).fact(wanted(2, 1, Some(22), &[])).fact(sent(6, Some(2)));
        let guest_22 = merged.by(Some(Sender::Guest { guest: guest(22) }));
        let ordered = guest_22.command(6, true, vec![placed(6, 1, vec![ordered(1, "tofu", 1, 2800)]).into()]);
        assert_eq!(ordered.floor(unmerged()).judged(Table::default()), [""; 0]);
    }

    #[test]
    fn an_order_at_another_party_is_a_breach() {
        let at_another = order_at(two(), 2);
        assert_eq!(at_another.len(), 2, "neither wanted nor joined: {at_another:?}");
    }

    #[test]
    fn an_order_of_a_phone_that_has_not_joined_is_a_breach() {
        let stranger = two().by(Some(Sender::Guest { guest: guest(22) }));
        assert_eq!(order_at(stranger, 1).len(), 1);
    }

    #[test]
    fn nothing_joins_a_party_that_left() {
        assert_eq!(order_at(two().floor(closed(1)), 1).len(), 1);
        assert_eq!(order_at(two().floor(merged()), 2).len(), 3, "merged away, another's, and not joined");
        assert_eq!(seated().floor(closed(1)).floor(joined(1, 12)).judged(Table::default()).len(), 1);
        assert_eq!(seated().floor(closed(1)).floor(closed(1)).judged(Table::default()).len(), 1);
    }

    #[test]
    fn two_parties_at_a_table_are_a_breach() {
        let mut second = opened(2);
        second.table = table("a1");
        assert_eq!(seated().floor(second).judged(Table::default()).len(), 1);
        assert_eq!(two().floor(moved(1, "a2")).judged(Table::default()).len(), 1);
        let mut guests = opened(3);
        guests.table = table("a2");
        assert_eq!(two().floor(merged()).floor(guests).judged(Table::default()).len(), 1, "a merged party's table is taken");
    }

    #[test]
    fn many_may_stand_at_a_counter() {
        let mut counter = [opened(3), opened(4)];
        counter.iter_mut().for_each(|party| (party.table, party.mode) = (table("counter"), Mode::PayFirst));
        let [one, other] = counter;
        assert_eq!(seated().floor(one).floor(other).judged(Table::default()), [""; 0]);
    }

    #[test]
    fn merges_and_returns_that_make_no_sense_are_breaches() {
        assert_eq!(two().floor(unmerged()).judged(Table::default()).len(), 1);
        assert_eq!(seated().floor(reopened()).judged(Table::default()).len(), 1);
        assert_eq!(two().floor(closed(2)).floor(merged()).judged(Table::default()).len(), 1);
    }
}
