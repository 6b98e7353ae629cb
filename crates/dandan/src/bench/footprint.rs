//! `bench footprint`: memory of the demo restaurant at rest, and the size of the program.

use super::Plan;
use super::children::Process;
use super::report::{Goal, count, goal};
use std::time::Duration;

/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(3);
const MB: f64 = 1e6;

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    let mut demo = Process::demo(folder.path()).await?;
    demo.ready("/api/v1/health").await?;
    tokio::time::sleep(REST).await;
    let memory = demo.memory()?;
    demo.kill().await?;
    let size = std::fs::metadata(std::env::current_exe()?)?.len();
    goal("memory of the demo restaurant at rest, simulator included", count(memory) / MB, "MB", Goal::AtMost(60.0));
    goal("size of the program", count(size) / MB, "MB", Goal::AtMost(40.0));
    println!();
    Ok(())
}
