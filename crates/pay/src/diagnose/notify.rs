//! The address where channels report: of the form they accept, open to them, and ours.

use std::net::IpAddr;

use reqwest::Url;

use super::{Finding, Flaw, Part, Step, What};
use crate::{
    config::is_loopback,
    http::{self, CLOSE_BUDGET, LARGEST_ANSWER},
    text::for_log,
    transport::{Answer, HttpTransport, WireMethod, WireRequest},
};

/// Checks one address, and that a report without signature is turned away there by us.
pub async fn notify(address: &str, simulator: bool) -> Vec<Finding> {
    let found = |step, what, detail: String| Finding::new(Part::Notices, step, what, detail);
    let url = match form(address, simulator) {
        Ok(url) => url,
        Err((what, detail)) => {
            return vec![found(Step::NotifyAddress, what, detail), found(Step::NotifyAnswer, What::MendFirst, String::new())];
        }
    };
    let right = found(Step::NotifyAddress, What::NotifyAddressRight, address.to_owned());
    let (what, detail) = if url.path().contains("/channels/") {
        post(&url, simulator).await
    } else {
        (What::NotifyPathUnknown, address.to_owned())
    };
    vec![right, found(Step::NotifyAnswer, what, detail)]
}

fn form(address: &str, simulator: bool) -> Result<Url, Flaw> {
    let wrong = |what| (what, address.to_owned());
    let url: Url = address.parse().map_err(|_| wrong(What::NotifyNotHttps))?;
    let host = url.host_str().unwrap_or_default();
    if url.query().is_some() || url.fragment().is_some() || address.len() > 255 {
        return Err(wrong(What::NotifyHasQuery));
    }
    // The simulator reports on this machine and over plain http.
    if simulator && is_loopback(host) && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err(wrong(What::NotifyNotHttps));
    }
    if !is_public_name(host) {
        return Err(wrong(What::NotifyNotPublic));
    }
    if url.port_or_known_default() != Some(443) {
        return Err(wrong(What::NotifyPort));
    }
    Ok(url)
}

/// A domain name that can be known outside; channels do not report to bare IP addresses.
fn is_public_name(host: &str) -> bool {
    const PRIVATE: [&str; 6] = [".local", ".lan", ".internal", ".home", ".test", ".localhost"];
    let bare = host.trim_matches(['[', ']']);
    bare.parse::<IpAddr>().is_err() && bare.contains('.') && !PRIVATE.iter().any(|end| bare.ends_with(end))
}

async fn post(url: &Url, simulator: bool) -> Flaw {
    let transport = match HttpTransport::new(!simulator) {
        Ok(transport) => transport,
        Err(error) => return (What::NotifyUnreachable, error.to_string()),
    };
    let request = WireRequest {
        method: WireMethod::Post,
        url: url.to_string(),
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: b"{}".to_vec(),
        largest_answer: LARGEST_ANSWER,
    };
    match http::send(&transport, request, CLOSE_BUDGET).await {
        Ok(answer) => judge(&answer),
        Err(silence) => (What::NotifyUnreachable, for_log(&silence.why)),
    }
}

/// Ours is the refusal that the channel would get.
fn judge(answer: &Answer) -> Flaw {
    let body = String::from_utf8_lossy(&answer.body);
    let ours = body == "fail" || body.contains("\"FAIL\"");
    let what = match answer.status {
        200..=299 => What::NotifyTakesAnything,
        300..=399 => What::NotifyRedirects,
        400..=499 if ours => What::NotifyAnswered,
        400..=499 if body.contains("store_unknown") => What::NotifyOtherStore,
        400..=499 if body.contains("channel_off") => What::NotifyChannelOff,
        _ => What::NotifyNotOurs,
    };
    (what, format!("HTTP {}", answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(address: &str, simulator: bool) -> Option<What> {
        form(address, simulator).err().map(|(what, _)| what)
    }

    #[test]
    fn an_address_is_one_that_channels_accept() {
        assert_eq!(what("https://pay.example.cn/channels/wechat/00", false), None);
        assert_eq!(what("http://pay.example.cn/channels/wechat/00", false), Some(What::NotifyNotHttps));
        assert_eq!(what("https://pay.example.cn/channels/wechat/00?a=1", false), Some(What::NotifyHasQuery));
        assert_eq!(what("https://192.168.1.4/channels/wechat/00", false), Some(What::NotifyNotPublic));
        assert_eq!(what("https://till.local/channels/wechat/00", false), Some(What::NotifyNotPublic));
        assert_eq!(what("https://localhost/channels/wechat/00", false), Some(What::NotifyNotPublic));
        assert_eq!(what("https://pay.example.cn:8443/channels/wechat/00", false), Some(What::NotifyPort));
        assert_eq!(what("http://127.0.0.1:8080/channels/wechat/00", true), None);
    }

    #[test]
    fn only_our_own_refusal_is_ours() {
        let what = |status, body: &str| judge(&Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }).0;
        assert_eq!(what(401, r#"{"code":"FAIL","message":"失败"}"#), What::NotifyAnswered);
        assert_eq!(what(400, "fail"), What::NotifyAnswered);
        assert_eq!(what(200, "success"), What::NotifyTakesAnything);
        assert_eq!(what(404, r#"{"code":"store_unknown"}"#), What::NotifyOtherStore);
        assert_eq!(what(404, "<html>"), What::NotifyNotOurs);
        assert_eq!(what(301, ""), What::NotifyRedirects);
        assert_eq!(what(502, ""), What::NotifyNotOurs);
    }
}
