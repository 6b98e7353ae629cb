//! What a scenario came to: a line of the table, and of the file that goes with a release.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// What is broken is said in so many characters at most: answers are quoted, and may be long.
const LONGEST_WORDS: usize = 400;

/// How a scenario ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All promises held, and every fault happened.
    #[default]
    Passed,
    /// A promise was broken, or a fault never happened.
    Failed,
    /// This machine can't make the fault.
    Skipped,
}

/// One scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// Its name.
    pub scenario: String,
    /// How it ended.
    pub verdict: Verdict,
    /// The seed of all its choices.
    pub seed: u64,
    /// Faults by name, and how often each happened.
    pub faults: BTreeMap<String, u64>,
    /// Answers people got: accepted and refused. All were looked up in the journal.
    pub acks: u64,
    /// Times people had to send again.
    pub retries: u64,
    /// The longest time in which nobody got an answer, in milliseconds.
    pub outage_ms: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Figures and how the fault was made.
    pub remarks: Vec<String>,
    /// What was broken.
    pub broken: Vec<String>,
}

impl Row {
    /// Counts a fault; one that never happened is broken in itself.
    pub fn fault(&mut self, name: &str, times: u64) {
        *self.faults.entry(name.to_owned()).or_default() += times;
    }

    /// Says something about it.
    pub fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Says that a promise was broken.
    pub fn broken(&mut self, text: impl Into<String>) {
        self.broken.push(text.into().chars().take(LONGEST_WORDS).collect());
    }

    /// Leaves the scenario out, and says why.
    pub fn skip(&mut self, why: impl Into<String>) {
        self.verdict = Verdict::Skipped;
        self.remarks.push(why.into());
    }

    /// Decides the verdict from all that was counted.
    pub fn conclude(&mut self, took: Duration) {
        self.seconds = (took.as_secs_f64() * 10.0).round() / 10.0;
        if self.verdict == Verdict::Skipped && self.broken.is_empty() {
            return;
        }
        for (name, times) in &self.faults {
            if *times == 0 {
                self.broken.push(format!("the fault \"{name}\" never happened"));
            }
        }
        if self.faults.is_empty() {
            self.broken.push("no fault happened".to_owned());
        }
        self.verdict = if self.broken.is_empty() { Verdict::Passed } else { Verdict::Failed };
    }

    fn line(&self) -> String {
        let faults: u64 = self.faults.values().sum();
        let verdict = match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::Skipped => "skipped",
        };
        let Row { scenario, acks, retries, outage_ms, seconds, .. } = self;
        format!("{scenario:<14} {faults:>7} {acks:>6} {retries:>8} {outage_ms:>10} {seconds:>6} {verdict}")
    }
}

/// The table people read.
pub fn table(rows: &[Row]) -> String {
    let mut text =
        format!("{:<14} {:>7} {:>6} {:>8} {:>10} {:>6} verdict\n", "scenario", "faults", "acks", "retries", "outage ms", "s");
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
        let faults: Vec<String> = row.faults.iter().map(|(name, times)| format!("{times}× {name}")).collect();
        if !faults.is_empty() {
            let _ = writeln!(text, "    {}", faults.join(", "));
        }
        for remark in &row.remarks {
            let _ = writeln!(text, "    {remark}");
        }
        for broken in &row.broken {
            let _ = writeln!(text, "    ! {broken}");
        }
    }
    text
}

/// Writes the rows as JSON, with the machine and the day.
///
/// # Errors
/// The file can't be written.
pub fn write(rows: &[Row], file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let report = serde_json::json!({ "machine": machine(), "date": jiff::Timestamp::now().to_string(), "rows": rows });
    Ok(std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?)
}

fn machine() -> String {
    let first = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start_matches([' ', '\t', ':']).to_owned()))
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = first("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = first("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores, {cpu}, {memory}, Linux {}", kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_never_happened_fails_the_scenario() {
        let concluded = |faults: &[(&str, u64)]| {
            let mut row = Row::default();
            faults.iter().for_each(|(name, times)| row.fault(name, *times));
            row.conclude(Duration::from_secs(1));
            row.verdict
        };
        assert_eq!(concluded(&[("kill -9", 3)]), Verdict::Passed);
        assert_eq!(concluded(&[("kill -9", 3), ("SIGTERM", 0)]), Verdict::Failed);
        assert_eq!(concluded(&[]), Verdict::Failed);
    }

    #[test]
    fn what_was_left_out_says_so_and_what_was_broken_is_never_left_out() {
        let mut row = Row { scenario: "clock".to_owned(), ..Row::default() };
        row.skip("no clock");
        let mut broken = row.clone();
        row.conclude(Duration::ZERO);
        assert_eq!(row.verdict, Verdict::Skipped);
        broken.broken("an order is lost");
        broken.conclude(Duration::ZERO);
        assert_eq!(broken.verdict, Verdict::Failed);
        let text = table(&[row, broken]);
        assert!(text.contains("skipped\n    no clock") && text.contains("! an order is lost"), "{text}");
    }
}
