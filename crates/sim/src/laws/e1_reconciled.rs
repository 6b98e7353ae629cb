//! E1 reconciled: at the end every check, the channels' own book and the journal tell the same story, and no alarm is without a
//! cause.

use super::Law;
use super::books::{Books, PartyBook, channel_of};
use crate::facts::{Fact, Noted, Told, number_of};
use domain::floor::{RefundWhy, Way};
use domain::payment::{CaseKind, PaymentEvent};
use domain::{AttemptId, RefundId, SessionId};
use std::collections::{BTreeMap, BTreeSet};

/// See [`Law::demands`].
#[derive(Debug, Default)]
pub struct Reconciled {
    books: Books,
    /// What the channels keep of each payment, by its number. Fen.
    theirs: BTreeMap<String, Kept>,
    tries: BTreeMap<AttemptId, Try>,
    refunds: BTreeMap<RefundId, (AttemptId, i64, bool)>,
    failed_refunds: BTreeSet<RefundId>,
    cases: Vec<Opened>,
    /// Something went wrong in the world around: whoever warns of it has a cause.
    faults: bool,
}

#[derive(Debug)]
struct Kept {
    channel: &'static str,
    fen: i64,
    gave_back: bool,
}

#[derive(Debug)]
struct Try {
    way: Way,
    asked: i64,
    captured: i64,
    given_back: i64,
    ended: bool,
    /// Captured after it had ended.
    late: bool,
    mismatched: bool,
    reversed: bool,
}

#[derive(Debug)]
struct Opened {
    kind: CaseKind,
    attempt: Option<AttemptId>,
    refund: Option<RefundId>,
    detail: String,
    /// The try stood open when the case was opened.
    was_open: bool,
}

impl Law for Reconciled {
    fn name(&self) -> &'static str {
        "E1"
    }

    fn demands(&self) -> &'static str {
        "At the end a party has paid, less what went back, what it owes; what each channel took less what it gave back is what our \
         journal has of it; and every case has a cause."
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::ChannelTook { channel, number, amount } => self.kept(channel, number).fen += amount.0,
            Fact::ChannelGaveBack { channel, number, amount, .. } => {
                let kept = self.kept(channel, number);
                kept.fen -= amount.0;
                kept.gave_back = true;
            }
            Fact::Event(event) => match &event.told {
                // What doesn't add up is another law's to tell.
                Told::Floor(event) => self.books.book(event, &mut Vec::new()),
                Told::Money(event) => self.money(event),
                Told::Catalog => {}
            },
            Fact::Fault { .. } => self.faults = true,
            Fact::Ended => {
                for (party, book) in &self.books.parties {
                    against.extend(self.check(*party, book));
                }
                self.channels(against);
                against
                    .extend(self.cases.iter().filter(|case| !self.has_cause(case)).map(|case| format!("no cause for {case:?}")));
            }
            _ => {}
        }
    }
}

impl Reconciled {
    fn kept(&mut self, channel: &'static str, number: &str) -> &mut Kept {
        self.theirs.entry(number.to_owned()).or_insert(Kept { channel, fen: 0, gave_back: false })
    }

