//! What the commands refuse, and what never gets into a backup.

use crate::hands::{Keys, dandan, word};
use crate::world::{order, world};
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_its_owners_alone_and_never_written_over() {
    let keys = Keys::new().await;
    assert!(keys.recipient.starts_with("age1") && !keys.recipient.contains('\n'), "{}", keys.recipient);
    assert_eq!(std::fs::metadata(&keys.identity).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read_to_string(&keys.identity).unwrap();
    assert!(before.contains("AGE-SECRET-KEY-1") && before.contains(&keys.recipient));
    dandan(&["backup", "keygen", "--to", word(&keys.identity)]).await.refused();
    assert_eq!(std::fs::read_to_string(&keys.identity).unwrap(), before);
    // An identity on the house's own command line would undo the point of it.
    let secret = before.lines().last().unwrap();
    let said = dandan(&["backup", "--to", "/tmp", "--recipient", secret]).await.refused();
    assert!(said.contains("keep the identity elsewhere"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_overwrites_nothing_and_opens_for_its_recipients_only() {
    let mut world = world().await;
    world.server.terminate().await;
    let (keys, second, stranger) = (Keys::new().await, Keys::new().await, Keys::new().await);
    let (data, shelf) = (world.folder.path().to_path_buf(), tempfile::tempdir().unwrap());
    let words = ["backup", "--data", word(&data), "--to", word(shelf.path()), "--recipient", &keys.recipient];
    let both = [&words[..], &["--recipient", &second.recipient, "--identity", word(&second.identity)]].concat();
    assert!(dandan(&both).await.ok().contains("found whole"));
    let named: Vec<_> = std::fs::read_dir(shelf.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [backup] = &named[..] else { panic!("{named:?}") };
    let name = backup.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("dandan-00007e57-20") && name.ends_with("Z.age"), "{name}");
    assert_eq!(std::fs::metadata(backup).unwrap().permissions().mode() & 0o777, 0o600);
    keys.verify(backup).await.ok();
    second.verify(backup).await.ok();
    assert!(stranger.verify(backup).await.refused().contains("sealed for somebody else"));
    assert!(keys.back_up(&data, backup).await.refused().contains("overwrites nothing"));

    let full = tempfile::tempdir().unwrap();
    std::fs::write(full.path().join("anything"), "").unwrap();
    assert!(keys.restore(backup, full.path()).await.refused().contains("not empty"));
    assert_eq!(std::fs::read_dir(full.path()).unwrap().count(), 1);
    assert!(keys.back_up(full.path(), shelf.path()).await.refused().contains("no journal"));
    assert_eq!(std::fs::read_dir(full.path()).unwrap().count(), 1, "looking for a journal makes nothing");
    dandan(&["backup", "--data", word(&data), "--to", word(shelf.path())]).await.refused();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_houses_secrets_are_not_in_a_backup() {
    let world = world().await;
    let party = world.join("a1").await;
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    let backup = shelf.path().join("b.age");
    keys.back_up(world.folder.path(), &backup).await.ok();
    let elsewhere = shelf.path().join("new");
    keys.restore(&backup, &elsewhere).await.ok();
    let mut names: Vec<_> =
        std::fs::read_dir(&elsewhere).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["anchor.json", "journal.sqlite"]);
    let secrets = std::fs::read_to_string(world.folder.path().join("keys.toml")).unwrap();
    let journal = std::fs::read(elsewhere.join("journal.sqlite")).unwrap();
    let secrets: Vec<&str> = secrets.split('"').filter(|word| word.len() == 64).collect();
    assert_eq!(secrets.len(), 2);
    let holds = |needle: &[u8]| journal.windows(needle.len()).any(|window| window == needle);
    for secret in secrets {
        assert!(!holds(secret.as_bytes()) && !holds(&hex::decode(secret).unwrap()));
    }
    assert!(holds(b"OrderPlaced"), "the journal itself is there");
    let sealed = std::fs::read(&backup).unwrap();
    assert!(!sealed.windows(11).any(|window| window == b"OrderPlaced"), "outside nothing can be read");
    assert_eq!(
        std::fs::read_dir(world.folder.path())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".backup-copy-") })
            .count(),
        0,
        "no plain copy is left in the data folder"
    );
}
