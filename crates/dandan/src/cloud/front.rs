//! The door of a node: finds the store a request is for, and passes on what another node must decide.

use super::boxes::Kind;
use super::moves;
use super::node::{Node, PASS};
use super::office;
use super::receipts;
use super::shop;
use super::site::Part;
use crate::tunnel::{OF_THE_CONNECTION, PEER};
use api::Problem;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::StoreId;
use futures::TryStreamExt as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// Says that a request comes from another node. What it carries only nodes can make.
const PASSED_ON: &str = "x-dandan-passed-on";
/// Longer than anybody could guess.
const PASS_BYTES: usize = 20;
/// How long another node may take to begin its answer; longer than it lets a request take itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every address of a node.
pub fn router(node: Arc<Node>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/s/{store}/receipt/{attempt}", get(receipts::show))
        .route("/box/{store}", get(shop::called))
        .route("/box/{store}/link", get(shop::linked))
        .route("/box/{store}/join", post(shop::join))
        .route("/box/{store}/hand-over", post(moves::hand_over))
        .nest("/office/v1", office::http::router())
        .merge(api::pages(node.setup.public_url.starts_with("https://")))
        .merge(api::office_pages(node.setup.public_url.starts_with("https://")))
        .fallback(enter)
        .with_state(node)
}

/// Whether the node can serve, and how many stores it does.
async fn health(State(node): State<Arc<Node>>) -> Response {
    let (stores, homes) = node.counts();
    let body = serde_json::json!({ "node": node.name(), "stores": stores, "decides_for": homes });
    (if node.is_fit() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, axum::Json(body)).into_response()
}

async fn enter(State(node): State<Arc<Node>>, mut request: Request) -> Response {
    let Some((store, rest)) = store_of(request.uri()) else {
        return Problem::new("store_unknown", "the address names no store").into_response();
    };
    let from_node = is_from_node(&node, request.headers());
    if from_node {
        say_who_asks(&mut request);
    } else {
        look_who_asks(&mut request, node.setup.trusted_proxy);
    }
    request.headers_mut().remove(PASSED_ON);
    to_store(&node, store, rest, request, from_node).await
}

/// Answers a request for a store, wherever it is decided. `rest` is the address it has in a house of its own, where that is another.
pub(super) async fn to_store(
    node: &Arc<Node>,
    store: StoreId,
    rest: Option<Uri>,
    mut request: Request,
    from_node: bool,
) -> Response {
    match node.setup.book.kind_of(store).await {
        Ok(Kind::Box(shop)) => {
            return shop::serve(node, store, &shop, request, from_node).await;
        }
        Ok(Kind::Cloud(_)) => {}
        Ok(Kind::Unknown) => return Problem::new("store_unknown", "no such restaurant here").into_response(),
        Err(_) => return Problem::new("unavailable", "the database can't be asked; try again").retry_after(1).into_response(),
    }
    let site = match node.site(store).await {
        Ok(site) => site,
        Err(problem) => return problem.into_response(),
    };
    match &site.part {
        Part::Copy(url) if !is_feed(request.method(), request.uri()) => {
            if from_node {
                // Two nodes that each take the other for the home: soon one of them knows better.
                return Problem::new("unavailable", "the store moves between nodes; try again").retry_after(1).into_response();
            }
            pass_on(node, store, url, request).await
        }
        _ => {
            if let Some(rest) = rest {
                *request.uri_mut() = rest;
            }
            site.router.clone().oneshot(request).await.into_response()
        }
    }
}

/// The store an address is about; and, below `/s/{store}/`, the address it has in a house of its own.
fn store_of(uri: &Uri) -> Option<(StoreId, Option<Uri>)> {
    let mut parts = uri.path().splitn(5, '/').skip(1);
    match (parts.next()?, parts.next()?, parts.next()) {
        ("s", store, _) => {
            let rest = uri.path_and_query()?.as_str().get("/s/".len() + store.len()..).filter(|rest| rest.starts_with('/'));
            Some((store.parse().ok()?, Some(rest.unwrap_or("/").parse().ok()?)))
        }
        ("api", "v1", Some("stores")) => Some((parts.next()?.split('/').next()?.parse().ok()?, None)),
        ("channels", _, Some(store)) => Some((store.parse().ok()?, None)),
        _ => None,
    }
}

/// The address as it is in a house of its own.
pub(super) fn rest_of(uri: &Uri) -> Uri {
    store_of(uri).and_then(|(_, rest)| rest).unwrap_or_else(|| uri.clone())
}

/// Feeds are served from a copy: they only tell what happened.
fn is_feed(method: &Method, uri: &Uri) -> bool {
    method == Method::GET && (uri.path().ends_with("/feed") || uri.path().ends_with("/feed/ws"))
}

