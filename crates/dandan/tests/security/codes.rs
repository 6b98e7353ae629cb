//! Forged codes and tokens: none opens a table, a check or a door, whatever was changed about a genuine one.

use crate::inside::{Dice, inside};
use crate::world::{STORE, id, world};
use api::{App, Guest, Payable, Signer};
use domain::{GuestId, SessionId};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

const TRIES: u64 = 1_000_000;

/// Changes a genuine code in one of the ways people and programs do.
fn forge(dice: &mut Dice, genuine: &[String], stranger: &Signer) -> String {
    let code = dice.pick(genuine).clone();
    let (head, mark) = code.rsplit_once('.').unwrap();
    match dice.under(10) {
        // A mark out of nothing.
        0 | 1 => format!("{head}.{}", dice.hex(20)),
        // One bit.
        2 | 3 => {
            let (at, bit) = (dice.under(code.len()), dice.under(8));
            let mut bytes = code.into_bytes();
            bytes[at] ^= 1 << bit;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        // Cut off, at either end.
        4 => code[..dice.under(code.len())].to_owned(),
        5 => code[1 + dice.under(code.len() - 1)..].to_owned(),
        // A mark of something else of the house.
        6 => format!("{head}.{}", dice.pick(genuine).rsplit_once('.').unwrap().1),
        // Somebody else's key.
        7 => format!("{head}.{}", stranger.mark(&format!("table.{STORE}.{head}"), 10)),
        // Longer, and said twice.
        8 => format!("{head}.{mark}{}", dice.hex(2)),
        _ => {
            let length = dice.under(64);
            (0..length).map(|_| char::from(u8::try_from(dice.under(95) + 32).unwrap())).collect()
        }
    }
}

/// Codes of tables, of a screen, of parties and of checks, as the house hands them out.
fn handed_out(app: &App) -> Vec<String> {
    let (house, now) = (app.known().house.clone(), app.store.now().at);
    let mut codes: Vec<String> = house.tables.iter().map(|table| app.table_code(table)).collect();
    codes.extend(house.tables.iter().map(|table| app.screen_code(table, 90, now).0));
    for n in 1..=20 {
        codes.push(app.party_code(SessionId(n)));
        codes.push(app.pay_code(Payable { session: SessionId(n), share: None }));
    }
    codes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_forged_codes() {
    let inside = inside().await;
    let (app, stranger) = (&*inside.app, Signer::new(&[8; 32]));
    let codes = handed_out(app);
    let genuine: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    let opened =
        |code: &str| app.table_of_code(code).is_ok() || app.party_of_code(code).is_some() || app.payable_of_code(code).is_some();
    let tables = &app.known().house.tables;
    assert!(tables.iter().all(|table| opened(&app.table_code(table))), "genuine ones open");
    let try_some = |seed: u64| {
        let mut dice = Dice(seed);
        let codes: Vec<String> = codes.clone();
        let mut accepted = Vec::new();
        for _ in 0..TRIES / 2 {
            let forged = forge(&mut dice, &codes, &stranger);
            if !genuine.contains(forged.as_str()) && opened(&forged) {
                accepted.push(forged);
            }
        }
        accepted
    };
    let accepted: Vec<String> = std::thread::scope(|scope| {
        let halves = [1, 2].map(|seed| scope.spawn(move || try_some(seed)));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert_eq!(accepted, Vec::<String>::new());
}

/// Ten thousand more go over HTTP in `it::refusals`; here, that each kind of code is refused where another kind is wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_its_own_purpose_only() {
    let inside = inside().await;
    let app = &inside.app;
    let (session, table) = (SessionId(7), app.known().house.tables[0].clone());
    let (of_table, of_party) = (app.table_code(&table), app.party_code(session));
    let of_check = app.pay_code(Payable { session, share: None });
    assert!(app.table_of_code(&of_table).is_ok());
    assert!(app.party_of_code(&of_party) == Some(session) && app.payable_of_code(&of_check).is_some());
    for code in [&of_party, &of_check] {
        assert!(app.table_of_code(code).is_err(), "{code}");
    }
    for code in [&of_table, &of_check] {
        assert!(app.party_of_code(code).is_none() && app.party_of_code(&format!("s.{code}")).is_none(), "{code}");
    }
    for code in [&of_table, &of_party, of_party.trim_start_matches("s.")] {
        assert!(app.payable_of_code(code).is_none(), "{code}");
    }
    // A screen's code is worth nothing once it is over, and nothing where the house has no screens.
    let screen = app.screen_code(&table, 90, app.store.now().at).0;
    assert!(app.table_of_code(&screen).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_confusion() {
    let world = world().await;
    let (party, device, owner) = (world.join("a1").await, world.device().await, world.staff("owner").await);
    let code = world.get(&format!("/sessions/{}/code", party.session), &owner).await.ok(200);
    let pay = world.get(&format!("/sessions/{}/pay-code", party.session), &party.token).await.ok(200);
    let scanned = |url: &serde_json::Value| url.to_string().trim_matches('"').rsplit('/').next().unwrap().to_owned();
    let session_path = format!("/sessions/{}", party.session);
    // What each kind opens: [a party, the floor, the sign-in page].
    let opens = async |token: &str| {
        let floor = world.get("/floor", token).await.status;
        [world.get(&session_path, token).await.status, floor, world.get("/staff", token).await.status]
    };
    assert_eq!(opens(&party.token).await, [200, 403, 403]);
    assert_eq!(opens(&device).await, [401, 401, 200]);
    assert_eq!(opens(&owner).await, [200, 200, 200]);
    let mut others = vec![world.code("a1"), String::new(), "Bearer".to_owned(), format!("Bearer {owner}")];
    others.extend(["code", "url", "scan_url"].iter().filter_map(|name| code.get(name)).map(scanned));
    others.extend(["code", "url"].iter().filter_map(|name| pay.get(name)).map(scanned));
    // Another kind's letter on a genuine body, more behind it, parts missing, other spellings.
    for genuine in [&party.token, &device, &owner] {
        for kind in ["g", "s", "d", "o", "S", "", "a"] {
            let (_, rest) = genuine.split_once('.').unwrap();
            others.extend(Some(format!("{kind}.{rest}")).filter(|edited| edited != genuine));
        }
        let (body, mark) = genuine.rsplit_once('.').unwrap();
        others.extend([
            format!("{genuine}.x"),
            format!("{body}.x.{mark}"),
            format!("{body}."),
            body.to_owned(),
            format!("{body}.{}", mark.to_uppercase()).replace(&mark.to_uppercase(), &mark[..20]),
            format!("{genuine}{mark}"),
        ]);
    }
    assert!(others.len() > 35, "{}", others.len());
    for token in &others {
        assert_eq!(opens(token).await, [401, 401, 401], "{token}");
    }
    // Signed as it should be and still no token: purposes and audience are part of what is signed.
    for body in [
        format!("s.{STORE}.owner"),
        format!("s.{STORE}.owner.{}.9999999999999", id()),
        format!("g.{STORE}"),
        format!("o.{STORE}"),
        format!("x.{STORE}.owner"),
        format!("s.{}.owner.{}.9999999999999.00000000", id(), id()),
    ] {
        assert_eq!(opens(&world.seal(&body)).await, [401, 401, 401], "{body}");
    }
    // Only the Authorization header counts, under its own scheme.
    for (name, value) in [
        ("authorization", format!("Basic {owner}")),
        ("authorization", format!("bearer{owner}")),
        ("cookie", format!("token={owner}")),
    ] {
        let asked = world.request(Method::GET, "/floor", "").header(name, value).send().await.unwrap();
        assert_eq!(asked.status(), 401, "{name}");
    }
    for query in [format!("/floor?token={owner}"), format!("/floor?access_token={owner}")] {
        assert_eq!(world.get(&query, "").await.status, 401);
    }
}

/// Tokens of the same person differ, and none can be guessed from another: a mark of 128 bits ends each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_entropy() {
    let inside = inside().await;
    let mut seen = BTreeSet::new();
    let mut ones = 0_u32;
    for n in 0..10_000_u128 {
        let token = inside.app.guest_token(Guest { session: SessionId(1), guest: GuestId(n) });
        let mark = hex::decode(token.rsplit('.').next().unwrap()).unwrap();
        assert_eq!(mark.len(), 16);
        ones += mark.iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert!(seen.insert(mark), "two tokens end alike");
    }
    // Half of 1,280,000 bits, give or take six deviations.
    assert!((636_600..=643_400).contains(&ones), "{ones}");
}

/// A table's code on paper is no proof of being there: where the house opens tables itself, it opens none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photographed_code_opens_no_table_the_waiter_did_not() {
    let plan = crate::world::Plan { scan_opens_table: false, ..crate::world::Plan::default() };
    let world = crate::world::open(plan).await;
    let scan = json!({ "code": world.code("a1"), "guest": id(), "name": null, "covers": 2, "session": id() });
    world.post("/sessions/join", "", scan.clone()).await.refused(409, "table_not_open");
    let waiter = world.staff("waiter").await;
    let session = id();
    world.post("/tables/a1/open", &waiter, json!({ "session": session, "covers": 2 })).await.ok(201);
    let joined = world.post("/sessions/join", "", scan.clone()).await.ok(201);
    assert_eq!(joined["session"], session);
    world.post(&format!("/sessions/{session}/close"), &waiter, json!({})).await.ok(200);
    world.post("/sessions/join", "", scan).await.refused(409, "table_not_open");
}
