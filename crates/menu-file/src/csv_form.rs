//! The one-file form: UTF-8 text in which the first cell of a row names its kind.
//!
//! A row such as `#dish,dish,name_zh,…` gives the headings for the `dish` rows below it; other rows starting with `#` are remarks.

use crate::table::{Column, KINDS, Kind, Row, Sheet};
use crate::{MOST_ROWS, RowError, too_many_rows};
use csv::StringRecord;
use std::collections::BTreeMap;

/// No sheet has as many columns.
pub(crate) const MOST_COLUMNS: usize = 64;

type Headings = Vec<Option<&'static Column>>;

/// The rows of the file; `None` where it can't be read at all.
pub(crate) fn rows(bytes: &[u8], errors: &mut Vec<RowError>) -> Option<Vec<Row>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            errors.push(RowError::of_file(
                format!("文件不是 UTF-8（第 {line} 行）；请在 Excel 中另存为“CSV UTF-8”"),
                format!("the file is not UTF-8 (line {line}); save it from Excel as \"CSV UTF-8\""),
            ));
            return None;
        }
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut headings: BTreeMap<Kind, Headings> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut records = 0;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                errors.push(RowError::of_file(format!("文件读不下去：{e}"), format!("the file can't be read on: {e}")));
                return None;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        records += 1;
        if records > MOST_ROWS {
            errors.push(too_many_rows());
            return None;
        }
        let line = record.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
        read_record(&record, line, &mut headings, &mut rows, errors);
    }
    Some(rows)
}

fn read_record(
    record: &StringRecord,
    line: u32,
    headings: &mut BTreeMap<Kind, Headings>,
    rows: &mut Vec<Row>,
    errors: &mut Vec<RowError>,
) {
    let first = record.get(0).unwrap_or_default().trim();
    let cells: Vec<String> = record.iter().skip(1).map(|cell| cell.trim().to_owned()).collect();
    if let Some(name) = first.strip_prefix('#') {
        if let Some(kind) = Kind::of_record(name).filter(|_| !name.starts_with(' ')) {
            headings.insert(kind, read_headings(kind, line, &cells, errors));
        }
        return;
    }
    let Some(kind) = Kind::of_record(first) else {
        let known = KINDS.map(Kind::record).join(" ");
        errors.push(RowError {
            row: line,
            value: shorten(first),
            ..RowError::of_file(format!("第一格须为：{known}"), format!("the first cell is one of: {known}"))
        });
        return;
    };
    let Some(headings) = headings.get(&kind) else {
        errors.push(RowError {
            sheet: kind.sheet().to_owned(),
            row: line,
            ..RowError::of_file(
                format!("上方缺少标题行 #{}", kind.record()),
                format!("no heading row #{} stands above", kind.record()),
            )
        });
        return;
    };
    rows.extend(read_row(kind, line, headings, &cells, errors));
}

/// Finds the column of each heading and reports unknown, repeated and missing ones.
pub(crate) fn read_headings(kind: Kind, number: u32, cells: &[String], errors: &mut Vec<RowError>) -> Headings {
    let mut report = |value: &str, zh: String, en: String| {
        errors.push(RowError { sheet: kind.sheet().to_owned(), row: number, value: shorten(value), ..RowError::of_file(zh, en) });
    };
    let mut headings: Headings = Vec::new();
    if cells.len() > MOST_COLUMNS {
        report("", "栏目太多".to_owned(), "there are too many columns".to_owned());
    }
    for cell in cells.iter().take(MOST_COLUMNS) {
        let column = kind.column(cell);
        match column {
            None if cell.is_empty() => {}
            None => report(cell, "没有这个栏目".to_owned(), "there is no such column".to_owned()),
            Some(column) if headings.iter().flatten().any(|other| other.key == column.key) => {
                report(cell, "栏目重复".to_owned(), "this column stands here twice".to_owned());
            }
            Some(_) => {}
        }
        headings.push(column);
    }
    for column in kind.columns() {
        if column.required && !headings.iter().flatten().any(|found| found.key == column.key) {
            report("", format!("缺少栏目 {}", column.key), format!("the column {} is missing", column.key));
        }
    }
    headings
}

/// Puts the cells of a row under their headings; `None` for a blank row.
pub(crate) fn read_row(
    kind: Kind,
    number: u32,
    headings: &Headings,
    cells: &[String],
    errors: &mut Vec<RowError>,
) -> Option<Row> {
    let mut row = Row { kind, number, cells: BTreeMap::new() };
    for (column, cell) in headings.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        // Without a column the heading is unknown, which has been reported once, where it stands.
        if let Some(column) = column {
            row.cells.insert(column.key, cell.clone());
        }
    }
    if let Some(cell) = cells.iter().skip(headings.len()).find(|cell| !cell.is_empty()) {
        errors.push(RowError {
            sheet: kind.sheet().to_owned(),
            row: number,
            value: shorten(cell),
            ..RowError::of_file("这一格上方没有标题", "this cell stands under no heading")
        });
    }
    (!row.cells.is_empty()).then_some(row)
}

/// Writes the sheets one below the other; with `remarks`, each says what it is for.
pub(crate) fn write(sheets: &[Sheet], remarks: bool) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(b"\xef\xbb\xbf".to_vec());
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        let kind = sheet.kind;
        if remarks {
            let (zh, en) = kind.help();
            out.write_record([format!("# {}：{zh} / {en}", kind.title())])?;
        }
        let titles = kind.columns().iter().map(|column| format!("{} {}", column.key, column.title));
        out.write_record(std::iter::once(format!("#{}", kind.record())).chain(titles))?;
        for row in &sheet.rows {
            out.write_record(std::iter::once(kind.record()).chain(row.iter().map(String::as_str)))?;
        }
    }
    out.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// Shortens a cell for a report.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
