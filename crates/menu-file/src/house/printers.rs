//! Printers: `[[printers]]`, `[[kitchen_printers]]` and `till_printer`.

use super::address;
use domain::catalog::{House, KitchenPrinter, PrintWhen, Printer};
use domain::text::{LONGEST_NAME, is_plain};
use domain::{PrinterId, StationId};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrinterForm {
    id: PrinterId,
    name: String,
    address: String,
    width_mm: u16,
    fallback: Option<PrinterId>,
    #[serde(default)]
    no_cutter: bool,
    #[serde(default)]
    buzzer: bool,
    #[serde(default)]
    drawer: bool,
    #[serde(default)]
    qr_as_picture: bool,
    #[serde(default)]
    gbk_only: bool,
    #[serde(default)]
    silent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KitchenPrinterForm {
    station: StationId,
    printer: PrinterId,
    #[serde(default)]
    when: PrintWhen,
}

impl PrinterForm {
    pub fn printer(self) -> Printer {
        let PrinterForm { id, name, address, width_mm, fallback, no_cutter, buzzer, drawer, qr_as_picture, gbk_only, silent } =
            self;
        Printer { id, name, address, width_mm, fallback, no_cutter, buzzer, drawer, qr_as_picture, gbk_only, silent }
    }
}

impl KitchenPrinterForm {
    pub fn route(self) -> KitchenPrinter {
        let KitchenPrinterForm { station, printer, when } = self;
        KitchenPrinter { station, printer, when }
    }
}

/// What would never print. Whether the stations exist can't be said here: they stand on the menu.
pub(super) fn misfits(house: &House, wrong: &mut Vec<String>) {
    for printer in &house.printers {
        printer_misfits(house, printer, wrong);
    }
    for route in house.kitchen_printers.iter().filter(|route| house.printer(&route.printer).is_none()) {
        wrong.push(format!("kitchen_printers, station {}: there is no printer {}", route.station, route.printer));
    }
    if let Some(till) = house.till_printer.as_ref().filter(|till| house.printer(till).is_none()) {
        wrong.push(format!("till_printer: there is no printer {till}"));
    }
}

fn printer_misfits(house: &House, printer: &Printer, wrong: &mut Vec<String>) {
    let id = &printer.id;
    if printer.name.trim().is_empty() || !is_plain(&printer.name, LONGEST_NAME) {
        wrong.push(format!("printer {id}: its name is 1 to {LONGEST_NAME} characters that can be printed"));
    }
    if !matches!(printer.width_mm, 58 | 80) {
        wrong.push(format!("printer {id}: width_mm is 58 or 80, not {}", printer.width_mm));
    }
    if let Err(why) = address::check(&printer.address) {
        wrong.push(format!("printer {id}: {why}"));
    }
    match &printer.fallback {
        Some(other) if other == id => wrong.push(format!("printer {id}: it is its own fallback printer")),
        Some(other) if house.printer(other).is_none() => {
            wrong.push(format!("printer {id}: there is no fallback printer {other}"));
        }
        Some(_) | None => {}
    }
}
