//! The ways to open a payment: what is sent, and what the payer is given.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Fake, NO, NOW_S, OURS, bare, node, true_answer};
use pay::{Channel, Money, NoAnswerKind, Open, OpenBy, Opened, Outcome, alipay::sign::read_form, crypto::VerifyingKey};
use serde_json::{Value, json};

fn open() -> Open {
    Open {
        attempt_no: NO.into(),
        amount: Money(3800),
        description: "宫保鸡丁".into(),
        notify_url: "https://a.cn/notice".into(),
        expires_at_ms: (NOW_S + 900) * 1000,
    }
}

fn browser() -> OpenBy {
    OpenBy::Browser { payer_ip: "203.0.113.7".parse().unwrap(), return_url: "https://a.cn/t/1?x=1".into() }
}

fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> String {
    match outcome {
        Outcome::DefinitelyFailed { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn wechat_in_a_browser_is_h5_with_the_payers_address_and_the_way_back() {
    let fake =
        Fake::saying(true_answer(200, r#"{"h5_url":"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"}"#));
    let Outcome::Succeeded(Opened::Browser { url }) = fake.wechat().open(&open(), &browser()).await else { panic!() };
    assert_eq!(
        url,
        "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&redirect_url=https%3A%2F%2Fa.cn%2Ft%2F1%3Fx%3D1"
    );
    assert_eq!(fake.asked(), ["POST https://api.mch.weixin.qq.com/v3/pay/transactions/h5"]);
    let sent: Value = serde_json::from_str(&fake.body()).unwrap();
    assert_eq!(sent["scene_info"], json!({"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}));
    assert_eq!(sent["amount"], json!({"total": 3800, "currency": "CNY"}));
}

#[tokio::test]
async fn what_the_channel_would_refuse_in_a_browser_is_not_sent() {
    let fake = Fake::silent(NoAnswerKind::Broke);
    let by = |ip: &str, url: &str| OpenBy::Browser { payer_ip: ip.parse().unwrap(), return_url: url.into() };
    let wechat = fake.wechat();
    assert_eq!(code(wechat.open(&open(), &by("127.0.0.1", "https://a.cn")).await), "INVALID_PAYER_IP");
    for bad in ["http://a.cn", "javascript:alert(1)", "", "/t/1"] {
        assert_eq!(code(wechat.open(&open(), &by("203.0.113.7", bad)).await), "INVALID_RETURN_URL", "{bad}");
        assert_eq!(code(fake.alipay().open(&open(), &by("203.0.113.7", bad)).await), "INVALID_RETURN_URL", "{bad}");
    }
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_page_that_is_none_is_not_shown_to_a_payer() {
    for body in [r#"{"h5_url":"http://wx.tenpay.com/x"}"#, r#"{"h5_url":"nonsense"}"#, "{}"] {
        let got = Fake::saying(true_answer(200, body)).wechat().open(&open(), &browser()).await;
        assert!(matches!(got, Outcome::Unknown { .. }), "{body} {got:?}");
    }
}

#[tokio::test]
async fn alipay_in_a_browser_is_a_signed_address_and_no_call() {
    let fake = Fake::silent(NoAnswerKind::NotConnected);
    let Outcome::Succeeded(Opened::Browser { url }) = fake.alipay().open(&open(), &browser()).await else { panic!() };
    assert!(fake.asked().is_empty());
    let query = url.strip_prefix("https://openapi.alipay.com/gateway.do?").unwrap();
    let mut fields = read_form(query.as_bytes()).unwrap();
    let sign = fields.remove("sign").unwrap();
    let text = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    assert!(VerifyingKey::from_pem(&OURS.public).unwrap().verifies(text.as_bytes(), &sign));
    assert_eq!(fields["method"], "alipay.trade.wap.pay");
    assert_eq!(fields["charset"], "utf-8");
    assert_eq!(fields["return_url"], "https://a.cn/t/1?x=1");
    assert_eq!(fields["notify_url"], "https://a.cn/notice");
    let biz: Value = serde_json::from_str(&fields["biz_content"]).unwrap();
    assert_eq!(biz["product_code"], "QUICK_WAP_WAY");
    assert_eq!(biz["quit_url"], "https://a.cn/t/1?x=1");
    assert_eq!((biz["out_trade_no"].as_str(), biz["total_amount"].as_str()), (Some(NO), Some("38.00")));
}

#[tokio::test]
async fn alipays_mini_program_gets_a_trade_number() {
    let answer = format!(r#"{{"code":"10000","msg":"Success","trade_no":"2026112222001","out_trade_no":"{NO}"}}"#);
    let fake = Fake::saying(node("alipay.trade.create", &answer));
    for (payer, field) in [("074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", "buyer_open_id"), ("2088000000000002", "buyer_id")]
    {
        let got = fake.alipay().open(&open(), &OpenBy::InApp { payer: payer.into() }).await;
        assert_eq!(got, Outcome::Succeeded(Opened::TradeNo { trade_no: "2026112222001".into() }));
        let form = read_form(fake.body().as_bytes()).unwrap();
        let biz: Value = serde_json::from_str(&form["biz_content"]).unwrap();
        assert_eq!(biz[field], payer);
        assert_eq!(biz["product_code"], "JSAPI_PAY");
        assert_eq!(form["notify_url"], "https://a.cn/notice");
    }
}

#[tokio::test]
async fn alipays_create_falls_into_the_three_cases() {
    for (body, expected) in [
        (r#"{"code":"40004","sub_code":"ACQ.INVALID_PARAMETER"}"#, Some("ACQ.INVALID_PARAMETER")),
        (r#"{"code":"40004","sub_code":"ACQ.TRADE_HAS_SUCCESS"}"#, None),
        (r#"{"code":"10003","out_trade_no":"A1_0000000001","trade_no":"1"}"#, None),
        (r#"{"code":"10000","out_trade_no":"A1_0000000002","trade_no":"1"}"#, None),
        (r#"{"code":"20000"}"#, None),
    ] {
        let by = OpenBy::InApp { payer: "o1".into() };
        let got = Fake::saying(node("alipay.trade.create", body)).alipay().open(&open(), &by).await;
        match expected {
            Some(expected) => assert_eq!(code(got), expected),
            None => assert!(matches!(got, Outcome::Unknown { .. }), "{body} {got:?}"),
        }
    }
    let unsigned = r#"{"alipay_trade_create_response":{"code":"10000","out_trade_no":"A1_0000000001","trade_no":"1"}}"#;
    let got = Fake::saying(bare(200, unsigned)).alipay().open(&open(), &OpenBy::InApp { payer: "o1".into() }).await;
    assert!(matches!(got, Outcome::Unknown { .. }));
}
