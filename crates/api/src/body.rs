//! Reading a request: strict JSON, path and query with problem bodies, and the command id that makes a retry harmless.

use crate::app::App;
use crate::auth::{Caller, bearer};
use crate::problem::Problem;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use engine::{Request as CommandRequest, Sender};
use ring::digest;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The largest body any endpoint reads, except a menu's.
pub const LARGEST_BODY: usize = 256 * 1024;

/// The most that is said about a body that can't be read, in characters.
const LONGEST_DETAIL: usize = 300;

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
    match app.caller(bearer(request.headers())?)? {
        Caller::Staff(staff) => Some(Sender::Staff { staff: staff.id, device: staff.device }),
        Caller::Guest(guest) => Some(Sender::Guest { guest: guest.guest }),
    }
}

/// Who asks, in a form that stays the same when a token is renewed.
fn who(request: &Request, app: &Arc<App>) -> String {
    let token = bearer(request.headers()).unwrap_or_default();
    app.caller(token).map_or_else(|| token.to_owned(), |caller| caller.label())
}

fn command_id(request: &Request) -> Result<u128, Problem> {
    let missing =
        || Problem::new("key_missing", "send an Idempotency-Key of 32 lower-case hexadecimal characters and keep it for retries");
    // Two would leave open which one a retry is recognised by.
    let mut said = request.headers().get_all("idempotency-key").iter();
    let (Some(key), None) = (said.next(), said.next()) else { return Err(missing()) };
    let text = key.to_str().map_err(|_| missing())?;
    text.parse::<domain::OrderId>().map(|id| id.0).map_err(|_| missing())
}

async fn read(request: Request, app: &Arc<App>) -> Result<Bytes, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::new("wrong_type", "send Content-Type: application/json"));
    }
    whole(request, app).await
}

/// The body, if all of it came. One that was cut off on its way says nothing about what was asked: it is to be sent again.
async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status().as_u16() {
        413 => Problem::new("too_large", "more than is read at this address"),
        _ => Problem::new("cut_short", "the body did not come whole; send it again with the same Idempotency-Key"),
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would also read a list of an object's values in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::new("malformed", "the body is a JSON object"));
    }
    // What can't be read is quoted, and may be long.
    let told = |error: serde_json::Error| error.to_string().chars().take(LONGEST_DETAIL).collect::<String>();
    serde_json::from_slice(bytes).map_err(|error| Problem::new("malformed", told(error)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[tokio::test]
    async fn a_body_that_was_cut_off_is_to_be_sent_again_and_not_to_be_mended() {
        let cut = futures::stream::iter([Ok(Bytes::from_static(b"{\"order\":")), Err(std::io::Error::other("reset"))]);
        let problem = whole(Request::new(Body::from_stream(cut)), &()).await.expect_err("half a body is none");
        assert_eq!((problem.status, problem.code.as_str()), (408, "cut_short"));
        let sent = whole(Request::new(Body::from("{}")), &()).await;
        assert_eq!(sent.ok().as_deref(), Some(b"{}".as_slice()));
    }
}
