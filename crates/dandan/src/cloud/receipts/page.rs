//! The page that shows a receipt. It needs no script: while there is nothing to show it loads itself anew.

use super::super::boxes::Kind;
use super::super::node::Node;
use super::super::{front, shop};
use super::Kept;
use api::Problem;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, Method, Request, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::{AttemptId, Currency, Money, StoreId, Timestamp};
use jiff::tz::TimeZone;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use receipt::Receipt;
use serde::Serialize;
use std::sync::Arc;

/// The code's least side. Units: pixels of the page.
const SIDE: u32 = 300;
/// Nothing of it runs, and nothing is loaded from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What a mini-program is told.
#[derive(Debug, Serialize)]
struct Told {
    /// `none` or `paid`.
    state: &'static str,
    /// What the code on the screen says.
    text: Option<String>,
    /// Minor units.
    amount: Option<Money>,
    /// By the channel's clock, UTC milliseconds.
    paid_at: Option<Timestamp>,
}

/// Shows the receipt of a payment, or that none has come yet. Whoever knows the payment's number may look: nobody can guess it.
pub async fn show(
    State(node): State<Arc<Node>>,
    Path((store, attempt)): Path<(String, String)>,
    mut request: Request<Body>,
) -> Response {
    front::look_who_asks(&mut request, node.setup.trusted_proxy);
    if let Some(wait) = node.receipts.has_to_wait(front::stranger(&request)) {
        return Problem::new("too_many_attempts", "too many requests from this address").retry_after(wait).into_response();
    }
    let (Ok(store), Ok(attempt)) = (store.parse::<StoreId>(), attempt.parse::<AttemptId>()) else {
        return Problem::new("not_found", "no receipt has this address").into_response();
    };
    let known = async {
        let kind = node.setup.book.kind_of(store).await?;
        Ok::<_, anyhow::Error>((kind, node.setup.book.receipt(store, attempt).await?))
    };
    let (kind, kept) = match known.await {
        Ok((Kind::Unknown, _)) => return Problem::new("store_unknown", "no such restaurant here").into_response(),
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "the database can't be asked");
            return Problem::new("unavailable", "the database can't be asked; try again").retry_after(2).into_response();
        }
    };
    // A receipt that this cloud's key doesn't open is none: keys were changed since.
    let paid = kept.and_then(|kept| Some((Receipt::read(&kept.text, &node.key.public()).ok()?, kept)));
    if wants_json(&request) {
        return finished(Json(told(paid)).into_response());
    }
    let page = match &paid {
        Some((receipt, kept)) => draw(receipt, kept),
        None => Ok(waiting(&node, store, &kind).await),
    };
    match page {
        Ok(page) => finished(Html(page).into_response()),
        Err(error) => Problem::new("bug", error.to_string()).into_response(),
    }
}

/// To the receipt's page, where a browser comes back from its wallet to a paying page that nobody can draw now.
pub fn lead(store: StoreId, request: &Request<Body>) -> Option<Response> {
    if request.method() != Method::GET || !front::rest_of(request.uri()).path().starts_with("/p/") {
        return None;
    }
    let cookies = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let said = cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix("receipt="))?;
    let attempt: AttemptId = said.parse().ok()?;
    // What the page's own script asks is answered as any other question.
    let is_page = accepts(request).contains("text/html");
    is_page.then(|| Redirect::to(&format!("/s/{store}/receipt/{attempt}")).into_response())
}

fn accepts(request: &Request<Body>) -> &str {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn wants_json(request: &Request<Body>) -> bool {
    let accepts = accepts(request);
    accepts.contains("application/json") && !accepts.contains("text/html")
}

fn finished(mut response: Response) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn told(paid: Option<(Receipt, Kept)>) -> Told {
    match paid {
        None => Told { state: "none", text: None, amount: None, paid_at: None },
        Some((receipt, kept)) => {
            Told { state: "paid", text: Some(kept.text), amount: Some(receipt.amount), paid_at: Some(receipt.paid_at) }
        }
    }
}

fn draw(receipt: &Receipt, kept: &Kept) -> anyhow::Result<String> {
    let zone = TimeZone::get(&kept.time_zone).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(receipt.paid_at.0)?.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    Ok(include_str!("paid.html")
        .replace("{{amount}}", &money(receipt.currency, receipt.amount))
        .replace("{{at}}", &at)
        .replace("{{code}}", &code(&kept.text)?)
        .replace("{{txn}}", &shop::escaped(&receipt.channel_txn))
        .replace("{{zh}}", &shop::escaped(&kept.shop.zh))
        .replace("{{en}}", &shop::escaped(&kept.shop.en)))
}

/// The receipt as a picture that any scanner reads.
fn code(text: &str) -> anyhow::Result<String> {
    let drawn = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let svg = drawn.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).quiet_zone(true).build();
    Ok(svg.find("<svg").map_or_else(String::new, |at| svg[at..].to_owned()))
}

