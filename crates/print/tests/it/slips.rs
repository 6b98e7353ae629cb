//! Slips the tests print.

use print::slip::*;

pub fn line(quantity: &str, name: &str) -> SlipLine {
    SlipLine {
        quantity: quantity.into(),
        name: name.into(),
        second_name: None,
        size: None,
        options: vec![],
        of_set: None,
        seat: None,
        note: None,
        allergens: vec![],
        struck: false,
    }
}

pub fn kitchen(kind: KitchenKind, copy: u32) -> KitchenSlip {
    KitchenSlip {
        kind,
        table: "A5".into(),
        number: "1024".into(),
        station: "热菜".into(),
        covers: 4,
        round: 2,
        course: Some("主菜".into()),
        at: "18:05".into(),
        by: "小王".into(),
        lines: vec![
            SlipLine {
                second_name: Some("Kung Pao Chicken".into()),
                size: Some("大份".into()),
                options: vec![option("微辣", false), option("花生", true)],
                seat: Some("3".into()),
                note: Some("少油少盐，小孩吃".into()),
                allergens: vec!["花生".into(), "大豆".into()],
                ..line("×2", "宫保鸡丁")
            },
            SlipLine { of_set: Some("双人套餐".into()), ..line("650 g", "清蒸石斑鱼配豉油葱姜丝") },
            SlipLine { struck: true, ..line("×1", "麻婆豆腐") },
        ],
        note: Some("先上凉菜".into()),
        change: None,
        code: Some("B1-7F3K".into()),
        copy,
    }
}

pub fn option(text: &str, avoid: bool) -> SlipOption {
    SlipOption { text: text.into(), avoid }
}

pub fn bill(kind: BillKind, copy: u32) -> BillSlip {
    BillSlip {
        kind,
        house: "单单小馆".into(),
        table: "A5".into(),
        number: "20261122-0042".into(),
        covers: 4,
        opened: "17:48".into(),
        printed: "19:20".into(),
        by: "小李".into(),
        lines: vec![
            bill_line("宫保鸡丁（大份）", "×2", "¥116.00", Some("微辣")),
            bill_line("清蒸东星斑配豉油葱姜丝以及时令蔬菜", "650 g", "¥1,288.00", None),
            bill_line("米饭", "×4", "¥8.00", None),
        ],
        sums: vec![sum("小计", "¥1,412.00", false), sum("会员优惠", "-¥12.00", false), sum("应付", "¥1,400.00", true)],
        tenders: match kind {
            BillKind::PreBill => vec![],
            BillKind::Receipt => vec![sum("微信支付", "¥1,400.00", false)],
        },
        codes: vec![SlipCode { label: "扫码开票".into(), data: "https://example.cn/f/7F3K".into() }],
        footer: vec!["谢谢惠顾".into()],
        copy,
    }
}

fn bill_line(name: &str, quantity: &str, amount: &str, remark: Option<&str>) -> BillLine {
    BillLine { name: name.into(), quantity: quantity.into(), amount: amount.into(), remark: remark.map(Into::into) }
}

fn sum(label: &str, amount: &str, strong: bool) -> SumLine {
    SumLine { label: label.into(), amount: amount.into(), strong }
}

pub fn figures(copy: u32) -> FiguresSlip {
    let row =
        |label: &str, value: &str, strong, rule_before| Row { label: label.into(), value: value.into(), strong, rule_before };
    FiguresSlip {
        title: "交班单".into(),
        subtitle: vec!["2026-11-22 晚班".into(), "09:00 – 22:30".into()],
        rows: vec![
            row("单数", "87", false, false),
            row("现金", "¥3,210.00", false, false),
            row("微信支付", "¥8,405.50", false, false),
            row("合计", "¥11,615.50", true, true),
        ],
        sign: vec!["收银员".into(), "店长".into()],
        copy,
    }
}

pub fn queue(copy: u32) -> QueueSlip {
    QueueSlip {
        house: "单单小馆".into(),
        number: "B012".into(),
        covers: "4人".into(),
        ahead: "3桌".into(),
        at: "18:05".into(),
        code: Some(SlipCode { label: "扫码看进度".into(), data: "https://example.cn/q/B012".into() }),
        copy,
    }
}

pub fn test() -> TestSlip {
    TestSlip { printer: "后厨一号".into(), at: "2026-11-22 09:00".into() }
}

/// Every kind of slip that has copies, as one.
pub fn every_kind(copy: u32) -> Vec<print::Slip> {
    use KitchenKind::*;
    let kinds = [New, Void, Change, Remake, Rush, Escalated];
    let mut slips: Vec<_> = kinds.into_iter().map(|kind| print::Slip::Kitchen(kitchen(kind, copy))).collect();
    slips.extend([BillKind::PreBill, BillKind::Receipt].map(|kind| print::Slip::Bill(bill(kind, copy))));
    slips.push(print::Slip::Figures(figures(copy)));
    slips.push(print::Slip::Queue(queue(copy)));
    slips
}
