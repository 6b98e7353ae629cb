//! Every operation of the adapters against the simulator, on a clock the test turns.
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use channel_sim::{Clock, Running, SimConfig, demo_wallet_url, start};
use common::{copy_of_keys, failed, ok, open, read_config};
use pay::{
    AuthCode, BillAnswer, BillDay, Channel, ChannelName, ChannelState, Channels, CodePay, Money, OpenBy, Opened, Outcome,
    PaymentConfig, RefundAsk, RefundStatus, Reversed, bill::RowKind, proves, wechat::CodePayApi,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const HOUR_MS: i64 = 3_600_000;
const NO: &str = "P20261122_0001";

struct Town {
    sim: Running,
    channels: Channels,
    now: Arc<AtomicI64>,
    http: reqwest::Client,
    _folder: TempDir,
}

impl Town {
    async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    async fn open_with(change: impl FnOnce(&mut PaymentConfig)) -> Self {
        let folder = copy_of_keys().await;
        let now = Arc::new(AtomicI64::new(pay::system_clock()()));
        let hands = now.clone();
        let clock: pay::Clock = Arc::new(move || hands.load(Ordering::SeqCst));
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config =
            SimConfig { clock: Clock(clock.clone()), tls_listen: Some(any), ..SimConfig::new(folder.path().join("sim"), any) };
        let sim = start(config).await.unwrap();
        let mut config = read_config(&sim.merchant.config);
        change(&mut config);
        let channels = Channels::open(&config, &clock).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sim, channels, now, http, _folder: folder }
    }

    fn channel(&self, name: ChannelName) -> Arc<dyn Channel> {
        self.channels.get(name).unwrap()
    }

    fn wait(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    fn today(&self) -> BillDay {
        let now = jiff::Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).unwrap();
        BillDay(jiff::tz::offset(8).to_datetime(now).date())
    }

    /// To noon of the day after.
    fn sleep_until_tomorrow(&self) {
        let now = self.now.load(Ordering::SeqCst);
        let midnight = (now + 8 * HOUR_MS).div_euclid(24 * HOUR_MS) * 24 * HOUR_MS - 8 * HOUR_MS;
        self.wait(midnight + 36 * HOUR_MS - now);
    }

    async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/control/{path}", self.sim.base_url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{path} {body}: {}", answer.text().await.unwrap());
    }
}

/// A code of this channel's wallet whose payer does what the last digits say.
fn code_pay(channel: ChannelName, attempt_no: &str, last: &str) -> CodePay {
    static NEXT: AtomicI64 = AtomicI64::new(10_000_000);
    let middle = NEXT.fetch_add(1, Ordering::SeqCst);
    let code = match channel {
        ChannelName::Wechat => format!("134567{middle}{last}"),
        ChannelName::Alipay => format!("281234{middle}{last}"),
    };
    CodePay {
        attempt_no: attempt_no.into(),
        amount: Money(3800),
        description: "宫保鸡丁 🍚".into(),
        notify_url: "http://127.0.0.1:9/n".into(),
        auth_code: AuthCode::read(&code).unwrap(),
        terminal: "till-1".into(),
        terminal_ip: "192.168.1.20".parse().unwrap(),
    }
}

const BOTH: [ChannelName; 2] = [ChannelName::Wechat, ChannelName::Alipay];

async fn codes_of_every_kind(town: &Town, name: ChannelName) {
    let channel = town.channel(name);
    let ChannelState::Paid(paid) = ok(channel.pay_code(&code_pay(name, "P_pays_0001", "0000")).await) else { panic!("{name:?}") };
    assert_eq!(proves(&paid, &channel.expects("P_pays_0001", Money(3800))), Ok(()));
    assert_eq!(ok(channel.query("P_pays_0001").await), ChannelState::Paid(paid), "{name:?}");

    assert_eq!(ok(channel.pay_code(&code_pay(name, "P_types_001", "8801")).await), ChannelState::Paying, "{name:?}");
    town.wait(10_000);
    assert!(matches!(ok(channel.query("P_types_001").await), ChannelState::Paid(_)), "{name:?}");

    for (number, last) in [("P_poor_0001", "8804"), ("P_old_00001", "8805")] {
        let refused = failed(channel.pay_code(&code_pay(name, number, last)).await);
        assert!(refused.contains("ENOUGH") || refused.contains("CODE"), "{name:?} {refused}");
    }
    for (number, last) in [("P_system_01", "8808"), ("P_system_02", "8809"), ("P_bank_0001", "8807")] {
        let unclear = channel.pay_code(&code_pay(name, number, last)).await;
        assert!(matches!(unclear, Outcome::Unknown { .. }), "{name:?} {last} {unclear:?}");
    }
    assert!(matches!(ok(channel.query("P_system_01").await), ChannelState::Paid(_)), "{name:?}");
}

