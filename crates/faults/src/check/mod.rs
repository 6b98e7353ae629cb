//! What must be true after every fault, read from the journal of a stopped server and held against what people were told.
//!
//! Each part returns what is broken, in words; nothing is broken when all are empty. The journal is read through its own port and
//! folded by the published rules, event by event from the first, so that neither the server's snapshots nor its memory is believed.

mod money;
mod people;
mod replay;
mod truth;

pub use money::money;
pub use people::people;
pub use replay::replay;
pub use truth::{Truth, events, key};

use crate::children::Recipe;
use crate::house::STORE;
use crate::people::Entry;
use anyhow::Context;
use journal::{Journal, SqliteJournal, Stream};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Command;

/// Everything at once, for a folder nobody serves: the chain, what people were told, replay, money, and the program's own `verify`.
///
/// # Errors
/// Something can't be read at all, which is as bad as broken.
pub async fn all(recipe: &Recipe, entries: &[Entry], book: &[Value]) -> anyhow::Result<Vec<String>> {
    let mut broken = verified(recipe).await?;
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(&recipe.folder).context("the journal can't be opened")?);
    let gone = Arc::downgrade(&journal);
    let truth = Truth::read(&*journal).await?;
    broken.extend(truth.broken.iter().cloned());
    broken.extend(people(&*journal, &truth, entries).await?);
    broken.extend(money(&truth, book));
    broken.extend(replay(journal).await?);
    closed(&gone).await?;
    Ok(broken)
}

/// Waits until the last task has let the journal go, so that the folder can be served again.
async fn closed(journal: &std::sync::Weak<dyn Journal>) -> anyhow::Result<()> {
    for _ in 0..1_000 {
        if journal.strong_count() == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    anyhow::bail!("the checked journal is still open")
}

/// `dandan verify`, as an operator runs it.
async fn verified(recipe: &Recipe) -> anyhow::Result<Vec<String>> {
    let mut command = Command::new(&recipe.program);
    command.arg("verify").arg("--data").arg(&recipe.folder).args(["--store", &STORE.to_string()]).kill_on_drop(true);
    let out = command.output().await.context("`dandan verify` can't be started")?;
    let said = String::from_utf8_lossy(&out.stdout);
    if out.status.success() && Stream::ALL.iter().all(|stream| said.contains(stream.name())) {
        return Ok(Vec::new());
    }
    Ok(vec![format!("`dandan verify` says {}: {said}{}", out.status, String::from_utf8_lossy(&out.stderr))])
}
