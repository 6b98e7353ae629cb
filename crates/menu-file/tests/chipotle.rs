//! Every line of the real orders costs on our menu what the restaurant charged.
#![allow(clippy::unwrap_used)]

use domain::menu::validate;
use domain::{LocalMinute, Money};
use menu_file::chipotle::Replay;
use std::path::PathBuf;

fn replay() -> Replay {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/orders/chipotle.tsv");
    Replay::read(&path).unwrap()
}

#[test]
fn every_line_and_order_costs_what_the_file_says() {
    let replay = replay();
    let menu = replay.menu(1);
    assert_eq!(validate(&menu), []);
    assert_eq!(menu.dishes.len(), 50);
    let orders = replay.orders();
    assert_eq!((orders.len(), replay.line_count(), replay.total()), (1_834, 4_622, Money(3_450_016)));
    let mut grand = Money::ZERO;
    for order in &orders {
        let lines = order.lines.iter().map(|line| menu.price(line, 1, LocalMinute(720)).unwrap());
        let amounts: Vec<Money> = lines
            .inspect(|line| assert!(menu.stations.iter().any(|station| line.parts.iter().all(|part| part.station == station.id))))
            .map(|line| line.amount)
            .collect();
        assert_eq!(amounts, order.expected_line_totals, "order {}", order.order_no);
        let total: Money = amounts.into_iter().sum();
        assert_eq!(total, order.expected_total, "order {}", order.order_no);
        grand = grand + total;
    }
    assert_eq!(grand, Money(3_450_016));
}

#[test]
fn no_word_of_a_choice_is_lost() {
    let (replay, path) = (replay(), PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/orders/chipotle.tsv"));
    let menu = replay.menu(1);
    let text = std::fs::read_to_string(path).unwrap();
    let mut ordered = replay.orders().into_iter().flat_map(|order| order.lines);
    for row in text.lines().skip(1) {
        let selection = ordered.next().unwrap();
        let field = row.split('\t').nth(3).unwrap();
        let mut expected: Vec<&str> = if field == "NULL" { vec![] } else { field.split(", ").collect() };
        let priced = menu.price(&selection, 1, LocalMinute(720)).unwrap();
        let mut said: Vec<&str> = priced.options.iter().map(|option| option.name.en.as_str()).collect();
        expected.sort_unstable();
        said.sort_unstable();
        assert_eq!(said, expected);
    }
    assert!(ordered.next().is_none());
}

#[test]
fn the_menu_can_be_written_and_read() {
    let menu = replay().menu(7);
    for format in [menu_file::Format::Csv, menu_file::Format::Xlsx] {
        let bytes = menu_file::write_bytes(&menu, format).unwrap();
        assert_eq!(menu_file::read_bytes(&bytes, format, 7).unwrap(), menu);
    }
}

const HEAD: &str = "order_id\tquantity\titem_name\tchoice_description\titem_total_price\n";

#[test]
fn nested_and_repeated_choices_are_understood() {
    let text = format!("{HEAD}1\t2\tBowl\t[Salsa, [Rice, Rice, Black Beans]]\t$10.00 \n");
    let replay = Replay::parse(text.as_bytes()).unwrap();
    let menu = replay.menu(1);
    assert_eq!(validate(&menu), []);
    let line = menu.price(&replay.orders()[0].lines[0], 1, LocalMinute(0)).unwrap();
    let rice = line.options.iter().find(|option| option.name.en == "Rice").unwrap();
    assert_eq!((line.amount, rice.quantity), (Money(1000), 2));
}

#[test]
fn lines_that_are_not_exact_are_refused() {
    let wrong = [
        "1\t3\tBowl\tNULL\t$10.00 ",
        "1\t1\tBowl\tNULL\t10.00",
        "1\t0\tBowl\tNULL\t$1.00",
        "1\t1\tBowl\tNULL\t$1.005",
        "x\t1\tBowl\tNULL\t$1.00",
        "1\t1\tBowl",
    ];
    let errors = Replay::parse(format!("{HEAD}{}\n", wrong.join("\n")).as_bytes()).unwrap_err();
    let rows: Vec<u32> = errors.iter().map(|error| error.row).collect();
    assert_eq!(rows, [2, 3, 4, 5, 6, 7]);
}
