//! A number for a waiting party, to be read across a hall.

use super::sheet::Sheet;
use crate::page::{Align, Style};
use crate::slip::QueueSlip;
use crate::words::Lang;

pub(super) fn lay(sheet: &mut Sheet, slip: &QueueSlip, lang: Lang) {
    sheet.text(&slip.house, Align::Centre, Style::LARGE.bold());
    sheet.big(&slip.number, 6, Style::PLAIN.bold());
    sheet.thick_rule();
    sheet.pair(lang.guests(), &slip.covers, Style::TALL);
    sheet.pair(lang.ahead(), &slip.ahead, Style::TALL.bold());
    sheet.pair(lang.taken(), &slip.at, Style::PLAIN);
    if let Some(code) = &slip.code {
        sheet.rule();
        sheet.code(&code.label, &code.data, false, lang);
    }
}
