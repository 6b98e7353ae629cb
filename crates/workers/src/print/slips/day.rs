//! The figures of a closed business day (日结单).

use super::scene::Scene;
use super::shift::{by_way, over_or_short, row};
use domain::floor::{DaySummary, Floor};
use print::slip::{FiguresSlip, Row};

/// The figures of the day that was closed last; nothing for another.
pub(super) fn slip(scene: &Scene, floor: &Floor, number: u32) -> Option<FiguresSlip> {
    let day = floor.last_summary.as_ref().filter(|day| day.number == number)?;
    Some(FiguresSlip {
        title: scene.pick("日结单", "DAY").to_owned(),
        subtitle: vec![
            scene.text(&scene.known.house.name),
            format!("{} {number}", scene.pick("营业日", "Business day")),
            format!("{} – {}", scene.date_time(day.opened_at), scene.date_time(day.closed_at)),
        ],
        rows: rows(scene, day),
        sign: vec![scene.pick("经理签字", "Manager").to_owned()],
        copy: scene.copy,
    })
}

fn rows(scene: &Scene, day: &DaySummary) -> Vec<Row> {
    let count = |label, count: u32| row(label, count.to_string());
    let mut rows = vec![
        count(scene.pick("桌数", "Parties"), day.parties),
        count(scene.pick("人数", "Guests"), day.covers),
        count(scene.pick("订单", "Orders"), day.orders),
        count(scene.pick("售出份数", "Portions"), day.dishes),
        Row { rule_before: true, ..row(scene.pick("菜品原价", "Gross"), scene.money(day.gross)) },
        row(&format!("{} ×{}", scene.pick("赠菜", "Given away"), day.comp_count), scene.money(-day.comps)),
        row(scene.pick("折扣", "Discounts"), scene.money(-day.discounts)),
        row(scene.pick("费用", "Fees"), scene.money(day.fees)),
        Row { strong: true, ..row(scene.pick("应收", "Net"), scene.money(day.net)) },
        row(scene.pick("减免", "Let go with refunds"), scene.money(-day.allowances)),
        row(scene.pick("抹零", "Rounded off"), scene.money(day.rounded_off)),
        row(scene.pick("小费", "Tips"), scene.money(day.tips)),
    ];
    rows.extend(by_way(scene, scene.pick("收", "Taken"), &day.taken));
    rows.extend(by_way(scene, scene.pick("退", "Given back"), &day.given_back));
    rows.push(Row { rule_before: true, ..row(scene.pick("未收结转", "Owed, carried over"), scene.money(day.owed)) });
    rows.push(over_or_short(scene, day.over));
    rows.push(row(&format!("{} ×{}", scene.pick("退菜", "Voids"), day.void_count), scene.money(day.voids)));
    rows.push(count(scene.pick("重做", "Cooked again"), day.remakes));
    rows.push(count(scene.pick("签收的差异", "Signed for"), day.unmatched));
    rows
}
