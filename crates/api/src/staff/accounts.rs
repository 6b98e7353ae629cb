//! House accounts (挂账): what stands on them, and paying it.

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Path, check_rules, has_chars};
use crate::diner::ways::{AccountView, account_views};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::{FloorCommand, SettleAccount, Way};
use domain::{AccountId, Money, StoreId, TenderId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How an account is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettleWay {
    /// Notes and coins.
    Cash,
    /// A card terminal; `reference` is the slip's number.
    Card,
}

/// A customer pays what stands on their account, or a part of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    /// Made by the till.
    pub tender: TenderId,
    /// How much, at most what stands on it.
    pub amount: Money,
    /// How.
    pub way: SettleWay,
    /// Slip number of the card terminal.
    #[schema(max_length = 24)]
    pub reference: Option<String>,
}

/// Lists the accounts.
#[utoipa::path(get, operation_id = "accounts_list", path = "/stores/{store}/accounts", tag = "money", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<AccountView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<AccountView>>> {
    staff.must(Right::Collect)?;
    let known = app.known();
    Ok(Json(app.store.floor(|floor| account_views(floor, &known))))
}

/// Takes money for an account.
#[utoipa::path(post, operation_id = "accounts_settle", path = "/stores/{store}/accounts/{account}/settle", tag = "money", request_body = SettleRequest,
    params(("store" = StoreId, Path), ("account" = AccountId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = AccountView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn settle(
    State(app): State<Arc<App>>,
    Path((_, account)): Path<(StoreId, AccountId)>,
    staff: Staff,
    Command { request, body }: Command<SettleRequest>,
) -> Answer<Json<AccountView>> {
    staff.must(Right::Collect)?;
    let reference = body.reference;
    check_rules(&[(reference.as_deref().is_none_or(|text| has_chars(text, 0, 24)), "reference has at most 24 characters")])?;
    let way = match body.way {
        SettleWay::Cash => Way::Cash,
        SettleWay::Card => Way::Card,
    };
    must_exist(&app, &account)?;
    let command =
        SettleAccount { tender: body.tender, account: account.clone(), amount: body.amount, way, reference, by: staff.id };
    app.store.submit_floor(request, FloorCommand::SettleAccount(command)).await?;
    must_exist(&app, &account).map(Json)
}

fn must_exist(app: &App, account: &AccountId) -> Answer<AccountView> {
    let known = app.known();
    let found = app.store.floor(|floor| account_views(floor, &known)).into_iter().find(|view| view.id == *account);
    found.ok_or_else(|| Problem::new("account_unknown", "the house has no such account"))
}
