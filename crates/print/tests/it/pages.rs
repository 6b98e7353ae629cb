//! What a reader of a slip must find, and how large.

use print::slip::{BillKind, KitchenKind, KitchenSlip, SlipLine};
use print::{Align, Element, Lang, Page, Row, Run, Slip, Style, Width, layout};

use crate::slips;

fn rows(page: &Page) -> Vec<&Row> {
    page.elements.iter().filter_map(row).collect()
}

fn row(element: &Element) -> Option<&Row> {
    match element {
        Element::Row(row) => Some(row),
        Element::Rule { .. }
        | Element::Qr { .. }
        | Element::Feed(_)
        | Element::Cut
        | Element::Buzzer { .. }
        | Element::Drawer => None,
    }
}

fn text(row: &Row) -> String {
    row.runs.iter().map(|run| run.text.as_str()).collect()
}

/// The run that contains the words.
fn run<'a>(page: &'a Page, words: &str) -> &'a Run {
    let found = rows(page).into_iter().flat_map(|row| &row.runs).find(|run| run.text.contains(words));
    found.unwrap_or_else(|| panic!("{words} is not in\n{}", page.text()))
}

fn kitchen(slip: KitchenSlip, width: Width) -> Page {
    layout(&Slip::Kitchen(slip), Lang::Zh, width)
}

#[test]
fn every_copy_of_every_slip_says_so_first_and_last() {
    for width in [Width::Mm58, Width::Mm80] {
        for lang in [Lang::Zh, Lang::En] {
            for copy in [1, 2, 117] {
                for slip in slips::every_kind(copy) {
                    let page = layout(&slip, lang, width);
                    let rows = rows(&page);
                    let mark = format!("补打 {copy}");
                    let last = rows.len() - if lang == Lang::En { 2 } else { 1 };
                    for row in [rows[0], rows[last]] {
                        assert!(text(row).contains(&mark), "{}", page.text());
                        assert!(row.runs.iter().all(|run| run.style.inverted && run.style.wide >= 2 && run.style.tall >= 2));
                    }
                }
            }
            for slip in slips::every_kind(0) {
                assert!(!layout(&slip, lang, width).text().contains("补打"));
            }
        }
    }
}

#[test]
fn a_cook_reads_table_quantity_and_dish_at_arms_length() {
    for width in [Width::Mm58, Width::Mm80] {
        let page = kitchen(slips::kitchen(KitchenKind::New, 0), width);
        assert_eq!(run(&page, "A5").style, Style { wide: 4, tall: 4, bold: true, inverted: false });
        for dish in ["×2 宫保", "650 g 清"] {
            let run = run(&page, dish);
            assert_eq!(run.style, Style::LARGE.bold());
            assert!(run.text.starts_with(dish), "the quantity comes first");
        }
        assert_eq!(run(&page, "花生").text, " 忌 花生");
        assert_eq!(run(&page, "忌").style, Style::LARGE.bold().inverted());
        assert!(!run(&page, "微辣").style.inverted);
        assert_eq!(run(&page, "麻婆").text, "退 ×1 麻婆豆腐");
        assert!(run(&page, "麻婆").style.inverted);
        assert_eq!(run(&page, "少油").style, Style::TALL.bold());
    }
}

#[test]
fn a_long_name_wraps_beside_its_quantity() {
    let slip = KitchenSlip {
        lines: vec![slips::line("×12", "清蒸石斑鱼配豉油葱姜丝")], ..slips::kitchen(KitchenKind::New, 0)
    };
    let page = kitchen(slip, Width::Mm58);
    let rows = rows(&page);
    let at = rows.iter().position(|row| text(row).starts_with("×12")).unwrap();
    let found: Vec<String> = rows[at..at + 3].iter().map(|row| text(row)).collect();
    // Twice the width: five cells of lead are ten columns.
    assert_eq!(found, ["×12 清蒸石斑鱼", "          配豉油葱姜", "          丝"]);
}

#[test]
fn a_quantity_too_long_for_a_lead_gets_its_own_row() {
    let slip = KitchenSlip { lines: vec![slips::line("1 1/2 catty", "鱼")], ..slips::kitchen(KitchenKind::New, 0) };
    let page = kitchen(slip, Width::Mm58);
    assert!(page.text().contains("1 1/2 catty\n鱼\n"), "{}", page.text());
}

#[test]
fn a_void_says_so_first_large_and_inverted() {
    let page = kitchen(slips::kitchen(KitchenKind::Void, 0), Width::Mm58);
    let first = rows(&page)[0];
    assert_eq!((text(first).as_str(), first.align), (" 退菜 ", Align::Centre));
    assert_eq!(first.runs[0].style, Style { wide: 4, tall: 4, bold: true, inverted: true });
    assert!(page.elements.contains(&Element::Buzzer { times: 4 }));
}

