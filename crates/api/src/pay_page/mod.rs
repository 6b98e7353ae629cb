//! The page behind the code of a check (聚合码): any wallet and any browser opens it, nobody signs in, and what it shows is what
//! the check says at that moment. It works without its script; the script counts seconds and looks again.

mod html;
mod sight;
mod words;

use self::html::{Frame, draw};
use self::sight::{Sight, Standing};
use self::words::{Note, Words};
use crate::app::App;
use crate::assets::fixed;
use crate::client_ip::ClientIp;
use crate::code::Payable;
use crate::diner::payments::{in_query, is_code, read};
use crate::diner::start::{Secretly, is_under_way, start};
use crate::problem::Problem;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::floor::{AskPayment, Way};
use domain::{AskId, AttemptId, Money};
use engine::Store;
use pay::Outcome;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The largest form that is read.
const LARGEST_FORM: usize = 4 * 1024;
/// How long a browser remembers which payment it began. Units: seconds.
const RECEIPT_KNOWN_S: u32 = 1800;
/// How long the page knows who pays inside WeChat. Units: seconds.
const PAYER_KNOWN_S: u32 = 600;

/// Where a phone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Wechat,
    Alipay,
    Browser,
}

impl Inside {
    fn of(headers: &HeaderMap) -> Inside {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match (agent.contains("MicroMessenger"), agent.contains("AlipayClient")) {
            (true, _) => Inside::Wechat,
            (false, true) => Inside::Alipay,
            (false, false) => Inside::Browser,
        }
    }

    /// The ways a phone can use from there.
    fn ways(self) -> &'static [Way] {
        match self {
            Inside::Wechat => &[Way::WechatJsapi],
            Inside::Alipay => &[Way::AlipayWap],
            Inside::Browser => &[Way::WechatH5, Way::AlipayWap],
        }
    }
}

/// What a channel or this page itself adds to the address.
#[derive(Debug, Default, Deserialize)]
struct Added {
    /// WeChat's one-time code.
    code: Option<String>,
    state: Option<String>,
    /// Just signed in.
    back: Option<String>,
    /// Go on to the channel at once.
    go: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PayForm {
    way: Way,
    ask: AskId,
    amount: i64,
}

#[derive(Debug, Deserialize)]
struct CancelForm {
    ask: AskId,
}

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/pay.js", get(async |headers: HeaderMap| fixed("text/javascript", include_bytes!("pay.js"), &headers)))
        .route("/p/pay.css", get(async |headers: HeaderMap| fixed("text/css", include_bytes!("pay.css"), &headers)))
        .route("/p/{code}", get(show))
        .route("/p/{code}/state", get(state))
        .route("/p/{code}/pay", post(pay))
        .route("/p/{code}/cancel", post(cancel))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
}

async fn show(State(app): State<Arc<App>>, Path(code): Path<String>, Query(added): Query<Added>, headers: HeaderMap) -> Response {
    let words = Words::of(&headers);
    let Some((payable, sight)) = look(&app, &code) else { return html::missing(words) };
    let inside = Inside::of(&headers);
    let mut note = added.note.as_deref().and_then(Note::read);
    let is_due = matches!(sight.standing, Standing::Due { .. });
    if inside == Inside::Wechat && is_due && payer_of(&headers).is_none() {
        match sign_in(&app, &code, &added).await {
            SignedIn::Go(response) => return response,
            SignedIn::Failed => note = Some(Note::SignIn),
        }
    }
    let offers = app.desk.offers();
    let is_up = |way: &Way| offers.iter().any(|offer| offer.way == *way && offer.up);
    let frame = Frame {
        words,
        code: &code,
        share: payable.share,
        ways: inside.ways().iter().copied().filter(is_up).collect(),
        usable: inside.ways(),
        currency: app.known().house.currency,
        next_ask: AskId(app.store.fresh_id()),
        note,
        go: added.go.is_some(),
        wallet: app.demo_wallet.as_deref(),
        receipt: sight.standing.attempt().filter(|_| is_cut_off(&app)).and_then(|attempt| app.receipt_url(attempt)),
        share_code: &|share| app.pay_code(Payable { session: payable.session, share: Some(share) }),
    };
    let mut response = draw(&frame, &sight);
    if let Some(attempt) = sight.standing.attempt() {
        response.headers_mut().append(header::SET_COOKIE, note_of_attempt(&app, attempt));
    }
    response
}

fn is_cut_off(app: &App) -> bool {
    app.hub.cloud().is_some_and(|cloud| !cloud.connected)
}

/// Tells the cloud, when the browser comes back from its wallet and the restaurant is cut off, whose receipt to show. It goes wherever
/// this page lies, and nowhere else.
fn note_of_attempt(app: &App, attempt: AttemptId) -> HeaderValue {
    let secure = secure_of(app);
    let text = format!("receipt={attempt}; Max-Age={RECEIPT_KNOWN_S}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("receipt="))
}

/// Which page it should be now; the script asks, and loads the page anew when it is another one.
async fn state(State(app): State<Arc<App>>, Path(code): Path<String>) -> Response {
    let key = look(&app, &code).map_or_else(|| "gone".to_owned(), |(_, sight)| sight.key());
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "key": key }))).into_response()
}

