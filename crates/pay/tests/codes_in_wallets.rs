//! Payment codes (付款码) and taking them back: every answer, sorted into the three cases.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ALIPAY_CODE, Fake, NO, TRANSACTION, WECHAT_CODE, bare, code_pay, node, true_answer};
use pay::{Answer, Channel, ChannelState, Money, NoAnswerKind, Outcome, Reversed, WireMethod, alipay::sign::read_form, proves};
use serde_json::{Value, json};

const MISSING: &str = r#"{"code":"ORDER_NOT_EXIST","message":"x"}"#;

/// A short name for what came out.
fn told(outcome: &Outcome<ChannelState>) -> String {
    match outcome {
        Outcome::Succeeded(ChannelState::Paid(paid)) => format!("paid {}", paid.amount.0),
        Outcome::Succeeded(ChannelState::PayFailed { code, money_may_have_moved }) => format!("{code} {money_may_have_moved}"),
        Outcome::Succeeded(other) => format!("{other:?}"),
        Outcome::DefinitelyFailed { code, .. } => format!("failed {code}"),
        Outcome::Unknown { .. } => "unknown".into(),
    }
}

fn taken(outcome: &Outcome<Reversed>) -> String {
    match outcome {
        Outcome::Succeeded(reversed) => format!("{reversed:?}"),
        Outcome::DefinitelyFailed { code, .. } => format!("failed {code}"),
        Outcome::Unknown { .. } => "unknown".into(),
    }
}

fn transaction(state: &str) -> String {
    TRANSACTION.replace("SUCCESS", state)
}

fn error(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"x"}}"#)
}

#[tokio::test]
async fn wechats_code_order_is_complete() {
    let fake = Fake::saying(true_answer(200, TRANSACTION));
    let wechat = fake.wechat();
    let Outcome::Succeeded(ChannelState::Paid(paid)) = wechat.pay_code(&code_pay(WECHAT_CODE)).await else { panic!() };
    assert_eq!(proves(&paid, &wechat.expects(NO, Money(3800))), Ok(()));
    assert_eq!(fake.asked(), ["POST https://api.mch.weixin.qq.com/v3/pay/transactions/codepay"]);
    let sent: Value = serde_json::from_str(&fake.body()).unwrap();
    assert_eq!(sent["payer"], json!({"auth_code": WECHAT_CODE}));
    assert_eq!(sent["scene_info"]["device_id"], "till-1");
    assert_eq!(sent["scene_info"]["device_ip"], "192.168.1.20");
    assert_eq!(sent["scene_info"]["store_info"], json!({"out_id": "till-1"}));
    assert!(sent.get("notify_url").is_none(), "the channel refuses fields it does not know");
}

