//! When which menu goes on sale where. A unit's releases count for every store below it; at the same time the nearer unit's does.

use super::refusal::{No, Outcome};
use super::tokens::Seat;
use super::tree::Tree;
use super::{Change, Deed, Office};
use anyhow::Context;
use domain::ReleaseId;
use domain::catalog::MOST_RELEASES;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;

const ALL: &str =
    "SELECT release, unit, version, from_ms, may_price, may_hours, made_ms FROM office_release WHERE brand = $1 ORDER BY release";
const PUT: &str = "INSERT INTO office_release VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (brand, release) DO UPDATE \
     SET version = excluded.version, from_ms = excluded.from_ms, may_price = excluded.may_price, may_hours = excluded.may_hours";
const DELETE: &str = "DELETE FROM office_release WHERE brand = $1 AND release = $2";
const IS_MENU: &str = "SELECT 1 FROM office_menu WHERE brand = $1 AND version = $2";

/// A menu, and from when it is on sale at a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub id: ReleaseId,
    pub unit: String,
    pub version: u32,
    pub from_ms: i64,
    pub may_price: bool,
    pub may_hours: bool,
    /// When head office decided it: of two by the same unit for the same time the later one counts.
    pub made_ms: i64,
}

/// What a release is to be. Without a time: at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseBody {
    version: u32,
    #[serde(default)]
    from_ms: Option<i64>,
    #[serde(default)]
    may_price: bool,
    #[serde(default)]
    may_hours: bool,
}

/// A release, as it is listed.
#[derive(Debug, Serialize)]
pub struct ReleaseView {
    id: ReleaseId,
    unit: String,
    version: u32,
    from_ms: i64,
    may_price: bool,
    may_hours: bool,
    state: &'static str,
}

/// What counts at a unit: the release on sale and those planned, by when they begin.
pub fn at<'a>(tree: &Tree, releases: &'a [Planned], unit: &str, now_ms: i64) -> Vec<&'a Planned> {
    let up: Vec<String> = tree.up(unit).iter().map(|unit| unit.id.clone()).collect();
    let far = |release: &Planned| up.iter().position(|id| *id == release.unit);
    let mut mine: Vec<(i64, std::cmp::Reverse<usize>, i64, &Planned)> = releases
        .iter()
        .filter_map(|release| Some((release.from_ms, std::cmp::Reverse(far(release)?), release.made_ms, release)))
        .collect();
    mine.sort_by_key(|(from, far, made, release)| (*from, *far, *made, release.id));
    let mut kept: Vec<&Planned> = Vec::new();
    for (.., release) in mine {
        // Later in this order, at the same time: nearer, or decided later. And of those that have begun only the last is on sale.
        if kept.last().is_some_and(|last| last.from_ms == release.from_ms || release.from_ms <= now_ms) {
            kept.pop();
        }
        kept.push(release);
    }
    kept
}

impl Office {
    /// Every release of a brand.
    pub async fn releases(&self, brand: &str) -> Outcome<Vec<Planned>> {
        releases_of(&self.book.rows(ALL, &[&brand]).await?)
    }

    /// What is on sale and planned at a unit, by itself or by a unit above it.
    pub async fn releases_at(&self, seat: &Seat, unit: &str, now_ms: i64) -> Outcome<Vec<ReleaseView>> {
        let tree = self.tree(&seat.brand).await?;
        tree.reached(&seat.unit, unit)?;
        let releases = self.releases(&seat.brand).await?;
        Ok(at(&tree, &releases, unit, now_ms)
            .into_iter()
            .map(|release| ReleaseView {
                id: release.id,
                unit: release.unit.clone(),
                version: release.version,
                from_ms: release.from_ms,
                may_price: release.may_price,
                may_hours: release.may_hours,
                state: if release.from_ms <= now_ms { "on_sale" } else { "planned" },
            })
            .collect())
    }

