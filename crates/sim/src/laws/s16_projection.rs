//! S16: what a server shows is what its journal says.

use super::Law;
use crate::facts::{Fact, Noted};
use journal::Stream;
use std::collections::BTreeMap;

/// Whenever a server's state is compared with what its stream's events lead to, the two are equal; and it has seen no event that
/// isn't durable.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    heads: BTreeMap<Stream, u64>,
}

impl Law for Projection {
    fn name(&self) -> &'static str {
        "S16"
    }

    fn demands(&self) -> &'static str {
        "a server's state is what the durable events of its stream lead to, and nothing more"
    }

    fn see(&mut self, noted: &Noted, against: &mut Vec<String>) {
        match &noted.fact {
            Fact::Event(event) => {
                self.heads.insert(event.stream, event.seq);
            }
            Fact::Compared { stream, seq, equal } => {
                let head = self.heads.get(stream).copied().unwrap_or(0);
                if !equal {
                    against.push(format!("the state of {} at {seq} isn't what its events lead to", stream.name()));
                } else if *seq > head {
                    against.push(format!("the state of {} is at {seq}, and only {head} are durable", stream.name()));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::*;
    use super::*;

    /// What is found when the state at this event, of two, is compared.
    fn compared(seq: u64, equal: bool) -> usize {
        seated().fact(Fact::Compared { stream: Stream::Floor, seq, equal }).judged(Projection::default()).len()
    }

    #[test]
    fn an_equal_state_is_fine_even_if_it_lags() {
        assert_eq!((compared(2, true), compared(1, true), compared(0, true)), (0, 0, 0));
    }

    #[test]
    fn another_state_or_one_ahead_of_the_disk_is_a_breach() {
        assert_eq!((compared(2, false), compared(3, true)), (1, 1));
    }
}
