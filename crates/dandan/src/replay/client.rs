//! The HTTP side of a replay: requests that are retried under the same id until they have an answer.

use anyhow::{Context, bail};
use domain::StoreId;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a request is retried before the replay gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one restaurant.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

/// A token that was signed in for.
pub(super) type Staff = String;

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Reply {
    /// The body, if the status is the expected one.
    pub fn must(self, status: u16) -> anyhow::Result<Value> {
        if self.status != status {
            bail!("answered {} {} instead of {status}: {}", self.status, self.body["code"], self.body["detail"]);
        }
        Ok(self.body)
    }
}

/// An id nobody has used.
pub(super) fn fresh_id() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

impl Client {
    pub fn new(url: &str, store: StoreId) -> anyhow::Result<Client> {
        let http = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        Ok(Client { http, base: format!("{}/api/v1/stores/{store}", url.trim_end_matches('/')) })
    }

    /// Pairs this program and signs somebody in on it.
    pub async fn sign_in(&self, code: &str, staff: &str, pin: &str) -> anyhow::Result<Staff> {
        let paired = self.post("/devices/pair", None, &json!({ "code": code, "name": "replay" })).await?.must(201)?;
        let device = paired["token"].as_str().context("no device token")?.to_owned();
        let signed = self.post("/staff/sign-in", Some(&device), &json!({ "staff": staff, "pin": pin })).await?.must(200)?;
        Ok(signed["token"].as_str().context("no token")?.to_owned())
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> anyhow::Result<Reply> {
        let request = self.request(Method::GET, path, token);
        answer(request.send().await?).await
    }

    /// Posts under a fresh id.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Reply> {
        self.post_as(path, token, &fresh_id()?, body).await
    }

    /// Posts under this id, again and again until something final is answered.
    pub async fn post_as(&self, path: &str, token: Option<&str>, id: &str, body: &Value) -> anyhow::Result<Reply> {
        let started = Instant::now();
        loop {
            let request = self.request(Method::POST, path, token).header("idempotency-key", id).json(body);
            let tried = match request.send().await {
                Ok(response) => answer(response).await,
                Err(error) => Err(error.into()),
            };
            match tried {
                Ok(reply) if reply.status != 503 => return Ok(reply),
                tried if started.elapsed() > PATIENCE => return tried,
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Opens a feed, going on after the frame with this number.
    pub async fn feed(&self, path: &str, token: &str, after: Option<&str>) -> anyhow::Result<reqwest::Response> {
        let mut request = self.request(Method::GET, path, Some(token));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        Ok(request.send().await?.error_for_status()?)
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

async fn answer(response: reqwest::Response) -> anyhow::Result<Reply> {
    let status = response.status().as_u16();
    let bytes = response.bytes().await?;
    let body = serde_json::from_slice(&bytes).with_context(|| format!("an answer with status {status} is no JSON"))?;
    Ok(Reply { status, body })
}
