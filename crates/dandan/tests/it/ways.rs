//! Every way to pay, from the wish to the settled check; which of them are offered; and changing one's mind.

use crate::till::{Till, till};
use crate::world::{id, order, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Scans or opens whatever the payment shows, and pays at the simulator.
async fn pay_as_shown(till: &Till, payment: &Value) {
    let prepaid = payment["jsapi"]["package"].as_str().and_then(|package| package.strip_prefix("prepay_id="));
    let h5 = payment["browser_url"].as_str().and_then(|url| url.split("prepay_id=").nth(1)?.split('&').next());
    let text = payment["code_url"].as_str().or(prepaid).or(payment["trade_no"].as_str()).or(h5);
    let code = text.map_or_else(|| panic!("nothing to pay with: {payment}"), str::to_owned);
    assert_eq!(till.control("pay", json!({ "code": code })).await, 200, "{payment}");
}

/// Walks Alipay's page for browsers: sign in, pay, back to the shop. Returns where it sends the browser.
pub async fn walk_wap(till: &Till, url: &str) -> String {
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let whither = |response: &reqwest::Response| response.headers()["location"].to_str().unwrap().to_owned();
    let page = whither(&browser.get(url).send().await.unwrap());
    let session = page.split("session=").nth(1).unwrap().to_owned();
    let cashier = format!("http://{}/h5/cashier", till.sim.addr);
    let tap = |action: &'static str| {
        let (browser, session, cashier) = (&browser, &session, &cashier);
        async move { browser.post(cashier).form(&[("session", session.as_str()), ("action", action)]).send().await.unwrap() }
    };
    tap("login").await;
    whither(&tap("pay").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_a_phone_can_pay_settles_the_check() {
    for way in ["wechat_jsapi", "wechat_native", "wechat_h5", "alipay_app", "alipay_qr", "alipay_wap"] {
        let till = till().await;
        let party = till.hungry().await;
        let back = format!("{}/m/", till.world.server.url);
        let login = if way.starts_with("wechat") {
            ("wechat-login", "js_code", "openid")
        } else {
            ("alipay-login", "auth_code", "buyer")
        };
        let known = till.post(&party, login.0, &party.token, json!({ login.1: "phone-1" })).await.ok(200);
        let payment = till.ask_with(&party, way, json!({ "payer": known[login.2], "return_url": back })).await.ok(201);
        assert_eq!(payment["state"], "waiting", "{way}: {payment}");
        assert!(payment["ends_at"].is_i64());
        if way == "alipay_wap" {
            let sent_to = walk_wap(&till, payment["browser_url"].as_str().unwrap()).await;
            assert!(sent_to.starts_with(&back), "{sent_to}");
        } else {
            pay_as_shown(&till, &payment).await;
        }
        till.becomes(&party, &payment, "paid").await;
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payer_or_a_page_of_a_strangers_is_not_taken() {
    let till = till().await;
    let party = till.hungry().await;
    for way in ["wechat_jsapi", "alipay_app"] {
        till.ask_with(&party, way, json!({})).await.refused(409, "payer_missing");
    }
    for url in ["https://evil.example/m/", "javascript:alert(1)", "//evil.example", "", "http://127.0.0.1:1/m/", &"x".repeat(501)]
    {
        till.ask_with(&party, "wechat_h5", json!({ "return_url": url })).await.refused(400, "malformed");
    }
    till.ask_with(&party, "wechat_code", json!({})).await.refused(409, "way_not_here");
    till.ask_with(&party, "cash", json!({})).await.refused(409, "channel_off");
    till.ask_with(&party, "wechat_native", json!({ "openid": "x" })).await.refused(400, "malformed");
    for code in ["", &"x".repeat(129)] {
        till.post(&party, "alipay-login", &party.token, json!({ "auth_code": code })).await.refused(400, "malformed");
    }
    let twice = |code: &'static str| {
        let (till, party) = (&till, &party);
        async move { till.post(party, "alipay-login", &party.token, json!({ "auth_code": code })).await }
    };
    twice("once").await.ok(200);
    twice("once").await.refused(409, "login_failed");
    assert_eq!(till.check(&party).await["state"], "due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_and_staff_are_offered_what_is_theirs() {
    let till = till().await;
    let (party, waiter) = (till.hungry().await, till.world.staff("waiter").await);
    let path = format!("/sessions/{}/ways", party.session);
    let names = |view: &Value| -> Vec<String> {
        view["ways"].as_array().unwrap().iter().map(|way| way["way"].as_str().unwrap().to_owned()).collect()
    };
    let guests = till.world.get(&path, &party.token).await.ok(200);
    assert_eq!(names(&guests), ["wechat_jsapi", "wechat_native", "wechat_h5", "alipay_app", "alipay_qr", "alipay_wap", "cash"]);
    assert!(guests["ways"].as_array().unwrap().iter().all(|way| way["state"] == "up"));
    assert_eq!((&guests["accounts"], &guests["tips_bp"]), (&json!([]), &json!([1000])));
    let staff = till.world.get(&path, &waiter).await.ok(200);
    assert_eq!(names(&staff).len(), 12);
    assert_eq!(staff["accounts"], json!([{ "id": "acme", "name": "Acme", "limit": 1000, "owed": 0 }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_down_rests_and_the_other_is_offered() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let mut feed = till.world.feed("/floor/feed", &cashier, None).await;
    till.fault(json!({ "kind": "error_before", "channel": "wechat", "op": "open" })).await;
    for _ in 0..3 {
        let answer = till.ask_with(&party, "wechat_native", json!({})).await;
        if answer.status != 202 {
            break;
        }
        till.world.post(&Till::path(&party, &answer.body, "/cancel"), &party.token, json!({})).await.ok(200);
        till.becomes(&party, &answer.body, "closed").await;
    }
    let resting = || async {
        let ways = till.world.get(&format!("/sessions/{}/ways", party.session), &party.token).await.ok(200);
        let state = |name: &str| ways["ways"].as_array().unwrap().iter().find(|way| way["way"] == name).unwrap()["state"].clone();
        (state("wechat_native") == "resting").then(|| state("alipay_qr"))
    };
    assert_eq!(until("WeChat Pay rests", resting).await, "up");
    till.ask_with(&party, "wechat_native", json!({})).await.refused(409, "channel_resting");
    let channels = till.world.get("/channels", &cashier).await.ok(200);
    let wechat = channels.as_array().unwrap().iter().find(|view| view["channel"] == "wechat").unwrap();
    assert_eq!((&wechat["pay"]["state"], wechat["pay"]["until"].is_i64()), (&json!("resting"), true), "{wechat}");
    let told = async {
        loop {
            let frame = feed.next_news().await.unwrap();
            let ways = frame.body["change"]["money"]["ways"].as_array().cloned().unwrap_or_default();
            if ways.iter().any(|way| way["way"] == "wechat_native" && way["state"] == "resting") {
                return;
            }
        }
    };
    tokio::time::timeout(crate::world::SOON, told).await.expect("the floor is told");
    let (status, payment) = till.ask(&party, "alipay_qr", None).await;
    assert_eq!(status, 201, "{payment}");
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_way_is_opened_once_the_first_is_proved_closed() {
    let till = till().await;
    let party = till.hungry().await;
    let (_, first) = till.ask(&party, "wechat_native", None).await;
    let second = till.ask_with(&party, "alipay_qr", json!({ "instead_of": first["ask"] })).await.ok(201);
    assert_eq!(till.show(&party, &first).await["state"], "closed");
    assert_eq!(till.control("pay", json!({ "code": first["code_url"] })).await, 409);
    till.pay(&second).await;
    till.becomes(&party, &second, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_payment_is_not_replaced() {
    let till = till().await;
    let party = till.hungry().await;
    let (_, first) = till.ask(&party, "wechat_native", None).await;
    till.ask_with(&party, "alipay_qr", json!({ "instead_of": id() })).await.refused(404, "payment_unknown");
    till.fault(json!({ "kind": "drop_notice" })).await;
    till.pay(&first).await;
    till.ask_with(&party, "alipay_qr", json!({ "instead_of": first["ask"] })).await.refused(409, "payment_settled");
    till.becomes(&party, &first, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_wish_sent_twice_is_one_payment() {
    let till = till().await;
    let party = till.hungry().await;
    let (key, body) = (id(), json!({ "ask": id(), "way": "wechat_native", "amount": 600 }));
    let path = format!("/sessions/{}/payments", party.session);
    let first = till.world.post_as(&key, &path, &party.token, body.clone()).await.ok(201);
    let again = till.world.post_as(&key, &path, &party.token, body).await.ok(201);
    assert_eq!((&first["ask"], &first["code_url"]), (&again["ask"], &again["code_url"]));
    let other = json!({ "ask": id(), "way": "wechat_native", "amount": 600 });
    till.world.post_as(&key, &path, &party.token, other).await.refused(422, "key_reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_first_is_paid_order_by_order() {
    let till = till().await;
    let party = till.world.join("k1").await;
    let wish = order("rice", 2, 300);
    till.world.place(&party, &wish).await.ok(201);
    till.ask_with(&party, "wechat_native", json!({})).await.refused(409, "order_needed");
    let payment = till.ask_with(&party, "wechat_native", json!({ "order": wish["order"] })).await.ok(201);
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    let cook = till.world.staff("cook").await;
    assert_eq!(till.world.kitchen(&cook).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_announced_until_a_device_has_said_it() {
    let till = till().await;
    let (party, waiter, device) = (till.hungry().await, till.world.staff("waiter").await, till.world.device().await);
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    let floor = async || till.world.get("/floor", &waiter).await.ok(200);
    let paid = async || {
        floor().await["announcements"].as_array().unwrap().iter().find(|said| said["said"]["kind"] == "paid").cloned().unwrap()
    };
    let said = paid().await;
    assert_eq!((&said["said"]["amount"], &said["table_name"], &said["played_at"]), (&json!(600), &json!("A1"), &Value::Null));
    assert_eq!(floor().await["last_announcement"], said["number"]);
    let played = |token: &str, numbers: Value| {
        let request = till.world.request(Method::POST, "/announcements/played", token);
        crate::world::send(request.header("idempotency-key", id()).json(&json!({ "device": "box", "numbers": numbers })))
    };
    played(&party.token, json!([1])).await.refused(403, "not_allowed");
    played("x", json!([1])).await.refused(401, "not_signed_in");
    played(&waiter, json!(vec![1; 201])).await.refused(400, "malformed");
    played(&device, json!([said["number"], 999])).await.ok(200);
    let at = paid().await["played_at"].clone();
    assert!(at.is_i64());
    played(&waiter, json!([said["number"]])).await.ok(200);
    assert_eq!(paid().await["played_at"], at);
}