async fn reverses_of_every_kind(town: &Town, name: ChannelName) {
    let channel = town.channel(name);
    assert_eq!(ok(channel.reverse("P_nobody_1").await), Reversed::NotFound, "{name:?}");
    ok(channel.pay_code(&code_pay(name, "P_back_0001", "0000")).await);
    town.wait(channel.reverse_after_ms() + 1000);
    assert_eq!(ok(channel.reverse("P_back_0001").await), Reversed::Reversed, "{name:?}");
    assert_eq!(ok(channel.reverse("P_back_0001").await), Reversed::Reversed, "{name:?} twice is once");
    let state = ok(channel.query("P_back_0001").await);
    assert!(matches!(state, ChannelState::Reversed | ChannelState::Closed | ChannelState::Refunded(_)), "{name:?} {state:?}");

    let _ = channel.pay_code(&code_pay(name, "P_back_0002", "8809")).await;
    town.wait(channel.reverse_after_ms() + 1000);
    assert_eq!(ok(channel.reverse("P_back_0002").await), Reversed::Reversed, "{name:?} unpaid");
    let state = ok(channel.query("P_back_0002").await);
    assert!(matches!(state, ChannelState::Reversed | ChannelState::Closed), "{name:?} {state:?}");

    ok(channel.pay_code(&code_pay(name, "P_back_0003", "0000")).await);
    town.wait(channel.reverse_after_ms() + 1000);
    town.control("faults", json!({"channel": name.as_str(), "kind": "ask_again", "op": "reverse", "count": 1})).await;
    assert_eq!(ok(channel.reverse("P_back_0003").await), Reversed::NotYet, "{name:?} asked to come again");
    assert_eq!(ok(channel.reverse("P_back_0003").await), Reversed::Reversed, "{name:?}");
}

#[tokio::test]
async fn wechat_codes_over_v3() {
    let town = Town::open().await;
    codes_of_every_kind(&town, ChannelName::Wechat).await;
    reverses_of_every_kind(&town, ChannelName::Wechat).await;
}

/// With TLS, its root from a file, and our certificate shown for reverses.
#[tokio::test]
async fn wechat_codes_over_v2() {
    let town = Town::open_with(|config| config.wechat.as_mut().unwrap().code_pay = CodePayApi::V2).await;
    codes_of_every_kind(&town, ChannelName::Wechat).await;
    reverses_of_every_kind(&town, ChannelName::Wechat).await;
    let wechat = town.channel(ChannelName::Wechat);
    ok(wechat.pay_code(&code_pay(ChannelName::Wechat, NO, "0000")).await);
    let ask = RefundAsk {
        attempt_no: NO.into(),
        refund_no: "RF-1".into(),
        amount: Money(800),
        total: Money(3800),
        reason: "退菜".into(),
        notify_url: String::new(),
    };
    assert_eq!(ok(wechat.refund(&ask).await).amount, Money(800), "a v2 payment is refunded over v3");
}

#[tokio::test]
async fn alipay_codes() {
    let town = Town::open().await;
    codes_of_every_kind(&town, ChannelName::Alipay).await;
    reverses_of_every_kind(&town, ChannelName::Alipay).await;
}

#[tokio::test]
async fn a_failed_wechat_payment_may_have_moved_money_until_it_is_reversed() {
    for api in [CodePayApi::V3, CodePayApi::V2] {
        let town = Town::open_with(|config| config.wechat.as_mut().unwrap().code_pay = api).await;
        let wechat = town.channel(ChannelName::Wechat);
        assert_eq!(ok(wechat.pay_code(&code_pay(ChannelName::Wechat, NO, "8806")).await), ChannelState::Paying);
        town.wait(20_000);
        let state = ok(wechat.query(NO).await);
        assert!(matches!(state, ChannelState::PayFailed { money_may_have_moved: true, .. }), "{state:?}");
        assert_eq!(ok(wechat.reverse(NO).await), Reversed::Reversed);
        assert_eq!(ok(wechat.query(NO).await), ChannelState::Reversed);
    }
}

