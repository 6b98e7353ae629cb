//! The workbook form: one sheet for each kind of record, headings in its first row.
//!
//! A workbook is a zip of XML and may lie about everything. What it really unpacks to is counted before it is opened; cells are read
//! one by one (a single cell in the last row and column would otherwise allocate a sheet of 17 billion); and whatever still
//! makes the reader fail is reported like any other unreadable file.

use crate::csv_form::{MOST_COLUMNS, read_headings, read_row, shorten};
use crate::table::{Kind, Row, Sheet, first_word};
use crate::{MOST_ROWS, RowError, too_many_rows};
use calamine::{DataRef, Reader, Xlsx};
use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most a workbook may unpack to.
const LARGEST_UNPACKED_BYTES: u64 = 32 * 1024 * 1024;
/// The most files a workbook may consist of.
const MOST_PARTS: usize = 500;
/// The most sheets a workbook may have.
const MOST_SHEETS: usize = 50;

/// The rows of the workbook; `None` where it can't be read at all.
pub(crate) fn rows(bytes: &[u8], errors: &mut Vec<RowError>) -> Option<Vec<Row>> {
    let mut found = Vec::new();
    let read = catch_unwind(AssertUnwindSafe(|| -> Read<Vec<Row>> {
        check_unpacked_size(bytes)?;
        read_workbook(bytes, &mut found)
    }));
    errors.append(&mut found);
    match read {
        Ok(Ok(rows)) => Some(rows),
        Ok(Err(error)) => {
            errors.push(*error);
            None
        }
        Err(_) => {
            errors.push(*unreadable("damaged"));
            None
        }
    }
}

/// Something of the workbook, or why the workbook as a whole can't be read.
type Read<T> = Result<T, Box<RowError>>;

fn unreadable(why: impl std::fmt::Display) -> Box<RowError> {
    Box::new(RowError::of_file(format!("不是可读的 .xlsx 文件（{why}）"), format!("this is not a readable .xlsx file ({why})")))
}

/// Unpacks every part into nothing, counting; what the directory declares is checked first because that costs nothing.
fn check_unpacked_size(bytes: &[u8]) -> Read<()> {
    let too_large = || Box::new(RowError::of_file("文件解压后过大", "the file unpacks to more than a menu can be"));
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if zip.len() > MOST_PARTS || zip.decompressed_size().is_some_and(|size| size > u128::from(LARGEST_UNPACKED_BYTES)) {
        return Err(too_large());
    }
    let mut left = LARGEST_UNPACKED_BYTES;
    for i in 0..zip.len() {
        let part = zip.by_index(i).map_err(unreadable)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(unreadable)?;
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

fn read_workbook(bytes: &[u8], errors: &mut Vec<RowError>) -> Read<Vec<Row>> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut rows = Vec::new();
    let names = book.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(Box::new(RowError::of_file("工作表太多", "there are too many sheets")));
    }
    let mut seen: BTreeSet<Kind> = BTreeSet::new();
    for name in names {
        let kind = Kind::of_sheet(&name);
        if kind.is_none() && first_word(&name).eq_ignore_ascii_case("help") {
            continue;
        }
        let lines = read_sheet(&mut book, &name)?;
        let Some(kind) = kind else {
            if !lines.is_empty() {
                errors.push(RowError {
                    sheet: shorten(&name),
                    ..RowError::of_file(
                        format!("不认识的工作表“{}”", shorten(&name)),
                        format!("there is no sheet \"{}\" in the template", shorten(&name)),
                    )
                });
            }
            continue;
        };
        if !seen.insert(kind) {
            errors.push(RowError {
                sheet: shorten(&name),
                ..RowError::of_file("同一种工作表有两张", "there are two sheets of this kind")
            });
            continue;
        }
        let mut lines = lines.into_iter().filter(|(_, cells)| !cells.first().is_some_and(|cell| cell.starts_with('#')));
        let Some((number, cells)) = lines.next() else { continue };
        let headings = read_headings(kind, number, &cells, errors);
        rows.extend(lines.filter_map(|(number, cells)| read_row(kind, number, &headings, &cells, errors)));
        if rows.len() > MOST_ROWS {
            return Err(Box::new(too_many_rows()));
        }
    }
    Ok(rows)
}

type Line = (u32, Vec<String>);

