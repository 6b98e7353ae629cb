//! Runs worlds, many beside each other, and says what came of them.

use crate::laws::{self, Broken, Court};
use crate::plan::{FaultKind, Plan};
use crate::seams::Seams;
use crate::story;
use crate::witness::Seen;
use crate::world;
use anyhow::{Context, bail, ensure};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A kind of fault that struck fewer times than this in a long run proves nothing.
const LEAST_STRIKES: u64 = 20;
/// From so many worlds on every kind of fault must have struck, and every rare thing happened.
const LONG_RUN: u64 = 1_000;
/// Rare things that every long run must have been through.
pub const MARKS: [&str; 14] = [
    "old journal kept out",
    "order ended",
    "order refused",
    "party moved",
    "payment closed",
    "price or stock changed while choosing",
    "money sent back",
    "refund",
    "reprint",
    "second person says yes",
    "slip goes to another printer",
    "table not yet settled",
    "unseen dish climbs",
    "void",
];

/// What is simulated.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One world, and its story if a law is broken.
    #[arg(long)]
    seed: Option<u64>,
    /// Worlds from one seed to another: `0..10000`.
    #[arg(long, value_parser = range)]
    seeds: Option<Range<u64>>,
    /// A world as a failed run has written it down.
    #[arg(long)]
    replay: Option<PathBuf>,
    /// On how many cores.
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Prints a hash over everything that happened in each world, in its order.
    #[arg(long)]
    trace: bool,
    /// Prints the world of the seed as a file that can be replayed, and kept in crates/sim/corpus.
    #[arg(long)]
    plan: bool,
    /// Adds a law that nobody can keep: the run must fail.
    #[arg(long)]
    canary: bool,
    /// Prints the laws and what they demand.
    #[arg(long)]
    laws: bool,
    /// Tells everything that happens in the one world, in words.
    #[arg(long)]
    story: bool,
    /// Where a failed world is written down.
    #[arg(long, default_value = "sim-failed.json")]
    keep: PathBuf,
    /// Writes the figures of the run here, as JSON.
    #[arg(long)]
    figures: Option<PathBuf>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("such as 0..1000")?;
    let number = |text: &str| text.replace('_', "").parse::<u64>().map_err(|error| format!("{text}: {error}"));
    Ok(number(from)?..number(to)?)
}

/// Runs the command.
///
/// # Errors
/// When a law is broken: the words say which, and how to see it again.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.laws {
        laws::all().iter().for_each(|law| println!("{} {}", law.name(), law.demands()));
        return Ok(());
    }
    if let (true, Some(seed)) = (args.plan, args.seed) {
        println!("{}", serde_json::to_string_pretty(&Plan::of_seed(seed))?);
        return Ok(());
    }
    let keys = Keys::make()?;
    if let Some(path) = &args.replay {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
        let plan: Plan = serde_json::from_str(&text).with_context(|| format!("{} is no world", path.display()))?;
        return one(&plan, &keys, &args);
    }
    if let Some(seed) = args.seed {
        return one(&Plan::of_seed(seed), &keys, &args);
    }
    let seeds = args.seeds.clone().unwrap_or(0..1_000);
    if args.trace {
        for seed in seeds {
            let (seen, _) = world::run(&Plan::of_seed(seed), &keys.0, &Seams::default(), Court::new(), true)?;
            println!("{seed} {}", seen.trace);
        }
        return Ok(());
    }
    let court = if args.canary { || Court::of(vec![Box::new(laws::canary::Canary::default())]) } else { Court::new };
    let run = many(&keys, seeds.clone(), args.cores, court)?;
    println!("{}", run.text());
    if let Some(path) = &args.figures {
        std::fs::write(path, run.json().to_string()).with_context(|| format!("{} can't be written", path.display()))?;
    }
    if let Some((plan, broken)) = run.failed.first() {
        ensure!(!args.canary, "seed {}: the canary sings", plan.seed);
        let text = story::of(plan, broken, &keys.0)?;
        std::fs::write(&args.keep, serde_json::to_string_pretty(&text.plan)?)?;
        bail!(
            "{}\n\nsee it again: dandan sim --seed {}\nonly what it needs: dandan sim --replay {}",
            text.words,
            plan.seed,
            args.keep.display()
        );
    }
    run.must_prove_something()
}

/// One world, with its story.
fn one(plan: &Plan, keys: &Keys, args: &Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let (seen, facts) = world::run(plan, &keys.0, &Seams::default(), Court::new(), args.trace)?;
    if args.story {
        facts
            .iter()
            .filter_map(|noted| Some((noted.at_ms, story::words(&noted.fact)?)))
            .for_each(|(at, words)| println!("{at} {words}"));
    }
    println!(
        "seed {}: {} facts in {:.0} ms, faults {:?}, marks {:?}{}",
        plan.seed,
        seen.facts,
        began.elapsed().as_secs_f64() * 1000.0,
        seen.faults,
        seen.marks,
        if seen.trace.is_empty() { String::new() } else { format!(", trace {}", seen.trace) },
    );
    if let Some(broken) = seen.broken.first() {
        let text = story::of(plan, broken, &keys.0)?;
        std::fs::write(&args.keep, serde_json::to_string_pretty(&text.plan)?)?;
        bail!("{}\n\nonly what it needs: dandan sim --replay {}", text.words, args.keep.display());
    }
    Ok(())
}

