//! A backup of which a byte is wrong is neither called whole nor restored. Every byte of small ones is tried where they are
//! opened; here it is the commands.

use crate::hands::{Keys, dandan, word};
use crate::world::{order, world};
use journal::DATABASE;
use rusqlite::Connection;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_backup_is_refused_wherever_the_damage_is() {
    let mut world = world().await;
    let party = world.join("a1").await;
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    world.server.terminate().await;
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    let backup = shelf.path().join("b.age");
    keys.back_up(world.folder.path(), &backup).await.ok();
    assert!(keys.verify(&backup).await.ok().contains("is whole"));

    let whole = std::fs::read(&backup).unwrap();
    let (bad, elsewhere) = (shelf.path().join("bad.age"), shelf.path().join("elsewhere"));
    let last = whole.len() - 1;
    let flips = [0, 20, 60, 150, 190, 220, 300, whole.len() / 3, whole.len() / 2, last - 20, last];
    let flipped = flips.map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    });
    let cut = [0, 100, 1000, whole.len() / 2, last].map(|length| whole[..length].to_vec());
    let longer = [[whole.clone(), vec![0]].concat(), [whole.clone(), whole.clone()].concat()];
    for bytes in flipped.into_iter().chain(cut).chain(longer) {
        std::fs::write(&bad, &bytes).unwrap();
        keys.verify(&bad).await.refused();
        keys.restore(&bad, &elsewhere).await.refused();
        assert!(!elsewhere.exists(), "nothing is left behind");
    }
    assert!(keys.restore(&backup, &elsewhere).await.ok().contains("restored"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_named_and_not_backed_up() {
    let mut world = world().await;
    let party = world.join("a1").await;
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let data = world.folder.path().to_path_buf();
    assert!(dandan(&["verify", "--data", word(&data)]).await.ok().contains("nothing the anchor knows is missing"));
    world.server.terminate().await;
    dandan(&["verify", "--data", word(&data)]).await.ok();
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    for (change, told) in [
        ("UPDATE command SET answer = x'7b7d' WHERE first_seq = 2", "or its answer is not what was written"),
        ("UPDATE event SET at_ms = at_ms + 1 WHERE seq = 2", "event 2 is damaged"),
    ] {
        Connection::open(data.join(DATABASE)).unwrap().execute_batch(change).unwrap();
        let said = dandan(&["verify", "--data", word(&data)]).await.refused();
        assert!(said.contains(told), "{said}");
        let said = keys.back_up(&data, shelf.path()).await.refused();
        assert!(said.contains("no backup was made") && said.contains(told), "{said}");
        assert_eq!(std::fs::read_dir(shelf.path()).unwrap().count(), 0);
    }
}
