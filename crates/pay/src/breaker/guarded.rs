//! A channel behind its breakers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Allow, Breaker, Class, Went};
use crate::{
    port::{
        BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
        NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, Reversed,
    },
    time::Clock,
};

/// A resting channel's code in `DefinitelyFailed`: nothing was sent.
const RESTING: &str = "CHANNEL_RESTING";
/// Attempts are remembered at least until nobody can pay them any more.
const STARTED_MS: i64 = 2 * 60 * 60 * 1000;
/// And no more of them than this, oldest first out.
const MOST_STARTED: usize = 50_000;

/// How one class of calls does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Calls pass.
    Up,
    /// The channel rests.
    Down {
        /// Since when, UTC milliseconds.
        since_ms: i64,
        /// When it is tried again at the earliest, UTC milliseconds.
        until_ms: i64,
    },
}

/// How a channel does, for the till and the diner: one that cannot take payments is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Starting payments.
    pub pay: Line,
    /// Asking.
    pub query: Line,
    /// Closing and reversing.
    pub reverse: Line,
    /// Refunds.
    pub refund: Line,
    /// Bills.
    pub bill: Line,
}

/// A channel that is let alone while it does not answer.
///
/// While payments rest, a payment that starts something new is `DefinitelyFailed` with `CHANNEL_RESTING`: nothing was sent. A number
/// that was sent before may still be paid, so it gets `Unknown`. Questions, closes, reverses and refunds go through once a second
/// even then, and are `Unknown` in between.
#[derive(Debug)]
pub struct Guarded {
    channel: Arc<dyn Channel>,
    clock: OurClock,
    breakers: Mutex<Breakers>,
    started: Mutex<Started>,
}

struct OurClock(Clock);

impl std::fmt::Debug for OurClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

#[derive(Debug)]
struct Breakers {
    pay: Breaker,
    query: Breaker,
    reverse: Breaker,
    refund: Breaker,
    bill: Breaker,
}

impl Breakers {
    fn of(&mut self, class: Class) -> &mut Breaker {
        match class {
            Class::Pay => &mut self.pay,
            Class::Query => &mut self.query,
            Class::Reverse => &mut self.reverse,
            Class::Refund => &mut self.refund,
            Class::Bill => &mut self.bill,
        }
    }
}

/// The attempts that the channel may know of, by when they were last sent.
#[derive(Debug, Default)]
struct Started(BTreeMap<String, i64>);

impl Started {
    fn add(&mut self, attempt_no: &str, now_ms: i64) {
        self.0.insert(attempt_no.to_owned(), now_ms);
        if self.0.len() <= MOST_STARTED {
            return;
        }
        self.0.retain(|_, at| *at > now_ms.saturating_sub(STARTED_MS));
        let oldest = self.0.iter().min_by_key(|(_, at)| **at).map(|(number, _)| number.clone());
        if let Some(number) = oldest.filter(|_| self.0.len() > MOST_STARTED) {
            self.0.remove(&number);
        }
    }
}

/// What a refusal here means to the caller.
enum Refused {
    /// Nothing was ever sent under this number.
    Definitely,
    /// An earlier call may have worked.
    Unknown,
}

impl Guarded {
    /// Puts breakers around a channel; all are closed.
    pub fn new(channel: Arc<dyn Channel>, clock: Clock) -> Arc<Self> {
        let breakers = Breakers {
            pay: Breaker::new(Class::Pay),
            query: Breaker::new(Class::Query),
            reverse: Breaker::new(Class::Reverse),
            refund: Breaker::new(Class::Refund),
            bill: Breaker::new(Class::Bill),
        };
        Arc::new(Self { channel, clock: OurClock(clock), breakers: Mutex::new(breakers), started: Mutex::default() })
    }

    /// How the channel does now.
    pub fn health(&self) -> Health {
        let breakers = self.breakers();
        let line = |breaker: &Breaker| match breaker.resting() {
            None => Line::Up,
            Some((since_ms, until_ms)) => Line::Down { since_ms, until_ms },
        };
        Health {
            pay: line(&breakers.pay),
            query: line(&breakers.query),
            reverse: line(&breakers.reverse),
            refund: line(&breakers.refund),
            bill: line(&breakers.bill),
        }
    }

    /// Asks a question that moves nothing, if payments rest and their rest is over; a good answer opens them again. To be called
    /// every few seconds, so that no payer has to be the trial. Says whether it asked.
    pub async fn probe_if_due(&self) -> bool {
        let now = self.now();
        let is_mine = {
            let mut breakers = self.breakers();
            breakers.pay.is_due(now) && breakers.pay.allow(now) == Allow::Trial
        };
        if is_mine {
            let outcome = self.channel.probe().await;
            self.record(Class::Pay, now, &outcome);
        }
        is_mine
    }

    fn now(&self) -> i64 {
        (self.clock.0)()
    }

    fn breakers(&self) -> MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn started(&self) -> MutexGuard<'_, Started> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the call may go out, or what to answer instead.
    fn admit<T>(&self, class: Class, refused: Refused) -> Result<i64, Outcome<T>> {
        let now = self.now();
        match (self.breakers().of(class).allow(now), refused) {
            (Allow::Yes | Allow::Trial, _) => Ok(now),
            (Allow::No { .. }, Refused::Definitely) => Err(Outcome::failed(RESTING, "not sent: the channel does not answer")),
            (Allow::No { .. }, Refused::Unknown) => Err(Outcome::unknown("resting")),
        }
    }

