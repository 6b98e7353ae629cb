//! The restaurant that is measured: the demo's menu and staff, with more tables.

use super::children::Process;
use super::client::{Call, Client};
use super::load::Ids;
use crate::serve::House;
use anyhow::{Context, anyhow};
use api::Signer;
use domain::catalog::{CatalogCommand, Mode, Role, Staff, Table};
use domain::floor::{FloorCommand, Known};
use domain::menu::{Charge, Dish};
use domain::{Money, SessionId, StaffId, StoreId, TableId};
use menu_file::Format;
use menu_file::house::{HouseFile, StaffEntry};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The code the one device of the bench is paired with.
const PAIRING: &str = "bench-device";
/// Connections that prepare what is not timed.
const HELPERS: usize = 16;

/// A seeded data folder that is copied for every window, so that each starts alike.
#[derive(Debug)]
pub(crate) struct BenchHouse {
    folder: PathBuf,
    signer: Signer,
    manager: (StaffId, String),
    pub store: StoreId,
    pub known: Arc<Known>,
}

/// A party that sits at a table.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub session: SessionId,
    pub token: String,
}

impl BenchHouse {
    /// Seeds a folder, and opens the day or not.
    pub async fn make(folder: &Path, tables: usize, open: bool) -> anyhow::Result<BenchHouse> {
        let mut file = menu_file::house::parse(include_str!("../../../../demo/house.toml"))?;
        // The figures are of orders that go through by themselves: nobody nods, nothing is paused, nothing is cleaned.
        file.house.policy.service = domain::catalog::ServicePolicy::default();
        file.house.policy.kitchen =
            domain::catalog::KitchenPolicy { stop_unseen_s: 0, ..domain::catalog::KitchenPolicy::default() };
        file.house.printers.clear();
        file.house.kitchen_printers.clear();
        file.house.till_printer = None;
        set_tables(&mut file, tables)?;
        let manager = file.staff.iter().find(|staff| staff.role == Role::Manager).context("the demo has no manager")?;
        let house = House::open(folder, file.house.store, &file.house.time_zone).await?;
        set_up(&house, &file, manager).await?;
        if open {
            let opened = house.store.submit_floor(house.store.fresh_request(), FloorCommand::OpenDay).await;
            opened.map_err(|refused| anyhow!("the day could not be opened: {refused:?}"))?;
        }
        let (store, known) = (house.store.id(), house.store.known());
        let signer = Signer::new(&house.keys.signing()?);
        house.store.stop().await;
        Ok(BenchHouse { folder: folder.to_path_buf(), signer, manager: (manager.id.clone(), manager.pin.clone()), store, known })
    }

    /// Copies the folder, as it was when it was seeded.
    pub fn copy_to(&self, folder: &Path) -> anyhow::Result<()> {
        copy_all(&self.folder, folder)
    }

