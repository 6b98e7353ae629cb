//! The page behind a check's code: read off the check at that moment, in three kinds of browsers, and harmless.

use crate::till::{Till, till};
use crate::ways::walk_wap;
use crate::world::{Party, id, order, until};
use reqwest::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use serde_json::{Value, json};

const WECHAT: &str = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50";
const ALIPAY: &str = "Mozilla/5.0 (Linux; Android 14) AlipayClient/10.6.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone) Safari/605.1";

struct Phone {
    http: reqwest::Client,
    agent: &'static str,
    cookie: String,
}

impl Phone {
    fn new(agent: &'static str) -> Phone {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Phone { http, agent, cookie: String::new() }
    }

    async fn open(&self, url: &str) -> reqwest::Response {
        let request = self.http.get(url).header(USER_AGENT, self.agent).header(ACCEPT_LANGUAGE, "en-GB,en;q=0.9");
        request.header(COOKIE, &self.cookie).send().await.unwrap()
    }

    async fn text(&self, url: &str) -> String {
        let response = self.open(url).await;
        assert_eq!(response.status(), 200);
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        response.text().await.unwrap()
    }

    /// Taps a button of a page's form.
    async fn tap(&self, url: &str, page: &str, way: &str) -> String {
        let field = |name: &str| {
            let rest = page.split(&format!("name={name} value=")).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
            rest.split('>').next().unwrap().to_owned()
        };
        let form = [("way", way.to_owned()), ("ask", field("ask")), ("amount", field("amount"))];
        let request = self.http.post(format!("{url}/pay")).header(USER_AGENT, self.agent).header(COOKIE, &self.cookie);
        let response = request.form(&form).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()[LOCATION].to_str().unwrap().to_owned()
    }
}

async fn code(till: &Till, party: &Party) -> String {
    let answer = till.world.get(&format!("/sessions/{}/pay-code", party.session), &party.token).await.ok(200);
    answer["url"].as_str().unwrap().to_owned()
}

