//! Every kind of slip as the paper it becomes: laid out, encoded, printed by the simulator, and compared with a picture and its text.
//!
//! `UPDATE_GOLDEN=1 cargo test -p print pictures` draws them anew; a changed picture is looked at before it is committed.

use print::slip::*;
use print::{Lang, Profile, Slip, encode, layout};

use crate::paper::{Printed, compare, print, scan};
use crate::{golden, slips};

/// A printer without a cutter is cut by hand: here as with one, so that the slip ends.
fn narrow() -> Profile {
    Profile { cut: true, ..golden::narrow() }
}

#[tokio::test]
async fn new_order() {
    both("kitchen-new", Slip::Kitchen(ordered(KitchenKind::New)), &["K:7F3K2M9Q"]).await;
}

#[tokio::test]
async fn copy_of_an_order() {
    let slip = KitchenSlip { copy: 1, ..ordered(KitchenKind::New) };
    both("kitchen-copy", Slip::Kitchen(slip), &["K:7F3K2M9Q"]).await;
}

#[tokio::test]
async fn void() {
    let lines = vec![SlipLine { struck: true, seat: Some("3".into()), ..slips::line("×1", "麻婆豆腐") }];
    let note = Some("退菜原因：客人改点".into());
    let slip = KitchenSlip { lines, note, code: None, course: None, ..ordered(KitchenKind::Void) };
    both("kitchen-void", Slip::Kitchen(slip), &[]).await;
}

#[tokio::test]
async fn change_of_table() {
    let change = Some("A5 → 牡丹厅".into());
    let slip = KitchenSlip {
        table: "牡丹厅 VIP".into(),
        by: String::new(),
        note: None,
        code: None,
        course: None,
        change,
        ..ordered(KitchenKind::Change)
    };
    both("kitchen-change", Slip::Kitchen(slip), &[]).await;
}

#[tokio::test]
async fn cooked_again() {
    let lines = vec![SlipLine { note: Some("重做：太咸 少放盐".into()), ..slips::line("×1", "宫保鸡丁") }];
    let slip = KitchenSlip { lines, note: None, ..ordered(KitchenKind::Remake) };
    both("kitchen-remake", Slip::Kitchen(slip), &["K:7F3K2M9Q"]).await;
}

#[tokio::test]
async fn rush() {
    let slip = KitchenSlip {
        lines: vec![slips::line("650 g", "清蒸石斑鱼配豉油葱姜丝")],
        note: Some("第2次催".into()),
        code: None,
        course: None,
        ..ordered(KitchenKind::Rush)
    };
    both("kitchen-rush", Slip::Kitchen(slip), &[]).await;
}

#[tokio::test]
async fn bill_before_paying() {
    let mut bill = slips::bill(BillKind::PreBill, 0);
    let data = "https://example.cn/s/1/pay?t=A5&k=Zm9vYmFyYmF6cXV4";
    bill.codes = vec![SlipCode { label: "扫码付款".into(), data: data.into() }];
    bill.footer.clear();
    both("pre-bill", Slip::Bill(bill), &[data]).await;
}

#[tokio::test]
async fn receipt() {
    let receipt = slips::bill(BillKind::Receipt, 0);
    both("receipt", Slip::Bill(receipt), &["https://example.cn/f/7F3K"]).await;
}

#[tokio::test]
async fn copy_of_a_receipt() {
    let receipt = BillSlip { codes: vec![], ..slips::bill(BillKind::Receipt, 2) };
    wide("receipt-copy", Slip::Bill(receipt), &[]).await;
}

#[tokio::test]
async fn figures_of_a_shift() {
    let rows = figures(&[
        ("备用金", "¥500.00", ""),
        ("收 现金 ×12", "¥1,210.00", "-"),
        ("收 微信支付 ×31", "¥8,405.50", ""),
        ("退 现金 ×1", "¥38.00", "-"),
        ("抹零", "¥0.50", ""),
        ("取出 21:10 买葱姜，收据在抽屉里，明天找经理补签", "-¥60.00", "-"),
        ("应有现金", "¥1,612.00", "-!"),
        ("实点现金", "¥1,610.00", "!"),
        ("短款", "-¥2.00", "!"),
    ]);
    let slip = FiguresSlip {
        title: "交班单".into(),
        subtitle: vec!["单单小馆".into(), "前台  小李".into(), "11-22 09:00 – 11-22 22:30".into()],
        rows,
        sign: vec!["收银签字".into(), "经理签字".into()],
        copy: 0,
    };
    both("shift", Slip::Figures(slip), &[]).await;
}

#[tokio::test]
async fn figures_of_a_day() {
    let rows = figures(&[
        ("桌数", "87", ""),
        ("人数", "302", ""),
        ("菜品原价", "¥21,480.00", "-"),
        ("赠菜 ×3", "-¥96.00", ""),
        ("折扣", "-¥412.50", ""),
        ("应收", "¥20,971.50", "!"),
        ("收 现金 ×22", "¥3,210.00", "-"),
        ("收 微信支付 ×61", "¥17,761.50", ""),
        ("未收结转", "¥0.00", "-"),
        ("退菜 ×4", "¥152.00", ""),
        ("重做", "2", ""),
    ]);
    let slip = FiguresSlip {
        title: "日结单".into(),
        subtitle: vec!["单单小馆".into(), "营业日 41".into(), "11-22 09:00 – 11-23 01:12".into()],
        rows,
        sign: vec!["经理签字".into()],
        copy: 0,
    };
    wide("day", Slip::Figures(slip), &[]).await;
}

#[tokio::test]
async fn queue_number() {
    both("queue", Slip::Queue(slips::queue(0)), &["https://example.cn/q/B012"]).await;
}

#[tokio::test]
async fn test_page() {
    both("test", Slip::Test(slips::test()), &["dandan test 0123456789"]).await;
}

/// An order with every kind of wish: size, options, something to avoid, notes, a seat, a set, a course.
fn ordered(kind: KitchenKind) -> KitchenSlip {
    let mut slip = slips::kitchen(kind, 0);
    slip.lines.truncate(2);
    slip.lines.push(slips::line("×4", "米饭"));
    KitchenSlip { code: Some("K:7F3K2M9Q".into()), ..slip }
}

/// Label, value, and how it stands: `-` below a rule, `!` large.
fn figures(rows: &[(&str, &str, &str)]) -> Vec<Row> {
    let row = |(label, value, how): &(&str, &str, &str)| Row {
        label: (*label).into(),
        value: (*value).into(),
        strong: how.contains('!'),
        rule_before: how.contains('-'),
    };
    rows.iter().map(row).collect()
}

async fn both(name: &str, slip: Slip, codes: &[&str]) {
    look(&format!("{name}-58"), &slip, &narrow(), codes).await;
    wide(name, slip, codes).await;
}

async fn wide(name: &str, slip: Slip, codes: &[&str]) {
    look(&format!("{name}-80"), &slip, &golden::wide(), codes).await;
}

async fn look(name: &str, slip: &Slip, profile: &Profile, codes: &[&str]) {
    let job = encode(&layout(slip, Lang::Zh, profile.width), profile);
    let Printed { png, text, unknown } = print(profile.width, &job).await;
    assert_eq!(unknown, [""; 0], "{name}: commands that no printer knows");
    assert!(!text.contains("ignored") && !text.contains("not printed"), "{name}: something was not obeyed\n{text}");
    assert_eq!(scan(&png), codes, "{name}: what a phone reads off it");
    compare(name, &png, &text);
}
