//! Where PostgreSQL's programs are, and as whom they run.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The version that is installed where there is none.
const PACKAGE: &str = "postgresql-15";
/// Older servers lack what the schema needs.
const OLDEST: u32 = 14;

/// PostgreSQL's programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    /// The first number of its version.
    pub major: u32,
    /// The user and group of the server; `None`: whoever runs the tests. PostgreSQL refuses to run as root.
    pub run_as: Option<(u32, u32)>,
}

impl Binaries {
    /// Finds the programs; as root on Debian installs them if there are none.
    pub fn find() -> Result<Binaries, String> {
        let (folder, major) = match look() {
            Some(found) => found,
            None => {
                install()?;
                look().ok_or_else(|| missing("the package was installed, but has no initdb"))?
            }
        };
        let run_as = match rustix::process::geteuid().is_root() {
            true => Some(postgres_user().ok_or("there is no user `postgres`, and PostgreSQL refuses to run as root")?),
            false => None,
        };
        Ok(Binaries { folder, major, run_as })
    }

    /// One of the programs.
    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// A program to be run as the server's user.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path(program));
        self.as_server(&mut command);
        command
    }

    /// Makes a command run as the server's user.
    pub fn as_server(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.run_as {
            command.uid(uid).gid(gid);
        }
        command.current_dir("/").env_remove("PGHOST").env_remove("PGPORT").env_remove("PGUSER").env("LC_ALL", "C");
    }
}

/// Runs a command to its end and returns what it printed.
pub fn run(mut command: Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|why| format!("{name}: {why}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{name}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// The folder of the newest server on this machine: Debian's places first, then the search path.
fn look() -> Option<(PathBuf, u32)> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let searched = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let found = debian.chain(searched).filter_map(|folder| version(&folder).map(|major| (folder, major)));
    found.filter(|(_, major)| *major >= OLDEST).max_by_key(|(_, major)| *major)
}

fn version(folder: &Path) -> Option<u32> {
    let whole = ["initdb", "pg_basebackup", "pg_ctl", "psql"].iter().all(|program| folder.join(program).exists());
    let postgres = folder.join("postgres");
    let mut ask = Command::new(&postgres);
    ask.arg("--version");
    let told = (whole && postgres.exists()).then(|| run(ask).ok()).flatten()?;
    told.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

/// The ids of the user that Debian's package makes.
fn postgres_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn missing(why: &str) -> String {
    format!("these tests need PostgreSQL {OLDEST} or newer ({why}); on Debian: apt-get install {PACKAGE}")
}

/// Installs Debian's package, without the cluster it would set up and start by itself. Processes take turns.
fn install() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() || !Path::new("/etc/debian_version").exists() {
        return Err(missing("none was found, and only root on Debian may install it"));
    }
    let failed = |why: std::io::Error| missing(&format!("installing it failed: {why}"));
    let turn = File::create(std::env::temp_dir().join("pg-temp-install.lock")).map_err(failed)?;
    turn.lock().map_err(failed)?;
    if look().is_some() {
        return Ok(());
    }
    fs::create_dir_all("/etc/postgresql-common/createcluster.d").map_err(failed)?;
    fs::write("/etc/postgresql-common/createcluster.d/no-main.conf", "create_main_cluster = false\n").map_err(failed)?;
    let apt = |words: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(["-q", "-y"]).args(words).env("DEBIAN_FRONTEND", "noninteractive");
        run(apt)
    };
    let get = || apt(&["install", "--no-install-recommends", PACKAGE]);
    let got = get().or_else(|_| apt(&["update"]).and_then(|_| get()));
    got.map(drop).map_err(|why| missing(&why))
}
