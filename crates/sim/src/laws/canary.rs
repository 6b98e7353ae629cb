//! The canary: a law that is broken on purpose in about one world of a hundred. A run that doesn't say so can't be trusted.

use super::Law;
use crate::facts::{Fact, Noted};

/// See the module.
#[derive(Debug, Default)]
pub struct Canary {
    facts: u64,
}

impl Law for Canary {
    fn name(&self) -> &'static str {
        "canary"
    }

    fn demands(&self) -> &'static str {
        "nothing anybody could keep"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        self.facts += 1;
        if matches!(noted.fact, Fact::Ended) && self.facts.is_multiple_of(97) {
            against.push("the canary sings".to_owned());
        }
    }
}
