//! Too many requests from one address: told to wait, before they cost anything. This machine's own programs are no crowd.

use crate::app::App;
use crate::client_ip::stranger_of;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Requests a second that one address may make for long.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// Requests it may make at once: a phone that was away has some catching up to do, and many phones may share an address.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(400).expect("not zero");

/// Counts requests by address.
#[derive(Debug)]
pub struct Crowd(DefaultKeyedRateLimiter<IpAddr>);

impl Default for Crowd {
    fn default() -> Crowd {
        Crowd(RateLimiter::keyed(Quota::per_second(PER_SECOND).allow_burst(AT_ONCE)))
    }
}

impl Crowd {
    /// Seconds an address has to wait, if it has to.
    pub fn wait_s(&self, from: IpAddr) -> Option<u32> {
        let early = self.0.check_key(&from).err()?;
        let wait = early.wait_time_from(DefaultClock::default().now()).as_secs_f32().ceil();
        Some((wait as u32).max(1))
    }

    /// Forgets addresses that have been quiet, so that strangers can't fill the memory.
    pub fn forget_the_quiet(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

/// Lets a request through, or tells its sender to wait.
pub async fn hold_back(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match stranger_of(&request, &app).and_then(|from| app.crowd.wait_s(from)) {
        None => next.run(request).await,
        Some(wait) => Problem::new("too_many_attempts", "too many requests from this address").retry_after(wait).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_waits_and_others_do_not() {
        let crowd = Crowd::default();
        let (loud, quiet): (IpAddr, IpAddr) = ([203, 0, 113, 9].into(), [203, 0, 113, 10].into());
        let refused = (0..1000).filter(|_| crowd.wait_s(loud).is_some()).count();
        assert!((400..=600).contains(&refused), "{refused}");
        assert_eq!((crowd.wait_s(loud), crowd.wait_s(quiet)), (Some(1), None));
    }
}
