//! The Alipay client: signs a form, verifies the raw node that comes back, and sorts it into three cases.

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use domain::Money;
use reqwest::Url;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    AlipayConfig, notice,
    sign::{raw_answer, request_text},
    types::{
        ByNumber, Precreate, PrecreateAnswer, RefundAnswer, RefundBody, RefundQuery, RefundQueryAnswer, Status, Trade, Verdict,
    },
};
use crate::{
    config::{ConfigError, base_url, is_notify_url, same_world},
    crypto::{SigningKey, VerifyingKey},
    http::{self, CLOSE_BUDGET, OPEN_BUDGET, QUERY_BUDGET, REFUND_BUDGET},
    keys::{load_signing_key, load_verifying_key},
    money::{from_yuan, to_yuan},
    port::{
        BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
        NoticeReply, Open, OpenBy, Opened, Outcome, Paid, RefundAsk, RefundState, RefundStatus, Reversed, is_attempt_no,
        is_refund_no,
    },
    text::{alipay_subject, for_log},
    time::{Clock, beijing_text, ms_from_beijing_text},
};

/// Alipay for one application and seller.
pub struct Alipay {
    client: reqwest::Client,
    gateway: Url,
    app_id: String,
    seller_id: String,
    key: SigningKey,
    alipay_key: VerifyingKey,
    simulator: bool,
    clock: Clock,
}

impl fmt::Debug for Alipay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alipay")
            .field("app_id", &self.app_id)
            .field("seller_id", &self.seller_id)
            .field("simulator", &self.simulator)
            .finish_non_exhaustive()
    }
}

/// A verified answer that is not a success, and what to make of it.
struct Refusal {
    status: Status,
    verdict: Verdict,
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

    fn failed<T>(&self) -> Outcome<T> {
        Outcome::failed(&for_log(self.code()), self.words())
    }

    fn unknown<T>(&self) -> Outcome<T> {
        Outcome::unknown(self.words())
    }
}

/// Outer error: unknown, with words. Inner error: the channel's refusal.
type Answered<T> = Result<Result<T, Refusal>, String>;

impl Alipay {
    /// Loads the keys and sets the client up.
    ///
    /// # Errors
    /// Key files open to others, keys of the wrong kind, and any mix of simulator and real.
    pub fn new(config: &AlipayConfig, simulator: bool, clock: Clock) -> Result<Self, ConfigError> {
        same_world("alipay.app_id", &config.app_id, simulator)?;
        same_world("alipay.seller_id", &config.seller_id, simulator)?;
        let mut gateway = base_url("alipay.gateway", &config.gateway, simulator)?;
        // Without the charset in the address the gateway may read the body as GBK.
        gateway.set_query(Some("charset=utf-8"));
        Ok(Self {
            client: http::client(!simulator)?,
            gateway,
            app_id: config.app_id.clone(),
            seller_id: config.seller_id.clone(),
            key: load_signing_key(&config.app_key_pem)?,
            alipay_key: load_verifying_key(&config.alipay_public_key_pem)?,
            simulator,
            clock,
        })
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        biz: &impl Serialize,
        notify_url: Option<&str>,
        budget: Duration,
    ) -> Answered<T> {
        let form = self.signed_form(method, biz, notify_url)?;
        let request = self
            .client
            .post(self.gateway.clone())
            .header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
            .body(form);
        let answer = http::send(request, budget).await?;
        let trace_id = for_log(answer.header("trace_id").unwrap_or(""));
        tracing::debug!(method, status = answer.status, trace_id, "alipay answered");
        if answer.status != 200 {
            return Err(format!("HTTP {} (trace_id {trace_id})", answer.status));
        }
        self.believe(method, &answer.body)
    }

    fn signed_form(&self, method: &str, biz: &impl Serialize, notify_url: Option<&str>) -> Result<String, String> {
        let timestamp = beijing_text((self.clock)()).ok_or("the clock is out of range")?;
        let biz_content = serde_json::to_string(biz).map_err(|e| e.to_string())?;
        let mut params: BTreeMap<&str, String> = [
            ("app_id", self.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", timestamp),
            ("version", "1.0".to_owned()),
            ("biz_content", biz_content),
        ]
        .into();
        if let Some(url) = notify_url {
            params.insert("notify_url", url.to_owned());
        }
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
            Verdict::Success if signed && !raw.is_error => {
                serde_json::from_str(raw.node).map(Ok).map_err(|e| format!("unreadable answer: {e}"))
            }
            Verdict::Success => Err("a success without signature".to_owned()),
            // Refusals of the gateway itself may come unsigned; statements about trades may not.
            Verdict::NotFound | Verdict::LookUp if !signed => Err("a statement about a trade without signature".to_owned()),
            verdict @ (Verdict::Refused | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown) => {
                Ok(Err(Refusal { status, verdict }))
            }
        }
    }

