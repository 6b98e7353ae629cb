//! The till: scanning a guest's wallet, cash with change and rounding, and money that staff write down (card, account, member).

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Path, check_rules, has_chars};
use crate::diner::party_after;
use crate::diner::payments::status_of;
use crate::diner::start::{Secretly, start};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::floor::{AskPayment, FloorAnswer, FloorCommand, TakeCash, TakeTender, Way};
use domain::view::{CheckView, PaymentView};
use domain::{AskId, Money, OrderId, SessionId, ShareId, StoreId, TenderId};
use pay::{AuthCode, ChannelName};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A guest's wallet was scanned.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodePaymentRequest {
    /// Made by the till.
    pub ask: AskId,
    /// The digits in the wallet, as the scanner typed them. Worth money for a minute: never logged, kept or sent back.
    #[schema(min_length = 1, max_length = 64)]
    pub auth_code: String,
    /// Exactly what is due, or less of it where `partial` says so.
    pub amount: Money,
    /// For the staff, on top of `amount`.
    #[serde(default)]
    pub tip: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    /// The share of a split check it pays.
    pub share: Option<ShareId>,
    /// Less than what is due is meant; the rest is paid in another way.
    #[serde(default)]
    pub partial: bool,
    /// The payment this one replaces: it is ended first, and proved to be.
    pub instead_of: Option<AskId>,
    /// Which till, for the channel's risk rules.
    #[schema(pattern = "^[0-9A-Za-z_-]{1,32}$")]
    pub terminal: Option<String>,
}

impl std::fmt::Debug for CodePaymentRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodePaymentRequest").field("ask", &self.ask).field("amount", &self.amount).finish_non_exhaustive()
    }
}

/// Cash changes hands.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashRequest {
    /// Made by the till.
    pub tender: TenderId,
    /// What is settled: exactly what is due, or less of it where `partial` says so.
    pub amount: Money,
    /// What the guest handed over.
    pub received: Money,
    /// What of `amount` the house lets go (抹零): the odd fen below its coin, or nothing.
    #[serde(default)]
    pub rounded_off: Money,
    /// For the staff, on top of `amount`.
    #[serde(default)]
    pub tip: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    /// The share of a split check it pays.
    pub share: Option<ShareId>,
    /// Less than what is due is meant; the rest is paid in another way.
    #[serde(default)]
    pub partial: bool,
}

/// What goes back to the guest.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CashAnswer {
    /// Change.
    pub change: Money,
}

/// Ways that staff write down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WrittenWay {
    /// A card terminal beside the till; `reference` is the slip's number.
    Card,
    /// On a customer's account; `reference` is its code.
    HouseAccount,
    /// From a member's balance; `reference` is the member's number.
    MemberBalance,
}

/// Money was taken beside the system.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenderRequest {
    /// Made by the till.
    pub tender: TenderId,
    /// How.
    pub way: WrittenWay,
    /// Exactly what is due, or less of it where `partial` says so.
    pub amount: Money,
    /// Slip number, account code or member number.
    #[schema(max_length = 24)]
    pub reference: String,
    /// For the staff, on top of `amount`.
    #[serde(default)]
    pub tip: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    /// The share of a split check it pays.
    pub share: Option<ShareId>,
    /// Less than what is due is meant; the rest is paid in another way.
    #[serde(default)]
    pub partial: bool,
}

/// Takes a payment with the code in the guest's wallet. 202 while the guest types a password or the channel hasn't answered.
#[utoipa::path(post, operation_id = "till_code_payment", path = "/stores/{store}/sessions/{session}/code-payments", tag = "floor", request_body = CodePaymentRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = PaymentView), (status = 202, body = PaymentView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn code_payment(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<CodePaymentRequest>,
) -> Answer<(StatusCode, Json<PaymentView>)> {
    staff.must(Right::Charge)?;
    let CodePaymentRequest { ask, auth_code, amount, tip, order, share, partial, instead_of, terminal } = body;
    check_rules(&[
        (has_chars(&auth_code, 1, 64), "auth_code has 1 to 64 characters"),
        (terminal.as_deref().is_none_or(is_terminal), "terminal is 1 to 32 of 0-9, A-Z, a-z, _ and -"),
        (instead_of != Some(ask), "a payment can't replace itself"),
    ])?;
    let code = AuthCode::read(&auth_code)
        .ok_or_else(|| Problem::new("not_a_wallet_code", "neither WeChat Pay's nor Alipay's codes look like this"))?;
    let way = match code.channel() {
        ChannelName::Wechat => Way::WechatCode,
        ChannelName::Alipay => Way::AlipayCode,
    };
    let terminal = terminal.unwrap_or_else(|| format!("till-{}", &staff.device.to_string()[..8]));
    let wish = AskPayment { ask, session, way, amount, order, share, tip, partial };
    let view = start(&app, request, wish, Secretly::Wallet { code, terminal }, instead_of).await?;
    Ok((status_of(&view), Json(view)))
}

fn is_terminal(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Takes cash for what is due.
#[utoipa::path(post, operation_id = "till_take_cash", path = "/stores/{store}/sessions/{session}/cash", tag = "floor", request_body = CashRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = CashAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn take_cash(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<CashRequest>,
) -> Answer<(StatusCode, Json<CashAnswer>)> {
    staff.must(Right::Collect)?;
    let CashRequest { tender, amount, received, rounded_off, tip, order, share, partial } = body;
    let command = TakeCash { tender, session, amount, received, rounded_off, order, share, tip, partial, by: staff.id };
    match app.store.submit_floor(request, FloorCommand::TakeCash(command)).await? {
        FloorAnswer::CashTaken { change } => Ok((StatusCode::CREATED, Json(CashAnswer { change }))),
        other => Err(Problem::new("bug", format!("cash led to {other:?}"))),
    }
}

/// Writes down money taken by card, on account or from a member's balance.
#[utoipa::path(post, operation_id = "till_take_tender", path = "/stores/{store}/sessions/{session}/tenders", tag = "floor", request_body = TenderRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = CheckView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn take_tender(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
    Command { request, body }: Command<TenderRequest>,
) -> Answer<(StatusCode, Json<CheckView>)> {
    staff.must(Right::Collect)?;
    check_rules(&[(has_chars(&body.reference, 0, 24), "reference has at most 24 characters")])?;
    let TenderRequest { tender, way, amount, reference, tip, order, share, partial } = body;
    let way = match way {
        WrittenWay::Card => Way::Card,
        WrittenWay::HouseAccount => Way::HouseAccount,
        WrittenWay::MemberBalance => Way::MemberBalance,
    };
    let command = TakeTender { tender, session, way, amount, reference, order, share, tip, partial, by: staff.id };
    app.store.submit_floor(request, FloorCommand::TakeTender(command)).await?;
    Ok((StatusCode::CREATED, Json(party_after(&app, session)?.view.check)))
}
