//! The certificate in use: read again when its files change, without ending a connection. What can't be used changes nothing.

use super::certificate::{Files, Pair};
use anyhow::Context;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// From how many days on somebody should do something: renewal at a third of ninety days has failed twice by then.
pub(super) const FEW_DAYS: i64 = 14;
/// How often that is said.
const WARN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The certificate in use and where its successor will lie.
#[derive(Debug)]
pub(super) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    shown: Arc<Shown>,
    /// What was tried last, good or bad: nothing is said twice of the same files. `None` where they couldn't be read.
    tried: Option<Vec<u8>>,
    warned: Option<Instant>,
}

#[derive(Debug)]
struct Shown(RwLock<Arc<Pair>>);

impl ResolvesServerCert for Shown {
    /// The house has one name: whoever asks for another is shown the same, and turns away.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().key.clone())
    }
}

impl Certificate {
    pub fn open(chain: &Path, key: &Path) -> anyhow::Result<Certificate> {
        let files = Files::read(chain, key)?;
        let pair = files.pair(now()).with_context(|| format!("{} with {} can't be used", chain.display(), key.display()))?;
        doubt_the_clock(&pair);
        let shown = Arc::new(Shown(RwLock::new(Arc::new(pair))));
        Ok(Certificate { chain: chain.into(), key: key.into(), shown, tried: Some(files.fingerprint()), warned: None })
    }

    pub fn names(&self) -> Vec<String> {
        self.shown.0.read().names.clone()
    }

    pub fn days_left(&self) -> i64 {
        self.shown.0.read().days_left(now())
    }

    pub fn is_for(&self, name: &str) -> bool {
        self.shown.0.read().is_for(name)
    }

    /// How connections are agreed on. HTTP/2 first: over one connection a browser may follow as many feeds as it likes.
    pub fn config(&self) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(self.shown.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Looks at the files every half minute and when told to (SIGHUP), until `stop`.
    pub async fn keep_fresh(mut self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(LOOK_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = match signal(SignalKind::hangup()) {
            Ok(told) => Some(told),
            Err(error) => {
                tracing::warn!(%error, "no way to hear SIGHUP; the certificate is looked at every half minute");
                None
            }
        };
        loop {
            let hear = async {
                match &mut told {
                    Some(told) => told.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = hear => {
                    self.tried = None;
                    self.look();
                }
                _ = beat.tick() => self.look(),
            }
        }
    }

    fn look(&mut self) {
        match Files::read(&self.chain, &self.key) {
            Ok(files) if self.tried.as_ref() == Some(&files.fingerprint()) => {}
            Ok(files) => {
                self.tried = Some(files.fingerprint());
                match files.pair(now()) {
                    Ok(pair) => self.take(pair),
                    Err(error) => {
                        tracing::error!(error = format!("{error:#}"), "the new certificate can't be used; the old one stays")
                    }
                }
            }
            // Files that are being replaced are gone for a moment: the next look sees them.
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the certificate's files can't be read; the old one stays")
            }
        }
        self.measure();
    }

    fn take(&mut self, pair: Pair) {
        doubt_the_clock(&pair);
        tracing::info!(names = pair.names.join(","), days_left = pair.days_left(now()), "a certificate was taken into use");
        *self.shown.0.write() = Arc::new(pair);
        self.warned = None;
    }

    fn measure(&mut self) {
        let days_left = self.days_left();
        // A certificate lives for some thousand days at most.
        metrics::gauge!("dandan_certificate_days_left").set(i32::try_from(days_left).map_or(f64::MAX, f64::from));
        if days_left < FEW_DAYS && self.warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(days_left, file = %self.chain.display(), "the certificate expires soon; without a new one phones refuse this house");
        }
    }
}

fn doubt_the_clock(pair: &Pair) {
    if !pair.is_valid_yet(now()) {
        tracing::warn!("the certificate isn't valid yet, or this machine's clock is wrong");
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
