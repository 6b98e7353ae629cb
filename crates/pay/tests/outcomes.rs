//! What the clients make of a channel that answers badly: never a payment, never a wrong refusal.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use axum::{Router, body::Body, extract::State, http::Response};
use common::{NOW_S, OURS, THEIRS, alipay_config, signed, wechat_config, write};
use pay::{
    Alipay, Channel, ChannelState, Closed, ConfigError, Money, Open, OpenBy, Outcome, PaymentConfig, RefundAsk, RefundStatus,
    WechatLogin, WechatPay,
};

const SIM_SERIAL: &str = "PUB_KEY_ID_SIM1";
const NO: &str = "A1_0000000001";

type Reply = (u16, Vec<(String, String)>, Vec<u8>);

/// A channel that gives one fixed answer to everything.
async fn fixed(reply: Reply) -> String {
    async fn answer(State(reply): State<Arc<Reply>>) -> Response<Body> {
        let mut response = Response::builder().status(reply.0);
        for (name, value) in &reply.1 {
            response = response.header(name, value);
        }
        response.body(Body::from(reply.2.clone())).unwrap()
    }
    let app = Router::new().fallback(answer).with_state(Arc::new(reply));
    serve(app).await
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{at}")
}

fn wechat_at(base: &str) -> WechatPay {
    let folder = tempfile::tempdir().unwrap();
    let mut config = wechat_config(folder.path());
    config.base_url = base.to_owned();
    config.app_id = "wxSIM1".into();
    config.mch_id = "SIM1900000109".into();
    config.verify_keys[0].serial = SIM_SERIAL.into();
    WechatPay::new(&config, true, common::fixed_clock()).unwrap()
}

fn alipay_at(base: &str) -> Alipay {
    let folder = tempfile::tempdir().unwrap();
    let mut config = alipay_config(folder.path());
    config.gateway = format!("{base}/gateway.do");
    config.app_id = "SIM2021".into();
    config.seller_id = "SIM2088".into();
    Alipay::new(&config, true, common::fixed_clock()).unwrap()
}

fn open() -> Open {
    Open {
        attempt_no: NO.into(),
        amount: Money(3800),
        description: "宫保鸡丁".into(),
        notify_url: "http://127.0.0.1:1/notice".into(),
        expires_at_ms: (NOW_S + 900) * 1000,
    }
}

fn ask() -> RefundAsk {
    RefundAsk {
        attempt_no: NO.into(),
        refund_no: "RF-1".into(),
        amount: Money(800),
        total: Money(3800),
        reason: String::new(),
        notify_url: String::new(),
    }
}

fn unknown<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

fn code<T>(outcome: Outcome<T>) -> String {
    match outcome {
        Outcome::DefinitelyFailed { code, .. } => code,
        Outcome::Succeeded(_) => "succeeded".into(),
        Outcome::Unknown { why } => format!("unknown: {why}"),
    }
}

fn ok_signed(body: &str) -> Reply {
    (200, signed(body, &THEIRS, NOW_S, SIM_SERIAL), body.as_bytes().to_vec())
}

fn plain(status: u16, body: &str) -> Reply {
    (status, vec![], body.as_bytes().to_vec())
}

async fn all_wechat_unknown(reply: Reply) {
    let told = format!("{} {}", reply.0, String::from_utf8_lossy(&reply.2));
    let wechat = wechat_at(&fixed(reply).await);
    assert!(unknown(&wechat.open(&open(), &OpenBy::Code).await), "open {told}");
    assert!(unknown(&wechat.open(&open(), &OpenBy::InApp { payer: "oSIM-diner".into() }).await), "jsapi {told}");
    assert!(unknown(&wechat.query(NO).await), "query {told}");
    assert!(unknown(&wechat.close(NO).await), "close {told}");
    assert!(unknown(&wechat.refund(&ask()).await), "refund {told}");
    assert!(unknown(&wechat.query_refund(NO, "RF-1").await), "query_refund {told}");
}

