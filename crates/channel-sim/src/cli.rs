//! The command line of `dandan channel-sim`.

use std::{net::SocketAddr, path::PathBuf};

use crate::{SimConfig, start};

/// Runs the payment-channel simulator (WeChat Pay and Alipay) on this machine.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where keys, merchant.toml and the ledger live; made at the first start
    #[arg(long, default_value = "data-demo/channel-sim")]
    pub data_dir: PathBuf,
    /// Where to listen; loopback only
    #[arg(long, default_value = "127.0.0.1:7070")]
    pub listen: SocketAddr,
    /// Where the control API listens, if not on the same address
    #[arg(long)]
    pub control: Option<SocketAddr>,
    /// Decides which calls a fault with a percentage hits
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many times faster than real notices are repeated and refunds arrive
    #[arg(long, default_value_t = 1.0)]
    pub time_scale: f64,
}

/// Runs until Ctrl-C.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let running = start(SimConfig {
        data_dir: args.data_dir,
        listen: args.listen,
        control: args.control,
        seed: args.seed,
        time_scale: args.time_scale,
    })
    .await?;
    println!("channels  {}", running.base_url());
    println!("wallet    {}/wallet", running.base_url());
    println!("control   http://{}/control/orders", running.control);
    println!("merchant  {}", running.merchant.config.display());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
