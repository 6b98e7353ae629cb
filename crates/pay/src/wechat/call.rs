//! One call of API v3: signed, sent to the first host or the standby, and its answer verified before anyone reads it.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use reqwest::Url;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use super::{
    sign::{self, Signer, Stamp},
    types::ErrorBody,
};
use crate::{
    crypto::random_nonce,
    http::{self, LARGEST_ANSWER, QUERY_BUDGET},
    keys::{KeySet, Secret},
    port::{NoticeRefused, Outcome},
    text::for_log,
    time::Clock,
    transport::{Answer, NoAnswer, NoAnswerKind, Transport, WireMethod, WireRequest},
};

/// Strangers' serials cannot make us ask for certificates more often than this. Units: milliseconds.
pub(super) const REFRESH_PAUSE_MS: i64 = 60_000;

/// What signing, sending and verifying need.
pub(super) struct V3 {
    pub transport: Arc<dyn Transport>,
    /// The first host, then the standby.
    pub hosts: Vec<Url>,
    pub signer: Signer,
    /// From the configuration; always valid.
    pub configured: KeySet,
    /// The configured ones and those the channel handed out last.
    pub keys: RwLock<KeySet>,
    /// Which key we ask answers to be signed with.
    pub answer_serial: String,
    pub api_v3_key: Secret,
    /// Whether the channel hands out certificates to us.
    pub certificates: bool,
    /// UTC milliseconds.
    pub refreshed_at_ms: AtomicI64,
    pub clock: Clock,
}

/// A request of ours, to be signed anew for each host it goes to.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub method: WireMethod,
    /// Path and query.
    pub target: &'a str,
    pub body: &'a str,
    pub budget: Duration,
    pub largest_answer: usize,
}

/// A reply that is not the wanted 2xx.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    /// Whether the channel signed it; if not it is a hint.
    pub signed: bool,
    /// The code without underscores: the documents spell `ORDERNOTEXIST` and `ORDER_NOT_EXIST`.
    pub code: String,
    error: ErrorBody,
    /// What the channel's support asks for.
    request_id: String,
}

impl Refusal {
    pub(super) fn read(answer: &Answer) -> Self {
        let error = ErrorBody::read(&answer.body);
        Self {
            status: answer.status,
            signed: is_signed(answer),
            code: error.plain_code(),
            error,
            request_id: for_log(answer.header("Request-ID").unwrap_or("")),
        }
    }

    pub(super) fn words(&self) -> String {
        format!("{} (Request-ID {})", for_log(&self.error.message), self.request_id)
    }

    pub(super) fn failed<T>(&self) -> Outcome<T> {
        Outcome::failed(&self.written_code(), self.words())
    }

    pub(super) fn unknown<T>(&self) -> Outcome<T> {
        Outcome::unknown(format!("HTTP {} {} {}", self.status, self.written_code(), self.words()))
    }

    /// The code as the channel spelt it.
    pub(super) fn written_code(&self) -> String {
        for_log(&self.error.code)
    }

    /// Whether the channel has nothing under that number.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == 404 && matches!(self.code.as_str(), "ORDERNOTEXIST" | "RESOURCENOTEXISTS")
    }

    /// The number behind the code, at the end of the request's id; more exact than the code.
    pub(super) fn has_number(&self, number: &str) -> bool {
        self.request_id.rsplit('-').next() == Some(number)
    }
}

/// Outer error: unknown, with words. Inner error: the channel's refusal.
pub(super) type Answered<T> = Result<Result<T, Refusal>, String>;

/// Reads a 200; any other status is the channel's refusal.
pub(super) fn read_json<T: DeserializeOwned>(answer: Result<Answer, String>) -> Answered<T> {
    let answer = answer?;
    if answer.status != 200 {
        return Ok(Err(Refusal::read(&answer)));
    }
    serde_json::from_slice(&answer.body).map(Ok).map_err(|e| format!("unreadable answer: {e}"))
}

pub(super) fn is_signed(answer: &Answer) -> bool {
    answer.header("Wechatpay-Signature").is_some()
}

impl V3 {
    pub(super) fn mch_id(&self) -> &str {
        &self.signer.mch_id
    }

