//! Lines in the style of criterion, and goals held against what was measured.

use hdrhistogram::Histogram;
use std::time::Duration;

/// What was measured in one window.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub done: u64,
    pub length: Duration,
    pub cpu: Duration,
    pub commits: u64,
    pub times: Histogram<u64>,
}

impl Window {
    /// How many a second.
    pub fn rate(&self) -> f64 {
        count(self.done) / self.length.as_secs_f64()
    }

    /// CPU time of the process for each, in microseconds.
    pub fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / count(self.done.max(1))
    }

    /// Transactions for each.
    pub fn commits_each(&self) -> f64 {
        count(self.commits) / count(self.done.max(1))
    }

    /// The time below which this share of all lay, in milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        millis(&self.times, quantile)
    }
}

/// The windows of one contender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(pub Vec<Window>);

impl Series {
    /// Lowest, middle and highest of something over the windows.
    pub fn span(&self, of: impl Fn(&Window) -> f64) -> [f64; 3] {
        let mut seen: Vec<f64> = self.0.iter().map(of).collect();
        seen.sort_by(f64::total_cmp);
        let at = |place: usize| seen.get(place).copied().unwrap_or(f64::NAN);
        [at(0), middle(&seen), at(seen.len().saturating_sub(1))]
    }

    /// The middle one.
    pub fn mid(&self, of: impl Fn(&Window) -> f64) -> f64 {
        self.span(of)[1]
    }

    /// Prints what the windows say.
    pub fn print(&self, name: &str, unit: &str) {
        let ms = |quantile| three(self.span(|window| window.ms(quantile)), "ms", 3);
        println!("{name}");
        println!("                        time:   [{}] p50", ms(0.5));
        println!("                                [{}] p99", ms(0.99));
        println!("                                [{}] max", ms(1.0));
        println!("                        thrpt:  [{}]", three(self.span(Window::rate), &format!("{unit}/s"), 0));
        println!("                        cpu:    [{}] each", three(self.span(Window::cpu_us), "us", 1));
        println!("                        commits:[{}] each", three(self.span(Window::commits_each), "", 3));
    }
}

/// The middle of sorted values; between the two middle ones where their count is even.
fn middle(sorted: &[f64]) -> f64 {
    match (sorted.len(), sorted.get(sorted.len() / 2)) {
        (n, Some(upper)) if n % 2 == 0 => f64::midpoint(sorted[n / 2 - 1], *upper),
        (_, Some(middle)) => *middle,
        (_, None) => f64::NAN,
    }
}

fn three(values: [f64; 3], unit: &str, digits: usize) -> String {
    values.map(|value| format!("{value:.digits$} {unit}").trim_end().to_owned()).join(" ")
}

/// A quantile in milliseconds.
pub(crate) fn millis(times: &Histogram<u64>, quantile: f64) -> f64 {
    count(times.value_at_quantile(quantile)) / 1e6
}

/// Counts stay far below where a double loses them.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn count(n: u64) -> f64 {
    n as f64
}

/// Which way a goal points.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// Prints a figure beside its goal.
pub(crate) fn goal(name: &str, value: f64, unit: &str, goal: Goal) {
    let (sign, limit, met) = match goal {
        Goal::AtLeast(limit) => (">=", limit, value >= limit),
        Goal::AtMost(limit) => ("<=", limit, value <= limit),
    };
    let verdict = if met { "met" } else { "MISSED" };
    println!("goal  {name:<58} {value:>10.3} {unit:<3} (goal {sign} {limit} {unit}) {verdict}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between() {
        assert!((middle(&[1.0, 3.0]) - 2.0).abs() < f64::EPSILON);
        assert!((middle(&[1.0, 2.0, 9.0]) - 2.0).abs() < f64::EPSILON);
    }
}
