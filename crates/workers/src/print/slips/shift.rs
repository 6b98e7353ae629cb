//! The slip of a closed shift (交班单): what was in the drawer, what should have been, and who signs for it.

use super::scene::Scene;
use domain::Money;
use domain::ShiftId;
use domain::floor::{Direction, Floor, WaySum};
use print::slip::{FiguresSlip, Row};

/// A closed shift's figures.
pub(super) fn slip(scene: &Scene, floor: &Floor, shift: ShiftId) -> Option<FiguresSlip> {
    let shift = floor.shifts.get(&shift)?;
    let close = shift.closed.as_ref()?;
    let figures = &close.figures;
    let mut rows = vec![row(scene.pick("备用金", "Float"), scene.money(shift.float))];
    rows.extend(by_way(scene, scene.pick("收", "Taken"), &figures.taken));
    rows.extend(by_way(scene, scene.pick("退", "Given back"), &figures.given_back));
    for (label, amount) in [
        (scene.pick("其中小费", "Tips in it"), figures.tips),
        (scene.pick("抹零", "Rounded off"), figures.rounded_off),
        (scene.pick("其中挂账还款现金", "Cash for accounts in it"), figures.account_cash),
    ] {
        if !amount.is_zero() {
            rows.push(row(label, scene.money(amount)));
        }
    }
    for (at, moved) in shift.moves.iter().enumerate() {
        let (label, amount) = match moved.direction {
            Direction::In => (scene.pick("放入", "In"), moved.amount),
            Direction::Out => (scene.pick("取出", "Out"), -moved.amount),
        };
        let label = format!("{label} {} {}", scene.time(moved.at), moved.reason);
        rows.push(Row { rule_before: at == 0, ..row(&label, scene.money(amount)) });
    }
    let over = close.counted - figures.expected;
    rows.push(Row {
        rule_before: true,
        strong: true,
        ..row(scene.pick("应有现金", "Expected cash"), scene.money(figures.expected))
    });
    rows.push(Row { strong: true, ..row(scene.pick("实点现金", "Counted cash"), scene.money(close.counted)) });
    rows.push(Row { strong: true, ..over_or_short(scene, over) });
    Some(FiguresSlip {
        title: scene.pick("交班单", "SHIFT").to_owned(),
        subtitle: vec![
            scene.text(&scene.known.house.name),
            format!("{}  {}", shift.till, scene.name(&shift.by)),
            format!("{} – {}", scene.date_time(shift.opened_at), scene.date_time(close.at)),
        ],
        rows,
        sign: vec![scene.pick("收银签字", "Cashier").to_owned(), scene.pick("经理签字", "Manager").to_owned()],
        copy: scene.copy,
    })
}

/// What was counted beyond what should be there, or less.
pub(super) fn over_or_short(scene: &Scene, over: Money) -> Row {
    let label = match over.0 {
        0 => scene.pick("长短款", "Over or short"),
        1.. => scene.pick("长款", "Over"),
        ..0 => scene.pick("短款", "Short"),
    };
    row(label, scene.money(over))
}

/// Sums by way, under one word.
pub(super) fn by_way(scene: &Scene, word: &str, sums: &[WaySum]) -> Vec<Row> {
    let label = |sum: &WaySum| format!("{word} {} ×{}", scene.way(sum.way), sum.count);
    let rows = sums.iter().map(|sum| row(&label(sum), scene.money(sum.amount)));
    rows.enumerate().map(|(at, row)| Row { rule_before: at == 0, ..row }).collect()
}

/// A figure and its name.
pub(super) fn row(label: &str, value: String) -> Row {
    Row { label: label.to_owned(), value, strong: false, rule_before: false }
}
