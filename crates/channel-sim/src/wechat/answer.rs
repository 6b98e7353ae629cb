//! How WeChat Pay answers over v3: signed by the key the caller asked for, or refused.

use axum::{
    http::{HeaderMap, Response as HttpResponse, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    crypto::{random_text, sha256},
    faults::{Hits, Kind},
    sim::{Sim, Trouble},
};

pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// A key id that belongs to nobody.
const STRANGER: &str = "PUB_KEY_ID_SIM9999999999999999";

/// A refusal: HTTP status, code, words, and the number that ends `Request-ID`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub number: u32,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let number = match code {
            "SIGN_ERROR" => 268_443_699,
            "PARAM_ERROR" => 268_435_461,
            "ORDER_NOT_EXIST" | "RESOURCE_NOT_EXISTS" => 268_512_771,
            "ORDERPAID" => 268_498_689,
            "ORDER_CLOSED" => 268_447_914,
            "APPID_MCHID_NOT_MATCH" => 268_445_527,
            "NO_AUTH" => 268_447_843,
            "RATELIMIT_EXCEEDED" | "FREQUENCY_LIMITED" => 268_447_840,
            _ => 0,
        };
        Self { status, code, message: message.into(), number }
    }

    pub(super) fn numbered(self, number: u32) -> Self {
        Self { number, ..self }
    }
}

/// A success's status and body.
pub(super) type Answer = Result<(u16, Value), Refusal>;

pub(super) fn refuse<T>(status: u16, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(status, code, message))
}

/// A signature to be made over a body.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// Which of the identity's signers.
    pub signer: usize,
    pub body: String,
    /// A wrong signature is a right one over something else.
    pub wrongly: bool,
    pub unknown_serial: bool,
    pub skew_s: i64,
}

impl Stamp {
    /// A notice is signed by the certificate's key or by the public key's, as the settings mix them.
    pub(crate) fn of_notice(sim: &Sim, body: &str) -> Self {
        let percent = sim.settings.lock().cert_percent;
        let by_cert = sim.faults.lock().chance(percent);
        let signer = sim.identity.signer_now(by_cert, sim.key_changes());
        Self { signer, body: body.to_owned(), wrongly: false, unknown_serial: false, skew_s: 0 }
    }

    /// An answer is signed by the key that the request names, if we know it.
    fn of_answer(sim: &Sim, asked: &HeaderMap, body: &str, hits: &Hits) -> Self {
        let wanted = asked.get("wechatpay-serial").and_then(|v| v.to_str().ok());
        let named = wanted.and_then(|serial| sim.identity.signer_named(serial));
        Self {
            signer: named.unwrap_or_else(|| sim.identity.signer_now(false, sim.key_changes())),
            body: body.to_owned(),
            wrongly: hits.has(Kind::BadSignature),
            unknown_serial: hits.has(Kind::UnknownSerial),
            skew_s: hits.skew_s(Kind::StaleClock),
        }
    }

    /// The signature headers.
    pub(crate) fn headers(&self, sim: &Sim) -> Vec<(&'static str, String)> {
        let timestamp = sim.now_ms() / 1000 + self.skew_s;
        let nonce = random_text(32).unwrap_or_default();
        let text = format!("{timestamp}\n{nonce}\n{}\n", self.body);
        let covered = if self.wrongly { format!("{text} ") } else { text };
        let (serial, pair) = sim.identity.signer(self.signer);
        vec![
            ("Wechatpay-Timestamp", timestamp.to_string()),
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Signature", pair.sign(covered.as_bytes())),
            ("Wechatpay-Serial", if self.unknown_serial { STRANGER.to_owned() } else { serial.to_owned() }),
            ("Wechatpay-Signature-Type", SCHEME.to_owned()),
        ]
    }
}

/// A success and a 202 ("repeat this"), always signed; a refusal, signed if the settings say so.
pub(super) fn respond(sim: &Sim, asked: &HeaderMap, answer: Answer, hits: &Hits) -> Response {
    match answer {
        Ok((status, value)) => {
            let body = if status == 204 { String::new() } else { value.to_string() };
            let headers = Stamp::of_answer(sim, asked, &body, hits).headers(sim);
            build(status, headers, body, 0)
        }
        Err(Refusal { status, code, message, number }) => {
            let body = json!({ "code": code, "message": message }).to_string();
            let sign = status < 300 || sim.settings.lock().sign_errors;
            let headers = if sign { Stamp::of_answer(sim, asked, &body, hits).headers(sim) } else { Vec::new() };
            build(status, headers, body, number)
        }
    }
}

/// Trouble of our own making, unsigned as it usually is.
pub(super) fn trouble(trouble: Trouble) -> Response {
    let (status, code, message) = match trouble {
        Trouble::ServerError => (500, "SYSTEM_ERROR", "系统异常，请稍后重试"),
        Trouble::RateLimited => (429, "FREQUENCY_LIMITED", "频率限制，请稍后重试"),
    };
    build(status, Vec::new(), json!({ "code": code, "message": message }).to_string(), 268_447_840)
}

fn build(status: u16, headers: Vec<(&'static str, String)>, body: String, number: u32) -> Response {
    // The same answer has the same number: it comes to stand in journals, and a simulated world must repeat itself.
    let id = sha256(format!("{status} {number} {body}").as_bytes())[..24].to_uppercase();
    let mut response = HttpResponse::builder()
        .status(status)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("Request-ID", format!("{id}-{number}"));
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
