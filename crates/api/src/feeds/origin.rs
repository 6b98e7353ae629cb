//! Which pages may open a WebSocket. The token comes in the first message and no cookie speaks for anybody, so a stranger's page
//! gains nothing by connecting; it is turned away all the same.

use axum::http::{HeaderMap, header};

/// Where mini-programs say they come from.
const MINI_PROGRAMS: [&str; 2] = ["servicewechat.com", "hybrid.alipay-eco.com"];

/// Whether a request comes from a page of this house, from a mini-program, or from no page at all.
pub(super) fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some((scheme, authority)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else { return false };
    if !matches!(scheme, "http" | "https") {
        return false;
    }
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let outside = public_url.split_once("://").map(|(_, authority)| authority);
    // Two programs of one machine: a developer's tools beside the server.
    let beside = is_this_machine(authority) && asked.is_some_and(is_this_machine);
    let mini_program = |name: &&str| {
        scheme == "https" && (authority == *name || authority.strip_suffix(*name).is_some_and(|below| below.ends_with('.')))
    };
    beside || asked == Some(authority) || outside == Some(authority) || MINI_PROGRAMS.iter().any(mini_program)
}

fn is_this_machine(authority: &str) -> bool {
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_houses_own_pages_and_mini_programs_connect() {
        let from = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("192.168.1.2:8080"));
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            is_ours(&headers, "https://eat.example.cn")
        };
        for ours in [
            "http://192.168.1.2:8080",
            "https://eat.example.cn",
            "https://servicewechat.com",
            "https://2021.hybrid.alipay-eco.com",
        ] {
            assert!(from(ours), "{ours}");
        }
        for stranger in [
            "null",
            "",
            "https://evil.cn",
            "http://192.168.1.2",
            "http://127.0.0.1:8080",
            "https://eat.example.cn.evil.cn",
            "https://eat.example.cn:444",
            "http://servicewechat.com",
            "https://notservicewechat.com",
            "file://eat.example.cn",
        ] {
            assert!(!from(stranger), "{stranger}");
        }
        assert!(is_ours(&HeaderMap::new(), "https://eat.example.cn"));
    }
}
