//! A store of the cloud, added as an operator adds one, with staff who look on and parties that order.

use super::super::client::{Call, Client};
use super::super::house::{is_plain, text};
use super::super::load::Ids;
use super::cloud::Cloud;
use crate::keys::HouseKeys;
use anyhow::{Context, anyhow, ensure};
use api::Signer;
use domain::menu::{Dish, Menu};
use domain::{SessionId, StoreId};
use menu_file::Format;
use serde_json::{Value, json};
use std::net::SocketAddr;

const HOUSE: &str = include_str!("../../../../../demo/house.toml");
const MENU: &str = include_str!("../../../../../demo/menu.csv");
/// Who looks on.
const ROLE: &str = "manager";

/// A store of the cloud.
#[derive(Debug)]
pub(super) struct Shop {
    id: StoreId,
    signer: Signer,
    menu: Menu,
    manager: (String, String),
    pairing: String,
    tables: usize,
}

/// People in the store, whom every node knows.
#[derive(Debug)]
pub(super) struct People {
    /// Of the manager.
    pub token: String,
    pub parties: Vec<Party>,
}

/// A party at a table.
#[derive(Debug)]
pub(super) struct Party {
    session: SessionId,
    token: String,
}

impl Shop {
    /// Adds a store with so many tables, by `dandan cloud add-store`.
    pub async fn add(cloud: &Cloud, id: StoreId, tables: usize) -> anyhow::Result<Shop> {
        let (house, menu) = (cloud.folder().join(format!("{id}.toml")), cloud.folder().join("menu.csv"));
        let (file, manager) = house_of(id, tables)?;
        std::fs::write(&house, file)?;
        std::fs::write(&menu, MENU)?;
        let words =
            ["cloud".as_ref(), "add-store".as_ref(), "--house".as_ref(), house.as_os_str(), "--menu".as_ref(), menu.as_os_str()];
        let told: Value = serde_json::from_str(&cloud.run(words).await?)?;
        let pairing = told["pairing_codes"][0].as_str().context("no pairing code was printed")?.to_owned();
        let menu = menu_file::read_bytes(MENU.as_bytes(), Format::Csv, 1);
        let menu = menu.map_err(|errors| anyhow!("the demo menu has {} mistakes", errors.len()))?;
        let signer = Signer::new(&HouseKeys::read(cloud.folder())?.of_store(id)?.signing()?);
        Ok(Shop { id, signer, menu, manager, pairing, tables })
    }

    /// An address below the store's.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/stores/{}{rest}", self.id)
    }

    /// Signs the manager in, and seats a party at every table. Once: the code that pairs the manager's device is good once.
    pub async fn open(&self, address: SocketAddr) -> anyhow::Result<People> {
        let (mut client, mut ids) = (Client::connect(address).await?, Ids::new(11));
        let body = json!({ "code": self.pairing, "name": "bench" });
        let path = self.path("/devices/pair");
        let call = Call { method: "POST", path: &path, key: Some(ids.next()), body: Some(&body), ..Call::default() };
        let device = text(&client.json(call).await?, "token")?;
        let (path, body) = (self.path("/staff/sign-in"), json!({ "staff": self.manager.0, "pin": self.manager.1 }));
        let call = Call { method: "POST", path: &path, token: Some(&device), body: Some(&body), ..Call::default() };
        let token = text(&client.json(call).await?, "token")?;
        let mut parties = Vec::with_capacity(self.tables);
        for table in 1..=self.tables {
            parties.push(self.seat(&mut client, table, &mut ids).await?);
        }
        Ok(People { token, parties })
    }

    async fn seat(&self, client: &mut Client, table: usize, ids: &mut Ids) -> anyhow::Result<Party> {
        let mark = self.signer.mark(&format!("table.{}.t{table}.1", self.id), 10);
        let session = SessionId(ids.next());
        let guest = format!("{:032x}", ids.next());
        let body =
            json!({ "code": format!("t{table}.1.{mark}"), "guest": guest, "name": "小明", "covers": 3, "session": session });
        let path = self.path("/sessions/join");
        let call = Call { method: "POST", path: &path, key: Some(ids.next()), body: Some(&body), ..Call::default() };
        Ok(Party { session, token: text(&client.json(call).await?, "token")? })
    }

    /// Orders one dish for a party; over when it is accepted.
    pub async fn order(&self, client: &mut Client, party: &Party, order: u128, ids: &mut Ids) -> anyhow::Result<()> {
        let plain: Vec<&Dish> = self.menu.dishes.iter().filter(|dish| is_plain(dish)).collect();
        let dish = plain.get(ids.next() as usize % plain.len().max(1)).context("the menu has no plain dish")?;
        let variant = dish.variants.first().context("a dish has no variant")?;
        let line = json!({
            "line": format!("{:032x}", ids.next()), "dish": dish.id, "variant": variant.id, "quantity": 1, "weight_g": null,
            "options": [], "set": [], "note": null, "unit_price": variant.price, "amount": variant.price,
        });
        let body = json!({
            "order": format!("{order:032x}"), "menu_version": self.menu.version, "total": variant.price, "lines": [line], "note": null,
        });
        let path = self.path(&format!("/sessions/{}/orders", party.session));
        let call = Call {
            method: "POST",
            path: &path,
            token: Some(&party.token),
            key: Some(order),
            body: Some(&body),
            ..Call::default()
        };
        let reply = client.send(&call.bytes()).await?;
        ensure!(reply.status == 201, "an order was answered with {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        Ok(())
    }
}

/// The demo restaurant under another id: so many tables in the hall, one manager, no paper, and a kitchen that holds nobody back.
fn house_of(id: StoreId, tables: usize) -> anyhow::Result<(String, (String, String))> {
    let mut file: toml::Table = HOUSE.parse()?;
    for unwanted in ["printers", "kitchen_printers", "till_printer", "accounts"] {
        file.remove(unwanted);
    }
    let policy = file.get_mut("policy").and_then(toml::Value::as_table_mut).context("the demo has no policy")?;
    policy.remove("service");
    policy.insert("kitchen".to_owned(), toml::toml! { stop_unseen_s = 0 }.into());
    let staff = file.get_mut("staff").and_then(toml::Value::as_array_mut).context("the demo has no staff")?;
    staff.retain(|staff| staff.get("role").and_then(toml::Value::as_str) == Some(ROLE));
    let field = |name: &str| staff.first().and_then(|staff| staff.get(name)?.as_str()).map(str::to_owned);
    let manager = field("id").zip(field("pin")).context("the demo has no manager")?;
    let table = |n: usize| {
        toml::Table::from_iter([
            ("id".to_owned(), format!("t{n}").into()),
            ("name".to_owned(), format!("T{n}").into()),
            ("area".to_owned(), "hall".into()),
            ("seats".to_owned(), 4.into()),
        ])
    };
    file.insert("tables".to_owned(), (1..=tables).map(table).collect::<Vec<_>>().into());
    file.insert("store".to_owned(), id.to_string().into());
    Ok((toml::to_string(&file)?, manager))
}
