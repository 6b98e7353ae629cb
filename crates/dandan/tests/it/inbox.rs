//! The inbox of money: what a person must look at, who took it, and each remedy as one call.

use crate::till::{Till, till};
use crate::world::{id, until};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_refund_is_tried_again_by_a_manager() {
    let till = till().await;
    let (party, cashier, manager) = (till.hungry().await, till.world.staff("cashier").await, till.world.staff("manager").await);
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    till.settings(json!({ "refund_ends": "closed" })).await;
    let tender = till.check(&party).await["tenders"][0]["tender"].clone();
    let body = json!({ "refund": id(), "tender": tender, "amount": 600, "reason": "cold" });
    till.post(&party, "refunds", &manager, body).await.ok(201);
    let case = till.case(&cashier, "refund_failed").await;
    assert_eq!((&case["remedies"][0], &case["amount"], &case["overdue"]), (&json!("retry_refund"), &json!(600), &json!(false)));
    till.refund_becomes(&party, "failed").await;
    let floor = till.world.get("/floor", &cashier).await.ok(200);
    assert_eq!((&floor["money"]["open_cases"], &floor["money"]["overdue_cases"]), (&json!(1), &json!(0)));

    let taken = till.remedy(&cashier, &case, "take", json!({})).await.ok(200);
    assert_eq!(taken["owner"], "cashier");
    till.remedy(&cashier, &case, "retry-refund", json!({})).await.refused(403, "not_allowed");
    till.remedy(&cashier, &case, "give-up", json!({})).await.refused(409, "remedy_not_here");
    till.settings(json!({ "refund_ends": "success" })).await;
    till.remedy(&manager, &case, "retry-refund", json!({})).await.ok(200);
    // Asked by hand, nobody has to wait for the desk's next look.
    let returned = || async {
        till.remedy(&cashier, &case, "ask-channel", json!({})).await;
        till.check(&party).await["refunds"].as_array().unwrap().iter().any(|refund| refund["state"] == "returned").then_some(())
    };
    until("the refund has returned", returned).await;
    let settled = || async {
        let inbox = till.world.get("/money/inbox", &cashier).await.ok(200);
        inbox["cases"]
            .as_array()
            .unwrap()
            .iter()
            .find(|known| known["case"] == case["case"] && known["resolved_at"].is_i64())
            .cloned()
    };
    let settled = until("the case ended by itself", settled).await;
    assert_eq!((&settled["remedies"], &settled["resolved_by"]), (&json!([]), &Value::Null));
    till.remedy(&manager, &case, "retry-refund", json!({})).await.refused(409, "case_closed");
    assert_eq!(till.world.get("/floor", &cashier).await.ok(200)["money"]["open_cases"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_notice_is_a_case_that_a_person_settles() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.fault(json!({ "kind": "forged_notice" })).await;
    till.pay(&payment).await;
    let case = till.case(&cashier, "notice_forged").await;
    for (remedy, status, code) in [("ask-channel", 409, "remedy_not_here"), ("give-up", 409, "remedy_not_here")] {
        till.remedy(&cashier, &case, remedy, json!({})).await.refused(status, code);
    }
    till.remedy(&cashier, &case, "resolve", json!({ "how": " " })).await.refused(409, "bad_text");
    till.remedy(&cashier, &case, "resolve", json!({ "how": "x".repeat(61) })).await.refused(400, "malformed");
    let resolved = till.remedy(&cashier, &case, "resolve", json!({ "how": "told the bank" })).await.ok(200);
    assert_eq!((&resolved["resolved_by"], &resolved["how"]), (&json!("cashier"), &json!("told the bank")));
    till.remedy(&cashier, &case, "take", json!({})).await.refused(409, "case_closed");
    let nothing = json!({ "case": id() });
    till.remedy(&cashier, &nothing, "take", json!({})).await.refused(404, "case_unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_the_channel_settles_a_mismatch_that_was_none() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.fault(json!({ "kind": "wrong_amount_notice" })).await;
    till.fault(json!({ "kind": "error_before", "op": "query", "count": 2 })).await;
    till.pay(&payment).await;
    let case = till.case(&cashier, "mismatch").await;
    assert!(case["remedies"].as_array().unwrap().contains(&json!("ask_channel")), "{case}");
    let asked = || async {
        till.remedy(&cashier, &case, "ask-channel", json!({})).await;
        (till.show(&party, &payment).await["state"] == "paid").then_some(())
    };
    until("the channel's own word counts", asked).await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_is_fetched_and_compared() {
    let till = till().await;
    let cashier = till.world.staff("cashier").await;
    let compare = |channel: &'static str, day: &'static str| {
        let (till, cashier) = (&till, &cashier);
        async move { till.world.post(&format!("/money/bills/{channel}/{day}/compare"), cashier, json!({})).await }
    };
    compare("wechat", "2026-02-31").await.refused(400, "malformed");
    compare("wechat", "20261121").await.refused(400, "malformed");
    compare("wechat", "2999-01-01").await.refused(409, "bill_unavailable");
    compare("paypal", "2026-11-21").await.is_refusal();
    for channel in ["wechat", "alipay"] {
        let answer = compare(channel, "2026-11-20").await;
        assert!(matches!(answer.status, 200 | 409), "{channel} {}", answer.body);
    }
    let _: Till = till;
}
