//! Events are a published format: every kind has a golden file that a test replays.

use super::sources::code_lines;
use super::{Findings, TextFile};
use std::collections::BTreeSet;

const GOLDEN: &str = "crates/domain/tests/events/";

pub fn check(files: &[TextFile], found: &mut Findings) {
    let golden: Vec<&str> = files.iter().filter(|f| f.path.contains(GOLDEN)).map(|f| f.path.as_str()).collect();
    if golden.is_empty() {
        found.remarks.push(format!("no golden events in {GOLDEN} yet"));
        return;
    }
    let domain = files.iter().filter(|f| f.path.starts_with("crates/domain/src/") && f.path.ends_with(".rs"));
    let kinds: BTreeSet<String> = domain.flat_map(|file| kinds(&file.text)).collect();
    for kind in kinds {
        if !golden.iter().any(|path| is_golden_of(path, &kind)) {
            found.broken(format!("event {kind} has no golden file in {GOLDEN}"));
        }
    }
}

/// `OrderPlaced.json`, `OrderPlaced.v2.json`, `OrderPlaced-1.json`.
fn is_golden_of(path: &str, kind: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_prefix(kind).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// The kinds a file names: entries of `floor_events! { … }`, and arms `…Event::Kind … => "Kind"`.
fn kinds(text: &str) -> Vec<String> {
    let mut kinds: Vec<String> = text.lines().filter_map(kind_of_arm).collect();
    let mut depth = None;
    for line in code_lines(text) {
        match depth {
            None if line.starts_with("floor_events!") => depth = Some(1),
            None => {}
            Some(level) => {
                if level == 1 {
                    kinds.extend(entry_name(&line));
                }
                let change = line.matches('{').count() as i32 - line.matches('}').count() as i32;
                depth = Some(level + change).filter(|d| *d > 0);
            }
        }
    }
    kinds
}

fn entry_name(line: &str) -> Option<String> {
    let (name, _) = line.trim().split_once(" {")?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

fn kind_of_arm(line: &str) -> Option<String> {
    let (left, right) = line.trim().split_once(" => \"")?;
    let (_, variant) = left.split_once("Event::")?;
    let kind = right.split('"').next()?;
    variant.starts_with(kind).then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "floor_events! {\n    /// Doc { with braces\n    DayOpened { number: u32 }\n    OrderPlaced {\n        lines: Vec<u8>, Odd { }\n    }\n}\n\
        impl A { fn kind() { match self {\n PaymentEvent::Captured { .. } => \"Captured\",\n _ => \"no\" } } }\nOther { x: 1 }\n";

    #[test]
    fn kinds_are_read_from_both_ways_of_writing_them() {
        assert_eq!(kinds(SOURCE), ["Captured", "DayOpened", "OrderPlaced"]);
    }

    #[test]
    fn a_kind_without_a_golden_file_is_found() {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("crates/domain/src/floor/event.rs", SOURCE),
            file("crates/domain/tests/events/DayOpened.json", "{}"),
            file("crates/domain/tests/events/OrderPlaced.v1.json", "{}"),
            file("crates/domain/tests/events/CapturedTwice.json", "{}"),
        ];
        let mut found = Findings::default();
        check(&files, &mut found);
        assert_eq!(found.broken, ["event Captured has no golden file in crates/domain/tests/events/"]);
    }
}
