//! Reading a request: strict JSON, path and query with problem bodies, and the command id that makes a retry harmless.

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::Bytes;
use engine::{Request as CommandRequest, Sender};
use ring::digest;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The largest body any endpoint reads, except a menu's.
pub const LARGEST_BODY: usize = 256 * 1024;

/// A JSON body without a command id: for questions that change nothing.
#[derive(Debug)]
pub struct Ask<T>(pub T);

/// A JSON body with its command id and fingerprint: for everything that changes something.
#[derive(Debug)]
pub struct Command<T> {
    /// The id and the fingerprint of who asked what.
    pub request: CommandRequest,
    /// What was asked.
    pub body: T,
}

/// Path parameters with a problem body when they can't be read.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// Query parameters with a problem body when they can't be read.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Ask<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Ask<T>, Problem> {
        Ok(Ask(parse(&read(request, app).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Command<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Command<T>, Problem> {
        let id = command_id(&request)?;
        let by = sender(&request, app);
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(request.method().as_str().as_bytes());
        digest.update(request.uri().path().as_bytes());
        digest.update(b"\0");
        digest.update(who(&request, app).as_bytes());
        digest.update(b"\0");
        let bytes = read(request, app).await?;
        digest.update(&bytes);
        // Fingerprints are kept beside the journal: a PIN must not be guessed from one.
        if bytes.windows(5).any(|window| window == b"\"pin\"") {
            digest.update(&app.pepper);
        }
        let body = parse(&bytes)?;
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest.finish().as_ref());
        Ok(Command { request: CommandRequest { id, fingerprint, by }, body })
    }
}

/// Who asks, and from which device, as the journal will say.
fn sender(request: &Request, app: &Arc<App>) -> Option<Sender> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    match app.caller(header.strip_prefix("Bearer ")?)? {
        Caller::Staff(staff) => Some(Sender::Staff { staff: staff.id, device: staff.device }),
        Caller::Guest(guest) => Some(Sender::Guest { guest: guest.guest }),
    }
}

/// Who asks, in a form that stays the same when a token is renewed.
fn who(request: &Request, app: &Arc<App>) -> String {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    app.caller(token).map_or_else(|| token.to_owned(), |caller| caller.label())
}

fn command_id(request: &Request) -> Result<u128, Problem> {
    let missing =
        || Problem::new("key_missing", "send an Idempotency-Key of 32 lower-case hexadecimal characters and keep it for retries");
    let text = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    text.parse::<domain::OrderId>().map(|id| id.0).map_err(|_| missing())
}

async fn read(request: Request, app: &Arc<App>) -> Result<Bytes, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::new("wrong_type", "send Content-Type: application/json"));
    }
    Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status().as_u16() {
        413 => Problem::new("too_large", format!("at most {LARGEST_BODY} bytes are read")),
        _ => Problem::new("malformed", rejection.body_text()),
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would also read a list of an object's values in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::new("malformed", "the body is a JSON object"));
    }
    serde_json::from_slice(bytes).map_err(|error| Problem::new("malformed", error.to_string()))
}

/// Fails with the first rule that doesn't hold, so that the document's bounds are the server's.
///
/// # Errors
/// `malformed`, with the rule.
pub fn check_rules(rules: &[(bool, &str)]) -> Result<(), Problem> {
    match rules.iter().find(|(holds, _)| !holds) {
        None => Ok(()),
        Some((_, rule)) => Err(Problem::new("malformed", *rule)),
    }
}

/// Whether a text has so many characters.
pub fn has_chars(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count())
}

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Path<T>, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, app)
            .await
            .map(|path| Path(path.0))
            .map_err(|rejection: PathRejection| Problem::new("malformed", rejection.body_text()))
    }
}

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Query<T>, Problem> {
        axum::extract::Query::<T>::from_request_parts(parts, app)
            .await
            .map(|query| Query(query.0))
            .map_err(|rejection: QueryRejection| Problem::new("malformed", rejection.body_text()))
    }
}

/// An empty object: the body of a command that needs no more than its address.
#[derive(Clone, Copy, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
