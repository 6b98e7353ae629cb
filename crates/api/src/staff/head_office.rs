//! Head office in the store: its signed word is taken in, what it wants is shown, and dishes get the store's own prices and hours.

use super::Done;
use super::sign_in::code_hash;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Ask, Command, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::{Directive, HeadOffice, Override, Release};
use domain::menu::{Dish, Hours, Menu, MenuFault};
use domain::{DeviceId, DishId, Money, ReleaseId, StoreId, Text, Timestamp, VariantId};
use engine::FollowError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// The largest directive that is read, with its menus. Units: bytes.
pub const LARGEST_DIRECTIVE: usize = 8 * 1024 * 1024;
/// What a directive is signed for.
const PURPOSE: &str = "DDH1";
/// How long an answer waits for a menu that is due to be on sale.
const ON_SALE_SOON: Duration = Duration::from_secs(2);

/// What head office wants of the store.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectiveRequest {
    /// The signed text.
    pub directive: String,
    /// The menus it names, each as the JSON text its hash was made of. Those the store has need not be sent again.
    #[schema(max_items = 40)]
    pub menus: Vec<String>,
}

/// The directive is followed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DirectiveAnswer {
    /// Its number.
    pub number: u64,
    /// Head office's menu that is on sale now; none: the store's own, or it is not on sale yet.
    pub on_sale: Option<OnSaleView>,
    /// How many menus wait for their time.
    pub planned: u32,
}

/// A menu of head office.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnSaleView {
    /// Which release.
    pub release: ReleaseId,
    /// Head office's version.
    pub version: u32,
}

/// What head office wants here, and what the store has changed of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeadOfficeView {
    /// What head office calls itself; none: the store has no head office.
    pub brand: Option<String>,
    /// The number of its last directive.
    pub number: u64,
    /// Its menus by when they begin.
    pub releases: Vec<ReleaseView>,
    /// The store's own version of the menu on sale.
    pub menu_version: Option<u32>,
    /// The menu's dishes with head office's prices and hours and the store's own; empty where no menu of head office is due.
    pub dishes: Vec<OwnDishView>,
    /// Changed here, and not on the menu now; it counts again when head office brings them back.
    pub absent: Vec<DishId>,
    /// What the store's changes would make wrong: the menu is on sale without any of them.
    pub not_taken: Vec<MenuFault>,
}

/// A menu of head office and its time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReleaseView {
    /// Its id.
    pub id: ReleaseId,
    /// Head office's version.
    pub version: u32,
    /// On sale from then on.
    pub from: Timestamp,
    /// The store may set prices of its own.
    pub may_price: bool,
    /// The store may set hours of its own.
    pub may_hours: bool,
    /// How far it is.
    pub state: ReleaseState,
}

/// How far a menu of head office is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// Another one has followed it, or it was passed over.
    Past,
    /// On sale.
    OnSale,
    /// Its time has come; it is being put on sale.
    Due,
    /// Its time will come.
    Planned,
}

/// A dish as head office has it, and as the store has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnDishView {
    /// The dish.
    pub dish: DishId,
    /// Its number on the menu.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Its sizes.
    pub sizes: Vec<OwnSizeView>,
    /// When head office sells it; none: always.
    pub hours: Option<Hours>,
    /// When the store sells it instead, as it was set; counts while head office allows it.
    pub own_hours: Option<Hours>,
}

/// The price of a size.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnSizeView {
    /// The size.
    pub variant: VariantId,
    /// Its name.
    pub name: Text,
    /// Head office's price.
    pub price: Money,
    /// The store's own, as it was set; counts while head office allows it.
    pub own: Option<Money>,
}

/// How a dish is in this store. What isn't named is as head office says; nothing at all takes back what was changed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequest {
    /// Prices by size.
    #[serde(default)]
    pub prices: BTreeMap<VariantId, Money>,
    /// Sold only in these minutes of the day.
    #[serde(default)]
    pub hours: Option<Hours>,
}

