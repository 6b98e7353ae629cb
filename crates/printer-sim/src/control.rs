//! The control API: what a tester's hand or a demo script does to the printers.
//!
//! | call | body | does |
//! |---|---|---|
//! | `GET /printers` | | all printers: port, state, faults, how many slips |
//! | `POST /printers/{name}/faults` | [`crate::Faults`], all or some | sets those named, the others stay |
//! | `POST /printers/{name}/paper` | | puts a new roll in |
//! | `POST /printers/{name}/drawer` | | pushes the drawer shut |
//! | `GET /printers/{name}/slips` | | the slips as text, oldest first |
//! | `GET /printers/{name}/slips/{n}.png` | | a slip's picture; `uncut.png` the paper that hangs out |
//! | `DELETE /printers/{name}/slips` | | throws the slips away |
//! | `GET /` | | a page that shows and does the same |
//!
//! It has no password, so it is on loopback only, and answers no page but its own.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, uri::Authority},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    printer::{Printer, PrinterView},
    setup::Faults,
};

type Printers = Arc<[Printer]>;

pub(crate) fn find(printers: &[Printer], name: &str) -> Option<Printer> {
    printers.iter().find(|printer| printer.name() == name).cloned()
}

pub(crate) fn router(printers: Printers) -> Router {
    Router::new()
        .route("/", get(|| page("text/html; charset=utf-8", include_str!("page/index.html"))))
        .route("/page.css", get(|| page("text/css; charset=utf-8", include_str!("page/page.css"))))
        .route("/page.js", get(|| page("text/javascript; charset=utf-8", include_str!("page/page.js"))))
        .route("/printers", get(list))
        .route("/printers/{name}/faults", post(set_faults))
        .route("/printers/{name}/paper", post(put_paper))
        .route("/printers/{name}/drawer", post(close_drawer))
        .route("/printers/{name}/slips", get(slips).delete(clear_slips))
        .route("/printers/{name}/slips/{file}", get(picture))
        .layer(middleware::from_fn(guard))
        .with_state(printers)
}

/// Answers this machine's own page and programs only: no other site's page may press the buttons, nor read slips under
/// a name that it has led here.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refused(request.method(), request.headers()) {
        Some(words) => (StatusCode::FORBIDDEN, Json(json!({ "error": words }))).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refused(method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let named = host.parse::<Authority>().ok();
    let name = named.as_ref().map_or("", |authority| authority.host().trim_matches(['[', ']']));
    if name != "localhost" && !name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
        return Some("ask by localhost or a loopback address");
    }
    let own = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    (*method != Method::GET && !own).then_some("this page may not press the buttons")
}

async fn page(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}

fn not_found(what: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": what }))).into_response()
}

/// Does something with the printer, if there is one of the name.
fn with(printers: &[Printer], name: &str, does: impl FnOnce(&Printer) -> Response) -> Response {
    match find(printers, name) {
        Some(printer) => does(&printer),
        None => not_found("no printer of this name"),
    }
}

async fn list(State(printers): State<Printers>) -> Json<Vec<PrinterView>> {
    Json(printers.iter().map(Printer::view).collect())
}

/// Names that are absent keep their value.
async fn set_faults(
    State(printers): State<Printers>,
    Path(name): Path<String>,
    Json(body): Json<serde_json::Map<String, Value>>,
) -> Response {
    let Some(printer) = find(&printers, &name) else { return not_found("no printer of this name") };
    let mut value = json!(printer.faults());
    for (name, new) in body {
        value[name] = new;
    }
    let faults: Faults = match serde_json::from_value(value) {
        Ok(faults) => faults,
        Err(error) => return (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    };
    match printer.set_faults(faults).await {
        Ok(()) => Json(printer.view()).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": format!("{error:#}") }))).into_response(),
    }
}

async fn put_paper(State(printers): State<Printers>, Path(name): Path<String>) -> Response {
    with(&printers, &name, |printer| {
        printer.put_paper();
        Json(printer.view()).into_response()
    })
}

async fn close_drawer(State(printers): State<Printers>, Path(name): Path<String>) -> Response {
    with(&printers, &name, |printer| {
        printer.close_drawer();
        Json(printer.view()).into_response()
    })
}

async fn slips(State(printers): State<Printers>, Path(name): Path<String>) -> Response {
    with(&printers, &name, |printer| {
        let slips: Vec<Value> = printer.slips().iter().map(|slip| json!(**slip)).collect();
        Json(slips).into_response()
    })
}

async fn clear_slips(State(printers): State<Printers>, Path(name): Path<String>) -> Response {
    with(&printers, &name, |printer| {
        printer.clear_slips();
        Json(printer.view()).into_response()
    })
}

async fn picture(State(printers): State<Printers>, Path((name, file)): Path<(String, String)>) -> Response {
    let Some(which) = file.strip_suffix(".png") else { return not_found("slips are NUMBER.png") };
    with(&printers, &name, |printer| {
        let png = match which {
            "uncut" => Some(printer.uncut().png),
            number => printer.slips().iter().find(|slip| slip.number.to_string() == number).map(|slip| slip.png.clone()),
        };
        match png {
            Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
            None => not_found("no slip of this number"),
        }
    })
}
