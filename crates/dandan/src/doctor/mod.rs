//! `dandan doctor`: says whether the house is set up to take money, and what to do where it isn't.

mod network;
mod print;
mod steps;
mod words;

use crate::serve::{ADDRESS_FILE, read_payments};
use anyhow::bail;
use domain::StoreId;
use pay::PaymentConfig;
use pay::diagnose::{self, Finding, Mark, Part, Step, What};
use std::path::{Path, PathBuf};

/// Where a data folder may hold the payment configuration: our own name, the demo's, the simulator's own folder.
const CONFIG_PLACES: [&str; 3] = ["payments.toml", "channels/merchant.toml", "merchant.toml"];

/// Arguments of `dandan doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Topic,
}

#[derive(Debug, clap::Subcommand)]
enum Topic {
    /// Proves the payment setup against the configured channels, without moving money. Ends with 1 if anything is wrong.
    Pay(PayArgs),
    /// Says whether phones in the house's network find this machine by the name on its certificate.
    Network(network::NetworkArgs),
}

/// Arguments of `dandan doctor pay`.
#[derive(Debug, clap::Args)]
struct PayArgs {
    /// The restaurant's data folder, with payments.toml in it.
    #[arg(long, env = "DANDAN_DATA", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// The payment configuration itself (TOML).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Where the channels report: the whole address, or the public one (`https://…` without a path) and --store.
    #[arg(long)]
    notify_url: Option<String>,
    /// Which restaurant: 32 hexadecimal characters. Part of the addresses where channels report.
    #[arg(long, env = "DANDAN_STORE")]
    store: Option<StoreId>,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.what {
        Topic::Pay(args) => pay(args).await,
        Topic::Network(args) => network::run(args).await,
    }
}

async fn pay(args: PayArgs) -> anyhow::Result<()> {
    let findings = findings(&args).await;
    print::print(&findings, args.json)?;
    match findings.iter().filter(|finding| finding.mark() == Mark::Wrong).count() {
        0 => Ok(()),
        wrong => bail!("{wrong} of {} steps are wrong", findings.len()),
    }
}

async fn findings(args: &PayArgs) -> Vec<Finding> {
    let setup = |what, detail: String| Finding::new(Part::Setup, Step::Config, what, detail);
    let place = match config_place(args) {
        Ok(place) => place,
        Err(why) => return vec![setup(What::ConfigUnreadable, why)],
    };
    let config = match read_payments(&place) {
        Ok(config) => config,
        Err(error) => return vec![setup(What::ConfigUnreadable, print::one_line(&error))],
    };
    let mut findings = vec![setup(What::ConfigRead, place.display().to_string())];
    findings.extend(diagnose::examine(&config, &pay::system_clock()).await);
    findings.extend(notices(args, &config).await);
    findings
}

fn config_place(args: &PayArgs) -> Result<PathBuf, String> {
    if let Some(config) = &args.config {
        return Ok(config.clone());
    }
    let folder = args.data.as_deref().unwrap_or(Path::new("data"));
    let places = CONFIG_PLACES.map(|name| folder.join(name));
    places.into_iter().find(|place| place.exists()).ok_or_else(|| format!("{}/payments.toml", folder.display()))
}

async fn notices(args: &PayArgs, config: &PaymentConfig) -> Vec<Finding> {
    let addresses = match given_address(args) {
        Some(given) => addresses(&given, args.store, config),
        None => return vec![Finding::new(Part::Notices, Step::NotifyAddress, What::NoNotifyUrl, "")],
    };
    let mut findings = Vec::new();
    for address in addresses {
        findings.extend(diagnose::notify(&address, config.simulator).await);
    }
    findings
}

/// The address that was given, or the one that the running server left in its data folder.
fn given_address(args: &PayArgs) -> Option<String> {
    let noted = || std::fs::read_to_string(args.data.as_ref()?.join(ADDRESS_FILE)).ok();
    args.notify_url.clone().or_else(noted).map(|text| text.trim().to_owned())
}

/// A public address stands for one address per channel.
fn addresses(given: &str, store: Option<StoreId>, config: &PaymentConfig) -> Vec<String> {
    let Some(store) = store.filter(|_| !given.contains("/channels/")) else {
        return vec![given.to_owned()];
    };
    let channels = [("wechat", config.wechat.is_some()), ("alipay", config.alipay.is_some())];
    let base = given.trim_end_matches('/');
    channels.into_iter().filter(|(_, on)| *on).map(|(name, _)| format!("{base}/channels/{name}/{store}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_stands_for_one_address_per_channel() {
        let mut config = PaymentConfig::default();
        assert!(addresses("https://a.cn/", Some(StoreId(1)), &config).is_empty());
        let alipay = "app_id = '1'\nseller_id = '2'\napp_key_pem = 'a'\nalipay_public_key_pem = 'b'";
        config.alipay = toml::from_str(alipay).unwrap();
        let store = StoreId(1);
        assert_eq!(addresses("https://a.cn/", Some(store), &config), [format!("https://a.cn/channels/alipay/{store}")]);
        let whole = "https://a.cn/channels/wechat/00";
        assert_eq!(addresses(whole, Some(store), &config), [whole]);
        assert_eq!(addresses("https://a.cn", None, &config), ["https://a.cn"]);
    }
}
