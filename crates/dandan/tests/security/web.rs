//! What a browser is told and who may call: headers on every address, no cookies, no foreign origins, nothing lying about.

use crate::endpoints::{endpoints, token_for};
use crate::world::{Plan, STORE, World, id, open, order, send, world};
use futures::{SinkExt, StreamExt};
use reqwest::{Method, Response};
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Pages and files, beside what the document lists.
const PAGES: [&str; 17] = [
    "/",
    "/staff",
    "/staff/",
    "/staff/index.html",
    "/staff/nothing",
    "/m",
    "/m/",
    "/m/nothing",
    "/t/x",
    "/t/%3Cscript%3E",
    "/p/x",
    "/p/x/state",
    "/p/pay.js",
    "/p/pay.css",
    "/images/none.jpg",
    "/openapi.json",
    "/metrics",
];
const SOCKETS: [&str; 5] =
    ["/sessions/{session}/feed/ws", "/kitchen/feed/ws", "/pickup/feed/ws", "/floor/feed/ws", "/expo/feed/ws"];

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn check_headers(at: &str, response: &Response) {
    assert_eq!(header(response, "x-content-type-options"), "nosniff", "{at}");
    assert_eq!(header(response, "referrer-policy"), "strict-origin", "{at}");
    let policy = header(response, "content-security-policy");
    for part in ["default-src", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{at}: {policy}");
    }
    assert!(!policy.contains("unsafe-eval") && !policy.contains('*') && !policy.contains("http:"), "{at}: {policy}");
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
    assert!(scripts.is_none_or(|scripts| scripts.trim() == "script-src 'self'"), "{at}: {policy}");
    assert!(header(response, "permissions-policy").contains("microphone=()"), "{at}");
    assert_eq!(header(response, "strict-transport-security"), "max-age=63072000", "{at}");
    let cached = header(response, "cache-control");
    let is_file = ["/m/", "/staff/", "/images/", "/p/pay."].iter().any(|below| at.contains(below));
    // The menu is the same for everybody; a browser asks each time whether it still is. A feed is never kept.
    let asks = at.ends_with("/menu") || at.contains("/feed") || is_file;
    let kept_right = cached == "no-store" || (asks && (cached == "no-cache" || (is_file && cached.contains("immutable"))));
    assert!(kept_right, "{at}: {cached}");
    for never in ["set-cookie", "access-control-allow-origin", "server", "x-powered-by", "access-control-allow-credentials"] {
        assert_eq!(header(response, never), "", "{at}");
    }
}