#[tokio::test]
async fn server_errors_redirects_and_throttling_are_unknown() {
    for status in [202, 301, 302, 307, 429, 500, 502, 503] {
        let body = r#"{"code":"SYSTEM_ERROR","message":"x"}"#;
        let mut reply = plain(status, body);
        if status == 202 {
            reply.1 = signed(body, &THEIRS, NOW_S, SIM_SERIAL);
        }
        reply.1.push(("location".into(), "http://127.0.0.1:9/".into()));
        all_wechat_unknown(reply).await;
    }
    all_wechat_unknown(plain(502, "<html>502</html>")).await;
    all_wechat_unknown(plain(400, "<html>")).await;
}

/// A redirected request would carry our signature to a stranger.
#[tokio::test]
async fn a_redirect_is_never_followed() {
    let visits = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = visits.clone();
    let stranger = serve(Router::new().fallback(move || async move {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }))
    .await;
    for status in [301, 302, 303, 307, 308] {
        let base = fixed((status, vec![("location".into(), stranger.clone())], vec![])).await;
        assert!(unknown(&wechat_at(&base).query(NO).await));
        assert!(unknown(&wechat_at(&base).open(&open(), &OpenBy::Code).await));
        assert!(unknown(&alipay_at(&base).query(NO).await));
    }
    assert_eq!(visits.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_success_that_is_unsigned_missigned_or_stale_is_unknown() {
    let body = r#"{"code_url":"weixin://wxpay/bizpayurl?pr=x","prepay_id":"wx1","trade_state":"SUCCESS","status":"SUCCESS"}"#;
    all_wechat_unknown(plain(200, body)).await;
    for (key, at, serial) in
        [(&*OURS, NOW_S, SIM_SERIAL), (&*THEIRS, NOW_S - 301, SIM_SERIAL), (&*THEIRS, NOW_S, "PUB_KEY_ID_OTHER")]
    {
        all_wechat_unknown((200, signed(body, key, at, serial), body.into())).await;
    }
    all_wechat_unknown((204, vec![], vec![])).await;
}

#[tokio::test]
async fn a_signed_answer_that_cannot_be_read_is_unknown() {
    for body in ["", "{}", "[]", "null", "{\"code_url\":7}", "\u{0}"] {
        all_wechat_unknown(ok_signed(body)).await;
    }
    let endless = format!(r#"{{"code_url":"weixin://x","padding":"{}"}}"#, "x".repeat(1 << 20));
    let got = wechat_at(&fixed(ok_signed(&endless)).await).open(&open(), &OpenBy::Code).await;
    assert!(matches!(&got, Outcome::Unknown { why } if why.contains("too large")));
}

#[tokio::test]
async fn nobody_listening_is_unknown() {
    let wechat = wechat_at("http://127.0.0.1:9");
    assert!(unknown(&wechat.open(&open(), &OpenBy::Code).await));
    assert!(unknown(&alipay_at("http://127.0.0.1:9").open(&open(), &OpenBy::Code).await));
}

#[tokio::test]
async fn a_refusal_is_a_refusal_of_opening_and_no_answer_to_a_query() {
    let wechat = wechat_at(&fixed(plain(400, r#"{"code":"PARAM_ERROR","message":"坏"}"#)).await);
    assert_eq!(code(wechat.open(&open(), &OpenBy::Code).await), "PARAM_ERROR");
    assert_eq!(code(wechat.refund(&ask()).await), "PARAM_ERROR");
    assert!(unknown(&wechat.query(NO).await));
    assert!(unknown(&wechat.query_refund(NO, "RF-1").await));
    assert!(unknown(&wechat.close(NO).await));
}

/// "Already paid" in answer to an open is no failure: offering another tender would charge twice.
#[tokio::test]
async fn a_number_already_in_use_is_unknown_to_open() {
    for spelling in ["ORDERPAID", "ORDER_PAID", "OUT_TRADE_NO_USED", "INVALID_REQUEST"] {
        let body = format!(r#"{{"code":"{spelling}","message":"x"}}"#);
        let wechat = wechat_at(&fixed(plain(403, &body)).await);
        assert!(unknown(&wechat.open(&open(), &OpenBy::Code).await), "{spelling}");
    }
}

#[tokio::test]
async fn not_found_in_both_spellings() {
    for spelling in ["ORDERNOTEXIST", "ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"] {
        let wechat = wechat_at(&fixed(plain(404, &format!(r#"{{"code":"{spelling}"}}"#))).await);
        assert_eq!(wechat.query(NO).await, Outcome::Succeeded(ChannelState::NotFound));
        assert_eq!(wechat.close(NO).await, Outcome::Succeeded(Closed::NotFound));
        let Outcome::Succeeded(refund) = wechat.query_refund(NO, "RF-1").await else { panic!() };
        assert_eq!(refund.status, RefundStatus::NotFound);
    }
}

#[tokio::test]
async fn every_trade_state_has_its_meaning() {
    let told = |state: &str| common::TRANSACTION.replace("SUCCESS", state);
    for (state, expected) in [
        ("NOTPAY", Some(ChannelState::NotPaid)),
        ("CLOSED", Some(ChannelState::Closed)),
        ("REVOKED", Some(ChannelState::Reversed)),
        ("USERPAYING", Some(ChannelState::Paying)),
        ("PAYERROR", Some(ChannelState::PayFailed { code: "PAYERROR".into(), money_may_have_moved: true })),
        ("ACCEPT", Some(ChannelState::Paying)),
        ("NEWSTATE", None),
    ] {
        let got = wechat_at(&fixed(ok_signed(&told(state))).await).query(NO).await;
        match expected {
            Some(expected) => assert_eq!(got, Outcome::Succeeded(expected), "{state}"),
            None => assert!(unknown(&got), "{state}"),
        }
    }
    let got = wechat_at(&fixed(ok_signed(&told("SUCCESS"))).await).query(NO).await;
    assert!(matches!(got, Outcome::Succeeded(ChannelState::Paid(paid)) if paid.amount == Money(3800)));
    let got = wechat_at(&fixed(ok_signed(&told("REFUND"))).await).query(NO).await;
    assert!(matches!(got, Outcome::Succeeded(ChannelState::Refunded(_))));
}

#[tokio::test]
async fn a_paid_answer_about_another_number_is_unknown() {
    let wechat = wechat_at(&fixed(ok_signed(common::TRANSACTION)).await);
    assert!(unknown(&wechat.query("A1_0000000002").await));
}

#[tokio::test]
async fn a_close_refused_because_it_is_paid_says_so() {
    let app = Router::new().fallback(|method: axum::http::Method| async move {
        let (status, headers, body) = if method == axum::http::Method::GET {
            ok_signed(common::TRANSACTION)
        } else {
            plain(400, r#"{"code":"INVALID_REQUEST","message":"x"}"#)
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Body::from(body)).unwrap()
    });
    let wechat = wechat_at(&serve(app).await);
    assert_eq!(wechat.close(NO).await, Outcome::Succeeded(Closed::AlreadyPaid));
}

fn node(method: &str, node: &str, key: &common::TestKey) -> Reply {
    let sign = key.sign(node);
    plain(200, &format!(r#"{{"{method}_response":{node},"sign":"{sign}"}}"#))
}

#[tokio::test]
async fn alipay_answers_without_a_right_signature_are_unknown() {
    let paid = r#"{"code":"10000","msg":"Success","trade_no":"1","out_trade_no":"A1_0000000001","trade_status":"TRADE_SUCCESS","total_amount":"38.00","send_pay_date":"2026-11-18 17:06:30"}"#;
    let good = node("alipay_trade_query", paid, &THEIRS);
    let got = alipay_at(&fixed(good.clone()).await).query(NO).await;
    assert!(matches!(got, Outcome::Succeeded(ChannelState::Paid(paid)) if paid.amount == Money(3800)));

    let text = String::from_utf8(good.2).unwrap();
    for bad in [
        text.replace("38.00", "0.01"),
        text.split(",\"sign\"").next().unwrap().to_owned() + "}",
        text.replace("alipay_trade_query_response", "error_response"),
        text.replace("alipay_trade_query_response", "alipay_trade_close_response"),
        String::new(),
        "<html>".to_owned(),
    ] {
        assert!(unknown(&alipay_at(&fixed(plain(200, &bad)).await).query(NO).await), "{bad}");
    }
    let stranger = node("alipay_trade_query", paid, &OURS);
    assert!(unknown(&alipay_at(&fixed(stranger).await).query(NO).await));
    let elsewhere = node("alipay_trade_query", paid, &THEIRS);
    assert!(unknown(&alipay_at(&fixed(elsewhere).await).query("A1_0000000009").await));
}

#[tokio::test]
async fn alipay_codes_fall_into_the_three_cases() {
    for (status, expected) in [
        (r#""code":"20000","sub_code":"isp.unknow-error""#, None),
        (r#""code":"40004","sub_code":"ACQ.SYSTEM_ERROR""#, None),
        (r#""code":"40004","sub_code":"AQC.SYSTEM_ERROR""#, None),
        (r#""code":"40004","sub_code":"ACQ.TRADE_HAS_SUCCESS""#, None),
        (r#""code":"40004","sub_code":"ACQ.CONTEXT_INCONSISTENT""#, None),
        (r#""code":"40005","sub_code":"x""#, None),
        (r#""code":"77777""#, None),
        (r#""code":"40004","sub_code":"ACQ.TRADE_HAS_CLOSE""#, Some("ACQ.TRADE_HAS_CLOSE")),
        (r#""code":"40002","sub_code":"isv.invalid-signature""#, Some("isv.invalid-signature")),
        (r#""code":"40006","sub_code":"isv.insufficient-isv-permissions""#, Some("isv.insufficient-isv-permissions")),
    ] {
        let reply = node("alipay_trade_precreate", &format!("{{{status}}}"), &THEIRS);
        let got = alipay_at(&fixed(reply).await).open(&open(), &OpenBy::Code).await;
        match expected {
            Some(expected) => assert_eq!(code(got), expected),
            None => assert!(unknown(&got), "{status}"),
        }
    }
}

#[tokio::test]
async fn an_unscanned_alipay_code_has_no_trade_and_an_unsigned_claim_of_that_is_unknown() {
    let missing = r#"{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"交易不存在"}"#;
    let alipay = alipay_at(&fixed(node("alipay_trade_query", missing, &THEIRS)).await);
    assert_eq!(alipay.query(NO).await, Outcome::Succeeded(ChannelState::NotFound));
    let unsigned = plain(200, &format!(r#"{{"alipay_trade_query_response":{missing}}}"#));
    assert!(unknown(&alipay_at(&fixed(unsigned).await).query(NO).await));
}

#[tokio::test]
async fn a_closed_alipay_trade_with_a_payment_time_was_refunded() {
    let closed =
        r#"{"code":"10000","trade_no":"1","out_trade_no":"A1_0000000001","trade_status":"TRADE_CLOSED","total_amount":"38.00"}"#;
    let got = alipay_at(&fixed(node("alipay_trade_query", closed, &THEIRS)).await).query(NO).await;
    assert_eq!(got, Outcome::Succeeded(ChannelState::Closed));
    let refunded = closed.replace("38.00\"", "38.00\",\"send_pay_date\":\"2026-11-18 17:06:30\"");
    let got = alipay_at(&fixed(node("alipay_trade_query", &refunded, &THEIRS)).await).query(NO).await;
    assert!(matches!(got, Outcome::Succeeded(ChannelState::Refunded(_))));
}

/// `refund_fee` is a running total; only `fund_change` speaks of this refund.
#[tokio::test]
async fn an_alipay_refund_counts_only_when_money_moved() {
    for (change, status) in [("Y", RefundStatus::Succeeded), ("N", RefundStatus::Processing)] {
        let body = format!(
            r#"{{"code":"10000","trade_no":"1","out_trade_no":"A1_0000000001","refund_fee":"30.00","fund_change":"{change}"}}"#
        );
        let Outcome::Succeeded(state) = alipay_at(&fixed(node("alipay_trade_refund", &body, &THEIRS)).await).refund(&ask()).await
        else {
            panic!("{change}")
        };
        assert_eq!((state.status, state.amount), (status, Money(800)));
    }
}

#[tokio::test]
async fn an_absent_alipay_refund_status_is_not_found() {
    let body = r#"{"code":"10000","msg":"Success"}"#;
    let alipay = alipay_at(&fixed(node("alipay_trade_fastpay_refund_query", body, &THEIRS)).await);
    let Outcome::Succeeded(state) = alipay.query_refund(NO, "RF-1").await else { panic!() };
    assert_eq!(state.status, RefundStatus::NotFound);
}

#[tokio::test]
async fn asks_that_make_no_sense_are_not_sent() {
    let wechat = wechat_at("http://127.0.0.1:9");
    let alipay = alipay_at("http://127.0.0.1:9");
    for channel in [&wechat as &dyn Channel, &alipay] {
        let bad = |change: fn(&mut Open)| {
            let mut open = open();
            change(&mut open);
            open
        };
        assert_eq!(code(channel.open(&bad(|o| o.amount = Money(0)), &OpenBy::Code).await), "INVALID_AMOUNT");
        assert_eq!(code(channel.open(&bad(|o| o.attempt_no = "a/b_12345".into()), &OpenBy::Code).await), "INVALID_ATTEMPT_NO");
        assert_eq!(
            code(channel.open(&bad(|o| o.notify_url = "http://a.cn/?x=1".into()), &OpenBy::Code).await),
            "INVALID_NOTIFY_URL"
        );
        assert_eq!(code(channel.open(&bad(|o| o.expires_at_ms = i64::MAX), &OpenBy::Code).await), "INVALID_EXPIRY");
        let mut much = ask();
        much.amount = Money(3801);
        assert_eq!(code(channel.refund(&much).await), "INVALID_AMOUNT");
        assert!(unknown(&channel.query("../../x").await));
    }
}

#[tokio::test]
async fn sign_in_answers_fall_into_the_three_cases() {
    for (body, expected) in [
        (r#"{"openid":"o1","session_key":"k"}"#, "succeeded"),
        (r#"{"errcode":40029,"errmsg":"invalid code"}"#, "40029"),
        (r#"{"errcode":-1,"errmsg":"busy"}"#, "unknown"),
        ("{}", "unknown"),
        ("", "unknown"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = wechat_config(folder.path());
        config.api_base = fixed(plain(200, body)).await;
        config.app_id = "wxSIM1".into();
        let login = WechatLogin::new(&config, true).unwrap();
        assert!(code(login.login("c0de").await).starts_with(expected), "{body}");
    }
}

#[test]
fn key_files_others_may_read_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = wechat_config(folder.path());
    for mode in [0o644, 0o640, 0o604, 0o660] {
        config.merchant_key_pem = write(folder.path(), "open.pem", &OURS.pkcs8, mode);
        let ConfigError::Key(error) = WechatPay::new(&config, false, common::fixed_clock()).unwrap_err() else { panic!() };
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(error.to_string().contains("open.pem"), "{error}");
    }
    config.merchant_key_pem = write(folder.path(), "closed.pem", &OURS.pkcs8, 0o400);
    assert!(WechatPay::new(&config, false, common::fixed_clock()).is_ok());
}

#[test]
fn simulator_and_real_credentials_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = wechat_config(folder.path());
    let new = |config: &_, simulator| WechatPay::new(config, simulator, common::fixed_clock());
    assert!(matches!(new(&config, true), Err(ConfigError::RealKey { .. })));
    config.verify_keys[0].serial = SIM_SERIAL.into();
    assert!(matches!(new(&config, false), Err(ConfigError::SimulatedKey { .. })));
    config.mch_id = "SIM1".into();
    config.app_id = "wxSIM1".into();
    assert!(matches!(new(&config, false), Err(ConfigError::SimulatedKey { .. })));
    assert!(matches!(new(&config, true), Err(ConfigError::NotLoopback { .. })));
}

#[test]
fn no_debug_text_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let config = PaymentConfig {
        simulator: false,
        wechat: Some(wechat_config(folder.path())),
        alipay: Some(alipay_config(folder.path())),
    };
    let texts = [
        format!("{config:?}"),
        format!("{:?}", common::wechat()),
        format!("{:?}", common::alipay()),
        format!("{:?}", WechatLogin::new(config.wechat.as_ref().unwrap(), false).unwrap()),
        format!("{:?}", pay::crypto::SigningKey::from_pem(&OURS.pkcs8).unwrap()),
    ];
    for text in texts {
        assert!(!text.contains(common::API_V3_KEY), "{text}");
        assert!(!text.contains("app-secret-of-the-tests"), "{text}");
        assert!(!text.contains("BEGIN"), "{text}");
    }
}
