//! Kitchen tickets: table, quantity and dish first and large; what must not be in a dish white on black.

use super::sheet::Sheet;
use crate::page::Style;
use crate::slip::{KitchenKind, KitchenSlip, SlipLine, SlipOption};
use crate::words::Lang;

/// How often the printer sounds: more for what somebody has to stop or hurry for.
pub(super) fn beeps(kind: KitchenKind) -> u8 {
    match kind {
        KitchenKind::New | KitchenKind::Change | KitchenKind::Remake => 2,
        KitchenKind::Void | KitchenKind::Rush | KitchenKind::Escalated => 4,
    }
}

pub(super) fn lay(sheet: &mut Sheet, slip: &KitchenSlip, lang: Lang) {
    head(sheet, slip, lang);
    // A void that strikes nothing in particular strikes everything on it.
    let all_struck = slip.kind == KitchenKind::Void && !slip.lines.iter().any(|line| line.struck);
    for line in &slip.lines {
        dish(sheet, line, line.struck || all_struck, lang);
        sheet.rule();
    }
    if let Some(note) = &slip.note {
        sheet.hanging(0, &format!("{}: ", lang.note()), note, Style::LARGE.bold());
    }
    if let Some(code) = &slip.code {
        sheet.code("", code, true, lang);
    }
}

fn head(sheet: &mut Sheet, slip: &KitchenSlip, lang: Lang) {
    if let Some(word) = lang.kitchen(slip.kind) {
        sheet.big(&format!(" {word} "), 4, Style::PLAIN.bold().inverted());
    }
    if let Some(change) = &slip.change {
        sheet.big(change, 3, Style::PLAIN.bold());
    }
    sheet.pair(&slip.station, &slip.at, Style::TALL.bold());
    sheet.big(&slip.table, 4, Style::PLAIN.bold());
    sheet.pair(&format!("{} {}", lang.number(), slip.number), &slip.by, Style::TALL);
    let mut about = Vec::new();
    if slip.covers > 0 {
        about.push(lang.covers(slip.covers));
    }
    if slip.round > 0 {
        about.push(lang.round(slip.round));
    }
    let course = slip.course.as_deref().unwrap_or_default();
    if !about.is_empty() || !course.is_empty() {
        sheet.pair(&about.join("  "), course, Style::TALL);
    }
    sheet.thick_rule();
}

fn dish(sheet: &mut Sheet, line: &SlipLine, struck: bool, lang: Lang) {
    let lead = match struck {
        true => format!("{} {} ", lang.struck(), line.quantity),
        false => format!("{} ", line.quantity),
    };
    let style = Style { inverted: struck, ..Style::LARGE.bold() };
    let size = line.size.as_ref().map(|size| format!("[{size}]"));
    match &size {
        Some(size) if sheet.fits(&format!("{lead}{} {size}", line.name), style) => {
            sheet.hanging(0, &lead, &format!("{} {size}", line.name), style);
        }
        Some(size) => {
            sheet.hanging(0, &lead, &line.name, style);
            sheet.indented(2, size, style);
        }
        None => sheet.hanging(0, &lead, &line.name, style),
    }
    if let Some(second) = &line.second_name {
        sheet.indented(2, second, Style::TALL);
    }
    line.options.iter().for_each(|wish| option(sheet, wish, lang));
    if let Some(note) = &line.note {
        sheet.hanging(2, &format!("{}: ", lang.note()), note, Style::TALL.bold());
    }
    if let Some(set) = &line.of_set {
        sheet.hanging(2, &format!("{}: ", lang.set()), set, Style::PLAIN);
    }
    if let Some(seat) = &line.seat {
        sheet.hanging(2, &format!("{}: ", lang.seat()), seat, Style::PLAIN);
    }
    if !line.allergens.is_empty() {
        sheet.hanging(2, &format!("{}: ", lang.allergens()), &line.allergens.join(lang.list_comma()), Style::PLAIN.bold());
    }
}

fn option(sheet: &mut Sheet, option: &SlipOption, lang: Lang) {
    match option.avoid {
        true => sheet.hanging(2, &format!(" {} ", lang.avoid()), &option.text, Style::LARGE.bold().inverted()),
        false => sheet.hanging(2, "- ", &option.text, Style::TALL.bold()),
    }
}
