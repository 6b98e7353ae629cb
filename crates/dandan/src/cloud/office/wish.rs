//! What head office wants of one store, put together from what it wants of the store's unit and those above it.

use super::devices::OfficeDevice;
use super::people::Person;
use super::releases::{self, Planned};
use super::tree::Tree;
use domain::catalog::{Directive, MenuRef, Release, Staff};
use domain::{StaffId, StoreId, Timestamp};
use std::collections::BTreeMap;

/// Everything a brand wants.
#[derive(Debug)]
pub struct Wishes {
    pub brand: String,
    pub tree: Tree,
    pub people: Vec<Person>,
    pub devices: Vec<OfficeDevice>,
    pub releases: Vec<Planned>,
    pub menus: BTreeMap<u32, MenuRef>,
    /// The unit of every store.
    pub units: BTreeMap<StoreId, String>,
}

impl Wishes {
    /// Who works in a store. Nobody where the store belongs to the brand no more.
    pub fn people_of(&self, store: StoreId) -> impl Iterator<Item = &Person> {
        let unit = self.unit_of(store);
        self.people.iter().filter(move |person| unit.is_some_and(|unit| self.tree.covers(&person.unit, unit)))
    }

    /// What a store should do, not numbered yet. People without a hash for this store are left out.
    pub fn of_store(&self, store: StoreId, hashes: &BTreeMap<StaffId, String>, now_ms: i64) -> Directive {
        let brand = self.tree.get(&self.brand).map_or_else(String::new, |unit| unit.name.clone());
        let mut directive = Directive { store, number: 0, brand, releases: Vec::new(), staff: Vec::new(), devices: Vec::new() };
        let Some(unit) = self.unit_of(store) else { return directive };
        directive.staff = self
            .people_of(store)
            .filter_map(|person| {
                let pin_hash = hashes.get(&person.id)?.clone();
                Some(Staff { id: person.id.clone(), name: person.name.clone(), role: person.role, pin_hash, left: false })
            })
            .collect();
        let devices = self.devices.iter().filter(|device| self.tree.covers(&device.unit, unit));
        directive.devices = devices.map(|device| device.device.clone()).collect();
        directive.releases = releases::at(&self.tree, &self.releases, unit, now_ms)
            .into_iter()
            .filter_map(|release| {
                let menu = self.menus.get(&release.version)?.clone();
                let Planned { id, from_ms, may_price, may_hours, .. } = *release;
                Some(Release { id, from: Timestamp(from_ms), menu, may_price, may_hours })
            })
            .collect();
        directive
    }

    fn unit_of(&self, store: StoreId) -> Option<&str> {
        self.units.get(&store).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn wishes(releases: Vec<Planned>) -> Wishes {
        let tree = tree();
        let units = tree.stores("brand").map(|(store, unit)| (store, unit.id.clone())).collect();
        let menus = (1..=3).map(|version| (version, MenuRef { version, hash: format!("{version:064x}") })).collect();
        Wishes { brand: "brand".to_owned(), tree, people: Vec::new(), devices: Vec::new(), releases, menus, units }
    }

    #[test]
    fn a_store_that_left_is_wanted_nothing_of() {
        let release = Planned {
            id: domain::ReleaseId(1),
            unit: "brand".to_owned(),
            version: 2,
            from_ms: 5,
            may_price: true,
            may_hours: false,
            made_ms: 0,
        };
        let wishes = wishes(vec![release]);
        let here = wishes.of_store(StoreId(1), &BTreeMap::new(), 9);
        assert_eq!((here.releases.len(), here.releases[0].menu.version, here.releases[0].may_price), (1, 2, true));
        let gone = wishes.of_store(StoreId(77), &BTreeMap::new(), 9);
        assert!(gone.releases.is_empty() && gone.staff.is_empty() && gone.devices.is_empty());
        assert_eq!(gone.brand, "brand");
    }
}
