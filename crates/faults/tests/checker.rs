//! The judge is judged: a sound journal passes, and every way of spoiling one is found.

#![allow(clippy::unwrap_used)] // The helpers below are part of the tests.

use domain::floor::{Actor, AskedLine, FloorCommand, JoinTable, PlaceOrder, TakeCash};
use domain::menu::Selection;
use domain::{GuestId, LineId, Money, OrderId, SessionId, TenderId};
use engine::{RandomIds, Request, Store, SystemClock, WriterOptions};
use faults::check::{self, Truth};
use faults::house::{RICE, STORE, furnish};
use faults::people::{Entry, Told, What, Wish};
use journal::{Journal, SqliteJournal};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const SESSION: SessionId = SessionId(1);
const GUEST: GuestId = GuestId(2);

/// A house in which two orders were placed, one was refused, and one was paid in cash; and what people were told.
struct Evening {
    folder: TempDir,
    told: Vec<Entry>,
}

fn request(id: u128) -> Request {
    Request { id, fingerprint: [0; 32], by: None }
}

fn order(id: u128, unit_price: i64) -> FloorCommand {
    let selection = Selection {
        dish: "rice".parse().unwrap(),
        variant: "std".parse().unwrap(),
        quantity: 1,
        weight_g: None,
        options: Vec::new(),
        set: Vec::new(),
        note: None,
    };
    let price = Money(unit_price);
    let lines = vec![AskedLine::new(LineId(id + 1_000), selection, price, price)];
    let by = Actor::Guest(GUEST);
    FloorCommand::PlaceOrder(PlaceOrder {
        order: OrderId(id),
        session: SESSION,
        by,
        menu_version: 1,
        total: price,
        lines,
        note: None,
    })
}

fn cash(tender: u128, amount: i64) -> FloorCommand {
    FloorCommand::TakeCash(TakeCash {
        tender: TenderId(tender),
        session: SESSION,
        amount: Money(amount),
        received: Money(amount),
        rounded_off: Money::ZERO,
        order: None,
        share: None,
        tip: Money::ZERO,
        partial: false,
        by: "cashier".parse().unwrap(),
    })
}

fn told(key: u128, what: What, body: Value, status: u16, answer: Value) -> Entry {
    let wish = Wish { key: format!("{key:032x}"), what, path: String::new(), body };
    Entry { wish, told: Some(Told { status, body: answer }) }
}

async fn open(folder: &Path) -> Store {
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder).unwrap());
    let clock = Arc::new(SystemClock::new("UTC").unwrap());
    Store::open(STORE, journal, clock, Arc::new(RandomIds), WriterOptions::default()).await.unwrap()
}

async fn close(store: Store) {
    store.stop().await;
    let gone = Arc::downgrade(store.journal());
    drop(store);
    while gone.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
}

async fn evening() -> Evening {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), None).await.unwrap();
    let store = open(folder.path()).await;
    let join = JoinTable { table: "a1".parse().unwrap(), guest: GUEST, name: None, session: SESSION, covers: Some(2) };
    store.submit_floor(request(3), FloorCommand::JoinTable(join)).await.unwrap();
    store.submit_floor(request(11), order(11, RICE)).await.unwrap();
    store.submit_floor(request(12), order(12, RICE)).await.unwrap();
    store.submit_floor(request(13), order(13, RICE - 1)).await.unwrap_err();
    store.submit_floor(request(14), cash(24, 2 * RICE)).await.unwrap();
    close(store).await;
    let told = vec![
        told(11, What::Order { total: RICE }, json!({}), 201, json!({})),
        told(12, What::Order { total: RICE }, json!({}), 201, json!({})),
        told(13, What::WrongPrice, json!({}), 409, json!({ "code": "order_differs" })),
        told(14, What::Cash { amount: 2 * RICE }, json!({ "tender": format!("{:032x}", 24) }), 201, json!({})),
    ];
    Evening { folder, told }
}

impl Evening {
    /// What the checks find; an error counts as found too.
    async fn found(&self) -> Vec<String> {
        let found = async {
            let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(self.folder.path())?);
            let truth = Truth::read(&*journal).await?;
            let mut broken = truth.broken.clone();
            broken.extend(check::people(&*journal, &truth, &self.told).await?);
            broken.extend(check::replay(journal).await?);
            anyhow::Ok(broken)
        };
        found.await.unwrap_or_else(|error| vec![format!("{error:#}")])
    }

    /// Changes the closed file behind the journal's back.
    fn sabotage(&self, sql: &str) -> usize {
        let db = Connection::open(self.folder.path().join("journal.sqlite")).unwrap();
        db.execute(sql, []).unwrap()
    }
}

#[tokio::test]
async fn a_sound_evening_has_nothing_broken() {
    assert_eq!(evening().await.found().await, Vec::<String>::new());
}

#[tokio::test]
async fn every_way_of_spoiling_the_file_is_found() {
    for sql in [
        // An acknowledged command is forgotten; with its event; the event alone; the last one, with its trace at the head.
        "DELETE FROM command WHERE id = x'0000000000000000000000000000000b'",
        "DELETE FROM event WHERE command = x'0000000000000000000000000000000c'",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event WHERE stream_no = (SELECT no FROM stream WHERE stream = 1))",
        // An amount is another one; an answer is another one.
        "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '\"total\":300', '\"total\":900') AS BLOB) WHERE kind = 'OrderPlaced'",
        "UPDATE command SET answer = CAST('{\"Ok\":\"Done\"}' AS BLOB) WHERE id = x'0000000000000000000000000000000d'",
        // Time is another one.
        "UPDATE event SET at_ms = at_ms + 1 WHERE kind = 'TenderCredited'",
    ] {
        let evening = evening().await;
        assert!(evening.sabotage(sql) > 0, "{sql} hit nothing");
        assert!(!evening.found().await.is_empty(), "{sql} was not found");
    }
}

#[tokio::test]
async fn what_people_were_told_is_held_against_the_journal() {
    let spoil: [fn(&mut Vec<Entry>); 7] = [
        // Told of an order that isn't there, and of another total.
        |told| told.push(self::told(99, What::Order { total: RICE }, json!({}), 201, json!({}))),
        |told| told[0].wish.what = What::Order { total: RICE + 1 },
        // Refused, and in the journal as done; accepted, and in the journal as refused; refused for another reason.
        |told| told[0].told = Some(Told { status: 409, body: json!({ "code": "order_differs" }) }),
        |told| told[2].told = Some(Told { status: 201, body: json!({}) }),
        |told| told[2].told = Some(Told { status: 409, body: json!({ "code": "table_closed" }) }),
        // Nobody sent the second order; nobody took the cash.
        |told| drop(told.remove(1)),
        |told| drop(told.remove(3)),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        let mut evening = evening().await;
        spoil(&mut evening.told);
        let found = evening.found().await;
        assert!(!found.is_empty(), "case {n} was not found");
    }
}
