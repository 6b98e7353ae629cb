//! WeChat Pay's notices: the genuine ones say what they say, and no changed one is believed.
#![allow(clippy::unwrap_used)]

mod common;

use common::{NOW_S, OURS, SERIAL, STRANGERS, THEIRS, TRANSACTION, envelope, signed};
use pay::{Channel, Mismatch, Money, NoticeBody, NoticeRefused, RefundStatus, WechatPay, proves};
use proptest::prelude::*;

const NOW_MS: i64 = NOW_S * 1000;

fn genuine() -> (Vec<(String, String)>, String) {
    let body = envelope("TRANSACTION.SUCCESS", TRANSACTION, "transaction", "transaction");
    (signed(&body, &THEIRS, NOW_S, SERIAL), body)
}

fn refused(wechat: &WechatPay, headers: &[(String, String)], body: &str) -> NoticeRefused {
    wechat.read_notice(headers, body.as_bytes(), NOW_MS).unwrap_err()
}

fn with(mut headers: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    headers.iter_mut().find(|(n, _)| n == name).unwrap().1 = value.to_owned();
    headers
}

#[test]
fn a_genuine_payment_notice_is_read() {
    let (headers, body) = genuine();
    let notice = common::wechat().read_notice(&headers, body.as_bytes(), NOW_MS).unwrap();
    let NoticeBody::Paid(paid) = notice.body else { panic!("{notice:?}") };
    assert_eq!(paid.amount, Money(3800));
    assert_eq!(paid.attempt_no, "A1_0000000001");
    assert_eq!(paid.paid_at_ms, 1_794_992_790_000);
    let wechat = common::wechat();
    assert_eq!(proves(&paid, &wechat.expects("A1_0000000001", Money(3800))), Ok(()));
}

#[test]
fn a_genuine_notice_of_something_else_does_not_prove_ours() {
    let (headers, body) = genuine();
    let wechat = common::wechat();
    let notice = wechat.read_notice(&headers, body.as_bytes(), NOW_MS).unwrap();
    let NoticeBody::Paid(paid) = notice.body else { panic!("{notice:?}") };
    let wanted = wechat.expects("A1_0000000001", Money(3800));
    for (change, expected) in [
        ("amount", Mismatch::Amount { expected: Money(3800), got: Money(1) }),
        ("currency", Mismatch::Currency { expected: "CNY".into(), got: "USD".into() }),
        ("merchant", Mismatch::Merchant { expected: "1900000109".into(), got: "1".into() }),
        ("app", Mismatch::App { expected: "wxd678efh567hg6787".into(), got: "wx1".into() }),
        ("attempt", Mismatch::AttemptNo { expected: "A1_0000000001".into(), got: "A2".into() }),
    ] {
        let mut other = paid.clone();
        match change {
            "amount" => other.amount = Money(1),
            "currency" => other.currency = "USD".into(),
            "merchant" => other.merchant = "1".into(),
            "app" => other.app = "wx1".into(),
            _ => other.attempt_no = "A2".into(),
        }
        assert_eq!(proves(&other, &wanted), Err(expected));
    }
}

#[test]
fn a_refund_notice_is_read_for_our_merchant_only() {
    let plain = r#"{"mchid":"1900000109","transaction_id":"42","out_trade_no":"A1_0000000001","refund_id":"50","out_refund_no":"RF-1","refund_status":"SUCCESS","success_time":"2026-11-18T18:00:00+08:00","user_received_account":"零钱","amount":{"total":3800,"refund":800,"payer_total":3800,"payer_refund":800}}"#;
    let body = envelope("REFUND.SUCCESS", plain, "refund", "refund");
    let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
    let notice = common::wechat().read_notice(&headers, body.as_bytes(), NOW_MS).unwrap();
    let NoticeBody::Refund { state: Some(state), .. } = notice.body else { panic!("{notice:?}") };
    assert_eq!((state.amount, state.status), (Money(800), RefundStatus::Succeeded));

    let body = envelope("REFUND.SUCCESS", &plain.replace("1900000109", "1900000110"), "refund", "refund");
    let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
    assert!(matches!(refused(&common::wechat(), &headers, &body), NoticeRefused::Unreadable(_)));
}

/// A channel adds kinds of notice at any time; a genuine unknown one is acknowledged, not refused for ever.
#[test]
fn a_new_kind_of_notice_is_genuine_and_means_nothing() {
    let body = envelope("SECURITY_ECHO.SUCCESS", "{}", "", "");
    let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
    let notice = common::wechat().read_notice(&headers, body.as_bytes(), NOW_MS).unwrap();
    assert_eq!(notice.body, NoticeBody::Other { kind: "SECURITY_ECHO.SUCCESS".into() });
}

#[test]
fn a_changed_body_is_refused() {
    let (headers, body) = genuine();
    let changed = body.replace("EV-1", "EV-2");
    assert_eq!(refused(&common::wechat(), &headers, &changed), NoticeRefused::BadSignature);
}

#[test]
fn a_truncated_body_is_refused() {
    let (headers, body) = genuine();
    assert_eq!(refused(&common::wechat(), &headers, &body[..body.len() - 1]), NoticeRefused::BadSignature);
    assert_eq!(refused(&common::wechat(), &headers, ""), NoticeRefused::BadSignature);
}

