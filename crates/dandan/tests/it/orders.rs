//! Orders under retries, races, changed prices and paying first.

use crate::world::{Plan, World, id, open, order, select, until, world};
use futures::future::join_all;
use serde_json::{Value, json};

fn number(view: &Value) -> String {
    view["number"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_id_is_one_order_however_often_it_is_sent() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    let body = order("rice", 2, 300);
    let first = world.place(&party, &body).await.ok(201);
    let heads = world.heads().await;
    assert_eq!(number(&world.place(&party, &body).await.ok(201)), number(&first));
    let mut changed = body.clone();
    changed["note"] = json!("less salt");
    world.place(&party, &changed).await.refused(422, "key_reused");
    world.place(&other, &body).await.refused(422, "key_reused");
    // The same id with another spelling of the same content is another content.
    let key = body["order"].as_str().unwrap();
    world
        .post_as(key, &format!("/sessions/{}/calls", party.session), &party.token, json!({ "call": id(), "reason": "water" }))
        .await
        .refused(422, "key_reused");
    assert_eq!(world.heads().await, heads);

    let body = order("soup", 1, 1200);
    let answers = join_all((0..50).map(|_| world.place(&party, &body))).await;
    let numbers: std::collections::BTreeSet<String> = answers.into_iter().map(|answer| number(&answer.ok(201))).collect();
    assert_eq!(numbers.len(), 1);
    let orders = world.party(&party).await["orders"].as_array().unwrap().len();
    assert_eq!(orders, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_remembered_under_its_id_too() {
    let world = world().await;
    let (party, staff) = (world.join("a1").await, world.staff("manager").await);
    world.post("/stock/soup", &staff, json!({ "sold_out": true, "remaining": null })).await.ok(200);
    let body = order("soup", 1, 1200);
    let refused = world.place(&party, &body).await.refused(409, "order_differs");
    assert_eq!(refused["differences"][0]["problem"], "sold_out");
    world.post("/stock/soup", &staff, json!({ "sold_out": false, "remaining": null })).await.ok(200);
    world.place(&party, &body).await.refused(409, "order_differs");
    world.place(&party, &order("soup", 1, 1200)).await.ok(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_portion_goes_to_exactly_one_of_many() {
    let world = world().await;
    let parties = join_all((1..=32).map(|n| {
        let world = &world;
        async move { world.join(&format!("a{n}")).await }
    }))
    .await;
    let wishes: Vec<Value> = parties.iter().map(|_| order("crab", 1, 8800)).collect();
    let answers = join_all(parties.iter().zip(&wishes).map(|(party, wish)| world.place(party, wish))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accepted, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        let refused = answer.refused(409, "order_differs");
        assert_eq!((&refused["differences"][0]["problem"], &refused["differences"][0]["left"]), (&json!("sold_out"), &json!(0)));
    }
    let cook = world.staff("cook").await;
    assert_eq!(world.kitchen(&cook).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_price_is_shown_and_then_agreed_to() {
    let world = world().await;
    let (party, staff) = (world.join("a1").await, world.staff("manager").await);
    let put = json!({ "line": select("rice", 2) });
    let cart = world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, put).await.ok(200);
    assert_eq!(cart["cart"][0]["amount"], 600);
    let line = cart["cart"][0]["line"].clone();
    let mut menu = serde_json::to_value(crate::world::menu()).unwrap();
    menu["dishes"][0]["variants"][0]["price"] = json!(350);
    let mut misspelt = menu.clone();
    misspelt["dishes"][0]["alergens"] = json!(["peanut"]);
    let refused = world.post("/menu", &staff, misspelt).await.refused(400, "malformed");
    assert!(refused["detail"].as_str().unwrap().contains("alergens"), "{refused}");
    assert_eq!(world.post("/menu", &staff, menu).await.ok(201)["version"], 2);

    let mut wish = order("rice", 2, 300);
    wish["lines"][0]["line"] = line.clone();
    let refused = world.place(&party, &wish).await.refused(409, "order_differs");
    let difference = &refused["differences"][0];
    assert_eq!(
        (&difference["problem"], &difference["was"], &difference["now"]),
        (&json!("price_changed"), &json!(600), &json!(700))
    );
    let quote = &refused["quote"];
    assert_eq!((&quote["menu_version"], &quote["total"]), (&json!(2), &json!(700)));

    let mut agreed = order("rice", 2, 350);
    agreed["lines"][0]["line"] = line;
    agreed["menu_version"] = quote["menu_version"].clone();
    assert_eq!(world.place(&party, &agreed).await.ok(201)["total"], 700);
    assert_eq!(world.party(&party).await["cart"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_pay_first_the_kitchen_waits_for_the_money() {
    let world = world().await;
    let (party, till, cook) = (world.join("k1").await, world.staff("cashier").await, world.staff("cook").await);
    let wish = order("rice", 1, 300);
    let placed = world.place(&party, &wish).await.ok(201);
    assert_eq!((&placed["state"], &placed["number"]), (&json!("awaiting_payment"), &json!("A001")));
    assert!(world.kitchen(&cook).await.is_empty());
    let cash = |amount: i64, order: Value| {
        let (world, till, path) = (&world, &till, format!("/sessions/{}/cash", party.session));
        async move { world.post(&path, till, json!({ "tender": id(), "amount": amount, "received": 500, "order": order })).await }
    };
    cash(300, Value::Null).await.refused(409, "order_needed");
    cash(299, wish["order"].clone()).await.refused(409, "amount_differs");
    assert_eq!(cash(300, wish["order"].clone()).await.ok(201)["change"], 200);
    cash(300, wish["order"].clone()).await.refused(409, "already_settled");

    let tickets = world.kitchen(&cook).await;
    assert_eq!((tickets.len(), &tickets[0]["number"]), (1, &json!("A001")));
    let board = || async { world.get("/pickup", &cook).await.ok(200)["entries"].clone() };
    assert_eq!(board().await[0]["state"], "preparing");
    let key = tickets[0]["items"][0]["key"].as_str().unwrap();
    world.post(&format!("/kitchen/items/{key}/ready"), &cook, json!({})).await.ok(200);
    let ready = board().await;
    assert_eq!((&ready[0]["state"], &ready[0]["number"]), (&json!("ready"), &json!("A001")));
    let order = wish["order"].as_str().unwrap();
    world.post(&format!("/pickup/{order}/call-again"), &cook, json!({})).await.ok(200);
    assert_eq!(board().await[0]["calls"].as_u64(), ready[0]["calls"].as_u64().map(|calls| calls + 1));
    world.post(&format!("/pickup/{order}/collected"), &cook, json!({})).await.ok(200);
    assert_eq!(board().await, json!([]));
}

/// The state of the first order, as the phone sees it.
async fn state(world: &World, party: &crate::world::Party) -> Value {
    world.party(party).await["orders"][0]["state"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_nobody_pays_for_gives_its_portions_back() {
    let world = open(Plan { unpaid_minutes: 0, ..Plan::default() }).await;
    let (slow, quick, cook) = (world.join("k1").await, world.join("k1").await, world.staff("cook").await);
    assert_ne!(slow.session, quick.session, "at a counter every phone is a party of its own");
    world.place(&slow, &order("crab", 1, 8800)).await.ok(201);
    until("the order expires", || async { (state(&world, &slow).await == "expired").then_some(()) }).await;
    assert!(world.kitchen(&cook).await.is_empty());
    assert_eq!(world.party(&slow).await["check"]["total"], 0);
    world.place(&quick, &order("crab", 1, 8800)).await.ok(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaid_order_can_be_taken_back_once() {
    let world = world().await;
    let (party, other) = (world.join("k1").await, world.join("k2").await);
    let wish = order("crab", 1, 8800);
    world.place(&party, &wish).await.ok(201);
    let cancel = |party: &crate::world::Party| {
        let path = format!("/sessions/{}/orders/{}/cancel", party.session, wish["order"].as_str().unwrap());
        let (world, token) = (&world, party.token.clone());
        async move { world.post(&path, &token, json!({})).await }
    };
    cancel(&other).await.refused(404, "order_unknown");
    assert_eq!(cancel(&party).await.ok(200)["state"], "cancelled");
    assert_eq!(cancel(&party).await.ok(200)["state"], "cancelled");
    world.place(&other, &order("crab", 1, 8800)).await.ok(201);
    let path = format!("/sessions/{}/orders/{}", other.session, wish["order"].as_str().unwrap());
    world.get(&path, &other.token).await.refused(404, "order_unknown");
}
