//! Our clock against the channel's, by what its answers say about the time.

use super::{Finding, Part, Step, What};
use crate::transport::Answer;

/// Signatures stop being believed here.
const WRONG_S: u64 = 300;
/// A clock this far off is on its way there.
const DRIFT_S: u64 = 60;

/// How far our clock is ahead of the channel's, by the answer's `Date` and by the time it signed. Units: seconds.
pub(crate) fn skew_s(answer: &Answer, now_ms: i64) -> Option<i64> {
    let now_s = now_ms.div_euclid(1000);
    let date = answer.header("Date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok()).map(|at| at.timestamp().as_second());
    let signed = answer.header("Wechatpay-Timestamp").and_then(|text| text.parse().ok());
    let skews = [date, signed].into_iter().flatten().map(|at: i64| now_s.saturating_sub(at));
    skews.max_by_key(|skew| skew.unsigned_abs())
}

/// The worst of what was measured.
pub(crate) fn clock_finding(part: Part, skews: &[i64]) -> Finding {
    let found = |what, detail: String| Finding::new(part, Step::Clock, what, detail);
    let Some(skew) = skews.iter().copied().max_by_key(|skew| skew.unsigned_abs()) else {
        return found(What::MendFirst, String::new());
    };
    let what = match skew.unsigned_abs() {
        off if off >= WRONG_S => What::ClockWrong,
        off if off >= DRIFT_S => What::ClockDrifts,
        _ => What::ClockRight,
    };
    found(what, format!("{skew:+} s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &str) -> Answer {
        Answer { status: 200, headers: vec![(name.to_owned(), value.to_owned())], body: Vec::new() }
    }

    #[test]
    fn the_date_and_the_signed_time_both_count() {
        let now_ms = 1_795_377_600_000;
        assert_eq!(skew_s(&answer("date", "Sun, 22 Nov 2026 20:00:00 GMT"), now_ms), Some(0));
        assert_eq!(skew_s(&answer("Wechatpay-Timestamp", "1795377000"), now_ms), Some(600));
        assert_eq!(skew_s(&answer("Date", "yesterday"), now_ms), None);
    }

    #[test]
    fn a_minute_is_a_warning_and_five_are_wrong() {
        let what = |skews: &[i64]| clock_finding(Part::Wechat, skews).what;
        assert_eq!(what(&[0, 59, -59]), What::ClockRight);
        assert_eq!(what(&[0, -60]), What::ClockDrifts);
        assert_eq!(what(&[2, 300]), What::ClockWrong);
        assert_eq!(what(&[]), What::MendFirst);
    }
}
