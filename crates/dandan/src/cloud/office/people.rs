//! Who works at a unit, and so in every store below it.
//!
//! A store needs a PIN's slow hash with a pepper of its own, and stores are added later. So the PIN is kept locked with a key that
//! follows from the cloud's own, which isn't in the database; the hashes are made for each store when its directive is.

use super::refusal::{No, Outcome};
use super::tokens::Seat;
use super::{Change, Deed, Office, name_of};
use crate::keys::HouseKeys;
use anyhow::Context;
use domain::StaffId;
use domain::catalog::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;

const ALL: &str = "SELECT staff, unit, name, role, pin, pin_no FROM office_person WHERE brand = $1 ORDER BY staff";
const PUT: &str = "INSERT INTO office_person VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (brand, staff) \
     DO UPDATE SET name = excluded.name, role = excluded.role, pin = excluded.pin, pin_no = excluded.pin_no";
const DELETE: &str = "DELETE FROM office_person WHERE brand = $1 AND staff = $2";

/// Somebody who works at a unit.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: StaffId,
    pub unit: String,
    pub name: String,
    pub role: Role,
    /// Counts the PINs they have had.
    pub pin_no: i64,
    locked: Vec<u8>,
}

impl Person {
    /// Their PIN.
    ///
    /// # Errors
    /// When the cloud has other keys than it had.
    pub fn pin(&self, keys: &HouseKeys, brand: &str) -> anyhow::Result<String> {
        let pin = keys.unlock(&lock_of(brand, &self.id), &self.locked)?;
        String::from_utf8(pin).context("a PIN can't be read")
    }
}

/// What somebody is to be. Without a PIN they keep theirs.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    name: String,
    role: Role,
    #[serde(default)]
    pin: Option<String>,
}

impl std::fmt::Debug for PersonBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonBody").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Somebody, as they are listed.
#[derive(Debug, Serialize)]
pub struct PersonView {
    id: StaffId,
    name: String,
    role: Role,
    unit: String,
    unit_name: String,
}

impl Office {
    /// Everybody of a brand.
    pub async fn people(&self, brand: &str) -> Outcome<Vec<Person>> {
        people_of(&self.book.rows(ALL, &[&brand]).await?)
    }

    /// Who works in the stores of a unit because of it or a unit above it.
    pub async fn people_at(&self, seat: &Seat, unit: &str) -> Outcome<Vec<PersonView>> {
        let tree = self.tree(&seat.brand).await?;
        tree.reached(&seat.unit, unit)?;
        let at = |person: Person| {
            let from = tree.up(unit).into_iter().find(|above| above.id == person.unit)?;
            let Person { id, unit, name, role, .. } = person;
            Some(PersonView { id, name, role, unit, unit_name: from.name.clone() })
        };
        Ok(self.people(&seat.brand).await?.into_iter().filter_map(at).collect())
    }

    /// Lets somebody work at a unit, or changes what they are. The same again changes nothing.
    pub async fn put_person(
        &self,
        keys: &HouseKeys,
        seat: &Seat,
        unit: &str,
        id: &StaffId,
        body: PersonBody,
        now_ms: i64,
    ) -> Outcome<()> {
        let PersonBody { name, role, pin } = body;
        let name = name_of(&name)?;
        if pin.as_ref().is_some_and(|pin| !(4..=8).contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(No::new("bad_pin", "4 to 8 digits"));
        }
        let brand = &seat.brand;
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, brand).await?;
        let tree = change.tree().await?;
        tree.reached(&seat.unit, unit)?;
        let people = people_of(&change.rows(ALL, &[brand]).await?)?;
        let known = people.iter().find(|person| person.id == *id);
        if let Some(known) = known.filter(|known| known.unit != unit) {
            return Err(No::new("person_elsewhere", format!("{id} belongs to {}", known.unit)));
        }
        let former = known.map(|known| known.pin(keys, brand)).transpose()?;
        let pin = pin.or_else(|| former.clone()).ok_or_else(|| No::new("pin_needed", format!("{id} is new")))?;
        let new_pin = former.as_ref() != Some(&pin);
        if known.is_some_and(|known| !new_pin && known.name == name && known.role == role) {
            return Ok(());
        }
        if known.is_none() {
            tree.has_room(unit, people.iter().map(|person| person.unit.as_str()))?;
        }
        let locked = keys.lock(&lock_of(brand, id), pin.as_bytes())?;
        // Never again a number somebody of this id had: hashes are kept under it.
        let pin_no = if new_pin { change.revision + 1 } else { known.map_or(0, |known| known.pin_no) };
        let role_name = role_name(role)?;
        change.rows(PUT, &[brand, &id.as_str(), &unit, &name, &role_name, &locked, &pin_no]).await?;
        let what = json!({ "staff": id, "name": name, "role": role, "new_pin": new_pin });
        change.done(&seat.name, now_ms, Deed { unit, kind: "person_put", what }).await?;
        self.changed.notify_one();
        Ok(())
    }

    /// Somebody doesn't work at a unit any more.
    pub async fn end_person(&self, seat: &Seat, unit: &str, id: &StaffId, now_ms: i64) -> Outcome<()> {
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &seat.brand).await?;
        change.tree().await?.reached(&seat.unit, unit)?;
        let people = people_of(&change.rows(ALL, &[&seat.brand]).await?)?;
        let Some(known) = people.iter().find(|person| person.id == *id) else { return Ok(()) };
        if known.unit != unit {
            return Err(No::new("person_unknown", format!("{id} belongs to {}", known.unit)));
        }
        change.rows(DELETE, &[&seat.brand, &id.as_str()]).await?;
        let what = json!({ "staff": id, "name": known.name });
        change.done(&seat.name, now_ms, Deed { unit, kind: "person_ended", what }).await?;
        self.changed.notify_one();
        Ok(())
    }
}

fn people_of(rows: &[Row]) -> Outcome<Vec<Person>> {
    let person = |row: &Row| {
        let (id, role): (String, String) = (row.get(0), row.get(3));
        Ok(Person {
            id: id.parse().map_err(|_| anyhow::anyhow!("{id:?} is nobody's code"))?,
            unit: row.get(1),
            name: row.get(2),
            role: serde_json::from_str(&role).context("a role can't be read")?,
            pin_no: row.get(5),
            locked: row.get(4),
        })
    };
    Ok(rows.iter().map(person).collect::<anyhow::Result<_>>()?)
}

fn role_name(role: Role) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&role)?)
}

/// What a PIN is locked as: moved to another person's row it is no PIN.
fn lock_of(brand: &str, staff: &StaffId) -> String {
    format!("PIN of {staff} of {brand}")
}
