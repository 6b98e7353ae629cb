//! Cases (异常件): taking one, and every remedy as one call.

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::payment::PaymentCommand;
use domain::view::{CaseView, Remedy, inbox};
use domain::{CaseId, StoreId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A case is settled.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// How, in the person's words; kept.
    #[schema(min_length = 1, max_length = 60)]
    pub how: String,
}

/// Takes a case: from now on it has an owner.
#[utoipa::path(post, operation_id = "cases_take", path = "/stores/{store}/money/cases/{case}/take", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn take(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Reconcile)?;
    app.store.submit_money(request, PaymentCommand::TakeCase { case, by: staff.id }).await?;
    read(&app, case).map(Json)
}

/// Asks the channel now what became of the payment, or of the refund.
#[utoipa::path(post, operation_id = "cases_ask_channel", path = "/stores/{store}/money/cases/{case}/ask-channel", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn ask_channel(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Reconcile)?;
    let view = open_case(&app, case)?;
    if view.ask.is_none() && view.refund.is_none() {
        return Err(not_here(Remedy::AskChannel));
    }
    if let Some(ask) = view.ask {
        app.desk.ask_now(ask).await;
    }
    if let Some(refund) = view.refund {
        app.desk.ask_refund_now(refund).await;
    }
    read(&app, case).map(Json)
}

/// Gives the payment up: it is closed or reversed, and proved to be.
#[utoipa::path(post, operation_id = "cases_give_up", path = "/stores/{store}/money/cases/{case}/give-up", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn give_up(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Reconcile)?;
    let view = with_remedy(&app, case, Remedy::GiveUp)?;
    let ask = view.ask.ok_or_else(|| not_here(Remedy::GiveUp))?;
    app.desk.cancel(ask).await?;
    read(&app, case).map(Json)
}

/// Sends back whatever the channel still holds of the payment.
#[utoipa::path(post, operation_id = "cases_send_back", path = "/stores/{store}/money/cases/{case}/send-back", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn send_back(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Correct)?;
    let view = open_case(&app, case)?;
    let attempt = view.attempt.ok_or_else(|| not_here(Remedy::SendBack))?;
    let under_way = app.store.money(|money| money.refunds.values().any(|refund| refund.attempt == attempt));
    if !view.remedies.contains(&Remedy::SendBack) {
        // Asked for twice: it is on its way.
        return if under_way { Ok(Json(view)) } else { Err(not_here(Remedy::SendBack)) };
    }
    app.desk.send_back(attempt).await?;
    read(&app, case).map(Json)
}

/// Tries a failed refund again.
#[utoipa::path(post, operation_id = "cases_retry_refund", path = "/stores/{store}/money/cases/{case}/retry-refund", tag = "money", request_body = Nothing,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn retry_refund(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Correct)?;
    let view = open_case(&app, case)?;
    let refund = view.refund.ok_or_else(|| not_here(Remedy::RetryRefund))?;
    app.desk.retry_refund(refund).await?;
    read(&app, case).map(Json)
}

/// Says that a case is settled, and how.
#[utoipa::path(post, operation_id = "cases_resolve", path = "/stores/{store}/money/cases/{case}/resolve", tag = "money", request_body = ResolveRequest,
    params(("store" = StoreId, Path), ("case" = CaseId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn resolve(
    State(app): State<Arc<App>>,
    Path((_, case)): Path<(StoreId, CaseId)>,
    staff: Staff,
    Command { request, body }: Command<ResolveRequest>,
) -> Answer<Json<CaseView>> {
    staff.must(Right::Reconcile)?;
    check_rules(&[(has_chars(&body.how, 1, 60), "how has 1 to 60 characters")])?;
    app.store.submit_money(request, PaymentCommand::ResolveCase { case, by: staff.id, how: body.how }).await?;
    read(&app, case).map(Json)
}

fn with_remedy(app: &App, case: CaseId, remedy: Remedy) -> Answer<CaseView> {
    let view = open_case(app, case)?;
    if view.remedies.contains(&remedy) { Ok(view) } else { Err(not_here(remedy)) }
}

fn not_here(remedy: Remedy) -> Problem {
    Problem::new("remedy_not_here", format!("{remedy:?} does nothing about this case"))
}

fn open_case(app: &App, case: CaseId) -> Answer<CaseView> {
    let view = read(app, case)?;
    match view.resolved_at {
        None => Ok(view),
        Some(_) => Err(Problem::new("case_closed", "somebody settled it, or it ended by itself")),
    }
}

fn read(app: &App, case: CaseId) -> Answer<CaseView> {
    let now = app.store.now().at;
    let inbox = app.store.floor(|floor| app.store.money(|money| inbox(floor, money, now)));
    let found = inbox.cases.into_iter().find(|view| view.case == case);
    found.ok_or_else(|| Problem::new("case_unknown", "no such case"))
}