    /// Releases a menu to a unit, or changes a release that hasn't begun. The same again changes nothing.
    pub async fn put_release(&self, seat: &Seat, unit: &str, id: ReleaseId, body: ReleaseBody, now_ms: i64) -> Outcome<()> {
        let brand = &seat.brand;
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, brand).await?;
        let tree = change.tree().await?;
        tree.reached(&seat.unit, unit)?;
        let mut releases = releases_of(&change.rows(ALL, &[brand]).await?)?;
        let known = releases.iter().position(|release| release.id == id);
        let known = known.map(|at| releases.remove(at));
        let ReleaseBody { version, from_ms, may_price, may_hours } = body;
        // What is past can't begin; and a retry of "at once" a moment later is still the same.
        let from_ms = from_ms.unwrap_or(now_ms).max(now_ms);
        let mut release = Planned { id, unit: unit.to_owned(), version, from_ms, may_price, may_hours, made_ms: now_ms };
        if let Some(known) = known {
            if known.unit != unit {
                return Err(No::new("release_elsewhere", format!("it belongs to {}", known.unit)));
            }
            let begun = known.from_ms <= now_ms;
            release.made_ms = known.made_ms;
            if release == known || (begun && release == Planned { from_ms, ..known.clone() }) {
                return Ok(());
            }
            if begun {
                return Err(No::new("release_begun", "its menu is on sale, or was"));
            }
        }
        let number = i32::try_from(version).unwrap_or(-1);
        if change.rows(IS_MENU, &[brand, &number]).await?.is_empty() {
            return Err(No::new("menu_unknown", format!("there is no version {version}")));
        }
        releases.push(release);
        if let Some(full) = tree.below(unit).find(|below| at(&tree, &releases, &below.id, now_ms).len() > MOST_RELEASES) {
            return Err(No::new("too_many_releases", format!("{} has {MOST_RELEASES} already", full.name)));
        }
        let id = id.to_string();
        change.rows(PUT, &[brand, &id, &unit, &number, &from_ms, &may_price, &may_hours, &now_ms]).await?;
        let what =
            json!({ "release": id, "version": version, "from_ms": from_ms, "may_price": may_price, "may_hours": may_hours });
        change.done(&seat.name, now_ms, Deed { unit, kind: "release_put", what }).await?;
        self.changed.notify_one();
        Ok(())
    }

    /// Takes a release back that hasn't begun.
    pub async fn end_release(&self, seat: &Seat, unit: &str, id: ReleaseId, now_ms: i64) -> Outcome<()> {
        let mut client = self.book.client().await?;
        let change = Change::begin(&mut client, &seat.brand).await?;
        change.tree().await?.reached(&seat.unit, unit)?;
        let releases = releases_of(&change.rows(ALL, &[&seat.brand]).await?)?;
        let Some(known) = releases.iter().find(|release| release.id == id) else { return Ok(()) };
        if known.unit != unit {
            return Err(No::new("release_unknown", format!("it belongs to {}", known.unit)));
        }
        if known.from_ms <= now_ms {
            return Err(No::new("release_begun", "its menu is on sale, or was"));
        }
        change.rows(DELETE, &[&seat.brand, &id.to_string()]).await?;
        let what = json!({ "release": id, "version": known.version, "from_ms": known.from_ms });
        change.done(&seat.name, now_ms, Deed { unit, kind: "release_ended", what }).await?;
        self.changed.notify_one();
        Ok(())
    }
}

fn releases_of(rows: &[Row]) -> Outcome<Vec<Planned>> {
    let release = |row: &Row| {
        let id: String = row.get(0);
        Ok(Planned {
            id: id.parse().ok().context("a release's id can't be read")?,
            unit: row.get(1),
            version: u32::try_from(row.get::<_, i32>(2)).context("a version can't be read")?,
            from_ms: row.get(3),
            may_price: row.get(4),
            may_hours: row.get(5),
            made_ms: row.get(6),
        })
    };
    Ok(rows.iter().map(release).collect::<anyhow::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn release(id: u128, unit: &str, from_ms: i64, made_ms: i64) -> Planned {
        let version = u32::try_from(id).unwrap_or_default();
        Planned { id: ReleaseId(id), unit: unit.to_owned(), version, from_ms, may_price: false, may_hours: false, made_ms }
    }

    fn ids(releases: &[Planned], unit: &str, now_ms: i64) -> Vec<u128> {
        at(&tree(), releases, unit, now_ms).iter().map(|release| release.id.0).collect()
    }

    #[test]
    fn the_one_on_sale_and_those_planned_count_by_time() {
        let releases =
            [release(1, "brand", 10, 0), release(2, "north", 20, 0), release(3, "n1", 30, 0), release(4, "south", 15, 0)];
        assert_eq!(ids(&releases, "n1", 5), [1, 2, 3], "nothing has begun");
        assert_eq!(ids(&releases, "n1", 20), [2, 3]);
        assert_eq!(ids(&releases, "n2", 99), [2]);
        assert_eq!(ids(&releases, "s3", 12), [1, 4]);
        assert_eq!(ids(&releases, "north", 12), [1, 2]);
    }

    #[test]
    fn what_begins_later_counts_whoever_decided_it() {
        let releases = [release(1, "n1", 10, 0), release(2, "brand", 20, 0)];
        assert_eq!(ids(&releases, "n1", 30), [2]);
    }

    #[test]
    fn at_the_same_time_the_nearer_unit_counts_and_then_the_later_word() {
        let releases = [release(1, "brand", 10, 9), release(2, "north", 10, 1), release(3, "north", 10, 5)];
        for now in [0, 10, 50] {
            assert_eq!(ids(&releases, "n1", now), [3]);
            assert_eq!(ids(&releases, "s3", now), [1]);
        }
    }
}
