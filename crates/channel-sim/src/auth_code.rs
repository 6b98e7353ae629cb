//! Payment codes (付款码): the digits a wallet shows at the till, and what the person behind them does.
//!
//! A wallet page or the control API makes codes with a plan (`POST /control/auth-codes`). A code nobody made is
//! good too, once; its person pays, unless its last four digits say otherwise:
//!
//! | digits | what happens |
//! |---|---|
//! | `8801` | asked for the password, types it, pays |
//! | `8802` | asked for the password, goes away |
//! | `8803` | too little money |
//! | `8804` | the code is a minute old |
//! | `8805` | the code is no code |
//! | `8806` | the wallet refuses (risk, limits) |
//! | `8807` | pays, and the channel answers "system error" |
//! | `8808` | does not pay, and the channel answers "system error" |
//! | `8809` | pays, and the channel answers that it does not know (WeChat Pay `BANK_ERROR`, Alipay 20000) |
//! | `8810` | WeChat Pay: the money is taken and the state says PAYERROR; Alipay: as `8809` but unpaid |

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::faults::Which;

/// A wallet shows another code after this long.
const LIFE_MS: i64 = 60 * 1000;
/// A person needs about this long for a password.
const PASSWORD_TAKES: Duration = Duration::from_secs(8);

/// What the person behind a code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payer {
    Pays,
    /// Is asked for the password and pays after `wait_ms`.
    TypesPassword,
    /// Is asked for the password and leaves after `wait_ms`.
    LeavesPassword,
    HasTooLittle,
    ShowsOldCode,
    ShowsNoCode,
    IsRefused,
    /// Pays; the answer is a system error.
    PaysUnheard,
    /// Does not pay; the answer is a system error.
    FailsUnheard,
    /// Pays; the answer is that nobody knows.
    PaysUnknown,
    /// Pays, and WeChat Pay's state says PAYERROR. On Alipay an unknown answer, unpaid.
    PaysAndFails,
}

impl Payer {
    /// By the magic last four digits.
    fn by_digits(code: &str) -> Self {
        match code.get(code.len().saturating_sub(4)..) {
            Some("8801") => Self::TypesPassword,
            Some("8802") => Self::LeavesPassword,
            Some("8803") => Self::HasTooLittle,
            Some("8804") => Self::ShowsOldCode,
            Some("8805") => Self::ShowsNoCode,
            Some("8806") => Self::IsRefused,
            Some("8807") => Self::PaysUnheard,
            Some("8808") => Self::FailsUnheard,
            Some("8809") => Self::PaysUnknown,
            Some("8810") => Self::PaysAndFails,
            Some(_) | None => Self::Pays,
        }
    }
}

/// What happens when a code is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub payer: Payer,
    /// How long the password takes, as planned or in real time.
    pub wait: Wait,
}

/// A wait as it is, or one that runs at the simulator's speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Exactly(Duration),
    Scaled(Duration),
}

impl Plan {
    pub(crate) fn new(payer: Payer, wait_ms: Option<u64>) -> Self {
        Self { payer, wait: wait_ms.map_or(Wait::Scaled(PASSWORD_TAKES), |ms| Wait::Exactly(Duration::from_millis(ms))) }
    }
}

/// Whose code this is; none for digits that no wallet shows.
pub(crate) fn channel_of(code: &str) -> Option<Which> {
    if !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let prefix: u8 = code.get(..2)?.parse().ok()?;
    match (prefix, code.len()) {
        (10..=15, 18) => Some(Which::Wechat),
        (25..=30, 16..=24) => Some(Which::Alipay),
        (_, _) => None,
    }
}

/// Why a code cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotUsable {
    NoCode,
    Old,
    Used,
}

#[derive(Debug)]
struct Shown {
    plan: Plan,
    at_ms: i64,
}

