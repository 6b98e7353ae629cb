//! Payment codes (付款码) over API v3, and taking them back.
//!
//! There is no notice for these: what the answer does not say, only a query will.

use domain::Money;

use super::{
    call::{Refusal, read_json},
    client::WechatPay,
    types::{CodeOrder, CodePayer, OrderAmount, ReverseAnswer, ReverseBody, StoreInfo, TillScene, Transaction},
};
use crate::{
    http::{PAY_BUDGET, REVERSE_BUDGET},
    port::{ChannelName, ChannelState, CodePay, Outcome, Reversed, is_attempt_no},
    text::wechat_description,
    transport::Answer,
};

/// What an error code says about a payment by code. The same for both API versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeFault {
    /// The payer is typing the password.
    Paying,
    /// Failed, but a reverse has to make sure.
    MayHaveMoved,
    /// Nothing happened: another code, another number.
    Refused,
    /// Ask.
    Unknown,
}

/// Sorts an error code, given without underscores.
///
/// # Source
/// pay.weixin.qq.com, 付款码支付 error tables of v2 and v3 (read 2026-11). `NOTSUPORTCARD` is the channel's spelling.
pub(super) fn code_fault(code: &str, signed: bool) -> CodeFault {
    match code {
        "USERPAYING" if signed => CodeFault::Paying,
        // Often "the payer typed no password", sometimes more.
        "TRADEERROR" if signed => CodeFault::MayHaveMoved,
        "AUTHCODEEXPIRE" | "AUTHCODEERROR" | "AUTHCODEINVALID" | "NOTENOUGH" | "NOTSUPORTCARD" | "NOTSUPPORTCARD"
        | "BUYERMISMATCH" => CodeFault::Refused,
        "NOAUTH" | "SIGNERROR" | "APPIDNOTEXIST" | "MCHIDNOTEXIST" | "MCHNOTEXISTS" | "APPIDMCHIDNOTMATCH" | "LACKPARAMS"
        | "PARAMERROR" | "XMLFORMATERROR" | "REQUIREPOSTMETHOD" | "POSTDATAEMPTY" | "NOTUTF8" | "RULELIMIT" | "ACCOUNTERROR" => {
            CodeFault::Refused
        }
        _ => CodeFault::Unknown,
    }
}

