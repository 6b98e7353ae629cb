//! `dandan home move`: where a store is decided is moved, by a person, with nothing lost: from the cloud into a box of the shop's own,
//! or from the box into the cloud. From one box to another it is `dandan follow` and `dandan promote`.
//!
//! At no moment can both decide: whoever gives the store up is fenced before the other begins. At worst, where the act is cut short,
//! nobody decides until it is run again.

mod to_box;
pub mod to_cloud;

use clap::{Subcommand, ValueEnum};
use domain::StoreId;
use std::path::PathBuf;

/// Arguments of `dandan home`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Moves a store's home. To a box: run it where the cloud's database and keys.toml are. To the cloud: run it on the box, stopped.
    Move(Move),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// A new box, which gets the data folder made here.
    Box,
    /// The cloud that this box has joined.
    Cloud,
}

#[derive(Debug, clap::Args)]
pub struct Move {
    /// Where to.
    #[arg(long)]
    to: Target,
    /// Which store.
    #[arg(long, env = "DANDAN_STORE")]
    store: StoreId,
    /// To a box: the cloud's folder, with keys.toml. To the cloud: the box's data folder.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
    /// Who wants it; written down.
    #[arg(long)]
    by: String,
    /// Why; written down.
    #[arg(long)]
    reason: String,
    /// To a box: the cloud's database.
    #[arg(long, env = "DANDAN_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// To a box: the certificate of the authority that signed the database's.
    #[arg(long, env = "DANDAN_POSTGRES_CA")]
    postgres_ca: Option<PathBuf>,
    /// To a box: the new data folder for it; there must be no journal in it.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// To a box: the name of the shop's Wi-Fi, told to phones when the shop is cut off.
    #[arg(long, default_value = "")]
    wifi: String,
    /// To a box: where it is reached on the Wi-Fi, `https://…` without a path.
    #[arg(long, default_value = "")]
    lan_url: String,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let What::Move(wish) = args.what;
    anyhow::ensure!(!wish.by.trim().is_empty() && !wish.reason.trim().is_empty(), "say who wants it, and why");
    match wish.to {
        Target::Box => to_box::run(wish).await,
        Target::Cloud => to_cloud::run(wish).await,
    }
}
