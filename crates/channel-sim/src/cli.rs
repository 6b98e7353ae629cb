//! The command line of `dandan channel-sim`.

use std::{net::SocketAddr, path::PathBuf};

use crate::{SimConfig, start};

/// Runs the payment-channel simulator (WeChat Pay and Alipay) on this machine.
///
/// At the till, the last four digits of a payer's code choose what happens: 8801 password, then paid; 8802 password,
/// then given up; 8803 password never entered; 8804 too little money; 8805 code too old; 8806 paid, but the order says
/// "failed"; 8807 bank error, paid later; 8808 system error, but paid; 8809 system error, unpaid; else paid at once.
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
    /// Where to listen with TLS as well, for calls that need the merchant's certificate (WeChat Pay v2 /secapi)
    #[arg(long, default_value = "127.0.0.1:0")]
    pub tls_listen: SocketAddr,
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
        control: args.control,
        tls_listen: Some(args.tls_listen),
        seed: args.seed,
        time_scale: args.time_scale,
        ..SimConfig::new(args.data_dir, args.listen)
    })
    .await?;
    println!("channels  {}", running.base_url());
    if let Some(tls) = running.tls {
        println!("with TLS  https://{tls}");
    }
    println!("wallet    {}/wallet", running.base_url());
    println!("control   http://{}/control/orders", running.control);
    println!("merchant  {}", running.merchant.config.display());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
