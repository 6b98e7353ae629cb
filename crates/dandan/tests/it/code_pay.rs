//! The guest's wallet, scanned at the till: paid at once, after a password, refused, or unknown and then reversed.

use crate::till::{Till, till};
use crate::world::{Party, id};
use serde_json::{Value, json};

async fn scan(till: &Till, party: &Party, token: &str, code: &str) -> crate::world::Answer {
    till.post(party, "code-payments", token, json!({ "ask": id(), "auth_code": code, "amount": 600 })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanned_wallet_pays_at_once() {
    for (code, way) in [("134567890123450001", "wechat_code"), (" 2812345678900001\n", "alipay_code")] {
        let till = till().await;
        let (party, waiter) = (till.hungry().await, till.world.staff("waiter").await);
        let payment = scan(&till, &party, &waiter, code).await.ok(201);
        assert_eq!((&payment["way"], &payment["state"]), (&json!(way), &json!("paid")), "{payment}");
        assert!(!payment.to_string().contains(code.trim()));
        till.is_settled(&party).await;
        let log = till.world.server.log.lock().unwrap().clone();
        assert!(!log.contains(code.trim()), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_types_a_password_is_waited_for() {
    for code in ["134567890123458801", "2812345678908801"] {
        let till = till().await;
        let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
        let payment = scan(&till, &party, &cashier, code).await;
        assert!(matches!(payment.status, 201 | 202), "{}", payment.body);
        till.becomes(&party, &payment.body, "paid").await;
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_wallet_leaves_the_check_due() {
    for code in ["134567890123458804", "134567890123458805", "2812345678908804"] {
        let till = till().await;
        let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
        let payment = scan(&till, &party, &cashier, code).await.body;
        let failed = till.becomes(&party, &payment, "failed").await;
        assert!(failed["reason"].is_string(), "{failed}");
        assert_eq!(till.check(&party).await["state"], "due");
        scan(&till, &party, &cashier, "134567890123450002").await.ok(201);
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_end_is_reversed_before_anything_else() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let first = scan(&till, &party, &cashier, "2812345678908803").await.ok(202);
    assert_eq!(first["state"], "checking");
    scan(&till, &party, &cashier, "2812345678900003").await.refused(409, "payment_open");
    let body = json!({ "ask": id(), "auth_code": "2812345678900004", "amount": 600, "instead_of": first["ask"] });
    let second = till.post(&party, "code-payments", &cashier, body).await.ok(201);
    assert_eq!(second["state"], "paid");
    assert_eq!(till.show(&party, &first).await["state"], "closed");
    till.is_settled(&party).await;

    let orders: Vec<Value> =
        till.world.http.get(format!("http://{}/control/orders", till.sim.control)).send().await.unwrap().json().await.unwrap();
    let paid = orders.iter().filter(|order| order["state"].as_str().is_some_and(|state| state.eq_ignore_ascii_case("paid")));
    assert_eq!(paid.count(), 1, "{orders:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_asked_after_and_never_sent_twice() {
    for (code, kind) in
        [("134567890123450005", "drop_response"), ("2812345678900006", "error_after"), ("134567890123458808", "latency")]
    {
        let till = till().await;
        let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
        till.fault(json!({ "kind": kind, "op": "code_pay", "count": 1 })).await;
        let payment = scan(&till, &party, &cashier, code).await.body;
        till.becomes(&party, &payment, "paid").await;
        till.is_settled(&party).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_wallets_code_is_not_tried() {
    let till = till().await;
    let (party, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    for code in ["1", "999999999999999999", "6901234567890", "https://pay.example", "一二三四"] {
        scan(&till, &party, &cashier, code).await.refused(422, "not_a_wallet_code");
    }
    for (field, value) in
        [("auth_code", json!("")), ("auth_code", json!("1".repeat(65))), ("terminal", json!("a b")), ("terminal", json!(""))]
    {
        let mut body = json!({ "ask": id(), "auth_code": "134567890123450007", "amount": 600 });
        body[field] = value;
        till.post(&party, "code-payments", &cashier, body).await.refused(400, "malformed");
    }
    let cook = till.world.staff("cook").await;
    scan(&till, &party, &cook, "134567890123450008").await.refused(403, "not_allowed");
    scan(&till, &party, &party.token, "134567890123450008").await.refused(403, "not_allowed");
    assert_eq!(till.check(&party).await["state"], "due");
}
