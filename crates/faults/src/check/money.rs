//! The channels' own book against ours: what was captured is credited once, and nothing else is.

use super::Truth;
use serde_json::Value;
use std::collections::BTreeMap;

/// Holds the simulated channels' book against the credits in the journal.
pub fn money(truth: &Truth, book: &[Value]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut credited: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for credit in &truth.credits {
        if let Some(attempt) = &credit.attempt {
            credited.entry(attempt).or_default().push(credit.amount);
        }
    }
    for row in book.iter().filter(|row| !row["paid_ms"].is_null() && row["reversed_ms"].is_null()) {
        let (number, fen) = (row["out_trade_no"].as_str().unwrap_or_default(), row["amount_fen"].as_i64().unwrap_or_default());
        let ours = credited.remove(number).unwrap_or_default();
        if ours != [fen] {
            broken.push(format!("the channel captured {fen} fen under {number}; the checks have {ours:?} of it"));
        }
    }
    for (number, amounts) in credited {
        broken.push(format!("the checks have {amounts:?} fen under {number}; the channel captured nothing"));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::truth::Credited;
    use serde_json::json;

    fn truth(credits: &[(&str, i64)]) -> Truth {
        let credit = |(attempt, amount): &(&str, i64)| Credited {
            tender: "t".to_owned(),
            amount: *amount,
            command: "c".to_owned(),
            attempt: Some((*attempt).to_owned()),
        };
        Truth { credits: credits.iter().map(credit).collect(), ..Truth::default() }
    }

    #[test]
    fn money_that_is_lost_or_minted_or_doubled_is_found() {
        let book = [
            json!({ "out_trade_no": "a", "amount_fen": 600, "paid_ms": 1, "reversed_ms": null }),
            json!({ "out_trade_no": "b", "amount_fen": 300, "paid_ms": null, "reversed_ms": null }),
            json!({ "out_trade_no": "c", "amount_fen": 300, "paid_ms": 1, "reversed_ms": 2 }),
        ];
        assert!(money(&truth(&[("a", 600)]), &book).is_empty());
        for wrong in [&[][..], &[("a", 599)], &[("a", 600), ("a", 600)], &[("a", 600), ("b", 300)], &[("a", 600), ("c", 300)]] {
            assert_eq!(money(&truth(wrong), &book).len(), 1, "{wrong:?}");
        }
    }
}
