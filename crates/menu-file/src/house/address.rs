//! Where a printer may listen: on the house's own network, nowhere else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const NOT_AN_ADDRESS: &str = "its address is host:port, such as 192.168.1.50:9100";

/// Checks the address of a printer: `host:port` with a private or loopback IP address, or the name of a host.
///
/// Receipt printers have no password: whatever reaches one prints on it, and whatever this program is told to connect to gets
/// bytes from inside the house. So a public address is refused. What a name leads to can only be seen when it is used.
///
/// # Errors
/// Why not, to stand after the printer's code.
pub(super) fn check(address: &str) -> Result<(), String> {
    let (host, port) = address.rsplit_once(':').ok_or_else(|| NOT_AN_ADDRESS.to_owned())?;
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if !is_port {
        return Err(format!("{NOT_AN_ADDRESS}; the port is 1 to 65535, usually 9100"));
    }
    match ip(host) {
        Some(Ok(ip)) if is_of_the_house(ip) => Ok(()),
        Some(Ok(ip)) => Err(format!(
            "{ip} is not a private address (10.x, 172.16-31.x, 192.168.x, 127.x or fd..): receipt printers have no password, and \
             whoever writes the set-up could otherwise reach other machines"
        )),
        None if is_name(host) => Ok(()),
        Some(Err(())) | None => Err(NOT_AN_ADDRESS.to_owned()),
    }
}

/// The IP address that `host` is, or isn't quite; none for a name.
///
/// What ends in a number is one: `134744072` and `0x8.8.8` are addresses to the system, though they don't look it.
fn ip(host: &str) -> Option<Result<IpAddr, ()>> {
    if let Some(inside) = host.strip_prefix('[') {
        let inside = inside.strip_suffix(']').unwrap_or_default();
        return Some(inside.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| ()));
    }
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    is_number.then(|| host.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| ()))
}

fn is_of_the_house(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback(),
        // fc00::/7, the private addresses of IPv6.
        IpAddr::V6(ip) => ip.is_loopback() || ip.segments()[0] & 0xfe00 == 0xfc00,
    }
}

fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_stands_on_the_house_s_own_network() {
        for good in [
            "192.168.1.50:9100",
            "10.0.0.9:9100",
            "172.16.0.1:9100",
            "172.31.255.254:1",
            "127.0.0.1:65535",
            "[::1]:9100",
            "[fd12:3456::1]:9100",
            "[::ffff:192.168.1.50]:9100",
            "localhost:9100",
            "kitchen-printer:9100",
            "star_tsp100.local:9100",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_public_address_is_refused_with_the_reason() {
        for public in [
            "8.8.8.8:9100",
            "172.32.0.1:9100",
            "169.254.169.254:80",
            "0.0.0.0:9100",
            "255.255.255.255:9100",
            "100.64.0.1:9100",
            "[2001:db8::1]:9100",
            "[::ffff:8.8.8.8]:9100",
            "[::]:9100",
        ] {
            assert!(check(public).unwrap_err().contains("receipt printers have no password"), "{public}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            ":9100",
            "192.168.1.50",
            "192.168.1.50:",
            "192.168.1.50:0",
            "192.168.1.50:65536",
            "192.168.1.50:+9100",
            "192.168.1:9100",
            "134744072:9100",
            "0x8.8.8.8:9100",
            "8.8.8.0x8:9100",
            "010.0.0.1:9100",
            "8.8.8.8.:9100",
            "fd12::1:9100",
            "[fd12::1:9100",
            "[kitchen]:9100",
            "http://kitchen:9100",
            "user@kitchen:9100",
            "kitchen printer:9100",
            "-kitchen:9100",
            "kitchen..local:9100",
            "厨房:9100",
        ] {
            assert!(check(wrong).unwrap_err().starts_with(NOT_AN_ADDRESS), "{wrong}");
        }
    }
}
