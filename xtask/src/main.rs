//! Every chore of the house: `cargo xtask demo`, `test`, `tidy`, `schemas`.

mod bench_chain;
mod board;
mod demo;
mod deny;
mod faults;
mod fuzz;
mod net;
mod npm;
mod plan;
mod proof;
mod schemas;
mod sh;
mod sim;
mod test;
mod tidy;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, runs and checks Dandan")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Builds everything and serves a demo restaurant with a payment simulator.
    Demo(demo::Options),
    /// Runs every check; ends with `N passed, N failed`.
    Test(test::Options),
    /// What CI runs: the same as `test`.
    Ci,
    /// Throws odd bytes at everything that reads what comes from outside (needs a nightly compiler).
    Fuzz(fuzz::Options),
    /// Runs the real server under real faults: kills, freezes, full and failing disks, clock jumps, bad wires.
    Faults(faults::Options),
    /// Puts shops and their cloud on networks of their own, and cuts, thins and mends the wires (needs root).
    Net(net::Options),
    /// Measures in release what many stores over one PostgreSQL carry, on a database of its own.
    BenchChain(bench_chain::Options),
    /// Simulates restaurants by the million; the seeds are others than in `test`.
    Soak(sim::Options),
    /// Writes docs/proof.md from what the last runs of sim, faults, fuzz and bench left in target/proof.
    Proof,
    /// Checks who may depend on whom and the rules no compiler knows.
    Tidy,
    /// Writes docs/openapi.json and the TypeScript client anew from the server's types.
    Schemas,
}

fn main() -> ExitCode {
    let done = match Args::parse().chore {
        Chore::Demo(options) => demo::run(&options).map(|()| ExitCode::SUCCESS),
        Chore::Test(options) => test::run(&options),
        Chore::Ci => test::run(&test::Options::default()),
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Faults(options) => faults::run(&options),
        Chore::Net(options) => net::run(&options),
        Chore::BenchChain(options) => bench_chain::run(&options),
        Chore::Soak(options) => sim::soak(&options),
        Chore::Proof => proof::write().map(|()| ExitCode::SUCCESS),
        Chore::Tidy => tidy::run().map(|()| ExitCode::SUCCESS),
        Chore::Schemas => schemas::write().map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
