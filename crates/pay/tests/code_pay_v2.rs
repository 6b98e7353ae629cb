//! Payment codes over API v2: signed XML, every error code's meaning, and answers that try something.
#![allow(clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, sync::Arc};

use common::{Fake, NO, TRANSACTION, WECHAT_CODE, bare, code_pay, true_answer, wechat_config, write};
use pay::{
    Answer, Channel, ChannelState, ConfigError, Money, NoAnswerKind, Outcome, Reversed, WechatPay, proves,
    wechat::{
        CodePayApi,
        v2::{V2Config, sign::SignType, xml},
    },
};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

fn over_v2(fake: &Arc<Fake>, sign_type: SignType) -> WechatPay {
    fake.wechat_with(|config, folder| {
        config.code_pay = CodePayApi::V2;
        config.v2 = Some(V2Config {
            base_url: pay::wechat::PRODUCTION.into(),
            api_key: write(folder, "v2.key", &format!("{KEY}\n"), 0o600),
            sign_type,
            client_cert_pem: None,
            client_key_pem: None,
            ca_pem: None,
        });
    })
}

fn fields(given: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = [
        ("return_code", "SUCCESS"),
        ("appid", "wxd678efh567hg6787"),
        ("mch_id", "1900000109"),
        ("nonce_str", "N1"),
        ("result_code", "SUCCESS"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    fields.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn sealed(mut fields: BTreeMap<String, String>, sign_type: SignType, key: &str) -> Answer {
    fields.insert("sign".into(), sign_type.sign(&fields, key));
    bare(200, &xml::write(&fields))
}

fn answer(given: &[(&str, &str)]) -> Answer {
    sealed(fields(given), SignType::HmacSha256, KEY)
}

const PAID: [(&str, &str); 6] = [
    ("openid", "o1"),
    ("trade_type", "MICROPAY"),
    ("total_fee", "3800"),
    ("transaction_id", "4200000001"),
    ("out_trade_no", NO),
    ("time_end", "20261118170630"),
];

fn refused(code: &str) -> Answer {
    answer(&[("result_code", "FAIL"), ("err_code", code), ("err_code_des", "x")])
}

fn told(outcome: &Outcome<ChannelState>) -> String {
    match outcome {
        Outcome::Succeeded(ChannelState::Paid(paid)) => format!("paid {}", paid.amount.0),
        Outcome::Succeeded(ChannelState::PayFailed { code, money_may_have_moved }) => format!("{code} {money_may_have_moved}"),
        Outcome::Succeeded(other) => format!("{other:?}"),
        Outcome::DefinitelyFailed { code, .. } => format!("failed {code}"),
        Outcome::Unknown { .. } => "unknown".into(),
    }
}

async fn pays(answer: Answer) -> String {
    told(&over_v2(&Fake::saying(answer), SignType::HmacSha256).pay_code(&code_pay(WECHAT_CODE)).await)
}

#[tokio::test]
async fn a_payment_by_code_is_signed_sent_and_proven() {
    for sign_type in [SignType::HmacSha256, SignType::Md5] {
        let fake = Fake::saying(sealed(fields(&PAID), sign_type, KEY));
        let wechat = over_v2(&fake, sign_type);
        let Outcome::Succeeded(ChannelState::Paid(paid)) = wechat.pay_code(&code_pay(WECHAT_CODE)).await else { panic!() };
        assert_eq!(proves(&paid, &wechat.expects(NO, Money(3800))), Ok(()));
        assert_eq!(paid.paid_at_ms, 1_794_992_790_000, "17:06:30 in Beijing");
        assert_eq!(fake.asked(), ["POST https://api.mch.weixin.qq.com/pay/micropay"]);
        let sent = xml::read(fake.body().as_bytes()).unwrap();
        assert!(sign_type.verifies(&sent, KEY));
        assert_eq!(sent["sign_type"], sign_type.as_str());
        assert_eq!((sent["auth_code"].as_str(), sent["total_fee"].as_str()), (WECHAT_CODE, "3800"));
        assert_eq!((sent["spbill_create_ip"].as_str(), sent["device_info"].as_str()), ("192.168.1.20", "till-1"));
    }
}

#[tokio::test]
async fn every_error_code_has_its_meaning() {
    for code in [
        "SYSTEMERROR",
        "BANKERROR",
        "ORDERPAID",
        "ORDERCLOSED",
        "ORDERREVERSED",
        "OUT_TRADE_NO_USED",
        "INVALID_REQUEST",
        "NEW",
        "",
    ] {
        assert_eq!(pays(refused(code)).await, "unknown", "{code}");
    }
    for code in ["AUTHCODEEXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID", "NOTENOUGH", "NOTSUPORTCARD", "BUYER_MISMATCH"] {
        assert_eq!(pays(refused(code)).await, format!("failed {code}"));
    }
    for code in
        ["NOAUTH", "APPID_NOT_EXIST", "MCHID_NOT_EXIST", "APPID_MCHID_NOT_MATCH", "LACK_PARAMS", "PARAM_ERROR", "NOT_UTF8"]
    {
        assert_eq!(pays(refused(code)).await, format!("failed {code}"));
    }
    assert_eq!(pays(refused("USERPAYING")).await, "Paying");
    assert_eq!(pays(refused("TRADE_ERROR")).await, "TRADE_ERROR true");
}

#[tokio::test]
async fn an_answer_that_is_not_proven_to_be_ours_is_unknown() {
    let with = |name: &str, value: &str| {
        let mut all = fields(&PAID);
        all.insert(name.into(), value.into());
        all
    };
    let good = String::from_utf8(sealed(fields(&PAID), SignType::HmacSha256, KEY).body).unwrap();
    let mut unsigned = fields(&PAID);
    unsigned.insert("sign".into(), String::new());
    for bad in [
        sealed(fields(&PAID), SignType::Md5, KEY),
        sealed(fields(&PAID), SignType::HmacSha256, "00000000000000000000000000000000"),
        sealed(with("appid", "wxother"), SignType::HmacSha256, KEY),
        sealed(with("mch_id", "1900000110"), SignType::HmacSha256, KEY),
        sealed(with("out_trade_no", "A1_0000000002"), SignType::HmacSha256, KEY),
        sealed(with("total_fee", "38.00"), SignType::HmacSha256, KEY),
        sealed(with("time_end", "yesterday"), SignType::HmacSha256, KEY),
        sealed(with("transaction_id", ""), SignType::HmacSha256, KEY),
        sealed(with("sign_type", "MD5"), SignType::HmacSha256, KEY),
        bare(200, &xml::write(&unsigned)),
        bare(200, &good.replace("3800", "3801")),
        bare(200, &good.replace("<xml>", "<!DOCTYPE x [<!ENTITY e \"SUCCESS\">]><xml>")),
        bare(200, &good.replace("<total_fee>", "<total_fee>1</total_fee><total_fee>")),
        bare(200, "<xml><return_code>FAIL</return_code><return_msg>签名失败</return_msg></xml>"),
        bare(200, "<html>"),
        bare(502, &good),
        bare(302, &good),
    ] {
        let shown = String::from_utf8_lossy(&bad.body).into_owned();
        assert_eq!(pays(bad).await, "unknown", "{shown}");
    }
    for kind in [NoAnswerKind::NotConnected, NoAnswerKind::TimedOut, NoAnswerKind::Broke] {
        let silent = over_v2(&Fake::silent(kind), SignType::HmacSha256);
        assert_eq!(told(&silent.pay_code(&code_pay(WECHAT_CODE)).await), "unknown");
        assert!(matches!(silent.reverse(NO).await, Outcome::Unknown { .. }));
        assert!(matches!(silent.query(NO).await, Outcome::Unknown { .. }));
    }
}

/// v3 answers `v3` and v2 answers `v2`.
fn both(v3: Answer, v2: Answer) -> Arc<Fake> {
    Fake::playing(move |request| Ok(if request.url.contains("/v3/") { v3.clone() } else { v2.clone() }))
}

#[tokio::test]
async fn a_reverse_says_done_not_yet_or_unknown() {
    let fail = |code: &str, recall: &str| answer(&[("result_code", "FAIL"), ("err_code", code), ("recall", recall)]);
    let open = true_answer(200, &TRANSACTION.replace("SUCCESS", "NOTPAY"));
    for (said, expected) in [
        (answer(&[("recall", "N")]), Some(Reversed::Reversed)),
        (answer(&[]), Some(Reversed::Reversed)),
        (answer(&[("recall", "Y")]), Some(Reversed::NotYet)),
        (fail("SYSTEMERROR", "Y"), Some(Reversed::NotYet)),
        (fail("USERPAYING", "N"), Some(Reversed::NotYet)),
        (fail("ORDERNOTEXIST", "N"), Some(Reversed::NotFound)),
        (fail("SYSTEMERROR", "N"), None),
        (fail("REVERSE_EXPIRE", "N"), None),
        (bare(200, "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>"), None),
    ] {
        let shown = String::from_utf8_lossy(&said.body).into_owned();
        let fake = both(open.clone(), said);
        let got = over_v2(&fake, SignType::HmacSha256).reverse(NO).await;
        match expected {
            Some(expected) => assert_eq!(got, Outcome::Succeeded(expected), "{shown}"),
            None => assert!(matches!(got, Outcome::Unknown { .. }), "{shown} {got:?}"),
        }
        assert_eq!(fake.asked()[0], "POST https://api.mch.weixin.qq.com/secapi/pay/reverse");
    }
    let revoked = true_answer(200, &TRANSACTION.replace("SUCCESS", "REVOKED"));
    let got = over_v2(&both(revoked, fail("ORDERREVERSED", "N")), SignType::HmacSha256).reverse(NO).await;
    assert_eq!(got, Outcome::Succeeded(Reversed::Reversed));
}

#[tokio::test]
async fn where_v3_cannot_tell_v2_is_asked() {
    let state = |state: &str| {
        let mut all = fields(&PAID);
        all.insert("trade_state".into(), state.into());
        sealed(all, SignType::HmacSha256, KEY)
    };
    for (said, expected) in [
        (state("SUCCESS"), "paid 3800"),
        (state("NOTPAY"), "NotPaid"),
        (state("CLOSED"), "Closed"),
        (state("REVOKED"), "Reversed"),
        (state("USERPAYING"), "Paying"),
        (state("PAYERROR"), "PAYERROR true"),
        (state("NEW"), "unknown"),
        (refused("ORDERNOTEXIST"), "NotFound"),
        (refused("SYSTEMERROR"), "unknown"),
        (answer(&[("trade_state", "USERPAYING")]), "Paying"),
        (answer(&[("trade_state", "SUCCESS")]), "unknown"),
        (answer(&[("trade_state", "NOTPAY"), ("out_trade_no", "A1_0000000002")]), "unknown"),
    ] {
        let shown = String::from_utf8_lossy(&said.body).into_owned();
        let fake = both(bare(503, ""), said);
        assert_eq!(told(&over_v2(&fake, SignType::HmacSha256).query(NO).await), expected, "{shown}");
        assert_eq!(fake.asked().len(), 2);
    }
    let fake = both(true_answer(200, TRANSACTION), bare(503, ""));
    assert_eq!(told(&over_v2(&fake, SignType::HmacSha256).query(NO).await), "paid 3800");
    assert_eq!(fake.asked().len(), 1, "v3 knew");
}

#[test]
fn v2_wants_its_key_and_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = wechat_config(folder.path());
    config.code_pay = CodePayApi::V2;
    let new = |config: &_| WechatPay::new(config, false, common::fixed_clock());
    assert!(matches!(new(&config), Err(ConfigError::Malformed { what: "wechat.v2" })));
    let v2 = V2Config {
        base_url: pay::wechat::PRODUCTION.into(),
        api_key: write(folder.path(), "v2.key", "short", 0o600),
        sign_type: SignType::default(),
        client_cert_pem: None,
        client_key_pem: None,
        ca_pem: None,
    };
    config.v2 = Some(v2.clone());
    assert!(matches!(new(&config), Err(ConfigError::Malformed { what: "wechat.v2.client_cert_pem" })));
    let cert = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(&common::OURS.pkcs8, &rcgen::PKCS_RSA_SHA256).unwrap();
        params.self_signed(&key).unwrap().pem()
    };
    let key = write(folder.path(), "client.key", &common::OURS.pkcs8, 0o600);
    let mutual = |pem: &str| V2Config {
        api_key: write(folder.path(), "whole.key", KEY, 0o600),
        client_cert_pem: Some(write(folder.path(), "client.pem", pem, 0o644)),
        client_key_pem: Some(key.clone()),
        ..v2.clone()
    };
    config.v2 = Some(mutual(&cert("1900000109")));
    assert!(new(&config).is_ok());
    config.v2 = Some(mutual(&cert("SIM1900000109")));
    assert!(matches!(new(&config), Err(ConfigError::SimulatedKey { what: "wechat.v2.client_cert_pem" })));
    config.v2 = Some(mutual("nonsense"));
    assert!(matches!(new(&config), Err(ConfigError::Key(_))));
    config.v2 = Some(v2.clone());
    let over = |config: &_| WechatPay::over(config, false, common::fixed_clock(), Fake::silent(NoAnswerKind::Broke));
    assert!(matches!(over(&config), Err(ConfigError::Malformed { what: "wechat.v2.api_key" })));
    write(folder.path(), "v2.key", KEY, 0o644);
    assert!(matches!(over(&config), Err(ConfigError::Key(_))), "readable by others");
    write(folder.path(), "v2.key", KEY, 0o600);
    assert!(!format!("{:?} {config:?}", over(&config).unwrap()).contains(KEY));
    config.v2 = Some(V2Config { base_url: "http://127.0.0.1:1".into(), ..v2 });
    assert!(matches!(over(&config), Err(ConfigError::PlainHttp { what: "wechat.v2.base_url" })));
}

proptest::proptest! {
    #[test]
    fn what_is_written_is_read_back_and_still_signed(values in proptest::collection::btree_map("[a-z_]{1,12}", "[^\\p{Cc}]{1,24}", 0..12)) {
        let mut all = values.clone();
        all.insert("sign".into(), SignType::HmacSha256.sign(&values, KEY));
        let read = xml::read(xml::write(&all).as_bytes()).unwrap();
        proptest::prop_assert!(SignType::HmacSha256.verifies(&read, KEY));
        proptest::prop_assert_eq!(read, all);
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), text in "[<>/a-z!\\[\\]?&;#x\" ]{0,60}") {
        let _ = xml::read(&bytes);
        let _ = xml::read(format!("<xml>{text}</xml>").as_bytes());
    }
}
