//! `dandan doctor network`: whether phones in the house's network find this machine by the name on its certificate.

use crate::tls::TlsArgs;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{UdpSocket, lookup_host};

/// How long a name may take to be looked up; without the internet it may take for ever.
const LOOK_UP: Duration = Duration::from_secs(3);
/// Addresses of nobody (RFC 5737, RFC 3849): the way there is the way to everybody. Nothing is sent.
const NOBODY: [&str; 2] = ["192.0.2.1:9", "[2001:db8::1]:9"];

/// Arguments of `dandan doctor network`; give the options that `dandan serve` gets.
#[derive(Debug, clap::Args)]
pub(super) struct NetworkArgs {
    #[command(flatten)]
    tls: TlsArgs,
}

/// Where a name leads, as this machine's DNS says.
#[derive(Debug, PartialEq, Eq)]
enum Leads {
    Here,
    Elsewhere,
    Nowhere,
}

/// Says what phones will find.
///
/// # Errors
/// The certificate can't be used.
pub(super) async fn run(args: NetworkArgs) -> anyhow::Result<()> {
    let certificate = args.tls.certificate()?;
    let own = own_addresses().await;
    let mut out = std::io::stdout().lock();
    let listed = if own.is_empty() { "–".to_owned() } else { join(&own) };
    writeln!(out, "{} Address 内网地址: {listed}", if own.is_empty() { '!' } else { '✓' })?;
    let Some(certificate) = certificate else {
        writeln!(out, "– Certificate 证书: none; guests' phones want one (--tls-cert, --tls-key) 没有；客人的手机要有")?;
        return Ok(());
    };
    let few = if certificate.is_short_lived() { '!' } else { '✓' };
    writeln!(
        out,
        "{few} Certificate 证书: {} ({} days left 还有 {} 天)",
        certificate.names.join(", "),
        certificate.days_left,
        certificate.days_left
    )?;
    for name in certificate.names.iter().filter(|name| !name.starts_with("*.")) {
        let found = look_up(name).await;
        let (sign, words) = match leads(&found, &own) {
            Leads::Here => ('✓', "this machine 就是这台机器"),
            Leads::Elsewhere => ('!', "another machine; give the router an entry of its own 不是这台；在路由器里写一条"),
            Leads::Nowhere => ('!', "unknown to this machine's DNS; phones won't find it either 查不到，手机也找不到"),
        };
        writeln!(out, "{sign} Name 名字: {name} → {} {words}", join(&found))?;
    }
    if let Some(link) = certificate.link(args.tls.tls_listen.port()) {
        writeln!(out, "  Codes on tables 桌码: {link}/t/…")?;
    }
    Ok(())
}

async fn own_addresses() -> Vec<IpAddr> {
    let mut own = Vec::new();
    for nobody in NOBODY {
        let any = if nobody.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
        let Ok(socket) = UdpSocket::bind(any).await else { continue };
        if socket.connect(nobody).await.is_ok() {
            own.extend(socket.local_addr().map(|address| address.ip()));
        }
    }
    own
}

async fn look_up(name: &str) -> Vec<IpAddr> {
    let found = tokio::time::timeout(LOOK_UP, lookup_host((name, 0))).await;
    let found: Vec<SocketAddr> = found.ok().and_then(Result::ok).map(Iterator::collect).unwrap_or_default();
    found.into_iter().map(|address| address.ip()).collect()
}

fn leads(found: &[IpAddr], own: &[IpAddr]) -> Leads {
    match found {
        [] => Leads::Nowhere,
        found if found.iter().all(|address| own.contains(address)) => Leads::Here,
        _ => Leads::Elsewhere,
    }
}

fn join(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One address that isn't this machine's is one phone in two that finds nothing.
    #[test]
    fn a_name_leads_here_only_with_all_its_addresses() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let own = [ip("192.168.1.10"), ip("fd00::10")];
        assert_eq!(leads(&[], &own), Leads::Nowhere);
        assert_eq!(leads(&[ip("192.168.1.10")], &own), Leads::Here);
        assert_eq!(leads(&own, &own), Leads::Here);
        assert_eq!(leads(&[ip("192.168.1.10"), ip("203.0.113.9")], &own), Leads::Elsewhere);
        assert_eq!(leads(&[ip("203.0.113.9")], &[]), Leads::Elsewhere);
    }
}
