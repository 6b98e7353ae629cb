//! A restaurant of the replay's own: real SQLite in a temporary folder, served on this machine only.

use super::client::{Client, Staff};
use super::guest::Table;
use crate::seed;
use crate::serve::{self, House, Surroundings};
use anyhow::{Context, anyhow, ensure};
use domain::catalog::{Area, CatalogCommand, House as SetUp, Mode, Policy, Role, Table as HouseTable};
use domain::floor::{FloorEvent, OrderPlaced};
use domain::menu::Menu;
use domain::{AreaId, Currency, Money, StaffId, StoreId, TableId, Text};
use engine::Store;
use journal::{StoreKey, Stream, StreamKey};
use menu_file::chipotle::Replay;
use menu_file::house::{HouseFile, StaffEntry};
use pay::PaymentConfig;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const STORE: StoreId = StoreId(0xc41);
const MANAGER: &str = "manager";
const PIN: &str = "24681357";

/// The restaurant at work.
pub(super) struct Own {
    pub client: Client,
    pub staff: Staff,
    pub tables: Vec<Table>,
    store: Store,
    stop: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

/// Opens it with as many tables as there are parties at once.
pub(super) async fn open(tables: u16, menu: Menu) -> anyhow::Result<Own> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let house = House::open(folder.path(), STORE, "UTC").await?;
    seed::seed(&house.store, &house.keys, set_up(tables)?, menu).await?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app = serve::app(&house, Surroundings::new(&url, &PaymentConfig::default())?)?;
    let code = format!("{:032x}", house.store.fresh_id());
    let until = house.store.now().at.plus_minutes(5);
    let pairing = CatalogCommand::AllowPairing { code_hash: api::code_hash(&code), until };
    let allowed = house.store.submit_catalog(house.store.fresh_request(), pairing).await;
    allowed.map_err(|refused| anyhow!("no pairing code could be made: {refused:?}"))?;
    let known = house.store.known();
    let tables = known.house.tables.iter().map(|table| {
        let code = Some(app.table_code(table));
        Table { id: table.id.to_string(), code }
    });
    let tables = tables.collect();

    let stop = CancellationToken::new();
    let served = tokio::spawn(serve::serve(app, house.anchor.clone(), listener, stop.clone().cancelled_owned()));
    let client = Client::new(&url, STORE)?;
    let staff = client.sign_in(&code, MANAGER, PIN).await?;
    Ok(Own { client, staff, tables, store: house.store, stop, served, _folder: folder })
}

fn set_up(tables: u16) -> anyhow::Result<HouseFile> {
    let hall: AreaId = "hall".parse()?;
    let table = |number: u16| {
        let id: TableId = format!("t{number}").parse()?;
        Ok(HouseTable { id, name: format!("T{number}"), area: hall.clone(), seats: 4, code_version: 1 })
    };
    let house = SetUp {
        store: STORE,
        name: Text::new("重放", "Replay"),
        currency: Currency::Usd,
        time_zone: "UTC".to_owned(),
        areas: vec![Area::new(hall.clone(), Text::new("大厅", "Hall"), Mode::PayLater)],
        tables: (1..=tables).map(table).collect::<anyhow::Result<_>>()?,
        policy: Policy { scan_opens_table: true, ..Policy::default() },
        accounts: Vec::new(),
        printers: Vec::new(),
        kitchen_printers: Vec::new(),
        till_printer: None,
    };
    let id: StaffId = MANAGER.parse()?;
    let manager = StaffEntry { id, name: "Manager".to_owned(), role: Role::Manager, pin: PIN.to_owned() };
    Ok(HouseFile { house, staff: vec![manager] })
}

impl Own {
    /// Closes the day and the server, and holds the journal against the file.
    pub async fn close_and_check(self, replay: &Replay) -> anyhow::Result<()> {
        let body = json!({ "accept_unmatched": true });
        let closed = self.client.post("/day/close", Some(&self.staff), &body).await?.must(200)?;
        let unmatched = closed["unmatched"].as_array().context("the day's list is missing")?;
        // Nobody carried the food out; everything else must add up.
        let open: Vec<_> = unmatched.iter().filter(|item| item.get("unserved").is_none()).collect();
        ensure!(open.is_empty(), "{} things don't add up at the day's end, the first is {}", open.len(), open[0]);
        self.stop.cancel();
        self.served.await??;

        let placed = placed(&self.store).await?;
        let orders = replay.orders();
        ensure!(placed.len() == orders.len(), "the journal has {} orders, the file {}", placed.len(), orders.len());
        let total: Money = placed.iter().map(|order| order.total).sum();
        ensure!(total == replay.total(), "the journal's orders cost {total:?}, the file's {:?}", replay.total());
        let lines: usize = placed.iter().map(|order| order.lines.len()).sum();
        ensure!(lines == replay.line_count(), "the journal has {lines} lines, the file {}", replay.line_count());
        Ok(())
    }
}

/// Every order the journal has, after its chain was verified.
async fn placed(store: &Store) -> anyhow::Result<Vec<OrderPlaced>> {
    let (journal, key) = (store.journal(), StreamKey::new(StoreKey(store.id().0), Stream::Floor));
    let report = journal.verify(key, 0).await?;
    ensure!(report.broken.is_none(), "the journal's chain is broken: {report:?}");
    let (mut placed, mut after) = (Vec::new(), 0);
    loop {
        let events = journal.read(key, after, journal::READ_CHUNK).await?;
        let Some(last) = events.last() else { return Ok(placed) };
        after = last.seq;
        for event in events.iter().filter(|event| event.kind == "OrderPlaced") {
            if let FloorEvent::OrderPlaced(order) = serde_json::from_slice(&engine::split_sender(&event.body).0)? {
                placed.push(order);
            }
        }
    }
}
