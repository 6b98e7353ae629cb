//! The second box in the shop, on a wire that carries one way only, or nothing: the first box waits for nobody, and the second one has
//! everything once the wire is whole.

use crate::cloud::{all_in, orders, program, serve};
use crate::ground::Ground;
use crate::phone::Phone;
use crate::world::{Plan, STORE, open, order};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

const CUT: Duration = Duration::from_secs(8);
/// How long the box may take to answer, wire or no wire.
const ANSWER: Duration = Duration::from_secs(2);
const SAME_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_first_box_waits_for_no_follower_and_the_follower_misses_nothing() {
    let Some(ground) = Ground::full("a follower on a bad wire") else { return };
    let (first, second) = (ground.place(1), ground.place(2));
    let address = first.address(crate::cloud::SERVER);
    let mut world = first
        .run(async move {
            let mut world = open(Plan::default()).await;
            world.kill().await;
            serve(&mut world, address).await;
            world
        })
        .await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(world.folder.path().join("keys.toml"), folder.path().join("keys.toml")).unwrap();
    let mut command = program();
    command.args(["follow", "--home", &world.server.url, "--store", &STORE.to_string(), "--data"]).arg(folder.path());
    let mut follower = second.run(async move { command.stderr(Stdio::null()).spawn().unwrap() }).await;

    let phone = Phone::new(&world.server.url, STORE, first.address(10));
    let (joining, code) = (phone.clone(), world.code("a1"));
    let party = first.run(async move { joining.join(&code).await }).await;
    let mut accepted = BTreeSet::new();
    for (name, there, back) in [("to the follower", true, false), ("to the first box", false, true), ("both ways", true, true)] {
        if there {
            ground.cut(&first, &second);
        }
        if back {
            ground.cut(&second, &first);
        }
        let cut = Instant::now();
        let (mut slowest, mut placed) = (Duration::ZERO, 0);
        while cut.elapsed() < CUT {
            let (wish, phone, party) = (order("rice", 1, 300), phone.clone(), party.clone());
            let key = wish["order"].as_str().unwrap().to_owned();
            let told = first.run(async move { phone.place(&party, &wish).await }).await;
            assert_eq!(told.status, 201, "{}", told.body);
            slowest = slowest.max(told.after);
            placed += 1;
            accepted.insert(key);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let behind = length(world.folder.path()).await - length(folder.path()).await;
        ground.mend();
        let mended = Instant::now();
        while length(world.folder.path()).await > length(folder.path()).await {
            assert!(mended.elapsed() < SAME_WITHIN, "{name}: the follower never has everything");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!(
            "net: nothing gets {name} for {} s: the first box took {placed} orders, the slowest in {} ms; the follower was {behind} \
             events behind and had everything {:.1} s after it was mended",
            CUT.as_secs(),
            slowest.as_millis(),
            mended.elapsed().as_secs_f64(),
        );
        assert!(slowest < ANSWER, "{name}: the first box waited {slowest:?}");
        assert!(behind > 0, "{name}: the cut was no cut");
    }
    let world = first
        .run(async move {
            world.server.terminate().await;
            world
        })
        .await;
    let pid = follower.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    follower.wait().await.unwrap();
    let (here, there) = (all_in(world.folder.path()).await, all_in(folder.path()).await);
    assert!(here == there, "the copy isn't the journal");
    assert_eq!(orders(&there).into_keys().collect::<BTreeSet<_>>(), accepted);
}

/// How many events a box's journal has; its server may be writing.
async fn length(folder: &Path) -> u64 {
    let file = folder.join(journal::DATABASE);
    let count = move || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let journal = rusqlite::Connection::open_with_flags(file, flags).ok()?;
        journal.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0)).ok()
    };
    u64::try_from(tokio::task::spawn_blocking(count).await.unwrap().unwrap_or(0)).unwrap()
}
