//! What head office decides for its stores: menus and when they go on sale, people and devices. And what a store may change of it.
//!
//! Head office sends a store its whole wish at once, numbered; a later one replaces it. The store keeps it, and puts the menus on sale
//! itself when their time comes, whether anybody can be reached then or not.

use super::decide::check_name;
use super::{Catalog, CatalogEvent, CatalogReject, Device, MenuRef, Role, Staff};
use crate::menu::{Dish, Hours, Menu};
use crate::money::LARGEST;
use crate::{DeviceId, DishId, Money, ReleaseId, StaffId, StoreId, Timestamp, VariantId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How many releases a directive may carry: the one on sale and those planned.
pub const MOST_RELEASES: usize = 20;
/// How many people, and how many devices, a directive may carry.
pub const MOST_PEOPLE: usize = 500;
/// How many dishes a store may change, and how many sizes of one.
const MOST_OVERRIDES: usize = 2_000;
const MOST_SIZES: usize = 100;

/// Everything head office wants of one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Which store.
    pub store: StoreId,
    /// Grows with every change; an older one is refused.
    pub number: u64,
    /// What head office calls itself.
    pub brand: String,
    /// The menu on sale and those planned, by when they begin. None: the store makes its own menus.
    pub releases: Vec<Release>,
    /// Everybody who may work here because head office says so.
    pub staff: Vec<Staff>,
    /// Devices of head office that may be used here.
    pub devices: Vec<Device>,
}

/// A menu of head office, and from when it is on sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// On sale from then on, until the next release begins.
    pub from: Timestamp,
    /// The menu: head office's version, and the hash of its bytes.
    pub menu: MenuRef,
    /// The store may set prices of its own.
    #[serde(default)]
    pub may_price: bool,
    /// The store may set hours of its own.
    #[serde(default)]
    pub may_hours: bool,
}

/// What a store has changed of a dish. Counts only where the release on sale allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Prices by size; sizes that aren't named keep head office's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<VariantId, Money>,
    /// Sold only in these minutes of the store's day; none: as head office says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

impl Override {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty() && self.hours.is_none()
    }

    /// Whether a menu stays one that can be sold with it.
    fn fits(&self) -> bool {
        self.prices.len() <= MOST_SIZES
            && self.prices.values().all(|price| *price >= Money::ZERO && *price <= LARGEST)
            && self.hours.is_none_or(|hours| hours.are_of_a_day())
    }
}

/// What a store knows of its head office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadOffice {
    /// What it calls itself.
    pub brand: String,
    /// The number of its last directive.
    pub number: u64,
    /// The menu on sale and those planned, by when they begin.
    pub releases: Vec<Release>,
    /// Who works here because it says so.
    pub staff: BTreeSet<StaffId>,
    /// Which devices are its.
    pub devices: BTreeSet<DeviceId>,
    /// Which release is on sale as it is listed here, with which revision of the store's own changes.
    pub on_sale: Option<(ReleaseId, u64)>,
}

impl HeadOffice {
    /// The release whose time it is.
    pub fn due(&self, now: Timestamp) -> Option<&Release> {
        self.releases.iter().rev().find(|release| release.from <= now)
    }

    /// When the next release begins.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.releases.iter().map(|release| release.from).find(|from| *from > now)
    }

    /// The release with this id.
    pub fn release(&self, id: ReleaseId) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }
}

impl Release {
    /// Whether both put the same on sale, whenever that is.
    fn sells_like(&self, other: &Release) -> bool {
        (&self.menu, self.may_price, self.may_hours) == (&other.menu, other.may_price, other.may_hours)
    }

    /// The menu as it is sold in a store with changes of its own. Changes of dishes or sizes that aren't on it count for nothing.
    pub fn sold_here(&self, mut menu: Menu, overrides: &BTreeMap<DishId, Override>) -> Menu {
        for dish in &mut menu.dishes {
            if let Some(change) = overrides.get(&dish.id) {
                self.change(dish, change);
            }
        }
        menu
    }

