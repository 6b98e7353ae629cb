//! Every way to pay in every situation: the final state, and the time to it, as they were when it was run.

use crate::balance;
use crate::diner::{Party, Shown};
use crate::situation::{Situation, play};
use crate::world::World;
use domain::AskId;
use domain::floor::Way;
use domain::payment::{AttemptState, RefundState};
use std::path::Path;
use std::time::Duration;

/// Long enough for every life in the table to end.
const BOUND: Duration = Duration::from_secs(30 * 60);
/// A scanned wallet ends in paid or reversed within this.
const CODE_BOUND_MS: i64 = 60_000;

/// A column of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    pub way: Way,
    pub v2: bool,
}

/// The ways to pay through a channel.
pub(crate) const COLUMNS: [Column; 9] = [
    Column { name: "WeChat JSAPI", way: Way::WechatJsapi, v2: false },
    Column { name: "WeChat Native", way: Way::WechatNative, v2: false },
    Column { name: "WeChat H5", way: Way::WechatH5, v2: false },
    Column { name: "WeChat code, v3", way: Way::WechatCode, v2: false },
    Column { name: "WeChat code, v2", way: Way::WechatCode, v2: true },
    Column { name: "Alipay in app", way: Way::AlipayApp, v2: false },
    Column { name: "Alipay QR", way: Way::AlipayQr, v2: false },
    Column { name: "Alipay wap", way: Way::AlipayWap, v2: false },
    Column { name: "Alipay code", way: Way::AlipayCode, v2: false },
];

/// One situation, by way.
#[derive(Debug)]
pub(crate) struct TableRow {
    pub situation: Situation,
    pub cells: Vec<String>,
    pub wrong: Vec<String>,
}

