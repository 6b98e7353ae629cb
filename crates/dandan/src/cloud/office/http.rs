//! Head office over HTTP, at `/office/v1` of every node.

use super::refusal::{No, Outcome};
use super::tokens::Seat;
use super::{Act, devices, menus, people, releases, units};
use crate::cloud::node::Node;
use crate::cloud::reports::StoreFigures;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use domain::StoreId;
use jiff::civil::Date;
use menu_file::Format;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The largest body that is read, and the largest menu file.
const LARGEST_BODY: usize = 64 * 1024;
const LARGEST_MENU: usize = menu_file::LARGEST_FILE_BYTES;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_DETAIL: usize = 300;

/// Every address of head office.
pub fn router() -> Router<Arc<Node>> {
    let menus = Router::new().route("/menus", get(list_menus).post(add_menu)).layer(DefaultBodyLimit::max(LARGEST_MENU));
    Router::new()
        .route("/me", get(me))
        .route("/units", get(list_units))
        .route("/units/{unit}", put(put_unit).delete(delete_unit))
        .route("/units/{unit}/people", get(list_people))
        .route("/units/{unit}/people/{staff}", put(put_person).delete(end_person))
        .route("/units/{unit}/devices", get(list_devices))
        .route("/units/{unit}/devices/{device}", put(put_device).delete(end_device))
        .route("/units/{unit}/releases", get(list_releases))
        .route("/units/{unit}/releases/{release}", put(put_release).delete(end_release))
        .route("/units/{unit}/compare", get(compare))
        .route("/menus/{version}", get(show_menu))
        .route("/acts", get(list_acts))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .merge(menus)
        .fallback(async || No::new("not_found", "see the guide for what there is"))
        .method_not_allowed_fallback(async || No::new("method_not_allowed", "see the guide for what there is"))
        .layer(middleware::from_fn(around))
}

/// Ends what takes too long, and lets nothing of it be kept or taken for something else.
async fn around(request: Request, next: Next) -> Response {
    let too_long = || No::Away(anyhow::anyhow!("a request took too long"));
    let mut response = tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(|_| too_long().into_response());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}

/// Whoever asks, and the moment they did.
struct Asker {
    seat: Seat,
    at_ms: i64,
}

impl FromRequestParts<Arc<Node>> for Asker {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, node: &Arc<Node>) -> Result<Asker, No> {
        let at_ms = node.now_ms();
        Ok(Asker { seat: node.setup.office.seat(&parts.headers, at_ms).await?, at_ms })
    }
}

/// A JSON object.
struct Body<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<Node>> for Body<T> {
    type Rejection = No;

    async fn from_request(request: Request, node: &Arc<Node>) -> Result<Body<T>, No> {
        let bytes = Bytes::from_request(request, node).await.map_err(unread)?;
        Ok(Body(parsed(&bytes)?))
    }
}

fn unread(rejection: axum::extract::rejection::BytesRejection) -> No {
    match rejection.status().as_u16() {
        413 => No::new("too_large", "the body is too long"),
        _ => No::new("malformed", "the body did not come whole; send it again"),
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    // Serde would also read a list of an object's values in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(No::new("malformed", "the body is a JSON object"));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| No::new("malformed", error.to_string().chars().take(LONGEST_DETAIL).collect::<String>()))
}

fn id<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| No::new("malformed", format!("{text:?} is no id of this kind")))
}

type Answer<T = Value> = Outcome<Json<T>>;
/// What is answered to something that was done.
const DONE: fn(()) -> Json<Value> = |()| Json(json!({}));
type Said = Query<BTreeMap<String, String>>;

#[derive(Serialize)]
struct Me {
    name: String,
    unit: String,
    unit_name: String,
    kind: super::tree::Kind,
}

async fn me(State(node): State<Arc<Node>>, Asker { seat, .. }: Asker) -> Answer<Me> {
    let tree = node.setup.office.tree(&seat.brand).await?;
    let unit = tree.reached(&seat.unit, &seat.unit)?;
    Ok(Json(Me { name: seat.name, unit: unit.id.clone(), unit_name: unit.name.clone(), kind: unit.kind }))
}

async fn list_units(State(node): State<Arc<Node>>, Asker { seat, at_ms }: Asker) -> Answer<Vec<units::UnitView>> {
    Ok(Json(node.setup.office.units(&seat, at_ms).await?))
}

async fn put_unit(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path(unit): Path<String>,
    Body(body): Body<units::UnitBody>,
) -> Answer {
    node.setup.office.put_unit(&seat, &unit, body, at_ms).await.map(DONE)
}

async fn delete_unit(State(node): State<Arc<Node>>, Asker { seat, at_ms }: Asker, Path(unit): Path<String>) -> Answer {
    node.setup.office.delete_unit(&seat, &unit, at_ms).await.map(DONE)
}

async fn list_people(
    State(node): State<Arc<Node>>,
    Asker { seat, .. }: Asker,
    Path(unit): Path<String>,
) -> Answer<Vec<people::PersonView>> {
    Ok(Json(node.setup.office.people_at(&seat, &unit).await?))
}

async fn put_person(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, staff)): Path<(String, String)>,
    Body(body): Body<people::PersonBody>,
) -> Answer {
    node.setup.office.put_person(&node.setup.keys, &seat, &unit, &id(&staff)?, body, at_ms).await.map(DONE)
}

async fn end_person(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, staff)): Path<(String, String)>,
) -> Answer {
    node.setup.office.end_person(&seat, &unit, &id(&staff)?, at_ms).await.map(DONE)
}

