//! Rows against the domain's own sums, and against what the events themselves say.

use crate::portions::{Table, by_days, table};
use crate::walk::Walk;
use domain::Money;
use domain::floor::*;
use report::*;
use std::collections::{BTreeMap, BTreeSet};

pub const WALKS: u64 = 16;
const DEEDS: usize = 900;

pub fn walk(seed: u64) -> Walk {
    Walk::new(seed, DEEDS)
}

/// A day's figures as the domain's summary has them, as far as both have them.
fn said(sum: &DaySummary) -> DayFigures {
    let amount = |sums: &[WaySum], only: Option<Way>| -> i64 {
        sums.iter().filter(|sum| only.is_none_or(|way| sum.way == way)).map(|sum| sum.amount.0).sum()
    };
    DayFigures {
        parties: sum.parties.into(),
        covers: sum.covers.into(),
        orders: sum.orders.into(),
        lines: 0,
        dishes: sum.dishes.into(),
        gross: sum.gross.0,
        discounts: sum.discounts.0,
        comps: sum.comps.0,
        comp_count: sum.comp_count.into(),
        voids: sum.voids.0,
        void_count: sum.void_count.into(),
        remakes: sum.remakes.into(),
        service_charge: 0,
        other_fees: sum.fees.0,
        allowances: sum.allowances.0,
        net: sum.net.0,
        rounded_off: sum.rounded_off.0,
        tips: sum.tips.0,
        received: amount(&sum.taken, None),
        on_account: amount(&sum.taken, Some(Way::HouseAccount)),
        accounts_paid: 0,
        refunded: amount(&sum.given_back, None),
        owed: sum.owed.0,
    }
}

/// The same of a row: what the summary has no word for is left out, and fees are one figure there.
fn comparable(row: &DayFigures) -> DayFigures {
    let other_fees = row.other_fees + row.service_charge;
    DayFigures { lines: 0, service_charge: 0, accounts_paid: 0, other_fees, ..*row }
}

fn day_of(table: &Table, day: u32) -> &DayRow {
    match &table[&(day, What::Day)] {
        Row::Day(row) => row,
        other => panic!("{other:?}"),
    }
}

/// Every day that closed says what the domain said when it closed, less what was carried into it; most days nothing was.
#[test]
fn a_day_is_what_the_domain_says_at_its_close() {
    let (mut whole, mut carried_days) = (0, 0);
    for seed in 0..WALKS {
        let walk = walk(seed);
        let rows = table(&walk.log);
        let (mut floor, mut carried) = (Floor::default(), DayFigures::default());
        for event in &walk.log {
            let FloorEvent::DayClosed(closed) = event else {
                floor.apply(event);
                continue;
            };
            let service_charge: Money = floor.sessions.values().map(|party| floor.charges(party).service_charge).sum();
            floor.apply(event);
            let row = day_of(&rows, closed.number);
            let summary = closed.summary.as_ref().unwrap();
            assert_eq!(comparable(&row.figures) + carried, said(summary), "seed {seed}, day {}", closed.number);
            assert_eq!((row.closed_at, row.opened_at), (Some(closed.at), summary.opened_at));
            assert_eq!(row.unmatched, Some(i64::from(summary.unmatched)));
            if carried.is_nothing() {
                assert_eq!(row.figures.service_charge, service_charge.0);
                whole += 1;
            } else {
                carried_days += 1;
            }
            carried = said(&day_summary(&floor, Day { number: 0, opened_at: closed.at }));
        }
    }
    assert!(whole > 16 && carried_days > 16, "{whole} days, {carried_days} with something carried into them");
}

/// Whatever day it was counted on: over all days each tender, refund and portion is counted once.
#[test]
fn over_all_days_every_fact_counts_once() {
    let (mut refunds, mut moves) = (0, 0);
    for seed in 0..WALKS {
        let walk = walk(seed);
        let rows = table(&walk.log);
        let mut ways: BTreeMap<Way, WayFigures> = BTreeMap::new();
        let mut ordered: BTreeMap<_, i64> = BTreeMap::new();
        let mut released = BTreeSet::new();
        for event in &walk.log {
            match event {
                FloorEvent::TenderCredited(e) => {
                    let brought = (e.amount + e.tip - e.rounded_off).0;
                    *ways.entry(e.way).or_default() +=
                        WayFigures { received_count: 1, received: brought, ..WayFigures::default() };
                }
                FloorEvent::AccountSettled(e) => {
                    *ways.entry(e.way).or_default() +=
                        WayFigures { received_count: 1, received: e.amount.0, ..WayFigures::default() };
                }
                FloorEvent::RefundAsked(e) => {
                    *ways.entry(e.way).or_default() +=
                        WayFigures { refunded_count: 1, refunded: e.amount.0, ..WayFigures::default() };
                    refunds += 1;
                }
                FloorEvent::OrderPlaced(e) => {
                    ordered.insert(e.order, e.lines.iter().map(|line| i64::from(line.selection.quantity)).sum());
                }
                FloorEvent::OrderReleased(e) => {
                    released.insert(e.order);
                }
                FloorEvent::LinesMoved(_) | FloorEvent::PartiesMerged(_) => moves += 1,
                _ => {}
            }
        }
        let mut counted: BTreeMap<Way, WayFigures> = BTreeMap::new();
        let mut portions = 0;
        for row in rows.values() {
            match row {
                Row::Way(way, figures) => *counted.entry(*way).or_default() += *figures,
                Row::Dish(dish) => portions += dish.figures.sold + dish.figures.voided,
                Row::Day(_) | Row::Slot(_) | Row::Cook(_) => {}
            }
        }
        assert_eq!(counted, ways, "seed {seed}");
        assert_eq!(portions, released.iter().map(|order| ordered[order]).sum::<i64>(), "seed {seed}");
    }
    assert!(refunds > 100 && moves >= 5, "{refunds} refunds, {moves} moves");
}

/// A day's parts add up to the day.
#[test]
fn half_hours_ways_and_dishes_add_up_to_the_day() {
    let mut cooked = 0;
    for seed in 0..WALKS {
        for (day, rows) in by_days(&table(&walk(seed).log)) {
            let (mut slots, mut ways, mut dishes) = (SlotFigures::default(), WayFigures::default(), DishFigures::default());
            let mut whole = None;
            for row in rows {
                match row {
                    Row::Day(row) => whole = Some(row.figures),
                    Row::Slot(row) => slots += row.figures,
                    Row::Way(_, figures) => ways += figures,
                    Row::Dish(row) => dishes += row.figures,
                    Row::Cook(row) => {
                        cooked += row.figures.items;
                        assert!(row.figures.items > 0 && row.figures.overdue <= row.figures.items && row.bucket < BUCKETS);
                    }
                }
            }
            let whole = whole.unwrap();
            assert_eq!((slots.orders, slots.net), (whole.orders, whole.net), "seed {seed}, day {day}");
            assert_eq!((ways.received, ways.refunded), (whole.received, whole.refunded), "seed {seed}, day {day}");
            let of_dishes = (dishes.sold, dishes.gross, dishes.comps, dishes.voids);
            assert_eq!(of_dishes, (whole.dishes, whole.gross, whole.comps, whole.voids), "seed {seed}, day {day}");
        }
    }
    assert!(cooked > 300, "{cooked} dishes were cooked");
}