/// Runs the whole table.
pub(crate) fn run(keys: &Path, seed: u64, only: Option<&str>) -> anyhow::Result<Vec<TableRow>> {
    let mut rows = Vec::new();
    for (i, situation) in Situation::ALL.into_iter().enumerate() {
        let mut row = TableRow { situation, cells: Vec::new(), wrong: Vec::new() };
        for (j, column) in COLUMNS.into_iter().enumerate() {
            let name = format!("{}, {}", column.name, situation.words());
            if only.is_some_and(|only| !name.contains(only)) {
                row.cells.push(String::new());
                continue;
            }
            let seed = seed.wrapping_add((i * COLUMNS.len() + j) as u64);
            let (cell, wrong) = runtime()?.block_on(run_cell(keys, seed, situation, column))?;
            let about = |words| format!("{name}: {words}");
            row.cells.push(cell);
            row.wrong.extend(wrong.into_iter().map(about));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A runtime whose clock leaps to the next timer whenever nothing is left to do.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
}

async fn run_cell(keys: &Path, seed: u64, situation: Situation, column: Column) -> anyhow::Result<(String, Vec<String>)> {
    let world = World::open(keys, seed, column.v2).await?;
    let start = world.clock.true_ms();
    let watched = watch(&world);
    let played = play(&world, situation, column.way).await;
    let (party, ask) = match played {
        Ok(played) => played,
        Err(error) => return Ok(("—".to_owned(), vec![format!("{error:#}")])),
    };
    let ended = balance::until_final(&world, BOUND).await;
    // Repeated notices and late payers still come.
    world.wait(Duration::from_secs(120)).await;
    let mut wrong = balance::faults(&world);
    if ended.is_none() {
        wrong.push("no final answer within 30 min".to_owned());
    }
    let seen = Seen::of(&world, column.way, party, ask, start, situation);
    wrong.extend(seen.expected(situation, column.way));
    watched.abort();
    world.close().await;
    Ok((seen.words(), wrong))
}

/// Keeps time moving in small steps, so that moments are told apart.
fn watch(world: &World) -> tokio::task::JoinHandle<()> {
    let _ = world;
    tokio::spawn(async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
}

/// What became of it.
struct Seen {
    shown: Shown,
    reversed: bool,
    refunded: bool,
    /// From the channel's taking the money to the till's knowing it.
    known_after_ms: Option<i64>,
    /// From the wish to pay to the end.
    ended_after_ms: Option<i64>,
    refund_after_ms: Option<i64>,
    mismatch: bool,
}

impl Seen {
    fn of(world: &World, way: Way, party: Party, ask: AskId, start: i64, situation: Situation) -> Seen {
        let attempt = world.attempt(ask);
        let asked_at =
            world.store.floor(|floor| floor.sessions.get(&party.session).and_then(|s| Some(s.asks.get(&ask)?.asked_at.0)));
        let (end, refund, mismatch) = world.store.money(|money| {
            let standing = attempt.and_then(|id| money.attempts.get(&id));
            let end = standing.and_then(|standing| {
                let ends = |what: &str| matches!(what, "Captured" | "AttemptClosed" | "AttemptFailed" | "AttemptReversed");
                standing.timeline.iter().find(|step| ends(&step.what)).map(|step| step.at.0)
            });
            let refund = attempt.and_then(|id| money.refunds.values().find(|refund| refund.attempt == id).cloned());
            let mismatch = standing.is_some_and(|standing| standing.timeline.iter().any(|step| step.what == "MismatchSeen"));
            (end, refund, mismatch)
        });
        let skew = if situation == Situation::ClockOff { 600_000 } else { 0 };
        let paid_ms = world.truth(way, ask).and_then(|row| row.paid_ms);
        let captured = world.store.money(|money| {
            let standing = attempt.and_then(|id| money.attempts.get(&id))?;
            standing.timeline.iter().find(|step| step.what == "Captured").map(|step| step.at.0)
        });
        let _ = start;
        Seen {
            shown: world.shown(ask),
            reversed: world.state(ask) == Some(AttemptState::Reversed),
            refunded: refund.as_ref().is_some_and(|refund| matches!(refund.state, RefundState::Succeeded { .. })),
            known_after_ms: captured.zip(paid_ms).map(|(known, paid)| known - paid - skew),
            ended_after_ms: end.zip(asked_at).map(|(end, asked)| end - asked),
            refund_after_ms: refund.and_then(|refund| match refund.state {
                RefundState::Succeeded { at, .. } => Some(at.0 - refund.started_at.0),
                RefundState::Open | RefundState::Failed { .. } => None,
            }),
            mismatch,
        }
    }

    fn words(&self) -> String {
        let seconds = |ms: Option<i64>| {
            ms.map_or("?".to_owned(), |ms| if ms < 1_000 { format!("{ms} ms") } else { format!("{:.1} s", ms as f64 / 1000.0) })
        };
        match (self.shown, self.refunded) {
            (Shown::Paid, true) => format!("paid, and back to the payer {}", seconds(self.refund_after_ms)),
            (Shown::Paid, false) => format!("paid {}", seconds(self.known_after_ms)),
            (Shown::SafeToRetry, _) if self.reversed => format!("reversed {}", seconds(self.ended_after_ms)),
            (Shown::SafeToRetry, _) => format!("not paid, safe to retry {}", seconds(self.ended_after_ms)),
            (Shown::Checking, _) => "CHECKING".to_owned(),
        }
    }

    /// What should have been seen, and wasn't.
    fn expected(&self, situation: Situation, way: Way) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |holds: bool, words: String| {
            if !holds {
                wrong.push(words);
            }
        };
        must(self.shown != Shown::Checking, "still checking at the end".to_owned());
        let known_within = |ms: i64| self.known_after_ms.is_some_and(|known| (0..=ms).contains(&known));
        match situation {
            Situation::Happy | Situation::NoticeDoubled | Situation::Forged | Situation::KeyRotation => {
                must(self.shown == Shown::Paid, format!("{:?} instead of paid", self.shown));
                must(
                    known_within(1_000) || way.is_by_code(),
                    format!("known after {:?} ms with its notice", self.known_after_ms),
                );
                must(known_within(8_000), format!("known after {:?} ms", self.known_after_ms));
            }
            Situation::NoticeLost | Situation::Password | Situation::WrongAmount => {
                must(self.shown == Shown::Paid, format!("{:?} instead of paid", self.shown));
                must(known_within(8_000), format!("known after {:?} ms", self.known_after_ms));
            }
            Situation::TimeoutThenPaid | Situation::NoticeFirst => {
                must(self.shown == Shown::Paid, format!("{:?} instead of paid", self.shown));
            }
            Situation::RefundUnknown | Situation::RefundFailed => {
                must(self.shown == Shown::Paid && self.refunded, "not refunded".to_owned());
            }
            Situation::TimeoutThenNotPaid | Situation::CloseUnheard => {
                must(self.shown == Shown::SafeToRetry, format!("{:?} instead of failed", self.shown))
            }
            Situation::LateAfterClose | Situation::PaidOnBoth => {
                must(self.shown == Shown::SafeToRetry || self.refunded, "late money was kept".to_owned());
            }
            Situation::ChannelDown | Situation::ClockOff => {}
        }
        let code_ends = self.ended_after_ms.is_some_and(|ms| ms <= CODE_BOUND_MS);
        let quick = !matches!(situation, Situation::ChannelDown | Situation::LateAfterClose | Situation::PaidOnBoth);
        must(!way.is_by_code() || !quick || code_ends, format!("a scanned wallet ended after {:?} ms", self.ended_after_ms));
        let _ = self.mismatch;
        wrong
    }
}
