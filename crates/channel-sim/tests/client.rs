//! The adapters against the simulator: two readings of the same documents, over real HTTP.
#![allow(clippy::unwrap_used)]

mod common;

use std::{os::unix::fs::PermissionsExt, sync::Arc};

use channel_sim::{SimConfig, demo_wallet_url, start};
use common::{House, Shop, code_of, copy_of_keys, failed, house, house_at_speed, ok, open, open_house, read_config};
use pay::{
    Alipay, Channel, ChannelState, Closed, ConfigError, Mismatch, Money, NoticeBody, NoticeRefused, OpenBy, Opened, Outcome,
    Paid, RefundAsk, RefundStatus, WechatPay, proves,
};
use serde_json::{Value, json};

const NO: &str = "P20261122_0001";

fn ask(refund_no: &str, fen: i64) -> RefundAsk {
    RefundAsk {
        attempt_no: NO.into(),
        refund_no: refund_no.into(),
        amount: Money(fen),
        total: Money(3800),
        reason: "退菜".into(),
        notify_url: String::new(),
    }
}

fn paid_in(body: NoticeBody) -> Paid {
    match body {
        NoticeBody::Paid(paid) => paid,
        other => panic!("{other:?}"),
    }
}

fn paid_state(state: ChannelState) -> Paid {
    match state {
        ChannelState::Paid(paid) => paid,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wechat_notice_and_a_query_tell_the_same_payment() {
    let house = house().await;
    let mut shop = Shop::open(house.wechat.clone(), 0).await;
    let opened = ok(house.wechat.open(&open(NO, &shop.url), &OpenBy::Code).await);
    assert_eq!(ok(house.wechat.query(NO).await), ChannelState::NotPaid);
    house.pays(&code_of(opened)).await;
    let told = paid_in(shop.next().await.read(&*house.wechat).unwrap().body);
    let asked = paid_state(ok(house.wechat.query(NO).await));
    assert_eq!(told, asked);
    assert_eq!(proves(&told, &house.wechat.expects(NO, Money(3800))), Ok(()));
    assert!(shop.is_quiet().await, "an acknowledged notice does not come again");
}

#[tokio::test]
async fn an_alipay_notice_and_a_query_tell_the_same_payment() {
    let house = house().await;
    let mut shop = Shop::open(house.alipay.clone(), 0).await;
    let opened = ok(house.alipay.open(&open(NO, &shop.url), &OpenBy::Code).await);
    assert_eq!(ok(house.alipay.query(NO).await), ChannelState::NotFound, "no trade before the scan");
    house.pays(&code_of(opened)).await;
    let told = paid_in(shop.next().await.read(&*house.alipay).unwrap().body);
    let asked = paid_state(ok(house.alipay.query(NO).await));
    assert_eq!(told, asked);
    assert_eq!(proves(&told, &house.alipay.expects(NO, Money(3800))), Ok(()));
    assert!(shop.is_quiet().await);
}

#[tokio::test]
async fn a_mini_program_signs_in_opens_and_pays() {
    let house = house().await;
    let login = ok(house.login.login("SIM-oSIM-diner").await);
    assert_eq!(login.openid, "oSIM-diner");
    assert_eq!(failed(house.login.login("SIM-oSIM-diner").await), "40029", "a code works once");
    let first = ok(house.login.login("0a1b2c").await);
    assert!(first.openid.starts_with("oSIM"));

    let opened = ok(house.wechat.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::InApp { payer: "oSIM-diner".into() }).await);
    let Opened::Jsapi { package, sign_type, .. } = &opened else { panic!() };
    assert!(package.starts_with("prepay_id=wx"));
    assert_eq!(sign_type, "RSA");
    house.pays(package).await;
    let paid = paid_state(ok(house.wechat.query(NO).await));
    assert_eq!(paid.payer.as_deref(), Some("oSIM-diner"));
}

#[tokio::test]
async fn opening_again_renews_the_code_and_kills_the_old_one() {
    let house = house().await;
    let ask = open(NO, "http://127.0.0.1:9/n");
    let first = code_of(ok(house.wechat.open(&ask, &OpenBy::Code).await));
    let second = code_of(ok(house.wechat.open(&ask, &OpenBy::Code).await));
    assert_ne!(first, second);
    let (status, body) = house.control("pay", json!({ "code": first })).await;
    assert_eq!((status, body["error"].as_str()), (409, Some("code_replaced")));
    house.pays(&second).await;

    let mut other = ask.clone();
    other.amount = Money(3900);
    let again = house.wechat.open(&other, &OpenBy::Code).await;
    assert!(matches!(again, Outcome::Unknown { .. }), "already paid is no failure: {again:?}");
}

#[tokio::test]
async fn other_parameters_under_the_same_number_open_nothing_and_the_first_code_still_pays() {
    let house = house().await;
    let ask = open(NO, "http://127.0.0.1:9/n");
    ok(house.wechat.open(&ask, &OpenBy::Code).await);
    let mut other = ask.clone();
    other.amount = Money(3900);
    let refused = house.wechat.open(&other, &OpenBy::Code).await;
    assert!(matches!(&refused, Outcome::Unknown { why } if why.contains("INVALID_REQUEST")), "{refused:?}");
    let code = code_of(ok(house.alipay.open(&ask, &OpenBy::Code).await));
    assert!(matches!(house.alipay.open(&other, &OpenBy::Code).await, Outcome::Unknown { .. }));
    house.pays(&code).await;
}

#[tokio::test]
async fn closing_before_after_and_without_a_payment() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        assert_eq!(ok(channel.close("P_nobody_knows").await), Closed::NotFound);
        let code = code_of(ok(channel.open(&open("P_closed_1", "http://127.0.0.1:9/n"), &OpenBy::Code).await));
        if channel.name() == pay::ChannelName::Alipay {
            assert_eq!(ok(channel.close("P_closed_1").await), Closed::NotFound, "never scanned");
            house.http.get(demo_wallet_url(&house.sim.base_url(), &code)).send().await.unwrap();
            assert_eq!(ok(channel.query("P_closed_1").await), ChannelState::NotPaid);
        }
        assert_eq!(ok(channel.close("P_closed_1").await), Closed::Closed);
        assert_eq!(ok(channel.close("P_closed_1").await), Closed::Closed, "closing twice is closing once");
        assert_eq!(ok(channel.query("P_closed_1").await), ChannelState::Closed);
        assert_eq!(house.control("pay", json!({ "code": code })).await.0, 409);

        let code = code_of(ok(channel.open(&open("P_closed_2", "http://127.0.0.1:9/n"), &OpenBy::Code).await));
        house.pays(&code).await;
        assert_eq!(ok(channel.close("P_closed_2").await), Closed::AlreadyPaid);
        let again = channel.open(&open("P_closed_1", "http://127.0.0.1:9/n"), &OpenBy::Code).await;
        assert!(failed(again).contains("CLOSE"));
        house.control("reset", json!({})).await;
    }
}

