//! The gateway's answers, byte by byte, to a client of its own: signatures over raw nodes, charsets, and every operation.
#![allow(clippy::unwrap_used)]

mod gateway;

use gateway::{Gate, Shop, fields};
use serde_json::{Value, json};

fn order(number: &str, more: &Value) -> Value {
    let mut order = json!({ "out_trade_no": number, "total_amount": "38.00", "subject": "宫保鸡丁 100% + 米饭" });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

fn sub(node: &Value) -> &str {
    node["sub_code"].as_str().unwrap_or("none")
}

/// A payment by code; the last four digits say what the payer does.
async fn pays(gate: &Gate, number: &str, ending: &str) -> Value {
    let code = format!("28{:012}88{ending}", number.bytes().map(u64::from).sum::<u64>());
    gate.call("alipay.trade.pay", order(number, &json!({ "scene": "bar_code", "auth_code": code })), &[]).await
}

async fn status(gate: &Gate, number: &str) -> String {
    let node = gate.call("alipay.trade.query", json!({ "out_trade_no": number }), &[]).await;
    node["trade_status"].as_str().unwrap_or(sub(&node)).to_owned()
}

#[tokio::test]
async fn a_node_is_signed_as_it_stands_with_its_slashes_escaped() {
    let gate = Gate::open().await;
    let node = gate.raw("alipay.trade.precreate", order("P1", &json!({})), &[]).await;
    assert!(node.text.contains(r#""qr_code":"https:\/\/qr.alipay.com\/sim"#), "{}", node.text);
    assert!(node.verified, "{}", node.text);
}

#[tokio::test]
async fn a_client_that_names_its_charset_only_in_the_body_is_read_as_gbk() {
    let gate = Gate::open().await;
    let node = gate.badly_named("alipay.trade.precreate", order("P1", &json!({}))).await;
    assert_eq!(sub(&node), "isv.invalid-signature");
    assert!(node["sub_msg"].as_str().unwrap().contains("网关生成的验签字符串为：app_id="), "{node}");
}

#[tokio::test]
async fn a_gbk_client_hears_gbk_and_its_notices_are_gbk() {
    let gate = Gate::open().await;
    let mut shop = Shop::open("success").await;
    let node = gate.raw_gbk("alipay.trade.precreate", order("P1", &json!({})), &[("notify_url", &shop.url)]).await;
    assert!(node.verified);
    gate.control("pay", json!({ "code": node.value["qr_code"] })).await;
    let notice = shop.next().await;
    assert!(notice.kind.ends_with("charset=GBK"));
    let params = gate.verified(&notice.body, encoding_rs::GBK);
    assert_eq!(params["subject"], "宫保鸡丁 100% + 米饭");
    assert_eq!(params["sim_extra"], "100% + 新字段 = \"{}\"");
}

#[tokio::test]
async fn a_code_pays_at_once_and_works_once() {
    let gate = Gate::open().await;
    let mut shop = Shop::open("success").await;
    let body = order("P1", &json!({ "scene": "bar_code", "auth_code": "281234567890123488", "passback_params": "table%3D7" }));
    let node = gate.call("alipay.trade.pay", body.clone(), &[("notify_url", &shop.url)]).await;
    assert_eq!((node["code"].as_str(), node["total_amount"].as_str()), (Some("10000"), Some("38.00")), "{node}");
    assert!(node["gmt_payment"].is_string() && node["fund_bill_list"].is_array());
    let params = gate.verified(&shop.next().await.body, encoding_rs::UTF_8);
    assert_eq!((params["trade_status"].as_str(), params["passback_params"].as_str()), ("TRADE_SUCCESS", "table%3D7"));

    assert_eq!(sub(&gate.call("alipay.trade.pay", body.clone(), &[("notify_url", &shop.url)]).await), "ACQ.TRADE_HAS_SUCCESS");
    let other = order("P2", &json!({ "scene": "bar_code", "auth_code": "281234567890123488" }));
    assert_eq!(sub(&gate.call("alipay.trade.pay", other, &[]).await), "ACQ.PAYMENT_AUTH_CODE_INVALID");
    for code in ["134567890123456788", "28123", "281234567890123x", "3112345678901234"] {
        let body = order("P3", &json!({ "scene": "bar_code", "auth_code": code }));
        assert_eq!(sub(&gate.call("alipay.trade.pay", body, &[]).await), "ACQ.PAYMENT_AUTH_CODE_INVALID", "{code}");
    }
    assert_eq!(status(&gate, "P2").await, "ACQ.TRADE_NOT_EXIST");
}

#[tokio::test]
async fn a_password_takes_its_time_and_ends_either_way() {
    let gate = Gate::open().await;
    for (number, ending, end) in [("P1", "01", "TRADE_SUCCESS"), ("P2", "02", "WAIT_BUYER_PAY"), ("P3", "03", "WAIT_BUYER_PAY")] {
        let node = pays(&gate, number, ending).await;
        assert_eq!(node["code"], "10003", "{node}");
        assert_eq!(node["msg"], "order success pay inprocess");
        gate.pass_ms(9_000);
        assert_eq!(status(&gate, number).await, end, "{number}");
    }
    let (asked, entered) = ("P3", json!({ "channel": "alipay", "out_trade_no": "P3", "entered": true }));
    gate.control("password", entered).await;
    assert_eq!(status(&gate, asked).await, "TRADE_SUCCESS");
}

#[tokio::test]
async fn a_payer_at_the_password_pays_when_the_tester_says_so() {
    let gate = Gate::open().await;
    gate.control("payer", json!({ "auth_code": "281111111111111111", "does": "password_forgotten" })).await;
    let body = order("P1", &json!({ "scene": "bar_code", "auth_code": "281111111111111111" }));
    assert_eq!(gate.call("alipay.trade.pay", body.clone(), &[]).await["code"], "10003");
    assert_eq!(gate.call("alipay.trade.pay", body, &[]).await["code"], "10003", "the same request again");
    assert_eq!(status(&gate, "P1").await, "WAIT_BUYER_PAY");
    gate.control("password", json!({ "channel": "alipay", "out_trade_no": "P1", "entered": true })).await;
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
}

#[tokio::test]
async fn every_definite_refusal_has_its_word_and_leaves_nothing_to_pay() {
    let gate = Gate::open().await;
    for (ending, word) in [
        ("04", "ACQ.BUYER_BALANCE_NOT_ENOUGH"),
        ("05", "ACQ.PAYMENT_AUTH_CODE_INVALID"),
        ("21", "ACQ.PAYMENT_REQUEST_HAS_RISK"),
        ("22", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH"),
        ("23", "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE"),
        ("24", "ACQ.PULL_MOBILE_CASHIER_FAIL"),
        ("25", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"),
        ("26", "ACQ.PAYMENT_AUTH_CODE_INVALID"),
        ("27", "ACQ.SYSTEM_ERROR"),
    ] {
        let number = format!("P{ending}");
        let node = pays(&gate, &number, ending).await;
        assert_eq!((node["code"].as_str(), sub(&node)), (Some("40004"), word), "{ending}");
        assert_ne!(status(&gate, &number).await, "TRADE_SUCCESS", "{ending}");
    }
    let node = pays(&gate, "P28", "28").await;
    assert_eq!((node["code"].as_str(), sub(&node)), (Some("20000"), "isp.unknow-error"));
    assert_eq!(status(&gate, "P28").await, "ACQ.TRADE_NOT_EXIST");
}

#[tokio::test]
async fn unknown_answers_may_hide_a_payment() {
    let gate = Gate::open().await;
    assert_eq!(sub(&pays(&gate, "P1", "08").await), "ACQ.SYSTEM_ERROR");
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
    assert_eq!(pays(&gate, "P2", "07").await["code"], "20000");
    gate.pass_ms(9_000);
    assert_eq!(status(&gate, "P2").await, "TRADE_SUCCESS");

    let fault = |op: &str| json!({ "kind": "error_after", "channel": "alipay", "op": op, "count": 1 });
    gate.control("faults", fault("code_pay")).await;
    assert_eq!(sub(&pays(&gate, "P3", "88").await), "ACQ.SYSTEM_ERROR");
    assert_eq!(status(&gate, "P3").await, "TRADE_SUCCESS");
    gate.control("faults", fault("reverse")).await;
    let cancel = json!({ "out_trade_no": "P3" });
    assert_eq!(sub(&gate.call("alipay.trade.cancel", cancel.clone(), &[]).await), "AQC.SYSTEM_ERROR", "misspelt, as documented");
    let again = gate.call("alipay.trade.cancel", cancel, &[]).await;
    assert_eq!((again["action"].as_str(), again["retry_flag"].as_str()), (Some("refund"), Some("N")));
    gate.control("faults", fault("query")).await;
    let node = gate.raw("alipay.trade.query", json!({ "out_trade_no": "P3" }), &[]).await;
    assert!(node.text.starts_with("{\"error_response\":") && !node.text.contains("\"sign\""), "{}", node.text);
    assert_eq!(node.value["code"], "20000");
}

#[tokio::test]
async fn cancel_closes_refunds_shrugs_or_wants_to_be_asked_again() {
    let gate = Gate::open().await;
    let cancel = async |number: &str| {
        let node = gate.call("alipay.trade.cancel", json!({ "out_trade_no": number }), &[]).await;
        (node["action"].as_str().map(str::to_owned), node["retry_flag"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(cancel("P_nobody").await, (None, "N".into()));
    pays(&gate, "P1", "03").await;
    gate.control("faults", json!({ "kind": "ask_again", "op": "reverse", "count": 1 })).await;
    assert_eq!(cancel("P1").await, (None, "Y".into()));
    assert_eq!(status(&gate, "P1").await, "WAIT_BUYER_PAY");
    assert_eq!(cancel("P1").await, (Some("close".into()), "N".into()));
    assert_eq!(cancel("P1").await, (Some("close".into()), "N".into()), "twice is once");
    assert_eq!(status(&gate, "P1").await, "TRADE_CLOSED");
    let (code, answer) = gate.control("password", json!({ "channel": "alipay", "out_trade_no": "P1", "entered": true })).await;
    assert_eq!(code, 409, "{answer}");

    pays(&gate, "P2", "88").await;
    assert_eq!(cancel("P2").await, (Some("refund".into()), "N".into()));
    assert_eq!(cancel("P2").await, (Some("refund".into()), "N".into()));
    assert_eq!(gate.row("P2").await["refunded_fen"], 3800);
}

#[tokio::test]
async fn the_day_after_it_is_too_late_to_cancel_and_after_a_year_to_refund() {
    let gate = Gate::open().await;
    pays(&gate, "P1", "88").await;
    gate.pass_days(2);
    let node = gate.call("alipay.trade.cancel", json!({ "out_trade_no": "P1" }), &[]).await;
    assert_eq!(sub(&node), "ACQ.TRADE_CANCEL_TIME_OUT");
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
    gate.pass_days(365);
    assert_eq!(status(&gate, "P1").await, "TRADE_FINISHED");
    let refund = json!({ "out_trade_no": "P1", "refund_amount": "1.00", "out_request_no": "R1" });
    assert_eq!(sub(&gate.call("alipay.trade.refund", refund, &[]).await), "ACQ.TRADE_HAS_FINISHED");
}

#[tokio::test]
async fn refunds_count_up_and_tell_whether_money_moved() {
    let gate = Gate::open().await;
    let mut shop = Shop::open("success").await;
    let code = json!({ "scene": "bar_code", "auth_code": "281234567890123488" });
    gate.call("alipay.trade.pay", order("P1", &code), &[("notify_url", &shop.url)]).await;
    shop.next().await;
    let refund = async |number: &str, sum: &str| {
        let body = json!({ "out_trade_no": "P1", "refund_amount": sum, "out_request_no": number,
                           "query_options": ["refund_detail_item_list"] });
        gate.call("alipay.trade.refund", body, &[]).await
    };
    gate.control("faults", json!({ "kind": "not_enough", "op": "refund", "count": 1 })).await;
    assert_eq!(sub(&refund("R1", "8.00").await), "ACQ.SELLER_BALANCE_NOT_ENOUGH");
    let first = refund("R1", "8.00").await;
    assert_eq!((first["fund_change"].as_str(), first["refund_fee"].as_str()), (Some("Y"), Some("8.00")));
    assert_eq!(first["send_back_fee"], "8.00");
    let params = gate.verified(&shop.next().await.body, encoding_rs::UTF_8);
    assert_eq!((params["out_biz_no"].as_str(), params["refund_fee"].as_str()), ("R1", "8.00"));
    assert_eq!(params["trade_status"], "TRADE_SUCCESS");
    assert!(params.contains_key("gmt_refund"));
    let second = refund("R2", "10").await;
    assert_eq!(second["refund_fee"], "18.00", "the running total");
    let again = refund("R1", "8.00").await;
    assert_eq!((again["fund_change"].as_str(), again["refund_fee"].as_str()), (Some("N"), Some("18.00")));
    assert_eq!(sub(&refund("R1", "8.01").await), "ACQ.DISCORDANT_REPEAT_REQUEST");
    assert_eq!(sub(&refund("R3", "20.01").await), "ACQ.REASON_TRADE_REFUND_FEE_ERR");
    assert_eq!(refund("R3", "20.00").await["refund_fee"], "38.00");
    assert_eq!(sub(&refund("R4", "0.01").await), "ACQ.TRADE_HAS_CLOSE");
    assert_eq!(refund("R1", "8.00").await["fund_change"], "N", "a known number is still known");
    assert_eq!(status(&gate, "P1").await, "TRADE_CLOSED");

    let ask = async |body: Value| gate.call("alipay.trade.fastpay.refund.query", body, &[]).await;
    let one = ask(json!({ "out_trade_no": "P1", "out_request_no": "R2", "query_options": ["gmt_refund_pay"] })).await;
    assert_eq!((one["refund_status"].as_str(), one["refund_amount"].as_str()), (Some("REFUND_SUCCESS"), Some("10.00")));
    assert!(one["gmt_refund_pay"].is_string());
    let none = ask(json!({ "out_trade_no": "P1", "out_request_no": "R9" })).await;
    assert_eq!((none["code"].as_str(), none.get("refund_status")), (Some("10000"), None));
    assert_eq!(sub(&ask(json!({ "out_trade_no": "P9", "out_request_no": "R1" })).await), "TRADE_NOT_EXIST");
}

#[tokio::test]
async fn a_trade_for_a_known_payer_is_paid_by_its_number_and_made_once() {
    let gate = Gate::open().await;
    let body =
        order("P1", &json!({ "buyer_open_id": "sim_open_1", "product_code": "JSAPI_PAY", "op_app_id": "SIM2021000000000002" }));
    let first = gate.call("alipay.trade.create", body.clone(), &[]).await;
    gate.pass_days(0);
    let again = gate.call("alipay.trade.create", body.clone(), &[]).await;
    assert_eq!(first["trade_no"], again["trade_no"], "the same trade");
    assert_eq!(status(&gate, "P1").await, "WAIT_BUYER_PAY");
    gate.control("pay", json!({ "code": first["trade_no"] })).await;
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
    assert_eq!(sub(&gate.call("alipay.trade.create", body, &[]).await), "ACQ.TRADE_HAS_SUCCESS");
    for bad in
        [json!({}), json!({ "buyer_id": "1", "product_code": "QUICK_WAP_WAY" }), json!({ "buyer_id": "1", "op_app_id": "" })]
    {
        assert_eq!(sub(&gate.call("alipay.trade.create", order("P2", &bad), &[]).await), "ACQ.INVALID_PARAMETER", "{bad}");
    }
}

#[tokio::test]
async fn what_nobody_pays_in_time_is_closed() {
    let gate = Gate::open().await;
    let body = order("P1", &json!({ "qr_code_timeout_express": "10m" }));
    let node = gate.call("alipay.trade.precreate", body.clone(), &[]).await;
    assert_eq!(status(&gate, "P1").await, "ACQ.TRADE_NOT_EXIST", "nobody scanned");
    gate.look(node["qr_code"].as_str().unwrap()).await;
    assert_eq!(status(&gate, "P1").await, "WAIT_BUYER_PAY");
    gate.pass_days(1);
    assert_eq!(status(&gate, "P1").await, "TRADE_CLOSED");
    assert_eq!(gate.control("pay", json!({ "code": node["qr_code"] })).await.0, 409);
    assert_eq!(sub(&gate.call("alipay.trade.precreate", body, &[]).await), "ACQ.TRADE_HAS_CLOSE");
}

#[tokio::test]
async fn an_unheard_notice_comes_eight_times_and_only_success_is_heard() {
    let gate = Gate::open_at(1_000_000.0).await;
    for deaf in ["SUCCESS", "success\n", "ok", ""] {
        let mut shop = Shop::open(deaf).await;
        let number = format!("P{}", deaf.len());
        let node = gate.call("alipay.trade.precreate", order(&number, &json!({})), &[("notify_url", &shop.url)]).await;
        gate.control("pay", json!({ "code": node["qr_code"] })).await;
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..8 {
            ids.insert(fields(&shop.next().await.body, encoding_rs::UTF_8)["notify_id"].clone());
        }
        assert_eq!(ids.len(), 1);
        assert!(shop.is_quiet().await, "{deaf:?}");
    }
}

#[tokio::test]
async fn a_payer_in_a_browser_signs_in_pays_and_goes_back() {
    let gate = Gate::open().await;
    let mut shop = Shop::open("success").await;
    let body = order("P1", &json!({ "product_code": "QUICK_WAP_WAY", "quit_url": "http://127.0.0.1:9/quit" }));
    let more = [("notify_url", shop.url.as_str()), ("return_url", "http://127.0.0.1:9/back?table=7")];
    let address = gate.address("alipay.trade.wap.pay", &body, &more);
    let (code, place, _) = gate.browse(&address).await;
    assert_eq!(code, 303);
    assert_eq!(status(&gate, "P1").await, "ACQ.TRADE_NOT_EXIST", "no trade before signing in");
    let (_, _, page) = gate.browse(&place).await;
    assert!(page.contains("登录支付宝") && page.contains("¥38.00") && !page.contains("确认支付"), "{page}");
    let session = place.split("session=").nth(1).unwrap().to_owned();
    let act = async |action: &str| gate.post("/h5/cashier", &[("session", &session), ("action", action)]).await;
    assert_eq!(act("pay").await.0, 303, "to sign in first");
    assert_eq!(act("quit").await.1, "http://127.0.0.1:9/quit");
    act("login").await;
    assert_eq!(status(&gate, "P1").await, "WAIT_BUYER_PAY");
    assert!(gate.browse(&place).await.2.contains("确认支付"));
    let (_, back, _) = act("pay").await;
    let (there, query) = back.split_once("&app_id=").unwrap();
    assert_eq!(there, "http://127.0.0.1:9/back?table=7");
    assert_eq!(gate.verified(format!("app_id={query}").as_bytes(), encoding_rs::UTF_8)["out_trade_no"], "P1");
    assert_eq!(gate.verified(&shop.next().await.body, encoding_rs::UTF_8)["trade_status"], "TRADE_SUCCESS");
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
    assert!(act("pay").await.2.contains("支付成功"), "a double tap pays once and says so");

    let wrong = gate.browse(&address.replace("38.00", "1.00")).await.2;
    assert!(wrong.contains("isv.invalid-signature"), "{wrong}");
}

#[tokio::test]
async fn faults_spoil_signatures_and_pay_before_the_answer() {
    let gate = Gate::open().await;
    gate.control("faults", json!({ "kind": "paid_before_reply", "channel": "alipay", "count": 1 })).await;
    gate.call("alipay.trade.precreate", order("P1", &json!({})), &[]).await;
    assert_eq!(status(&gate, "P1").await, "TRADE_SUCCESS");
    gate.control("faults", json!({ "kind": "bad_signature", "channel": "alipay", "count": 1 })).await;
    assert!(!gate.raw("alipay.trade.query", json!({ "out_trade_no": "P1" }), &[]).await.verified);
    gate.control("faults", json!({ "kind": "rate_limited", "channel": "alipay", "count": 1 })).await;
    assert_eq!(gate.call("alipay.trade.query", json!({ "out_trade_no": "P1" }), &[]).await["code"], "40005");
}

#[tokio::test]
async fn a_code_from_alipays_browser_becomes_a_payer_once() {
    let gate = Gate::open().await;
    let asked = "/oauth2/publicAppAuthorize.htm?app_id=SIM2021000000000001&scope=auth_base&state=t7";
    let (status, place, _) = gate.browse(&format!("{asked}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback")).await;
    assert_eq!(status, 303);
    assert!(place.starts_with("http://127.0.0.1:9/back?") && place.contains("state=t7"), "{place}");
    let code = place.split("auth_code=").nth(1).unwrap().to_owned();
    assert_eq!(
        gate.browse(&format!("{asked}&redirect_uri=https%3A%2F%2Fexample.cn%2F")).await.0,
        200,
        "nobody is sent elsewhere"
    );
    let token = async |code: &str| {
        gate.raw("alipay.system.oauth.token", json!({}), &[("grant_type", "authorization_code"), ("code", code)]).await
    };
    let first = token(&code).await;
    assert!(first.verified && first.value.get("code").is_none() && first.value["open_id"].is_string(), "{}", first.text);
    let again = token(&code).await;
    assert!(again.text.starts_with("{\"error_response\":") && sub(&again.value) == "isv.code-invalid", "{}", again.text);
    assert_eq!(token("SIM-sim_open_1").await.value["open_id"], "sim_open_1");
}