    pub(super) fn stamp(&self) -> Result<Stamp, String> {
        Ok(Stamp { timestamp: (self.clock)().div_euclid(1000), nonce: random_nonce().map_err(|e| e.to_string())? })
    }

    pub(super) async fn post(&self, target: &str, body: &impl Serialize, budget: Duration) -> Result<Answer, String> {
        let body = serde_json::to_string(body).map_err(|e| e.to_string())?;
        let call = Call { method: WireMethod::Post, target, body: &body, budget, largest_answer: LARGEST_ANSWER };
        self.verified(call).await
    }

    pub(super) async fn get(&self, target: &str) -> Result<Answer, String> {
        let call = Call { method: WireMethod::Get, target, body: "", budget: QUERY_BUDGET, largest_answer: LARGEST_ANSWER };
        self.verified(call).await
    }

    /// Sends and verifies. The error is always "unknown": words for the log.
    async fn verified(&self, call: Call<'_>) -> Result<Answer, String> {
        let answer = self.send(call).await.map_err(|e| e.why)?;
        let request_id = for_log(answer.header("Request-ID").unwrap_or(""));
        tracing::debug!(target = call.target, status = answer.status, request_id, "wechat pay answered");
        // Errors may come unsigned; a success may not.
        if is_signed(&answer) || (200..300).contains(&answer.status) {
            self.believe(&answer).await.map_err(|e| format!("HTTP {} not believed: {e}", answer.status))?;
        }
        Ok(answer)
    }

    /// Verifies; a certificate we have not heard of is fetched once.
    async fn believe(&self, answer: &Answer) -> Result<(), NoticeRefused> {
        let verify = || sign::verify(&self.key_set(), &answer.headers, &answer.body, (self.clock)());
        match verify() {
            Err(NoticeRefused::UnknownSerial(serial)) if self.certificates && self.may_refresh() => match self.refresh().await {
                Ok(()) => verify(),
                Err(why) => {
                    tracing::warn!(why, serial, "certificates could not be fetched");
                    Err(NoticeRefused::UnknownSerial(serial))
                }
            },
            result => result,
        }
    }

    /// Claims the next refresh, unless the last is too recent.
    fn may_refresh(&self) -> bool {
        let now = (self.clock)();
        let last = self.refreshed_at_ms.load(Ordering::SeqCst);
        now.saturating_sub(last) >= REFRESH_PAUSE_MS
            && self.refreshed_at_ms.compare_exchange(last, now, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The keys as of now.
    pub(super) fn key_set(&self) -> KeySet {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends to the first host that can be connected to. What was sent is never sent elsewhere: only "no connection" moves on.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Answer, NoAnswer> {
        let until = Instant::now() + call.budget;
        let mut last = NoAnswer::new(NoAnswerKind::NotConnected, "no host");
        for host in &self.hosts {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match self.send_to(host, call, left).await {
                Err(silence) if silence.kind == NoAnswerKind::NotConnected => {
                    tracing::warn!(host = host.host_str(), why = silence.why, "wechat pay not reached");
                    last = silence;
                }
                result => return result,
            }
        }
        Err(last)
    }

    async fn send_to(&self, host: &Url, call: Call<'_>, budget: Duration) -> Result<Answer, NoAnswer> {
        let broke = |why: String| NoAnswer::new(NoAnswerKind::Broke, why);
        let url = host.join(call.target).map_err(|e| broke(e.to_string()))?;
        // What is signed is what the URL type will send, not what we wrote.
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let stamp = self.stamp().map_err(broke)?;
        let authorization =
            self.signer.authorization(call.method.as_str(), &target, call.body, &stamp).map_err(|e| broke(e.to_string()))?;
        let request = WireRequest {
            method: call.method,
            url: url.into(),
            headers: vec![
                ("Accept", "application/json".to_owned()),
                ("Content-Type", "application/json".to_owned()),
                ("Authorization", authorization),
                ("Wechatpay-Serial", self.answer_serial.clone()),
            ],
            body: call.body.as_bytes().to_vec(),
            largest_answer: call.largest_answer,
        };
        http::send(&*self.transport, request, budget).await
    }
}
