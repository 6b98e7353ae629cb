//! One scenario's restaurant: a folder, the real server on it, channel and printer beside it, and a proxy on every wire between them.

use crate::check;
use crate::children::{PATIENCE, Process, Recipe, free_address};
use crate::dice::Dice;
use crate::house;
use crate::people::{Crew, Entry, Patience, Phone, Shared, Wallet};
use crate::proxy::Proxy;
use crate::report::Row;
use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::Command;

/// How answers are repeated at the end, of each phone.
const REPEATED: usize = 6;
/// Answered by a server that serves.
pub const HEALTH: &str = "/api/v1/health";

/// What all scenarios are given.
#[derive(Clone, Debug)]
pub struct Config {
    /// The `dandan` program.
    pub program: PathBuf,
    /// The seed of this scenario.
    pub seed: u64,
    /// About how long the trouble lasts.
    pub span: Duration,
    /// Where logs are kept.
    pub logs: PathBuf,
    /// Channel keys, made once: it takes long.
    pub channel_keys: PathBuf,
}

/// What a scenario needs besides the server.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The simulated channels.
    pub channel: bool,
    /// A printer in the kitchen.
    pub printer: bool,
    /// The data folder, if it isn't to be in the scenario's own.
    pub folder: Option<PathBuf>,
    /// How patient people are.
    pub patience: Patience,
}

/// The restaurant.
#[derive(Debug)]
pub struct World {
    /// How its server is started.
    pub recipe: Recipe,
    /// The server, while there is one.
    pub server: Option<Process>,
    /// Between phones and server.
    pub phones: Proxy,
    /// Between screens and server.
    pub screens: Proxy,
    /// Between the channels' notices and server.
    pub notices: Proxy,
    /// Between server and channels.
    pub bank: Proxy,
    /// Between server and printer.
    pub paper: Proxy,
    /// The channels.
    pub channel: Option<Process>,
    /// The printer, and where its slips can be read.
    pub printer: Option<Process>,
    /// People on the phones' proxy.
    pub guests: Arc<Shared>,
    /// People on the screens' proxy.
    pub cooks: Arc<Shared>,
    /// Chance.
    pub dice: Dice,
    /// Times the server took until it served, after each start.
    pub starts: Vec<Duration>,
    dir: TempDir,
    began: Instant,
    span: Duration,
}

impl World {
    /// Seeds a house and starts everything.
    ///
    /// # Errors
    /// Something doesn't start.
    pub async fn open(config: &Config, name: &str, plan: Plan) -> anyhow::Result<World> {
        let dir = tempfile::tempdir()?;
        let mut dice = Dice::new(config.seed);
        let nowhere = "127.0.0.1:1".parse()?;
        let mut wires = Vec::new();
        for _ in 0..5 {
            wires.push(Proxy::start(nowhere, dice.for_part()).await?);
        }
        let [phones, screens, notices, bank, paper]: [Proxy; 5] = wires.try_into().ok().context("five wires")?;
        let log = |what: &str| config.logs.join(format!("{name}-{what}.log"));
        std::fs::create_dir_all(&config.logs)?;
        for what in ["server", "channel", "printer"] {
            let _ = std::fs::remove_file(log(what));
        }
        let folder = plan.folder.clone().unwrap_or_else(|| dir.path().join("data"));
        house::furnish(&folder, plan.printer.then(|| paper.address())).await?;
        let mut recipe = Recipe {
            program: config.program.clone(),
            wrap: Vec::new(),
            env: Vec::new(),
            folder,
            public_url: format!("http://{}", notices.address()),
            payments: None,
            log: log("server"),
        };
        let (mut channel, mut printer) = (None, None);
        if plan.channel {
            let (process, payments) = start_channel(config, dir.path(), &bank, &log("channel")).await?;
            bank.lead_to(process.address);
            (channel, recipe.payments) = (Some(process), Some(payments));
        }
        if plan.printer {
            let (process, at) = start_printer(config, &log("printer")).await?;
            paper.lead_to(at);
            printer = Some(process);
        }
        let guests = Shared::new(phones.address(), plan.patience);
        let cooks = Shared::new(screens.address(), plan.patience);
        let mut world = World {
            recipe,
            server: None,
            phones,
            screens,
            notices,
            bank,
            paper,
            channel,
            printer,
            guests,
            cooks,
            dice,
            starts: Vec::new(),
            dir,
            began: Instant::now(),
            span: config.span,
        };
        world.start().await?;
        world.began = Instant::now();
        Ok(world)
    }

