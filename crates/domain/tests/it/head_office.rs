//! What head office decides for a store, and what the store may change of it.

use crate::catalog::{after, allow, menu as own_menu, pair, put, staff};
use crate::house::{code, menu};
use crate::properties::config;
use domain::catalog::*;
use domain::menu::{Hours, validate};
use domain::*;
use proptest::prelude::*;

const HERE: StoreId = StoreId(0x57);
const NOW_ON: ReleaseId = ReleaseId(0x4e1);
const LATER_ON: ReleaseId = ReleaseId(0x4e2);
/// From when the second release is on sale.
const LATER: i64 = 100;

fn menu_ref(version: u32) -> MenuRef {
    MenuRef { version, hash: format!("{version:02x}").repeat(32) }
}

fn release(id: ReleaseId, from: i64, version: u32) -> Release {
    Release { id, from: Timestamp(from), menu: menu_ref(version), may_price: true, may_hours: true }
}

fn boss(role: Role) -> Staff {
    Staff { id: code("mei"), name: "Mei".into(), role, pin_hash: "$head-office$".into(), left: false }
}

fn tablet() -> Device {
    Device { id: DeviceId(0xd2), name: "tour".into(), key_hash: "d2".repeat(32), paired_at: Timestamp(0) }
}

/// A menu now and one at [`LATER`], somebody and a device.
fn whole(number: u64) -> Directive {
    Directive {
        store: HERE,
        number,
        brand: "Noodle House".into(),
        releases: vec![release(NOW_ON, 0, 1), release(LATER_ON, LATER, 2)],
        staff: vec![boss(Role::Manager)],
        devices: vec![tablet()],
    }
}

fn people_only(number: u64) -> Directive {
    Directive { releases: vec![], ..whole(number) }
}

fn follow(directive: Directive) -> CatalogCommand {
    CatalogCommand::FollowHeadOffice { store: HERE, directive }
}

fn on_sale(release: ReleaseId, revision: u64, version: u32) -> CatalogCommand {
    CatalogCommand::PublishRelease { release, revision, menu: menu_ref(version) }
}

fn price(dish: &str, price: i64) -> CatalogCommand {
    change(dish, Override { prices: [(code("std"), Money(price))].into(), hours: None })
}

fn change(dish: &str, change: Override) -> CatalogCommand {
    CatalogCommand::PutOverride { dish: code(dish), change, by: code("mei") }
}

fn hours(from: u16, to: u16) -> Override {
    Override { prices: [].into(), hours: Some(Hours { from_min: LocalMinute(from), to_min: LocalMinute(to) }) }
}

fn strict(number: u64) -> Directive {
    let mut directive = whole(number);
    for release in &mut directive.releases {
        (release.may_price, release.may_hours) = (false, false);
    }
    directive
}

/// States of the catalog's table with a head office in them.
pub fn states() -> Vec<(&'static str, (Catalog, Timestamp))> {
    let early = Timestamp(LATER - 1);
    let planned = Directive { releases: vec![release(LATER_ON, LATER, 2)], ..whole(3) };
    vec![
        ("followed", (after([follow(whole(3))]), early)),
        ("followed after own menu", (after([own_menu(7), follow(whole(3))]), early)),
        ("first release on sale", (after([follow(whole(3)), on_sale(NOW_ON, 0, 8)]), early)),
        ("second release due", (after([follow(whole(3)), on_sale(NOW_ON, 0, 8)]), Timestamp(LATER))),
        ("only planned", (after([follow(planned)]), early)),
        ("people only", (after([follow(people_only(3))]), early)),
        ("changed here", (after([follow(whole(3)), on_sale(NOW_ON, 0, 8), price("rice", 400)]), early)),
        ("changed and sold", (after([follow(whole(3)), price("rice", 400), on_sale(NOW_ON, 1, 8)]), early)),
        ("nothing may be changed", (after([follow(strict(3))]), early)),
        ("ann is head office's", (after([staff("Ann"), follow(with_ann(3))]), early)),
        ("the owner is head office's", (after([follow(with_owner(3))]), early)),
    ]
}

