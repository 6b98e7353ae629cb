//! How a signed request reaches a channel and its answer comes back: over the network, or inside a drill.
//!
//! A transport moves bytes and judges nothing. What it cannot tell apart it must not guess: only
//! [`NoAnswerKind::NotConnected`] says that nothing was sent.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::{Certificate, Identity, Method, header::HeaderMap, redirect};

use crate::{
    config::ConfigError,
    keys::{self, KeyError},
};

/// A connection is made in this time or the channel is down.
const CONNECT: Duration = Duration::from_secs(2);

/// The two methods the channels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireMethod {
    /// Asks.
    Get,
    /// Tells.
    Post,
}

impl WireMethod {
    /// As written on the wire and in signatures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One request, signed and ready. Its headers and body may be worth money, so `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// The method.
    pub method: WireMethod,
    /// The whole address; may hold a secret (sign-in, bill tokens).
    pub url: String,
    /// Headers, as signed.
    pub headers: Vec<(&'static str, String)>,
    /// The exact bytes that were signed.
    pub body: Vec<u8>,
    /// A longer answer is none. Units: bytes.
    pub largest_answer: usize,
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        write!(f, "WireRequest({} {path}, {} bytes)", self.method.as_str(), self.body.len())
    }
}

/// An answer with its exact bytes, which is what signatures cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers in order, repeats included.
    pub headers: Vec<(String, String)>,
    /// The body as received.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What kind of silence it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswerKind {
    /// No connection came about: this request was not sent. An earlier one with the same number may have been.
    NotConnected,
    /// Sent, perhaps, and no answer in time.
    TimedOut,
    /// The connection broke, or the answer was not one.
    Broke,
}

/// No answer. Never a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoAnswer {
    /// What kind.
    pub kind: NoAnswerKind,
    /// Words for the log, without the address.
    pub why: String,
}

impl NoAnswer {
    /// Puts one together.
    pub fn new(kind: NoAnswerKind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }
}

/// Carries requests to channels. `budget` covers everything, from connecting to the last byte.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends one request and reads the whole answer.
    async fn send(&self, request: WireRequest, budget: Duration) -> Result<Answer, NoAnswer>;
}

/// What one channel host asks of the connection, beyond plain HTTPS.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    /// Our certificate and its key, for hosts that want to see one.
    pub client: Option<(PathBuf, PathBuf)>,
    /// A root beside the system's.
    pub root: Option<PathBuf>,
}

/// The network: no redirects, no proxies, short budgets, small answers.
#[derive(Clone)]
pub struct HttpTransport(reqwest::Client);

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpTransport")
    }
}

impl HttpTransport {
    /// The transport to a channel, or, where `https_only` is off, to the simulator.
    pub fn new(https_only: bool) -> Result<Self, ConfigError> {
        Self::with_tls(https_only, &Tls::default())
    }

    /// Following a redirect would send signed requests to a stranger.
    pub(crate) fn with_tls(https_only: bool, tls: &Tls) -> Result<Self, ConfigError> {
        // Fails when a provider is already installed, which is what we want anyway.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("dandan/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .https_only(https_only)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(Duration::from_secs(60));
        if let Some((certificate, key)) = &tls.client {
            let pem = format!("{}\n{}", keys::read_private(key)?, keys::read_public(certificate)?);
            let identity = Identity::from_pem(pem.as_bytes()).map_err(|_| KeyError::NotATlsIdentity { path: key.clone() })?;
            builder = builder.identity(identity);
        }
        if let Some(root) = &tls.root {
            let certificates = Certificate::from_pem_bundle(keys::read_public(root)?.as_bytes()).map_err(ConfigError::Http)?;
            builder = builder.tls_certs_only(certificates);
        }
        builder.build().map(Self).map_err(ConfigError::Http)
    }

    /// As the adapters share it.
    pub(crate) fn shared(https_only: bool) -> Result<Arc<dyn Transport>, ConfigError> {
        Ok(Arc::new(Self::new(https_only)?))
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: WireRequest, budget: Duration) -> Result<Answer, NoAnswer> {
        let method = match request.method {
            WireMethod::Get => Method::GET,
            WireMethod::Post => Method::POST,
        };
        let mut builder = self.0.request(method, &request.url).timeout(budget).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let response = builder.send().await.map_err(|e| no_answer(&e))?;
        read_whole(response, request.largest_answer).await
    }
}

async fn read_whole(mut response: reqwest::Response, largest: usize) -> Result<Answer, NoAnswer> {
    let status = response.status().as_u16();
    let headers = text_headers(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| no_answer(&e))? {
        if body.len() + chunk.len() > largest {
            return Err(NoAnswer::new(NoAnswerKind::Broke, "answer too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    let (kind, words) = if error.is_connect() {
        (NoAnswerKind::NotConnected, "no connection")
    } else if error.is_timeout() {
        (NoAnswerKind::TimedOut, "no answer in time")
    } else {
        (NoAnswerKind::Broke, "connection broke")
    };
    let cause = std::iter::successors(std::error::Error::source(error), |e| e.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default();
    NoAnswer::new(kind, format!("{words}: {cause}"))
}

/// Headers as text; bytes that are not text cannot be part of a signature we accept.
fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_shows_neither_its_body_nor_its_query() {
        let request = WireRequest {
            method: WireMethod::Post,
            url: "https://a.cn/pay?secret=1".to_owned(),
            headers: vec![("Authorization", "signature".to_owned())],
            body: b"134567890123456789".to_vec(),
            largest_answer: 1,
        };
        assert_eq!(format!("{request:?}"), "WireRequest(POST https://a.cn/pay, 18 bytes)");
    }
}
