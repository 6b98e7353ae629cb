//! Money to and from the channels' texts: Alipay and every bill write yuan, WeChat Pay's API writes fen.
//!
//! No float ever touches an amount: `19.90 * 100.0` is 1989.9999… and has cost others a fen.

use domain::Money;

/// Why a yuan text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYuan {
    /// Empty, or a character other than digits and one point.
    #[error("not a decimal number")]
    NotDecimal,
    /// More than two decimals: cutting them would mint or lose money.
    #[error("more than two decimals")]
    TooFine,
    /// Does not fit 64 bits of fen.
    #[error("too large")]
    TooLarge,
}

/// Reads a yuan text such as `38`, `0.1`, `19.90` or `-5.00`, strictly.
///
/// # Units
/// Yuan in, fen out.
///
/// # Rejects
/// Signs other than one leading `-`, spaces, exponents, grouping, a missing digit on either side of
/// the point, and more than two decimals.
pub fn from_yuan(text: &str) -> Result<Money, NotYuan> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, cents) = match digits.split_once('.') {
        Some((whole, cents)) => (whole, Some(cents)),
        None => (digits, None),
    };
    let mut fen = read_digits(whole)?;
    fen = fen.checked_mul(100).ok_or(NotYuan::TooLarge)?;
    if let Some(cents) = cents {
        let scale = match cents.len() {
            0 => return Err(NotYuan::NotDecimal),
            1 => 10,
            2 => 1,
            _ => {
                read_digits(cents).or_else(only_decimal)?;
                return Err(NotYuan::TooFine);
            }
        };
        fen = fen.checked_add(read_digits(cents)? * scale).ok_or(NotYuan::TooLarge)?;
    }
    Ok(Money(if negative { -fen } else { fen }))
}

/// Writes fen as yuan with exactly two decimals.
pub fn to_yuan(amount: Money) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let fen = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

fn read_digits(text: &str) -> Result<i64, NotYuan> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotYuan::NotDecimal);
    }
    text.parse().map_err(|_| NotYuan::TooLarge)
}

/// Many decimals are still decimals: only a foreign character makes the text "not a number".
fn only_decimal(error: NotYuan) -> Result<i64, NotYuan> {
    match error {
        NotYuan::TooLarge | NotYuan::TooFine => Ok(0),
        NotYuan::NotDecimal => Err(error),
    }
}
