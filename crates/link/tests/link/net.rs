//! The network between the nodes: every message meets its fate.

use async_trait::async_trait;
use link::wire::{WireOut, pair};
use link::{Acceptor, Connect, Frame, Wire, WireError, decode};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What happens to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    Lose,
    Twice,
    /// It arrives after the next one.
    Late,
    /// The connection breaks instead.
    Cut,
    /// It arrives as something else.
    Become(Vec<u8>),
}

/// Decides by direction (true: dialer to acceptor), the number of the message since the world began, and what it says.
pub type Fates = dyn Fn(bool, u64, &Frame) -> Fate + Send + Sync;

/// The network.
pub struct Net {
    acceptor: Mutex<Acceptor>,
    fates: Mutex<Arc<Fates>>,
    sent: AtomicU64,
    down: AtomicBool,
    pub connections: AtomicU64,
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

impl Net {
    pub fn new(acceptor: Acceptor) -> Arc<Net> {
        Arc::new(Net {
            acceptor: Mutex::new(acceptor),
            fates: Mutex::new(Arc::new(|_, _, _| Fate::Pass)),
            sent: AtomicU64::new(0),
            down: AtomicBool::new(false),
            connections: AtomicU64::new(0),
        })
    }

    pub fn fates(&self, fates: impl Fn(bool, u64, &Frame) -> Fate + Send + Sync + 'static) {
        *self.fates.lock().unwrap() = Arc::new(fates);
    }

    /// Breaks every connection at its next message and allows no new ones, or allows them again.
    pub fn down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn fate(&self, up: bool, message: &[u8]) -> Fate {
        if self.down.load(Ordering::SeqCst) {
            return Fate::Cut;
        }
        let n = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        let fates = self.fates.lock().unwrap().clone();
        fates(up, n, &decode(message).unwrap())
    }
}

/// A node's way into the network.
#[derive(Clone, Debug)]
pub struct Cable(pub Arc<Net>);

#[async_trait]
impl Connect for Cable {
    async fn connect(&self) -> Result<Wire, WireError> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(WireError::Failed("no network".to_owned()));
        }
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        let (dialer, acceptor) = pair(64);
        let serving = self.0.acceptor.lock().unwrap().clone();
        let (net, there) = (self.0.clone(), self.0.clone());
        let acceptor = Wire { out: Box::new(Middle::new(net, false, acceptor.out)), inc: acceptor.inc };
        tokio::spawn(async move { serving.serve(acceptor, std::future::pending()).await });
        Ok(Wire { out: Box::new(Middle::new(there, true, dialer.out)), inc: dialer.inc })
    }
}

struct Middle {
    net: Arc<Net>,
    up: bool,
    out: Option<Box<dyn WireOut>>,
    late: Option<Vec<u8>>,
}

impl Middle {
    fn new(net: Arc<Net>, up: bool, out: Box<dyn WireOut>) -> Middle {
        Middle { net, up, out: Some(out), late: None }
    }
}

#[async_trait]
impl WireOut for Middle {
    async fn send(&mut self, message: Vec<u8>) -> Result<(), WireError> {
        let Some(out) = &mut self.out else { return Err(WireError::Closed) };
        let mut arriving = match self.net.fate(self.up, &message) {
            Fate::Pass => vec![message],
            Fate::Lose => vec![],
            Fate::Twice => vec![message.clone(), message],
            Fate::Become(other) => vec![other],
            Fate::Late if self.late.is_none() => {
                self.late = Some(message);
                return Ok(());
            }
            Fate::Late => vec![message],
            Fate::Cut => {
                self.out = None;
                return Err(WireError::Failed("cut".to_owned()));
            }
        };
        arriving.extend(self.late.take());
        for message in arriving {
            out.send(message).await?;
        }
        Ok(())
    }
}
