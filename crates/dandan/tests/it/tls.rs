//! The house's own HTTPS, as phones on its Wi-Fi use it: both versions of HTTP and sockets, certificates that change or are wrong,
//! and clients that never finish.

use crate::world::{Plan, SOON, STORE, Server, World, furnish, open, select, until};
use futures::{SinkExt, StreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const NAME: &str = "store.test";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Somebody whose certificates the phones of these tests trust, and two files for one.
struct Issuer {
    ca: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Issuer {
    fn new() -> Issuer {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Issuer { ca, folder: tempfile::tempdir().unwrap() }
    }

    fn files(&self) -> [PathBuf; 2] {
        ["cert.pem", "key.pem"].map(|name| self.folder.path().join(name))
    }

    /// Writes a certificate with so many days left, and its key.
    fn issue(&self, names: &[&str], days: i64) {
        let now = SystemTime::now();
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.not_before = (now - 400 * DAY).into();
        let half_a_day = DAY / 2;
        let away = DAY * u32::try_from(days.abs()).unwrap();
        params.not_after = (if days < 0 { now - away } else { now + away + half_a_day }).into();
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &self.ca).unwrap();
        let [cert, key_file] = self.files();
        std::fs::write(cert, own.pem()).unwrap();
        std::fs::write(key_file, key.serialize_pem()).unwrap();
    }

    /// Puts another key beside the certificate.
    fn break_pair(&self) {
        std::fs::write(&self.files()[1], KeyPair::generate().unwrap().serialize_pem()).unwrap();
    }

    fn plan(&self, more: &[&str]) -> Plan {
        let [cert, key] = self.files().map(|path| path.display().to_string());
        let args = ["--tls-cert", &cert, "--tls-key", &key, "--tls-listen", "127.0.0.1:0"];
        Plan { args: args.into_iter().chain(more.iter().copied()).map(str::to_owned).collect(), ..Plan::default() }
    }

    /// How a phone that trusts this issuer connects.
    fn phone(&self, alpn: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.der().clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

/// Where the server listens for HTTPS.
fn door(world: &World) -> SocketAddr {
    let log = world.server.log.lock().unwrap().clone();
    let address = log.split("tls=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_else(|| panic!("no HTTPS: {log}"));
    address.parse().unwrap()
}

async fn connect(to: SocketAddr, phone: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(to).await?;
    phone.connect(ServerName::try_from(NAME).unwrap(), stream).await
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// A client of HTTP/1.1 that finds the house by its name.
fn browser(issuer: &Issuer, at: SocketAddr) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = reqwest::Certificate::from_pem(issuer.ca.pem().as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([ca]).resolve(NAME, at).build().unwrap()
}

async fn socket(
    world: &World,
    at: SocketAddr,
    phone: &TlsConnector,
    origin: &str,
) -> tokio_tungstenite::tungstenite::Result<WebSocketStream<TlsStream<TcpStream>>> {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let party = world.join("a1").await;
    let url = format!("wss://{NAME}:{}/api/v1/stores/{STORE}/sessions/{}/feed/ws", at.port(), party.session);
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("origin", origin.parse().unwrap());
    let stream = connect(at, phone).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    socket.send(Message::text(json!({ "token": party.token, "after": null }).to_string())).await?;
    Ok(socket)
}

/// The next part of a feed that says something.
async fn news(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> Value {
    loop {
        let message = tokio::time::timeout(SOON, socket.next()).await.expect("a feed isn't silent").unwrap().unwrap();
        let Message::Text(text) = message else { continue };
        let part: Value = serde_json::from_str(&text).unwrap();
        if part["type"] != "heartbeat" {
            return part;
        }
    }
}

/// A request over HTTP/2; its status and body.
async fn by_http2(at: SocketAddr, phone: &TlsConnector, path: &str) -> (u16, String) {
    let stream = connect(at, phone).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let running = tokio::spawn(connection);
    let url = format!("https://{NAME}:{}{path}", at.port());
    let request = axum::http::Request::get(url).body(axum::body::Body::empty()).unwrap();
    let answer = tokio::time::timeout(SOON, client.send_request(request)).await.unwrap().unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), usize::MAX).await.unwrap();
    running.abort();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_reach_the_house_by_http1_http2_and_sockets() {
    let issuer = Issuer::new();
    issuer.issue(&[NAME], 80);
    let world = open(issuer.plan(&[])).await;
    let at = door(&world);
    let own = format!("https://{NAME}:{}", at.port());

    let browser = browser(&issuer, at);
    let front = browser.get(format!("{own}/m/")).send().await.unwrap();
    assert_eq!((front.status().as_u16(), front.version()), (200, axum::http::Version::HTTP_11));
    let page = browser.get(format!("{own}/m/")).send().await.unwrap();
    assert_eq!(page.headers()["strict-transport-security"], "max-age=63072000", "links lead to the certificate's name");

    let (status, body) = by_http2(at, &issuer.phone(&["h2", "http/1.1"]), "/openapi.json").await;
    assert_eq!((status, body.contains("openapi")), (200, true));

    // A page of the house may follow a feed; another's may not.
    let mut feed = socket(&world, at, &issuer.phone(&["http/1.1"]), &own).await.unwrap();
    assert_eq!(news(&mut feed).await["type"], "snapshot");
    assert!(socket(&world, at, &issuer.phone(&["http/1.1"]), "https://evil.test").await.is_err());

    assert!(connect(at, &Issuer::new().phone(&[])).await.is_err(), "nobody else's word counts");
    assert_eq!(world.figure("dandan_certificate_days_left").await, 80.0);
}

/// A browser opens sockets over HTTP/2 where a server offers it (RFC 8441); this one doesn't, and they come over HTTP/1.1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_over_http2_arent_offered() {
    use tokio::io::AsyncWriteExt as _;
    let issuer = Issuer::new();
    issuer.issue(&[NAME], 80);
    let world = open(issuer.plan(&[])).await;
    let mut stream = connect(door(&world), &issuer.phone(&["h2"])).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "settings come first");
    let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
    stream.read_exact(&mut settings).await.unwrap();
    let offered: Vec<u16> = settings.chunks(6).map(|setting| u16::from_be_bytes([setting[0], setting[1]])).collect();
    assert!(!offered.is_empty() && !offered.contains(&8), "{offered:?}");
}

/// The proxy's word counts only if the connection's address is known to be the proxy's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_house_knows_who_asks() {
    let issuer = Issuer::new();
    issuer.issue(&[NAME], 80);
    let world = open(issuer.plan(&["--trusted-proxy", "127.0.0.1"])).await;
    let at = door(&world);
    let (browser, url) = (browser(&issuer, at), format!("https://{NAME}:{}/m/", at.port()));
    let stranger =
        || async { browser.get(&url).header("x-forwarded-for", "203.0.113.9").send().await.unwrap().status().as_u16() };
    let figures = browser.get(url.replace("/m/", "/metrics"));
    let refused = figures.try_clone().unwrap().header("x-forwarded-for", "203.0.113.9").send().await.unwrap();
    assert!(refused.status().is_client_error(), "figures are for this machine");
    assert_eq!(figures.send().await.unwrap().status(), 200);
    let mut held_back = false;
    for _ in 0..40 {
        held_back |= futures::future::join_all((0..50).map(|_| stranger())).await.contains(&429);
        if held_back {
            break;
        }
    }
    assert!(held_back, "nobody's address may ask for so much");
    assert_eq!(browser.get(&url).send().await.unwrap().status(), 200, "this machine may");
}

/// A world whose server's process id is known.
async fn world_with_pid(issuer: &Issuer) -> (World, String) {
    let mut world = open(issuer.plan(&[])).await;
    world.kill().await;
    let noted = issuer.folder.path().join("pid");
    let usual = Server::command(world.folder.path(), &world.plan);
    let usual = usual.as_std();
    let mut command = Command::new("sh");
    command.args(["-c", "echo $$ > \"$0\"; exec \"$@\""]).arg(&noted).arg(usual.get_program()).args(usual.get_args());
    command.env("NO_COLOR", "1").env("DANDAN_LOG", world.plan.log).stdin(Stdio::null()).kill_on_drop(true);
    world.server = Server::run(command).await;
    let pid = std::fs::read_to_string(&noted).unwrap().trim().to_owned();
    (world, pid)
}

async fn hang_up(pid: &str) {
    assert!(Command::new("kill").args(["-HUP", pid]).status().await.unwrap().success());
}

async fn logged(world: &World, what: &str) {
    until(what, || std::future::ready(world.server.log.lock().unwrap().contains(what).then_some(()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_taken_into_use_and_no_connection_ends() {
    let issuer = Issuer::new();
    issuer.issue(&[NAME], 5);
    let (world, pid) = world_with_pid(&issuer).await;
    let (at, phone) = (door(&world), issuer.phone(&["http/1.1"]));
    logged(&world, "expires soon").await;
    assert_eq!(world.figure("dandan_certificate_days_left").await, 5.0);
    let mut feed = socket(&world, at, &phone, &format!("https://{NAME}:{}", at.port())).await.unwrap();
    news(&mut feed).await;
    let first = shown(&connect(at, &phone).await.unwrap());

    // Half of a renewal is none, and an old one neither.
    issuer.break_pair();
    hang_up(&pid).await;
    logged(&world, "isn't the certificate's").await;
    assert_eq!(shown(&connect(at, &phone).await.unwrap()), first);
    issuer.issue(&[NAME], -1);
    hang_up(&pid).await;
    logged(&world, "has expired").await;
    assert_eq!(shown(&connect(at, &phone).await.unwrap()), first);

    issuer.issue(&[NAME], 90);
    hang_up(&pid).await;
    logged(&world, "taken into use").await;
    assert_ne!(shown(&connect(at, &phone).await.unwrap()), first);
    assert_eq!(world.figure("dandan_certificate_days_left").await, 90.0);
    // Whoever was connected still is.
    let party = world.join("a1").await;
    let line = json!({ "line": select("rice", 1) });
    world.post(&format!("/sessions/{}/cart/lines", party.session), &party.token, line).await.ok(200);
    while news(&mut feed).await["change"]["cart"].is_null() {}
}

async fn refused(folder: &Path, plan: &Plan) -> String {
    let mut command = Server::command(folder, plan);
    let run = tokio::time::timeout(SOON, command.output()).await.expect("the server doesn't start").unwrap();
    assert!(!run.status.success());
    String::from_utf8(run.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_house_opens_with_a_certificate_that_phones_would_refuse() {
    let issuer = Issuer::new();
    let plan = issuer.plan(&[]);
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), &plan).await;
    let says = |said: String, words: &str| assert!(said.contains(words), "{words}: {said}");

    says(refused(folder.path(), &plan).await, "cert.pem can't be read");
    issuer.issue(&[NAME], -1);
    says(refused(folder.path(), &plan).await, "the certificate of store.test has expired");
    issuer.issue(&[NAME], 80);
    issuer.break_pair();
    says(refused(folder.path(), &plan).await, "the key isn't the certificate's");
    issuer.issue(&[], 80);
    says(refused(folder.path(), &plan).await, "the certificate is for no name");
    issuer.issue(&["*.store.test"], 80);
    says(refused(folder.path(), &plan).await, "--public-url https://NAME");
    std::fs::write(&issuer.files()[0], "nothing").unwrap();
    says(refused(folder.path(), &plan).await, "has no certificate in it");
    let half = Plan { args: plan.args[..2].to_vec(), ..Plan::default() };
    says(refused(folder.path(), &half).await, "--tls-key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_keep_nobody_out() {
    let issuer = Issuer::new();
    issuer.issue(&[NAME], 80);
    let world = open(issuer.plan(&[])).await;
    let at = door(&world);
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(at).await.unwrap());
    }
    // Somebody is served while all of them wait, and those who waited longest had to go.
    let url = format!("https://{NAME}:{}/m/", at.port());
    let soon = tokio::time::timeout(Duration::from_secs(4), browser(&issuer, at).get(url).send());
    assert_eq!(soon.await.expect("at once").unwrap().status(), 200);
    assert!(world.figure("dandan_tls_handshakes_failed_total{why=\"crowd\"}").await >= 44.0);
    // The others have five seconds.
    for stream in &mut silent {
        let ended = tokio::time::timeout(SOON, stream.read(&mut [0])).await.expect("nobody waits for ever");
        assert!(matches!(ended, Ok(0) | Err(_)));
    }
    assert!(world.figure("dandan_tls_handshakes_failed_total{why=\"slow\"}").await >= 1.0);
}
