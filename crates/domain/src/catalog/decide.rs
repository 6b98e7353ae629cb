//! The catalog stream: who works here, which devices are paired, and what is on sale.

use super::House;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{DeviceId, StaffId, Timestamp};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a member of staff may do; the table of rights is in the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Role {
    Waiter,
    Cashier,
    Kitchen,
    Lead,
    Manager,
    Owner,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Their code.
    pub id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Slow hash of the PIN with its salt; never the PIN.
    pub pin_hash: String,
}

/// A device that staff sign in on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it is called.
    pub name: String,
    /// SHA-256 of its key, in hexadecimal.
    pub key_hash: String,
    /// When it was paired.
    pub paired_at: Timestamp,
}

/// Names a published menu: its version and the hash of its bytes in the blob store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuRef {
    /// Its version.
    pub version: u32,
    /// SHA-256 of its JSON, in hexadecimal.
    pub hash: String,
}

/// State of the catalog stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// The set-up; none before the first publication.
    pub house: Option<Arc<House>>,
    /// On sale now.
    pub menu: Option<MenuRef>,
    /// By code.
    pub staff: BTreeMap<StaffId, Staff>,
    /// By id.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Hashes of pairing codes still good, with their end.
    pub pairing: BTreeMap<String, Timestamp>,
}

/// What can be asked of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CatalogCommand {
    /// Replaces the set-up.
    PublishHouse(House),
    /// Puts a menu on sale; its bytes are in the blob store and it has passed [`crate::menu::validate`].
    PublishMenu(MenuRef),
    /// Hires, or changes name, role or PIN.
    PutStaff(Staff),
    /// Makes a one-time code with which a device can be paired.
    AllowPairing {
        /// SHA-256 of the code, in hexadecimal.
        code_hash: String,
        /// Good until then.
        until: Timestamp,
    },
    /// Pairs a device with a one-time code.
    PairDevice {
        /// SHA-256 of the code shown.
        code_hash: String,
        /// The device.
        device: DeviceId,
        /// What it is called.
        name: String,
        /// SHA-256 of the key it was given.
        key_hash: String,
    },
}

/// What happened to the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CatalogEvent {
    /// The set-up was replaced.
    HousePublished(Arc<House>),
    /// A menu went on sale.
    MenuPublished(MenuRef),
    /// Somebody was hired or changed.
    StaffPut(Staff),
    /// A pairing code was made.
    PairingAllowed {
        /// SHA-256 of the code.
        code_hash: String,
        /// Good until then.
        until: Timestamp,
    },
    /// A device was paired; the code is spent.
    DevicePaired {
        /// SHA-256 of the code spent.
        code_hash: String,
        /// The device.
        device: Device,
    },
}

/// Why the catalog says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CatalogReject {
    /// The version on sale is the same or newer.
    MenuVersionNotNewer {
        /// The version on sale.
        current: u32,
    },
    /// No such pairing code, or it is spent or too old.
    PairingCodeUnknown,
    /// A name is missing, too long or can't be printed.
    BadName,
    /// The set-up contradicts itself: a table stands in an area that isn't there, a code is used twice, or a charge or tip exceeds
    /// the whole.
    BadHouse,
}

impl Catalog {
    /// Decides a command. Refuses without side effects.
    ///
    /// # Errors
    /// The reason it can't be.
    pub fn decide(&self, command: &CatalogCommand, now: Timestamp) -> Result<Vec<CatalogEvent>, CatalogReject> {
        match command {
            CatalogCommand::PublishHouse(house) => publish_house(house),
            CatalogCommand::PublishMenu(menu) => match &self.menu {
                Some(current) if current.version >= menu.version => {
                    Err(CatalogReject::MenuVersionNotNewer { current: current.version })
                }
                Some(_) | None => Ok(alloc::vec![CatalogEvent::MenuPublished(menu.clone())]),
            },
            CatalogCommand::PutStaff(staff) => {
                check_name(&staff.name)?;
                Ok(alloc::vec![CatalogEvent::StaffPut(staff.clone())])
            }
            CatalogCommand::AllowPairing { code_hash, until } => {
                Ok(alloc::vec![CatalogEvent::PairingAllowed { code_hash: code_hash.clone(), until: *until }])
            }
            CatalogCommand::PairDevice { code_hash, device, name, key_hash } => {
                check_name(name)?;
                if self.pairing.get(code_hash).is_none_or(|until| now > *until) {
                    return Err(CatalogReject::PairingCodeUnknown);
                }
                let device = Device { id: *device, name: name.clone(), key_hash: key_hash.clone(), paired_at: now };
                Ok(alloc::vec![CatalogEvent::DevicePaired { code_hash: code_hash.clone(), device }])
            }
        }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &CatalogEvent) {
        match event {
            CatalogEvent::HousePublished(house) => self.house = Some(house.clone()),
            CatalogEvent::MenuPublished(menu) => self.menu = Some(menu.clone()),
            CatalogEvent::StaffPut(staff) => {
                self.staff.insert(staff.id.clone(), staff.clone());
            }
            CatalogEvent::PairingAllowed { code_hash, until } => {
                self.pairing.insert(code_hash.clone(), *until);
            }
            CatalogEvent::DevicePaired { code_hash, device } => {
                self.pairing.remove(code_hash);
                self.devices.insert(device.id, device.clone());
            }
        }
    }
}

impl CatalogEvent {
    /// The published name of the event's format.
    pub fn kind(&self) -> &'static str {
        match self {
            CatalogEvent::HousePublished(_) => "HousePublished",
            CatalogEvent::MenuPublished(_) => "MenuPublished",
            CatalogEvent::StaffPut(_) => "StaffPut",
            CatalogEvent::PairingAllowed { .. } => "PairingAllowed",
            CatalogEvent::DevicePaired { .. } => "DevicePaired",
        }
    }
}

fn check_name(name: &str) -> Result<(), CatalogReject> {
    let fits = !name.trim().is_empty() && is_plain(name, LONGEST_NAME);
    fits.then_some(()).ok_or(CatalogReject::BadName)
}

fn publish_house(house: &House) -> Result<Vec<CatalogEvent>, CatalogReject> {
    let areas_exist = house.tables.iter().all(|table| house.area(&table.area).is_some());
    let once = |i: usize| house.tables[..i].iter().all(|other| other.id != house.tables[i].id);
    let area_once = |i: usize| house.areas[..i].iter().all(|other| other.id != house.areas[i].id);
    let account_once = |i: usize| house.accounts[..i].iter().all(|other| other.id != house.accounts[i].id);
    let whole = 10_000;
    let rates_fit =
        house.areas.iter().all(|area| area.service_charge_bp <= whole) && house.policy.tips_bp.iter().all(|tip| *tip <= whole);
    if !rates_fit || !(0..house.accounts.len()).all(account_once) {
        return Err(CatalogReject::BadHouse);
    }
    if !areas_exist || !(0..house.tables.len()).all(once) || !(0..house.areas.len()).all(area_once) {
        return Err(CatalogReject::BadHouse);
    }
    Ok(alloc::vec![CatalogEvent::HousePublished(Arc::new(house.clone()))])
}
