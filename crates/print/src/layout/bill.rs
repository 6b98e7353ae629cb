//! Bills before and after paying: dishes with quantity and amount in columns, sums, how it was paid, codes to scan.

use super::sheet::Sheet;
use crate::clean::clean;
use crate::page::{Align, Run, Style};
use crate::slip::{BillKind, BillLine, BillSlip, SumLine};
use crate::words::Lang;
use crate::wrap::{columns, wrap};

pub(super) fn lay(sheet: &mut Sheet, slip: &BillSlip, lang: Lang) {
    head(sheet, slip, lang);
    rows(sheet, &slip.lines);
    sheet.rule();
    slip.sums.iter().for_each(|sum| sum_line(sheet, sum));
    if !slip.tenders.is_empty() {
        sheet.rule();
        slip.tenders.iter().for_each(|tender| sum_line(sheet, tender));
    }
    if !slip.codes.is_empty() || !slip.footer.is_empty() {
        sheet.rule();
    }
    slip.codes.iter().for_each(|code| sheet.code(&code.label, &code.data, false, lang));
    slip.footer.iter().for_each(|line| sheet.text(line, Align::Centre, Style::PLAIN));
}

fn head(sheet: &mut Sheet, slip: &BillSlip, lang: Lang) {
    sheet.text(&slip.house, Align::Centre, Style::LARGE.bold());
    sheet.text(lang.bill(slip.kind), Align::Centre, Style::TALL);
    match slip.kind {
        BillKind::PreBill => sheet.text(lang.not_proof(), Align::Centre, Style::PLAIN),
        BillKind::Receipt => {}
    }
    if !slip.table.is_empty() {
        sheet.pair(lang.table(), &slip.table, Style::TALL.bold());
    }
    sheet.pair(lang.number(), &slip.number, Style::PLAIN);
    if slip.covers > 0 {
        sheet.pair(lang.guests(), &slip.covers.to_string(), Style::PLAIN);
    }
    sheet.pair(lang.opened(), &slip.opened, Style::PLAIN);
    sheet.pair(lang.printed(), &slip.printed, Style::PLAIN);
    sheet.pair(lang.by(), &slip.by, Style::PLAIN);
    sheet.thick_rule();
}

fn sum_line(sheet: &mut Sheet, sum: &SumLine) {
    let style = if sum.strong { Style::TALL.bold() } else { Style::PLAIN };
    sheet.pair(&sum.label, &sum.amount, style);
}

/// A name narrower than this is no pleasure to read; the figures then stand below it.
const NARROWEST_NAME: usize = 12;

fn rows(sheet: &mut Sheet, lines: &[BillLine]) {
    let widest = |text: fn(&BillLine) -> &str| lines.iter().map(|line| columns(&clean(text(line)))).max().unwrap_or(0);
    let quantity = widest(|line| &line.quantity);
    let amount = widest(|line| &line.amount).max(8);
    let name = sheet.columns().checked_sub(quantity + amount + 2).filter(|name| *name >= NARROWEST_NAME);
    for line in lines {
        match name {
            Some(name) => beside(sheet, line, name, quantity, amount),
            None => below(sheet, line),
        }
        if let Some(remark) = &line.remark {
            sheet.indented(2, remark, Style::PLAIN);
        }
    }
}

fn beside(sheet: &mut Sheet, line: &BillLine, name: usize, quantity: usize, amount: usize) {
    for (at, part) in wrap(&clean(&line.name), name).iter().enumerate() {
        let text = match at {
            0 => format!(
                "{} {} {}",
                left(part, name),
                right(&clean(&line.quantity), quantity),
                right(&clean(&line.amount), amount)
            ),
            _ => part.clone(),
        };
        sheet.row(Align::Left, vec![Run::new(&text, Style::PLAIN)]);
    }
}

fn below(sheet: &mut Sheet, line: &BillLine) {
    sheet.text(&line.name, Align::Left, Style::PLAIN);
    sheet.pair(&line.quantity, &line.amount, Style::PLAIN);
}

fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}
