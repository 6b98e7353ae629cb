//! A small HTTP/1.1 client that costs little: prepared bytes out, status and length in, one connection kept.

use anyhow::{Context, bail};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at once.
const CHUNK: usize = 16 * 1024;

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply<'a> {
    pub status: u16,
    /// Says when to try again.
    pub retry_after: bool,
    pub body: &'a [u8],
}

/// A request in words, for everything that is not timed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub key: Option<u128>,
    /// Who asks, as a proxy in front of the server would say.
    pub forwarded: Option<Ipv4Addr>,
    pub body: Option<&'a Value>,
}

impl Call<'_> {
    /// The request as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\n", self.method, self.path);
        if let Some(token) = self.token {
            head += &format!("authorization: Bearer {token}\r\n");
        }
        if let Some(key) = self.key {
            head += &format!("idempotency-key: {key:032x}\r\n");
        }
        if let Some(address) = self.forwarded {
            head += &format!("x-forwarded-for: {address}\r\n");
        }
        let body = self.body.map(ToString::to_string).unwrap_or_default();
        if self.body.is_some() {
            head += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        format!("{head}\r\n{body}").into_bytes()
    }
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, received: Vec::with_capacity(CHUNK) })
    }

    /// Sends prepared bytes and reads the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let Head { status, from, length, retry_after } = loop {
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
            self.read_some().await?;
        };
        while self.received.len() < from + length {
            self.read_some().await?;
        }
        Ok(Reply { status, retry_after, body: &self.received[from..from + length] })
    }

    /// Sends a call and reads JSON, expecting success.
    pub async fn json(&mut self, call: Call<'_>) -> anyhow::Result<Value> {
        let reply = self.send(&call.bytes()).await?;
        if !(200..300).contains(&reply.status) {
            bail!("{} {}: {} {}", call.method, call.path, reply.status, String::from_utf8_lossy(reply.body));
        }
        serde_json::from_slice(reply.body).with_context(|| format!("{} {} answered no JSON", call.method, call.path))
    }

    /// Sends a call and gives the connection away, to read a stream from.
    pub async fn follow(mut self, call: Call<'_>) -> anyhow::Result<TcpStream> {
        self.stream.write_all(&call.bytes()).await?;
        Ok(self.stream)
    }

    async fn read_some(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the connection was closed");
        }
        Ok(())
    }
}

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins, and how long it is.
    from: usize,
    length: usize,
    retry_after: bool,
}

/// Reads the head, once it is there.
fn read_head(received: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = find(received, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&received[..end])?;
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status line")?;
    let field = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let length = field("content-length").and_then(|value| value.parse::<usize>().ok());
    let retry_after = field("retry-after").is_some_and(|value| value.parse::<u32>().is_ok());
    Ok(Some(Head { status, from: end + 4, length: length.unwrap_or(0), retry_after }))
}

/// Where `wanted` begins.
pub(crate) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        assert!(read_head(b"HTTP/1.1 201 Created\r\nConte").expect("reads").is_none());
        let whole = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        let head = Head { status: 201, from: whole.len() - 2, length: 2, retry_after: false };
        assert_eq!(read_head(whole).expect("reads"), Some(head));
        let full = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(read_head(full).expect("reads"), Some(Head { status: 503, from: full.len(), length: 0, retry_after: true }));
    }
}
