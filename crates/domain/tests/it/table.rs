//! Command × state tables, kept as text: every command in every state, with what it leads to.
//!
//! `UPDATE_GOLDEN=1 cargo test -p domain` writes them anew; a changed line is a changed rule and is read as one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Whether files under `tests/` are written rather than compared.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

pub fn tests_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Facts by kind, or the refusal.
pub fn outcome(decided: Result<Vec<&'static str>, String>) -> String {
    match decided {
        Ok(kinds) if kinds.is_empty() => "nothing new".into(),
        Ok(kinds) => kinds.join(" + "),
        Err(no) => format!("NO {no}"),
    }
}

/// Compares the outcomes of every row in every state with the committed table.
pub fn check<S>(file: &str, rows: &[(String, String)], states: &[(&str, S)], decide: impl Fn(usize, &S) -> String) {
    let mut text = String::from("# Written by the tests (UPDATE_GOLDEN=1), read by people: every command in every state.\n");
    for (i, (variant, row)) in rows.iter().enumerate() {
        let mut by_outcome: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, state) in states {
            by_outcome.entry(decide(i, state)).or_default().push(name);
        }
        writeln!(text, "\n{variant} ({row})").unwrap();
        for (outcome, names) in by_outcome {
            writeln!(text, "  {outcome} <- {}", names.join(" | ")).unwrap();
        }
    }
    let path = tests_dir().join("it").join(file);
    if updating() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (is, was)) in text.lines().zip(committed.lines()).enumerate() {
        assert_eq!(is, was, "{file}:{}", line + 1);
    }
    assert_eq!(text.lines().count(), committed.lines().count(), "{file} has another number of rows");
}

/// Names every variant of a command enum. A new variant doesn't compile until it is named, and fails until it has a row.
macro_rules! variants {
    ($enum:ident { $($variant:ident $pattern:tt),* $(,)? }) => {
        fn variant_of(command: &$enum) -> &'static str {
            match command { $($enum::$variant $pattern => stringify!($variant),)* }
        }
        const VARIANTS: &[&str] = &[$(stringify!($variant)),*];
    };
}
pub(crate) use variants;

/// Fails for a variant without a row.
pub fn check_complete(rows: &[(String, String)], variants: &[&str]) {
    for variant in variants {
        assert!(rows.iter().any(|(name, _)| name == variant), "{variant} has no row");
    }
}
