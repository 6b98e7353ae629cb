//! The restaurant that is mistreated: three dishes, forty tables, a cashier and a cook; seeded before the server is started.

use anyhow::{Context, anyhow};
use api::Signer;
use domain::catalog::{CatalogCommand, House, Role, Staff};
use domain::floor::FloorCommand;
use domain::menu::Menu;
use domain::{StoreId, Timestamp};
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::{Journal, SqliteJournal};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Which restaurant.
pub const STORE: StoreId = StoreId(0xfa17);
/// Everybody's PIN.
pub const PIN: &str = "13579";
/// The code the one device is paired with.
pub const PAIRING: &str = "pair-me";
/// What a portion of rice costs, in fen.
pub const RICE: i64 = 300;
/// The name of the kitchen's printer.
pub const PRINTER: &str = "kitchen";

const SIGNING: [u8; 32] = [7; 32];
const PEPPER: [u8; 32] = [9; 32];

/// Makes the data folder's secrets, set-up, menu and staff, and opens the day. Nobody prints without a printer.
///
/// # Errors
/// The folder can't be written, or the rules refuse the set-up.
pub async fn furnish(folder: &Path, printer: Option<SocketAddr>) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let path = folder.join("keys.toml");
    std::fs::write(&path, format!("signing = \"{}\"\npepper = \"{}\"\n", hex(&SIGNING), hex(&PEPPER)))?;
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder)?);
    let gone = Arc::downgrade(&journal);
    set_up(journal, printer).await?;
    // The writer holds the journal until its task has ended.
    for _ in 0..1_000 {
        if gone.strong_count() == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Err(anyhow!("the seeded journal is still open"))
}

async fn set_up(journal: Arc<dyn Journal>, printer: Option<SocketAddr>) -> anyhow::Result<()> {
    let store = Store::open(STORE, journal, Arc::new(SystemClock::new("UTC")?), Arc::new(RandomIds), WriterOptions::default());
    let store = store.await?;
    let pin_hash = api::hash_pin(PIN, &PEPPER).map_err(|error| anyhow!("no PIN could be hashed: {error}"))?;
    let mut commands = vec![
        CatalogCommand::PublishHouse(house(printer)?),
        CatalogCommand::AllowPairing { code_hash: api::code_hash(PAIRING), until: Timestamp(i64::MAX) },
    ];
    for (id, role) in [("cashier", Role::Cashier), ("cook", Role::Kitchen)] {
        let id = id.parse().map_err(|error| anyhow!("{error}"))?;
        commands.push(CatalogCommand::PutStaff(Staff {
            id,
            name: "小李".to_owned(),
            role,
            pin_hash: pin_hash.clone(),
            left: false,
        }));
    }
    for command in commands {
        let done = store.submit_catalog(store.fresh_request(), command).await;
        done.map_err(|refused| anyhow!("the set-up was refused: {refused:?}"))?;
    }
    store.publish_menu(store.fresh_request(), menu()?).await.context("the menu was not published")?;
    let opened = store.submit_floor(store.fresh_request(), FloorCommand::OpenDay).await;
    opened.map_err(|refused| anyhow!("the day was not opened: {refused:?}"))?;
    store.stop().await;
    Ok(())
}

/// The code on a table of the hall, 1 to 40.
pub fn table_code(table: usize) -> String {
    let mark = Signer::new(&SIGNING).mark(&format!("table.{STORE}.a{table}.1"), 10);
    format!("a{table}.1.{mark}")
}

fn text(name: &str) -> Value {
    json!({ "zh": name, "en": name })
}

fn house(printer: Option<SocketAddr>) -> anyhow::Result<House> {
    let tables: Vec<Value> = (1..=40)
        .map(|n| json!({ "id": format!("a{n}"), "name": format!("A{n}"), "area": "hall", "seats": 4, "code_version": 1 }))
        .collect();
    let mut house = json!({
        "store": STORE, "name": text("Faults"), "currency": "CNY", "time_zone": "UTC",
        "areas": [{ "id": "hall", "name": text("hall"), "mode": "pay_later" }],
        "tables": tables,
        "policy": { "scan_opens_table": true, "unpaid_minutes": 15, "rush_pause_s": 60,
            // What no screen paints must not stop the guests' orders here: most scenarios have no screen.
            "kitchen": { "stop_unseen_s": 0 } },
    });
    if let Some(address) = printer {
        house["printers"] = json!([{ "id": PRINTER, "name": "后厨", "address": address.to_string(), "width_mm": 80 }]);
        house["kitchen_printers"] = json!([{ "station": "wok", "printer": PRINTER, "when": "always" }]);
    }
    serde_json::from_value(house).context("the set-up can't be read")
}

fn menu() -> anyhow::Result<Menu> {
    let dish = |id: &str, price: i64| {
        json!({
            "id": id, "code": id, "category": "all", "station": "wok", "name": text(id), "description": null, "image": "",
            "charge": "item", "variants": [{ "id": "std", "name": text(""), "price": price }], "groups": [], "set_groups": [],
            "allergens": [], "hours": null, "daily_count": null, "due_min": 5, "overdue_min": 10, "pinyin": "", "popular": false,
        })
    };
    let menu = json!({
        "version": 1, "currency": "CNY",
        "stations": [{ "id": "wok", "name": text("wok") }],
        "categories": [{ "id": "all", "name": text("all") }],
        "dishes": [dish("rice", RICE), dish("soup", 1200)],
    });
    serde_json::from_value(menu).context("the menu can't be read")
}
