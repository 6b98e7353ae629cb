//! The simulator alone, for work on it: `cargo run -p sim --example sim -- --seeds 0..100`.

use clap::Parser;

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    args: sim::Args,
}

fn main() -> anyhow::Result<()> {
    sim::run(Cli::parse().args)
}
