//! Splitting a check: shares sum to it to the fen, and two phones pay theirs at once.

use crate::till::{Till, till};
use crate::world::{Party, id, order};
use serde_json::{Value, json};

/// Two phones at one table: 6 yuan of rice and 12 of soup.
async fn two_phones(till: &Till) -> (Party, Party) {
    let (one, two) = (till.world.join("a1").await, till.world.join("a1").await);
    assert_eq!(one.session, two.session);
    till.world.place(&one, &order("rice", 2, 300)).await.ok(201);
    till.world.place(&two, &order("soup", 1, 1200)).await.ok(201);
    (one, two)
}

async fn split(till: &Till, party: &Party, how: Value) -> Value {
    let mut body = json!({ "first": id() });
    body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    till.post(party, "split", &party.token, body).await.ok(200)
}

fn amounts(check: &Value) -> Vec<i64> {
    check["shares"].as_array().unwrap().iter().map(|share| share["amount"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_phones_pay_their_shares_at_once() {
    let till = till().await;
    let (one, two) = two_phones(&till).await;
    let check = split(&till, &one, json!({ "by_guest": true })).await;
    assert_eq!(amounts(&check), [600, 1200]);
    let share = |i: usize| json!({ "share": check["shares"][i]["share"], "amount": check["shares"][i]["amount"] });
    let (first, second) =
        tokio::join!(till.ask_with(&one, "wechat_native", share(0)), till.ask_with(&two, "alipay_qr", share(1)),);
    let (first, second) = (first.ok(201), second.ok(201));
    till.ask_with(&one, "alipay_qr", share(0)).await.refused(409, "payment_open");
    till.ask_with(&one, "wechat_native", json!({ "amount": 1800 })).await.refused(409, "payment_open");
    tokio::join!(till.pay(&first), till.pay(&second));
    till.becomes(&one, &first, "paid").await;
    till.becomes(&two, &second, "paid").await;
    let check = till.check(&one).await;
    assert_eq!((&check["state"], &check["due"], &check["paid"]), (&json!("settled"), &json!(0), &json!(1800)));
    assert_eq!(check["tenders"].as_array().unwrap().len(), 2);
    assert!(check["shares"].as_array().unwrap().iter().all(|share| share["unpaid"] == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_even_split_carries_the_odd_fen_and_can_be_undone() {
    let till = till().await;
    let (one, cashier) = (till.hungry().await, till.world.staff("cashier").await);
    let check = split(&till, &one, json!({ "evenly": 7 })).await;
    assert_eq!(amounts(&check).iter().sum::<i64>(), 600);
    assert!(amounts(&check).iter().all(|amount| [85, 86].contains(amount)));
    let share = json!({ "tender": id(), "amount": 86, "received": 100, "share": check["shares"][0]["share"] });
    assert_eq!(till.post(&one, "cash", &cashier, share).await.ok(201)["change"], 14);
    let undone = till.post(&one, "split/undo", &one.token, json!({})).await.ok(200);
    assert_eq!((&undone["shares"], &undone["due"], &undone["paid"]), (&json!([]), &json!(514), &json!(86)));
    till.post(&one, "split/undo", &one.token, json!({})).await.ok(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_split_by_lines_leaves_the_rest_to_a_last_share() {
    let till = till().await;
    let (one, two) = two_phones(&till).await;
    let orders = till.world.party(&one).await["orders"].clone();
    let soup = orders.as_array().unwrap().iter().find(|order| order["total"] == 1200).unwrap()["lines"][0]["line"].clone();
    let check = split(&till, &one, json!({ "parts": [{ "name": "Li", "lines": [soup] }] })).await;
    assert_eq!((amounts(&check), &check["shares"][0]["name"]), (vec![1200, 600], &json!("Li")));
    // A new order makes the amounts wrong, so the split is forgotten.
    till.world.place(&two, &order("rice", 1, 300)).await.ok(201);
    assert_eq!(till.check(&one).await["shares"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_split_that_makes_no_sense_is_refused() {
    let till = till().await;
    let party = till.hungry().await;
    let line = till.world.party(&party).await["orders"][0]["lines"][0]["line"].clone();
    let refused = |how: Value| {
        let (till, party) = (&till, &party);
        async move {
            let mut body = json!({ "first": id() });
            body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            let answer = till.post(party, "split", &party.token, body).await;
            answer.is_refusal();
            answer.body["code"].as_str().unwrap().to_owned()
        }
    };
    for how in [
        json!({}),
        json!({ "evenly": 1 }),
        json!({ "evenly": 51 }),
        json!({ "evenly": 2, "by_guest": true }),
        json!({ "by_guest": false }),
        json!({ "parts": [] }),
        json!({ "parts": [{ "name": "", "lines": [] }] }),
        json!({ "parts": [{ "name": "x".repeat(25), "lines": [] }] }),
    ] {
        assert_eq!(refused(how).await, "malformed");
    }
    assert_eq!(refused(json!({ "parts": [{ "name": "Li", "lines": [id()] }] })).await, "line_unknown");
    assert_eq!(refused(json!({ "parts": [{ "name": "Li", "lines": [line] }] })).await, "split_not_possible");
    assert_eq!(refused(json!({ "by_guest": true })).await, "split_not_possible");
    assert_eq!(till.check(&party).await["shares"], json!([]));
}
