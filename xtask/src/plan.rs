//! A plan: steps with what each needs, run on two lanes so that only one cargo works at a time.

use crate::board::Board;
use crate::sh::{self, Log};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Steps of one lane run one after the other; the lanes run beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Everything that calls cargo: a second cargo would only wait for the first one's lock.
    Cargo,
    /// Node, browsers, Python.
    Web,
}

type Work = Box<dyn Fn(&Log) -> Result<Outcome> + Send + Sync>;

pub struct Step {
    pub name: &'static str,
    pub lane: Lane,
    /// Steps that must have passed; a failed one means this one isn't run.
    pub needs: &'static [&'static str],
    pub limit: Duration,
    pub work: Work,
}

impl Step {
    pub fn new<F>(name: &'static str, lane: Lane, needs: &'static [&'static str], limit_s: u64, work: F) -> Step
    where
        F: Fn(&Log) -> Result<Outcome> + Send + Sync + 'static,
    {
        Step { name, lane, needs, limit: Duration::from_secs(limit_s), work: Box::new(work) }
    }
}

/// How a step went when it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a remark for the table ("412 tests"), or nothing.
    Passed(String),
    /// Not run, and why that is no failure.
    Skipped(String),
}

impl Outcome {
    pub fn passed() -> Outcome {
        Outcome::Passed(String::new())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended { result: Ending, took: Duration },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    Passed(String),
    Failed(String),
    Skipped(String),
}

/// What came of a plan, in the plan's order.
#[derive(Debug)]
pub struct Report {
    rows: Vec<(&'static str, Ending, Duration)>,
    took: Duration,
}

/// Runs all steps; `name` is the folder for the logs.
pub fn run(name: &str, steps: &[Step]) -> Report {
    let (began, board) = (Instant::now(), Board::start());
    let states = (Mutex::new(vec![State::Waiting; steps.len()]), Condvar::new());
    let logs = sh::root().join("target/xtask-logs").join(name);
    std::thread::scope(|scope| {
        for lane in [Lane::Cargo, Lane::Web] {
            let (states, board, logs) = (&states, &board, &logs);
            scope.spawn(move || work_lane(lane, steps, states, board, logs));
        }
    });
    board.close();
    let ended = states.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rows = steps.iter().zip(ended).map(|(step, state)| match state {
        State::Ended { result, took } => (step.name, result, took),
        State::Waiting | State::Running => (step.name, Ending::Failed("was never finished".to_owned()), Duration::ZERO),
    });
    Report { rows: rows.collect(), took: began.elapsed() }
}

fn work_lane(lane: Lane, steps: &[Step], states: &(Mutex<Vec<State>>, Condvar), board: &Board, logs: &Path) {
    let (mutex, changed) = states;
    let mut guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match choose(lane, steps, &guard) {
            Choice::Nothing => return,
            Choice::Wait => guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Choice::Drop(index, why) => {
                guard[index] = State::Ended { result: Ending::Skipped(why.clone()), took: Duration::ZERO };
                board.say(&format!("- {}: not run, {why}", steps[index].name));
                changed.notify_all();
            }
            Choice::Run(index) => {
                guard[index] = State::Running;
                drop(guard);
                let (result, took) = work_step(&steps[index], board, logs);
                guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
                guard[index] = State::Ended { result, took };
                changed.notify_all();
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Run(usize),
    Drop(usize, String),
    Wait,
    Nothing,
}

/// The first waiting step of the lane that can start, or be given up.
fn choose(lane: Lane, steps: &[Step], states: &[State]) -> Choice {
    let by_name: BTreeMap<&str, &State> = steps.iter().map(|s| s.name).zip(states).collect();
    let mut any = false;
    for (index, step) in steps.iter().enumerate() {
        if step.lane != lane || states[index] != State::Waiting {
            continue;
        }
        any = true;
        let needs = || step.needs.iter().filter_map(|need| by_name.get(need).map(|state| (*need, *state)));
        let spoilt = needs().find(|(_, s)| matches!(s, State::Ended { result: Ending::Failed(_) | Ending::Skipped(_), .. }));
        if let Some((need, _)) = spoilt {
            return Choice::Drop(index, format!("it needs {need}"));
        }
        if needs().all(|(_, s)| matches!(s, State::Ended { .. })) {
            return Choice::Run(index);
        }
    }
    if any { Choice::Wait } else { Choice::Nothing }
}

fn work_step(step: &Step, board: &Board, logs: &Path) -> (Ending, Duration) {
    let began = Instant::now();
    let path = logs.join(format!("{}.log", step.name));
    board.began(step.name, &path);
    let log = Log::start(path, began + step.limit);
    let done = log.as_ref().map_err(|e| anyhow::anyhow!("{e:#}")).and_then(|log| (step.work)(log));
    board.ended(step.name);
    let took = began.elapsed();
    let ending = match done {
        Ok(Outcome::Passed(remark)) => Ending::Passed(remark),
        Ok(Outcome::Skipped(why)) => Ending::Skipped(why),
        Err(error) => Ending::Failed(format!("{error:#}")),
    };
    board.say(&format!("{} {} ({:.1} s){}", ending.mark(), step.name, took.as_secs_f32(), ending.remark()));
    if let (Ending::Failed(_), Ok(log)) = (&ending, &log) {
        board.say(&format!("----- {} -----\n{}\n----- end of {} -----", log.path.display(), tail(&log.text(), 120), step.name));
    }
    (ending, took)
}

/// The last lines of a log; the whole of it stays in its file.
fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

impl Ending {
    fn mark(&self) -> &'static str {
        match self {
            Ending::Passed(_) => "ok     ",
            Ending::Failed(_) => "FAILED ",
            Ending::Skipped(_) => "skipped",
        }
    }

    fn remark(&self) -> String {
        match self {
            Ending::Passed(text) if text.is_empty() => String::new(),
            Ending::Passed(text) | Ending::Failed(text) | Ending::Skipped(text) => {
                format!(": {}", text.lines().next().unwrap_or_default())
            }
        }
    }
}

impl Report {
    /// The table and, as its last line, `N passed, N failed`.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (name, ending, took) in &self.rows {
            let _ = writeln!(text, "{:<16} {:>7.1} s  {}{}", name, took.as_secs_f32(), ending.mark().trim_end(), ending.remark());
        }
        let count = |wanted: fn(&Ending) -> bool| self.rows.iter().filter(|(_, e, _)| wanted(e)).count();
        let passed = count(|e| matches!(e, Ending::Passed(_)));
        let skipped = count(|e| matches!(e, Ending::Skipped(_)));
        let _ = writeln!(text, "{:<16} {:>7.1} s", "all", self.took.as_secs_f32());
        let _ = write!(text, "\n{passed} passed, {} failed", self.failed());
        if skipped > 0 {
            let _ = write!(text, ", {skipped} skipped");
        }
        text
    }

    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|(_, e, _)| matches!(e, Ending::Failed(_))).count()
    }

