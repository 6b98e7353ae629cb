//! Puts a set-up, staff, a menu and an open day into a fresh restaurant. Doing it again changes nothing.

use crate::keys::HouseKeys;
use anyhow::{Context, anyhow};
use domain::catalog::{CatalogCommand, Staff};
use domain::floor::FloorCommand;
use domain::menu::Menu;
use engine::Store;
use menu_file::house::{HouseFile, StaffEntry};

/// Publishes a restaurant's set-up, staff and menu where there are none yet, and opens the day.
pub async fn seed(store: &Store, keys: &HouseKeys, file: HouseFile, menu: Menu) -> anyhow::Result<()> {
    let (has_house, has_menu) = store.catalog(|catalog| (catalog.house.is_some(), catalog.menu.is_some()));
    if !has_house {
        let pepper = keys.pepper()?;
        store
            .publish_house(store.fresh_request(), file.house)
            .await
            .map_err(|refused| anyhow!("the set-up was refused: {refused:?}"))?;
        for staff in tokio::task::spawn_blocking(move || hired(file.staff, &pepper)).await?? {
            let put = store.submit_catalog(store.fresh_request(), CatalogCommand::PutStaff(staff)).await;
            put.map_err(|refused| anyhow!("staff were refused: {refused:?}"))?;
        }
    }
    if !has_menu {
        store.publish_menu(store.fresh_request(), menu).await.context("the menu was not published")?;
    }
    open_day(store).await
}

/// Makes codes that pair a device, each good once, for a day.
pub async fn pairing_codes(store: &Store, count: usize) -> anyhow::Result<Vec<String>> {
    let mut codes = Vec::with_capacity(count);
    for _ in 0..count {
        let code = format!("{:012x}", store.fresh_id() & 0xffff_ffff_ffff);
        let until = store.now().at.plus_minutes(24 * 60);
        let command = CatalogCommand::AllowPairing { code_hash: api::code_hash(&code), until };
        let allowed = store.submit_catalog(store.fresh_request(), command).await;
        allowed.map_err(|refused| anyhow!("no pairing code could be made: {refused:?}"))?;
        codes.push(code);
    }
    Ok(codes)
}

async fn open_day(store: &Store) -> anyhow::Result<()> {
    if store.floor(|floor| floor.day.is_some()) {
        return Ok(());
    }
    let opened = store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await;
    opened.map(|_| ()).map_err(|refused| anyhow!("the day could not be opened: {refused:?}"))
}

/// Hashes everybody's PIN, all on one thread: each hash takes 12 MB, which the allocator keeps for the next.
fn hired(entries: Vec<StaffEntry>, pepper: &[u8]) -> anyhow::Result<Vec<Staff>> {
    let hire = |entry: StaffEntry| {
        let pin_hash = api::hash_pin(&entry.pin, pepper).map_err(|error| anyhow!("a PIN could not be hashed: {error}"))?;
        Ok(Staff { id: entry.id, name: entry.name, role: entry.role, pin_hash, left: false })
    };
    entries.into_iter().map(hire).collect()
}
