//! The simulator before judges: SDKs that others wrote drive it and verify everything it signs.
#![allow(clippy::unwrap_used)]

mod common;

use std::{path::Path, process::Stdio, time::Duration};

use channel_sim::{SimConfig, start};

#[tokio::test]
async fn independent_sdks_accept_every_answer_and_notice() {
    let oracles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles");
    assert!(
        oracles.join("node_modules").is_dir(),
        "the SDKs are not installed: run `npm ci` in tests/oracles (Node 20.10 or newer)"
    );
    let folder = common::copy_of_keys().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = SimConfig { time_scale: common::FAST, ..SimConfig::new(folder.path().join("sim"), listen) };
    let sim = start(config).await.unwrap();
    let judged = tokio::process::Command::new("node")
        // One file after the other: a fault ordered by one would hit another.
        .args(["--test", "--test-reporter=tap", "--test-timeout=20000", "--test-concurrency=1"])
        .current_dir(&oracles)
        // Alipay reads times as Beijing times, and its SDK writes the machine's.
        .env("TZ", "Asia/Shanghai")
        .env("SIM_URL", sim.base_url())
        .env("SIM_DIR", &sim.merchant.dir)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let judged = tokio::time::timeout(Duration::from_secs(120), judged).await.expect("the SDKs never finished");
    let judged = judged.expect("cannot run `node`: install Node 20.10 or newer");
    let told = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{told}\n{}", String::from_utf8_lossy(&judged.stderr));
    assert!(!told.contains("\n# tests 0\n"), "no test ran:\n{told}");
    sim.shutdown().await;
}
