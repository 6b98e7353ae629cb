//! The three calls of API v2 that payments by code need. A reverse goes over a connection that shows our certificate.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use reqwest::Url;

use super::{V2Config, answer::Fields, sign::SignType, xml};
use crate::{
    config::{ConfigError, base_url, same_world_certificate},
    crypto::{Certificate, random_nonce},
    http::{self, LARGEST_ANSWER, PAY_BUDGET, QUERY_BUDGET, REVERSE_BUDGET},
    keys::{KeyError, Secret, read_private, read_public},
    port::{ChannelState, CodePay, Outcome, Reversed},
    text::{for_log, wechat_description},
    transport::{HttpTransport, Tls, Transport, WireMethod, WireRequest},
    wechat::{
        WechatConfig,
        client::WechatPay,
        code::{answer_to_pay, refused_before_sending},
    },
};

const CERTIFICATE: &str = "wechat.v2.client_cert_pem";

/// API v2 for one merchant.
pub(in crate::wechat) struct V2 {
    pub(in crate::wechat) plain: Arc<dyn Transport>,
    /// Shows our certificate.
    pub(in crate::wechat) mutual: Arc<dyn Transport>,
    pub(in crate::wechat) base: Url,
    app_id: String,
    mch_id: String,
    pub(in crate::wechat) sign_type: SignType,
    pub(in crate::wechat) key: Secret,
}

impl fmt::Debug for V2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V2").field("mch_id", &self.mch_id).field("sign_type", &self.sign_type).finish_non_exhaustive()
    }
}

impl V2 {
    /// Loads the key and the certificate.
    pub fn new(config: &V2Config, wechat: &WechatConfig, simulator: bool) -> Result<Self, ConfigError> {
        let client = match (&config.client_cert_pem, &config.client_key_pem) {
            (Some(certificate), Some(key)) => {
                let read = Certificate::from_pem(&read_public(certificate)?)
                    .map_err(|source| KeyError::Unusable { path: certificate.clone(), source })?;
                same_world_certificate(CERTIFICATE, &read, simulator)?;
                Some((certificate.clone(), key.clone()))
            }
            (None, None) if simulator => None,
            (None | Some(_), None | Some(_)) => return Err(ConfigError::Malformed { what: CERTIFICATE }),
        };
        let root = config.ca_pem.clone();
        let plain = HttpTransport::with_tls(!simulator, &Tls { client: None, root: root.clone() })?;
        let mutual = HttpTransport::with_tls(!simulator, &Tls { client, root })?;
        Self::build(config, wechat, simulator, Arc::new(plain), Arc::new(mutual))
    }

    /// Over a transport of the caller's, which knows about certificates or does without.
    pub fn over(
        config: &V2Config,
        wechat: &WechatConfig,
        simulator: bool,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ConfigError> {
        Self::build(config, wechat, simulator, transport.clone(), transport)
    }

    fn build(
        config: &V2Config,
        wechat: &WechatConfig,
        simulator: bool,
        plain: Arc<dyn Transport>,
        mutual: Arc<dyn Transport>,
    ) -> Result<Self, ConfigError> {
        let key = read_private(&config.api_key)?.trim().to_owned();
        if key.len() != 32 {
            return Err(ConfigError::Malformed { what: "wechat.v2.api_key" });
        }
        Ok(Self {
            plain,
            mutual,
            base: base_url("wechat.v2.base_url", &config.base_url, simulator)?,
            app_id: wechat.app_id.clone(),
            mch_id: wechat.mch_id.clone(),
            sign_type: config.sign_type,
            key: Secret::new(key),
        })
    }

    /// Takes money by the payer's code.
    pub async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        if let Some(refused) = refused_before_sending(pay) {
            return refused;
        }
        let fields = [
            ("body", wechat_description(&pay.description)),
            ("device_info", pay.terminal.clone()),
            ("out_trade_no", pay.attempt_no.clone()),
            ("total_fee", pay.amount.0.to_string()),
            ("spbill_create_ip", pay.terminal_ip.to_string()),
            ("auth_code", pay.auth_code.digits().to_owned()),
        ];
        match self.call(&*self.plain, "/pay/micropay", fields, PAY_BUDGET).await {
            Ok(answer) => answer_to_pay(answer.answer_to_pay(&pay.attempt_no)),
            Err(why) => Outcome::unknown(why),
        }
    }

