//! What every answer tells the browser that reads it. A page with stricter words of its own keeps them.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Pages run their own scripts and talk to this server; nothing else.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// Devices a page may use: the camera scans codes, and nothing here needs the others.
const DEVICES: &str = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), midi=()";
/// Two years: browsers then ask for this house by https only, whatever a link says. Names below it may be somebody else's.
const HTTPS_ONLY: &str = "max-age=63072000";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // WeChat Pay's page for browsers wants to know which shop sends the payer; the path stays here.
    (header::REFERRER_POLICY, "strict-origin"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (HeaderName::from_static("permissions-policy"), DEVICES),
    // What may be kept says so itself: built files, pictures, the menu.
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds what an answer doesn't say itself; where the house is reached by https, that browsers stay with it.
pub async fn add(State(https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static(HTTPS_ONLY));
    }
    response
}
