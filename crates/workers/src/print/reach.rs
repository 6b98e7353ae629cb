//! Where printers may be. A receipt printer has no password and takes whatever comes, and so does much else that listens: a wrong
//! line in the set-up must not have us talk to strangers.

use super::PrintTiming;
use domain::catalog::Printer;
use print::{Buzzer, Completion, DrawerPin, Element, Gb, Page, Profile, QrMode, SessionOptions, Style, Width};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// The port where printers listen unless another is said.
const PORT: u16 = 9100;
/// How long a name server may take.
const LOOK_UP: Duration = Duration::from_secs(2);
/// Where a machine in a data centre tells secrets to whoever asks; it looks like any address of a cable without a router.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
const METADATA_6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Why a printer is not even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// Its name leads nowhere.
    NoAddress,
    /// Its address is not in the house's own network.
    Stranger,
}

impl Astray {
    pub(super) fn why(self) -> &'static str {
        match self {
            Astray::NoAddress => "the printer's name leads to no address",
            Astray::Stranger => "the printer's address is not in the house's own network",
        }
    }
}

/// The printer's address, looked up once: what was checked is what is connected to.
///
/// # Errors
/// [`Astray`].
pub(super) async fn resolve(address: &str) -> Result<SocketAddr, Astray> {
    let found = match address.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, PORT)],
        Err(_) => look_up(address).await,
    };
    if found.is_empty() {
        return Err(Astray::NoAddress);
    }
    // A name with one foot outside is not the house's.
    match found.iter().all(|at| is_own(at.ip())) {
        true => found.first().copied().ok_or(Astray::NoAddress),
        false => Err(Astray::Stranger),
    }
}

async fn look_up(address: &str) -> Vec<SocketAddr> {
    let with_port = if address.contains(':') { address.to_owned() } else { format!("{address}:{PORT}") };
    match tokio::time::timeout(LOOK_UP, tokio::net::lookup_host(with_port)).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Loopback, private and link-local addresses: nobody routes them.
fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => (v4.is_loopback() || v4.is_private() || v4.is_link_local()) && v4 != METADATA,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_own(IpAddr::V4(v4)),
            None => (v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()) && v6 != METADATA_6,
        },
    }
}

/// What the printer has and understands.
pub(super) fn profile(printer: &Printer) -> Profile {
    Profile {
        width: width(printer),
        cut: !printer.no_cutter,
        buzzer: if printer.buzzer { Buzzer::EscB } else { Buzzer::None },
        drawer: printer.drawer,
        qr: if printer.qr_as_picture { QrMode::Raster } else { QrMode::Native },
        gb: if printer.gbk_only { Gb::Gbk } else { Gb::Gb18030 },
    }
}

/// Its paper.
pub(super) fn width(printer: &Printer) -> Width {
    if printer.width_mm < 70 { Width::Mm58 } else { Width::Mm80 }
}

/// How long to wait for what when asking how it is.
pub(super) fn options(printer: &Printer) -> SessionOptions {
    let patience = SessionOptions { connect_timeout: Duration::from_secs(2), ..SessionOptions::default() };
    match printer.silent {
        // No answer is coming: only whether it takes the connection is of interest.
        true => SessionOptions { allow_silent: true, status_timeout: Duration::from_millis(300), ..patience },
        false => patience,
    }
}

/// The same for a page. Paper that ends shows only when the printer gets there: a longer page needs a longer look.
pub(super) fn options_for(printer: &Printer, page: &Page, timing: &PrintTiming) -> SessionOptions {
    let printing = printing_time(page, timing.mm_per_s);
    SessionOptions {
        settle: timing.settle + printing,
        deadline: timing.proof + printing * 4,
        completion: Completion::Status,
        drawer: DrawerPin::Unknown,
        ..options(printer)
    }
}

/// How long a printer is about a page, at 8 dots to the mm.
fn printing_time(page: &Page, mm_per_s: u32) -> Duration {
    Duration::from_micros(page.elements.iter().map(dots).sum::<u64>() * 1_000_000 / (8 * u64::from(mm_per_s.max(1))))
}

/// How high an element is, about.
fn dots(element: &Element) -> u64 {
    const LINE: u64 = 30;
    match element {
        Element::Row(row) => LINE * u64::from(row.runs.iter().map(|run| run.style.tall).max().unwrap_or(Style::PLAIN.tall)),
        Element::Rule { .. } => LINE,
        Element::Qr { dots, .. } => u64::from(*dots) + LINE,
        Element::Feed(lines) => LINE * u64::from(*lines),
        Element::Cut => 4 * LINE,
        Element::Buzzer { .. } | Element::Drawer => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn strangers_are_not_talked_to() {
        for own in [
            "127.0.0.1:9100",
            "192.168.1.40",
            "10.0.0.9:9100",
            "172.16.5.5",
            "169.254.7.7:9100",
            "[::1]:9100",
            "fd00::7",
            "fe80::1",
        ] {
            assert!(resolve(own).await.is_ok(), "{own}");
        }
        for stranger in [
            "8.8.8.8:9100",
            "172.32.0.1",
            "169.254.169.254:80",
            "[2001:db8::1]:9100",
            "0.0.0.0:9100",
            "::ffff:8.8.8.8",
            "fd00:ec2::254",
        ] {
            assert_eq!(resolve(stranger).await, Err(Astray::Stranger), "{stranger}");
        }
        for nowhere in ["", "a b:9100", "127.0.0.1:port"] {
            assert_eq!(resolve(nowhere).await, Err(Astray::NoAddress), "{nowhere}");
        }
    }

    #[tokio::test]
    async fn a_port_is_needed_only_where_it_is_not_the_usual_one() {
        assert_eq!(resolve("10.0.0.9").await.map(|at| at.port()), Ok(9100));
        assert_eq!(resolve("10.0.0.9:9101").await.map(|at| at.port()), Ok(9101));
    }
}
