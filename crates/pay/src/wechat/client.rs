//! The WeChat Pay client: signs what goes out, verifies what comes back, and sorts it into three cases.

use std::fmt;

use async_trait::async_trait;
use domain::Money;
use reqwest::{Method, Url};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    WechatConfig, notice,
    sign::{self, Signer, Stamp},
    types::{
        CloseBody, CodeUrl, ErrorBody, Order, OrderAmount, OrderPayer, PrepayId, Refund, RefundBody, RefundBodyAmount,
        Transaction,
    },
};
use crate::{
    config::{ConfigError, base_url, is_notify_url, same_world},
    crypto::random_nonce,
    http::{self, Answer, CLOSE_BUDGET, OPEN_BUDGET, QUERY_BUDGET, REFUND_BUDGET},
    keys::{KeySet, Secret, load_signing_key, load_verifying_key},
    port::{
        BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
        NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, RefundStatus, Reversed, is_attempt_no, is_refund_no,
    },
    text::{for_log, wechat_description},
    time::{Clock, rfc3339_beijing},
};

/// WeChat Pay for one merchant.
pub struct WechatPay {
    client: reqwest::Client,
    base: Url,
    app_id: String,
    signer: Signer,
    keys: KeySet,
    /// Which of `keys` we ask answers to be signed with.
    answer_serial: String,
    api_v3_key: Secret,
    simulator: bool,
    clock: Clock,
}

impl fmt::Debug for WechatPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatPay")
            .field("mch_id", &self.signer.mch_id)
            .field("app_id", &self.app_id)
            .field("simulator", &self.simulator)
            .finish_non_exhaustive()
    }
}

/// A reply that is not the wanted 2xx.
struct Refusal {
    status: u16,
    error: ErrorBody,
    /// What the channel's support asks for.
    request_id: String,
}

impl Refusal {
    fn read(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            error: ErrorBody::read(&answer.body),
            request_id: for_log(answer.header("Request-ID").unwrap_or("")),
        }
    }

    fn words(&self) -> String {
        format!("{} (Request-ID {})", for_log(&self.error.message), self.request_id)
    }

    fn failed<T>(&self) -> Outcome<T> {
        Outcome::failed(&for_log(&self.error.code), self.words())
    }

    fn unknown<T>(&self) -> Outcome<T> {
        Outcome::unknown(format!("HTTP {} {} {}", self.status, for_log(&self.error.code), self.words()))
    }
}

impl WechatPay {
    /// Loads the keys and sets the client up.
    ///
    /// # Errors
    /// Key files open to others, keys of the wrong kind, and any mix of simulator and real.
    pub fn new(config: &WechatConfig, simulator: bool, clock: Clock) -> Result<Self, ConfigError> {
        same_world("wechat.mch_id", &config.mch_id, simulator)?;
        same_world("wechat.app_id", &config.app_id, simulator)?;
        if config.api_v3_key.reveal().len() != 32 {
            return Err(ConfigError::Malformed { what: "wechat.api_v3_key" });
        }
        let first = config.verify_keys.first().ok_or(ConfigError::Malformed { what: "wechat.verify_keys" })?;
        let mut keys = KeySet::default();
        for key in &config.verify_keys {
            same_world("wechat.verify_keys", &key.serial, simulator)?;
            keys.insert(key.serial.clone(), load_verifying_key(&key.pem)?);
        }
        Ok(Self {
            client: http::client(!simulator)?,
            base: base_url("wechat.base_url", &config.base_url, simulator)?,
            app_id: config.app_id.clone(),
            signer: Signer {
                mch_id: config.mch_id.clone(),
                serial: config.merchant_serial.clone(),
                key: load_signing_key(&config.merchant_key_pem)?,
            },
            keys,
            answer_serial: first.serial.clone(),
            api_v3_key: config.api_v3_key.clone(),
            simulator,
            clock,
        })
    }

