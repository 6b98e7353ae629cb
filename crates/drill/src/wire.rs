//! The wires of a drill: requests go to the simulator's router and notices to the desk, as the bytes they would be on a network.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use channel_sim::{CUT_HEADER, Courier};
use pay::{Answer, ChannelName, NoAnswer, NoAnswerKind, Transport, WireRequest};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tower::ServiceExt as _;
use workers::Desk;

/// How long a packet takes in each direction.
const HOP: Duration = Duration::from_millis(20);

/// Requests of ours, carried to the simulator.
pub struct ToChannel {
    router: Router,
    calls: Mutex<u64>,
}

impl fmt::Debug for ToChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToChannel")
    }
}

impl ToChannel {
    /// Leads to this simulator.
    pub fn new(router: Router) -> Arc<ToChannel> {
        Arc::new(ToChannel { router, calls: Mutex::new(0) })
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A browser goes to a page of the channel's.
    pub async fn visit(&self, url: &str) {
        let Ok(request) = Request::get(path_of(url)).body(Body::empty()) else { return };
        let Ok(_) = self.router.clone().oneshot(request).await;
    }

    async fn carry(&self, request: WireRequest) -> Result<Answer, NoAnswer> {
        tokio::time::sleep(HOP).await;
        let mut wire =
            Request::builder().method(request.method.as_str()).uri(path_of(&request.url)).header("User-Agent", "dandan-drill");
        for (name, value) in &request.headers {
            wire = wire.header(*name, value);
        }
        let broken = |why: String| NoAnswer::new(NoAnswerKind::Broke, why);
        let wire = wire.body(Body::from(request.body)).map_err(|e| broken(e.to_string()))?;
        let Ok(answer) = self.router.clone().oneshot(wire).await;
        if answer.headers().contains_key(CUT_HEADER) {
            return Err(broken("the connection was cut".to_owned()));
        }
        let status = answer.status().as_u16();
        let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = answer.headers().iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
        let body: Bytes =
            axum::body::to_bytes(answer.into_body(), request.largest_answer).await.map_err(|e| broken(e.to_string()))?;
        tokio::time::sleep(HOP).await;
        Ok(Answer { status, headers, body: body.to_vec() })
    }
}

/// The address without scheme and host.
fn path_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or("/", |at| &url[after + at..])
}

#[async_trait::async_trait]
impl Transport for ToChannel {
    async fn send(&self, request: WireRequest, budget: Duration) -> Result<Answer, NoAnswer> {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        match tokio::time::timeout(budget, self.carry(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::new(NoAnswerKind::TimedOut, "no answer in time")),
        }
    }
}

/// The channels' notices, carried to the desk.
#[derive(Default)]
pub(crate) struct ToDesk(OnceLock<Arc<Desk>>);

impl ToDesk {
    /// Says whose desk it is, once there is one.
    pub fn lead_to(&self, desk: Arc<Desk>) {
        let _ = self.0.set(desk);
    }
}

#[async_trait::async_trait]
impl Courier for ToDesk {
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        tokio::time::sleep(HOP).await;
        let name = if url.contains("/wechat/") { ChannelName::Wechat } else { ChannelName::Alipay };
        let reply = match self.0.get()?.take_notice(name, &headers, &body).await? {
            Ok(reply) | Err((_, reply)) => reply,
        };
        tokio::time::sleep(HOP).await;
        Some((reply.status, reply.body.as_bytes().to_vec()))
    }
}
