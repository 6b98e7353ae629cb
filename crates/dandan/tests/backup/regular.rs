//! The server makes backups by itself, and a failure can be heard.

use crate::hands::{Keys, serve, serve_refused, word};
use crate::world::{order, until, world};
use std::path::PathBuf;

fn backups(folder: &std::path::Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some()).collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_keeps_making_backups_and_says_when_it_cannot() {
    let mut world = world().await;
    let party = world.join("a1").await;
    world.place(&party, &order("rice", 2, 300)).await.ok(201);
    world.server.terminate().await;
    let (keys, shelf) = (Keys::new().await, tempfile::tempdir().unwrap());
    let folder = shelf.path().join("backups");
    let options = ["--backup-to", word(&folder), "--backup-recipient", &keys.recipient, "--backup-every", "2s"];
    assert!(serve_refused(&world, &options).await.contains("isn't there"));
    std::fs::create_dir(&folder).unwrap();

    let served = serve(&world, &options).await;
    let made = until("two backups are made", || async { Some(backups(&folder)).filter(|made| made.len() >= 2) }).await;
    keys.verify(&made[0]).await.ok();
    keys.verify(&made[1]).await.ok();
    let last = served.figure(&world, "dandan_backup_last_success_timestamp_seconds").await.unwrap();
    assert!(last > 1.7e9, "{last}");
    assert_eq!(served.figure(&world, "dandan_backup_failures_total").await, Some(0.0));

    // The disk goes away: the house stays open and says so.
    std::fs::rename(&folder, shelf.path().join("gone")).unwrap();
    until("a failure is counted", || async { served.figure(&world, "dandan_backup_failures_total").await.filter(|n| *n > 0.0) })
        .await;
    assert!(served.log.lock().unwrap().contains("the backup failed"));
    let health = world.http.get(format!("{}/api/v1/health", served.url)).send().await.unwrap();
    assert_eq!(health.status(), 200);
    let before = backups(&shelf.path().join("gone")).len();
    std::fs::rename(shelf.path().join("gone"), &folder).unwrap();
    until("it goes on by itself", || async { (backups(&folder).len() > before).then_some(()) }).await;
}
