//! Making, moving and ending units, and how each store stands.

use super::refusal::{No, Outcome};
use super::tokens::Seat;
use super::tree::{Kind, Tree, Unit};
use super::{Change, Deed, Office, name_of, unit_id};
use crate::cloud::book::{LEASE, key, store_of};
use domain::StoreId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PUT: &str = "INSERT INTO office_unit VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (brand, unit) DO UPDATE SET parent = excluded.parent, name = excluded.name";
const ASSIGNED: &str = "SELECT 1 FROM office_assigned WHERE store_id = $1 AND brand = $2";
const ASSIGN: &str = "INSERT INTO office_assigned SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM office_brand WHERE brand = $2) \
     ON CONFLICT (store_id) DO UPDATE SET brand = excluded.brand \
     WHERE NOT EXISTS (SELECT 1 FROM office_store WHERE store_id = $1 AND brand <> $2) RETURNING store_id";
const OWN: &str = "INSERT INTO office_store VALUES ($1, $2, $3) ON CONFLICT (store_id) DO NOTHING";
const OWNER: &str = "SELECT 1 FROM office_store WHERE store_id = $1 AND brand = $2 AND unit = $3";
const DISOWN: &str = "DELETE FROM office_store WHERE store_id = $1 AND brand = $2";
const DELETE: &str = "DELETE FROM office_unit WHERE brand = $1 AND unit = $2";
/// What keeps a unit from being ended. Releases that have begun don't.
const HELD_BY: [(&str, &str); 2] = [
    ("people", "SELECT 1 FROM office_person WHERE brand = $1 AND unit = $2 LIMIT 1"),
    ("devices", "SELECT 1 FROM office_device WHERE brand = $1 AND unit = $2 LIMIT 1"),
];
const PLANNED: &str = "SELECT 1 FROM office_release WHERE brand = $1 AND unit = $2 AND from_ms > $3 LIMIT 1";
const FORGET: [&str; 2] =
    ["DELETE FROM office_release WHERE brand = $1 AND unit = $2", "DELETE FROM office_token WHERE brand = $1 AND unit = $2"];
const BOXES: &str = "SELECT store_id FROM cloud_box WHERE store_id = ANY($1)";
const HERE: &str = "SELECT store_id, time_zone FROM cloud_store WHERE store_id = ANY($1)";
const LEASES: &str = "SELECT store_id, until_ms, until_ms >= CAST(extract(epoch FROM now()) * 1000 AS BIGINT) \
     FROM cloud_lease WHERE store_id = ANY($1)";
const DIRECTIVES: &str =
    "SELECT store_id, number, followed, delivered_ms, trouble FROM office_directive WHERE store_id = ANY($1) AND brand = $2";

/// What a unit is to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitBody {
    kind: Kind,
    #[serde(default)]
    parent: Option<String>,
    name: String,
    #[serde(default)]
    store: Option<StoreId>,
}

/// A unit, as it is listed.
#[derive(Debug, Serialize)]
pub struct UnitView {
    id: String,
    kind: Kind,
    parent: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<StoreId>,
    /// Minutes the store's clock is ahead of UTC now; nothing where the cloud doesn't know its time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    utc_offset_min: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
}

/// How a store stands.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    /// Where it is decided: `cloud`, `box`, or `none` where the cloud doesn't know it.
    home: &'static str,
    #[serde(skip)]
    time_zone: Option<String>,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_ms: Option<i64>,
    directive: Following,
}

/// How far a store has followed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Following {
    wanted: i64,
    followed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_ms: Option<i64>,
    /// The code of what the store, or the way to it, answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble_texts: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble_detail: Option<String>,
}

impl Office {
    /// The units somebody may act for, with how their stores stand.
    pub async fn units(&self, seat: &Seat, now_ms: i64) -> Outcome<Vec<UnitView>> {
        let tree = self.tree(&seat.brand).await?;
        let stores: Vec<StoreId> = tree.stores(&seat.unit).map(|(store, _)| store).collect();
        let mut states = self.states(&seat.brand, &stores).await?;
        let view = |unit: &Unit| {
            let state = unit.store.and_then(|store| states.remove(&store));
            let zone = state.as_ref().and_then(|state| state.time_zone.as_deref());
            UnitView {
                id: unit.id.clone(),
                kind: unit.kind,
                parent: unit.parent.clone(),
                name: unit.name.clone(),
                store: unit.store,
                utc_offset_min: zone.and_then(|zone| offset_min(zone, now_ms)),
                state,
            }
        };
        Ok(tree.below(&seat.unit).map(view).collect())
    }

