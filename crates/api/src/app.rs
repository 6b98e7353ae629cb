//! What every handler shares.

use crate::auth::Signer;
use crate::feeds::Hub;
use crate::staff::lockout::Lockout;
use axum::response::Response;
use domain::floor::Known;
use engine::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use pay::{Alipay, WechatLogin};
use std::net::IpAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workers::Desk;

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
    pub signer: Signer,
    /// Mixed into PINs before they are hashed; not in the journal nor in its backups.
    pub pepper: Vec<u8>,
    /// Wrong PINs so far.
    pub lockout: Lockout,
    /// Live feeds.
    pub hub: Arc<Hub>,
    /// Where a person pays as a diner would; only against the simulator.
    pub demo_wallet: Option<String>,
    /// Figures for Prometheus.
    pub metrics: PrometheusHandle,
    /// Ends every feed when the server stops.
    pub stop: CancellationToken,
    /// Connections that outlive their request.
    pub tasks: TaskTracker,
}

impl App {
    /// The set-up and the menu on sale.
    pub fn known(&self) -> Arc<Known> {
        self.store.known()
    }
}

/// What handlers return.
pub type Answer<T = Response> = Result<T, crate::problem::Problem>;
