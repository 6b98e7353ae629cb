//! S19 tenancy: nobody sees anything of another party. The ids of what a party has taint it: wherever one turns up in a body that
//! somebody is shown, that party's data is there.

use super::Law;
use crate::facts::{Fact, Noted, Told, Viewer};
use domain::SessionId;
use domain::floor::FloorEvent;
use domain::payment::PaymentEvent;
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Tenancy {
    /// Whose an id is; of several where something changed hands.
    owners: BTreeMap<u128, Vec<SessionId>>,
    /// The party under whose name those go that have ever been one.
    one_with: BTreeMap<SessionId, SessionId>,
    told: BTreeSet<(Option<SessionId>, u128)>,
}

impl Law for Tenancy {
    fn name(&self) -> &'static str {
        "S19"
    }

    fn demands(&self) -> &'static str {
        "What a phone is shown contains no id of another party, its guests, orders or payments; a stranger sees none at all. \
         Parties that were merged are one."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => match &event.told {
                Told::Floor(event) => self.learn(event),
                Told::Money(PaymentEvent::AttemptStarted { attempt, session, .. }) => self.own(attempt.0, *session),
                Told::Money(_) | Told::Catalog => {}
            },
            Fact::Shown { to: Viewer::Guest(party), body } => self.look(Some(*party), body, against),
            Fact::Shown { to: Viewer::Stranger, body } => self.look(None, body, against),
            _ => {}
        }
    }
}

impl Tenancy {
    fn own(&mut self, id: u128, party: SessionId) {
        let owners = self.owners.entry(id).or_default();
        if !owners.contains(&party) {
            owners.push(party);
        }
    }

    fn learn(&mut self, event: &FloorEvent) {
        match event {
            FloorEvent::TableOpened(e) => self.own(e.session.0, e.session),
            FloorEvent::GuestJoined(e) => self.own(e.guest.0, e.session),
            FloorEvent::CartLinePut(e) => self.own(e.line.0, e.session),
            FloorEvent::OrderPlaced(e) => {
                self.own(e.order.0, e.session);
                for line in &e.lines {
                    self.own(line.line.0, e.session);
                }
            }
            FloorEvent::LinesMoved(e) => {
                self.own(e.into.0, e.to);
                for line in &e.lines {
                    self.own(line.0, e.to);
                }
            }
            FloorEvent::LineDivided(e) => {
                let owners = self.owners.get(&e.order.0).cloned().unwrap_or_default();
                owners.into_iter().for_each(|party| self.own(e.into.0, party));
            }
            FloorEvent::WaiterCalled(e) => self.own(e.call.0, e.session),
            FloorEvent::PaymentAsked(e) => self.own(e.ask.0, e.session),
            FloorEvent::TenderCredited(e) => self.own(e.tender.0, e.session),
            FloorEvent::RefundAsked(e) => self.own(e.refund.0, e.session),
            FloorEvent::CheckSplit(e) => e.shares.iter().for_each(|share| self.own(share.share.0, e.session)),
            FloorEvent::PartiesMerged(e) => {
                let (one, other) = (self.name_of(e.into), self.name_of(e.from));
                if one != other {
                    self.one_with.insert(other, one);
                }
            }
            _ => {}
        }
    }

    fn name_of(&self, party: SessionId) -> SessionId {
        let mut name = party;
        while let Some(next) = self.one_with.get(&name) {
            name = *next;
        }
        name
    }

    fn look(&mut self, viewer: Option<SessionId>, body: &str, against: &mut Vec<String>) {
        let own = viewer.map(|party| self.name_of(party));
        for id in ids(body) {
            let Some(owners) = self.owners.get(&id) else { continue };
            let is_own = own.is_some_and(|own| owners.iter().any(|party| self.name_of(*party) == own));
            if !is_own && self.told.insert((viewer, id)) {
                let who = viewer.map_or_else(|| "a stranger".to_owned(), |party| format!("party {party}"));
                against.push(format!("{who} is shown {id:032x}, which is of party {owners:?}"));
            }
        }
    }
}

