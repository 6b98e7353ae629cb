//! Alipay's notices and raw answers: the signed text is taken exactly as it came.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OURS, STRANGERS, THEIRS, TRADE, alipay_form};
use pay::{
    Alipay, Channel, Money, NoticeBody, NoticeRefused,
    alipay::sign::{raw_answer, read_form, request_text},
    proves,
};
use proptest::prelude::*;

static ALIPAY: std::sync::LazyLock<Alipay> = std::sync::LazyLock::new(common::alipay);

fn refused(body: &str) -> NoticeRefused {
    ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap_err()
}

fn with<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    TRADE.iter().map(|(n, v)| (*n, if *n == name { value } else { *v })).collect()
}

#[test]
fn a_genuine_payment_notice_is_read_whatever_is_in_the_subject() {
    for subject in ["宫保鸡丁", "100%", "a+b c&d=e", "%2B%25", "{\"a\":\"}\"}", "面🍜", ""] {
        let body = alipay_form(&with("subject", subject), &THEIRS, "RSA2");
        let notice = ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap();
        let NoticeBody::Paid(paid) = notice.body else { panic!("{notice:?}") };
        assert_eq!(paid.amount, Money(3800));
        assert_eq!(paid.paid_at_ms, 1_794_992_790_000);
        assert_eq!(proves(&paid, &ALIPAY.expects("A1_0000000001", Money(3800))), Ok(()));
    }
}

#[test]
fn fields_nobody_knows_are_part_of_the_signed_text() {
    let mut params = TRADE.to_vec();
    params.push(("a_field_of_next_year", "值"));
    let body = alipay_form(&params, &THEIRS, "RSA2");
    assert!(ALIPAY.read_notice(&[], body.as_bytes(), 0).is_ok());
    let stripped = alipay_form(&params, &THEIRS, "RSA2").replace("a_field_of_next_year=%E5%80%BC&", "");
    assert_eq!(refused(&stripped), NoticeRefused::BadSignature);
}

#[test]
fn both_paid_statuses_are_paid_and_a_refund_is_not() {
    let body = alipay_form(&with("trade_status", "TRADE_FINISHED"), &THEIRS, "RSA2");
    assert!(matches!(ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap().body, NoticeBody::Paid(_)));
    for status in ["TRADE_SUCCESS", "TRADE_CLOSED"] {
        let mut params = with("trade_status", status);
        params.extend([("refund_fee", "8.00"), ("gmt_refund", "2026-11-18 18:00:00"), ("out_biz_no", "RF-1")]);
        let body = alipay_form(&params, &THEIRS, "RSA2");
        let NoticeBody::Refund { refund_no, state, .. } = ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap().body else {
            panic!("{status}")
        };
        assert_eq!((refund_no.as_deref(), state), (Some("RF-1"), None));
    }
    let body = alipay_form(&with("trade_status", "TRADE_CLOSED"), &THEIRS, "RSA2");
    assert!(matches!(ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap().body, NoticeBody::Closed { .. }));
    let body = alipay_form(&with("trade_status", "WAIT_BUYER_PAY"), &THEIRS, "RSA2");
    assert!(matches!(ALIPAY.read_notice(&[], body.as_bytes(), 0).unwrap().body, NoticeBody::Other { .. }));
}

#[test]
fn a_changed_field_is_refused() {
    let body = alipay_form(&TRADE, &THEIRS, "RSA2");
    for (from, to) in [("38.00", "0.01"), ("TRADE_SUCCESS", "TRADE_FINISHED"), ("A1_0000000001", "A1_0000000002")] {
        assert_eq!(refused(&body.replacen(from, to, 1)), NoticeRefused::BadSignature, "{from}");
    }
}

#[test]
fn an_added_field_is_refused() {
    let body = alipay_form(&TRADE, &THEIRS, "RSA2");
    assert_eq!(refused(&format!("{body}&passback_params=x")), NoticeRefused::BadSignature);
}

#[test]
fn a_doubled_field_is_refused() {
    let body = alipay_form(&TRADE, &THEIRS, "RSA2");
    assert_eq!(refused(&format!("{body}&total_amount=0.01")), NoticeRefused::Twice("total_amount".into()));
}

#[test]
fn another_key_is_refused_even_our_own() {
    for key in [&*STRANGERS, &*OURS] {
        assert_eq!(refused(&alipay_form(&TRADE, key, "RSA2")), NoticeRefused::BadSignature);
    }
}

#[test]
fn a_sha1_downgrade_is_refused() {
    assert_eq!(refused(&alipay_form(&TRADE, &THEIRS, "RSA")), NoticeRefused::WrongMethod);
}

#[test]
fn a_plus_lost_from_the_signature_is_refused() {
    let body = alipay_form(&TRADE, &THEIRS, "RSA2");
    assert_eq!(refused(&body.replace("%2B", "+").replace("%2F", "_")), NoticeRefused::BadSignature);
}

#[test]
fn missing_signature_parts_are_refused() {
    assert_eq!(refused(""), NoticeRefused::Missing("sign"));
    assert_eq!(refused("sign=AAAA"), NoticeRefused::Missing("sign_type"));
    assert_eq!(refused("sign=&sign_type=RSA2"), NoticeRefused::Missing("sign"));
}

#[test]
fn broken_form_encodings_are_refused_not_repaired() {
    for body in ["a=%", "a=%4", "a=%zz", "a=%FF%FE", "%C0=1"] {
        assert_eq!(refused(body), NoticeRefused::Unreadable("form encoding"), "{body}");
    }
    let big5 = alipay_form(&with("charset", "Big5"), &THEIRS, "RSA2");
    assert_eq!(refused(&big5), NoticeRefused::Unreadable("charset"));
}

