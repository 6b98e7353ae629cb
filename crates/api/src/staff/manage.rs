//! What managers do: open and close the day, publish a menu, make a pairing code.

use super::Done;
use super::sign_in::code_hash;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::catalog::CatalogCommand;
use domain::floor::{FloorAnswer, FloorCommand, Unmatched};
use domain::menu::Menu;
use domain::{StoreId, Timestamp};
use engine::PublishError;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// How long a pairing code is good.
const PAIRING_MINUTES: u32 = 10;

/// Closing the day.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseDayRequest {
    /// Signs for whatever is unmatched.
    #[serde(default)]
    pub accept_unmatched: bool,
}

/// A closed day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayClosedAnswer {
    /// What was signed for.
    pub unmatched: Vec<Unmatched>,
}

/// A menu as it must be sent: the document's fields and no others, so that a misspelt one isn't lost in silence.
#[derive(Debug)]
pub struct WholeMenu(Menu);

impl<'de> Deserialize<'de> for WholeMenu {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<WholeMenu, D::Error> {
        let sent = Value::deserialize(input)?;
        let menu = Menu::deserialize(&sent).map_err(D::Error::custom)?;
        let known = serde_json::to_value(&menu).map_err(D::Error::custom)?;
        match surplus(&sent, &known) {
            Some(field) => Err(D::Error::custom(format!("unknown field `{field}`"))),
            None => Ok(WholeMenu(menu)),
        }
    }
}

/// The first field of `sent` that isn't in `known`.
fn surplus<'a>(sent: &'a Value, known: &Value) -> Option<&'a str> {
    match (sent, known) {
        (Value::Object(sent), Value::Object(known)) => sent.iter().find_map(|(name, value)| match known.get(name) {
            None => Some(name.as_str()),
            Some(known) => surplus(value, known),
        }),
        (Value::Array(sent), Value::Array(known)) => sent.iter().zip(known).find_map(|(sent, known)| surplus(sent, known)),
        (_, _) => None,
    }
}

/// A menu that went on sale.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublishedAnswer {
    /// Its version.
    pub version: u32,
    /// SHA-256 of its bytes.
    pub hash: String,
}

/// A one-time code for pairing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PairingCodeAnswer {
    /// The code.
    pub code: String,
    /// Good until then.
    pub until: Timestamp,
}

/// Opens the business day.
#[utoipa::path(post, operation_id = "manage_open_day", path = "/stores/{store}/day/open", tag = "manage", request_body = Nothing,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn open_day(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Day)?;
    app.store.submit_floor(request, FloorCommand::OpenDay).await?;
    Ok(Json(Done {}))
}

/// Closes the business day; what is unmatched must be signed for.
#[utoipa::path(post, operation_id = "manage_close_day", path = "/stores/{store}/day/close", tag = "manage", request_body = CloseDayRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = DayClosedAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn close_day(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<CloseDayRequest>,
) -> Answer<Json<DayClosedAnswer>> {
    staff.must(Right::Day)?;
    let command = FloorCommand::CloseDay { accept_unmatched: body.accept_unmatched, by: staff.id };
    match app.store.submit_floor(request, command).await? {
        FloorAnswer::DayClosed { unmatched } => Ok(Json(DayClosedAnswer { unmatched })),
        other => Err(Problem::new("bug", format!("closing the day led to {other:?}"))),
    }
}

/// Puts a menu on sale under the next version. A menu with a fault is refused whole.
#[utoipa::path(post, operation_id = "manage_publish_menu", path = "/stores/{store}/menu", tag = "manage", request_body = Menu,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = PublishedAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn publish_menu(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body: WholeMenu(body) }: Command<WholeMenu>,
) -> Answer<(StatusCode, Json<PublishedAnswer>)> {
    staff.must(Right::Publish)?;
    match app.store.publish_menu(request, body).await {
        Ok(menu) => Ok((StatusCode::CREATED, Json(PublishedAnswer { version: menu.version, hash: menu.hash }))),
        Err(PublishError::Faulty(faults)) => {
            let listed = serde_json::to_string(&faults).unwrap_or_default();
            Err(Problem::new("menu_faulty", listed))
        }
        Err(PublishError::Refused(refused)) => Err(refused.into()),
        Err(error @ (PublishError::Journal(_) | PublishError::Base(_) | PublishError::Encode(_))) => {
            Err(Problem::unreadable(&error))
        }
    }
}

/// Makes a one-time code with which one device can be paired. The same request again gets the same code.
#[utoipa::path(post, operation_id = "manage_pairing_code", path = "/stores/{store}/devices/pairing-codes", tag = "manage", request_body = Nothing,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = PairingCodeAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn pairing_code(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<(StatusCode, Json<PairingCodeAnswer>)> {
    staff.must(Right::Publish)?;
    let code = app.signer.mark(&format!("pairing.{:032x}", request.id), 6);
    let code_hash = code_hash(&code);
    let until = app.store.now().at.plus_minutes(PAIRING_MINUTES);
    app.store.submit_catalog(request, CatalogCommand::AllowPairing { code_hash, until }).await?;
    Ok((StatusCode::CREATED, Json(PairingCodeAnswer { code, until })))
}
