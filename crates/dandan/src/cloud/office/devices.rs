//! Devices of head office: one key that every store of a unit believes, so that a region's tablet signs in wherever it is taken.

use super::refusal::{No, Outcome};
use super::tokens::{Seat, random};
use super::{Change, Deed, Office, name_of};
use anyhow::Context;
use domain::catalog::Device;
use domain::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;

const ALL: &str = "SELECT device, unit, name, key_hash, made_ms FROM office_device WHERE brand = $1 ORDER BY device";
const PUT: &str = "INSERT INTO office_device VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (brand, device) DO UPDATE SET name = excluded.name";
const DELETE: &str = "DELETE FROM office_device WHERE brand = $1 AND device = $2";

/// A device of a unit.
#[derive(Clone, Debug)]
pub struct OfficeDevice {
    pub unit: String,
    pub device: Device,
}

/// What a device is to be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceBody {
    name: String,
}

/// A device, as it is listed.
#[derive(Debug, Serialize)]
pub struct DeviceView {
    id: DeviceId,
    name: String,
    unit: String,
}

/// A device that was made.
#[derive(Debug, Serialize)]
pub struct MadeDevice {
    id: DeviceId,
    name: String,
    unit: String,
    /// What the device shows in every store, in `Authorization: Bearer`. Said once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl Office {
    /// Every device of a brand.
    pub async fn devices(&self, brand: &str) -> Outcome<Vec<OfficeDevice>> {
        devices_of(&self.book.rows(ALL, &[&brand]).await?)
    }

    /// The devices that may be used in the stores of a unit because of it or a unit above it.
    pub async fn devices_at(&self, seat: &Seat, unit: &str) -> Outcome<Vec<DeviceView>> {
        let tree = self.tree(&seat.brand).await?;
        tree.reached(&seat.unit, unit)?;
        let devices = self.devices(&seat.brand).await?.into_iter().filter(|device| tree.covers(&device.unit, unit));
        Ok(devices.map(|OfficeDevice { unit, device }| DeviceView { id: device.id, name: device.name, unit }).collect())
    }

    /// Makes a device, or renames it. Its key is in the answer that makes it, and nowhere else.
    pub async fn put_device(&self, seat: &Seat, unit: &str, id: DeviceId, body: DeviceBody, now_ms: i64) -> Outcome<MadeDevice> {
        let (brand, name) = (&seat.brand, name_of(&body.name)?);
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, brand).await?;
        let tree = change.tree().await?;
        tree.reached(&seat.unit, unit)?;
        let devices = devices_of(&change.rows(ALL, &[brand]).await?)?;
        let known = devices.iter().find(|known| known.device.id == id);
        if let Some(known) = known.filter(|known| known.unit != unit) {
            return Err(No::new("device_elsewhere", format!("it belongs to {}", known.unit)));
        }
        let made = |key| MadeDevice { id, name: name.clone(), unit: unit.to_owned(), key };
        if known.is_some_and(|known| known.device.name == name) {
            return Ok(made(None));
        }
        if known.is_none() {
            tree.has_room(unit, devices.iter().map(|device| device.unit.as_str()))?;
        }
        let key = if known.is_none() { Some(format!("dhd_{id}_{}{}", random()?, random()?)) } else { None };
        let key_hash = key.as_deref().map(api::code_hash).unwrap_or_default();
        change.rows(PUT, &[brand, &id.to_string(), &unit, &name, &key_hash, &now_ms]).await?;
        let what = json!({ "device": id, "name": name });
        change.done(&seat.name, now_ms, Deed { unit, kind: "device_put", what }).await?;
        self.changed.notify_one();
        Ok(made(key))
    }

    /// A device is believed no more.
    pub async fn end_device(&self, seat: &Seat, unit: &str, id: DeviceId, now_ms: i64) -> Outcome<()> {
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &seat.brand).await?;
        change.tree().await?.reached(&seat.unit, unit)?;
        let devices = devices_of(&change.rows(ALL, &[&seat.brand]).await?)?;
        let Some(known) = devices.iter().find(|known| known.device.id == id) else { return Ok(()) };
        if known.unit != unit {
            return Err(No::new("device_unknown", format!("it belongs to {}", known.unit)));
        }
        change.rows(DELETE, &[&seat.brand, &id.to_string()]).await?;
        let what = json!({ "device": id, "name": known.device.name });
        change.done(&seat.name, now_ms, Deed { unit, kind: "device_ended", what }).await?;
        self.changed.notify_one();
        Ok(())
    }
}

fn devices_of(rows: &[Row]) -> Outcome<Vec<OfficeDevice>> {
    let device = |row: &Row| {
        let id: String = row.get(0);
        let id = id.parse().ok().context("a device's id can't be read")?;
        let device = Device { id, name: row.get(2), key_hash: row.get(3), paired_at: Timestamp(row.get(4)) };
        Ok(OfficeDevice { unit: row.get(1), device })
    };
    Ok(rows.iter().map(device).collect::<anyhow::Result<_>>()?)
}
