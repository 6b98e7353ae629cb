//! Money back: by line and by amount, driven until it has returned; what came twice or too late returns by itself; reopening.

use crate::till::{Till, till};
use crate::world::{Party, id, order, until};
use serde_json::{Value, json};

async fn paid(till: &Till, way: &str) -> Party {
    let party = till.hungry().await;
    let (_, payment) = till.ask(&party, way, None).await;
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
    party
}

fn refund(check: &Value, amount: i64, lines: Value) -> Value {
    json!({ "refund": id(), "tender": check["tenders"][0]["tender"], "amount": amount, "lines": lines, "reason": "cold" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_goes_back_and_has_returned() {
    for way in ["wechat_native", "alipay_qr"] {
        let till = till().await;
        let (party, lead) = (paid(&till, way).await, till.world.staff("lead").await);
        let check = till.check(&party).await;
        for amount in [0, -1, 601, i64::MAX] {
            till.post(&party, "refunds", &lead, refund(&check, amount, json!([]))).await.refused(409, "refund_too_large");
        }
        let mut nowhere = refund(&check, 100, json!([]));
        nowhere["tender"] = json!(id());
        till.post(&party, "refunds", &lead, nowhere).await.refused(404, "tender_unknown");
        let (key, body) = (id(), refund(&check, 200, json!([])));
        let path = format!("/sessions/{}/refunds", party.session);
        till.world.post_as(&key, &path, &lead, body.clone()).await.ok(201);
        till.world.post_as(&key, &path, &lead, body.clone()).await.ok(201);
        till.world.post(&path, &lead, body).await.refused(409, "refund_exists");
        let back = till.refund_becomes(&party, "returned").await;
        assert_eq!((&back["amount"], &back["why"]), (&json!(200), &json!("staff")));
        let check = till.check(&party).await;
        assert_eq!(
            (&check["due"], &check["allowance"], &check["tenders"][0]["refundable"]),
            (&json!(0), &json!(200), &json!(400))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_goes_back_for_exactly_what_it_cost() {
    let till = till().await;
    let (party, lead) = (paid(&till, "wechat_native").await, till.world.staff("lead").await);
    let (check, line) = (till.check(&party).await, till.world.party(&party).await["orders"][0]["lines"][0]["line"].clone());
    till.post(&party, "refunds", &lead, refund(&check, 599, json!([line]))).await.refused(409, "amount_differs");
    till.post(&party, "refunds", &lead, refund(&check, 600, json!([line]))).await.ok(201);
    till.refund_becomes(&party, "returned").await;
    let view = till.world.party(&party).await;
    assert_eq!((&view["check"]["total"], &view["check"]["due"]), (&json!(0), &json!(0)));
    assert_eq!(view["orders"][0]["lines"][0]["state"], "voided");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_payment_goes_back_by_itself() {
    let till = till().await;
    let party = till.hungry().await;
    // Nobody scanned this code, so Alipay knows of no order to close: it can still be paid.
    let (_, first) = till.ask(&party, "alipay_qr", None).await;
    till.world.post(&Till::path(&party, &first, "/cancel"), &party.token, json!({})).await.ok(200);
    till.becomes(&party, &first, "closed").await;
    let (_, second) = till.ask(&party, "wechat_native", None).await;
    till.pay(&second).await;
    till.becomes(&party, &second, "paid").await;
    till.pay(&first).await;
    let back = till.refund_becomes(&party, "returned").await;
    assert_eq!((&back["amount"], &back["why"], &back["way"]), (&json!(600), &json!("too_much"), &json!("alipay_qr")));
    let check = till.check(&party).await;
    assert_eq!((&check["due"], &check["paid"], &check["allowance"]), (&json!(0), &json!(600), &json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_that_comes_after_the_party_left_goes_back_by_itself() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let (_, first) = till.ask(&party, "alipay_qr", None).await;
    till.world.post(&Till::path(&party, &first, "/cancel"), &party.token, json!({})).await.ok(200);
    till.becomes(&party, &first, "closed").await;
    till.post(&party, "cash", &cashier, json!({ "tender": id(), "amount": 600, "received": 600 })).await.ok(201);
    till.post(&party, "close", &cashier, json!({})).await.ok(200);
    till.pay(&first).await;
    let settled = || async {
        let inbox = till.world.get("/money/inbox", &cashier).await.ok(200);
        let case = inbox["cases"].as_array().unwrap().iter().find(|case| case["kind"] == "paid_after_close").cloned()?;
        let returned = till.check(&party).await["refunds"].as_array().unwrap().iter().any(|refund| refund["state"] == "returned");
        (returned && case["resolved_at"].is_i64()).then_some(case)
    };
    let case = until("the late money went back", settled).await;
    assert_eq!((&case["amount"], &case["resolved_by"]), (&json!(600), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_check_is_opened_again_and_put_right() {
    let till = till().await;
    let (party, manager) = (paid(&till, "wechat_native").await, till.world.staff("manager").await);
    till.post(&party, "reopen", &manager, json!({ "reason": "forgot the tea" })).await.refused(409, "check_open");
    till.post(&party, "close", &manager, json!({})).await.ok(200);
    till.post(&party, "reopen", &manager, json!({ "reason": " " })).await.refused(409, "bad_text");
    till.post(&party, "reopen", &manager, json!({ "reason": "x".repeat(61) })).await.refused(400, "malformed");
    let view = till.post(&party, "reopen", &manager, json!({ "reason": "forgot the tea" })).await.ok(200);
    assert_eq!((&view["state"], &view["check"]["paid"]), (&json!("open"), &json!(600)));
    till.world.place(&party, &order("rice", 1, 300)).await.ok(201);
    till.post(&party, "cash", &manager, json!({ "tender": id(), "amount": 300, "received": 300 })).await.ok(201);
    till.post(&party, "close", &manager, json!({})).await.ok(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_tender_is_put_right_by_another() {
    let till = till().await;
    let (party, lead) = (till.hungry().await, till.world.staff("lead").await);
    let cash = json!({ "tender": id(), "amount": 600, "received": 600 });
    till.post(&party, "cash", &lead, cash).await.ok(201);
    let (check, line) = (till.check(&party).await, till.world.party(&party).await["orders"][0]["lines"][0]["line"].clone());
    let again = |lines: Value| {
        let mut body = refund(&check, 600, lines);
        body["owed_again"] = json!(true);
        body
    };
    till.post(&party, "refunds", &lead, again(json!([line]))).await.refused(409, "refund_unclear");
    let check = till.post(&party, "refunds", &lead, again(json!([]))).await.ok(201);
    assert_eq!((&check["due"], &check["total"], &check["allowance"]), (&json!(600), &json!(600), &json!(0)));
    let card = json!({ "tender": id(), "way": "card", "amount": 600, "reference": "slip-9" });
    assert_eq!(till.post(&party, "tenders", &lead, card).await.ok(201)["due"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_on_a_check_is_given_back_there() {
    let till = till().await;
    let (party, manager) = (paid(&till, "wechat_native").await, till.world.staff("manager").await);
    let row = till.world.get("/money/payments", &manager).await.ok(200)[0].clone();
    assert_eq!((&row["state"], &row["amount"], &row["session"]), (&json!("paid"), &json!(600), &json!(party.session)));
    assert!(row["timeline"].as_array().unwrap().len() >= 3 && row["channel_txn"].is_string());
    let path = format!("/money/payments/{}/refund", row["attempt"].as_str().unwrap());
    let body = json!({ "refund": id(), "amount": 100, "reason": "cold" });
    till.world.post(&path, &manager, body.clone()).await.refused(409, "refund_at_check");
    // The day ends, and with it the party's check.
    till.post(&party, "close", &manager, json!({})).await.ok(200);
    till.world.post("/day/close", &manager, json!({ "accept_unmatched": true })).await.ok(200);
    till.world.post("/day/open", &manager, json!({})).await.ok(200);
    assert_eq!(till.world.post(&path, &manager, body.clone()).await.ok(201)["refunded"], 100);
    assert_eq!(till.world.post(&path, &manager, body).await.ok(201)["refunded"], 100);
    let much = json!({ "refund": id(), "amount": 501, "reason": "cold" });
    till.world.post(&path, &manager, much).await.refused(409, "refund_too_large");
    until("the money went back", || async { (till.world.figure("dandan_refunds_outstanding").await == 0.0).then_some(()) }).await;
}
