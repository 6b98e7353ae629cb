//! Where payment channels report. The answer says "received" only once the report is durable.

use crate::app::App;
use crate::body::Path;
use crate::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pay::{ChannelName, NoticeReply};
use std::sync::Arc;

/// The largest report that is read.
pub const LARGEST_NOTICE: usize = 64 * 1024;

/// When a report came to the cloud, UTC milliseconds, which kept it while the restaurant was cut off. Only the cloud's own call says so.
#[derive(Clone, Copy, Debug)]
pub struct KeptSince(pub i64);

/// Takes a channel's report.
pub async fn take(
    State(app): State<Arc<App>>,
    kept: Option<Extension<KeptSince>>,
    Path((channel, store)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let name = match channel.as_str() {
        "wechat" => ChannelName::Wechat,
        "alipay" => ChannelName::Alipay,
        _ => return Problem::new("not_found", "no such channel").into_response(),
    };
    if store != app.store.id().to_string() {
        return Problem::new("store_unknown", "no such restaurant here").into_response();
    }
    let headers: Vec<(String, String)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect();
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Problem::new("too_large", format!("at most {LARGEST_NOTICE} bytes are read")).into_response();
        }
        Err(rejection) => return Problem::new("malformed", rejection.body_text()).into_response(),
    };
    let now_ms = app.store.now().at.0;
    let came_ms = kept.map_or(now_ms, |Extension(KeptSince(at_ms))| at_ms.min(now_ms));
    match app.desk.take_notice_of(name, &headers, &body, came_ms).await {
        None => Problem::new("channel_off", "this channel is not in service").into_response(),
        Some(Ok(reply)) => {
            metrics::counter!("dandan_notices_total", "channel" => name.as_str(), "result" => "taken").increment(1);
            answer(reply)
        }
        Some(Err((refused, reply))) => {
            metrics::counter!("dandan_notices_total", "channel" => name.as_str(), "result" => "refused").increment(1);
            tracing::info!(channel = name.as_str(), %refused, "a notice was not believed");
            answer(reply)
        }
    }
}

fn answer(reply: NoticeReply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, reply.body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    response
}
