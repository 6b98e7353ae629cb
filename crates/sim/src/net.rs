//! The network between devices and the server: messages are late, lost, doubled; devices are cut off for a while.

use crate::facts::{Fact, Viewer, WishId};
use crate::life::Life;
use crate::plan::FaultKind;
use crate::world::World;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tower::ServiceExt as _;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The largest body a client reads.
const LARGEST: usize = 4 << 20;

/// A device of somebody's.
#[derive(Clone)]
pub(crate) struct Device {
    pub viewer: Viewer,
    pub token: String,
    cut_off: Arc<AtomicBool>,
}

/// What a client sends.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    /// The command's id; none: a question.
    pub key: Option<u128>,
    pub body: Value,
    pub wish: Option<WishId>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: Value,
    pub again: bool,
}

impl Reply {
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Device {
    pub fn new(viewer: Viewer, token: String) -> Device {
        Device { viewer, token, cut_off: Arc::default() }
    }

    pub fn cut(&self, off: bool) {
        self.cut_off.store(off, Ordering::Relaxed);
    }

    pub fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Relaxed)
    }
}

pub(crate) fn question(path: impl Into<String>) -> Call {
    Call { method: Method::GET, path: path.into(), key: None, body: Value::Null, wish: None }
}

pub(crate) fn command(path: impl Into<String>, key: u128, body: Value) -> Call {
    Call { method: Method::POST, path: path.into(), key: Some(key), body, wish: None }
}

impl Call {
    pub fn wished(mut self, wish: WishId) -> Call {
        self.wish = Some(wish);
        self
    }
}

impl World {
    /// Sends once; nothing when no answer came in time. Nobody counts on an answer: for that there is [`World::insist`].
    pub async fn send(self: &Arc<Self>, device: &Device, call: &Call) -> Option<Reply> {
        if let (Some(key), Some(wish)) = (call.key, call.wish) {
            self.witness.note(Fact::Sent { key, wish: Some(wish), path: call.path.clone() });
        }
        let reply = tokio::time::timeout(PATIENCE, self.there_and_back(device, call)).await.ok()??;
        if let Some(key) = call.key
            && !reply.again
        {
            // What was done is done, even where there is nobody left to show it for.
            let accepted = reply.is_ok() || reply.code() == "done_and_gone";
            let (status, code) = (reply.status, reply.code().to_owned());
            self.witness.note(Fact::Answered { key, accepted, status, code });
        }
        if reply.is_ok() {
            self.witness.note(Fact::Shown { to: device.viewer.clone(), body: reply.body.to_string() });
        }
        Some(reply)
    }

    async fn there_and_back(self: &Arc<Self>, device: &Device, call: &Call) -> Option<Reply> {
        if !self.travel(device, FaultKind::RequestLost).await {
            return None;
        }
        if call.key.is_some() && self.storm.strikes(FaultKind::RequestDoubled) {
            let (world, device, call) = (self.clone(), device.clone(), call.clone());
            tokio::spawn(async move {
                tokio::time::sleep(world.storm.travel_time()).await;
                world.serve(&device, &call).await
            });
        }
        let reply = self.serve(device, call).await?;
        self.travel(device, FaultKind::AnswerLost).await.then_some(reply)
    }

    /// One way; false when the message gets lost.
    async fn travel(&self, device: &Device, loss: FaultKind) -> bool {
        tokio::time::sleep(self.storm.travel_time()).await;
        !device.is_cut_off() && !self.storm.strikes(loss)
    }

    /// Hands a request to the server that runs, if one does, and waits until it answers or dies.
    async fn serve(self: &Arc<Self>, device: &Device, call: &Call) -> Option<Reply> {
        let life = self.life()?;
        let body = if call.method == Method::GET { Body::empty() } else { Body::from(call.body.to_string()) };
        let path = format!("/api/v1/stores/{}{}", crate::house::STORE, call.path);
        let mut request =
            Request::builder().method(call.method.clone()).uri(path).header(header::CONTENT_TYPE, "application/json");
        if !device.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", device.token));
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", format!("{key:032x}"));
        }
        let request = request.body(body).ok()?;
        if self.parts.seams.server.shows_others
            && call.method == Method::GET
            && matches!(device.viewer, Viewer::Guest(_))
            && let Some(other) =
                life.app.store.floor(|floor| floor.sessions.keys().find(|id| !call.path.contains(&id.to_string())).copied())
        {
            let path = format!("/api/v1/stores/{}/sessions/{other}", crate::house::STORE);
            let token = format!("Bearer {}", self.staff_token("boss"));
            let others = Request::get(path).header(header::AUTHORIZATION, token).body(Body::empty()).ok()?;
            return self.ask(&life, others).await;
        }
        if self.parts.seams.server.phones_home {
            self.witness.note(Fact::Egress { to: "http://203.0.113.7".to_owned() });
        }
        if self.parts.seams.server.says_done && call.path.ends_with("/orders") && self.storm.percent(30) {
            return Some(Reply { status: 201, body: Value::Object(serde_json::Map::new()), again: false });
        }
        self.ask(&life, request).await
    }

    /// A request to a server, as bytes; nothing if it dies before it answers.
    pub async fn ask(self: &Arc<Self>, life: &Arc<Life>, request: Request<Body>) -> Option<Reply> {
        life.gate.pass().await;
        let answering = async {
            let Ok(response) = life.router.clone().oneshot(request).await;
            let status = response.status().as_u16();
            let again = status >= 500 || response.headers().contains_key(header::RETRY_AFTER);
            let bytes = axum::body::to_bytes(response.into_body(), LARGEST).await.ok()?;
            let body =
                serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            Some(Reply { status, body, again })
        };
        let reply = tokio::select! {
            biased;
            () = life.gate.dead() => return None,
            reply = answering => reply?,
        };
        if reply.is_ok() && self.storm.strikes(FaultKind::CrashAfterCommit) {
            self.crash(life).await;
            return None;
        }
        life.gate.pass().await;
        (!life.gate.is_dead()).then_some(reply)
    }

    /// Sends until there is a final answer: the same id, whatever happens on the way.
    pub async fn insist(self: &Arc<Self>, device: &Device, call: Call) -> Option<Reply> {
        let mut call = call;
        let mut pause = Duration::from_millis(400);
        for attempt in 0..200_u32 {
            if let (Some(key), None) = (call.key, call.wish) {
                self.witness.note(Fact::Sent { key, wish: None, path: call.path.clone() });
            }
            match self.send(device, &call).await {
                Some(reply) if !reply.again => return Some(reply),
                Some(_) | None => {}
            }
            if self.parts.seams.phone.gives_up {
                return None;
            }
            if self.parts.seams.phone.new_key_per_try
                && let Some(key) = call.key
            {
                call = renewed(call, key, attempt);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(3));
        }
        if let Some(key) = call.key {
            self.witness.note(Fact::GaveUp { key, path: call.path.clone() });
        }
        None
    }
}

/// The same wish under another id: what a careless client does.
fn renewed(mut call: Call, key: u128, attempt: u32) -> Call {
    let fresh = key.wrapping_add(u128::from(attempt + 1) << 90);
    call.key = Some(fresh);
    if call.body.get("order").is_some() && call.path.ends_with("/orders") {
        call.body["order"] = Value::String(format!("{fresh:032x}"));
        if let Some(lines) = call.body["lines"].as_array_mut() {
            for (n, line) in lines.iter_mut().enumerate() {
                line["line"] = Value::String(format!("{:032x}", fresh.wrapping_add(n as u128 + 1)));
            }
        }
    }
    call
}
