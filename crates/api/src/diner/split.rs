//! Splitting a check (分单): evenly, by who ordered, or by lines; and undoing it.

use super::party_after;
use crate::app::{Answer, App};
use crate::auth::Caller;
use crate::body::{Command, Nothing, Path, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::{FloorCommand, SharePart, SplitCheck, SplitHow};
use domain::view::CheckView;
use domain::{LineId, SessionId, ShareId, StoreId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How to split: exactly one of `evenly`, `by_guest` and `parts`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitRequest {
    /// The first share's id; the others count up from it.
    pub first: ShareId,
    /// Into so many equal shares.
    #[schema(minimum = 2, maximum = 50)]
    pub evenly: Option<u16>,
    /// Everybody pays for what they ordered.
    pub by_guest: Option<bool>,
    /// Who pays for which lines; lines nobody names make a last share.
    #[schema(min_items = 1, max_items = 49)]
    pub parts: Option<Vec<PartRequest>>,
}

/// Who pays for which lines.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRequest {
    /// Who.
    #[schema(min_length = 1, max_length = 24)]
    pub name: String,
    /// Which lines.
    #[schema(max_items = 200)]
    pub lines: Vec<LineId>,
}

/// Splits what is due. Splitting again replaces the former split.
#[utoipa::path(post, operation_id = "split_split", path = "/stores/{store}/sessions/{session}/split", tag = "diner", request_body = SplitRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CheckView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn split(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Command { request, body }: Command<SplitRequest>,
) -> Answer<Json<CheckView>> {
    caller.must_belong(session)?;
    check_bounds(&body)?;
    let how = match body {
        SplitRequest { evenly: Some(parts), by_guest: None, parts: None, .. } => SplitHow::Evenly(parts),
        SplitRequest { evenly: None, by_guest: Some(true), parts: None, .. } => SplitHow::ByLines(by_guest(&app, session)),
        SplitRequest { evenly: None, by_guest: None, parts: Some(parts), .. } => {
            SplitHow::ByLines(parts.into_iter().map(|part| SharePart { name: part.name, lines: part.lines }).collect())
        }
        SplitRequest { .. } => return Err(Problem::new("malformed", "say exactly one of evenly, by_guest: true and parts")),
    };
    let command = SplitCheck { session, first: body.first, how, by: caller.staff_id() };
    app.store.submit_floor(request, FloorCommand::SplitCheck(command)).await?;
    Ok(Json(party_after(&app, session)?.view.check))
}

/// Undoes a split; what is paid stays paid.
#[utoipa::path(post, operation_id = "split_undo", path = "/stores/{store}/sessions/{session}/split/undo", tag = "diner", request_body = Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CheckView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn undo(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<CheckView>> {
    caller.must_belong(session)?;
    app.store.submit_floor(request, FloorCommand::UndoSplit { session }).await?;
    Ok(Json(party_after(&app, session)?.view.check))
}

fn check_bounds(body: &SplitRequest) -> Answer<()> {
    let parts = || body.parts.iter().flatten();
    check_rules(&[
        (body.evenly.is_none_or(|parts| (2..=50).contains(&parts)), "evenly is 2 to 50"),
        (body.parts.as_ref().is_none_or(|parts| (1..=49).contains(&parts.len())), "parts are 1 to 49"),
        (parts().all(|part| has_chars(&part.name, 1, 24)), "a part's name has 1 to 24 characters"),
        (parts().all(|part| part.lines.len() <= 200), "a part has at most 200 lines"),
    ])
}

/// What each guest ordered, in the order in which they first did.
fn by_guest(app: &App, session: SessionId) -> Vec<SharePart> {
    app.store.floor(|floor| {
        let orders = floor.sessions.get(&session).into_iter().flat_map(|session| &session.orders);
        let lines = orders.filter_map(|id| floor.orders.get(id)).filter(|order| order.owed().is_positive());
        let mut parts: Vec<SharePart> = Vec::new();
        for line in lines.flat_map(|order| &order.lines).filter(|line| line.owed().is_positive()) {
            // Staff who ordered for the table may have a longer name than a share.
            let name: String = line.added_by.chars().take(24).collect();
            match parts.iter_mut().find(|part| part.name == name) {
                Some(part) => part.lines.push(line.line),
                None => parts.push(SharePart { name, lines: vec![line.line] }),
            }
        }
        parts
    })
}
