//! What goes wrong on purpose, when, and how often.

use serde::{Deserialize, Serialize};

/// A channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    Wechat,
    Alipay,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    Open,
    Query,
    Close,
    Refund,
    QueryRefund,
    Login,
    Notice,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The answer takes `delay_ms` longer.
    Latency,
    /// The connection is cut before anything is done.
    Reset,
    /// Refused with a server error before anything is done.
    ErrorBefore,
    /// Done, then the connection is cut without an answer.
    DropResponse,
    /// Done, then answered with a server error.
    ErrorAfter,
    /// Done, and answered with a signature that is not the channel's.
    BadSignature,
    /// The notice is never sent, not even again.
    DropNotice,
    /// Every delivery comes twice.
    DuplicateNotice,
    /// The first delivery waits `delay_ms`.
    DelayNotice,
    /// Genuinely signed, but one fen short.
    WrongAmountNotice,
    /// A stranger's notice of the same payment comes first.
    ForgedNotice,
    /// A change of keys: from now on WeChat Pay's other key signs notices (done at once, not kept).
    RotateKey,
}

impl Kind {
    fn is_notice(self) -> bool {
        match self {
            Self::DropNotice | Self::DuplicateNotice | Self::DelayNotice | Self::WrongAmountNotice | Self::ForgedNotice => true,
            Self::Latency
            | Self::Reset
            | Self::ErrorBefore
            | Self::DropResponse
            | Self::ErrorAfter
            | Self::BadSignature
            | Self::RotateKey => false,
        }
    }
}

/// One order to misbehave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub kind: Kind,
    /// Only this channel; both when absent.
    pub channel: Option<Which>,
    /// Only this kind of call; every one the kind fits when absent.
    pub op: Option<Op>,
    /// How many times; for ever when absent.
    pub count: Option<u32>,
    /// How often, of a hundred; always when absent.
    pub percent: Option<u8>,
    #[serde(default)]
    pub delay_ms: u64,
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

    pub(crate) fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn active(&self) -> &[Fault] {
        &self.active
    }

    /// Which faults hit this call; uses up their counts.
    pub(crate) fn draw(&mut self, channel: Which, op: Op) -> Hits {
        let mut hits = Hits::default();
        for i in 0..self.active.len() {
            let fault = &self.active[i];
            let fits = fault.channel.is_none_or(|c| c == channel)
                && fault.kind.is_notice() == (op == Op::Notice)
                && fault.op.is_none_or(|o| o == op)
                && fault.count != Some(0);
            if !fits || !self.roll(self.active[i].percent) {
                continue;
            }
            let fault = &mut self.active[i];
            fault.count = fault.count.map(|n| n - 1);
            hits.delay_ms += fault.delay_ms;
            hits.kinds.push(fault.kind);
        }
        self.active.retain(|fault| fault.count != Some(0));
        hits
    }

    fn roll(&mut self, percent: Option<u8>) -> bool {
        let Some(percent) = percent else {
            return true;
        };
        // SplitMix64: small, and the same everywhere for the same seed.
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % 100 < u64::from(percent)
    }
}

/// The faults that hit one call.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    kinds: Vec<Kind>,
    pub delay_ms: u64,
}

impl Hits {
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: Kind, count: Option<u32>, percent: Option<u8>) -> Fault {
        Fault { kind, channel: None, op: None, count, percent, delay_ms: 0 }
    }

    #[test]
    fn a_counted_fault_hits_that_often_and_is_gone() {
        let mut faults = Faults::new(1);
        faults.add(fault(Kind::Reset, Some(2), None));
        let hits = (0..5).filter(|_| faults.draw(Which::Wechat, Op::Open).has(Kind::Reset)).count();
        assert_eq!(hits, 2);
        assert!(faults.active().is_empty());
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throw = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(fault(Kind::ErrorAfter, None, Some(30)));
            (0..200).map(|_| faults.draw(Which::Alipay, Op::Query).has(Kind::ErrorAfter)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        let hits = throw(7).iter().filter(|hit| **hit).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn faults_of_calls_never_hit_notices() {
        let mut faults = Faults::new(1);
        faults.add(fault(Kind::Latency, None, None));
        faults.add(fault(Kind::DropNotice, None, None));
        assert!(!faults.draw(Which::Wechat, Op::Notice).has(Kind::Latency));
        assert!(!faults.draw(Which::Wechat, Op::Open).has(Kind::DropNotice));
        assert!(faults.draw(Which::Wechat, Op::Notice).has(Kind::DropNotice));
    }
}
