//! Code pay in one process, on a clock that runs as fast as it is read: every payer, and what becomes of the order.
#![allow(clippy::unwrap_used)]

mod plain;

use channel_sim::{Fault, Kind, Op, Payer, Plan, State, Which};
use plain::{drill, wait_s};

const NO: &str = "P20261122_0001";

#[tokio::test(start_paused = true)]
async fn a_code_pays_at_once_and_works_once() {
    let drill = drill();
    let reply = drill.charge(NO, "134567890123450000").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(drill.reply_is_signed(&reply));
    let told = reply.json();
    assert_eq!((told["trade_state"].as_str(), told["trade_type"].as_str()), (Some("SUCCESS"), Some("MICROPAY")));
    assert_eq!(told["amount"]["total"], 3800);
    assert_eq!(drill.charge(NO, "134567890123450000").await.code(), (400, "ORDERPAID".into()));
    assert_eq!(drill.charge("P20261122_0002", "134567890123450000").await.code(), (400, "AUTH_CODE_INVALID".into()));
    assert_eq!(drill.query("P20261122_0002").await.code(), (404, "ORDER_NOT_EXIST".into()));
    wait_s(90_000).await;
    assert_eq!(drill.deliveries().len(), 0, "code pay has no notice");
}

#[tokio::test(start_paused = true)]
async fn the_password_takes_a_while_and_then_pays_or_not() {
    for (code, ends) in [("134567890123458801", "SUCCESS"), ("134567890123458802", "NOTPAY")] {
        let drill = drill();
        let reply = drill.charge(NO, code).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"trade_state":"USERPAYING"}"#));
        assert_eq!(drill.query(NO).await.body, r#"{"trade_state":"USERPAYING"}"#, "and the query says no more");
        wait_s(7).await;
        assert_eq!(drill.state(NO).await, "USERPAYING");
        wait_s(2).await;
        assert_eq!(drill.state(NO).await, ends);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unpaid_code_payment_is_undone_after_45_seconds() {
    let drill = drill();
    drill.charge(NO, "134567890123458803").await;
    wait_s(44).await;
    assert_eq!(drill.state(NO).await, "USERPAYING");
    wait_s(2).await;
    assert_eq!(drill.state(NO).await, "REVOKED");
    let row = drill.sim.row(Which::Wechat, NO).unwrap();
    assert_eq!((row.state, row.paid_ms), (State::Revoked, None));
    assert_eq!(row.reversed_ms, Some(row.created_ms + 45_000));
}

#[tokio::test(start_paused = true)]
async fn a_reverse_waits_15_seconds_and_for_the_payer() {
    let drill = drill();
    drill.sim.plan_payer("134567890123450001", Plan { does: Payer::PasswordThenPays, after_ms: 20_000 });
    drill.charge(NO, "134567890123450001").await;
    wait_s(14).await;
    assert_eq!(drill.reverse(NO).await.code(), (400, "INVALID_REQUEST".into()));
    wait_s(2).await;
    let paying = drill.reverse(NO).await;
    assert_eq!(paying.code(), (202, "USERPAYING".into()));
    wait_s(5).await;
    assert_eq!(drill.state(NO).await, "SUCCESS");
    assert_eq!(drill.reverse(NO).await.status, 200);
    assert_eq!(drill.state(NO).await, "REVOKED");
    assert_eq!(drill.reverse(NO).await.status, 200, "twice is once");
    let row = drill.sim.row(Which::Wechat, NO).unwrap();
    assert!(row.paid_ms.is_some() && row.reversed_ms.is_some(), "paid, and given back: {row:?}");
    assert_eq!(drill.reverse("P_nobody").await.code(), (404, "ORDER_NOT_EXIST".into()));
}

#[tokio::test(start_paused = true)]
async fn money_can_be_gone_although_the_payment_failed() {
    let drill = drill();
    drill.charge(NO, "134567890123458806").await;
    wait_s(20).await;
    let found = drill.query(NO).await.json();
    assert_eq!(found["trade_state"], "PAYERROR");
    assert!(found.get("transaction_id").is_none());
    assert!(drill.sim.row(Which::Wechat, NO).unwrap().paid_ms.is_some(), "the money was taken");
    wait_s(100).await;
    assert_eq!(drill.state(NO).await, "PAYERROR", "and is kept until someone reverses");
    assert_eq!(drill.reverse(NO).await.status, 200);
    assert!(drill.sim.row(Which::Wechat, NO).unwrap().reversed_ms.is_some());
}

#[tokio::test(start_paused = true)]
async fn errors_that_say_nothing_and_errors_that_are_final() {
    for (code, answer, state) in [
        ("134567890123458807", (500, "BANKERROR"), "SUCCESS"),
        ("134567890123458808", (500, "SYSTEM_ERROR"), "SUCCESS"),
        ("134567890123458809", (500, "SYSTEM_ERROR"), "NOTPAY"),
        ("134567890123458804", (403, "NOTENOUGH"), "NOTPAY"),
    ] {
        let drill = drill();
        let reply = drill.charge(NO, code).await;
        assert_eq!(reply.code(), (answer.0, answer.1.into()));
        wait_s(10).await;
        assert_eq!(drill.state(NO).await, state, "{code}");
        wait_s(40).await;
        assert_eq!(drill.state(NO).await, if state == "NOTPAY" { "REVOKED" } else { state });
    }
    let drill = drill();
    assert_eq!(drill.charge(NO, "134567890123458805").await.code(), (400, "AUTHCODEEXPIRE".into()));
    assert_eq!(drill.query(NO).await.status, 404, "an old code makes no order");
    for code in ["1", "16456789012345678x", "164567890123456789", "1345678901234567890"] {
        assert_eq!(drill.charge(NO, code).await.code(), (400, "AUTH_CODE_ERROR".into()), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_can_be_told_when_to_enter_the_password() {
    let drill = drill();
    drill.charge(NO, "134567890123458803").await;
    wait_s(3).await;
    drill.sim.password(Which::Wechat, NO, true).unwrap();
    assert_eq!(drill.state(NO).await, "SUCCESS");
    assert!(drill.sim.password(Which::Wechat, NO, false).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_code_payment_is_reversed_and_never_closed() {
    let drill = drill();
    drill.charge(NO, "134567890123450000").await;
    let body = serde_json::json!({ "mchid": drill.text(&["wechat", "mch_id"]) });
    let refused = drill.post(&format!("/v3/pay/transactions/out-trade-no/{NO}/close"), &body).await;
    assert_eq!((refused.code(), refused.number()), ((400, "INVALID_REQUEST".into()), "268449641"));
    drill.paid_order("P20261122_0002").await;
    wait_s(20).await;
    assert_eq!(drill.reverse("P20261122_0002").await.code(), (400, "INVALID_REQUEST".into()), "and nothing else is reversed");
}

#[tokio::test(start_paused = true)]
async fn a_merchant_without_permission_and_an_order_without_a_store_are_refused() {
    let drill = drill();
    let mut body = drill.code_body(NO, "134567890123450000");
    body["scene_info"] = serde_json::json!({});
    assert_eq!(drill.post("/v3/pay/transactions/codepay", &body).await.code(), (400, "PARAM_ERROR".into()));
    let mut settings = drill.sim.settings();
    settings.v3_code_pay = false;
    drill.sim.set(settings);
    assert_eq!(drill.charge(NO, "134567890123450000").await.code(), (403, "NO_AUTH".into()));
}

#[tokio::test(start_paused = true)]
async fn user_paying_may_come_as_202_and_a_reverse_may_have_to_be_asked_again() {
    let drill = drill();
    drill.sim.fault(Fault { count: Some(1), ..Fault::new(Kind::UserPayingAccepted) });
    assert_eq!(drill.charge(NO, "134567890123458801").await.code(), (202, "USERPAYING".into()));
    wait_s(20).await;
    drill.sim.fault(Fault { op: Some(Op::Reverse), count: Some(1), ..Fault::new(Kind::AskAgain) });
    assert_eq!(drill.reverse(NO).await.code(), (202, "USERPAYING".into()));
    assert_eq!(drill.reverse(NO).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_the_money_taken_and_a_lost_call_does_not() {
    let drill = drill();
    for (number, kind, paid) in [("P20261122_0001", Kind::Reset, false), ("P20261122_0002", Kind::DropResponse, true)] {
        drill.sim.fault(Fault { op: Some(Op::CodePay), count: Some(1), ..Fault::new(kind) });
        let code = format!("1345678901234500{}", &number[12..]);
        let request = drill.v3("POST", "/v3/pay/transactions/codepay", &drill.code_body(number, &code).to_string());
        assert!(drill.send(request).await.is_none(), "no answer");
        assert_eq!(drill.sim.row(Which::Wechat, number).is_some_and(|row| row.paid_ms.is_some()), paid);
    }
}
