//! An old copy of the journal is put back, as a hasty restore does. The server must not serve it as if nothing had happened.

use crate::children::{PATIENCE, Process};
use crate::people::Habits;
use crate::report::Row;
use crate::world::{Config, HEALTH, Plan, World};
use anyhow::{bail, ensure};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// The journal's files.
const FILES: [&str; 3] = ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"];

/// The anchor follows every few seconds.
const ANCHORED_WITHIN: Duration = Duration::from_secs(15);

/// Takes a copy, lets guests order on, puts the copy back; then the right one again.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let mut world = World::open(config, "stale_restore", Plan::default()).await?;
    let crew = world.crew(3, Habits::default()).await?;
    let (old, new) = (world.dir().join("old"), world.dir().join("new"));
    let mut restored = 0;
    for clean in [true, false] {
        world.more_answers(&crew, 30).await?;
        stop(&mut world, clean).await?;
        let end = copy(&world.recipe.folder, &old).await?;
        world.start().await?;
        world.more_answers(&crew, 30).await?;
        let began = Instant::now();
        while anchored(&world.recipe.folder) <= end {
            ensure!(began.elapsed() < ANCHORED_WITHIN, "the anchor doesn't follow the journal beyond {end}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop(&mut world, clean).await?;
        copy(&world.recipe.folder, &new).await?;
        copy_files(&old, &world.recipe.folder)?;
        restored += 1;
        let known = anchored(&world.recipe.folder);
        match is_refused(&world, end, known).await {
            Ok(()) => row.remark(format!("a journal that ends at {end} is refused: its anchor knows of {known}")),
            Err(why) => row.broken(format!("{why:#}")),
        }
        copy_files(&new, &world.recipe.folder)?;
        world.start().await?;
    }
    row.fault("old copy of the journal put back", restored);
    world.finish(Some(crew), Vec::new(), row).await
}

/// Where the floor ends as far as the anchor knows; 0 without an anchor.
fn anchored(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("anchor.json")).unwrap_or_default();
    let anchor: Value = serde_json::from_str(&text).unwrap_or_default();
    let heads = anchor["streams"].as_array().cloned().unwrap_or_default();
    heads.iter().find(|head| head["stream"] == "floor").and_then(|head| head["seq"].as_u64()).unwrap_or_default()
}

async fn stop(world: &mut World, clean: bool) -> anyhow::Result<()> {
    if clean { world.terminate().await } else { world.kill().await }
}

/// Copies the journal's files and says where its floor ends.
async fn copy(from: &Path, to: &Path) -> anyhow::Result<u64> {
    std::fs::create_dir_all(to)?;
    copy_files(from, to)?;
    // Read from a second copy: opening it changes it.
    let looked_at = tempfile::tempdir()?;
    copy_files(to, looked_at.path())?;
    let journal = journal::SqliteJournal::open(looked_at.path())?;
    Ok(journal::Journal::head(&journal, crate::check::key(journal::Stream::Floor)).await?.seq)
}

fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in FILES {
        let (from, to) = (from.join(file), to.join(file));
        match from.exists() {
            true => drop(std::fs::copy(from, to)?),
            false => drop(std::fs::remove_file(to)),
        }
    }
    Ok(())
}

/// The server ends by itself, not with success, and names both ends of the floor.
async fn is_refused(world: &World, old: u64, known: u64) -> anyhow::Result<()> {
    let told_before = std::fs::read(&world.recipe.log).map_or(0, |log| log.len());
    let mut server = Process::serve(&world.recipe)?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = server.ended()? {
            break status;
        }
        if crate::children::answers(server.address, HEALTH).await {
            server.kill().await?;
            bail!("a journal whose floor ends at {old} was served, though the anchor knows of {known}");
        }
        ensure!(began.elapsed() < PATIENCE, "the server neither serves the old journal nor refuses it");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let log = std::fs::read(&world.recipe.log)?;
    let said = String::from_utf8_lossy(log.get(told_before..).unwrap_or_default()).into_owned();
    ensure!(!status.success(), "it refused the old journal and ended with success: {said}");
    let names_both = [old, known].iter().all(|end| said.contains(&format!("floor {end} ")));
    ensure!(names_both, "it refused the old journal and doesn't name {old} and {known}: {said}");
    Ok(())
}
