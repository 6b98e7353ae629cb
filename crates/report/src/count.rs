//! What a floor adds up to right now: the domain's summary of the day, and its parts.

use crate::cook::bucket_of;
use crate::figures::{CookFigures, DayFigures, DishFigures, SlotFigures, WayFigures};
use crate::zones::slot;
use domain::floor::{Day, Floor, ItemState, Line, Order, OrderState, Session, Way, WaySum, day_summary};
use domain::{DishId, Money, StationId, Text, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that is counted, by what it is counted by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub day: DayFigures,
    pub slots: BTreeMap<u8, SlotFigures>,
    pub ways: BTreeMap<Way, WayFigures>,
    pub dishes: BTreeMap<DishId, DishFigures>,
    /// By station and bucket.
    pub cooks: BTreeMap<StationId, BTreeMap<u8, CookFigures>>,
}

impl Figures {
    /// Counts all parties on the floor, and what was ready after `since`.
    pub fn of(floor: &Floor, zone: &TimeZone, since: Option<Timestamp>) -> Figures {
        let mut sum = Figures::default();
        for session in floor.sessions.values() {
            sum.add_party(floor, session, zone);
            for order in orders(floor, session).filter(|order| is_sold(order)) {
                order.lines.iter().for_each(|line| sum.add_line(line, since));
            }
        }
        sum.add_summary(floor);
        sum
    }

    /// What the domain itself says, by the same words as at the close of the day.
    fn add_summary(&mut self, floor: &Floor) {
        let said = day_summary(floor, floor.day.unwrap_or(Day { number: 0, opened_at: Timestamp::default() }));
        for WaySum { way, count, amount } in &said.taken {
            let figures = self.ways.entry(*way).or_default();
            figures.received_count += i64::from(*count);
            figures.received += amount.0;
        }
        for WaySum { way, count, amount } in &said.given_back {
            let figures = self.ways.entry(*way).or_default();
            figures.refunded_count += i64::from(*count);
            figures.refunded += amount.0;
        }
        let service_charge: Money = floor.sessions.values().map(|party| floor.charges(party).service_charge).sum();
        self.day = DayFigures {
            parties: i64::from(said.parties),
            covers: i64::from(said.covers),
            orders: i64::from(said.orders),
            lines: self.day.lines,
            dishes: i64::from(said.dishes),
            gross: said.gross.0,
            discounts: said.discounts.0,
            comps: said.comps.0,
            comp_count: i64::from(said.comp_count),
            voids: said.voids.0,
            void_count: i64::from(said.void_count),
            remakes: i64::from(said.remakes),
            service_charge: service_charge.0,
            other_fees: (said.fees - service_charge).0,
            allowances: said.allowances.0,
            net: said.net.0,
            rounded_off: said.rounded_off.0,
            tips: said.tips.0,
            received: self.ways.values().map(|way| way.received).sum(),
            on_account: self.ways.get(&Way::HouseAccount).map_or(0, |way| way.received),
            accounts_paid: floor.settlements.values().map(|settled| settled.amount.0).sum(),
            refunded: self.ways.values().map(|way| way.refunded).sum(),
            owed: said.owed.0,
        };
    }

    /// Divides what a party owes among the half hours in which it ordered.
    fn add_party(&mut self, floor: &Floor, session: &Session, zone: &TimeZone) {
        let wanted: Vec<&Order> = orders(floor, session).filter(|order| order.is_wanted()).collect();
        let owed: Vec<Money> = wanted.iter().map(|order| order.owed()).collect();
        let total = floor.total(session);
        if wanted.is_empty() && total != Money::ZERO {
            self.slots.entry(slot(session.opened_at, zone)).or_default().net += total.0;
        }
        for (order, net) in wanted.iter().zip(total.divide(&owed)) {
            let figures = self.slots.entry(slot(order.placed_at, zone)).or_default();
            figures.orders += i64::from(is_sold(order));
            figures.net += net.0;
        }
    }

    fn add_line(&mut self, line: &Line, since: Option<Timestamp>) {
        let menu_price = line.repriced.as_ref().map_or(line.amount, |before| before.was);
        let dish = self.dishes.entry(line.dish.clone()).or_default();
        if line.voided.is_some() {
            dish.voided += i64::from(line.quantity);
            dish.voids += line.amount.0;
        } else {
            self.day.lines += 1;
            dish.sold += i64::from(line.quantity);
            dish.gross += menu_price.0;
            dish.comps += if line.comped.is_some() { menu_price.0 } else { 0 };
            dish.net += line.owed().0;
        }
        for (part, item) in line.items.iter().enumerate() {
            let clock = u8::try_from(part).ok().and_then(|part| line.clock_of(part));
            let (Some(fired_at), Some(ready_at), true) = (clock, item.ready_at, item.state >= ItemState::Ready) else { continue };
            if since.is_some_and(|since| ready_at <= since) {
                continue;
            }
            let station = self.cooks.entry(item.part.station.clone()).or_default();
            let figures = station.entry(bucket_of(ready_at.since_ms(fired_at))).or_default();
            figures.items += 1;
            figures.overdue += i64::from(ready_at > fired_at.plus_minutes(item.part.overdue_min));
        }
    }

    /// What is here and wasn't there before. Cooking is not taken off: it is counted by when it was ready.
    pub fn less(mut self, before: &Figures) -> Figures {
        self.day = self.day - before.day;
        take_off(&mut self.slots, &before.slots);
        take_off(&mut self.ways, &before.ways);
        take_off(&mut self.dishes, &before.dishes);
        self.slots.retain(|_, figures| !figures.is_nothing());
        self.ways.retain(|_, figures| !figures.is_nothing());
        self.dishes.retain(|_, figures| !figures.is_nothing());
        self
    }
}

fn take_off<K: Ord + Clone, F: Copy + Default + std::ops::Sub<Output = F>>(from: &mut BTreeMap<K, F>, what: &BTreeMap<K, F>) {
    for (key, figures) in what {
        let left = from.entry(key.clone()).or_default();
        *left = *left - *figures;
    }
}

fn orders<'a>(floor: &'a Floor, session: &'a Session) -> impl Iterator<Item = &'a Order> {
    session.orders.iter().filter_map(|id| floor.orders.get(id))
}

/// The kitchen got it, and its lines weren't all moved to another check.
fn is_sold(order: &Order) -> bool {
    matches!(order.state, OrderState::Released { .. }) && !order.lines.is_empty()
}

/// What the dishes on the floor are called; by the newest order where that has changed.
pub fn names(floor: &Floor) -> BTreeMap<DishId, Text> {
    let mut by_age: Vec<&Order> = floor.orders.values().collect();
    by_age.sort_by_key(|order| (order.placed_at, order.id));
    by_age.iter().flat_map(|order| &order.lines).map(|line| (line.dish.clone(), line.name.clone())).collect()
}
