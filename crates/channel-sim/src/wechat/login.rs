//! Sign-in of a mini-program and of WeChat's own browser; both answer 200 whatever happened.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    crypto::{random_text, sha256},
    faults::{Hits, Op, Which},
    identity::APP_ID,
    line::Line,
    sim::{Call, Sim, Trouble, is_on_this_machine},
};

#[derive(Debug, Deserialize)]
pub(super) struct LoginQuery {
    appid: String,
    secret: String,
    /// `code` where a browser came back with it.
    #[serde(alias = "code")]
    js_code: String,
    grant_type: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct AuthorizeQuery {
    appid: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    #[serde(default)]
    state: String,
}

/// Sends WeChat's browser back with a code, without asking anybody (`snsapi_base`).
pub(super) async fn authorize(Query(asked): Query<AuthorizeQuery>) -> Response {
    let known = asked.appid == APP_ID && asked.response_type == "code" && asked.scope == "snsapi_base";
    if !known || !is_on_this_machine(&asked.redirect_uri) {
        return (StatusCode::OK, "redirect_uri 参数错误 10003").into_response();
    }
    let Ok(code) = random_text(32) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let joint = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("code", &code).append_pair("state", &asked.state);
    Redirect::to(&format!("{}{joint}{}", asked.redirect_uri, query.finish())).into_response()
}

/// `SIM-<openid>` signs in as that openid, any other code as one made from it; a code works once.
pub(super) async fn jscode2session(State(sim): State<Arc<Sim>>, line: Line, Query(login): Query<LoginQuery>) -> Response {
    let work = |_: &Hits| {
        let failed = |code: i64, words: &str| json!({ "errcode": code, "errmsg": words });
        let answer = if login.appid != APP_ID {
            failed(40013, "invalid appid")
        } else if login.secret != sim.identity.app_secret {
            failed(40125, "invalid appsecret")
        } else if login.grant_type != "authorization_code" {
            failed(40002, "invalid grant_type")
        } else if login.js_code.is_empty() || !sim.used_codes.lock().insert(login.js_code.clone()) {
            failed(40029, "invalid code")
        } else {
            let hash = sha256(login.js_code.as_bytes());
            let openid = match login.js_code.strip_prefix("SIM-") {
                Some(openid) if !openid.is_empty() => openid.to_owned(),
                _ => format!("oSIM{}", &hash[..24]),
            };
            json!({ "openid": openid, "session_key": &hash[24..48] })
        };
        // The real host says text/plain.
        ([("Content-Type", "text/plain")], answer.to_string()).into_response()
    };
    sim.under_faults(Call { channel: Which::Wechat, op: Op::Login, line: &line }, trouble, work).await
}

fn trouble(trouble: Trouble) -> Response {
    match trouble {
        Trouble::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "system error").into_response(),
        Trouble::RateLimited => {
            let answer = json!({ "errcode": 45011, "errmsg": "api minute-quota reach limit, must slower retry" });
            ([("Content-Type", "text/plain")], answer.to_string()).into_response()
        }
    }
}
