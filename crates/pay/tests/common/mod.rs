//! What several test files share: throw-away keys, a merchant of each channel, and notices as the channel would send them.
#![allow(dead_code, clippy::unwrap_used)]

use std::{
    fmt, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use pay::{
    Alipay, AlipayConfig, Answer, AuthCode, CodePay, Money, NoAnswer, NoAnswerKind, Secret, Transport, WechatConfig, WechatPay,
    WireRequest,
    crypto::{SigningKey, seal_aes_gcm},
    wechat::{CodePayApi, VerifyKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
};

pub const API_V3_KEY: &str = "0123456789abcdef0123456789abcdef";
pub const SERIAL: &str = "PUB_KEY_ID_0000000001";
pub const NOW_S: i64 = 1_795_000_000;

/// A key pair in every spelling the adapters read.
#[derive(Debug)]
pub struct TestKey {
    pub pkcs8: String,
    pub pkcs1: String,
    pub public: String,
}

impl TestKey {
    fn generate() -> Self {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        Self {
            pkcs8: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
            pkcs1: key.to_pkcs1_pem(LineEnding::LF).unwrap().to_string(),
            public: key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap(),
        }
    }

    pub fn sign(&self, message: &str) -> String {
        SigningKey::from_pem(&self.pkcs8).unwrap().sign(message.as_bytes()).unwrap()
    }
}

/// The merchant's, the channel's, and a stranger's.
pub static OURS: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
pub static THEIRS: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
pub static STRANGERS: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

pub fn write(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

pub fn fixed_clock() -> pay::Clock {
    Arc::new(|| NOW_S * 1000)
}

pub fn wechat_config(folder: &Path) -> WechatConfig {
    WechatConfig {
        base_url: pay::wechat::PRODUCTION.into(),
        api_base: pay::wechat::PRODUCTION_API.into(),
        app_id: "wxd678efh567hg6787".into(),
        mch_id: "1900000109".into(),
        merchant_serial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1".into(),
        merchant_key_pem: write(folder, "merchant.pem", &OURS.pkcs8, 0o600),
        api_v3_key: Secret::new(API_V3_KEY),
        standby_url: None,
        verify_keys: vec![VerifyKey { serial: SERIAL.into(), pem: write(folder, "platform.pem", &THEIRS.public, 0o644) }],
        certificates: false,
        code_pay: CodePayApi::V3,
        v2: None,
        app_secret: Some(Secret::new("app-secret-of-the-tests")),
    }
}

pub fn alipay_config(folder: &Path) -> AlipayConfig {
    AlipayConfig {
        gateway: pay::alipay::PRODUCTION.into(),
        app_id: "2021000000000001".into(),
        seller_id: "2088000000000001".into(),
        app_key_pem: write(folder, "app.pem", &OURS.pkcs1, 0o600),
        alipay_public_key_pem: write(folder, "alipay.pem", &THEIRS.public, 0o644),
        bill_hosts: None,
    }
}

pub fn wechat() -> WechatPay {
    let folder = tempfile::tempdir().unwrap();
    WechatPay::new(&wechat_config(folder.path()), false, fixed_clock()).unwrap()
}

pub fn alipay() -> Alipay {
    let folder = tempfile::tempdir().unwrap();
    Alipay::new(&alipay_config(folder.path()), false, fixed_clock()).unwrap()
}

pub const TRANSACTION: &str = r#"{"transaction_id":"4200000001","amount":{"payer_total":3800,"total":3800,"currency":"CNY","payer_currency":"CNY"},"mchid":"1900000109","trade_state":"SUCCESS","bank_type":"OTHERS","success_time":"2026-11-18T17:06:30+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"out_trade_no":"A1_0000000001","appid":"wxd678efh567hg6787","trade_type":"JSAPI","a_field_of_next_year":[1]}"#;

pub fn envelope(event: &str, plain: &str, aad_said: &str, aad_used: &str) -> String {
    let text = seal_aes_gcm(API_V3_KEY.as_bytes(), b"abcdefghijkl", aad_used.as_bytes(), plain.as_bytes()).unwrap();
    format!(
        r#"{{"id":"EV-1","create_time":"2026-11-18T17:06:31+08:00","resource_type":"encrypt-resource","event_type":"{event}","summary":"支付成功","resource":{{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"{text}","associated_data":"{aad_said}","nonce":"abcdefghijkl"}}}}"#
    )
}

/// Headers as WeChat Pay sends them with a notice.
pub fn signed(body: &str, key: &TestKey, at_s: i64, serial: &str) -> Vec<(String, String)> {
    let signature = key.sign(&format!("{at_s}\nNONCE1\n{body}\n"));
    [
        ("wechatpay-timestamp", at_s.to_string()),
        ("wechatpay-nonce", "NONCE1".to_owned()),
        ("wechatpay-signature", signature),
        ("wechatpay-serial", serial.to_owned()),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ("content-type", "application/json".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// An Alipay notice body signed over `params`.
pub fn alipay_form(params: &[(&str, &str)], key: &TestKey, sign_type: &str) -> String {
    let mut sorted: Vec<_> = params.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&");
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .append_pair("sign_type", sign_type)
        .append_pair("sign", &key.sign(&text))
        .finish()
}

pub const TRADE: [(&str, &str); 14] = [
    ("notify_time", "2026-11-18 17:06:31"),
    ("notify_type", "trade_status_sync"),
    ("notify_id", "2026111800222170631000000000000001"),
    ("charset", "utf-8"),
    ("version", "1.0"),
    ("app_id", "2021000000000001"),
    ("seller_id", "2088000000000001"),
    ("trade_no", "2026111822001400000000000001"),
    ("out_trade_no", "A1_0000000001"),
    ("trade_status", "TRADE_SUCCESS"),
    ("total_amount", "38.00"),
    ("subject", "宫保鸡丁 100% + 米饭"),
    ("gmt_payment", "2026-11-18 17:06:30"),
    ("fund_bill_list", r#"[{"amount":"38.00","fundChannel":"ALIPAYACCOUNT"}]"#),
];

pub const NO: &str = "A1_0000000001";

/// What a fake channel makes of a request.
pub type Play = dyn Fn(&WireRequest) -> Result<Answer, NoAnswer> + Send + Sync;

/// A channel in the same process: answers from a script and remembers what it was asked.
pub struct Fake {
    play: Box<Play>,
    seen: Mutex<Vec<WireRequest>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub fn playing(play: impl Fn(&WireRequest) -> Result<Answer, NoAnswer> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { play: Box::new(play), seen: Mutex::default() })
    }

    /// The same answer to everything.
    pub fn saying(answer: Answer) -> Arc<Self> {
        Self::playing(move |_| Ok(answer.clone()))
    }

    /// Nothing but silence of one kind.
    pub fn silent(kind: NoAnswerKind) -> Arc<Self> {
        Self::playing(move |_| Err(NoAnswer::new(kind, "silence")))
    }

    /// Method and address of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method.as_str(), request.url)).collect()
    }

    pub fn requests(&self) -> Vec<WireRequest> {
        self.seen.lock().unwrap().clone()
    }

    /// The body of the last request.
    pub fn body(&self) -> String {
        String::from_utf8(self.requests().last().unwrap().body.clone()).unwrap()
    }

    pub fn wechat(self: &Arc<Self>) -> WechatPay {
        self.wechat_with(|_, _| {})
    }

    pub fn wechat_with(self: &Arc<Self>, change: impl FnOnce(&mut WechatConfig, &Path)) -> WechatPay {
        let folder = tempfile::tempdir().unwrap();
        let mut config = wechat_config(folder.path());
        change(&mut config, folder.path());
        WechatPay::over(&config, false, fixed_clock(), self.clone()).unwrap()
    }

    pub fn alipay(self: &Arc<Self>) -> Alipay {
        let folder = tempfile::tempdir().unwrap();
        Alipay::over(&alipay_config(folder.path()), false, fixed_clock(), self.clone()).unwrap()
    }
}

#[async_trait::async_trait]
impl Transport for Fake {
    async fn send(&self, request: WireRequest, _budget: Duration) -> Result<Answer, NoAnswer> {
        let answer = (self.play)(&request);
        self.seen.lock().unwrap().push(request);
        answer
    }
}

/// An unsigned answer.
pub fn bare(status: u16, body: &str) -> Answer {
    Answer { status, headers: vec![], body: body.as_bytes().to_vec() }
}

/// An answer as WeChat Pay signs it.
pub fn true_answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: signed(body, &THEIRS, NOW_S, SERIAL), body: body.as_bytes().to_vec() }
}

/// An answer as Alipay signs it.
pub fn node(method: &str, node: &str) -> Answer {
    let sign = THEIRS.sign(node);
    bare(200, &format!(r#"{{"{}_response":{node},"sign":"{sign}"}}"#, method.replace('.', "_")))
}

pub const WECHAT_CODE: &str = "134567890123456789";
pub const ALIPAY_CODE: &str = "281234567890123456";

pub fn code_pay(auth_code: &str) -> CodePay {
    CodePay {
        attempt_no: NO.into(),
        amount: Money(3800),
        description: "宫保鸡丁".into(),
        notify_url: "https://a.cn/notice".into(),
        auth_code: AuthCode::read(auth_code).unwrap(),
        terminal: "till-1".into(),
        terminal_ip: "192.168.1.20".parse().unwrap(),
    }
}
