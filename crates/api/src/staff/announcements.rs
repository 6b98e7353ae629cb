//! What was said aloud (播报): a device reports it, so that what nobody heard stays known.

use super::Done;
use crate::app::{Answer, App};
use crate::auth::House;
use crate::body::{Command, Path, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::StoreId;
use domain::floor::FloorCommand;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Announcements a device has said aloud.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayedRequest {
    /// What the device is called.
    #[schema(min_length = 1, max_length = 24)]
    pub device: String,
    /// Which.
    #[schema(max_items = 200)]
    pub numbers: Vec<u32>,
}

/// Records what a device has said aloud. A device without anybody signed in may say so too.
#[utoipa::path(post, operation_id = "announcements_played", path = "/stores/{store}/announcements/played", tag = "floor", request_body = PlayedRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn played(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    _: House,
    Command { request, body }: Command<PlayedRequest>,
) -> Answer<Json<Done>> {
    check_rules(&[
        (has_chars(&body.device, 1, 24), "device has 1 to 24 characters"),
        (body.numbers.len() <= 200, "at most 200 announcements are reported at once"),
    ])?;
    app.store.submit_floor(request, FloorCommand::ReportPlayed { device: body.device, numbers: body.numbers }).await?;
    Ok(Json(Done {}))
}