    pub fn took(&self) -> Duration {
        self.took
    }
}

/// Keeps the named steps and all they need.
///
/// # Errors
/// A name that no step has.
pub fn only(steps: Vec<Step>, names: &[String]) -> Result<Vec<Step>> {
    let mut keep: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let Some(step) = steps.iter().find(|s| s.name == name) else {
            let known: Vec<&str> = steps.iter().map(|s| s.name).collect();
            bail!("no step is called {name}; there are {}", known.join(", "));
        };
        if keep.insert(step.name) {
            open.extend(step.needs);
        }
    }
    Ok(steps.into_iter().filter(|s| keep.contains(s.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, lane: Lane, needs: &'static [&'static str], fails: bool) -> Step {
        Step::new(name, lane, needs, 60, move |_| if fails { bail!("as asked") } else { Ok(Outcome::passed()) })
    }

    #[test]
    fn a_failure_stops_only_what_needs_it() {
        let steps = [
            step("a", Lane::Cargo, &[], true),
            step("b", Lane::Web, &["a"], false),
            step("c", Lane::Web, &[], false),
            step("d", Lane::Cargo, &["c"], false),
        ];
        let report = run("unit-test", &steps);
        let text = report.table();
        assert_eq!(report.failed(), 1);
        assert!(text.ends_with("2 passed, 1 failed, 1 skipped"), "{text}");
        assert!(text.contains("it needs a"), "{text}");
    }

    #[test]
    fn only_keeps_a_step_and_what_it_needs() {
        let all =
            || vec![step("a", Lane::Web, &[], false), step("b", Lane::Web, &["a"], false), step("c", Lane::Web, &[], false)];
        let kept = only(all(), &["b".to_owned()]).expect("b is there");
        assert_eq!(kept.iter().map(|s| s.name).collect::<Vec<_>>(), ["a", "b"]);
        assert!(only(all(), &["x".to_owned()]).is_err());
    }

    #[test]
    fn every_need_names_a_step() {
        for steps in [crate::test::all(), crate::demo::steps()] {
            let names: BTreeSet<&str> = steps.iter().map(|s| s.name).collect();
            assert_eq!(names.len(), steps.len(), "two steps share a name");
            for step in &steps {
                assert!(step.needs.iter().all(|n| names.contains(n)), "{} needs an unknown step", step.name);
            }
        }
    }
}
