//! Who the payer is: Alipay's own browser, or `my.getAuthCode`, gets a code; the code becomes the payer's `open_id`.

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, Request, refuse};
use crate::{
    crypto::{random_text, sha256},
    identity::ALIPAY_APP_ID,
    sim::is_on_this_machine,
};

pub(super) const METHOD: &str = "alipay.system.oauth.token";
pub(super) const AUTHORIZE: &str = "/oauth2/publicAppAuthorize.htm";

#[derive(Debug, Deserialize)]
pub(super) struct AuthorizeQuery {
    app_id: String,
    scope: String,
    redirect_uri: String,
    #[serde(default)]
    state: String,
}

/// Sends Alipay's browser back with a code, without asking anybody (`auth_base`).
pub(super) async fn authorize(Query(asked): Query<AuthorizeQuery>) -> Response {
    if asked.app_id != ALIPAY_APP_ID || asked.scope != "auth_base" || !is_on_this_machine(&asked.redirect_uri) {
        return (StatusCode::OK, "redirect_uri 参数错误").into_response();
    }
    let Ok(code) = random_text(32) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let joint = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("app_id", ALIPAY_APP_ID).append_pair("scope", "auth_base");
    query.append_pair("state", &asked.state).append_pair("auth_code", &code);
    Redirect::to(&format!("{}{joint}{}", asked.redirect_uri, query.finish())).into_response()
}

/// `alipay.system.oauth.token`: `SIM-<open_id>` is that payer, any other code one made from it; a code works once. The
/// node of a success has no `code`.
pub(super) fn token(request: &Request) -> Result<Value, Refusal> {
    if request.param("grant_type").as_deref() != Some("authorization_code") {
        return refuse("40002", "isv.grant-type-invalid", "无效的授权类型");
    }
    let code = request.param("code").unwrap_or_default();
    if code.is_empty() || !request.sim.used_codes.lock().insert(format!("alipay/{code}")) {
        return refuse("40002", "isv.code-invalid", "授权码code无效");
    }
    let hash = sha256(code.as_bytes());
    let open_id = match code.strip_prefix("SIM-") {
        Some(open_id) if !open_id.is_empty() => open_id.to_owned(),
        _ => format!("sim_{}", &hash[..24]),
    };
    Ok(json!({
        "open_id": open_id,
        "access_token": format!("authbsesim{}", &hash[24..48]),
        "refresh_token": format!("authbsesim{}", &hash[40..64]),
        "expires_in": 1_296_000,
        "re_expires_in": 2_592_000,
        "auth_start": super::text::time(request.sim.now_ms()),
    }))
}
