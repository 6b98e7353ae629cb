//! Menus as text files, and the order file that `dandan replay` reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use menu_file::{Format, chipotle, read_bytes, write_bytes};

// The first byte chooses the reader.
fuzz_target!(|data: &[u8]| {
    let Some((choice, file)) = data.split_first() else { return };
    if *choice == b'r' {
        drop(chipotle::Replay::parse(file).map(|replay| replay.orders()));
        return;
    }
    if let Ok(menu) = read_bytes(file, Format::Csv, 1) {
        assert!(domain::menu::validate(&menu).is_empty(), "a menu with faults was taken");
        if let Ok(written) = write_bytes(&menu, Format::Csv) {
            assert_eq!(read_bytes(&written, Format::Csv, 1).as_ref(), Ok(&menu), "the menu changed on the way");
        }
    }
});
