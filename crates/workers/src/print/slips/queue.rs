//! A waiting party's number (排队号).

use super::scene::Scene;
use domain::QueueId;
use domain::floor::Floor;
use print::slip::{QueueSlip, SlipCode};

/// The number, and how many wait before it.
pub(super) fn slip(scene: &Scene, floor: &Floor, entry: QueueId, code: Option<String>) -> Option<QueueSlip> {
    let waiting = floor.waiting.get(&entry)?;
    let same_line = floor.waiting.values().filter(|other| other.line == waiting.line && other.ended.is_none());
    let ahead = same_line.filter(|other| (other.at, other.entry) < (waiting.at, entry)).count();
    Some(QueueSlip {
        house: scene.text(&scene.known.house.name),
        number: waiting.number.clone(),
        covers: waiting.covers.to_string(),
        ahead: ahead.to_string(),
        at: scene.date_time(waiting.at),
        code: code.map(|data| SlipCode { label: scene.pick("扫码看进度", "Scan to follow your line").to_owned(), data }),
        copy: scene.copy,
    })
}
