//! Payment lives drawn by chance, hundreds at once in one house, under faults drawn by chance. The same seed is the same run.

use crate::balance;
use crate::dice::Dice;
use crate::diner::{Party, Shown};
use crate::house::PRICE;
use crate::situation::fault;
use crate::world::World;
use anyhow::Context;
use channel_sim::{Fault, Kind, Op, Payer, Plan as PayerPlan, Which};
use domain::floor::{AskRefund, FloorCommand, Way};
use domain::payment::AttemptState;
use domain::{AskId, Money, RefundId};
use pay::{BillDay, ChannelName};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Lives in one house.
const BATCH: u32 = 500;
/// Within which they begin.
const BEGIN_WITHIN_S: u64 = 20 * 60;
/// When every fault ends.
const HEALED_AFTER: Duration = Duration::from_secs(40 * 60);
/// And everything is final this long after that.
const FINAL_WITHIN: Duration = Duration::from_secs(15 * 60);
/// In calm weather a scanned wallet ends within this.
const CODE_BOUND_MS: i64 = 60_000;

/// How many lives, from which seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub seed: u64,
    pub lives: u32,
    pub cores: usize,
    pub only: Option<u32>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    pub lives: u32,
    pub attempts: u64,
    pub ends: BTreeMap<&'static str, u64>,
    pub refunds: u64,
    pub calls: u64,
    pub cases: BTreeMap<String, u64>,
    pub bill_rows: u64,
    /// From the channel's taking the money to our knowing it, in calm weather, ms.
    pub known_after: Vec<i64>,
    /// From scanning a wallet to its end, in calm weather, ms.
    pub code_ended_after: Vec<i64>,
    pub wrong: Vec<String>,
}

impl Lives {
    fn add(&mut self, other: Lives) {
        self.lives += other.lives;
        self.attempts += other.attempts;
        self.refunds += other.refunds;
        self.calls += other.calls;
        self.bill_rows += other.bill_rows;
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
        for (kind, count) in other.cases {
            *self.cases.entry(kind).or_default() += count;
        }
        self.known_after.extend(other.known_after);
        self.code_ended_after.extend(other.code_ended_after);
        self.wrong.extend(other.wrong);
    }
}

