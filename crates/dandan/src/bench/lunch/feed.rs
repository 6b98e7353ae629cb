//! A feed as a page follows it: frame by frame, and from its last number on when it was cut off.

use super::super::client::{Call, Client};
use memchr::memmem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;

/// A page waits so long before it connects again.
const AGAIN: Duration = Duration::from_millis(300);

/// Where a page follows.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub server: SocketAddr,
    pub path: String,
    pub token: String,
}

/// What all feeds of the run had to bear.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub bytes: AtomicU64,
    pub frames: AtomicU64,
    /// Feeds that were cut off, and came back.
    pub returns: AtomicU64,
}

impl Feed {
    /// Hands every whole frame to `seen`, for ever.
    pub async fn follow(self, traffic: &Traffic, mut seen: impl FnMut(&[u8], Instant)) -> ! {
        let mut after = None;
        loop {
            // Whatever cut it off: a page says nothing and comes back.
            let _ = self.once(&mut after, traffic, &mut seen).await;
            traffic.returns.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn once(
        &self,
        after: &mut Option<String>,
        traffic: &Traffic,
        seen: &mut impl FnMut(&[u8], Instant),
    ) -> anyhow::Result<()> {
        let join = if self.path.contains('?') { '&' } else { '?' };
        let path = after.as_ref().map_or_else(|| self.path.clone(), |after| format!("{}{join}after={after}", self.path));
        let call = Call { method: "GET", path: &path, token: Some(&self.token), ..Call::default() };
        let mut stream = Client::connect(self.server).await?.follow(call).await?;
        let mut received = Vec::with_capacity(256 * 1024);
        // Bytes in which no frame ends are not searched again.
        let mut searched = 0;
        loop {
            let read = stream.read_buf(&mut received).await?;
            if read == 0 {
                return Ok(());
            }
            traffic.bytes.fetch_add(read as u64, Ordering::Relaxed);
            let (at, mut from) = (Instant::now(), 0);
            while let Some(end) = memmem::find(&received[searched..], b"\n\n") {
                let end = searched + end;
                let frame = &received[from..end];
                seen(frame, at);
                traffic.frames.fetch_add(1, Ordering::Relaxed);
                *after = number_of(frame).or(after.take());
                (from, searched) = (end + 2, end + 2);
            }
            received.drain(..from);
            searched = received.len().saturating_sub(1);
        }
    }
}

/// The frame's number, which a page goes on from.
fn number_of(frame: &[u8]) -> Option<String> {
    let at = memmem::rfind(frame, b"\nid: ")? + 5;
    let digits = frame[at..].iter().take_while(|byte| byte.is_ascii_digit()).copied().collect();
    String::from_utf8(digits).ok().filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frames_number_is_the_one_at_its_end() {
        assert_eq!(number_of(b"data: {\"id: \":7}\nid: 2816").as_deref(), Some("2816"));
        assert_eq!(number_of(b"data: {\"type\":\"heartbeat\"}"), None);
    }
}
