//! Paying through the channels, as far as they misbehave: money is credited once, on the channel's proven word only.

use crate::till::{Till, till};
use crate::world::{id, order, until};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_channels_report_and_the_check_is_settled() {
    for way in ["wechat_native", "alipay_qr"] {
        let till = till().await;
        let party = till.hungry().await;
        till.fault(json!({ "kind": "duplicate_notice" })).await;
        let (status, payment) = till.ask(&party, way, None).await;
        assert_eq!((status, payment["state"].as_str().unwrap()), (201, "waiting"), "{payment}");
        let (status, other) = till.ask(&party, way, None).await;
        assert_eq!((status, &other["code"]), (409, &json!("payment_open")));
        assert_ne!(till.world.party(&party).await["check"]["state"], "settled");
        till.pay(&payment).await;
        let paid = till.becomes(&party, &payment, "paid").await;
        assert!(paid["paid_at"].is_i64() && paid["code_url"].is_null());
        till.is_settled(&party).await;
        assert_eq!(till.ask(&party, way, None).await.1["code"], "already_settled");
        assert!(till.world.figure(&format!("dandan_notices_total{{channel=\"{}\",result=\"taken\"}}", &way[..6])).await >= 1.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_wechat_a_diner_signs_in_and_pays() {
    let till = till().await;
    let party = till.hungry().await;
    let (status, refused) = till.ask(&party, "wechat_jsapi", None).await;
    assert_eq!((status, &refused["code"]), (409, &json!("payer_missing")));
    let login = |code: &str| {
        let (world, path, token, body) =
            (&till.world, format!("/sessions/{}/wechat-login", party.session), &party.token, json!({ "js_code": code }));
        async move { world.post(&path, token, body).await }
    };
    login("").await.refused(400, "malformed");
    login(&"x".repeat(129)).await.refused(400, "malformed");
    let openid = login("diner-1").await.ok(200)["openid"].as_str().unwrap().to_owned();
    for bad in ["", "a b", &"x".repeat(129)] {
        assert_eq!(till.ask(&party, "wechat_jsapi", Some(bad)).await.1["code"], "malformed");
    }
    let (status, payment) = till.ask(&party, "wechat_jsapi", Some(&openid)).await;
    assert_eq!(status, 201, "{payment}");
    let package = payment["jsapi"]["package"].as_str().unwrap();
    let prepay = package.strip_prefix("prepay_id=").unwrap();
    assert_eq!(till.control("pay", json!({ "prepay_id": prepay })).await, 200);
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_notice_is_found_by_asking() {
    let till = till().await;
    till.fault(json!({ "kind": "drop_notice" })).await;
    let party = till.hungry().await;
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.pay(&payment).await;
    let checked = till.world.post(&Till::path(&party, &payment, "/check"), &party.token, json!({})).await.ok(200);
    assert_eq!(checked["state"], "paid");
    till.is_settled(&party).await;
    // Nobody presses a button: the desk asks by itself.
    let other = till.world.join("a2").await;
    till.world.place(&other, &order("rice", 2, 300)).await.ok(201);
    let (_, payment) = till.ask(&other, "alipay_qr", None).await;
    till.pay(&payment).await;
    till.becomes(&other, &payment, "paid").await;
    till.is_settled(&other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_notice_changes_nothing() {
    let till = till().await;
    let party = till.hungry().await;
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    let url = |channel: &str| format!("{}/channels/{channel}/{}", till.world.server.url, crate::world::STORE);
    let heads = till.world.heads().await;
    for (channel, body) in [
        ("wechat", "{}"),
        ("wechat", ""),
        ("wechat", "not json"),
        ("alipay", "trade_status=TRADE_SUCCESS&sign=AAAA"),
        ("alipay", "%ff"),
    ] {
        let answer = till.world.request(Method::POST, &url(channel), "").body(body).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(status < 500 || channel == "wechat" && status == 500 && text.contains("FAIL"), "{channel} {status} {text}");
        assert_ne!(text, "success");
    }
    assert_eq!(till.world.heads().await, heads);
    till.fault(json!({ "kind": "forged_notice" })).await;
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
    assert!(till.world.figure("dandan_notices_total{channel=\"wechat\",result=\"refused\"}").await >= 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_about_another_amount_credits_nothing() {
    let till = till().await;
    let party = till.hungry().await;
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.fault(json!({ "kind": "wrong_amount_notice" })).await;
    till.fault(json!({ "kind": "error_before", "op": "query", "count": 2 })).await;
    till.pay(&payment).await;
    until("somebody has to look", || async { (till.world.figure("dandan_payment_exceptions").await == 1.0).then_some(()) }).await;
    let view = till.world.party(&party).await;
    assert_eq!(view["check"]["paid"], 0, "{}", view["check"]);
    // Once the channel can be asked, its own word counts.
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_given_up_is_closed_at_the_channel_first() {
    for way in ["wechat_native", "alipay_qr"] {
        let till = till().await;
        let party = till.hungry().await;
        let (_, payment) = till.ask(&party, way, None).await;
        let cancel =
            async |payment: &Value| till.world.post(&Till::path(&party, payment, "/cancel"), &party.token, json!({})).await;
        cancel(&payment).await.ok(200);
        till.becomes(&party, &payment, "closed").await;
        // A code nobody has scanned makes no order at Alipay, so there it may still be paid.
        if way == "wechat_native" {
            assert_eq!(till.control("pay", json!({ "code": payment["code_url"] })).await, 409);
        }
        assert_eq!(till.world.party(&party).await["check"]["state"], "due");

        let (status, second) = till.ask(&party, way, None).await;
        assert_eq!(status, 201, "{second}");
        till.fault(json!({ "kind": "drop_notice" })).await;
        till.pay(&second).await;
        let answer = cancel(&second).await;
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
        till.becomes(&party, &second, "paid").await;
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_made_behind_an_error_can_still_be_paid() {
    for (way, kind) in [("wechat_native", "error_after"), ("alipay_qr", "drop_response"), ("wechat_native", "bad_signature")] {
        let till = till().await;
        let party = till.hungry().await;
        till.fault(json!({ "kind": kind, "op": "open", "count": 1 })).await;
        let (status, payment) = till.ask(&party, way, None).await;
        assert!(status == 202 || status == 201, "{payment}");
        let waiting = till.becomes(&party, &payment, "waiting").await;
        till.pay(&waiting).await;
        till.becomes(&party, &payment, "paid").await;
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_channel_is_silent_nobody_pays_twice() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.fault(json!({ "kind": "drop_notice" })).await;
    till.fault(json!({ "kind": "error_before", "op": "query", "count": 3 })).await;
    till.pay(&payment).await;
    let checked = till.world.post(&Till::path(&party, &payment, "/check"), &party.token, json!({})).await.ok(200);
    assert_eq!(checked["state"], "checking");
    assert_eq!(till.world.party(&party).await["check"]["state"], "checking");
    assert_eq!(till.ask(&party, "alipay_qr", None).await.1["code"], "payment_open");
    let cash = json!({ "tender": id(), "amount": 600, "received": 600, "order": null });
    till.world.post(&format!("/sessions/{}/cash", party.session), &cashier, cash).await.refused(409, "payment_open");
    till.world.post(&format!("/sessions/{}/close", party.session), &cashier, json!({})).await.refused(409, "payment_open");
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_channel_leaves_the_check_due() {
    let till = till().await;
    let party = till.hungry().await;
    for body in [
        json!({ "ask": id(), "way": "cash", "amount": 600, "order": null }),
        json!({ "ask": id(), "way": "wechat_native", "amount": 599, "order": null }),
        json!({ "ask": id(), "way": "wechat_native", "amount": -600, "order": null }),
        json!({ "ask": id(), "way": "wechat_native", "amount": 600, "order": id() }),
    ] {
        till.world.post(&format!("/sessions/{}/payments", party.session), &party.token, body).await.is_refusal();
    }
    let none = json!({ "ask": id() });
    till.world.get(&Till::path(&party, &none, ""), &party.token).await.refused(404, "payment_unknown");
    till.world.post(&Till::path(&party, &none, "/cancel"), &party.token, json!({})).await.refused(404, "payment_unknown");
    assert_eq!(till.world.party(&party).await["check"]["state"], "due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_that_comes_while_the_server_is_dead_is_credited_after_it() {
    let mut till = till().await;
    let party = till.world.join("k1").await;
    let wish = order("rice", 2, 300);
    till.world.place(&party, &wish).await.ok(201);
    let body = json!({ "ask": id(), "way": "wechat_native", "amount": 600, "order": wish["order"] });
    let payment = till.world.post(&format!("/sessions/{}/payments", party.session), &party.token, body).await.ok(201);
    till.world.kill().await;
    till.pay(&payment).await;
    till.world.restart().await;
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
    let cook = till.world.staff("cook").await;
    assert_eq!(till.world.kitchen(&cook).await.len(), 1);
}