    async fn open_in_app(&self, open: &Open, openid: &str) -> Outcome<Opened> {
        let prepay: PrepayId = match self.order("jsapi", open, Some(openid)).await {
            Outcome::Succeeded(prepay) => prepay,
            Outcome::DefinitelyFailed { code, message } => {
                return Outcome::DefinitelyFailed { code, message };
            }
            Outcome::Unknown { why } => return Outcome::Unknown { why },
        };
        let package = format!("prepay_id={}", prepay.prepay_id);
        let signed = self.stamp().and_then(|stamp| {
            let pay_sign = self.signer.pay_sign(&self.app_id, &package, &stamp);
            Ok((pay_sign.map_err(|e| e.to_string())?, stamp))
        });
        match signed {
            Ok((pay_sign, stamp)) => Outcome::Succeeded(Opened::Jsapi {
                app_id: self.app_id.clone(),
                time_stamp: stamp.timestamp.to_string(),
                nonce_str: stamp.nonce,
                package,
                sign_type: "RSA".to_owned(),
                pay_sign,
            }),
            Err(why) => Outcome::Unknown { why },
        }
    }

    fn stamp(&self) -> Result<Stamp, String> {
        Ok(Stamp { timestamp: (self.clock)().div_euclid(1000), nonce: random_nonce().map_err(|e| e.to_string())? })
    }

    async fn post(&self, target: &str, body: &impl Serialize, budget: std::time::Duration) -> Result<Answer, String> {
        let body = serde_json::to_string(body).map_err(|e| e.to_string())?;
        self.call(Method::POST, target, body, budget).await
    }

    async fn get(&self, target: &str) -> Result<Answer, String> {
        self.call(Method::GET, target, String::new(), QUERY_BUDGET).await
    }

    /// Signs, sends, and verifies any 2xx. The error is always "unknown": words for the log.
    async fn call(&self, method: Method, target: &str, body: String, budget: std::time::Duration) -> Result<Answer, String> {
        let url = self.base.join(target).map_err(|e| e.to_string())?;
        // What is signed is what the URL type will send, not what we wrote.
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authorization =
            self.signer.authorization(method.as_str(), &target, &body, &self.stamp()?).map_err(|e| e.to_string())?;
        let request = self
            .client
            .request(method, url)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("Authorization", authorization)
            .header("Wechatpay-Serial", &self.answer_serial)
            .body(body);
        let answer = http::send(request, budget).await?;
        let request_id = for_log(answer.header("Request-ID").unwrap_or(""));
        tracing::debug!(target, status = answer.status, request_id, "wechat pay answered");
        let signed = answer.header("Wechatpay-Signature").is_some();
        // Errors may come unsigned; a success may not.
        if signed || (200..300).contains(&answer.status) {
            sign::verify(&self.keys, &answer.headers, &answer.body, (self.clock)())
                .map_err(|e| format!("HTTP {} not believed: {e}", answer.status))?;
        }
        Ok(answer)
    }

