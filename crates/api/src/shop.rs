//! What anybody may read: the restaurant and its menu.

use crate::app::{Answer, App};
use crate::body::Path;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::catalog::MenuRef;
use domain::floor::Way;
use domain::menu::Menu;
use domain::{Currency, StoreId, Text};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The restaurant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreView {
    /// Its id.
    pub id: StoreId,
    /// Its name.
    pub name: Text,
    /// What it counts in.
    pub currency: Currency,
    /// Talks to the channel simulator: nothing here is real money.
    pub demo: bool,
    /// Minutes east of UTC now.
    pub utc_offset_min: i32,
    /// The business day is open.
    pub day_open: bool,
    /// The ways to pay that are in service here; a party's `ways` says which of them are up now.
    pub ways: Vec<Way>,
    /// Where phones reach the restaurant's cloud, which shows receipts while the restaurant is cut off; null where it has none.
    pub cloud_url: Option<String>,
    /// The program's version.
    pub server_version: String,
}

/// A menu with the hash of its bytes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MenuView {
    /// SHA-256, the ETag too.
    pub hash: String,
    /// The menu.
    #[serde(flatten)]
    pub menu: Menu,
}

/// Reads about the restaurant.
#[utoipa::path(get, operation_id = "shop_store", path = "/stores/{store}", tag = "shop", params(("store" = StoreId, Path)),
    responses((status = 200, body = StoreView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn store(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>) -> Json<StoreView> {
    let (known, now) = (app.known(), app.store.now());
    let utc_minute = i32::try_from(now.at.0.div_euclid(60_000).rem_euclid(1440)).unwrap_or_default();
    let east = (i32::from(now.minute.0) - utc_minute + 720).rem_euclid(1440) - 720;
    Json(StoreView {
        id: app.store.id(),
        name: known.house.name.clone(),
        currency: known.house.currency,
        demo: app.demo_wallet.is_some(),
        utc_offset_min: east,
        day_open: app.store.floor(|floor| floor.day.is_some()),
        ways: app.desk.offers().into_iter().map(|offer| offer.way).chain([Way::Cash]).collect(),
        cloud_url: app.cloud.as_ref().and_then(|cloud| cloud.url.clone()),
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Reads the menu on sale.
#[utoipa::path(get, operation_id = "shop_menu", path = "/stores/{store}/menu", tag = "shop", params(("store" = StoreId, Path)),
    responses((status = 200, body = MenuView), (status = 304), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn menu(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, headers: HeaderMap) -> Answer {
    let on_sale: Option<MenuRef> = app.store.catalog(|catalog| catalog.menu.clone());
    let on_sale = on_sale.ok_or_else(|| Problem::new("no_menu", "publish a menu first").retry_after(5))?;
    let tag = format!("\"{}\"", on_sale.hash);
    let unchanged =
        headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(&tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(MenuView { hash: on_sale.hash, menu: (*app.known().menu).clone() }).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::new("bug", "the menu's hash is no hash"))?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok::<Response, Problem>(response)
}
