//! One call of the gateway: a signed form goes out, and the raw node that comes back is verified before anyone reads it.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use reqwest::Url;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    sign::{raw_answer, request_text},
    types::{Status, Verdict},
};
use crate::{
    crypto::{SigningKey, VerifyingKey},
    http::{self, LARGEST_ANSWER},
    port::Outcome,
    text::for_log,
    time::{Clock, beijing_text},
    transport::{Transport, WireMethod, WireRequest},
};

/// What signing, sending and verifying need.
pub(super) struct Gateway {
    pub transport: Arc<dyn Transport>,
    /// Without a query.
    pub address: Url,
    pub app_id: String,
    pub key: SigningKey,
    pub alipay_key: VerifyingKey,
    pub clock: Clock,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// A verified answer that is not a success, and what to make of it.
pub(super) struct Refusal {
    pub status: Status,
    pub verdict: Verdict,
    /// Whether the channel signed it; if not it is a hint.
    pub signed: bool,
}

impl Refusal {
    fn code(&self) -> &str {
        match self.status.sub_code.as_str() {
            "" => &self.status.code,
            sub_code => sub_code,
        }
    }

    fn words(&self) -> String {
        let Status { code, msg, sub_code, sub_msg } = &self.status;
        for_log(&format!("{code} {msg} {sub_code} {sub_msg}"))
    }

    pub(super) fn failed<T>(&self) -> Outcome<T> {
        Outcome::failed(&for_log(self.code()), self.words())
    }

    pub(super) fn unknown<T>(&self) -> Outcome<T> {
        Outcome::unknown(self.words())
    }
}

/// Outer error: unknown, with words. Inner error: the channel's refusal.
pub(super) type Answered<T> = Result<Result<T, Refusal>, String>;

/// Parameters that only some calls have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses<'a> {
    pub notify_url: Option<&'a str>,
    pub return_url: Option<&'a str>,
}

impl Gateway {
    pub(super) async fn call<T: DeserializeOwned>(&self, method: &str, biz: &impl Serialize, budget: Duration) -> Answered<T> {
        self.call_with(method, biz, Addresses::default(), budget).await
    }

    pub(super) async fn call_with<T: DeserializeOwned>(
        &self,
        method: &str,
        biz: &impl Serialize,
        addresses: Addresses<'_>,
        budget: Duration,
    ) -> Answered<T> {
        let answer = self.post(method, self.signed_form(method, biz, addresses)?, budget).await?;
        self.believe(method, &answer)
    }

    /// A call whose parameters stand beside the common ones and whose answer has no code: the sign-in's.
    pub(super) async fn call_plain<T: DeserializeOwned>(
        &self,
        method: &str,
        own: &[(&'static str, &str)],
        budget: Duration,
    ) -> Answered<T> {
        let mut params = self.common_params(method)?;
        params.extend(own.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let answer = self.post(method, self.sign_params(params)?, budget).await?;
        let raw = raw_answer(&answer, method).ok_or("unreadable answer")?;
        let signed = raw.sign.is_some_and(|sign| self.alipay_key.verifies(raw.node.as_bytes(), sign));
        match (raw.is_error, signed) {
            (false, true) => serde_json::from_str(raw.node).map(Ok).map_err(|e| format!("unreadable answer: {e}")),
            (false, false) => Err("the answer's signature is not Alipay's".to_owned()),
            (true, signed) => {
                let status: Status = serde_json::from_str(raw.node).map_err(|e| format!("unreadable answer: {e}"))?;
                let verdict = status.verdict();
                Ok(Err(Refusal { status, verdict, signed }))
            }
        }
    }

    async fn post(&self, method: &str, form: String, budget: Duration) -> Result<Vec<u8>, String> {
        let answer = http::send(&*self.transport, self.request(form), budget).await.map_err(|e| e.why)?;
        let trace_id = for_log(answer.header("trace_id").unwrap_or(""));
        tracing::debug!(method, status = answer.status, trace_id, "alipay answered");
        if answer.status != 200 {
            return Err(format!("HTTP {} (trace_id {trace_id})", answer.status));
        }
        Ok(answer.body)
    }

    pub(super) fn request(&self, form: String) -> WireRequest {
        let mut url = self.address.clone();
        // Without the charset in the address the gateway may read the body as GBK.
        url.set_query(Some("charset=utf-8"));
        WireRequest {
            method: WireMethod::Post,
            url: url.into(),
            headers: vec![("Content-Type", "application/x-www-form-urlencoded;charset=utf-8".to_owned())],
            body: form.into_bytes(),
            largest_answer: LARGEST_ANSWER,
        }
    }

    /// A call as an address, for methods that a browser makes.
    pub(super) fn page(&self, method: &str, biz: &impl Serialize, addresses: Addresses<'_>) -> Result<String, String> {
        let mut url = self.address.clone();
        url.set_query(Some(&self.signed_form(method, biz, addresses)?));
        Ok(url.into())
    }

    pub(super) fn signed_form(&self, method: &str, biz: &impl Serialize, addresses: Addresses<'_>) -> Result<String, String> {
        let mut params = self.common_params(method)?;
        params.insert("biz_content", serde_json::to_string(biz).map_err(|e| e.to_string())?);
        for (name, url) in [("notify_url", addresses.notify_url), ("return_url", addresses.return_url)] {
            if let Some(url) = url {
                params.insert(name, url.to_owned());
            }
        }
        self.sign_params(params)
    }

    fn common_params(&self, method: &str) -> Result<BTreeMap<&'static str, String>, String> {
        let timestamp = beijing_text((self.clock)()).ok_or("the clock is out of range")?;
        Ok([
            ("app_id", self.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", timestamp),
            ("version", "1.0".to_owned()),
        ]
        .into())
    }

    fn sign_params(&self, mut params: BTreeMap<&'static str, String>) -> Result<String, String> {
        let sign = self.key.sign(request_text(&params).as_bytes()).map_err(|e| e.to_string())?;
        params.insert("sign", sign);
        Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish())
    }

    /// Verifies the raw node, then reads it. An unsigned error is a hint; an unsigned success is nothing.
    fn believe<T: DeserializeOwned>(&self, method: &str, body: &[u8]) -> Answered<T> {
        let raw = raw_answer(body, method).ok_or("unreadable answer")?;
        let signed = match raw.sign {
            Some(sign) if self.alipay_key.verifies(raw.node.as_bytes(), sign) => true,
            Some(_) => return Err("the answer's signature is not Alipay's".to_owned()),
            None => false,
        };
        let status: Status = serde_json::from_str(raw.node).map_err(|e| format!("unreadable answer: {e}"))?;
        match status.verdict() {
            Verdict::Paying if method != "alipay.trade.pay" => Err("10003 has no meaning here".to_owned()),
            Verdict::Success | Verdict::Paying if signed && !raw.is_error => {
                serde_json::from_str(raw.node).map(Ok).map_err(|e| format!("unreadable answer: {e}"))
            }
            Verdict::Success | Verdict::Paying => Err("a success without signature".to_owned()),
            // Refusals of the gateway itself may come unsigned; statements about trades may not.
            _ if !signed && !status.is_gateways() => Err("a statement about a trade without signature".to_owned()),
            verdict @ (Verdict::Refused | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown) => {
                Ok(Err(Refusal { status, verdict, signed }))
            }
        }
    }
}