    /// A folder of the scenario's own, gone with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Whether the trouble has lasted long enough.
    pub fn is_over(&self) -> bool {
        self.began.elapsed() >= self.span
    }

    /// Whether so many tenths of the time are over.
    pub fn is_past(&self, tenths: u32) -> bool {
        self.began.elapsed() >= self.span * tenths / 10
    }

    /// Starts the server; the former one must be gone.
    ///
    /// # Errors
    /// It doesn't serve.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let mut server = Process::serve(&self.recipe)?;
        self.starts.push(server.ready(HEALTH).await?);
        self.adopt(server);
        Ok(())
    }

    /// Leads everybody to a server that serves.
    pub fn adopt(&mut self, server: Process) {
        for wire in [&self.phones, &self.screens, &self.notices] {
            wire.lead_to(server.address);
        }
        self.server = Some(server);
    }

    /// The server, which must be there.
    ///
    /// # Errors
    /// It isn't.
    pub fn server(&mut self) -> anyhow::Result<&mut Process> {
        self.server.as_mut().context("there is no server")
    }

    /// SIGKILL; then there is none.
    ///
    /// # Errors
    /// There was none.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.server.take().context("there is no server")?.kill().await
    }

    /// SIGTERM; then there is none.
    ///
    /// # Errors
    /// It doesn't end, or says that it failed.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        let status = self.server.take().context("there is no server")?.terminate().await?;
        anyhow::ensure!(status.success(), "told to stop, the server ended with {status}");
        Ok(())
    }

    /// Seats guests and lets them dine.
    ///
    /// # Errors
    /// A table can't be joined.
    pub async fn crew(&mut self, phones: usize, habits: crate::people::Habits) -> anyhow::Result<Crew> {
        let folder = self.dir.path().to_path_buf();
        Crew::start(&self.guests.clone(), phones, habits, &folder, &mut self.dice).await
    }

    /// Seats one more phone.
    ///
    /// # Errors
    /// The table can't be joined.
    pub async fn phone(&mut self, table: usize) -> anyhow::Result<Phone> {
        let dice = self.dice.for_part();
        Phone::sit_down(&self.guests, table, self.dir.path(), dice).await
    }

    /// A wallet at the simulated channels.
    ///
    /// # Errors
    /// There are none.
    pub fn wallet(&self) -> anyhow::Result<Wallet> {
        Wallet::new(self.channel.as_ref().context("there are no channels")?.address)
    }

    /// Fair weather everywhere.
    pub fn heal(&self) {
        for wire in [&self.phones, &self.screens, &self.notices, &self.bank, &self.paper] {
            wire.heal();
        }
    }

    /// Waits until so many more answers came.
    ///
    /// # Errors
    /// They don't come.
    pub async fn more_answers(&self, crew: &Crew, more: u64) -> anyhow::Result<()> {
        let (goal, began) = (crew.answers() + more, Instant::now());
        // A phone that gave up ends the scenario in `finish`, with its words.
        while crew.answers() < goal && !crew.has_lost_one() {
            anyhow::ensure!(began.elapsed() < PATIENCE, "nobody gets an answer any more");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Ends the scenario: everything is healed, everybody gets their answers, some of them twice, the server goes in one of two ways,
    /// and the journal is held against what was told.
    ///
    /// # Errors
    /// The journal can't be read at all.
    pub async fn finish(&mut self, crew: Option<Crew>, more: Vec<Phone>, row: &mut Row) -> anyhow::Result<()> {
        self.heal();
        let mut phones = more;
        if let Some(crew) = crew {
            let (dined, broken) = crew.finish().await?;
            phones.extend(dined);
            broken.into_iter().for_each(|broken| row.broken(broken));
        }
        for phone in &mut phones {
            match phone.repeat(REPEATED).await {
                Ok(other) => other.into_iter().for_each(|broken| row.broken(broken)),
                Err(error) => row.broken(format!("{error:#}")),
            }
        }
        let entries: Vec<Entry> = phones.iter().flat_map(|phone| phone.notebook.entries.clone()).collect();
        let book: Vec<Value> = match &self.channel {
            Some(_) => self.wallet()?.book().await?,
            None => Vec::new(),
        };
        // Once with a last snapshot, once without.
        if self.dice.chance(500) {
            self.terminate().await?
        } else {
            self.kill().await?
        }
        check::all(&self.recipe, &entries, &book).await?.into_iter().for_each(|broken| row.broken(broken));
        self.figures(&entries, row);
        Ok(())
    }

    fn figures(&self, entries: &[Entry], row: &mut Row) {
        let log = std::fs::read(&self.recipe.log).unwrap_or_default();
        if String::from_utf8_lossy(&log).contains("panicked") {
            row.broken(format!("the server panicked; see {}", self.recipe.log.display()));
        }
        let unanswered = entries.iter().filter(|entry| entry.told.is_none()).count();
        if unanswered > 0 {
            row.broken(format!("{unanswered} wishes were never answered"));
        }
        row.acks = entries.iter().filter(|entry| entry.told.is_some()).count() as u64;
        row.retries = [&self.guests, &self.cooks].iter().map(|shared| shared.retries.load(Ordering::Relaxed)).sum();
        row.outage_ms = u64::try_from(self.guests.pulse.longest().as_millis()).unwrap_or(u64::MAX);
        let slowest = self.starts.iter().max().copied().unwrap_or_default();
        row.remark(format!("{} starts, the slowest {} ms", self.starts.len(), slowest.as_millis()));
        let dropped = self.guests.reloads.load(Ordering::Relaxed);
        if dropped > 0 {
            row.remark(format!("{dropped} phones dropped with a request under way"));
        }
    }
}

/// Starts the channels on keys made before, and writes a payment configuration that leads through the proxy.
async fn start_channel(config: &Config, dir: &Path, bank: &Proxy, log: &Path) -> anyhow::Result<(Process, PathBuf)> {
    let keys = dir.join("channels");
    std::fs::create_dir_all(&keys)?;
    if config.channel_keys.is_dir() {
        for entry in std::fs::read_dir(&config.channel_keys)? {
            let entry = entry?;
            std::fs::copy(entry.path(), keys.join(entry.file_name()))?;
        }
    }
    let address = free_address()?;
    let mut command = Command::new(&config.program);
    command.args(["channel-sim", "--time-scale", "20", "--listen", &address.to_string()]).arg("--data-dir").arg(&keys);
    let mut process = Process::start(command, address, log)?;
    process.ready("/control/orders").await?;
    let began = Instant::now();
    // It answers a moment before it has written down what the merchant needs.
    while !std::fs::read_to_string(log).is_ok_and(|said| said.contains("merchant ")) {
        anyhow::ensure!(began.elapsed() < PATIENCE, "the channels don't say where their merchant's file is");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    if !config.channel_keys.is_dir() {
        std::fs::create_dir_all(&config.channel_keys)?;
        for entry in std::fs::read_dir(&keys)?.collect::<Result<Vec<_>, _>>()? {
            if entry.file_type()?.is_file() && entry.file_name() != "ledger.jsonl" {
                std::fs::copy(entry.path(), config.channel_keys.join(entry.file_name()))?;
            }
        }
    }
    let given = std::fs::read_to_string(keys.join("merchant.toml"))?;
    let payments = keys.join("payments.toml");
    std::fs::write(&payments, given.replace(&format!("http://{address}"), &format!("http://{}", bank.address())))?;
    Ok((process, payments))
}

/// Starts the kitchen's printer; the process listens where its slips can be read.
async fn start_printer(config: &Config, log: &Path) -> anyhow::Result<(Process, std::net::SocketAddr)> {
    let (paper, control) = (free_address()?, free_address()?);
    let mut command = Command::new(&config.program);
    command.args(["printer-sim", "--printer", &format!("{}={}", house::PRINTER, paper.port())]);
    command.args(["--control-port", &control.port().to_string()]);
    let mut process = Process::start(command, control, log)?;
    process.ready("/printers").await?;
    Ok((process, paper))
}
