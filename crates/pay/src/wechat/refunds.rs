//! Sending money back, and asking how far it got. Payments by code over v2 included: the numbers are shared.

use domain::Money;

use super::{
    call::{Refusal, read_json},
    client::WechatPay,
    types::{Refund, RefundBody, RefundBodyAmount},
};
use crate::{
    http::REFUND_BUDGET,
    port::{Outcome, RefundAsk, RefundState, RefundStatus, is_attempt_no, is_refund_no},
    text::wechat_description,
};

impl WechatPay {
    pub(super) async fn send_back(&self, ask: &RefundAsk) -> Outcome<RefundState> {
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
            notify_url: &ask.notify_url,
            amount: RefundBodyAmount { refund: ask.amount.0, total: ask.total.0, currency: "CNY" },
        };
        match read_json::<Refund>(self.v3.post("/v3/refund/domestic/refunds", &body, REFUND_BUDGET).await) {
            Ok(Ok(refund)) => same_refund(refund, &ask.refund_no),
            Ok(Err(refusal)) => refund_refused(&refusal),
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn refund_state(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        if !is_attempt_no(attempt_no) || !is_refund_no(refund_no) {
            return Outcome::unknown("not a number of ours");
        }
        let target = format!("/v3/refund/domestic/refunds/{refund_no}");
        match read_json::<Refund>(self.v3.get(&target).await) {
            Ok(Ok(refund)) => same_refund(refund, refund_no),
            Ok(Err(refusal)) if refusal.is_not_found() => Outcome::Succeeded(RefundState {
                attempt_no: attempt_no.to_owned(),
                refund_no: refund_no.to_owned(),
                channel_refund: None,
                amount: Money(0),
                status: RefundStatus::NotFound,
                at_ms: None,
            }),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }
}

/// `NOT_ENOUGH` and `USER_ACCOUNT_ABNORMAL` are refusals too; after the first the same number may be sent again later.
fn refund_refused(refusal: &Refusal) -> Outcome<RefundState> {
    match refusal.status {
        // Too many requests: this one may have been accepted all the same.
        429 => refusal.unknown(),
        400..=499 if !refusal.code.is_empty() => refusal.failed(),
        _ => refusal.unknown(),
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
