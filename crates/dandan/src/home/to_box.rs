//! From the cloud into a box.
//!
//! First the cloud's book says that the store has a box, then the journal is fenced, and only then copied. A node that took the store
//! on in between looks into the book again after it has taken the journal over, and gives it up (`cloud::site`); one that decides for
//! it already finds itself fenced. So what was copied is all there is.

use super::Move;
use crate::cloud::Book;
use crate::database::DatabaseArgs;
use crate::keys::HouseKeys;
use crate::replica::{self, Menus};
use anyhow::{Context, ensure};
use engine::{Clock as _, SystemClock};
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use std::path::Path;
use std::sync::Arc;

pub async fn run(wish: Move) -> anyhow::Result<()> {
    let postgres = wish.postgres.clone().context("say where the cloud's database is: --postgres")?;
    let database = DatabaseArgs { postgres, postgres_ca: wish.postgres_ca.clone() };
    let folder = wish.folder.as_deref().context("say where the box's data folder is to be made: --folder")?;
    let journal: Arc<dyn Journal> = Arc::new(database.journal().await?);
    let book = Book::open(database.read()?).await?;
    let keys = book.keys_of(&HouseKeys::read(&wish.data)?, wish.store).await?;
    make_room(folder)?;
    let target = SqliteJournal::open(folder)?;
    for stream in Stream::ALL {
        let head = target.head(StreamKey::new(StoreKey(wish.store.0), stream)).await?;
        ensure!(head.seq == 0, "there is a journal of this store in {} already", folder.display());
    }
    keys.write_once(folder)?;
    let now_ms = SystemClock::new("UTC")?.now_ms();
    let what = serde_json::json!({ "to": "box", "folder": folder.display().to_string(), "why": wish.reason }).to_string();
    book.write_down(wish.store, now_ms, &wish.by, "home", &what).await?;
    let code = book.give_to_box(wish.store, &wish.wifi, wish.lan_url.trim_end_matches('/'), now_ms).await?;
    let events = copy(&journal, &target, wish.store.0).await.with_context(|| {
        format!("the store is given to a box already; make its folder with `dandan cloud rescue --store {}`", wish.store)
    })?;
    println!("{events} events, and the store's keys, are in {}.", folder.display());
    println!("Bring the folder to the box, and there: dandan join {code} --cloud https://… --data FOLDER");
    println!("then: dandan serve --data FOLDER --store {}", wish.store);
    println!("Until it serves, phones are told that the shop is offline.");
    Ok(())
}

fn make_room(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {} can't be made", folder.display()))
}

async fn copy(journal: &Arc<dyn Journal>, target: &SqliteJournal, store: u128) -> anyhow::Result<u64> {
    let mut events = 0;
    for stream in Stream::ALL {
        let key = StreamKey::new(StoreKey(store), stream);
        // Far above whoever decided: an epoch that is a little higher it might take for one of its own that it lost.
        let decided = journal.take_over(key).await?;
        let epoch = replica::rise_above(&**journal, key, decided).await?;
        events += link::carry(journal, target, key, &Menus).await?.seq;
        replica::rise_above(target, key, epoch).await?;
    }
    Ok(events)
}
