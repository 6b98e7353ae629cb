//! `bench footprint`: memory of the demo restaurant at rest, and the size of the program.

use super::Plan;
use super::children::Process;
use super::report::{Goal, count, goal};
use std::path::Path;
use std::time::Duration;

/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(3);
const MB: f64 = 1e6;

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    // The first start hashes every PIN, and the allocator keeps what that needed.
    let first = at_rest(folder.path()).await?;
    let again = at_rest(folder.path()).await?;
    let size = std::fs::metadata(std::env::current_exe()?)?.len();
    goal("memory of the demo restaurant at rest, simulator included", count(again) / MB, "MB", Goal::AtMost(60.0));
    println!("      just after its very first start: {:.1} MB", count(first) / MB);
    goal("size of the program", count(size) / MB, "MB", Goal::AtMost(40.0));
    println!();
    Ok(())
}

async fn at_rest(folder: &Path) -> anyhow::Result<u64> {
    let mut demo = Process::demo(folder).await?;
    demo.ready("/api/v1/health").await?;
    tokio::time::sleep(REST).await;
    let memory = demo.memory()?;
    demo.kill().await?;
    Ok(memory)
}
