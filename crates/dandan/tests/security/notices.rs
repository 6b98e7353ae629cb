//! Forged reports of payment channels: twelve kinds, ten thousand of each, and some of each to the real server.

use crate::inside::Dice;
use crate::till::{keys, till};
use crate::world::{STORE, client, id};
use futures::StreamExt;
use pay::crypto::{SigningKey, seal_aes_gcm};
use pay::{Alipay, Channel, NoticeBody, PaymentConfig, WechatPay};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const EACH: usize = 10_000;
const EACH_BY_HTTP: usize = 100;

/// A report as it comes in.
#[derive(Clone, Debug)]
struct Notice {
    channel: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Both channels' side, with keys to sign with: theirs, ours and a stranger's.
struct Forger {
    wechat: WechatPay,
    alipay: Alipay,
    config: PaymentConfig,
    api_v3_key: String,
    serials: [String; 2],
    theirs: SigningKey,
    ours: SigningKey,
    alipays: SigningKey,
    now_ms: i64,
}

/// A kind of forgery, made from genuine reports.
type Kind = (&'static str, fn(&Forger, &mut Dice, &[Notice]) -> Notice);

impl Forger {
    fn new(folder: &Path) -> Forger {
        let text = std::fs::read_to_string(folder.join("merchant.toml")).unwrap();
        let config: PaymentConfig = toml::from_str(&text).unwrap();
        let said: toml::Table = toml::from_str(&text).unwrap();
        let key = |name: &str| SigningKey::from_pem(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        let now_ms = 1_795_000_000_000;
        let clock: pay::Clock = Arc::new(move || now_ms);
        let serial = |n: usize| config.wechat.as_ref().unwrap().verify_keys[n].serial.clone();
        Forger {
            wechat: WechatPay::new(config.wechat.as_ref().unwrap(), true, clock.clone()).unwrap(),
            alipay: Alipay::new(config.alipay.as_ref().unwrap(), true, clock).unwrap(),
            serials: [serial(0), serial(1)],
            theirs: key("wechat_platform_1_key.pem"),
            ours: key("merchant_key.pem"),
            alipays: key("alipay_platform_key.pem"),
            now_ms,
            api_v3_key: said["wechat"]["api_v3_key"].as_str().unwrap().to_owned(),
            config,
        }
    }

    fn believes(&self, notice: &Notice) -> bool {
        let channel: &dyn Channel = if notice.channel == "wechat" { &self.wechat } else { &self.alipay };
        let read = channel.read_notice(&notice.headers, &notice.body, self.now_ms);
        matches!(read.map(|notice| notice.body), Ok(NoticeBody::Paid(_)))
    }

    fn wechat_body(&self, n: usize, aad: &str) -> String {
        let wechat = self.config.wechat.as_ref().unwrap();
        let plain = json!({ "transaction_id": format!("42{n:08}"), "amount": { "payer_total": 3800, "total": 3800, "currency": "CNY", "payer_currency": "CNY" },
            "mchid": wechat.mch_id, "trade_state": "SUCCESS", "bank_type": "OTHERS", "success_time": "2026-11-18T17:06:30+08:00",
            "payer": { "openid": "oUpF8uMuAJO" }, "out_trade_no": format!("A1_{n:010}"), "appid": wechat.app_id, "trade_type": "NATIVE" });
        let nonce = format!("{n:012}");
        let sealed =
            seal_aes_gcm(self.api_v3_key.as_bytes(), nonce.as_bytes(), aad.as_bytes(), plain.to_string().as_bytes()).unwrap();
        json!({ "id": format!("EV-{n}"), "create_time": "2026-11-18T17:06:31+08:00", "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS", "summary": "ok",
            "resource": { "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "ciphertext": sealed, "associated_data": "transaction", "nonce": nonce } })
        .to_string()
    }

    fn wechat_signed(&self, body: String, key: &SigningKey, at_s: i64) -> Notice {
        let signature = key.sign(format!("{at_s}\nN1\n{body}\n").as_bytes()).unwrap();
        let header = |name: &str, value: &str| (format!("wechatpay-{name}"), value.to_owned());
        let headers = vec![
            header("timestamp", &at_s.to_string()),
            header("nonce", "N1"),
            header("signature", &signature),
            header("serial", &self.serials[0]),
            header("signature-type", "WECHATPAY2-SHA256-RSA2048"),
        ];
        Notice { channel: "wechat", headers, body: body.into_bytes() }
    }

    fn alipay_signed(&self, n: usize, key: &SigningKey, method: &str) -> Notice {
        let alipay = self.config.alipay.as_ref().unwrap();
        let mut fields: Vec<(String, String)> = [
            ("notify_time", "2026-11-18 17:06:31"),
            ("notify_type", "trade_status_sync"),
            ("notify_id", &format!("{n}")),
            ("charset", "utf-8"),
            ("version", "1.0"),
            ("app_id", &alipay.app_id),
            ("seller_id", &alipay.seller_id),
            ("trade_no", &format!("2026{n:010}")),
            ("out_trade_no", &format!("A1_{n:010}")),
            ("trade_status", "TRADE_SUCCESS"),
            ("total_amount", "38.00"),
            ("gmt_payment", "2026-11-18 17:06:30"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        fields.sort_unstable();
        let text = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        fields.push(("sign_type".to_owned(), method.to_owned()));
        fields.push(("sign".to_owned(), key.sign(text.as_bytes()).unwrap()));
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let form = fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&");
        Notice { channel: "alipay", headers: Vec::new(), body: form.into_bytes() }
    }

    /// Reports that are true.
    fn genuine(&self) -> Vec<Notice> {
        let wechat = (0..50).map(|n| self.wechat_signed(self.wechat_body(n, "transaction"), &self.theirs, self.now_ms / 1000));
        wechat.chain((0..50).map(|n| self.alipay_signed(n, &self.alipays, "RSA2"))).collect()
    }

    /// Reports that are well made and still not true; signing takes long, so there are few, used often.
    fn well_made(&self) -> Vec<(&'static str, Vec<Notice>)> {
        let now_s = self.now_ms / 1000;
        let twenty = |make: &dyn Fn(usize) -> Notice| (0..20).map(make).collect();
        vec![
            ("signed with our own key", twenty(&|n| self.wechat_signed(self.wechat_body(n, "transaction"), &self.ours, now_s))),
            (
                "signed by the other channel",
                twenty(&|n| self.wechat_signed(self.wechat_body(n, "transaction"), &self.alipays, now_s)),
            ),
            (
                "too old",
                twenty(&|n| self.wechat_signed(self.wechat_body(n, "transaction"), &self.theirs, now_s - 301 - n as i64)),
            ),
            ("sealed for something else", twenty(&|n| self.wechat_signed(self.wechat_body(n, "refund"), &self.theirs, now_s))),
            ("a weaker method", twenty(&|n| self.alipay_signed(n, &self.alipays, "RSA"))),
            ("Alipay's, signed with our own key", twenty(&|n| self.alipay_signed(n, &self.ours, "RSA2"))),
        ]
    }
}

fn one_of<'a>(dice: &mut Dice, genuine: &'a [Notice], channel: &str) -> &'a Notice {
    loop {
        let notice = dice.pick(genuine);
        if notice.channel == channel {
            return notice;
        }
    }
}

fn set(notice: &mut Notice, name: &str, value: String) {
    notice.headers.iter_mut().find(|(n, _)| n == name).unwrap().1 = value;
}

/// Made by changing what was true.
const CHANGED: [Kind; 6] = [
    ("one bit of the body", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "wechat").clone();
        let at = dice.under(notice.body.len());
        notice.body[at] ^= 1 << dice.under(8);
        notice
    }),
    ("cut off", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "wechat").clone();
        let length = dice.under(notice.body.len());
        notice.body.truncate(length);
        notice
    }),
    ("another report's signature, time, word or signer", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "wechat").clone();
        let other = loop {
            let other = one_of(dice, genuine, "wechat");
            if other.body != notice.body {
                break other;
            }
        };
        match dice.under(4) {
            0 => notice.headers.clone_from(&other.headers),
            1 => {
                let shift = 1 + i64::try_from(dice.under(250)).unwrap();
                set(&mut notice, "wechatpay-timestamp", (1_795_000_000 - shift).to_string());
            }
            2 => set(&mut notice, "wechatpay-nonce", dice.hex(16)),
            _ => set(&mut notice, "wechatpay-serial", dice.hex(20)),
        }
        notice
    }),
    ("a header missing, or twice", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "wechat").clone();
        let at = dice.under(4);
        if dice.under(2) == 0 {
            notice.headers.remove(at);
        } else {
            let (name, value) = notice.headers[at].clone();
            notice.headers.push((name.to_uppercase(), value));
        }
        notice
    }),
    ("a field changed, added or left out", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "alipay").clone();
        let form = String::from_utf8(notice.body).unwrap();
        let mut fields: Vec<&str> = form.split('&').collect();
        let (at, more) = (dice.under(12), format!("f{}={}", dice.hex(4), dice.hex(4)));
        let other = format!("{}={}", fields[at].split('=').next().unwrap(), dice.hex(6));
        match dice.under(3) {
            0 => fields[at] = &other,
            1 => fields.insert(at, &more),
            _ => drop(fields.remove(at)),
        }
        notice.body = fields.join("&").into_bytes();
        notice
    }),
    ("one bit of Alipay's signature", |_, dice, genuine| {
        let mut notice = one_of(dice, genuine, "alipay").clone();
        let form = String::from_utf8(notice.body).unwrap();
        let (rest, sign) = form.rsplit_once("&sign=").unwrap();
        // The signature is Base64, escaped byte by byte; the last bytes are filling.
        let mut bytes: Vec<u8> = sign.split('%').skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        let at = dice.under(bytes.len() - 4);
        bytes[at] = *dice.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".as_slice().split_last().unwrap().1);
        let forged: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        notice.body = if forged == sign { Vec::new() } else { format!("{rest}&sign={forged}").into_bytes() };
        notice
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_kinds_of_forged_notices() {
    let folder = keys().await;
    let forger = Forger::new(folder.path());
    let (genuine, well_made) = (forger.genuine(), forger.well_made());
    assert!(genuine.iter().all(|notice| forger.believes(notice)), "the genuine ones are believed");
    assert_eq!(CHANGED.len() + well_made.len(), 12);
    let believed = |kind: usize| -> usize {
        let mut dice = Dice(kind as u64);
        let mut believed = 0;
        for n in 0..EACH {
            let forged = match kind.checked_sub(CHANGED.len()) {
                None => CHANGED[kind].1(&forger, &mut dice, &genuine),
                Some(at) => dice.pick(&well_made[at].1).clone(),
            };
            believed += usize::from(forger.believes(&forged));
            // The genuine ones among them are believed all the same.
            assert!(n % 100 != 0 || forger.believes(dice.pick(&genuine)), "a genuine one was not believed");
        }
        believed
    };
    let believed = &believed;
    let counted: Vec<usize> = std::thread::scope(|scope| {
        let halves = [0, 6].map(|first| scope.spawn(move || (first..first + 6).map(believed).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert_eq!(counted, [0; 12]);
}

/// The same kinds to the real server, between genuine ones: only those are credited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_notices_over_http() {
    let till = till().await;
    let party = till.hungry().await;
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    let forger = Forger::new(till.sim.merchant.dir.as_path());
    let (genuine, well_made) = (forger.genuine(), forger.well_made());
    let mut dice = Dice(7);
    let mut notices = Vec::new();
    for _ in 0..EACH_BY_HTTP {
        notices.extend(CHANGED.iter().map(|kind| kind.1(&forger, &mut dice, &genuine)));
        // Also the genuine ones of long ago: WeChat Pay's are too old now.
        notices.extend(well_made.iter().map(|(_, made)| dice.pick(made).clone()));
    }
    let http = client();
    let posts = notices.into_iter().map(|notice| {
        let url = format!("{}/channels/{}/{STORE}", till.world.server.url, notice.channel);
        let mut request = http.post(url).body(notice.body);
        for (name, value) in notice.headers {
            request = request.header(name, value);
        }
        async move {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            assert!(status >= 400 || text.contains("fail"), "{status} {text}");
        }
    });
    assert_eq!(futures::stream::iter(posts).buffer_unordered(16).count().await, 12 * EACH_BY_HTTP);
    // A case may tell people that somebody tries; no money has come.
    assert_eq!(till.check(&party).await["paid"], 0);
    assert_eq!(till.world.figure("dandan_notices_total{channel=\"wechat\",result=\"taken\"}").await, 0.0);
    assert_eq!(till.world.figure("dandan_notices_total{channel=\"alipay\",result=\"taken\"}").await, 0.0);
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
    let money: Value = till.check(&party).await;
    assert_eq!(money["paid"], 600);
    assert_eq!(till.world.figure("dandan_notices_total{channel=\"wechat\",result=\"refused\"}").await as usize, 8 * EACH_BY_HTTP);
    // A report for another restaurant is nobody's here.
    let elsewhere = format!("{}/channels/wechat/{}", till.world.server.url, id());
    assert_eq!(http.post(elsewhere).body("{}").send().await.unwrap().status(), 404);
}
