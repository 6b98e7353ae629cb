//! A brand's menus: checked when they come in, numbered, and never changed.

use super::refusal::{No, Outcome};
use super::tokens::Seat;
use super::{Change, Deed, Office};
use anyhow::Context;
use axum::body::Bytes;
use domain::catalog::MenuRef;
use domain::menu::{Menu, MenuFault, MenuRule, validate};
use domain::text::is_plain;
use menu_file::Format;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::collections::{BTreeMap, BTreeSet};

/// The largest menu a store reads. Units: bytes of its JSON.
const LARGEST: usize = 2 * 1024 * 1024;
const LONGEST_NOTE: usize = 200;
const LIST: &str = "SELECT version, hash, note, by_whom, at_ms, dishes FROM office_menu WHERE brand = $1 ORDER BY version DESC";
const SHOW: &str = "SELECT body FROM office_menu WHERE brand = $1 AND version = $2";
const BODIES: &str = "SELECT hash, body FROM office_menu WHERE brand = $1 AND hash = ANY($2)";
const REFS: &str = "SELECT version, hash FROM office_menu WHERE brand = $1";
const LAST: &str = "SELECT coalesce(max(version), 0) FROM office_menu WHERE brand = $1";
const MADE: &str = "SELECT version, note, body FROM office_menu WHERE brand = $1 AND request = $2";
const PUT: &str = "INSERT INTO office_menu VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// A menu that is given, in JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuBody {
    pub id: String,
    #[serde(default)]
    pub note: String,
    pub menu: Box<RawValue>,
}

/// A menu, as it is listed.
#[derive(Debug, Serialize)]
pub struct MenuView {
    version: u32,
    hash: String,
    note: String,
    by: String,
    at_ms: i64,
    dishes: u32,
}

/// Reads a menu in JSON.
///
/// # Errors
/// `menu_faulty`, with every fault.
pub fn of_json(text: &str) -> Outcome<Menu> {
    let menu: Menu = serde_json::from_str(text).map_err(|error| faulty(vec![fault_of("", &error.to_string(), MALFORMED)]))?;
    Ok(menu)
}

/// Reads a menu file.
///
/// # Errors
/// `menu_faulty`, with every wrong cell.
pub fn of_file(bytes: &[u8], format: Format) -> Outcome<Menu> {
    menu_file::read_bytes(bytes, format, 1)
        .map_err(|errors| faulty(errors.iter().map(|error| serde_json::to_value(error).unwrap_or_default()).collect()))
}

impl Office {
    /// A brand's menus, the newest first.
    pub async fn menus(&self, brand: &str) -> Outcome<Vec<MenuView>> {
        let rows = self.book.rows(LIST, &[&brand]).await?;
        let unsigned = |number: i32| u32::try_from(number).unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| MenuView {
                version: unsigned(row.get(0)),
                hash: row.get(1),
                note: row.get(2),
                by: row.get(3),
                at_ms: row.get(4),
                dishes: unsigned(row.get(5)),
            })
            .collect())
    }

    /// One menu's JSON.
    pub async fn menu(&self, brand: &str, version: u32) -> Outcome<Bytes> {
        let unknown = || No::new("menu_unknown", format!("there is no version {version}"));
        let number = i32::try_from(version).map_err(|_| unknown())?;
        let rows = self.book.rows(SHOW, &[&brand, &number]).await?;
        let body: Vec<u8> = rows.first().ok_or_else(unknown)?.get(0);
        Ok(body.into())
    }

    /// The JSON of menus by their hashes.
    pub async fn menu_texts(&self, brand: &str, hashes: &[String]) -> anyhow::Result<Vec<String>> {
        let rows = self.book.rows(BODIES, &[&brand, &hashes]).await?;
        // A menu that was given twice has two versions, and so two hashes: none comes twice.
        rows.iter().map(|row| String::from_utf8(row.get(1)).context("a menu can't be read")).collect()
    }

    /// Every menu's name by its version.
    pub async fn menu_refs(&self, brand: &str) -> Outcome<BTreeMap<u32, MenuRef>> {
        let rows = self.book.rows(REFS, &[&brand]).await?;
        let menu = |row: &tokio_postgres::Row| {
            let version = u32::try_from(row.get::<_, i32>(0)).ok()?;
            Some((version, MenuRef { version, hash: row.get(1) }))
        };
        Ok(rows.iter().filter_map(menu).collect())
    }

    /// Takes a menu; its version. The same under the same id is the same menu.
    pub async fn add_menu(&self, seat: &Seat, id: &str, note: &str, mut menu: Menu, now_ms: i64) -> Outcome<u32> {
        seat.at_brand()?;
        if id.is_empty() || id.len() > 64 || !is_plain(note, LONGEST_NOTE) {
            return Err(No::new("malformed", "send an id of 1 to 64 characters, and a note of at most 200"));
        }
        let faults = validate(&menu);
        if !faults.is_empty() {
            return Err(faulty(faults.iter().map(in_words).collect()));
        }
        let brand = &seat.brand;
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, brand).await?;
        if let Some(row) = change.rows(MADE, &[brand, &id]).await?.first() {
            let (version, former, body): (i32, String, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
            menu.version = u32::try_from(version).unwrap_or_default();
            let same = former == note && bytes_of(&menu)? == body;
            return same.then_some(menu.version).ok_or_else(|| No::new("key_reused", format!("{id} is version {version}")));
        }
        let last: i32 = change.rows(LAST, &[brand]).await?.first().map_or(0, |row| row.get(0));
        menu.version = u32::try_from(last + 1).unwrap_or_default();
        let body = bytes_of(&menu)?;
        if body.len() > LARGEST {
            return Err(No::new("too_large", format!("a menu has at most {LARGEST} bytes")));
        }
        let (hash, dishes) = (hex::encode(digest(&SHA256, &body)), i32::try_from(menu.dishes.len()).unwrap_or(i32::MAX));
        change.rows(PUT, &[brand, &(last + 1), &id, &hash, &note, &seat.name, &now_ms, &dishes, &body]).await?;
        let what = json!({ "version": menu.version, "note": note, "dishes": dishes });
        change.done(&seat.name, now_ms, Deed { unit: brand, kind: "menu", what }).await?;
        Ok(menu.version)
    }
}

