//! Processes under test, and what the kernel says about them.

use super::client::{Call, Client};
use super::floor_server::Weight;
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The kernel counts CPU time for programs in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// How long a process may take to answer its first request.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process of this program that serves HTTP. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pid: u32,
    pub address: SocketAddr,
}

impl Process {
    /// `dandan serve` on a data folder, as an operator starts it.
    pub fn serve(folder: &Path, store: domain::StoreId, payments: Option<&Path>) -> anyhow::Result<Process> {
        Process::serve_with(folder, store, payments, &[])
    }

    /// The same with more arguments.
    pub fn serve_with(folder: &Path, store: domain::StoreId, payments: Option<&Path>, more: &[&str]) -> anyhow::Result<Process> {
        let address = free_address()?;
        let mut command = command()?;
        command.arg("serve").arg("--data").arg(folder).arg("--store").arg(store.to_string());
        command.arg("--listen").arg(address.to_string()).arg("--public-url").arg(format!("http://{address}"));
        if let Some(payments) = payments {
            command.arg("--payments").arg(payments);
        }
        command.args(more);
        Process::start(command, address)
    }

    /// The floor on a data folder.
    pub fn floor(folder: &Path, weight: Weight) -> anyhow::Result<Process> {
        let address = free_address()?;
        let mut command = command()?;
        command.arg("bench-floor").arg("--data").arg(folder).arg("--listen").arg(address.to_string());
        command.arg("--event-bytes").arg(weight.event_bytes.to_string());
        command.arg("--answer-bytes").arg(weight.answer_bytes.to_string());
        Process::start(command, address)
    }

    /// `dandan demo` on a data folder; ready when this returns.
    pub async fn demo(folder: &Path) -> anyhow::Result<Process> {
        let mut command = command()?;
        command.arg("demo").arg("--data").arg(folder).args(["--port", "0", "--sim-port", "0", "--print-json"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the demo has no output")?;
        let line = BufReader::new(output).lines().next_line().await?.context("the demo said nothing")?;
        let leaflet: serde_json::Value = serde_json::from_str(&line)?;
        let url = leaflet["url"].as_str().context("the demo named no address")?;
        let address = url.trim_start_matches("http://").parse()?;
        let pid = child.id().context("the process has ended")?;
        Ok(Process { child, pid, address })
    }

    /// This program, told by `arrange` what to do and where to listen.
    pub fn arranged(arrange: impl FnOnce(&mut Command, SocketAddr)) -> anyhow::Result<Process> {
        let address = free_address()?;
        let mut command = command()?;
        arrange(&mut command, address);
        Process::start(command, address)
    }

    fn start(mut command: Command, address: SocketAddr) -> anyhow::Result<Process> {
        let child = command.stdout(Stdio::null()).spawn()?;
        let pid = child.id().context("the process has ended")?;
        Ok(Process { child, pid, address })
    }

    /// Waits until it answers `path` with success.
    pub async fn ready(&mut self, path: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        let request = Call { method: "GET", path, ..Call::default() }.bytes();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("the process ended: {status}");
            }
            if let Ok(mut client) = Client::connect(self.address).await
                && client.send(&request).await.is_ok_and(|reply| reply.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("{} was not answered in time", path)
    }

    /// CPU time used so far, in user and kernel mode, by all its threads.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(self.pid)
    }

    /// Memory in use, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// Transactions made durable so far, as the server itself counts them.
    pub async fn commits(&self) -> anyhow::Result<u64> {
        let mut client = Client::connect(self.address).await?;
        let reply = client.send(&Call { method: "GET", path: "/metrics", ..Call::default() }.bytes()).await?;
        let text = String::from_utf8_lossy(reply.body);
        let line = text.lines().find_map(|line| line.strip_prefix("dandan_journal_commits ")).context("no count of commits")?;
        Ok(line.trim().parse()?)
    }

    /// Asks it to stop and waits until it has: it takes its last snapshot.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill").arg("-TERM").arg(self.pid.to_string()).status().await?;
        if !asked.success() {
            bail!("the process can't be told to stop");
        }
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.context("the process does not stop")??;
        if !ended.success() {
            bail!("the process ended with {ended}");
        }
        Ok(())
    }

    /// Ends it at once, as a power cut would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

/// CPU time a process has used so far, in user and kernel mode, in all its threads.
pub(crate) fn cpu_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold spaces; fields are counted behind it.
    let (_, rest) = stat.rsplit_once(')').context("no /proc/<pid>/stat as known")?;
    let ticks: u32 = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// This program in an empty environment, with nothing to do yet.
pub(crate) fn command() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env_clear().env("DANDAN_LOG", "warn").stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// A port nobody listens on just now.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
