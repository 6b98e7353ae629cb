//! Code pay: what the person behind a payment code does, and what becomes of the order by itself.

use serde::{Deserialize, Serialize};

use crate::order::{Order, State};

/// What a payer does once their code was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// Pays without a password.
    Pays,
    /// Is asked for the password, and pays.
    PasswordThenPays,
    /// Is asked for the password, and gives up.
    PasswordThenLeaves,
    /// Is asked for the password, and never answers.
    PasswordForgotten,
    /// Has too little money.
    NotEnough,
    /// Showed a code that is too old.
    CodeExpired,
    /// Is asked for the password; then "failed", though the money was taken.
    PayErrorButPaid,
    /// Answered by "bank error"; the bank pays later.
    BankErrorThenPays,
    /// Pays at once, but the answer is "system error".
    SystemErrorButPaid,
    /// Does not pay, and the answer is "system error".
    SystemErrorUnpaid,
}

/// What a payer does, and how long the password takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What.
    pub does: Payer,
    /// How long it takes.
    #[serde(default = "Plan::usual_ms")]
    pub after_ms: u64,
}

impl Plan {
    fn usual_ms() -> u64 {
        8000
    }

    /// At the usual pace.
    pub fn new(does: Payer) -> Self {
        Self { does, after_ms: Self::usual_ms() }
    }

    /// The last four digits of a code choose, so that a person at the till can try each:
    ///
    /// | digits | the payer |
    /// |---|---|
    /// | `8801` | is asked for the password and pays |
    /// | `8802` | is asked for the password and gives up |
    /// | `8803` | is asked for the password and never answers |
    /// | `8804` | has too little money |
    /// | `8805` | showed a code that is too old |
    /// | `8806` | pays, but the order says "failed" |
    /// | `8807` | pays a little later; the answer is "bank error" |
    /// | `8808` | pays; the answer is "system error" |
    /// | `8809` | does not pay; the answer is "system error" |
    /// | else | pays at once |
    pub fn of_code(auth_code: &str) -> Self {
        let digits = auth_code.get(auth_code.len().saturating_sub(4)..).unwrap_or("");
        Self::new(match digits {
            "8801" => Payer::PasswordThenPays,
            "8802" => Payer::PasswordThenLeaves,
            "8803" => Payer::PasswordForgotten,
            "8804" => Payer::NotEnough,
            "8805" => Payer::CodeExpired,
            "8806" => Payer::PayErrorButPaid,
            "8807" => Payer::BankErrorThenPays,
            "8808" => Payer::SystemErrorButPaid,
            "8809" => Payer::SystemErrorUnpaid,
            _ => Payer::Pays,
        })
    }
}

/// The code-pay part of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CodePay {
    pub auth_code: String,
    pub does: Payer,
    /// When the password is in, or given up.
    pub acts_ms: Option<i64>,
    /// When the channel undoes it, if it is unpaid until then.
    pub revoke_ms: i64,
}

impl CodePay {
    pub(crate) fn new(auth_code: &str, plan: Plan, now: i64, revoke_ms: i64) -> Self {
        let acts_ms = match plan.does {
            Payer::PasswordThenPays | Payer::PasswordThenLeaves | Payer::PayErrorButPaid | Payer::BankErrorThenPays => {
                Some(now.saturating_add_unsigned(plan.after_ms))
            }
            Payer::Pays
            | Payer::PasswordForgotten
            | Payer::NotEnough
            | Payer::CodeExpired
            | Payer::SystemErrorButPaid
            | Payer::SystemErrorUnpaid => None,
        };
        Self { auth_code: auth_code.to_owned(), does: plan.does, acts_ms, revoke_ms }
    }

    /// Where the order stands at first.
    pub(crate) fn first_state(&self) -> State {
        match self.does {
            Payer::Pays | Payer::SystemErrorButPaid => State::Paid,
            Payer::PasswordThenPays
            | Payer::PasswordThenLeaves
            | Payer::PasswordForgotten
            | Payer::PayErrorButPaid
            | Payer::BankErrorThenPays => State::UserPaying,
            Payer::NotEnough | Payer::CodeExpired | Payer::SystemErrorUnpaid => State::NotPaid,
        }
    }
}

/// When the order next changes by itself.
pub(crate) fn next_change(order: &Order) -> Option<i64> {
    let code_pay = order.code_pay.as_ref()?;
    match order.state {
        State::UserPaying => Some(code_pay.acts_ms.map_or(code_pay.revoke_ms, |at| at.min(code_pay.revoke_ms))),
        State::NotPaid => Some(code_pay.revoke_ms),
        State::PayError | State::Paid | State::Closed | State::Revoked => None,
    }
}

/// Does to the order what has become due; true when something has.
pub(crate) fn advance(order: &mut Order, now: i64) -> bool {
    let mut changed = false;
    while let Some(at) = next_change(order).filter(|at| *at <= now) {
        step(order, at);
        changed = true;
    }
    changed
}

fn step(order: &mut Order, at: i64) {
    let Some(code_pay) = &mut order.code_pay else {
        return;
    };
    let acts = order.state == State::UserPaying && code_pay.acts_ms == Some(at);
    if !acts {
        order.state = State::Revoked;
        order.reversed_ms = Some(at);
        return;
    }
    code_pay.acts_ms = None;
    match code_pay.does {
        Payer::PasswordThenLeaves => order.state = State::NotPaid,
        Payer::PayErrorButPaid => {
            order.state = State::PayError;
            order.paid_ms = Some(at);
        }
        Payer::Pays
        | Payer::PasswordThenPays
        | Payer::PasswordForgotten
        | Payer::NotEnough
        | Payer::CodeExpired
        | Payer::BankErrorThenPays
        | Payer::SystemErrorButPaid
        | Payer::SystemErrorUnpaid => {
            order.state = State::Paid;
            order.paid_ms = Some(at);
        }
    }
}
