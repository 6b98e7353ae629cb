//! What guests type, as far as the paper: a printer obeys the house and nobody else.

use crate::world::{Plan, id, open, order, select, until};
use printer_sim::{PrinterSetup, Simulator};
use serde_json::json;

/// Commands of printers: reset, kick the drawer, cut, turn round, endless feed, ask for the status, change the code page.
const COMMANDS: [&str; 14] = [
    "\u{1b}@",
    "\u{1b}p\u{0}\u{32}\u{32}",
    "\u{1d}V\u{0}",
    "\u{1d}V\u{41}\u{0}",
    "\u{1b}{\u{1}",
    "\u{1b}d\u{ff}",
    "\u{10}\u{4}\u{1}",
    "\u{10}\u{14}\u{1}\u{0}\u{1}",
    "\u{1c}.",
    "\u{1b}t\u{10}",
    "\u{1d}(k\u{3}\u{0}1Q0",
    "\u{1f}\u{1b}",
    "\u{c}\u{c}\u{c}",
    "\u{9b}2J",
];
/// Words without a control character whose bytes look like one in some encoding, or that change the writing around them.
const WORDS: [&str; 12] = [
    "ESC p 0 2 2",
    "\\x1b\\x70\\x00",
    "&#27;p0",
    "㡀𐀀𠀀龥龦",
    "䐀䐁䐂丂亐",
    "€￡￥§¨°",
    "e\u{301}\u{302}\u{303}\u{304}",
    "👨‍👩‍👧",
    "🍜🀄🈲",
    "\u{e000}\u{e7c7}\u{fffd}",
    "\u{3000}\u{a0}\u{ad}|",
    "ﷺ ثلاثة",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escpos_injection() {
    let printers = Simulator::start(vec![PrinterSetup::new("p0", 0)]).await.unwrap();
    let printer = printers.printer("p0").unwrap();
    let world = open(Plan { printers: vec![printer.addr().to_string()], ..Plan::default() }).await;
    let party = world.join("a1").await;
    let before = world.heads().await;
    for command in COMMANDS {
        let mut line = select("rice", 1);
        line["note"] = json!(format!("少辣{command}"));
        let put = world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, json!({ "line": line })).await;
        put.refused(409, "line_refused");
        let mut noted = order("rice", 1, 300);
        noted["note"] = json!(command);
        world.place(&party, &noted).await.refused(409, "bad_text");
        let join =
            json!({ "code": world.code("a2"), "guest": id(), "name": format!("李{command}"), "covers": 2, "session": id() });
        world.post("/sessions/join", "", join).await.refused(409, "bad_text");
    }
    assert_eq!(world.heads().await, before);

    // What may be typed, four parties full of it: each has a slip in the kitchen, the first a check too.
    let mut words = Vec::new();
    for text in WORDS {
        let mut line = select("rice", 1);
        line["note"] = json!(text);
        let put = world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, json!({ "line": line })).await;
        words.extend((put.status == 200).then_some(text));
    }
    assert!(words.len() >= 9, "{words:?}");
    let lead = world.staff("lead").await;
    for (n, words) in words.chunks(3).enumerate() {
        let name =
            json!({ "code": world.code(&format!("a{}", n + 3)), "guest": id(), "name": words[0], "covers": 1, "session": id() });
        let joined = world.post("/sessions/join", "", name).await.ok(201);
        let text = |name: &str| joined[name].as_str().unwrap().to_owned();
        let party = crate::world::Party { session: text("session"), token: text("token") };
        let mut noted = order("rice", 1, 300);
        let line = noted["lines"][0].clone();
        let with = |note: &&str| {
            let mut line = line.clone();
            (line["note"], line["line"]) = (json!(note), json!(id()));
            line
        };
        noted["lines"] = words.iter().map(with).collect();
        (noted["note"], noted["total"]) = (json!(words[0]), json!(300 * words.len()));
        world.place(&party, &noted).await.ok(201);
        if n == 0 {
            let bill = json!({ "job": id(), "slip": { "slip": "pre_bill", "session": party.session }, "printer": "p0" });
            world.post("/print", &lead, bill).await.ok(200);
        }
    }
    let wanted = words.chunks(3).count() + 1;
    until("everything is on paper", || async { (printer.slips().len() >= wanted).then_some(()) }).await;
    let slips = printer.slips();
    assert_eq!(slips.len(), wanted, "no cut of anybody else's");
    for slip in &slips {
        assert_eq!((slip.unknown.as_slice(), slip.drawer), (&[] as &[String], 0), "{}", slip.text);
    }
    for plain in ["ESC p 0 2 2", "\\x1b\\x70\\x00", "&#27;p0"] {
        assert!(slips.iter().any(|slip| slip.says(plain)), "{plain} is printed as it is");
    }
    printers.shutdown().await;
}
