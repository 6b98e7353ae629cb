//! The kitchen's screens: tickets, what was painted, and every move of a dish.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path, Query};
use crate::feeds::{self, After, FrameSchema, Topic, kitchen_news};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::floor::{Announcement, FloorCommand, ItemKey, Step};
use domain::menu::Station;
use domain::view::{FloorStation, FloorStock, Ticket, floor_stations, floor_stock, tickets};
use domain::{StationId, StoreId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which tickets.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfStation {
    /// Only this station's; all where it isn't said.
    pub station: Option<StationId>,
}

/// Which tickets to follow, and where to go on.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowStation {
    /// Only this station's; all where it isn't said.
    pub station: Option<StationId>,
    /// The number of the last frame seen.
    pub after: Option<u64>,
}

/// The kitchen as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KitchenView {
    /// Position of the feed.
    pub seq: u64,
    /// Everyone who cooks.
    pub stations: Vec<Station>,
    /// In the order they are worked.
    pub tickets: Vec<Ticket>,
    /// How busy the stations are, and who cooks for those that are closed.
    pub floor_stations: Vec<FloorStation>,
    /// Counted and sold-out dishes.
    pub stock: Vec<FloorStock>,
    /// What is said aloud in the kitchen, the latest.
    pub announcements: Vec<Announcement>,
    /// The number of the latest of them.
    pub last_announcement: u32,
}

/// Items a screen has drawn.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaintedRequest {
    /// What the screen is called.
    #[schema(min_length = 1, max_length = 24)]
    pub screen: String,
    /// What it has drawn.
    #[schema(max_items = 500)]
    pub items: Vec<ItemKey>,
}

/// Reads the tickets.
#[utoipa::path(get, operation_id = "kitchen_show", path = "/stores/{store}/kitchen", tag = "kitchen", params(("store" = StoreId, Path), OfStation), security(("token" = [])),
    responses((status = 200, body = KitchenView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Query(of): Query<OfStation>,
) -> Answer<Json<KitchenView>> {
    staff.must(Right::Cook)?;
    let seq = app.hub.position();
    let known = app.known();
    let mine = |station: &StationId| of.station.as_ref().is_none_or(|of| of == station);
    Ok(Json(app.store.floor(|floor| {
        let announcements: Vec<Announcement> = kitchen_news(floor, &known, of.station.as_ref()).into_iter().cloned().collect();
        KitchenView {
            seq,
            stations: known.menu.stations.clone(),
            tickets: tickets(floor, &known).into_iter().filter(|ticket| mine(&ticket.station)).collect(),
            floor_stations: floor_stations(floor, &known),
            stock: floor_stock(floor, &known),
            last_announcement: announcements.last().map_or(0, |last| last.number),
            announcements,
        }
    })))
}

/// Follows the tickets.
#[utoipa::path(get, operation_id = "kitchen_feed", path = "/stores/{store}/kitchen/feed", tag = "feeds", params(("store" = StoreId, Path), FollowStation), security(("token" = [])),
    responses((status = 200, body = FrameSchema, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn feed(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Query(of): Query<FollowStation>,
    headers: HeaderMap,
) -> Answer {
    staff.must(Right::Cook)?;
    let station = known_station(&app, of.station);
    Ok(feeds::stream(&app, &Topic::Kitchen(station), After { after: of.after }, &headers))
}

/// The same over a WebSocket.
pub async fn socket(State(app): State<Arc<App>>, Query(of): Query<FollowStation>, upgrade: feeds::Upgrade) -> Response {
    let station = known_station(&app, of.station);
    feeds::socket(&app, upgrade, Topic::Kitchen(station))
}

/// A station nobody knows is followed as all, so that made-up names build no feeds.
fn known_station(app: &App, station: Option<StationId>) -> Option<StationId> {
    station.filter(|id| app.known().menu.stations.iter().any(|station| station.id == *id))
}

/// Reports items as painted. Only what is really drawn may be reported: this is the kitchen's receipt.
#[utoipa::path(post, operation_id = "kitchen_painted", path = "/stores/{store}/kitchen/painted", tag = "kitchen", request_body = PaintedRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn painted(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<PaintedRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    if body.items.len() > 500 {
        return Err(Problem::new("malformed", "at most 500 items are reported at once"));
    }
    app.store.submit_floor(request, FloorCommand::ReportPainted { screen: body.screen, items: body.items }).await?;
    Ok(Json(Done {}))
}

/// What can be done with an item.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemAction {
    /// The cook begins.
    Start,
    /// 出餐.
    Ready,
    /// Back to cooking.
    Recall,
    /// On the table.
    Serve,
    /// The void was seen.
    AcknowledgeVoid,
    /// The rush was seen.
    AnswerRush,
}

/// Moves an item on or back, or says that a void or a rush was seen.
#[utoipa::path(post, operation_id = "kitchen_act", path = "/stores/{store}/kitchen/items/{key}/{action}", tag = "kitchen", request_body = Nothing,
    params(("store" = StoreId, Path), ("key" = ItemKey, Path), ("action" = ItemAction, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<Arc<App>>,
    Path((_, item, action)): Path<(StoreId, ItemKey, ItemAction)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Cook)?;
    let command = match action {
        ItemAction::Start => FloorCommand::StepItem { item, step: Step::Start },
        ItemAction::Ready => FloorCommand::StepItem { item, step: Step::Ready },
        ItemAction::Recall => FloorCommand::StepItem { item, step: Step::Recall },
        ItemAction::Serve => FloorCommand::StepItem { item, step: Step::Serve },
        ItemAction::AcknowledgeVoid => FloorCommand::AcknowledgeVoid { item },
        ItemAction::AnswerRush => FloorCommand::AnswerRush { item },
    };
    app.store.submit_floor(request, command).await?;
    Ok(Json(Done {}))
}