#[tokio::test]
async fn refunds_move_money_once_per_number_and_never_too_much() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        let code = code_of(ok(channel.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::Code).await));
        let early = channel.refund(&ask("RF-0", 100)).await;
        assert!(!matches!(early, Outcome::Succeeded(_)), "{early:?}");
        house.pays(&code).await;
        assert_eq!(ok(channel.query_refund(NO, "RF-1").await).status, RefundStatus::NotFound);
        let first = ok(channel.refund(&ask("RF-1", 800)).await);
        assert_eq!((first.amount, first.refund_no.as_str()), (Money(800), "RF-1"));
        ok(channel.refund(&ask("RF-1", 800)).await);
        failed(channel.refund(&ask("RF-1", 801)).await);
        failed(channel.refund(&ask("RF-2", 3001)).await);
        ok(channel.refund(&ask("RF-2", 3000)).await);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        for (number, fen) in [("RF-1", 800), ("RF-2", 3000)] {
            let state = ok(channel.query_refund(NO, number).await);
            assert_eq!((state.status, state.amount), (RefundStatus::Succeeded, Money(fen)));
            assert!(state.at_ms.is_some());
        }
        assert!(matches!(ok(channel.query(NO).await), ChannelState::Refunded(paid) if paid.amount == Money(3800)));
        assert_eq!(house.orders().await[0]["refunded_fen"], 3800);
        house.control("reset", json!({})).await;
    }
}