fn with_ann(number: u64) -> Directive {
    let ann = Staff { id: code("ann"), ..boss(Role::Lead) };
    Directive { staff: vec![ann], devices: vec![Device { id: DeviceId(0xd1), ..tablet() }], ..whole(number) }
}

fn with_owner(number: u64) -> Directive {
    Directive { staff: vec![Staff { id: code("mia"), ..boss(Role::Owner) }], ..whole(number) }
}

/// Rows of the catalog's table that head office brought.
pub fn commands() -> Vec<(&'static str, CatalogCommand)> {
    let twice = |what: fn(&mut Directive)| {
        let mut directive = whole(4);
        what(&mut directive);
        follow(directive)
    };
    vec![
        ("the same again", follow(whole(3))),
        ("the same number, another wish", follow(Directive { brand: "Other House".into(), ..whole(3) })),
        ("older", follow(whole(2))),
        ("newer", follow(whole(4))),
        ("newer, without its people", follow(Directive { staff: vec![], ..whole(4) })),
        ("newer, without its menus", follow(people_only(4))),
        ("for another store", follow(Directive { store: StoreId(1), ..whole(4) })),
        ("from nobody", follow(Directive { brand: " ".into(), ..whole(4) })),
        ("somebody twice", twice(|wish| wish.staff.push(wish.staff[0].clone()))),
        ("somebody nameless", twice(|wish| wish.staff[0].name.clear())),
        ("a device twice", twice(|wish| wish.devices.push(wish.devices[0].clone()))),
        ("a device nameless", twice(|wish| wish.devices[0].name.clear())),
        ("a release twice", twice(|wish| wish.releases.push(wish.releases[1].clone()))),
        ("releases out of order", twice(|wish| wish.releases.reverse())),
        ("too many releases", follow(many(MOST_RELEASES + 1))),
        ("as many releases as may be", follow(many(MOST_RELEASES))),
        ("the first, unchanged", on_sale(NOW_ON, 0, 8)),
        ("the first, as changed here", on_sale(NOW_ON, 1, 9)),
        ("the first, as version 1", on_sale(NOW_ON, 0, 1)),
        ("the second", on_sale(LATER_ON, 0, 9)),
        ("another price", price("rice", 400)),
        ("yet another price", price("rice", 450)),
        ("a price below nothing", price("rice", -1)),
        ("a price above all", price("rice", money::LARGEST.0 + 1)),
        ("other hours", change("soup", hours(660, 840))),
        ("hours of no day", change("soup", hours(1440, 10))),
        ("hours without a minute", change("soup", hours(600, 600))),
        ("back to head office's", change("rice", Override::default())),
    ]
}

fn many(releases: usize) -> Directive {
    let one = |n: usize| release(ReleaseId(n as u128), 0, 1);
    Directive { releases: (1..=releases).map(one).collect(), ..whole(4) }
}

#[test]
fn each_release_is_due_from_its_time_on_and_once() {
    let catalog = after([follow(whole(1))]);
    let due = |catalog: &Catalog, at| catalog.release_due(Timestamp(at)).map(|(release, revision)| (release.id, revision));
    assert_eq!(due(&catalog, 0), Some((NOW_ON, 0)));
    assert_eq!(due(&catalog, LATER), Some((LATER_ON, 0)), "what was missed while the power was out is passed over");
    let first = after([follow(whole(1)), on_sale(NOW_ON, 0, 3)]);
    assert_eq!((due(&first, LATER - 1), due(&first, LATER)), (None, Some((LATER_ON, 0))));
    assert_eq!(first.head_office.as_ref().unwrap().next(Timestamp(0)), Some(Timestamp(LATER)));
    assert_eq!(first.head_office.as_ref().unwrap().next(Timestamp(LATER)), None);
}

#[test]
fn a_release_that_is_not_what_it_was_is_put_on_sale_again() {
    let sold = [follow(whole(1)), on_sale(NOW_ON, 0, 3)];
    let with = |change: fn(&mut Release)| {
        let mut directive = whole(2);
        change(&mut directive.releases[0]);
        after(sold.clone().into_iter().chain([follow(directive)])).release_due(Timestamp(1)).is_some()
    };
    assert!(!with(|_| {}));
    assert!(!with(|release| release.from = Timestamp(-5)), "its time doesn't change what is sold");
    assert!(with(|release| release.menu = menu_ref(9)));
    assert!(with(|release| release.may_price = false));
    assert!(with(|release| release.may_hours = false));
}

