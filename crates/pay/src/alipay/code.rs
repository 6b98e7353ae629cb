//! Payment codes (付款码), and taking them back.

use domain::Money;

use super::{
    client::Alipay,
    gateway::{Addresses, Answered, Refusal},
    types::{ByNumber, CancelAnswer, CodeTrade, PayAnswer, Verdict},
};
use crate::{
    config::is_notify_url,
    http::{PAY_BUDGET, REVERSE_BUDGET},
    money::{from_yuan, to_yuan},
    port::{ChannelName, ChannelState, CodePay, Outcome, Paid, Reversed, is_attempt_no},
    text::{alipay_subject, for_log, is_terminal},
    time::ms_from_beijing_text,
};

impl Alipay {
    pub(super) async fn pay_by_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        if let Some(refused) = self.refused_before_sending(pay) {
            return refused;
        }
        let biz = CodeTrade {
            out_trade_no: &pay.attempt_no,
            total_amount: to_yuan(pay.amount),
            subject: alipay_subject(&pay.description),
            scene: "bar_code",
            auth_code: pay.auth_code.digits(),
            product_code: "FACE_TO_FACE_PAYMENT",
            terminal_id: &pay.terminal,
            // Should the till die, nobody can type a password hours later.
            timeout_express: "5m",
        };
        let addresses = Addresses { notify_url: Some(&pay.notify_url), return_url: None };
        let answer: Answered<PayAnswer> = self.gateway.call_with("alipay.trade.pay", &biz, addresses, PAY_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no != pay.attempt_no => Outcome::unknown("answer about another number"),
            Ok(Ok(answer)) if answer.code == "10003" => Outcome::Succeeded(ChannelState::Paying),
            Ok(Ok(answer)) => self.paid_by_code(answer),
            Ok(Err(refusal)) => self.pay_refused(&pay.attempt_no, &refusal).await,
            Err(why) => Outcome::unknown(why),
        }
    }

    fn refused_before_sending(&self, pay: &CodePay) -> Option<Outcome<ChannelState>> {
        if !is_attempt_no(&pay.attempt_no) {
            return Some(Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _"));
        }
        if pay.amount <= Money(0) {
            return Some(Outcome::failed("INVALID_AMOUNT", "nothing to pay"));
        }
        if pay.auth_code.channel() != ChannelName::Alipay {
            return Some(Outcome::failed("OTHER_WALLET", "the code is another wallet's"));
        }
        if !is_terminal(&pay.terminal) {
            return Some(Outcome::failed("INVALID_TERMINAL", "1 to 32 of 0-9 A-Z a-z _ -"));
        }
        if !is_notify_url(&pay.notify_url, self.simulator) {
            return Some(Outcome::failed("INVALID_NOTIFY_URL", "https without a query string"));
        }
        None
    }

    fn paid_by_code(&self, answer: PayAnswer) -> Outcome<ChannelState> {
        let amount = answer.total_amount.as_deref().and_then(|text| from_yuan(text).ok());
        let paid_at_ms = answer.gmt_payment.as_deref().and_then(ms_from_beijing_text);
        match (answer.trade_no, amount, paid_at_ms) {
            (Some(channel_txn), Some(amount), Some(paid_at_ms)) => Outcome::Succeeded(ChannelState::Paid(Paid {
                channel_txn,
                amount,
                currency: "CNY".to_owned(),
                merchant: self.seller_id.clone(),
                app: self.gateway.app_id.clone(),
                attempt_no: answer.out_trade_no,
                paid_at_ms,
                payer: answer.buyer_open_id.or(answer.buyer_user_id),
            })),
            (_, _, _) => Outcome::unknown("says paid, but without amount, number or time"),
        }
    }

    async fn pay_refused(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<ChannelState> {
        match refusal.verdict {
            Verdict::Refused if refusal.status.is_gateways() => refusal.failed(),
            Verdict::Refused if refusal.signed && is_definite(refusal.status.plain_sub_code()) => refusal.failed(),
            Verdict::LookUp => self.paid_before(attempt_no, refusal).await,
            Verdict::Refused | Verdict::Success | Verdict::Paying | Verdict::NotFound | Verdict::Unknown => refusal.unknown(),
        }
    }

    /// The number has a trade already; only a proof of payment counts.
    async fn paid_before(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<ChannelState> {
        match self.query_trade(attempt_no).await {
            Outcome::Succeeded(ChannelState::Paid(paid)) => Outcome::Succeeded(ChannelState::Paid(paid)),
            Outcome::Succeeded(
                ChannelState::NotPaid
                | ChannelState::Paying
                | ChannelState::Closed
                | ChannelState::NotFound
                | ChannelState::Refunded(_)
                | ChannelState::Reversed
                | ChannelState::PayFailed { .. },
            )
            | Outcome::DefinitelyFailed { .. }
            | Outcome::Unknown { .. } => refusal.unknown(),
        }
    }

    pub(super) async fn cancel(&self, attempt_no: &str) -> Outcome<Reversed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = ByNumber { out_trade_no: attempt_no };
        let answer: Answered<CancelAnswer> = self.gateway.call("alipay.trade.cancel", &biz, REVERSE_BUDGET).await;
        match answer {
            Ok(Ok(answer)) => cancelled(&answer, attempt_no),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::NotFound => Outcome::Succeeded(Reversed::NotFound),
                Verdict::Refused | Verdict::LookUp => self.cancelled_by_query(attempt_no, &refusal).await,
                Verdict::Success | Verdict::Paying | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    /// A refused cancel did nothing, but an earlier one may have.
    async fn cancelled_by_query(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<Reversed> {
        match self.query_trade(attempt_no).await {
            Outcome::Succeeded(ChannelState::Closed | ChannelState::Reversed | ChannelState::Refunded(_)) => {
                Outcome::Succeeded(Reversed::Reversed)
            }
            Outcome::Succeeded(
                ChannelState::NotPaid
                | ChannelState::Paying
                | ChannelState::Paid(_)
                | ChannelState::NotFound
                | ChannelState::PayFailed { .. },
            )
            | Outcome::DefinitelyFailed { .. }
            | Outcome::Unknown { .. } => match (refusal.verdict, refusal.signed) {
                (Verdict::Refused, true) => refusal.failed(),
                (_, _) => refusal.unknown(),
            },
        }
    }
}

/// Without an action there was nothing to cancel.
fn cancelled(answer: &CancelAnswer, attempt_no: &str) -> Outcome<Reversed> {
    if answer.out_trade_no.as_deref().is_some_and(|given| given != attempt_no) {
        return Outcome::unknown("answer about another number");
    }
    match (answer.retry_flag.as_deref(), answer.action.as_deref()) {
        (Some("Y"), _) => Outcome::Succeeded(Reversed::NotYet),
        (_, Some("close" | "refund")) => Outcome::Succeeded(Reversed::Reversed),
        (_, None | Some("")) => Outcome::Succeeded(Reversed::NotFound),
        (_, Some(other)) => Outcome::unknown(format!("new action {}", for_log(other))),
    }
}

/// Refusals after which no money moved: another code or another tender, under another number.
///
/// # Source
/// The `sub_code` enumeration of `alipay.trade.pay` in the official SDK (2025-12).
fn is_definite(sub_code: &str) -> bool {
    let named = matches!(
        sub_code,
        "PAYMENT_AUTH_CODE_INVALID"
            | "BUYER_BALANCE_NOT_ENOUGH"
            | "BUYER_BANKCARD_BALANCE_NOT_ENOUGH"
            | "ERROR_BALANCE_PAYMENT_DISABLE"
            | "BUYER_SELLER_EQUAL"
            | "TRADE_BUYER_NOT_MATCH"
            | "BUYER_ENABLE_STATUS_FORBID"
            | "PULL_MOBILE_CASHIER_FAIL"
            | "MOBILE_PAYMENT_SWITCH_OFF"
            | "USER_FACE_PAYMENT_SWITCH_OFF"
            | "PAYMENT_FAIL"
            | "PAYMENT_REQUEST_HAS_RISK"
            | "NO_PAYMENT_INSTRUMENTS_AVAILABLE"
            | "ERROR_BUYER_CERTIFY_LEVEL_LIMIT"
            | "NOT_CERTIFIED_USER"
            | "BUYER_NOT_EXIST"
            | "NOT_SUPPORT_PAYMENT_INST"
            | "INVALID_PARAMETER"
            | "ACCESS_FORBIDDEN"
            | "PARTNER_ERROR"
            | "TOTAL_FEE_EXCEED"
            | "INVALID_STORE_ID"
            | "SELLER_BEEN_BLOCKED"
            | "SELLER_NOT_EXIST"
            | "EXIST_FORBIDDEN_WORD"
    );
    let over_a_limit = sub_code.ends_with("_LIMIT_ERROR");
    let restricted = sub_code.starts_with("BEYOND_") && sub_code.ends_with("_RESTRICTION");
    named || over_a_limit || restricted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_restrictions_are_definite_and_what_nobody_listed_is_not() {
        for code in ["BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "BEYOND_PER_RECEIPT_DAY_RESTRICTION", "PAYMENT_FAIL"] {
            assert!(is_definite(code), "{code}");
        }
        for code in ["SYSTEM_ERROR", "TRADE_HAS_SUCCESS", "TRADE_HAS_CLOSE", "NEW_IN_2027", ""] {
            assert!(!is_definite(code), "{code}");
        }
    }
}
