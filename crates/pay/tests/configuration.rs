//! What an operator may write, and what is refused before anything runs.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{Fake, alipay_config};
use pay::{
    Alipay, AlipayConfig, ConfigError, NoAnswerKind, PaymentConfig,
    wechat::{CodePayApi, v2::sign::SignType},
};

const WHOLE: &str = r#"
simulator = false
[wechat]
base_url = "https://api.mch.weixin.qq.com"
standby_url = "https://api2.mch.weixin.qq.com"
app_id = "wxd678efh567hg6787"
mch_id = "1900000109"
merchant_serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
merchant_key_pem = "env:WECHAT_KEY"
api_v3_key = "file:v3.key"
certificates = true
code_pay = "v2"
verify_keys = [{ serial = "PUB_KEY_ID_1", pem = "public.pem" }, { serial = "5157F0", pem = "/etc/wechat.pem" }]
app_secret = "env:WECHAT_APP_SECRET"
[wechat.v2]
api_key = "v2.key"
sign_type = "MD5"
client_cert_pem = "apiclient_cert.pem"
client_key_pem = "env:WECHAT_CLIENT_KEY"
[alipay]
app_id = "2021000000000001"
seller_id = "2088000000000001"
app_key_pem = "env:ALIPAY_KEY"
alipay_public_key_pem = "alipay.pem"
bill_hosts = ["dwbillcenter.alipay.com"]
"#;

fn read(text: &str) -> PaymentConfig {
    let mut config: PaymentConfig = toml::from_str(text).unwrap();
    config.resolve(Path::new("/srv/dandan"));
    config
}

#[test]
fn files_are_found_beside_the_configuration_and_the_environment_stays() {
    let config = read(WHOLE);
    let wechat = config.wechat.unwrap();
    assert_eq!(wechat.merchant_key_pem, Path::new("env:WECHAT_KEY"));
    assert_eq!(wechat.api_v3_key.reveal(), "file:/srv/dandan/v3.key");
    assert_eq!(wechat.verify_keys[0].pem, Path::new("/srv/dandan/public.pem"));
    assert_eq!(wechat.verify_keys[1].pem, Path::new("/etc/wechat.pem"));
    assert_eq!(wechat.app_secret.unwrap().reveal(), "env:WECHAT_APP_SECRET");
    assert_eq!(wechat.code_pay, CodePayApi::V2);
    let v2 = wechat.v2.unwrap();
    assert_eq!(v2.base_url, pay::wechat::PRODUCTION);
    assert_eq!((v2.api_key.as_path(), v2.sign_type), (Path::new("/srv/dandan/v2.key"), SignType::Md5));
    assert_eq!(v2.client_cert_pem.unwrap(), Path::new("/srv/dandan/apiclient_cert.pem"));
    assert_eq!(v2.client_key_pem.unwrap(), Path::new("env:WECHAT_CLIENT_KEY"));
    let alipay = config.alipay.unwrap();
    assert_eq!(alipay.app_key_pem, Path::new("env:ALIPAY_KEY"));
    assert_eq!(alipay.alipay_public_key_pem, Path::new("/srv/dandan/alipay.pem"));
}

#[test]
fn what_is_not_said_is_the_careful_choice() {
    let short = WHOLE.lines().filter(|line| {
        !["standby", "certificates", "code_pay", "sign_type", "bill_hosts"].iter().any(|word| line.starts_with(word))
    });
    let config = read(&short.collect::<Vec<_>>().join("\n"));
    let wechat = config.wechat.unwrap();
    assert_eq!((wechat.standby_url, wechat.certificates, wechat.code_pay), (None, false, CodePayApi::V3));
    assert_eq!(wechat.v2.unwrap().sign_type, SignType::HmacSha256);
    assert_eq!(config.alipay.unwrap().bill_hosts, None);
}

#[test]
fn misspelt_settings_are_refused() {
    for (right, wrong) in
        [("certificates =", "certificate ="), ("\"v2\"", "\"v4\""), ("\"MD5\"", "\"SHA1\""), ("bill_hosts", "bill_host")]
    {
        assert!(toml::from_str::<PaymentConfig>(&WHOLE.replace(right, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_key_that_the_environment_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = AlipayConfig { app_key_pem: "env:DANDAN_NO_SUCH_KEY".into(), ..alipay_config(folder.path()) };
    let error = Alipay::new(&config, false, common::fixed_clock()).unwrap_err();
    assert!(matches!(&error, ConfigError::Key(key) if key.to_string().contains("DANDAN_NO_SUCH_KEY")), "{error:?}");
}

#[test]
fn bill_hosts_are_of_the_same_world_and_are_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::silent(NoAnswerKind::Broke);
    let over = |hosts: &[&str], simulator: bool| {
        let mut config = alipay_config(folder.path());
        config.bill_hosts = Some(hosts.iter().map(|host| (*host).to_owned()).collect());
        if simulator {
            config.gateway = "http://127.0.0.1:1/gateway.do".into();
            (config.app_id, config.seller_id) = ("SIM1".into(), "SIM2".into());
        }
        Alipay::over(&config, simulator, common::fixed_clock(), fake.clone()).map(|_| ())
    };
    assert!(over(&["dwbillcenter.alipay.com"], false).is_ok());
    assert!(over(&["127.0.0.1"], true).is_ok());
    assert!(matches!(over(&["127.0.0.1"], false), Err(ConfigError::SimulatedKey { what: "alipay.bill_hosts" })));
    assert!(matches!(over(&["dwbillcenter.alipay.com"], true), Err(ConfigError::NotLoopback { .. })));
    for bad in ["", "*.alipay.com", "https://dwbillcenter.alipay.com", "a@b"] {
        assert!(matches!(over(&[bad], false), Err(ConfigError::Malformed { .. })), "{bad}");
    }
}
