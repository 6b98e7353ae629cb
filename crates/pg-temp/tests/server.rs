//! The private server does what other tests count on.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use pg_temp::PgTemp;

const CHILD: &str = "PG_TEMP_TEST_CHILD";

#[test]
fn what_was_committed_survives_a_kill_and_a_restart() {
    let mut pg = PgTemp::start();
    pg.psql("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1)");
    pg.kill9();
    pg.restart();
    assert_eq!(pg.psql("SELECT n FROM t").trim(), "1");
    pg.restart();
    assert_eq!(pg.psql("SELECT n FROM t").trim(), "1");
    assert_ne!(pg.database(), pg.database());
}

#[test]
fn a_standby_has_every_commit_and_can_take_over() {
    let mut primary = PgTemp::start();
    let standby = primary.add_standby_sync();
    primary.psql("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (7)");
    primary.kill9();
    standby.promote();
    assert_eq!(standby.psql("SELECT n FROM t; INSERT INTO t VALUES (8)").trim(), "7");
}

/// Not a test by itself: the process that gets killed while its server runs.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_some() {
        let pg = PgTemp::start();
        println!("\npostmaster {}", pg.pid());
        std::thread::sleep(Duration::from_secs(60));
    }
}

#[test]
fn the_server_ends_with_a_killed_test() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pid: u32 = lines.find_map(|line| line.strip_prefix("postmaster ")?.parse().ok()).unwrap();
    assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let began = Instant::now();
    while std::path::Path::new(&format!("/proc/{pid}")).exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "postmaster {pid} outlived its test");
        std::thread::sleep(Duration::from_millis(20));
    }
}