#[tokio::test]
async fn a_partly_refunded_alipay_trade_is_still_paid_and_its_notice_says_refund() {
    let house = house().await;
    let mut shop = Shop::open(house.alipay.clone(), 0).await;
    let code = code_of(ok(house.alipay.open(&open(NO, &shop.url), &OpenBy::Code).await));
    house.pays(&code).await;
    shop.next().await;
    ok(house.alipay.refund(&ask("RF-1", 800)).await);
    let NoticeBody::Refund { refund_no, .. } = shop.next().await.read(&*house.alipay).unwrap().body else { panic!() };
    assert_eq!(refund_no.as_deref(), Some("RF-1"));
    assert!(matches!(ok(house.alipay.query(NO).await), ChannelState::Paid(_)));
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_same_number_goes_on() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        let number = |kind: &str| format!("P_{kind}");
        for kind in ["reset", "error_before", "drop_response", "error_after", "bad_signature"] {
            let no = number(kind);
            let order = open(&no, "http://127.0.0.1:9/n");
            house.fault(json!({ "kind": kind, "op": "open", "count": 1 })).await;
            let lost = channel.open(&order, &OpenBy::Code).await;
            assert!(matches!(lost, Outcome::Unknown { .. }), "{kind}: {lost:?}");
            let done = house.orders().await.iter().any(|order| order["out_trade_no"] == no.as_str());
            assert_eq!(done, !matches!(kind, "reset" | "error_before"), "{kind}");
            let code = code_of(ok(channel.open(&order, &OpenBy::Code).await));
            house.pays(&code).await;

            house.fault(json!({ "kind": kind, "op": "query", "count": 1 })).await;
            assert!(matches!(channel.query(&no).await, Outcome::Unknown { .. }), "{kind}");
            assert!(matches!(ok(channel.query(&no).await), ChannelState::Paid(_)), "{kind}");

            let ask = RefundAsk { attempt_no: no.clone(), ..ask(&format!("RF-{no}"), 800) };
            house.fault(json!({ "kind": kind, "op": "refund", "count": 1 })).await;
            assert!(matches!(channel.refund(&ask).await, Outcome::Unknown { .. }), "{kind}");
            ok(channel.refund(&ask).await);
        }
        for order in house.orders().await {
            assert_eq!(order["refunded_fen"], 800, "one refund each, whatever was lost: {order}");
        }
        house.control("reset", json!({})).await;
    }
}

#[tokio::test]
async fn an_answer_slower_than_its_budget_is_unknown() {
    let house = house().await;
    house.fault(json!({ "kind": "latency", "op": "query", "channel": "wechat", "count": 1, "delay_ms": 4500 })).await;
    let slow = house.wechat.query(NO).await;
    assert!(matches!(&slow, Outcome::Unknown { why } if why.contains("in time")), "{slow:?}");
}

#[tokio::test]
async fn an_unheard_notice_comes_again_with_the_same_id() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        let mut shop = Shop::open(channel.clone(), 2).await;
        let code = code_of(ok(channel.open(&open(NO, &shop.url), &OpenBy::Code).await));
        house.pays(&code).await;
        let ids: Vec<String> = [shop.next().await, shop.next().await, shop.next().await]
            .iter()
            .map(|arrival| arrival.read(&*channel).unwrap().id)
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert!(shop.is_quiet().await);
        house.control("reset", json!({})).await;
    }
}

#[tokio::test]
async fn a_dropped_notice_leaves_the_query_as_the_only_proof() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        let mut shop = Shop::open(channel.clone(), 0).await;
        house.fault(json!({ "kind": "drop_notice", "count": 1 })).await;
        let code = code_of(ok(channel.open(&open(NO, &shop.url), &OpenBy::Code).await));
        house.pays(&code).await;
        assert!(shop.is_quiet().await);
        assert!(matches!(ok(channel.query(NO).await), ChannelState::Paid(_)));
        house.control("reset", json!({})).await;
    }
}

async fn pays_under(house: &House, channel: &dyn Channel, no: &str, notify_url: &str, fault: Value) {
    house.fault(fault).await;
    let code = code_of(ok(channel.open(&open(no, notify_url), &OpenBy::Code).await));
    house.pays(&code).await;
}

