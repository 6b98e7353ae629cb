//! Requests to the whole server, as text: `METHOD who /path` and a body, the next request after an empty line. `who` is `o`, `g` or
//! `d` (owner, guest, device), or a token. Every type the API reads goes through here, and what fits goes on to the house's rules.
#![no_main]

use api::App;
use api::fuzzing::{routes, whole};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response, StatusCode},
};
use fuzzed::{House, runtime};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// More requests of one input find nothing that fewer don't.
const MOST_REQUESTS: usize = 8;
/// An order of one cold dish, so that there is something to cook, to change and to pay.
const FIRST: &str = r#"POST g /api/v1/stores/00000000000000000000000000000057/sessions/00000000000000000000000000000051/orders 00000000000000000000000000000001
{"order":"00000000000000000000000000000001","menu_version":1,"total":1600,"note":null,"lines":[{"line":"00000000000000000000000000000011","dish":"smashed-cucumber","variant":"std","quantity":1,"weight_g":null,"options":[],"set":[],"note":null,"unit_price":1600,"amount":1600}]}"#;

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

fuzz_target!(|text: &str| {
    OPEN.with_borrow_mut(|open| {
        if !open.get_or_insert_with(Open::new).stays_as_it_was(text) {
            *open = None;
        }
    });
});

/// A house that nothing has happened to yet but the first order. Opening one costs more than most requests, so it serves until an
/// input changes it, and not for ever: refusals are remembered too.
struct Open {
    runtime: Runtime,
    house: House,
    router: Router,
    heads: [u64; 3],
    left: u32,
}

impl Open {
    fn new() -> Open {
        static ROUTES: OnceLock<Router<Arc<App>>> = OnceLock::new();
        let runtime = runtime();
        let house = runtime.block_on(House::open());
        let router = whole(house.app.clone(), ROUTES.get_or_init(routes).clone());
        let ordered = runtime.block_on(send(&house, &router, FIRST, 0)).map(|answer| answer.status());
        assert_eq!(ordered, Some(StatusCode::CREATED), "the first order is refused");
        Open { heads: house.app.store.heads(), runtime, house, router, left: 64 }
    }

    fn stays_as_it_was(&mut self, text: &str) -> bool {
        self.runtime.block_on(async {
            for (index, request) in text.split("\n\n").take(MOST_REQUESTS).enumerate() {
                let Some(answer) = send(&self.house, &self.router, request, index + 1).await else { continue };
                assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{request}");
            }
        });
        self.left -= 1;
        self.left > 0 && self.house.app.store.heads() == self.heads
    }
}

/// Nothing where the text is no request at all.
async fn send(house: &House, router: &Router, text: &str, index: usize) -> Option<Response<Body>> {
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut words = head.split(' ');
    let (method, who, path) = (words.next()?, words.next()?, words.next()?);
    let key = words.next().map_or_else(|| format!("{index:032x}"), str::to_owned);
    let request = Request::builder()
        .method(method)
        .uri(house.filled(&path.replace('+', " ")).replace(' ', "+"))
        .header("authorization", format!("Bearer {}", house.token(who)))
        .header("content-type", if path.starts_with("/p/") { "application/x-www-form-urlencoded" } else { "application/json" })
        .header("idempotency-key", key)
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))))
        .body(Body::from(house.filled(body)))
        .ok()?;
    match router.clone().oneshot(request).await {
        Ok(answer) => Some(answer),
        Err(never) => match never {},
    }
}
