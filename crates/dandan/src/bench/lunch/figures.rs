//! What was measured, in the forms it is told in: lines on the terminal, a table for people, JSON for other programs.

use super::super::load::{note, times};
use super::super::report::{count, millis};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// The quantiles that are told of each hop, and their names.
pub(super) const QUANTILES: [(f64, &str); 5] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (1.0, "max")];

/// One stretch of an order's way, with everybody's times on it.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    /// What it is called, 中文 and English.
    pub name: &'static str,
    pub times: Histogram<u64>,
    /// Those that never got there.
    pub missing: u64,
    /// A floor: nothing of the house is in it.
    pub is_floor: bool,
}

impl Hop {
    /// A hop from its times; none of them missing.
    pub fn new(name: &'static str, times: Histogram<u64>) -> Hop {
        Hop { name, times, missing: 0, is_floor: false }
    }

    /// A hop from the times of those who got there, and a blank for each who didn't.
    pub fn of(name: &'static str, took: impl IntoIterator<Item = Option<Duration>>) -> Hop {
        let mut hop = Hop::new(name, times());
        for took in took {
            match took {
                Some(took) => note(&mut hop.times, took),
                None => hop.missing += 1,
            }
        }
        hop
    }

    /// The same as a floor.
    pub fn floor(name: &'static str, times: Histogram<u64>) -> Hop {
        Hop { is_floor: true, ..Hop::new(name, times) }
    }

    /// A row of the table.
    fn row(&self) -> String {
        let cells: Vec<String> = QUANTILES.iter().map(|(quantile, _)| short(millis(&self.times, *quantile))).collect();
        let name = if self.is_floor { format!("*{}*", self.name) } else { self.name.to_owned() };
        format!("| {name} | {} | {} | {} |", thousands(self.times.len()), self.missing, cells.join(" | "))
    }

    /// As other programs read it; times in milliseconds.
    pub fn json(&self) -> Value {
        let quantiles = QUANTILES.iter().map(|(quantile, name)| ((*name).to_owned(), json!(millis(&self.times, *quantile))));
        let mut all: serde_json::Map<String, Value> = quantiles.collect();
        all.insert("hop".to_owned(), json!(self.name));
        all.insert("count".to_owned(), json!(self.times.len()));
        all.insert("missing".to_owned(), json!(self.missing));
        all.insert("floor".to_owned(), json!(self.is_floor));
        Value::Object(all)
    }
}

/// A table of hops.
pub(super) fn table(hops: &[Hop]) -> String {
    let mut table = "| ms | n | missing | p50 | p90 | p99 | p99.9 | max |\n|--|--:|--:|--:|--:|--:|--:|--:|\n".to_owned();
    for hop in hops {
        let _ = writeln!(table, "{}", hop.row());
    }
    table
}

/// Milliseconds with as many digits as say something.
pub(super) fn short(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.2}"),
        ms if ms < 100.0 => format!("{ms:.1}"),
        ms => thousands(u64::try_from(Duration::from_secs_f64(ms / 1e3).as_millis()).unwrap_or(u64::MAX)),
    }
}

/// A number as people read it: 30,000.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many a second.
pub(super) fn rate(n: usize, length: Duration) -> f64 {
    count(n as u64) / length.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_as_many_digits_as_say_something() {
        assert_eq!([0.5, 12.34, 1234.5].map(short), ["0.50", "12.3", "1,234"]);
        assert_eq!([7, 1_000, 1_234_567].map(thousands), ["7", "1,000", "1,234,567"]);
    }

    #[test]
    fn what_never_came_is_counted_and_not_timed() {
        let hop = Hop::of("tap", [Some(Duration::from_millis(2)), None, Some(Duration::from_millis(4))]);
        assert_eq!((hop.times.len(), hop.missing), (2, 1));
        assert!(table(&[hop]).contains("| tap | 2 | 1 | 2.00 |"));
    }
}
