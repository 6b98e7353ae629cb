//! What head office wants, taken over, and its menus put on sale when their time has come.

use crate::store::{OpenStoreError, PublishError, Refused, Store};
use domain::catalog::{CatalogCommand, CatalogReject, Directive, MenuRef, Override, Release};
use domain::menu::{Menu, MenuFault, validate};
use domain::{DishId, ReleaseId, StaffId};
use journal::{Hash, ReadError, Stream, WriteError};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why a directive was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// These versions were neither sent nor are they here from before.
    #[error("the menus of {} releases are missing", .0.len())]
    Missing(Vec<u32>),
    /// These can't be put on sale; every fault of every one.
    #[error("{} menus have faults", .0.len())]
    Faulty(Vec<FaultyRelease>),
    /// The menus could not be kept.
    #[error("the menus could not be kept")]
    Journal(#[from] WriteError),
    /// It could not be looked up which are here.
    #[error("the menus could not be read")]
    Read(#[from] ReadError),
    /// The catalog refused.
    #[error("the catalog refused: {0:?}")]
    Refused(Refused<CatalogReject>),
}

/// A menu of head office that can't be put on sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultyRelease {
    /// Head office's version.
    pub version: u32,
    /// Why it can't be read, if it can't.
    pub unreadable: Option<String>,
    /// What is wrong with it.
    pub faults: Vec<MenuFault>,
}

/// A menu of head office as it went on sale here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnSale {
    /// Which release.
    pub release: ReleaseId,
    /// The store's own version and the bytes' hash.
    pub menu: MenuRef,
    /// What the store's changes would have made wrong: it was put on sale without them. Empty: it is sold with them.
    pub without_changes: Vec<MenuFault>,
}

impl Store {
    /// Whether what is on sale here, and who works here, is decided by this node.
    pub fn decides_catalog(&self) -> bool {
        self.homes().is_here(Stream::Catalog)
    }

    /// Keeps the menus that a directive names, then follows it. Menus it doesn't name are not kept.
    ///
    /// The same directive again changes nothing and is no error. Each try is a command of its own: what was refused once, because the
    /// last owner would have gone, may be right tomorrow.
    ///
    /// # Errors
    /// See [`FollowError`]; nothing is followed then.
    pub async fn follow_head_office(&self, directive: Directive, menus: Vec<Vec<u8>>) -> Result<(), FollowError> {
        let sent: BTreeMap<Hash, Vec<u8>> = menus.into_iter().map(|menu| (hash_of(&menu), menu)).collect();
        let (mut missing, mut faulty, mut to_keep) = (Vec::new(), Vec::new(), BTreeSet::new());
        for MenuRef { version, hash } in self.menus_not_followed(&directive) {
            let hash = crate::store::read_hash(&hash);
            let bytes = match hash.and_then(|hash| Some((hash, sent.get(&hash)?))) {
                Some((hash, bytes)) => {
                    to_keep.insert(hash);
                    Some(bytes.clone())
                }
                None => match hash {
                    Some(hash) => self.journal().get_blob(hash).await?,
                    None => None,
                },
            };
            match bytes.map(|bytes| look_at(version, &bytes)) {
                Some(None) => {}
                Some(Some(fault)) => faulty.push(fault),
                None => missing.push(version),
            }
        }
        if !missing.is_empty() {
            return Err(FollowError::Missing(missing));
        }
        if !faulty.is_empty() {
            return Err(FollowError::Faulty(faulty));
        }
        for (_, menu) in sent.into_iter().filter(|(hash, _)| to_keep.contains(hash)) {
            self.journal().put_blob(menu).await?;
        }
        let command = CatalogCommand::FollowHeadOffice { store: self.id(), directive };
        self.submit_catalog(self.fresh_request(), command).await.map_err(FollowError::Refused)
    }

    /// The menus a directive names, each once, without those of the last one: they were looked at then.
    fn menus_not_followed(&self, directive: &Directive) -> Vec<MenuRef> {
        let known: BTreeSet<String> = self.catalog(|catalog| {
            catalog.head_office.iter().flat_map(|office| &office.releases).map(|release| release.menu.hash.clone()).collect()
        });
        let mut seen = known;
        let named = directive.releases.iter().map(|release| &release.menu);
        named.filter(|menu| seen.insert(menu.hash.clone())).cloned().collect()
    }

