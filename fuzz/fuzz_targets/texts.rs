//! The small texts: amounts in yuan, and what a scanner read from a wallet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::{
    AuthCode,
    money::{from_yuan, to_yuan},
};

fuzz_target!(|text: &str| {
    if let Ok(amount) = from_yuan(text) {
        assert_eq!(from_yuan(&to_yuan(amount)), Ok(amount), "an amount changed on the way");
    }
    if let Some(code) = AuthCode::read(text) {
        assert!((16..=24).contains(&text.trim().len()), "{code:?}");
        assert!(!format!("{code:?}").contains(text.trim()), "a code was shown");
    }
});
