//! Shows which steps are running, for how long, and what they last said.

use std::io::{IsTerminal, Read, Seek, SeekFrom, Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// On a terminal the status line is redrawn this often.
const TICK: Duration = Duration::from_millis(500);
/// Into a file or a CI log a line is written this often.
const QUIET_TICK: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Running {
    name: String,
    since: Instant,
    log: PathBuf,
}

#[derive(Debug)]
struct State {
    running: Vec<Running>,
    over: bool,
}

/// The progress display; one per run.
#[derive(Debug)]
pub struct Board {
    state: Arc<(Mutex<State>, Condvar)>,
    began: Instant,
    terminal: bool,
    ticker: Option<JoinHandle<()>>,
}

impl Board {
    pub fn start() -> Board {
        let state = Arc::new((Mutex::new(State { running: vec![], over: false }), Condvar::new()));
        let (terminal, began) = (stdout().is_terminal(), Instant::now());
        let shared = Arc::clone(&state);
        let ticker = std::thread::spawn(move || tick(&shared, began, terminal));
        Board { state, began, terminal, ticker: Some(ticker) }
    }

    pub fn began(&self, name: &str, log: &Path) {
        lock(&self.state.0).running.push(Running { name: name.to_owned(), since: Instant::now(), log: log.to_owned() });
    }

    pub fn ended(&self, name: &str) {
        lock(&self.state.0).running.retain(|r| r.name != name);
    }

    /// Prints a line that stays, above the status line.
    pub fn say(&self, line: &str) {
        let _guard = lock(&self.state.0);
        let wipe = if self.terminal { "\r\x1b[2K" } else { "" };
        println!("{wipe}{:>5} s  {line}", self.began.elapsed().as_secs());
    }

    /// Ends the display.
    pub fn close(mut self) {
        lock(&self.state.0).over = true;
        self.state.1.notify_all();
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
    }
}

fn tick(shared: &(Mutex<State>, Condvar), began: Instant, terminal: bool) {
    let pace = if terminal { TICK } else { QUIET_TICK };
    let mut state = lock(&shared.0);
    loop {
        state = shared.1.wait_timeout(state, pace).unwrap_or_else(PoisonError::into_inner).0;
        let line = if state.over { String::new() } else { status(&state.running) };
        if terminal {
            print!("\r\x1b[2K{line}");
            let _ = stdout().flush();
        } else if !line.is_empty() {
            println!("{:>5} s  … {line}", began.elapsed().as_secs());
        }
        if state.over {
            return;
        }
    }
}

fn status(running: &[Running]) -> String {
    let room = 110 / running.len().max(1);
    let part = |r: &Running| {
        let head = format!("{} {} s", r.name, r.since.elapsed().as_secs());
        let said = last_line(&r.log).unwrap_or_default();
        let said: String = said.chars().take(room.saturating_sub(head.len() + 3)).collect();
        if said.is_empty() { head } else { format!("{head} [{said}]") }
    };
    running.iter().map(part).collect::<Vec<_>>().join(" · ")
}

/// The last line with something on it among the last few hundred bytes.
fn last_line(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(400))).ok()?;
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).ok()?;
    let text: String =
        String::from_utf8_lossy(&bytes).chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    text.lines().rev().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
