//! `dandan follow` and `dandan promote`: a second box on the shop's network that has every commit, and takes the shop over when a person
//! says so.

pub mod act;
pub mod fence;
pub mod home;

use crate::keys::HouseKeys;
use crate::replica::{CopyStreams, Menus, node_of, rise_above};
use crate::serve::shutdown_asked;
use crate::tunnel::{dial::KEY, ship::ToNode};
use anyhow::{Context, ensure};
use api::Signer;
use domain::StoreId;
use engine::{RandomIds, SystemClock};
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use link::{Dialer, Lines, Local, Rhythm, Status};
use seal::NodeKey;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// In the data folder of a box that follows another: it isn't served.
const FOLLOWING: &str = "following.toml";
/// What a follower says of itself, marked with the house's key.
const MARK_BYTES: usize = 20;

/// Arguments of `dandan follow`.
#[derive(Debug, clap::Args)]
pub struct FollowArgs {
    /// Where the first box is reached on the shop's network, `http://192.168.1.10:8080`.
    #[arg(long)]
    home: String,
    /// Which restaurant.
    #[arg(long, env = "DANDAN_STORE")]
    store: StoreId,
    /// This box's data folder; put the first box's keys.toml into it.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
}

/// Arguments of `dandan promote`.
#[derive(Debug, clap::Args)]
pub struct PromoteArgs {
    /// This box's data folder.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
    /// Who wants it; written down.
    #[arg(long)]
    by: String,
    /// Why; written down.
    #[arg(long)]
    reason: String,
}

/// Whom a box follows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Following {
    home: String,
    store: StoreId,
}

impl Following {
    fn read(folder: &Path) -> anyhow::Result<Option<Following>> {
        match std::fs::read_to_string(folder.join(FOLLOWING)) {
            Ok(text) => Ok(Some(toml::from_str(&text).with_context(|| format!("{FOLLOWING} has a mistake"))?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{FOLLOWING} can't be read")),
        }
    }
}

/// A box that follows another must not serve as well.
pub fn refuse_to_serve(folder: &Path) -> anyhow::Result<()> {
    if let Some(following) = Following::read(folder)? {
        anyhow::bail!("this box follows {}; if that one is lost, run `dandan promote` first", following.home);
    }
    fence::refuse_to_serve(folder)
}

/// Follows until told to stop.
pub async fn follow(args: FollowArgs) -> anyhow::Result<()> {
    let keys = HouseKeys::read(&args.data).context("put the first box's keys.toml into the data folder")?;
    let path = args.data.join(KEY);
    if !path.exists() {
        NodeKey::make()?.write(&path)?;
    }
    let key = Arc::new(NodeKey::read(&path)?);
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(&args.data)?);
    let following = Following { home: args.home.trim_end_matches('/').to_owned(), store: args.store };
    let known = Following::read(&args.data)?;
    let begun = journal.head(StreamKey::new(StoreKey(args.store.0), Stream::Catalog)).await?.seq > 0;
    ensure!(known.is_some() || !begun, "there is a restaurant in this folder already; a follower begins with an empty one");
    std::fs::write(args.data.join(FOLLOWING), toml::to_string(&following)?)?;
    let signer = Signer::new(&keys.signing()?);
    let public = key.public().to_string();
    let mark = signer.mark(&follower_text(args.store, &public), MARK_BYTES);
    let url = format!("{}/follower/{public}/{mark}", following.home.replacen("http", "ws", 1));
    let status = Status::new();
    let local = Local {
        store: StoreKey(args.store.0),
        journal: journal.clone(),
        streams: CopyStreams::new(),
        needs: Arc::new(Menus),
        clock: Arc::new(SystemClock::new("UTC")?),
        status: status.clone(),
    };
    let connect = Arc::new(ToNode::new(url)?);
    let dialer =
        Dialer::new(node_of(&key.public()), key, local, Lines::default(), connect, Arc::new(RandomIds), Rhythm::default());
    tracing::info!(home = following.home, store = %args.store, "following");
    let mut seen = status.watch();
    let told = async {
        let mut before = None;
        while seen.changed().await.is_ok() {
            let now = seen.borrow_and_update().clone();
            if before != Some((now.connected, now.trouble)) {
                before = Some((now.connected, now.trouble));
                let heads: Vec<u64> = now.streams.values().map(|progress| progress.here).collect();
                tracing::info!(
                    connected = now.connected,
                    ?heads,
                    trouble = now.trouble.map(|trouble| trouble.to_string()),
                    "the first box"
                );
            }
        }
    };
    let stop = shutdown_asked()?;
    tokio::select! {
        () = dialer.run(stop) => {}
        () = told => {}
    }
    Ok(())
}

/// Makes a follower the shop's home. The former home is told as soon as it can be reached, and stops for good.
pub async fn promote(args: PromoteArgs) -> anyhow::Result<()> {
    ensure!(!args.by.trim().is_empty() && !args.reason.trim().is_empty(), "say who wants it, and why");
    let following = Following::read(&args.data)?.context("this box follows nobody; there is nothing to take over")?;
    let journal = SqliteJournal::open(&args.data).context("stop `dandan follow` first")?;
    act::write_down(&args.data, "promote", &args.by, &args.reason, &following.home)?;
    let mut epochs = Vec::new();
    let mut events = 0;
    for stream in Stream::ALL {
        let key = StreamKey::new(StoreKey(following.store.0), stream);
        let head = journal.head(key).await?;
        events += head.seq;
        epochs.push(rise_above(&journal, key, head.epoch).await?);
    }
    fence::owe(&args.data, &following.home, following.store, &epochs)?;
    std::fs::remove_file(args.data.join(FOLLOWING))?;
    println!(
        "this box is the shop's home now, with {events} events. Start it: dandan serve --data {} --store {}",
        args.data.display(),
        following.store
    );
    println!(
        "Give it the first box's address or name, so that screens and phones find it. What the first box had not sent is not here."
    );
    Ok(())
}

fn follower_text(store: StoreId, public: &str) -> String {
    format!("follower {public} of {store}")
}
