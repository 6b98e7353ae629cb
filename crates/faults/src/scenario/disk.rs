//! The disk is full for a while, again and again. Nothing is acknowledged that isn't there, and service goes on once there is room.

use crate::disk::{Ballast, SmallDisk};
use crate::people::{Crew, Habits};
use crate::report::Row;
use crate::tools;
use crate::world::{Config, Plan, World};
use anyhow::Context;
use std::time::{Duration, Instant};

/// The small disk, in MiB: room for the seed and some thousand orders.
const DISK_MIB: u64 = 20;
/// How long the server may find room in files it has already.
const UNTIL_FULL: Duration = Duration::from_secs(12);
const FULL_FOR: Duration = Duration::from_millis(700);
/// What SQLite says of a full disk, and of a file that may not grow.
const WORDS: [&str; 3] = ["disk is full", "disk I/O error", "No space left"];

/// How room is taken away.
enum Room {
    /// A disk of its own, and a file that fills it.
    Disk(SmallDisk, Option<Ballast>),
    /// No file may grow.
    Limit,
}

impl Room {
    async fn take(&mut self, world: &mut World) -> anyhow::Result<()> {
        match self {
            Room::Disk(disk, ballast) => *ballast = Some(Ballast::fill(disk.path())?),
            Room::Limit => {
                let size = |file: &str| std::fs::metadata(world.recipe.folder.join(file)).map_or(0, |file| file.len());
                let largest = size("journal.sqlite").max(size("journal.sqlite-wal"));
                limit(world, &largest.to_string()).await?;
            }
        }
        Ok(())
    }

    async fn give_back(&mut self, world: &mut World) -> anyhow::Result<()> {
        match self {
            Room::Disk(_, ballast) => drop(ballast.take()),
            Room::Limit => limit(world, "unlimited").await?,
        }
        Ok(())
    }
}

/// Changes the soft limit on file sizes of the running server.
async fn limit(world: &mut World, bytes: &str) -> anyhow::Result<()> {
    let prlimit = tools::find("prlimit").context("prlimit is missing")?;
    let pid = world.server()?.pid().to_string();
    tools::run(&prlimit, &["--pid", &pid, &format!("--fsize={bytes}:")]).await.map(drop)
}

/// Fills and frees the disk while guests order.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let below = tempfile::tempdir()?;
    let (mut room, folder) = match SmallDisk::mount(below.path(), DISK_MIB).await {
        Ok(disk) => {
            row.remark(format!("a loop-mounted ext4 of {DISK_MIB} MiB"));
            let folder = disk.path().join("data");
            (Room::Disk(disk, None), Some(folder))
        }
        Err(why) if tools::find("prlimit").is_some() => {
            row.remark(format!("no disk of its own ({why:#}); RLIMIT_FSIZE instead"));
            (Room::Limit, None)
        }
        Err(why) => {
            row.skip(format!("no small disk ({why:#}) and no prlimit"));
            return Ok(());
        }
    };
    let mut world = World::open(config, "disk_full", Plan { folder, ..Plan::default() }).await?;
    if matches!(room, Room::Limit) {
        // The signal that comes with the limit would end the server; a full disk sends none.
        world.recipe.wrap = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"].map(Into::into).to_vec();
        world.terminate().await?;
        world.start().await?;
    }
    let crew = world.crew(4, Habits::default()).await?;
    let (mut filled, mut ended) = (0, 0);
    while filled < 2 || !world.is_over() {
        world.more_answers(&crew, 20).await?;
        room.take(&mut world).await?;
        let hit = is_hit(&world, &crew).await;
        tokio::time::sleep(FULL_FOR).await;
        // It may end and start again with the disk still full, or as soon as there is room.
        let died = world.server()?.ended()?.is_some();
        room.give_back(&mut world).await?;
        if died {
            ended += 1;
            world.start().await?;
        }
        filled += u64::from(hit);
        if !hit && world.is_over() {
            break;
        }
        world.more_answers(&crew, 20).await?;
    }
    row.fault("the disk was full", filled);
    row.remark(format!("the server ended by itself {ended} times"));
    let finished = world.finish(Some(crew), Vec::new(), row).await;
    drop(room);
    finished
}

/// Waits until a write has failed for want of room.
async fn is_hit(world: &World, crew: &Crew) -> bool {
    let read = || std::fs::read_to_string(&world.recipe.log).unwrap_or_default();
    let count = |text: &str| text.lines().filter(|line| WORDS.iter().any(|words| line.contains(words))).count();
    let (before, began, answers) = (count(&read()), Instant::now(), crew.answers());
    while began.elapsed() < UNTIL_FULL {
        if count(&read()) > before {
            return true;
        }
        // With its error in the log or without: nobody is answered any more.
        if began.elapsed() > UNTIL_FULL / 2 && crew.answers() == answers {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
