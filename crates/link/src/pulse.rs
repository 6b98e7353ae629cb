//! Whether the other end is there: proved by round trips, not by silence or by one-way traffic.
//!
//! The dialer beats; the acceptor beats back; the next beat says which answer was heard. So each end knows when it sent what the
//! other has certainly received, and the lease runs from then. Times are the monotonic clock's; wall clocks decide nothing.

use crate::frame::{Beat, BeatBack, Frame};
use crate::local::Local;
use crate::outbox::Outbox;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Round trips whose outcome is still open are remembered so far back.
const REMEMBERED: usize = 64;

/// How often an end beats and looks, and how long it believes.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// The dialer beats so often.
    pub beat: Duration,
    /// One round trip proves the other end's presence for so long, and a connection that is silent so long is given up.
    pub lease: Duration,
    /// A relayed command is answered within this, or its outcome is unknown.
    pub answer: Duration,
    /// A stream whose home is here is looked at so often even without news. Where news is sure and streams are many, make it long.
    pub look: Duration,
}

impl Default for Rhythm {
    fn default() -> Rhythm {
        Rhythm {
            beat: Duration::from_secs(1),
            lease: Duration::from_secs(6),
            answer: Duration::from_secs(8),
            look: Duration::from_secs(1),
        }
    }
}

/// One connection's signs of life. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    inner: Arc<Mutex<Inner>>,
    lease: Duration,
}

#[derive(Debug)]
struct Inner {
    /// Anything was heard then.
    heard: Instant,
    /// What was sent then has been received.
    proven: Instant,
    /// Beats (or answers to them) sent and not known to have arrived.
    sent: VecDeque<(u64, Instant)>,
    /// The last number heard from the other end.
    last: u64,
}

impl Pulse {
    /// `proven` is when that frame of the handshake was sent which the other end has answered.
    pub fn new(proven: Instant, lease: Duration) -> Pulse {
        let inner = Inner { heard: Instant::now(), proven, sent: VecDeque::new(), last: 0 };
        Pulse { inner: Arc::new(Mutex::new(inner)), lease }
    }

    /// Whether the other end is there.
    pub fn is_live(&self) -> bool {
        Instant::now() < self.inner.lock().proven + self.lease
    }

    /// Something was received.
    pub fn hear(&self) {
        self.inner.lock().heard = Instant::now();
    }

    /// Waits until nothing was received for a lease's length.
    pub async fn silence(&self) {
        loop {
            let until = self.inner.lock().heard + self.lease;
            if Instant::now() >= until {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn sending(&self, no: u64) {
        let mut inner = self.inner.lock();
        inner.sent.push_back((no, Instant::now()));
        if inner.sent.len() > REMEMBERED {
            inner.sent.pop_front();
        }
    }

    /// The other end received number `no`; says how much of the lease is left.
    fn proved(&self, no: u64) -> Duration {
        let mut inner = self.inner.lock();
        while inner.sent.front().is_some_and(|(sent, _)| *sent <= no) {
            if let Some((sent, at)) = inner.sent.pop_front()
                && sent == no
            {
                inner.proven = inner.proven.max(at);
            }
        }
        (inner.proven + self.lease).saturating_duration_since(Instant::now())
    }

    /// Beats, at the dialer's end, for ever.
    pub async fn beat(&self, local: &Local, out: &Outbox, every: Duration) {
        for no in 1.. {
            let heard = self.inner.lock().last;
            self.sending(no);
            // With so much waiting that this doesn't fit, it would come too late anyway.
            let _ = out.urgent.try_send(Frame::Beat(Beat { no, heard, facts: local.streams.facts() }));
            tokio::time::sleep(every).await;
        }
    }

    /// Answers a beat, at the acceptor's end.
    pub fn beat_back(&self, beat: Beat, local: &Local, out: &Outbox) {
        let left = self.proved(beat.heard);
        show(local, left);
        local.status.facts(beat.facts);
        self.sending(beat.no);
        let lease_ms = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
        let _ = out.urgent.try_send(Frame::BeatBack(BeatBack { no: beat.no, lease_ms }));
    }

    /// Hears the answer to a beat, at the dialer's end.
    pub fn heard_back(&self, back: BeatBack, local: &Local) {
        let left = self.proved(back.no);
        let mut inner = self.inner.lock();
        inner.last = inner.last.max(back.no);
        drop(inner);
        show(local, left);
    }
}

fn show(local: &Local, left: Duration) {
    let left_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
    local.status.lease(local.clock.now_ms().saturating_add(left_ms));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_heard_proves_nothing_about_what_is_sent() {
        let pulse = Pulse::new(Instant::now(), Duration::from_secs(6));
        for second in 0..12_u64 {
            assert_eq!(pulse.is_live(), second < 6, "{second} s after the last round trip");
            tokio::time::sleep(Duration::from_secs(1)).await;
            pulse.hear();
        }
        // The lease runs from when the beat was sent, not from when its answer came.
        pulse.sending(1);
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(pulse.proved(1), Duration::from_secs(2));
        assert!(pulse.is_live());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!pulse.is_live());
        // An answer to what was never sent, or was answered before, proves nothing.
        assert_eq!((pulse.proved(1), pulse.proved(77)), (Duration::ZERO, Duration::ZERO));
    }
}
