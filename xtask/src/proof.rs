//! `cargo xtask proof`: writes what the runs have shown into docs/proof.md, between its marks; the words around them are written by hand.

use crate::sh;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

const BEGIN: &str = "<!-- figures: begin -->";
const END: &str = "<!-- figures: end -->";

/// The chore.
///
/// # Errors
/// When a run's figures aren't there: its step of `cargo xtask test` leaves them.
pub fn write() -> Result<()> {
    let page = sh::root().join("docs/proof.md");
    let text = fs::read_to_string(&page).with_context(|| format!("{} can't be read", page.display()))?;
    let (before, rest) = text.split_once(BEGIN).context("docs/proof.md has lost its first mark")?;
    let (_, after) = rest.split_once(END).context("docs/proof.md has lost its second mark")?;
    let figures = [machine()?, laws()?, simulated()?, mutants()?, faults()?, fuzz()?].join("\n");
    fs::write(&page, format!("{before}{BEGIN}\n\n{figures}\n{END}{after}"))?;
    println!("{} is written", page.display());
    Ok(())
}

fn left(name: &str) -> Result<String> {
    let path = sh::root().join("target/proof").join(name);
    fs::read_to_string(&path).with_context(|| format!("{} isn't there: run `cargo xtask test` first", path.display()))
}

fn figures(name: &str) -> Result<Value> {
    serde_json::from_str(&left(name)?).with_context(|| format!("target/proof/{name} can't be read"))
}

fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let date = sh::output_of(Command::new("date").arg("+%Y-%m-%d"))?;
    let kernel = sh::output_of(Command::new("uname").arg("-sr"))?;
    // What a distribution adds to the version says nothing to readers.
    let kernel = kernel.split('-').next().unwrap_or_default();
    Ok(format!("Measured {} on {cores} cores, {}, shared with other programs.\n", date.trim(), kernel.trim()))
}

/// What the laws demand, from the laws themselves.
fn laws() -> Result<String> {
    let program = sh::root().join("target/release/examples/sim");
    ensure!(program.exists(), "the simulator isn't built: run `cargo xtask test --only sim` first");
    let told = sh::output_of(Command::new(program).arg("--laws"))?;
    let rows: String =
        told.lines().filter_map(|line| line.split_once(' ')).map(|(law, demands)| format!("| {law} | {demands} |\n")).collect();
    Ok(format!("## The laws\n\n| law | demands |\n|--|--|\n{rows}"))
}

fn simulated() -> Result<String> {
    let run = figures("sim.json")?;
    let number = |name: &str| run[name].as_u64().unwrap_or_default();
    let seconds = run["seconds"].as_f64().unwrap_or_default();
    let mut text = format!(
        "## Simulated\n\n{} worlds, {} facts judged, **{} laws broken**, {seconds:.0} s.\n\n| fault | struck | worlds it was in force in |\n|--|--:|--:|\n",
        number("worlds"),
        number("facts"),
        number("broken"),
    );
    for (kind, struck) in run["faults"].as_object().into_iter().flatten() {
        writeln!(text, "| {kind} | {struck} | {} |", run["enabled"][kind].as_u64().unwrap_or_default())?;
    }
    text.push_str("\n| rare thing | happened |\n|--|--:|\n");
    for (mark, times) in run["marks"].as_object().into_iter().flatten() {
        writeln!(text, "| {mark} | {times} |")?;
    }
    Ok(text)
}

fn mutants() -> Result<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in left("mutants.txt")?.lines() {
        let (Some((law, rest)), true) = (line.split_once(' '), line.contains(": world Some(")) else { continue };
        let (name, found) = rest.split_once(": world Some(").context("mutants.txt has another form")?;
        let world = found.split(')').next().unwrap_or("?");
        rows.push(format!("| {} | {law} | {world} |\n", name.trim()));
    }
    rows.sort();
    Ok(format!(
        "## Broken parts noticed: {}\n\n| what was broken | noticed by | first world |\n|--|--|--:|\n{}",
        rows.len(),
        rows.concat()
    ))
}

/// A table of whatever rows a run has left.
fn table(rows: &Value) -> String {
    let rows: Vec<&serde_json::Map<String, Value>> = rows.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    let Some(first) = rows.first() else { return "nothing was left\n".to_owned() };
    let names: Vec<&String> = first.keys().collect();
    let mut text =
        format!("| {} |\n|{}\n", names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(" | "), "--|".repeat(names.len()));
    for row in rows {
        let cells: Vec<String> = names.iter().map(|name| row.get(*name).map_or_else(String::new, cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Object(map) => map.iter().map(|(name, value)| format!("{name} {}", cell(value))).collect::<Vec<_>>().join(", "),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.replace('|', "/").replace('\n', " ")
}

fn faults() -> Result<String> {
    let run = figures("faults.json")?;
    Ok(format!("## Real processes\n\n{}", table(&run["rows"])))
}

fn fuzz() -> Result<String> {
    let run = figures("fuzz.json")?;
    let rows = if run["targets"].is_array() { &run["targets"] } else { &run["rows"] };
    Ok(format!("## Odd bytes\n\n{}", table(rows)))
}
