//! A guest's receipt at the till: while the restaurant is cut off, the cloud's signature stands for the channel's word. Nothing outside
//! is asked, so it works without internet.

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Path, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::payment::ChannelTag;
use domain::{Money, SessionId, StoreId, Timestamp};
use receipt::Receipt;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use workers::ReceiptTaken;

/// Longer than any receipt.
const LONGEST: usize = 1000;
/// A receipt is for the meal it paid. Units: milliseconds.
const GOOD_FOR_MS: i64 = 24 * 60 * 60 * 1000;

/// A guest shows a receipt.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// What the code on the guest's phone says, as the scanner typed it.
    #[schema(min_length = 1, max_length = 1000)]
    pub text: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// The money counts now.
    Counted,
    /// It counted already; it counts once.
    CountedBefore,
    /// The check it was for is gone: the money goes back by itself, and a case says so.
    GoesBack,
    /// Nobody here asked for this payment, or it was taken back before: a case is open.
    ForAPerson,
}

/// A genuine receipt, and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptAnswer {
    /// What came of it.
    pub outcome: ReceiptOutcome,
    /// What was paid.
    pub amount: Money,
    /// Through which channel.
    pub channel: ChannelTag,
    /// When, by the channel's clock.
    pub paid_at: Timestamp,
    /// Whose check it was for, where it is known.
    pub session: Option<SessionId>,
    /// Their table, while they are on the floor.
    pub table: Option<String>,
}

/// Takes a guest's receipt as the proof of a payment. The same receipt counts once.
#[utoipa::path(post, operation_id = "till_receipt", path = "/stores/{store}/till/receipts", tag = "floor", request_body = ReceiptRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = ReceiptAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn take(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Command { request, body }: Command<ReceiptRequest>,
) -> Answer<Json<ReceiptAnswer>> {
    staff.must(Right::Charge)?;
    check_rules(&[(has_chars(&body.text, 1, LONGEST), "text has 1 to 1000 characters")])?;
    let text = body.text.trim();
    let receipt = genuine(&app, text)?;
    let outcome = match app.desk.take_receipt(request, &receipt, text).await? {
        ReceiptTaken::Counted => ReceiptOutcome::Counted,
        ReceiptTaken::CountedBefore => ReceiptOutcome::CountedBefore,
        ReceiptTaken::GoesBack => ReceiptOutcome::GoesBack,
        ReceiptTaken::ForAPerson => ReceiptOutcome::ForAPerson,
        ReceiptTaken::Mismatch => {
            return Err(Problem::new(
                "receipt_mismatch",
                "amount, currency or channel is not what was asked for; a case is open",
            ));
        }
    };
    metrics::counter!("dandan_receipts_total", "outcome" => name_of(outcome)).increment(1);
    let session = app.store.money(|money| money.attempts.get(&receipt.attempt).map(|attempt| attempt.session));
    let table = session.and_then(|id| app.store.floor(|floor| floor.sessions.get(&id).map(|party| party.table_name.clone())));
    let Receipt { amount, channel, paid_at, .. } = receipt;
    Ok(Json(ReceiptAnswer { outcome, amount, channel, paid_at, session, table }))
}

/// What a receipt says of itself, checked: whose word it is, for which restaurant, and how old.
fn genuine(app: &App, text: &str) -> Answer<Receipt> {
    let cloud = app.cloud.as_ref().ok_or_else(|| Problem::new("no_cloud", "this restaurant has joined no cloud"))?;
    let receipt = Receipt::read(text, &cloud.key).map_err(|refused| Problem::new("receipt_not_genuine", refused.to_string()))?;
    if receipt.store != app.store.id() {
        return Err(Problem::new("receipt_elsewhere", "it is for another restaurant"));
    }
    if app.store.now().at.since_ms(receipt.signed_at) > GOOD_FOR_MS {
        return Err(Problem::new("receipt_too_old", "it was signed more than 24 hours ago"));
    }
    Ok(receipt)
}

fn name_of(outcome: ReceiptOutcome) -> &'static str {
    match outcome {
        ReceiptOutcome::Counted => "counted",
        ReceiptOutcome::CountedBefore => "counted_before",
        ReceiptOutcome::GoesBack => "goes_back",
        ReceiptOutcome::ForAPerson => "for_a_person",
    }
}