async fn waiting(node: &Arc<Node>, store: StoreId, kind: &Kind) -> String {
    let is_there = match kind {
        Kind::Box(_) => shop::is_reachable(node, store).await,
        Kind::Cloud(_) | Kind::Unknown => true,
    };
    let wifi = match kind {
        Kind::Box(shop) => shop.wifi.as_str(),
        Kind::Cloud(_) | Kind::Unknown => "",
    };
    include_str!("waiting.html")
        .replace("{{back}}", if is_there { "back" } else { "away" })
        .replace("{{wifi}}", &shop::escaped(wifi))
}

fn money(currency: Currency, amount: Money) -> String {
    let sign = match currency {
        Currency::Cny => "¥",
        Currency::Usd => "$",
    };
    format!("{sign}{}.{:02}", amount.0 / 100, amount.0.rem_euclid(100))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use domain::Text;
    use domain::payment::ChannelTag;
    use seal::NodeKey;

    fn kept(shop: &str) -> (Receipt, Kept) {
        let receipt = Receipt {
            store: StoreId(1),
            attempt: AttemptId(2),
            amount: Money(123_405),
            currency: Currency::Cny,
            channel: ChannelTag::Wechat,
            channel_txn: "4200000000202611230000000001".to_owned(),
            paid_at: Timestamp(1_795_000_000_000),
            signed_at: Timestamp(1_795_000_001_000),
        };
        let text = receipt.write(&NodeKey::of_seed([1; 32]).unwrap()).unwrap();
        (receipt, Kept { text, shop: Text::new(shop, shop), time_zone: "Asia/Shanghai".to_owned() })
    }

    #[test]
    fn the_page_says_what_was_paid_and_nothing_of_a_strangers_runs() {
        let (receipt, kept) = kept("<script>&");
        let page = draw(&receipt, &kept).unwrap();
        for part in ["¥1234.05", "2026-11-18 19:06", "<svg", "&lt;script&gt;&amp;", "出示给收银员"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains("{{"), "{page}");
    }

    #[test]
    fn the_code_is_no_larger_than_a_cheap_scanner_reads() {
        let (_, kept) = kept("x");
        let drawn = QrCode::with_error_correction_level(&kept.text, EcLevel::M).unwrap();
        assert!(matches!(drawn.version(), qrcode::Version::Normal(version) if version <= 10), "{:?}", drawn.version());
    }

    #[test]
    fn only_a_browser_on_its_way_back_to_a_paying_page_is_led_on() {
        let (store, attempt) = (StoreId(10), AttemptId(5));
        let led = |path: &str, cookie: &str, accept: &str| {
            let uri = format!("/s/{store}{path}");
            let request = Request::get(uri).header("cookie", cookie).header("accept", accept).body(Body::empty()).unwrap();
            lead(store, &request).map(|to| to.headers()["location"].to_str().unwrap().to_owned())
        };
        let known = format!("payer=x; receipt={attempt}");
        assert_eq!(led("/p/c.d", &known, "text/html,*/*"), Some(format!("/s/{store}/receipt/{attempt}")));
        for (path, cookie, accept) in [
            ("/p/c.d/state", known.as_str(), "*/*"),
            ("/t/c", &known, "text/html"),
            ("/p/c", "receipt=../x", "text/html"),
            ("/p/c", "", "text/html"),
        ] {
            assert_eq!(led(path, cookie, accept), None, "{path} {cookie}");
        }
    }
}