/// Chinese in GBK: written, escaped and signed in those bytes.
#[test]
fn a_notice_in_gbk_is_believed_and_read() {
    let mut params = with("charset", "GBK");
    params.push(("buyer_open_id", "张三"));
    params.sort_unstable();
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let text = params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let key = pay::crypto::SigningKey::from_pem(&THEIRS.pkcs8).unwrap();
    let escaped = |text: &str| form_urlencoded::byte_serialize(&gbk(text)).collect::<String>();
    let fields: Vec<String> = params.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let with_sign = |sign: &str| format!("{}&sign_type=RSA2&sign={}", fields.join("&"), escaped(sign));
    let notice = ALIPAY.read_notice(&[], with_sign(&key.sign(&gbk(&text)).unwrap()).as_bytes(), 0).unwrap();
    let NoticeBody::Paid(paid) = notice.body else { panic!() };
    assert_eq!((paid.amount, paid.payer.as_deref()), (Money(3800), Some("张三")));
    assert_eq!(refused(&with_sign(&key.sign(text.as_bytes()).unwrap())), NoticeRefused::BadSignature, "signed in other bytes");
}

#[test]
fn amounts_that_are_not_yuan_are_refused() {
    for amount in ["38", "38.0"] {
        let body = alipay_form(&with("total_amount", amount), &THEIRS, "RSA2");
        assert!(ALIPAY.read_notice(&[], body.as_bytes(), 0).is_ok(), "{amount}");
    }
    for amount in ["38.001", "3.8e1", " 38.00", "￥38", "38,00", "NaN"] {
        let body = alipay_form(&with("total_amount", amount), &THEIRS, "RSA2");
        assert_eq!(refused(&body), NoticeRefused::Unreadable("total_amount"), "{amount}");
    }
}

#[test]
fn a_form_of_too_many_fields_or_bytes_is_refused() {
    let many: String = (0..300).map(|i| format!("k{i}=1&")).collect();
    assert_eq!(refused(&many), NoticeRefused::TooLarge);
    assert_eq!(refused(&"x".repeat(64 * 1024 + 1)), NoticeRefused::TooLarge);
}

#[test]
fn the_raw_node_survives_escapes_braces_percent_plus_and_chinese() {
    for node in [
        r#"{"code":"10000","qr_code":"https:\/\/qr.alipay.com\/x"}"#,
        r#"{"subject":"a}b{c\"}\\","x":{"y":[{"z":"}"}]}}"#,
        r#"{ "subject" : "100% + 宫保鸡丁 🍜" ,"sign":"inner"}"#,
        r#"{"u":"\u5355\ud83c\udf5c"}"#,
    ] {
        let body = format!(r#"{{"alipay_trade_query_response":{node},"sign":"QUJD+/=="}}"#);
        let raw = raw_answer(body.as_bytes(), "alipay.trade.query").unwrap();
        assert_eq!((raw.node, raw.sign, raw.is_error), (node, Some("QUJD+/=="), false));
        let body = format!(r#"{{"sign":"QUJD","alipay_trade_query_response":{node}}}"#);
        assert_eq!(raw_answer(body.as_bytes(), "alipay.trade.query").unwrap().node, node);
    }
}

#[test]
fn an_answer_in_no_documented_form_is_none() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"sign":"x"}"#,
        "<html>502</html>",
        r#"{"alipay_trade_close_response":{},"sign":"x"}"#,
        r#"{"alipay_trade_query_response":"{}","sign":"x"}"#,
        r#"{"alipay_trade_query_response":{},"sign":7}"#,
        r#"{"alipay_trade_query_response":{},"alipay_trade_query_response":{},"sign":"x"}"#,
        r#"{"alipay_trade_query_response":{},"error_response":{},"sign":"x"}"#,
        r#"{"alipay_trade_query_response":{},"sign":"x"} trailing"#,
        r#"{"alipay_trade_query_response":{"#,
    ] {
        assert_eq!(raw_answer(body.as_bytes(), "alipay.trade.query"), None, "{body}");
    }
    assert_eq!(raw_answer(&[0xFF, 0xFE], "alipay.trade.query"), None);
}

#[test]
fn an_error_without_signature_is_found_as_such() {
    let body = br#"{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}"#;
    let raw = raw_answer(body, "alipay.trade.query").unwrap();
    assert_eq!((raw.is_error, raw.sign), (true, None));
}

#[test]
fn a_request_signs_sign_type_and_drops_empty_values() {
    let params = [("sign_type", "RSA2"), ("method", "alipay.trade.query"), ("notify_url", ""), ("app_id", "1"), ("sign", "x")]
        .map(|(k, v)| (k, v.to_owned()))
        .into();
    assert_eq!(request_text(&params), "app_id=1&method=alipay.trade.query&sign_type=RSA2");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(ALIPAY.read_notice(&[], &body, 0).is_err());
        let _ = raw_answer(&body, "alipay.trade.query");
    }

    #[test]
    fn any_text_comes_back_from_a_form(pairs in proptest::collection::btree_map("[a-z]{1,8}", ".{0,30}", 0..8)) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        prop_assert_eq!(read_form(body.as_bytes()).unwrap(), pairs);
    }

    #[test]
    fn any_json_text_comes_back_raw(subject in ".{0,60}") {
        let node = serde_json::json!({"code": "10000", "subject": subject}).to_string().replace('/', "\\/");
        let body = format!(r#"{{"alipay_trade_query_response":{node},"sign":"x"}}"#);
        prop_assert_eq!(raw_answer(body.as_bytes(), "alipay.trade.query").unwrap().node, node);
    }
}
