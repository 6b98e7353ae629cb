//! Lets a channel rest that does not answer (熔断), so that a till is told at once instead of after fifteen seconds.
//!
//! One breaker for each kind of call: payments that fail never stop us from asking, closing, reversing or refunding. The machine is
//! pure: time is an argument. [`Guarded`] puts it around a channel.

mod guarded;

use std::collections::VecDeque;

pub use guarded::{Guarded, Health, Line};

/// The kinds of calls that fail for reasons of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Starts a payment.
    Pay,
    /// Asks.
    Query,
    /// Closes or reverses.
    Reverse,
    /// Sends money back.
    Refund,
    /// Fetches bills.
    Bill,
}

/// How a call went, as far as the channel's health goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// The channel answered and we believed it; a refusal is an answer.
    Good,
    /// No answer, or none to be believed.
    Bad,
    /// It answered late. A good call that took too long is counted as slow without being told.
    Slow,
}

/// Whether to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allow {
    /// The channel is up.
    Yes,
    /// It rests; this one call finds out whether it is back.
    Trial,
    /// It rests.
    No {
        /// When a trial is due, UTC milliseconds.
        until_ms: i64,
    },
}

/// Calls older than this say nothing about now.
const WINDOW_MS: i64 = 30_000;
/// Fewer calls than this make no share.
const FEWEST: usize = 5;
/// So many in a row need no share: a small house pays too seldom for one.
const MOST_IN_A_ROW: u32 = 3;
/// Two failures further apart than this are not in a row.
const ROW_MS: i64 = 300_000;
const FIRST_REST_MS: i64 = 10_000;
const LONGEST_REST_MS: i64 = 120_000;
/// Tripping again this soon after coming back doubles the rest; later, it begins anew.
const RELAPSE_MS: i64 = 60_000;
/// A trial that never reported (a dropped call) gives its place up after this; longer than any call's budget.
const TRIAL_MS: i64 = 30_000;
/// While resting, one call of a class that must not starve.
const TRICKLE_MS: i64 = 1_000;

impl Class {
    /// A good call that took longer is slow. Units: milliseconds.
    fn slow_ms(self) -> i64 {
        match self {
            Self::Query => 3_000,
            Self::Reverse => 5_000,
            Self::Pay | Self::Refund => 8_000,
            Self::Bill => 60_000,
        }
    }

    /// What is under way must come to an end, so it is asked for even of a resting channel.
    fn trickles(self) -> bool {
        match self {
            Self::Query | Self::Reverse | Self::Refund => true,
            Self::Pay | Self::Bill => false,
        }
    }
}

/// The breaker of one class at one channel.
#[derive(Clone, Debug)]
pub struct Breaker {
    class: Class,
    state: State,
    /// When each recent call ended, and whether it was good.
    recent: VecDeque<(i64, bool)>,
    bad_in_a_row: u32,
    last_bad_ms: i64,
    /// The next rest.
    rest_ms: i64,
    closed_at_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls pass.
    Closed,
    /// Calls rest.
    Open {
        since_ms: i64,
        until_ms: i64,
        /// The last trial or trickle, while nothing has come of it.
        tried_at_ms: Option<i64>,
    },
}

impl Breaker {
    /// A channel is up until it shows otherwise.
    pub fn new(class: Class) -> Self {
        Self {
            class,
            state: State::Closed,
            recent: VecDeque::new(),
            bad_in_a_row: 0,
            last_bad_ms: i64::MIN,
            rest_ms: FIRST_REST_MS,
            closed_at_ms: i64::MIN,
        }
    }

    /// Whether to call now. `Trial` takes the one place there is, so whoever gets it must call and [`Breaker::record`].
    pub fn allow(&mut self, now_ms: i64) -> Allow {
        let State::Open { until_ms, tried_at_ms, .. } = &mut self.state else { return Allow::Yes };
        let free_ms = match (*tried_at_ms, self.class.trickles()) {
            (None, true) => now_ms,
            (Some(tried), true) => tried.saturating_add(TRICKLE_MS),
            (None, false) => *until_ms,
            (Some(tried), false) => (*until_ms).max(tried.saturating_add(TRIAL_MS)),
        };
        if now_ms < free_ms {
            return Allow::No { until_ms: free_ms };
        }
        *tried_at_ms = Some(now_ms);
        Allow::Trial
    }

