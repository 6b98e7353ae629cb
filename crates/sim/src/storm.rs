//! The weather of a world: decides where a fault strikes, counts every one, and ends when the world heals.

use crate::facts::Fact;
use crate::plan::{FaultKind, Plan};
use crate::witness::Witness;
use drill::Dice;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often somebody looks whether the weather is over.
const LOOK: Duration = Duration::from_millis(250);

/// Chances of a thousand at full strength, for kinds that are asked about at every message or commit.
fn per_mille(kind: FaultKind) -> u64 {
    match kind {
        FaultKind::RequestLost | FaultKind::AnswerLost => 300,
        FaultKind::RequestDoubled => 200,
        FaultKind::MessageLate => 150,
        FaultKind::DiskError | FaultKind::JournalReplyLost | FaultKind::CrashAfterCommit => 20,
        FaultKind::DiskFull => 40,
        FaultKind::DiskSlow => 500,
        FaultKind::PrinterMute | FaultKind::PrinterHalf => 400,
        FaultKind::LinkSlow => 150,
        FaultKind::LinkLoss | FaultKind::LinkCut => 25,
        FaultKind::LinkHole => 12,
        FaultKind::LinkDamaged => 100,
        _ => 600,
    }
}

/// The weather.
pub(crate) struct Storm {
    dice: Mutex<Dice>,
    faults: BTreeMap<FaultKind, u8>,
    /// Not before the house is furnished, and not after it has healed.
    blows: AtomicBool,
    witness: Arc<Witness>,
}

impl Storm {
    pub fn new(plan: &Plan, witness: Arc<Witness>) -> Arc<Storm> {
        let dice = Mutex::new(Dice::new(plan.seed.wrapping_mul(0x1_0000_0001) ^ 0x5702));
        Arc::new(Storm { dice, faults: plan.faults.clone(), blows: AtomicBool::new(false), witness })
    }

    fn draw<R>(&self, with: impl FnOnce(&mut Dice) -> R) -> R {
        with(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn below(&self, n: u64) -> u64 {
        self.draw(|dice| dice.below(n))
    }

    pub fn percent(&self, chance: u64) -> bool {
        self.draw(|dice| dice.percent(chance))
    }

    /// How hard a kind strikes, 1 to 100; 0: not at all.
    pub fn hard(&self, kind: FaultKind) -> u64 {
        if self.is_over() { 0 } else { self.faults.get(&kind).copied().map_or(0, u64::from) }
    }

    /// Whether a fault strikes here and now. Counted if it does.
    pub fn strikes(&self, kind: FaultKind) -> bool {
        let hard = self.hard(kind);
        let struck = hard > 0 && self.draw(|dice| dice.below(100_000)) < per_mille(kind) * hard;
        if struck {
            self.struck(kind);
        }
        struck
    }

    /// Whether a fault strikes here and now, where at full strength it is one time of so many. Counted if it does.
    pub fn strikes_one_in(&self, kind: FaultKind, times: u64) -> bool {
        let hard = self.hard(kind);
        let struck = hard > 0 && self.below(100 * times) < hard;
        if struck {
            self.struck(kind);
        }
        struck
    }

    /// Counts a fault that struck.
    pub fn struck(&self, kind: FaultKind) {
        self.witness.note(Fact::Fault { kind: kind.name() });
    }

    /// How long the disk takes to sync.
    pub fn sync_time(&self) -> Duration {
        let slow = self.strikes(FaultKind::DiskSlow);
        Duration::from_millis(if slow { 50 + self.below(550) } else { 1 + self.below(4) })
    }

    /// How long a message takes.
    pub fn travel_time(&self) -> Duration {
        let late = self.strikes(FaultKind::MessageLate);
        Duration::from_millis(if late { 200 + self.below(6_000) } else { 1 + self.below(20) })
    }

    /// How long a message takes on a link.
    pub fn link_time(&self) -> Duration {
        let slow = self.strikes(FaultKind::LinkSlow);
        Duration::from_millis(if slow { 100 + self.below(4_000) } else { 1 + self.below(20) })
    }

    /// From now on nothing fails any more.
    pub fn end(&self) {
        self.blows.store(false, Ordering::Relaxed);
        self.witness.note(Fact::Healed);
    }

    pub fn is_over(&self) -> bool {
        !self.blows.load(Ordering::Relaxed)
    }

    /// So long, or until nothing fails any more.
    pub async fn lasts(&self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while !self.is_over() && tokio::time::Instant::now() < end {
            tokio::time::sleep_until(end.min(tokio::time::Instant::now() + LOOK)).await;
        }
    }

    /// From now on things fail.
    pub fn begin(&self) {
        self.blows.store(true, Ordering::Relaxed);
    }
}
