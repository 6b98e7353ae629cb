//! API v2 in one process: signed XML, both signature types, and what needs the merchant's certificate.
#![allow(clippy::unwrap_used)]

mod plain;

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use channel_sim::{Fault, Kind, Op, RefundEnd, Which};
use md5::{Digest, Md5};
use plain::{Drill, drill, drill_with, wait_s};
use ring::hmac;

const NO: &str = "P20261122_0001";

type Fields = BTreeMap<String, String>;

fn sign(fields: &Fields, sign_type: &str, key: &str) -> String {
    let text: Vec<String> =
        fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()).map(|(n, v)| format!("{n}={v}")).collect();
    let text = format!("{}&key={key}", text.join("&"));
    if sign_type == "MD5" {
        return hex::encode_upper(Md5::digest(text));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hex::encode_upper(hmac::sign(&key, text.as_bytes()))
}

fn read(xml: &str) -> Fields {
    let mut fields = Fields::new();
    for line in xml.lines() {
        let line = line.trim_start_matches("<xml>");
        if let Some((name, rest)) = line.trim_start_matches('<').split_once("><![CDATA[") {
            fields.insert(name.to_owned(), rest.split_once("]]>").unwrap().0.to_owned());
        }
    }
    fields
}

fn post(path: &str, body: String) -> Request<Body> {
    Request::post(path).body(Body::from(body)).unwrap()
}

fn key(drill: &Drill) -> String {
    std::fs::read_to_string(drill.text(&["wechat", "v2", "api_key"])).unwrap()
}

/// A call signed as `sign_type` says; the answer's signature is checked.
async fn call_as(drill: &Drill, sign_type: &str, path: &str, more: &[(&str, &str)]) -> Fields {
    let appid = drill.text(&["wechat", "app_id"]);
    let mch_id = drill.text(&["wechat", "mch_id"]);
    let common = [("appid", appid.as_str()), ("mch_id", &mch_id), ("nonce_str", "abc"), ("sign_type", sign_type)];
    let mut fields: Fields = common.iter().chain(more).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let key = key(drill);
    fields.insert("sign".into(), sign(&fields, sign_type, &key));
    let body: String = fields.iter().map(|(n, v)| format!("<{n}>{v}</{n}>")).collect();
    let reply = drill.send(post(path, format!("<xml>{body}</xml>"))).await.unwrap();
    let answer = read(&reply.body);
    assert_eq!(answer["return_code"], "SUCCESS", "{}", reply.body);
    assert_eq!(answer["sign"], sign(&answer, sign_type, &key), "{}", reply.body);
    answer
}

async fn call(drill: &Drill, path: &str, more: &[(&str, &str)]) -> Fields {
    call_as(drill, "MD5", path, more).await
}

async fn micropay(drill: &Drill, number: &str, auth_code: &str) -> Fields {
    let more = [
        ("out_trade_no", number),
        ("auth_code", auth_code),
        ("body", "宫保鸡丁"),
        ("total_fee", "3800"),
        ("spbill_create_ip", "127.0.0.1"),
    ];
    call(drill, "/pay/micropay", &more).await
}

