//! The control API over its router's own sockets, spoken by hand.

#![allow(clippy::unwrap_used)]

mod common;

use std::{net::SocketAddr, time::Duration};

use common::*;
use printer_sim::{PrinterSetup, Simulator};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SOON: Duration = Duration::from_secs(10);

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One HTTP call; `headers` end with a line break each.
async fn call_as(addr: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut all)).await.unwrap().unwrap();
    let split = all.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..split].to_vec()).unwrap().to_lowercase();
    Answer { status: head[9..12].parse().unwrap(), head, body: all[split + 4..].to_vec() }
}

async fn call(addr: SocketAddr, method: &str, path: &str, body: Value) -> Answer {
    let (headers, body) = match body {
        Value::Null => (format!("host: {addr}\r\n"), String::new()),
        body => (format!("host: {addr}\r\ncontent-type: application/json\r\n"), body.to_string()),
    };
    call_as(addr, method, path, &headers, &body).await
}

async fn start() -> (Simulator, SocketAddr) {
    let sim = Simulator::start(vec![PrinterSetup::new("hot", 0), PrinterSetup::new("cold", 0)]).await.unwrap();
    let control = sim.serve_control("127.0.0.1:0".parse().unwrap()).await.unwrap();
    (sim, control)
}

#[tokio::test]
async fn slips_can_be_listed_seen_and_thrown_away() {
    let (sim, control) = start().await;
    let printer = sim.printer("hot").unwrap();
    let mut stream = TcpStream::connect(printer.addr()).await.unwrap();
    stream.write_all(&join(&[INIT, b"<b>one</b>\n\x1bz\x1bp\x00\x19\xfa", CUT, b"two\n"])).await.unwrap();
    assert!(printer.wait_until(SOON, |printer| printer.uncut().text == "two").await);

    let printers = call(control, "GET", "/printers", Value::Null).await.json();
    assert_eq!((&printers[0]["name"], &printers[0]["port"]), (&json!("hot"), &json!(printer.addr().port())));
    assert_eq!((&printers[0]["slips"], &printers[0]["uncut"], &printers[1]["slips"]), (&json!(1), &json!("two"), &json!(0)));
    let slips = call(control, "GET", "/printers/hot/slips", Value::Null).await.json();
    assert_eq!(slips[0]["text"], "<b>one</b>\n[UNKNOWN 1B 7A]\n[DRAWER]\n[CUT]");
    let told = [&slips[0]["number"], &slips[0]["drawer"], &slips[0]["unknown"][0], &slips[0]["cut"]];
    assert_eq!(told, [&json!(1), &json!(1), &json!("1B 7A"), &json!("partial")]);
    for picture in ["1.png", "uncut.png"] {
        let answer = call(control, "GET", &format!("/printers/hot/slips/{picture}"), Value::Null).await;
        assert!(answer.status == 200 && answer.head.contains("content-type: image/png") && answer.body[1..4] == *b"PNG");
    }
    for missing in ["/printers/hot/slips/2.png", "/printers/hot/slips/1.txt", "/printers/none/slips"] {
        assert_eq!(call(control, "GET", missing, Value::Null).await.status, 404);
    }
    assert_eq!(call(control, "DELETE", "/printers/hot/slips", Value::Null).await.status, 200);
    assert!(printer.slips().is_empty());
}

#[tokio::test]
async fn faults_are_set_by_name_and_paper_is_put_in() {
    let (sim, control) = start().await;
    let printer = sim.printer("cold").unwrap();
    let set = async |body: Value| call(control, "POST", "/printers/cold/faults", body).await;
    assert_eq!(set(json!({ "paper_out": true, "slow_ms_per_row": 3 })).await.json()["state"]["paper_out"], true);
    assert_eq!(set(json!({ "half_job": 10 })).await.json()["faults"]["slow_ms_per_row"], 3);
    assert_eq!(set(json!({ "half_job": null })).await.status, 200);
    assert_eq!(set(json!({ "on_fire": true })).await.status, 400);
    assert_eq!(set(json!({ "unplugged": true })).await.status, 200);
    assert!(TcpStream::connect(printer.addr()).await.is_err());
    assert_eq!(set(json!({ "unplugged": false })).await.json()["state"]["online"], false);
    let after = call(control, "POST", "/printers/cold/paper", Value::Null).await.json();
    assert_eq!((&after["state"]["online"], &after["faults"]["half_job"]), (&json!(true), &Value::Null));
    assert_eq!(call(control, "POST", "/printers/cold/drawer", Value::Null).await.status, 200);
}

#[tokio::test]
async fn other_sites_get_nothing() {
    let (sim, control) = start().await;
    let page = call(control, "GET", "/", Value::Null).await;
    assert!(page.status == 200 && page.head.contains("default-src 'none'") && page.head.contains("nosniff"));
    // A name that was led to this machine, and another site's button.
    assert_eq!(call_as(control, "GET", "/printers", "host: evil.example\r\n", "").await.status, 403);
    let foreign = format!("host: {control}\r\norigin: http://evil.example\r\n");
    assert_eq!(call_as(control, "POST", "/printers/hot/paper", &foreign, "").await.status, 403);
    let own = format!("host: {control}\r\norigin: http://{control}\r\n");
    assert_eq!(call_as(control, "POST", "/printers/hot/paper", &own, "").await.status, 200);
    assert!(sim.serve_control("0.0.0.0:0".parse().unwrap()).await.is_err());
}
