//! The way from the cloud into a box behind a shop's router: the box dials out over a WebSocket and answers HTTP/2 over it, the cloud
//! asks. A phone far away so talks to the same server as one on the shop's Wi-Fi, with the same ids and the same answers.

pub mod ask;
pub mod dial;
mod pipe;
pub mod ship;

use axum::http::{HeaderName, header};
use domain::StoreId;

/// How often either end makes sure that the other is there.
const BEAT: std::time::Duration = std::time::Duration::from_secs(2);
/// How long an end may be silent before it counts as gone.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(3);
/// Who really asks, as the cloud saw it.
pub const PEER: &str = "x-dandan-peer";
/// Headers that belong to one connection, not to the request.
pub const OF_THE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::PROXY_AUTHENTICATE,
    header::HOST,
];
/// Since when the cloud has kept what it brings; a stranger's is taken away.
const KEPT: HeaderName = HeaderName::from_static("x-dandan-kept-ms");
/// How far a box's clock may be off when it signs its call. Units: milliseconds.
const CLOCK_MS: i64 = 5 * 60 * 1000;

/// What a box signs when it calls.
fn call_text(store: StoreId, at_ms: i64) -> String {
    format!("dandan box {store} calls at {at_ms}")
}
