//! What sources may not say: impure words in the pure room, a developer's own paths anywhere, files nobody can hold in the head.

use super::{Findings, TextFile};

/// Words that `domain` may not use, and why.
const IMPURE: &[(&str, &str)] = &[
    ("std", "the pure rules are no_std"),
    ("HashMap", "its order differs from run to run; use BTreeMap"),
    ("HashSet", "its order differs from run to run; use BTreeSet"),
    ("f64", "money and quantities are integers"),
    ("f32", "money and quantities are integers"),
    ("SystemTime", "the time is an argument"),
    ("Instant", "the time is an argument"),
    ("println", "effects are data"),
];

/// Absolute folders that exist on somebody's machine only. Written in two halves, or this file would be found.
const OWN_FOLDERS: &[(&str, &str)] = &[("/", "work"), ("/", "root"), ("/home", "/"), ("/Users", "/")];

/// Longer files get a remark: does one hold two nouns?
const LONG: usize = 600;

pub fn check(files: &[TextFile], found: &mut Findings) {
    for file in files {
        if file.path.starts_with("crates/domain/src/") && file.path.ends_with(".rs") {
            check_pure(file, found);
        }
        if !is_generated(&file.path) {
            check_folders(file, found);
            check_length(file, found);
        }
    }
}

fn is_generated(path: &str) -> bool {
    path.ends_with("package-lock.json")
        || path == "Cargo.lock"
        || path == "packages/client/src/api.ts"
        || path == "docs/openapi.json"
}

fn check_pure(file: &TextFile, found: &mut Findings) {
    for (number, line) in code_lines(&file.text).iter().enumerate() {
        for (word, why) in IMPURE {
            if has_word(line, word) {
                found.broken(format!("{}:{}: `{word}` in the pure room: {why}", file.path, number + 1));
            }
        }
    }
}

fn check_folders(file: &TextFile, found: &mut Findings) {
    for (number, line) in file.text.lines().enumerate() {
        if let Some(folder) = own_folder(line) {
            found.broken(format!("{}:{}: {folder} is a folder of one machine only", file.path, number + 1));
        }
    }
}

fn own_folder(line: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.~}$".contains(c);
    OWN_FOLDERS.iter().map(|(a, b)| format!("{a}{b}")).find(|folder| {
        line.match_indices(folder.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_none_or(|c| !is_part(c));
            let after = folder.ends_with('/') || line[at + folder.len()..].chars().next().is_none_or(|c| !is_part(c) || c == '.');
            before && after
        })
    })
}

fn check_length(file: &TextFile, found: &mut Findings) {
    let is_source = [".rs", ".ts", ".tsx", ".mjs", ".js", ".py", ".css"].iter().any(|end| file.path.ends_with(end));
    let lines = file.text.lines().count();
    if is_source && lines > LONG {
        found.remarks.push(format!("{} has {lines} lines; past {LONG}, ask whether it holds two nouns", file.path));
    }
}

/// Whether the word stands alone: no letter, digit or underscore beside it.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    // A float's suffix follows its digits: 1f64.
    let joins_before = |c: char| if word.starts_with('f') { c.is_alphabetic() || c == '_' } else { joins(c) };
    line.match_indices(word).any(|(at, _)| {
        line[..at].chars().next_back().is_none_or(|c| !joins_before(c))
            && line[at + word.len()..].chars().next().is_none_or(|c| !joins(c))
    })
}

/// The lines of a Rust file without comments and without what stands in string literals.
pub fn code_lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = text.chars().peekable();
    let mut place = Place::Code;
    while let Some(c) = rest.next() {
        if c == '\n' {
            lines.push(String::new());
            if place == Place::LineComment {
                place = Place::Code;
            }
            continue;
        }
        let next = rest.peek().copied();
        place = match (place, c, next) {
            (Place::Code, '/', Some('/')) => Place::LineComment,
            (Place::Code, '/', Some('*')) => Place::BlockComment,
            (Place::Code, '"', _) => Place::Text,
            (Place::BlockComment, '*', Some('/')) => {
                rest.next();
                Place::Code
            }
            (Place::Text, '\\', _) => {
                if next != Some('\n') {
                    rest.next();
                }
                Place::Text
            }
            (Place::Text, '"', _) => Place::Code,
            (Place::Code, '\'', Some('"')) => {
                rest.next();
                Place::Code
            }
            (Place::Code, _, _) => {
                lines.last_mut().expect("there is a line from the start").push(c);
                Place::Code
            }
            (inside, _, _) => inside,
        };
    }
    lines
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    LineComment,
    BlockComment,
    Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<String> {
        let mut found = Findings::default();
        check(&[TextFile { path: path.to_owned(), text: text.to_owned() }], &mut found);
        found.broken
    }

    #[test]
    fn the_pure_room_has_no_clock_no_float_and_no_std() {
        let pure = |text: &str| broken("crates/domain/src/a.rs", text).len();
        assert_eq!(pure("use std::fmt;"), 1);
        assert_eq!(pure("let x = 1f64 + 2.0_f32;"), 1);
        assert_eq!(pure("let m: HashMap<u8, u8>;"), 1);
        assert_eq!(pure("use core::fmt; // not std::fmt\nlet s = \"Instant\"; /* f64\nf32 */ #![no_std]\nlet std_price = 1;"), 0);
        assert_eq!(broken("crates/engine/src/a.rs", "use std::fmt;").len(), 0);
    }

    #[test]
    fn a_finding_tells_its_line() {
        assert_eq!(
            broken("crates/domain/src/a.rs", "\n/* a\n b */ let t: Instant;"),
            ["crates/domain/src/a.rs:3: `Instant` in the pure room: the time is an argument"]
        );
    }

    #[test]
    fn no_file_names_a_folder_of_one_machine() {
        let own = |text: String| broken("README.md", &text).len();
        assert_eq!(own(format!("see {}{}/main/x", "/", "work")), 1);
        assert_eq!(own(format!("HOME={}{}", "/", "root")), 1);
        assert_eq!(own(format!("{}{}someone/x", "/home", "/")), 1);
        assert_eq!(own("src/work/x, a/root, //rooted, /working, https://a.example/home/".to_owned()), 0);
    }
}