    /// Takes note of a call that ended now. Units: milliseconds.
    pub fn record(&mut self, now_ms: i64, went: Went, took_ms: i64) {
        let went = if went == Went::Good && took_ms > self.class.slow_ms() { Went::Slow } else { went };
        match self.state {
            State::Closed => self.count(now_ms, went),
            State::Open { .. } if went == Went::Good => self.close(now_ms),
            State::Open { until_ms, tried_at_ms, .. } => {
                // What began before the rest, or trickles through it, does not make it longer; a failed trial does.
                if tried_at_ms.is_some_and(|tried| tried >= until_ms) {
                    self.rest_again(now_ms);
                }
            }
        }
    }

    /// Gives a trial's place back: the call was never sent, so nothing was learnt.
    pub fn forget(&mut self) {
        if let State::Open { tried_at_ms, .. } = &mut self.state {
            *tried_at_ms = None;
        }
    }

    /// Since when it rests and until when at least; `None` while it is up. Units: UTC milliseconds.
    pub fn resting(&self) -> Option<(i64, i64)> {
        match self.state {
            State::Closed => None,
            State::Open { since_ms, until_ms, .. } => Some((since_ms, until_ms)),
        }
    }

    /// Whether the rest is over and nobody is finding out yet.
    pub fn is_due(&self, now_ms: i64) -> bool {
        match self.state {
            State::Closed => false,
            State::Open { until_ms, tried_at_ms, .. } => {
                now_ms >= until_ms && tried_at_ms.is_none_or(|tried| now_ms >= tried.saturating_add(TRIAL_MS))
            }
        }
    }

    fn count(&mut self, now_ms: i64, went: Went) {
        while self.recent.front().is_some_and(|(at, _)| *at <= now_ms.saturating_sub(WINDOW_MS)) {
            self.recent.pop_front();
        }
        self.recent.push_back((now_ms, went == Went::Good));
        self.bad_in_a_row = match went {
            Went::Good | Went::Slow => 0,
            Went::Bad if now_ms <= self.last_bad_ms.saturating_add(ROW_MS) => self.bad_in_a_row + 1,
            Went::Bad => 1,
        };
        if went == Went::Bad {
            self.last_bad_ms = now_ms;
        }
        let ill = self.recent.iter().filter(|(_, is_good)| !is_good).count();
        let is_mostly_ill = self.recent.len() >= FEWEST && ill * 2 >= self.recent.len();
        if is_mostly_ill || self.bad_in_a_row >= MOST_IN_A_ROW {
            self.trip(now_ms);
        }
    }

    fn trip(&mut self, now_ms: i64) {
        let is_relapse = now_ms < self.closed_at_ms.saturating_add(RELAPSE_MS);
        self.rest_ms = if is_relapse { longer(self.rest_ms) } else { FIRST_REST_MS };
        self.state = State::Open { since_ms: now_ms, until_ms: now_ms.saturating_add(self.rest_ms), tried_at_ms: None };
        self.recent.clear();
        self.bad_in_a_row = 0;
    }

    fn rest_again(&mut self, now_ms: i64) {
        self.rest_ms = longer(self.rest_ms);
        if let State::Open { until_ms, tried_at_ms, .. } = &mut self.state {
            *until_ms = now_ms.saturating_add(self.rest_ms);
            *tried_at_ms = None;
        }
    }

    fn close(&mut self, now_ms: i64) {
        self.state = State::Closed;
        self.closed_at_ms = now_ms;
    }
}

fn longer(rest_ms: i64) -> i64 {
    rest_ms.saturating_mul(2).min(LONGEST_REST_MS)
}
