//! Live feeds: a snapshot, then changes, each with its number. A client that was away gets what it missed, or a new snapshot.
//!
//! A feed's number grows with every commit of the store's streams and with every change that only time brings. It is a
//! position to resume from, nothing else.

mod hub;
mod origin;
mod parts;
mod sse;
mod topic;
mod ws;

pub use hub::Hub;
pub use sse::stream;
pub use topic::{Topic, kitchen_news, latest};
#[cfg(feature = "fuzzing")]
pub use ws::fuzzing::hello;
pub use ws::{Upgrade, socket};

use crate::app::App;
use crate::auth::{Caller, Right};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who asked for a feed. Asked about again before every frame: whoever is let go, gets another role or loses their device
/// hears nothing more.
#[derive(Clone, Debug)]
struct Follower {
    token: String,
    topic: Topic,
}

impl Follower {
    /// Whether they may follow now.
    ///
    /// # Errors
    /// `not_signed_in`, `not_allowed`.
    fn may_follow(&self, app: &App) -> Result<(), Problem> {
        // A server that lost its restaurant to another knows nothing new: whoever follows it must come back, to the other.
        if app.store.is_stopped() {
            return Err(Problem::new("unavailable", "this server has stopped; connect again"));
        }
        let caller = app.caller(&self.token).ok_or_else(|| Problem::new("not_signed_in", "the token is not good"))?;
        may_follow(&caller, &self.topic)
    }
}

fn may_follow(caller: &Caller, topic: &Topic) -> Result<(), Problem> {
    let staff = match (caller, topic) {
        (caller, Topic::Session(session)) => return caller.must_belong(*session),
        (Caller::Staff(staff), _) => staff,
        (Caller::Guest(_), _) => return Err(Problem::new("not_allowed", "this is for staff")),
    };
    match topic {
        Topic::Session(_) | Topic::Pickup => Ok(()),
        Topic::Floor => staff.must(Right::Serve),
        Topic::Kitchen(_) | Topic::Expo => staff.must(Right::Cook),
    }
}

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
