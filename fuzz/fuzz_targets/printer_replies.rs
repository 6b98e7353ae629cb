//! What a printer, or whatever else answers at its address, sends back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use print::{
    DrawerPin, Status,
    fuzzing::{Reply, replies},
    status::{Answers, is_answer},
};

fuzz_target!(|data: &[u8]| {
    let found = replies(data);
    assert!(found.len() <= data.len());
    let answers: Vec<u8> =
        found.iter().filter_map(|reply| if let Reply::Answer(byte) = reply { Some(*byte) } else { None }).collect();
    assert!(answers.iter().all(|byte| is_answer(*byte) && data.contains(byte)));
    let [printer, offline, error, paper, ..] = data else { return };
    let read = Answers { printer: *printer, offline: *offline, error: Some(*error), paper: *paper };
    if let Ok(status) = Status::parse(&read, DrawerPin::HighIsOpen) {
        assert!(!status.ready() || status.online && !status.cover_open && status.error.is_none());
    }
});
