//! Sending money back, and asking whether it went.

use domain::Money;

use super::{
    client::Alipay,
    gateway::Answered,
    types::{RefundAnswer, RefundBody, RefundQuery, RefundQueryAnswer, Verdict},
};
use crate::{
    http::{QUERY_BUDGET, REFUND_BUDGET},
    money::{from_yuan, to_yuan},
    port::{Outcome, RefundAsk, RefundState, RefundStatus, is_attempt_no, is_refund_no},
    text::{alipay_subject, for_log},
    time::ms_from_beijing_text,
};

impl Alipay {
    pub(super) async fn send_back(&self, ask: &RefundAsk) -> Outcome<RefundState> {
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
        let answer: Answered<RefundAnswer> = self.gateway.call("alipay.trade.refund", &biz, REFUND_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no == ask.attempt_no => Outcome::Succeeded(refund_accepted(answer, ask)),
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::Refused | Verdict::NotFound => refusal.failed(),
                Verdict::Success | Verdict::Paying | Verdict::LookUp | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn refund_state(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        if !is_attempt_no(attempt_no) || !is_refund_no(refund_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = RefundQuery { out_trade_no: attempt_no, out_request_no: refund_no, query_options: ["gmt_refund_pay"] };
        let answer: Answered<RefundQueryAnswer> =
            self.gateway.call("alipay.trade.fastpay.refund.query", &biz, QUERY_BUDGET).await;
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
