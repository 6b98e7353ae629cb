//! Takes connections, agrees on TLS with each beside the others, and serves them.

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::map_request;
use axum::serve::Listener;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer as _;

/// How long a phone may take to agree on TLS; with a bad connection it takes one.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How many may be at it at once.
const HANDSHAKES: usize = 256;
/// How long the head of a request may take to come, and how long a connection without one is kept.
const HEAD: Duration = Duration::from_secs(30);
/// How often a silent HTTP/2 connection is asked whether it is still there, and how long it may take to say so.
const ASK_EVERY: Duration = Duration::from_secs(30);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Everything a connection needs.
#[derive(Clone)]
struct Door {
    acceptor: TlsAcceptor,
    router: Router,
    stop: CancellationToken,
    connections: TaskTracker,
}

/// Serves until `stop`, then until the last connection has ended.
pub(super) async fn serve(mut listener: TcpListener, config: Arc<ServerConfig>, router: Router, stop: CancellationToken) {
    let router = router.layer(map_request(say_the_host));
    let door = Door { acceptor: TlsAcceptor::from(config), router, stop: stop.clone(), connections: TaskTracker::new() };
    let mut handshakes = Handshakes::default();
    while let Some((stream, peer)) = stop.run_until_cancelled(Listener::accept(&mut listener)).await {
        let handshake = door.connections.spawn(door.clone().agree(stream, peer));
        handshakes.add(handshake.abort_handle());
    }
    drop(listener);
    door.connections.close();
    door.connections.wait().await;
}

/// Those who are agreeing on TLS, longest first.
#[derive(Default)]
struct Handshakes(VecDeque<AbortHandle>);

impl Handshakes {
    /// Where there are too many, whoever has been at it for longest must go: a phone needs a moment, so that was none. Turning the
    /// newest away would let a few hundred silent connections keep everybody out.
    fn add(&mut self, handshake: AbortHandle) {
        self.0.retain(|handshake| !handshake.is_finished());
        if self.0.len() >= HANDSHAKES
            && let Some(slowest) = self.0.pop_front()
        {
            slowest.abort();
            metrics::counter!("dandan_tls_handshakes_failed_total", "why" => "crowd").increment(1);
        }
        self.0.push_back(handshake);
    }
}

impl Door {
    async fn agree(self, stream: TcpStream, peer: SocketAddr) {
        // Answers are small, and somebody waits for each.
        let _ = stream.set_nodelay(true);
        let why = match tokio::time::timeout(HANDSHAKE, self.acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let connections = self.connections.clone();
                connections.spawn(self.talk(stream, peer));
                return;
            }
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "no TLS");
                "refused"
            }
            Err(_) => "slow",
        };
        metrics::counter!("dandan_tls_handshakes_failed_total", "why" => why).increment(1);
    }

    async fn talk(self, stream: TlsStream<TcpStream>, peer: SocketAddr) {
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(self.router));
        let builder = builder(is_h2);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, error, "a connection broke");
        }
    }
}

/// WebSockets over HTTP/2 (RFC 8441) aren't offered: browsers then open them over HTTP/1.1, which the feeds are made for.
fn builder(is_h2: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(ASK_EVERY).keep_alive_timeout(ANSWER_WITHIN);
    // Both sides have said which: nobody is kept waiting for a first byte that tells.
    if is_h2 { builder.http2_only() } else { builder.http1_only() }
}

/// HTTP/2 has no Host header; who asks where a request was meant for looks there.
async fn say_the_host(mut request: Request) -> Request {
    let authority = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(authority) = authority {
        request.headers_mut().entry(header::HOST).or_insert(authority);
    }
    request
}
