//! Money back (退款), and opening a closed check again (反结账).

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Path, check_rules, has_chars};
use crate::diner::{Party, party_after};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::floor::{AskRefund, FloorCommand};
use domain::view::{CheckView, PaymentRow, payment_rows};
use domain::{AttemptId, LineId, Money, RefundId, SessionId, StoreId, TenderId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Money goes back to whoever paid it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// Made by the till.
    pub refund: RefundId,
    /// The payment that is given back.
    pub tender: TenderId,
    /// How much; with lines, exactly what they cost.
    pub amount: Money,
    /// Lines it is for; they are taken off the check.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub lines: Vec<LineId>,
    /// Why; printed and kept.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
    /// Slip number of the card terminal, where there is one.
    #[schema(max_length = 24)]
    pub reference: Option<String>,
    /// The party owes it again: a wrong tender is put right by another. Not together with lines.
    #[serde(default)]
    pub owed_again: bool,
}

/// A closed check is opened again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenRequest {
    /// Why; printed and kept.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// Money goes back to a party that is no longer on the floor.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRefundRequest {
    /// Made by the till.
    pub refund: RefundId,
    /// How much.
    pub amount: Money,
    /// Why.
    #[schema(min_length = 1, max_length = 60)]
    pub reason: String,
}

/// Gives money back. What a channel moved goes back through it; the check shows it returning, then returned.
#[utoipa::path(post, operation_id = "refunds_refund", path = "/stores/{store}/sessions/{session}/refunds", tag = "floor", request_body = RefundRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = CheckView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn refund(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<RefundRequest>,
) -> Answer<(StatusCode, Json<CheckView>)> {
    staff.must(Right::Refund)?;
    let RefundRequest { refund, tender, amount, lines, reason, reference, owed_again } = body;
    check_rules(&[
        (lines.len() <= 100, "lines are at most 100"),
        (has_chars(&reason, 1, 60), "reason has 1 to 60 characters"),
        (reference.as_deref().is_none_or(|text| has_chars(text, 0, 24)), "reference has at most 24 characters"),
    ])?;
    let command = AskRefund { refund, session, tender, lines, amount, reason, reference, owed_again, by: staff.id };
    app.store.submit_floor(request, FloorCommand::AskRefund(command)).await?;
    Ok((StatusCode::CREATED, Json(party_after(&app, session)?.view.check)))
}

/// Opens a closed check again, so that it can be put right. Money on it stays.
#[utoipa::path(post, operation_id = "refunds_reopen", path = "/stores/{store}/sessions/{session}/reopen", tag = "floor", request_body = ReopenRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Party), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn reopen(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<ReopenRequest>,
) -> Answer<Json<Party>> {
    staff.must(Right::Correct)?;
    check_rules(&[(has_chars(&body.reason, 1, 60), "reason has 1 to 60 characters")])?;
    let command = FloorCommand::ReopenCheck { session, reason: body.reason, by: staff.id };
    app.store.submit_floor(request, command).await?;
    party_after(&app, session).map(Json)
}

/// Gives back a payment of a party that has left and is no longer on the floor.
#[utoipa::path(post, operation_id = "refunds_refund_payment", path = "/stores/{store}/money/payments/{attempt}/refund", tag = "money", request_body = PaymentRefundRequest,
    params(("store" = StoreId, Path), ("attempt" = AttemptId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = PaymentRow), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn refund_payment(
    State(app): State<Arc<App>>,
    Path((_, attempt)): Path<(StoreId, AttemptId)>,
    staff: Staff,
    Command { body, .. }: Command<PaymentRefundRequest>,
) -> Answer<(StatusCode, Json<PaymentRow>)> {
    staff.must(Right::Correct)?;
    check_rules(&[(has_chars(body.reason.trim(), 1, 60), "reason has 1 to 60 characters")])?;
    row(&app, attempt)?;
    let PaymentRefundRequest { refund, amount, reason } = body;
    let standing = app.store.money(|money| money.refunds.get(&refund).map(|refund| (refund.attempt, refund.amount)));
    match standing {
        // The same again: it stands already.
        Some(same) if same == (attempt, amount) => return Ok((StatusCode::CREATED, Json(row(&app, attempt)?))),
        Some(_) => return Err(Problem::new("refund_exists", "this id stands for another refund")),
        None => {}
    }
    app.desk.refund_attempt(refund, attempt, amount).await?;
    tracing::info!(%refund, %attempt, by = %staff.id, reason, "a payment off the floor is given back");
    Ok((StatusCode::CREATED, Json(row(&app, attempt)?)))
}

fn row(app: &App, attempt: AttemptId) -> Answer<PaymentRow> {
    let rows = app.store.floor(|floor| app.store.money(|money| payment_rows(floor, money)));
    let found = rows.into_iter().find(|row| row.attempt == attempt);
    found.ok_or_else(|| Problem::new("payment_unknown", "no such payment in the last days"))
}
