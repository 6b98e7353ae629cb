//! One person's connection to the house: the same request again, under the same id, until there is an answer.

use super::pulse::Pulse;
use crate::dice::Dice;
use crate::house::{PAIRING, PIN};
use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

/// The same id each time: the code works once, and the answer to the first try may have been lost.
const PAIRING_KEY: &str = "fa17000000000000000000000000fa17";

/// How patient people are.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// With one request, before they send it again.
    pub request: Duration,
    /// With all tries together, before a promise is broken.
    pub wish: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { request: Duration::from_secs(3), wish: Duration::from_secs(45) }
    }
}

/// What everybody on one proxy shares.
#[derive(Debug)]
pub struct Shared {
    api: String,
    /// How patient they are.
    pub patience: Patience,
    /// Set once they are to stop.
    pub enough: AtomicBool,
    /// Final answers.
    pub answers: AtomicU64,
    /// Requests sent again.
    pub retries: AtomicU64,
    /// Phones that were dropped with a request under way, and read their notebook.
    pub reloads: AtomicU64,
    /// When the last answer came.
    pub pulse: Pulse,
    device: RwLock<String>,
    tokens: RwLock<std::collections::BTreeMap<&'static str, String>>,
}

impl Shared {
    /// For a house that is reached at this address.
    pub fn new(address: SocketAddr, patience: Patience) -> Arc<Shared> {
        Arc::new(Shared {
            api: format!("http://{address}/api/v1/stores/{}", crate::house::STORE),
            patience,
            enough: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            pulse: Pulse::default(),
            device: RwLock::default(),
            tokens: RwLock::default(),
        })
    }

    /// Whether they are to stop.
    pub fn is_enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// Nobody yet.
    Nobody,
    /// A phone at a table.
    Guest(&'a str),
    /// Staff by their name, on the house's one device.
    Staff(&'static str),
}

/// A person's HTTP client.
#[derive(Debug)]
pub struct Line {
    http: reqwest::Client,
    shared: Arc<Shared>,
    dice: Dice,
}

impl Line {
    /// Opens one, with connections of its own.
    ///
    /// # Errors
    /// There is no TLS provider.
    pub fn new(shared: Arc<Shared>, dice: Dice) -> anyhow::Result<Line> {
        Ok(Line { http: client()?, shared, dice })
    }

    /// What everybody shares.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// This person's luck.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// Forgets all connections, as a reloaded page does.
    ///
    /// # Errors
    /// As for [`Line::new`].
    pub fn reopen(&mut self) -> anyhow::Result<()> {
        self.http = client()?;
        Ok(())
    }

    /// Reads something, again and again until it is there.
    ///
    /// # Errors
    /// No answer within the patience for a wish.
    pub async fn get(&mut self, path: &str, who: Who<'_>) -> anyhow::Result<(u16, Value)> {
        self.ask(Method::GET, path, who, "", &Value::Null).await
    }

    /// Sends a command under its id until there is a final answer.
    ///
    /// # Errors
    /// No answer within the patience for a wish.
    pub async fn post(&mut self, path: &str, who: Who<'_>, key: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        self.ask(Method::POST, path, who, key, body).await
    }

    async fn ask(&mut self, method: Method, path: &str, who: Who<'_>, key: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(10);
        loop {
            let token = match who {
                Who::Nobody => None,
                Who::Guest(token) => Some(token.to_owned()),
                Who::Staff(name) => Some(self.staff(name, began).await?),
            };
            let said = match self.once(method.clone(), path, token.as_deref(), key, body).await {
                // The clock or the device may have taken the token: it is asked for again.
                Ok((401, _)) if matches!(who, Who::Staff(_)) => {
                    self.shared.tokens.write().await.clear();
                    "401".to_owned()
                }
                Ok((status, body)) if is_final(status) => {
                    self.shared.answers.fetch_add(1, Ordering::Relaxed);
                    self.shared.pulse.beat();
                    return Ok((status, body));
                }
                Ok((status, body)) => format!("{status} {}", body["code"]),
                Err(error) => error.to_string(),
            };
            if began.elapsed() > self.shared.patience.wish {
                bail!("{path} got no answer in {:?}; the last was: {said}", began.elapsed());
            }
            self.shared.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause + self.dice.up_to_ms(10)).await;
            pause = (pause * 2).min(Duration::from_millis(150));
        }
    }

    /// One try.
    async fn once(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        key: &str,
        body: &Value,
    ) -> reqwest::Result<(u16, Value)> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.shared.api));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if method == Method::POST {
            request = request.header("idempotency-key", key).json(body);
        }
        let response = request.timeout(self.shared.patience.request).send().await?;
        let status = response.status().as_u16();
        // The whole answer must have come: half of one is none.
        Ok((status, response.json().await?))
    }

    /// The token of a member of staff, signing them in if need be.
    async fn staff(&self, name: &'static str, began: Instant) -> anyhow::Result<String> {
        if let Some(token) = self.shared.tokens.read().await.get(name) {
            return Ok(token.clone());
        }
        let mut device = self.shared.device.write().await;
        while began.elapsed() < self.shared.patience.wish {
            if device.is_empty() {
                let body = json!({ "code": PAIRING, "name": "till" });
                match self.once(Method::POST, "/devices/pair", None, PAIRING_KEY, &body).await {
                    Ok((201, paired)) => *device = paired["token"].as_str().unwrap_or_default().to_owned(),
                    Ok((status, body)) if is_final(status) => bail!("the till can't be paired: {status} {body}"),
                    _ => {}
                }
            } else {
                let body = json!({ "staff": name, "pin": PIN });
                if let Ok((200, signed)) = self.once(Method::POST, "/staff/sign-in", Some(&device), PAIRING_KEY, &body).await {
                    let token = signed["token"].as_str().context("a sign-in without a token")?.to_owned();
                    self.shared.tokens.write().await.insert(name, token.clone());
                    return Ok(token);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("{name} can't sign in")
    }

    /// A feed, from its last frame on.
    ///
    /// # Errors
    /// It can't be opened.
    pub async fn feed(&self, path: &str, name: &'static str, after: Option<&str>) -> anyhow::Result<reqwest::Response> {
        let token = self.staff(name, Instant::now()).await?;
        let mut request = self.http.get(format!("{}{path}", self.shared.api)).bearer_auth(token);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await?;
        if response.status() == 401 {
            self.shared.tokens.write().await.clear();
        }
        Ok(response.error_for_status()?)
    }
}

/// Whether the house has said its word. Everything else is sent again.
fn is_final(status: u16) -> bool {
    (200..500).contains(&status) && !matches!(status, 408 | 425 | 429)
}

/// A client that never leaves this machine.
///
/// # Errors
/// There is no TLS provider.
pub fn client() -> anyhow::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().no_proxy().build()?)
}
