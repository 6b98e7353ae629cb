//! What every handler shares.

use crate::auth::Signer;
use crate::crowd::Crowd;
use crate::feeds::Hub;
use crate::staff::lockout::Lockout;
use axum::response::Response;
use domain::floor::Known;
use domain::{AttemptId, DeviceId};
use engine::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use pay::{Alipay, WechatLogin};
use seal::PublicKey;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workers::{Desk, PrintDesk};

/// How often it is looked whether the streams still are this server's.
const LOOK_WHETHER_LOST: Duration = Duration::from_secs(1);

/// What makes a cloud's word count in a restaurant that can't reach it.
#[derive(Clone, Debug)]
pub struct CloudTrust {
    /// Signs receipts, and what head office wants.
    pub key: PublicKey,
    /// Where phones reach it, without a slash at the end; none where the cloud itself decides for the restaurant.
    pub url: Option<String>,
    /// Mixed into the PINs of head office's people before they are hashed: head office hashes them, and doesn't know the house's own.
    pub staff_pepper: StaffPepper,
}

/// A secret that isn't shown.
#[derive(Clone)]
pub struct StaffPepper(pub Vec<u8>);

impl std::fmt::Debug for StaffPepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StaffPepper(…)")
    }
}

/// The server's shared state.
#[derive(Debug)]
pub struct App {
    /// The restaurant.
    pub store: Store,
    /// Its cashier's desk.
    pub desk: Arc<Desk>,
    /// Tells a phone's WeChat id, where WeChat is in service.
    pub wechat_login: Option<WechatLogin>,
    /// Tells a phone's Alipay id, where Alipay is in service.
    pub alipay_login: Option<Arc<Alipay>>,
    /// Where the house is reached from outside, without a slash at the end.
    pub public_url: String,
    /// The proxy in front of the server, if there is one: only its word about who is behind it counts.
    pub trusted_proxy: Option<IpAddr>,
    /// Signs tokens and table codes.
    pub signer: Arc<Signer>,
    /// Mixed into PINs before they are hashed; not in the journal nor in its backups.
    pub pepper: Vec<u8>,
    /// Requests by address.
    pub crowd: Crowd,
    /// Wrong PINs so far.
    pub lockout: Lockout,
    /// Brings slips to paper.
    pub printers: Arc<PrintDesk>,
    /// Live feeds.
    pub hub: Arc<Hub>,
    /// Where a person pays as a diner would; only against the simulator.
    pub demo_wallet: Option<String>,
    /// Figures for Prometheus.
    pub metrics: PrometheusHandle,
    /// The cloud whose word counts here, whether it can be reached or not; none where the restaurant belongs to none.
    pub cloud: Option<CloudTrust>,
    /// Ends every feed when the server stops.
    pub stop: CancellationToken,
    /// Connections that outlive their request.
    pub tasks: TaskTracker,
}

impl App {
    /// Stops a server that lost its restaurant to another: it would go on showing pages what was, and take no order. Whether it did.
    pub async fn end_when_lost(&self) -> bool {
        let mut beat = tokio::time::interval(LOOK_WHETHER_LOST);
        while self.stop.run_until_cancelled(beat.tick()).await.is_some() {
            if self.store.is_stopped() {
                self.stop.cancel();
                return true;
            }
        }
        false
    }

    /// The set-up and the menu on sale.
    pub fn known(&self) -> Arc<Known> {
        self.store.known()
    }

    /// Where the cloud shows the receipt of a payment while the restaurant is cut off.
    pub fn receipt_url(&self, attempt: AttemptId) -> Option<String> {
        let cloud = self.cloud.as_ref()?.url.as_ref()?;
        Some(format!("{cloud}/s/{}/receipt/{attempt}", self.store.id()))
    }

    /// Where a code leads that a guest scans.
    pub fn scan_url(&self, code: &str) -> String {
        format!("{}/t/{code}", self.public_url)
    }

    /// What a paired device is called; its id where it isn't paired any more.
    pub fn device_name(&self, device: DeviceId) -> String {
        let name = self.store.catalog(|catalog| catalog.devices.get(&device).map(|device| device.name.clone()));
        name.unwrap_or_else(|| format!("{device}").chars().take(8).collect())
    }
}

/// What handlers return.
pub type Answer<T = Response> = Result<T, crate::problem::Problem>;