    fn record<T>(&self, class: Class, began: i64, outcome: &Outcome<T>) {
        let now = self.now();
        let mut breakers = self.breakers();
        let breaker = breakers.of(class);
        match outcome {
            Outcome::DefinitelyFailed { code, .. } if is_ours(code) => breaker.forget(),
            Outcome::Succeeded(_) | Outcome::DefinitelyFailed { .. } => breaker.record(now, Went::Good, now - began),
            Outcome::Unknown { .. } => breaker.record(now, Went::Bad, now - began),
        }
    }

    /// Everything but payments: refused, it is as unclear as it was.
    async fn pass<T>(&self, class: Class, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        match self.admit(class, Refused::Unknown) {
            Ok(began) => {
                let outcome = call.await;
                self.record(class, began, &outcome);
                outcome
            }
            Err(refused) => refused,
        }
    }

    /// Payments. The number is noted before it is sent, for a call may be dropped half-way.
    async fn start<T>(&self, attempt_no: &str, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let was_sent = self.started().0.contains_key(attempt_no);
        let began = match self.admit(Class::Pay, if was_sent { Refused::Unknown } else { Refused::Definitely }) {
            Ok(began) => began,
            Err(refused) => return refused,
        };
        self.started().add(attempt_no, began);
        let outcome = call.await;
        self.record(Class::Pay, began, &outcome);
        match outcome {
            Outcome::DefinitelyFailed { .. } if !was_sent => {
                self.started().0.remove(attempt_no);
            }
            // Again, for a call beside this one may have taken it out.
            Outcome::DefinitelyFailed { .. } | Outcome::Succeeded(_) | Outcome::Unknown { .. } => {
                self.started().add(attempt_no, began);
            }
        }
        outcome
    }
}

/// What the adapters refuse before sending.
const OURS: [&str; 12] = [
    "CANNOT_SIGN",
    "INVALID_AMOUNT",
    "INVALID_ATTEMPT_NO",
    "INVALID_CODE",
    "INVALID_EXPIRY",
    "INVALID_NOTIFY_URL",
    "INVALID_NUMBER",
    "INVALID_PAYER_IP",
    "INVALID_RETURN_URL",
    "INVALID_TERMINAL",
    "NOT_SUPPORTED",
    "OTHER_WALLET",
];

/// It says nothing about the channel.
fn is_ours(code: &str) -> bool {
    OURS.contains(&code)
}

#[async_trait]
impl Channel for Guarded {
    fn name(&self) -> ChannelName {
        self.channel.name()
    }

    fn merchant(&self) -> &str {
        self.channel.merchant()
    }

    fn app(&self) -> &str {
        self.channel.app()
    }

    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        self.start(&open.attempt_no, self.channel.open(open, by)).await
    }

    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        self.start(&pay.attempt_no, self.channel.pay_code(pay)).await
    }

    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed> {
        self.pass(Class::Reverse, self.channel.reverse(attempt_no)).await
    }

    fn reverse_after_ms(&self) -> i64 {
        self.channel.reverse_after_ms()
    }

    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        self.pass(Class::Query, self.channel.query(attempt_no)).await
    }

    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        self.pass(Class::Reverse, self.channel.close(attempt_no)).await
    }

    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        self.pass(Class::Refund, self.channel.refund(ask)).await
    }

    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        self.pass(Class::Query, self.channel.query_refund(attempt_no, refund_no)).await
    }

    async fn trade_bill(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        self.pass(Class::Bill, self.channel.trade_bill(day)).await
    }

    async fn fund_flow(&self, day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        self.pass(Class::Bill, self.channel.fund_flow(day)).await
    }

    async fn probe(&self) -> Outcome<()> {
        self.channel.probe().await
    }

    async fn refresh_keys(&self) -> Outcome<()> {
        self.channel.refresh_keys().await
    }

    fn read_notice(&self, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<Notice, NoticeRefused> {
        self.channel.read_notice(headers, body, now_ms)
    }

    fn notice_accepted(&self) -> NoticeReply {
        self.channel.notice_accepted()
    }

    fn notice_refused(&self) -> NoticeReply {
        self.channel.notice_refused()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::{fs, path::Path};

    /// Codes of ours that stand for an answer of the channel's.
    const AFTER_AN_ANSWER: [&str; 1] = ["MUST_REVERSE"];

    fn codes_in(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes_in(&path, found);
            } else {
                let text = fs::read_to_string(path).unwrap();
                let codes = text.split("Outcome::failed(\"").skip(1).filter_map(|rest| rest.split_once('"'));
                found.extend(codes.map(|(code, _)| code.to_owned()));
            }
        }
    }

    #[test]
    fn every_code_the_adapters_refuse_with_is_sorted() {
        let mut codes = Vec::new();
        for adapter in ["src/wechat", "src/alipay"] {
            codes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(adapter), &mut codes);
        }
        assert!(codes.len() > 10, "the codes are written otherwise now");
        for code in codes {
            assert!(is_ours(&code) || AFTER_AN_ANSWER.contains(&&*code), "{code}: refused before sending, or an answer?");
        }
    }
}
