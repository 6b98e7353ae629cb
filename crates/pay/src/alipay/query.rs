//! What became of an attempt, and closing one.

use super::{
    client::Alipay,
    gateway::{Answered, Refusal},
    types::{ByNumber, Trade, Verdict},
};
use crate::{
    http::{CLOSE_BUDGET, QUERY_BUDGET},
    money::from_yuan,
    port::{ChannelState, Closed, Outcome, Paid, is_attempt_no},
    text::for_log,
    time::ms_from_beijing_text,
};

/// Nobody was ever given this number.
const NEVER_USED: &str = "DANDAN_PROBE_00000000";

impl Alipay {
    pub(super) async fn query_trade(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = ByNumber { out_trade_no: attempt_no };
        let answer: Answered<Trade> = self.gateway.call("alipay.trade.query", &biz, QUERY_BUDGET).await;
        match answer {
            Ok(Ok(trade)) if trade.out_trade_no == attempt_no => self.state(trade),
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) if refusal.verdict == Verdict::NotFound => Outcome::Succeeded(ChannelState::NotFound),
            Ok(Err(refusal)) => refusal.unknown(),
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn close_trade(&self, attempt_no: &str) -> Outcome<Closed> {
        if !is_attempt_no(attempt_no) {
            return Outcome::unknown("not a number of ours");
        }
        let biz = ByNumber { out_trade_no: attempt_no };
        let answer: Answered<serde_json::Value> = self.gateway.call("alipay.trade.close", &biz, CLOSE_BUDGET).await;
        match answer {
            Ok(Ok(_)) => Outcome::Succeeded(Closed::Closed),
            Ok(Err(refusal)) => match refusal.verdict {
                Verdict::NotFound => Outcome::Succeeded(Closed::NotFound),
                Verdict::LookUp | Verdict::Refused => self.close_by_query(attempt_no, &refusal).await,
                Verdict::Success | Verdict::Paying | Verdict::Unknown => refusal.unknown(),
            },
            Err(why) => Outcome::unknown(why),
        }
    }

    /// A question whose answer is known, and signed.
    pub(super) async fn probe_channel(&self) -> Outcome<()> {
        match self.query_trade(NEVER_USED).await {
            Outcome::Succeeded(ChannelState::NotFound) => Outcome::Succeeded(()),
            Outcome::Succeeded(other) => Outcome::unknown(format!("a number never used is said to be {other:?}")),
            Outcome::DefinitelyFailed { code, .. } => Outcome::unknown(code),
            Outcome::Unknown { why } => Outcome::Unknown { why },
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
            None => Some((self.gateway.clock)()),
        };
        let Some(paid_at_ms) = paid_at_ms else {
            return Outcome::unknown("says paid, but the time is unreadable");
        };
        Outcome::Succeeded(Paid {
            channel_txn: trade.trade_no,
            amount,
            currency: "CNY".to_owned(),
            merchant: self.seller_id.clone(),
            app: self.gateway.app_id.clone(),
            attempt_no: trade.out_trade_no,
            paid_at_ms,
            payer: trade.buyer_open_id.or(trade.buyer_user_id),
        })
    }

    /// Settles a close that the trade's state refused, by asking.
    async fn close_by_query(&self, attempt_no: &str, refusal: &Refusal) -> Outcome<Closed> {
        match self.query_trade(attempt_no).await {
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
