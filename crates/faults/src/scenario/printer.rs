//! The wire between server and kitchen printer, in every kind of weather: each order is on paper, and at most once without 补打.

use crate::house::PRINTER;
use crate::people::{What, client};
use crate::proxy::kinds;
use crate::report::Row;
use crate::world::{Config, Plan, World};
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const LEAST: Duration = Duration::from_millis(350);
/// What a connection to a printer carries: a slip, and some answers of one byte.
const REQUESTS: u64 = 400;
const ANSWERS: u64 = 2;
/// Once the weather is fair, everything is on paper within so much time: pauses and proofs take seconds.
const PRINTED_WITHIN: Duration = Duration::from_secs(40);
/// What a copy that may be a second one says.
const COPY: &str = "补打";

/// Orders in every kind of weather, and what came out of the printer.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "proxy_printer", Plan { printer: true, ..Plan::default() }).await?;
    let kinds = kinds(REQUESTS, ANSWERS);
    let each = (config.span / u32::try_from(kinds.len())? / 2).max(LEAST);
    let mut phones = Vec::new();
    for (n, (name, weather)) in kinds.into_iter().enumerate() {
        let before = world.paper.faults();
        world.paper.set(weather);
        let mut phone = world.phone(1 + n).await?;
        phone.order().await?;
        // The printer is asked and printed to within this time; if not yet, a little longer.
        let began = Instant::now();
        while began.elapsed() < each || world.paper.faults() == before && began.elapsed() < Duration::from_secs(6) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        row.fault(name, world.paper.faults() - before);
        world.paper.heal();
        phones.push(phone);
    }
    let entries = phones.iter().flat_map(|phone| &phone.notebook.entries);
    let orders: Vec<(String, String)> = entries
        .filter(|entry| matches!(entry.wish.what, What::Order { .. }))
        .filter_map(|entry| Some((entry.wish.key.clone(), entry.told.as_ref()?.body["number"].as_str()?.to_owned())))
        .collect();
    let healed = Instant::now();
    let slips = loop {
        let slips = slips(&world).await?;
        let printed = orders.iter().all(|(_, number)| slips.iter().any(|slip| slip.contains(number.as_str())));
        if printed || healed.elapsed() > PRINTED_WITHIN {
            break slips;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    row.remark(format!(
        "{} orders, {} slips, the last {} ms after the weather was fair",
        orders.len(),
        slips.len(),
        healed.elapsed().as_millis()
    ));
    judge(&orders, &slips, row);
    world.finish(None, phones, row).await
}

async fn slips(world: &World) -> anyhow::Result<Vec<String>> {
    let control = world.printer.as_ref().context("there is no printer")?.address;
    let url = format!("http://{control}/printers/{PRINTER}/slips");
    let slips: Vec<Value> = client()?.get(url).send().await?.json().await?;
    Ok(slips.iter().filter_map(|slip| slip["text"].as_str().map(str::to_owned)).collect())
}

/// Each order on paper, and unmarked at most once. Half a slip is one that ends before its lines: it counts as nothing.
fn judge(orders: &[(String, String)], slips: &[String], row: &mut Row) {
    let mut unmarked: BTreeMap<&str, usize> = BTreeMap::new();
    for (order, number) in orders {
        let of_it: Vec<&String> = slips.iter().filter(|slip| slip.contains(number.as_str())).collect();
        if of_it.is_empty() {
            row.broken(format!("order {order} ({number}) was accepted and is on no slip"));
        }
        unmarked.insert(number, of_it.iter().filter(|slip| !slip.contains(COPY)).count());
    }
    for (number, times) in unmarked {
        if times > 1 {
            row.broken(format!("order {number} is on {times} slips without {COPY}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_that_is_missing_or_doubled_is_found() {
        let orders = [("1".to_owned(), "A1-1".to_owned())];
        let broken = |slips: &[&str]| {
            let mut row = Row::default();
            judge(&orders, &slips.iter().map(|slip| (*slip).to_owned()).collect::<Vec<_>>(), &mut row);
            row.broken.len()
        };
        assert_eq!(broken(&["A1-1 rice"]), 0);
        assert_eq!(broken(&["A1-1 rice", "补打 1 A1-1 rice"]), 0);
        assert_eq!(broken(&[]), 1);
        assert_eq!(broken(&["A1-1 rice", "A1-1 rice"]), 1);
    }
}
