//! The commands, and a server with options of its own.

use crate::world::{SOON, STORE, Server, World, until};
use journal::{DATABASE, FileReport, StoreKey, Stream, StreamKey, check_file};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What a command said.
#[derive(Debug)]
pub struct Ran {
    pub well: bool,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What it printed, of a command that must have gone well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.well, "{}{}", self.out, self.err);
        self.out
    }

    /// What it said, of a command that must have refused.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(!self.well, "{}{}", self.out, self.err);
        self.out + &self.err
    }
}

async fn ran(mut command: Command) -> Ran {
    let done = tokio::time::timeout(SOON, command.env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true).output());
    let done = done.await.expect("the command ends").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { well: done.status.success(), out: text(&done.stdout), err: text(&done.stderr) }
}

/// Runs `dandan` with these words.
pub async fn dandan(words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
    command.args(words);
    ran(command).await
}

/// A path as an argument.
pub fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A pair of keys, kept away from the house.
pub struct Keys {
    _folder: TempDir,
    pub identity: PathBuf,
    pub recipient: String,
}

impl Keys {
    pub async fn new() -> Keys {
        let folder = tempfile::tempdir().unwrap();
        let identity = folder.path().join("backup-key.txt");
        let said = dandan(&["backup", "keygen", "--to", word(&identity)]).await.ok();
        Keys { _folder: folder, identity, recipient: said.trim().to_owned() }
    }

    pub async fn back_up(&self, data: &Path, to: &Path) -> Ran {
        dandan(&["backup", "--data", word(data), "--to", word(to), "--recipient", &self.recipient]).await
    }

    pub async fn verify(&self, backup: &Path) -> Ran {
        dandan(&["verify", "--backup", word(backup), "--identity", word(&self.identity)]).await
    }

    pub async fn restore(&self, backup: &Path, data: &Path) -> Ran {
        dandan(&["restore", "--from", word(backup), "--identity", word(&self.identity), "--data", word(data)]).await
    }
}

/// All of a folder's journal, which must be sound.
pub fn checked(data: &Path) -> FileReport {
    let report = check_file(&data.join(DATABASE)).unwrap();
    assert_eq!(report.damage, Vec::<String>::new());
    report
}

pub fn key(stream: Stream) -> StreamKey {
    StreamKey::new(StoreKey(STORE.0), stream)
}

/// A folder's anchor.
pub fn anchor(data: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(data.join("anchor.json")).unwrap()).unwrap()
}

/// A server with options of its own. Killed when dropped.
pub struct Served {
    pub url: String,
    pub log: Arc<Mutex<String>>,
    child: Child,
}

/// Starts a server on a stopped world's folder.
pub async fn serve(world: &World, options: &[&str]) -> Served {
    let mut command = Server::command(world.folder.path(), &world.plan);
    let mut child = command.args(options).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let log = Arc::new(Mutex::new(String::new()));
    let kept = log.clone();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            kept.lock().unwrap().push_str(&format!("{line}\n"));
        }
    });
    let address = || async {
        let log = log.lock().unwrap();
        let line = log.lines().find(|line| line.contains(" address="))?;
        Some(format!("http://{}", line.split("address=").nth(1)?.split(' ').next()?))
    };
    let url = until("the server serves", address).await;
    Served { url, log: log.clone(), child }
}

/// Starts a server that must refuse to serve; what it says.
pub async fn serve_refused(world: &World, options: &[&str]) -> String {
    let mut command = Server::command(world.folder.path(), &world.plan);
    command.args(options);
    ran(command).await.refused()
}

impl Served {
    /// Ends it at once.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub async fn figure(&self, world: &World, name: &str) -> Option<f64> {
        let text = world.http.get(format!("{}/metrics", self.url)).send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }
}