#[test]
fn a_menu_of_the_stores_own_is_followed_by_head_offices_when_that_comes_back() {
    let own = [follow(whole(1)), on_sale(NOW_ON, 0, 3), follow(people_only(2)), own_menu(4)];
    assert_eq!(after(own.clone()).release_due(Timestamp(1)), None);
    let back = after(own.into_iter().chain([follow(whole(3))]));
    assert_eq!(back.release_due(Timestamp(1)).map(|(release, _)| release.id), Some(NOW_ON));
}

#[test]
fn what_the_store_has_changed_outlives_the_next_release_and_directive() {
    let catalog = after([follow(whole(1)), price("rice", 400), on_sale(NOW_ON, 1, 3), follow(whole(2))]);
    assert_eq!(catalog.overrides[&code("rice")].prices[&code("std")], Money(400));
    assert_eq!(catalog.release_due(Timestamp(LATER)).map(|(release, revision)| (release.id, revision)), Some((LATER_ON, 1)));
    let back = after([follow(whole(1)), price("rice", 400), change("rice", Override::default())]);
    assert!(back.overrides.is_empty());
    assert_eq!(back.overrides_revision, 2, "what was taken back has to be put on sale too");
}

#[test]
fn a_rule_that_came_later_leaves_the_other_half_open() {
    let both = |price| Override { prices: [(code("std"), Money(price))].into(), ..hours(600, 660) };
    let mut prices_only = whole(2);
    prices_only.releases[0].may_hours = false;
    let catalog = after([follow(whole(1)), change("rice", both(400)), follow(prices_only)]);
    let allowed = |change| match catalog.decide(&change, Timestamp(1)) {
        Ok(events) => events.len(),
        Err(no) => panic!("{no:?}"),
    };
    assert_eq!(allowed(change("rice", both(450))), 1, "the hours stay what they were");
    assert_eq!(allowed(price("rice", 400)), 1, "the hours go back to head office's");
    assert_eq!(catalog.decide(&change("soup", both(450)), Timestamp(1)), Err(CatalogReject::NotOverridable));
    let later = change("rice", Override { prices: both(400).prices, ..hours(600, 700) });
    assert_eq!(catalog.decide(&later, Timestamp(1)), Err(CatalogReject::NotOverridable));
}

#[test]
fn head_offices_people_come_and_go_with_it() {
    let gone = after([put("mia", "Mia", Role::Owner), follow(whole(1)), follow(Directive { staff: vec![], ..whole(2) })]);
    let mei = &gone.staff[&code::<StaffId>("mei")];
    assert!(mei.left && mei.pin_hash.is_empty(), "a PIN that head office hashed opens nothing here afterwards");
    assert!(!gone.staff[&code::<StaffId>("mia")].left, "the store's own people stay");
    assert!(gone.decide(&put("mei", "Mei", Role::Waiter), Timestamp(1)).is_ok(), "the store may hire them itself");
    let without = after([follow(whole(1)), follow(Directive { devices: vec![], ..whole(2) })]);
    assert!(without.devices.is_empty());
}

#[test]
fn head_office_does_not_leave_a_store_without_an_owner() {
    let owned = after([follow(with_owner(1))]);
    let without = follow(Directive { staff: vec![], ..whole(2) });
    assert_eq!(owned.decide(&without, Timestamp(1)), Err(CatalogReject::LastOwner));
}

#[test]
fn a_code_for_pairing_does_not_replace_head_offices_device() {
    let catalog = after([allow(), follow(with_ann(1))]);
    assert_eq!(catalog.decide(&pair("thief"), Timestamp(1)), Err(CatalogReject::DeviceFromHeadOffice));
}

