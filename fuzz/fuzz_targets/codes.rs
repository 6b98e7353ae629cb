//! Tokens and the codes on tables, slips and bills: as they come, and with a genuine mark on any text, which no fuzzer could forge.
#![no_main]

use api::Signer;
use fuzzed::{House, runtime};
use libfuzzer_sys::fuzz_target;
use std::cell::OnceCell;

thread_local! {
    static HOUSE: OnceCell<House> = const { OnceCell::new() };
}

/// Reading changes nothing, so one house serves all inputs.
fn with_house(look: impl FnOnce(&House)) {
    HOUSE.with(|house| look(house.get_or_init(|| runtime().block_on(House::open()))));
}

// The first letter says what is made of the rest.
fuzz_target!(|text: &str| {
    let Some((kind, rest)) = text.split_at_checked(1) else { return };
    with_house(|house| {
        let app = &house.app;
        let store = app.store.id();
        let marked = |inside: String, shown: String, bytes| format!("{shown}.{}", app.signer.mark(&inside, bytes));
        match kind {
            // Not a mark of ours: nobody.
            "?" => {
                let rest = house.filled(rest);
                let (table, party, pay) = (app.table_of_code(&rest), app.party_of_code(&rest), app.payable_of_code(&rest));
                let known = [table.is_ok(), party.is_some(), pay.is_some(), app.caller(&rest).is_some()];
                assert!(known.iter().filter(|known| **known).count() <= 1, "{rest} means two things: {known:?}");
                assert!(!known.contains(&true) || is_marked(&app.signer, &rest), "{rest} was believed");
            }
            "t" => drop(app.caller(&marked(rest.into(), rest.into(), 16))),
            "p" => drop(app.payable_of_code(&marked(format!("pay.{store}.{rest}"), rest.into(), 10))),
            "s" => drop(app.party_of_code(&marked(format!("party.{store}.{rest}"), format!("s.{rest}"), 10))),
            _ => drop(app.table_of_code(&marked(format!("table.{store}.{rest}"), rest.into(), 10))),
        }
    });
});

/// Whether a text ends with something of a mark's length that only our key makes. The fuzzer can't have made it, the house may.
fn is_marked(_: &Signer, text: &str) -> bool {
    text.rsplit('.').next().is_some_and(|mark| matches!(mark.len(), 20 | 32) && mark.bytes().all(|b| b.is_ascii_hexdigit()))
}
