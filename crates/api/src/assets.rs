//! The web apps and pictures, inside the program: diners' app below `/m/`, staff's below `/staff/`, head office's below `/office/`,
//! dishes below `/images/`.

use crate::problem::Problem;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../apps/mini/dist/h5"]
#[allow_missing = true]
struct Diners;

#[derive(RustEmbed)]
#[folder = "../../apps/staff/dist"]
#[allow_missing = true]
struct StaffApp;

#[derive(RustEmbed)]
#[folder = "../../apps/office/dist"]
#[allow_missing = true]
struct OfficePage;

#[derive(RustEmbed)]
#[folder = "../../demo/images"]
#[allow_missing = true]
struct Images;

/// A file of the diners' app.
pub async fn diners(path: Option<Path<String>>, headers: HeaderMap) -> Response {
    page(Diners::get, path, &headers)
}

/// A file of the staff's app.
pub async fn staff(path: Option<Path<String>>, headers: HeaderMap) -> Response {
    page(StaffApp::get, path, &headers)
}

/// A file of head office's page.
pub async fn office(path: Option<Path<String>>, headers: HeaderMap) -> Response {
    page(OfficePage::get, path, &headers)
}

/// A picture of a dish.
pub async fn image(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match Images::get(&name) {
        Some(file) => serve(&name, &file, &headers),
        None => Problem::new("not_found", "no such picture").into_response(),
    }
}

/// The front door leads to the staff's app; a diner comes by a table's code.
pub async fn front() -> Redirect {
    Redirect::temporary("/staff/")
}

/// A file compiled into the program under a lasting name: asked about each time.
pub fn fixed(kind: &'static str, bytes: &'static [u8], headers: &HeaderMap) -> Response {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    let tag = format!("\"{}\"", hex::encode(hash.as_ref().get(..16).unwrap_or_default()));
    let mut response = if is_seen(headers, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    response
}

fn is_seen(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(tag))
}

fn page(get: impl Fn(&str) -> Option<EmbeddedFile>, path: Option<Path<String>>, headers: &HeaderMap) -> Response {
    let name = path.map(|Path(path)| path).filter(|path| !path.is_empty()).unwrap_or_else(|| "index.html".to_owned());
    match get(&name) {
        Some(file) => serve(&name, &file, headers),
        None => Problem::new("not_found", "no such file; were the web apps built?").into_response(),
    }
}

fn serve(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut response = if is_seen(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.clone().into_owned().into_response()
    };
    let out = response.headers_mut();
    // Built files carry a hash in their name and never change; pages and pictures are asked about each time.
    let lasting = name.starts_with("assets/") || name.starts_with("js/") || name.starts_with("css/");
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    response
}
