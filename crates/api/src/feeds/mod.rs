//! Live feeds: a snapshot, then changes, each with its number. A client that was away gets what it missed, or a new snapshot.
//!
//! A feed's number grows with every commit of the store's streams and with every change that only time brings. It is a
//! position to resume from, nothing else.

mod hub;
mod parts;
mod sse;
mod topic;
mod ws;

pub use hub::Hub;
pub use sse::stream;
pub use topic::{Topic, kitchen_news, latest};
pub use ws::{Upgrade, socket};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a client wants to go on.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The number of the last frame seen.
    pub after: Option<u64>,
}

/// One message of a feed: `snapshot` carries `view`, `change` carries `change`, `heartbeat` neither.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FrameSchema {
    /// `snapshot`, `change` or `heartbeat`.
    #[serde(rename = "type")]
    #[schema(pattern = "^(snapshot|change|heartbeat)$")]
    pub kind: String,
    /// Position of the feed.
    pub seq: u64,
    /// The server's clock, UTC milliseconds.
    pub at: i64,
}
