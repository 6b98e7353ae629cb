//! The whole link on real files, a real clock and a real connection on this machine: TLS, WebSocket, SQLite at both ends.

use crate::book::{Book, Doors};
use crate::history::{same_story, story, trade};
use crate::world::{NODE, STORE, key, node_key};
use async_trait::async_trait;
use engine::{Answered, RandomIds, Relay as _, Relayed, SubmitError, SystemClock};
use journal::{CommandId, SqliteJournal, Stream, StreamKey};
use link::{
    Acceptor, Connect, Dialer, Lines, LinkRelay, Local, NoNeeds, Rhythm, Role, Status, Streams, Trouble, Wire, WireError,
    websocket,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

const FLOOR: Stream = Stream::Floor;

/// Says the same to every command.
#[derive(Debug)]
struct Echo {
    home: bool,
    news: watch::Sender<u64>,
}

#[async_trait]
impl Streams for Echo {
    fn role(&self, stream: Stream) -> Role {
        match (stream == FLOOR, self.home) {
            (true, true) => Role::Home,
            (true, false) => Role::Copy,
            (false, _) => Role::None,
        }
    }

    async fn submit(&self, _: StreamKey, command: Relayed) -> Result<Answered, SubmitError> {
        Ok(Answered { outcome: command.command, seq: 1 })
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn poke(&self, _: StreamKey) {}

    fn facts(&self) -> BTreeMap<String, i64> {
        BTreeMap::new()
    }
}

#[derive(Debug)]
struct Address(String, Arc<rustls::ClientConfig>);

#[async_trait]
impl Connect for Address {
    async fn connect(&self) -> Result<Wire, WireError> {
        websocket::connect(&self.0, self.1.clone()).await
    }
}

fn local(folder: &Path, home: bool) -> Local {
    Local {
        store: STORE,
        journal: Arc::new(SqliteJournal::open(folder).unwrap()),
        streams: Arc::new(Echo { home, news: watch::Sender::new(0) }),
        needs: Arc::new(NoNeeds),
        clock: Arc::new(SystemClock::new("Asia/Shanghai").unwrap()),
        status: Status::new(),
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn trusting(roots: rustls::RootCertStore) -> Arc<rustls::ClientConfig> {
    let client = rustls::ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    Arc::new(client.with_root_certificates(roots).with_no_client_auth())
}

/// Serves the cloud's end over TLS, returning its address and whom to trust.
async fn serve(cloud: &Local, lines: &Lines) -> (String, rustls::RootCertStore) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, secret) = (certified.cert.der().clone(), PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let server = rustls::ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_single_cert(vec![cert.clone()], PrivateKeyDer::from(secret)).unwrap();
    let tls = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(cert).unwrap();

    let book = Arc::new(Book::default());
    book.enter(STORE, NODE, node_key().public());
    book.houses.lock().unwrap().insert(STORE, cloud.clone());
    let acceptor = Acceptor::new(book.clone(), Arc::new(Doors(book)), lines.clone(), Arc::new(RandomIds), Rhythm::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}/link", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (tls, acceptor) = (tls.clone(), acceptor.clone());
            tokio::spawn(async move {
                let Ok(tcp) = tls.accept(tcp).await else { return };
                let Ok(socket) = tokio_tungstenite::accept_async(tcp).await else { return };
                acceptor.serve(websocket::wire(socket), std::future::pending()).await;
            });
        }
    });
    (url, roots)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_and_a_cloud_on_real_disks_over_tls() {
    let folders = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, cloud) = (local(folders.0.path(), true), local(folders.1.path(), false));
    let lines = Lines::default();
    let (url, roots) = serve(&cloud, &lines).await;
    let end = trade(&*store.journal, key(FLOOR), 4000, 1).await;

    let connect = Arc::new(Address(url, trusting(roots)));
    let node = Arc::new(node_key());
    let dialer = Dialer::new(NODE, node, store.clone(), Lines::default(), connect, Arc::new(RandomIds), Rhythm::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let begun = Instant::now();
    let dialing = tokio::spawn(async move {
        dialer
            .run(async {
                let _ = stopped.await;
            })
            .await;
    });
    same_story(&*store.journal, &*cloud.journal, key(FLOOR)).await;
    let groups = cloud.journal.commits();
    let rate = end.seq as f64 / begun.elapsed().as_secs_f64();
    println!("SQLite to SQLite over TLS: {} events in {groups} transactions at {rate:.0} events/s (debug build)", end.seq);

    let relay = LinkRelay::new(lines);
    let begun = Instant::now();
    for id in 0..100 {
        let asked = Relayed { id: CommandId(id), fingerprint: [0; 32], by: None, command: vec![b'x'; 300] };
        assert_eq!(relay.relay(key(FLOOR), asked).await.unwrap().outcome.len(), 300);
    }
    println!("relayed and answered: {:?} each", begun.elapsed() / 100);
    stop.send(()).unwrap();
    dialing.await.unwrap();
    assert_eq!(story(&*cloud.journal, key(FLOOR)).await.0.len() as u64, end.seq);
    assert!(cloud.journal.verify(key(FLOOR), 0).await.unwrap().broken.is_none());
}

#[tokio::test]
async fn a_certificate_nobody_trusts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = local(folder.path(), false);
    let (url, roots) = serve(&cloud, &Lines::default()).await;
    assert!(matches!(websocket::connect(&url, trusting(rustls::RootCertStore::empty())).await, Err(WireError::Failed(_))));
    assert!(matches!(
        websocket::connect(&url.replace("localhost", "127.0.0.1"), trusting(roots)).await,
        Err(WireError::Failed(_))
    ));
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(cloud.status.now().trouble, None::<Trouble>);
}