/// The ids that stand in a text: exactly 32 lower-case hexadecimal digits in a row. One pass.
fn ids(text: &str) -> impl Iterator<Item = u128> {
    let (mut value, mut length) = (0_u128, 0_u32);
    text.bytes().chain([b' ']).filter_map(move |byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return (std::mem::take(&mut length) == 32).then_some(value),
        };
        value = value << 4 | u128::from(digit);
        length = length.saturating_add(1);
        None
    })
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, at, joined, opened, order, ordered, placed, session, staff};
    use super::super::purse::{asked, started};
    use super::*;
    use domain::floor::{LinesMoved, PartiesMerged};

    const FIRST: u128 = 0xa1 << 100;
    const SECOND: u128 = 0xb2 << 100;

    /// Two parties, each with an order and a payment under way.
    fn two() -> History {
        let seat = |history: History, n: u128, party: u128| {
            let sat = domain::floor::TableOpened { session: session(party), ..opened(n) };
            let history = history.floor(sat).floor(joined(party, party + 1));
            let history = history.floor(placed(party + 2, party, vec![ordered(party + 3, "fish", 1, 1200)]));
            history.floor(asked(party + 4, party, 1200)).money(started(party + 5, party, 1200))
        };
        seat(seat(History::new(), 1, FIRST), 2, SECOND)
    }

    fn shown(to: Viewer, id: u128) -> Fact {
        Fact::Shown { to, body: format!(r#"{{"orders":[{{"id":"{id:032x}"}}],"n":1}}"#) }
    }

    fn wrong(history: History) -> usize {
        history.judged(Tenancy::default()).len()
    }

    #[test]
    fn what_is_ones_own_may_be_shown() {
        let mut history = two();
        for n in 0..6 {
            history = history.fact(shown(Viewer::Guest(session(FIRST)), FIRST + n));
        }
        let staff = Viewer::Staff("wang".to_owned());
        let unknown = shown(Viewer::Stranger, 0xcc << 100);
        assert_eq!(wrong(history.fact(shown(staff, SECOND)).fact(unknown)), 0);
    }

    #[test]
    fn what_is_anothers_is_found_once() {
        for n in 0..6 {
            let to = Viewer::Guest(session(FIRST));
            assert_eq!(wrong(two().fact(shown(to.clone(), SECOND + n)).fact(shown(to, SECOND + n))), 1, "{n}");
        }
        assert_eq!(wrong(two().fact(shown(Viewer::Stranger, FIRST + 2))), 1);
    }

    #[test]
    fn merged_parties_are_one() {
        let merged = PartiesMerged { into: session(FIRST), from: session(SECOND), orders: vec![], by: staff("wang"), at: at(0) };
        let history = two().floor(merged).fact(shown(Viewer::Guest(session(FIRST)), SECOND + 2));
        assert_eq!(wrong(history.fact(shown(Viewer::Guest(session(SECOND)), FIRST + 2))), 0);
    }

    #[test]
    fn moved_lines_are_of_both() {
        let moved = LinesMoved {
            order: order(SECOND + 2),
            lines: vec![domain::LineId(SECOND + 3)],
            from: session(SECOND),
            to: session(FIRST),
            into: order(7),
            round: 2,
            number: "A1-2".to_owned(),
            by: staff("wang"),
            at: at(0),
        };
        let to = || Viewer::Guest(session(FIRST));
        assert_eq!(wrong(two().floor(moved.clone()).fact(shown(to(), SECOND + 3)).fact(shown(to(), 7))), 0);
        assert_eq!(wrong(two().floor(moved).fact(shown(to(), SECOND + 2))), 1);
    }

    #[test]
    fn ids_are_exactly_as_long_as_ids() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(ids(id).collect::<Vec<_>>(), vec![0x0123_4567_89ab_cdef_0123_4567_89ab_cdef]);
        let text = format!("\"{id}\" {id}-2 x{id} {id}0 {}", id.to_uppercase());
        assert_eq!(ids(&text).count(), 3);
    }
}