/// Follows what head office wants. The signature is what counts, whoever brings it; the same text again changes nothing.
#[utoipa::path(post, operation_id = "head_office_follow", path = "/stores/{store}/head-office/directive", tag = "cloud",
    request_body = DirectiveRequest, params(("store" = StoreId, Path)),
    responses((status = 200, body = DirectiveAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn follow(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    Ask(body): Ask<DirectiveRequest>,
) -> Answer<Json<DirectiveAnswer>> {
    let trust = app.cloud.as_ref().ok_or_else(|| Problem::new("no_cloud", "this store has joined no cloud"))?;
    let payload = seal::open(&body.directive, PURPOSE, &trust.key).map_err(|why| {
        tracing::warn!(%why, "a directive was not believed");
        Problem::new("not_genuine", why.to_string())
    })?;
    let directive: Directive =
        serde_json::from_slice(&payload).map_err(|error| Problem::new("bad_directive", error.to_string()))?;
    let number = directive.number;
    let menus = body.menus.into_iter().map(String::into_bytes).collect();
    app.store.follow_head_office(directive, menus).await?;
    tracing::info!(number, "head office's directive is followed");
    let _ = timeout(ON_SALE_SOON, until_nothing_is_due(&app)).await;
    Ok(Json(answer(&app, number)))
}

impl From<FollowError> for Problem {
    fn from(error: FollowError) -> Problem {
        match error {
            FollowError::Missing(versions) => Problem::new("menu_missing", format!("send the menus of versions {versions:?}")),
            FollowError::Faulty(menus) => Problem::new("menu_faulty", serde_json::to_string(&menus).unwrap_or_default()),
            FollowError::Refused(refused) => refused.into(),
            error @ (FollowError::Journal(_) | FollowError::Read(_)) => Problem::unreadable(&error),
        }
    }
}

/// Until the menu is on sale whose time it is: its worker hears of the directive as this request does.
async fn until_nothing_is_due(app: &App) {
    let mut commits = app.store.catalog_commits();
    while app.store.catalog(|catalog| catalog.release_due(app.store.now().at).is_some()) {
        if commits.recv().await.is_err() {
            return;
        }
    }
}

fn answer(app: &App, number: u64) -> DirectiveAnswer {
    let now = app.store.now().at;
    app.store.catalog(|catalog| {
        let office = catalog.head_office.as_ref();
        let on_sale = office.and_then(|office| office.release(office.on_sale?.0));
        let planned = office.map_or(0, |office| office.releases.iter().filter(|release| release.from > now).count());
        DirectiveAnswer {
            number,
            on_sale: on_sale.map(|release| OnSaleView { release: release.id, version: release.menu.version }),
            planned: u32::try_from(planned).unwrap_or(u32::MAX),
        }
    })
}

/// Shows what head office wants here, and what the store has changed.
#[utoipa::path(get, operation_id = "head_office_show", path = "/stores/{store}/head-office", tag = "manage", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = HeadOfficeView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn show(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<HeadOfficeView>> {
    staff.must(Right::Publish)?;
    let due = app.store.head_offices_menu().await.map_err(|error| Problem::unreadable(&error))?;
    let not_taken = due.as_ref().map(|(release, menu)| app.store.faults_of_changes(release, menu)).unwrap_or_default();
    let now = app.store.now().at;
    let view = app.store.catalog(|catalog| {
        let office = catalog.head_office.as_ref();
        let menu = due.as_ref().map(|(_, menu)| menu);
        let is_absent = |dish: &&DishId| menu.is_some_and(|menu| menu.dish(dish).is_none());
        HeadOfficeView {
            brand: office.map(|office| office.brand.clone()),
            number: office.map_or(0, |office| office.number),
            releases: office.map(|office| releases(office, now)).unwrap_or_default(),
            menu_version: catalog.menu.as_ref().map(|menu| menu.version),
            dishes: menu.map(|menu| dishes(menu, &catalog.overrides)).unwrap_or_default(),
            absent: catalog.overrides.keys().filter(is_absent).cloned().collect(),
            not_taken,
        }
    });
    Ok(Json(view))
}

fn releases(office: &HeadOffice, now: Timestamp) -> Vec<ReleaseView> {
    let (due, on_sale) = (office.due(now).map(|release| release.id), office.on_sale.map(|(release, _)| release));
    let state = |release: &Release| match release {
        _ if on_sale == Some(release.id) => ReleaseState::OnSale,
        _ if due == Some(release.id) => ReleaseState::Due,
        _ if release.from > now => ReleaseState::Planned,
        _ => ReleaseState::Past,
    };
    let view = |release: &Release| ReleaseView {
        id: release.id,
        version: release.menu.version,
        from: release.from,
        may_price: release.may_price,
        may_hours: release.may_hours,
        state: state(release),
    };
    office.releases.iter().map(view).collect()
}

fn dishes(menu: &Menu, overrides: &BTreeMap<DishId, Override>) -> Vec<OwnDishView> {
    let none = Override::default();
    let view = |dish: &Dish| {
        let own = overrides.get(&dish.id).unwrap_or(&none);
        let sizes = dish.variants.iter().map(|size| OwnSizeView {
            variant: size.id.clone(),
            name: size.name.clone(),
            price: size.price,
            own: own.prices.get(&size.id).copied(),
        });
        OwnDishView {
            dish: dish.id.clone(),
            code: dish.code.clone(),
            name: dish.name.clone(),
            sizes: sizes.collect(),
            hours: dish.hours,
            own_hours: own.hours,
        }
    };
    menu.dishes.iter().map(view).collect()
}

/// Changes a dish of head office's menu for this store: its prices and hours from now on, over every later menu too.
#[utoipa::path(post, operation_id = "head_office_override", path = "/stores/{store}/head-office/overrides/{dish}", tag = "manage",
    request_body = OverrideRequest, params(("store" = StoreId, Path), ("dish" = DishId, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn put_override(
    State(app): State<Arc<App>>,
    Path((_, dish)): Path<(StoreId, DishId)>,
    staff: Staff,
    Command { request, body }: Command<OverrideRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Publish)?;
    let change = Override { prices: body.prices, hours: body.hours };
    if !change.is_empty() {
        must_be_on_menu(&app, &dish, &change).await?;
    }
    app.store.put_override(request, dish, change, staff.id).await?;
    Ok(Json(Done {}))
}

/// What isn't on head office's menu can't be given a price: most likely the page shows a former one.
async fn must_be_on_menu(app: &App, dish: &DishId, change: &Override) -> Answer<()> {
    let due = app.store.head_offices_menu().await.map_err(|error| Problem::unreadable(&error))?;
    // Without such a menu the house says so itself.
    let Some((_, menu)) = due else { return Ok(()) };
    let known = menu.dish(dish).ok_or_else(|| Problem::new("dish_unknown", "head office's menu has no such dish"))?;
    match change.prices.keys().find(|size| known.variant(size).is_none()) {
        Some(size) => Err(Problem::new("dish_unknown", format!("the dish has no size {size}"))),
        None => Ok(()),
    }
}

impl App {
    /// The device that head office has given this key to.
    pub fn head_offices_device(&self, key: &str) -> Option<DeviceId> {
        let hash = code_hash(key);
        self.store.catalog(|catalog| {
            let office = catalog.head_office.as_ref()?;
            let given = |id: &&DeviceId| catalog.devices.get(*id).is_some_and(|device| device.key_hash == hash);
            office.devices.iter().find(given).copied()
        })
    }
}
