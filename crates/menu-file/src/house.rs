//! The set-up of a restaurant as a TOML file: areas, tables, policies and staff.

use domain::catalog::{Area, House, HouseAccount, Mode, Policy, Role, Table};
use domain::{AccountId, AreaId, Currency, Money, StaffId, StoreId, TableId, Text};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The largest set-up file that is opened.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// A restaurant's set-up and its first staff.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseFile {
    /// Areas, tables and policies.
    pub house: House,
    /// Who works there.
    pub staff: Vec<StaffEntry>,
}

/// A member of staff as the file has them. The PIN is hashed before it is kept anywhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffEntry {
    /// Their code.
    pub id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// 4 to 6 digits.
    pub pin: String,
}

impl std::fmt::Debug for StaffEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let StaffEntry { id, name, role, pin: _ } = self;
        f.debug_struct("StaffEntry").field("id", id).field("name", name).field("role", role).finish_non_exhaustive()
    }
}

/// Why a set-up file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The file can't be opened or read.
    #[error("the set-up file can't be read")]
    Io(#[from] std::io::Error),
    /// It is not TOML, or a field is missing, unknown or of the wrong type; the message names line and column.
    #[error("the set-up file can't be understood: {0}")]
    Form(String),
    /// It can be read, but doesn't fit together.
    #[error("the set-up doesn't fit together: {}", .0.join("; "))]
    Wrong(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyForm {
    scan_opens_table: bool,
    unpaid_minutes: u32,
    rush_pause_s: u32,
    #[serde(default)]
    cash_rounding_fen: u32,
    #[serde(default)]
    tips_bp: Vec<u32>,
    reopen_minutes: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountForm {
    id: AccountId,
    name: String,
    limit: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaForm {
    id: AreaId,
    name: Text,
    mode: Mode,
    #[serde(default)]
    service_charge_bp: u32,
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

fn first_code() -> u32 {
    1
}

/// Reads a set-up file.
///
/// # Errors
/// When it can't be read, understood, or doesn't fit together; then every misfit is named.
pub fn read(path: &Path) -> Result<HouseFile, HouseError> {
    if std::fs::metadata(path)?.len() > LARGEST_BYTES {
        return Err(HouseError::Form("it is larger than 1 MB".into()));
    }
    parse(&std::fs::read_to_string(path)?)
}

/// Reads a set-up from text.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<HouseFile, HouseError> {
    let form: Form = toml::from_str(text).map_err(|e| HouseError::Form(e.to_string()))?;
    let wrong = misfits(&form);
    if !wrong.is_empty() {
        return Err(HouseError::Wrong(wrong));
    }
    let Form { store, name, currency, time_zone, policy, areas, tables, staff, accounts } = form;
    let PolicyForm { scan_opens_table, unpaid_minutes, rush_pause_s, cash_rounding_fen, tips_bp, reopen_minutes } = policy;
    let reopen_minutes = reopen_minutes.unwrap_or(Policy::default().reopen_minutes);
    let area = |AreaForm { id, name, mode, service_charge_bp }| Area { id, name, mode, service_charge_bp };
    let areas = areas.into_iter().map(area).collect();
    let account = |AccountForm { id, name, limit }| HouseAccount { id, name, limit };
    let table = |TableForm { id, name, area, seats, code_version }| Table { id, name, area, seats, code_version };
    let house = House {
        store,
        name,
        currency,
        time_zone,
        areas,
        tables: tables.into_iter().map(table).collect(),
        policy: Policy { scan_opens_table, unpaid_minutes, rush_pause_s, cash_rounding_fen, tips_bp, reopen_minutes },
        accounts: accounts.into_iter().map(account).collect(),
    };
    Ok(HouseFile { house, staff })
}

fn misfits(form: &Form) -> Vec<String> {
    let mut wrong = Vec::new();
    if form.name.zh.trim().is_empty() || form.name.en.trim().is_empty() {
        wrong.push("the restaurant's name is needed in both languages".to_owned());
    }
    if form.time_zone.trim().is_empty() {
        wrong.push("time_zone is empty".to_owned());
    }
    if form.tables.is_empty() {
        wrong.push("there are no tables".to_owned());
    }
    if form.policy.cash_rounding_fen > 1000 {
        wrong.push("cash_rounding_fen is more than 1000 (10 yuan)".to_owned());
    }
    if form.policy.tips_bp.iter().any(|bp| *bp == 0 || *bp > 10_000) {
        wrong.push("tips_bp are hundredths of a percent from 1 to 10000".to_owned());
    }
    if form.areas.iter().any(|area| area.service_charge_bp > 10_000) {
        wrong.push("service_charge_bp is more than 10000 (100 %)".to_owned());
    }
    for account in form.accounts.iter().filter(|account| account.name.trim().is_empty() || !account.limit.is_positive()) {
        wrong.push(format!("account {}: it needs a name and a limit in fen", account.id));
    }
    for account in form.accounts.iter().filter(|account| account.id.as_str().len() > 24) {
        wrong.push(format!("account {}: its code has more than 24 characters", account.id));
    }
    for area in form.areas.iter().filter(|area| area.name.zh.trim().is_empty() || area.name.en.trim().is_empty()) {
        wrong.push(format!("area {}: its name is needed in both languages", area.id));
    }
    for table in &form.tables {
        if !form.areas.iter().any(|area| area.id == table.area) {
            wrong.push(format!("table {}: there is no area {}", table.id, table.area));
        }
        if table.name.trim().is_empty() || table.seats == 0 || table.code_version == 0 {
            wrong.push(format!("table {}: name, seats and code_version can't be empty or 0", table.id));
        }
    }
    for person in &form.staff {
        let digits = person.pin.bytes().all(|b| b.is_ascii_digit());
        if person.name.trim().is_empty() {
            wrong.push(format!("staff {}: the name is empty", person.id));
        }
        if !digits || !(4..=6).contains(&person.pin.len()) {
            wrong.push(format!("staff {}: a PIN is 4 to 6 digits", person.id));
        }
    }
    let mut twice = |what: &str, names: Vec<&str>| {
        let mut seen = BTreeSet::new();
        wrong.extend(names.into_iter().filter(|name| !seen.insert(*name)).map(|name| format!("{what} {name} stands here twice")));
    };
    twice("area", form.areas.iter().map(|area| area.id.as_str()).collect());
    twice("table", form.tables.iter().map(|table| table.id.as_str()).collect());
    twice("table name", form.tables.iter().map(|table| table.name.as_str()).collect());
    twice("staff", form.staff.iter().map(|person| person.id.as_str()).collect());
    wrong
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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

    #[test]
    fn a_set_up_is_read() {
        let file = parse(SMALL).unwrap();
        assert_eq!(file.house.tables[0].code_version, 1);
        assert_eq!(file.staff[0].role, Role::Waiter);
    }

    #[test]
    fn a_pin_is_never_shown() {
        assert!(!format!("{:?}", parse(SMALL).unwrap()).contains("1234"));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |from: &str, to: &str| parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert!(error("\"hall\", seats", "\"roof\", seats").contains("table a1: there is no area roof"));
        assert!(error("\"1234\"", "\"12x4\"").contains("a PIN is 4 to 6 digits"));
        assert!(error("\"waiter\"", "\"king\"").contains("king"));
        assert!(error("seats = 4", "seats = 4, colour = 1").contains("colour"));
        assert!(error("d00d", "D00D").contains("32 lower-case hexadecimal"));
    }
}
