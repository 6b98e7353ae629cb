//! Alipay's texts: amounts in yuan, times in Beijing, lengths of time with a letter.

use jiff::Timestamp;
use serde_json::Value;

pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// `"38.00"`, `"38"`, `38.5`: at most two decimals.
pub(crate) fn read_yuan(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    format!("{whole}{cents:0<2}").parse().ok()
}

pub(crate) fn time(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let civil = jiff::tz::offset(8).to_datetime(at);
    civil.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(crate) fn read_time(text: &str) -> Option<i64> {
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    let at = jiff::tz::offset(8).to_timestamp(civil).ok()?;
    Some(at.as_millisecond())
}

/// `15m`, `3h`, `2d`, `1c` (till midnight; a day here).
pub(crate) fn read_express(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let n: i64 = digits.parse().ok().filter(|n| (1..=100_000).contains(n))?;
    match unit {
        "m" => Some(n * 60_000),
        "h" => Some(n * 3_600_000),
        "d" | "c" => Some(n * 86_400_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn yuan_texts_are_read_strictly() {
        for (text, fen) in [("38", 3800), ("38.5", 3850), ("0.01", 1), ("19.90", 1990)] {
            assert_eq!(read_yuan(&json!(text)), Some(fen), "{text}");
        }
        for text in ["", ".", ".5", "1.234", "-1", "1e3", "1234567890", " 1"] {
            assert_eq!(read_yuan(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn times_are_beijing_times() {
        let ms = read_time("2026-11-22 12:00:00").unwrap();
        assert_eq!(time(ms), "2026-11-22 12:00:00");
        assert_eq!(ms % 86_400_000, 4 * 3_600_000);
        assert_eq!(read_express("15m"), Some(900_000));
        assert_eq!(read_express(""), None);
        assert_eq!(read_express("天"), None);
    }
}
