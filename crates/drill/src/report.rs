//! What a drill saw, as a page for people.

use crate::lives::Lives;
use crate::table::{COLUMNS, TableRow};
use anyhow::Context;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Where the page's generated part begins and ends.
const BEGIN: &str = "<!-- drill: begin -->";
const END: &str = "<!-- drill: end -->";

/// The table and the figures, in Markdown.
pub(crate) fn text(rows: &[TableRow], lives: &Lives, table_took: Duration, took: Duration, seed: u64) -> String {
    let mut out = String::new();
    if !rows.is_empty() {
        let _ = writeln!(out, "| situation | {} |", COLUMNS.map(|column| column.name).join(" | "));
        let _ = writeln!(out, "|--|{}", "--|".repeat(COLUMNS.len()));
        for row in rows {
            let _ = writeln!(out, "| {} | {} |", row.situation.words(), row.cells.join(" | "));
        }
        let cells = rows.len() * COLUMNS.len();
        let _ = writeln!(out, "\n{cells} situations played in {:.1} s, seed {seed}.\n", table_took.as_secs_f64());
    }
    let _ = writeln!(out, "| lives drawn by chance | |\n|--|--|");
    let _ = writeln!(out, "| lives | {} |", lives.lives);
    let _ = writeln!(out, "| payments tried | {} |", lives.attempts);
    for (end, count) in &lives.ends {
        let _ = writeln!(out, "| – {end} | {count} |");
    }
    let _ = writeln!(out, "| refunds | {} |", lives.refunds);
    let _ = writeln!(out, "| calls to the channels | {} |", lives.calls);
    let _ = writeln!(out, "| rows in the channels' bills | {} |", lives.bill_rows);
    let _ = writeln!(out, "| known after the guest paid, calm: p50 / p99 / most | {} |", spread(&lives.known_after));
    let _ = writeln!(out, "| a scanned wallet ends, calm: p50 / p99 / most | {} |", spread(&lives.code_ended_after));
    for (kind, count) in &lives.cases {
        let _ = writeln!(out, "| cases put before a person: {kind} | {count} |");
    }
    let _ = writeln!(
        out,
        "| not final, captured twice and kept, or different between channel, journal and bill | {} |",
        lives.wrong.len()
    );
    let _ = writeln!(out, "\nSeed {seed}; {:.0} s of this machine's time in all.", took.as_secs_f64());
    out
}

fn spread(values: &[i64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |part: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * part) as usize).copied().unwrap_or_default();
    let s = |ms: i64| format!("{:.2} s", ms as f64 / 1000.0);
    format!("{} / {} / {}", s(at(0.5)), s(at(0.99)), s(at(1.0)))
}

/// Puts the text between the page's marks.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let page = std::fs::read_to_string(path)?;
    let begin = page.find(BEGIN).context("the page has no begin mark")? + BEGIN.len();
    let end = page.find(END).context("the page has no end mark")?;
    let written = format!("{}\n\n{text}\n{}", &page[..begin], &page[end..]);
    std::fs::write(path, written)?;
    Ok(())
}
