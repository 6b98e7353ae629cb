//! Which host a request goes to, how long it may take, and whose keys its answer may carry.
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{Fake, NO, NOW_S, OURS, STRANGERS, THEIRS, TRANSACTION, WECHAT_CODE, bare, code_pay, signed, true_answer, write};
use pay::{
    Answer, Channel, ChannelName, ChannelState, Channels, Clock, ConfigError, NoAnswer, NoAnswerKind, Outcome, PaymentConfig,
    Transport, WechatPay, WireRequest,
    crypto::seal_aes_gcm,
    wechat::{PRODUCTION_STANDBY, VerifyKey},
};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber};

fn with_standby(fake: &Arc<Fake>) -> WechatPay {
    fake.wechat_with(|config, _| config.standby_url = Some(PRODUCTION_STANDBY.into()))
}

/// The first host is silent in one way; the standby answers.
fn first_host(kind: NoAnswerKind) -> Arc<Fake> {
    Fake::playing(move |request| match request.url.starts_with(PRODUCTION_STANDBY) {
        true => Ok(true_answer(200, TRANSACTION)),
        false => Err(NoAnswer::new(kind, "silence")),
    })
}

#[tokio::test]
async fn the_standby_is_asked_when_the_first_host_cannot_be_connected_to() {
    let fake = first_host(NoAnswerKind::NotConnected);
    let wechat = with_standby(&fake);
    assert!(matches!(wechat.query(NO).await, Outcome::Succeeded(ChannelState::Paid(_))));
    let hosts: Vec<_> = fake.requests().iter().map(|request| request.url.split("/v3").next().unwrap().to_owned()).collect();
    assert_eq!(hosts, ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"]);
    let [first, second] = &fake.requests()[..] else { panic!() };
    assert_ne!(first.headers, second.headers, "signed anew");
    assert!(matches!(wechat.pay_code(&code_pay(WECHAT_CODE)).await, Outcome::Succeeded(ChannelState::Paid(_))));
}

/// What may have been sent is not sent elsewhere.
#[tokio::test]
async fn after_any_other_silence_nothing_goes_to_the_standby() {
    for kind in [NoAnswerKind::TimedOut, NoAnswerKind::Broke] {
        let fake = first_host(kind);
        let wechat = with_standby(&fake);
        assert!(matches!(wechat.pay_code(&code_pay(WECHAT_CODE)).await, Outcome::Unknown { .. }));
        assert!(matches!(wechat.query(NO).await, Outcome::Unknown { .. }));
        assert!(fake.requests().iter().all(|request| !request.url.starts_with(PRODUCTION_STANDBY)));
    }
    let fake = Fake::saying(bare(503, ""));
    assert!(matches!(with_standby(&fake).query(NO).await, Outcome::Unknown { .. }));
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn a_standby_is_guarded_like_the_first_host() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = common::wechat_config(folder.path());
    let new = |config: &_| WechatPay::new(config, false, common::fixed_clock());
    config.standby_url = Some("http://127.0.0.1:1".into());
    assert!(matches!(new(&config), Err(ConfigError::PlainHttp { what: "wechat.standby_url" })));
    config.standby_url = Some("https://api2.mch.weixin.qq.com".into());
    config.mch_id = "SIM1".into();
    assert!(matches!(new(&config), Err(ConfigError::SimulatedKey { .. })));
}

/// Never answers, and forgets about budgets.
#[derive(Debug)]
struct Deaf;

#[async_trait::async_trait]
impl Transport for Deaf {
    async fn send(&self, _request: WireRequest, _budget: Duration) -> Result<Answer, NoAnswer> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn both_channels_run_on_the_runtimes_time_over_any_transport() {
    let folder = tempfile::tempdir().unwrap();
    let config = PaymentConfig {
        simulator: false,
        wechat: Some(common::wechat_config(folder.path())),
        alipay: Some(common::alipay_config(folder.path())),
    };
    let transport: Arc<dyn Transport> = Arc::new(Deaf);
    let channels = Channels::open_over(&config, &common::fixed_clock(), &transport).unwrap();
    let begun = tokio::time::Instant::now();
    for name in [ChannelName::Wechat, ChannelName::Alipay] {
        let got = channels.get(name).unwrap().query(NO).await;
        assert!(matches!(&got, Outcome::Unknown { why } if why.contains("in time")), "{got:?}");
    }
    assert!(begun.elapsed() >= Duration::from_secs(8) && begun.elapsed() < Duration::from_secs(9));
    assert!(matches!(channels.login().unwrap().login("c0de").await, Outcome::Unknown { .. }));
}

const SERIAL_A: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const SERIAL_B: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF00000B01";

fn certificate(serial: &str, pkcs8: &str) -> String {
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(pkcs8, &PKCS_RSA_SHA256).unwrap();
    certificate_of("Tenpay.com sign", serial, &key)
}

fn certificate_of(name: &str, serial: &str, key: &KeyPair) -> String {
    let mut params = CertificateParams::new(vec!["tenpay.com".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(hex::decode(serial).unwrap()));
    params.self_signed(key).unwrap().pem()
}

fn item(serial: &str, pem: &str, key: &str, until: &str) -> String {
    let text = seal_aes_gcm(key.as_bytes(), b"abcdefghijkl", b"certificate", pem.as_bytes()).unwrap();
    format!(
        r#"{{"serial_no":"{serial}","effective_time":"2024-06-08T10:34:56+08:00","expire_time":"{until}","encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"abcdefghijkl","associated_data":"certificate","ciphertext":"{text}"}}}}"#
    )
}

fn certificates(items: &[String], key: &common::TestKey, serial: &str) -> Answer {
    let body = format!(r#"{{"data":[{}]}}"#, items.join(","));
    Answer { status: 200, headers: signed(&body, key, NOW_S, serial), body: body.into_bytes() }
}

fn signed_by(key: &common::TestKey, serial: &str) -> Answer {
    Answer { status: 200, headers: signed(TRANSACTION, key, NOW_S, serial), body: TRANSACTION.into() }
}

const LATER: &str = "2029-06-08T10:34:56+08:00";

/// Serves a list of certificates, and queries signed by `key` under `serial`.
fn with_certificates(list: Answer, query: Answer, clock: Clock) -> (Arc<Fake>, WechatPay) {
    let fake =
        Fake::playing(move |request| Ok(if request.url.ends_with("/v3/certificates") { list.clone() } else { query.clone() }));
    let folder = tempfile::tempdir().unwrap();
    let mut config = common::wechat_config(folder.path());
    config.certificates = true;
    let wechat = WechatPay::over(&config, false, clock, fake.clone()).unwrap();
    (fake, wechat)
}

fn fetches(fake: &Fake) -> usize {
    fake.asked().iter().filter(|asked| asked.ends_with("/v3/certificates")).count()
}

#[tokio::test]
async fn certificates_are_fetched_opened_and_valid_side_by_side() {
    let items = [
        item(SERIAL_A, &certificate(SERIAL_A, &THEIRS.pkcs8), common::API_V3_KEY, LATER),
        item(SERIAL_B, &certificate(SERIAL_B, &STRANGERS.pkcs8), common::API_V3_KEY, LATER),
    ];
    let list = certificates(&items, &STRANGERS, SERIAL_B);
    let (fake, wechat) = with_certificates(list, signed_by(&THEIRS, SERIAL_A), common::fixed_clock());
    assert_eq!(wechat.refresh_keys().await, Outcome::Succeeded(()));
    assert!(matches!(wechat.query(NO).await, Outcome::Succeeded(ChannelState::Paid(_))));
    let notice = common::envelope("TRANSACTION.SUCCESS", TRANSACTION, "transaction", "transaction");
    for (key, serial) in [(&*THEIRS, SERIAL_A), (&*STRANGERS, SERIAL_B), (&*THEIRS, common::SERIAL)] {
        assert!(wechat.read_notice(&signed(&notice, key, NOW_S, serial), notice.as_bytes(), NOW_S * 1000).is_ok(), "{serial}");
    }
    assert_eq!(wechat.refresh_keys().await, Outcome::Succeeded(()));
    assert_eq!(fetches(&fake), 1, "just done");
}

#[tokio::test]
async fn a_serial_nobody_told_us_about_is_fetched_once_a_minute_at_most() {
    let list =
        certificates(&[item(SERIAL_A, &certificate(SERIAL_A, &THEIRS.pkcs8), common::API_V3_KEY, LATER)], &THEIRS, SERIAL_A);
    let (fake, wechat) = with_certificates(list.clone(), signed_by(&THEIRS, SERIAL_A), common::fixed_clock());
    assert!(matches!(wechat.query(NO).await, Outcome::Succeeded(ChannelState::Paid(_))));
    assert_eq!(fetches(&fake), 1);

    let now = Arc::new(AtomicI64::new(NOW_S * 1000));
    let hands = now.clone();
    let clock: Clock = Arc::new(move || hands.load(Ordering::SeqCst));
    let (fake, wechat) = with_certificates(list, signed_by(&STRANGERS, SERIAL_B), clock);
    for _ in 0..5 {
        assert!(matches!(wechat.query(NO).await, Outcome::Unknown { .. }));
    }
    assert_eq!(fetches(&fake), 1, "a stranger's serials cause no storm");
    now.fetch_add(61_000, Ordering::SeqCst);
    assert!(matches!(wechat.query(NO).await, Outcome::Unknown { .. }));
    assert_eq!(fetches(&fake), 2);
}

#[tokio::test]
async fn certificates_that_are_not_the_channels_change_nothing() {
    let good = certificate(SERIAL_A, &STRANGERS.pkcs8);
    let own = |item: String| certificates(&[item], &STRANGERS, SERIAL_A);
    for (list, why) in [
        (own(item(SERIAL_A, &good, "00000000000000000000000000000000", LATER)), "sealed by another"),
        (own(item(SERIAL_B, &good, common::API_V3_KEY, LATER)), "another serial"),
        (own(item(SERIAL_A, &good, common::API_V3_KEY, "2025-06-08T10:34:56+08:00")), "expired"),
        (own(item(SERIAL_A, &STRANGERS.public, common::API_V3_KEY, LATER)), "no certificate"),
        (certificates(&[item(SERIAL_A, &good, common::API_V3_KEY, LATER)], &OURS, SERIAL_A), "signed by another"),
        (bare(200, &format!(r#"{{"data":[{}]}}"#, item(SERIAL_A, &good, common::API_V3_KEY, LATER))), "unsigned"),
        (bare(404, r#"{"code":"RESOURCE_NOT_EXISTS"}"#), "none"),
    ] {
        let (_, wechat) = with_certificates(list, signed_by(&STRANGERS, SERIAL_A), common::fixed_clock());
        assert!(matches!(wechat.refresh_keys().await, Outcome::Unknown { .. }), "{why}");
        assert!(matches!(wechat.query(NO).await, Outcome::Unknown { .. }), "{why}");
    }
}

#[tokio::test]
async fn a_merchant_on_public_keys_never_asks_for_certificates() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let fake = Fake::playing(move |request| {
        count.fetch_add(usize::from(request.url.ends_with("/v3/certificates")), Ordering::SeqCst);
        Ok(signed_by(&STRANGERS, SERIAL_B))
    });
    let wechat = fake.wechat();
    assert_eq!(wechat.refresh_keys().await, Outcome::Succeeded(()));
    assert!(matches!(wechat.query(NO).await, Outcome::Unknown { .. }));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_configured_certificate_stands_beside_public_keys_and_must_be_the_one_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = common::wechat_config(folder.path());
    let pem = write(folder.path(), "certificate.pem", &certificate(SERIAL_A, &STRANGERS.pkcs8), 0o644);
    config.verify_keys.push(VerifyKey { serial: SERIAL_A.into(), pem: pem.clone() });
    let fake = Fake::silent(NoAnswerKind::Broke);
    let wechat = WechatPay::over(&config, false, common::fixed_clock(), fake.clone()).unwrap();
    let notice = common::envelope("TRANSACTION.SUCCESS", TRANSACTION, "transaction", "transaction");
    for (key, serial) in [(&*STRANGERS, SERIAL_A), (&*THEIRS, common::SERIAL)] {
        assert!(wechat.read_notice(&signed(&notice, key, NOW_S, serial), notice.as_bytes(), NOW_S * 1000).is_ok(), "{serial}");
    }
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&STRANGERS.pkcs8, &PKCS_RSA_SHA256).unwrap();
    write(folder.path(), "certificate.pem", &certificate_of("Simulated Tenpay.com sign", SERIAL_A, &key), 0o644);
    let wrong = WechatPay::over(&config, false, common::fixed_clock(), fake.clone()).unwrap_err();
    assert!(matches!(wrong, ConfigError::SimulatedKey { what: "wechat.verify_keys" }));
    write(folder.path(), "certificate.pem", &certificate(SERIAL_A, &STRANGERS.pkcs8), 0o644);
    config.verify_keys[1].serial = SERIAL_B.into();
    let wrong = WechatPay::over(&config, false, common::fixed_clock(), fake).unwrap_err();
    assert!(matches!(wrong, ConfigError::Malformed { what: "wechat.verify_keys" }));
}
