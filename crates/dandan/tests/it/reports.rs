//! Reports over the stores of a cloud: what was ordered and paid over HTTP is in them, once, whatever happens to the nodes meanwhile.

use crate::cloud::Cloud;
use crate::world::{PIN, Plan, STORE, derived, furnish_as, furnish_in, id, order, until};
use domain::catalog::{CatalogCommand, Role, Staff};
use domain::floor::{Actor, AskedLine, FloorCommand, FloorEvent, OpenTable, PlaceOrder};
use domain::{LineId, Money, OrderId, SessionId, StoreId};
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::{Journal, StoreKey, Stream, StreamKey};
use pg_temp::PgTemp;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::Command;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// A business day is open when its test began, on this date or the one before.
fn around_today() -> (String, String) {
    let today = jiff::Zoned::now().date();
    (today.yesterday().unwrap().to_string(), today.tomorrow().unwrap().to_string())
}

/// Runs one of the report commands; what it prints.
async fn words(url: &str, words: &[&str]) -> String {
    let (from, to) = around_today();
    let output = Command::new(env!("CARGO_BIN_EXE_dandan"))
        .arg("cloud")
        .args(words)
        .args(["--postgres", url, "--from", &from, "--to", &to])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// One store's row of the comparison; nothing while nothing of it is counted.
async fn compared(url: &str, store: StoreId) -> Option<Value> {
    let stores: Vec<Value> = serde_json::from_str(&words(url, &["compare", "--json"]).await).unwrap();
    stores.into_iter().find(|row| row["store"] == store.to_string())
}

async fn reported(url: &str) -> Value {
    serde_json::from_str(&words(url, &["report", "--store", &STORE.to_string()]).await).unwrap()
}

/// Waits until everything in the journal is counted, and says what is.
async fn counted(cloud: &Cloud) -> Value {
    let head = cloud.journal.head(floor()).await.unwrap().seq;
    until("everything is counted", || async {
        compared(&cloud.url, STORE).await.filter(|row| row["as_of"]["seq"] == head && row["as_of"]["behind"] == 0)
    })
    .await
}

fn floor() -> StreamKey {
    StreamKey::new(StoreKey(STORE.0), Stream::Floor)
}

/// All rows of the reports, as text.
async fn dump(url: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for table in ["report_day", "report_slot", "report_way", "report_dish", "report_cook"] {
        let rows = sql(url, &["SELECT * FROM ", table].concat()).await;
        lines.extend(rows.into_iter().map(|row| [table, &row].join(" ")));
    }
    lines.sort();
    lines
}

/// Runs statements; their rows, columns separated by bars.
async fn sql(url: &str, statements: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).unwrap_or("-")).collect::<Vec<_>>().join("|"))
        }
        _ => None,
    };
    client.simple_query(statements).await.unwrap().into_iter().filter_map(row).collect()
}

async fn open(journal: &Arc<dyn Journal>) -> Store {
    let clock = Arc::new(SystemClock::new("UTC").unwrap());
    Store::open(STORE, journal.clone(), clock, Arc::new(RandomIds), WriterOptions::default()).await.unwrap()
}

/// A cloud whose staff can sign in, with so many nodes.
async fn cloud(url: String, nodes: usize, more: &[&str]) -> Cloud {
    let mut cloud = Cloud::empty(url).await;
    furnish_in(cloud.journal.clone(), &Plan::default()).await;
    let store = open(&cloud.journal).await;
    let pin_hash = api::hash_pin(PIN, &derived("pepper")).unwrap();
    for (who, role) in [
        ("lead", Role::Lead),
        ("manager", Role::Manager),
        ("cashier", Role::Cashier),
        ("cook", Role::Kitchen),
        ("owner", Role::Owner),
    ] {
        let staff = Staff { id: who.parse().unwrap(), name: who.to_owned(), role, pin_hash: pin_hash.clone(), left: false };
        store.submit_catalog(store.fresh_request(), CatalogCommand::PutStaff(staff)).await.unwrap();
    }
    store.stop().await;
    for _ in 0..nodes {
        let node = cloud.node(more).await;
        cloud.nodes.push(node);
    }
    if nodes > 0 {
        cloud.enter(STORE).await;
    }
    cloud
}

async fn database() -> String {
    tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap()
}

/// Posts at a node until it is taken.
async fn done(cloud: &Cloud, node: usize, path: &str, token: &str, body: Value) -> Value {
    let key = body["order"].as_str().map_or_else(id, str::to_owned);
    until(&["it is taken: ", path].concat(), || async {
        let (status, answer) = cloud.post(node, path, token, &key, &body).await;
        assert!(!(400..500).contains(&status), "{path}: {status} {answer}");
        (200..300).contains(&status).then_some(answer)
    })
    .await
}

