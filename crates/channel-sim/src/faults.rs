//! What goes wrong on purpose, when, and how often.

use serde::{Deserialize, Serialize};

/// A channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// WeChat Pay, v3 and v2.
    Wechat,
    /// Alipay.
    Alipay,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// An order whose payer comes later: QR code, mini-program, H5.
    Open,
    /// A payment with the code on the payer's phone.
    CodePay,
    /// How an order stands.
    Query,
    /// An unpaid order is closed.
    Close,
    /// A code payment is undone, whatever became of it.
    Reverse,
    /// Money goes back.
    Refund,
    /// How a refund stands.
    QueryRefund,
    /// Mini-program sign-in.
    Login,
    /// The channel's certificates.
    Certificates,
    /// A day's bill: where it is, and the file.
    Bill,
    /// What the channel tells the merchant.
    Notice,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The call takes `delay_ms` longer, and up to `spread_ms` more, before anything is done.
    Latency,
    /// Done at once, but the answer takes `delay_ms` (and up to `spread_ms` more).
    LateAnswer,
    /// The connection is cut before anything is done.
    Reset,
    /// Refused with a server error before anything is done.
    ErrorBefore,
    /// Done, then the connection is cut without an answer.
    DropResponse,
    /// Done, then answered with a server error.
    ErrorAfter,
    /// Not done: too many calls.
    RateLimited,
    /// Done, though the answer says "too many calls".
    RateLimitedAfter,
    /// A proxy's HTML page, status 502; nothing is done.
    BadGateway,
    /// A proxy's HTML page, status 502, though it was done.
    BadGatewayAfter,
    /// Done, but the connection is cut in the middle of the answer.
    Truncated,
    /// Done, but the answer trickles in over `delay_ms`.
    SlowBody,
    /// Done, and answered with a signature that is not the channel's.
    BadSignature,
    /// Done, and answered under a key nobody has heard of.
    UnknownSerial,
    /// Done, and answered by a clock that is `skew_s` off.
    StaleClock,
    /// Code pay: "the payer is entering the password" comes as HTTP 202.
    UserPayingAccepted,
    /// Refund: the merchant's balance is too small.
    NotEnough,
    /// Reverse, close, cancel: not done, "ask again" (`recall` or `retry_flag` is Y).
    AskAgain,
    /// Open: the payer pays before the answer, which takes `delay_ms`.
    PaidBeforeReply,
    /// The notice is never sent, not even again.
    DropNotice,
    /// The first delivery gets lost; the repeats come.
    LostDelivery,
    /// Every delivery comes twice.
    DuplicateNotice,
    /// The first delivery waits `delay_ms`.
    DelayNotice,
    /// Genuinely signed, but one fen short.
    WrongAmountNotice,
    /// A stranger's notice of the same payment comes first.
    ForgedNotice,
    /// A probe of the channel's comes first, with `WECHATPAY/SIGNTEST/…` for a signature.
    SignTestNotice,
    /// WeChat Pay: the notice was encrypted for other associated data.
    WrongAadNotice,
    /// WeChat Pay: the notice names another nonce.
    WrongNonceNotice,
    /// WeChat Pay: a bit of the ciphertext is wrong.
    WrongCiphertextNotice,
    /// The notice names a key nobody has heard of.
    UnknownSerialNotice,
    /// The notice is signed by a clock that is `skew_s` off.
    StaleClockNotice,
    /// A change of keys: from now on WeChat Pay's other keys sign (done at once, not kept).
    RotateKey,
}

impl Kind {
    fn is_notice(self) -> bool {
        match self {
            Self::DropNotice
            | Self::LostDelivery
            | Self::DuplicateNotice
            | Self::DelayNotice
            | Self::WrongAmountNotice
            | Self::ForgedNotice
            | Self::SignTestNotice
            | Self::WrongAadNotice
            | Self::WrongNonceNotice
            | Self::WrongCiphertextNotice
            | Self::UnknownSerialNotice
            | Self::StaleClockNotice => true,
            Self::Latency
            | Self::LateAnswer
            | Self::Reset
            | Self::ErrorBefore
            | Self::DropResponse
            | Self::ErrorAfter
            | Self::RateLimited
            | Self::RateLimitedAfter
            | Self::BadGateway
            | Self::BadGatewayAfter
            | Self::Truncated
            | Self::SlowBody
            | Self::BadSignature
            | Self::UnknownSerial
            | Self::StaleClock
            | Self::UserPayingAccepted
            | Self::NotEnough
            | Self::AskAgain
            | Self::PaidBeforeReply
            | Self::RotateKey => false,
        }
    }
}

/// One order to misbehave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// Only this channel; both when absent.
    pub channel: Option<Which>,
    /// Only this kind of call; every one the kind fits when absent.
    pub op: Option<Op>,
    /// How many times; for ever when absent.
    pub count: Option<u32>,
    /// How often, of a hundred; always when absent.
    pub percent: Option<u8>,
    /// How long, for kinds that take time.
    #[serde(default)]
    pub delay_ms: u64,
    /// Up to this much more, drawn so that most waits are short and a few long.
    #[serde(default)]
    pub spread_ms: u64,
    /// How far the clock is off, for the kinds with a clock; late when negative.
    #[serde(default)]
    pub skew_s: i64,
    /// For how long the fault is in force, from when it is ordered; for ever when absent.
    pub for_ms: Option<u64>,
    /// Set when the fault is ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl Fault {
    /// Every call the kind fits, for ever.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            channel: None,
            op: None,
            count: None,
            percent: None,
            delay_ms: 0,
            spread_ms: 0,
            skew_s: 0,
            for_ms: None,
            until_ms: None,
        }
    }
}

