//! A private PostgreSQL for tests: started on a free port in a temporary folder, and gone with the process that started it.
//!
//! The server runs under a small shell that waits for its parent's pipe to close, so it ends however the test ends, a panic or
//! a `kill -9` included. initdb runs once per machine; each server starts from a copy of what it made. Nothing here is for
//! production: durability against power cuts is off unless asked for.
//!
//! Whatever goes wrong here is no fault of the code under test, so it panics with a sentence about what is missing.

#![warn(missing_docs)]

mod binaries;
mod server;
mod template;

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use binaries::Binaries;
use server::Server;

/// How long a server, a standby or a promotion may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server's certificate and its key, in its data folder: by these names PostgreSQL knows them.
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// What a test's server is like.
#[derive(Clone, Copy, Debug, Default)]
pub struct PgOptions {
    /// Whether commits really reach the disk. Off is several times quicker; a `kill -9` loses nothing either way.
    pub fsync: bool,
    /// Shared buffers, in MiB; 0 means 64.
    pub buffers_mb: u32,
}

/// A private PostgreSQL server; dropping it stops the server and removes its data.
#[derive(Debug)]
pub struct PgTemp {
    binaries: Binaries,
    options: PgOptions,
    folder: PathBuf,
    port: u16,
    server: Option<Server>,
    standbys: AtomicU32,
}

impl PgTemp {
    /// Starts a server with nothing in it.
    ///
    /// # Panics
    /// If there is no PostgreSQL on this machine and none can be installed, or if it doesn't start.
    pub fn start() -> PgTemp {
        PgTemp::start_with(PgOptions::default())
    }

    /// Starts a server with nothing in it.
    ///
    /// # Panics
    /// As for [`PgTemp::start`].
    pub fn start_with(options: PgOptions) -> PgTemp {
        let binaries = Binaries::find().unwrap_or_else(|why| panic!("{why}"));
        let folder = new_folder(&binaries);
        template::copy(&binaries, &folder.join("data")).unwrap_or_else(|why| panic!("{why}"));
        PgTemp::serve(binaries, options, folder)
    }

    /// Starts a server that speaks TLS with this certificate and its key (PEM), and plainly with who doesn't ask for it.
    ///
    /// # Panics
    /// As for [`PgTemp::start`].
    pub fn start_secured(options: PgOptions, certificate: &str, key: &str) -> PgTemp {
        let binaries = Binaries::find().unwrap_or_else(|why| panic!("{why}"));
        let folder = new_folder(&binaries);
        template::copy(&binaries, &folder.join("data")).unwrap_or_else(|why| panic!("{why}"));
        for (name, text) in [(CERTIFICATE, certificate), (KEY, key)] {
            put(&binaries, &folder.join("data").join(name), text).unwrap_or_else(|why| panic!("{name} can't be written: {why}"));
        }
        PgTemp::serve(binaries, options, folder)
    }

