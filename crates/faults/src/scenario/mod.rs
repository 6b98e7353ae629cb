//! Every kind of trouble, one after another. Each opens a house of its own, and each can fail.

mod channel;
mod clock;
mod descriptors;
mod disk;
mod freeze;
mod fsync;
mod kills;
mod printer;
mod stale;
mod wires;

use crate::report::Row;
use crate::world::Config;
use std::time::Instant;

/// The kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Scenario {
    Kill9,
    KillStart,
    Sigstop,
    DiskFull,
    FsyncEio,
    FsyncSlow,
    Clock,
    FdExhaustion,
    StaleRestore,
    ProxyPhone,
    ProxyScreen,
    ProxyChannel,
    ProxyPrinter,
}

impl Scenario {
    /// All, in the order they are run.
    pub const ALL: [Scenario; 13] = [
        Scenario::Kill9,
        Scenario::KillStart,
        Scenario::Sigstop,
        Scenario::DiskFull,
        Scenario::FsyncEio,
        Scenario::FsyncSlow,
        Scenario::Clock,
        Scenario::FdExhaustion,
        Scenario::StaleRestore,
        Scenario::ProxyPhone,
        Scenario::ProxyScreen,
        Scenario::ProxyChannel,
        Scenario::ProxyPrinter,
    ];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Kill9 => "kill9",
            Scenario::KillStart => "kill_start",
            Scenario::Sigstop => "sigstop",
            Scenario::DiskFull => "disk_full",
            Scenario::FsyncEio => "fsync_eio",
            Scenario::FsyncSlow => "fsync_slow",
            Scenario::Clock => "clock",
            Scenario::FdExhaustion => "fd_exhaustion",
            Scenario::StaleRestore => "stale_restore",
            Scenario::ProxyPhone => "proxy_phone",
            Scenario::ProxyScreen => "proxy_screen",
            Scenario::ProxyChannel => "proxy_channel",
            Scenario::ProxyPrinter => "proxy_printer",
        }
    }

    /// Runs it; whatever goes wrong is in the row.
    pub async fn run(self, config: &Config) -> Row {
        let mut row = Row { scenario: self.name().to_owned(), seed: config.seed, ..Row::default() };
        let began = Instant::now();
        if let Err(error) = self.play(config, &mut row).await {
            row.broken(format!("{error:#}"));
        }
        row.conclude(began.elapsed());
        row
    }

    async fn play(self, config: &Config, row: &mut Row) -> anyhow::Result<()> {
        match self {
            Scenario::Kill9 => kills::under_load(config, row).await,
            Scenario::KillStart => kills::while_starting(config, row).await,
            Scenario::Sigstop => freeze::run(config, row).await,
            Scenario::DiskFull => disk::run(config, row).await,
            Scenario::FsyncEio => fsync::failing(config, row).await,
            Scenario::FsyncSlow => fsync::slow(config, row).await,
            Scenario::Clock => clock::run(config, row).await,
            Scenario::FdExhaustion => descriptors::run(config, row).await,
            Scenario::StaleRestore => stale::run(config, row).await,
            Scenario::ProxyPhone => wires::phones(config, row).await,
            Scenario::ProxyScreen => wires::screens(config, row).await,
            Scenario::ProxyChannel => channel::run(config, row).await,
            Scenario::ProxyPrinter => printer::run(config, row).await,
        }
    }
}