    /// Puts head office's menu on sale whose time it is, with what the store has changed of it, under the store's next version.
    /// None: the right one is on sale.
    ///
    /// # Errors
    /// `Faulty` if head office's menu can't be sold even as it is: a rule came after it was followed.
    pub async fn publish_due_release(&self) -> Result<Option<OnSale>, PublishError> {
        let now = self.now().at;
        let due = self.catalog(|catalog| {
            let (release, revision) = catalog.release_due(now)?;
            let version = catalog.menu.as_ref().map_or(1, |menu| menu.version + 1);
            Some((release.clone(), revision, catalog.overrides.clone(), version))
        });
        let Some((release, revision, overrides, version)) = due else { return Ok(None) };
        let base = self.menu(&release.menu).await?;
        let (mut menu, without_changes) = sold_here(&release, base, &overrides)?;
        menu.version = version;
        let hash = self.journal().put_blob(serde_json::to_vec(&menu)?).await?;
        let menu = MenuRef { version, hash: crate::store::written_hash(&hash) };
        let command = CatalogCommand::PublishRelease { release: release.id, revision, menu: menu.clone() };
        // A request of its own each time: were the clock put back in between, a refusal would otherwise be the answer for ever.
        self.submit_catalog(self.fresh_request(), command).await.map_err(PublishError::Refused)?;
        Ok(Some(OnSale { release: release.id, menu, without_changes }))
    }

    /// What head office's menu whose time it is looks like, before and after the store's changes. None where there is none.
    ///
    /// # Errors
    /// `MenuLost` if its bytes aren't there or can't be read.
    pub async fn head_offices_menu(&self) -> Result<Option<(Release, Menu)>, OpenStoreError> {
        let now = self.now().at;
        let due = self.catalog(|catalog| catalog.head_office.as_ref().and_then(|office| office.due(now)).cloned());
        match due {
            Some(release) => Ok(Some((release.clone(), self.menu(&release.menu).await?))),
            None => Ok(None),
        }
    }

    /// What the store's changes would make wrong with head office's menu: it is sold without them then.
    pub fn faults_of_changes(&self, release: &Release, menu: &Menu) -> Vec<MenuFault> {
        let overrides = self.catalog(|catalog| catalog.overrides.clone());
        validate(&release.sold_here(menu.clone(), &overrides))
    }

    /// Changes a dish of head office's menu for this store.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn put_override(
        &self,
        request: crate::store::Request,
        dish: DishId,
        change: Override,
        by: StaffId,
    ) -> Result<(), Refused<CatalogReject>> {
        self.submit_catalog(request, CatalogCommand::PutOverride { dish, change, by }).await
    }
}

/// The menu with the store's changes; as head office made it where they would make it one that can't be sold.
fn sold_here(
    release: &Release,
    base: Menu,
    overrides: &BTreeMap<DishId, Override>,
) -> Result<(Menu, Vec<MenuFault>), PublishError> {
    let changed = release.sold_here(base.clone(), overrides);
    let faults = validate(&changed);
    if faults.is_empty() {
        return Ok((changed, Vec::new()));
    }
    match validate(&base) {
        own if own.is_empty() => Ok((base, faults)),
        own => Err(PublishError::Faulty(own)),
    }
}

fn look_at(version: u32, bytes: &[u8]) -> Option<FaultyRelease> {
    let (unreadable, faults) = match serde_json::from_slice::<Menu>(bytes) {
        Ok(menu) => (None, validate(&menu)),
        Err(error) => (Some(error.to_string()), Vec::new()),
    };
    (unreadable.is_some() || !faults.is_empty()).then_some(FaultyRelease { version, unreadable, faults })
}

fn hash_of(bytes: &[u8]) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use domain::catalog::MenuRef;
    use domain::{Money, Timestamp};

    const MENU: &str = r#"{"version":1,"currency":"CNY","stations":[{"id":"wok","name":{"zh":"锅","en":"wok"}}],
        "categories":[{"id":"all","name":{"zh":"全","en":"all"}}],"dishes":[{"id":"rice","code":"1","category":"all","station":"wok",
        "name":{"zh":"饭","en":"rice"},"description":null,"image":"","charge":"item",
        "variants":[{"id":"std","name":{"zh":"","en":""},"price":300}],"groups":[],"set_groups":[],"allergens":[],"hours":null,
        "daily_count":null,"due_min":5,"overdue_min":10,"pinyin":"","popular":false}]}"#;

    #[test]
    fn changes_that_do_not_fit_keep_nobody_from_head_offices_menu() {
        let menu: Menu = serde_json::from_str(MENU).unwrap();
        let named = MenuRef { version: 1, hash: String::new() };
        let release = Release { id: ReleaseId(1), from: Timestamp(0), menu: named, may_price: true, may_hours: true };
        let changed = |price| {
            let change = Override { prices: [("std".parse().unwrap(), Money(price))].into(), hours: None };
            [("rice".parse().unwrap(), change)].into()
        };
        let (sold, faults) = sold_here(&release, menu.clone(), &changed(350)).unwrap();
        assert_eq!((sold.dishes[0].variants[0].price, faults.len()), (Money(350), 0));
        let (sold, faults) = sold_here(&release, menu.clone(), &changed(-1)).unwrap();
        assert_eq!((&sold, faults.len()), (&menu, 1), "as head office made it, and what was wrong");
        let broken = Menu { stations: Vec::new(), ..menu };
        assert!(matches!(sold_here(&release, broken, &changed(350)), Err(PublishError::Faulty(_))));
    }
}