#[test]
fn a_changed_signature_is_refused() {
    let (headers, body) = genuine();
    let other = signed("other", &THEIRS, NOW_S, SERIAL);
    let headers = with(headers, "wechatpay-signature", &other[2].1);
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature);
}

#[test]
fn a_signature_that_is_not_base64_is_refused() {
    let (headers, body) = genuine();
    for junk in ["@@@@", "=", "签名", "AAA", " "] {
        let headers = with(headers.clone(), "wechatpay-signature", junk);
        assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature, "{junk}");
    }
}

#[test]
fn the_channels_own_signature_probe_is_refused_like_any_other() {
    let (headers, body) = genuine();
    let probe = format!("WECHATPAY/SIGNTEST/{}", &headers[2].1[19..]);
    let headers = with(headers, "wechatpay-signature", &probe);
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature);
}

#[test]
fn a_changed_timestamp_is_refused() {
    let (headers, body) = genuine();
    let headers = with(headers, "wechatpay-timestamp", &(NOW_S + 1).to_string());
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature);
}

#[test]
fn a_stale_or_unreadable_timestamp_is_refused_however_well_signed() {
    let (_, body) = genuine();
    for at in [NOW_S - 301, NOW_S + 301, 0, i64::MIN, i64::MAX] {
        let headers = signed(&body, &THEIRS, at, SERIAL);
        assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::Stale, "{at}");
    }
    let headers = with(genuine().0, "wechatpay-timestamp", "now");
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::Stale);
}

#[test]
fn a_changed_nonce_is_refused() {
    let (headers, body) = genuine();
    let headers = with(headers, "wechatpay-nonce", "NONCE2");
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature);
}

#[test]
fn an_unknown_serial_is_refused() {
    let (headers, body) = genuine();
    let headers = with(headers, "wechatpay-serial", "PUB_KEY_ID_9");
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::UnknownSerial("PUB_KEY_ID_9".into()));
}

#[test]
fn a_missing_or_doubled_header_is_refused() {
    let (headers, body) = genuine();
    for name in ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial"] {
        let fewer: Vec<_> = headers.iter().filter(|(n, _)| n != name).cloned().collect();
        assert!(matches!(refused(&common::wechat(), &fewer, &body), NoticeRefused::Missing(_)), "{name}");
        let mut more = headers.clone();
        more.push((name.to_uppercase(), "1".into()));
        assert!(matches!(refused(&common::wechat(), &more, &body), NoticeRefused::Twice(_)), "{name}");
    }
}

#[test]
fn another_signature_method_is_refused() {
    let (headers, body) = genuine();
    let headers = with(headers, "wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3");
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::WrongMethod);
}

#[test]
fn another_key_is_refused_even_our_own() {
    let (_, body) = genuine();
    for key in [&*STRANGERS, &*OURS] {
        let headers = signed(&body, key, NOW_S, SERIAL);
        assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::BadSignature);
    }
}

#[test]
fn swapped_associated_data_does_not_open() {
    let body = envelope("TRANSACTION.SUCCESS", TRANSACTION, "refund", "transaction");
    let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
    assert_eq!(refused(&common::wechat(), &headers, &body), NoticeRefused::CannotDecrypt);
}

#[test]
fn a_success_notice_that_says_not_paid_is_refused() {
    let body = envelope("TRANSACTION.SUCCESS", &TRANSACTION.replace("SUCCESS", "NOTPAY"), "transaction", "transaction");
    let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
    assert!(matches!(refused(&common::wechat(), &headers, &body), NoticeRefused::Unreadable(_)));
}

#[test]
fn a_payment_without_one_of_its_numbers_is_refused() {
    for part in ["transaction_id", "mchid", "appid", "out_trade_no", "success_time", "amount"] {
        let plain = TRANSACTION.replace(&format!("\"{part}\":"), &format!("\"x_{part}\":"));
        let body = envelope("TRANSACTION.SUCCESS", &plain, "transaction", "transaction");
        let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
        assert!(matches!(refused(&common::wechat(), &headers, &body), NoticeRefused::Unreadable(_)), "{part}");
    }
}

#[test]
fn an_oversized_body_is_refused_before_any_work() {
    let body = "x".repeat(64 * 1024 + 1);
    assert_eq!(refused(&common::wechat(), &[], &body), NoticeRefused::TooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_under_any_headers_are_refused_without_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        values in proptest::collection::vec(".{0,40}", 5),
    ) {
        let headers: Vec<_> = ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial", "Wechatpay-Signature-Type"]
            .iter().zip(values).map(|(n, v)| ((*n).to_owned(), v)).collect();
        prop_assert!(WECHAT.read_notice(&headers, &body, NOW_MS).is_err());
    }

    /// Signed junk: past the signature, the readers must hold too.
    #[test]
    fn signed_junk_is_refused_without_panic(body in "[ -~]{0,200}") {
        let headers = signed(&body, &THEIRS, NOW_S, SERIAL);
        prop_assert!(WECHAT.read_notice(&headers, body.as_bytes(), NOW_MS).is_err());
    }

    /// One flipped bit anywhere in a genuine body is seen.
    #[test]
    fn one_flipped_bit_is_seen(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let (headers, body) = genuine();
        let mut bytes = body.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(WECHAT.read_notice(&headers, &bytes, NOW_MS).unwrap_err(), NoticeRefused::BadSignature);
    }
}

static WECHAT: std::sync::LazyLock<WechatPay> = std::sync::LazyLock::new(common::wechat);
