//! Channel time texts to UTC milliseconds and back, and the clock the clients are given.

use std::sync::Arc;

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// Tells the time in UTC milliseconds. Handed in, so that tests and the simulator own the clock.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| Timestamp::now().as_millisecond())
}

/// Both channels write Beijing time; China has kept one offset and no summer time since 1991.
const BEIJING: Offset = jiff::tz::offset(8);

/// `2026-11-22T12:00:00+08:00`, as WeChat Pay wants `time_expire`.
pub(crate) fn rfc3339_beijing(ms: i64) -> Option<String> {
    let civil = BEIJING.to_datetime(Timestamp::from_millisecond(ms).ok()?);
    Some(civil.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string())
}

/// Reads an RFC 3339 time with any offset.
pub(crate) fn ms_from_rfc3339(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// `2026-11-22 12:00:00`, Alipay's time text, always Beijing time.
pub(crate) fn beijing_text(ms: i64) -> Option<String> {
    let civil = BEIJING.to_datetime(Timestamp::from_millisecond(ms).ok()?);
    Some(civil.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Reads Alipay's time text.
pub(crate) fn ms_from_beijing_text(text: &str) -> Option<i64> {
    let civil: DateTime = text.parse().ok()?;
    BEIJING.to_timestamp(civil).ok().map(Timestamp::as_millisecond)
}

/// Reads `20261122120000`, the time text of WeChat Pay's API v2, Beijing time.
pub(crate) fn ms_from_digits(text: &str) -> Option<i64> {
    let civil = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    BEIJING.to_timestamp(civil).ok().map(Timestamp::as_millisecond)
}

/// The day before this instant's, in Beijing: the latest a channel has a bill of.
pub(crate) fn beijing_yesterday(ms: i64) -> Option<jiff::civil::Date> {
    let today = BEIJING.to_datetime(Timestamp::from_millisecond(ms).ok()?).date();
    today.yesterday().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_instant_reads_the_same_in_both_channels_texts() {
        let ms = ms_from_rfc3339("2026-11-22T12:00:00+08:00").unwrap();
        assert_eq!(ms, ms_from_rfc3339("2026-11-22T04:00:00Z").unwrap());
        assert_eq!(ms, ms_from_beijing_text("2026-11-22 12:00:00").unwrap());
        assert_eq!(ms, ms_from_digits("20261122120000").unwrap());
        assert_eq!(rfc3339_beijing(ms).unwrap(), "2026-11-22T12:00:00+08:00");
        assert_eq!(beijing_text(ms).unwrap(), "2026-11-22 12:00:00");
    }

    #[test]
    fn nonsense_times_are_none() {
        for text in ["", "yesterday", "2026-13-01 00:00:00", "2026-11-22", "99999999-01-01T00:00:00Z"] {
            assert_eq!(ms_from_rfc3339(text), None, "{text}");
        }
        assert_eq!(ms_from_beijing_text("2026-02-30 00:00:00"), None);
        assert_eq!(rfc3339_beijing(i64::MAX), None);
    }
}
