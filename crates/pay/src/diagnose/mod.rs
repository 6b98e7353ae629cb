//! Proves a merchant's setup step by step, against the channels it names, without moving money.
//!
//! Every check ends in one [`Finding`] of a known kind, so that whoever shows it finds the words for it. A finding's
//! detail names files, serials and codes, never a secret.

mod clock;
pub(crate) mod files;
mod finding;
mod notify;
mod reach;

pub(crate) use clock::skew_s;
pub use finding::{Finding, Mark, Part, Step, What};
pub use notify::notify;
pub(crate) use {clock::clock_finding, reach::reach};

use crate::{
    alipay,
    config::{ConfigError, PaymentConfig, base_url, same_world},
    time::Clock,
    wechat,
};

/// A number that nobody was ever given, so the channel's answer is known beforehand.
pub(crate) const NEVER_USED: &str = "DANDAN_DOCTOR_0000000";

/// What is wrong, and the detail.
pub(crate) type Flaw = (What, String);

/// Examines everything that is configured. The order is the order in which things are put right.
pub async fn examine(config: &PaymentConfig, clock: &Clock) -> Vec<Finding> {
    let mut findings = vec![world(config)];
    if let Some(wechat) = &config.wechat {
        findings.extend(wechat::diagnose::examine(wechat, config.simulator, clock).await);
    }
    if let Some(alipay) = &config.alipay {
        findings.extend(alipay::diagnose::examine(alipay, config.simulator, clock).await);
    }
    findings
}

/// Whether everything belongs to the simulator, or nothing does.
fn world(config: &PaymentConfig) -> Finding {
    let found = |what, detail: String| Finding::new(Part::Setup, Step::World, what, detail);
    if config.wechat.is_none() && config.alipay.is_none() {
        return found(What::NoChannel, String::new());
    }
    match (one_world(config), config.simulator) {
        (Err(error), _) => found(What::Mixed, error.to_string()),
        (Ok(()), true) => found(What::SimulatorWorld, String::new()),
        (Ok(()), false) => found(What::RealWorld, String::new()),
    }
}

fn one_world(config: &PaymentConfig) -> Result<(), ConfigError> {
    let simulator = config.simulator;
    if let Some(wechat) = &config.wechat {
        same_world("wechat.mch_id", &wechat.mch_id, simulator)?;
        same_world("wechat.app_id", &wechat.app_id, simulator)?;
        base_url("wechat.base_url", &wechat.base_url, simulator)?;
        base_url("wechat.api_base", &wechat.api_base, simulator)?;
    }
    if let Some(alipay) = &config.alipay {
        same_world("alipay.app_id", &alipay.app_id, simulator)?;
        same_world("alipay.seller_id", &alipay.seller_id, simulator)?;
        base_url("alipay.gateway", &alipay.gateway, simulator)?;
    }
    Ok(())
}

/// An error and what it came from, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
