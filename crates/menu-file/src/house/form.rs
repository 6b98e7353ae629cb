//! What may stand in a set-up file. A name it doesn't know is refused, so that a misspelt setting is never silently left at its default.

use super::policy::PolicyForm;
use super::printers::{KitchenPrinterForm, PrinterForm};
use super::{HouseFile, StaffEntry};
use domain::catalog::{Area, House, HouseAccount, Mode, Table};
use domain::{AccountId, AreaId, Currency, DishId, Money, PrinterId, StoreId, TableId, Text};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    store: StoreId,
    name: Text,
    currency: Currency,
    time_zone: String,
    policy: PolicyForm,
    areas: Vec<AreaForm>,
    tables: Vec<TableForm>,
    #[serde(default)]
    staff: Vec<StaffEntry>,
    #[serde(default)]
    accounts: Vec<AccountForm>,
    #[serde(default)]
    printers: Vec<PrinterForm>,
    #[serde(default)]
    kitchen_printers: Vec<KitchenPrinterForm>,
    till_printer: Option<PrinterId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaForm {
    id: AreaId,
    name: Text,
    mode: Mode,
    #[serde(default)]
    service_charge_bp: u32,
    #[serde(default)]
    seat_fee: Money,
    #[serde(default)]
    minimum_spend: Money,
    #[serde(default)]
    hot_pot: bool,
    #[serde(default)]
    per_head: Vec<DishId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableForm {
    id: TableId,
    name: String,
    area: AreaId,
    seats: u16,
    #[serde(default = "first_code")]
    code_version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountForm {
    id: AccountId,
    name: String,
    limit: Money,
}

fn first_code() -> u32 {
    1
}

impl Form {
    /// The set-up that is meant, whether it fits together or not.
    pub fn file(self) -> HouseFile {
        let Form {
            store,
            name,
            currency,
            time_zone,
            policy,
            areas,
            tables,
            staff,
            accounts,
            printers,
            kitchen_printers,
            till_printer,
        } = self;
        let house = House {
            store,
            name,
            currency,
            time_zone,
            areas: areas.into_iter().map(AreaForm::area).collect(),
            tables: tables.into_iter().map(TableForm::table).collect(),
            policy: policy.policy(),
            accounts: accounts.into_iter().map(|AccountForm { id, name, limit }| HouseAccount { id, name, limit }).collect(),
            printers: printers.into_iter().map(PrinterForm::printer).collect(),
            kitchen_printers: kitchen_printers.into_iter().map(KitchenPrinterForm::route).collect(),
            till_printer,
        };
        HouseFile { house, staff }
    }
}

impl AreaForm {
    fn area(self) -> Area {
        let AreaForm { id, name, mode, service_charge_bp, seat_fee, minimum_spend, hot_pot, per_head } = self;
        Area { id, name, mode, service_charge_bp, seat_fee, minimum_spend, hot_pot, per_head }
    }
}

impl TableForm {
    fn table(self) -> Table {
        let TableForm { id, name, area, seats, code_version } = self;
        Table { id, name, area, seats, code_version }
    }
}
