//! The disk says that it couldn't write, or takes its time: fsync and fdatasync of the running server fail or wait.

use crate::people::Habits;
use crate::report::Row;
use crate::tools;
use crate::world::{Config, Plan, World};
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const ATTACHED_WITHIN: Duration = Duration::from_secs(5);
/// What a slow disk takes, in microseconds.
const SLOW_US: u32 = 250_000;

/// A tracer on a running process. Dropped, it lets go.
struct Tracer {
    child: Child,
    out: PathBuf,
}

impl Tracer {
    /// Attaches to all threads of a process and does something to its syncs.
    async fn attach(strace: &Path, pid: u32, inject: &str, out: PathBuf) -> anyhow::Result<Tracer> {
        let _ = std::fs::remove_file(&out);
        let mut command = Command::new(strace);
        command.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", &format!("inject=fsync,fdatasync:{inject}")]);
        command.arg("-o").arg(&out).args(["-p", &pid.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut tracer = Tracer { child: command.spawn()?, out };
        let began = Instant::now();
        while !is_traced(pid) {
            ensure!(tracer.child.try_wait()?.is_none() && began.elapsed() < ATTACHED_WITHIN, "strace can't attach");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(tracer)
    }

    /// How many syncs it did something to so far.
    fn injected(&self) -> u64 {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        text.lines().filter(|line| line.contains("(INJECTED)") || line.contains("(DELAYED)")).count() as u64
    }

    /// Lets the process go and ends.
    async fn detach(mut self) -> anyhow::Result<u64> {
        if let Some(pid) = self.child.id() {
            tools::run(&tools::find("kill").context("kill is missing")?, &["-INT", &pid.to_string()]).await?;
        }
        tokio::time::timeout(ATTACHED_WITHIN, self.child.wait()).await.context("strace doesn't let go")??;
        Ok(self.injected())
    }
}

fn is_traced(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|tracer| tracer.trim() != "0"))
}

/// One sync fails, the n-th of a thread; or several in a row, so that the recovery's own fail too.
pub(super) async fn failing(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let strace = match tools::program("strace", "strace").await {
        Ok(strace) => strace,
        Err(why) => {
            row.skip(why);
            return Ok(());
        }
    };
    let mut world = World::open(config, "fsync_eio", Plan::default()).await?;
    let crew = world.crew(4, Habits::default()).await?;
    let (mut failed, mut bursts, mut ended, mut rounds) = (0, 0, 0, 0);
    while rounds < 6 || !world.is_over() {
        rounds += 1;
        world.more_answers(&crew, 10).await?;
        let first = world.dice.between(1, 9);
        let burst = rounds % 3 == 0;
        let last = if burst { first + world.dice.between(1, 4) } else { first };
        let (pid, out) = (world.server()?.pid(), world.dir().join("strace.txt"));
        let inject = if burst { format!("error=EIO:when={first}..{last}") } else { format!("error=EIO:when={first}") };
        let tracer = match Tracer::attach(&strace, pid, &inject, out).await {
            Ok(tracer) => tracer,
            Err(why) if rounds == 1 => {
                row.skip(format!("{why:#}: tracing is not allowed here"));
                return Ok(());
            }
            Err(why) => return Err(why),
        };
        let began = Instant::now();
        while tracer.injected() < 1 + last - first && began.elapsed() < Duration::from_secs(2) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let injected = tracer.detach().await?;
        *(if burst { &mut bursts } else { &mut failed }) += injected;
        if world.server()?.ended()?.is_some() {
            ended += 1;
            world.start().await?;
        }
    }
    row.fault("EIO from one fsync", failed);
    row.fault("EIO from several in a row", bursts);
    row.remark(format!("the server ended by itself {ended} times"));
    world.finish(Some(crew), Vec::new(), row).await
}

/// Every sync takes a quarter of a second for a while.
pub(super) async fn slow(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let strace = match tools::program("strace", "strace").await {
        Ok(strace) => strace,
        Err(why) => {
            row.skip(why);
            return Ok(());
        }
    };
    let mut world = World::open(config, "fsync_slow", Plan::default()).await?;
    let crew = world.crew(6, Habits::default()).await?;
    world.more_answers(&crew, 20).await?;
    let (pid, out) = (world.server()?.pid(), world.dir().join("strace.txt"));
    let tracer = match Tracer::attach(&strace, pid, &format!("delay_enter={SLOW_US}"), out).await {
        Ok(tracer) => tracer,
        Err(why) => {
            row.skip(format!("{why:#}: tracing is not allowed here"));
            return Ok(());
        }
    };
    let before = crew.answers();
    while tracer.injected() < 12 || !world.is_over() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        ensure!(world.server()?.ended()?.is_none(), "a slow disk ended the server");
    }
    row.remark(format!("{} answers while every sync took {} ms", crew.answers() - before, SLOW_US / 1000));
    row.fault("fsync took 250 ms", tracer.detach().await?);
    world.more_answers(&crew, 20).await?;
    world.finish(Some(crew), Vec::new(), row).await
}