    async fn states(&self, brand: &str, stores: &[StoreId]) -> Outcome<BTreeMap<StoreId, State>> {
        let keys: Vec<Vec<u8>> = stores.iter().map(|store| key(*store)).collect();
        let boxes = self.book.rows(BOXES, &[&keys]).await?;
        let boxes: BTreeSet<StoreId> = boxes.iter().filter_map(|row| store_of(row.get(0))).collect();
        let here = self.book.rows(HERE, &[&keys]).await?;
        let mut here: BTreeMap<StoreId, String> =
            here.iter().filter_map(|row| Some((store_of(row.get(0))?, row.get(1)))).collect();
        let leases = self.book.rows(LEASES, &[&keys]).await?;
        let leases: BTreeMap<StoreId, (i64, bool)> =
            leases.iter().filter_map(|row| Some((store_of(row.get(0))?, (row.get(1), row.get(2))))).collect();
        let directives = self.book.rows(DIRECTIVES, &[&keys, &brand]).await?;
        let directives: BTreeMap<StoreId, Following> =
            directives.iter().filter_map(|row| Some((store_of(row.get(0))?, following(row)))).collect();
        let mut state = |store: &StoreId| {
            let (until, live) = leases.get(store).copied().unwrap_or_default();
            let home = if boxes.contains(store) {
                "box"
            } else if here.contains_key(store) {
                "cloud"
            } else {
                "none"
            };
            let seen = until - i64::try_from(LEASE.as_millis()).unwrap_or_default();
            let directive = directives.get(store).cloned().unwrap_or_default();
            // Any node opens a store that is decided in the cloud when somebody asks for it.
            let reachable = home == "cloud" || (home == "box" && live);
            State { home, time_zone: here.remove(store), reachable, last_seen_ms: (seen > 0).then_some(seen), directive }
        };
        Ok(stores.iter().map(|store| (*store, state(store))).collect())
    }

    /// Says that a store is a brand's: its head office may enter it from then on. Only who runs the cloud can know.
    pub async fn assign(&self, store: StoreId, brand: &str) -> Outcome<()> {
        match self.book.rows(ASSIGN, &[&key(store), &brand]).await?.is_empty() {
            true => Err(No::new("store_taken", "there is no such brand, or another one has this store")),
            false => Ok(()),
        }
    }

