//! The processes of a scenario: how they are started, stopped, stopped dead, and what they said. All end with their owner.

use anyhow::{Context, bail, ensure};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long a process may take to be ready or to end.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked whether it is.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// How a server is started, each time the same.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The `dandan` program.
    pub program: PathBuf,
    /// Words in front of it, such as `prlimit --nofile=80`; they must end in `exec`ing it, so that its id is the child's.
    pub wrap: Vec<OsString>,
    /// Its environment, besides ours.
    pub env: Vec<(OsString, OsString)>,
    /// Its data folder.
    pub folder: PathBuf,
    /// Where its channels report to.
    pub public_url: String,
    /// Its payment configuration.
    pub payments: Option<PathBuf>,
    /// What it says is added here.
    pub log: PathBuf,
}

/// A process of ours. It is killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: u32,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it says is added here.
    pub log: PathBuf,
}

impl Process {
    /// Starts a program that will listen on `address`; its output is added to `log`.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(mut command: Command, address: SocketAddr, log: &Path) -> anyhow::Result<Process> {
        let file = OpenOptions::new().create(true).append(true).open(log).with_context(|| format!("no log {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).env("NO_COLOR", "1").kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("{:?} can't be started", command.as_std().get_program()))?;
        let pid = child.id().context("the process has ended at once")?;
        Ok(Process { child, pid, address, log: log.to_path_buf() })
    }

    /// Starts `dandan serve` without waiting for it.
    ///
    /// # Errors
    /// It can't be started.
    pub fn serve(recipe: &Recipe) -> anyhow::Result<Process> {
        let address = free_address()?;
        let mut words = recipe.wrap.iter().cloned().chain([recipe.program.clone().into_os_string()]);
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words).args(["serve", "--time-zone", "UTC"]).arg("--data").arg(&recipe.folder);
        command.args(["--store", &crate::house::STORE.to_string(), "--listen", &address.to_string()]);
        command.args(["--public-url", &recipe.public_url]);
        if let Some(payments) = &recipe.payments {
            command.arg("--payments").arg(payments);
        }
        command.env("DANDAN_LOG", "info").envs(recipe.env.iter().map(|(name, value)| (name, value)));
        Process::start(command, address, &recipe.log)
    }

    /// Waits until it answers `path` with 200; how long that took.
    ///
    /// # Errors
    /// It ended, or took too long.
    pub async fn ready(&mut self, path: &str) -> anyhow::Result<Duration> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("{status} before it was ready; it said: {}", tail(&self.log));
            }
            if answers(self.address, path).await {
                return Ok(began.elapsed());
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        bail!("{path} was not answered in time; the log ends: {}", tail(&self.log))
    }

    /// The status it ended with, if it has.
    ///
    /// # Errors
    /// The system doesn't tell.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// SIGKILL, at once.
    ///
    /// # Errors
    /// The system refuses.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends a signal by its name, such as `STOP`; only while the process is ours to signal.
    ///
    /// # Errors
    /// It has ended.
    pub async fn signal(&mut self, name: &str) -> anyhow::Result<()> {
        ensure!(self.child.try_wait()?.is_none(), "the process has ended; it said: {}", tail(&self.log));
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid.to_string()).status().await?;
        ensure!(sent.success(), "SIG{name} can't be sent");
        Ok(())
    }

    /// SIGTERM, and how it ended.
    ///
    /// # Errors
    /// It doesn't end in time.
    pub async fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        self.signal("TERM").await?;
        self.wait().await
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// It doesn't end in time.
    pub async fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.context("the process does not end")?.map_err(Into::into)
    }

    /// How many file descriptors it has open now.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, Iterator::count)
    }
}

/// Whether a server answers a GET with 200 now.
pub async fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        std::io::Result::Ok(head.ends_with(b" 200"))
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), ask).await, Ok(Ok(true)))
}

/// A port nobody listens on just now.
///
/// # Errors
/// There is none.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(6)..].join(" | ")
}
