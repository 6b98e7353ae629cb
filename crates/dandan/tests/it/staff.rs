//! Who may do what, and what wrong PINs lead to.

use crate::world::{PIN, ROLES, id, order, world};
use api::Right;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_may_do_what_the_table_says_and_no_more() {
    let world = world().await;
    let party = world.join("a1").await;
    let session = &party.session;
    // So that the day can't close.
    world.place(&party, &order("rice", 1, 300)).await.ok(201);
    // Requests that are refused for another reason, or change nothing, where the role may make them.
    let requests: Vec<(Right, String, Value)> = vec![
        (Right::Serve, format!("/calls/{}/answer", id()), json!({})),
        (Right::Serve, "/tables/none/open".into(), json!({ "session": id(), "covers": 2 })),
        (Right::Serve, format!("/sessions/{}/close", id()), json!({})),
        (Right::Serve, format!("/sessions/{session}/lines/{}/rush", id()), json!({})),
        (
            Right::Collect,
            format!("/sessions/{session}/cash"),
            json!({ "tender": id(), "amount": 1, "received": 1, "order": null }),
        ),
        (Right::Charge, format!("/sessions/{session}/code-payments"), json!({ "ask": id(), "auth_code": "1", "amount": 1 })),
        (Right::Charge, "/till/receipts".into(), json!({ "text": "DDR1.x.y" })),
        (Right::Charge, format!("/sessions/{session}/payments"), json!({ "ask": id(), "way": "wechat_native", "amount": 1 })),
        (
            Right::Collect,
            format!("/sessions/{session}/tenders"),
            json!({ "tender": id(), "way": "card", "amount": 1, "reference": "1" }),
        ),
        (Right::Collect, "/accounts/acme/settle".into(), json!({ "tender": id(), "amount": 1, "way": "cash" })),
        (
            Right::Refund,
            format!("/sessions/{session}/refunds"),
            json!({ "refund": id(), "tender": id(), "amount": 1, "reason": "x" }),
        ),
        (Right::Correct, format!("/sessions/{session}/reopen"), json!({ "reason": "x" })),
        (Right::Correct, format!("/money/payments/{}/refund", id()), json!({ "refund": id(), "amount": 1, "reason": "x" })),
        (Right::Correct, format!("/money/cases/{}/send-back", id()), json!({})),
        (Right::Correct, format!("/money/cases/{}/retry-refund", id()), json!({})),
        (Right::Reconcile, format!("/money/cases/{}/take", id()), json!({})),
        (Right::Reconcile, format!("/money/cases/{}/ask-channel", id()), json!({})),
        (Right::Reconcile, format!("/money/cases/{}/give-up", id()), json!({})),
        (Right::Reconcile, format!("/money/cases/{}/resolve", id()), json!({ "how": "x" })),
        (Right::Reconcile, "/money/bills/wechat/2026-11-21/compare".into(), json!({})),
        (Right::Serve, format!("/sessions/{session}/split/undo"), json!({})),
        (Right::Cook, "/kitchen/painted".into(), json!({ "screen": "x", "items": [] })),
        (Right::Cook, format!("/kitchen/items/{}.0/start", id()), json!({})),
        (Right::Cook, format!("/pickup/{}/call-again", id()), json!({})),
        (Right::Cook, format!("/pickup/{}/collected", id()), json!({})),
        (Right::Serve, format!("/sessions/{session}/lines/{}/void", id()), json!({ "reason": "hair" })),
        (Right::Serve, format!("/sessions/{session}/lines/{}/comp", id()), json!({ "reason": "x" })),
        (Right::Serve, format!("/sessions/{session}/lines/{}/reprice", id()), json!({ "amount": 1, "reason": "x" })),
        (Right::Serve, format!("/sessions/{session}/lines/{}/divide", id()), json!({ "quantity": 1, "into": id() })),
        (Right::Cook, format!("/sessions/{session}/lines/{}/weigh", id()), json!({ "weight_g": 500 })),
        (Right::Serve, format!("/sessions/{session}/discount"), json!({ "discount": { "percent": 0 }, "reason": "x" })),
        (
            Right::Serve,
            format!("/sessions/{session}/waive"),
            json!({ "fees": { "seat_fee": true, "minimum_spend": false, "service_charge": false }, "reason": "" }),
        ),
        (Right::Serve, format!("/sessions/{session}/covers"), json!({ "covers": 0 })),
        (Right::Serve, format!("/sessions/{}/vip", id()), json!({ "vip": true })),
        (Right::Serve, format!("/sessions/{session}/move"), json!({ "to": "nowhere" })),
        (Right::Serve, format!("/sessions/{session}/merge"), json!({ "from": id() })),
        (Right::Serve, format!("/sessions/{session}/unmerge"), json!({ "from": id() })),
        (Right::Serve, format!("/sessions/{session}/move-lines"), json!({ "lines": [id()], "to": id(), "order": id() })),
        (Right::Serve, format!("/sessions/{session}/fire"), json!({ "lines": [id()] })),
        (
            Right::Serve,
            "/approvals".into(),
            json!({ "approval": id(), "act": { "act": "comp", "session": session, "line": id() }, "reason": "x" }),
        ),
        (Right::Approve, format!("/approvals/{}/give", id()), json!({})),
        (Right::Approve, format!("/approvals/{}/refuse", id()), json!({ "reason": "x" })),
        (Right::Serve, format!("/orders/{}/accept", id()), json!({})),
        (Right::Serve, format!("/orders/{}/decline", id()), json!({ "reason": "x" })),
        (Right::Seat, "/tables/nowhere/lock".into(), json!({ "reason": "x" })),
        (Right::Seat, "/tables/nowhere/unlock".into(), json!({})),
        (Right::Seat, "/tables/nowhere/clean".into(), json!({})),
        (Right::Seat, "/reservations".into(), json!({ "reservation": id(), "name": "x", "covers": 0, "for_when": 0 })),
        (Right::Seat, format!("/reservations/{}/end", id()), json!({ "why": "no_show" })),
        (Right::Seat, "/queue".into(), json!({ "entry": id(), "covers": 0 })),
        (Right::Seat, format!("/queue/{}/call", id()), json!({})),
        (Right::Seat, format!("/queue/{}/end", id()), json!({ "why": "left" })),
        (Right::Collect, "/shifts".into(), json!({ "shift": id(), "float": -1 })),
        (
            Right::Collect,
            format!("/shifts/{}/cash", id()),
            json!({ "entry": id(), "direction": "in", "amount": 1, "reason": "x" }),
        ),
        (Right::Collect, format!("/shifts/{}/close", id()), json!({ "counted": 0 })),
        (Right::Cook, format!("/kitchen/items/{}.0/remake", id()), json!({ "cause": "cold" })),
        (Right::Cook, "/kitchen/slips/dd000000000000.none/bump".into(), json!({})),
        (Right::Direct, "/stations/none/open".into(), json!({})),
        (Right::Direct, "/stations/none/close".into(), json!({})),
        (Right::Direct, "/printers/none/test".into(), json!({ "job": id() })),
        (Right::Direct, format!("/print/{}/move", id()), json!({ "to": "none" })),
        (Right::Direct, format!("/print/{}/end", id()), json!({})),
        (
            Right::Serve,
            "/print".into(),
            json!({ "job": id(), "slip": { "slip": "pre_bill", "session": session }, "printer": "none" }),
        ),
        (Right::Day, "/print".into(), json!({ "job": id(), "slip": { "slip": "day", "number": 1 }, "printer": "none" })),
        (Right::Publish, "/people/nobody".into(), json!({ "name": "x", "role": "waiter" })),
        (Right::Publish, "/people/nobody/end".into(), json!({})),
        (Right::Publish, format!("/devices/{}/unpair", id()), json!({})),
        (Right::Stock, "/stock/none".into(), json!({ "sold_out": true, "remaining": null })),
        (Right::Day, "/day/open".into(), json!({})),
        (Right::Day, "/day/close".into(), json!({ "accept_unmatched": false })),
        (
            Right::Publish,
            "/menu".into(),
            json!({ "version": 1, "currency": "CNY", "stations": [], "categories": [], "dishes": [] }),
        ),
        (Right::Publish, "/devices/pairing-codes".into(), json!({})),
    ];
    for (name, role) in ROLES {
        let token = world.staff(name).await;
        let heads = world.heads().await;
        for (right, path, body) in &requests {
            let answer = world.post(path, &token, body.clone()).await;
            if role.may(*right) {
                assert!(answer.status != 401 && answer.status != 403 && answer.status < 500, "{name} {path}: {}", answer.body);
            } else {
                answer.refused(403, "not_allowed");
            }
        }
        let ways = format!("/sessions/{session}/ways");
        for (right, path) in [
            (Right::Serve, "/floor"),
            (Right::Cook, "/kitchen"),
            (Right::Serve, "/floor/feed"),
            (Right::Cook, "/kitchen/feed"),
            (Right::Serve, &ways),
            (Right::Serve, "/channels"),
            (Right::Collect, "/accounts"),
            (Right::Reconcile, "/money/inbox"),
            (Right::Reconcile, "/money/payments"),
            (Right::Cook, "/expo"),
            (Right::Cook, "/expo/feed"),
            (Right::Collect, "/shifts"),
            (Right::Day, "/day"),
            (Right::Audit, "/audit"),
            (Right::Serve, &format!("/sessions/{session}/timeline")),
            (Right::Serve, &format!("/sessions/{session}/code")),
            (Right::Publish, "/people"),
            (Right::Publish, "/devices"),
        ] {
            let response = world.request(reqwest::Method::GET, path, &token).send().await.unwrap();
            assert_eq!(response.status(), if role.may(right) { 200 } else { 403 }, "{name} {path}");
        }
        // A pairing code is the one thing here that is made.
        let made = u64::from(role.may(Right::Publish));
        let after = world.heads().await;
        assert_eq!((after[0], after[2]), (heads[0], heads[2] + made), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_pins_make_the_device_wait() {
    let world = world().await;
    let device = world.device().await;
    let try_pin = |staff: &'static str, pin: &'static str| {
        let (world, device) = (&world, &device);
        async move { world.post("/staff/sign-in", device, json!({ "staff": staff, "pin": pin })).await }
    };
    try_pin("manager", "0000").await.refused(401, "wrong_pin");
    try_pin("manager", PIN).await.ok(200);
    for staff in ["manager", "nobody", "owner", "cook", "manager"] {
        try_pin(staff, "00000").await.refused(401, "wrong_pin");
    }
    let waiting = try_pin("manager", PIN).await;
    let seconds = waiting.retry_after.unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(waiting.refused(429, "too_many_attempts")["retry_after_s"], seconds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pairing_code_pairs_one_device() {
    let world = world().await;
    let manager = world.staff("manager").await;
    let key = id();
    let code = world.post_as(&key, "/devices/pairing-codes", &manager, json!({})).await.ok(201)["code"].clone();
    assert_eq!(world.post_as(&key, "/devices/pairing-codes", &manager, json!({})).await.ok(201)["code"], code);
    let pair = json!({ "code": code, "name": "till" });
    let key = id();
    let paired = world.post_as(&key, "/devices/pair", "", pair.clone()).await.ok(201);
    assert_eq!(world.post_as(&key, "/devices/pair", "", pair.clone()).await.ok(201)["token"], paired["token"]);
    world.post("/devices/pair", "", pair).await.refused(409, "pairing_code_unknown");
    let cards = world.get("/staff", paired["token"].as_str().unwrap()).await.ok(200);
    assert_eq!(cards.as_array().unwrap().len(), ROLES.len());
    assert!(!cards.to_string().contains("argon2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_needs_a_reason_an_unpaid_line_and_a_cook_who_sees_it() {
    let world = world().await;
    let (party, lead, cook, till) =
        (world.join("a1").await, world.staff("lead").await, world.staff("cook").await, world.staff("cashier").await);
    let (kept, voided) = (order("rice", 1, 300), order("soup", 1, 1200));
    world.place(&party, &kept).await.ok(201);
    world.place(&party, &voided).await.ok(201);
    let path = |order: &Value| format!("/sessions/{}/lines/{}/void", party.session, order["lines"][0]["line"].as_str().unwrap());
    world.post(&path(&voided), &lead, json!({ "reason": " " })).await.refused(409, "bad_text");
    // The kitchen has it: whoever takes it off needs somebody else who may say yes.
    world.post(&path(&voided), &lead, json!({ "reason": "spilt" })).await.refused(409, "approval_needed");
    let with = |staff: &str, pin: &str| json!({ "reason": "spilt", "approver": { "staff": staff, "pin": pin } });
    world.post(&path(&voided), &lead, with("lead", PIN)).await.refused(409, "approver_not_allowed");
    world.post(&path(&voided), &lead, with("cook", PIN)).await.refused(409, "approver_not_allowed");
    world.post(&path(&voided), &lead, with("manager", "0000")).await.refused(401, "wrong_pin");
    let view = world.post(&path(&voided), &lead, with("manager", PIN)).await.ok(200);
    assert_eq!(view["check"]["balance"], 300);
    let tickets = world.kitchen(&cook).await;
    let ticket = tickets.iter().find(|ticket| ticket["order"] == voided["order"]).unwrap();
    assert_eq!((&ticket["items"][0]["void_unseen"], &ticket["items"][0]["void_reason"]), (&json!(true), &json!("spilt")));
    let key = ticket["items"][0]["key"].as_str().unwrap();
    world.post(&format!("/kitchen/items/{key}/acknowledge-void"), &cook, json!({})).await.ok(200);
    assert_eq!(world.kitchen(&cook).await.len(), 1);
    let cash = json!({ "tender": id(), "amount": 300, "received": 300, "order": null });
    world.post(&format!("/sessions/{}/cash", party.session), &till, cash).await.ok(201);
    world.post(&path(&kept), &lead, json!({ "reason": "late" })).await.refused(409, "line_paid");
}