    fn state(&self, trade: Trade) -> Outcome<ChannelState> {
        let status = trade.trade_status.clone();
        let has_date = trade.send_pay_date.is_some();
        match (status.as_str(), has_date) {
            ("WAIT_BUYER_PAY", _) => Outcome::Succeeded(ChannelState::NotPaid),
            ("TRADE_SUCCESS" | "TRADE_FINISHED", _) => self.paid(trade).map(ChannelState::Paid),
            // Closed unpaid or refunded in full; only the second was ever paid.
            ("TRADE_CLOSED", true) => self.paid(trade).map(ChannelState::Refunded),
            ("TRADE_CLOSED", false) => Outcome::Succeeded(ChannelState::Closed),
            (other, _) => Outcome::unknown(format!("new trade_status {}", for_log(other))),
        }
    }

    /// The answer to a query does not repeat our ids; it is signed for the application that asked.
    fn paid(&self, trade: Trade) -> Outcome<Paid> {
        let Ok(amount) = from_yuan(&trade.total_amount) else {
            return Outcome::unknown("says paid, but the amount is unreadable");
        };
        let paid_at_ms = match trade.send_pay_date.as_deref() {
            Some(text) => ms_from_beijing_text(text),
            None => Some((self.clock)()),
        };
        let Some(paid_at_ms) = paid_at_ms else {
            return Outcome::unknown("says paid, but the time is unreadable");
        };
        Outcome::Succeeded(Paid {
            channel_txn: trade.trade_no,
            amount,
            currency: "CNY".to_owned(),
            merchant: self.seller_id.clone(),
            app: self.app_id.clone(),
            attempt_no: trade.out_trade_no,
            paid_at_ms,
            payer: trade.buyer_open_id.or(trade.buyer_user_id),
        })
    }

    /// Settles a close that the trade's state refused, by asking.
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

    async fn precreate(&self, open: &Open) -> Outcome<Opened> {
        if !is_attempt_no(&open.attempt_no) {
            return Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _");
        }
        if open.amount <= Money(0) {
            return Outcome::failed("INVALID_AMOUNT", "nothing to pay");
        }
        if !is_notify_url(&open.notify_url, self.simulator) {
            return Outcome::failed("INVALID_NOTIFY_URL", "https without a query string");
        }
        let Some(time_expire) = beijing_text(open.expires_at_ms) else {
            return Outcome::failed("INVALID_EXPIRY", "expires_at_ms is no date");
        };
        let biz = Precreate {
            out_trade_no: &open.attempt_no,
            total_amount: to_yuan(open.amount),
            subject: alipay_subject(&open.description),
            product_code: "FACE_TO_FACE_PAYMENT",
            time_expire,
        };
        let answer: Answered<PrecreateAnswer> =
            self.call("alipay.trade.precreate", &biz, Some(&open.notify_url), OPEN_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no == open.attempt_no => {
                Outcome::Succeeded(Opened::Code { code_url: answer.qr_code })
            }
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::Refused => refusal.failed(),
                Verdict::Success | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }
}

#[async_trait]
impl Channel for Alipay {
    fn name(&self) -> ChannelName {
        ChannelName::Alipay
    }

    fn merchant(&self) -> &str {
        &self.seller_id
    }

