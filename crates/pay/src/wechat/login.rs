//! Sign-in: the code from `wx.login`, or from WeChat's own browser (OAuth 网页授权), becomes the openid that may pay.

use std::{fmt, sync::Arc};

use reqwest::Url;
use serde::Deserialize;

use super::WechatConfig;
use crate::{
    config::{ConfigError, base_url, same_world},
    http::{self, LARGEST_ANSWER, QUERY_BUDGET},
    keys::Secret,
    port::Outcome,
    text::for_log,
    transport::{HttpTransport, Transport, WireMethod, WireRequest},
};

/// Who signed in. The session key stays at WeChat: nothing here needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The person, for this application.
    pub openid: String,
    /// The person, over all applications of one owner.
    pub unionid: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// Where WeChat's browser is sent to be told who it is.
const PRODUCTION_AUTHORIZE: &str = "https://open.weixin.qq.com";

/// The sign-in client.
#[derive(Debug)]
pub struct WechatLogin {
    transport: Arc<dyn Transport>,
    base: Url,
    /// Where a browser is sent; the simulator is one host for everything.
    authorize: Url,
    app_id: String,
    app_secret: Secret,
}

#[derive(Deserialize)]
struct Answer {
    openid: Option<String>,
    unionid: Option<String>,
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl WechatLogin {
    /// Sets the client up.
    ///
    /// # Errors
    /// Without an `app_secret`, and under the same guards as payment.
    pub fn new(config: &WechatConfig, simulator: bool) -> Result<Self, ConfigError> {
        Self::over(config, simulator, HttpTransport::shared(!simulator)?)
    }

    /// As [`WechatLogin::new`], over a transport of the caller's.
    pub fn over(config: &WechatConfig, simulator: bool, transport: Arc<dyn Transport>) -> Result<Self, ConfigError> {
        same_world("wechat.app_id", &config.app_id, simulator)?;
        let app_secret = config.app_secret.as_ref().ok_or(ConfigError::Malformed { what: "wechat.app_secret" })?.load()?;
        let authorize = if simulator { &config.api_base } else { PRODUCTION_AUTHORIZE };
        Ok(Self {
            transport,
            base: base_url("wechat.api_base", &config.api_base, simulator)?,
            authorize: base_url("wechat.authorize", authorize, simulator)?,
            app_id: config.app_id.clone(),
            app_secret,
        })
    }

    /// Exchanges a `wx.login` code, which works once and for five minutes.
    pub async fn login(&self, js_code: &str) -> Outcome<Login> {
        self.exchange("/sns/jscode2session", "js_code", js_code).await
    }

    /// Exchanges the code with which WeChat's browser came back, which works once and for five minutes.
    pub async fn oauth_openid(&self, code: &str) -> Outcome<Login> {
        self.exchange("/sns/oauth2/access_token", "code", code).await
    }

    /// Where WeChat's browser is sent to come back to `redirect` with a code; nobody is asked (`snsapi_base`).
    ///
    /// # Source
    /// developers.weixin.qq.com, 网页授权: the order of the parameters counts.
    pub fn oauth_url(&self, redirect: &str, state: &str) -> String {
        let mut url = self.authorize.clone();
        url.set_path("/connect/oauth2/authorize");
        url.query_pairs_mut()
            .append_pair("appid", &self.app_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("response_type", "code")
            .append_pair("scope", "snsapi_base")
            .append_pair("state", state);
        url.set_fragment(Some("wechat_redirect"));
        url.into()
    }

    async fn exchange(&self, path: &str, parameter: &str, code: &str) -> Outcome<Login> {
        if code.is_empty() || code.len() > 128 {
            return Outcome::failed("INVALID_CODE", "code is empty or too long");
        }
        let mut url = self.base.clone();
        url.set_path(path);
        url.query_pairs_mut()
            .append_pair("appid", &self.app_id)
            .append_pair("secret", self.app_secret.reveal())
            .append_pair(parameter, code)
            .append_pair("grant_type", "authorization_code");
        let request = WireRequest {
            method: WireMethod::Get,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            largest_answer: LARGEST_ANSWER,
        };
        let answer = match http::send(&*self.transport, request, QUERY_BUDGET).await {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) => return Outcome::unknown(format!("HTTP {}", answer.status)),
            Err(silence) => return Outcome::unknown(silence.why),
        };
        match serde_json::from_slice::<Answer>(&answer.body) {
            Ok(Answer { openid: Some(openid), unionid, errcode: 0, .. }) if !openid.is_empty() => {
                Outcome::Succeeded(Login { openid, unionid })
            }
            // -1 is "busy".
            Ok(Answer { errcode: -1 | 0, .. }) | Err(_) => Outcome::unknown("no usable answer"),
            Ok(Answer { errcode, errmsg, .. }) => Outcome::failed(&errcode.to_string(), for_log(&errmsg)),
        }
    }
}
