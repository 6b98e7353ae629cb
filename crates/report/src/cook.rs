//! How long cooking takes, in fixed buckets: counts can be added over days and stores, which percentiles can't.

use std::collections::BTreeMap;

/// Number of buckets. Up to half an hour they are a minute wide.
pub const BUCKETS: u8 = 38;
/// Where the wider buckets end, in minutes; the last has no end.
const WIDER_MIN: [u64; 7] = [35, 40, 50, 60, 90, 120, 180];

/// The bucket of a time from fired to ready.
///
/// # Units
/// `ms` in milliseconds. A time on the border belongs to the bucket that ends there.
pub fn bucket_of(ms: i64) -> u8 {
    let minutes = u64::try_from(ms).unwrap_or_default().div_ceil(60_000);
    match minutes {
        0 => 0,
        1..=30 => u8::try_from(minutes - 1).unwrap_or(BUCKETS - 1),
        _ => WIDER_MIN.iter().zip(30..).find(|(end, _)| minutes <= **end).map_or(BUCKETS - 1, |(_, bucket)| bucket),
    }
}

/// Where a bucket ends, in seconds; the last has no end.
pub fn up_to_s(bucket: u8) -> Option<u64> {
    match bucket {
        0..=29 => Some((u64::from(bucket) + 1) * 60),
        30.. => WIDER_MIN.get(usize::from(bucket) - 30).map(|minutes| minutes * 60),
    }
}

/// The bucket that so many of a hundred items have reached; nothing where there is no item.
pub fn reached_by(items: &BTreeMap<u8, i64>, of_hundred: u32) -> Option<u8> {
    let all: i64 = items.values().sum();
    let wanted = (all * i64::from(of_hundred) + 99) / 100;
    let mut seen = 0;
    items.iter().find_map(|(bucket, count)| {
        seen += count;
        (all > 0 && seen >= wanted).then_some(*bucket)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_one_bucket_and_lies_in_it() {
        let mut last = 0;
        for ms in (0..4 * 3_600_000).step_by(997) {
            let bucket = bucket_of(ms);
            assert!(bucket >= last && bucket < BUCKETS, "{ms}: {bucket} after {last}");
            let seconds = u64::try_from(ms).unwrap().div_ceil(1000);
            assert!(up_to_s(bucket).is_none_or(|end| seconds <= end), "{ms} ms isn't within {bucket}");
            assert!(bucket == 0 || up_to_s(bucket - 1).is_some_and(|before| seconds > before), "{ms} ms belongs below {bucket}");
            last = bucket;
        }
        assert_eq!((last, up_to_s(BUCKETS - 1), bucket_of(-5)), (BUCKETS - 1, None, 0));
        assert!((0..BUCKETS - 1).all(|bucket| up_to_s(bucket).is_some()));
    }

    #[test]
    fn percentiles_are_the_first_bucket_with_enough() {
        let items = BTreeMap::from([(3, 5), (7, 4), (20, 1)]);
        assert_eq!((reached_by(&items, 50), reached_by(&items, 51), reached_by(&items, 90)), (Some(3), Some(7), Some(7)));
        assert_eq!((reached_by(&items, 91), reached_by(&BTreeMap::new(), 50)), (Some(20), None));
    }
}
