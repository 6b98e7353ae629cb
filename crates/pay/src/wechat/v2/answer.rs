//! What API v2's verified fields mean to the port.

use std::collections::BTreeMap;

use domain::Money;

use crate::{
    port::{ChannelState, Outcome, Paid, Reversed},
    text::for_log,
    time::ms_from_digits,
    wechat::{
        code::{CodeFault, code_fault},
        types::pay_error,
    },
};

/// The fields of an answer whose signature and addressee were checked.
#[derive(Debug)]
pub(super) struct Fields(pub BTreeMap<String, String>);

impl Fields {
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the business part worked, beyond the transport.
    pub fn is_done(&self) -> bool {
        self.get("result_code") == "SUCCESS"
    }

    /// `err_code` without underscores.
    pub fn code(&self) -> String {
        self.get("err_code").replace('_', "")
    }

    pub fn unknown<T>(&self) -> Outcome<T> {
        Outcome::unknown(self.words())
    }

    pub fn failed<T>(&self) -> Outcome<T> {
        Outcome::failed(&for_log(self.get("err_code")), self.words())
    }

    fn words(&self) -> String {
        for_log(&format!("{} {} {}", self.get("result_code"), self.get("err_code"), self.get("err_code_des")))
    }

    /// The answer to a payment by code.
    pub fn answer_to_pay(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if self.is_done() {
            return self.paid_as(attempt_no, ChannelState::Paid);
        }
        match code_fault(&self.code(), true) {
            CodeFault::Paying => Outcome::Succeeded(ChannelState::Paying),
            CodeFault::MayHaveMoved => {
                Outcome::Succeeded(ChannelState::PayFailed { code: for_log(self.get("err_code")), money_may_have_moved: true })
            }
            CodeFault::Refused => self.failed(),
            CodeFault::Unknown => self.unknown(),
        }
    }

    /// The answer to a query.
    pub fn answer_to_query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if !self.is_done() {
            return match self.code().as_str() {
                "ORDERNOTEXIST" => Outcome::Succeeded(ChannelState::NotFound),
                _ => self.unknown(),
            };
        }
        if !self.get("out_trade_no").is_empty() && self.get("out_trade_no") != attempt_no {
            return Outcome::unknown("answer about another number");
        }
        match self.get("trade_state") {
            "SUCCESS" => self.paid_as(attempt_no, ChannelState::Paid),
            "REFUND" => self.paid_as(attempt_no, ChannelState::Refunded),
            "NOTPAY" => Outcome::Succeeded(ChannelState::NotPaid),
            "CLOSED" => Outcome::Succeeded(ChannelState::Closed),
            "REVOKED" => Outcome::Succeeded(ChannelState::Reversed),
            "USERPAYING" | "ACCEPT" => Outcome::Succeeded(ChannelState::Paying),
            "PAYERROR" => Outcome::Succeeded(pay_error()),
            other => Outcome::unknown(format!("new trade_state {}", for_log(other))),
        }
    }

    /// The answer to a reverse; `None` where only a query can tell.
    pub fn answer_to_reverse(&self) -> Option<Reversed> {
        match (self.is_done(), self.get("recall"), self.code().as_str()) {
            (_, "Y", _) | (false, _, "USERPAYING") => Some(Reversed::NotYet),
            (true, _, _) => Some(Reversed::Reversed),
            (false, _, "ORDERNOTEXIST") => Some(Reversed::NotFound),
            (false, _, _) => None,
        }
    }

    fn paid_as(&self, attempt_no: &str, state: fn(Paid) -> ChannelState) -> Outcome<ChannelState> {
        match self.paid() {
            Some(paid) if paid.attempt_no == attempt_no => Outcome::Succeeded(state(paid)),
            Some(_) => Outcome::unknown("answer about another number"),
            None => Outcome::unknown("says paid, but without amount, numbers or time"),
        }
    }

    /// The proof, if every part of it is there.
    fn paid(&self) -> Option<Paid> {
        let told = |name: &str| self.0.get(name).filter(|value| !value.is_empty()).cloned();
        Some(Paid {
            channel_txn: told("transaction_id")?,
            amount: Money(told("total_fee")?.parse().ok()?),
            currency: told("fee_type").unwrap_or_else(|| "CNY".to_owned()),
            merchant: told("mch_id")?,
            app: told("appid")?,
            attempt_no: told("out_trade_no")?,
            paid_at_ms: ms_from_digits(&told("time_end")?)?,
            payer: told("openid"),
        })
    }
}
