//! Networks that exist for one test: places joined by a hub that carries packets between them, or doesn't.
//!
//! Every place is a network namespace with addresses of its own; programs and clients run inside it. All faults are the hub's: it drops
//! what goes from one place to another, all of it or a share, and nobody is told. So each end sees what it would see of a real wire.

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Says which tests are wanted: `quick` or `full`.
const WANTED: &str = "DANDAN_NET";
/// What the names of all our namespaces begin with; the process's id follows.
const STEM: &str = "dandan-net";
/// Addresses of a place: `.1` to this one. The hub has `.254`.
const ADDRESSES: u8 = 40;

/// The wires between places.
#[derive(Debug)]
pub struct Ground {
    hub: String,
    stem: String,
    /// Held while the test runs: one at a time, so that they don't disturb each other's figures.
    _turn: File,
}

/// Somewhere on the ground.
#[derive(Debug)]
pub struct Place {
    number: u8,
    space: String,
    runtime: Option<Runtime>,
}

impl Ground {
    /// The ground for a test of the quick run; none, after a line that says why, where there can't be one or none is wanted.
    pub fn quick(test: &str) -> Option<Ground> {
        Ground::prepare(test, &["quick", "full"])
    }

    /// The ground for a test of the full run only.
    pub fn full(test: &str) -> Option<Ground> {
        Ground::prepare(test, &["full"])
    }

    fn prepare(test: &str, runs: &[&str]) -> Option<Ground> {
        let wanted = std::env::var(WANTED).unwrap_or_default();
        if !runs.contains(&wanted.as_str()) {
            println!("net: {test}: not asked for; run `cargo xtask net`");
            return None;
        }
        let turn = File::create(std::env::temp_dir().join(format!("{STEM}.lock"))).and_then(|file| file.lock().map(|()| file));
        let turn = turn.unwrap_or_else(|error| panic!("no lock in the temporary folder: {error}"));
        sweep();
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let stem = format!("{STEM}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let ground = Ground { hub: format!("{stem}-hub"), stem, _turn: turn };
        match ground.open() {
            Ok(()) => Some(ground),
            Err(why) => {
                println!("net: {test}: skipped: this machine makes no networks for tests: {why}");
                None
            }
        }
    }

    fn open(&self) -> Result<(), String> {
        tool("ip", &["netns", "add", &self.hub], "")?;
        tool("ip", &["netns", "exec", &self.hub, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"], "")?;
        let chains = "table ip wires {
            chain forward { type filter hook forward priority 0; policy accept; }
            chain seen { type filter hook forward priority 10; policy accept; }
        }";
        self.nft(chains)?;
        // A kernel without the random numbers of packet filters can't lose a share of them.
        self.nft("add rule ip wires forward numgen random mod 100 < 30 drop")?;
        self.nft("flush chain ip wires forward")
    }

    /// Adds a place: the network 10.77.`number`.0.
    pub fn place(&self, number: u8) -> Place {
        let space = format!("{}-{number}", self.stem);
        let done = self.lay(number, &space).and_then(|()| enter(&space));
        let runtime = done.unwrap_or_else(|why| panic!("place {number} can't be made: {why}"));
        Place { number, space, runtime: Some(runtime) }
    }

    fn lay(&self, number: u8, space: &str) -> Result<(), String> {
        tool("ip", &["netns", "add", space], "")?;
        let wire = format!("w{number}");
        tool("ip", &["-n", &self.hub, "link", "add", &wire, "type", "veth", "peer", "name", "wire", "netns", space], "")?;
        let hub = format!("addr add 10.77.{number}.254/24 dev {wire}\nlink set {wire} up\n");
        tool("ip", &["-n", &self.hub, "-batch", "-"], &hub)?;
        let mut place = String::from("link set lo up\n");
        for address in 1..=ADDRESSES {
            let _ = writeln!(place, "addr add 10.77.{number}.{address}/24 dev wire");
        }
        let _ = writeln!(place, "link set wire up\nroute add default via 10.77.{number}.254");
        tool("ip", &["-n", space, "-batch", "-"], &place).map(drop)
    }

    /// From now on nothing gets from one place to the other; the way back is as it was.
    pub fn cut(&self, from: &Place, to: &Place) {
        self.rule(&format!("add rule ip wires forward {} drop", between(from, to)));
    }

    /// From now on this share of the packets gets lost on the way. Units: percent.
    pub fn lose(&self, from: &Place, to: &Place, percent: u8) {
        self.rule(&format!("add rule ip wires forward {} numgen random mod 100 < {percent} drop", between(from, to)));
    }

    /// Everything gets everywhere again.
    pub fn mend(&self) {
        self.rule("flush chain ip wires forward");
    }

    /// Pulls a place's cable out of the hub.
    pub fn unplug(&self, place: &Place) {
        self.cable(place, "down");
    }

    /// Puts it back.
    pub fn plug(&self, place: &Place) {
        self.cable(place, "up");
    }

    fn cable(&self, place: &Place, state: &str) {
        let done = tool("ip", &["-n", &self.hub, "link", "set", &format!("w{}", place.number), state], "");
        done.unwrap_or_else(|why| panic!("{why}"));
    }

    /// Begins to count who knocks at a place: packets that ask for a connection and get there.
    pub fn count_calls(&self, to: &Place) {
        self.rule(&format!("add rule ip wires seen ip daddr {} tcp flags & (syn | ack) == syn counter", to.network()));
    }

    /// How many there were, at all places that are counted.
    pub fn calls(&self) -> u64 {
        let list = ["netns", "exec", &self.hub, "nft", "list", "chain", "ip", "wires", "seen"];
        let text = tool("ip", &list, "").unwrap_or_else(|why| panic!("{why}"));
        text.split("packets ").skip(1).filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok()).sum()
    }

    fn rule(&self, rule: &str) {
        self.nft(rule).unwrap_or_else(|why| panic!("{rule}: {why}"));
    }

    fn nft(&self, rules: &str) -> Result<(), String> {
        filter(&self.hub, rules)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        remove(&format!("{}-", self.stem));
    }
}

impl Place {
    /// One of the place's addresses.
    pub fn address(&self, number: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, self.number, number)
    }

