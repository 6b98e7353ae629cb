//! A small HTTP/1.1 client that costs little: prepared bytes out, status and length in, one connection kept.

use anyhow::{Context, bail};
use serde_json::Value;
use std::net::SocketAddr;
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
    pub body: &'a [u8],
}

/// A request in words, for everything that is not timed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub key: Option<u128>,
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
        let (status, from, length) = loop {
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
            self.read_some().await?;
        };
        while self.received.len() < from + length {
            self.read_some().await?;
        }
        Ok(Reply { status, body: &self.received[from..from + length] })
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

/// Status, start of the body and its length, once the head is there.
fn read_head(received: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = find(received, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&received[..end])?;
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status line")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some((status, end + 4, length.unwrap_or(0))))
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
        assert_eq!(read_head(whole).expect("reads"), Some((201, whole.len() - 2, 2)));
    }
}
