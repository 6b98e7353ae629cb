//! Afterwards: does the journal hold every order that was accepted, once and whole, and nothing of those that were turned away?

use anyhow::{Context, bail};
use domain::StoreId;
use journal::{Journal, SqliteJournal, StoreKey, StoredEvent, Stream, StreamKey};
use memchr::memmem;
use std::collections::BTreeMap;
use std::path::Path;

/// Events read at once.
const PART: usize = 5_000;

/// What everybody was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub accepted: Vec<u128>,
    pub turned_away: Vec<u128>,
    /// Those who heard nothing: either is right.
    pub lost: Vec<u128>,
    /// Payments the channels have the money of.
    pub paid: usize,
}

/// What the journal says to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub orders: usize,
    pub events: u64,
    /// Accepted, and not in the journal.
    pub missing: usize,
    /// In the journal more than once.
    pub twice: usize,
    /// Turned away, and in the journal all the same.
    pub not_turned_away: usize,
    /// In the journal, and nobody sent it.
    pub strange: usize,
    /// Placed without being sent to the kitchen by the same command, or the other way round.
    pub halves: usize,
    pub captured: usize,
    pub credited: usize,
}

impl Account {
    /// How many things are wrong.
    pub fn faults(&self, told: &Told) -> usize {
        let money = self.captured.abs_diff(told.paid) + self.credited.abs_diff(told.paid);
        self.missing + self.twice + self.not_turned_away + self.strange + self.halves + money
    }
}

/// What the events say of an order.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    placed: usize,
    released: usize,
}

/// Reads the whole journal of a server that has ended. Its hash chain is checked too.
pub(super) async fn account(folder: &Path, store: StoreId, told: &Told) -> anyhow::Result<Account> {
    let journal = SqliteJournal::open(folder)?;
    let mut account = Account::default();
    let mut orders: BTreeMap<u128, Order> = BTreeMap::new();
    for stream in [Stream::Floor, Stream::Money] {
        let key = StreamKey::new(StoreKey(store.0), stream);
        let report = journal.verify(key, 0).await?;
        if let Some(broken) = report.broken {
            bail!("the journal is broken: {broken}");
        }
        account.events += report.checked;
        let mut after = 0;
        loop {
            let events = journal.read(key, after, PART).await?;
            let Some(last) = events.last() else { break };
            after = last.seq;
            for event in &events {
                match event.kind.as_str() {
                    "OrderPlaced" => orders.entry(order_of(event)?).or_default().placed += 1,
                    "OrderReleased" => orders.entry(order_of(event)?).or_default().released += 1,
                    "Captured" => account.captured += 1,
                    "TenderCredited" => account.credited += 1,
                    _ => {}
                }
            }
        }
    }
    judge(&orders, told, &mut account);
    Ok(account)
}

fn judge(orders: &BTreeMap<u128, Order>, told: &Told, account: &mut Account) {
    let mut unexplained: BTreeMap<u128, Order> = orders.clone();
    account.orders = orders.len();
    account.twice = orders.values().filter(|order| order.placed > 1).count();
    account.halves = orders.values().filter(|order| order.placed != order.released).count();
    account.missing = told.accepted.iter().filter(|id| unexplained.remove(*id).is_none()).count();
    account.not_turned_away = told.turned_away.iter().filter(|id| unexplained.remove(*id).is_some()).count();
    for id in &told.lost {
        unexplained.remove(id);
    }
    account.strange = unexplained.len();
}

/// The order an event is about.
fn order_of(event: &StoredEvent) -> anyhow::Result<u128> {
    const FIELD: &[u8] = b"\"order\":\"";
    let id = memmem::find(&event.body, FIELD).and_then(|at| event.body.get(at + FIELD.len()..at + FIELD.len() + 32));
    let id = id.and_then(|id| u128::from_str_radix(std::str::from_utf8(id).ok()?, 16).ok());
    id.with_context(|| format!("event {} names no order", event.seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_lie_is_found() {
        let whole = Order { placed: 1, released: 1 };
        let (twice, half) = (Order { placed: 2, released: 2 }, Order { placed: 1, released: 0 });
        let orders = [(1, whole), (2, twice), (3, half), (5, whole), (6, whole), (7, whole)].into();
        let told = Told { accepted: vec![1, 2, 3, 4], turned_away: vec![5, 8], lost: vec![6, 9], paid: 2 };
        let mut account = Account { captured: 2, credited: 1, ..Account::default() };
        judge(&orders, &told, &mut account);
        let expected = Account {
            orders: 6,
            missing: 1,
            twice: 1,
            not_turned_away: 1,
            strange: 1,
            halves: 1,
            captured: 2,
            credited: 1,
            ..Account::default()
        };
        assert_eq!(account, expected);
        assert_eq!(account.faults(&told), 6);
    }
}
