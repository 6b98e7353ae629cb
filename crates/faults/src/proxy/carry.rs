//! One connection on its way through the weather.

use super::{Cut, Door, End, Shared, Way, Weather};
use crate::dice::Dice;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

const CHUNK: usize = 16 * 1024;

/// Why a connection ended for both sides.
enum Ended {
    /// Both sides had said all.
    Quietly,
    /// FIN to both.
    Closed,
    /// RST to both: it was cut, or one side did so.
    Reset,
}

/// Leads a connection on until it ends.
pub(super) async fn carry(mut near: TcpStream, shared: Arc<Shared>, mut dice: Dice) {
    let mut axe = shared.axe.clone();
    axe.mark_unchanged();
    let door = shared.weather.borrow().door;
    match door {
        Door::Open => {}
        Door::Refusing => {
            shared.tally.fault();
            return drop(near.set_zero_linger());
        }
        Door::Silent => {
            shared.tally.fault();
            return swallow(&mut near, &shared).await;
        }
    }
    let upstream = *shared.upstream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Ok(mut far) = TcpStream::connect(upstream).await else { return drop(near.set_zero_linger()) };
    // Small writes stay small: slices are to arrive one by one.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ended = {
        let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
        let toward = Pump::new(Way::Toward, &shared, dice.for_part()).run(near_in, far_out);
        let back = Pump::new(Way::Back, &shared, dice.for_part()).run(far_in, near_out);
        tokio::select! {
            both = async { tokio::try_join!(toward, back) } => both.map_or_else(|ended| ended, |_| Ended::Quietly),
            _ = axe.changed() => { shared.tally.fault(); Ended::Reset }
        }
    };
    match ended {
        Ended::Quietly => {}
        Ended::Closed => {
            let _ = tokio::join!(near.shutdown(), far.shutdown());
        }
        Ended::Reset => {
            let _ = (near.set_zero_linger(), far.set_zero_linger());
        }
    }
}

/// Takes everything and never answers, until the weather changes; then resets.
async fn swallow(near: &mut TcpStream, shared: &Shared) {
    let mut weather = shared.weather.clone();
    let mut bytes = vec![0; CHUNK];
    loop {
        tokio::select! {
            read = near.read(&mut bytes) => if !matches!(read, Ok(n) if n > 0) { break },
            changed = weather.wait_for(|weather| weather.door != Door::Silent) => { drop(changed); break }
        }
    }
    let _ = near.set_zero_linger();
}

/// One direction.
struct Pump<'a> {
    way: Way,
    shared: &'a Shared,
    weather: watch::Receiver<Weather>,
    dice: Dice,
    passed: u64,
    /// The cut this limit was drawn for, and the limit.
    limit: Option<(Cut, u64)>,
}

impl<'a> Pump<'a> {
    fn new(way: Way, shared: &'a Shared, dice: Dice) -> Pump<'a> {
        Pump { way, shared, weather: shared.weather.clone(), dice, passed: 0, limit: None }
    }

    /// Passes on until this direction ends; an error ends both.
    async fn run(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), Ended> {
        let mut bytes = vec![0; CHUNK];
        loop {
            let read = from.read(&mut bytes).await.map_err(|_| Ended::Reset)?;
            if read == 0 {
                let _ = to.shutdown().await;
                return Ok(());
            }
            self.not_while_held().await?;
            let weather = self.weather.borrow().clone();
            let (let_through, cut) = self.before_the_cut(&weather, read);
            self.slow_down(&weather, let_through).await;
            self.write(&weather, &mut to, &bytes[..let_through]).await?;
            match cut {
                None => {}
                Some(End::Reset) => return Err(Ended::Reset),
                Some(End::Close) => return Err(Ended::Closed),
                Some(End::Half) => {
                    let _ = to.shutdown().await;
                    return drain(from).await;
                }
            }
        }
    }

    async fn not_while_held(&mut self) -> Result<(), Ended> {
        let way = self.way;
        if self.weather.borrow().held == Some(way) {
            self.shared.tally.fault();
            self.weather.wait_for(|weather| weather.held != Some(way)).await.map_err(|_| Ended::Reset)?;
        }
        Ok(())
    }

    /// How much of what was read still passes, and how the connection ends after it, if it does.
    fn before_the_cut(&mut self, weather: &Weather, read: usize) -> (usize, Option<End>) {
        let Some(cut) = weather.cut.as_ref().filter(|cut| cut.way == self.way) else { return (read, None) };
        if self.limit.as_ref().is_none_or(|(drawn_for, _)| drawn_for != cut) {
            // Counted from here on: a connection that was there before has the same life ahead of it as a new one.
            let limit = self.passed + self.dice.between(*cut.after.start(), *cut.after.end());
            self.limit = Some((cut.clone(), limit));
        }
        let limit = self.limit.as_ref().map_or(u64::MAX, |(_, limit)| *limit);
        let left = usize::try_from(limit.saturating_sub(self.passed)).unwrap_or(usize::MAX);
        if read < left {
            return (read, None);
        }
        self.shared.tally.fault();
        (left.min(read), Some(cut.end))
    }

    async fn slow_down(&mut self, weather: &Weather, bytes: usize) {
        let jitter = self.dice.up_to_ms(u64::try_from(weather.jitter.as_millis()).unwrap_or_default());
        let mut wait = weather.delay + jitter;
        if let Some(stall) = weather.stall.as_ref().filter(|stall| self.dice.chance(stall.per_mille)) {
            wait += Duration::from_millis(self.dice.between(*stall.ms.start(), *stall.ms.end()));
        }
        if let Some(speed) = weather.bytes_per_s {
            wait += Duration::from_secs_f64(bytes as f64 / f64::from(speed.max(1)));
        }
        if !wait.is_zero() {
            self.shared.tally.fault();
            tokio::time::sleep(wait).await;
        }
    }

    async fn write(&mut self, weather: &Weather, to: &mut WriteHalf<'_>, bytes: &[u8]) -> Result<(), Ended> {
        for piece in bytes.chunks(weather.slice.unwrap_or(CHUNK).max(1)) {
            to.write_all(piece).await.map_err(|_| Ended::Reset)?;
            if weather.slice.is_some() {
                // The reader gets its turn between pieces.
                tokio::task::yield_now().await;
            }
        }
        if weather.slice.is_some() && !bytes.is_empty() {
            self.shared.tally.fault();
        }
        self.passed += bytes.len() as u64;
        self.shared.tally.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Reads on what nobody gets, so that the other side can't tell.
async fn drain(mut from: ReadHalf<'_>) -> Result<(), Ended> {
    let mut bytes = vec![0; CHUNK];
    loop {
        match from.read(&mut bytes).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(Ended::Reset),
        }
    }
}