#[test]
fn a_void_strikes_what_it_names_or_everything() {
    let both = vec![slips::line("×1", "米饭"), slips::line("×1", "馒头")];
    let struck = |lines: Vec<SlipLine>| {
        let page = kitchen(KitchenSlip { lines, ..slips::kitchen(KitchenKind::Void, 0) }, Width::Mm80);
        ["米饭", "馒头"].map(|name| run(&page, name).text.starts_with("退") && run(&page, name).style.inverted)
    };
    assert_eq!(struck(both.clone()), [true, true]);
    let one = vec![SlipLine { struck: true, ..both[0].clone() }, both[1].clone()];
    assert_eq!(struck(one), [true, false]);
}

#[test]
fn a_size_is_not_torn_apart() {
    let page = kitchen(slips::kitchen(KitchenKind::New, 0), Width::Mm58);
    assert!(page.text().contains("×2 宫保鸡丁\n  [大份]\n"), "{}", page.text());
    assert_eq!(run(&page, "[大份]").style, Style::LARGE.bold());
}

#[test]
fn a_change_says_from_where_to_where() {
    let slip = KitchenSlip { change: Some("A1 → A5".into()), ..slips::kitchen(KitchenKind::Change, 0) };
    for width in [Width::Mm58, Width::Mm80] {
        let page = kitchen(slip.clone(), width);
        assert_eq!(text(rows(&page)[0]), " 变更 ");
        assert_eq!(text(rows(&page)[1]), "A1 → A5");
        assert!(run(&page, "→").style.wide >= 3);
    }
}

#[test]
fn a_ticket_says_everything_it_was_given() {
    let line = SlipLine { of_set: Some("双人餐".into()), seat: Some("七号".into()), ..slips::line("×1", "米饭") };
    let mut slip = slips::kitchen(KitchenKind::Rush, 0);
    slip.lines.push(line);
    for width in [Width::Mm58, Width::Mm80] {
        for lang in [Lang::Zh, Lang::En] {
            let bare: String = layout(&Slip::Kitchen(slip.clone()), lang, width).text().split_whitespace().collect();
            let all = [
                "A5",
                "1024",
                "热菜",
                "主菜",
                "18:05",
                "小王",
                "宫保鸡丁",
                "[大份]",
                "KungPaoChicken",
                "微辣",
                "花生",
                "大豆",
                "少油少盐，小孩吃",
                "清蒸石斑鱼配豉油葱姜丝",
                "650g",
                "双人餐",
                "七号",
                "先上凉菜",
                "B1-7F3K",
            ];
            for words in all {
                assert!(bare.contains(words), "{words} is not in {bare}");
            }
        }
    }
}

#[test]
fn amounts_stand_in_one_column() {
    for width in [Width::Mm58, Width::Mm80] {
        let page = layout(&Slip::Bill(slips::bill(BillKind::Receipt, 0)), Lang::Zh, width);
        let rows = rows(&page);
        for amount in ["￥116.00", "￥1,288.00", "￥8.00", "￥1,412.00", "-￥12.00", "￥1,400.00"] {
            let row = rows.iter().find(|row| text(row).ends_with(amount)).unwrap_or_else(|| panic!("{amount}\n{}", page.text()));
            assert_eq!(row.columns(), width.columns(), "{amount} ends at the right edge");
        }
        let bare: String = page.text().split_whitespace().collect();
        assert!(["时令", "蔬菜"].iter().all(|part| bare.contains(part)), "{bare}");
    }
}

#[test]
fn amounts_too_wide_for_columns_stand_below_the_name() {
    let mut bill = slips::bill(BillKind::Receipt, 0);
    bill.lines[0].quantity = "1,234.567 kg".into();
    let page = layout(&Slip::Bill(bill), Lang::Zh, Width::Mm58);
    assert!(page.text().contains("宫保鸡丁（大份）\n1,234.567 kg            ￥116.00\n"), "{}", page.text());
}

#[test]
fn only_what_is_paid_looks_paid() {
    let before = layout(&Slip::Bill(slips::bill(BillKind::PreBill, 0)), Lang::Zh, Width::Mm80).text();
    let after = layout(&Slip::Bill(slips::bill(BillKind::Receipt, 0)), Lang::Zh, Width::Mm80).text();
    assert!(before.contains("预结单") && before.contains("不作付款凭证"));
    assert!(after.contains("结账单") && !after.contains("不作付款凭证"));
}

#[test]
fn figures_leave_room_to_sign() {
    let page = layout(&Slip::Figures(slips::figures(0)), Lang::Zh, Width::Mm58);
    let signed = rows(&page).iter().filter(|row| text(row).ends_with(&"_".repeat(16))).count();
    assert_eq!(signed, 2);
}