/// The faults in force and the dice.
#[derive(Debug)]
pub(crate) struct Faults {
    active: Vec<Fault>,
    dice: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { active: Vec::new(), dice: seed }
    }

    pub(crate) fn add(&mut self, mut fault: Fault, now: i64) {
        fault.until_ms = fault.for_ms.map(|ms| now.saturating_add_unsigned(ms));
        self.active.push(fault);
    }

    /// Ends the faults of one kind.
    pub(crate) fn remove(&mut self, kind: Kind) {
        self.active.retain(|fault| fault.kind != kind);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn active(&self) -> &[Fault] {
        &self.active
    }

    /// Which faults hit this call; uses up their counts.
    pub(crate) fn draw(&mut self, channel: Which, op: Op, now: i64) -> Hits {
        let mut hits = Hits::default();
        self.active.retain(|fault| fault.until_ms.is_none_or(|until| now < until));
        for i in 0..self.active.len() {
            let fault = &self.active[i];
            let fits = fault.channel.is_none_or(|c| c == channel)
                && fault.kind.is_notice() == (op == Op::Notice)
                && fault.op.is_none_or(|o| o == op)
                && fault.count != Some(0);
            if !fits || !self.roll(self.active[i].percent) {
                continue;
            }
            let extra = self.spread(self.active[i].spread_ms);
            let fault = &mut self.active[i];
            fault.count = fault.count.map(|n| n - 1);
            hits.hit.push(Hit { kind: fault.kind, delay_ms: fault.delay_ms + extra, skew_s: fault.skew_s });
        }
        self.active.retain(|fault| fault.count != Some(0));
        hits
    }

    /// Whether something that happens `percent` of the time happens now.
    pub(crate) fn chance(&mut self, percent: u8) -> bool {
        self.roll(Some(percent))
    }

    fn roll(&mut self, percent: Option<u8>) -> bool {
        percent.is_none_or(|percent| self.throw() % 100 < u64::from(percent))
    }

    /// The product of two even draws: half of them below a fifth of the most, and a tail up to it.
    fn spread(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let (a, b) = (self.throw() % 1000, self.throw() % 1000);
        most * a * b / 1_000_000
    }

    fn throw(&mut self) -> u64 {
        // SplitMix64: small, and the same everywhere for the same seed.
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    kind: Kind,
    delay_ms: u64,
    skew_s: i64,
}

/// The faults that hit one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    hit: Vec<Hit>,
}

impl Hits {
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.hit.iter().any(|hit| hit.kind == kind)
    }

    /// How long the faults of this kind take together.
    pub(crate) fn delay_ms(&self, kind: Kind) -> u64 {
        self.hit.iter().filter(|hit| hit.kind == kind).map(|hit| hit.delay_ms).sum()
    }

    /// How far the clock is off, by faults of this kind.
    pub(crate) fn skew_s(&self, kind: Kind) -> i64 {
        self.hit.iter().filter(|hit| hit.kind == kind).map(|hit| hit.skew_s).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: Kind, count: Option<u32>, percent: Option<u8>) -> Fault {
        Fault { count, percent, ..Fault::new(kind) }
    }

    #[test]
    fn a_counted_fault_hits_that_often_and_is_gone() {
        let mut faults = Faults::new(1);
        faults.add(fault(Kind::Reset, Some(2), None), 0);
        let hits = (0..5).filter(|_| faults.draw(Which::Wechat, Op::Open, 0).has(Kind::Reset)).count();
        assert_eq!(hits, 2);
        assert!(faults.active().is_empty());
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throw = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(fault(Kind::ErrorAfter, None, Some(30)), 0);
            (0..200).map(|_| faults.draw(Which::Alipay, Op::Query, 0).has(Kind::ErrorAfter)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        let hits = throw(7).iter().filter(|hit| **hit).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn faults_of_calls_never_hit_notices() {
        let mut faults = Faults::new(1);
        faults.add(fault(Kind::Latency, None, None), 0);
        faults.add(fault(Kind::DropNotice, None, None), 0);
        assert!(!faults.draw(Which::Wechat, Op::Notice, 0).has(Kind::Latency));
        assert!(!faults.draw(Which::Wechat, Op::Open, 0).has(Kind::DropNotice));
        assert!(faults.draw(Which::Wechat, Op::Notice, 0).has(Kind::DropNotice));
    }

    #[test]
    fn an_outage_of_one_kind_of_call_ends_by_itself() {
        let mut faults = Faults::new(1);
        let outage = Fault { op: Some(Op::CodePay), for_ms: Some(1000), ..Fault::new(Kind::Reset) };
        faults.add(outage, 5000);
        assert!(faults.draw(Which::Wechat, Op::CodePay, 5999).has(Kind::Reset));
        assert!(!faults.draw(Which::Wechat, Op::Query, 5999).has(Kind::Reset));
        assert!(!faults.draw(Which::Wechat, Op::CodePay, 6000).has(Kind::Reset));
    }

    #[test]
    fn waits_are_spread_up_to_their_most() {
        let mut faults = Faults::new(1);
        faults.add(Fault { delay_ms: 100, spread_ms: 1000, ..Fault::new(Kind::Latency) }, 0);
        let mut waits: Vec<u64> = (0..200).map(|_| faults.draw(Which::Wechat, Op::Open, 0).delay_ms(Kind::Latency)).collect();
        waits.sort_unstable();
        assert!(waits[0] >= 100 && waits[199] < 1100, "{waits:?}");
        assert!(waits[100] < 400 && waits[199] > 600, "{waits:?}");
    }
}
