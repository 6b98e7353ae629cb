//! What the channels' bills share: numbered lines, columns found by their names, cells read strictly.

use std::borrow::Cow;

use domain::Money;

use super::BillFault;
use crate::{money::from_yuan, time::ms_from_beijing_text};

/// More than any day's bill; also keeps line numbers within 32 bits.
const LARGEST: usize = 128 << 20;

/// One line of the file without its line end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub no: u32,
    pub text: &'a str,
}

/// The lines that hold anything, numbered as in the file.
pub(super) fn lines(text: &str) -> Result<impl Iterator<Item = Line<'_>>, BillFault> {
    if text.len() > LARGEST {
        return Err(BillFault::TooLarge("bill"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.split('\n')).map(|(no, text)| Line { no, text: text.trim_end_matches('\r') });
    Ok(lines.filter(|line| !line.text.trim().is_empty()))
}

/// The line, from 1, on which a byte lies.
pub(super) fn line_of(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.get(..at).unwrap_or(bytes).iter().filter(|b| **b == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
}

/// A column we found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    at: usize,
    pub name: &'static str,
}

/// The names of the columns. Where they stand and which more there are is the channel's business.
#[derive(Debug)]
pub(super) struct Header {
    line: u32,
    names: Vec<String>,
}

impl Header {
    pub fn read(line: Line<'_>) -> Self {
        Self { line: line.no, names: line.text.split(',').map(plain_name).collect() }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The column under the first of these names that is there; the names are its spellings, newest first.
    pub fn find(&self, spellings: &[&'static str]) -> Result<Option<Column>, BillFault> {
        for name in spellings {
            let mut places = self.names.iter().enumerate().filter(|(_, given)| given == name).map(|(at, _)| at);
            let Some(at) = places.next() else { continue };
            match places.count() {
                0 => return Ok(Some(Column { at, name })),
                more => return Err(BillFault::Column { line: self.line, column: name, found: more + 1 }),
            }
        }
        Ok(None)
    }

    /// As [`Header::find`], for a column we cannot do without.
    pub fn need(&self, spellings: &[&'static str]) -> Result<Column, BillFault> {
        let column = spellings.first().copied().unwrap_or_default();
        self.find(spellings)?.ok_or(BillFault::Column { line: self.line, column, found: 0 })
    }
}

/// Some exports write full-width parentheses, some half-width; some quote the header like a row.
fn plain_name(name: &str) -> String {
    name.trim().trim_start_matches('`').trim().replace('（', "(").replace('）', ")")
}

/// One row, cell by cell.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub line: u32,
    cells: Vec<Cow<'a, str>>,
}

impl<'a> Row<'a> {
    pub fn new(line: u32, cells: impl IntoIterator<Item = &'a str>) -> Self {
        Self { line, cells: cells.into_iter().map(Cow::Borrowed).collect() }
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell without the tabs and spaces that keep spreadsheets from rounding it.
    pub fn text(&self, column: Column) -> &str {
        self.cells.get(column.at).map_or("", |cell| cell.trim())
    }

    /// A number of ours or the channel's; `0` and nothing both mean that there is none.
    pub fn number(&self, column: Column) -> Option<String> {
        Some(self.text(column)).filter(|text| !matches!(*text, "" | "0")).map(str::to_owned)
    }

    /// As [`Row::number`], for numbers every such row has.
    pub fn need(&self, column: Column) -> Result<String, BillFault> {
        self.number(column).ok_or_else(|| self.fault(column, "empty"))
    }

    pub fn yuan(&self, column: Column) -> Result<Money, BillFault> {
        from_yuan(self.text(column)).map_err(|_| self.fault(column, "not an amount in yuan and fen"))
    }

    /// Hundred-thousandths of a yuan; an empty cell is nothing.
    pub fn e5(&self, column: Column) -> Result<i64, BillFault> {
        match self.text(column) {
            "" => Ok(0),
            text => Ok(Decimal::read(text).ok_or_else(|| self.fault(column, "not a decimal number"))?.e5),
        }
    }

    /// UTC milliseconds from `2026-11-22 12:00:00`.
    pub fn time(&self, column: Column) -> Result<i64, BillFault> {
        let text = self.text(column);
        let is_whole = text.len() == "2026-11-22 12:00:00".len();
        is_whole.then(|| ms_from_beijing_text(text)).flatten().ok_or_else(|| self.fault(column, "not a time"))
    }

    pub fn fault(&self, column: Column, what: &'static str) -> BillFault {
        BillFault::Cell { line: self.line, column: column.name, what }
    }

    /// The same row with the cells that are too many taken into `free`, as if its text held the commas.
    fn widened(&self, free: Column, extra: usize, joint: &str) -> Option<Self> {
        let end = free.at + extra;
        let mut cells = self.cells.get(..free.at)?.to_vec();
        cells.push(Cow::Owned(self.cells.get(free.at..=end)?.join(joint)));
        cells.extend_from_slice(self.cells.get(end + 1..)?);
        Some(Self { line: self.line, cells })
    }
}

/// Reads a row of any width: names may hold the very signs that separate cells, so a row that is too wide
/// is read with the surplus in each of the free texts in turn, and the first reading that holds counts.
pub(super) fn read_row<T>(
    row: Row<'_>,
    width: usize,
    free: &[Column],
    joint: &str,
    read: impl Fn(&Row<'_>) -> Result<T, BillFault>,
) -> Result<T, BillFault> {
    let misfit = BillFault::Width { line: row.line, wanted: width, got: row.len() };
    match row.len().checked_sub(width) {
        Some(0) => read(&row),
        Some(extra) => {
            let mut tries = free.iter().filter_map(|column| row.widened(*column, extra, joint));
            tries.find_map(|wider| read(&wider).ok()).ok_or(misfit)
        }
        None => Err(misfit),
    }
}

/// A decimal number of at most five places, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// In hundred-thousandths.
    pub e5: i64,
    /// Places written.
    pub places: u32,
}

impl Decimal {
    pub fn read(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || part.is_some_and(|part| !is_digits(part) || part.len() > 5) {
            return None;
        }
        let part = part.unwrap_or_default();
        let padded: i64 = format!("{part:0<5}").parse().ok()?;
        let e5 = whole.parse::<i64>().ok()?.checked_mul(100_000)?.checked_add(padded)?;
        Some(Self { e5: sign * e5, places: u32::try_from(part.len()).ok()? })
    }

    /// A count; one sample of WeChat Pay's writes `20.0`.
    pub fn whole(self) -> Option<i64> {
        (self.e5 % 100_000 == 0).then_some(self.e5 / 100_000)
    }

    /// Whether this is `sum`. Sums of fees, which have five places, may be written in yuan and fen.
    pub fn agrees(self, sum: i128) -> bool {
        i128::from(self.e5).abs_diff(sum) < 10u128.pow(5 - self.places.clamp(2, 5))
    }
}
