//! The onlooker: writes down every fact of a world, has the laws judge it at once, and counts.

use crate::clock::TrueTime;
use crate::facts::{Fact, Noted};
use crate::laws::{Broken, Court};
use ring::digest;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Facts kept for the story of what happened before a law was broken.
const KEPT: usize = 4_000;

/// What was seen of a world.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The laws broken, the first first.
    pub broken: Vec<Broken>,
    /// How often each fault struck.
    pub faults: BTreeMap<&'static str, u64>,
    /// How often each rare thing happened.
    pub marks: BTreeMap<&'static str, u64>,
    /// Facts in all.
    pub facts: u64,
    /// A hash over every fact in its order: the same seed gives the same.
    pub trace: String,
}

/// The onlooker of one world.
pub(crate) struct Witness {
    time: TrueTime,
    inner: Mutex<Inner>,
}

struct Inner {
    court: Court,
    seen: Seen,
    kept: Vec<Noted>,
    digest: Option<digest::Context>,
    closed: bool,
}

impl Witness {
    /// An onlooker; `traced`: it hashes every fact as well, which takes time.
    pub fn new(time: TrueTime, court: Court, traced: bool) -> Witness {
        let digest = traced.then(|| digest::Context::new(&digest::SHA256));
        Witness { time, inner: Mutex::new(Inner { court, seen: Seen::default(), kept: Vec::new(), digest, closed: false }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a fact down and has it judged.
    pub fn note(&self, fact: Fact) {
        let at_ms = self.time.now_ms();
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.closed {
            return;
        }
        let noted = Noted { at_ms, fact };
        inner.seen.facts += 1;
        if let Fact::Fault { kind } = &noted.fact {
            *inner.seen.faults.entry(kind).or_default() += 1;
        }
        if let Some(mark) = mark_of(&noted.fact) {
            *inner.seen.marks.entry(mark).or_default() += 1;
        }
        if let Some(digest) = &mut inner.digest {
            digest.update(traced(&noted).as_bytes());
        }
        inner.seen.broken.extend(inner.court.see(&noted));
        if inner.kept.len() < KEPT {
            inner.kept.push(noted);
        }
    }

    /// Something rare happened that is no fact of its own.
    pub fn mark(&self, mark: &'static str) {
        *self.lock().seen.marks.entry(mark).or_default() += 1;
    }

    /// Somebody in the world saw a law broken with their own eyes.
    pub fn breach(&self, law: &'static str, why: &str) {
        let at_ms = self.time.now_ms();
        self.lock().seen.broken.push(Broken { law, why: why.to_owned(), at_ms });
    }

    /// Ends the watching: what was seen, and the facts that led there.
    pub fn close(&self) -> (Seen, Vec<Noted>) {
        let mut inner = self.lock();
        inner.closed = true;
        if let Some(digest) = inner.digest.take() {
            inner.seen.trace = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        }
        (std::mem::take(&mut inner.seen), std::mem::take(&mut inner.kept))
    }
}

/// A fact as the trace has it. WeChat Pay's refusals quote the nonce of the request and a number of their own, which nobody can foresee: their words, and the hashes
/// over them, are left out.
fn traced(noted: &Noted) -> String {
    let text = match &noted.fact {
        Fact::Event(event) => {
            format!("{} {:?} {} {} {:032x} {:?}", noted.at_ms, event.stream, event.seq, event.epoch, event.command, event.told)
        }
        _ => format!("{noted:?}"),
    };
    let foreseen = ["SIGN_ERROR", "Request-ID"].iter().filter_map(|mark| text.find(mark)).min();
    text[..foreseen.unwrap_or(text.len())].to_owned()
}

/// Rare branches that every long run must have been through.
fn mark_of(fact: &Fact) -> Option<&'static str> {
    use crate::facts::Told;
    let Fact::Event(event) = fact else {
        return match fact {
            Fact::Answered { code, .. } => match code.as_str() {
                "order_differs" => Some("price or stock changed while choosing"),
                "key_reused" => Some("key used for something else"),
                _ => None,
            },
            Fact::Paper(paper) if paper.marked => Some("reprint"),
            Fact::ChannelGaveBack { .. } => Some("money sent back"),
            _ => None,
        };
    };
    match (&event.told, event.kind.as_str()) {
        (Told::Floor(_), "LineVoided") => Some("void"),
        (Told::Floor(_), "OrderRevived") => Some("late money revives an order"),
        (Told::Floor(_), "OrderEnded") => Some("order ended"),
        (Told::Floor(_), "ItemsEscalated") => Some("unseen dish climbs"),
        (Told::Floor(_), "PrintMoved") => Some("slip goes to another printer"),
        (Told::Floor(_), "RefundAsked") => Some("refund"),
        (Told::Floor(_), "PartyMoved") => Some("party moved"),
        (Told::Floor(_), "ApprovalGiven") => Some("second person says yes"),
        (Told::Floor(_), "OrderAccepted") => Some("order nodded"),
        (Told::Money(_), kind) if kind == "MismatchSeen" || kind.contains("mismatch") => Some("wrong amount from a channel"),
        (Told::Money(_), kind) if kind == "AttemptClosed" || kind.contains("closed") => Some("payment closed"),
        _ => None,
    }
}
