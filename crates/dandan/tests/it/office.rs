//! Head office on real nodes and a real database: what it decides at a unit reaches the stores below it, and no others.

use crate::boxes;
use crate::cloud::Cloud;
use crate::world::{Plan, SOON, World, furnish_as, id, menu, until};
use domain::StoreId;
use journal::{StoreKey, Stream, StreamKey};
use pg_temp::PgTemp;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::process::Command;

/// Stores that are decided in the cloud: two of the north, one of the south.
const NORTH: StoreId = StoreId(0xa1);
const NORTH_TOO: StoreId = StoreId(0xa2);
const SOUTH: StoreId = StoreId(0xb1);
const PIN: &str = "86420";

/// A brand with two regions, and somebody at its head office.
struct Office {
    cloud: Cloud,
    brand: String,
    token: String,
}

async fn program(cloud: &Cloud, words: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .args(words)
        .args(["--postgres", &cloud.url, "--data"])
        .arg(cloud.folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A menu with rice at this price.
fn menu_at(rice: i64) -> Value {
    let mut menu = serde_json::to_value(menu()).unwrap();
    menu["dishes"][0]["variants"][0]["price"] = json!(rice);
    menu
}

impl Office {
    /// A cloud of so many nodes with these stores in it.
    async fn start(nodes: usize, stores: &[StoreId]) -> Office {
        let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
        let mut cloud = Cloud::empty(url).await;
        for _ in 0..nodes {
            let node = cloud.node(&[]).await;
            cloud.nodes.push(node);
        }
        Office::over(cloud, stores).await
    }

    async fn over(cloud: Cloud, stores: &[StoreId]) -> Office {
        for store in stores {
            furnish_as(*store, cloud.journal.clone(), &Plan::default()).await;
            cloud.enter(*store).await;
        }
        let made: Value =
            serde_json::from_str(&program(&cloud, &["cloud", "brand", "--name", "单单面馆"]).await.unwrap()).unwrap();
        let brand = made["brand"].as_str().unwrap().to_owned();
        let token = program(&cloud, &["cloud", "office-token", "--unit", &brand, "--name", "wang"]).await.unwrap();
        let office = Office { cloud, brand, token };
        for region in ["north", "south"] {
            office
                .done(
                    Method::PUT,
                    &format!("/units/{region}"),
                    json!({ "kind": "region", "parent": office.brand, "name": region }),
                )
                .await;
        }
        for store in stores {
            office.add(*store, if *store == SOUTH { "south" } else { "north" }).await;
        }
        office
    }

    async fn add(&self, store: StoreId, parent: &str) {
        let words = ["cloud", "assign", "--store", &store.to_string(), "--brand", &self.brand];
        program(&self.cloud, &words).await.unwrap();
        let body = json!({ "kind": "store", "parent": parent, "name": format!("店{:x}", store.0), "store": store });
        self.done(Method::PUT, &format!("/units/{store}"), body).await;
    }

    async fn ask_as(&self, token: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        // Any node will do.
        let node = path.len() % self.cloud.nodes.len();
        let mut request =
            self.cloud.http.request(method, format!("{}/office/v1{path}", self.cloud.nodes[node].url)).bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.timeout(SOON).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.ask_as(&self.token, method, path, body).await
    }

    async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, Value::Null).await
    }

    async fn publish(&self, rice: i64) -> i64 {
        let body = json!({ "id": id(), "note": format!("米饭 {rice}"), "menu": menu_at(rice) });
        self.done(Method::POST, "/menus", body).await["version"].as_i64().unwrap()
    }

    async fn release(&self, unit: &str, version: i64, from_ms: Option<i64>) -> String {
        let release = id();
        let body = json!({ "version": version, "from_ms": from_ms, "may_price": true, "may_hours": false });
        self.done(Method::PUT, &format!("/units/{unit}/releases/{release}"), body).await;
        release
    }

    /// What head office is told of a store.
    async fn state(&self, store: StoreId) -> Value {
        let units = self.get("/units").await;
        let unit = units.as_array().unwrap().iter().find(|unit| unit["store"] == store.to_string());
        unit.unwrap_or_else(|| panic!("{units}"))["state"].clone()
    }

    /// Waits until these stores have followed all that is wanted of them.
    async fn followed(&self, stores: &[StoreId]) {
        // What was changed last is worked out within half a second at another node.
        for store in stores {
            until("a store follows", || async {
                let planned = self.sql("SELECT count(*) FROM office_brand WHERE planned < revision").await;
                let state = self.state(*store).await;
                let directive = &state["directive"];
                (planned == 0 && directive["wanted"].as_i64()? > 0 && directive["wanted"] == directive["followed"]).then_some(())
            })
            .await;
        }
    }

    async fn sql(&self, statement: &str) -> i64 {
        let (client, connection) = tokio_postgres::connect(&self.cloud.url, tokio_postgres::NoTls).await.unwrap();
        let over = tokio::spawn(connection);
        let rows = client.query(statement, &[]).await.unwrap();
        drop(client);
        over.await.unwrap().unwrap();
        rows.first().map_or(0, |row| row.get(0))
    }

    fn base(&self, store: StoreId) -> String {
        format!("{}/api/v1/stores/{store}", self.cloud.nodes[0].url)
    }

    async fn rice(&self, store: StoreId) -> Option<i64> {
        rice_at(&self.cloud.http, &self.base(store)).await
    }

    /// Whether somebody of head office can sign in with a device of head office.
    async fn signs_in(&self, base: &str, staff: &str, device: &str) -> bool {
        sign_in(&self.cloud.http, base, staff, device).await == 200
    }

    async fn directives(&self, store: StoreId) -> Vec<u64> {
        let key = StreamKey::new(StoreKey(store.0), Stream::Catalog);
        let events = self.cloud.journal.read(key, 0, 100_000).await.unwrap();
        let number = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["HeadOfficeFollowed"]["number"].as_u64();
        events.iter().filter_map(|event| number(&event.body)).collect()
    }
}