/// Runs the lives, batch by batch, on every core.
pub(crate) fn run(keys: &Path, plan: &Plan) -> anyhow::Result<Lives> {
    // The first world makes the keys; the others read them.
    let light = &keys.join("light");
    let heavy = &keys.join("heavy");
    for (keys, is_light) in [(light, true), (heavy, false)] {
        drop(crate::table::runtime()?.block_on(World::open_in_the_evening(keys, is_light, 0, false))?);
    }
    let batches = plan.lives.div_ceil(BATCH);
    let next = AtomicU32::new(plan.only.unwrap_or_default());
    let end = plan.only.map_or(batches, |only| only + 1);
    let workers: Vec<anyhow::Result<Lives>> = std::thread::scope(|scope| {
        let work = || {
            let mut seen = Lives::default();
            loop {
                let batch = next.fetch_add(1, Ordering::Relaxed);
                if batch >= end {
                    return Ok(seen);
                }
                let seed = plan.seed.wrapping_add(u64::from(batch).wrapping_mul(0x1_0000_0001));
                let lives = BATCH.min(plan.lives - (batch * BATCH).min(plan.lives)).max(1);
                let runtime = crate::table::runtime()?;
                // One batch in fifty signs with RSA, as the table does; the others with light keys.
                let is_light = !batch.is_multiple_of(50);
                let keys = if is_light { light } else { heavy };
                let mut one = runtime.block_on(run_batch(keys, is_light, seed, batch, lives))?;
                one.wrong.iter_mut().for_each(|words| *words = format!("batch {batch}: {words}"));
                seen.add(one);
            }
        };
        let threads: Vec<_> = (0..plan.cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a batch panicked"))).collect()
    });
    let mut all = Lives::default();
    for seen in workers {
        all.add(seen?);
    }
    Ok(all)
}

async fn run_batch(keys: &Path, light: bool, seed: u64, batch: u32, lives: u32) -> anyhow::Result<Lives> {
    let mut dice = Dice::new(seed);
    // One batch in five has no faults at all: there every promise about time is measured.
    let calm = batch.is_multiple_of(5);
    let world = Arc::new(World::open_in_the_evening(keys, light, seed, dice.percent(50)).await?);
    if !calm {
        for fault in weather(&mut dice) {
            world.channels.fault(fault);
        }
    }
    let mut running = Vec::new();
    for number in 0..lives {
        let (world, dice) = (world.clone(), Dice::new(dice.draw()));
        running.push(tokio::spawn(async move { live(&world, dice, number).await }));
    }
    tokio::time::sleep(HEALED_AFTER).await;
    world.channels.clear_faults();
    let mut seen = Lives { lives, ..Lives::default() };
    for life in running {
        if let Err(error) = life.await.context("a life panicked")? {
            seen.wrong.push(format!("{error:#}"));
        }
    }
    if balance::until_final(&world, FINAL_WITHIN).await.is_none() {
        seen.wrong.push("not everything is final a quarter of an hour after the last fault".to_owned());
    }
    seen.wrong.extend(balance::faults(&world));
    count(&world, calm, &mut seen);
    compare_bills(&world, &mut seen).await;
    Arc::into_inner(world).context("a life holds on to its world")?.close().await;
    Ok(seen)
}

/// Faults of this batch: none to five kinds, each sometimes or always, for a while.
fn weather(dice: &mut Dice) -> Vec<Fault> {
    const CALLS: [Kind; 14] = [
        Kind::Latency,
        Kind::LateAnswer,
        Kind::Reset,
        Kind::ErrorBefore,
        Kind::DropResponse,
        Kind::ErrorAfter,
        Kind::RateLimited,
        Kind::RateLimitedAfter,
        Kind::BadGateway,
        Kind::BadGatewayAfter,
        Kind::Truncated,
        Kind::BadSignature,
        Kind::UnknownSerial,
        Kind::StaleClock,
    ];
    const NOTICES: [Kind; 9] = [
        Kind::DropNotice,
        Kind::LostDelivery,
        Kind::DuplicateNotice,
        Kind::DelayNotice,
        Kind::WrongAmountNotice,
        Kind::ForgedNotice,
        Kind::SignTestNotice,
        Kind::WrongCiphertextNotice,
        Kind::StaleClockNotice,
    ];
    const OPS: [Op; 7] = [Op::Open, Op::CodePay, Op::Query, Op::Close, Op::Reverse, Op::Refund, Op::QueryRefund];
    let mut faults = Vec::new();
    for _ in 0..dice.below(6) {
        let which = dice.one_of(&[Which::Wechat, Which::Alipay]);
        let (kind, op) = match dice.below(10) {
            0..=5 => (dice.one_of(&CALLS), Some(dice.one_of(&OPS))),
            6 => (dice.one_of(&[Kind::NotEnough, Kind::AskAgain, Kind::PaidBeforeReply, Kind::RotateKey]), None),
            _ => (dice.one_of(&NOTICES), None),
        };
        faults.push(Fault {
            percent: u8::try_from(5 + dice.below(60)).ok(),
            skew_s: if matches!(kind, Kind::StaleClock | Kind::StaleClockNotice) { 600 } else { 0 },
            spread_ms: dice.below(4_000),
            for_ms: Some(60_000 + dice.below(20 * 60_000)),
            ..fault(kind, which, op, 200 + dice.below(20_000))
        });
    }
    // Now and then a whole class of calls is gone for some minutes.
    if dice.percent(30) {
        let which = dice.one_of(&[Which::Wechat, Which::Alipay]);
        let op = dice.one_of(&[None, Some(Op::Open), Some(Op::Query), Some(Op::Reverse), Some(Op::Refund)]);
        faults.push(Fault { for_ms: Some(60_000 + dice.below(5 * 60_000)), ..fault(Kind::Reset, which, op, 0) });
    }
    faults
}

/// One party: comes, orders, pays in one way or several, wants money back sometimes.
async fn live(world: &World, mut dice: Dice, number: u32) -> anyhow::Result<()> {
    world.wait(dice.seconds(0, BEGIN_WITHIN_S)).await;
    let party = world.sit_down(number, dice.percent(30)).await?;
    let mut given_up = Vec::new();
    for _ in 0..3 {
        let way = dice.one_of(&Way::BY_CHANNEL);
        let Ok(ask) = world.ask(party, way, Some(payer(&mut dice))).await else { break };
        match one_try(world, &mut dice, way, ask).await {
            Shown::Paid => break,
            // Somebody may still hold the first code in their hand.
            Shown::SafeToRetry => given_up.push(ask),
            Shown::Checking => return Ok(()),
        }
    }
    if dice.percent(50) && world.cash(party).await.is_ok() {
        world.wait(dice.seconds(1, 10)).await;
    }
    for ask in given_up {
        if dice.percent(40) {
            world.wait(dice.seconds(0, 60)).await;
            world.confirm(ask).await;
        }
    }
    if dice.percent(15) {
        give_back(world, &mut dice, party).await?;
    }
    Ok(())
}

/// What the payer behind a scanned wallet does.
fn payer(dice: &mut Dice) -> PayerPlan {
    let does = match dice.below(20) {
        0..=9 => Payer::Pays,
        10..=12 => Payer::PasswordThenPays,
        13 => Payer::PasswordThenLeaves,
        14 => Payer::PasswordForgotten,
        15 => Payer::NotEnough,
        16 => Payer::CodeExpired,
        17 => Payer::PayErrorButPaid,
        18 => Payer::SystemErrorButPaid,
        _ => Payer::SystemErrorUnpaid,
    };
    PayerPlan { does, after_ms: 2_000 + dice.below(50_000) }
}

/// One payment, until the till says paid or failed, or the party waits no longer.
async fn one_try(world: &World, dice: &mut Dice, way: Way, ask: AskId) -> Shown {
    if !way.is_by_code() {
        match dice.below(10) {
            // Never pays, and says so.
            0 => {
                world.wait(dice.seconds(1, 30)).await;
                let _ = world.desk.cancel(ask).await;
            }
            // Leaves the phone alone.
            1 => {}
            // Confirms more than once.
            2 => {
                world.wait(dice.seconds(1, 30)).await;
                world.confirm(ask).await;
                world.wait(dice.seconds(0, 3)).await;
                world.confirm(ask).await;
            }
            // Taps "give up" and confirms at the same moment.
            3 => {
                world.wait(dice.seconds(1, 20)).await;
                let confirming = async {
                    world.wait(Duration::from_millis(dice.below(120))).await;
                    world.confirm(ask).await
                };
                let (_, _) = tokio::join!(world.desk.cancel(ask), confirming);
            }
            _ => {
                for _ in 0..4 {
                    world.wait(dice.seconds(1, 20)).await;
                    if world.confirm(ask).await {
                        break;
                    }
                }
            }
        }
    }
    let patience = dice.seconds(60, 12 * 60);
    let start = tokio::time::Instant::now();
    while start.elapsed() < patience {
        match world.shown(ask) {
            Shown::Checking => world.wait(Duration::from_secs(1)).await,
            shown => return shown,
        }
    }
    world.shown(ask)
}

/// All or a part of a payment goes back, sometimes in two goes.
async fn give_back(world: &World, dice: &mut Dice, party: Party) -> anyhow::Result<()> {
    for _ in 0..=dice.below(2) {
        let session = party.session;
        let paid = world.store.floor(|floor| {
            let party = floor.sessions.get(&session)?;
            let tender = party.tenders.iter().find(|tender| party.refundable(tender).is_positive())?;
            Some((tender.tender, party.refundable(tender)))
        });
        let Some((tender, left)) = paid else { return Ok(()) };
        let part = 1 + i64::try_from(dice.below(PRICE.0.unsigned_abs())).unwrap_or_default();
        let ask = AskRefund {
            refund: RefundId(world.store.fresh_id()),
            session,
            tender,
            lines: Vec::new(),
            amount: Money(part).min(left),
            reason: "退".to_owned(),
            reference: None,
            owed_again: false,
            by: "ann".parse()?,
        };
        world.floor(FloorCommand::AskRefund(ask)).await?;
        world.wait(dice.seconds(0, 30)).await;
    }
    Ok(())
}

fn count(world: &World, calm: bool, seen: &mut Lives) {
    seen.calls += world.wire.calls();
    let truths: BTreeMap<String, Option<i64>> = world.channels.rows().into_iter().map(|row| (row.number, row.paid_ms)).collect();
    world.store.money(|money| {
        seen.attempts += money.attempts.len() as u64;
        seen.refunds += money.refunds.len() as u64;
        for case in money.cases.values() {
            *seen.cases.entry(format!("{:?}", case.kind)).or_default() += 1;
        }
        for attempt in money.attempts.values() {
            let end = match &attempt.state {
                AttemptState::Open => "open",
                AttemptState::Captured { .. } => "paid",
                AttemptState::Closed => "closed",
                AttemptState::Failed { .. } => "failed",
                AttemptState::Reversed => "reversed",
            };
            *seen.ends.entry(end).or_default() += 1;
            if !calm {
                continue;
            }
            let step = |what: &[&str]| attempt.timeline.iter().find(|s| what.contains(&s.what.as_str())).map(|s| s.at.0);
            let ended = step(&["Captured", "AttemptClosed", "AttemptFailed", "AttemptReversed"]);
            if let (Some(known), Some(Some(paid))) = (step(&["Captured"]), truths.get(&attempt.attempt.to_string())) {
                seen.known_after.push(known - paid);
            }
            if let (true, Some(ended)) = (attempt.way.is_by_code(), ended) {
                let took = ended - attempt.started_at.0;
                seen.code_ended_after.push(took);
                if took > CODE_BOUND_MS {
                    seen.wrong.push(format!("{} by {:?} ended after {took} ms in calm weather", attempt.attempt, attempt.way));
                }
            }
        }
    });
}

/// Both days' bills of both channels, as they are there on the third morning, against our journal.
async fn compare_bills(world: &World, seen: &mut Lives) {
    world.rest();
    let Ok(days) = world.sleep_until_third_morning().await else {
        seen.wrong.push("no calendar".to_owned());
        return;
    };
    for name in [ChannelName::Wechat, ChannelName::Alipay] {
        let mut billed = Money::ZERO;
        for day in days {
            match world.desk.compare_bill(name, BillDay(day)).await {
                Ok(compared) => {
                    seen.bill_rows += u64::from(compared.rows);
                    billed = billed + compared.paid - compared.refunded;
                    if compared.differences > 0 {
                        seen.wrong.push(format!("the {} bill of {day} has {} differences", name.as_str(), compared.differences));
                    }
                }
                Err(why) => seen.wrong.push(format!("no {} bill of {day}: {why}", name.as_str())),
            }
        }
        let kept = world.kept_by_us(name);
        if billed != kept {
            seen.wrong.push(format!("{}: the bills come to {} fen, our journal to {}", name.as_str(), billed.0, kept.0));
        }
    }
    let cases = world.store.money(|money| {
        let of_bill = money.cases.values().filter(|case| format!("{:?}", case.kind).starts_with("Bill"));
        of_bill.map(|case| format!("{:?}: {}", case.kind, case.detail)).collect::<Vec<_>>()
    });
    seen.wrong.extend(cases);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_run_and_another_is_another() {
        let keys = tempfile::tempdir().unwrap();
        let run = |seed| {
            let mut plan = Plan { seed, lives: BATCH, cores: 1, only: Some(1) };
            plan.lives = 2 * BATCH;
            format!("{:?}", super::run(keys.path(), &plan).unwrap())
        };
        let first = run(7);
        assert!(first.contains("wrong: []"), "{first}");
        assert_eq!(first, run(7));
        assert_ne!(first, run(8));
    }
}
