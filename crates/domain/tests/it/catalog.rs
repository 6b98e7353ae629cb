//! The catalog stream: every command in every state.

use crate::house::{code, house};
use crate::{head_office, table};
use domain::catalog::*;
use domain::*;

table::variants!(CatalogCommand { PublishHouse (..), PublishMenu (..), PutStaff (..), EndStaff {..}, UnpairDevice {..}, AllowPairing {..}, PairDevice {..},
    FollowHeadOffice {..}, PublishRelease {..}, PutOverride {..} });

pub fn after(commands: impl IntoIterator<Item = CatalogCommand>) -> Catalog {
    let mut catalog = Catalog::default();
    for command in commands {
        for event in catalog.decide(&command, Timestamp(0)).unwrap() {
            catalog.apply(&event);
        }
    }
    catalog
}

pub fn menu(version: u32) -> CatalogCommand {
    CatalogCommand::PublishMenu(MenuRef { version, hash: "00".repeat(32) })
}

pub fn staff(name: &str) -> CatalogCommand {
    put("ann", name, Role::Waiter)
}

pub fn put(id: &str, name: &str, role: Role) -> CatalogCommand {
    CatalogCommand::PutStaff(Staff { id: code(id), name: name.into(), role, pin_hash: "$argon2id$".into(), left: false })
}

fn end(id: &str) -> CatalogCommand {
    CatalogCommand::EndStaff { id: code(id) }
}

fn unpair() -> CatalogCommand {
    CatalogCommand::UnpairDevice { device: DeviceId(0xd1) }
}

pub fn allow() -> CatalogCommand {
    CatalogCommand::AllowPairing { code_hash: "ab".into(), until: Timestamp(100) }
}

pub fn pair(name: &str) -> CatalogCommand {
    CatalogCommand::PairDevice { code_hash: "ab".into(), device: DeviceId(0xd1), name: name.into(), key_hash: "cd".into() }
}

