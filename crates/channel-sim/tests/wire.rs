//! The simulator's own strictness, with requests that no sound client would send.
#![allow(clippy::unwrap_used)]

mod common;

use common::{House, code_of, house, ok, open};
use pay::{
    Channel, OpenBy,
    keys::load_signing_key,
    wechat::sign::{Signer, Stamp},
};
use serde_json::{Value, json};

const NO: &str = "P20261122_0001";

struct Request {
    method: &'static str,
    signed_target: String,
    sent_target: String,
    signed_body: String,
    sent_body: String,
    age_s: i64,
    serial: Option<String>,
}

fn get(target: &str) -> Request {
    Request {
        method: "GET",
        signed_target: target.into(),
        sent_target: target.into(),
        signed_body: String::new(),
        sent_body: String::new(),
        age_s: 0,
        serial: None,
    }
}

async fn send(house: &House, request: Request) -> (u16, Value) {
    let config = common::read_config(&house.sim.merchant.config).wechat.unwrap();
    let signer = Signer {
        mch_id: config.mch_id.clone(),
        serial: request.serial.unwrap_or_else(|| config.merchant_serial.clone()),
        key: load_signing_key(&config.merchant_key_pem, true).unwrap(),
    };
    let stamp = Stamp { timestamp: pay::system_clock()() / 1000 - request.age_s, nonce: "NONCE".into() };
    let authorization = signer.authorization(request.method, &request.signed_target, &request.signed_body, &stamp).unwrap();
    let answer = house
        .http
        .request(request.method.parse().unwrap(), format!("{}{}", house.sim.base_url(), request.sent_target))
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .header("user-agent", "wire-test")
        .header("authorization", authorization)
        .body(request.sent_body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn code(house: &House, request: Request) -> (u16, String) {
    let (status, body) = send(house, request).await;
    (status, body["code"].as_str().unwrap_or("").to_owned())
}

#[tokio::test]
async fn the_signature_covers_target_body_and_time() {
    let house = house().await;
    ok(house.wechat.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::Code).await);
    let target = format!("/v3/pay/transactions/out-trade-no/{NO}?mchid=SIM1900000109");
    assert_eq!(send(&house, get(&target)).await.0, 200);
    let sign_error = (401, "SIGN_ERROR".to_owned());
    for (what, request) in [
        ("another query string", Request { sent_target: format!("{target}&a=1"), ..get(&target) }),
        ("another path", Request { sent_target: target.replace("_0001", "_0002"), ..get(&target) }),
        ("a body that was not signed", Request { sent_body: "{}".into(), ..get(&target) }),
        ("six minutes old", Request { age_s: 360, ..get(&target) }),
        ("six minutes early", Request { age_s: -360, ..get(&target) }),
        ("another serial", Request { serial: Some("00".into()), ..get(&target) }),
    ] {
        assert_eq!(code(&house, request).await, sign_error, "{what}");
    }
}

#[tokio::test]
async fn requests_without_the_documented_headers_are_refused() {
    let house = house().await;
    let target = format!("{}/v3/pay/transactions/out-trade-no/{NO}?mchid=SIM1900000109", house.sim.base_url());
    let bare = house.http.get(&target).send().await.unwrap();
    assert_eq!(bare.status(), 400, "no user agent");
    for authorization in
        ["", "WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SHA256-RSA2048 x", "Basic YTpi", "WECHATPAY2-SHA256-RSA2048 mchid=\"1\""]
    {
        let request = house.http.get(&target).header("user-agent", "t").header("authorization", authorization);
        assert_eq!(request.send().await.unwrap().status(), 401, "{authorization}");
    }
}

#[tokio::test]
async fn a_query_needs_our_merchant_number() {
    let house = house().await;
    ok(house.wechat.open(&open(NO, "http://127.0.0.1:9/n"), &OpenBy::Code).await);
    let target = format!("/v3/pay/transactions/out-trade-no/{NO}");
    assert_eq!(code(&house, get(&target)).await, (400, "PARAM_ERROR".into()));
    assert_eq!(code(&house, get(&format!("{target}?mchid=1"))).await, (403, "NO_AUTH".into()));
    assert_eq!(code(&house, get("/v3/pay/transactions/h5x")).await.0, 404);
}

#[tokio::test]
async fn the_gateway_tells_a_bad_form_from_a_bad_signature() {
    let house = house().await;
    let post = async |body: &'static str| {
        let url = format!("{}/gateway.do", house.sim.base_url());
        let answer = house.http.post(url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "failures are 200 too");
        answer.text().await.unwrap()
    };
    for (body, sub_code) in [
        ("", "isv.missing-method"),
        ("method=alipay.trade.query", "isv.missing-app-id"),
        ("method=m&app_id=1&timestamp=t&version=1.0&sign_type=RSA2&sign=x", "isv.invalid-app-id"),
        ("method=m&app_id=SIM2021000000000001&timestamp=t&version=1.0&sign_type=RSA&sign=x", "isv.invalid-signature-type"),
        ("method=m&app_id=SIM2021000000000001&timestamp=t&version=1.0&sign_type=RSA2&sign=x&charset=big5", "isv.invalid-charset"),
        (
            "method=m&app_id=SIM2021000000000001&timestamp=t&version=1.0&sign_type=RSA2&sign=x&charset=utf-8",
            "isv.invalid-timestamp",
        ),
    ] {
        let answer = post(body).await;
        assert!(answer.contains(sub_code), "{body}: {answer}");
    }
}

