//! When orders are due: drawn once from a seed, before anything is sent, so that a slow server changes nothing about it.

use super::super::load::Ids;
use std::time::Duration;

/// Arrivals at random moments, so many a second on average: people do not come in step (a Poisson process).
pub(super) fn arrivals(seed: u64, a_second: u32, length: Duration) -> Vec<Duration> {
    let mut ids = Ids::new(seed);
    let mut at = 0.0;
    let next = std::iter::from_fn(|| {
        at -= unit(&mut ids).ln() / f64::from(a_second);
        (at < length.as_secs_f64()).then(|| Duration::from_secs_f64(at))
    });
    next.collect()
}

/// A number above 0 and up to 1.
fn unit(ids: &mut Ids) -> f64 {
    let draw = u32::try_from(ids.next() & 0xffff_ffff).unwrap_or_default();
    (f64::from(draw) + 1.0) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_follow_from_the_seed_and_keep_the_pace_without_keeping_step() {
        let drawn = arrivals(1, 500, Duration::from_secs(60));
        assert_eq!(drawn, arrivals(1, 500, Duration::from_secs(60)));
        assert!((29_000..31_000).contains(&drawn.len()), "{}", drawn.len());
        assert!(drawn.is_sorted());
        let gaps: Vec<Duration> = drawn.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // One gap in e is longer than the mean.
        let long = gaps.iter().filter(|gap| **gap > Duration::from_millis(2)).count();
        assert!((gaps.len() / 3..gaps.len() * 2 / 5).contains(&long), "{long} of {}", gaps.len());
    }
}
