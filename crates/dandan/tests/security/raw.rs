//! Requests no library would send: lengths that contradict each other, chunks that lie, headers without end. Each gets one refusal or
//! none at all, and what is hidden behind it is never a request of its own.

use crate::world::{World, id, world};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back until the server closed, or until it had nothing more to say.
async fn exchange(world: &World, bytes: &[u8]) -> String {
    let address = world.server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut part = [0; 8192];
    while let Ok(Ok(read)) = tokio::time::timeout(Duration::from_millis(250), stream.read(&mut part)).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}

/// What must never run: it would be seen by its answer.
const HIDDEN: &str = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_http_smuggling() {
    let world = world().await;
    let before = world.heads().await;
    let path = format!("/api/v1/stores/{}/sessions/join", crate::world::STORE);
    let post = |headers: &str, body: &str| {
        let key = id();
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}"
        )
    };
    let hidden_length = HIDDEN.len();
    let cases: Vec<(&str, String)> = vec![
        ("length and chunks", post("Content-Length: 4\r\nTransfer-Encoding: chunked", &format!("0\r\n\r\n{HIDDEN}"))),
        ("chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 4", &format!("0\r\n\r\n{HIDDEN}"))),
        ("two lengths", post(&format!("Content-Length: 2\r\nContent-Length: {}", 2 + hidden_length), &format!("{{}}{HIDDEN}"))),
        ("two lengths in one", post("Content-Length: 2, 3", &format!("{{}}{HIDDEN}"))),
        ("a signed length", post("Content-Length: +2", &format!("{{}}{HIDDEN}"))),
        ("a negative length", post("Content-Length: -1", HIDDEN)),
        ("a hexadecimal length", post("Content-Length: 0x2", &format!("{{}}{HIDDEN}"))),
        ("a length in words", post("Content-Length: two", &format!("{{}}{HIDDEN}"))),
        ("a length too large to count", post("Content-Length: 99999999999999999999999", "{}")),
        ("an empty length", post("Content-Length: ", &format!("{{}}{HIDDEN}"))),
        ("a space before the colon", post("Content-Length : 2", &format!("{{}}{HIDDEN}"))),
        ("an unknown coding", post("Transfer-Encoding: xchunked", &format!("0\r\n\r\n{HIDDEN}"))),
        ("chunked not last", post("Transfer-Encoding: chunked, identity", &format!("0\r\n\r\n{HIDDEN}"))),
        ("two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a coding behind a control character", post("Transfer-Encoding: \u{b}chunked", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a chunk of no size", post("Transfer-Encoding: chunked", &format!("\r\n{HIDDEN}"))),
        ("a chunk of a negative size", post("Transfer-Encoding: chunked", &format!("-1\r\n{HIDDEN}"))),
        ("a chunk of 0x size", post("Transfer-Encoding: chunked", &format!("0x2\r\n{{}}\r\n0\r\n\r\n{HIDDEN}"))),
        ("a chunk too large to count", post("Transfer-Encoding: chunked", &format!("fffffffffffffffff\r\n{HIDDEN}"))),
        ("a chunk longer than said", post("Transfer-Encoding: chunked", &format!("1\r\n{{}}\r\n0\r\n\r\n{HIDDEN}"))),
        ("lines that end in LF", post("Transfer-Encoding: chunked", &format!("2\n{{}}\n0\n\n{HIDDEN}"))),
        ("a header folded", post("Content-Length: 2\r\nX-A: b\r\n Content-Length: 40", &format!("{{}}{HIDDEN}"))),
        ("a header without a name", post(": x\r\nContent-Length: 2", "{}")),
        ("a header without a colon", post("Content-Length 2", &format!("{{}}{HIDDEN}"))),
        ("a zero in a header", post("X-A: a\0b\r\nContent-Length: 2", "{}")),
        ("a lone CR in a header", post("X-A: a\rTransfer-Encoding: chunked\r\nContent-Length: 2", "{}")),
        ("a zero in the path", format!("GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n{HIDDEN}")),
        ("a space in the path", format!("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n{HIDDEN}")),
        ("no version", "GET /api/v1/health\r\n\r\n".to_owned()),
        ("a version of tomorrow", format!("GET /api/v1/health HTTP/3.7\r\nHost: x\r\n\r\n{HIDDEN}")),
        ("a method that is no word", format!("G(T / HTTP/1.1\r\nHost: x\r\n\r\n{HIDDEN}")),
        ("a header of 1 MB", format!("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n{HIDDEN}", "a".repeat(1 << 20))),
        ("ten thousand headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n{HIDDEN}", "A: b\r\n".repeat(10_000))),
        ("a path of 100 KB", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000))),
        ("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("TLS to a plain port", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned()),
        ("nothing but line ends", "\r\n".repeat(1000)),
    ];
    assert!(cases.len() >= 30);
    for (name, request) in &cases {
        let answer = exchange(&world, request.as_bytes()).await;
        let said = statuses(&answer);
        assert!(said.len() <= 1, "{name}: {said:?}");
        assert!(said.iter().all(|status| (400..=505).contains(status) && *status != 500), "{name}: {said:?}\n{answer}");
        assert!(!answer.contains("\"heads\""), "{name}: what was hidden ran\n{answer}");
    }
    assert_eq!(world.heads().await, before);
    let log = world.server.log.lock().unwrap().clone();
    assert!(!log.contains("panicked"), "{log}");
}

/// A whole address in the first line is read as its path; another host's name changes nothing and is not told back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_are_not_believed() {
    let world = world().await;
    for request in [
        "GET http://evil.cn/api/v1/health HTTP/1.1\r\nHost: evil.cn\r\nConnection: close\r\n\r\n",
        "GET /api/v1/health HTTP/1.1\r\nHost: evil.cn\r\nX-Forwarded-Host: evil.cn\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.cn\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.cn\r\nConnection: close\r\n\r\n",
        "GET /t/x HTTP/1.1\r\nHost: evil.cn\r\nConnection: close\r\n\r\n",
        "GET /staff HTTP/1.1\r\nHost: evil.cn\r\nX-Original-URL: /metrics\r\nConnection: close\r\n\r\n",
        "GET //evil.cn/%2e%2e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "CONNECT evil.cn:443 HTTP/1.1\r\nHost: evil.cn\r\nConnection: close\r\n\r\n",
    ] {
        let answer = exchange(&world, request.as_bytes()).await;
        assert_eq!(statuses(&answer).len(), 1, "{request}\n{answer}");
        assert!(!answer.contains("evil.cn"), "{request}\n{answer}");
    }
}

/// A client that sends its request letter by letter holds nobody else up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_hold_nobody_up() {
    let world = world().await;
    let address = world.server.url.strip_prefix("http://").unwrap().to_owned();
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let length = if n % 2 == 0 { "Content-Length: 100000\r\n\r\n{" } else { "X-A: " };
        let started = format!("POST /api/v1/stores/{}/sessions/join HTTP/1.1\r\nHost: x\r\n{length}", crate::world::STORE);
        stream.write_all(started.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let started = std::time::Instant::now();
    for table in ["a1", "a2", "a3"] {
        world.join(table).await;
    }
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}