async fn sign_in(http: &reqwest::Client, base: &str, staff: &str, device: &str) -> u16 {
    let body = json!({ "staff": staff, "pin": PIN });
    http.post(format!("{base}/staff/sign-in")).bearer_auth(device).json(&body).send().await.unwrap().status().as_u16()
}

/// The price of rice on sale; nothing where the store can't be asked.
async fn rice_at(http: &reqwest::Client, base: &str) -> Option<i64> {
    let answer: Value = http.get(format!("{base}/menu")).timeout(SOON).send().await.ok()?.json().await.ok()?;
    let dishes = answer["menu"]["dishes"].as_array().or_else(|| answer["dishes"].as_array())?;
    dishes.iter().find(|dish| dish["id"] == "rice")?["variants"][0]["price"].as_i64()
}

async fn price_becomes(http: &reqwest::Client, base: &str, price: i64) {
    until("the menu is on sale", || async { (rice_at(http, base).await == Some(price)).then_some(()) }).await;
}

/// A north with a box that can be cut off and a store in the cloud, and a south.
async fn with_a_box() -> (Office, World, boxes::Wire) {
    let (cloud, shop, wire) = boxes::shop(2).await;
    boxes::is_open(&cloud).await;
    let office = Office::over(cloud, &[NORTH, SOUTH]).await;
    office.add(crate::world::STORE, "north").await;
    office.followed(&[NORTH, SOUTH, crate::world::STORE]).await;
    (office, shop, wire)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_goes_on_sale_in_one_region_at_its_time_and_the_other_keeps_its_own() {
    let (office, shop, _wire) = with_a_box().await;
    let http = office.cloud.http.clone();
    let version = office.publish(777).await;
    let from_ms = now_ms() + 2_000;
    office.release("north", version, Some(from_ms)).await;
    office.followed(&[NORTH, crate::world::STORE]).await;
    let early = now_ms() < from_ms;
    let prices = (office.rice(NORTH).await, rice_at(&http, &shop.base()).await);
    if early && now_ms() < from_ms {
        assert_eq!(prices, (Some(300), Some(300)), "it isn't time yet");
    }
    for base in [office.base(NORTH), shop.base()] {
        price_becomes(&http, &base, 777).await;
        assert!(now_ms() >= from_ms, "too early at {base}");
    }
    println!("on sale {} ms after its time", now_ms() - from_ms);
    assert_eq!(office.rice(SOUTH).await, Some(300), "the south keeps its own");
    let listed = office.get("/units/north/releases").await;
    assert_eq!((listed[0]["version"].as_i64(), listed[0]["state"].as_str()), (Some(version), Some("on_sale")), "{listed}");
    assert_eq!(office.get("/units/south/releases").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_cut_off_keeps_its_menu_and_catches_up() {
    let (office, shop, wire) = with_a_box().await;
    let http = office.cloud.http.clone();
    let (first, second, third) = (office.publish(501).await, office.publish(502).await, office.publish(503).await);
    office.release("north", first, None).await;
    price_becomes(&http, &shop.base(), 501).await;
    // Planned before the cut: the box does it by itself.
    let planned_ms = now_ms() + 3_000;
    office.release("north", second, Some(planned_ms)).await;
    office.followed(&[crate::world::STORE]).await;
    wire.cut().await;
    price_becomes(&http, &shop.base(), 502).await;
    assert!(now_ms() >= planned_ms);
    // Decided after the cut: known everywhere else, and to this store when it is back.
    office.release("north", third, None).await;
    price_becomes(&http, &office.base(NORTH), 503).await;
    let state = until("head office is told", || async {
        let state = office.state(crate::world::STORE).await;
        (state["reachable"] == false && state["directive"]["trouble"] == "store_offline").then_some(state)
    })
    .await;
    assert!(state["directive"]["followed"].as_i64() < state["directive"]["wanted"].as_i64(), "{state}");
    assert!(state["last_seen_ms"].as_i64().is_some_and(|seen| (now_ms() - seen).abs() < 20_000), "{state}");
    assert_eq!(rice_at(&http, &shop.base()).await, Some(502), "it keeps what it has");
    wire.mend();
    let mended = std::time::Instant::now();
    price_becomes(&http, &shop.base(), 503).await;
    println!("{} ms after the wire was mended the menu is on sale", mended.elapsed().as_millis());
    office.followed(&[crate::world::STORE]).await;
    let state = office.state(crate::world::STORE).await;
    assert_eq!(
        (&state["reachable"], &state["directive"]["trouble"], &state["home"]),
        (&json!(true), &Value::Null, &json!("box"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_devices_of_a_region_are_known_in_its_stores_and_nowhere_else() {
    let (office, shop, wire) = with_a_box().await;
    let li = json!({ "name": "李巡店", "role": "manager", "pin": PIN });
    office.done(Method::PUT, "/units/north/people/li", li.clone()).await;
    let device = id();
    let made = office.done(Method::PUT, &format!("/units/north/devices/{device}"), json!({ "name": "巡店平板" })).await;
    let key = made["key"].as_str().unwrap().to_owned();
    let again = office.done(Method::PUT, &format!("/units/north/devices/{device}"), json!({ "name": "巡店平板" })).await;
    assert_eq!(again["key"], Value::Null, "a key is said once");
    let stores = [NORTH, SOUTH, crate::world::STORE];
    office.followed(&stores).await;
    assert!(office.signs_in(&office.base(NORTH), "li", &key).await);
    assert!(!office.signs_in(&office.base(SOUTH), "li", &key).await, "the south knows neither");
    // In the box's store even while it is cut off.
    wire.cut().await;
    assert!(office.signs_in(&shop.base(), "li", &key).await);
    wire.mend();
    // The PIN is in the database neither plain nor as a hash that fits two stores.
    assert_eq!(office.sql("SELECT count(*) FROM office_person WHERE position('86420'::bytea in pin) > 0").await, 0);
    assert_eq!(office.sql("SELECT count(DISTINCT pin_hash) FROM office_pin WHERE staff = 'li'").await, 2);
    // A store that joins the region later knows them by the same PIN.
    furnish_as(NORTH_TOO, office.cloud.journal.clone(), &Plan::default()).await;
    office.cloud.enter(NORTH_TOO).await;
    office.add(NORTH_TOO, "north").await;
    office.followed(&[NORTH_TOO]).await;
    assert!(office.signs_in(&office.base(NORTH_TOO), "li", &key).await);
    // The same again is no change; and who left is let in no more.
    let before = office.state(NORTH).await["directive"]["wanted"].clone();
    office.done(Method::PUT, "/units/north/people/li", li).await;
    office.followed(&stores).await;
    assert_eq!(office.state(NORTH).await["directive"]["wanted"], before);
    office.done(Method::DELETE, "/units/north/people/li", Value::Null).await;
    office.followed(&stores).await;
    assert!(!office.signs_in(&office.base(NORTH), "li", &key).await);
    assert!(!office.signs_in(&shop.base(), "li", &key).await);
    office.done(Method::DELETE, &format!("/units/north/devices/{device}"), Value::Null).await;
    office.followed(&stores).await;
    let listed = office.cloud.http.get(format!("{}/staff", office.base(NORTH))).bearer_auth(&key).send().await.unwrap();
    assert_eq!(listed.status(), 401, "the device is believed no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_deliver_each_directive_once_and_numbers_go_on_above_the_stores() {
    let office = Office::start(2, &[NORTH, SOUTH]).await;
    for n in 0..6 {
        let body = json!({ "name": format!("第{n}位"), "role": "waiter", "pin": PIN });
        office.done(Method::PUT, &format!("/units/{}/people/p{n}", office.brand), body).await;
        if n % 3 == 0 {
            office.followed(&[NORTH, SOUTH]).await;
        }
    }
    office.followed(&[NORTH, SOUTH]).await;
    for store in [NORTH, SOUTH] {
        let numbers = office.directives(store).await;
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.len() > 1, "{numbers:?}");
        let wanted = office.state(store).await["directive"]["wanted"].as_u64();
        assert_eq!(numbers.last().copied(), wanted);
    }
    // The cloud's database is put back to an older day: it knows lower numbers than the stores do.
    let last = *office.directives(NORTH).await.last().unwrap();
    office.sql("UPDATE office_directive SET number = 1, followed = 1 RETURNING 1::BIGINT").await;
    program(&office.cloud, &["cloud", "office-again", "--brand", &office.brand]).await.unwrap();
    office.followed(&[NORTH, SOUTH]).await;
    let numbers = office.directives(NORTH).await;
    assert_eq!(numbers.last().copied(), Some(last + 1), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_acts_for_its_unit_and_below_and_for_nothing_else() {
    let office = Office::start(1, &[NORTH, SOUTH]).await;
    let north = program(&office.cloud, &["cloud", "office-token", "--unit", "north", "--name", "zhao"]).await.unwrap();
    let put = |name: &str| json!({ "name": name, "role": "waiter", "pin": PIN });
    let menu = json!({ "id": id(), "menu": menu_at(1) });
    let region = json!({ "kind": "region", "parent": office.brand, "name": "x" });
    let moved = json!({ "kind": "store", "parent": "south", "name": "x", "store": NORTH });
    let release = json!({ "version": 1, "from_ms": null });
    let (north_store, south_store) = (NORTH.to_string(), SOUTH.to_string());
    let cases: Vec<(Method, String, Value, u16)> = vec![
        (Method::GET, "/me".to_owned(), Value::Null, 200),
        (Method::PUT, "/units/north/people/a".to_owned(), put("a"), 200),
        (Method::PUT, format!("/units/{north_store}/people/b"), put("b"), 200),
        (Method::GET, format!("/units/{north_store}/people"), Value::Null, 200),
        (Method::PUT, "/units/south/people/c".to_owned(), put("c"), 403),
        (Method::GET, "/units/south/people".to_owned(), Value::Null, 403),
        (Method::GET, format!("/units/{}/people", office.brand), Value::Null, 403),
        (Method::PUT, format!("/units/{south_store}/people/d"), put("d"), 403),
        (Method::PUT, format!("/units/south/devices/{}", id()), json!({ "name": "x" }), 403),
        (Method::PUT, format!("/units/south/releases/{}", id()), release.clone(), 403),
        (Method::PUT, "/units/nowhere/people/e".to_owned(), put("e"), 404),
        (Method::GET, "/units/south/compare?from=2026-01-01&to=2026-01-02".to_owned(), Value::Null, 403),
        (Method::GET, "/acts?unit=south".to_owned(), Value::Null, 403),
        (Method::POST, "/menus".to_owned(), menu, 403),
        (Method::PUT, "/units/east".to_owned(), region, 403),
        (Method::PUT, format!("/units/{north_store}"), moved, 403),
        (Method::DELETE, "/units/south".to_owned(), Value::Null, 403),
        (Method::DELETE, "/units/north".to_owned(), Value::Null, 403),
    ];
    for (method, path, body, expected) in cases {
        let (status, answer) = office.ask_as(&north, method.clone(), &path, body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
    }
    let units = office.ask_as(&north, Method::GET, "/units", Value::Null).await.1;
    let mut seen: Vec<&str> = units.as_array().unwrap().iter().map(|unit| unit["id"].as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, [north_store.as_str(), "north"], "nothing else is shown");
    // Another brand's people, menus and units are nobody's here.
    let other: Value =
        serde_json::from_str(&program(&office.cloud, &["cloud", "brand", "--name", "别家"]).await.unwrap()).unwrap();
    let other = other["brand"].as_str().unwrap();
    let stranger = program(&office.cloud, &["cloud", "office-token", "--unit", other, "--name", "qian"]).await.unwrap();
    for path in ["/units/north/people", "/units/north/releases", "/acts?unit=north", "/menus/1"] {
        assert_eq!(office.ask_as(&stranger, Method::GET, path, Value::Null).await.0, 404, "{path}");
    }
    let taken = json!({ "kind": "store", "parent": other, "name": "x", "store": NORTH });
    let (status, answer) = office.ask_as(&stranger, Method::PUT, "/units/mine", taken).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("store_unassigned")));
    let words = ["cloud", "assign", "--store", &NORTH.to_string(), "--brand", other];
    assert!(program(&office.cloud, &words).await.is_err(), "a store that has a brand is not another's");
    for token in ["", "x", "dho_", &north[..north.len() - 1], &format!("dho_{other}_{}", north.rsplit('_').next().unwrap())] {
        assert_eq!(office.ask_as(token, Method::GET, "/me", Value::Null).await.0, 401, "{token}");
    }
    let ended = program(&office.cloud, &["cloud", "office-token", "--unit", "north", "--name", "zhao", "--end"]).await.unwrap();
    assert_eq!(ended, r#"{"ended":1}"#);
    assert_eq!(office.ask_as(&north, Method::GET, "/me", Value::Null).await.0, 401);
    // Who did what is written down.
    let acts = office.get("/acts?unit=north").await;
    let by_zhao: Vec<&Value> = acts.as_array().unwrap().iter().filter(|act| act["by"] == "zhao").collect();
    assert_eq!(by_zhao.len(), 2, "{acts}");
    assert!(!acts.to_string().contains(PIN), "no PIN is written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_itself_is_refused_in_words_and_retries_change_nothing() {
    let office = Office::start(1, &[NORTH]).await;
    let refused = async |method: Method, path: &str, body: Value, status: u16, code: &str| {
        let (got, answer) = office.ask(method.clone(), path, body).await;
        assert_eq!((got, answer["code"].as_str()), (status, Some(code)), "{method} {path}: {answer}");
        assert!(answer["texts"]["zh"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
        answer
    };
    let unit = |kind: &str, parent: &str| json!({ "kind": kind, "parent": parent, "name": "x" });
    let north = NORTH.to_string();
    let brand = office.brand.clone();
    refused(Method::PUT, "/units/BAD", unit("region", &brand), 400, "malformed").await;
    refused(Method::PUT, "/units/x", json!({ "kind": "region", "parent": brand, "name": " " }), 409, "bad_name").await;
    refused(Method::PUT, "/units/x", unit("brand", &brand), 409, "bad_unit").await;
    refused(Method::PUT, "/units/x", unit("region", "nowhere"), 404, "unit_unknown").await;
    refused(Method::PUT, "/units/x", unit("region", &north), 409, "bad_unit").await;
    refused(Method::PUT, "/units/north", unit("region", "north"), 409, "cycle").await;
    refused(Method::DELETE, "/units/north", Value::Null, 409, "not_empty").await;
    let twin = json!({ "kind": "store", "parent": "south", "name": "x", "store": NORTH });
    refused(Method::PUT, "/units/twin", twin, 409, "store_taken").await;
    let person = |pin: &str| json!({ "name": "x", "role": "waiter", "pin": pin });
    refused(Method::PUT, "/units/north/people/a", person("12a4"), 409, "bad_pin").await;
    refused(Method::PUT, "/units/north/people/a", json!({ "name": "x", "role": "waiter" }), 409, "pin_needed").await;
    refused(Method::PUT, "/units/north/people/a", json!({ "name": "x", "role": "emperor" }), 400, "malformed").await;
    office.done(Method::PUT, "/units/north/people/a", person(PIN)).await;
    refused(Method::PUT, "/units/south/people/a", person(PIN), 409, "person_elsewhere").await;
    refused(Method::GET, "/nowhere", Value::Null, 404, "not_found").await;
    refused(Method::POST, "/me", Value::Null, 405, "method_not_allowed").await;

    // An empty region is compared with nobody: asked about no store, the reports would tell of all.
    office.done(Method::PUT, "/units/empty", unit("region", &brand)).await;
    let days = "from=2026-01-01&to=2099-01-01";
    assert_eq!(office.get(&format!("/units/empty/compare?{days}")).await, json!([]));
    let of_north = async || {
        let figures = office.get(&format!("/units/north/compare?{days}")).await;
        (figures[0]["store"] == NORTH.to_string()).then_some(figures)
    };
    assert_eq!(until("the day is counted", of_north).await.as_array().unwrap().len(), 1);
    refused(Method::GET, "/units/north/compare?from=2026-13-01&to=2026-12-01", Value::Null, 400, "malformed").await;
    refused(Method::GET, "/units/north/compare?from=2026-03-02&to=2026-03-01", Value::Null, 400, "malformed").await;
    office.done(Method::DELETE, "/units/empty", Value::Null).await;
    office.done(Method::DELETE, "/units/empty", Value::Null).await;

    // Menus: wrong ones with every fault; the same again is the same version.
    let faulty = refused(Method::POST, "/menus", json!({ "id": "m0", "menu": { "version": 1 } }), 422, "menu_faulty").await;
    assert_eq!(faulty["faults"].as_array().unwrap().len(), 1, "{faulty}");
    let mut wrong = menu_at(300);
    wrong["dishes"][0]["station"] = json!("nowhere");
    wrong["dishes"][1]["variants"] = json!([]);
    let faulty = refused(Method::POST, "/menus", json!({ "id": "m0", "menu": wrong }), 422, "menu_faulty").await;
    assert!(faulty["faults"].as_array().unwrap().len() >= 2, "{faulty}");
    let body = json!({ "id": "m1", "note": "first", "menu": menu_at(310) });
    assert_eq!(office.done(Method::POST, "/menus", body.clone()).await["version"], 1);
    assert_eq!(office.done(Method::POST, "/menus", body).await["version"], 1);
    refused(Method::POST, "/menus", json!({ "id": "m1", "note": "first", "menu": menu_at(311) }), 422, "key_reused").await;
    let csv = menu_file::template_csv().unwrap();
    let send = |kind: &'static str, bytes: Vec<u8>| {
        let url = format!("{}/office/v1/menus?id=m2&note=csv", office.cloud.nodes[0].url);
        office.cloud.http.post(url).bearer_auth(&office.token).header("content-type", kind).body(bytes).send()
    };
    let answer: Value = send("text/csv", csv).await.unwrap().json().await.unwrap();
    assert_eq!(answer["version"], 2, "{answer}");
    let answer: Value = send("text/csv", b"dish,what\n".to_vec()).await.unwrap().json().await.unwrap();
    assert_eq!(answer["code"], "menu_faulty");
    assert!(answer["faults"][0]["reason"]["zh"].is_string(), "{answer}");
    assert_eq!(send("image/png", vec![1, 2, 3]).await.unwrap().status(), 415);
    let listed = office.get("/menus").await;
    assert_eq!((listed[0]["version"].as_i64(), listed[1]["note"].as_str()), (Some(2), Some("first")), "{listed}");
    assert_eq!(office.get("/menus/1").await["dishes"][0]["variants"][0]["price"], 310);
    refused(Method::GET, "/menus/9", Value::Null, 404, "menu_unknown").await;

    // Releases: planned ones can change and be taken back, begun ones can't.
    let release = |version: i64, from_ms: Option<i64>| json!({ "version": version, "from_ms": from_ms });
    let (first, later) = (format!("/units/north/releases/{}", id()), format!("/units/north/releases/{}", id()));
    refused(Method::PUT, &first, release(9, None), 404, "menu_unknown").await;
    office.done(Method::PUT, &first, release(1, None)).await;
    office.done(Method::PUT, &first, release(1, None)).await;
    refused(Method::PUT, &first, release(2, None), 409, "release_begun").await;
    refused(Method::DELETE, &first, Value::Null, 409, "release_begun").await;
    let in_an_hour = now_ms() + 3_600_000;
    office.done(Method::PUT, &later, release(1, Some(in_an_hour))).await;
    office.done(Method::PUT, &later, release(1, Some(in_an_hour + 1))).await;
    refused(Method::PUT, &later.replace("north", "south"), release(1, Some(in_an_hour)), 409, "release_elsewhere").await;
    assert_eq!(office.get("/units/north/releases").await.as_array().unwrap().len(), 2);
    office.done(Method::DELETE, &later, Value::Null).await;
    office.done(Method::DELETE, &later, Value::Null).await;
    let listed = office.get("/units/north/releases").await;
    assert_eq!((listed.as_array().unwrap().len(), listed[0]["from_ms"].as_i64() <= Some(now_ms())), (1, true), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_leaves_the_brand_is_left_with_what_is_its_own() {
    let office = Office::start(1, &[NORTH, SOUTH]).await;
    let version = office.publish(888).await;
    office.release(&office.brand, version, None).await;
    let person = json!({ "name": "x", "role": "manager", "pin": PIN });
    office.done(Method::PUT, &format!("/units/{}/people/boss", office.brand), person).await;
    office.followed(&[NORTH, SOUTH]).await;
    price_becomes(&office.cloud.http, &office.base(NORTH), 888).await;
    office.done(Method::DELETE, &format!("/units/{NORTH}"), Value::Null).await;
    let last = until("it is told", || async {
        let key = StreamKey::new(StoreKey(NORTH.0), Stream::Catalog);
        let events = office.cloud.journal.read(key, 0, 100_000).await.unwrap();
        let directive = events
            .iter()
            .filter_map(|event| serde_json::from_slice::<Value>(&event.body).unwrap().get("HeadOfficeFollowed").cloned())
            .next_back()?;
        (directive["staff"] == json!([])).then_some(directive)
    })
    .await;
    assert_eq!(last["releases"], json!([]));
    assert_eq!(office.rice(NORTH).await, Some(888), "what is on sale stays until the store makes its own");
    assert_eq!(office.rice(SOUTH).await, Some(888));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served_with_the_headers_that_keep_it_safe() {
    let office = Office::start(1, &[]).await;
    for path in ["/office/", "/office/units/x"] {
        let answer = office.cloud.http.get(format!("{}{path}", office.cloud.nodes[0].url)).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let policy = header("content-security-policy");
        for part in ["default-src", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-eval") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "strict-origin", "{path}");
    }
}