async fn list_devices(
    State(node): State<Arc<Node>>,
    Asker { seat, .. }: Asker,
    Path(unit): Path<String>,
) -> Answer<Vec<devices::DeviceView>> {
    Ok(Json(node.setup.office.devices_at(&seat, &unit).await?))
}

async fn put_device(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, device)): Path<(String, String)>,
    Body(body): Body<devices::DeviceBody>,
) -> Answer<devices::MadeDevice> {
    Ok(Json(node.setup.office.put_device(&seat, &unit, id(&device)?, body, at_ms).await?))
}

async fn end_device(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, device)): Path<(String, String)>,
) -> Answer {
    node.setup.office.end_device(&seat, &unit, id(&device)?, at_ms).await.map(DONE)
}

async fn list_releases(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path(unit): Path<String>,
) -> Answer<Vec<releases::ReleaseView>> {
    Ok(Json(node.setup.office.releases_at(&seat, &unit, at_ms).await?))
}

async fn put_release(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, release)): Path<(String, String)>,
    Body(body): Body<releases::ReleaseBody>,
) -> Answer {
    node.setup.office.put_release(&seat, &unit, id(&release)?, body, at_ms).await.map(DONE)
}

async fn end_release(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Path((unit, release)): Path<(String, String)>,
) -> Answer {
    node.setup.office.end_release(&seat, &unit, id(&release)?, at_ms).await.map(DONE)
}

async fn list_menus(State(node): State<Arc<Node>>, Asker { seat, .. }: Asker) -> Answer<Vec<menus::MenuView>> {
    Ok(Json(node.setup.office.menus(&seat.brand).await?))
}

async fn show_menu(State(node): State<Arc<Node>>, Asker { seat, .. }: Asker, Path(version): Path<String>) -> Outcome<Response> {
    let body = node.setup.office.menu(&seat.brand, id(&version)?).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// A menu in JSON, or a file with its id and note in the query.
async fn add_menu(
    State(node): State<Arc<Node>>,
    Asker { seat, at_ms }: Asker,
    Query(said): Said,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Answer {
    // Before anything is read that only the brand may send.
    seat.at_brand()?;
    let (kind, body) = (content_type(&headers), body.map_err(unread)?);
    let from_query = |name: &str| said.get(name).cloned().unwrap_or_default();
    let (request, note, read) = if kind == "application/json" {
        let menus::MenuBody { id, note, menu } = parsed(&body)?;
        (id, note, menus::of_json(menu.get())?)
    } else {
        let format = format_of(&kind, &body)?;
        // Large files take a while; other requests go on.
        let read = tokio::task::spawn_blocking(move || menus::of_file(&body, format)).await;
        (from_query("id"), from_query("note"), read.map_err(|error| No::Away(error.into()))??)
    };
    let version = node.setup.office.add_menu(&seat, &request, note.trim(), read, at_ms).await?;
    Ok(Json(json!({ "version": version })))
}

fn content_type(headers: &HeaderMap) -> String {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Browsers name spreadsheets in many ways; a workbook is an archive and begins like one.
fn format_of(kind: &str, body: &[u8]) -> Outcome<Format> {
    match kind {
        _ if body.starts_with(b"PK\x03\x04") => Ok(Format::Xlsx),
        "text/csv" | "text/plain" | "application/csv" | "application/octet-stream" | "application/vnd.ms-excel" => {
            Ok(Format::Csv)
        }
        _ => Err(No::new("wrong_type", format!("{kind:?} is neither JSON, .xlsx nor .csv"))),
    }
}

async fn compare(
    State(node): State<Arc<Node>>,
    Asker { seat, .. }: Asker,
    Path(unit): Path<String>,
    Query(said): Said,
) -> Answer<Vec<StoreFigures>> {
    let day = |name: &str| {
        let said = said.get(name).and_then(|text| text.parse::<Date>().ok());
        said.ok_or_else(|| No::new("malformed", format!("{name} is a day, YYYY-MM-DD")))
    };
    let (from, to) = (day("from")?, day("to")?);
    if to < from {
        return Err(No::new("malformed", "to comes before from"));
    }
    let tree = node.setup.office.tree(&seat.brand).await?;
    let unit = tree.reached(&seat.unit, &unit)?;
    let stores: Vec<StoreId> = tree.stores(&unit.id).map(|(store, _)| store).collect();
    if stores.is_empty() {
        // Asked about none, the reports would tell of all there are.
        return Ok(Json(Vec::new()));
    }
    match node.setup.reports.compare(&stores, from, to).await {
        Ok(figures) => Ok(Json(figures)),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "stores can't be compared now");
            Err(No::new("unavailable", "the reports can't be read now; try again"))
        }
    }
}

async fn list_acts(State(node): State<Arc<Node>>, Asker { seat, .. }: Asker, Query(said): Said) -> Answer<Vec<Act>> {
    let unit = said.get("unit").map_or(seat.unit.as_str(), String::as_str);
    Ok(Json(node.setup.office.acts(&seat, unit).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_how_it_begins() {
        assert!(matches!(format_of("application/octet-stream", b"PK\x03\x04rest"), Ok(Format::Xlsx)));
        assert!(matches!(
            format_of("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
            Ok(Format::Xlsx)
        ));
        assert!(matches!(format_of("text/csv", b"dish,"), Ok(Format::Csv)));
        assert!(matches!(format_of("image/png", b"\x89PNG"), Err(No::Refused { code: "wrong_type", .. })));
    }

    #[test]
    fn a_body_is_an_object() {
        assert!(parsed::<Value>(b" {}").is_ok());
        assert!(matches!(parsed::<Value>(b"[1]"), Err(No::Refused { code: "malformed", .. })));
        assert!(matches!(parsed::<Value>(b"{"), Err(No::Refused { code: "malformed", .. })));
    }
}
