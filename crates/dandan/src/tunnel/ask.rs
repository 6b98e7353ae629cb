//! The cloud's end: takes a box's call and asks through it.

use super::{BEAT, CLOCK_MS, KEPT, OF_THE_CONNECTION, PEER, SILENCE, call_text, pipe};
use api::{KeptSince, Problem};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::ws::{Message, WebSocket};
use axum::http::{HeaderMap, HeaderValue, Request, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::StoreId;
use futures::{SinkExt as _, StreamExt as _};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use seal::PublicKey;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a box may take to begin its answer.
const PATIENCE: Duration = Duration::from_secs(18);

/// Whether a call is signed by this key, now.
pub fn is_genuine(headers: &HeaderMap, store: StoreId, key: &PublicKey, now_ms: i64) -> bool {
    let said =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("Box "));
    let Some((at, signature)) = said.and_then(|text| text.split_once('.')) else { return false };
    let (Ok(at_ms), Ok(signature)) = (at.parse::<i64>(), hex::decode(signature)) else { return false };
    now_ms.abs_diff(at_ms) <= CLOCK_MS.unsigned_abs() && key.verify(call_text(store, at_ms).as_bytes(), &signature)
}

/// A box that has called and can be asked.
pub struct Tunnel {
    send: SendRequest<Body>,
    /// Over when the box is gone.
    pub gone: CancellationToken,
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("gone", &self.gone.is_cancelled()).finish()
    }
}

impl Tunnel {
    /// Takes a call.
    ///
    /// # Errors
    /// When the other end doesn't speak HTTP/2.
    pub async fn over(socket: WebSocket) -> hyper::Result<Tunnel> {
        let (outgoing, incoming) = socket.split();
        let incoming = incoming.filter_map(async |message| match message {
            Ok(Message::Binary(bytes)) => Some(Some(bytes)),
            Ok(Message::Close(_)) | Err(_) => Some(None),
            Ok(_) => None,
        });
        let incoming = Box::pin(incoming.take_while(|bytes| std::future::ready(bytes.is_some())).filter_map(std::future::ready));
        let outgoing = outgoing.with(async |bytes| Ok::<_, axum::Error>(Message::Binary(bytes)));
        let io = TokioIo::new(pipe::over(incoming, Box::pin(outgoing)));
        let mut builder = Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new()).keep_alive_interval(BEAT).keep_alive_timeout(SILENCE).keep_alive_while_idle(true);
        let (send, connection) = builder.handshake(io).await?;
        let gone = CancellationToken::new();
        let over = gone.clone();
        tokio::spawn(async move {
            // How it ended makes no difference: the box dials again.
            let _ = connection.await;
            over.cancel();
        });
        Ok(Tunnel { send, gone })
    }

    /// Asks the box. The body may go on for as long as it likes, as feeds do.
    pub async fn ask(&self, mut request: Request<Body>) -> Response {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let Ok(uri) = format!("http://box{path}").parse::<Uri>() else {
            return Problem::new("malformed", "the address can't be read").into_response();
        };
        *request.uri_mut() = uri;
        *request.version_mut() = axum::http::Version::HTTP_2;
        for name in OF_THE_CONNECTION {
            request.headers_mut().remove(name);
        }
        request.headers_mut().remove(PEER);
        request.headers_mut().remove(KEPT);
        if let Some(KeptSince(at_ms)) = request.extensions().get::<KeptSince>().copied() {
            request.headers_mut().insert(KEPT, HeaderValue::from(at_ms));
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.to_string());
        if let Some(peer) = peer.and_then(|peer| HeaderValue::from_str(&peer).ok()) {
            request.headers_mut().insert(PEER, peer);
        }
        let mut send = self.send.clone();
        match tokio::time::timeout(PATIENCE, send.send_request(request)).await {
            Ok(Ok(response)) => response.map(Body::new),
            // Hyper says so when the connection was over before the request went out.
            Ok(Err(error)) if error.is_canceled() => {
                Problem::new("store_offline", "the shop's box can't be reached").retry_after(3).into_response()
            }
            Ok(Err(_)) | Err(_) => {
                Problem::new("unknown", "no answer came from the shop; ask again with the same Idempotency-Key")
                    .retry_after(1)
                    .into_response()
            }
        }
    }
}