/// The rows of a sheet that are not blank, with their numbers.
fn read_sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Read<Vec<Line>> {
    let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // A chart sheet holds no rows.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(e) => return Err(unreadable(e)),
    };
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let text = cell_text(cell.get_value());
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        // One column too many is kept, to be reported as standing under no heading.
        if text.is_empty() || at > MOST_COLUMNS {
            continue;
        }
        let line = lines.entry(row.saturating_add(1)).or_default();
        if line.len() <= at {
            line.resize(at + 1, String::new());
        }
        line[at] = text;
        if lines.len() > MOST_ROWS + 1 {
            return Err(Box::new(too_many_rows()));
        }
    }
    Ok(lines.into_iter().collect())
}

/// What a cell says, as text. A number is written with the fewest digits that name it (`38.1`, never `38.100000000000001`), so prices
/// are read from those digits exactly.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(time) => time_text(time.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// A time of day, kept by Excel as a fraction of a day. A date has no place on a menu and is shown as its bare number.
fn time_text(days: f64) -> String {
    let minutes = (days * 1440.0).round();
    if !(0.0..=1440.0).contains(&minutes) {
        return format!("date {days}");
    }
    // 0..=1440 fits without loss.
    let minutes = minutes as u16;
    crate::cell::minute_text(domain::LocalMinute(minutes))
}

/// Writes the sheets into a workbook; with `help`, an explanation comes first and required headings stand out.
pub(crate) fn write(sheets: &[Sheet], help: bool) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    if help {
        write_help(book.add_worksheet())?;
    }
    for sheet in sheets {
        write_sheet(book.add_worksheet(), sheet)?;
    }
    book.save_to_buffer()
}

fn write_sheet(out: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let kind = sheet.kind;
    out.set_name(format!("{} {}", kind.sheet(), kind.title()))?;
    out.set_freeze_panes(1, if kind == Kind::Dish { 3 } else { 0 })?;
    for (at, column) in (0u16..).zip(kind.columns()) {
        let heading = Format::new().set_bold().set_background_color(if column.required {
            Color::RGB(0xFFE3B3)
        } else {
            Color::RGB(0xEDEDED)
        });
        out.write_with_format(0, at, format!("{} {}", column.key, column.title), &heading)?;
        let width = sheet.rows.iter().filter_map(|row| row.get(usize::from(at))).map(|cell| cell.chars().count()).max();
        out.set_column_width(at, width.unwrap_or_default().clamp(16, 40) as f64)?;
        let choices: &[&str] = match (kind, column.key) {
            (Kind::Dish, "charge") => &["item", "weight", "cover"],
            (Kind::Option, "kind") => &["method", "extra", "avoid", "soup", "other"],
            (Kind::Dish, "popular") => &["yes", "no"],
            (Kind::Dish, "pot") => &["soup", "for_pot"],
            _ => &[],
        };
        if !choices.is_empty() {
            out.add_data_validation(1, at, MOST_ROWS as u32, at, &DataValidation::new().allow_list_strings(choices)?)?;
        }
    }
    for (row, cells) in (1u32..).zip(&sheet.rows) {
        for (at, cell) in (0u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            out.write_string(row, at, cell)?;
        }
    }
    let last = u16::try_from(kind.columns().len() - 1).unwrap_or(u16::MAX);
    out.ignore_error_range(1, 0, MOST_ROWS as u32, last, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

fn write_help(out: &mut Worksheet) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    out.set_name("help 说明")?;
    for (at, width) in (0u16..).zip([22.0, 14.0, 60.0, 60.0]) {
        out.set_column_width(at, width)?;
    }
    let mut row = 0;
    for (zh, en) in crate::template::HELP {
        out.write_with_format(row, 2, *zh, &wrap)?;
        out.write_with_format(row, 3, *en, &wrap)?;
        row += 1;
    }
    for kind in crate::table::KINDS {
        let (zh, en) = kind.help();
        row += 1;
        out.write_with_format(row, 0, format!("{} {}", kind.sheet(), kind.title()), &bold)?;
        out.write_with_format(row, 2, zh, &wrap)?;
        out.write_with_format(row, 3, en, &wrap)?;
        row += 1;
        for column in kind.columns() {
            out.write_string(row, 0, format!("{} {}", column.key, column.title))?;
            out.write_string(row, 1, if column.required { "必填 required" } else { "" })?;
            out.write_with_format(row, 2, column.zh, &wrap)?;
            out.write_with_format(row, 3, column.en, &wrap)?;
            row += 1;
        }
    }
    Ok(())
}
