//! Yuan texts and fen: strict in, exact out, both ways without loss.

use pay::{
    Money,
    money::{NotYuan, from_yuan, to_yuan},
};
use proptest::prelude::*;

#[test]
fn the_amounts_that_floats_get_wrong() {
    for (text, fen) in [
        ("19.90", 1990),
        ("9.8", 980),
        ("0.03", 3),
        ("0.3", 30),
        ("38", 3800),
        ("0.00", 0),
        ("-5.00", -500),
        ("100000000.00", 10_000_000_000),
        ("1.15", 115),
        ("4.35", 435),
        ("0.29", 29),
        ("00.10", 10),
    ] {
        assert_eq!(from_yuan(text), Ok(Money(fen)), "{text}");
    }
}

#[test]
fn texts_that_are_not_amounts() {
    for text in ["", "-", ".", "1.", ".5", "+1", "1e2", "1,000.00", " 1", "1 ", "１", "1.0a", "0x1", "--1", "1.-1", "1.2.3", "∞"]
    {
        assert_eq!(from_yuan(text), Err(NotYuan::NotDecimal), "{text}");
    }
    assert_eq!(from_yuan("0.001"), Err(NotYuan::TooFine));
    assert_eq!(from_yuan("0.00000000000000000000000001"), Err(NotYuan::TooFine));
    assert_eq!(from_yuan("99999999999999999999"), Err(NotYuan::TooLarge));
    assert_eq!(from_yuan("92233720368547758.08"), Err(NotYuan::TooLarge));
}

#[test]
fn the_ends_of_the_range_are_written() {
    assert_eq!(to_yuan(Money(i64::MAX)), "92233720368547758.07");
    assert_eq!(to_yuan(Money(i64::MIN)), "-92233720368547758.08");
    assert_eq!(to_yuan(Money(-5)), "-0.05");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(fen in -i64::MAX..=i64::MAX) {
        prop_assert_eq!(from_yuan(&to_yuan(Money(fen))), Ok(Money(fen)));
    }

    #[test]
    fn one_decimal_and_two_agree(whole in 0i64..1_000_000, tenth in 0i64..10) {
        prop_assert_eq!(from_yuan(&format!("{whole}.{tenth}")), from_yuan(&format!("{whole}.{tenth}0")));
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in ".{0,40}") {
        let _ = from_yuan(&text);
    }
}
