//! The catalog stream: every command in every state.

use crate::house::{code, house};
use crate::table;
use domain::catalog::*;
use domain::*;

table::variants!(CatalogCommand { PublishHouse (..), PublishMenu (..), PutStaff (..), AllowPairing {..}, PairDevice {..} });

fn after(commands: impl IntoIterator<Item = CatalogCommand>) -> Catalog {
    let mut catalog = Catalog::default();
    for command in commands {
        for event in catalog.decide(&command, Timestamp(0)).unwrap() {
            catalog.apply(&event);
        }
    }
    catalog
}

fn menu(version: u32) -> CatalogCommand {
    CatalogCommand::PublishMenu(MenuRef { version, hash: "00".repeat(32) })
}

fn staff(name: &str) -> CatalogCommand {
    CatalogCommand::PutStaff(Staff { id: code("ann"), name: name.into(), role: Role::Waiter, pin_hash: "$argon2id$".into() })
}

fn allow() -> CatalogCommand {
    CatalogCommand::AllowPairing { code_hash: "ab".into(), until: Timestamp(100) }
}

fn pair(name: &str) -> CatalogCommand {
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
    ];
    let mut commands: Vec<(&str, CatalogCommand)> = vec![
        ("version 6", menu(6)),
        ("version 7", menu(7)),
        ("version 8", menu(8)),
        ("named", staff("Ann")),
        ("nameless", staff(" ")),
        ("a name nobody can print", staff("A\u{202e}nn")),
        ("", allow()),
        ("", pair("till")),
        ("nameless", pair("")),
    ];
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
    assert!(!refused(|_| {}));
}