    /// Makes a unit, or renames or moves it. The same again changes nothing.
    pub async fn put_unit(&self, seat: &Seat, id: &str, body: UnitBody, now_ms: i64) -> Outcome<()> {
        let name = name_of(&body.name)?;
        let unit = Unit { id: unit_id(id)?.to_owned(), kind: body.kind, parent: body.parent, name, store: body.store };
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &seat.brand).await?;
        let tree = change.tree().await?;
        may_put(&tree, &seat.unit, &unit)?;
        tree.check(&unit)?;
        if tree.get(id) == Some(&unit) {
            return Ok(());
        }
        let store = unit.store.map(key);
        if let Some(store) = &store {
            if change.rows(ASSIGNED, &[store, &seat.brand]).await?.is_empty() {
                return Err(No::new("store_unassigned", "whoever runs the cloud assigns it: dandan cloud assign"));
            }
            change.rows(OWN, &[store, &seat.brand, &id]).await?;
            if change.rows(OWNER, &[store, &seat.brand, &id]).await?.is_empty() {
                return Err(No::new("store_taken", "another brand has this store"));
            }
        }
        let parent = unit.parent.clone().unwrap_or_default();
        change.rows(PUT, &[&seat.brand, &id, &unit.kind.name(), &parent, &unit.name, &store]).await?;
        let what = json!({ "kind": unit.kind, "parent": unit.parent, "name": unit.name, "store": unit.store });
        change.done(&seat.name, now_ms, Deed { unit: id, kind: "unit_put", what }).await?;
        self.changed.notify_one();
        Ok(())
    }

    /// Ends a unit that has nothing left. A store makes its own menus again from then on.
    pub async fn delete_unit(&self, seat: &Seat, id: &str, now_ms: i64) -> Outcome<()> {
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &seat.brand).await?;
        let tree = change.tree().await?;
        // Sent again after a lost answer: it is gone.
        let Some(unit) = tree.get(id) else { return Ok(()) };
        let above = unit.parent.as_deref().ok_or_else(|| No::new("bad_unit", "a brand stays"))?;
        tree.reached(&seat.unit, above)?;
        if tree.has_children(id) {
            return Err(No::new("not_empty", "there are units below it"));
        }
        for (what, sql) in HELD_BY {
            if !change.rows(sql, &[&seat.brand, &id]).await?.is_empty() {
                return Err(No::new("not_empty", format!("it has {what}")));
            }
        }
        if !change.rows(PLANNED, &[&seat.brand, &id, &now_ms]).await?.is_empty() {
            return Err(No::new("not_empty", "releases are planned for it"));
        }
        for sql in FORGET {
            change.rows(sql, &[&seat.brand, &id]).await?;
        }
        if let Some(store) = unit.store {
            change.rows(DISOWN, &[&key(store), &seat.brand]).await?;
        }
        change.rows(DELETE, &[&seat.brand, &id]).await?;
        let what = json!({ "kind": unit.kind, "name": unit.name, "store": unit.store });
        change.done(&seat.name, now_ms, Deed { unit: id, kind: "unit_ended", what }).await?;
        self.changed.notify_one();
        Ok(())
    }
}

/// Whether somebody may put a unit where it is to be, and take it from where it is.
fn may_put(tree: &Tree, seat: &str, unit: &Unit) -> Outcome<()> {
    let known = tree.get(&unit.id);
    if known.is_some() {
        tree.reached(seat, &unit.id)?;
    }
    if known.is_some_and(|known| known.parent == unit.parent) {
        return Ok(());
    }
    for parent in [known.and_then(|known| known.parent.as_deref()), unit.parent.as_deref()].into_iter().flatten() {
        tree.reached(seat, parent)?;
    }
    Ok(())
}

fn offset_min(zone: &str, now_ms: i64) -> Option<i32> {
    let now = jiff::Timestamp::from_millisecond(now_ms).ok()?;
    Some(jiff::tz::TimeZone::get(zone).ok()?.to_offset(now).seconds() / 60)
}

fn following(row: &tokio_postgres::Row) -> Following {
    let (wanted, followed, delivered_ms, trouble): (i64, i64, i64, String) = (row.get(1), row.get(2), row.get(3), row.get(4));
    let said: Value = serde_json::from_str(&trouble).unwrap_or_default();
    let text = |name: &str| said[name].as_str().map(str::to_owned);
    Following {
        wanted,
        followed,
        delivered_ms: (delivered_ms > 0).then_some(delivered_ms),
        trouble: text("code"),
        trouble_texts: said.get("texts").filter(|texts| texts.is_object()).cloned(),
        trouble_detail: text("detail"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::{tree, unit};
    use super::*;

    fn allowed(seat: &str, wanted: &Unit) -> bool {
        may_put(&tree(), seat, wanted).is_ok()
    }

    #[test]
    fn a_region_moves_nothing_across_its_border() {
        assert!(allowed("north", &unit("n3", Kind::Store, Some("north"), Some(4))), "a new store of its own");
        assert!(allowed("north", &unit("n1", Kind::Store, Some("north"), Some(1))));
        assert!(!allowed("north", &unit("n1", Kind::Store, Some("south"), Some(1))), "given away");
        assert!(!allowed("north", &unit("s3", Kind::Store, Some("north"), Some(3))), "taken");
        assert!(!allowed("north", &unit("s4", Kind::Store, Some("south"), Some(4))));
        assert!(!allowed("north", &unit("x", Kind::Region, Some("brand"), None)));
        assert!(allowed("north", &Unit { name: "North".to_owned(), ..unit("north", Kind::Region, Some("brand"), None) }));
        assert!(allowed("brand", &unit("n1", Kind::Store, Some("south"), Some(1))));
    }
}
