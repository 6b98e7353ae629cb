//! What the kernel says about the database's server, if it runs on this machine.

use journal::Database;
use std::fs;
use std::time::Duration;

/// The kernel counts CPU time for programs in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// A socket's state that listens, as /proc/net/tcp has it.
const LISTENS: &str = "0A";

/// PostgreSQL's first process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    postmaster: u32,
}

impl Server {
    /// The one that was named, or else the one that listens on the port of the database's URL.
    pub fn find(named: Option<u32>, database: &Database) -> Option<Server> {
        let port = database.config().get_ports().first().copied().unwrap_or(5432);
        let postmaster = named.or_else(|| listens_on(port))?;
        Some(Server { postmaster })
    }

    /// CPU time of the postmaster, its backends, and those that have ended.
    pub fn cpu(self) -> Duration {
        let parent = self.postmaster.to_string();
        let backends = pids().filter(|pid| stat(*pid).is_some_and(|fields| fields.get(1) == Some(&parent)));
        let of_backends: u32 = backends.map(|pid| ticks(pid, 13)).sum();
        TICK * (ticks(self.postmaster, 15) + of_backends)
    }
}

/// CPU time of this process.
pub(super) fn own_cpu() -> Duration {
    TICK * ticks(std::process::id(), 13)
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// User and system time of a process, in ticks; with 15 instead of 13 those of its ended children as well.
fn ticks(pid: u32, last: usize) -> u32 {
    let Some(fields) = stat(pid) else { return 0 };
    fields.get(11..last).into_iter().flatten().filter_map(|field| field.parse::<u32>().ok()).sum()
}

/// The fields of /proc/PID/stat from the third on; the second, the name, may contain anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// The first process that has a socket listening on this port.
fn listens_on(port: u16) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let sockets: Vec<String> = tables.iter().flat_map(|table| table.lines().filter_map(|line| listener(line, port))).collect();
    let has = |pid: &u32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        open.filter_map(|entry| fs::read_link(entry.path()).ok())
            .any(|to| sockets.iter().any(|socket| to.as_os_str() == socket.as_str()))
    };
    pids().filter(has).min()
}

/// The socket of a line of /proc/net/tcp that listens on this port, as it stands among a process's files.
fn listener(line: &str, port: u16) -> Option<String> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, state) = (fields.next()?, fields.nth(1)?);
    let ours = u16::from_str_radix(local.rsplit_once(':')?.1, 16).is_ok_and(|found| found == port);
    let inode = fields.nth(5)?;
    (ours && state == LISTENS).then(|| format!("socket:[{inode}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_socket_is_found_by_its_port() {
        let line =
            "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 31415 1 000 100 0 0 10 0";
        assert_eq!(listener(line, 5432).as_deref(), Some("socket:[31415]"));
        assert_eq!(listener(line, 5433), None);
        assert_eq!(listener(&line.replace(" 0A ", " 01 "), 5432), None);
        assert_eq!(listener("  sl  local_address rem_address   st", 5432), None);
    }

    #[test]
    fn this_process_is_found_where_it_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert_eq!(listens_on(port), Some(std::process::id()));
    }
}
