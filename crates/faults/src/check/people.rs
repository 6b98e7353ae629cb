//! What people were told, command by command.

use super::truth::{Truth, key};
use crate::people::{Entry, Told, What, Wish};
use anyhow::Context;
use domain::floor::{FloorAnswer, Reject};
use journal::{CommandId, Journal, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Holds every notebook against the journal: each acknowledgement there exactly once with the same answer, each refusal there as
/// one, and nothing that nobody wished for.
///
/// # Errors
/// The journal can't be read.
pub async fn people(journal: &dyn Journal, truth: &Truth, entries: &[Entry]) -> anyhow::Result<Vec<String>> {
    let mut broken = Vec::new();
    let facts = facts(truth);
    for entry in entries {
        let Some(told) = &entry.told else { continue };
        let id = CommandId(u128::from_str_radix(&entry.wish.key, 16).context("a key that is no id")?);
        let recorded = match journal.command(key(Stream::Floor), id).await? {
            Some(stored) => {
                Some(serde_json::from_slice::<Result<FloorAnswer, Reject>>(&stored.answer).context("a recorded answer")?)
            }
            None => None,
        };
        if let Some(why) = other_answer(told, recorded.as_ref()) {
            broken.push(format!("{:?} {}: {why}", entry.wish.what, entry.wish.key));
        }
        let found = facts.get(entry.wish.key.as_str()).map_or(&[][..], Vec::as_slice);
        if let Some(why) = other_facts(&entry.wish, told, found) {
            broken.push(format!("{:?} {}: {why}", entry.wish.what, entry.wish.key));
        }
    }
    broken.extend(ghosts(truth, entries));
    Ok(broken)
}

/// What a command left behind: the id of the thing, and its money.
type Fact = (String, i64);

fn facts(truth: &Truth) -> BTreeMap<&str, Vec<Fact>> {
    let orders = truth.orders.iter().map(|placed| (placed.command.as_str(), (placed.order.clone(), placed.total)));
    let credits = truth.credits.iter().map(|credit| (credit.command.as_str(), (credit.tender.clone(), credit.amount)));
    let asks = truth.asks.iter().map(|asked| (asked.command.as_str(), (asked.ask.clone(), asked.amount)));
    let mut facts: BTreeMap<&str, Vec<Fact>> = BTreeMap::new();
    for (command, fact) in orders.chain(credits).chain(asks) {
        facts.entry(command).or_default().push(fact);
    }
    facts
}

/// Why the recorded answer isn't the one that was given.
fn other_answer(told: &Told, recorded: Option<&Result<FloorAnswer, Reject>>) -> Option<String> {
    match recorded {
        None => Some(format!("was answered {} and is not in the journal", told.status)),
        Some(Ok(_)) if (200..300).contains(&told.status) => None,
        Some(Ok(_)) => Some(format!("was refused with {} and is in the journal as done", told.body["code"])),
        Some(Err(reject)) if told.status >= 400 && told.body["code"] == reject.code() => None,
        Some(Err(reject)) => Some(format!("was answered {} and is in the journal as {}", told.status, reject.code())),
    }
}

/// Why what the journal says happened isn't what was told.
fn other_facts(wish: &Wish, told: &Told, found: &[Fact]) -> Option<String> {
    let done = (200..300).contains(&told.status);
    let text = |name: &str| wish.body[name].as_str().unwrap_or_default().to_owned();
    let wanted: Vec<Fact> = match &wish.what {
        _ if !done => Vec::new(),
        What::Order { total } => vec![(wish.key.clone(), *total)],
        What::Cash { amount } => vec![(text("tender"), *amount)],
        What::Ask { amount } => vec![(text("ask"), *amount)],
        What::WrongPrice | What::Cart => Vec::new(),
    };
    (wanted != found).then(|| format!("the journal should have {wanted:?} of it once, and has {found:?}"))
}

/// Orders and cash that nobody wished for, or that are there twice.
fn ghosts(truth: &Truth, entries: &[Entry]) -> Vec<String> {
    let wished: BTreeSet<&str> = entries.iter().map(|entry| entry.wish.key.as_str()).collect();
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for placed in &truth.orders {
        if !wished.contains(placed.order.as_str()) {
            broken.push(format!("order {} is in the journal and nobody sent it", placed.order));
        }
        if !seen.insert(placed.order.as_str()) {
            broken.push(format!("order {} is in the journal twice", placed.order));
        }
    }
    for credit in truth.credits.iter().filter(|credit| credit.attempt.is_none()) {
        if !wished.contains(credit.command.as_str()) {
            broken.push(format!("cash {} is in the journal and nobody took it", credit.tender));
        }
        if !seen.insert(credit.tender.as_str()) {
            broken.push(format!("cash {} is in the journal twice", credit.tender));
        }
    }
    broken
}
