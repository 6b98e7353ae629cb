//! Paying: the wish is recorded at once; what the channel says follows. A page shows "paid" only on the server's word.

use super::start::{Secretly, start as begin};
use crate::app::{Answer, App};
use crate::auth::{Caller, Right};
use crate::body::{Ask, Command, Nothing, Path, check_rules};
use crate::client_ip::ClientIp;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use domain::floor::{AskPayment, Way};
use domain::view::{PaymentState, PaymentView, payment_view};
use domain::{AskId, Money, OrderId, SessionId, ShareId, StoreId};
use pay::Outcome;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest address a browser is sent back to.
const LONGEST_RETURN_URL: usize = 500;

/// A wish to pay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayRequest {
    /// Made by the phone.
    pub ask: AskId,
    /// How; not the ways that staff take by hand or by scanning.
    pub way: Way,
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
    /// The payer at the channel, for `wechat_jsapi` (openid) and `alipay_app` (buyer).
    #[schema(min_length = 1, max_length = 128)]
    pub payer: Option<String>,
    /// Where the channel's page sends the browser afterwards, for `wechat_h5` and `alipay_wap`: a page of this server's.
    #[schema(min_length = 1, max_length = 500)]
    pub return_url: Option<String>,
    /// The payment this one replaces: it is ended first, and proved to be.
    pub instead_of: Option<AskId>,
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

/// A one-time code from `my.getAuthCode`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlipayLoginRequest {
    /// The code.
    #[schema(min_length = 1, max_length = 128)]
    pub auth_code: String,
}

/// Who is behind the phone, as far as Alipay tells.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlipayLoginAnswer {
    /// The payer's id at Alipay for this app.
    pub buyer: String,
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
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    Command { request, body }: Command<PayRequest>,
) -> Answer<(StatusCode, Json<PaymentView>)> {
    caller.must_belong(session)?;
    if let Caller::Staff(staff) = &caller {
        staff.must(Right::Charge)?;
    }
    let PayRequest { ask, way, amount, tip, order, share, partial, payer, return_url, instead_of } = body;
    check_rules(&[
        (payer.as_deref().is_none_or(is_code), "payer is 1 to 128 visible ASCII characters"),
        (return_url.as_deref().is_none_or(|url| is_own_page(&app, &headers, url)), "return_url is a page of this server's"),
        (instead_of != Some(ask), "a payment can't replace itself"),
    ])?;
    if let Some(other) = instead_of {
        may_end(&app, &caller, session, other)?;
    }
    let secretly = what_it_needs(&app, way, payer, return_url, ip)?;
    let wish = AskPayment { ask, session, way, amount, order, share, tip, partial };
    let view = begin(&app, request, wish, secretly, instead_of).await?;
    Ok((status_of(&view), Json(view)))
}

fn what_it_needs(app: &App, way: Way, payer: Option<String>, return_url: Option<String>, ip: IpAddr) -> Answer<Secretly> {
    match way {
        Way::WechatJsapi | Way::AlipayApp => payer
            .map(Secretly::Payer)
            .ok_or_else(|| Problem::new("payer_missing", "this way needs payer from wechat-login or alipay-login")),
        Way::WechatH5 | Way::AlipayWap => {
            let return_url = return_url.unwrap_or_else(|| format!("{}/m/", app.public_url));
            Ok(Secretly::Browser { ip, return_url })
        }
        Way::WechatNative | Way::AlipayQr => Ok(Secretly::Nothing),
        Way::WechatCode | Way::AlipayCode => Err(Problem::new("way_not_here", "a wallet is scanned by staff: code-payments")),
        Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => {
            Err(Problem::new("channel_off", "no channel moves this money; it is taken by staff"))
        }
    }
}

/// 202 while the channel has not answered for certain.
pub fn status_of(view: &PaymentView) -> StatusCode {
    match view.state {
        PaymentState::Starting | PaymentState::Checking => StatusCode::ACCEPTED,
        PaymentState::Waiting | PaymentState::Paid | PaymentState::Failed | PaymentState::Closed => StatusCode::CREATED,
    }
}

/// A channel never sends a guest's browser anywhere but back here.
fn is_own_page(app: &App, headers: &HeaderMap, url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let asked = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let public = app.public_url.split_once("://").map(|(_, host)| host);
    let plain = url.len() <= LONGEST_RETURN_URL && url.bytes().all(|byte| byte.is_ascii_graphic());
    let host = uri.authority().map(|authority| authority.as_str());
    plain && matches!(uri.scheme_str(), Some("http" | "https")) && host.is_some() && (host == asked || host == public)
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
    may_end(&app, &caller, session, ask)?;
    app.desk.cancel(ask).await?;
    read(&app, session, ask).map(Json)
}

/// A wallet that the cashier has scanned is the till's to give up; a guest gives up what guests began.
fn may_end(app: &App, caller: &Caller, session: SessionId, ask: AskId) -> Answer<()> {
    let view = read(app, session, ask)?;
    match caller {
        Caller::Guest(_) if view.way.is_by_code() => Err(Problem::new("not_allowed", "a scanned wallet is given up at the till")),
        Caller::Guest(_) | Caller::Staff(_) => Ok(()),
    }
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

/// Trades the code of `my.getAuthCode` for the payer's id.
#[utoipa::path(post, operation_id = "payments_alipay_login", path = "/stores/{store}/sessions/{session}/alipay-login", tag = "diner", request_body = AlipayLoginRequest,
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = AlipayLoginAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn alipay_login(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    caller: Caller,
    Ask(body): Ask<AlipayLoginRequest>,
) -> Answer<Json<AlipayLoginAnswer>> {
    caller.must_belong(session)?;
    if !is_code(&body.auth_code) {
        return Err(Problem::new("malformed", "auth_code is 1 to 128 visible ASCII characters"));
    }
    let login = app.alipay_login.as_ref().ok_or_else(|| Problem::new("channel_off", "Alipay is not in service here"))?;
    match login.login(&body.auth_code).await {
        Outcome::Succeeded(buyer) => Ok(Json(AlipayLoginAnswer { buyer })),
        Outcome::DefinitelyFailed { code, .. } => Err(Problem::new("login_failed", code)),
        Outcome::Unknown { why } => Err(Problem::new("unavailable", why).retry_after(1)),
    }
}

/// What a channel's codes and ids look like.
pub fn is_code(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads a party's payment.
///
/// # Errors
/// `payment_unknown`.
pub fn read(app: &App, session: SessionId, ask: AskId) -> Answer<PaymentView> {
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
        let prepaid = payment.jsapi.as_ref().map(|jsapi| jsapi.package.trim_start_matches("prepay_id=").to_owned());
        let code = payment.code_url.clone().or(prepaid).or_else(|| payment.trade_no.clone());
        payment.demo_wallet_url = code.map(|code| channel_page(wallet, &code));
    }
}

fn channel_page(wallet: &str, code: &str) -> String {
    format!("{wallet}?code={}", in_query(code))
}

/// A text as it stands in an address's query.
pub fn in_query(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