async fn first_payment(till: &Till, party: &Party) -> Value {
    till.world.party(party).await["payments"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_browser_pays_through_either_channel() {
    for way in ["wechat_h5", "alipay_wap"] {
        let till = till().await;
        let party = till.hungry().await;
        let (url, phone) = (code(&till, &party).await, Phone::new(SAFARI));
        let page = phone.text(&url).await;
        assert!(page.contains("¥6.00") && page.contains("WeChat Pay") && page.contains("Alipay"), "{page}");
        let went = phone.tap(&url, &page, way).await;
        assert!(went.ends_with("?go=1"), "{went}");
        // Twice is once: the form carries the payment's id.
        phone.tap(&url, &page, way).await;
        let payment = first_payment(&till, &party).await;
        let page = phone.text(reqwest::Url::parse(&format!("{url}/pay")).unwrap().join(&went).unwrap().as_str()).await;
        assert!(page.contains("data-go") && page.contains("Waiting"), "{page}");
        let shown = payment["browser_url"].as_str().unwrap().replace('&', "&amp;");
        assert!(page.contains(&shown), "{shown} in {page}");
        if way == "alipay_wap" {
            let back = walk_wap(&till, payment["browser_url"].as_str().unwrap()).await;
            assert!(back.starts_with(&url), "{back}");
        } else {
            assert_eq!(till.control("pay", json!({ "out_trade_no": attempt_of(&till, &payment).await })).await, 200);
        }
        till.becomes(&party, &payment, "paid").await;
        assert!(phone.text(&url).await.contains("Paid"));
        till.is_settled(&party).await;
    }
}

async fn attempt_of(till: &Till, payment: &Value) -> String {
    let cashier = till.world.staff("cashier").await;
    let rows = till.world.get("/money/payments", &cashier).await.ok(200);
    let row = rows.as_array().unwrap().iter().find(|row| row["ask"] == payment["ask"]).unwrap().clone();
    row["attempt"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_wechat_the_payer_is_known_without_being_asked() {
    let till = till().await;
    let party = till.hungry().await;
    let (url, mut phone) = (code(&till, &party).await, Phone::new(WECHAT));
    let to_wechat = phone.open(&url).await;
    assert_eq!(to_wechat.status(), 303);
    let away = to_wechat.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(away.contains("/connect/oauth2/authorize") && away.ends_with("#wechat_redirect"), "{away}");
    let back = phone.open(&away).await.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(back.starts_with(&url), "{back}");
    // A code that came with another mark is nobody's.
    let forged = back.replace("state=", "state=0");
    assert!(phone.open(&forged).await.headers()[LOCATION].to_str().unwrap().contains("authorize"));
    let signed_in = phone.open(&back).await;
    phone.cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = phone.text(&url).await;
    assert!(page.contains("value=wechat_jsapi") && !page.contains("alipay_wap"), "{page}");
    phone.tap(&url, &page, "wechat_jsapi").await;
    let page = phone.text(&format!("{url}?go=1")).await;
    assert!(page.contains("data-jsapi") && page.contains("prepay_id="), "{page}");
    let payment = first_payment(&till, &party).await;
    assert_eq!(till.control("pay", json!({ "out_trade_no": attempt_of(&till, &payment).await })).await, 200);
    till.becomes(&party, &payment, "paid").await;
    till.is_settled(&party).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_follows_the_check() {
    let till = till().await;
    let party = till.world.join("a1").await;
    let (url, phone) = (code(&till, &party).await, Phone::new(ALIPAY));
    let key = async || -> String {
        let state: Value = phone.open(&format!("{url}/state")).await.json().await.unwrap();
        state["key"].as_str().unwrap().to_owned()
    };
    assert_eq!(key().await, "empty");
    till.world.place(&party, &order("rice", 2, 300)).await.ok(201);
    let page = phone.text(&url).await;
    assert!(page.contains("alipay_wap") && !page.contains("wechat_h5"), "{page}");
    // The amount has grown since the page was drawn: nothing is charged, and the page says so.
    till.world.place(&party, &order("rice", 1, 300)).await.ok(201);
    let went = phone.tap(&url, &page, "alipay_wap").await;
    assert!(went.ends_with("?note=amount"), "{went}");
    assert_eq!(key().await, "due.900");
    let page = phone.text(&url).await;
    phone.tap(&url, &page, "alipay_wap").await;
    let payment = first_payment(&till, &party).await;
    assert_eq!(key().await, format!("waiting.{}", payment["ask"].as_str().unwrap()));
    let form = [("ask", payment["ask"].as_str().unwrap())];
    let given_up = phone.http.post(format!("{url}/cancel")).form(&form).send().await.unwrap();
    assert_eq!(given_up.status(), 303);
    till.becomes(&party, &payment, "closed").await;
    assert!(phone.text(&url).await.contains("took no money"));
    let cashier = till.world.staff("cashier").await;
    till.post(&party, "cash", &cashier, json!({ "tender": id(), "amount": 900, "received": 900 })).await.ok(201);
    assert_eq!(key().await, "paid");
    till.post(&party, "close", &cashier, json!({})).await.ok(200);
    assert_eq!(phone.open(&url).await.status(), 404);
    assert_eq!(key().await, "gone");
    till.world.get(&format!("/sessions/{}/pay-code", party.session), &party.token).await.refused(409, "session_closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_channel_is_silent_the_page_asks_for_patience() {
    let till = till().await;
    let party = till.hungry().await;
    let (url, phone) = (code(&till, &party).await, Phone::new(SAFARI));
    till.fault(json!({ "kind": "error_before", "op": "query", "count": 4 })).await;
    let (_, payment) = till.ask(&party, "wechat_native", None).await;
    till.world.post(&Till::path(&party, &payment, "/check"), &party.token, json!({})).await.ok(200);
    let checking = || async { Some(phone.text(&url).await).filter(|page| page.contains("pay again")) };
    let page = until("the page asks for patience", checking).await;
    assert!(page.contains("id=seconds") && !page.contains("<button"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_has_a_code_of_its_own_and_a_strangers_name_is_only_text() {
    let till = till().await;
    let body = json!({ "code": till.world.code("a1"), "guest": id(), "name": "<b>x</b>\"'&", "covers": 2, "session": id() });
    let joined = till.world.post("/sessions/join", "", body).await.ok(201);
    let text = |name: &str| joined[name].as_str().unwrap().to_owned();
    let (one, two) = (Party { session: text("session"), token: text("token") }, till.world.join("a1").await);
    till.world.place(&one, &order("rice", 2, 300)).await.ok(201);
    till.world.place(&two, &order("soup", 1, 1200)).await.ok(201);
    let check = till.post(&one, "split", &one.token, json!({ "first": id(), "by_guest": true })).await.ok(200);
    let (url, phone) = (code(&till, &one).await, Phone::new(SAFARI));
    let page = phone.text(&url).await;
    assert!(page.contains("&lt;b&gt;x&lt;/b&gt;") && !page.contains("<b>x"), "{page}");
    let share = check["shares"][1]["share"].as_str().unwrap();
    let of = till.world.get(&format!("/sessions/{}/pay-code?share={share}", one.session), &one.token).await.ok(200);
    assert!(phone.text(of["url"].as_str().unwrap()).await.contains("¥12.00"));
    till.world.get(&format!("/sessions/{}/pay-code?share={}", one.session, id()), &one.token).await.refused(404, "share_unknown");

    let genuine = url.rsplit('/').next().unwrap();
    for forged in [genuine.to_uppercase(), format!("{genuine}0"), genuine.replacen(|_| true, "z", 1), "x".into(), id()] {
        if forged != genuine {
            let page = phone.open(&format!("{}/p/{forged}", till.world.server.url)).await;
            assert_eq!(page.status(), 404, "{forged}");
        }
    }
    for (file, kind) in [("pay.js", "text/javascript"), ("pay.css", "text/css")] {
        let served = phone.open(&format!("{}/p/{file}", till.world.server.url)).await;
        assert_eq!((served.status().as_u16(), served.headers()["content-type"].to_str().unwrap()), (200, kind));
    }
}