#[tokio::test]
async fn every_answer_to_wechats_code_payment_has_its_meaning() {
    for (answer, expected) in [
        (true_answer(200, TRANSACTION), "paid 3800"),
        (true_answer(200, r#"{"trade_state":"USERPAYING"}"#), "Paying"),
        (true_answer(202, r#"{"trade_state":"USERPAYING"}"#), "Paying"),
        (true_answer(202, &error("USER_PAYING")), "Paying"),
        (true_answer(202, &error("USERPAYING")), "Paying"),
        (true_answer(202, &error("SYSTEM_ERROR")), "unknown"),
        (bare(202, &error("USER_PAYING")), "unknown"),
        (true_answer(400, &error("USERPAYING")), "Paying"),
        (bare(400, &error("USERPAYING")), "unknown"),
        (true_answer(200, &transaction("ACCEPT")), "Paying"),
        (true_answer(200, &transaction("PAYERROR")), "PAYERROR true"),
        (true_answer(200, &transaction("NOTPAY")), "unknown"),
        (true_answer(200, &transaction("REVOKED")), "unknown"),
        (true_answer(200, &transaction("CLOSED")), "unknown"),
        (true_answer(200, &transaction("NEWSTATE")), "unknown"),
        (true_answer(200, r#"{"trade_state":"SUCCESS"}"#), "unknown"),
        (true_answer(200, &TRANSACTION.replace(NO, "A1_0000000002")), "unknown"),
        (bare(200, TRANSACTION), "unknown"),
        (true_answer(403, &error("TRADE_ERROR")), "TRADE_ERROR true"),
        (bare(403, &error("TRADE_ERROR")), "unknown"),
        (true_answer(403, &error("NOT_ENOUGH")), "failed NOT_ENOUGH"),
        (true_answer(400, &error("AUTH_CODE_INVALID")), "failed AUTH_CODE_INVALID"),
        (true_answer(400, &error("AUTHCODEEXPIRE")), "failed AUTHCODEEXPIRE"),
        (bare(401, &error("SIGN_ERROR")), "failed SIGN_ERROR"),
        (bare(400, &error("PARAM_ERROR")), "failed PARAM_ERROR"),
        (true_answer(400, &error("ORDERPAID")), "unknown"),
        (true_answer(400, &error("ORDER_CLOSED")), "unknown"),
        (true_answer(403, &error("OUT_TRADE_NO_USED")), "unknown"),
        (true_answer(400, &error("INVALID_REQUEST")), "unknown"),
        (true_answer(400, &error("NEW_CODE")), "unknown"),
        (true_answer(429, &error("FREQUENCY_LIMITED")), "unknown"),
        (true_answer(500, &error("SYSTEM_ERROR")), "unknown"),
        (true_answer(500, &error("NOT_ENOUGH")), "unknown"),
        (true_answer(500, &error("BANKERROR")), "unknown"),
        (bare(502, "<html>"), "unknown"),
        (bare(204, ""), "unknown"),
    ] {
        let shown = format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert_eq!(told(&Fake::saying(answer).wechat().pay_code(&code_pay(WECHAT_CODE)).await), expected, "{shown}");
    }
    for kind in [NoAnswerKind::NotConnected, NoAnswerKind::TimedOut, NoAnswerKind::Broke] {
        assert_eq!(told(&Fake::silent(kind).wechat().pay_code(&code_pay(WECHAT_CODE)).await), "unknown");
        assert_eq!(told(&Fake::silent(kind).alipay().pay_code(&code_pay(ALIPAY_CODE)).await), "unknown");
    }
}

#[tokio::test]
async fn codes_that_cannot_work_are_not_sent() {
    let fake = Fake::silent(NoAnswerKind::Broke);
    let (wechat, alipay) = (fake.wechat(), fake.alipay());
    for (channel, own, other) in [(&wechat as &dyn Channel, WECHAT_CODE, ALIPAY_CODE), (&alipay, ALIPAY_CODE, WECHAT_CODE)] {
        assert_eq!(told(&channel.pay_code(&code_pay(other)).await), "failed OTHER_WALLET");
        let mut pay = code_pay(own);
        pay.amount = Money(0);
        assert_eq!(told(&channel.pay_code(&pay).await), "failed INVALID_AMOUNT");
        let mut pay = code_pay(own);
        pay.terminal = "till 1".into();
        assert_eq!(told(&channel.pay_code(&pay).await), "failed INVALID_TERMINAL");
        let mut pay = code_pay(own);
        pay.attempt_no = "x".into();
        assert_eq!(told(&channel.pay_code(&pay).await), "failed INVALID_ATTEMPT_NO");
        assert_eq!(taken(&channel.reverse("../x").await), "unknown");
    }
    assert!(fake.asked().is_empty());
}

/// `first` to the reverse, `then` to the query that may follow it.
async fn wechat_reverse(first: Answer, then: Answer) -> String {
    let fake = Fake::playing(move |request| match request.method {
        WireMethod::Post => Ok(first.clone()),
        WireMethod::Get => Ok(then.clone()),
    });
    taken(&fake.wechat().reverse(NO).await)
}

#[tokio::test]
async fn every_answer_to_wechats_reverse_has_its_meaning() {
    let ok = format!(r#"{{"appid":"wxd678efh567hg6787","mchid":"1900000109","out_trade_no":"{NO}"}}"#);
    let query = true_answer(200, &transaction("NOTPAY"));
    for (answer, expected) in [
        (true_answer(200, &ok), "Reversed"),
        (bare(200, &ok), "unknown"),
        (true_answer(200, &ok.replace(NO, "A1_0000000002")), "unknown"),
        (true_answer(200, "{}"), "unknown"),
        (true_answer(202, &error("USER_PAYING")), "NotYet"),
        (true_answer(400, &error("USERPAYING")), "NotYet"),
        (true_answer(202, &error("SYSTEM_ERROR")), "NotYet"),
        (true_answer(404, MISSING), "NotFound"),
        (true_answer(404, "{}"), "unknown"),
        (true_answer(400, &error("TRADE_ERROR")), "unknown"),
        (true_answer(429, &error("FREQUENCY_LIMITED")), "unknown"),
        (true_answer(500, &error("SYSTEM_ERROR")), "unknown"),
        (bare(502, "<html>"), "unknown"),
    ] {
        let shown = format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert_eq!(wechat_reverse(answer, query.clone()).await, expected, "{shown}");
    }
    for (state, expected) in [
        ("REVOKED", "Reversed"),
        ("CLOSED", "Reversed"),
        ("USERPAYING", "NotYet"),
        ("SUCCESS", "unknown"),
        ("PAYERROR", "unknown"),
    ] {
        let refused = true_answer(400, &error("ORDER_REVERSED"));
        assert_eq!(wechat_reverse(refused, true_answer(200, &transaction(state))).await, expected, "{state}");
    }
}

#[tokio::test]
async fn closing_a_code_payment_says_that_it_wants_a_reverse() {
    let fake = Fake::playing(|request| {
        Ok(match request.method {
            WireMethod::Get => true_answer(200, &transaction("USERPAYING")),
            WireMethod::Post => {
                let mut answer = true_answer(400, &error("INVALID_REQUEST"));
                answer.headers.push(("Request-ID".into(), "08F78BB5AF0610D302-268449641".into()));
                answer
            }
        })
    });
    let got = fake.wechat().close(NO).await;
    assert!(matches!(&got, Outcome::DefinitelyFailed { code, .. } if code == "MUST_REVERSE"), "{got:?}");
}

#[tokio::test]
async fn a_password_being_typed_may_come_with_nothing_but_the_state() {
    for answer in [true_answer(200, r#"{"trade_state":"USERPAYING"}"#), true_answer(202, &error("USER_PAYING"))] {
        assert_eq!(Fake::saying(answer).wechat().query(NO).await, Outcome::Succeeded(ChannelState::Paying));
    }
}

#[tokio::test]
async fn a_probe_believes_only_the_answer_it_knows() {
    for (answer, fine) in [
        (true_answer(404, MISSING), true),
        (bare(404, MISSING), true),
        (bare(404, "<html>"), false),
        (true_answer(200, TRANSACTION), false),
        (true_answer(200, r#"{"trade_state":"NOTPAY"}"#), false),
        (true_answer(500, MISSING), false),
        (bare(401, &error("SIGN_ERROR")), false),
    ] {
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(Fake::saying(answer).wechat().probe().await == Outcome::Succeeded(()), fine, "{shown}");
    }
    let missing = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    assert_eq!(Fake::saying(node("alipay.trade.query", missing)).alipay().probe().await, Outcome::Succeeded(()));
    let unsigned = bare(200, &format!(r#"{{"alipay_trade_query_response":{missing}}}"#));
    assert!(matches!(Fake::saying(unsigned).alipay().probe().await, Outcome::Unknown { .. }));
}

const PAID: &str = r#"{"code":"10000","msg":"Success","trade_no":"2026112222001","out_trade_no":"A1_0000000001","total_amount":"38.00","receipt_amount":"38.00","gmt_payment":"2026-11-18 17:06:30","buyer_user_id":"2088000000000002"}"#;
const QUERIED: &str = r#"{"code":"10000","trade_no":"1","out_trade_no":"A1_0000000001","trade_status":"TRADE_SUCCESS","total_amount":"38.00","send_pay_date":"2026-11-18 17:06:30"}"#;

#[tokio::test]
async fn alipays_code_trade_is_complete() {
    let fake = Fake::saying(node("alipay.trade.pay", PAID));
    let alipay = fake.alipay();
    let Outcome::Succeeded(ChannelState::Paid(paid)) = alipay.pay_code(&code_pay(ALIPAY_CODE)).await else { panic!() };
    assert_eq!(proves(&paid, &alipay.expects(NO, Money(3800))), Ok(()));
    let form = read_form(fake.body().as_bytes()).unwrap();
    assert_eq!(form["notify_url"], "https://a.cn/notice");
    let biz: Value = serde_json::from_str(&form["biz_content"]).unwrap();
    assert_eq!((biz["scene"].as_str(), biz["auth_code"].as_str()), (Some("bar_code"), Some(ALIPAY_CODE)));
    assert_eq!((biz["total_amount"].as_str(), biz["terminal_id"].as_str()), (Some("38.00"), Some("till-1")));
}

/// Answers `alipay.trade.query` with `query` and everything else with `answer`.
fn alipay_with(answer: Answer, query: &str) -> std::sync::Arc<Fake> {
    let query = node("alipay.trade.query", query);
    Fake::playing(move |request| {
        let form = read_form(&request.body).unwrap();
        Ok(if form["method"] == "alipay.trade.query" { query.clone() } else { answer.clone() })
    })
}

#[tokio::test]
async fn every_answer_to_alipays_code_payment_has_its_meaning() {
    const WAITING: &str = r#"{"code":"10000","trade_no":"1","out_trade_no":"A1_0000000001","trade_status":"WAIT_BUYER_PAY","total_amount":"38.00"}"#;
    let business = |sub_code: &str| format!(r#"{{"code":"40004","msg":"Business Failed","sub_code":"{sub_code}"}}"#);
    for (body, query, expected) in [
        (PAID.to_owned(), WAITING, "paid 3800"),
        (PAID.replace(NO, "A1_0000000002"), WAITING, "unknown"),
        (PAID.replace("38.00", "38.001"), WAITING, "unknown"),
        (PAID.replace("gmt_payment", "gmt"), WAITING, "unknown"),
        (PAID.replace("10000", "10003"), WAITING, "Paying"),
        (r#"{"code":"10003","msg":"order success pay inprocess"}"#.to_owned(), WAITING, "unknown"),
        (r#"{"code":"20000","sub_code":"isp.unknow-error"}"#.to_owned(), WAITING, "unknown"),
        (business("ACQ.SYSTEM_ERROR"), WAITING, "unknown"),
        (business("AQC.SYSTEM_ERROR"), WAITING, "unknown"),
        (business("ACQ.PAYMENT_AUTH_CODE_INVALID"), WAITING, "failed ACQ.PAYMENT_AUTH_CODE_INVALID"),
        (business("ACQ.BUYER_BALANCE_NOT_ENOUGH"), WAITING, "failed ACQ.BUYER_BALANCE_NOT_ENOUGH"),
        (business("ACQ.BEYOND_PAY_RESTRICTION"), WAITING, "failed ACQ.BEYOND_PAY_RESTRICTION"),
        (business("ACQ.TRADE_HAS_SUCCESS"), QUERIED, "paid 3800"),
        (business("ACQ.TRADE_HAS_SUCCESS"), WAITING, "unknown"),
        (business("ACQ.CONTEXT_INCONSISTENT"), WAITING, "unknown"),
        (business("ACQ.TRADE_HAS_CLOSE"), WAITING, "unknown"),
        (business("ACQ.NEW_IN_2027"), WAITING, "unknown"),
        (r#"{"code":"40002","sub_code":"isv.invalid-signature"}"#.to_owned(), WAITING, "failed isv.invalid-signature"),
        (r#"{"code":"40005"}"#.to_owned(), WAITING, "unknown"),
    ] {
        let fake = alipay_with(node("alipay.trade.pay", &body), query);
        assert_eq!(told(&fake.alipay().pay_code(&code_pay(ALIPAY_CODE)).await), expected, "{body}");
    }
    for unsigned in [PAID.to_owned(), business("ACQ.PAYMENT_FAIL"), PAID.replace("10000", "10003")] {
        let answer = bare(200, &format!(r#"{{"alipay_trade_pay_response":{unsigned}}}"#));
        assert_eq!(told(&Fake::saying(answer).alipay().pay_code(&code_pay(ALIPAY_CODE)).await), "unknown", "{unsigned}");
    }
    let gateway = bare(200, r#"{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}"#);
    let got = Fake::saying(gateway).alipay().pay_code(&code_pay(ALIPAY_CODE)).await;
    assert_eq!(told(&got), "failed isv.invalid-app-id");
}

#[tokio::test]
async fn every_answer_to_alipays_cancel_has_its_meaning() {
    let done = |rest: &str| format!(r#"{{"code":"10000","out_trade_no":"{NO}","trade_no":"1"{rest}}}"#);
    let closed = QUERIED.replace("TRADE_SUCCESS", "TRADE_CLOSED").replace("send_pay_date", "x");
    let gone = closed.as_str();
    for (body, query, expected) in [
        (done(r#","retry_flag":"N","action":"close""#), QUERIED, "Reversed"),
        (done(r#","retry_flag":"N","action":"refund""#), QUERIED, "Reversed"),
        (done(r#","retry_flag":"Y""#), QUERIED, "NotYet"),
        (done(r#","retry_flag":"N""#), QUERIED, "NotFound"),
        (done(r#","retry_flag":"N","action":"new""#), QUERIED, "unknown"),
        (done(r#","action":"close""#).replace(NO, "A1_0000000002"), QUERIED, "unknown"),
        (r#"{"code":"10003"}"#.to_owned(), QUERIED, "unknown"),
        (r#"{"code":"20000"}"#.to_owned(), QUERIED, "unknown"),
        (r#"{"code":"40004","sub_code":"AQC.SYSTEM_ERROR"}"#.to_owned(), QUERIED, "unknown"),
        (r#"{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}"#.to_owned(), QUERIED, "unknown"),
        (r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#.to_owned(), QUERIED, "NotFound"),
        (r#"{"code":"40004","sub_code":"ACQ.TRADE_STATUS_ERROR"}"#.to_owned(), QUERIED, "unknown"),
        (r#"{"code":"40004","sub_code":"ACQ.TRADE_STATUS_ERROR"}"#.to_owned(), gone, "Reversed"),
        (
            r#"{"code":"40004","sub_code":"ACQ.SELLER_BALANCE_NOT_ENOUGH"}"#.to_owned(),
            QUERIED,
            "failed ACQ.SELLER_BALANCE_NOT_ENOUGH",
        ),
    ] {
        let fake = alipay_with(node("alipay.trade.cancel", &body), query);
        assert_eq!(taken(&fake.alipay().reverse(NO).await), expected, "{body}");
    }
    let unsigned = bare(200, &format!(r#"{{"alipay_trade_cancel_response":{}}}"#, done(r#","action":"close""#)));
    assert_eq!(taken(&Fake::saying(unsigned).alipay().reverse(NO).await), "unknown");
}

#[tokio::test]
async fn each_channel_says_when_it_may_be_taken_back() {
    let fake = Fake::silent(NoAnswerKind::Broke);
    assert_eq!((fake.wechat().reverse_after_ms(), fake.alipay().reverse_after_ms()), (15_000, 0));
}

#[tokio::test]
async fn nothing_that_is_shown_holds_the_wallets_code() {
    let fake = Fake::saying(true_answer(400, &error("AUTH_CODE_INVALID")));
    let outcome = fake.wechat().pay_code(&code_pay(WECHAT_CODE)).await;
    let sent = fake.requests();
    let shown = format!("{:?} {outcome:?} {sent:?}", code_pay(WECHAT_CODE));
    assert!(!shown.contains(WECHAT_CODE), "{shown}");
    assert!(String::from_utf8(sent[0].body.clone()).unwrap().contains(WECHAT_CODE));
}
