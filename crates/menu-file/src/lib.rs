//! Menus and set-ups as files a restaurant owner can type: `.xlsx` and `.csv` in, a [`Menu`] or every wrong row out.
//!
//! A file is read whole or not at all. [`read`] reports each wrong cell with sheet, row, column and a reason in both
//! languages, checks the finished menu with [`domain::menu::validate`], and traces each fault back to the row it came from.
//! Prices go from text to fen without ever being a float.

mod assemble;
mod cell;
mod cells;
pub mod chipotle;
mod csv_form;
mod faults;
mod flatten;
pub mod house;
mod table;
mod template;
mod xlsx_form;

use domain::Text;
use domain::menu::Menu;
use serde::Serialize;
use std::fmt;
use std::path::Path;

pub use template::{template_csv, template_xlsx};

/// The largest file that is opened.
pub const LARGEST_FILE_BYTES: usize = 8 * 1024 * 1024;
/// The most rows a menu may have, all sheets together.
pub const MOST_ROWS: usize = 5_000;

/// One thing that is wrong in a file: where, what stands there, and why it can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// Sheet (in a CSV file: the kind of record); empty where the file as a whole is meant.
    pub sheet: String,
    /// Row as the spreadsheet counts it (in a CSV file: the line), from 1; 0 where no row is meant.
    pub row: u32,
    /// Heading of the column; empty where the whole row is meant.
    pub column: String,
    /// What stands there, shortened.
    pub value: String,
    /// Why it can't be taken.
    pub reason: Text,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.row > 0 {
            write!(f, "{} row {}", self.sheet, self.row)?;
            if !self.column.is_empty() {
                write!(f, ", {}", self.column)?;
            }
            if !self.value.is_empty() {
                write!(f, " \"{}\"", self.value)?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{} / {}", self.reason.zh, self.reason.en)
    }
}

impl std::error::Error for RowError {}

impl RowError {
    fn of_file(zh: impl Into<String>, en: impl Into<String>) -> RowError {
        RowError { sheet: String::new(), row: 0, column: String::new(), value: String::new(), reason: Text::new(zh, en) }
    }
}

/// The two kinds of file a menu can stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An Excel workbook with one sheet for each kind of record.
    Xlsx,
    /// One UTF-8 text file; the first column of each row says what kind of record it is.
    Csv,
}

impl Format {
    /// What the ending of a file's name says it is.
    pub fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "xlsx" => Some(Format::Xlsx),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }
}

/// Reads a menu file; the menu carries `version`.
///
/// # Errors
/// Every wrong cell of the file; then nothing of it is used.
pub fn read(path: &Path, version: u32) -> Result<Menu, Vec<RowError>> {
    let format = Format::of(path).ok_or_else(|| vec![unknown_ending()])?;
    let unreadable =
        |e: std::io::Error| vec![RowError::of_file(format!("文件打不开：{e}"), format!("the file can't be opened: {e}"))];
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST_FILE_BYTES as u64 {
        return Err(vec![too_large()]);
    }
    read_bytes(&std::fs::read(path).map_err(unreadable)?, format, version)
}

/// Reads a menu from the bytes of a file; the menu carries `version`.
///
/// # Errors
/// Every wrong cell of the file; then nothing of it is used.
pub fn read_bytes(bytes: &[u8], format: Format, version: u32) -> Result<Menu, Vec<RowError>> {
    if bytes.len() > LARGEST_FILE_BYTES {
        return Err(vec![too_large()]);
    }
    let mut errors = Vec::new();
    let rows = match format {
        Format::Xlsx => xlsx_form::rows(bytes, &mut errors),
        Format::Csv => csv_form::rows(bytes, &mut errors),
    };
    let menu = match rows {
        Some(rows) => assemble::menu(&rows, version, &mut errors),
        None => return Err(errors),
    };
    if errors.is_empty() {
        return Ok(menu);
    }
    errors.sort_by_key(|error| (table::rank(&error.sheet), error.row));
    Err(errors)
}

/// Why a menu could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The name of the file ends in neither `.xlsx` nor `.csv`.
    #[error("a menu file ends in .xlsx or .csv")]
    UnknownEnding,
    /// The file could not be written.
    #[error("the menu file could not be written")]
    Io(#[from] std::io::Error),
    /// The workbook could not be built.
    #[error("the workbook could not be built")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The text could not be built.
    #[error("the CSV text could not be built")]
    Csv(#[from] csv::Error),
    /// The menu holds something the file can't say (or isn't valid), so it would be read back as another menu.
    #[error("the menu can't be said in a file: {0}")]
    NotRepresentable(String),
}

/// Writes a menu so that [`read`] gives the same menu back.
///
/// # Errors
/// When it can't be written, or would not be read back the same.
pub fn write(menu: &Menu, path: &Path) -> Result<(), WriteError> {
    let format = Format::of(path).ok_or(WriteError::UnknownEnding)?;
    Ok(std::fs::write(path, write_bytes(menu, format)?)?)
}

/// The bytes of a menu file that [`read_bytes`] reads back as the same menu.
///
/// # Errors
/// When it would not be read back the same.
pub fn write_bytes(menu: &Menu, format: Format) -> Result<Vec<u8>, WriteError> {
    let sheets = flatten::sheets(menu);
    let bytes = match format {
        Format::Xlsx => xlsx_form::write(&sheets, false)?,
        Format::Csv => csv_form::write(&sheets, false)?,
    };
    match read_bytes(&bytes, format, menu.version) {
        Ok(again) if again == *menu => Ok(bytes),
        Ok(_) => Err(WriteError::NotRepresentable("it would be read back differently".into())),
        Err(errors) => {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            Err(WriteError::NotRepresentable(first))
        }
    }
}

fn unknown_ending() -> RowError {
    RowError::of_file("菜单文件须为 .xlsx 或 .csv", "a menu file ends in .xlsx or .csv")
}

fn too_large() -> RowError {
    RowError::of_file("文件超过 8 MB", "the file is larger than 8 MB")
}

fn too_many_rows() -> RowError {
    RowError::of_file(format!("超过 {MOST_ROWS} 行"), format!("there are more than {MOST_ROWS} rows"))
}
