//! Sign-in: the code from `my.getAuthCode` becomes the buyer that may pay.

use serde::Deserialize;

use super::{client::Alipay, gateway::Answered, types::Verdict};
use crate::{http::QUERY_BUDGET, port::Outcome};

#[derive(Deserialize)]
struct Buyer {
    open_id: Option<String>,
    user_id: Option<String>,
}

impl Alipay {
    /// Exchanges an authorization code, which works once: the payer's id for this application.
    ///
    /// # Source
    /// opendocs.alipay.com, `alipay.system.oauth.token`: the answer has no code; refusals come as `error_response`.
    pub async fn login(&self, auth_code: &str) -> Outcome<String> {
        if auth_code.is_empty() || auth_code.len() > 128 {
            return Outcome::failed("INVALID_CODE", "code is empty or too long");
        }
        let own = [("grant_type", "authorization_code"), ("code", auth_code)];
        let answer: Answered<Buyer> = self.gateway.call_plain("alipay.system.oauth.token", &own, QUERY_BUDGET).await;
        match answer {
            Ok(Ok(Buyer { open_id, user_id })) => match open_id.or(user_id).filter(|id| !id.is_empty()) {
                Some(buyer) => Outcome::Succeeded(buyer),
                None => Outcome::unknown("an answer without a buyer"),
            },
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::Refused => refusal.failed(),
                Verdict::Success | Verdict::Paying | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }
}