#[tokio::test]
async fn doubled_delayed_forged_and_short_notices() {
    let house = house().await;
    for channel in [house.wechat.clone() as Arc<dyn Channel>, house.alipay.clone()] {
        let mut shop = Shop::open(channel.clone(), 0).await;
        pays_under(&house, &*channel, "P_double", &shop.url, json!({ "kind": "duplicate_notice", "count": 1 })).await;
        let (first, second) = (shop.next().await, shop.next().await);
        assert_eq!(first.read(&*channel).unwrap(), second.read(&*channel).unwrap());

        pays_under(&house, &*channel, "P_late", &shop.url, json!({ "kind": "delay_notice", "count": 1, "delay_ms": 600 })).await;
        assert!(shop.is_quiet().await);
        shop.next().await.read(&*channel).unwrap();

        pays_under(&house, &*channel, "P_forged", &shop.url, json!({ "kind": "forged_notice", "count": 1 })).await;
        assert_eq!(shop.next().await.read(&*channel).unwrap_err(), NoticeRefused::BadSignature);
        shop.next().await.read(&*channel).unwrap();

        pays_under(&house, &*channel, "P_short", &shop.url, json!({ "kind": "wrong_amount_notice", "count": 1 })).await;
        let paid = paid_in(shop.next().await.read(&*channel).unwrap().body);
        let wanted = channel.expects("P_short", Money(3800));
        assert_eq!(proves(&paid, &wanted), Err(Mismatch::Amount { expected: Money(3800), got: Money(3799) }));
        assert_eq!(proves(&paid_state(ok(channel.query("P_short").await)), &wanted), Ok(()));
        house.control("reset", json!({})).await;
    }
}

#[tokio::test]
async fn a_change_of_keys_is_not_noticed_by_a_shop_that_holds_both() {
    let house = house().await;
    let mut shop = Shop::open(house.wechat.clone(), 0).await;
    let mut serials = Vec::new();
    for no in ["P_key_1", "P_key_2"] {
        let code = code_of(ok(house.wechat.open(&open(no, &shop.url), &OpenBy::Code).await));
        house.pays(&code).await;
        let arrival = shop.next().await;
        arrival.read(&*house.wechat).unwrap();
        serials.push(arrival.headers.iter().find(|(n, _)| n == "wechatpay-serial").unwrap().1.clone());
        house.fault(json!({ "kind": "rotate_key" })).await;
    }
    assert_ne!(serials[0], serials[1]);
}

#[tokio::test]
async fn a_restart_keeps_orders_keys_and_unheard_notices() {
    let folder = copy_of_keys().await;
    let dir = folder.path().join("sim");
    let house = open_house(&dir, 1.0).await;
    let mut shop = Shop::open(house.wechat.clone(), 1).await;
    let code = code_of(ok(house.wechat.open(&open(NO, &shop.url), &OpenBy::Code).await));
    house.pays(&code).await;
    shop.next().await;
    house.sim.shutdown().await;

    let house = open_house(&dir, 1.0).await;
    assert!(matches!(ok(house.wechat.query(NO).await), ChannelState::Paid(_)));
    shop.next().await.read(&*house.wechat).unwrap();
}

#[tokio::test]
async fn the_simulator_stays_on_this_machine() {
    let folder = copy_of_keys().await;
    let dir = folder.path().join("sim");
    let refused = start(SimConfig::new(&dir, "0.0.0.0:0".parse().unwrap())).await.unwrap_err();
    assert!(refused.to_string().contains("loopback"), "{refused}");
    let control = Some("192.0.2.1:1".parse().unwrap());
    let config = SimConfig { control, ..SimConfig::new(&dir, "127.0.0.1:0".parse().unwrap()) };
    assert!(start(config).await.is_err());

    let house = open_house(&dir, 1.0).await;
    for url in ["http://192.168.1.9/n", "https://example.cn/n"] {
        assert_eq!(failed(house.wechat.open(&open(NO, url), &OpenBy::Code).await), "PARAM_ERROR");
        assert_eq!(failed(house.alipay.open(&open(NO, url), &OpenBy::Code).await), "ACQ.INVALID_PARAMETER");
    }
}

