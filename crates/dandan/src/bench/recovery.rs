//! `bench recovery`: from starting the server on a journal of a million events to its first answer.

use super::Plan;
use super::children::Process;
use super::house::BenchHouse;
use super::report::{Goal, count, goal};
use super::trade;
use anyhow::Context;
use engine::Machine;
use engine::machines::{FloorMachine, MoneyMachine};
use journal::{Journal, SqliteJournal, Stream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVENTS: u64 = 1_000_000;
const EVENTS_QUICK: u64 = 60_000;
/// Events behind the last snapshot of a server killed at the worst moment: it takes one every 50,000.
const TAIL: u64 = 49_000;
const TABLES: usize = 40;
/// Starts of each kind; the middle one counts.
const STARTS: usize = 5;
const MB: f64 = 1e6;

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    let house = BenchHouse::make(folder.path(), TABLES, false).await?;
    let (wanted, tail) = if plan.quick { (EVENTS_QUICK, EVENTS_QUICK / 4) } else { (EVENTS, TAIL) };
    let began = Instant::now();
    let (built, journal) = build(&house, folder.path(), wanted, tail).await?;
    let size = std::fs::metadata(folder.path().join("journal.sqlite"))?.len();
    println!(
        "recovery: {} events ({} orders in {} business days, {:.0} MB) written in {:.1} s",
        built.events,
        built.orders,
        built.days,
        count(size) / MB,
        began.elapsed().as_secs_f64()
    );
    drop(journal);

    // Killed each time: a server that is killed leaves no snapshot, so the next start replays everything again.
    let replayed = starts(plan, &house, folder.path(), "recovery/no snapshot", false).await?;
    let journal = SqliteJournal::open(folder.path())?;
    for kept in built.kept {
        let version =
            if kept.key.stream == Stream::Floor { FloorMachine::SNAPSHOT_VERSION } else { MoneyMachine::SNAPSHOT_VERSION };
        journal.put_snapshot(kept.key, kept.seq, kept.hash, version, kept.bytes).await?;
    }
    drop(journal);
    let killed = starts(plan, &house, folder.path(), &format!("recovery/snapshot {tail} events ago"), false).await?;
    let stopped = starts(plan, &house, folder.path(), "recovery/snapshot at the end", true).await?;
    goal("start to first answer, killed at the worst moment", killed.as_secs_f64(), "s", Goal::AtMost(2.0));
    goal("start to first answer, stopped in order", stopped.as_secs_f64(), "s", Goal::AtMost(2.0));
    println!("      without any snapshot (a new version of the state): {:.2} s", replayed.as_secs_f64());
    println!();
    Ok(())
}

/// Adds a long trade to a house that has not opened yet.
async fn build(house: &BenchHouse, folder: &Path, wanted: u64, tail: u64) -> anyhow::Result<(trade::Built, Arc<SqliteJournal>)> {
    let journal = Arc::new(SqliteJournal::open(folder)?);
    let bar = indicatif::ProgressBar::new(wanted).with_message("events");
    let built = trade::build(&journal, house.known.clone(), wanted, tail, |events| bar.set_position(events)).await?;
    bar.finish_and_clear();
    Ok((built, journal))
}

async fn starts(plan: &Plan, house: &BenchHouse, folder: &Path, name: &str, in_order: bool) -> anyhow::Result<Duration> {
    let mut took = Vec::new();
    let (mut memory, mut wanted) = (0, if plan.quick { 1 } else { STARTS });
    if in_order {
        // The first one only leaves its snapshot behind.
        wanted += 1;
    }
    for _ in 0..wanted {
        let began = Instant::now();
        let mut server = Process::serve(folder, house.store, None)?;
        server.ready(&house.path("/menu")).await?;
        took.push(began.elapsed());
        memory = server.memory()?;
        if in_order { server.stop().await? } else { server.kill().await? }
    }
    took.drain(..usize::from(in_order));
    took.sort_unstable();
    let middle = *took.get(took.len() / 2).context("no start was measured")?;
    let all: Vec<String> = [took.first(), took.get(took.len() / 2), took.last()]
        .into_iter()
        .flatten()
        .map(|d| format!("{:.3} s", d.as_secs_f64()))
        .collect();
    println!("{name}");
    println!("                        time:   [{}]   memory: {:.0} MB", all.join(" "), count(memory) / MB);
    Ok(middle)
}