#[tokio::test]
async fn a_password_being_typed_holds_a_wechat_reverse_up() {
    for api in [CodePayApi::V3, CodePayApi::V2] {
        let town = Town::open_with(|config| config.wechat.as_mut().unwrap().code_pay = api).await;
        let wechat = town.channel(ChannelName::Wechat);
        assert_eq!(ok(wechat.pay_code(&code_pay(ChannelName::Wechat, NO, "8803")).await), ChannelState::Paying);
        town.wait(16_000);
        assert_eq!(ok(wechat.query(NO).await), ChannelState::Paying);
        assert_eq!(ok(wechat.reverse(NO).await), Reversed::NotYet);
        let closed = wechat.close(NO).await;
        assert!(!matches!(closed, Outcome::Succeeded(_)), "{closed:?}");
        town.wait(60_000);
        assert_eq!(ok(wechat.reverse(NO).await), Reversed::Reversed);
    }
}

#[tokio::test]
async fn a_password_may_be_announced_with_202() {
    let town = Town::open().await;
    town.control("faults", json!({"channel": "wechat", "kind": "user_paying_accepted", "op": "code_pay", "count": 1})).await;
    let wechat = town.channel(ChannelName::Wechat);
    assert_eq!(ok(wechat.pay_code(&code_pay(ChannelName::Wechat, NO, "8801")).await), ChannelState::Paying);
}

#[tokio::test]
async fn browsers_and_mini_programs_open_and_pay() {
    let town = Town::open().await;
    let by = OpenBy::Browser { payer_ip: "203.0.113.7".parse().unwrap(), return_url: "http://127.0.0.1:9/t/1".into() };
    for name in BOTH {
        let channel = town.channel(name);
        let Opened::Browser { url } = ok(channel.open(&open(NO, "http://127.0.0.1:9/n"), &by).await) else { panic!() };
        let page = town.http.get(&url).send().await.unwrap();
        assert!(page.status().is_success(), "{name:?} {url}: {}", page.status());
        town.control("pay", json!({ "out_trade_no": NO })).await;
        assert!(matches!(ok(channel.query(NO).await), ChannelState::Paid(_)), "{name:?}");
        town.control("reset", json!({})).await;
    }
    let alipay = town.channel(ChannelName::Alipay);
    let by = OpenBy::InApp { payer: "oSIM-diner".into() };
    let Opened::TradeNo { trade_no } = ok(alipay.open(&open(NO, "http://127.0.0.1:9/n"), &by).await) else { panic!() };
    assert!(!trade_no.is_empty());
    assert_eq!(ok(alipay.query(NO).await), ChannelState::NotPaid);
    town.control("pay", json!({ "out_trade_no": NO })).await;
    assert!(matches!(ok(alipay.query(NO).await), ChannelState::Paid(_)));
}

#[tokio::test]
async fn probes_find_both_channels_and_notice_when_one_lies_down() {
    let town = Town::open().await;
    for name in BOTH {
        let channel = town.channel(name);
        assert_eq!(channel.probe().await, Outcome::Succeeded(()), "{name:?}");
        town.control("faults", json!({"channel": name.as_str(), "kind": "error_before", "op": "query", "count": 1})).await;
        assert!(matches!(channel.probe().await, Outcome::Unknown { .. }), "{name:?}");
    }
}

#[tokio::test]
async fn certificates_are_fetched_and_then_believed() {
    let town = Town::open_with(|config| config.wechat.as_mut().unwrap().certificates = true).await;
    let wechat = town.channel(ChannelName::Wechat);
    assert_eq!(wechat.refresh_keys().await, Outcome::Succeeded(()));
    let opened = ok(wechat.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::Code).await);
    assert!(matches!(opened, Opened::Code { .. }));
}

