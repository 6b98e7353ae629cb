//! The HTTP client both channels share: no redirects, no proxies, short budgets, small answers.

use std::time::Duration;

use reqwest::{RequestBuilder, header::HeaderMap, redirect};

use crate::config::ConfigError;

/// A connection is made in this time or the channel is down.
const CONNECT: Duration = Duration::from_secs(2);
/// Larger than any answer of the calls made here; a larger one is not an answer.
const LARGEST_ANSWER: usize = 1 << 20;

/// How long each kind of call may take in all.
pub(crate) const OPEN_BUDGET: Duration = Duration::from_secs(10);
/// Queries are cheap and repeated.
pub(crate) const QUERY_BUDGET: Duration = Duration::from_secs(4);
/// Closing answers quickly or not at all.
pub(crate) const CLOSE_BUDGET: Duration = Duration::from_secs(6);
/// Refunds may be slow; a cut one is Unknown.
pub(crate) const REFUND_BUDGET: Duration = Duration::from_secs(10);

/// An answer with its exact bytes, which is what signatures cover.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Builds the client. Following a redirect would send signed requests to a stranger.
pub(crate) fn client(https_only: bool) -> Result<reqwest::Client, ConfigError> {
    // Fails when a provider is already installed, which is what we want anyway.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("dandan/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .https_only(https_only)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(Duration::from_secs(60))
        .build()
        .map_err(ConfigError::Http)
}

/// Sends and reads the whole answer. The error is words for the log, without the address (it may hold a secret).
///
/// A failed send is never a refusal, not even a failed connection: an earlier try with the same number may have arrived.
pub(crate) async fn send(request: RequestBuilder, budget: Duration) -> Result<Answer, String> {
    let mut response = request.timeout(budget).send().await.map_err(|e| describe(&e))?;
    let status = response.status().as_u16();
    let headers = text_headers(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| describe(&e))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err("answer too large".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

fn describe(error: &reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "connection broke"
    };
    let cause = std::iter::successors(std::error::Error::source(error), |e| e.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("{kind}: {cause}")
}

/// Headers as text; bytes that are not text cannot be part of a signature we accept.
fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}