async fn ask(world: &World, method: Method, at: &str, token: &str) -> Response {
    let request = world.request(method, at, token).header("origin", "https://evil.cn").header("idempotency-key", id());
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_all_routes() {
    let args = vec!["--public-url".to_owned(), "https://eat.example.cn".to_owned()];
    let mut world = open(Plan { args, ..Plan::default() }).await;
    // Where a page sends the browser is looked at, not followed.
    world.http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (party, owner) = (world.join("a1").await, world.staff("owner").await);
    let pay = world.get(&format!("/sessions/{}/pay-code", party.session), &party.token).await.ok(200).to_string();
    let pay_page = pay.split("/p/").nth(1).unwrap().split('"').next().unwrap();
    let mut walked = 0;
    for endpoint in endpoints(&world, &party).await {
        for token in ["", &party.token, &owner] {
            let response = ask(&world, endpoint.method.clone(), &endpoint.path, token).await;
            check_headers(&endpoint.at, &response);
            walked += 1;
        }
    }
    assert!(walked > 300, "{walked}");
    let url = world.server.url.clone();
    for page in PAGES.into_iter().chain(["/nothing", &format!("/p/{pay_page}")]) {
        check_headers(page, &ask(&world, Method::GET, &format!("{url}{page}"), "").await);
    }
    for (method, page) in [(Method::POST, "/channels/wechat/x"), (Method::DELETE, "/api/v1/health"), (Method::GET, "/api/v1/x")] {
        check_headers(page, &ask(&world, method, &format!("{url}{page}"), "").await);
    }
    // Without https there is nothing to promise.
    let plain = crate::world::world().await;
    let answer = ask(&plain, Method::GET, &format!("{}/api/v1/health", plain.server.url), "").await;
    assert_eq!(header(&answer, "strict-transport-security"), "");
}

/// Every address of the routers is in the document, or among those walked above.
#[test]
fn no_address_is_forgotten() {
    let sources = [include_str!("../../../api/src/router.rs"), include_str!("../../../api/src/pay_page/mod.rs")];
    let known: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    let found = sources.iter().flat_map(|source| source.split(".route(").skip(1));
    let mut counted = 0;
    for route in found {
        let path = route.split('"').nth(1).unwrap();
        let stands_for = path
            .replace("/stores/{store}", "")
            .replace("{code}/pay", "x/state")
            .replace("{code}/cancel", "x/state")
            .replace("{code}", "x")
            .replace("{*path}", "nothing")
            .replace("{name}", "none.jpg");
        // A cloud's nodes serve head office's page; its headers are looked at in `it/office.rs`.
        if path.starts_with("/office") {
            continue;
        }
        let walked =
            known.contains(&stands_for) || SOCKETS.contains(&stands_for.as_str()) || path == "/channels/{channel}/{store}";
        assert!(walked, "{path} is walked by no test");
        counted += 1;
    }
    assert!(counted > 15, "{counted}");
}

/// Nothing changes on a GET, no form and no page of another origin can send what changes something, and no cookie speaks for anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn csrf_matrix() {
    let world = world().await;
    let (party, owner) = (world.join("a1").await, world.staff("owner").await);
    world.place(&party, &order("rice", 1, 300)).await.ok(201);
    let (before, device) = (world.heads().await, world.device().await);
    for endpoint in endpoints(&world, &party).await {
        if endpoint.method == Method::GET {
            for token in [&party.token, &owner] {
                let answer = ask(&world, Method::GET, &endpoint.path, token).await;
                assert!(answer.status().as_u16() < 500, "{}", endpoint.at);
            }
            let posted = world.request(Method::POST, &endpoint.path, &owner).header("idempotency-key", id()).json(&json!({}));
            let allowed = endpoint.at == "/shifts" || endpoint.at == "/print" || endpoint.at == "/menu";
            assert!(allowed || send(posted).await.status == 405, "{}", endpoint.at);
            continue;
        }
        // What a form or a picture of another site can send: no header of ours, a type a form has, a method of its own.
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
            let token = token_for(&endpoint, &party, &owner, &device);
            let request = world.request(Method::POST, &endpoint.path, token).header("idempotency-key", id());
            let request = request.header("content-type", kind).body(endpoint.body.as_ref().unwrap().to_string());
            send(request).await.refused(415, "wrong_type");
        }
        let cookie = format!("token={owner}; session={owner}; Authorization=Bearer {owner}");
        let request = world.request(Method::POST, &endpoint.path, "").header("cookie", cookie).header("idempotency-key", id());
        let answer = send(request.json(&endpoint.body)).await;
        assert!(!endpoint.signed || answer.status == 401, "{}: {}", endpoint.at, answer.body);
        let preflight = world.request(Method::OPTIONS, &endpoint.path, "").header("origin", "https://evil.cn");
        let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
        assert_eq!((preflight.status().as_u16(), header(&preflight, "access-control-allow-origin")), (405, String::new()));
    }
    for over in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request = world.request(Method::GET, &format!("/sessions/{}", party.session), &party.token).header(over, "POST");
        send(request).await.ok(200);
    }
    assert_eq!(world.heads().await, before);
}

