//! `cargo xtask bench-chain`: `dandan bench chain` in release, on a PostgreSQL of its own whose commits really reach the disk.
//!
//! The server runs under a small shell that waits for our pipe to close, so it ends however this ends. NATS is the one that the
//! tests use, if it was fetched already; without it the fan-out is measured without hints alone.

use crate::sh;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Runs the server until nobody holds the other end of its input any more, then stops it in order.
const UNTIL_CLOSED: &str = r#""$@" >/dev/null 2>&1 </dev/null & pid=$!; read -r _; kill -INT $pid; wait $pid"#;
/// Commits wait for the disk; otherwise as on a small server.
const SETTINGS: [&str; 4] = ["fsync=on", "shared_buffers=256MB", "max_connections=200", "max_wal_size=2GB"];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Where the database is kept while it is measured: on the disk to be measured, and readable by the user `postgres`.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Goes to `dandan bench chain`, such as `--out FILE` or `--only link`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    more: Vec<String>,
}

/// The chore.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = sh::root();
    let built = sh::command("cargo", &root).args(["build", "--locked", "--release", "--package", "dandan"]).status()?;
    ensure!(built.success(), "the server can't be built");
    let parent = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let database = Database::start(&parent.join(format!("dandan-bench-chain-{}", std::process::id())))?;
    let nats = Nats::start(&root)?;
    let program = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("release/dandan");
    let mut bench = sh::command(program, &root);
    bench.args(["bench", "chain", "--postgres", &database.url()]);
    if let Some(nats) = &nats {
        bench.args(["--nats", &format!("nats://127.0.0.1:{}", nats.port)]);
    }
    let ended = bench.args(&options.more).status().context("the bench can't be started")?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A private PostgreSQL. It stops and its data go when this is dropped.
struct Database {
    folder: PathBuf,
    port: u16,
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Database {
    fn start(folder: &Path) -> Result<Database> {
        let (programs, user) = (programs()?, user()?);
        let as_server = |program: &str| {
            let mut command = Command::new(program);
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command.current_dir("/").env("LC_ALL", "C");
            command
        };
        fs::create_dir(folder).with_context(|| format!("can't make {}", folder.display()))?;
        if let Some((user, group)) = user {
            chown(folder, Some(user), Some(group)).with_context(|| format!("can't give {} away", folder.display()))?;
        }
        let data = folder.join("data");
        let mut initdb = as_server(&programs.join("initdb").to_string_lossy());
        initdb.args(["-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8", "-D"]).arg(&data);
        sh::output_of(&mut initdb)?;
        let port = free_port()?;
        let mut server = as_server("/bin/sh");
        server.args(["-c", UNTIL_CLOSED, "sh"]).arg(programs.join("postgres")).arg("-D").arg(&data);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
        server.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let mut shell = server.stdin(Stdio::piped()).spawn().context("can't run /bin/sh")?;
        let pipe = shell.stdin.take();
        let database = Database { folder: folder.to_path_buf(), port, shell, pipe };
        wait_until(|| says_ready(&data)).context("PostgreSQL doesn't start")?;
        Ok(database)
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("xtask: {} is left over: {error}", self.folder.display());
        }
    }
}

/// The NATS server of the tests; it ends when this is dropped.
struct Nats {
    port: u16,
    child: Child,
}

impl Nats {
    /// Starts it; nothing where it was never fetched.
    fn start(root: &Path) -> Result<Option<Nats>> {
        let program = root.join(".cache/python-nats/bin/nats-server");
        if !program.exists() {
            println!("no NATS: `cargo xtask test --only nats-install` fetches it");
            return Ok(None);
        }
        let port = free_port()?;
        let mut command = Command::new(program);
        command
            .args(["-a", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let nats = Nats { port, child: command.spawn().context("can't run nats-server")? };
        wait_until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).context("NATS doesn't start")?;
        Ok(Some(nats))
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of the newest PostgreSQL on this machine.
fn programs() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = debian.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.max().map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let searched = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let mut found = newest.into_iter().chain(searched).filter(|folder| folder.join("initdb").is_file());
    found.next().context("PostgreSQL is missing. To install it: apt-get install -y postgresql")
}

/// As whom the server runs; nothing: as whoever runs this. PostgreSQL refuses to run as root.
fn user() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self").is_ok_and(|about| about.uid() != 0) {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("can't read /etc/passwd")?;
    match postgres_in(&users) {
        Some(ids) => Ok(Some(ids)),
        None => bail!("there is no user `postgres`, and PostgreSQL refuses to run as root"),
    }
}

/// The ids of the user `postgres`.
fn postgres_in(users: &str) -> Option<(u32, u32)> {
    let mut fields = users.lines().find(|line| line.starts_with("postgres:"))?.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The eighth line of its note is the server's own word for its state.
fn says_ready(data: &Path) -> bool {
    let note = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    note.lines().nth(7).is_some_and(|state| state.trim() == "ready")
}

fn wait_until(is_so: impl Fn() -> bool) -> Result<()> {
    let began = Instant::now();
    while !is_so() {
        ensure!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A port nobody listens on just now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_user_is_found() {
        let users = "daemon:x:1:1:daemon:/usr/sbin:/bin/sh\npostgres:x:106:113:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(postgres_in(users), Some((106, 113)));
        assert_eq!(postgres_in("postgresql:x:1:1::/:/bin/sh\n"), None);
    }
}
