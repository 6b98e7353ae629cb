//! A feed over a WebSocket, as a mini-program or a kitchen screen has it.

use anyhow::{Context, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// What a client sets aside for a socket. Units: bytes.
const SET_ASIDE: usize = 4 * 1024;

/// An open feed.
#[derive(Debug)]
pub(super) struct Feed(WebSocketStream<TcpStream>);

impl Feed {
    /// Connects and says who it is; over when the first frame is there, which shows everything as it is.
    pub async fn open(address: SocketAddr, path: &str, token: &str) -> anyhow::Result<Feed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!("ws://{address}{path}").into_client_request()?;
        let limits = WebSocketConfig::default().read_buffer_size(SET_ASIDE).write_buffer_size(0);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(limits)).await?;
        let mut feed = Feed(socket);
        feed.0.send(Message::Text(json!({ "token": token }).to_string().into())).await?;
        let first = feed.next().await?;
        if !first.contains("\"snapshot\"") {
            bail!("the feed began with {first}");
        }
        Ok(feed)
    }

    /// The next frame.
    pub async fn next(&mut self) -> anyhow::Result<Utf8Bytes> {
        loop {
            match self.0.next().await.context("a feed ended")?? {
                Message::Text(frame) => return Ok(frame),
                Message::Close(_) => bail!("a feed was closed"),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}

/// The orders a frame tells of, by the numbers their ids end in.
pub(super) fn orders_in(frame: &str) -> impl Iterator<Item = usize> {
    const FIELD: &str = "\"order\":\"";
    frame.match_indices(FIELD).filter_map(|(at, _)| {
        let id = frame.get(at + FIELD.len()..at + FIELD.len() + 32)?;
        usize::from_str_radix(id.get(24..)?, 16).ok()
    })
}

/// An id that ends in a number.
pub(super) fn numbered(id: u128, number: usize) -> u128 {
    (id & !0xffff_ffff) | (number as u128 & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_found_by_the_number_in_their_id() {
        let frame = format!(
            "{{\"tickets\":[{{\"order\":\"{:032x}\"}},{{\"order\":\"{:032x}\"}}]}}",
            numbered(u128::MAX, 21),
            numbered(7, 3)
        );
        assert_eq!(orders_in(&frame).collect::<Vec<_>>(), [21, 3]);
        assert_eq!(orders_in("{\"order\":\"12\"}").count(), 0);
    }
}
