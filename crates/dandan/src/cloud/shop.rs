//! What a node does for a store with a box: takes its call, asks through it, keeps what comes while it is cut off, and says so.

use super::boxes::BoxStore;
use super::front;
use super::node::Node;
use super::receipts;
use crate::tunnel::ask::{Tunnel, is_genuine};
use api::Problem;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::StoreId;
use futures::StreamExt as _;
use seal::PublicKey;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The largest notice that is kept.
const LARGEST_NOTICE: usize = 64 * 1024;
/// The largest message of a feed, and the longest first message of who follows one.
const LARGEST_HELLO: usize = 4 * 1024;
/// How long a new socket has to say who it is.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(10);

/// What a box says when it joins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    code: String,
    public_key: String,
}

/// What a box is told when it is let in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Joined {
    /// Whose word the box takes from now on, whether it can reach the cloud or not.
    pub cloud_key: PublicKey,
    /// What head office mixes into its people's PINs for this store, in hexadecimal. A secret.
    pub staff_pepper: String,
}

/// Lets a box in that has a code.
pub async fn join(State(node): State<Arc<Node>>, Path(store): Path<String>, Json(join): Json<Join>) -> Response {
    let no =
        || Problem::new("code_unknown", "the code is not good, or not any more; ask head office for another").into_response();
    let (Ok(store), Ok(key)) = (store.parse::<StoreId>(), join.public_key.parse::<PublicKey>()) else { return no() };
    match node.setup.book.join(store, &join.code, &key, node.now_ms()).await {
        Ok(true) => match node.setup.keys.staff_pepper(store) {
            Ok(pepper) => Json(Joined { cloud_key: node.key.public(), staff_pepper: hex::encode(pepper) }).into_response(),
            Err(error) => away(&error),
        },
        Ok(false) => no(),
        Err(error) => away(&error),
    }
}

/// Takes a box's call.
pub async fn called(
    State(node): State<Arc<Node>>,
    Path(store): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(store) = store.parse::<StoreId>() else { return Problem::new("store_unknown", "no such store").into_response() };
    let known = match node.setup.book.box_of(store).await {
        Ok(known) => known,
        Err(error) => return away(&error),
    };
    let key = known.and_then(|shop| shop.key).filter(|key| is_genuine(&headers, store, key, node.now_ms()));
    let Some(key) = key else {
        return Problem::new("not_signed_in", "this box isn't known here, or its clock is wrong").into_response();
    };
    upgrade.on_upgrade(move |socket| async move {
        match Tunnel::over(socket).await {
            Ok(tunnel) => node.hold(store, key, Arc::new(tunnel)).await,
            Err(error) => tracing::warn!(%store, %error, "a box called and doesn't speak"),
        }
    })
}

/// Takes a box's link; who it is the link itself makes sure of.
pub async fn linked(State(node): State<Arc<Node>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(link::LARGEST).on_upgrade(move |socket| async move {
        node.copies.take(socket, node.stop.clone()).await;
    })
}

/// The way to a box: its call, or the node that has it.
enum Way {
    Call(Arc<Tunnel>),
    Node(Arc<Node>, StoreId, String),
}

impl Way {
    async fn ask(&self, mut request: Request<Body>) -> Response {
        match self {
            Way::Call(tunnel) => {
                *request.uri_mut() = front::rest_of(request.uri());
                tunnel.ask(request).await
            }
            Way::Node(node, store, url) => front::pass_on(node, *store, url, request).await,
        }
    }
}

/// Serves a request for a store with a box.
pub async fn serve(node: &Arc<Node>, store: StoreId, shop: &BoxStore, request: Request<Body>, from_node: bool) -> Response {
    match way(node, store, from_node).await {
        Some(way) if is_socket(&request) => bridge(way, request).await,
        Some(way) => way.ask(request).await,
        None if request.method() == Method::POST && request.uri().path().contains("/channels/") => {
            keep(node, store, request).await
        }
        None => receipts::lead(store, &request).unwrap_or_else(|| offline(shop, &request)),
    }
}

/// Whether the shop is there.
pub(super) async fn is_reachable(node: &Arc<Node>, store: StoreId) -> bool {
    way(node, store, false).await.is_some()
}

