//! Money that staff take by hand: cash with change and rounding, tips, card, account, member; and parts of a check.

use crate::till::till;
use crate::world::{id, order, world};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cash_gives_change_and_lets_the_odd_fen_go() {
    let world = world().await;
    let (party, cashier) = (world.join("a1").await, world.staff("cashier").await);
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let path = format!("/sessions/{}/cash", party.session);
    let pay = |more: serde_json::Value| {
        let mut body = json!({ "tender": id(), "amount": 600, "received": 1000 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (world, path, cashier) = (&world, &path, &cashier);
        async move { world.post(path, cashier, body).await }
    };
    for off in [1, 99, 101, 600, -100] {
        pay(json!({ "rounded_off": off })).await.refused(409, "rounding_not_allowed");
    }
    pay(json!({ "amount": 300, "partial": true, "rounded_off": 100 })).await.refused(409, "rounding_not_allowed");
    pay(json!({ "tip": 601 })).await.refused(409, "tip_not_taken");
    pay(json!({ "tip": -1 })).await.refused(409, "tip_not_taken");
    pay(json!({ "received": 550, "rounded_off": 100, "tip": 60 })).await.refused(409, "not_enough_cash");
    assert_eq!(pay(json!({ "rounded_off": 100, "tip": 60 })).await.ok(201)["change"], 440);
    let check = world.party(&party).await["check"].clone();
    assert_eq!((&check["state"], &check["paid"], &check["due"]), (&json!("settled"), &json!(600), &json!(0)));
    assert_eq!((&check["tenders"][0]["rounded_off"], &check["tenders"][0]["tip"]), (&json!(100), &json!(60)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_is_paid_in_parts_by_card_account_member_and_channel() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let take = |way: &str, amount: i64, reference: &str| {
        let body = json!({ "tender": id(), "way": way, "amount": amount, "reference": reference, "partial": true });
        let (till, party, cashier) = (&till, &party, &cashier);
        async move { till.post(party, "tenders", cashier, body).await }
    };
    take("card", 100, " ").await.refused(409, "reference_needed");
    take("cash", 100, "x").await.refused(400, "malformed");
    take("house_account", 100, "nobody").await.refused(404, "account_unknown");
    take("card", 601, "slip").await.refused(409, "amount_differs");
    assert_eq!(take("card", 100, "slip-1").await.ok(201)["due"], 500);
    assert_eq!(take("member_balance", 100, "m-7").await.ok(201)["due"], 400);
    assert_eq!(take("house_account", 200, "acme").await.ok(201)["due"], 200);
    let (_, refused) = till.ask(&party, "wechat_native", None).await;
    assert_eq!(refused["code"], "amount_differs");
    let payment = till.ask_with(&party, "wechat_native", json!({ "amount": 200, "tip": 20 })).await.ok(201);
    till.pay(&payment).await;
    till.becomes(&party, &payment, "paid").await;
    let check = till.check(&party).await;
    assert_eq!((&check["state"], &check["paid"]), (&json!("settled"), &json!(600)));
    assert_eq!(check["tenders"].as_array().unwrap().len(), 4);
    assert!(check["tenders"].as_array().unwrap().iter().any(|tender| tender["tip"] == 20));

    let accounts = till.world.get("/accounts", &cashier).await.ok(200);
    assert_eq!(accounts[0]["owed"], 200);
    let settle = |amount: i64, way: &str, reference: Option<&str>| {
        let body = json!({ "tender": id(), "amount": amount, "way": way, "reference": reference });
        let (till, cashier) = (&till, &cashier);
        async move { till.world.post("/accounts/acme/settle", cashier, body).await }
    };
    settle(201, "cash", None).await.refused(409, "amount_differs");
    settle(50, "card", None).await.refused(409, "reference_needed");
    assert_eq!(settle(50, "card", Some("slip-2")).await.ok(200)["owed"], 150);
    assert_eq!(settle(150, "cash", None).await.ok(200)["owed"], 0);
    let body = json!({ "tender": id(), "amount": 1, "way": "cash" });
    till.world.post("/accounts/nobody/settle", &cashier, body).await.refused(404, "account_unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_takes_no_more_than_its_limit() {
    let world = world().await;
    let (party, cashier) = (world.join("a1").await, world.staff("cashier").await);
    world.place(&party, &order("soup", 1, 1200)).await.ok(201);
    let body = json!({ "tender": id(), "way": "house_account", "amount": 1200, "reference": "acme" });
    world.post(&format!("/sessions/{}/tenders", party.session), &cashier, body).await.refused(409, "account_full");
}
