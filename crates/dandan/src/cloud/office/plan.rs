//! From what a brand wants to a numbered wish for each of its stores. Worked out once after each change of the brand, by whichever node
//! comes first; a second one that does it all the same comes to the same.

use super::Office;
use super::people::Person;
use super::refusal::{No, Outcome};
use super::wish::Wishes;
use crate::cloud::book::{key, store_of};
use crate::keys::HouseKeys;
use anyhow::Context;
use domain::catalog::Directive;
use domain::{StaffId, StoreId};
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;

/// How many stores are worked out together.
const TOGETHER: usize = 50;
/// How long a node has for a brand before another may try. Units: milliseconds.
const PLAN_MS: i64 = 10_000;
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)"
    };
}
const OPEN: &str = concat!("SELECT brand FROM office_brand WHERE planned < revision AND until_ms < ", now!());
const CLAIM: &str = concat!(
    "UPDATE office_brand SET until_ms = ",
    now!(),
    " + $2 WHERE brand = $1 AND planned < revision AND until_ms < ",
    now!(),
    " RETURNING revision"
);
const PROLONG: &str = concat!("UPDATE office_brand SET until_ms = ", now!(), " + $2 WHERE brand = $1");
const PLANNED: &str = "UPDATE office_brand SET planned = greatest(planned, $2), until_ms = 0 WHERE brand = $1";
const FORMER: &str = "SELECT store_id FROM office_directive WHERE brand = $1";
const PINS: &str = "SELECT store_id, staff, pin_no, pin_hash FROM office_pin WHERE store_id = ANY($1)";
const KEEP_PIN: &str = "INSERT INTO office_pin VALUES ($1, $2, $3, $4) ON CONFLICT (store_id, staff) \
     DO UPDATE SET pin_no = excluded.pin_no, pin_hash = excluded.pin_hash";
/// A store that belongs to the brand. What an older look at the brand came to is never put over what a newer one did.
const WISH: &str = "INSERT INTO office_directive SELECT $1, $2, $3, 1, $4, $5, 0, 0, '[]', '', 0, 0, 0 \
     WHERE EXISTS (SELECT 1 FROM office_store WHERE store_id = $1 AND brand = $2) ON CONFLICT (store_id) DO UPDATE \
     SET brand = excluded.brand, revision = excluded.revision, number = office_directive.number + 1, hash = excluded.hash, \
     wish = excluded.wish, tries = 0, next_ms = 0 \
     WHERE office_directive.hash <> excluded.hash \
     AND (office_directive.revision <= excluded.revision OR office_directive.brand <> excluded.brand)";
/// A store that belonged to it and belongs to nobody.
const LEAVE: &str = "UPDATE office_directive SET revision = $3, number = number + 1, hash = $4, wish = $5, tries = 0, next_ms = 0 \
     WHERE store_id = $1 AND brand = $2 AND hash <> $4 AND revision <= $3 \
     AND NOT EXISTS (SELECT 1 FROM office_store WHERE store_id = $1)";

impl Office {
    /// Works out what has changed since it was worked out last.
    pub async fn plan(&self, keys: &HouseKeys, now_ms: i64) -> anyhow::Result<()> {
        for row in self.book.rows(OPEN, &[]).await? {
            let brand: String = row.get(0);
            let claimed = self.book.rows(CLAIM, &[&brand, &PLAN_MS]).await?;
            let Some(revision) = claimed.first().map(|row| row.get(0)) else { continue };
            self.plan_brand(keys, &brand, revision, now_ms).await.map_err(No::told)?;
            self.book.rows(PLANNED, &[&brand, &revision]).await?;
        }
        Ok(())
    }

