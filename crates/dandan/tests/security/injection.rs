//! Words that mean something to a machine: fields nobody asked for, parameters said twice, lines for the log, formulas for a spreadsheet.

use crate::endpoints::{endpoints, token_for};
use crate::world::{Plan, id, open, order, select, send, world};
use reqwest::Method;
use serde_json::{Value, json};

/// Every command, with fields that stand in the house's own records: none is taken along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mass_assignment() {
    let world = world().await;
    let (party, staff, device) = (world.join("a1").await, world.staff("owner").await, world.device().await);
    let before = world.heads().await;
    let mut tried = 0;
    for endpoint in endpoints(&world, &party).await.into_iter().filter(|endpoint| endpoint.body.is_some()) {
        let token = token_for(&endpoint, &party, &staff, &device);
        for (name, value) in [
            ("role", json!("owner")),
            ("price", json!(1)),
            ("unit_price", json!(1)),
            ("paid", json!(true)),
            ("state", json!("paid")),
            ("store", json!(id())),
            ("at", json!(0)),
            ("by", json!("owner")),
            ("approved_by", json!("owner")),
            ("pin_hash", json!("x")),
            ("__proto__", json!({ "role": "owner" })),
        ] {
            let mut body = endpoint.body.clone().unwrap();
            let fields = endpoint.schema["properties"].as_object();
            if fields.is_some_and(|fields| fields.contains_key(name)) {
                continue;
            }
            body[name] = value;
            let request = world.request(Method::POST, &endpoint.path, token).header("idempotency-key", id()).json(&body);
            let refused = send(request).await.refused(400, "malformed");
            assert!(refused["detail"].as_str().unwrap().len() < 600, "{refused}");
            tried += 1;
        }
    }
    assert!(tried > 700, "{tried}");
    // Nor below the top.
    let hidden = |change: &dyn Fn(&mut Value)| {
        let mut body = order("rice", 1, 300);
        change(&mut body);
        body
    };
    for body in [
        hidden(&|body| body["lines"][0]["discount"] = json!(300)),
        hidden(&|body| body["lines"][0]["options"] = json!([{ "option": "egg", "quantity": 1, "price": 0 }])),
        hidden(&|body| body["lines"][0]["set"] = json!([{ "group": "main", "dish": "rice", "quantity": 1, "surcharge": -1 }])),
    ] {
        world.place(&party, &body).await.refused(400, "malformed");
    }
    assert_eq!(world.heads().await, before);
}

/// A field or a parameter said twice is refused: nobody has to know which one counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dup_query_params() {
    let world = world().await;
    let (party, owner) = (world.join("a1").await, world.staff("owner").await);
    let session = &party.session;
    for (path, token) in [
        ("/kitchen?station=wok&station=bar".to_owned(), &owner),
        ("/kitchen/feed?after=1&after=2".to_owned(), &owner),
        ("/kitchen/feed?station=wok&station=wok".to_owned(), &owner),
        ("/audit?limit=1&limit=200".to_owned(), &owner),
        ("/audit?staff=owner&staff=cook".to_owned(), &owner),
        ("/audit?before=1&before=2&kind=x".to_owned(), &owner),
        ("/floor/feed?after=1&after=1".to_owned(), &owner),
        (format!("/sessions/{session}/feed?after=1&after=2"), &party.token),
        (format!("/sessions/{session}/pay-code?share={}&share={}", id(), id()), &party.token),
    ] {
        world.get(&path, token).await.refused(400, "malformed");
    }
    let before = world.heads().await;
    for body in [r#"{"covers":2,"covers":9}"#.to_owned(), format!(r#"{{"covers":2,"\u0063overs":9,"x{}":1}}"#, id())] {
        let request = world.request(Method::POST, &format!("/sessions/{session}/covers"), &owner);
        let request = request.header("idempotency-key", id()).header("content-type", "application/json").body(body);
        send(request).await.refused(400, "malformed");
    }
    // Two keys for one command, or two people: no command.
    let twice = world.request(Method::POST, &format!("/sessions/{session}/covers"), &owner).header("idempotency-key", id());
    let twice = twice.header("idempotency-key", id()).header("content-type", "application/json").body(r#"{"covers":9}"#);
    send(twice).await.refused(400, "key_missing");
    let twice = world.request(Method::GET, "/floor", &owner).bearer_auth(&party.token);
    send(twice).await.refused(401, "not_signed_in");
    assert_eq!(world.heads().await, before);
}

