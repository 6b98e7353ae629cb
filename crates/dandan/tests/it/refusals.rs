//! Bad input at every endpoint of the OpenAPI document: a refusal with a code, and nothing changed.

use crate::endpoints::{Endpoint, endpoints, token_for};
use crate::world::{STORE, World, id, order, select, send, world};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

/// What another kind of value there is for a field of this kind.
fn wrong_kinds(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(_) => vec![json!("1"), json!(1.5), json!(1e30), json!([1]), json!({ "n": 1 }), json!(true)],
        Value::String(_) => vec![json!(1), json!(["x"]), json!({ "x": "x" }), Value::Null],
        Value::Bool(_) => vec![json!("true"), json!(1)],
        Value::Array(_) => vec![json!("x"), json!({ "0": 1 }), json!(7), json!([[[]]]), json!([null])],
        Value::Object(_) => vec![json!("x"), json!([]), json!(1)],
        Value::Null => vec![],
    }
}

fn bad_bodies(endpoint: &Endpoint) -> Vec<Value> {
    let Some(good) = &endpoint.body else { return Vec::new() };
    let mut bad = vec![json!([]), json!("x"), json!(1), Value::Null, json!([good])];
    let mut with = |name: &str, value: Option<Value>| {
        let mut body = good.clone();
        match value {
            Some(value) => body[name] = value,
            None => drop(body.as_object_mut().unwrap().remove(name)),
        }
        bad.push(body);
    };
    with("surprise", Some(json!(1)));
    let required = endpoint.schema["required"].as_array().cloned().unwrap_or_default();
    for name in required.iter().filter_map(Value::as_str) {
        with(name, None);
        for wrong in wrong_kinds(&good[name]) {
            with(name, Some(wrong));
        }
    }
    bad
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_body_changes_anything() {
    let world = world().await;
    let (party, staff, device) = (world.join("a1").await, world.staff("manager").await, world.device().await);
    let before = world.heads().await;
    let mut tried = 0;
    for endpoint in endpoints(&world, &party).await.into_iter().filter(|endpoint| endpoint.body.is_some()) {
        let token = token_for(&endpoint, &party, &staff, &device);
        let post = || world.request(Method::POST, &endpoint.path, token).header("idempotency-key", id());
        let json_type = |request: reqwest::RequestBuilder| request.header("content-type", "application/json");
        for text in ["", "{", "{\"a\":1,}", "\u{feff}{}", "nan", "{\"a\":\"\\ud800\"}", "{}{}"] {
            send(json_type(post()).body(text)).await.refused(400, "malformed");
        }
        send(json_type(post()).body(vec![b'{', 0xff, b'}'])).await.refused(400, "malformed");
        send(json_type(post()).body("[".repeat(5_000))).await.refused(400, "malformed");
        for body in bad_bodies(&endpoint) {
            let answer = send(post().json(&body)).await;
            assert_eq!(answer.status, 400, "{} took {body}: {}", endpoint.path, answer.body);
            answer.refused(400, "malformed");
            tried += 1;
        }
        let good = endpoint.body.clone().unwrap().to_string();
        send(post().body(good.clone())).await.refused(415, "wrong_type");
        send(post().header("content-type", "text/plain").body(good.clone())).await.refused(415, "wrong_type");
        send(post().header("content-type", "application/x-www-form-urlencoded").body("a=1")).await.refused(415, "wrong_type");
        let limit = match endpoint.path.as_str() {
            "/menu" => 4 * 1024 * 1024,
            "/head-office/directive" => 8 * 1024 * 1024,
            _ => 256 * 1024,
        };
        let padded = format!("{good}{}", " ".repeat(limit));
        send(json_type(post()).body(padded)).await.refused(413, "too_large");
        if endpoint.keyed {
            let keyless = || world.request(Method::POST, &endpoint.path, token);
            send(keyless().json(&endpoint.body)).await.refused(400, "key_missing");
            for key in ["", "1", "0123456789ABCDEF0123456789ABCDEF", &"a".repeat(33), "0x00000000000000000000000000000a"] {
                send(keyless().header("idempotency-key", key).json(&endpoint.body)).await.refused(400, "key_missing");
            }
        }
    }
    assert!(tried > 300, "{tried} bodies");
    assert_eq!(world.heads().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_where_they_do_not_belong() {
    let world = world().await;
    let (party, other) = (world.join("a1").await, world.join("a2").await);
    let (staff, device) = (world.staff("manager").await, world.device().await);
    let before = world.heads().await;
    for endpoint in endpoints(&world, &party).await {
        let token = token_for(&endpoint, &party, &staff, &device);
        let ask = |path: &str, token: &str| {
            let request = world.request(endpoint.method.clone(), path, token).header("idempotency-key", id());
            send(if let Some(body) = &endpoint.body { request.json(body) } else { request })
        };
        for path in &endpoint.spoilt {
            ask(path, token).await.is_refusal();
        }
        let elsewhere = |store: &str| format!("{}/api/v1/stores/{store}{}", world.server.url, endpoint.path);
        ask(&elsewhere(&id()), token).await.refused(404, "store_unknown");
        ask(&elsewhere("x"), token).await.refused(400, "malformed");
        ask(&elsewhere(&STORE.to_string().to_uppercase()), token).await.is_refusal();
        if !endpoint.signed {
            continue;
        }
        let mut flipped = token.as_bytes().to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        for bad in ["", "x", "g.s.e.t", &String::from_utf8(flipped).unwrap(), &token.replacen('.', "..", 1)] {
            ask(&endpoint.path, bad).await.refused(401, "not_signed_in");
        }
        let diners = endpoint.path.starts_with("/sessions/") && endpoint.tag != "floor";
        match endpoint.tag.as_str() {
            // Pairing and signing in are for devices; who works here, for the staff too.
            "staff" if endpoint.path != "/staff" => ask(&endpoint.path, &party.token).await.refused(401, "not_signed_in"),
            _ if diners => ask(&endpoint.path, &other.token).await.refused(403, "not_allowed"),
            _ => ask(&endpoint.path, &party.token).await.refused(403, "not_allowed"),
        };
    }
    assert_eq!(world.heads().await, before);
    ask_elsewhere(&world).await;
}

/// What no route answers is refused in the same form.
async fn ask_elsewhere(world: &World) {
    let url = &world.server.url;
    for path in ["/api/v1/nothing", "/api/v2/health", "/nothing", "/api/v1/stores", "/channels/unknown/x"] {
        let answer = send(world.request(Method::POST, &format!("{url}{path}"), "")).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
        answer.is_refusal();
    }
    let session = format!("{}/sessions/{}", world.base(), id());
    for (method, path) in
        [(Method::DELETE, session.clone()), (Method::PUT, session), (Method::POST, format!("{url}/api/v1/health"))]
    {
        send(world.request(method, &path, "")).await.refused(405, "method_not_allowed");
    }
    let party = world.join("a9").await;
    for path in [format!("/sessions/{}/feed?after=x", party.session), format!("/sessions/{}/feed?surprise=1", party.session)] {
        world.get(&path, &party.token).await.refused(400, "malformed");
    }
    for path in [format!("/sessions/{}/feed/ws", party.session), "/kitchen/feed/ws".to_owned()] {
        world.get(&path, &party.token).await.is_refusal();
    }
    let large = vec![b'x'; 65 * 1024];
    let notice = world.request(Method::POST, &format!("{url}/channels/wechat/{STORE}"), "").body(large);
    send(notice).await.refused(413, "too_large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_forged_table_code_opens_anything() {
    let world = world().await;
    let before = world.heads().await;
    let genuine = world.code("a1");
    let mut forged: Vec<String> = Vec::new();
    for at in 0..genuine.len() {
        for bit in 0..8 {
            let mut bytes = genuine.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            forged.extend(String::from_utf8(bytes).ok());
        }
    }
    let mark = genuine.rsplit('.').next().unwrap().to_owned();
    forged.extend([
        genuine.to_uppercase(),
        format!("{genuine}0"),
        format!("a1.2.{mark}"),
        format!("a2.1.{mark}"),
        format!("a1.01.{mark}"),
    ]);
    forged.extend(["", ".", "..", "a1", "a1.1", "a1.1.", &"a".repeat(300), "桌.1.码"].map(str::to_owned));
    while forged.len() < 10_000 {
        let random = id();
        forged.push(format!("a{}.1.{}", forged.len() % 40 + 1, &random[..20]));
    }
    let refused = futures::stream::iter(forged).map(|code| {
        let body = json!({ "code": code, "guest": id(), "name": null, "covers": 2, "session": id() });
        let world = &world;
        async move { world.post("/sessions/join", "", body).await.refused(404, "code_unknown") }
    });
    let refused: Vec<Value> = refused.buffer_unordered(32).collect().await;
    assert!(refused.iter().all(|body| body["detail"] == refused[0]["detail"]), "all refusals look alike");
    assert_eq!(world.heads().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_out_of_bounds_is_taken() {
    let world = world().await;
    let party = world.join("a1").await;
    let before = world.heads().await;
    let mut bad: Vec<Value> = Vec::new();
    let mut line = |dish: &str, change: Value| {
        let mut line = select(dish, 1);
        line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        bad.push(line);
    };
    for quantity in [json!(0), json!(-1), json!(100), json!(65_535), json!(65_536), json!(4_294_967_297_u64), json!(-1e9)] {
        line("rice", json!({ "quantity": quantity }));
    }
    for note in ["字".repeat(61), "a\u{0}b".to_owned(), "a\nb".to_owned(), "\u{1b}[2J".to_owned(), "\u{202e}abc".to_owned()] {
        line("rice", json!({ "note": note }));
    }
    line("rice", json!({ "dish": "unicorn" }));
    line("rice", json!({ "dish": "../rice" }));
    line("rice", json!({ "variant": "huge" }));
    line("rice", json!({ "weight_g": 500 }));
    line("rice", json!({ "options": [{ "option": "egg", "quantity": 1 }] }));
    line("rice", json!({ "set": [{ "group": "main", "dish": "rice", "quantity": 1 }] }));
    for weight in [json!(null), json!(0), json!(49), json!(20_001), json!(-500), json!(5e20)] {
        line("fish", json!({ "weight_g": weight }));
    }
    line("dip", json!({ "quantity": 3 }));
    let hot = json!({ "option": "hot", "quantity": 1 });
    for options in [
        json!([]),
        json!([hot, { "option": "mild", "quantity": 1 }]),
        json!([hot, hot]),
        json!([{ "option": "hot", "quantity": 2 }]),
        json!([hot, { "option": "egg", "quantity": 3 }]),
        json!([hot, { "option": "egg", "quantity": 0 }]),
        json!([hot, { "option": "egg", "quantity": 65_535 }]),
        json!([hot, { "option": "beef", "quantity": 1 }, { "option": "vegan", "quantity": 1 }]),
        json!([hot, { "option": "gold", "quantity": 1 }]),
        Value::Array(vec![hot.clone(); 41]),
    ] {
        line("noodles", json!({ "options": options }));
    }
    for set in [
        json!([]),
        json!([{ "group": "main", "dish": "crab", "quantity": 1 }]),
        json!([{ "group": "main", "dish": "rice", "quantity": 2 }]),
        json!([{ "group": "main", "dish": "rice", "quantity": 1 }, { "group": "main", "dish": "soup", "quantity": 1 }]),
        json!([{ "group": "other", "dish": "rice", "quantity": 1 }]),
    ] {
        line("set", json!({ "set": set }));
    }
    for line in bad {
        let put = world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, json!({ "line": line })).await;
        assert_ne!(put.status, 200, "{line}");
        put.is_refusal();
        let mut asked = line.clone();
        asked["unit_price"] = json!(300);
        asked["amount"] = json!(300);
        let placed =
            world.place(&party, &json!({ "order": id(), "menu_version": 1, "total": 300, "lines": [asked], "note": null })).await;
        placed.is_refusal();
        let quoted = world.post(&format!("/sessions/{}/quote", party.session), &party.token, json!({ "lines": [line] })).await;
        assert!(quoted.status < 500, "{}", quoted.body);
        assert!(
            quoted.status == 400 || !quoted.body["lines"][0]["problem"].is_null() || line["note"].is_string(),
            "{line}: {}",
            quoted.body
        );
    }
    assert_eq!(world.heads().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_order_or_payment_out_of_bounds_is_taken() {
    let world = world().await;
    let (party, staff) = (world.join("a1").await, world.staff("manager").await);
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let before = world.heads().await;
    let spoil = |change: &dyn Fn(&mut Value)| {
        let mut body = order("rice", 1, 300);
        change(&mut body);
        body
    };
    let orders = [
        spoil(&|order| order["lines"] = json!([])),
        spoil(&|order| order["lines"] = Value::Array((0..101).map(|_| order["lines"][0].clone()).collect())),
        spoil(&|order| order["lines"] = json!([order["lines"][0], order["lines"][0]])),
        spoil(&|order| order["note"] = json!("字".repeat(61))),
        spoil(&|order| order["note"] = json!("a\u{7}")),
        spoil(&|order| order["total"] = json!(-300)),
        spoil(&|order| order["total"] = json!(i64::MAX)),
        spoil(&|order| order["lines"][0]["unit_price"] = json!(i64::MIN)),
        spoil(&|order| order["lines"][0]["amount"] = json!(1)),
    ];
    for body in &orders {
        world.place(&party, body).await.is_refusal();
    }
    let path = format!("/sessions/{}/orders", party.session);
    world.post_as(&id(), &path, &party.token, order("rice", 1, 300)).await.refused(400, "malformed");

    let pay = |amount: i64, received: i64| {
        let body = json!({ "tender": id(), "amount": amount, "received": received, "order": null });
        let (world, staff, path) = (&world, &staff, format!("/sessions/{}/cash", party.session));
        async move { world.post(&path, staff, body).await }
    };
    for (amount, received) in [(0, 0), (-600, -600), (599, 600), (601, 601), (i64::MAX, i64::MAX), (i64::MIN, 0)] {
        pay(amount, received).await.refused(409, "amount_differs");
    }
    for received in [599, -1, i64::MIN] {
        pay(600, received).await.refused(409, "not_enough_cash");
    }
    for received in [i64::MAX, 1_000_000_001] {
        pay(600, received).await.is_refusal();
    }
    let path = |end: &str| format!("/sessions/{}/{end}", party.session);
    for (path, body) in [
        (path("calls"), json!({ "call": id(), "reason": "party" })),
        (path(&format!("lines/{}/void", id())), json!({ "reason": "" })),
        (path("close"), json!({})),
        ("/stock/unicorn".to_owned(), json!({ "sold_out": true, "remaining": null })),
        ("/stock/rice".to_owned(), json!({ "sold_out": false, "remaining": 100_001 })),
        ("/stock/rice".to_owned(), json!({ "sold_out": false, "remaining": -1 })),
        ("/tables/a5/open".to_owned(), json!({ "session": id(), "covers": 0 })),
        ("/tables/a5/open".to_owned(), json!({ "session": id(), "covers": 100 })),
        ("/tables/z9/open".to_owned(), json!({ "session": id(), "covers": 2 })),
        ("/kitchen/painted".to_owned(), json!({ "screen": "x".repeat(25), "items": [] })),
        ("/kitchen/painted".to_owned(), json!({ "screen": "x", "items": vec![format!("{}.0", id()); 501] })),
        ("/devices/pair".to_owned(), json!({ "code": "guess", "name": "x" })),
        ("/devices/pair".to_owned(), json!({ "code": "guess", "name": "x".repeat(25) })),
    ] {
        let answer = world.post(&path, &staff, body.clone()).await;
        assert!(answer.status >= 400, "{path} took {body}");
        answer.is_refusal();
    }
    for name in ["字".repeat(25), "a\u{0}".to_owned(), "\u{202e}".to_owned()] {
        let body = json!({ "code": world.code("a7"), "guest": id(), "name": name, "covers": 2, "session": id() });
        world.post("/sessions/join", "", body).await.refused(409, "bad_text");
    }
    for covers in [0, 100] {
        let body = json!({ "code": world.code("a7"), "guest": id(), "name": null, "covers": covers, "session": id() });
        world.post("/sessions/join", "", body).await.refused(409, "covers_out_of_range");
    }
    assert_eq!(world.heads().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_former_party_knew_opens_nothing() {
    let world = world().await;
    let (former, staff) = (world.join("a1").await, world.staff("waiter").await);
    world.post(&format!("/sessions/{}/close", former.session), &staff, json!({})).await.ok(200);
    let now = world.join("a1").await;
    assert_ne!(now.session, former.session);
    let before = world.heads().await;
    world.place(&former, &order("rice", 1, 300)).await.refused(409, "session_closed");
    let line = json!({ "line": select("rice", 1) });
    world.post(&format!("/sessions/{}/cart/lines", former.session), &former.token, line).await.refused(409, "session_closed");
    let call = json!({ "call": id(), "reason": "water" });
    world.post(&format!("/sessions/{}/calls", former.session), &former.token, call).await.refused(409, "session_closed");
    let quote = json!({ "lines": [select("rice", 1)] });
    world.post(&format!("/sessions/{}/quote", former.session), &former.token, quote).await.refused(409, "session_closed");
    let path = format!("/sessions/{}/orders", now.session);
    let body = order("rice", 1, 300);
    world.post_as(body["order"].as_str().unwrap(), &path, &former.token, body.clone()).await.refused(403, "not_allowed");
    world.get(&format!("/sessions/{}", now.session), &former.token).await.refused(403, "not_allowed");
    assert_eq!(world.heads().await, before);
}
