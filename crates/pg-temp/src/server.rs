//! One running server, under a shell that ends it when this process is gone.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::binaries::Binaries;

/// Starts the server, tells its process id, and waits for a word. No word (the pipe has closed): the data goes as well.
const WATCHDOG: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 </dev/null &
pid=$!
echo $pid
read -r word
case "$word" in
    stop) kill -INT $pid 2>/dev/null ;;
    *) kill -QUIT $pid 2>/dev/null ;;
esac
wait $pid
[ -n "$word" ] || rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    watchdog: Child,
    pipe: Option<ChildStdin>,
    postmaster: u32,
}

impl Server {
    /// Starts the server on `folder/data` and waits until it can be spoken to.
    pub fn start(binaries: &Binaries, folder: &Path, settings: &[String], patience: Duration) -> Result<Server, String> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHDOG, "sh"]).arg(folder).arg(binaries.path("postgres")).arg("-D").arg(folder.join("data"));
        for setting in settings {
            command.args(["-c", setting]);
        }
        binaries.as_server(&mut command);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut watchdog = spawned.map_err(|why| format!("/bin/sh: {why}"))?;
        let pipe = watchdog.stdin.take();
        let mut line = String::new();
        if let Some(out) = watchdog.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut line);
        }
        let postmaster = line.trim().parse().map_err(|_| format!("the watchdog said {line:?}"))?;
        let server = Server { watchdog, pipe, postmaster };
        match server.wait_until_ready(folder, patience) {
            Ok(()) => Ok(server),
            Err(why) => {
                server.end(Some("stop"));
                Err(why)
            }
        }
    }

    fn wait_until_ready(&self, folder: &Path, patience: Duration) -> Result<(), String> {
        let began = Instant::now();
        let file = folder.join("data/postmaster.pid");
        loop {
            // The eighth line is the server's own word for its state.
            let told = fs::read_to_string(&file).unwrap_or_default();
            let mut lines = told.lines();
            let ours = lines.next().and_then(|pid| pid.parse().ok()) == Some(self.postmaster);
            if ours && lines.nth(6).is_some_and(|state| state.trim() == "ready") {
                return Ok(());
            }
            if !is_running(self.postmaster) || began.elapsed() > patience {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(log.lines().rev().take(5).collect::<Vec<_>>().join(" / "));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> u32 {
        self.postmaster
    }

    /// Stops the server in order and keeps its data.
    pub fn stop_and_keep(self) {
        self.end(Some("stop"));
    }

    /// Ends the server and removes its data.
    pub fn stop_and_remove(self) {
        self.end(None);
    }

    /// Kills the postmaster and every backend; the data stays.
    pub fn kill9(self) {
        // Stopped first, it makes no new backends.
        signal(self.postmaster, Signal::STOP);
        let backends = children(self.postmaster);
        for backend in &backends {
            signal(*backend, Signal::KILL);
        }
        signal(self.postmaster, Signal::KILL);
        self.end(Some("killed"));
        // A backend that is still dying holds the shared memory, and the server wouldn't start again.
        while backends.iter().any(|backend| is_running(*backend)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(mut self, word: Option<&str>) {
        if let (Some(pipe), Some(word)) = (&mut self.pipe, word) {
            let _ = writeln!(pipe, "{word}");
        }
        self.pipe = None;
        let _ = self.watchdog.wait();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    bound.unwrap_or_else(|why| panic!("no free port on 127.0.0.1: {why}")).port()
}

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended by itself meanwhile.
        let _ = kill_process(pid, signal);
    }
}

fn children(parent: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state_and_parent(&stat).is_some_and(|(_, of)| of == parent)
    })
    .collect()
}

/// Whether there is such a process. One that ended and that nobody has asked about yet doesn't count.
fn is_running(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state_and_parent(&stat).is_some_and(|(state, _)| state != 'Z')
}

/// Reads the third and fourth field of /proc/PID/stat; the second, the name, may contain anything.
fn state_and_parent(stat: &str) -> Option<(char, u32)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
