//! The wall clock jumps a day ahead, a day back and home again, while guests order and pay. Order is by sequence numbers, so nothing
//! but labels may change; tokens that ran out are fetched anew.

use crate::check;
use crate::people::Habits;
use crate::report::Row;
use crate::tools;
use crate::world::{Config, Plan, World};
use journal::{SqliteJournal, Stream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Shifts of the wall clock, one after the other.
const JUMPS: [&str; 6] = ["+1d", "-1d", "+0", "-3600", "+400d", "+0"];
/// A step between two events that only a jump can be.
const JUMPED_MS: i64 = 50 * 60 * 1000;

/// Moves the server's clock while it runs; monotonic time goes on as it should.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let library = match library().await {
        Ok(library) => library,
        Err(why) => {
            row.skip(why);
            return Ok(());
        }
    };
    let mut world = World::open(config, "clock", Plan::default()).await?;
    let shift = world.dir().join("clock");
    set(&shift, "+0")?;
    let pair = |name: &str, value: &Path| (name.into(), value.as_os_str().to_owned());
    world.recipe.env = vec![
        pair("LD_PRELOAD", &library),
        pair("FAKETIME_TIMESTAMP_FILE", &shift),
        pair("FAKETIME_NO_CACHE", Path::new("1")),
        pair("DONT_FAKE_MONOTONIC", Path::new("1")),
        pair("FAKETIME_DONT_FAKE_MONOTONIC", Path::new("1")),
    ];
    world.terminate().await?;
    world.start().await?;
    let crew = world.crew(4, Habits::default()).await?;
    let each = config.span / u32::try_from(JUMPS.len())?;
    for (n, jump) in JUMPS.into_iter().enumerate() {
        world.more_answers(&crew, 15).await?;
        set(&shift, jump)?;
        tokio::time::sleep(each / 2).await;
        world.more_answers(&crew, 15).await?;
        if n % 2 == 1 {
            // A start with the wrong time.
            world.kill().await?;
            world.start().await?;
        }
        tokio::time::sleep(each / 2).await;
    }
    let folder = world.recipe.folder.clone();
    world.finish(Some(crew), Vec::new(), row).await?;
    row.fault("wall clock jumps seen in the journal", jumps(&folder).await.unwrap_or_default());
    Ok(())
}

/// Written whole or not at all: the server reads it at every look at the clock.
fn set(file: &Path, shift: &str) -> anyhow::Result<()> {
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, format!("{shift}\n"))?;
    Ok(std::fs::rename(fresh, file)?)
}

async fn library() -> Result<PathBuf, String> {
    tools::program("faketime", "faketime").await?;
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("faketime/libfaketime.so.1")).find(|file| file.is_file());
    found
        .or_else(|| Some(PathBuf::from("/usr/lib/faketime/libfaketime.so.1")).filter(|file| file.is_file()))
        .ok_or_else(|| "libfaketime.so.1 is nowhere".to_owned())
}

/// How often the time between two neighbouring events is one that didn't pass.
async fn jumps(folder: &Path) -> anyhow::Result<u64> {
    let journal = SqliteJournal::open(folder)?;
    let events = check::events(&journal, Stream::Floor).await?;
    let far = |pair: &[journal::StoredEvent]| (pair[1].at_ms - pair[0].at_ms).abs() > JUMPED_MS;
    tokio::time::sleep(Duration::ZERO).await;
    Ok(events.windows(2).filter(|pair| far(pair)).count() as u64)
}