async fn pay(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    form: Result<Form<PayForm>, FormRejection>,
) -> Response {
    // The page itself says that it is gone.
    let Some((payable, sight)) = look(&app, &code) else { return back_to(&code, None) };
    let Ok(Form(PayForm { way, ask, amount })) = form else { return back_to(&code, Some(Note::Failed)) };
    let Standing::Due { order, .. } = sight.standing else { return back_to(&code, None) };
    let secretly = match (way, payer_of(&headers)) {
        (Way::WechatJsapi, Some(payer)) => Secretly::Payer(payer),
        (Way::WechatJsapi, None) => return back_to(&code, None),
        (Way::WechatH5 | Way::AlipayWap, _) => Secretly::Browser { ip, return_url: format!("{}/p/{code}", app.public_url) },
        (_, _) => return back_to(&code, Some(Note::Failed)),
    };
    // The page that offered it gave it its id: sent twice, it is one payment.
    let about = [b"pay page".as_slice(), &ask.0.to_be_bytes(), code.as_bytes(), &amount.to_be_bytes(), &[way as u8]];
    let wish = AskPayment {
        ask,
        session: payable.session,
        way,
        amount: Money(amount),
        order,
        share: payable.share,
        tip: Money::ZERO,
        partial: false,
    };
    match start(&app, Store::own_request(&about), wish, secretly, None).await {
        Ok(_) => Redirect::to(&format!("../{}?go=1", in_path(&code))).into_response(),
        Err(problem) => back_to(&code, note_of(&problem)),
    }
}

fn note_of(problem: &Problem) -> Option<Note> {
    match problem.code.as_str() {
        "amount_differs" => Some(Note::Amount),
        "channel_resting" | "channel_off" => Some(Note::Resting),
        // The page itself says what is under way, or that all is paid.
        "payment_open" | "already_settled" | "payment_settled" => None,
        _ => Some(Note::Failed),
    }
}

/// Gives a payment up, so that another way can be chosen. It ends once the channel has proved it.
async fn cancel(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    form: Result<Form<CancelForm>, FormRejection>,
) -> Response {
    let Some((payable, _)) = look(&app, &code) else { return back_to(&code, None) };
    let Ok(Form(CancelForm { ask })) = form else { return back_to(&code, Some(Note::Failed)) };
    let ours = read(&app, payable.session, ask).is_ok_and(|view| is_under_way(view.state));
    if ours && let Err(refused) = app.desk.cancel(ask).await {
        tracing::debug!(%ask, ?refused, "a payment of the pay page could not be given up");
    }
    back_to(&code, None)
}

fn look(app: &App, code: &str) -> Option<(Payable, Sight)> {
    let payable = app.payable_of_code(code)?;
    Some((payable, Sight::of(app, payable)?))
}

/// Back from where a form was sent to, one step below the page.
fn back_to(code: &str, note: Option<Note>) -> Response {
    let note = note.map(|note| format!("?note={}", note.name())).unwrap_or_default();
    Redirect::to(&format!("../{}{note}", in_path(code))).into_response()
}

/// A code that was believed holds nothing but hexadecimal and dots.
fn in_path(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_hexdigit() || *c == '.').collect()
}

/// Where the house is reached by https, what a browser keeps goes by https alone.
fn secure_of(app: &App) -> &'static str {
    if app.public_url.starts_with("https://") { "; Secure" } else { "" }
}

enum SignedIn {
    /// To WeChat, or back from there.
    Go(Response),
    Failed,
}

/// Learns who pays inside WeChat, without asking them: off to WeChat, and back with a one-time code.
async fn sign_in(app: &App, code: &str, added: &Added) -> SignedIn {
    let Some(login) = &app.wechat_login else { return SignedIn::Failed };
    let mark = app.signer.mark(&format!("pay page {code}"), 8);
    let came_back = added.code.as_deref().filter(|code| is_code(code) && added.state.as_deref() == Some(mark.as_str()));
    let Some(one_time) = came_back else {
        // Back already, and still nobody: cookies are off, or WeChat refused.
        if added.back.is_some() || added.note.is_some() {
            return SignedIn::Failed;
        }
        let url = login.oauth_url(&format!("{}/p/{code}", app.public_url), &mark);
        return SignedIn::Go(Redirect::to(&url).into_response());
    };
    let Outcome::Succeeded(known) = login.oauth_openid(one_time).await else { return SignedIn::Failed };
    let secure = secure_of(app);
    // Without a path it is for where this page lies.
    let cookie = format!("payer={}; Max-Age={PAYER_KNOWN_S}; HttpOnly; SameSite=Lax{secure}", in_query(&known.openid));
    let mut response = Redirect::to(&format!("{}?back=1", in_path(code))).into_response();
    match HeaderValue::from_str(&cookie) {
        Ok(cookie) => {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            SignedIn::Go(response)
        }
        Err(_) => SignedIn::Failed,
    }
}

fn payer_of(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let payer = cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix("payer="))?;
    from_query(payer).filter(|payer| is_code(payer))
}

fn from_query(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => hex::decode([bytes.next()?, bytes.next()?]).ok()?.first().copied()?,
            plain => plain,
        };
        out.push(byte);
    }
    String::from_utf8(out).ok()
}

/// What every answer with a page carries. The origin is told onwards: WeChat Pay's page wants to know which shop sends the payer.
const HEADERS: [(header::HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "strict-origin"),
];

fn page(status: StatusCode, html: String) -> Response {
    (status, HEADERS, axum::response::Html(html)).into_response()
}
