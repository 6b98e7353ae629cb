//! What a connection says about itself: forwarded addresses, and the first message on a WebSocket.
#![no_main]

use api::fuzzing::{client_address, hello};
use libfuzzer_sys::fuzz_target;
use std::net::{IpAddr, Ipv4Addr};

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

// The first letter chooses the reader.
fuzz_target!(|text: &str| {
    match text.split_at_checked(1) {
        Some(("f", list)) => {
            assert_eq!(client_address(Some(OTHER), Some(PROXY), Some(list)), OTHER, "a stranger chose their own address");
            assert_eq!(client_address(Some(OTHER), None, Some(list)), OTHER, "a stranger chose their own address");
            let told = client_address(Some(PROXY), Some(PROXY), Some(list));
            assert!(!told.is_loopback() && !told.is_unspecified(), "{told} would pass for this machine");
            let last = list.rsplit(',').next().unwrap_or_default();
            assert_eq!(told, client_address(Some(PROXY), Some(PROXY), Some(last)), "more than the proxy's own word counted");
        }
        Some((_, message)) => drop(hello(message)),
        None => {}
    }
});