    fn change(&self, dish: &mut Dish, change: &Override) {
        if self.may_hours && change.hours.is_some() {
            dish.hours = change.hours;
        }
        for variant in dish.variants.iter_mut().filter(|_| self.may_price) {
            if let Some(price) = change.prices.get(&variant.id) {
                variant.price = *price;
            }
        }
    }
}

impl Catalog {
    /// The work left: a release whose time has come, or whose menu the store has changed since, and the revision of those changes.
    pub fn release_due(&self, now: Timestamp) -> Option<(&Release, u64)> {
        let office = self.head_office.as_ref()?;
        let due = office.due(now)?;
        (office.on_sale != Some((due.id, self.overrides_revision))).then_some((due, self.overrides_revision))
    }

    /// Whether head office makes the menu of this store now. One it has only planned leaves the store its own until then.
    pub fn menu_is_head_offices(&self, now: Timestamp) -> bool {
        self.head_office.as_ref().is_some_and(|office| office.due(now).is_some())
    }

    /// Whether somebody works here because head office says so.
    pub fn is_head_offices(&self, staff: &StaffId) -> bool {
        self.head_office.as_ref().is_some_and(|office| office.staff.contains(staff))
    }

    /// Whether head office has given this device to the store.
    pub fn is_head_offices_device(&self, device: DeviceId) -> bool {
        self.head_office.as_ref().is_some_and(|office| office.devices.contains(&device))
    }

    /// Whether this very directive was followed last: nothing of it can have been changed here since.
    fn is_followed(&self, directive: &Directive) -> bool {
        let Some(office) = &self.head_office else { return false };
        (office.number, &office.brand, &office.releases) == (directive.number, &directive.brand, &directive.releases)
            && office.staff.len() == directive.staff.len()
            && office.devices.len() == directive.devices.len()
            && directive
                .staff
                .iter()
                .all(|person| office.staff.contains(&person.id) && self.staff.get(&person.id) == Some(person))
            && directive
                .devices
                .iter()
                .all(|device| office.devices.contains(&device.id) && self.devices.get(&device.id) == Some(device))
    }

    pub(super) fn follow(&self, directive: &Directive, store: StoreId) -> Result<Vec<CatalogEvent>, CatalogReject> {
        let current = self.head_office.as_ref().map_or(0, |office| office.number);
        if directive.store != store {
            return Err(CatalogReject::DirectiveElsewhere);
        }
        if self.is_followed(directive) {
            return Ok(Vec::new());
        }
        if directive.number <= current {
            return Err(CatalogReject::DirectiveOld { current });
        }
        check_directive(directive)?;
        let after = self.staff_after(directive);
        let had_owner = self.staff.values().any(is_owner);
        if had_owner && !after.values().any(is_owner) {
            return Err(CatalogReject::LastOwner);
        }
        Ok(alloc::vec![CatalogEvent::HeadOfficeFollowed(Arc::new(directive.clone()))])
    }

    pub(super) fn publish_release(
        &self,
        release: ReleaseId,
        revision: u64,
        menu: &MenuRef,
        now: Timestamp,
    ) -> Result<Vec<CatalogEvent>, CatalogReject> {
        let (due, current) = self.release_due(now).ok_or(CatalogReject::ReleaseNotDue)?;
        if due.id != release || current != revision {
            return Err(CatalogReject::ReleaseNotDue);
        }
        match &self.menu {
            Some(on_sale) if on_sale.version >= menu.version => {
                Err(CatalogReject::MenuVersionNotNewer { current: on_sale.version })
            }
            Some(_) | None => Ok(alloc::vec![CatalogEvent::ReleasePublished { release, revision, menu: menu.clone() }]),
        }
    }