/// The channels' keys of a run; every world uses the same.
#[derive(Debug)]
pub struct Keys(pub PathBuf);

impl Keys {
    /// Makes them, in a folder that goes with the value.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn make() -> anyhow::Result<Keys> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("dandan-sim-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let keys = Keys(folder);
        // The first world makes the keys; the others, which run beside each other, read them.
        world::run(&Plan::calm(0, 0), &keys.0, &Seams::default(), Court::of(Vec::new()), false)?;
        Ok(keys)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What came of many worlds.
#[derive(Debug, Default)]
pub struct Run {
    pub worlds: u64,
    pub facts: u64,
    pub took: Duration,
    /// How often each fault struck.
    pub faults: BTreeMap<&'static str, u64>,
    /// In how many worlds it was in force.
    pub enabled: BTreeMap<&'static str, u64>,
    pub marks: BTreeMap<&'static str, u64>,
    /// Worlds in which a law was broken, the smallest seed first.
    pub failed: Vec<(Plan, Broken)>,
}

/// Runs worlds until all have run, or one has failed.
///
/// # Errors
/// When a world can't be run at all.
pub fn many(keys: &Keys, seeds: Range<u64>, cores: usize, court: fn() -> Court) -> anyhow::Result<Run> {
    let began = Instant::now();
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let all = Mutex::new(Run::default());
    let work = || -> anyhow::Result<()> {
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let plan = Plan::of_seed(seed);
            let (seen, _) =
                world::run(&plan, &keys.0, &Seams::default(), court(), false).with_context(|| format!("seed {seed}"))?;
            stop.fetch_or(!seen.broken.is_empty(), Ordering::Relaxed);
            all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(plan, seen);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a world panicked")))
    })?;
    let mut run = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    run.failed.sort_by_key(|(plan, _)| plan.seed);
    run.took = began.elapsed();
    Ok(run)
}

impl Run {
    fn add(&mut self, plan: Plan, seen: Seen) {
        self.worlds += 1;
        self.facts += seen.facts;
        for (kind, times) in seen.faults {
            *self.faults.entry(kind).or_default() += times;
        }
        for kind in plan.faults.keys() {
            *self.enabled.entry(kind.name()).or_default() += 1;
        }
        for (mark, times) in seen.marks {
            *self.marks.entry(mark).or_default() += times;
        }
        if let Some(broken) = seen.broken.into_iter().next() {
            self.failed.push((plan, broken));
        }
    }

    /// The figures, for people.
    pub fn text(&self) -> String {
        let per_s = self.worlds as f64 / self.took.as_secs_f64().max(0.001);
        let mut text = format!(
            "{} worlds, {} facts, {:.1} s ({per_s:.0} a second), {} broken\n",
            self.worlds,
            self.facts,
            self.took.as_secs_f64(),
            self.failed.len()
        );
        for (name, times) in &self.faults {
            let worlds = self.enabled.get(name).copied().unwrap_or_default();
            text.push_str(&format!("  {name:<20} struck {times} times, in force in {worlds} worlds\n"));
        }
        for (mark, times) in &self.marks {
            text.push_str(&format!("  seen: {mark} ({times})\n"));
        }
        text
    }

    /// The same for a page.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "worlds": self.worlds, "facts": self.facts, "seconds": self.took.as_secs_f64(), "broken": self.failed.len(),
            "faults": self.faults, "enabled": self.enabled, "marks": self.marks,
        })
    }

    /// A long run in which a fault never struck, or a rare thing never happened, proves nothing about it.
    ///
    /// # Errors
    /// Names them.
    pub fn must_prove_something(&self) -> anyhow::Result<()> {
        for (kind, worlds) in &self.enabled {
            let struck = self.faults.get(kind).copied().unwrap_or_default();
            ensure!(struck > 0 || *worlds < 20, "{kind} was in force in {worlds} worlds and never struck");
        }
        if self.worlds < LONG_RUN {
            return Ok(());
        }
        for kind in FaultKind::ALL {
            let struck = self.faults.get(kind.name()).copied().unwrap_or_default();
            ensure!(struck >= LEAST_STRIKES, "{} struck {struck} times only in {} worlds", kind.name(), self.worlds);
        }
        for mark in MARKS {
            let times = self.marks.get(mark).copied().unwrap_or_default();
            ensure!(times >= LEAST_STRIKES, "\"{mark}\" happened {times} times only in {} worlds", self.worlds);
        }
        Ok(())
    }
}

/// Runs one world; what was seen of it.
///
/// # Errors
/// When it can't be run at all.
pub fn whole(plan: &Plan, keys: &Path, seams: &Seams, court: Court) -> anyhow::Result<Seen> {
    world::run(plan, keys, seams, court, false).map(|(seen, _)| seen)
}
