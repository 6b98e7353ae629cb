//! Where the server connects to: printers in the house's own network, channels by https, and nobody else, whatever a setting says.

use crate::till::keys;
use crate::world::{Plan, open, until};
use pay::{ConfigError, HttpTransport, PaymentConfig, Transport, WechatPay, WireMethod, WireRequest};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Addresses that are not in the house's network, in every spelling that some resolver takes; and words that are no address at all.
const STRANGERS: [&str; 48] = [
    "8.8.8.8",
    "8.8.8.8:9100",
    "1.1.1.1:80",
    "203.0.113.7",
    "100.64.0.1:9100",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255:9100",
    "192.169.0.1",
    "11.0.0.1",
    "9.255.255.255:9100",
    "169.253.1.1",
    "169.255.1.1",
    "169.254.169.254",
    "169.254.169.254:80",
    "0xa9fea9fe:80",
    "2852039166:80",
    "0251.0376.0251.0376:80",
    "169.254.43518:80",
    "0xa9.0xfe.0xa9.0xfe:80",
    "134744072",
    "134744072:9100",
    "0x08080808:9100",
    "010.010.010.010:9100",
    "8.526344:9100",
    "8.8.2056:9100",
    "0.0.0.0:9100",
    "0:9100",
    "0x0:9100",
    "255.255.255.255:9100",
    "224.0.0.1:9100",
    "239.255.255.250:1900",
    "[::]:9100",
    "[2001:db8::1]:9100",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "[::ffff:8.8.8.8]:9100",
    "[::ffff:169.254.169.254]:80",
    "[::ffff:a9fe:a9fe]:80",
    "[64:ff9b::808:808]:9100",
    "[2002:808:808::1]:9100",
    "[ff02::1]:9100",
    "[fec0::1]:9100",
    "fd00:ec2::254",
    "[fd00:ec2::254]:80",
    "metadata.google.internal:80",
    "printer.example.com:9100",
    "attacker.invalid:9100",
];
const NO_ADDRESS: [&str; 12] = [
    "http://8.8.8.8/",
    "https://127.0.0.1/",
    "gopher://127.0.0.1:9100",
    "file:///etc/passwd",
    "127.0.0.1:99999",
    "127.0.0.1:-1",
    "127.0.0.1:9100/x",
    "user@127.0.0.1:9100",
    "127.0.0.1#8.8.8.8",
    "127.0.0.1\\@8.8.8.8:80",
    "[::1",
    "a b",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssrf_table() {
    // What is asked for in the house is reached: one printer listens.
    let own = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut addresses = vec![own.local_addr().unwrap().to_string()];
    addresses.extend(STRANGERS.into_iter().chain(NO_ADDRESS).map(str::to_owned));
    let world = open(Plan { printers: addresses.clone(), ..Plan::default() }).await;
    let manager = world.staff("manager").await;
    tokio::time::timeout(Duration::from_secs(20), own.accept()).await.expect("the house's own printer is asked").unwrap();
    for n in 1..addresses.len() {
        let job = json!({ "job": crate::world::id() });
        world.post(&format!("/printers/p{n}/test"), &manager, job).await.ok(200);
    }
    let judged = until("every printer was looked for", || async {
        let printers = world.get("/printers", &manager).await.ok(200);
        let said: Vec<(String, String)> = printers
            .as_array()
            .unwrap()
            .iter()
            .skip(1)
            .map(|printer| (printer["id"].as_str().unwrap().to_owned(), printer.to_string()))
            .collect();
        let astray = |text: &String| text.contains("not in the house's own network") || text.contains("leads to no address");
        said.iter().all(|(_, text)| astray(text)).then_some(said)
    })
    .await;
    assert_eq!(judged.len(), 60);
}

/// What a server of a channel answers is the answer, also when it names another address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssrf_redirect() {
    let (elsewhere, asked_elsewhere) = listen("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let answer = format!("HTTP/1.1 {status}\r\nlocation: http://{elsewhere}/stolen\r\ncontent-length: 0\r\n\r\n");
        let (channel, asked) = listen(&answer).await;
        let transport = HttpTransport::new(false).unwrap();
        let request = |url: String| WireRequest {
            method: WireMethod::Post,
            url,
            headers: vec![("Authorization", "signature".to_owned())],
            body: b"signed".to_vec(),
            largest_answer: 1000,
        };
        let answer = transport.send(request(format!("http://{channel}/pay")), Duration::from_secs(5)).await.unwrap();
        assert_eq!(answer.status.to_string(), status[..3]);
        assert_eq!((asked.load(Ordering::SeqCst), asked_elsewhere.load(Ordering::SeqCst)), (1, 0));
        // In real life nothing goes out unencrypted, wherever a setting points.
        let strict = HttpTransport::new(true).unwrap();
        assert!(strict.send(request(format!("http://{channel}/pay")), Duration::from_secs(5)).await.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

/// A server that gives one answer to everybody, and counts.
async fn listen(answer: &str) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (answer, counter) = (answer.to_owned(), asked.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut read = [0; 4096];
            let _ = stream.read(&mut read).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, asked)
}

/// Where a channel is: real ones by https, the simulator on this machine, and neither in the other's clothes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channel_addresses_are_https_or_this_machine() {
    let folder = keys().await;
    let text = std::fs::read_to_string(folder.path().join("merchant.toml")).unwrap();
    let config: PaymentConfig = toml::from_str(&text).unwrap();
    let opened = |base: &str, simulator: bool| -> Result<(), ConfigError> {
        let mut wechat = config.wechat.clone().unwrap();
        (wechat.base_url, wechat.api_base) = (base.to_owned(), base.to_owned());
        WechatPay::new(&wechat, simulator, pay::system_clock()).map(|_| ())
    };
    assert!(opened("http://127.0.0.1:9", true).is_ok());
    for elsewhere in [
        "http://8.8.8.8",
        "https://8.8.8.8",
        "http://169.254.169.254",
        "http://localhost.evil.cn",
        "http://127.0.0.1.evil.cn",
        "http://127.0.0.1@evil.cn",
        "http://2130706433.evil.cn",
        "http://[::ffff:8.8.8.8]",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "//127.0.0.1",
        "javascript:alert(1)",
        "",
    ] {
        assert!(opened(elsewhere, true).is_err(), "{elsewhere}");
        assert!(opened(elsewhere, false).is_err(), "{elsewhere}");
    }
    // The simulator's merchant is no real one, wherever it points.
    assert!(opened("https://api.mch.weixin.qq.com", false).is_err());
}
