//! Alipay's trade bills, GBK as they come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::{
    BillDay, Money,
    bill::{alipay_trade, matching},
};

fuzz_target!(|file: &[u8]| {
    let Ok(rows) = alipay_trade(file) else { return };
    assert!(rows.iter().all(|row| row.amount >= Money(0) && row.settled >= Money(0)));
    let day = BillDay(jiff::civil::date(2026, 11, 21));
    let found = matching::compare(&[], &rows, &[], None, day);
    assert_eq!(found.differences.len(), rows.len(), "a stranger's row went unnoticed");
});
