//! Head office in a store: what it signs is followed, its menus go on sale at their time whether anybody can be reached or not, its
//! people and devices are let in, and what the store has changed stays.

use crate::boxes::{is_open, same_ends, shop};
use crate::world::{Answer, SIGNING, STORE, World, derived, id, menu, send, until, world};
use domain::catalog::{Device, Directive, MenuRef, Release, Role, Staff};
use domain::{DeviceId, Money, ReleaseId, StoreId, Timestamp};
use reqwest::Method;
use ring::digest::{SHA256, digest};
use ring::hmac;
use seal::NodeKey;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PIN: &str = "97531";

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The key of a cloud with the test's secrets.
fn cloud_key() -> NodeKey {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SIGNING), b"the cloud's key");
    NodeKey::of_seed(tag.as_ref().try_into().unwrap()).unwrap()
}

/// The test's menu with these prices of rice and soup, as text.
fn priced(version: u32, rice: i64, soup: i64) -> String {
    let mut menu = menu();
    menu.version = version;
    for dish in &mut menu.dishes {
        match dish.id.as_str() {
            "rice" => dish.variants[0].price = Money(rice),
            "soup" => dish.variants[0].price = Money(soup),
            _ => {}
        }
    }
    serde_json::to_string(&menu).unwrap()
}

fn named(menu: &str) -> MenuRef {
    let version = serde_json::from_str::<Value>(menu).unwrap()["version"].as_u64().unwrap();
    MenuRef { version: u32::try_from(version).unwrap(), hash: hex::encode(digest(&SHA256, menu.as_bytes())) }
}

fn release(n: u128, from: i64, menu: &str) -> Release {
    Release { id: ReleaseId(n), from: Timestamp(from), menu: named(menu), may_price: true, may_hours: true }
}

fn directive(number: u64, releases: Vec<Release>) -> Directive {
    Directive { store: STORE, number, brand: "面馆集团".into(), releases, staff: vec![], devices: vec![] }
}

fn sealed(directive: &Directive) -> String {
    seal::seal(&cloud_key(), "DDH1", &serde_json::to_vec(directive).unwrap())
}

/// Brings a signed text and menus to the store, as anybody may.
async fn bring(shop: &World, text: &str, menus: &[&str]) -> Answer {
    let body = json!({ "directive": text, "menus": menus });
    send(shop.request(Method::POST, "/head-office/directive", "").json(&body)).await
}

/// Prices of rice and soup on the menu on sale.
async fn prices(shop: &World) -> (i64, i64) {
    let menu = shop.get("/menu", "").await.ok(200);
    let price = |dish: &str| {
        let dishes = menu["dishes"].as_array().unwrap();
        dishes.iter().find(|one| one["id"] == dish).unwrap()["variants"][0]["price"].as_i64().unwrap()
    };
    (price("rice"), price("soup"))
}