struct Hands {
    device: String,
}

impl Hands {
    async fn new(cloud: &Cloud) -> Hands {
        let paired = done(cloud, 0, "/devices/pair", "", json!({ "code": "pair-me", "name": "test" })).await;
        Hands { device: paired["token"].as_str().unwrap().to_owned() }
    }

    async fn staff(&self, cloud: &Cloud, who: &str) -> String {
        let signed = done(cloud, 0, "/staff/sign-in", &self.device, json!({ "staff": who, "pin": PIN })).await;
        signed["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_ordered_paid_voided_and_given_back_is_in_the_reports() {
    let mut cloud = cloud(database().await, 2, &[]).await;
    let hands = Hands::new(&cloud).await;
    let (lead, cashier) = (hands.staff(&cloud, "lead").await, hands.staff(&cloud, "cashier").await);
    let (cook, owner) = (hands.staff(&cloud, "cook").await, hands.staff(&cloud, "owner").await);

    // The first table: 2 rice, and a soup that is voided; paid in cash, rounded down, with a tip.
    let (one, phone) = cloud.join("a1").await;
    let soup = order("soup", 1, 1200);
    done(&cloud, 0, &["/sessions/", &one, "/orders"].concat(), &phone, order("rice", 2, 300)).await;
    done(&cloud, 1, &["/sessions/", &one, "/orders"].concat(), &phone, soup.clone()).await;
    let line = soup["lines"][0]["line"].as_str().unwrap();
    let yes = json!({ "reason": "spilt", "approver": { "staff": "manager", "pin": PIN } });
    done(&cloud, 1, &["/sessions/", &one, "/lines/", line, "/void"].concat(), &lead, yes).await;
    let cash = json!({ "tender": id(), "amount": 600, "received": 1000, "rounded_off": 100, "tip": 60 });
    done(&cloud, 0, &["/sessions/", &one, "/cash"].concat(), &cashier, cash).await;

    // The second: 2 soups, cooked at once; by card, and 400 of it given back.
    let (two, phone) = cloud.join("a2").await;
    done(&cloud, 1, &["/sessions/", &two, "/orders"].concat(), &phone, order("soup", 2, 1200)).await;
    let kitchen = cloud.http.get([&cloud.nodes[0].url, "/api/v1/stores/", &STORE.to_string(), "/kitchen"].concat());
    let kitchen: Value = kitchen.bearer_auth(&cook).send().await.unwrap().json().await.unwrap();
    let ticket = kitchen["tickets"].as_array().unwrap().iter().find(|ticket| ticket["table"] == "A2");
    let key = ticket.unwrap_or_else(|| panic!("{kitchen}"))["items"][0]["key"].as_str().unwrap().to_owned();
    done(&cloud, 0, &["/kitchen/items/", &key, "/ready"].concat(), &cook, json!({})).await;
    let (tender, path) = (id(), ["/sessions/", &two, "/tenders"].concat());
    done(&cloud, 0, &path, &cashier, json!({ "tender": tender, "way": "card", "amount": 2400, "reference": "slip-1" })).await;
    let back = json!({ "refund": id(), "tender": tender, "amount": 400, "lines": [], "reason": "cold", "reference": "slip-2" });
    done(&cloud, 1, &["/sessions/", &two, "/refunds"].concat(), &lead, back).await;

    // The counter: nobody has paid yet, so the kitchen hasn't got it.
    let (counter, phone) = cloud.join("k1").await;
    done(&cloud, 0, &["/sessions/", &counter, "/orders"].concat(), &phone, order("rice", 1, 300)).await;

    let told = counted(&cloud).await;
    let figure = |name: &str| told[name].as_i64().unwrap_or_else(|| panic!("{name} in {told}"));
    for (name, wanted) in [
        ("days", 1),
        ("parties", 3),
        ("covers", 6),
        ("orders", 3),
        ("lines", 2),
        ("dishes", 4),
        ("gross", 3000),
        ("voids", 1200),
        ("void_count", 1),
        ("allowances", 400),
        ("net", 2900),
        ("rounded_off", 100),
        ("tips", 60),
        ("received", 560 + 2400),
        ("refunded", 400),
        ("owed", 300),
    ] {
        assert_eq!(figure(name), wanted, "{name} in {told}");
    }
    assert_eq!(
        (&told["cooking"]["items"], &told["cooking"]["p90_s"], &told["as_of"]["cut_off"]),
        (&json!(1), &json!(60), &json!(false))
    );
    let report = reported(&cloud.url).await;
    let rows = |part: &str, name: &str| -> Vec<Value> {
        report[part]["rows"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!((rows("dishes", "dish"), rows("dishes", "sold")), (vec![json!("rice"), json!("soup")], vec![json!(2), json!(2)]));
    assert_eq!((rows("dishes", "voided"), rows("dishes", "name")[0]["zh"].clone()), (vec![json!(0), json!(1)], json!("rice")));
    assert_eq!(
        (rows("ways", "way"), rows("ways", "received")),
        (vec![json!("card"), json!("cash")], vec![json!(2400), json!(560)])
    );
    assert_eq!(rows("ways", "refunded"), vec![json!(400), json!(0)]);
    assert_eq!(rows("slots", "net").iter().filter_map(Value::as_i64).sum::<i64>(), 2900);
    assert_eq!((rows("stations", "station"), rows("days", "closed_at")), (vec![json!("bar")], vec![Value::Null]));

    // What the day's close says is what the reports say.
    done(&cloud, 1, "/day/close", &owner, json!({ "accept_unmatched": true })).await;
    let told = counted(&cloud).await;
    let events = cloud.journal.read(floor(), 0, 100_000).await.unwrap();
    let last: FloorEvent = serde_json::from_slice(&engine::split_sender(&events.last().unwrap().body).0).unwrap();
    let FloorEvent::DayClosed(closed) = last else { panic!("{last:?}") };
    let (summary, figure) = (closed.summary.unwrap(), |name: &str| told[name].as_i64().unwrap());
    assert_eq!((summary.net.0, summary.gross.0, summary.voids.0), (figure("net"), figure("gross"), figure("voids")));
    assert_eq!((i64::from(summary.orders), summary.owed.0), (figure("orders"), figure("owed")));
    assert_eq!(summary.taken.iter().map(|way| way.amount.0).sum::<i64>(), figure("received"));
    assert_eq!(summary.given_back.iter().map(|way| way.amount.0).sum::<i64>(), figure("refunded"));
    assert_eq!(
        (i64::from(summary.unmatched), reported(&cloud.url).await["days"]["rows"][0]["closed_at"].clone()),
        (figure("unmatched"), json!(closed.at.0))
    );
    assert!(words(&cloud.url, &["compare"]).await.contains("29.00"));

    // The tables are deleted: they are made again, the same. So they are where they are of an older version.
    let whole = dump(&cloud.url).await;
    assert!(whole.len() >= 7, "{whole:?}");
    for node in &mut cloud.nodes {
        node.terminate().await;
    }
    sql(
        &cloud.url,
        "DROP TABLE report_progress, report_checkpoint, report_day, report_slot, report_way, report_dish, report_cook",
    )
    .await;
    let node = cloud.node(&[]).await;
    counted(&cloud).await;
    assert_eq!(dump(&cloud.url).await, whole);
    drop(node);
    sql(&cloud.url, "UPDATE report_day SET net = 7; DELETE FROM report_way; UPDATE report_progress SET version = 1").await;
    let _node = cloud.node(&[]).await;
    until("it is counted again", || async { (dump(&cloud.url).await == whole).then_some(()) }).await;
    counted(&cloud).await;
}

/// Fills the store's journal with orders, without any node: so many on each of forty tables.
async fn fill(cloud: &Cloud, each: usize) -> usize {
    let store = open(&cloud.journal).await;
    let by = || "owner".parse().unwrap();
    let table = |number: usize| {
        let store = store.clone();
        async move {
            let session = SessionId(number as u128 + 1);
            let table = ["a", &number.to_string()].concat().parse().unwrap();
            let open = OpenTable { session, table, covers: 2, by: by(), reservation: None, entry: None };
            store.submit_floor(store.fresh_request(), FloorCommand::OpenTable(open)).await.unwrap();
            for turn in 0..each {
                let number = ((number * 100_000 + turn) as u128) << 8;
                let selection =
                    serde_json::from_value(json!({ "dish": "rice", "variant": "std", "quantity": 1, "weight_g": null,
                    "options": [], "set": [], "note": null }));
                let line = AskedLine::new(LineId(number + 1), selection.unwrap(), Money(300), Money(300));
                let by = Actor::Staff { id: by(), name: "owner".to_owned() };
                let (order, total) = (OrderId(number + 2), Money(300));
                let place = PlaceOrder { order, session, by, menu_version: 1, total, lines: vec![line], note: None };
                store.submit_floor(store.fresh_request(), FloorCommand::PlaceOrder(place)).await.unwrap();
            }
        }
    };
    futures::future::join_all((1..=40).map(table)).await;
    store.stop().await;
    each * 40
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_killed_while_they_count_count_nothing_twice() {
    let cloud = cloud(database().await, 0, &[]).await;
    let orders = fill(&cloud, 60).await;
    let head = cloud.journal.head(floor()).await.unwrap().seq;
    assert!(head > 4_000, "several portions: {head} events");
    let progress = async || -> u64 {
        let rows = sql(&cloud.url, "SELECT seq FROM report_progress WHERE seq > 0").await;
        rows.first().map_or(0, |seq| seq.parse().unwrap())
    };
    // Two at once, both killed as soon as one has written something more.
    let mut killed_at = Vec::new();
    for _ in 0..3 {
        let (mut one, mut other) = (cloud.node(&[]).await, cloud.node(&[]).await);
        let before = killed_at.last().copied().unwrap_or(0);
        until("a portion is counted", || async {
            let now = progress().await;
            (now > before || now == head).then_some(())
        })
        .await;
        one.kill().await;
        other.kill().await;
        killed_at.push(progress().await);
    }
    let _nodes = (cloud.node(&[]).await, cloud.node(&[]).await);
    cloud.enter(STORE).await;
    let told = counted(&cloud).await;
    println!("{head} events; nodes killed when these were counted: {killed_at:?}");
    assert_eq!((&told["orders"], &told["net"], &told["dishes"]), (&json!(orders), &json!(orders * 300), &json!(orders)));
    let report = reported(&cloud.url).await;
    assert_eq!((&report["dishes"]["rows"][0]["sold"], report["dishes"]["rows"].as_array().unwrap().len()), (&json!(orders), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_answers_while_the_primary_takes_orders() {
    let (primary, standby) = tokio::task::spawn_blocking(|| {
        let primary = PgTemp::start();
        let standby = primary.add_standby_sync();
        (primary, standby)
    })
    .await
    .unwrap();
    let (primary_url, replica) = (primary.url(), standby.url());
    let cloud = cloud(primary_url, 1, &["--reports-postgres", &replica]).await;
    let (session, phone) = cloud.join("a1").await;
    let path = ["/sessions/", &session, "/orders"].concat();
    let mut last = 0;
    for number in 1..=25 {
        done(&cloud, 0, &path, &phone, order("rice", 1, 300)).await;
        if number % 8 == 0 {
            let now = compared(&replica, STORE).await.and_then(|row| row["orders"].as_i64()).unwrap_or_default();
            assert!((last..=number).contains(&now), "{now} orders after {number}, and {last} before");
            last = now;
        }
    }
    let told = until("the replica has all", || async { compared(&replica, STORE).await.filter(|row| row["orders"] == 25) }).await;
    assert_eq!((&told["net"], &told["as_of"]["behind"]), (&json!(7_500), &json!(0)));
    let is_replica = tokio::task::spawn_blocking(move || standby.psql("SELECT pg_is_in_recovery()")).await.unwrap();
    assert_eq!(is_replica.trim(), "t");
    drop(primary);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_a_box_is_counted_and_says_when_nobody_hears_from_it() {
    let cloud = cloud(database().await, 1, &[]).await;
    let shop = StoreId(0x0b0c);
    furnish_as(shop, cloud.journal.clone(), &Plan::default()).await;
    let enter = "INSERT INTO cloud_box VALUES ('\\x00000000000000000000000000000b0c', 'key', '', 0, '', '')";
    sql(&cloud.url, enter).await;
    let counted = |told: &Value| told["as_of"]["at_ms"].as_i64().is_some_and(|at| at > 0);
    let told = until("the copy is counted", || async { compared(&cloud.url, shop).await.filter(counted) }).await;
    assert_eq!((&told["orders"], &told["as_of"]["cut_off"]), (&json!(0), &json!(true)), "{told}");
    let answered = words(&cloud.url, &["compare", "--store", &shop.to_string()]).await;
    assert!(answered.contains("its box isn't heard from") && !answered.contains(&STORE.to_string()), "{answered}");
}

/// Rows are written and read by their place.
#[tokio::test(flavor = "multi_thread")]
async fn the_tables_columns_are_the_figures_in_their_order() {
    let cloud = cloud(database().await, 1, &[]).await;
    for (table, names) in [
        ("day", report::DayFigures::NAMES),
        ("slot", report::SlotFigures::NAMES),
        ("way", report::WayFigures::NAMES),
        ("dish", report::DishFigures::NAMES),
        ("cook", report::CookFigures::NAMES),
    ] {
        let columns = [
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'report_",
            table,
            "' ORDER BY ordinal_position",
        ];
        let columns = sql(&cloud.url, &columns.concat()).await;
        assert_eq!(columns[columns.len() - names.len()..], *names, "{table}");
    }
}
