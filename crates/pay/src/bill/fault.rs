//! Why a bill was not believed.

/// A bill file that cannot be taken as it is. Names the place, never what stands there (bills hold names and numbers of people).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillFault {
    /// Bytes that are no text in the expected encoding.
    #[error("line {line}: not {encoding} text")]
    Encoding {
        /// From 1.
        line: u32,
        /// `UTF-8` or `GBK`.
        encoding: &'static str,
    },
    /// A column we need is not in the header, or is there twice.
    #[error("line {line}: the header has {found} columns called {column}")]
    Column {
        /// The header's line, from 1.
        line: u32,
        /// Its name, in the newest spelling.
        column: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A cell that does not hold what its column promises.
    #[error("line {line}, {column}: {what}")]
    Cell {
        /// From 1.
        line: u32,
        /// The column's name.
        column: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// A row with more or fewer cells than the header.
    #[error("line {line}: {got} cells under a header of {wanted}")]
    Width {
        /// From 1.
        line: u32,
        /// Cells in the header.
        wanted: usize,
        /// Cells in the row.
        got: usize,
    },
    /// A line that has no place in a bill, or not this place.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The file ends before its summary.
    #[error("cut off after line {line}: {what} is missing")]
    Truncated {
        /// The last line there is.
        line: u32,
        /// What should follow.
        what: &'static str,
    },
    /// The rows and the summary disagree.
    #[error("line {line}, {column}: the bill says {says}, its rows make {rows}")]
    Sum {
        /// The summary's line, from 1.
        line: u32,
        /// What was counted.
        column: String,
        /// The summary's figure: a count, or hundred-thousandths of a yuan.
        says: i128,
        /// The same from the rows.
        rows: i128,
    },
    /// A damaged or unusual archive.
    #[error("archive: {0}")]
    Archive(&'static str),
    /// More than any bill of one day holds, or packed so tightly that it is a trap.
    #[error("too large: {0}")]
    TooLarge(&'static str),
}