    fn money(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::AttemptStarted { attempt, way, amount, .. } => {
                let begun = Try {
                    way: *way,
                    asked: amount.0,
                    captured: 0,
                    given_back: 0,
                    ended: false,
                    late: false,
                    mismatched: false,
                    reversed: false,
                };
                self.tries.insert(*attempt, begun);
            }
            PaymentEvent::Captured { attempt, amount, .. } => self.change(*attempt, |of| {
                of.captured = amount.0;
                (of.late, of.ended) = (of.late || of.ended, true);
            }),
            PaymentEvent::AttemptClosed { attempt, .. } | PaymentEvent::AttemptFailed { attempt, .. } => {
                self.change(*attempt, |of| of.ended = true);
            }
            PaymentEvent::MismatchSeen { attempt, .. } => self.change(*attempt, |of| of.mismatched = true),
            // What the channel still had goes back with it.
            PaymentEvent::AttemptReversed { attempt, .. } => self.change(*attempt, |of| {
                of.given_back = of.captured;
                (of.reversed, of.ended) = (true, true);
            }),
            PaymentEvent::RefundStarted { refund, attempt, amount, .. } => {
                self.refunds.insert(*refund, (*attempt, amount.0, false));
            }
            PaymentEvent::RefundSucceeded { refund, .. } => {
                let Some((attempt, amount, done)) = self.refunds.get_mut(refund) else { return };
                if !std::mem::replace(done, true) {
                    let (attempt, amount) = (*attempt, *amount);
                    self.change(attempt, |of| of.given_back += amount);
                }
                self.failed_refunds.remove(refund);
            }
            PaymentEvent::RefundFailed { refund, .. } => {
                self.failed_refunds.insert(*refund);
            }
            PaymentEvent::CaseOpened { kind, attempt, refund, detail, .. } => {
                let was_open = attempt.and_then(|attempt| self.tries.get(&attempt)).is_some_and(|of| !of.ended);
                let (kind, attempt, refund, detail) = (*kind, *attempt, *refund, detail.clone());
                self.cases.push(Opened { kind, attempt, refund, detail, was_open });
            }
            _ => {}
        }
    }

    fn change(&mut self, attempt: AttemptId, with: impl FnOnce(&mut Try)) {
        if let Some(of) = self.tries.get_mut(&attempt) {
            with(of);
        }
    }

    /// Nobody has paid more than they owe; who has left has paid all of it, except what a channel took back behind them. Money on
    /// its way back counts as gone: whether it arrives is another law's.
    fn check(&self, party: SessionId, book: &PartyBook) -> Option<String> {
        let due = self.books.due(party, None)?;
        let taken_back = self.books.refunds_of(book).any(|refund| refund.why == RefundWhy::TakenBack);
        let wrong = due < 0 || (due > 0 && book.closed && !taken_back);
        let (owes, keeps) = (self.books.owes(book), self.books.keeps(book));
        wrong.then(|| format!("party {party} owes {owes} fen and has paid {keeps}, closed: {}", book.closed))
    }

    fn channels(&self, against: &mut Vec<String>) {
        let mut sums: BTreeMap<&'static str, (i64, i64)> = BTreeMap::new();
        for (attempt, of) in &self.tries {
            let Some(channel) = channel_of(of.way) else { continue };
            let ours = of.captured - of.given_back;
            let theirs = self.theirs.get(&number_of(*attempt)).map_or(0, |kept| kept.fen);
            if ours != theirs && !self.is_before_a_person(*attempt) {
                against.push(format!("{channel} keeps {theirs} fen of attempt {attempt}; our books have {ours}"));
            }
            let sum = sums.entry(channel).or_default();
            (sum.0, sum.1) = (sum.0 + ours, sum.1 + theirs);
        }
        let known = |number: &str| number.parse().is_ok_and(|attempt: AttemptId| self.tries.contains_key(&attempt));
        for (number, kept) in self.theirs.iter().filter(|(number, kept)| kept.fen != 0 && !known(number)) {
            let told = self.cases.iter().any(|case| case.kind == CaseKind::NobodyAsked && case.detail.starts_with(number));
            if !told {
                against.push(format!("{} keeps {} fen of {number}, which our books don't know", kept.channel, kept.fen));
            }
        }
        for (channel, (ours, theirs)) in sums {
            let open =
                self.tries.iter().any(|(attempt, of)| channel_of(of.way) == Some(channel) && self.is_before_a_person(*attempt));
            if ours != theirs && !open {
                against.push(format!("{channel} keeps {theirs} fen in all; our books have {ours}"));
            }
        }
    }

    /// A person has to say what becomes of it: it doesn't match, nobody knows, or the channel refuses to give it back.
    fn is_before_a_person(&self, attempt: AttemptId) -> bool {
        self.cases.iter().any(|case| {
            case.attempt == Some(attempt)
                && match case.kind {
                    CaseKind::UnknownTooLong => self.tries.get(&attempt).is_some_and(|of| !of.ended),
                    CaseKind::Mismatch => self.tries.get(&attempt).is_some_and(|of| {
                        of.captured == 0 && self.theirs.get(&number_of(attempt)).is_some_and(|kept| kept.fen != of.asked)
                    }),
                    CaseKind::RefundFailed => case.refund.is_some_and(|refund| self.failed_refunds.contains(&refund)),
                    _ => false,
                }
        })
    }

    fn has_cause(&self, case: &Opened) -> bool {
        let of = case.attempt.and_then(|attempt| self.tries.get(&attempt));
        match case.kind {
            CaseKind::UnknownTooLong => case.was_open,
            CaseKind::PaidAfterClose => of.is_some_and(|of| of.late),
            CaseKind::Mismatch => of.is_some_and(|of| of.mismatched),
            CaseKind::NoCheck => of.is_some_and(|of| of.captured > 0),
            CaseKind::Doubled => case
                .refund
                .is_some_and(|refund| self.books.refunds.get(&refund).is_some_and(|refund| refund.why == RefundWhy::TooMuch)),
            CaseKind::RefundFailed => case.refund.is_some_and(|refund| {
                let known = self.refunds.contains_key(&refund) || self.books.refunds.contains_key(&refund);
                known && (self.faults || self.failed_refunds.contains(&refund))
            }),
            CaseKind::TakenBack => {
                let kept = case.attempt.and_then(|attempt| self.theirs.get(&number_of(attempt)));
                of.is_some_and(|of| of.reversed) && kept.is_some_and(|kept| kept.gave_back)
            }
            // Who forged or paid what nobody asked for, and what is wrong with a bill, these facts don't say: only that something was.
            CaseKind::NoticeForged
            | CaseKind::NobodyAsked
            | CaseKind::BillMissed
            | CaseKind::BillExtra
            | CaseKind::BillShort
            | CaseKind::BillAmount
            | CaseKind::BillState
            | CaseKind::BillDuplicate
            | CaseKind::BillFlow
            | CaseKind::ReceiptFalse => self.faults,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{History, at, attempt, closed, opened, ordered, placed, released};
    use super::super::purse::{
        asked, back, captured, case, cash, credited, gave_back, number, paid_back, refund_done, refund_started, started, took,
        took_back, try_closed, unpaid, voided,
    };
    use super::*;
    use domain::Money;
    use domain::payment::Source;

    /// A party that owes 3,800 fen.
    fn eaten() -> History {
        History::new().floor(opened(1)).floor(placed(1, 1, vec![ordered(1, "fish", 1, 3800)])).floor(released(1))
    }

    fn tried() -> History {
        eaten().floor(asked(1, 1, 3800)).money(started(1, 1, 3800))
    }

    fn paid() -> History {
        tried().fact(took(1, 3800)).money(captured(1, 3800)).floor(credited(1, 1, 3800))
    }

    fn wrong(history: History) -> String {
        history.fact(Fact::Ended).judged(Reconciled::default()).join("\n")
    }

    #[test]
    fn an_evening_that_was_paid_is_reconciled() {
        assert_eq!(wrong(paid().floor(closed(1))), "");
        assert_eq!(wrong(eaten().floor(cash(9, 1, 3800)).floor(closed(1))), "");
        assert_eq!(wrong(eaten().floor(voided(1, 1, 3800)).floor(closed(1))), "");
        assert_eq!(wrong(eaten()), "", "who still sits may still owe");
    }

    #[test]
    fn a_late_second_payment_that_went_back_is_reconciled() {
        let history = tried().money(try_closed(1)).floor(unpaid(1, 1)).floor(cash(9, 1, 3800)).floor(closed(1));
        let history = history.fact(took(1, 3800)).money(captured(1, 3800)).money(case(CaseKind::PaidAfterClose, 1));
        let history = history.floor(credited(1, 1, 3800)).floor(back(7, 1, 1, 3800)).money(refund_started(7, 1, 3800));
        let history = history.fact(gave_back(7, 1, 3800)).money(refund_done(7)).floor(paid_back(7, 1));
        assert_eq!(wrong(history), "");
    }

    #[test]
    fn a_party_that_left_without_paying_is_found() {
        assert!(wrong(eaten().floor(closed(1))).contains("owes 3800 fen and has paid 0"));
    }

    #[test]
    fn a_party_that_paid_twice_is_found() {
        assert!(wrong(paid().floor(cash(9, 1, 3800))).contains("owes 3800 fen and has paid 7600"));
        assert!(wrong(paid().floor(voided(1, 1, 3800))).contains("owes 0 fen"));
    }

    #[test]
    fn a_payment_the_journal_does_not_have_is_found() {
        let found = wrong(tried().fact(took(1, 3800)));
        assert!(found.contains("keeps 3800 fen of attempt") && found.contains("in all"), "{found}");
        assert!(wrong(eaten().fact(took(5, 100))).contains(&format!("keeps 100 fen of {}", number(5))));
        assert!(wrong(paid().fact(took_back(1, 3800))).contains("keeps 0 fen of attempt"));
        assert!(wrong(paid().money(refund_started(7, 1, 3800)).money(refund_done(7))).contains("our books have 0"));
    }

    #[test]
    fn what_a_person_has_before_them_is_left_to_them() {
        let seen = || PaymentEvent::MismatchSeen {
            attempt: attempt(1),
            source: Source::Query,
            what: "amount".to_owned(),
            seen: "38".to_owned(),
            at: at(0),
        };
        assert_eq!(wrong(tried().fact(took(1, 38)).money(seen()).money(case(CaseKind::Mismatch, 1))), "");
        assert!(wrong(tried().fact(took(1, 38)).money(seen())).contains("keeps 38 fen"));
        let lied = tried().fact(took(1, 3800)).money(seen()).money(case(CaseKind::Mismatch, 1));
        assert!(wrong(lied).contains("keeps 3800 fen"), "a false message is no excuse");
    }

    #[test]
    fn a_case_without_a_cause_is_found() {
        for kind in [CaseKind::PaidAfterClose, CaseKind::Mismatch, CaseKind::TakenBack, CaseKind::UnknownTooLong] {
            assert!(wrong(paid().money(case(kind, 1))).contains("no cause"), "{kind:?}");
        }
        for kind in [CaseKind::Doubled, CaseKind::RefundFailed, CaseKind::NoticeForged, CaseKind::NobodyAsked] {
            assert!(wrong(paid().money(case(kind, 1))).contains("no cause"), "{kind:?}");
        }
        assert!(wrong(tried().money(case(CaseKind::NoCheck, 1))).contains("no cause"));
        assert_eq!(wrong(paid().fact(Fact::Fault { kind: "forged notice" }).money(case(CaseKind::NoticeForged, 1))), "");
        let doubled = PaymentEvent::CaseOpened {
            case: CaseKind::Doubled.about(1),
            kind: CaseKind::Doubled,
            attempt: Some(attempt(1)),
            refund: Some(super::super::purse::refund(7)),
            amount: Some(Money(3800)),
            detail: String::new(),
            at: at(0),
            due_at: at(0),
        };
        assert_eq!(wrong(paid().floor(cash(9, 1, 3800)).floor(back(7, 1, 1, 3800)).money(doubled)), "");
    }
}
