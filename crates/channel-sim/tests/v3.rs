//! API v3 in one process: who signs what, H5, certificates, refunds, and the faults a call can have.
#![allow(clippy::unwrap_used)]

mod plain;

use std::time::Duration;

use axum::{body::Body, http::Request};
use channel_sim::{Fault, Kind, Op, RefundEnd, Settings, Which};
use plain::{Drill, drill, wait_s};
use serde_json::{Value, json};

const NO: &str = "P20261122_0001";
const NATIVE: &str = "/v3/pay/transactions/native";
const H5: &str = "/v3/pay/transactions/h5";

fn asking(request: Request<Body>, serial: &str) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    parts.headers.insert("wechatpay-serial", serial.parse().unwrap());
    Request::from_parts(parts, body)
}

fn set(drill: &Drill, change: impl FnOnce(&mut Settings)) {
    let mut settings = drill.sim.settings();
    change(&mut settings);
    drill.sim.set(settings);
}

fn fault(op: Op, kind: Kind) -> Fault {
    Fault { op: Some(op), count: Some(1), ..Fault::new(kind) }
}

#[tokio::test(start_paused = true)]
async fn every_success_is_signed_by_the_key_that_is_asked_for() {
    let drill = drill();
    drill.post(NATIVE, &drill.place_body(NO)).await;
    let certificates = drill.get("/v3/certificates").await.json();
    let cert_serial = certificates["data"][0]["serial_no"].as_str().unwrap().to_owned();
    let target = format!("/v3/pay/transactions/out-trade-no/{NO}?mchid=SIM1900000109");
    for (wanted, got) in [
        ("PUB_KEY_ID_SIM0000000000000001", "PUB_KEY_ID_SIM0000000000000001"),
        ("PUB_KEY_ID_SIM0000000000000002", "PUB_KEY_ID_SIM0000000000000002"),
        (cert_serial.as_str(), cert_serial.as_str()),
        ("PUB_KEY_ID_NOBODY", "PUB_KEY_ID_SIM0000000000000001"),
    ] {
        let reply = drill.send(asking(drill.v3("GET", &target, ""), wanted)).await.unwrap();
        assert_eq!(reply.header("wechatpay-serial"), got);
        assert_eq!(reply.header("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(drill.reply_is_signed(&reply), got.starts_with("PUB_KEY"), "the certificate is another key");
    }
    let closed = drill.post(&format!("/v3/pay/transactions/out-trade-no/{NO}/close"), &json!({ "mchid": "SIM1900000109" })).await;
    assert_eq!((closed.status, closed.body.as_str()), (204, ""));
    assert!(drill.reply_is_signed(&closed), "an empty body is signed too");
}

#[tokio::test(start_paused = true)]
async fn certificates_are_encrypted_and_a_change_of_keys_shows_both() {
    let drill = drill();
    let list = async || drill.get("/v3/certificates").await.json()["data"].as_array().unwrap().clone();
    let first = list().await;
    assert_eq!(first.len(), 1);
    let pem = drill.decrypt(&first[0]["encrypt_certificate"]).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    let serial = hex::decode(first[0]["serial_no"].as_str().unwrap()).unwrap();
    let der = plain::pem(&pem);
    assert!(der.windows(serial.len()).any(|window| window == serial), "the serial number is the certificate's own");
    drill.sim.fault(Fault::new(Kind::RotateKey));
    let both = list().await;
    assert_eq!(both.len(), 2);
    assert_ne!(both[0]["serial_no"], first[0]["serial_no"]);
    assert_eq!(both[1]["serial_no"], first[0]["serial_no"]);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_numbered_and_signed_only_if_set_so() {
    let drill = drill();
    drill.post(NATIVE, &drill.place_body(NO)).await;
    let mut other = drill.place_body(NO);
    other["amount"]["total"] = json!(1);
    let refused = drill.post(NATIVE, &other).await;
    assert_eq!((refused.code(), refused.number()), ((400, "INVALID_REQUEST".into()), "268498688"));
    assert_eq!(refused.header("wechatpay-signature"), "");
    set(&drill, |settings| settings.sign_errors = true);
    assert!(drill.reply_is_signed(&drill.post(NATIVE, &other).await));
    let mut extra = drill.place_body(NO);
    extra["colour"] = json!("red");
    let refused = drill.post(NATIVE, &extra).await;
    assert_eq!((refused.code(), refused.number()), ((400, "PARAM_ERROR".into()), "270924358"));
    drill.sim.pay(NO).unwrap();
    let paid = drill.post(NATIVE, &drill.place_body(NO)).await;
    assert_eq!((paid.code(), paid.number()), ((400, "ORDERPAID".into()), "268498689"));
}

#[tokio::test(start_paused = true)]
async fn a_nonce_works_once_if_set_so() {
    let drill = drill();
    set(&drill, |settings| settings.nonces_once = true);
    let same = || {
        let request = drill.v3("GET", "/v3/certificates", "");
        let (parts, _) = request.into_parts();
        parts.headers
    };
    let headers = same();
    let send = async || {
        let mut request = Request::get("/v3/certificates").body(Body::empty()).unwrap();
        *request.headers_mut() = headers.clone();
        drill.send(request).await.unwrap().code()
    };
    assert_eq!(send().await.0, 200);
    assert_eq!(send().await, (401, "SIGN_ERROR".into()));
}

fn h5_body(drill: &Drill, number: &str, ip: &str) -> Value {
    let mut body = drill.place_body(number);
    body["scene_info"] = json!({ "payer_client_ip": ip, "h5_info": { "type": "Wap" } });
    body
}

#[tokio::test(start_paused = true)]
async fn an_h5_address_leads_to_the_wallet_for_five_minutes() {
    let drill = drill();
    let reply = drill.post(H5, &h5_body(&drill, NO, "203.0.113.7")).await;
    let url = reply.json()["h5_url"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned();
    let target = url.strip_prefix(plain::BASE).unwrap();
    let page = drill.send(Request::get(target).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(page.status, 303);
    assert!(page.header("location").starts_with("/wallet/pay?code=wx"));
    wait_s(301).await;
    assert!(drill.sim.pay(&url).is_err());
    let again = drill.post(H5, &h5_body(&drill, NO, "203.0.113.7")).await.json();
    drill.sim.pay(again["h5_url"].as_str().unwrap()).unwrap();
    assert_eq!(drill.query(NO).await.json()["trade_type"], "MWEB");
}

#[tokio::test(start_paused = true)]
async fn h5_wants_to_know_where_the_payer_is() {
    let drill = drill();
    let refused = async |body: &Value| drill.post(H5, body).await.code();
    let param_error = (400, "PARAM_ERROR".to_owned());
    assert_eq!(refused(&drill.place_body(NO)).await, param_error);
    assert_eq!(refused(&h5_body(&drill, NO, "0.0.0.0")).await, param_error);
    assert_eq!(refused(&h5_body(&drill, NO, "here")).await, param_error);
    let mut body = h5_body(&drill, NO, "203.0.113.7");
    body["scene_info"]["h5_info"]["type"] = json!("Desktop");
    assert_eq!(refused(&body).await, param_error);
    set(&drill, |settings| settings.refuse_loopback_payers = true);
    assert_eq!(refused(&h5_body(&drill, NO, "127.0.0.1")).await, param_error);
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_under_way_and_then_ends_as_it_is_made_to() {
    let drill = drill();
    drill.paid_order(NO).await;
    assert_eq!(drill.refund(NO, "RF-1", 800).await.json()["status"], "PROCESSING");
    wait_s(4).await;
    assert_eq!(drill.refund_status("RF-1").await, "SUCCESS");
    for (number, end, status) in [("RF-2", RefundEnd::Abnormal, "ABNORMAL"), ("RF-3", RefundEnd::Closed, "CLOSED")] {
        drill.refund(NO, number, 1000).await;
        drill.sim.settle_refund(Which::Wechat, number, end).unwrap();
        assert_eq!(drill.refund_status(number).await, status);
    }
    wait_s(10).await;
    let events: Vec<Value> = drill.deliveries().iter().map(|told| serde_json::from_str::<Value>(&told.body).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert_eq!(names, ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"]);
    let closed = drill.open(&events[3]["resource"]).unwrap();
    assert_eq!((closed["refund_status"].as_str(), closed["out_refund_no"].as_str()), (Some("CLOSED"), Some("RF-3")));
    assert_eq!(drill.refund(NO, "RF-4", 2000).await.status, 200, "what was closed gave nothing back");
    assert_eq!(drill.refund(NO, "RF-5", 1).await.code(), (400, "INVALID_REQUEST".into()));
}

#[tokio::test(start_paused = true)]
async fn fifty_partial_refunds_and_no_more() {
    let drill = drill();
    drill.paid_order(NO).await;
    for i in 0..50 {
        assert_eq!(drill.refund(NO, &format!("RF-{i}"), 1).await.status, 200);
    }
    assert_eq!(drill.refund(NO, "RF-50", 1).await.code(), (400, "INVALID_REQUEST".into()));
    assert_eq!(drill.refund(NO, "RF-49", 1).await.status, 200, "a repeat is none");
}

#[tokio::test(start_paused = true)]
async fn too_many_calls_may_have_been_accepted_all_the_same() {
    let drill = drill();
    drill.paid_order(NO).await;
    drill.sim.fault(fault(Op::Refund, Kind::RateLimited));
    assert_eq!(drill.refund(NO, "RF-1", 800).await.code(), (429, "FREQUENCY_LIMITED".into()));
    assert_eq!(drill.refund_status("RF-1").await, "");
    drill.sim.fault(fault(Op::Refund, Kind::RateLimitedAfter));
    assert_eq!(drill.refund(NO, "RF-1", 800).await.code(), (429, "FREQUENCY_LIMITED".into()));
    assert_eq!(drill.refund_status("RF-1").await, "PROCESSING");
    drill.sim.fault(fault(Op::Refund, Kind::NotEnough));
    assert_eq!(drill.refund(NO, "RF-2", 800).await.code(), (403, "NOT_ENOUGH".into()));
    assert_eq!(drill.refund(NO, "RF-2", 800).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn answers_that_break_dawdle_or_are_not_the_channels() {
    let drill = drill();
    drill.post(NATIVE, &drill.place_body(NO)).await;
    let target = format!("/v3/pay/transactions/out-trade-no/{NO}?mchid=SIM1900000109");
    let get = async || drill.send(drill.v3("GET", &target, "")).await;
    drill.sim.fault(fault(Op::Query, Kind::Truncated));
    assert!(get().await.is_none());
    for kind in [Kind::BadGateway, Kind::BadGatewayAfter] {
        drill.sim.fault(fault(Op::Query, kind));
        let page = get().await.unwrap();
        assert_eq!(page.status, 502);
        assert!(page.body.starts_with("<html>"));
    }
    for (kind, ms) in [(Kind::SlowBody, 60_000), (Kind::Latency, 9_000), (Kind::LateAnswer, 4_000)] {
        drill.sim.fault(Fault { delay_ms: ms, ..fault(Op::Query, kind) });
        let before = drill.now_ms();
        assert_eq!(get().await.unwrap().json()["trade_state"], "NOTPAY");
        let took = drill.now_ms() - before;
        assert!((took - i64::try_from(ms).unwrap()).abs() < 100, "{kind:?} took {took} ms");
    }
    drill.sim.fault(fault(Op::Query, Kind::BadSignature));
    assert!(!drill.reply_is_signed(&get().await.unwrap()));
    drill.sim.fault(fault(Op::Query, Kind::UnknownSerial));
    assert_eq!(get().await.unwrap().header("wechatpay-serial"), "PUB_KEY_ID_SIM9999999999999999");
    drill.sim.fault(Fault { skew_s: -400, ..fault(Op::Query, Kind::StaleClock) });
    let stale = get().await.unwrap();
    let timestamp: i64 = stale.header("wechatpay-timestamp").parse().unwrap();
    assert_eq!(timestamp, drill.now_ms() / 1000 - 400);
    assert!(drill.reply_is_signed(&stale), "genuinely signed, but long ago");
}

#[tokio::test(start_paused = true)]
async fn one_kind_of_call_can_be_down_for_a_while() {
    let drill = drill();
    drill.sim.fault(Fault { op: Some(Op::CodePay), for_ms: Some(60_000), ..Fault::new(Kind::Reset) });
    let charge = async |number: &str, code: &str| {
        drill.send(drill.v3("POST", "/v3/pay/transactions/codepay", &drill.code_body(number, code).to_string())).await
    };
    assert!(charge(NO, "134567890123450001").await.is_none());
    assert_eq!(drill.query(NO).await.status, 404, "queries are heard");
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(charge(NO, "134567890123450001").await.unwrap().status, 200);
}