/// Whatever people type, the log stays one line for one fact, and says nothing a terminal obeys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_injection() {
    let world = open(Plan { log: "debug", ..Plan::default() }).await;
    let (party, owner, device) = (world.join("a1").await, world.staff("owner").await, world.device().await);
    let lines = [
        "x\n2026-01-01T00:00:00.000000Z  INFO dandan: FORGED",
        "x\r\nFORGED",
        "\u{1b}[2J\u{1b}]0;FORGED\u{7}",
        "x\u{2028}FORGED",
        "x\u{85}FORGED",
        "\u{0}FORGED",
        "%0aFORGED%1b[31m",
        "\u{202e}DEGROF",
        "${jndi:ldap://FORGED/a}",
    ];
    for text in lines {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [format!("/tables/{escaped}/lock"), format!("/stock/{escaped}"), format!("/people/{escaped}/end")] {
            world.post(&path, &owner, json!({ "reason": text })).await.is_refusal();
        }
        world.get(&format!("{}/{escaped}", world.server.url), "").await.is_refusal();
        world.get(&format!("/audit?kind={escaped}"), &owner).await;
        world.post("/staff/sign-in", &device, json!({ "staff": text, "pin": "1234" })).await.is_refusal();
        world.post("/devices/pair", "", json!({ "code": text, "name": text })).await.is_refusal();
        let mut noted = order("rice", 1, 300);
        noted["note"] = json!(text);
        world.place(&party, &noted).await;
        let join = json!({ "code": world.code("a2"), "guest": id(), "name": text, "covers": 2, "session": id() });
        world.post("/sessions/join", "", join).await;
        let agent = world.request(Method::GET, "/floor", "").header("user-agent", text.replace(char::is_control, "?"));
        send(agent).await.refused(401, "not_signed_in");
        let notice = world.request(Method::POST, &format!("{}/channels/wechat/{}", world.server.url, crate::world::STORE), "");
        send(notice.body(text)).await;
    }
    let log = world.server.log.lock().unwrap().clone();
    assert!(log.lines().count() > 3, "{log}");
    for line in log.lines() {
        let dated = line.len() > 20 && line.as_bytes()[..4].iter().all(u8::is_ascii_digit) && line.as_bytes()[10] == b'T';
        assert!(dated, "a line that nobody wrote: {line}");
        assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{202e}')), "{line:?}");
    }
}

/// The product hands out one file for spreadsheets, the template to fill in: it has no cell that a spreadsheet would work out.
#[test]
fn csv_injection() {
    let template = String::from_utf8(menu_file::template_csv().unwrap()).unwrap();
    assert!(template.starts_with('\u{feff}'), "spreadsheets know it for Unicode");
    let mut cells = 0;
    for cell in template.trim_start_matches('\u{feff}').lines().flat_map(|line| line.split(',')) {
        let inside = cell.trim_matches('"');
        assert!(!inside.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        cells += 1;
    }
    assert!(cells > 50, "{cells}");
    let mut workbook = zip::ZipArchive::new(std::io::Cursor::new(menu_file::template_xlsx().unwrap())).unwrap();
    let mut sheets = 0;
    for n in 0..workbook.len() {
        let mut part = workbook.by_index(n).unwrap();
        let (name, mut text) = (part.name().to_owned(), String::new());
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        assert!(!name.contains("externalLink") && !name.contains("vba") && !text.contains("DDE"), "{name}");
        if name.starts_with("xl/worksheets/sheet") {
            assert!(!text.contains("<f>") && !text.contains("<f "), "{name} works something out");
            sheets += 1;
        }
    }
    assert!(sheets >= 1);
}

/// Text of an order goes to the journal and back as text, whatever a database would make of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_stays_text() {
    let world = world().await;
    let (party, owner) = (world.join("a1").await, world.staff("owner").await);
    for text in ["'; DROP TABLE events; --", "1 OR 1=1", "\" UNION SELECT * FROM commands --", "%' AND 1=1 /*", "\\'; VACUUM; --"]
    {
        let mut noted = select("rice", 1);
        noted["note"] = json!(text);
        let put =
            world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, json!({ "line": noted })).await.ok(200);
        assert!(put.to_string().contains(&serde_json::to_string(text).unwrap()[1..]), "{text}");
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = world.get(&format!("/audit?kind={escaped}"), &owner).await;
        assert!(found.status == 400 || found.body["entries"].as_array().unwrap().is_empty(), "{found:?}");
        world.get(&format!("/audit?staff={escaped}"), &owner).await.refused(400, "malformed");
    }
    assert!(world.get("/audit?limit=200", &owner).await.ok(200)["entries"].as_array().unwrap().len() > 5);
}
