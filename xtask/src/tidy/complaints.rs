//! Every complaint has its scenario: `docs/complaints.md` has a row for each number, and its tests exist.

use super::{Findings, TextFile};

const TABLE: &str = "docs/complaints.md";
const COMPLAINTS: u32 = 40;

pub fn check(files: &[TextFile], found: &mut Findings) {
    let Some(table) = files.iter().find(|f| f.path == TABLE) else {
        return found.broken(format!("{TABLE} is missing"));
    };
    let rows: Vec<(u32, &str)> = table.text.lines().filter_map(|line| Some((number_of(line)?, line))).collect();
    for number in 1..=COMPLAINTS {
        let mut of_it = rows.iter().filter(|(n, _)| *n == number);
        match (of_it.next(), of_it.next()) {
            (Some((_, row)), None) => check_row(number, row, files, found),
            (Some(_), Some(_)) => found.broken(format!("{TABLE}: complaint {number:02} has two rows")),
            (None, _) => found.broken(format!("{TABLE}: complaint {number:02} has no row")),
        }
    }
}

fn check_row(number: u32, row: &str, files: &[TextFile], found: &mut Findings) {
    let tests = tests_of(row);
    if tests.is_empty() {
        found.broken(format!("{TABLE}: complaint {number:02} names no test"));
    }
    for (path, name) in tests {
        if !names(number, name) {
            found.broken(format!("{TABLE}: complaint {number:02}: {name} does not have the number in its name"));
        }
        if !files.iter().any(|f| f.path == path && has_test(&f.text, name)) {
            found.broken(format!("{TABLE}: complaint {number:02}: {path} has no test {name}"));
        }
    }
}

/// `| 07 | …`.
fn number_of(line: &str) -> Option<u32> {
    line.strip_prefix("| ")?.split(' ').next()?.parse().ok()
}

/// The pairs of `path::name` in backticks.
fn tests_of(row: &str) -> Vec<(&str, &str)> {
    row.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")).collect()
}

/// `complaint_07_…` in Rust, `complaint 07: …` in TypeScript, `complaint_19_and_20_…` for both.
fn names(number: u32, name: &str) -> bool {
    let words = name.split(['_', ' ', ':']);
    name.starts_with("complaint") && words.into_iter().any(|word| word == format!("{number:02}"))
}

/// A function of that name, or a test of the screens whose text begins so.
fn has_test(text: &str, name: &str) -> bool {
    let has_function = text.lines().any(|line| line.contains(&format!("fn {name}(")));
    has_function || text.lines().any(|line| line.trim_start().starts_with("test") && line.contains(&format!("(\"{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    /// A sound table, with this instead of the row of number 7.
    fn broken(row_7: &str) -> Vec<String> {
        let functions: String = (1..=COMPLAINTS).map(|n| format!("fn complaint_{n:02}_is_met() {{}}\n")).collect();
        let row =
            |n: u32| if n == 7 { row_7.to_owned() } else { format!("| {n:02} | x | y | `a/b.rs::complaint_{n:02}_is_met` |") };
        let table: Vec<String> = (1..=COMPLAINTS).map(row).collect();
        let screens = "test(\"complaint 07: two tabs, one order\", () => {});\n";
        let mut found = Findings::default();
        check(&[file(TABLE, &table.join("\n")), file("a/b.rs", &functions), file("c.test.ts", screens)], &mut found);
        found.broken
    }

    #[test]
    fn a_row_with_a_test_is_sound() {
        assert_eq!(broken("| 07 | x | y | `a/b.rs::complaint_07_is_met`, `c.test.ts::complaint 07: two tabs` |"), [""; 0]);
    }

    #[test]
    fn rows_and_tests_that_are_not_there_are_found() {
        assert_eq!(broken(""), ["docs/complaints.md: complaint 07 has no row"]);
        assert_eq!(broken("| 07 | x | y | z |"), ["docs/complaints.md: complaint 07 names no test"]);
        assert_eq!(broken("| 08 | x |").len(), 2);
        let gone = ["complaint_07_is", "complaint_07_is_met_too"].map(|name| format!("| 07 | x | y | `a/b.rs::{name}` |"));
        assert!(gone.iter().all(|row| broken(row)[0].contains("a/b.rs has no test")));
        assert!(broken("| 07 | x | y | `gone.rs::complaint_07_is_met` |")[0].contains("gone.rs has no test"));
        let other = broken("| 07 | x | y | `a/b.rs::complaint_08_is_met` |");
        assert!(other[0].contains("does not have the number in its name"), "{other:?}");
    }
}