/// The codes shown and the codes used.
#[derive(Debug, Default)]
pub(crate) struct AuthCodes {
    shown: BTreeMap<String, Shown>,
    /// By which order.
    used: BTreeMap<String, String>,
    count: u64,
}

impl AuthCodes {
    /// Shows a new code in a wallet.
    pub(crate) fn show(&mut self, channel: Which, plan: Plan, now: i64) -> String {
        self.count += 1;
        // Digits from the time and a counter: unlike any other, and never one of the magic endings.
        let serial = now.unsigned_abs() % 10_000_000_000;
        let prefix = match channel {
            Which::Wechat => 13,
            Which::Alipay => 28,
        };
        let code = format!("{prefix}{serial:010}{:06}", (self.count * 7919 + 1234) % 1_000_000);
        let code = if Payer::by_digits(&code) == Payer::Pays { code } else { format!("{}7{}", &code[..14], &code[15..]) };
        self.shown.insert(code.clone(), Shown { plan, at_ms: now });
        code
    }

    /// Uses a code for an order; a code works once, and the same order may bring it again.
    pub(crate) fn take(&mut self, channel: Which, code: &str, number: &str, now: i64) -> Result<Plan, NotUsable> {
        if channel_of(code) != Some(channel) {
            return Err(NotUsable::NoCode);
        }
        if self.used.get(code).is_some_and(|by| by != number) {
            return Err(NotUsable::Used);
        }
        let plan = match self.shown.get(code) {
            Some(shown) if now - shown.at_ms > LIFE_MS => return Err(NotUsable::Old),
            Some(shown) => shown.plan,
            None => Plan::new(Payer::by_digits(code), None),
        };
        match plan.payer {
            Payer::ShowsOldCode => return Err(NotUsable::Old),
            Payer::ShowsNoCode => return Err(NotUsable::NoCode),
            _ => {}
        }
        self.used.insert(code.to_owned(), number.to_owned());
        Ok(plan)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_code_belongs_to_the_wallet_its_digits_name() {
        assert_eq!(channel_of("134567890123456789"), Some(Which::Wechat));
        for alipay in ["2512345678901234", "301234567890123456789012"] {
            assert_eq!(channel_of(alipay), Some(Which::Alipay), "{alipay}");
        }
        for none in ["", "13456789012345678", "16345678901234567x", "251234567890123", "3112345678901234", "一"] {
            assert_eq!(channel_of(none), None, "{none}");
        }
    }

    #[test]
    fn a_shown_code_works_once_and_for_a_minute() {
        let mut codes = AuthCodes::default();
        for channel in [Which::Wechat, Which::Alipay] {
            let code = codes.show(channel, Plan::new(Payer::Pays, None), 1_000);
            assert_eq!(channel_of(&code), Some(channel), "{code}");
            assert_eq!(codes.take(channel, &code, "A", 2_000).unwrap().payer, Payer::Pays);
            assert!(codes.take(channel, &code, "A", 2_000).is_ok(), "the same order again");
            assert_eq!(codes.take(channel, &code, "B", 2_000), Err(NotUsable::Used));
            let old = codes.show(channel, Plan::new(Payer::Pays, None), 1_000);
            assert_eq!(codes.take(channel, &old, "C", 62_000), Err(NotUsable::Old));
        }
    }

    #[test]
    fn the_last_digits_of_a_code_nobody_showed_decide() {
        let mut codes = AuthCodes::default();
        let mut payer = |code: &str, number: &str| codes.take(Which::Wechat, code, number, 0).map(|plan| plan.payer);
        assert_eq!(payer("134567890123450000", "A"), Ok(Payer::Pays));
        assert_eq!(payer("134567890123458801", "B"), Ok(Payer::TypesPassword));
        assert_eq!(payer("134567890123458804", "C"), Err(NotUsable::Old));
        assert_eq!(payer("134567890123458805", "D"), Err(NotUsable::NoCode));
        assert_eq!(payer("284567890123458801", "E"), Err(NotUsable::NoCode), "the other channel's");
    }
}
