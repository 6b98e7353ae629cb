//! The units of a brand: the brand itself, its regions, its stores.

use super::refusal::{No, Outcome};
use domain::StoreId;
use domain::catalog::MOST_PEOPLE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many levels a brand may have, its own included.
const DEEPEST: usize = 8;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Brand,
    Region,
    Store,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Brand => "brand",
            Kind::Region => "region",
            Kind::Store => "store",
        }
    }

    pub fn of(name: &str) -> Option<Kind> {
        [Kind::Brand, Kind::Region, Kind::Store].into_iter().find(|kind| kind.name() == name)
    }
}

/// One unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub kind: Kind,
    /// Above it; nothing above the brand.
    pub parent: Option<String>,
    pub name: String,
    /// Which store, of a unit that is one.
    pub store: Option<StoreId>,
}

/// All units of one brand.
#[derive(Clone, Debug, Default)]
pub struct Tree(BTreeMap<String, Unit>);

impl Tree {
    pub fn of(units: impl IntoIterator<Item = Unit>) -> Tree {
        Tree(units.into_iter().map(|unit| (unit.id.clone(), unit)).collect())
    }

    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.0.get(id)
    }

    /// A unit that somebody acts on who sits at `seat`.
    ///
    /// # Errors
    /// `unit_unknown`; `not_allowed` where it isn't below their own.
    pub fn reached(&self, seat: &str, id: &str) -> Outcome<&Unit> {
        let unit = self.get(id).ok_or_else(|| No::new("unit_unknown", format!("there is no unit {id}")))?;
        let allowed = self.covers(seat, id);
        allowed.then_some(unit).ok_or_else(|| No::new("not_allowed", format!("{id} isn't below {seat}")))
    }

    /// The unit and those above it, nearest first.
    pub fn up(&self, id: &str) -> Vec<&Unit> {
        let above = |unit: &&Unit| self.get(unit.parent.as_deref()?);
        std::iter::successors(self.get(id), above).take(DEEPEST + 1).collect()
    }

    /// Whether a unit is `top` or below it.
    pub fn covers(&self, top: &str, id: &str) -> bool {
        self.up(id).iter().any(|unit| unit.id == top)
    }

    /// The unit and those below it.
    pub fn below<'a>(&'a self, top: &'a str) -> impl Iterator<Item = &'a Unit> {
        self.0.values().filter(move |unit| self.covers(top, &unit.id))
    }

    /// The stores of a unit and of those below it, with their units.
    pub fn stores<'a>(&'a self, top: &'a str) -> impl Iterator<Item = (StoreId, &'a Unit)> {
        self.below(top).filter_map(|unit| Some((unit.store?, unit)))
    }

    /// Whether every store below a unit can take one more person or device, where those there are belong to these units.
    ///
    /// # Errors
    /// `too_many_people`.
    pub fn has_room<'a>(&self, unit: &str, owners: impl Iterator<Item = &'a str>) -> Outcome<()> {
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        owners.for_each(|owner| *held.entry(owner).or_default() += 1);
        let of = |below: &Unit| self.up(&below.id).iter().filter_map(|above| held.get(above.id.as_str())).sum::<usize>();
        let full = self.below(unit).find(|below| of(below) >= MOST_PEOPLE);
        full.map_or(Ok(()), |full| Err(No::new("too_many_people", format!("{} has {MOST_PEOPLE}", full.name))))
    }

    pub fn has_children(&self, id: &str) -> bool {
        self.0.values().any(|unit| unit.parent.as_deref() == Some(id))
    }

    /// Whether the tree may have this unit, new or changed.
    ///
    /// # Errors
    /// `bad_unit`, `unit_unknown`, `unit_fixed`, `cycle`, `too_deep`, `store_taken`.
    pub fn check(&self, unit: &Unit) -> Outcome<()> {
        let known = self.get(&unit.id);
        if known.is_some_and(|known| known.kind != unit.kind || known.store != unit.store) {
            return Err(No::new("unit_fixed", "end this unit and make another"));
        }
        if (unit.kind == Kind::Store) != unit.store.is_some() {
            return Err(No::new("bad_unit", "a unit that is a store names it, and no other does"));
        }
        if unit.kind == Kind::Brand {
            let fits = known.is_some() && unit.parent.is_none();
            return fits.then_some(()).ok_or_else(|| No::new("bad_unit", "a brand is made by `dandan cloud brand`"));
        }
        let parent = unit.parent.as_deref().ok_or_else(|| No::new("bad_unit", "only a brand has nothing above it"))?;
        let above =
            self.get(parent).ok_or_else(|| No::new("unit_unknown", format!("there is no unit {parent} to stand below")))?;
        if above.kind == Kind::Store {
            return Err(No::new("bad_unit", "nothing stands below a store"));
        }
        if parent == unit.id || (known.is_some() && self.covers(&unit.id, parent)) {
            return Err(No::new("cycle", format!("{parent} is below {}", unit.id)));
        }
        let height = self.below(&unit.id).map(|below| self.up(&below.id).len() - self.up(&unit.id).len()).max().unwrap_or(0);
        if self.up(parent).len() + 1 + height > DEEPEST {
            return Err(No::new("too_deep", format!("at most {DEEPEST} levels")));
        }
        let twin = self.0.values().find(|other| unit.store.is_some() && other.store == unit.store && other.id != unit.id);
        twin.map_or(Ok(()), |twin| Err(No::new("store_taken", format!("it is the unit {}", twin.id))))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn unit(id: &str, kind: Kind, parent: Option<&str>, store: Option<u128>) -> Unit {
        Unit { id: id.to_owned(), kind, parent: parent.map(str::to_owned), name: id.to_owned(), store: store.map(StoreId) }
    }

    /// A brand of two regions with stores 1 and 2, and 3.
    pub fn tree() -> Tree {
        Tree::of([
            unit("brand", Kind::Brand, None, None),
            unit("north", Kind::Region, Some("brand"), None),
            unit("south", Kind::Region, Some("brand"), None),
            unit("n1", Kind::Store, Some("north"), Some(1)),
            unit("n2", Kind::Store, Some("north"), Some(2)),
            unit("s3", Kind::Store, Some("south"), Some(3)),
        ])
    }

    fn refused(unit: &Unit) -> &'static str {
        match tree().check(unit) {
            Ok(()) => "",
            Err(No::Refused { code, .. }) => code,
            Err(No::Away(_)) => "away",
        }
    }

    #[test]
    fn a_unit_covers_itself_and_what_is_below() {
        let tree = tree();
        assert!(tree.covers("north", "north") && tree.covers("brand", "n2") && tree.covers("north", "n1"));
        assert!(!tree.covers("north", "s3") && !tree.covers("n1", "north") && !tree.covers("north", "nowhere"));
        assert_eq!(tree.stores("north").map(|(store, _)| store.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(tree.up("n1").iter().map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["n1", "north", "brand"]);
    }

    #[test]
    fn what_a_tree_may_have() {
        assert_eq!(refused(&unit("east", Kind::Region, Some("brand"), None)), "");
        assert_eq!(refused(&unit("n3", Kind::Store, Some("north"), Some(4))), "");
        assert_eq!(refused(&unit("n1", Kind::Store, Some("south"), Some(1))), "", "a store may change its region");
        assert_eq!(refused(&unit("south", Kind::Region, Some("north"), None)), "", "a region with its stores below another");
    }

    #[test]
    fn what_no_tree_may_have() {
        for (unit, code) in [
            (unit("x", Kind::Brand, None, None), "bad_unit"),
            (unit("x", Kind::Region, None, None), "bad_unit"),
            (unit("x", Kind::Region, Some("nowhere"), None), "unit_unknown"),
            (unit("x", Kind::Region, Some("n1"), None), "bad_unit"),
            (unit("x", Kind::Region, Some("brand"), Some(9)), "bad_unit"),
            (unit("x", Kind::Store, Some("north"), None), "bad_unit"),
            (unit("x", Kind::Store, Some("north"), Some(3)), "store_taken"),
            (unit("north", Kind::Region, Some("north"), None), "cycle"),
            (unit("n1", Kind::Region, Some("north"), None), "unit_fixed"),
            (unit("n1", Kind::Store, Some("north"), Some(9)), "unit_fixed"),
            (unit("brand", Kind::Region, Some("north"), None), "unit_fixed"),
        ] {
            assert_eq!(refused(&unit), code, "{unit:?}");
        }
        let nested = Tree::of([
            unit("brand", Kind::Brand, None, None),
            unit("a", Kind::Region, Some("brand"), None),
            unit("b", Kind::Region, Some("a"), None),
        ]);
        assert!(matches!(nested.check(&unit("a", Kind::Region, Some("b"), None)), Err(No::Refused { code: "cycle", .. })));
    }

    #[test]
    fn a_store_has_room_for_so_many() {
        let owners = |brand: usize, north: usize| [vec!["brand"; brand], vec!["north"; north]].concat();
        let room = |unit: &str, owners: Vec<&'static str>| tree().has_room(unit, owners.into_iter()).is_ok();
        assert!(room("brand", owners(MOST_PEOPLE - 10, 9)));
        assert!(!room("brand", owners(MOST_PEOPLE - 10, 10)), "the stores of the north are full");
        assert!(room("south", owners(MOST_PEOPLE - 10, 10)));
    }

    #[test]
    fn levels_have_an_end() {
        let mut units = vec![unit("0", Kind::Brand, None, None)];
        units.extend((1..DEEPEST).map(|n| unit(&n.to_string(), Kind::Region, Some(&(n - 1).to_string()), None)));
        let (tree, last) = (Tree::of(units), (DEEPEST - 1).to_string());
        assert!(matches!(tree.check(&unit("x", Kind::Region, Some(&last), None)), Err(No::Refused { code: "too_deep", .. })));
    }
}
