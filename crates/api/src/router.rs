//! Every address of the server, and what surrounds each request: limits, time, panics caught, headers.

use crate::app::App;
use crate::body::LARGEST_BODY;
use crate::crowd::hold_back;
use crate::diner::{cart, join, orders, party, payments, split, ways};
use crate::problem::Problem;
use crate::staff::{
    accounts, announcements, audit, cases, cooking, counter, floor, guarded, head_office, kitchen, manage, money,
    party as parties, people, printers, receipt, refunds, shifts, sign_in, tables, till,
};
use crate::{assets, headers, health, notice, pay_page, shop};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// How long a request may take before it is told to try again.
const PATIENCE: Duration = Duration::from_secs(15);
/// A menu may be larger than other bodies.
const LARGEST_MENU: usize = 4 * 1024 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(title = "Dandan 单单", description = "Restaurant ordering and payment. Money in minor units, times in UTC milliseconds, ids of 32 hexadecimal characters made by the client. Feeds are also served as WebSockets at the same path with /ws."),
    servers((url = "/api/v1")),
    // Named only in addresses, so nothing else brings them in.
    components(schemas(kitchen::ItemAction, domain::floor::ItemKey, domain::TableId, domain::DishId, domain::StationId, domain::AskId, domain::OrderId, domain::CallId, domain::LineId, domain::SessionId, domain::StoreId, domain::ShareId, domain::AccountId, domain::AttemptId, domain::CaseId, domain::payment::ChannelTag, domain::ReservationId, domain::QueueId, domain::ShiftId, domain::JobId, domain::PrinterId, domain::ApprovalId, domain::StaffId, domain::DeviceId, domain::ReleaseId))
)]
struct Base;

fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(health::health))
        .routes(routes!(shop::store))
        .routes(routes!(shop::menu, manage::publish_menu).layer(DefaultBodyLimit::max(LARGEST_MENU)))
        .routes(routes!(join::join))
        .routes(routes!(party::show))
        .routes(routes!(party::feed))
        .routes(routes!(party::rush))
        .routes(routes!(party::call))
        .routes(routes!(cart::put_line))
        .routes(routes!(cart::set_quantity))
        .routes(routes!(cart::quote))
        .routes(routes!(orders::place))
        .routes(routes!(orders::show))
        .routes(routes!(orders::cancel))
        .routes(routes!(payments::start))
        .routes(routes!(payments::show))
        .routes(routes!(payments::check))
        .routes(routes!(payments::cancel))
        .routes(routes!(payments::wechat_login))
        .routes(routes!(payments::alipay_login))
        .routes(routes!(ways::show))
        .routes(routes!(ways::pay_code))
        .routes(routes!(split::split))
        .routes(routes!(split::undo))
        .routes(routes!(sign_in::pair))
        .routes(routes!(sign_in::list))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(kitchen::show))
        .routes(routes!(kitchen::feed))
        .routes(routes!(kitchen::painted))
        .routes(routes!(kitchen::act))
        .routes(routes!(counter::show))
        .routes(routes!(counter::feed))
        .routes(routes!(counter::call_again))
        .routes(routes!(counter::collected))
        .routes(routes!(floor::show))
        .routes(routes!(floor::feed))
        .routes(routes!(floor::open_table))
        .routes(routes!(floor::close_table))
        .routes(routes!(floor::answer_call))
        .routes(routes!(floor::set_stock))
        .routes(routes!(till::code_payment))
        .routes(routes!(till::take_cash))
        .routes(routes!(till::take_tender))
        .routes(routes!(receipt::take))
        .routes(routes!(refunds::refund))
        .routes(routes!(refunds::reopen))
        .routes(routes!(refunds::refund_payment))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::settle))
        .routes(routes!(money::show_inbox))
        .routes(routes!(money::payments))
        .routes(routes!(money::compare))
        .routes(routes!(money::channels))
        .routes(routes!(cases::take))
        .routes(routes!(cases::ask_channel))
        .routes(routes!(cases::give_up))
        .routes(routes!(cases::send_back))
        .routes(routes!(cases::retry_refund))
        .routes(routes!(cases::resolve))
        .routes(routes!(manage::open_day))
        .routes(routes!(manage::close_day))
        .routes(routes!(manage::pairing_code))
        .routes(routes!(parties::covers))
        .routes(routes!(parties::vip))
        .routes(routes!(parties::move_to))
        .routes(routes!(parties::merge))
        .routes(routes!(parties::unmerge))
        .routes(routes!(parties::move_lines))
        .routes(routes!(parties::divide))
        .routes(routes!(parties::fire))
        .routes(routes!(parties::weigh))
        .routes(routes!(guarded::void_line))
        .routes(routes!(guarded::comp_line))
        .routes(routes!(guarded::reprice))
        .routes(routes!(guarded::discount))
        .routes(routes!(guarded::waive))
        .routes(routes!(guarded::ask))
        .routes(routes!(guarded::give))
        .routes(routes!(guarded::refuse))
        .routes(routes!(tables::lock))
        .routes(routes!(tables::unlock))
        .routes(routes!(tables::clean))
        .routes(routes!(tables::reserve))
        .routes(routes!(tables::end_reservation))
        .routes(routes!(tables::take_number))
        .routes(routes!(tables::call_entry))
        .routes(routes!(tables::end_entry))
        .routes(routes!(tables::accept))
        .routes(routes!(tables::decline))
        .routes(routes!(tables::session_code))
        .routes(routes!(tables::screen_code))
        .routes(routes!(cooking::show))
        .routes(routes!(cooking::feed))
        .routes(routes!(cooking::remake))
        .routes(routes!(cooking::bump))
        .routes(routes!(cooking::open_station))
        .routes(routes!(cooking::close_station))
        .routes(routes!(printers::list))
        .routes(routes!(printers::jobs))
        .routes(routes!(printers::print))
        .routes(routes!(printers::test))
        .routes(routes!(printers::move_to))
        .routes(routes!(printers::end))
        .routes(routes!(announcements::played))
        .routes(routes!(shifts::list))
        .routes(routes!(shifts::day))
        .routes(routes!(shifts::open))
        .routes(routes!(shifts::move_cash))
        .routes(routes!(shifts::close))
        .routes(routes!(audit::list))
        .routes(routes!(audit::timeline))
        .routes(routes!(head_office::follow).layer(DefaultBodyLimit::max(head_office::LARGEST_DIRECTIVE)))
        .routes(routes!(head_office::show))
        .routes(routes!(head_office::put_override))
        .routes(routes!(people::list))
        .routes(routes!(people::put))
        .routes(routes!(people::end))
        .routes(routes!(people::devices))
        .routes(routes!(people::unpair))
        .routes(routes!(people::roles))
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = documented().split_for_parts();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(Default::default);
    components.add_security_scheme("token", scheme);
    for (name, schema) in &mut components.schemas {
        // A request may leave out what is null, a problem does, and an area a service charge it doesn't have; whatever else the
        // server sends is always complete.
        let may_leave_out =
            name.ends_with("Request") || matches!(name.as_str(), "LineSelection" | "Problem" | "Area" | "Station" | "Dish");
        if !may_leave_out {
            require_all(schema);
        }
        // A line of the cart is a selection with more beside it.
        if let ("Selection", RefOr::T(Schema::Object(object))) = (name.as_str(), schema) {
            object.additional_properties = None;
        }
    }
    document
}

/// Says that every property is always there, null or not.
fn require_all(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object.required = object.properties.keys().cloned().collect(),
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(require_all),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}

/// The whole server.
pub fn router(app: Arc<App>) -> Router {
    whole(app, routes())
}

/// The documented routes, which take long to describe and belong to no house yet.
pub fn routes() -> Router<Arc<App>> {
    documented().split_for_parts().0
}