fn socket_request(world: &World, path: &str, origin: Option<&str>) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let url = format!("{}{path}", world.base()).replace("http://", "ws://");
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ws_origin() {
    let args = vec!["--public-url".to_owned(), "https://eat.example.cn".to_owned()];
    let world = open(Plan { args, ..Plan::default() }).await;
    let (party, other, owner) = (world.join("a1").await, world.join("a2").await, world.staff("owner").await);
    let cook = world.staff("cook").await;
    for path in SOCKETS.map(|path| path.replace("{session}", &party.session)) {
        for stranger in
            ["https://evil.cn", "null", "https://eat.example.cn.evil.cn", "http://eat.example.cn:81", "chrome-extension://x"]
        {
            let refused = tokio_tungstenite::connect_async(socket_request(&world, &path, Some(stranger))).await;
            let Err(Error::Http(answer)) = refused else { panic!("{stranger} was let in at {path}") };
            assert_eq!(answer.status(), 403, "{stranger} {path}");
        }
        let own = world.server.url.clone();
        for ours in [None, Some(own.as_str()), Some("https://eat.example.cn"), Some("https://servicewechat.com")] {
            let (mut socket, _) = tokio_tungstenite::connect_async(socket_request(&world, &path, ours)).await.unwrap();
            // Whoever is let in has said nothing yet about who they are.
            socket.send(Message::text(json!({ "token": "x", "after": null }).to_string())).await.unwrap();
            let said = socket.next().await.unwrap().unwrap();
            assert!(said.to_text().unwrap().contains("not_signed_in"), "{said}");
            assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
        }
    }
    // The token of somebody who may not follow this one; too much said; nothing said that can be read.
    let long = "x".repeat(5_000);
    for (path, first, answer) in [
        (
            format!("/sessions/{}/feed/ws", party.session),
            json!({ "token": other.token, "after": null }).to_string(),
            "not_allowed",
        ),
        ("/floor/feed/ws".into(), json!({ "token": party.token, "after": null }).to_string(), "not_allowed"),
        ("/floor/feed/ws".into(), json!({ "token": cook, "after": null }).to_string(), "not_allowed"),
        ("/kitchen/feed/ws".into(), json!({ "token": party.token, "after": null }).to_string(), "not_allowed"),
        ("/floor/feed/ws".into(), json!({ "token": owner, "role": "owner", "after": null }).to_string(), ""),
        ("/floor/feed/ws".into(), json!({ "token": long, "after": null }).to_string(), ""),
        ("/floor/feed/ws".into(), "x".into(), ""),
    ] {
        let (mut socket, _) = tokio_tungstenite::connect_async(socket_request(&world, &path, None)).await.unwrap();
        socket.send(Message::text(first)).await.unwrap();
        let said = match socket.next().await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            _ => String::new(),
        };
        assert!(!said.contains("snapshot") && said.contains(answer), "{path}: {said}");
    }
    // A token in the address is none.
    let path = format!("/floor/feed/ws?token={owner}");
    if let Ok((mut socket, _)) = tokio_tungstenite::connect_async(socket_request(&world, &path, None)).await {
        socket.send(Message::text(json!({ "token": "", "after": null }).to_string())).await.unwrap();
        let said = socket.next().await.unwrap().unwrap();
        assert!(said.to_text().unwrap().contains("not_signed_in"));
    }
}

