//! The test page: every size, common and rare characters, a code, and a bar that shows whether the head is worn.

use super::sheet::Sheet;
use crate::page::{Align, Run, Style};
use crate::slip::TestSlip;
use crate::words::Lang;

pub(super) fn lay(sheet: &mut Sheet, slip: &TestSlip, lang: Lang) {
    sheet.text(lang.test_page(), Align::Centre, Style::LARGE.bold());
    sheet.text(&slip.printer, Align::Centre, Style::TALL);
    sheet.text(&slip.at, Align::Centre, Style::PLAIN);
    sheet.thick_rule();
    for (wide, tall) in [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (4, 4)] {
        sheet.text(&format!("{wide}x{tall} 单A1"), Align::Left, Style { wide, tall, ..Style::PLAIN });
    }
    sheet.text("粗体 bold", Align::Left, Style::PLAIN.bold());
    sheet.text(" 反白 inverted ", Align::Left, Style::PLAIN.inverted());
    sheet.text("靠右 right", Align::Right, Style::PLAIN);
    sheet.rule();
    sheet.text("GB2312: 宫保鸡丁 麻婆豆腐 →×℃", Align::Left, Style::PLAIN);
    sheet.text("GBK: 镕喆堃炆煊 嘢喺", Align::Left, Style::PLAIN);
    sheet.text("GB18030: 㐂㛃䴘 𠮷𬭎", Align::Left, Style::PLAIN);
    sheet.text(&ruler(sheet.columns()), Align::Left, Style::PLAIN);
    sheet.code("dandan test 0123456789", "dandan test 0123456789", false, lang);
    density_bar(sheet);
}

/// Digits to the last column; one that wraps shows a paper width set wrong.
fn ruler(columns: usize) -> String {
    "1234567890".chars().cycle().take(columns).collect()
}

/// Solid black over the whole width, then a pattern of full and empty cells.
fn density_bar(sheet: &mut Sheet) {
    let solid = Run::new(&" ".repeat(sheet.columns()), Style::TALL.inverted());
    sheet.row(Align::Left, vec![solid]);
    let cells = (0..sheet.columns()).map(|at| Run::new(" ", if at % 2 == 0 { Style::TALL.inverted() } else { Style::TALL }));
    let cells = cells.collect();
    sheet.row(Align::Left, cells);
}
