//! `dandan`: the whole house in one program.

mod anchor;
mod backup;
mod bench;
mod cloud;
mod database;
mod demo;
mod doctor;
mod follow;
mod heads;
mod home;
mod import;
mod keys;
mod openapi;
mod replay;
mod replica;
mod restore;
mod seed;
mod serve;
mod tls;
mod tunnel;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Restaurant ordering and payment that never loses an order without saying so.
#[derive(Debug, Parser)]
#[command(name = "dandan", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a restaurant from its data folder.
    Serve(Box<serve::Args>),
    /// Follows the shop's first box: has every commit, serves nobody.
    Follow(follow::FollowArgs),
    /// Makes the box that followed the shop's home, where the first one is lost.
    Promote(follow::PromoteArgs),
    /// Joins a cloud with the code from `dandan cloud invite`: from the next start phones reach this box from anywhere.
    Join(tunnel::dial::JoinArgs),
    /// Moves where a store is decided: into a box of its own, or into the cloud.
    Home(home::Args),
    /// Serves many restaurants, on any number of nodes over one PostgreSQL.
    Cloud(cloud::Args),
    /// Serves the demo restaurant, with the payment-channel simulator beside it.
    Demo(demo::Args),
    /// Runs the payment-channel simulator alone.
    ChannelSim(channel_sim::Args),
    /// Runs receipt printers that exist only here, and shows what they print.
    PrinterSim(printer_sim::Args),
    /// Reads a file into the restaurant, or writes a template for one.
    Import(import::Args),
    /// Places real orders through the HTTP API and checks every one of them.
    Replay(replay::Args),
    /// Makes a sealed copy of the journal, while the house is open; `backup keygen` makes the keys.
    Backup(backup::Args),
    /// Makes a new data folder from a backup.
    Restore(restore::Args),
    /// Says whether a journal, or a backup, is what was written, and names what isn't.
    Verify(verify::Args),
    /// Plays payments through everything that can go wrong, on a clock that leaps over every wait.
    Drill(drill::Args),
    /// Simulates whole restaurants from seeds, with everything that can go wrong, and judges them by the laws of the house.
    Sim(sim::Args),
    /// Says whether the house is set up to take money, and what to do where it isn't.
    Doctor(doctor::Args),
    /// Measures what the house can carry.
    Bench(bench::Args),
    /// The floor that `bench` measures against.
    #[command(hide = true)]
    BenchFloor(bench::FloorArgs),
    /// Prints the OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The one TLS provider, chosen before anything could choose another.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let filter = tracing_subscriber::EnvFilter::try_from_env("DANDAN_LOG").unwrap_or_else(|_| "warn,dandan=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dandan: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(*args).await,
            Command::Follow(args) => follow::follow(args).await,
            Command::Promote(args) => follow::promote(args).await,
            Command::Join(args) => tunnel::dial::run_join(args).await,
            Command::Home(args) => home::run(args).await,
            Command::Cloud(args) => cloud::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::ChannelSim(args) => channel_sim::run(args).await,
            Command::PrinterSim(args) => printer_sim::run(args).await,
            Command::Import(args) => import::run(args).await,
            Command::Replay(args) => replay::run(args).await,
            Command::Backup(args) => backup::run(args).await,
            Command::Restore(args) => restore::run(args).await,
            Command::Verify(args) => verify::run(args).await,
            // A drill has runtimes of its own, one for each house it plays.
            Command::Drill(args) => tokio::task::spawn_blocking(|| drill::run(args)).await?,
            Command::Sim(args) => tokio::task::spawn_blocking(|| sim::run(args)).await?,
            Command::Doctor(args) => doctor::run(args).await,
            Command::Bench(args) => bench::run(args).await,
            Command::BenchFloor(args) => bench::floor(args).await,
            Command::Openapi => openapi::print(),
        }
    })
}
