//! Feeds for browsers: server-sent events, read with `fetch` so that the token stays in a header.

use super::{After, Follower, Topic};
use crate::app::App;
use crate::auth::bearer;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::{self, Stream};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often a quiet feed says that it lives. Pages show a banner after 5 s of silence.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(2);

/// Answers with a feed.
pub fn stream(app: &Arc<App>, topic: &Topic, after: After, headers: &HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let follower = Follower { token: bearer(headers).unwrap_or_default().to_owned(), topic: topic.clone() };
    let mut response = Sse::new(events(app.clone(), follower, last.or(after.after))).into_response();
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

fn events(app: Arc<App>, follower: Follower, after: Option<u64>) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let subscription = app.hub.subscribe(&follower.topic, after);
    let stop = app.stop.clone();
    let first = app.hub.heartbeat();
    let backlog = stream::iter(std::iter::once(first).chain(subscription.backlog));
    let changes = stream::unfold((app, follower, subscription.changes), |(app, follower, mut changes)| async move {
        let frame = tokio::select! {
            biased;
            () = tokio::time::sleep(HEARTBEAT) => app.hub.heartbeat(),
            frame = changes.recv() => match frame {
                Ok(frame) => frame,
                // Too slow: the client comes back with its last number and misses nothing.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            },
        };
        // Whoever may not follow any more learns it when they come back.
        follower.may_follow(&app).ok()?;
        Some((frame, (app, follower, changes)))
    });
    backlog.chain(changes).map(|frame| Ok(event(&frame))).take_until(stop.cancelled_owned())
}

fn event(frame: &str) -> Event {
    let id = seq_of(frame);
    let event = Event::default().data(frame);
    if frame.starts_with("{\"type\":\"heartbeat\"") { event } else { event.id(id) }
}

fn seq_of(frame: &str) -> &str {
    let rest = frame.split_once("\"seq\":").map_or("", |(_, rest)| rest);
    rest.split_once(',').map_or("", |(seq, _)| seq)
}