    /// The server that all tests of this process share. It ends with the process.
    ///
    /// # Panics
    /// As for [`PgTemp::start`].
    pub fn shared() -> &'static PgTemp {
        static SHARED: OnceLock<PgTemp> = OnceLock::new();
        SHARED.get_or_init(PgTemp::start)
    }

    fn serve(binaries: Binaries, options: PgOptions, folder: PathBuf) -> PgTemp {
        let mut pg = PgTemp { binaries, options, folder, port: 0, server: None, standbys: AtomicU32::new(0) };
        let mut why = String::new();
        // A free port may be taken before the server gets to it.
        for _ in 0..5 {
            pg.port = server::free_port();
            match pg.launch() {
                Ok(server) => {
                    pg.server = Some(server);
                    return pg;
                }
                Err(error) => why = error,
            }
        }
        panic!("PostgreSQL doesn't start: {why}");
    }

    fn launch(&self) -> Result<Server, String> {
        let on_off = |on| if on { "on" } else { "off" };
        let buffers = if self.options.buffers_mb == 0 { 64 } else { self.options.buffers_mb };
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.folder.display()),
            format!("fsync={}", on_off(self.options.fsync)),
            format!("full_page_writes={}", on_off(self.options.fsync)),
            format!("shared_buffers={buffers}MB"),
            format!("ssl={}", on_off(self.folder.join("data").join(KEY).exists())),
            "max_connections=200".to_owned(),
            "max_wal_size=2GB".to_owned(),
            "wal_keep_size=512MB".to_owned(),
            // A standby that lost its primary otherwise waits up to five seconds before it hears that it was promoted.
            "wal_retrieve_retry_interval=100ms".to_owned(),
        ];
        Server::start(&self.binaries, &self.folder, &settings, PATIENCE)
    }

    /// Where the server's first database is, as a connection URL.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A URL of two servers, of which a client takes the one that can write.
    pub fn url_with(&self, other: &PgTemp) -> String {
        let (a, b) = (self.port, other.port);
        format!("postgres://postgres@127.0.0.1:{a},127.0.0.1:{b}/postgres?target_session_attrs=read-write")
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's process id.
    ///
    /// # Panics
    /// If the server was killed.
    pub fn pid(&self) -> u32 {
        self.server.as_ref().expect("the server was killed").pid()
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        self.psql(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.url_of(&name)
    }

    /// Runs a statement with psql and returns its rows: columns separated by `|`, no headings.
    ///
    /// # Panics
    /// If the statement fails.
    pub fn psql(&self, sql: &str) -> String {
        let mut psql = Command::new(self.binaries.path("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(), "-c", sql]);
        binaries::run(psql).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Kills the postmaster and every backend at once, as when the machine dies. Clients get no farewell.
    pub fn kill9(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill9();
        }
    }

    /// Stops the server if it still runs, and starts it again on the same port and the same data.
    ///
    /// # Panics
    /// If it doesn't start.
    pub fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop_and_keep();
        }
        self.server = Some(self.launch().unwrap_or_else(|why| panic!("PostgreSQL doesn't start again: {why}")));
    }

    /// Adds a standby that every commit waits for from now on, and returns it.
    ///
    /// # Panics
    /// If it doesn't come up, or doesn't follow within a minute.
    pub fn add_standby_sync(&self) -> PgTemp {
        let name = format!("standby{}", self.standbys.fetch_add(1, Ordering::Relaxed) + 1);
        let folder = new_folder(&self.binaries);
        let mut backup = self.binaries.command("pg_basebackup");
        let source = format!("host=127.0.0.1 port={} user=postgres application_name={name}", self.port);
        backup.args(["-d", &source, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-D"]).arg(folder.join("data"));
        binaries::run(backup).unwrap_or_else(|why| panic!("no standby: {why}"));
        let standby = PgTemp::serve(self.binaries.clone(), self.options, folder);
        self.psql(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
        self.psql("SELECT pg_reload_conf()");
        self.wait_for(&format!("SELECT sync_state FROM pg_stat_replication WHERE application_name = '{name}'"), "sync");
        standby
    }

    /// Makes a standby the primary.
    ///
    /// # Panics
    /// If it isn't one within a minute.
    pub fn promote(&self) {
        let mut promote = self.binaries.command("pg_ctl");
        promote.args(["promote", "-s", "-w", "-t", "60", "-D"]).arg(self.folder.join("data"));
        binaries::run(promote).unwrap_or_else(|why| panic!("not promoted: {why}"));
    }

    fn wait_for(&self, question: &str, answer: &str) {
        let began = Instant::now();
        while self.psql(question).trim() != answer {
            assert!(began.elapsed() < PATIENCE, "{question}: not {answer:?} within a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The end of the server's log, for a test's last words.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }
}

impl Drop for PgTemp {
    fn drop(&mut self) {
        match self.server.take() {
            Some(server) => server.stop_and_remove(),
            None => drop(std::fs::remove_dir_all(&self.folder)),
        }
    }
}

/// Makes a folder that the server's user owns.
fn new_folder(binaries: &Binaries) -> PathBuf {
    let made = tempfile::Builder::new().prefix("pg-temp-").tempdir().map(tempfile::TempDir::keep);
    let folder = made.unwrap_or_else(|why| panic!("no temporary folder for PostgreSQL: {why}"));
    own(binaries, &folder).unwrap_or_else(|why| panic!("{} cannot be given to PostgreSQL: {why}", folder.display()));
    folder
}

/// Writes a file that only the server's user can read.
fn put(binaries: &Binaries, file: &Path, text: &str) -> std::io::Result<()> {
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    opened.write_all(text.as_bytes())?;
    own(binaries, file)
}

/// Gives a folder or a file to the server's user.
fn own(binaries: &Binaries, folder: &Path) -> std::io::Result<()> {
    match binaries.run_as {
        Some((uid, gid)) => std::os::unix::fs::chown(folder, Some(uid), Some(gid)),
        None => Ok(()),
    }
}