#[tokio::test]
async fn yesterdays_bills_hold_yesterdays_payments_refunds_and_reverses() {
    let town = Town::open().await;
    let day = town.today();
    for name in BOTH {
        let channel = town.channel(name);
        assert_eq!(ok(channel.trade_bill(day).await), BillAnswer::NotYet, "{name:?} today");
        ok(channel.pay_code(&code_pay(name, "P_bill_0001", "0000")).await);
        ok(channel.pay_code(&code_pay(name, "P_bill_0002", "0000")).await);
        let ask = RefundAsk {
            attempt_no: "P_bill_0001".into(),
            refund_no: "RF-1".into(),
            amount: Money(800),
            total: Money(3800),
            reason: "退菜".into(),
            notify_url: String::new(),
        };
        ok(channel.refund(&ask).await);
    }
    town.wait(16_000);
    for name in BOTH {
        assert_eq!(ok(town.channel(name).reverse("P_bill_0002").await), Reversed::Reversed);
    }
    town.sleep_until_tomorrow();
    for name in BOTH {
        let channel = town.channel(name);
        let BillAnswer::Ready(rows) = ok(channel.trade_bill(day).await) else { panic!("{name:?}") };
        let of = |kind| rows.iter().filter(|row| row.kind == kind).collect::<Vec<_>>();
        let paid: Vec<_> = of(RowKind::Payment).iter().map(|row| (row.attempt_no.clone(), row.amount)).collect();
        assert_eq!(paid, [("P_bill_0001".to_owned(), Money(3800)), ("P_bill_0002".to_owned(), Money(3800))], "{name:?}");
        let back = of(RowKind::Refund);
        assert!(
            back.iter().any(|row| row.refund_no.as_deref() == Some("RF-1") && row.amount == Money(800)),
            "{name:?} {rows:#?}"
        );
        let empty = BillDay(day.0.yesterday().unwrap());
        assert_eq!(ok(channel.trade_bill(empty).await), BillAnswer::Ready(vec![]), "{name:?}");
    }
    let BillAnswer::Ready(Some(flow)) = ok(town.channel(ChannelName::Wechat).fund_flow(day).await) else { panic!() };
    assert!(flow.iter().any(|row| row.amount == Money(3800)), "{flow:#?}");
    assert_eq!(ok(town.channel(ChannelName::Alipay).fund_flow(day).await), BillAnswer::Ready(None));
}

#[tokio::test]
async fn an_unclear_refund_is_asked_after_and_one_without_money_tried_again() {
    let town = Town::open().await;
    for name in BOTH {
        let channel = town.channel(name);
        ok(channel.pay_code(&code_pay(name, NO, "0000")).await);
        let ask = |refund_no: &str| RefundAsk {
            attempt_no: NO.into(),
            refund_no: refund_no.into(),
            amount: Money(800),
            total: Money(3800),
            reason: "退菜".into(),
            notify_url: String::new(),
        };
        town.control("faults", json!({"channel": name.as_str(), "kind": "not_enough", "op": "refund", "count": 1})).await;
        assert!(failed(channel.refund(&ask("RF-1")).await).contains("NOT_ENOUGH"), "{name:?}");
        assert_eq!(ok(channel.refund(&ask("RF-1")).await).amount, Money(800), "{name:?} the same number, later");
        town.control("faults", json!({"channel": name.as_str(), "kind": "rate_limited_after", "op": "refund", "count": 1})).await;
        let unclear = channel.refund(&ask("RF-2")).await;
        assert!(matches!(unclear, Outcome::Unknown { .. }), "{name:?} {unclear:?}");
        let found = ok(channel.query_refund(NO, "RF-2").await);
        assert!(matches!(found.status, RefundStatus::Processing | RefundStatus::Succeeded), "{name:?} {found:?}");
    }
}

#[tokio::test]
async fn a_scanned_code_is_an_order_like_any_other() {
    let town = Town::open().await;
    let alipay = town.channel(ChannelName::Alipay);
    let Opened::Code { code_url } = ok(alipay.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::Code).await) else { panic!() };
    town.http.get(demo_wallet_url(&town.sim.base_url(), &code_url)).send().await.unwrap();
    assert_eq!(ok(alipay.reverse(NO).await), Reversed::Reversed);
    assert_eq!(ok(alipay.query(NO).await), ChannelState::Closed);
}
