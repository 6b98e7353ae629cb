//! Money, ids, texts, times.

use crate::properties::config;
use domain::floor::ItemKey;
use domain::money::LARGEST;
use domain::text::is_plain;
use domain::*;
use proptest::prelude::*;
use std::num::NonZeroU32;

#[test]
fn a_weight_is_priced_half_up_to_the_fen() {
    let price = |fen, grams| Money(fen).by_weight(grams).unwrap().0;
    assert_eq!(
        [price(6800, 500), price(6800, 735), price(1, 249), price(1, 250), price(3, 250), price(999, 50)],
        [6800, 9996, 0, 1, 2, 100]
    );
    assert_eq!((LARGEST.by_weight(500), LARGEST.by_weight(501)), (Some(LARGEST), None));
}

#[test]
fn a_product_past_the_largest_check_is_none() {
    assert_eq!(LARGEST.times(1), Some(LARGEST));
    assert_eq!((LARGEST.times(2), Money(i64::MAX).times(u32::MAX), Money(i64::MIN).times(2)), (None, None, None));
}

#[test]
fn an_id_is_32_lower_case_hexadecimal_characters() {
    let text = "0123456789abcdef0123456789abcdef";
    assert_eq!(text.parse::<OrderId>().unwrap().to_string(), text);
    for bad in [
        "",
        "0",
        &text.to_uppercase(),
        &text[1..],
        "+123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdeg",
        &format!("{text}0"),
    ] {
        assert!(bad.parse::<OrderId>().is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<OrderId>("5").is_err());
}

#[test]
fn a_code_is_short_and_plain() {
    for bad in ["", "A", "a b", "ä", "../x", &"a".repeat(41)] {
        assert!(bad.parse::<DishId>().is_err(), "{bad}");
    }
    assert_eq!(serde_json::to_string(&"mapo-tofu_1".parse::<DishId>().unwrap()).unwrap(), "\"mapo-tofu_1\"");
    assert!(serde_json::from_str::<DishId>("\"Mapo\"").is_err());
}

#[test]
fn an_item_is_named_by_its_line_and_part() {
    let key = ItemKey { line: LineId(0xab), part: 12 };
    assert_eq!(key.to_string(), format!("{:032x}.12", 0xab));
    assert_eq!(key.to_string().parse(), Ok(key));
    for bad in
        ["", "ab.1", &format!("{:032x}", 1), &format!("{:032x}.", 1), &format!("{:032x}.256", 1), &format!("{:032x}.-1", 1)]
    {
        assert!(bad.parse::<ItemKey>().is_err(), "{bad}");
    }
}

#[test]
fn a_text_a_printer_would_obey_is_not_plain() {
    assert!(is_plain("不要香菜 🙏", 10) && is_plain("", 0));
    for bad in ["\u{1b}", "\n", "\u{7f}", "\u{85}", "\u{200b}", "\u{2028}", "\u{202e}", "\u{2066}", "\u{feff}"] {
        assert!(!is_plain(bad, 10), "{bad:?}");
    }
    assert!(!is_plain("一二三", 2), "characters, not bytes");
}

#[test]
fn time_never_runs_backwards_nor_over() {
    assert_eq!(Timestamp(5).since_ms(Timestamp(9)), 0);
    assert_eq!(Timestamp(i64::MAX).since_ms(Timestamp(i64::MIN)), i64::MAX);
    assert_eq!(Timestamp(i64::MAX).plus_minutes(u32::MAX), Timestamp(i64::MAX));
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn shares_sum_to_the_whole_and_differ_by_a_fen_at_most(amount in -LARGEST.0..=LARGEST.0, covers in 1u32..200) {
        let shares: Vec<Money> = Money(amount).split(NonZeroU32::new(covers).unwrap()).collect();
        prop_assert_eq!(shares.len(), covers as usize);
        prop_assert_eq!(shares.iter().copied().sum::<Money>(), Money(amount));
        prop_assert!(shares[0].0 - shares[shares.len() - 1].0 <= 1);
    }

    #[test]
    fn a_weight_never_gains_or_loses_half_a_fen(fen in 0..1_000_000i64, grams in 0..20_000u32) {
        let exact = fen * i64::from(grams);
        match Money(fen).by_weight(grams) {
            Some(price) => prop_assert!((price.0 * 500 - exact) <= 250 && (price.0 * 500 - exact) > -250),
            None => prop_assert!(exact / 500 >= LARGEST.0),
        }
    }

    #[test]
    fn ids_survive_their_text(id: u128) {
        prop_assert_eq!(LineId(id).to_string().parse(), Ok(LineId(id)));
    }
}