    async fn order<T: DeserializeOwned>(&self, product: &str, open: &Open, openid: Option<&str>) -> Outcome<T> {
        let Some(time_expire) = rfc3339_beijing(open.expires_at_ms) else {
            return Outcome::failed("INVALID_EXPIRY", "expires_at_ms is no date");
        };
        if let Some(refused) = refused_before_sending(open, self.simulator) {
            return refused;
        }
        let order = Order {
            appid: &self.app_id,
            mchid: &self.signer.mch_id,
            description: wechat_description(&open.description),
            out_trade_no: &open.attempt_no,
            time_expire,
            notify_url: &open.notify_url,
            amount: OrderAmount { total: open.amount.0, currency: "CNY" },
            payer: openid.map(|openid| OrderPayer { openid }),
        };
        let target = format!("/v3/pay/transactions/{product}");
        match read_json(self.post(&target, &order, OPEN_BUDGET).await) {
            Ok(Ok(value)) => Outcome::Succeeded(value),
            Ok(Err(refusal)) => match (refusal.status, refusal.error.plain_code().as_str()) {
                // The number is in use at the channel, perhaps paid: only a query can tell.
                // INVALID_REQUEST also means "not the parameters of the first request", which stays payable.
                (_, "ORDERPAID" | "OUTTRADENOUSED" | "INVALIDREQUEST") => refusal.unknown(),
                (429, _) => refusal.unknown(),
                (400..=499, code) if !code.is_empty() => refusal.failed(),
                _ => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    /// Settles a close that did not say "closed" by asking; the answer to a close is only a hint.
    async fn close_by_query(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<Closed> {
        match self.query(attempt_no).await {
            Outcome::Succeeded(ChannelState::Paid(_) | ChannelState::Refunded(_)) => Outcome::Succeeded(Closed::AlreadyPaid),
            Outcome::Succeeded(ChannelState::Closed | ChannelState::Reversed) => Outcome::Succeeded(Closed::Closed),
            Outcome::Succeeded(
                ChannelState::NotPaid | ChannelState::Paying | ChannelState::NotFound | ChannelState::PayFailed { .. },
            )
            | Outcome::DefinitelyFailed { .. }
            | Outcome::Unknown { .. } => refusal.unknown(),
        }
    }
}

/// The checks that need no network, shared by every product.
fn refused_before_sending<T>(open: &Open, simulator: bool) -> Option<Outcome<T>> {
    if !is_attempt_no(&open.attempt_no) {
        return Some(Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _"));
    }
    if open.amount <= Money(0) {
        return Some(Outcome::failed("INVALID_AMOUNT", "nothing to pay"));
    }
    if !is_notify_url(&open.notify_url, simulator) {
        return Some(Outcome::failed("INVALID_NOTIFY_URL", "https without a query string"));
    }
    None
}

/// Outer error: unknown. Inner error: the channel's refusal.
fn read_json<T: DeserializeOwned>(answer: Result<Answer, String>) -> Result<Result<T, Refusal>, String> {
    let answer = answer?;
    if answer.status != 200 {
        return Ok(Err(Refusal::read(&answer)));
    }
    serde_json::from_slice(&answer.body).map(Ok).map_err(|e| format!("unreadable answer: {e}"))
}

#[async_trait]
impl Channel for WechatPay {
    fn name(&self) -> ChannelName {
        ChannelName::Wechat
    }

    fn merchant(&self) -> &str {
        &self.signer.mch_id
    }

    fn app(&self) -> &str {
        &self.app_id
    }

    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        match by {
            OpenBy::InApp { payer } => self.open_in_app(open, payer).await,
            OpenBy::Code => self.order("native", open, None).await.map(|CodeUrl { code_url }| Opened::Code { code_url }),
            OpenBy::Browser { .. } => Outcome::failed("NOT_SUPPORTED", "not yet"),
        }
    }

    async fn pay_code(&self, _pay: &CodePay) -> Outcome<ChannelState> {
        Outcome::failed("NOT_SUPPORTED", "not yet")
    }

    async fn reverse(&self, _attempt_no: &str) -> Outcome<Reversed> {
        Outcome::unknown("not yet")
    }

    fn reverse_after_ms(&self) -> i64 {
        15_000
    }

    async fn trade_bill(&self, _day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        Outcome::unknown("not yet")
    }

    async fn fund_flow(&self, _day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        Outcome::unknown("not yet")
    }

    async fn probe(&self) -> Outcome<()> {
        Outcome::unknown("not yet")
    }

    async fn refresh_keys(&self) -> Outcome<()> {
        Outcome::Succeeded(())
    }

    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let target = format!("/v3/pay/transactions/out-trade-no/{attempt_no}?mchid={}", self.signer.mch_id);
        match read_json::<Transaction>(self.get(&target).await) {
            Ok(Ok(transaction)) => match &transaction.out_trade_no {
                Some(other) if other != attempt_no => Outcome::unknown("answer about another number"),
                _ => transaction.state(),
            },
            Ok(Err(refusal)) => match (refusal.status, refusal.error.plain_code().as_str()) {
                (404, "ORDERNOTEXIST" | "RESOURCENOTEXISTS") => Outcome::Succeeded(ChannelState::NotFound),
                _ => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let target = format!("/v3/pay/transactions/out-trade-no/{attempt_no}/close");
        let body = CloseBody { mchid: &self.signer.mch_id };
        let answer = match self.post(&target, &body, CLOSE_BUDGET).await {
            Ok(answer) if answer.status == 204 => return Outcome::Succeeded(Closed::Closed),
            Ok(answer) => answer,
            Err(why) => return Outcome::unknown(why),
        };
        let refusal = Refusal::read(&answer);
        match (refusal.status, refusal.error.plain_code().as_str()) {
            (404, "ORDERNOTEXIST" | "RESOURCENOTEXISTS") => Outcome::Succeeded(Closed::NotFound),
            (400..=499, _) => self.close_by_query(attempt_no, &refusal).await,
            _ => refusal.unknown(),
        }
    }

    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        if !is_attempt_no(&ask.attempt_no) || !is_refund_no(&ask.refund_no) {
            return Outcome::failed("INVALID_NUMBER", "not a number of ours");
        }
        if ask.amount <= Money(0) || ask.amount > ask.total {
            return Outcome::failed("INVALID_AMOUNT", "a refund is positive and no more than was paid");
        }
        let reason: String = wechat_description(&ask.reason).chars().take(26).collect();
        let body = RefundBody {
            out_trade_no: &ask.attempt_no,
            out_refund_no: &ask.refund_no,
            reason: &reason,
            amount: RefundBodyAmount { refund: ask.amount.0, total: ask.total.0, currency: "CNY" },
        };
        let answer = self.post("/v3/refund/domestic/refunds", &body, REFUND_BUDGET).await;
        match read_json::<Refund>(answer) {
            Ok(Ok(refund)) => same_refund(refund, &ask.refund_no),
            // Too many requests: this one may have been accepted all the same.
            Ok(Err(refusal)) if refusal.status == 429 => refusal.unknown(),
            Ok(Err(refusal)) if (400..500).contains(&refusal.status) && !refusal.error.code.is_empty() => refusal.failed(),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        if !is_attempt_no(attempt_no) || !is_refund_no(refund_no) {
            return Outcome::unknown("not a number of ours");
        }
        let target = format!("/v3/refund/domestic/refunds/{refund_no}");
        match read_json::<Refund>(self.get(&target).await) {
            Ok(Ok(refund)) => same_refund(refund, refund_no),
            Ok(Err(refusal)) => match (refusal.status, refusal.error.plain_code().as_str()) {
                (404, "ORDERNOTEXIST" | "RESOURCENOTEXISTS") => Outcome::Succeeded(RefundState {
                    attempt_no: attempt_no.to_owned(),
                    refund_no: refund_no.to_owned(),
                    channel_refund: None,
                    amount: Money(0),
                    status: RefundStatus::NotFound,
                    at_ms: None,
                }),
                _ => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    fn read_notice(&self, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<Notice, NoticeRefused> {
        notice::read(&self.keys, &self.api_v3_key, &self.signer.mch_id, headers, body, now_ms)
    }

    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 200, content_type: "application/json", body: r#"{"code":"SUCCESS","message":"成功"}"# }
    }

    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 401, content_type: "application/json", body: r#"{"code":"FAIL","message":"失败"}"# }
    }
}

fn same_refund(refund: Refund, refund_no: &str) -> Outcome<RefundState> {
    if refund.out_refund_no != refund_no {
        return Outcome::unknown("answer about another refund");
    }
    match refund.state() {
        Some(state) => Outcome::Succeeded(state),
        None => Outcome::unknown("new refund status"),
    }
}
