//! The catalog stream: who works here, which devices are paired, and what is on sale.

use super::{Area, Directive, HeadOffice, House, Override, Printer};
use crate::money::LARGEST;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{DeviceId, DishId, Money, PrinterId, ReleaseId, StaffId, StoreId, Timestamp};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a member of staff may do; see [`Right`](super::Right).
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
    /// Looks, and changes nothing.
    Support,
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
    /// They don't work here any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub left: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
fn is_false(flag: &bool) -> bool {
    !*flag
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
    /// What head office decides here; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_office: Option<HeadOffice>,
    /// What the store has changed of head office's menus, by dish.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<DishId, Override>,
    /// How often it has changed something.
    #[serde(default)]
    pub overrides_revision: u64,
}

/// What can be asked of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)] // A set-up is published once a season; nobody queues them.
pub enum CatalogCommand {
    /// Replaces the set-up.
    PublishHouse(House),
    /// Puts a menu on sale; its bytes are in the blob store and it has passed [`crate::menu::validate`].
    PublishMenu(MenuRef),
    /// Hires, or changes name, role or PIN.
    PutStaff(Staff),
    /// Lets somebody go.
    EndStaff {
        /// Whom.
        id: StaffId,
    },
    /// Signs a device out for good.
    UnpairDevice {
        /// Which.
        device: DeviceId,
    },
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
    /// Takes over what head office wants; its menus are in the blob store and have passed [`crate::menu::validate`].
    FollowHeadOffice {
        /// The store that is asked.
        store: StoreId,
        /// What it wants.
        directive: Directive,
    },
    /// Puts head office's menu on sale, with what the store has changed of it; its bytes are in the blob store.
    PublishRelease {
        /// Which release.
        release: ReleaseId,
        /// With which revision of the store's changes.
        revision: u64,
        /// The menu as it is sold here.
        menu: MenuRef,
    },
    /// Changes a dish of head office's menu for this store; an empty change takes back what was changed before.
    PutOverride {
        /// Which dish.
        dish: DishId,
        /// How it is here.
        change: Override,
        /// Who wants it.
        by: StaffId,
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
    /// Somebody was let go.
    StaffEnded {
        /// Who.
        id: StaffId,
    },
    /// A device was signed out for good.
    DeviceUnpaired {
        /// Which.
        device: DeviceId,
    },
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
    /// Head office's wish was taken over.
    HeadOfficeFollowed(Arc<Directive>),
    /// A menu of head office went on sale.
    ReleasePublished {
        /// Which release.
        release: ReleaseId,
        /// With which revision of the store's changes.
        revision: u64,
        /// The menu as it is sold here.
        menu: MenuRef,
    },
    /// The store changed a dish of head office's menu.
    OverridePut {
        /// Which dish.
        dish: DishId,
        /// How it is here.
        change: Override,
        /// Who wanted it.
        by: StaffId,
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
    /// Nobody of this code works here.
    StaffUnknown,
    /// No such device is paired.
    DeviceUnknown,
    /// The house needs an owner.
    LastOwner,
    /// The set-up contradicts itself: a table stands in an area that isn't there, slips go to a printer that isn't there, a code is
    /// used twice, a printer has impossible paper, or a charge, tip or discount exceeds the whole.
    BadHouse,
    /// Head office makes the menus of this store; it may change single dishes.
    MenuFromHeadOffice,
    /// Head office decides who this is.
    StaffFromHeadOffice,
    /// Head office decides about this device.
    DeviceFromHeadOffice,
    /// The directive is for another store.
    DirectiveElsewhere,
    /// A directive as new was followed already.
    DirectiveOld {
        /// The number of the one followed.
        current: u64,
    },
    /// The directive names something twice, has too much, or isn't in order.
    BadDirective,
    /// It isn't the time of this release, or it is on sale already.
    ReleaseNotDue,
    /// No menu of head office is on sale here.
    NoHeadOfficeMenu,
    /// Head office doesn't allow this change.
    NotOverridable,
    /// A price is below nothing or above the largest, hours are none of a day, or too many dishes are changed.
    BadOverride,
}

impl Catalog {
    /// Decides a command. Refuses without side effects.
    ///
    /// # Errors
    /// The reason it can't be.
    pub fn decide(&self, command: &CatalogCommand, now: Timestamp) -> Result<Vec<CatalogEvent>, CatalogReject> {
        match command {
            CatalogCommand::PublishHouse(house) => publish_house(house),
            CatalogCommand::PublishMenu(_) if self.menu_is_head_offices(now) => Err(CatalogReject::MenuFromHeadOffice),
            CatalogCommand::PublishMenu(menu) => match &self.menu {
                Some(current) if current.version >= menu.version => {
                    Err(CatalogReject::MenuVersionNotNewer { current: current.version })
                }
                Some(_) | None => Ok(alloc::vec![CatalogEvent::MenuPublished(menu.clone())]),
            },
            CatalogCommand::EndStaff { id } => self.end_staff(id),
            CatalogCommand::UnpairDevice { device } | CatalogCommand::PairDevice { device, .. }
                if self.is_head_offices_device(*device) =>
            {
                Err(CatalogReject::DeviceFromHeadOffice)
            }
            CatalogCommand::UnpairDevice { device } => match self.devices.contains_key(device) {
                true => Ok(alloc::vec![CatalogEvent::DeviceUnpaired { device: *device }]),
                false => Err(CatalogReject::DeviceUnknown),
            },
            CatalogCommand::PutStaff(staff) if self.is_head_offices(&staff.id) => Err(CatalogReject::StaffFromHeadOffice),
            CatalogCommand::PutStaff(staff) => {
                check_name(&staff.name)?;
                if staff.role != Role::Owner || staff.left {
                    self.keep_an_owner(&staff.id)?;
                }
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
            CatalogCommand::FollowHeadOffice { store, directive } => self.follow(directive, *store),
            CatalogCommand::PublishRelease { release, revision, menu } => self.publish_release(*release, *revision, menu, now),
            CatalogCommand::PutOverride { dish, change, by } => self.put_override(dish, change, by, now),
        }
    }

    fn end_staff(&self, id: &StaffId) -> Result<Vec<CatalogEvent>, CatalogReject> {
        let known = self.staff.get(id).ok_or(CatalogReject::StaffUnknown)?;
        if self.is_head_offices(id) {
            return Err(CatalogReject::StaffFromHeadOffice);
        }
        if known.left {
            return Ok(Vec::new());
        }
        self.keep_an_owner(id)?;
        Ok(alloc::vec![CatalogEvent::StaffEnded { id: id.clone() }])
    }

    /// Somebody must be left who may do everything.
    fn keep_an_owner(&self, changed: &StaffId) -> Result<(), CatalogReject> {
        let owners = || self.staff.values().filter(|staff| staff.role == Role::Owner && !staff.left);
        let is_last = owners().any(|staff| staff.id == *changed) && owners().count() == 1;
        if is_last { Err(CatalogReject::LastOwner) } else { Ok(()) }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &CatalogEvent) {
        match event {
            CatalogEvent::HousePublished(house) => self.house = Some(house.clone()),
            CatalogEvent::MenuPublished(menu) => self.apply_menu(menu),
            CatalogEvent::StaffPut(staff) => {
                self.staff.insert(staff.id.clone(), staff.clone());
            }
            CatalogEvent::StaffEnded { id } => {
                if let Some(staff) = self.staff.get_mut(id) {
                    staff.left = true;
                }
            }
            CatalogEvent::DeviceUnpaired { device } => {
                self.devices.remove(device);
            }
            CatalogEvent::PairingAllowed { code_hash, until } => {
                self.pairing.insert(code_hash.clone(), *until);
            }
            CatalogEvent::DevicePaired { code_hash, device } => {
                self.pairing.remove(code_hash);
                self.devices.insert(device.id, device.clone());
            }
            CatalogEvent::HeadOfficeFollowed(directive) => self.apply_directive(directive),
            CatalogEvent::ReleasePublished { release, revision, menu } => self.apply_release(*release, *revision, menu),
            CatalogEvent::OverridePut { dish, change, by: _ } => self.apply_override(dish, change),
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
            CatalogEvent::StaffEnded { .. } => "StaffEnded",
            CatalogEvent::DeviceUnpaired { .. } => "DeviceUnpaired",
            CatalogEvent::PairingAllowed { .. } => "PairingAllowed",
            CatalogEvent::DevicePaired { .. } => "DevicePaired",
            CatalogEvent::HeadOfficeFollowed(_) => "HeadOfficeFollowed",
            CatalogEvent::ReleasePublished { .. } => "ReleasePublished",
            CatalogEvent::OverridePut { .. } => "OverridePut",
        }
    }

    /// The menus whose bytes must be in the blob store before the event is anywhere.
    pub fn menus(&self) -> Vec<&MenuRef> {
        match self {
            CatalogEvent::MenuPublished(menu) | CatalogEvent::ReleasePublished { menu, .. } => alloc::vec![menu],
            CatalogEvent::HeadOfficeFollowed(directive) => directive.releases.iter().map(|release| &release.menu).collect(),
            CatalogEvent::HousePublished(_)
            | CatalogEvent::StaffPut(_)
            | CatalogEvent::StaffEnded { .. }
            | CatalogEvent::DeviceUnpaired { .. }
            | CatalogEvent::PairingAllowed { .. }
            | CatalogEvent::DevicePaired { .. }
            | CatalogEvent::OverridePut { .. } => Vec::new(),
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<(), CatalogReject> {
    let fits = !name.trim().is_empty() && is_plain(name, LONGEST_NAME);
    fits.then_some(()).ok_or(CatalogReject::BadName)
}

fn publish_house(house: &House) -> Result<Vec<CatalogEvent>, CatalogReject> {
    let areas_exist = house.tables.iter().all(|table| house.area(&table.area).is_some());
    let once = |i: usize| house.tables[..i].iter().all(|other| other.id != house.tables[i].id);
    let area_once = |i: usize| house.areas[..i].iter().all(|other| other.id != house.areas[i].id);
    let account_once = |i: usize| house.accounts[..i].iter().all(|other| other.id != house.accounts[i].id);
    if !charges_fit(house) || !(0..house.accounts.len()).all(account_once) {
        return Err(CatalogReject::BadHouse);
    }
    if !areas_exist || !(0..house.tables.len()).all(once) || !(0..house.areas.len()).all(area_once) {
        return Err(CatalogReject::BadHouse);
    }
    if !printers_fit(house) {
        return Err(CatalogReject::BadHouse);
    }
    Ok(alloc::vec![CatalogEvent::HousePublished(Arc::new(house.clone()))])
}

/// Whether no rate exceeds the whole, and no fee is below nothing or above the largest check.
fn charges_fit(house: &House) -> bool {
    let whole = 10_000;
    let is_fee = |fee: Money| fee >= Money::ZERO && fee <= LARGEST;
    let area_fits = |area: &Area| area.service_charge_bp <= whole && is_fee(area.seat_fee) && is_fee(area.minimum_spend);
    let limits = &house.policy.service.discount_limits;
    house.areas.iter().all(area_fits)
        && house.policy.tips_bp.iter().all(|tip| *tip <= whole)
        && limits.iter().all(|limit| limit.bp <= whole)
}

/// Whether each printer is there once with paper it can have, and whatever is sent to one finds it.
fn printers_fit(house: &House) -> bool {
    let once = |i: usize| house.printers[..i].iter().all(|other| other.id != house.printers[i].id);
    let route_once =
        |i: usize| house.kitchen_printers[..i].iter().all(|other| other.station != house.kitchen_printers[i].station);
    let is_there = |id: &PrinterId| house.printer(id).is_some();
    let steps_in = |printer: &Printer| printer.fallback.as_ref().is_none_or(|other| *other != printer.id && is_there(other));
    (0..house.printers.len()).all(once)
        && house.printers.iter().all(|printer| matches!(printer.width_mm, 58 | 80) && steps_in(printer))
        && (0..house.kitchen_printers.len()).all(route_once)
        && house.kitchen_printers.iter().all(|route| is_there(&route.printer))
        && house.till_printer.as_ref().is_none_or(is_there)
}