    pub(super) fn put_override(
        &self,
        dish: &DishId,
        change: &Override,
        by: &StaffId,
        now: Timestamp,
    ) -> Result<Vec<CatalogEvent>, CatalogReject> {
        let due = self.head_office.as_ref().and_then(|office| office.due(now)).ok_or(CatalogReject::NoHeadOfficeMenu)?;
        let known = self.overrides.get(dish);
        if known.map_or(change.is_empty(), |known| known == change) {
            return Ok(Vec::new());
        }
        // What is as it was, or as head office says, is no change: a rule that came later doesn't keep anybody from the other half.
        let own_prices = !change.prices.is_empty() && known.is_none_or(|known| known.prices != change.prices);
        let own_hours = change.hours.is_some() && known.is_none_or(|known| known.hours != change.hours);
        if (own_prices && !due.may_price) || (own_hours && !due.may_hours) {
            return Err(CatalogReject::NotOverridable);
        }
        if !change.fits() || (known.is_none() && self.overrides.len() >= MOST_OVERRIDES) {
            return Err(CatalogReject::BadOverride);
        }
        Ok(alloc::vec![CatalogEvent::OverridePut { dish: dish.clone(), change: change.clone(), by: by.clone() }])
    }

    pub(super) fn apply_directive(&mut self, directive: &Directive) {
        self.staff = self.staff_after(directive);
        let former = self.head_office.take().unwrap_or_default();
        self.devices.retain(|id, _| !former.devices.contains(id));
        self.devices.extend(directive.devices.iter().map(|device| (device.id, device.clone())));
        // A release that isn't what it was has to be put on sale again, under the id it had.
        let on_sale = former.on_sale.filter(|(id, _)| {
            let now = directive.releases.iter().find(|release| release.id == *id);
            former.release(*id).zip(now).is_some_and(|(was, now)| was.sells_like(now))
        });
        self.head_office = Some(HeadOffice {
            brand: directive.brand.clone(),
            number: directive.number,
            releases: directive.releases.clone(),
            staff: directive.staff.iter().map(|staff| staff.id.clone()).collect(),
            devices: directive.devices.iter().map(|device| device.id).collect(),
            on_sale,
        });
    }

    pub(super) fn apply_menu(&mut self, menu: &MenuRef) {
        self.menu = Some(menu.clone());
        if let Some(office) = &mut self.head_office {
            office.on_sale = None;
        }
    }

    pub(super) fn apply_release(&mut self, release: ReleaseId, revision: u64, menu: &MenuRef) {
        self.menu = Some(menu.clone());
        if let Some(office) = &mut self.head_office {
            office.on_sale = Some((release, revision));
        }
    }

    pub(super) fn apply_override(&mut self, dish: &DishId, change: &Override) {
        self.overrides_revision += 1;
        if change.is_empty() {
            self.overrides.remove(dish);
        } else {
            self.overrides.insert(dish.clone(), change.clone());
        }
    }

    /// Who works here once head office has its way: its former people who aren't on the list any more have left. Their PINs were
    /// hashed by head office, for sign-ins of head office's people: whoever is hired here again needs a new one.
    fn staff_after(&self, directive: &Directive) -> BTreeMap<StaffId, Staff> {
        let mut staff = self.staff.clone();
        for id in self.head_office.iter().flat_map(|office| &office.staff) {
            if let Some(person) = staff.get_mut(id) {
                person.left = true;
                person.pin_hash.clear();
            }
        }
        staff.extend(directive.staff.iter().map(|person| (person.id.clone(), person.clone())));
        staff
    }
}

fn is_owner(staff: &Staff) -> bool {
    staff.role == Role::Owner && !staff.left
}

fn check_directive(directive: &Directive) -> Result<(), CatalogReject> {
    check_name(&directive.brand)?;
    directive.staff.iter().try_for_each(|staff| check_name(&staff.name))?;
    directive.devices.iter().try_for_each(|device| check_name(&device.name))?;
    let people: BTreeSet<_> = directive.staff.iter().map(|staff| &staff.id).collect();
    let devices: BTreeSet<_> = directive.devices.iter().map(|device| device.id).collect();
    let releases: BTreeSet<_> = directive.releases.iter().map(|release| release.id).collect();
    let once = people.len() == directive.staff.len()
        && devices.len() == directive.devices.len()
        && releases.len() == directive.releases.len();
    let fits = directive.releases.len() <= MOST_RELEASES && people.len() <= MOST_PEOPLE && devices.len() <= MOST_PEOPLE;
    let in_order = directive.releases.windows(2).all(|pair| pair[0].from <= pair[1].from);
    (once && fits && in_order).then_some(()).ok_or(CatalogReject::BadDirective)
}