fn bytes_of(menu: &Menu) -> anyhow::Result<Vec<u8>> {
    serde_json::to_vec(menu).context("the menu can't be written")
}

fn faulty(faults: Vec<Value>) -> No {
    No::Refused { code: "menu_faulty", detail: format!("{} mistakes", faults.len()), faults }
}

const MALFORMED: (&str, &str) = ("读不懂", "can't be read");

/// A fault in the form a file's faults have.
fn fault_of(dish: &str, value: &str, (zh, en): (&str, &str)) -> Value {
    json!({ "sheet": dish, "row": 0, "column": "", "value": value, "reason": { "zh": zh, "en": en } })
}

fn in_words(fault: &MenuFault) -> Value {
    let mut said = fault_of(fault.dish.as_ref().map_or("", |dish| dish.as_str()), &fault.what, words(fault.rule));
    said["rule"] = json!(fault.rule);
    said
}

fn words(rule: MenuRule) -> (&'static str, &'static str) {
    match rule {
        MenuRule::Empty => ("菜单里没有菜", "there are no dishes"),
        MenuRule::Duplicate => ("编号重复", "the code is used twice"),
        MenuRule::NoStation => ("没有这个档口", "there is no such station"),
        MenuRule::NoCategory => ("没有这个分类", "there is no such category"),
        MenuRule::NameMissing => ("中英文名字要齐", "names stand in both languages"),
        MenuRule::NoVariant => ("至少要有一种规格", "a dish has at least one size"),
        MenuRule::Price => ("价格不对", "the price isn't one that can be"),
        MenuRule::Bounds => ("最少和最多选几项不对", "what must and may be chosen doesn't fit"),
        MenuRule::Excludes => ("互斥的选项不对", "an option excludes one that isn't there, or itself"),
        MenuRule::SetChoice => ("套餐里的菜不对", "a part of a set meal isn't a plain dish of this menu"),
        MenuRule::Times => ("出餐时间不对", "due comes before overdue, both above nothing"),
        MenuRule::Hours => ("时段不对", "hours lie within a day"),
        MenuRule::Fallback => ("代做的档口不对", "the station that cooks instead isn't another one of this menu"),
        MenuRule::PerTenMin => ("产能不对", "a station cooks 1 to 10,000 portions in ten minutes"),
        MenuRule::NoSoup => ("没有锅底可选", "there is no soup base to order"),
    }
}

/// The hashes among these that a store hasn't got yet.
pub fn not_yet_there(wanted: &[MenuRef], there: &BTreeSet<String>) -> Vec<String> {
    let missing: BTreeSet<&String> = wanted.iter().map(|menu| &menu.hash).filter(|hash| !there.contains(*hash)).collect();
    missing.into_iter().cloned().collect()
}
