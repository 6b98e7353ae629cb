//! Feeds for mini-programs, which have no event source: the same frames over a WebSocket. The token comes in the first message,
//! so that it stands in no address and no log.

use super::Topic;
use super::sse::HEARTBEAT;
use crate::app::App;
use crate::auth::Caller;
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

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Upgrade, Problem> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        upgrade.map(Upgrade).map_err(|rejection| Problem::new("malformed", rejection.body_text()))
    }
}

/// Turns a request into a feed over a WebSocket; `may` says whether the caller may follow it.
pub fn socket(
    app: &Arc<App>,
    Upgrade(upgrade): Upgrade,
    topic: Topic,
    may: fn(&Caller, &Topic) -> Result<(), Problem>,
) -> Response {
    let app = app.clone();
    upgrade.max_message_size(LARGEST_MESSAGE).on_upgrade(move |socket| {
        let tasks = app.tasks.clone();
        tasks.track_future(serve(app, socket, topic, may))
    })
}

async fn serve(app: Arc<App>, mut socket: WebSocket, topic: Topic, may: fn(&Caller, &Topic) -> Result<(), Problem>) {
    let Some(hello) = hello(&mut socket).await else { return };
    let allowed = app
        .caller(&hello.token)
        .ok_or_else(|| Problem::new("not_signed_in", "the token is not good"))
        .and_then(|caller| may(&caller, &topic));
    if let Err(problem) = allowed {
        let text = serde_json::to_string(&problem).unwrap_or_default();
        let _ = socket.send(Message::Text(text.into())).await;
        return;
    }
    // Errors below mean that the client is gone; it comes back with its last number.
    let _ = follow(&app, &mut socket, &topic, hello.after).await;
}

async fn hello(socket: &mut WebSocket) -> Option<Hello> {
    let first = tokio::time::timeout(SIGN_IN_WITHIN, socket.recv()).await.ok()??.ok()?;
    serde_json::from_str(first.to_text().ok()?).ok()
}

async fn follow(app: &App, socket: &mut WebSocket, topic: &Topic, after: Option<u64>) -> Result<(), axum::Error> {
    let mut subscription = app.hub.subscribe(topic, after);
    for frame in subscription.backlog {
        socket.send(Message::Text((*frame).into())).await?;
    }
    let mut beat = tokio::time::interval(HEARTBEAT);
    loop {
        let frame = tokio::select! {
            () = app.stop.cancelled() => return Ok(()),
            _ = beat.tick() => app.hub.heartbeat(),
            frame = subscription.changes.recv() => match frame {
                Ok(frame) => frame,
                Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(()),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(message) => {
                    message?;
                    continue;
                }
            },
        };
        socket.send(Message::Text((*frame).into())).await?;
    }
}
