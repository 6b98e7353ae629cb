//! Paying: the wish is recorded at once; what the channel says follows. A page shows "paid" only on the server's word.

use crate::app::{Answer, App};
use crate::auth::Caller;
use crate::body::{Ask, Command, Nothing, Path};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::floor::{AskPayment, FloorCommand, Way};
use domain::view::{PaymentState, PaymentView, payment_view};
use domain::{AskId, Money, OrderId, SessionId, StoreId};
use pay::Outcome;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How long an answer waits for the channel; after that the phone hears the rest from its feed.
const WAIT_FOR_CHANNEL: Duration = Duration::from_secs(4);

/// A wish to pay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayRequest {
    /// Made by the phone.
    pub ask: AskId,
    /// How.
    pub way: Way,
    /// Exactly what is due.
    pub amount: Money,
    /// Pay-first: the order it pays.
    pub order: Option<OrderId>,
    /// The payer at WeChat, for `wechat_jsapi`.
    #[schema(max_length = 128)]
    pub openid: Option<String>,
}

/// A one-time code from `wx.login`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The code.
    #[schema(min_length = 1, max_length = 128)]
    pub js_code: String,
}

/// Who is behind the phone, as far as WeChat tells.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoginAnswer {
    /// The payer's id at WeChat for this app.
    pub openid: String,
}

/// Starts a payment. 201 once the diner can pay, 202 while the channel has not answered.
#[utoipa::path(post, operation_id = "payments_start", path = "/stores/{store}/sessions/{session}/payments", tag = "diner", request_body = PayRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 201, body = PaymentView), (status = 202, body = PaymentView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn start(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Command { request, body }: Command<PayRequest>,
) -> Answer<(StatusCode, Json<PaymentView>)> {
    caller.must_belong(session)?;
    if !body.way.is_by_channel() || !app.desk.offers(body.way) {
        return Err(Problem::new("channel_off", "this way to pay is not in service; cash is taken by staff"));
    }
    if body.openid.as_deref().is_some_and(|openid| !is_code(openid)) {
        return Err(Problem::new("malformed", "openid is 1 to 128 visible ASCII characters"));
    }
    match (body.way, body.openid) {
        (Way::WechatJsapi, None) => return Err(Problem::new("payer_missing", "wechat_jsapi needs openid from wechat-login")),
        (Way::WechatJsapi, Some(openid)) => app.desk.remember_payer(body.ask, openid),
        (_, _) => {}
    }
    let mut money = app.store.money_commits();
    let ask = AskPayment {
        ask: body.ask,
        session,
        way: body.way,
        amount: body.amount,
        order: body.order,
        share: None,
        tip: Money::ZERO,
        partial: false,
    };
    if let Err(refused) = app.store.submit_floor(request, FloorCommand::AskPayment(ask)).await {
        app.desk.forget_payer(body.ask);
        return Err(refused.into());
    }
    let _ = tokio::time::timeout(WAIT_FOR_CHANNEL, async {
        while read(&app, session, body.ask).is_ok_and(|view| view.state == PaymentState::Starting) {
            if matches!(money.recv().await, Err(tokio::sync::broadcast::error::RecvError::Closed)) {
                return;
            }
        }
    })
    .await;
    let view = read(&app, session, body.ask)?;
    let status = match view.state {
        PaymentState::Starting | PaymentState::Checking => StatusCode::ACCEPTED,
        PaymentState::Waiting | PaymentState::Paid | PaymentState::Failed | PaymentState::Closed => StatusCode::CREATED,
    };
    Ok((status, Json(view)))
}

/// Reads a payment.
#[utoipa::path(get, operation_id = "payments_show", path = "/stores/{store}/sessions/{session}/payments/{ask}", tag = "diner",
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("ask" = AskId, Path)), security(("token" = [])),
    responses((status = 200, body = PaymentView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path((_, session, ask)): Path<(StoreId, SessionId, AskId)>,
    caller: Caller,
) -> Answer<Json<PaymentView>> {
    caller.must_belong(session)?;
    read(&app, session, ask).map(Json)
}

/// Asks the channel now ("I have paid").
#[utoipa::path(post, operation_id = "payments_check", path = "/stores/{store}/sessions/{session}/payments/{ask}/check", tag = "diner", request_body = Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("ask" = AskId, Path)), security(("token" = [])),
    responses((status = 200, body = PaymentView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn check(
    State(app): State<Arc<App>>,
    Path((_, session, ask)): Path<(StoreId, SessionId, AskId)>,
    caller: Caller,
    Ask(Nothing {}): Ask<Nothing>,
) -> Answer<Json<PaymentView>> {
    caller.must_belong(session)?;
    read(&app, session, ask)?;
    app.desk.ask_now(ask).await;
    read(&app, session, ask).map(Json)
}

/// Gives a payment up. It is closed once the channel has proved that it can't be paid any more; paid in the last moment is paid.
#[utoipa::path(post, operation_id = "payments_cancel", path = "/stores/{store}/sessions/{session}/payments/{ask}/cancel", tag = "diner", request_body = Nothing,
    params(("store" = StoreId, Path), ("session" = SessionId, Path), ("ask" = AskId, Path), ("Idempotency-Key" = String, Header)),
    security(("token" = [])),
    responses((status = 200, body = PaymentView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Path((_, session, ask)): Path<(StoreId, SessionId, AskId)>,
    caller: Caller,
    Command { body: Nothing {}, .. }: Command<Nothing>,
) -> Answer<Json<PaymentView>> {
    caller.must_belong(session)?;
    read(&app, session, ask)?;
    app.desk.cancel(ask).await?;
    read(&app, session, ask).map(Json)
}

/// Trades the code of `wx.login` for the payer's id.
#[utoipa::path(post, operation_id = "payments_wechat_login", path = "/stores/{store}/sessions/{session}/wechat-login", tag = "diner", request_body = LoginRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = LoginAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn wechat_login(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Ask(body): Ask<LoginRequest>,
) -> Answer<Json<LoginAnswer>> {
    caller.must_belong(session)?;
    if !is_code(&body.js_code) {
        return Err(Problem::new("malformed", "js_code is 1 to 128 visible ASCII characters"));
    }
    let login = app.wechat_login.as_ref().ok_or_else(|| Problem::new("channel_off", "WeChat is not in service here"))?;
    match login.login(&body.js_code).await {
        Outcome::Succeeded(known) => Ok(Json(LoginAnswer { openid: known.openid })),
        Outcome::DefinitelyFailed { code, .. } => Err(Problem::new("login_failed", code)),
        Outcome::Unknown { why } => Err(Problem::new("unavailable", why).retry_after(1)),
    }
}

/// What a channel's codes and ids look like.
fn is_code(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read(app: &App, session: SessionId, ask: AskId) -> Answer<PaymentView> {
    let view = app.store.floor(|floor| {
        let ask = floor.sessions.get(&session)?.asks.get(&ask)?;
        Some(app.store.money(|money| payment_view(ask, money)))
    });
    let mut views = [view.ok_or_else(|| Problem::new("payment_unknown", "this party has no such payment"))?];
    add_wallet(&mut views, app.demo_wallet.as_deref());
    let [view] = views;
    Ok(view)
}

/// Adds where a person pays against the simulator.
pub fn add_wallet(payments: &mut [PaymentView], wallet: Option<&str>) {
    let Some(wallet) = wallet else { return };
    for payment in payments {
        payment.demo_wallet_url = payment.code_url.as_ref().map(|code| channel_page(wallet, code));
    }
}

fn channel_page(wallet: &str, code: &str) -> String {
    let code: String =
        code.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("{wallet}?code={code}")
}
