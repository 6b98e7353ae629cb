//! The set-up file: everything it can say, and what it is told where it doesn't fit.
#![allow(clippy::unwrap_used)]

use domain::catalog::{AcceptRule, DiscountLimit, Mode, Pace, Policy, PrintWhen, Role, UnseenAfter};
use domain::menu::Hours;
use domain::{LocalMinute, Money};
use menu_file::house::{HouseError, parse};

const SMALL: &str = r#"
store = "0000000000000000000000000000d00d"
name = { zh = "小店", en = "Small" }
currency = "CNY"
time_zone = "Asia/Shanghai"
policy = { scan_opens_table = true, unpaid_minutes = 15, rush_pause_s = 60 }
areas = [{ id = "hall", name = { zh = "大厅", en = "Hall" }, mode = "pay_later" }]
tables = [{ id = "a1", name = "A1", area = "hall", seats = 4 }]
staff = [{ id = "wang", name = "小王", role = "waiter", pin = "1234" }]
"#;

const FULL: &str = r#"
store = "0000000000000000000000000000d00d"
name = { zh = "小店", en = "Small" }
currency = "CNY"
time_zone = "Asia/Shanghai"
till_printer = "till"

[policy]
scan_opens_table = true
unpaid_minutes = 15
rush_pause_s = 60

[policy.service]
first_order_nod = true
clean_tables = true
confirm_weights = true
discount_limits = [{ role = "cashier", bp = 500 }, { role = "lead", bp = 2000 }]
screen_code_s = 120
queue_sizes = [2, 6]

[policy.kitchen]
unseen = { screen_s = 10, printer_s = 20, waiter_s = 0, till_s = 40 }
stop_unseen_s = 100
soup_lead_s = 90
slip_minutes = 30
pause_at_min = 45

[[policy.kitchen.accept]]
mode = "pay_first"
hours = "22:00-02:00"
behind_min = 20

[[policy.kitchen.pace]]
mode = "pay_later"
hours = "11:30 – 13:00"
percent = 130

[[areas]]
id = "hall"
name = { zh = "大厅", en = "Hall" }
mode = "pay_later"
service_charge_bp = 1000
seat_fee = 200
minimum_spend = 38800
hot_pot = true
per_head = ["dip", "tableware"]

[[tables]]
id = "a1"
name = "A1"
area = "hall"
seats = 4

[[printers]]
id = "kitchen"
name = "厨房"
address = "192.168.1.50:9100"
width_mm = 58
fallback = "till"
no_cutter = true
buzzer = true
qr_as_picture = true
gbk_only = true
silent = true

[[printers]]
id = "till"
name = "收银"
address = "till.local:9100"
width_mm = 80
drawer = true

[[kitchen_printers]]
station = "cold"
printer = "kitchen"

[[kitchen_printers]]
station = "hot"
printer = "till"
when = "unseen"

[[accounts]]
id = "acme"
name = "某公司"
limit = 100

[[staff]]
id = "kefu"
name = "客服"
role = "support"
pin = "12345678"
"#;