#[tokio::test]
async fn the_simulator_signs_with_its_own_keys_only() {
    let folder = copy_of_keys().await;
    let dir = folder.path().join("sim");
    std::fs::copy(dir.join("wechat_platform_1_key.pem"), dir.join("merchant_key.pem")).unwrap();
    let refused = start(SimConfig::new(&dir, "127.0.0.1:0".parse().unwrap())).await.unwrap_err();
    assert!(refused.to_string().contains("not made by the simulator"), "{refused}");

    let strange = tempfile::tempdir().unwrap();
    std::fs::write(strange.path().join("apiclient_key.pem"), "x").unwrap();
    let refused = start(SimConfig::new(strange.path(), "127.0.0.1:0".parse().unwrap())).await.unwrap_err();
    assert!(refused.to_string().contains("folder of its own"), "{refused}");
}

#[tokio::test]
async fn every_file_is_for_its_owner_only_and_the_clients_know_them_as_simulated() {
    let house = house().await;
    for entry in std::fs::read_dir(&house.dir).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
    let config = read_config(&house.sim.merchant.config);
    assert!(config.simulator);
    let clock = pay::system_clock;
    let wechat = WechatPay::new(config.wechat.as_ref().unwrap(), false, clock());
    assert!(matches!(wechat, Err(ConfigError::SimulatedKey { .. })), "{:?}", wechat.err());
    let alipay = Alipay::new(config.alipay.as_ref().unwrap(), false, clock());
    assert!(matches!(alipay, Err(ConfigError::SimulatedKey { .. })));
}

#[tokio::test]
async fn a_person_confirms_or_leaves_on_the_wallet_page() {
    let house = house_at_speed(1.0).await;
    let base = house.sim.base_url();
    let mut ask = open(NO, "http://127.0.0.1:9/n");
    ask.description = "<script>alert(1)</script>面".into();
    let code = code_of(ok(house.wechat.open(&ask, &OpenBy::Code).await));
    let get = async |url: String| house.http.get(url).send().await.unwrap().text().await.unwrap();

    let list = get(format!("{base}/wallet")).await;
    assert!(list.contains("¥38.00") && list.contains("微信支付"), "{list}");
    assert!(!list.contains("<script>"), "{list}");
    let page = get(demo_wallet_url(&base, &code)).await;
    assert!(page.contains("确认支付 ¥38.00") && page.contains("取消") && !page.contains("<script>"), "{page}");
    let english = get(format!("{}&lang=en", demo_wallet_url(&base, &code))).await;
    assert!(english.contains("Pay ¥38.00"), "{english}");

    let post = async |action: &str| {
        let form = [("code", code.as_str()), ("action", action)];
        let answer = house.http.post(format!("{base}/wallet/pay")).form(&form).send().await.unwrap();
        answer.text().await.unwrap()
    };
    assert!(post("cancel").await.contains("已取消"));
    assert_eq!(ok(house.wechat.query(NO).await), ChannelState::NotPaid);
    assert!(post("pay").await.contains("支付成功"));
    assert!(post("pay").await.contains("支付成功"), "a double tap pays once and says so");
    assert!(matches!(ok(house.wechat.query(NO).await), ChannelState::Paid(_)));
    assert!(get(format!("{base}/wallet")).await.contains("没有待支付的订单"));
    assert!(get(demo_wallet_url(&base, "weixin://nothing")).await.contains("找不到"));
}

#[tokio::test]
async fn the_control_api_can_have_its_own_door() {
    let folder = copy_of_keys().await;
    let any = "127.0.0.1:0".parse().unwrap();
    let config = SimConfig { control: Some("127.0.0.2:0".parse().unwrap()), ..SimConfig::new(folder.path().join("sim"), any) };
    let sim = start(config).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let status = async |url: String| http.get(url).send().await.unwrap().status().as_u16();
    assert_eq!(status(format!("http://{}/control/orders", sim.control)).await, 200);
    assert_eq!(status(format!("{}/control/orders", sim.base_url())).await, 404);
    assert_eq!(status(format!("http://{}/wallet", sim.control)).await, 404);
    sim.shutdown().await;
}
