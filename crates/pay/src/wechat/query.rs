//! What became of an attempt, and closing one.

use super::{
    call::{Refusal, read_json},
    client::WechatPay,
    types::{CloseBody, Transaction},
};
use crate::{
    http::CLOSE_BUDGET,
    port::{ChannelState, Closed, Outcome, is_attempt_no},
};

/// "Code payments can only be reversed", at the end of the request's id.
const MUST_REVERSE: &str = "268449641";
/// Nobody was ever given this number.
const NEVER_USED: &str = "DANDAN_PROBE_00000000";

impl WechatPay {
    /// Asks over API v3 and, where that says nothing and the merchant pays codes over v2, over v2: the numbers are shared.
    pub(super) async fn query_any(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        match (self.query_v3(attempt_no).await, self.code_over_v2()) {
            (Outcome::Unknown { why }, Some(v2)) => match v2.query(attempt_no).await {
                Outcome::Unknown { why: second } => Outcome::unknown(format!("v3: {why}; v2: {second}")),
                settled => settled,
            },
            (answer, _) => answer,
        }
    }

    async fn query_v3(&self, attempt_no: &str) -> Outcome<ChannelState> {
        let target = format!("/v3/pay/transactions/out-trade-no/{attempt_no}?mchid={}", self.v3.mch_id());
        match read_json::<Transaction>(self.v3.get(&target).await) {
            Ok(Ok(transaction)) => match &transaction.out_trade_no {
                Some(other) if other != attempt_no => Outcome::unknown("answer about another number"),
                _ => transaction.state(),
            },
            Ok(Err(refusal)) if refusal.is_not_found() => Outcome::Succeeded(ChannelState::NotFound),
            // Signed, as every 2xx that gets here.
            Ok(Err(refusal)) if refusal.status == 202 && refusal.code == "USERPAYING" => Outcome::Succeeded(ChannelState::Paying),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn close_attempt(&self, attempt_no: &str) -> Outcome<Closed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let target = format!("/v3/pay/transactions/out-trade-no/{attempt_no}/close");
        let body = CloseBody { mchid: self.v3.mch_id() };
        let answer = match self.v3.post(&target, &body, CLOSE_BUDGET).await {
            Ok(answer) if answer.status == 204 => return Outcome::Succeeded(Closed::Closed),
            Ok(answer) => answer,
            Err(why) => return Outcome::unknown(why),
        };
        let refusal = Refusal::read(&answer);
        match refusal.status {
            _ if refusal.is_not_found() => Outcome::Succeeded(Closed::NotFound),
            400..=499 => self.close_by_query(attempt_no, &refusal).await,
            _ => refusal.unknown(),
        }
    }

    /// Settles a close that did not say "closed" by asking; the answer to a close is only a hint.
    async fn close_by_query(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<Closed> {
        match self.query_any(attempt_no).await {
            Outcome::Succeeded(ChannelState::Paid(_) | ChannelState::Refunded(_)) => Outcome::Succeeded(Closed::AlreadyPaid),
            Outcome::Succeeded(ChannelState::Closed | ChannelState::Reversed) => Outcome::Succeeded(Closed::Closed),
            Outcome::Succeeded(
                ChannelState::NotPaid | ChannelState::Paying | ChannelState::NotFound | ChannelState::PayFailed { .. },
            )
            | Outcome::DefinitelyFailed { .. }
            | Outcome::Unknown { .. } => unsettled_close(refusal),
        }
    }

    /// A question whose answer is known. Anything but "no such order" is not the channel's, or not in order.
    pub(super) async fn probe_channel(&self) -> Outcome<()> {
        match self.query_v3(NEVER_USED).await {
            Outcome::Succeeded(ChannelState::NotFound) => Outcome::Succeeded(()),
            Outcome::Succeeded(other) => Outcome::unknown(format!("a number never used is said to be {other:?}")),
            Outcome::DefinitelyFailed { code, .. } => Outcome::unknown(code),
            Outcome::Unknown { why } => Outcome::Unknown { why },
        }
    }
}

fn unsettled_close(refusal: &Refusal) -> Outcome<Closed> {
    if refusal.has_number(MUST_REVERSE) {
        return Outcome::failed("MUST_REVERSE", "paid by code: it can only be reversed");
    }
    refusal.unknown()
}
