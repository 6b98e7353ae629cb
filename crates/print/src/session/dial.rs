//! How printers are reached: over TCP, unless whoever calls has another way.

use async_trait::async_trait;
use std::io;
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

const PORT: u16 = 9100;

/// A connection to a printer.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Makes connections to printers.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Connects.
    ///
    /// # Errors
    /// Whatever keeps it from connecting.
    async fn dial(&self, addr: &str) -> io::Result<Box<dyn Wire>>;
}

/// Over TCP: `host`, `host:port`, an address of either family with or without a port.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

#[async_trait]
impl Dial for Tcp {
    async fn dial(&self, addr: &str) -> io::Result<Box<dyn Wire>> {
        let stream = match addr.parse::<IpAddr>() {
            Ok(ip) => TcpStream::connect((ip, PORT)).await?,
            Err(_) if addr.contains(':') => TcpStream::connect(addr).await?,
            Err(_) => TcpStream::connect((addr, PORT)).await?,
        };
        // Questions are three bytes and must not wait for company; a socket that can't be told so only answers later.
        let _ = stream.set_nodelay(true);
        Ok(Box::new(stream))
    }
}