    /// An address below the store's.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/stores/{}{rest}", self.store)
    }

    /// Signs the manager in on a new device.
    pub async fn sign_in(&self, address: SocketAddr, ids: &mut Ids) -> anyhow::Result<String> {
        let mut client = Client::connect(address).await?;
        let (pair, sign_in) = (self.path("/devices/pair"), self.path("/staff/sign-in"));
        let body = json!({ "code": PAIRING, "name": "bench" });
        let call = Call { method: "POST", path: &pair, key: Some(ids.next()), body: Some(&body), ..Call::default() };
        let device = text(&client.json(call).await?, "token")?;
        let body = json!({ "staff": self.manager.0, "pin": self.manager.1 });
        let call = Call { method: "POST", path: &sign_in, token: Some(&device), body: Some(&body), ..Call::default() };
        text(&client.json(call).await?, "token")
    }

    /// Seats a party at each of the first `count` tables of the hall.
    pub async fn seat(&self, server: &Process, count: usize, seed: u64) -> anyhow::Result<Vec<Party>> {
        let tables: Vec<&Table> = self.known.house.tables.iter().take(count).collect();
        let helpers = tables.chunks(count.div_ceil(HELPERS).max(1)).zip(seed..).map(|(tables, seed)| async move {
            let mut client = Client::connect(server.address).await?;
            let mut ids = Ids::new(seed);
            let mut parties = Vec::with_capacity(tables.len());
            for table in tables {
                parties.push(self.join(&mut client, table, &mut ids).await?);
            }
            anyhow::Ok(parties)
        });
        Ok(futures::future::try_join_all(helpers).await?.concat())
    }

    async fn join(&self, client: &mut Client, table: &Table, ids: &mut Ids) -> anyhow::Result<Party> {
        let mark = self.signer.mark(&format!("table.{}.{}.{}", self.store, table.id, table.code_version), 10);
        let code = format!("{}.{}.{mark}", table.id, table.code_version);
        let session = SessionId(ids.next());
        let guest = format!("{:032x}", ids.next());
        let body = json!({ "code": code, "guest": guest, "name": "小明", "covers": 3, "session": session });
        let path = self.path("/sessions/join");
        let call = Call { method: "POST", path: &path, key: Some(ids.next()), body: Some(&body), ..Call::default() };
        let answer = client.json(call).await?;
        Ok(Party { session, token: text(&answer, "token")? })
    }

    /// Four dishes that can be ordered at any hour without choosing anything; others for each party.
    pub fn four_dishes(&self, party: usize) -> Vec<(&Dish, Money)> {
        let plain: Vec<&Dish> = self.known.menu.dishes.iter().filter(|dish| is_plain(dish)).collect();
        let chosen = (0..4).filter_map(|line| plain.get((party * 4 + line * 7) % plain.len()));
        chosen.filter_map(|dish| Some((*dish, dish.variants.first()?.price))).collect()
    }
}

/// Copies files and folders into a folder that is there.
fn copy_all(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&copy)?;
            copy_all(&entry.path(), &copy)?;
        } else {
            std::fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}

/// A field of an answer.
pub(crate) fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in the answer"))
}

/// Whether a dish can be ordered at any hour and in any number without choosing anything.
pub(crate) fn is_plain(dish: &Dish) -> bool {
    let free = dish.groups.iter().all(|group| group.min == 0);
    free && dish.charge == Charge::Item
        && dish.pot.is_none()
        && dish.set_groups.is_empty()
        && dish.hours.is_none()
        && dish.daily_count.is_none()
}

/// Publishes set-up and menu, hires the manager, and allows one device.
async fn set_up(house: &House, file: &HouseFile, manager: &StaffEntry) -> anyhow::Result<()> {
    let menu = menu_file::read_bytes(include_bytes!("../../../../demo/menu.csv"), Format::Csv, 1);
    let menu = menu.map_err(|errors| anyhow!("the demo menu has {} mistakes", errors.len()))?;
    let store = &house.store;
    store.publish_menu(store.fresh_request(), menu).await.context("the menu was not published")?;
    let pin_hash =
        api::hash_pin(&manager.pin, &house.keys.pepper()?).map_err(|error| anyhow!("no PIN could be hashed: {error}"))?;
    let staff = Staff { id: manager.id.clone(), name: manager.name.clone(), role: manager.role, pin_hash, left: false };
    let until = store.now().at.plus_minutes(24 * 60);
    let device = CatalogCommand::AllowPairing { code_hash: api::code_hash(PAIRING), until };
    for command in [CatalogCommand::PublishHouse(file.house.clone()), CatalogCommand::PutStaff(staff), device] {
        let done = store.submit_catalog(store.fresh_request(), command).await;
        done.map_err(|refused| anyhow!("the house could not be set up: {refused:?}"))?;
    }
    Ok(())
}

fn set_tables(file: &mut HouseFile, count: usize) -> anyhow::Result<()> {
    let hall = file.house.areas.iter().find(|area| area.mode == Mode::PayLater).context("the demo has no hall")?;
    let table = |n: usize| -> anyhow::Result<Table> {
        let id: TableId = format!("t{n}").parse().map_err(|error| anyhow!("{error}"))?;
        Ok(Table { id, name: format!("T{n}"), area: hall.id.clone(), seats: 4, code_version: 1 })
    };
    file.house.tables = (1..=count).map(table).collect::<anyhow::Result<_>>()?;
    Ok(())
}
