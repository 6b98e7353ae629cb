//! The rows don't depend on the portions in which the events were read, nor on how often whoever reads them began again.

use crate::agree::{WALKS, walk};
use crate::walk::Walk;
use domain::Timestamp;
use domain::floor::FloorEvent;
use report::*;
use std::collections::BTreeMap;

pub type Table = BTreeMap<(u32, What), Row>;

pub fn projector() -> Projector {
    let mut projector = Projector::default();
    projector.learn_zone(Timestamp(0), "Asia/Shanghai");
    projector
}

pub fn write(table: &mut Table, changes: Vec<Change>) {
    for Change { day, what, row } in changes {
        match row {
            Some(row) => drop(table.insert((day, what), row)),
            None => assert!(table.remove(&(day, what)).is_some(), "a row goes that was never told"),
        }
    }
}

/// What the tables hold after all events, read in one go.
pub fn table(log: &[FloorEvent]) -> Table {
    let (mut projector, mut table) = (projector(), Table::new());
    log.iter().for_each(|event| projector.apply(event));
    write(&mut table, projector.changes());
    table
}

pub fn by_days(table: &Table) -> BTreeMap<u32, Vec<Row>> {
    let mut days: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
    for ((day, _), row) in table {
        days.entry(*day).or_default().push(row.clone());
    }
    days
}

#[test]
fn portions_and_checkpoints_change_nothing() {
    for seed in 0..WALKS / 4 {
        let log = walk(seed).log;
        let whole = table(&log);
        let (mut follower, mut rows) = (projector(), Table::new());
        let mut dice = seed;
        for event in &log {
            follower.apply(event);
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if (dice >> 40) % 20 == 0 {
                write(&mut rows, follower.changes());
                assert!(follower.changes().is_empty(), "told twice");
            }
            if (dice >> 20) % 50 == 0 {
                write(&mut rows, follower.changes());
                let kept = serde_json::to_vec(&follower).unwrap();
                follower = serde_json::from_slice::<Projector>(&kept).unwrap().resume();
                follower.learn_zone(Timestamp(0), "Asia/Shanghai");
                assert!(follower.changes().is_empty(), "what was told is known after a new start");
            }
        }
        write(&mut rows, follower.changes());
        assert_eq!(rows, whole, "seed {seed}");
    }
}

/// What is kept doesn't grow with the days that are over.
#[test]
fn a_checkpoint_between_days_forgets_what_is_settled() {
    let kept_after = |days: usize| {
        let mut follower = projector();
        Walk::tidy(days).log.iter().for_each(|event| follower.apply(event));
        assert!(follower.is_between_days());
        assert!(follower.changes().len() > days);
        serde_json::to_vec(&follower).unwrap().len()
    };
    let (few, many) = (kept_after(3), kept_after(60));
    assert!(many < few + 100, "{few} bytes after 3 days, {many} after 60");
}