fn is_from_node(node: &Node, headers: &HeaderMap) -> bool {
    let pass = headers.get(PASSED_ON).and_then(|value| value.to_str().ok()).unwrap_or_default();
    pass.len() == 2 * PASS_BYTES && node.signer.is_mark(PASS, pass)
}

/// Behind a proxy it is the proxy who connects; from here on whoever asked it counts, also for another node and for a box.
pub(super) fn look_who_asks(request: &mut Request, proxy: Option<IpAddr>) {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else { return };
    if proxy != Some(peer.ip().to_canonical()) {
        return;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    if let Some(address) = api::who_asks(Some(peer.ip().to_canonical()), proxy, forwarded) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
}

/// The address of whoever asks; none for this machine itself.
pub(super) fn stranger(request: &Request) -> Option<IpAddr> {
    stranger_in(request.extensions())
}

pub(super) fn stranger_in(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    api::who_asks(peer, None, None)
}

/// What the other node saw of whoever asks counts as seen here.
fn say_who_asks(request: &mut Request) {
    let said = request.headers().get(PEER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if let Some(address) = said {
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address));
    }
    request.headers_mut().remove(PEER);
}

pub(super) async fn pass_on(node: &Node, store: StoreId, url: &str, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    for name in &OF_THE_CONNECTION {
        parts.headers.remove(name);
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.to_string());
    if let Some(peer) = peer.and_then(|peer| HeaderValue::from_str(&peer).ok()) {
        parts.headers.insert(PEER, peer);
    }
    if let Ok(pass) = HeaderValue::from_str(&node.signer.mark(PASS, PASS_BYTES)) {
        parts.headers.insert(PASSED_ON, pass);
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let sent = node
        .http
        .request(parts.method, format!("{url}{path}"))
        .headers(parts.headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()))
        .send();
    match tokio::time::timeout(PATIENCE, sent).await {
        Ok(Ok(answer)) => back(answer),
        Ok(Err(error)) if error.is_connect() => {
            if is_refused(&error) {
                node.take_from(store, url).await;
            }
            Problem::new("unavailable", "the node that decides can't be reached; try again").retry_after(1).into_response()
        }
        // It may have been done. Clients ask again with the same Idempotency-Key.
        Ok(Err(_)) | Err(_) => {
            Problem::new("unknown", "no answer came; ask again with the same Idempotency-Key").retry_after(1).into_response()
        }
    }
}

/// Whether nobody listens there: the machine answers, the program is gone.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn back(answer: reqwest::Response) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    for (name, value) in answer.headers() {
        if !OF_THE_CONNECTION.contains(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    *response.body_mut() = Body::from_stream(answer.bytes_stream().map_err(axum::Error::new));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(address: &str) -> Option<(u128, Option<String>)> {
        store_of(&address.parse().ok()?).map(|(store, rest)| (store.0, rest.map(|rest| rest.to_string())))
    }

    #[test]
    fn behind_the_proxy_whoever_asked_it_counts() {
        let proxy: SocketAddr = "10.0.0.9:4000".parse().expect("an address");
        let asked = |peer: SocketAddr, trusted: Option<IpAddr>| {
            let mut request =
                Request::builder().header("x-forwarded-for", "6.6.6.6, 203.0.113.5").body(Body::empty()).expect("a request");
            request.extensions_mut().insert(ConnectInfo(peer));
            look_who_asks(&mut request, trusted);
            request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(seen)| seen.ip().to_string())
        };
        assert_eq!(asked(proxy, Some(proxy.ip())).as_deref(), Some("203.0.113.5"));
        assert_eq!(asked(proxy, None).as_deref(), Some("10.0.0.9"), "nobody else's word counts");
    }

    #[test]
    fn an_address_names_its_store() {
        let id = "0000000000000000000000000000000a";
        assert_eq!(found(&format!("/api/v1/stores/{id}")), Some((10, None)));
        assert_eq!(found(&format!("/api/v1/stores/{id}/floor/feed?after=3")), Some((10, None)));
        assert_eq!(found(&format!("/channels/wechat/{id}")), Some((10, None)));
        assert_eq!(found(&format!("/s/{id}/t/a.b?x=1")), Some((10, Some("/t/a.b?x=1".to_owned()))));
        assert_eq!(found(&format!("/s/{id}/channels/alipay/{id}")), Some((10, Some(format!("/channels/alipay/{id}")))));
        assert_eq!(found(&format!("/s/{id}")), Some((10, Some("/".to_owned()))));
        for odd in ["/", "/s/", "/s/zz/", "/api/v1/health", "/api/v1/stores/", "/api/v1/stores/1/x", "/metrics"] {
            assert_eq!(found(odd), None, "{odd}");
        }
    }
}
