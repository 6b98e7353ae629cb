//! What is kept beside the events: answers and refusals that a retry is told, snapshots, menus in the blob store, announcements.
#![no_main]

use domain::catalog::{Catalog, CatalogReject};
use domain::floor::{Announcement, Floor, FloorAnswer, Reject};
use domain::menu::{Menu, validate};
use domain::payment::{PaymentReject, Payments};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

// The first byte chooses the reader.
fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice {
        b'a' => same::<FloorAnswer>(body),
        b'r' => same::<Reject>(body),
        b'p' => same::<PaymentReject>(body),
        b'c' => same::<CatalogReject>(body),
        b'n' => same::<Announcement>(body),
        b'f' => same::<Floor>(body),
        b'm' => same::<Payments>(body),
        b'k' => same::<Catalog>(body),
        _ => {
            same::<Menu>(body);
            drop(serde_json::from_slice::<Menu>(body).map(|menu| validate(&menu)));
        }
    }
});

/// What was read is written, read and written again the same.
fn same<T: Serialize + DeserializeOwned>(body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(body) else { return };
    let written = serde_json::to_vec(&value).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(serde_json::to_vec(&again).ok(), Some(written), "it changed on the way");
}
