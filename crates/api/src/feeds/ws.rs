//! Feeds for mini-programs, which have no event source: the same frames over a WebSocket. The token comes in the first message,
//! so that it stands in no address and no log.

use super::origin::is_ours;
use super::sse::HEARTBEAT;
use super::{Follower, Topic};
use crate::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How long a new connection has to say who it is.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(10);
/// The largest message a client may send.
const LARGEST_MESSAGE: usize = 4 * 1024;

/// The first message of a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    token: String,
    after: Option<u64>,
}

/// A request that wants to become a WebSocket, with a problem body when it can't.
#[derive(Debug)]
pub struct Upgrade(WebSocketUpgrade);

impl FromRequestParts<Arc<App>> for Upgrade {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Upgrade, Problem> {
        if !is_ours(&parts.headers, &app.public_url) {
            return Err(Problem::new("not_allowed", "a page of another origin may not open feeds"));
        }
        let upgrade = WebSocketUpgrade::from_request_parts(parts, app).await;
        upgrade.map(Upgrade).map_err(|rejection| Problem::new("malformed", rejection.body_text()))
    }
}

/// Turns a request into a feed over a WebSocket.
pub fn socket(app: &Arc<App>, Upgrade(upgrade): Upgrade, topic: Topic) -> Response {
    let app = app.clone();
    // The usual 128 KiB for what comes in would be most of what a socket weighs, and clients say one sentence.
    upgrade.max_message_size(LARGEST_MESSAGE).read_buffer_size(LARGEST_MESSAGE).on_upgrade(move |socket| {
        let tasks = app.tasks.clone();
        tasks.track_future(serve(app, socket, topic))
    })
}

async fn serve(app: Arc<App>, mut socket: WebSocket, topic: Topic) {
    let Some(hello) = hello(&mut socket).await else { return };
    let follower = Follower { token: hello.token, topic };
    // Errors below mean that the client is gone; it comes back with its last number.
    let Ok(Err(problem)) = follow(&app, &mut socket, &follower, hello.after).await else { return };
    let text = serde_json::to_string(&problem).unwrap_or_default();
    let _ = socket.send(Message::Text(text.into())).await;
}

async fn hello(socket: &mut WebSocket) -> Option<Hello> {
    let first = tokio::time::timeout(SIGN_IN_WITHIN, socket.recv()).await.ok()??.ok()?;
    serde_json::from_str(first.to_text().ok()?).ok()
}

/// Sends frames as long as the client is there, the server runs, and the follower may hear them; the problem when they may not.
async fn follow(
    app: &App,
    socket: &mut WebSocket,
    follower: &Follower,
    after: Option<u64>,
) -> Result<Result<(), Problem>, axum::Error> {
    if let Err(problem) = follower.may_follow(app) {
        return Ok(Err(problem));
    }
    let mut subscription = app.hub.subscribe(&follower.topic, after);
    for frame in subscription.backlog {
        socket.send(Message::Text((*frame).into())).await?;
    }
    let mut beat = tokio::time::interval(HEARTBEAT);
    loop {
        let frame = tokio::select! {
            () = app.stop.cancelled() => return Ok(Ok(())),
            _ = beat.tick() => app.hub.heartbeat(),
            frame = subscription.changes.recv() => match frame {
                Ok(frame) => frame,
                Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(Ok(())),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_))) | None => return Ok(Ok(())),
                Some(message) => {
                    message?;
                    continue;
                }
            },
        };
        if let Err(problem) = follower.may_follow(app) {
            return Ok(Err(problem));
        }
        socket.send(Message::Text((*frame).into())).await?;
    }
}

/// A door for the fuzzing targets.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    /// The token and the number in a client's first message.
    pub fn hello(text: &str) -> Option<(String, Option<u64>)> {
        serde_json::from_str::<super::Hello>(text).ok().map(|hello| (hello.token, hello.after))
    }
}
