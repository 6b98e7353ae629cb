//! The former home must stop, even if it was only cut off and goes on trading: the new one tells it, again and again, until it has heard.

use super::MARK_BYTES;
use anyhow::Context;
use api::Signer;
use domain::StoreId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// In the data folder of a home that was replaced: it isn't served any more.
const FENCED: &str = "fenced.txt";
/// In the data folder of a home that is handed over: what the new one is told, until it has answered.
pub const MOVING: &str = "moving.txt";
/// In the data folder of the new home, until the former one has heard.
const OWED: &str = "fence-owed.toml";
/// How often the former home is told.
const EVERY: Duration = Duration::from_secs(2);

/// Whom the new home still has to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owed {
    home: String,
    store: StoreId,
    epochs: String,
}

/// What the new home marks with the house's key.
pub fn text(store: StoreId, epochs: &str) -> String {
    format!("{store} is decided elsewhere under {epochs}")
}

/// The epochs of the three streams, as they stand in an address.
pub fn read_epochs(text: &str) -> Option<[u64; 3]> {
    let epochs: Option<Vec<u64>> = text.split('-').map(|part| part.parse().ok()).collect();
    epochs?.try_into().ok()
}

/// Notes that the former home must be told.
pub fn owe(folder: &Path, home: &str, store: StoreId, epochs: &[u64]) -> anyhow::Result<()> {
    let epochs = epochs.iter().map(u64::to_string).collect::<Vec<_>>().join("-");
    let text = toml::to_string(&Owed { home: home.to_owned(), store, epochs })?;
    std::fs::write(folder.join(OWED), text).context("it can't be noted whom to tell")
}

/// Notes that this home's time is over.
pub fn stop_for_good(folder: &Path, epochs: &str) -> anyhow::Result<()> {
    let words = format!(
        "Another box has taken this shop over, under epochs {epochs}. This one's journal may have orders the other has not seen: look at it with `dandan verify` and its slips.\n"
    );
    shut(folder, &words)
}

/// From now on this folder isn't served; why, in words.
pub fn shut(folder: &Path, words: &str) -> anyhow::Result<()> {
    super::act::keep_private(&folder.join(FENCED), words)
}

/// A home that was replaced or moved isn't served.
pub fn refuse_to_serve(folder: &Path) -> anyhow::Result<()> {
    if folder.join(MOVING).exists() {
        anyhow::bail!("this shop is moving into the cloud; run `dandan home move --to cloud` again to finish it ({MOVING})");
    }
    match std::fs::read_to_string(folder.join(FENCED)) {
        Ok(why) => anyhow::bail!("{} ({FENCED})", why.trim()),
        Err(_) => Ok(()),
    }
}

/// Tells the former home until it has heard, if there is one to tell.
pub async fn tell(folder: PathBuf, signer: std::sync::Arc<Signer>, stop: CancellationToken) {
    let Ok(text_of) = std::fs::read_to_string(folder.join(OWED)) else { return };
    let Ok(owed) = toml::from_str::<Owed>(&text_of) else {
        return tracing::error!("{OWED} has a mistake; the former home isn't told");
    };
    let mark = signer.mark(&text(owed.store, &owed.epochs), MARK_BYTES);
    let url = format!("{}/fence/{}/{mark}", owed.home, owed.epochs);
    let Ok(http) = reqwest::Client::builder().no_proxy().timeout(EVERY).build() else { return };
    let mut beat = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match http.post(&url).send().await.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => {
                tracing::warn!(home = owed.home, "the former home has heard and stops");
                let _ = std::fs::remove_file(folder.join(OWED));
                return;
            }
            Ok(status) => tracing::error!(home = owed.home, %status, "the former home refuses to stop; look at it"),
            // Gone, most likely for good.
            Err(_) => {}
        }
    }
}