fn houses() -> [(&'static str, House); 4] {
    let good = house();
    let mut lost = good.clone();
    lost.tables[0].area = code("cellar");
    let mut table_twice = good.clone();
    table_twice.tables[1].id = code("t1");
    let mut area_twice = good.clone();
    area_twice.areas[1].id = code("hall");
    area_twice.tables[2].area = code("hall");
    [("good", good), ("a table in no area", lost), ("a table twice", table_twice), ("an area twice", area_twice)]
}

#[test]
fn every_catalog_command_has_its_outcome_in_every_state() {
    let states = [
        ("empty", (after([]), Timestamp(50))),
        ("set up", (after([CatalogCommand::PublishHouse(house()), menu(7), staff("Ann")]), Timestamp(50))),
        ("pairing allowed", (after([allow()]), Timestamp(50))),
        ("pairing code too old", (after([allow()]), Timestamp(101))),
        ("paired", (after([allow(), pair("till")]), Timestamp(50))),
        ("unpaired", (after([allow(), pair("till"), unpair()]), Timestamp(50))),
        ("one owner", (after([staff("Ann"), put("mia", "Mia", Role::Owner)]), Timestamp(50))),
        ("two owners", (after([put("mia", "Mia", Role::Owner), put("max", "Max", Role::Owner)]), Timestamp(50))),
        ("one owner left", (after([put("mia", "Mia", Role::Owner), put("max", "Max", Role::Owner), end("max")]), Timestamp(50))),
        ("ann left", (after([staff("Ann"), end("ann")]), Timestamp(50))),
    ];
    let states: Vec<_> = states.into_iter().chain(head_office::states()).collect();
    let mut commands: Vec<(&str, CatalogCommand)> = vec![
        ("version 6", menu(6)),
        ("version 7", menu(7)),
        ("version 8", menu(8)),
        ("named", staff("Ann")),
        ("nameless", staff(" ")),
        ("a name nobody can print", staff("A\u{202e}nn")),
        ("", allow()),
        ("a waiter", end("ann")),
        ("an owner", end("mia")),
        ("", unpair()),
        ("an owner becomes a manager", put("mia", "Mia", Role::Manager)),
        ("", pair("till")),
        ("nameless", pair("")),
    ];
    commands.extend(head_office::commands());
    commands.extend(houses().map(|(what, house)| (what, CatalogCommand::PublishHouse(house))));
    let rows: Vec<_> = commands.iter().map(|(what, command)| (variant_of(command).to_string(), what.to_string())).collect();
    table::check_complete(&rows, VARIANTS);
    table::check("catalog_table.txt", &rows, &states, |i, (catalog, now)| {
        let decided = catalog.decide(&commands[i].1, *now);
        table::outcome(decided.map(|events| events.iter().map(CatalogEvent::kind).collect()).map_err(|no| format!("{no:?}")))
    });
}

#[test]
fn a_pairing_code_is_good_for_one_device() {
    let paired = after([allow(), pair("till")]);
    assert_eq!(paired.devices[&DeviceId(0xd1)].name, "till");
    assert_eq!(paired.decide(&pair("thief"), Timestamp(1)), Err(CatalogReject::PairingCodeUnknown));
}

#[test]
fn a_device_signed_out_needs_a_new_code() {
    let unpaired = after([allow(), pair("till"), unpair()]);
    assert!(unpaired.devices.is_empty());
    assert_eq!(unpaired.decide(&pair("till"), Timestamp(1)), Err(CatalogReject::PairingCodeUnknown));
}

#[test]
fn who_has_left_may_be_hired_again() {
    let left = after([staff("Ann"), end("ann")]);
    assert!(left.staff[&code::<StaffId>("ann")].left);
    assert!(!after([staff("Ann"), end("ann"), staff("Ann")]).staff[&code::<StaffId>("ann")].left);
}

#[test]
fn a_house_with_an_area_twice_is_refused() {
    let [.., (_, house)] = houses();
    assert_eq!(Catalog::default().decide(&CatalogCommand::PublishHouse(house), Timestamp(0)), Err(CatalogReject::BadHouse));
}

#[test]
fn a_house_names_an_account_once_and_charges_no_more_than_the_whole() {
    let refused = |change: fn(&mut House)| {
        let mut house = house();
        change(&mut house);
        Catalog::default().decide(&CatalogCommand::PublishHouse(house), Timestamp(0)) == Err(CatalogReject::BadHouse)
    };
    assert!(refused(|house| house.accounts.push(house.accounts[0].clone())));
    assert!(refused(|house| house.areas[0].service_charge_bp = 10_001));
    assert!(refused(|house| house.policy.tips_bp.push(10_001)));
    assert!(refused(|house| house.areas[0].seat_fee = Money(-1)));
    assert!(refused(|house| house.areas[0].minimum_spend = Money(money::LARGEST.0 + 1)));
    assert!(refused(|house| house.policy.service.discount_limits.push(DiscountLimit { role: Role::Waiter, bp: 10_001 })));
    assert!(!refused(|_| {}));
}

#[test]
fn whatever_is_printed_goes_to_a_printer_that_is_there() {
    let refused = |change: fn(&mut House)| {
        let mut house = house();
        let printer = |id: &str, fallback: Option<&str>| Printer {
            id: code(id),
            name: id.into(),
            address: "10.0.0.1:9100".into(),
            width_mm: 80,
            fallback: fallback.map(code),
            no_cutter: false,
            buzzer: false,
            drawer: false,
            qr_as_picture: false,
            gbk_only: false,
            silent: false,
        };
        house.printers = vec![printer("p1", Some("p2")), printer("p2", None)];
        house.kitchen_printers = vec![KitchenPrinter { station: code("wok"), printer: code("p1"), when: PrintWhen::Always }];
        house.till_printer = Some(code("p2"));
        change(&mut house);
        Catalog::default().decide(&CatalogCommand::PublishHouse(house), Timestamp(0)) == Err(CatalogReject::BadHouse)
    };
    assert!(!refused(|_| {}));
    assert!(refused(|house| house.till_printer = Some(code("p3"))));
    assert!(refused(|house| house.printers[1].fallback = Some(code("p3"))));
    assert!(refused(|house| house.printers[1].fallback = Some(code("p2"))));
    assert!(refused(|house| house.printers[1].id = code("p1")));
    assert!(refused(|house| house.printers[0].width_mm = 100));
    assert!(refused(|house| house.kitchen_printers[0].printer = code("p3")));
    assert!(refused(|house| house.kitchen_printers.push(house.kitchen_printers[0].clone())));
}