    fn app(&self) -> &str {
        &self.app_id
    }

    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        match by {
            OpenBy::Code => self.precreate(open).await,
            OpenBy::InApp { .. } | OpenBy::Browser { .. } => Outcome::failed("NOT_SUPPORTED", "not yet"),
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
        let biz = ByNumber { out_trade_no: attempt_no };
        let answer: Answered<Trade> = self.call("alipay.trade.query", &biz, None, QUERY_BUDGET).await;
        match answer {
            Ok(Ok(trade)) if trade.out_trade_no == attempt_no => self.state(trade),
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) if refusal.verdict == Verdict::NotFound => Outcome::Succeeded(ChannelState::NotFound),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = ByNumber { out_trade_no: attempt_no };
        let answer: Answered<serde_json::Value> = self.call("alipay.trade.close", &biz, None, CLOSE_BUDGET).await;
        match answer {
            Ok(Ok(_)) => Outcome::Succeeded(Closed::Closed),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::NotFound => Outcome::Succeeded(Closed::NotFound),
                Verdict::LookUp | Verdict::Refused => self.close_by_query(attempt_no, &refusal).await,
                Verdict::Success | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        if !is_attempt_no(&ask.attempt_no) || !is_refund_no(&ask.refund_no) {
            return Outcome::failed("INVALID_NUMBER", "not a number of ours");
        }
        if ask.amount <= Money(0) || ask.amount > ask.total {
            return Outcome::failed("INVALID_AMOUNT", "a refund is positive and no more than was paid");
        }
        let reason = alipay_subject(&ask.reason);
        let biz = RefundBody {
            out_trade_no: &ask.attempt_no,
            refund_amount: to_yuan(ask.amount),
            out_request_no: &ask.refund_no,
            refund_reason: &reason,
        };
        let answer: Answered<RefundAnswer> = self.call("alipay.trade.refund", &biz, None, REFUND_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no == ask.attempt_no => Outcome::Succeeded(refund_accepted(answer, ask)),
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::Refused | Verdict::NotFound => refusal.failed(),
                Verdict::Success | Verdict::LookUp | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        if !is_attempt_no(attempt_no) || !is_refund_no(refund_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = RefundQuery { out_trade_no: attempt_no, out_request_no: refund_no, query_options: ["gmt_refund_pay"] };
        let answer: Answered<RefundQueryAnswer> = self.call("alipay.trade.fastpay.refund.query", &biz, None, QUERY_BUDGET).await;
        let absent = || RefundState {
            attempt_no: attempt_no.to_owned(),
            refund_no: refund_no.to_owned(),
            channel_refund: None,
            amount: Money(0),
            status: RefundStatus::NotFound,
            at_ms: None,
        };
        match answer {
            Ok(Ok(answer)) => refund_found(answer, absent()),
            Ok(Err(refusal)) if refusal.verdict == Verdict::NotFound => Outcome::Succeeded(absent()),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }

    fn read_notice(&self, _headers: &[(String, String)], body: &[u8], _now_ms: i64) -> Result<Notice, NoticeRefused> {
        notice::read(&self.alipay_key, body)
    }

    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 200, content_type: "text/plain", body: "success" }
    }

    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 400, content_type: "text/plain", body: "fail" }
    }
}

/// `refund_fee` is the running total and says nothing about this refund; `fund_change` does. `N` means
/// that nothing moved *now*, which is also what a repeat hears: the refund query tells the two apart.
fn refund_accepted(answer: RefundAnswer, ask: &RefundAsk) -> RefundState {
    let moved = answer.fund_change.as_deref() == Some("Y");
    RefundState {
        attempt_no: ask.attempt_no.clone(),
        refund_no: ask.refund_no.clone(),
        channel_refund: answer.trade_no,
        amount: ask.amount,
        status: if moved { RefundStatus::Succeeded } else { RefundStatus::Processing },
        at_ms: answer.gmt_refund_pay.as_deref().and_then(ms_from_beijing_text),
    }
}

/// Without `refund_status` the refund was not received or failed.
fn refund_found(answer: RefundQueryAnswer, absent: RefundState) -> Outcome<RefundState> {
    match answer.refund_status.as_deref() {
        None | Some("") => return Outcome::Succeeded(absent),
        Some("REFUND_SUCCESS") => {}
        Some(other) => return Outcome::unknown(format!("new refund_status {}", for_log(other))),
    }
    let same = answer.out_request_no.as_deref() == Some(absent.refund_no.as_str())
        && answer.out_trade_no.as_deref() == Some(absent.attempt_no.as_str());
    let amount = answer.refund_amount.as_deref().map(from_yuan);
    match amount {
        Some(Ok(amount)) if same => Outcome::Succeeded(RefundState {
            channel_refund: answer.trade_no,
            amount,
            status: RefundStatus::Succeeded,
            at_ms: answer.gmt_refund_pay.as_deref().and_then(ms_from_beijing_text),
            ..absent
        }),
        Some(Ok(_)) => Outcome::unknown("answer about another refund"),
        Some(Err(_)) | None => Outcome::unknown("refund without a readable amount"),
    }
}