    async fn plan_brand(&self, keys: &HouseKeys, brand: &str, revision: i64, now_ms: i64) -> Outcome<()> {
        let wishes = self.wishes(brand).await?;
        let mut stores: Vec<StoreId> = wishes.units.keys().copied().collect();
        let former = self.book.rows(FORMER, &[&brand]).await?;
        stores.extend(former.iter().filter_map(|row| store_of(row.get(0))).filter(|store| !wishes.units.contains_key(store)));
        for stores in stores.chunks(TOGETHER) {
            self.book.rows(PROLONG, &[&brand, &PLAN_MS]).await?;
            let mut pins = self.pins(stores).await?;
            for store in stores {
                let hashes = self.hashes(keys, &wishes, *store, pins.remove(store).unwrap_or_default()).await?;
                let wish = wishes.of_store(*store, &hashes, now_ms);
                let (text, hash) = written(&wish)?;
                let sql = if wishes.units.contains_key(store) { WISH } else { LEAVE };
                self.book.rows(sql, &[&key(*store), &brand, &revision, &hash, &text]).await?;
            }
        }
        Ok(())
    }

    async fn wishes(&self, brand: &str) -> Outcome<Wishes> {
        let tree = self.tree(brand).await?;
        let units = tree.stores(brand).map(|(store, unit)| (store, unit.id.clone())).collect();
        let (people, devices) = (self.people(brand).await?, self.devices(brand).await?);
        let (releases, menus) = (self.releases(brand).await?, self.menu_refs(brand).await?);
        Ok(Wishes { brand: brand.to_owned(), tree, people, devices, releases, menus, units })
    }

    /// The hashes that were made for stores.
    async fn pins(&self, stores: &[StoreId]) -> Outcome<BTreeMap<StoreId, BTreeMap<String, (i64, String)>>> {
        let keys: Vec<Vec<u8>> = stores.iter().map(|store| key(*store)).collect();
        let mut pins: BTreeMap<StoreId, BTreeMap<String, (i64, String)>> = BTreeMap::new();
        for row in self.book.rows(PINS, &[&keys]).await? {
            if let Some(store) = store_of(row.get(0)) {
                pins.entry(store).or_default().insert(row.get(1), (row.get(2), row.get(3)));
            }
        }
        Ok(pins)
    }

    /// Everybody's PIN as this store checks it; made where it isn't there yet.
    async fn hashes(
        &self,
        keys: &HouseKeys,
        wishes: &Wishes,
        store: StoreId,
        mut kept: BTreeMap<String, (i64, String)>,
    ) -> Outcome<BTreeMap<StaffId, String>> {
        let mut hashes = BTreeMap::new();
        for person in wishes.people_of(store) {
            let known = kept.remove(person.id.as_str()).filter(|(pin_no, _)| *pin_no == person.pin_no);
            let hash = match known {
                Some((_, hash)) => hash,
                None => match hashed(keys, &wishes.brand, store, person).await {
                    Ok(hash) => {
                        let staff = person.id.as_str();
                        self.book.rows(KEEP_PIN, &[&key(store), &staff, &person.pin_no, &hash]).await?;
                        hash
                    }
                    // Leaving them out would end them in every store.
                    Err(error) => {
                        return Err(error
                            .context(format!("the PIN of {} can't be unlocked; give them a new one", person.id))
                            .into());
                    }
                },
            };
            hashes.insert(person.id.clone(), hash);
        }
        Ok(hashes)
    }
}

async fn hashed(keys: &HouseKeys, brand: &str, store: StoreId, person: &Person) -> anyhow::Result<String> {
    let (pin, pepper) = (person.pin(keys, brand)?, keys.staff_pepper(store)?);
    let hashed = tokio::task::spawn_blocking(move || api::hash_pin(&pin, &pepper)).await.context("the hash was not made")?;
    hashed.map_err(|error| anyhow::anyhow!("the hash was not made: {error}"))
}

/// A wish as it is kept, and its hash. The number isn't in it.
fn written(wish: &Directive) -> anyhow::Result<(String, String)> {
    let text = serde_json::to_string(wish)?;
    let hash = hex::encode(digest(&SHA256, text.as_bytes()));
    Ok((text, hash))
}