/// The whole server around the documented routes.
pub fn whole(app: Arc<App>, api: Router<Arc<App>>) -> Router {
    let sockets = Router::new()
        .route("/stores/{store}/sessions/{session}/feed/ws", get(party::socket))
        .route("/stores/{store}/kitchen/feed/ws", get(kitchen::socket))
        .route("/stores/{store}/pickup/feed/ws", get(counter::socket))
        .route("/stores/{store}/floor/feed/ws", get(floor::socket))
        .route("/stores/{store}/expo/feed/ws", get(cooking::socket));
    let api = api
        .merge(sockets)
        .layer(middleware::from_fn_with_state(app.clone(), own_store))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    let own_pages = Router::new().route("/t/{code}", get(scan)).merge(pay_page::routes());
    let https = app.public_url.starts_with("https://");
    Router::new()
        .nest("/api/v1", api)
        .route("/openapi.json", get(|| async { axum::Json(document()) }))
        .route("/metrics", get(health::metrics))
        .route("/channels/{channel}/{store}", post(notice::take).layer(DefaultBodyLimit::max(notice::LARGEST_NOTICE)))
        .merge(compressed(own_pages.merge(app_pages())))
        .fallback(|| async { Problem::new("not_found", "see /openapi.json for what there is") })
        .method_not_allowed_fallback(|| async { Problem::new("method_not_allowed", "see /openapi.json for what there is") })
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(https, headers::add))
                .layer(middleware::from_fn_with_state(app.clone(), hold_back))
                .layer(CatchPanicLayer::custom(caught))
                .layer(middleware::from_fn(patience)),
        )
        .with_state(app)
}

/// The apps' own files, the same for every store.
pub fn pages<S: Clone + Send + Sync + 'static>(https: bool) -> Router<S> {
    compressed(app_pages()).layer(middleware::from_fn_with_state(https, headers::add))
}

/// Head office's page, served by the nodes of a cloud.
pub fn office_pages<S: Clone + Send + Sync + 'static>(https: bool) -> Router<S> {
    let page = Router::new()
        .route("/office", get(|| async { Redirect::permanent("/office/") }))
        .route("/office/", get(assets::office))
        .route("/office/{*path}", get(assets::office));
    compressed(page).layer(middleware::from_fn_with_state(https, headers::add))
}

fn app_pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(assets::front))
        .route("/m/", get(assets::diners))
        .route("/m/{*path}", get(assets::diners))
        .route("/m", get(|| async { Redirect::permanent("/m/") }))
        .route("/staff", get(|| async { Redirect::permanent("/staff/") }))
        .route("/staff/", get(assets::staff))
        .route("/staff/{*path}", get(assets::staff))
        .route("/images/{name}", get(assets::image))
}

fn compressed<S: Clone + Send + Sync + 'static>(pages: Router<S>) -> Router<S> {
    // Compressing a feed would hold its frames back.
    let which = SizeAbove::new(512).and(NotForContentType::const_new("text/event-stream")).and(NotForContentType::IMAGES);
    pages.layer(CompressionLayer::new().compress_when(which))
}

/// A table's sticker leads to the diners' app.
async fn scan(State(app): State<Arc<App>>, axum::extract::Path(code): axum::extract::Path<String>) -> Redirect {
    let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let code = if plain { code } else { String::new() };
    Redirect::temporary(&format!("/m/#/pages/enter/index?store={}&code={code}", app.store.id()))
}

/// Another store's address is nobody's address here.
async fn own_store(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut segments = request.uri().path().split('/').skip_while(|segment| *segment != "stores").skip(1);
    match segments.next() {
        Some(store) if store.parse::<domain::StoreId>().is_err() => {
            Problem::new("malformed", "a store's id is 32 lower-case hexadecimal characters").into_response()
        }
        Some(store) if store != app.store.id().to_string() => {
            Problem::new("store_unknown", "no such restaurant here").into_response()
        }
        Some(_) | None => next.run(request).await,
    }
}

/// Ends requests that take too long. Feeds answer at once and go on by themselves.
async fn patience(request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let route = request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned());
    let response = match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new("timeout", "it may have been recorded; retry with the same Idempotency-Key to learn")
            .retry_after(1)
            .into_response(),
    };
    let labels = [("route", route.unwrap_or_else(|| "other".to_owned())), ("status", response.status().as_u16().to_string())];
    metrics::histogram!("dandan_http_seconds", &labels).record(started.elapsed().as_secs_f64());
    response
}

#[allow(clippy::needless_pass_by_value)] // The layer's signature.
fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = words.unwrap_or("unknown"), "a handler panicked; nothing was recorded by it");
    Problem::new("bug", "an invariant is broken; nothing was recorded").into_response()
}
