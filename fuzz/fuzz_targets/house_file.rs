//! Set-up files, as an owner types them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use menu_file::house::parse;

fuzz_target!(|text: &str| {
    if let Ok(file) = parse(text) {
        let tables: std::collections::BTreeSet<_> = file.house.tables.iter().map(|table| &table.id).collect();
        assert_eq!(tables.len(), file.house.tables.len(), "two tables share an id");
    }
});
