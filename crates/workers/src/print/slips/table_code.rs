//! A code to order by, for one party only: whoever finds the slip afterwards can do nothing with it.

use super::scene::Scene;
use domain::SessionId;
use domain::floor::Floor;
use print::page::{CodeData, Row, Run};
use print::words::REPRINT;
use print::{Align, Element, Page, Style, Width};

/// The table's name and the code.
pub(super) fn page(scene: &Scene, floor: &Floor, session: SessionId, code: &str, width: Width) -> Option<Page> {
    let party = floor.sessions.get(&session)?;
    let data = CodeData::new(code)?;
    let line = |text: &str, style| Element::Row(Row { align: Align::Centre, runs: vec![Run::new(text, style)] });
    let mut elements = vec![
        line(&scene.text(&scene.known.house.name), Style::TALL.bold()),
        line(&party.table_names(), Style::LARGE.bold()),
        line(scene.pick("扫码点餐", "Scan to order"), Style::TALL),
        Element::Qr { data, dots: 280 },
        line(scene.pick("仅限本桌本次用餐", "For this table and this meal only"), Style::PLAIN),
        line(&scene.date_time(scene.now), Style::PLAIN),
    ];
    if scene.copy > 0 {
        elements.insert(0, line(&format!(" {REPRINT} {} ", scene.copy), Style::LARGE.bold().inverted()));
    }
    elements.extend([Element::Feed(1), Element::Cut]);
    Some(Page { width, elements })
}