#[tokio::test]
async fn five_hundred_orders_at_once_are_all_opened_and_paid() {
    let house = house().await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..500 {
        let wechat = house.wechat.clone();
        tasks.spawn(async move { ok(wechat.open(&open(&format!("P_many_{i}"), "http://127.0.0.1:9/n"), &OpenBy::Code).await) });
    }
    let codes: Vec<String> = tasks.join_all().await.into_iter().map(code_of).collect();
    for code in &codes {
        house.pays(code).await;
    }
    let orders = house.orders().await;
    assert_eq!(orders.iter().filter(|order| order["state"] == "paid").count(), 500);
}

#[tokio::test]
async fn a_broken_answer_breaks_the_connection() {
    let house = house().await;
    let target = format!("{}/v3/certificates", house.sim.base_url());
    house.fault(json!({ "kind": "truncated", "count": 1 })).await;
    let heads = house.http.get(&target).send().await.unwrap();
    assert!(heads.text().await.is_err(), "half of an answer is none");
    house.fault(json!({ "kind": "slow_body", "count": 1, "delay_ms": 400 })).await;
    let before = std::time::Instant::now();
    let whole = house.http.get(&target).send().await.unwrap().text().await.unwrap();
    assert!(whole.ends_with('}') && before.elapsed().as_millis() >= 350);
    for kind in ["reset", "drop_response"] {
        house.fault(json!({ "kind": kind, "count": 1 })).await;
        assert!(house.http.get(&target).send().await.is_err(), "{kind}");
    }
}

#[tokio::test]
async fn the_control_api_plans_payers_ends_refunds_and_keeps_settings() {
    let house = house().await;
    let said = async |path: &str, body: Value| house.control(path, body).await;
    assert_eq!(said("payer", json!({ "auth_code": "134567890123450000", "does": "not_enough" })).await.0, 200);
    let (status, settings) = said("settings", json!({ "cert_percent": 7 })).await;
    assert_eq!((status, &settings["cert_percent"], &settings["v3_code_pay"]), (200, &json!(7), &json!(true)));
    assert_eq!(said("settings", json!({ "colour": 1 })).await.0, 400);
    for (path, body) in [
        ("password", json!({ "channel": "wechat", "out_trade_no": NO, "entered": true })),
        ("refund", json!({ "channel": "wechat", "out_refund_no": "RF", "ends": "closed" })),
    ] {
        assert_eq!(said(path, body).await, (404, json!({ "error": "no_such_order" })), "{path}");
    }
    assert_eq!(said("reset", json!({})).await.0, 200);
    assert_eq!(said("settings", json!({})).await.1["cert_percent"], 0);
}
