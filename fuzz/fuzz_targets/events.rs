//! Journal bodies of every kind, with and without a sender: what is read is written again the same, and cutting the sender off
//! leaves the event.
#![no_main]

use engine::machines::{CatalogMachine, FloorMachine, MoneyMachine};
use engine::{Machine, split_sender};
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;

fuzz_target!(|body: &[u8]| {
    let (own, sender) = split_sender(body);
    assert_eq!(sender.is_some(), own.len() != body.len());
    let (again, _) = split_sender(&own);
    assert!(again.len() <= own.len());
    let read = [check::<FloorMachine>(&own), check::<MoneyMachine>(&own), check::<CatalogMachine>(&own)];
    assert!(read.iter().filter(|read| **read).count() <= 1, "an event of two streams");
});

/// Whether it is an event of this stream.
fn check<M: Machine<Event: PartialEq + Debug>>(body: &[u8]) -> bool {
    let Ok(event) = M::decode("", 1, body) else { return false };
    let (kind, version) = M::kind(&event);
    let written = M::encode(&event).expect("what was read can be written");
    let again = M::decode(kind, version, &written).expect("what was written can be read");
    assert_eq!(again, event, "the event changed on the way");
    true
}
