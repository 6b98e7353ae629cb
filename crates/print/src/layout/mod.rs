//! Lays slips out: sizes a cook reads at arm's length, amounts in one column, long names on more lines and never cut off.

mod bill;
mod figures;
mod kitchen;
mod queue;
mod sheet;
mod trial;

use crate::page::{Align, Element, Page, Style, Width};
use crate::slip::Slip;
use crate::words::{Lang, REPRINT};
use sheet::Sheet;

/// Lays a slip out for one paper width. Whatever the slip, a copy says 补打 and its number at the top and at the bottom.
pub fn layout(slip: &Slip, lang: Lang, width: Width) -> Page {
    let mut sheet = Sheet::new(width);
    if let Slip::Kitchen(slip) = slip {
        sheet.push(Element::Buzzer { times: kitchen::beeps(slip.kind) });
    }
    mark_copy(&mut sheet, slip.copy(), lang);
    match slip {
        Slip::Kitchen(slip) => kitchen::lay(&mut sheet, slip, lang),
        Slip::Bill(slip) => bill::lay(&mut sheet, slip, lang),
        Slip::Figures(slip) => figures::lay(&mut sheet, slip),
        Slip::Queue(slip) => queue::lay(&mut sheet, slip, lang),
        Slip::Test(slip) => trial::lay(&mut sheet, slip, lang),
    }
    mark_copy(&mut sheet, slip.copy(), lang);
    sheet.push(Element::Feed(1));
    sheet.push(Element::Cut);
    Page { width, elements: sheet.into_elements() }
}

fn mark_copy(sheet: &mut Sheet, copy: u32, lang: Lang) {
    if copy == 0 {
        return;
    }
    sheet.big(&format!(" {REPRINT} {copy} "), 3, Style::PLAIN.bold().inverted());
    if let Some(meaning) = lang.reprint_meaning() {
        sheet.text(&format!("{meaning} {copy}"), Align::Centre, Style::LARGE.bold());
    }
}
