//! The dialer's wire: a WebSocket, over TLS unless the address says otherwise.

use crate::codec::LARGEST;
use crate::wire::{Wire, WireError};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest as _, uri_mode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::stream::Mode;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Connects to a `wss://` or `ws://` address. A certificate that `tls` does not trust is an error.
///
/// # Errors
/// If the address makes no sense, or nobody who may answer there answers.
pub async fn connect(url: &str, tls: Arc<rustls::ClientConfig>) -> Result<Wire, WireError> {
    let request = url.into_client_request().map_err(failed)?;
    let mode = uri_mode(request.uri()).map_err(failed)?;
    let host = request.uri().host().ok_or_else(|| failed("the address names no host"))?.to_owned();
    // An IPv6 address stands in brackets in a URL, and without them anywhere else.
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = request.uri().port_u16().unwrap_or(match mode {
        Mode::Plain => 80,
        Mode::Tls => 443,
    });
    let tcp = TcpStream::connect((host.as_str(), port)).await.map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    match mode {
        Mode::Plain => shake_hands(request, tcp).await,
        Mode::Tls => {
            let name = ServerName::try_from(host).map_err(failed)?;
            let secure = TlsConnector::from(tls).connect(name, tcp).await.map_err(failed)?;
            shake_hands(request, secure).await
        }
    }
}

/// Makes a wire of a WebSocket that is already open, of either side.
pub fn wire<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(socket: WebSocketStream<S>) -> Wire {
    Wire::of(socket, |bytes| Message::Binary(Bytes::from(bytes)), taken)
}

async fn shake_hands<S>(request: http::Request, stream: S) -> Result<Wire, WireError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(limits)).await.map_err(failed)?;
    Ok(wire(socket))
}

fn taken(message: Message) -> Option<Vec<u8>> {
    match message {
        Message::Binary(bytes) => Some(bytes.into()),
        Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
    }
}

fn failed(error: impl ToString) -> WireError {
    WireError::Failed(error.to_string())
}

mod http {
    pub type Request = tokio_tungstenite::tungstenite::handshake::client::Request;
}
