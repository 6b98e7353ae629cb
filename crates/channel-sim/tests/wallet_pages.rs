//! The pages for people: what they show, what their buttons do, and that a stranger's text stays text.
#![allow(clippy::unwrap_used)]

mod gateway;

use gateway::Gate;
use serde_json::json;

const HOSTILE: &str = "\"><script>alert(1)<b onload=x>'";

async fn order(gate: &Gate, number: &str) -> String {
    let body = json!({ "out_trade_no": number, "total_amount": "38.00", "subject": HOSTILE.replace(['=', '/'], "") });
    let node = gate.call("alipay.trade.precreate", body, &[]).await;
    node["qr_code"].as_str().unwrap_or_else(|| panic!("{node}")).to_owned()
}

async fn at_password(gate: &Gate, number: &str) {
    let body = json!({ "out_trade_no": number, "total_amount": "9.90", "subject": "面", "scene": "bar_code",
                       "auth_code": format!("28{:012}8803", number.bytes().map(u64::from).sum::<u64>()) });
    assert_eq!(gate.call("alipay.trade.pay", body, &[]).await["code"], "10003");
}

#[tokio::test]
async fn a_strangers_text_stays_text_on_every_page() {
    let gate = Gate::open().await;
    let code: String = form_urlencoded::byte_serialize(order(&gate, "P1").await.as_bytes()).collect();
    let hostile: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for path in [
        "/wallet".to_owned(),
        "/wallet/book".to_owned(),
        format!("/wallet/pay?code={code}&lang={hostile}&back={hostile}"),
        format!("/wallet/pay?code={hostile}"),
        format!("/wallet/till?channel=wechat&does={hostile}&lang={hostile}"),
        format!("/wallet/trouble?lang={hostile}"),
        format!("/h5/cashier?session={hostile}"),
    ] {
        let (_, _, page) = gate.browse(&path).await;
        assert!(!page.contains("<script") && !page.contains("<b o"), "{path}: {page}");
        assert!(!["src=", "url(", "<link", "@import"].iter().any(|load| page.contains(load)), "{path}: nothing from elsewhere");
    }
}

#[tokio::test]
async fn pages_may_load_nothing_and_be_framed_by_nobody() {
    let gate = Gate::open().await;
    let answer = reqwest::get(format!("{}/wallet/till?channel=alipay", gate.sim.base_url())).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_person_types_the_password_or_gives_up() {
    let gate = Gate::open().await;
    at_password(&gate, "P1").await;
    at_password(&gate, "P22").await;
    let (_, _, page) = gate.browse("/wallet").await;
    assert!(page.contains("等待输入密码") && page.contains("输入密码并支付") && page.contains("¥9.90"), "{page}");
    let act = async |number: &str, action: &str| {
        let form = [("channel", "alipay"), ("number", number), ("action", action)];
        let (status, _, page) = gate.post("/wallet/password", &form).await;
        (status, page)
    };
    assert!(act("P1", "enter").await.1.contains("支付成功"));
    assert!(act("P1", "enter").await.1.contains("支付成功"), "a double tap");
    assert_eq!(act("P1", "leave").await.0, 409);
    assert!(act("P22", "leave").await.1.contains("已放弃"));
    assert_eq!(act("P_nobody", "enter").await.0, 404);
    assert_eq!(gate.row("P1").await["state"], "paid");
    assert_eq!(gate.row("P22").await["state"], "not_paid");
    let (_, _, book) = gate.browse("/wallet/book?lang=en").await;
    assert!(book.contains("Paid") && book.contains("Not paid"), "{book}");
}

#[tokio::test]
async fn the_code_on_the_page_is_what_the_person_chose_and_pays() {
    let gate = Gate::open().await;
    let shown = async |query: &str| {
        let (_, _, page) = gate.browse(&format!("/wallet/till?{query}")).await;
        assert_eq!(page.matches("<svg").count(), 2, "bars and a square: {page}");
        page.split("data-code=").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    let code = shown("channel=alipay").await;
    assert!(code.len() == 18 && code.starts_with("28") && code != shown("channel=alipay").await);
    assert!(shown("channel=wechat&does=8802").await.ends_with("8802"));
    assert!(!shown("channel=wechat&does=9999").await.ends_with("9999"), "only what is on the list");
    let body = json!({ "out_trade_no": "P1", "total_amount": "1.00", "subject": "面", "scene": "bar_code", "auth_code": code });
    assert_eq!(gate.call("alipay.trade.pay", body, &[]).await["code"], "10000");
}

#[tokio::test]
async fn a_switch_makes_trouble_until_it_is_switched_off() {
    let gate = Gate::open().await;
    let query = async || gate.raw("alipay.trade.query", json!({ "out_trade_no": "P1" }), &[]).await.verified;
    assert!(query().await);
    assert_eq!(gate.post("/wallet/trouble", &[("on", "unsigned")]).await.0, 303);
    assert!(!query().await && !query().await);
    assert!(gate.browse("/wallet/trouble").await.2.contains("name=off value=unsigned"));
    gate.post("/wallet/trouble", &[("off", "unsigned")]).await;
    assert!(query().await);
    gate.post("/wallet/trouble", &[("on", "unsigned")]).await;
    gate.post("/wallet/trouble", &[("off", "all")]).await;
    assert!(query().await);
}