/// The checks that need no network, shared by both API versions.
pub(super) fn refused_before_sending(pay: &CodePay) -> Option<Outcome<ChannelState>> {
    if !is_attempt_no(&pay.attempt_no) {
        return Some(Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _"));
    }
    if pay.amount <= Money(0) {
        return Some(Outcome::failed("INVALID_AMOUNT", "nothing to pay"));
    }
    if pay.auth_code.channel() != ChannelName::Wechat {
        return Some(Outcome::failed("OTHER_WALLET", "the code is another wallet's"));
    }
    if !crate::text::is_terminal(&pay.terminal) {
        return Some(Outcome::failed("INVALID_TERMINAL", "1 to 32 of 0-9 A-Z a-z _ -"));
    }
    None
}

/// Only what an answer to a payment may say; anything else is for a query to settle.
pub(super) fn answer_to_pay(state: Outcome<ChannelState>) -> Outcome<ChannelState> {
    match state {
        Outcome::Succeeded(ChannelState::Paid(_) | ChannelState::Paying | ChannelState::PayFailed { .. })
        | Outcome::DefinitelyFailed { .. }
        | Outcome::Unknown { .. } => state,
        Outcome::Succeeded(
            ChannelState::NotPaid
            | ChannelState::Closed
            | ChannelState::NotFound
            | ChannelState::Refunded(_)
            | ChannelState::Reversed,
        ) => Outcome::unknown("the number was in use before"),
    }
}

impl WechatPay {
    pub(super) async fn pay_code_v3(&self, pay: &CodePay) -> Outcome<ChannelState> {
        if let Some(refused) = refused_before_sending(pay) {
            return refused;
        }
        let order = CodeOrder {
            appid: &self.app_id,
            mchid: self.v3.mch_id(),
            description: wechat_description(&pay.description),
            out_trade_no: &pay.attempt_no,
            payer: CodePayer { auth_code: pay.auth_code.digits() },
            amount: OrderAmount { total: pay.amount.0, currency: "CNY" },
            scene_info: TillScene {
                device_id: &pay.terminal,
                device_ip: pay.terminal_ip.to_string(),
                store_info: StoreInfo { out_id: &pay.terminal },
            },
        };
        match self.v3.post("/v3/pay/transactions/codepay", &order, PAY_BUDGET).await {
            Ok(answer) => pay_answered(&answer, &pay.attempt_no),
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn reverse_v3(&self, attempt_no: &str) -> Outcome<Reversed> {
        let target = format!("/v3/pay/transactions/out-trade-no/{attempt_no}/reverse");
        let body = ReverseBody { appid: &self.app_id, mchid: self.v3.mch_id() };
        match read_json::<ReverseAnswer>(self.v3.post(&target, &body, REVERSE_BUDGET).await) {
            Ok(Ok(answer)) if answer.out_trade_no == attempt_no => Outcome::Succeeded(Reversed::Reversed),
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => self.reverse_refused(attempt_no, &refusal).await,
            Err(why) => Outcome::unknown(why),
        }
    }

    async fn reverse_refused(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<Reversed> {
        match (refusal.status, refusal.code.as_str()) {
            _ if refusal.is_not_found() => Outcome::Succeeded(Reversed::NotFound),
            // Nothing is taken back by saying "not now", so a hint will do.
            (_, "USERPAYING") | (202, _) => Outcome::Succeeded(Reversed::NotYet),
            (429, _) => refusal.unknown(),
            (400..=499, _) => self.reversed_by_query(attempt_no, refusal.unknown()).await,
            _ => refusal.unknown(),
        }
    }

    /// Settles a reverse that did not say "reversed" by asking; where that settles nothing, `otherwise` stands.
    pub(super) async fn reversed_by_query(&self, attempt_no: &str, otherwise: Outcome<Reversed>) -> Outcome<Reversed> {
        match self.query_any(attempt_no).await {
            Outcome::Succeeded(ChannelState::Closed | ChannelState::Reversed) => Outcome::Succeeded(Reversed::Reversed),
            Outcome::Succeeded(ChannelState::Paying) => Outcome::Succeeded(Reversed::NotYet),
            Outcome::Succeeded(
                ChannelState::NotPaid
                | ChannelState::Paid(_)
                | ChannelState::Refunded(_)
                | ChannelState::NotFound
                | ChannelState::PayFailed { .. },
            )
            | Outcome::DefinitelyFailed { .. }
            | Outcome::Unknown { .. } => otherwise,
        }
    }
}

/// The documents answer a password with 200 in one place and 202 in another: both shapes are read.
fn pay_answered(answer: &Answer, attempt_no: &str) -> Outcome<ChannelState> {
    if let 200 | 202 = answer.status
        && let Ok(transaction) = serde_json::from_slice::<Transaction>(&answer.body)
    {
        return match &transaction.out_trade_no {
            Some(other) if other != attempt_no => Outcome::unknown("answer about another number"),
            _ => answer_to_pay(transaction.state()),
        };
    }
    let refusal = Refusal::read(answer);
    match (refusal.status, code_fault(&refusal.code, refusal.signed)) {
        (202 | 400..=499, CodeFault::Paying) => Outcome::Succeeded(ChannelState::Paying),
        (400..=499, CodeFault::MayHaveMoved) => {
            Outcome::Succeeded(ChannelState::PayFailed { code: refusal.written_code(), money_may_have_moved: true })
        }
        (400..=499, CodeFault::Refused) => refusal.failed(),
        _ => refusal.unknown(),
    }
}
