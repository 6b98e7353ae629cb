//! A store's own time: which day it is there, and which half hour.

use domain::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The time zones a store was set up with, each from when on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zones {
    since: Vec<(Timestamp, String)>,
}

impl Zones {
    /// Notes that the store was in this zone from then on. In the order of the store's catalog.
    pub fn learn(&mut self, at: Timestamp, zone: &str) {
        if self.since.last().is_none_or(|(_, last)| last != zone) {
            self.since.push((at, zone.to_owned()));
        }
    }

    /// The zone at a time: the latest set up by then, or the first there ever was. Without any, UTC.
    pub fn at(&self, at: Timestamp) -> &str {
        let by_then = self.since.iter().rev().find(|(since, _)| *since <= at);
        by_then.or(self.since.first()).map_or("UTC", |(_, zone)| zone)
    }

    /// Whether any is known.
    pub fn is_empty(&self) -> bool {
        self.since.is_empty()
    }
}

/// The zone of this name; UTC for a name nobody knows, which the store's own server would not have started with.
pub fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC)
}

/// The day there, as `2026-11-23`.
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(instant(at)).date().to_string()
}

/// The half hour of the day there, 0 to 47. When clocks go back an hour has its two half hours twice, and they count together.
pub fn slot(at: Timestamp, zone: &TimeZone) -> u8 {
    let local = zone.to_datetime(instant(at));
    let slot = i16::from(local.hour()) * 2 + i16::from(local.minute() >= 30);
    u8::try_from(slot).unwrap_or_default()
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_has_the_zone_it_was_set_up_with_by_then() {
        let mut zones = Zones::default();
        assert_eq!((zones.at(Timestamp(5)), zones.is_empty()), ("UTC", true));
        zones.learn(Timestamp(10), "Asia/Shanghai");
        zones.learn(Timestamp(15), "Asia/Shanghai");
        zones.learn(Timestamp(20), "Asia/Urumqi");
        let at = |ms| zones.at(Timestamp(ms));
        assert_eq!((at(5), at(10), at(19), at(20)), ("Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai", "Asia/Urumqi"));
    }

    #[test]
    fn days_and_half_hours_are_the_stores_own() {
        // 2026-11-22 16:00 UTC.
        let at = Timestamp(1_795_363_200_000);
        let shanghai = zone("Asia/Shanghai");
        assert_eq!((date(at, &shanghai).as_str(), slot(at, &shanghai)), ("2026-11-23", 0));
        assert_eq!((date(at, &zone("UTC")).as_str(), slot(at, &zone("UTC"))), ("2026-11-22", 32));
        assert_eq!(slot(Timestamp(at.0 + 30 * 60_000), &zone("Asia/Kolkata")), 44);
        assert_eq!(zone("Nowhere/Atlantis"), TimeZone::UTC);
    }
}
