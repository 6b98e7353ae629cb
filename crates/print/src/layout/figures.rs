//! Figures of a shift, a day or a cash movement, with lines to sign on.

use super::sheet::Sheet;
use crate::page::{Align, Element, Style};
use crate::slip::FiguresSlip;

pub(super) fn lay(sheet: &mut Sheet, slip: &FiguresSlip) {
    sheet.text(&slip.title, Align::Centre, Style::LARGE.bold());
    slip.subtitle.iter().for_each(|line| sheet.text(line, Align::Centre, Style::PLAIN));
    sheet.thick_rule();
    for row in &slip.rows {
        if row.rule_before {
            sheet.rule();
        }
        let style = if row.strong { Style::TALL.bold() } else { Style::PLAIN };
        sheet.pair(&row.label, &row.value, style);
    }
    if !slip.sign.is_empty() {
        sheet.rule();
    }
    for who in &slip.sign {
        sheet.push(Element::Feed(2));
        sheet.pair(who, &"_".repeat(sheet.columns() / 2), Style::PLAIN);
    }
}
