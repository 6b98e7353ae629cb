//! The expediter's page (传菜): what each party waits for, over all stations, course by course.

use super::session::wire;
use super::{LineState, shown};
use crate::floor::{Floor, HoldWhy, ItemKey, ItemState, Known, Line, Order, OrderState, Session};
use crate::menu::ChosenOption;
use crate::{LineId, OrderId, SessionId, StationId, Text, Timestamp};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

wire! {
    /// A party with something that isn't on its table yet.
    ExpoTable {
        session: SessionId, tables: String, covers: u16, vip: bool, opened_at: Timestamp,
        /// Lines without a course come last.
        courses: Vec<ExpoCourse>,
    }
    /// What belongs on the table together.
    ExpoCourse { course: Option<u8>, lines: Vec<ExpoLine> }
    /// A line of it.
    ExpoLine {
        line: LineId, order: OrderId, number: String, name: Text, variant: Option<Text>, options: Vec<ChosenOption>, note: Option<String>,
        quantity: u16, weight_g: Option<u32>, seat: Option<u8>, state: LineState, held: Option<HoldWhy>, fired_at: Option<Timestamp>,
        due_at: Option<Timestamp>, overdue_at: Option<Timestamp>, rushed: u32, remakes: u32, items: Vec<ExpoItem>,
    }
    /// What one station cooks of it.
    ExpoItem { key: ItemKey, station: StationId, name: Text, quantity: u32, state: LineState }
}

/// Every party that waits for something.
pub fn expo(floor: &Floor, known: &Known) -> Vec<ExpoTable> {
    floor.sessions.values().filter_map(|session| expo_table(floor, session, known)).collect()
}

/// What one party waits for; nothing where all is on its table.
pub fn expo_table(floor: &Floor, session: &Session, known: &Known) -> Option<ExpoTable> {
    let orders = session.orders.iter().filter_map(|id| floor.orders.get(id));
    let cooked = orders.filter(|order| matches!(order.state, OrderState::Released { .. }));
    let mut courses: BTreeMap<u16, Vec<ExpoLine>> = BTreeMap::new();
    for (order, line) in cooked.flat_map(|order| order.live_lines().map(move |line| (order, line))) {
        if line.state() == ItemState::Served {
            continue;
        }
        let place = line.course.map_or(u16::MAX, u16::from);
        courses.entry(place).or_default().push(expo_line(floor, order, line, known));
    }
    if courses.is_empty() {
        return None;
    }
    let course = |(place, lines): (u16, Vec<ExpoLine>)| ExpoCourse { course: u8::try_from(place).ok(), lines };
    Some(ExpoTable {
        session: session.id,
        tables: session.table_names(),
        covers: session.seats_taken(),
        vip: session.vip,
        opened_at: session.opened_at,
        courses: courses.into_iter().map(course).collect(),
    })
}

fn expo_line(floor: &Floor, order: &Order, line: &Line, known: &Known) -> ExpoLine {
    let due = line.items.iter().map(|item| item.part.due_min).max().unwrap_or_default();
    let overdue = line.items.iter().map(|item| item.part.overdue_min).max().unwrap_or_default();
    let item = |(part, item): (usize, &crate::floor::Item)| ExpoItem {
        key: ItemKey { line: line.line, part: u8::try_from(part).unwrap_or(u8::MAX) },
        station: floor.cooks_for(&item.part.station, known),
        name: item.part.name.clone(),
        quantity: item.part.quantity,
        state: shown(order, line, item.state),
    };
    ExpoLine {
        line: line.line,
        order: order.id,
        number: order.number.clone(),
        name: line.name.clone(),
        variant: line.variant.clone(),
        options: line.options.clone(),
        note: line.note.clone(),
        quantity: line.quantity,
        weight_g: line.weight_g,
        seat: line.seat,
        state: shown(order, line, line.state()),
        held: line.hold.filter(|_| !line.is_fired()),
        fired_at: line.fired_at,
        due_at: line.fired_at.map(|at| at.plus_minutes(due)),
        overdue_at: line.fired_at.map(|at| at.plus_minutes(overdue)),
        rushed: line.rushed,
        remakes: u32::try_from(line.remade.len()).unwrap_or(u32::MAX),
        items: line.items.iter().enumerate().map(item).collect(),
    }
}