    fn network(&self) -> String {
        format!("10.77.{}.0/24", self.number)
    }

    /// Runs something there: whatever connections it makes and programs it starts are there too.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.spawn(work).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// The same beside whatever else goes on.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.as_ref().expect("a place is there until it is dropped").spawn(work)
    }

    /// Adds rules to the place's own packet filter.
    pub fn filter(&self, rules: &str) {
        filter(&self.space, rules).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Lets what comes in for another address reach programs that listen on this machine alone.
    pub fn open_loopback(&self) {
        let allow = "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet";
        let done = tool("ip", &["netns", "exec", &self.space, "sh", "-c", allow], "");
        done.unwrap_or_else(|why| panic!("{why}"));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn between(from: &Place, to: &Place) -> String {
    format!("ip saddr {} ip daddr {}", from.network(), to.network())
}

/// A runtime whose threads are all in the namespace: threads are born where their parent is.
fn enter(space: &str) -> Result<Runtime, String> {
    let file = File::open(Path::new("/run/netns").join(space)).map_err(|error| error.to_string())?;
    let made = std::thread::spawn(move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).map_err(|error| error.to_string())?;
        Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| error.to_string())
    });
    made.join().map_err(|_| "the thread that enters it panicked".to_owned())?
}

fn filter(space: &str, rules: &str) -> Result<(), String> {
    tool("ip", &["netns", "exec", space, "nft", "-f", "-"], rules).map(drop)
}

/// Removes what a run that was killed has left.
fn sweep() {
    for space in spaces() {
        let owner = space.strip_prefix(STEM).and_then(|rest| rest.split('-').nth(1));
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Without its name nobody would find them again.
            for pid in tool("ip", &["netns", "pids", &space], "").unwrap_or_default().split_whitespace() {
                let _ = tool("kill", &["-KILL", pid], "");
            }
            let _ = tool("ip", &["netns", "del", &space], "");
        }
    }
}

fn remove(stem: &str) {
    for space in spaces().iter().filter(|space| space.starts_with(stem)) {
        if let Err(why) = tool("ip", &["netns", "del", space], "") {
            println!("net: {space} is left: {why}");
        }
    }
}

fn spaces() -> Vec<String> {
    let listed = tool("ip", &["netns", "list"], "").unwrap_or_default();
    listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Runs one of the system's tools to its end and returns what it printed.
fn tool(program: &str, words: &[&str], input: &str) -> Result<String, String> {
    let shown = format!("{program} {}", words.join(" "));
    let spawned = Command::new(program).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("{shown}: {error}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that ends without reading says why itself.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| format!("{shown}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{shown}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
