//! The simulator without sockets: a router to call, and the tester's hand as methods.

use std::{path::PathBuf, sync::Arc};

use axum::Router;

use crate::{
    Fault, Kind, Payer, Plan, RefundEnd, Refused, Row, Settings, SimConfig, Which, alipay, bill, control, identity::Identity,
    notify, sim::Sim, wallet, wechat,
};

/// Bodies larger than this are nobody's order.
const LARGEST_BODY: usize = 256 * 1024;

/// A simulator; clones are the same one. Waits and notices are Tokio tasks, so it is used inside a runtime, and with
/// that runtime's clock paused it runs as fast as it is asked.
#[derive(Clone, Debug)]
pub struct Simulator {
    sim: Arc<Sim>,
    dir: PathBuf,
}

impl Simulator {
    /// Opens the keys (made at the first start, a second of work; later loading is cheap) and the book.
    ///
    /// # Errors
    /// A data folder that is not its own, keys it did not make, or a time scale that is no number above 0.
    pub fn new(config: SimConfig) -> anyhow::Result<Self> {
        let identity = Identity::open(&config.data_dir, config.light_keys)?;
        Ok(Self { sim: Sim::new(&config, identity)?, dir: config.data_dir })
    }

    pub(crate) fn sim(&self) -> &Arc<Sim> {
        &self.sim
    }

    /// The channels and the payer's page, for `tower::ServiceExt::oneshot`. An answer with the header
    /// [`crate::CUT_HEADER`] is no answer: the connection broke.
    pub fn router(&self) -> Router {
        finished(channel_routes(), &self.sim)
    }

    /// The control API, for the same use.
    pub fn control_router(&self) -> Router {
        finished(control::routes(), &self.sim)
    }

    /// What the shop's server is given, for channels reached at `base`; addresses in answers begin with the first
    /// base asked for.
    pub fn merchant_toml(&self, base: &str) -> String {
        let _ = self.sim.base.set(base.to_owned());
        self.sim.identity.merchant_toml(&self.dir, base, base)
    }

    /// Takes up what a former run left: notices nobody acknowledged, passwords not entered.
    pub fn resume(&self) {
        notify::resume(&self.sim);
        let open: Vec<_> = self.sim.ledger.lock().orders().cloned().collect();
        for order in open {
            self.sim.watch(&order);
        }
    }

    /// Stops every wait and notice under way.
    pub fn stop(&self) {
        self.sim.stop.cancel();
    }

    /// Pays in someone's name and sends the notice. `text` is a code, a prepay id, an H5 address or an order number.
    ///
    /// # Errors
    /// What a payer would be told instead of "paid".
    pub fn pay(&self, text: &str) -> Result<Row, Refused> {
        control::confirm(&self.sim, text).map(|order| order.row(self.sim.now_ms()))
    }

    /// Looks at a code without paying; for Alipay's codes this makes the trade.
    pub fn scan(&self, text: &str) -> Option<Row> {
        let order = self.sim.ledger.lock().scan(text)?;
        Some(order.row(self.sim.now_ms()))
    }

    /// The payer of a code payment enters the password now (`true`), or gives up.
    ///
    /// # Errors
    /// Nobody is at the password of that order.
    pub fn password(&self, channel: Which, number: &str, entered: bool) -> Result<Row, Refused> {
        control::password(&self.sim, channel, number, entered).map(|order| order.row(self.sim.now_ms()))
    }

    /// Decides what the payer behind this code will do, before it is read.
    pub fn plan_payer(&self, auth_code: &str, plan: Plan) {
        self.sim.plans.lock().insert(auth_code.to_owned(), plan);
    }

    /// The same, at the usual pace.
    pub fn payer_does(&self, auth_code: &str, does: Payer) {
        self.plan_payer(auth_code, Plan::new(does));
    }

    /// Decides how a refund under way ends, and ends it now.
    ///
    /// # Errors
    /// No such refund, or one that has ended.
    pub fn settle_refund(&self, channel: Which, number: &str, end: RefundEnd) -> Result<Row, Refused> {
        control::settle_refund(&self.sim, channel, number, end).map(|order| order.row(self.sim.now_ms()))
    }

    /// Puts a fault in force; a change of keys happens at once.
    pub fn fault(&self, fault: Fault) {
        if fault.kind == Kind::RotateKey {
            self.sim.rotate_key();
        } else {
            self.sim.faults.lock().add(fault, self.sim.now_ms());
        }
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.sim.faults.lock().clear();
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        self.sim.settings.lock().clone()
    }

    /// Changes them.
    pub fn set(&self, settings: Settings) {
        *self.sim.settings.lock() = settings;
    }

    /// The channels' book: what is true, whatever the merchant was told.
    pub fn rows(&self) -> Vec<Row> {
        let now = self.sim.now_ms();
        self.sim.ledger.lock().orders().map(|order| order.row(now)).collect()
    }

    /// One order of the book.
    pub fn row(&self, channel: Which, number: &str) -> Option<Row> {
        let now = self.sim.now_ms();
        self.sim.ledger.lock().get(channel, number).map(|order| order.row(now))
    }
}

/// The channels and the payer's page.
pub(crate) fn channel_routes() -> Router<Arc<Sim>> {
    Router::new().merge(wechat::routes()).merge(alipay::routes()).merge(bill::routes()).merge(wallet::routes())
}

pub(crate) fn finished(app: Router<Arc<Sim>>, sim: &Arc<Sim>) -> Router {
    app.layer(tower_http::limit::RequestBodyLimitLayer::new(LARGEST_BODY)).with_state(sim.clone())
}
