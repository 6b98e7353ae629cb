//! A TCP proxy that mistreats what passes: on every wire between phones, screens, server, channel and printer.
//!
//! Its [`Weather`] can be changed at any time and holds for connections that are open already. What the kernel's `netem` would do
//! is done here with plain sockets, so it runs wherever tests run; loss is what TCP makes of it, a stall until the segment is sent again.

mod carry;
mod weather;

pub use weather::{Cut, Door, End, Stall, Way, Weather, kinds};

use crate::dice::Dice;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// What a proxy did so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Connections accepted.
    pub connections: AtomicU64,
    /// Bytes passed on, both ways.
    pub bytes: AtomicU64,
    /// Times something was done to what passed: delays, stalls, cuts, refusals, silences, held or sliced pieces.
    pub faults: AtomicU64,
}

impl Tally {
    fn fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }
}

/// What all connections of a proxy look at.
#[derive(Debug)]
struct Shared {
    weather: watch::Receiver<Weather>,
    axe: watch::Receiver<u64>,
    upstream: Mutex<SocketAddr>,
    tally: Tally,
}

/// A listening proxy. Dropped, it closes and everything on it breaks.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    axe: watch::Sender<u64>,
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Listens on a port of its own, in fair weather.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(upstream: SocketAddr, dice: Dice) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (weather, weather_seen) = watch::channel(Weather::default());
        let (axe, axe_seen) = watch::channel(0);
        let shared = Shared { weather: weather_seen, axe: axe_seen, upstream: Mutex::new(upstream), tally: Tally::default() };
        let shared = Arc::new(shared);
        let task = tokio::spawn(accept(listener, shared.clone(), dice)).abort_handle();
        Ok(Proxy { address, weather, axe, shared, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where new connections lead from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap_or_else(PoisonError::into_inner) = upstream;
    }

    /// Changes the weather, for open connections too.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Fair weather again. What was cut stays cut.
    pub fn heal(&self) {
        self.set(Weather::default());
    }

    /// Resets every open connection now.
    pub fn reset_all(&self) {
        self.axe.send_modify(|strokes| *strokes += 1);
    }

    /// What it did so far.
    pub fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    /// Times something was done to what passed.
    pub fn faults(&self) -> u64 {
        self.tally().faults.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut dice: Dice) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((near, _)) = listener.accept().await else {
            // Out of descriptors, say: others may close some.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        shared.tally.connections.fetch_add(1, Ordering::Relaxed);
        connections.spawn(carry::carry(near, shared.clone(), dice.for_part()));
        while connections.try_join_next().is_some() {}
    }
}