/// What is said once `from` is replaced by `to` in the full file.
fn wrong(from: &str, to: &str) -> Vec<String> {
    assert!(FULL.contains(from), "{from}");
    match parse(&FULL.replacen(from, to, 1)) {
        Err(HouseError::Wrong(wrong)) => wrong,
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

/// What can't even be understood.
fn unreadable(from: &str, to: &str) -> String {
    assert!(FULL.contains(from), "{from}");
    match parse(&FULL.replacen(from, to, 1)) {
        Err(HouseError::Form(what)) => what,
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

fn hours(from: u16, to: u16) -> Hours {
    Hours { from_min: LocalMinute(from), to_min: LocalMinute(to) }
}

#[test]
fn a_small_set_up_has_the_usual_rules() {
    let file = parse(SMALL).unwrap();
    assert_eq!(file.house.tables[0].code_version, 1);
    assert_eq!(file.staff[0].role, Role::Waiter);
    assert_eq!(file.house.policy, Policy { scan_opens_table: true, ..Policy::default() });
    assert!(file.house.printers.is_empty() && file.house.till_printer.is_none());
}

#[test]
fn every_area_and_policy_setting_is_read() {
    let house = parse(FULL).unwrap().house;
    let area = &house.areas[0];
    assert_eq!((area.service_charge_bp, area.seat_fee, area.minimum_spend, area.hot_pot), (1000, Money(200), Money(38800), true));
    assert_eq!(area.per_head.iter().map(|dish| dish.as_str()).collect::<Vec<_>>(), ["dip", "tableware"]);
    let service = &house.policy.service;
    assert!(service.first_order_nod && service.clean_tables && service.confirm_weights);
    let limits = [DiscountLimit { role: Role::Cashier, bp: 500 }, DiscountLimit { role: Role::Lead, bp: 2000 }];
    assert_eq!((service.discount_limits.as_slice(), service.screen_code_s), (limits.as_slice(), 120));
    assert_eq!(service.queue_sizes, [2, 6]);
    let kitchen = &house.policy.kitchen;
    assert_eq!(kitchen.unseen, UnseenAfter { screen_s: 10, printer_s: 20, waiter_s: 0, till_s: 40 });
    let numbers = (kitchen.stop_unseen_s, kitchen.soup_lead_s, kitchen.slip_minutes, kitchen.pause_at_min);
    assert_eq!(numbers, (100, 90, 30, 45));
    assert_eq!(kitchen.accept, [AcceptRule { mode: Mode::PayFirst, hours: Some(hours(1320, 120)), behind_min: 20 }]);
    assert_eq!(kitchen.pace, [Pace { mode: Some(Mode::PayLater), hours: hours(690, 780), percent: 130 }]);
}

#[test]
fn every_printer_setting_is_read() {
    let file = parse(FULL).unwrap();
    let house = &file.house;
    let [kitchen, till] = house.printers.as_slice() else { panic!("two printers") };
    assert_eq!(
        (kitchen.address.as_str(), kitchen.width_mm, kitchen.fallback.as_ref()),
        ("192.168.1.50:9100", 58, Some(&till.id))
    );
    assert!(kitchen.no_cutter && kitchen.buzzer && kitchen.qr_as_picture && kitchen.gbk_only && kitchen.silent);
    assert!(!kitchen.drawer && till.drawer && !till.buzzer && till.fallback.is_none());
    let when = house.kitchen_printers.iter().map(|route| (route.station.as_str(), route.printer.as_str(), route.when));
    assert_eq!(when.collect::<Vec<_>>(), [("cold", "kitchen", PrintWhen::Always), ("hot", "till", PrintWhen::Unseen)]);
    assert_eq!(house.till_printer.as_ref(), Some(&till.id));
    assert_eq!((file.staff[0].role, file.staff[0].pin.len()), (Role::Support, 8));
}

#[test]
fn a_pin_is_never_shown() {
    assert!(!format!("{:?}", parse(SMALL).unwrap()).contains("1234"));
}

#[test]
fn each_misfit_is_named() {
    let cases = [
        ("en = \"Small\"", "en = \" \"", "the restaurant's name is needed in both languages"),
        ("\"Asia/Shanghai\"", "\"\"", "time_zone is empty"),
        ("area = \"hall\"", "area = \"roof\"", "table a1: there is no area roof"),
        ("seats = 4", "seats = 0", "table a1: name, seats and code_version can't be empty or 0"),
        ("\"12345678\"", "\"12x4\"", "staff kefu: a PIN is 4 to 8 digits"),
        ("\"12345678\"", "\"123456789\"", "staff kefu: a PIN is 4 to 8 digits"),
        ("\"12345678\"", "\"123\"", "staff kefu: a PIN is 4 to 8 digits"),
        ("limit = 100", "limit = 0", "account acme: it needs a name and a limit in fen"),
        ("rush_pause_s = 60", "rush_pause_s = 60\ncash_rounding_fen = 1001", "cash_rounding_fen is more than 1000 (10 yuan)"),
        ("rush_pause_s = 60", "rush_pause_s = 60\ntips_bp = [0]", "tips_bp are hundredths of a percent from 1 to 10000"),
        ("service_charge_bp = 1000", "service_charge_bp = 10001", "area hall: service_charge_bp is more than 10000 (100 %)"),
        ("seat_fee = 200", "seat_fee = -1", "area hall: seat_fee is an amount in fen, 0 or more"),
        ("minimum_spend = 38800", "minimum_spend = 1000000001", "area hall: minimum_spend is an amount in fen, 0 or more"),
        ("[\"dip\", \"tableware\"]", "[\"dip\", \"dip\"]", "area hall: per_head names dip twice"),
        ("bp = 500", "bp = 10001", "discount_limits, cashier: 10001 is more than 10000 (100 %)"),
        ("\"lead\", bp", "\"cashier\", bp", "discount_limits: cashier stands here twice"),
        ("screen_code_s = 120", "screen_code_s = 29", "screen_code_s is 0 (codes don't change) or 30 to 86400 seconds"),
        ("[2, 6]", "[6, 2]", "queue_sizes are numbers of people, each larger than the one before"),
        ("[2, 6]", "[2, 2]", "queue_sizes are numbers of people, each larger than the one before"),
        ("[2, 6]", "[0, 2]", "queue_sizes are numbers of people, each larger than the one before"),
        (
            "printer_s = 20",
            "printer_s = 10",
            "unseen: each of screen_s, printer_s, waiter_s and till_s is later than the one before, or 0 to leave it out",
        ),
        ("soup_lead_s = 90", "soup_lead_s = 86401", "kitchen: 86401 seconds are more than a day"),
        ("slip_minutes = 30", "slip_minutes = 0", "slip_minutes is 1 to 1440"),
        ("pause_at_min = 45", "pause_at_min = 1441", "pause_at_min is 0 (never) to 1440"),
        ("22:00-02:00", "22:00-22:00", "accept, pay_first: the hours begin and end within a day and differ"),
        ("behind_min = 20", "behind_min = 1441", "accept, pay_first: behind_min is 0 (however late) to 1440"),
        (
            "[[policy.kitchen.pace]]",
            "[[policy.kitchen.accept]]\nmode = \"pay_first\"\n[[policy.kitchen.pace]]",
            "accept: pay_first stands here twice",
        ),
        ("11:30 – 13:00", "24:00-13:00", "pace 24:00-13:00: the hours begin and end within a day and differ"),
        ("percent = 130", "percent = 9", "pace 11:30-13:00: percent is 10 to 1000"),
        ("percent = 130", "percent = 1001", "pace 11:30-13:00: percent is 10 to 1000"),
        ("name = \"厨房\"", "name = \"厨\\u202e房\"", "printer kitchen: its name is 1 to 24 characters that can be printed"),
        ("width_mm = 58", "width_mm = 76", "printer kitchen: width_mm is 58 or 80, not 76"),
        ("192.168.1.50:9100", "192.168.1.50", "printer kitchen: its address is host:port, such as 192.168.1.50:9100"),
        (
            "192.168.1.50:9100",
            "8.8.8.8:9100",
            "printer kitchen: 8.8.8.8 is not a private address (10.x, 172.16-31.x, 192.168.x, 127.x or fd..): receipt printers have \
             no password, and whoever writes the set-up could otherwise reach other machines",
        ),
        ("fallback = \"till\"", "fallback = \"bar\"", "printer kitchen: there is no fallback printer bar"),
        ("fallback = \"till\"", "fallback = \"kitchen\"", "printer kitchen: it is its own fallback printer"),
        ("printer = \"kitchen\"", "printer = \"bar\"", "kitchen_printers, station cold: there is no printer bar"),
        ("station = \"hot\"", "station = \"cold\"", "kitchen_printers: station cold stands here twice"),
        ("till_printer = \"till\"", "till_printer = \"bar\"", "till_printer: there is no printer bar"),
    ];
    for (from, to, expected) in cases {
        assert_eq!(wrong(from, to), [expected], "{from} -> {to}");
    }
}

#[test]
fn what_stands_twice_is_named() {
    let again = |what: &str| parse(&format!("{FULL}\n{what}")).unwrap_err().to_string();
    let name = "name = { zh = \"二\", en = \"Two\" }";
    let area = again(&format!("[[areas]]\nid = \"hall\"\n{name}\nmode = \"pay_later\""));
    assert!(area.ends_with(": area hall stands here twice"), "{area}");
    let printer = again("[[printers]]\nid = \"till\"\nname = \"二\"\naddress = \"localhost:9100\"\nwidth_mm = 80");
    assert!(printer.ends_with(": printer till stands here twice"), "{printer}");
    let account = again("[[accounts]]\nid = \"acme\"\nname = \"二\"\nlimit = 1");
    assert!(account.ends_with(": account acme stands here twice"), "{account}");
    let table = again("[[tables]]\nid = \"a1\"\nname = \"A1\"\narea = \"hall\"\nseats = 1");
    assert!(table.ends_with(": table a1 stands here twice; table name A1 stands here twice"), "{table}");
}

#[test]
fn fees_of_the_table_have_no_place_where_guests_pay_first() {
    let said = wrong("mode = \"pay_later\"\nservice_charge_bp", "mode = \"pay_first\"\nservice_charge_bp");
    let only = |what: &str| format!("area hall: {what} is charged only where guests pay after the meal (pay_later)");
    assert_eq!(said, [only("seat_fee"), only("minimum_spend")]);
}

#[test]
fn what_is_misspelt_is_not_passed_over() {
    for section in ["[policy.service]", "[policy.kitchen]", "[[policy.kitchen.accept]]", "[[policy.kitchen.pace]]", "[[areas]]"] {
        assert!(unreadable(section, &format!("{section}\ncolour = 1")).contains("colour"), "{section}");
    }
    for section in ["[[tables]]", "[[printers]]", "[[kitchen_printers]]", "[[accounts]]", "[[staff]]"] {
        assert!(unreadable(section, &format!("{section}\ncolour = 1")).contains("colour"), "{section}");
    }
    assert!(unreadable("screen_s", "screen").contains("screen"));
    assert!(unreadable("\"support\"", "\"king\"").contains("king"));
    assert!(unreadable("\"unseen\"", "\"never\"").contains("never"));
    assert!(unreadable("d00d", "D00D").contains("32 lower-case hexadecimal"));
    for hours in ["22:00", "22-02", "22:00-25:00", "noon-13:00", "22:00-02:00-03:00"] {
        assert!(unreadable("22:00-02:00", hours).contains("hours are written as \"11:30-13:30\""), "{hours}");
    }
}

#[test]
fn the_guide_has_an_example_that_works_and_every_setting() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/house-file.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let (_, example) = guide.split_once("```toml\n").unwrap();
    parse(example.split_once("```").unwrap().0).unwrap();
    let settings = FULL.lines().filter_map(|line| line.split_once(" = ")).map(|(setting, _)| setting);
    for setting in
        settings.chain(["screen_s", "printer_s", "waiter_s", "till_s", "cash_rounding_fen", "tips_bp", "reopen_minutes"])
    {
        assert!(guide.contains(&format!("`{setting}`")), "{setting} is not in the guide");
    }
}
