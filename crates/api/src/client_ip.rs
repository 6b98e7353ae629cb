//! Where a request comes from, for channels that want to know the payer's address.

use crate::app::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Told instead of this machine's own address, which channels refuse: a browser beside the server has no other.
const THIS_MACHINE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 0, 1));

/// The address of whoever asks: the connection's, or what the one trusted proxy in front of the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<Arc<App>> for ClientIp {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<ClientIp, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
        Ok(ClientIp(address(peer, app.trusted_proxy, forwarded)))
    }
}

/// The address of whoever asks; none for this machine itself.
pub fn stranger_of<B>(request: &axum::http::Request<B>, app: &App) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    stranger(peer, app.trusted_proxy, forwarded)
}

pub fn address(peer: Option<IpAddr>, trusted: Option<IpAddr>, forwarded: Option<&str>) -> IpAddr {
    stranger(peer, trusted, forwarded).unwrap_or(THIS_MACHINE)
}

/// The address of whoever asks; none for this machine itself. A proxy writes who asked it at the end of the list; whatever stands before
/// that, the client may have made up.
pub fn stranger(peer: Option<IpAddr>, trusted: Option<IpAddr>, forwarded: Option<&str>) -> Option<IpAddr> {
    let last = || forwarded?.rsplit(',').next()?.trim().parse::<IpAddr>().ok();
    let from_proxy = peer.is_some() && peer == trusted;
    let known = if from_proxy { last().or(peer) } else { peer };
    known.map(|ip| ip.to_canonical()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trusted_proxy_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().ok();
        let known = |peer, trusted, forwarded| address(ip(peer), trusted, Some(forwarded)).to_string();
        assert_eq!(known("203.0.113.9", None, "1.2.3.4"), "203.0.113.9");
        assert_eq!(known("203.0.113.9", ip("10.0.0.1"), "1.2.3.4"), "203.0.113.9");
        assert_eq!(known("10.0.0.1", ip("10.0.0.1"), "6.6.6.6, 1.2.3.4"), "1.2.3.4");
        assert_eq!(known("10.0.0.1", ip("10.0.0.1"), "nonsense"), "10.0.0.1");
        assert_eq!(known("127.0.0.1", None, ""), "192.168.0.1");
        assert_eq!(known("127.0.0.1", ip("127.0.0.1"), "2001:db8::7"), "2001:db8::7");
        assert_eq!(address(None, None, None).to_string(), "192.168.0.1");
        // A neighbour who has that address is a stranger all the same.
        assert_eq!(stranger(ip("192.168.0.1"), None, None), ip("192.168.0.1"));
        assert_eq!(stranger(ip("127.0.0.1"), None, None), None);
    }
}
