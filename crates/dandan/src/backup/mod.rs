//! `dandan backup`: a sealed copy of the journal, made while the house is open.

mod envelope;
mod identity;
mod make;
mod opened;
mod regular;
mod span;

use crate::heads::{moment, now_ms};
use age::x25519::Recipient;
use anyhow::Context;
use clap::Subcommand;
use std::path::PathBuf;

pub use envelope::Manifest;
pub use identity::read as read_identities;
pub use opened::open_checked;
pub use regular::{Regular, RegularArgs};

/// Arguments of `dandan backup`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The restaurant's data folder; a server may be running on it.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
    /// A folder, where the backup gets a name with the time, or a new file.
    #[arg(long, required = true)]
    to: Option<PathBuf>,
    /// Who can open it (age1…); may be given again. This machine can write backups but not read them.
    #[arg(long = "recipient", required = true, value_parser = identity::parse_recipient)]
    recipients: Vec<Recipient>,
    /// Opens the new backup again with this key file and checks all of it; only where the key is at hand.
    #[arg(long)]
    identity: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes the pair of keys: the identity goes to a file, the recipient is printed.
    Keygen {
        /// The new file for the identity, which opens the backups.
        #[arg(long)]
        to: PathBuf,
    },
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || match args.what {
        Some(What::Keygen { ref to }) => keygen(to),
        None => backup(&args),
    })
    .await?
}

fn backup(args: &Args) -> anyhow::Result<()> {
    let to = args.to.as_deref().context("--to is missing")?;
    let made = make::make(&args.data, to, &args.recipients, now_ms())?;
    println!("{} ({} bytes)", made.path.display(), made.bytes);
    describe(&made.manifest);
    if let Some(identity) = &args.identity {
        open_checked(&made.path, &read_identities(identity)?, &std::env::temp_dir())?;
        println!("opened again and found whole");
    }
    Ok(())
}

/// Prints what a backup holds.
pub fn describe(manifest: &Manifest) {
    for head in &manifest.streams {
        println!("  {} {head}", head.store);
    }
    println!("  made {} by {}", moment(manifest.made_at_ms), manifest.made_by);
    println!("  newest entry {}", manifest.newest_ms.map_or_else(|| "none".to_owned(), moment));
}

fn keygen(to: &std::path::Path) -> anyhow::Result<()> {
    let recipient = identity::generate(to, &moment(now_ms()))?;
    println!("{recipient}");
    eprintln!("上面是收件人公钥，写进 --recipient 或 --backup-recipient。");
    eprintln!("{} 是打开备份的钥匙：现在就移到别处（U 盘加一份纸质），不要留在这台机器上。", to.display());
    eprintln!("丢了它，备份就打不开；谁拿到它，谁就能读备份。");
    eprintln!("Above is the recipient, for --recipient or --backup-recipient.");
    eprintln!("{} opens the backups: move it somewhere else now (a stick and a sheet of paper), off this machine.", to.display());
    eprintln!("Without it no backup can be opened; whoever has it can read them all.");
    Ok(())
}
