//! The server has no file descriptors left: a flood of idle connections under a low limit. Afterwards honest clients get through again.

use crate::people::Habits;
use crate::report::Row;
use crate::tools;
use crate::world::{Config, Plan, World};
use anyhow::{Context, ensure};
use std::time::Duration;
use tokio::net::TcpStream;

/// Descriptors left to it beyond those it has.
const LEFT: usize = 40;
const FLOOD: usize = 160;

/// Lowers the limit of the running server, floods it, lets go.
pub(super) async fn run(config: &Config, row: &mut Row) -> anyhow::Result<()> {
    let Some(prlimit) = tools::find("prlimit") else {
        row.skip("prlimit is missing; to install it: apt-get install -y util-linux");
        return Ok(());
    };
    let mut world = World::open(config, "fd_exhaustion", Plan::default()).await?;
    let crew = world.crew(4, Habits::default()).await?;
    let (mut floods, mut newcomers) = (0, Vec::new());
    while floods < 2 || !world.is_over() && newcomers.len() < 20 {
        world.more_answers(&crew, 20).await?;
        let (pid, limit) = (world.server()?.pid().to_string(), world.server()?.descriptors() + LEFT);
        tools::run(&prlimit, &["--pid", &pid, &format!("--nofile={limit}:")]).await?;
        let address = world.server()?.address;
        let mut held = Vec::new();
        for _ in 0..FLOOD {
            if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
                held.push(stream);
            }
        }
        // The phones' own connections break too, so that they stand in line with the flood.
        world.phones.reset_all();
        tokio::time::sleep(Duration::from_millis(900)).await;
        floods += u64::from(world.server()?.descriptors() + 1 >= limit);
        drop(held);
        // The limit stays while somebody new sits down.
        world.more_answers(&crew, 20).await?;
        newcomers.push(world.phone(20 + newcomers.len()).await?);
        newcomers.last_mut().context("a newcomer")?.order().await?;
        tools::run(&prlimit, &["--pid", &pid, "--nofile=1024:"]).await?;
        ensure!(world.server()?.ended()?.is_none(), "the flood ended the server");
    }
    row.fault("no descriptor left", floods);
    world.finish(Some(crew), newcomers, row).await
}