async fn state(drill: &Drill, number: &str) -> String {
    call(drill, "/pay/orderquery", &[("out_trade_no", number)]).await["trade_state"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_code_is_charged_queried_refunded_and_the_refund_queried() {
    let drill = drill();
    let paid = micropay(&drill, NO, "134567890123450000").await;
    assert_eq!((paid["result_code"].as_str(), paid["trade_type"].as_str()), ("SUCCESS", "MICROPAY"));
    assert_eq!((paid["total_fee"].as_str(), paid["time_end"].as_str()), ("3800", "20261122120000"));
    let found = call_as(&drill, "HMAC-SHA256", "/pay/orderquery", &[("transaction_id", &paid["transaction_id"])]).await;
    assert_eq!((found["trade_state"].as_str(), found["out_trade_no"].as_str()), ("SUCCESS", NO));

    let ask = [("out_trade_no", NO), ("out_refund_no", "RF-1"), ("total_fee", "3800"), ("refund_fee", "800")];
    let asked = call(&drill, "/secapi/pay/refund", &ask).await;
    assert_eq!((asked["result_code"].as_str(), asked["refund_fee"].as_str()), ("SUCCESS", "800"));
    let again = call(&drill, "/secapi/pay/refund", &ask).await;
    assert_eq!(again["refund_id"], asked["refund_id"], "one number refunds once");
    let status = async || call(&drill, "/pay/refundquery", &[("out_refund_no", "RF-1")]).await["refund_status_0"].clone();
    assert_eq!(status().await, "PROCESSING");
    wait_s(4).await;
    assert_eq!(status().await, "SUCCESS");
    assert_eq!(drill.sim.row(Which::Wechat, NO).unwrap().refunded_fen, 800);
    let none = call(&drill, "/pay/refundquery", &[("out_refund_no", "RF-9")]).await;
    assert_eq!(none["err_code"], "REFUNDNOTEXIST");
}

#[tokio::test(start_paused = true)]
async fn a_password_is_waited_for_and_a_reverse_is_called_again() {
    let drill = drill();
    assert_eq!(micropay(&drill, NO, "134567890123458803").await["err_code"], "USERPAYING");
    assert_eq!(state(&drill, NO).await, "USERPAYING");
    let reverse = async || call(&drill, "/secapi/pay/reverse", &[("out_trade_no", NO)]).await;
    wait_s(20).await;
    let refused = reverse().await;
    assert_eq!((refused["err_code"].as_str(), refused["recall"].as_str()), ("USERPAYING", "Y"));
    drill.sim.password(Which::Wechat, NO, true).unwrap();
    drill.sim.fault(Fault { op: Some(Op::Reverse), count: Some(1), ..Fault::new(Kind::AskAgain) });
    assert_eq!(reverse().await["recall"], "Y");
    let done = reverse().await;
    assert_eq!((done["result_code"].as_str(), done["recall"].as_str()), ("SUCCESS", "N"));
    assert_eq!(state(&drill, NO).await, "REVOKED");
}

#[tokio::test(start_paused = true)]
async fn refusals_have_their_documented_codes() {
    let drill = drill();
    for (code, err_code) in [
        ("134567890123458804", "NOTENOUGH"),
        ("134567890123458805", "AUTHCODEEXPIRE"),
        ("134567890123458807", "BANKERROR"),
        ("134567890123458808", "SYSTEMERROR"),
        ("1", "AUTH_CODE_ERROR"),
    ] {
        assert_eq!(micropay(&drill, &format!("P_{err_code}"), code).await["err_code"], err_code);
    }
    assert_eq!(micropay(&drill, "P_SYSTEMERROR", "134567890123458808").await["err_code"], "ORDERPAID");
    assert_eq!(call(&drill, "/pay/orderquery", &[("out_trade_no", "P_none")]).await["err_code"], "ORDERNOTEXIST");
    assert_eq!(call(&drill, "/pay/orderquery", &[]).await["err_code"], "LACK_PARAMS");
    assert_eq!(call(&drill, "/pay/orderquery", &[("appid", "wx1")]).await["err_code"], "APPID_NOT_EXIST");
    drill.sim.fault(Fault { op: Some(Op::Refund), count: Some(1), ..Fault::new(Kind::NotEnough) });
    let ask = [("out_trade_no", "P_SYSTEMERROR"), ("out_refund_no", "R"), ("total_fee", "3800"), ("refund_fee", "1")];
    assert_eq!(call(&drill, "/secapi/pay/refund", &ask).await["err_code"], "NOTENOUGH");
    assert_eq!(call(&drill, "/secapi/pay/refund", &ask).await["result_code"], "SUCCESS");
    drill.sim.settle_refund(Which::Wechat, "R", RefundEnd::Closed).unwrap();
    assert_eq!(call(&drill, "/pay/refundquery", &[("out_refund_no", "R")]).await["refund_status_0"], "REFUNDCLOSE");
}

#[tokio::test(start_paused = true)]
async fn an_order_opened_over_v3_is_closed_over_v2() {
    let drill = drill();
    drill.post("/v3/pay/transactions/native", &drill.place_body(NO)).await;
    let close = async || call(&drill, "/pay/closeorder", &[("out_trade_no", NO)]).await["result_code"].clone();
    assert_eq!((close().await.as_str(), close().await.as_str()), ("SUCCESS", "SUCCESS"));
    assert_eq!(state(&drill, NO).await, "CLOSED");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_not_signed() {
    let drill = drill();
    for (body, words) in [
        (String::new(), "POST_DATA_EMPTY"),
        ("<xml><a>1</a>".to_owned(), "XML_FORMAT_ERROR"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><xml><a>&b;</a></xml>".to_owned(), "XML_FORMAT_ERROR"),
        ("<xml><appid>a</appid><sign>00</sign></xml>".to_owned(), "签名错误"),
        ("<xml><appid>a</appid><sign_type>SHA1</sign_type></xml>".to_owned(), "SIGNERROR"),
    ] {
        let reply = drill.send(post("/pay/orderquery", body)).await.unwrap();
        let answer = read(&reply.body);
        assert_eq!(answer["return_code"], "FAIL");
        assert!(answer["return_msg"].contains(words), "{}", reply.body);
        assert!(!answer.contains_key("sign"));
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_merchants_certificate_secapi_does_not_answer() {
    let drill = drill_with(|config| config.plain_secapi = false);
    for path in ["/secapi/pay/reverse", "/secapi/pay/refund"] {
        assert!(drill.send(post(path, "<xml></xml>".into())).await.is_none(), "{path}");
    }
    assert!(drill.send(post("/pay/orderquery", "<xml></xml>".into())).await.is_some());
}