async fn until_prices(shop: &World, wanted: (i64, i64)) {
    until(&format!("{wanted:?} are on sale"), || async { (prices(shop).await == wanted).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn menus_go_on_sale_at_their_time_in_a_store_that_is_cut_off_and_its_own_prices_stay() {
    let (cloud, mut shop, wire) = shop(1).await;
    is_open(&cloud).await;
    let (first, second) = (priced(1, 500, 1300), priced(2, 600, 1400));
    let later = now_ms() + 5_000;
    let wish = sealed(&directive(3, vec![release(0xa, now_ms() - 1, &first), release(0xb, later, &second)]));
    let answer = bring(&shop, &wish, &[&first, &second]).await.ok(200);
    assert_eq!((&answer["number"], &answer["planned"]), (&json!(3), &json!(1)), "{answer}");
    assert_eq!(answer["on_sale"]["version"], 1, "{answer}");
    assert_eq!(prices(&shop).await, (500, 1300));
    let heads = shop.heads().await;
    assert_eq!(bring(&shop, &wish, &[]).await.ok(200), answer, "the same again");
    assert_eq!(shop.heads().await, heads, "changes nothing");
    wire.cut().await;

    let manager = shop.staff("manager").await;
    shop.post("/menu", &manager, serde_json::to_value(menu()).unwrap()).await.refused(409, "menu_from_head_office");
    shop.post("/head-office/overrides/rice", &manager, json!({ "prices": { "std": 550 } })).await.ok(200);
    until_prices(&shop, (550, 1300)).await;
    shop.kill().await;
    shop.restart().await;
    assert_eq!(prices(&shop).await, (550, 1300));
    let view = shop.get("/head-office", &manager).await.ok(200);
    assert_eq!((&view["releases"][0]["state"], &view["releases"][1]["state"]), (&json!("on_sale"), &json!("planned")), "{view}");
    let rice = view["dishes"].as_array().unwrap().iter().find(|dish| dish["dish"] == "rice").unwrap();
    assert_eq!((&rice["sizes"][0]["price"], &rice["sizes"][0]["own"]), (&json!(500), &json!(550)));

    // The second one: not before its time, and the store's own price outlives it.
    until("the second menu is on sale", || async {
        let before = now_ms();
        let prices = prices(&shop).await;
        assert!(prices == (550, 1400) || prices == (550, 1300), "{prices:?}");
        assert!(prices.1 == 1300 || now_ms() >= later, "on sale {} ms early", later - before);
        (prices.1 == 1400).then_some(())
    })
    .await;
    println!("on sale at most {} ms after its time", now_ms() - later);
    assert!(now_ms() - later < 1_500, "{} ms late", now_ms() - later);
    shop.post("/head-office/overrides/rice", &manager, json!({})).await.ok(200);
    until_prices(&shop, (600, 1400)).await;

    // The cloud's copy has every menu: head office's and those that were sold.
    wire.mend();
    same_ends(&cloud, &shop).await;
    let sold = shop.get("/menu", "").await.ok(200)["hash"].as_str().unwrap().to_owned();
    for hex in [named(&first).hash, named(&second).hash, sold] {
        let mut hash = [0; 32];
        hex::decode_to_slice(&hex, &mut hash).unwrap();
        assert!(cloud.journal.get_blob(hash).await.unwrap().is_some(), "{hex} did not come along");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_head_offices_own_word_counts_and_only_the_newest() {
    let (_cloud, shop, _wire) = shop(1).await;
    let menu = priced(1, 500, 1300);
    let wish = directive(7, vec![release(0xa, now_ms() - 1, &menu)]);
    let text = sealed(&wish);
    bring(&shop, &text, &[]).await.refused(409, "menu_missing");
    bring(&shop, &text, &[&menu]).await.ok(200);
    let heads = shop.heads().await;
    let menus = [menu.as_str()];

    // One letter of it changed; signed by somebody else; signed for something else; for another store; garbage.
    let at = text.len() / 2;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    let altered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    let json = serde_json::to_vec(&Directive { number: 8, ..wish.clone() }).unwrap();
    let strangers = seal::seal(&NodeKey::of_seed([9; 32]).unwrap(), "DDH1", &json);
    let receipt = seal::seal(&cloud_key(), "DDR1", &json);
    for no in [&altered, &strangers, &receipt, "", "DDH1..", &text[..text.len() - 1]] {
        bring(&shop, no, &menus).await.refused(403, "not_genuine");
    }
    let elsewhere = Directive { store: StoreId(1), number: 8, ..wish.clone() };
    bring(&shop, &sealed(&elsewhere), &menus).await.refused(409, "directive_elsewhere");
    bring(&shop, &seal::seal(&cloud_key(), "DDH1", b"{}"), &menus).await.refused(409, "bad_directive");
    let old = bring(&shop, &sealed(&Directive { number: 6, ..wish.clone() }), &menus).await.refused(409, "directive_old");
    assert_eq!(old["detail"], "7", "head office goes on from there");
    let same_number = Directive { brand: "Another".into(), ..wish.clone() };
    bring(&shop, &sealed(&same_number), &menus).await.refused(409, "directive_old");

    // A menu that can't be sold is refused whole, with every fault.
    let faulty = menu.replace("\"wok\"", "\"nowhere\"").replacen("\"nowhere\"", "\"wok\"", 1);
    let bad = Directive { number: 8, ..directive(8, vec![release(0xb, now_ms() + 60_000, &faulty)]) };
    let refused = bring(&shop, &sealed(&bad), &[&faulty]).await.refused(409, "menu_faulty");
    assert!(refused["detail"].as_str().unwrap().contains("no_station"), "{refused}");
    let missing = Directive { number: 8, ..directive(8, vec![release(0xc, now_ms() + 60_000, &priced(9, 1, 1))]) };
    let refused = bring(&shop, &sealed(&missing), &[&menu]).await.refused(409, "menu_missing");
    assert!(refused["detail"].as_str().unwrap().contains('9'), "{refused}");
    assert_eq!(prices(&shop).await, (500, 1300));
    assert_eq!(shop.heads().await, heads, "refusals change nothing of what is decided");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_a_cloud_follows_nobody() {
    let world = world().await;
    bring(&world, &sealed(&directive(1, vec![])), &[]).await.refused(409, "no_cloud");
    let manager = world.staff("manager").await;
    let view = world.get("/head-office", &manager).await.ok(200);
    assert_eq!((&view["brand"], &view["dishes"]), (&Value::Null, &json!([])));
    world
        .post("/head-office/overrides/rice", &manager, json!({ "prices": { "std": 1 } }))
        .await
        .refused(409, "no_head_office_menu");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_offices_people_and_devices_are_let_in_and_are_not_changed_here() {
    let (_cloud, mut shop, wire) = shop(1).await;
    let person = |id: &str, role| Staff {
        id: id.parse().unwrap(),
        name: format!("区域{id}"),
        role,
        pin_hash: api::hash_pin(PIN, &derived("staff pepper")).unwrap(),
        left: false,
    };
    let key = id();
    let tablet =
        Device {
            id: DeviceId(0xd1), name: "巡店平板".into(), key_hash: api::code_hash(&key), paired_at: Timestamp(now_ms())
        };
    let wish = Directive { staff: vec![person("hq-mei", Role::Manager)], devices: vec![tablet], ..directive(1, vec![]) };
    bring(&shop, &sealed(&wish), &[]).await.ok(200);
    wire.cut().await;
    shop.kill().await;
    shop.restart().await;

    // With the PIN that head office gave, on a device of the store and on one of head office's; with no other PIN.
    let device = shop.device().await;
    let sign_in = async |device: &str, staff: &str, pin: &str| {
        shop.post("/staff/sign-in", device, json!({ "staff": staff, "pin": pin })).await
    };
    for device in [&device, &key] {
        let signed = sign_in(device, "hq-mei", PIN).await.ok(200);
        shop.get("/people", signed["token"].as_str().unwrap()).await.ok(200);
        sign_in(device, "hq-mei", crate::world::PIN).await.refused(401, "wrong_pin");
    }
    sign_in(&key, "manager", crate::world::PIN).await.ok(200);
    sign_in(&key, "manager", PIN).await.refused(401, "wrong_pin");
    sign_in(&id(), "manager", crate::world::PIN).await.refused(401, "not_signed_in");

    let owner = shop.staff("owner").await;
    let people = shop.get("/people", &owner).await.ok(200);
    let theirs = |people: &Value, id: &str| {
        let found = people.as_array().unwrap().iter().find(|person| person["id"] == id).cloned().unwrap();
        (found["head_office"].as_bool().unwrap(), found["active"].as_bool().unwrap())
    };
    assert_eq!((theirs(&people, "hq-mei"), theirs(&people, "manager")), ((true, true), (false, true)));
    let change = json!({ "name": "x", "role": "waiter", "pin": "1111" });
    shop.post("/people/hq-mei", &owner, change.clone()).await.refused(409, "staff_from_head_office");
    shop.post("/people/hq-mei/end", &owner, json!({})).await.refused(409, "staff_from_head_office");
    shop.post(&format!("/devices/{}/unpair", DeviceId(0xd1)), &owner, json!({})).await.refused(409, "device_from_head_office");

    // Head office takes them back: signed out at once. The store may hire them itself, with a PIN of its own.
    let signed = sign_in(&key, "hq-mei", PIN).await.ok(200);
    bring(&shop, &sealed(&directive(2, vec![])), &[]).await.ok(200);
    shop.get("/people", signed["token"].as_str().unwrap()).await.refused(401, "not_signed_in");
    sign_in(&key, "manager", crate::world::PIN).await.refused(401, "not_signed_in");
    sign_in(&device, "hq-mei", PIN).await.refused(401, "wrong_pin");
    assert_eq!(theirs(&shop.get("/people", &owner).await.ok(200), "hq-mei"), (false, false));
    shop.post("/people/hq-mei", &owner, json!({ "name": "x", "role": "waiter" })).await.refused(400, "malformed");
    shop.post("/people/hq-mei", &owner, change).await.ok(200);
    sign_in(&device, "hq-mei", "1111").await.ok(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_changes_what_head_office_allows_and_nothing_else() {
    let (_cloud, shop, _wire) = shop(1).await;
    let menu = priced(1, 500, 1300);
    let only_prices = Release { may_hours: false, ..release(0xa, now_ms() - 1, &menu) };
    bring(&shop, &sealed(&directive(1, vec![only_prices])), &[&menu]).await.ok(200);
    let (manager, waiter) = (shop.staff("manager").await, shop.staff("waiter").await);
    let put = async |dish: &str, body: Value| shop.post(&format!("/head-office/overrides/{dish}"), &manager, body).await;
    let path = "/head-office/overrides/rice";
    shop.post(path, &waiter, json!({ "prices": { "std": 1 } })).await.refused(403, "not_allowed");
    shop.get("/head-office", &waiter).await.refused(403, "not_allowed");
    put("rice", json!({ "hours": { "from_min": 600, "to_min": 700 } })).await.refused(409, "not_overridable");
    put("rice", json!({ "prices": { "std": -1 } })).await.refused(409, "bad_override");
    put("rice", json!({ "prices": { "huge": 1 } })).await.refused(404, "dish_unknown");
    put("nothing", json!({ "prices": { "std": 1 } })).await.refused(404, "dish_unknown");
    let key = id();
    for _ in 0..2 {
        shop.post_as(&key, path, &manager, json!({ "prices": { "std": 450 } })).await.ok(200);
    }
    until_prices(&shop, (450, 1300)).await;
    // A price nobody may set any more: head office's counts at once, the store's is remembered.
    let none = Release { may_price: false, may_hours: false, ..release(0xa, now_ms() - 1, &menu) };
    bring(&shop, &sealed(&directive(2, vec![none])), &[]).await.ok(200);
    assert_eq!(prices(&shop).await, (500, 1300));
    put("rice", json!({ "prices": { "std": 460 } })).await.refused(409, "not_overridable");
    bring(&shop, &sealed(&directive(3, vec![release(0xa, now_ms() - 1, &menu)])), &[]).await.ok(200);
    assert_eq!(prices(&shop).await, (450, 1300));
    // Without menus of head office the store makes its own again.
    bring(&shop, &sealed(&directive(4, vec![])), &[]).await.ok(200);
    let own: Value = serde_json::from_str(&priced(1, 310, 1200)).unwrap();
    shop.post("/menu", &manager, own).await.ok(201);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(prices(&shop).await, (310, 1200));
}
