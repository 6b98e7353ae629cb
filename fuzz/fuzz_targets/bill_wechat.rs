//! WeChat Pay's trade bills and fund-flow bills.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::{
    BillDay, Money,
    bill::{matching, wechat_fund_flow, wechat_trade},
};

// The first byte chooses the kind of bill.
fuzz_target!(|data: &[u8]| {
    let Some((choice, file)) = data.split_first() else { return };
    match choice {
        b'f' => {
            let Ok(rows) = wechat_fund_flow(file) else { return };
            assert!(rows.is_sorted_by_key(|row| row.line));
        }
        _ => {
            let Ok(rows) = wechat_trade(file) else { return };
            assert!(rows.iter().all(|row| row.amount >= Money(0) && row.settled >= Money(0)));
            let day = BillDay(jiff::civil::date(2026, 11, 21));
            let found = matching::compare(&[], &rows, &[], Some(&[]), day);
            assert!(found.matched == 0 && found.differences.len() >= rows.len(), "a stranger's row went unnoticed");
        }
    }
});