/// What lies about on many servers, and on this one not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exposure_list() {
    let world = world().await;
    let url = world.server.url.clone();
    for path in [
        "/.git/config",
        "/.git/HEAD",
        "/.env",
        "/.htaccess",
        "/.DS_Store",
        "/.ssh/id_rsa",
        "/keys.toml",
        "/data/keys.toml",
        "/journal.sqlite",
        "/data/journal.sqlite",
        "/journal.sqlite-wal",
        "/server.url",
        "/payments.toml",
        "/merchant.toml",
        "/backup.zip",
        "/dump.sql",
        "/Cargo.toml",
        "/Cargo.lock",
        "/package.json",
        "/README.md",
        "/m/package.json",
        "/m/app.js.map",
        "/m/js/app.js.map",
        "/m/js/",
        "/m/js",
        "/m/css/",
        "/staff/assets/",
        "/staff/assets",
        "/staff/.vite/manifest.json",
        "/staff/index.js.map",
        "/staff/tsconfig.json",
        "/images/",
        "/images",
        "/debug",
        "/debug/pprof",
        "/actuator/env",
        "/server-status",
        "/phpinfo.php",
        "/admin",
        "/console",
        "/swagger",
        "/docs",
        "/control",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/stores",
        "/api/v1/debug",
        "/channels",
        "/channels/wechat",
        "/p",
        "/p/",
        "/t/",
        "/staff/../keys.toml",
        "/staff/%2e%2e/%2e%2e/keys.toml",
        "/staff/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/m/....//....//etc/passwd",
        "/images/..%2f..%2fetc%2fpasswd",
        "/images/%2fetc%2fpasswd",
        "/m/%00",
        "/m/C:%5cwindows%5cwin.ini",
    ] {
        let response = world.http.get(format!("{url}{path}")).send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert!(matches!(status, 400 | 404 | 405), "{path}: {status} {text:.200}");
        assert!(!text.contains("root:") && !text.contains("signing"), "{path}: {text:.200}");
    }
    for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND", "PUT", "DELETE", "PATCH", "DEBUG"] {
        for path in ["/", "/staff/", "/api/v1/health", "/images/none.jpg", "/nothing"] {
            let request = world.http.request(method.parse().unwrap(), format!("{url}{path}")).header("x-secret", "echo-me");
            let Ok(response) = request.send().await else { continue };
            let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
            assert!(matches!(status, 400 | 404 | 405) && !text.contains("echo-me"), "{method} {path}: {status} {text:.200}");
        }
    }
    // Words of a refusal name no file, no line of code, no library.
    for path in ["/api/v1/stores/x", &format!("/api/v1/stores/{STORE}/kitchen?station=%ff"), "/%ff", "/t/%ff", "/p/%ff"] {
        let text = world.http.get(format!("{url}{path}")).send().await.unwrap().text().await.unwrap();
        for inner in [".rs:", "/src/", "rusqlite", "axum", "tokio", "panicked", "stack backtrace", "/tmp/"] {
            assert!(!text.contains(inner), "{path}: {text:.300}");
        }
    }
    // The figures are for programs on this machine; another address is told that nothing is there.
    let args = vec!["--trusted-proxy".to_owned(), "127.0.0.1".to_owned()];
    let behind = open(Plan { args, ..Plan::default() }).await;
    let figures = |from: &'static str| {
        let request = behind.http.get(format!("{}/metrics", behind.server.url));
        let request = if from.is_empty() { request } else { request.header("x-forwarded-for", from) };
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!([figures("").await, figures("203.0.113.7").await, figures("192.168.0.1").await], [200, 404, 404]);
}

/// Without a proxy that is trusted, nobody is believed who says that somebody else is asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xff_spoof() {
    let world = world().await;
    let args = vec!["--trusted-proxy".to_owned(), "127.0.0.1".to_owned()];
    let behind = open(Plan { args, ..Plan::default() }).await;
    let flood = async |world: &World, from: fn(usize) -> String| {
        let url = format!("{}/api/v1/health", world.server.url);
        let asks = (0..700).map(|n| world.http.get(&url).header("x-forwarded-for", from(n)).send());
        let statuses = futures::stream::iter(asks).buffer_unordered(32).map(|answer| answer.unwrap().status().as_u16());
        statuses.filter(|status| std::future::ready(*status == 429)).count().await
    };
    // This machine is no crowd, and a made-up address makes it none.
    assert_eq!(flood(&world, |_| "203.0.113.7".to_owned()).await, 0);
    // Behind the proxy, one address is held back, also when it makes up others before its own.
    assert!(flood(&behind, |_| "203.0.113.7".to_owned()).await > 0);
    assert!(flood(&behind, |n| format!("198.51.100.{}, 203.0.113.8", n % 250)).await > 0);
    assert_eq!(flood(&behind, |n| format!("203.0.113.8, 198.51.{}.{}", n / 250, n % 250)).await, 0);
}