    /// Asks what became of an attempt, whichever API it came over.
    pub async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        let fields = [("out_trade_no", attempt_no.to_owned())];
        match self.call(&*self.plain, "/pay/orderquery", fields, QUERY_BUDGET).await {
            Ok(answer) => answer.answer_to_query(attempt_no),
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn reverse(&self, attempt_no: &str) -> Result<Fields, String> {
        let fields = [("out_trade_no", attempt_no.to_owned())];
        self.call(&*self.mutual, "/secapi/pay/reverse", fields, REVERSE_BUDGET).await
    }

    /// Signs, sends, and verifies. The error is always "unknown": words for the log.
    async fn call<const N: usize>(
        &self,
        transport: &dyn Transport,
        path: &str,
        fields: [(&str, String); N],
        budget: Duration,
    ) -> Result<Fields, String> {
        let request = WireRequest {
            method: WireMethod::Post,
            url: self.base.join(path).map_err(|e| e.to_string())?.into(),
            headers: vec![("Content-Type", "text/xml;charset=utf-8".to_owned())],
            body: xml::write(&self.signed(fields)?).into_bytes(),
            largest_answer: LARGEST_ANSWER,
        };
        let answer = http::send(transport, request, budget).await.map_err(|e| e.why)?;
        tracing::debug!(path, status = answer.status, "wechat pay v2 answered");
        if answer.status != 200 {
            return Err(format!("HTTP {}", answer.status));
        }
        self.believe(&answer.body)
    }

    pub(in crate::wechat) fn signed<const N: usize>(
        &self,
        fields: [(&str, String); N],
    ) -> Result<BTreeMap<String, String>, String> {
        let mut all: BTreeMap<String, String> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in [
            ("appid", self.app_id.clone()),
            ("mch_id", self.mch_id.clone()),
            ("nonce_str", random_nonce().map_err(|e| e.to_string())?),
            ("sign_type", self.sign_type.as_str().to_owned()),
        ] {
            all.insert(name.to_owned(), value);
        }
        let sign = self.sign_type.sign(&all, self.key.reveal());
        all.insert("sign".to_owned(), sign);
        Ok(all)
    }

    /// A failed transport (`return_code`) is told without signature, so it is a hint; the rest has to be signed and ours.
    fn believe(&self, body: &[u8]) -> Result<Fields, String> {
        let fields = xml::read(body).map_err(|e| format!("unreadable answer: {e}"))?;
        let told = |name: &str| fields.get(name).map_or("", String::as_str);
        if told("return_code") != "SUCCESS" {
            return Err(format!("not taken: {}", for_log(told("return_msg"))));
        }
        if !self.sign_type.verifies(&fields, self.key.reveal()) {
            return Err("the answer's signature is not the channel's".to_owned());
        }
        if told("appid") != self.app_id || told("mch_id") != self.mch_id {
            return Err("an answer to another merchant".to_owned());
        }
        Ok(Fields(fields))
    }
}

impl WechatPay {
    /// Takes an attempt back over v2; where the answer settles nothing, a query does.
    pub(in crate::wechat) async fn reverse_over_v2(&self, v2: &V2, attempt_no: &str) -> Outcome<Reversed> {
        match v2.reverse(attempt_no).await {
            Ok(answer) => match answer.answer_to_reverse() {
                Some(reversed) => Outcome::Succeeded(reversed),
                None => self.reversed_by_query(attempt_no, answer.unknown()).await,
            },
            Err(why) => Outcome::unknown(why),
        }
    }
}