async fn way(node: &Arc<Node>, store: StoreId, from_node: bool) -> Option<Way> {
    if let Some(tunnel) = node.tunnel(store) {
        return Some(Way::Call(tunnel));
    }
    // Another node that thinks so too would send it back.
    if from_node {
        return None;
    }
    let holder = node.setup.book.holders(&[store]).await.ok()?.remove(&store)?;
    (holder.live && holder.node != node.name()).then(|| Way::Node(node.clone(), store, holder.url))
}

/// A channel reports to a store that is cut off. The report is kept, and the channel is told to come again all the same: only the store
/// can say that it has understood.
async fn keep(node: &Node, store: StoreId, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_NOTICE).await else {
        return Problem::new("too_large", format!("at most {LARGEST_NOTICE} bytes are read")).into_response();
    };
    if let Some(wait) = node.receipts.has_to_wait(front::stranger_in(&parts.extensions)) {
        return Problem::new("too_many_attempts", "too many requests from this address").retry_after(wait).into_response();
    }
    // Whether or not there is room for the report itself.
    receipts::write(node, store, &parts, &body).await;
    match node.setup.book.keep_notice(store, front::rest_of(&parts.uri).path(), &parts.headers, &body, node.now_ms()).await {
        Ok(()) => {
            Problem::new("store_offline", "kept for the store, which is cut off; report again").retry_after(30).into_response()
        }
        Err(error) => away(&error),
    }
}

/// Says at once that the store can't be reached, and how it can.
fn offline(shop: &BoxStore, request: &Request<Body>) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.contains("text/html"));
    let path = front::rest_of(request.uri());
    if request.method() != Method::GET || !wants_page {
        let hint = format!("the shop's Wi-Fi is \"{}\"; on it the shop is at {}", shop.wifi, shop.lan_url);
        let mut problem = Problem::new("store_offline", hint).retry_after(5);
        problem.wifi = Some(shop.wifi.clone()).filter(|wifi| !wifi.is_empty());
        problem.lan_url = Some(shop.lan_url.clone()).filter(|url| !url.is_empty());
        return problem.into_response();
    }
    let lan = if shop.lan_url.is_empty() { String::new() } else { format!("{}{path}", shop.lan_url) };
    let page = include_str!("offline.html").replace("{{wifi}}", &escaped(&shop.wifi)).replace("{{lan}}", &escaped(&lan));
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn away(error: &anyhow::Error) -> Response {
    tracing::warn!(error = format!("{error:#}"), "the database can't be asked");
    Problem::new("unavailable", "nothing was recorded; try again").retry_after(2).into_response()
}

fn is_socket(request: &Request<Body>) -> bool {
    request.method() == Method::GET && request.uri().path().ends_with("/feed/ws")
}

/// The first message of who follows a feed over a socket.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    token: String,
    after: Option<u64>,
}

/// A feed over a socket out here is the same feed as an event stream at the box.
async fn bridge(way: Way, request: Request<Body>) -> Response {
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let path = parts.uri.path().trim_end_matches("/ws").to_owned();
    // Whose page it is the box judges, from what the browser says.
    let origin = parts.headers.get(header::ORIGIN).cloned();
    upgrade.max_message_size(LARGEST_HELLO).on_upgrade(move |socket| carry(way, socket, path, origin))
}

async fn carry(way: Way, mut socket: WebSocket, path: String, origin: Option<HeaderValue>) {
    let first = tokio::time::timeout(SIGN_IN_WITHIN, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(text)))) = first else { return };
    let Ok(Hello { token, after }) = serde_json::from_str::<Hello>(&text) else { return };
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let mut request = Request::builder().uri(format!("{path}{query}")).header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    let Ok(request) = request.body(Body::empty()) else { return };
    let answer = way.ask(request).await;
    if !answer.status().is_success() {
        let problem = to_bytes(answer.into_body(), LARGEST_NOTICE).await.unwrap_or_default();
        let _ = socket.send(Message::Text(String::from_utf8_lossy(&problem).into_owned().into())).await;
        return;
    }
    let (mut body, mut unread) = (answer.into_body().into_data_stream(), Vec::new());
    loop {
        tokio::select! {
            chunk = body.next() => {
                let Some(Ok(chunk)) = chunk else { return };
                unread.extend_from_slice(&chunk);
                while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = unread.drain(..=end).collect();
                    let Some(frame) = line.strip_prefix(b"data:") else { continue };
                    let frame = String::from_utf8_lossy(frame).trim().to_owned();
                    if socket.send(Message::Text(frame.into())).await.is_err() {
                        return;
                    }
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}