#[test]
fn only_what_head_office_allows_is_sold_as_the_store_wants_it() {
    let wish = Override { prices: [(code("std"), Money(1)), (code("none"), Money(2))].into(), ..hours(600, 660) };
    let overrides = [(code("rice"), wish.clone()), (code("nothing"), wish)].into();
    let sold = |may_price, may_hours| {
        let sold = Release { may_price, may_hours, ..release(NOW_ON, 0, 1) }.sold_here(menu(), &overrides);
        assert!(validate(&sold).is_empty());
        let rice = sold.dish(&code("rice")).unwrap().clone();
        (rice.variants[0].price, rice.hours.map(|hours| hours.from_min.0), rice.variants.len())
    };
    let asked = menu().dish(&code("rice")).unwrap().clone();
    let theirs = asked.variants[0].price;
    assert_eq!(sold(true, true), (Money(1), Some(600), asked.variants.len()));
    assert_eq!(sold(true, false), (Money(1), None, asked.variants.len()));
    assert_eq!(sold(false, true), (theirs, Some(600), asked.variants.len()));
    assert_eq!(sold(false, false), (theirs, None, asked.variants.len()));
}

fn some_command() -> impl Strategy<Value = CatalogCommand> {
    let directive =
        (0..6_u64, 0..4_usize, any::<[bool; 4]>()).prop_map(|(number, releases, [people, devices, prices, hours])| {
            let mut wish = whole(number);
            wish.releases = [(NOW_ON, 0, 1), (LATER_ON, LATER, 2), (ReleaseId(3), 150, 3)]
                .into_iter()
                .take(releases)
                .map(|(id, from, version)| Release { may_price: prices, may_hours: hours, ..release(id, from, version) })
                .collect();
            wish.staff.retain(|_| people);
            wish.devices.retain(|_| devices);
            follow(wish)
        });
    let id = prop_oneof![Just(NOW_ON), Just(LATER_ON), Just(ReleaseId(3))];
    prop_oneof![
        directive,
        (id, 0..4_u64, 1..20_u32).prop_map(|(id, revision, version)| on_sale(id, revision, version)),
        (prop_oneof!["rice", "soup"], 0..3_i64).prop_map(|(dish, cents)| price(&dish, cents)),
        prop_oneof!["rice", "soup"].prop_map(|dish| change(&dish, Override::default())),
        (1..20_u32).prop_map(own_menu),
        Just(put("mei", "Mei", Role::Waiter)),
        Just(put("mia", "Mia", Role::Owner)),
    ]
}

proptest! {
    #![proptest_config(config(400))]

    /// Whatever comes in whatever order: the number only grows, nothing is on sale before its time, a state read back is the same, and
    /// an event that is taken in a second time changes nothing of what is sold and who works here.
    #[test]
    fn a_store_never_goes_back_behind_its_head_office(commands in prop::collection::vec((some_command(), 0..200_i64), 1..40)) {
        let mut catalog = Catalog::default();
        let mut clock = 0;
        for (command, at) in commands {
            clock = clock.max(at);
            let now = Timestamp(clock);
            let number = catalog.head_office.as_ref().map_or(0, |office| office.number);
            let version = catalog.menu.as_ref().map_or(0, |menu| menu.version);
            let Ok(events) = catalog.decide(&command, now) else { continue };
            for event in &events {
                catalog.apply(event);
                let once = catalog.clone();
                catalog.apply(event);
                prop_assert_eq!(&once.menu, &catalog.menu);
                prop_assert_eq!(&once.staff, &catalog.staff);
                prop_assert_eq!(&once.devices, &catalog.devices);
                prop_assert_eq!(&once.head_office, &catalog.head_office);
                prop_assert_eq!(&once.overrides, &catalog.overrides);
                catalog = once;
            }
            let read: Catalog = serde_json::from_str(&serde_json::to_string(&catalog).unwrap()).unwrap();
            prop_assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&catalog).unwrap());
            prop_assert!(catalog.head_office.as_ref().map_or(0, |office| office.number) >= number);
            prop_assert!(catalog.menu.as_ref().map_or(0, |menu| menu.version) >= version);
            if let Some((release, _)) = catalog.head_office.as_ref().and_then(|office| office.on_sale) {
                let office = catalog.head_office.as_ref().unwrap();
                let sold_early = events.iter().any(|event| matches!(event, CatalogEvent::ReleasePublished { .. }))
                    && office.release(release).is_none_or(|listed| listed.from > now);
                prop_assert!(!sold_early);
            }
        }
    }
}
