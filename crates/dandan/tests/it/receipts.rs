//! A payment while the shop is cut off: the channel tells the cloud, the cloud signs, the phone shows it, and the till believes it without
//! asking anybody. Once the wires are mended nothing is there twice.

use crate::boxes::{Wire, ask, is_open, join};
use crate::cloud::Cloud;
use crate::till::{keys, till};
use crate::world::{Answer, Party, Plan, SIGNING, STORE, World, id, order, until};
use api::Signer;
use channel_sim::{Running, SimConfig};
use domain::payment::ChannelTag;
use domain::{AttemptId, Currency, Money, StoreId, Timestamp};
use pg_temp::PgTemp;
use receipt::Receipt;
use seal::NodeKey;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// As in the till's tests: a notice is repeated after 15 ms.
const FAST: f64 = 1000.0;

/// A shop with a box, its cloud of two nodes, the channels, and the two wires out of the shop.
struct Street {
    cloud: Cloud,
    shop: World,
    to_cloud: Wire,
    to_channels: Wire,
    sim: Running,
    _keys: TempDir,
}

async fn street() -> Street {
    let keys = keys().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let sim = channel_sim::start(SimConfig { time_scale: FAST, ..SimConfig::new(keys.path(), listen) }).await.unwrap();
    let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
    let mut cloud = Cloud::empty(url).await;
    let config = sim.merchant.config.clone();
    for _ in 0..2 {
        let node = cloud.node(&["--payments", config.to_str().unwrap()]).await;
        cloud.nodes.push(node);
    }
    // The box reaches the channels by a wire of its own, which is cut with the shop's internet.
    let to_channels = Wire::over(&sim.addr.to_string()).await;
    let through = std::fs::read_to_string(&config).unwrap().replace(&sim.base_url(), &to_channels.url);
    assert!(through.contains(&to_channels.url), "the wire is in use");
    let own = config.with_file_name("by-wire.toml");
    std::fs::write(&own, through).unwrap();
    let args = vec!["--public-url".to_owned(), format!("{}/s/{STORE}", cloud.nodes[0].url)];
    let (shop, to_cloud) = join(&cloud, Plan { payments: Some(own), args, ..Plan::default() }).await;
    is_open(&cloud).await;
    Street { cloud, shop, to_cloud, to_channels, sim, _keys: keys }
}

impl Street {
    /// No wire leads out of the shop, and phones are told.
    async fn cut(&self) {
        self.to_channels.cut().await;
        self.to_cloud.cut().await;
        until("phones are told", || async { self.is_cut_off().await.then_some(()) }).await;
    }

    async fn is_cut_off(&self) -> bool {
        ask(&self.cloud, 0, |http, base| http.get(format!("{base}/menu"))).await.1["code"] == "store_offline"
    }

    /// A party that owes 6 yuan and has asked the channel, by a phone far away.
    async fn wants_to_pay(&self, table: &str) -> (Party, Value) {
        let party = self.shop.join(table).await;
        self.shop.place(&party, &order("rice", 2, 300)).await.ok(201);
        let wish = json!({ "ask": id(), "way": "wechat_native", "amount": 600, "order": null });
        let (status, payment) = ask(&self.cloud, 1, |http, base| {
            let address = format!("{base}/sessions/{}/payments", party.session);
            http.post(address).bearer_auth(&party.token).header("idempotency-key", id()).json(&wish)
        })
        .await;
        assert_eq!(status, 201, "{payment}");
        assert!(payment["attempt"].is_string(), "{payment}");
        (party, payment)
    }

    async fn pay(&self, payment: &Value) {
        let url = format!("http://{}/control/pay", self.sim.control);
        let answer = self.cloud.http.post(url).json(&json!({ "code": payment["code_url"] })).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{payment}");
    }

    async fn page(&self, node: usize, payment: &Value, accept: &str) -> reqwest::Response {
        let attempt = payment["attempt"].as_str().unwrap();
        let url = format!("{}/s/{STORE}/receipt/{attempt}", self.cloud.nodes[node].url);
        self.cloud.http.get(url).header("accept", accept).send().await.unwrap()
    }

    async fn told(&self, node: usize, payment: &Value) -> Value {
        self.page(node, payment, "application/json").await.json().await.unwrap()
    }

    /// What the phone shows, once the channel has told the cloud: read off the picture, as a scanner does.
    async fn receipt(&self, payment: &Value) -> String {
        until("there is a receipt", || async { (self.told(1, payment).await["state"] == "paid").then_some(()) }).await;
        let page = self.page(1, payment, "text/html").await.text().await.unwrap();
        assert!(page.contains("¥6.00") && page.contains("出示给收银员") && page.contains("Test"), "{page}");
        let text = scan(&page);
        assert_eq!(self.told(0, payment).await["text"], text.as_str(), "every node says the same");
        text
    }

    async fn take(&self, cashier: &str, text: &str) -> Answer {
        self.shop.post("/till/receipts", cashier, json!({ "text": text })).await
    }

    async fn check(&self, party: &Party) -> Value {
        self.shop.party(party).await["check"].clone()
    }
}

/// Reads the code out of a page's picture.
fn scan(page: &str) -> String {
    let svg = page.split("<svg").nth(1).unwrap().split("</svg>").next().unwrap();
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap();
    let width = number(svg.split("width=\"").nth(1).unwrap());
    let mut dots = vec![255_u8; width * width];
    // "M{left} {top}h{width}v{height}…" for every dark box.
    for dark in svg.rsplit("d=\"").next().unwrap().split('"').next().unwrap().split('M').skip(1) {
        let part = |after: char| number(dark.split(after).nth(1).unwrap());
        let (left, top) = (number(dark), part(' '));
        for y in top..top + part('v') {
            dots[y * width + left..y * width + left + part('h')].fill(0);
        }
    }
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| dots[y * width + x]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code is on the page");
    grids[0].decode().unwrap().1
}

/// The key of the tests' cloud: it follows from its `keys.toml`.
fn cloud_key() -> NodeKey {
    let mut seed = [0; 32];
    hex::decode_to_slice(Signer::new(&SIGNING).mark("the cloud's key", 32), &mut seed).unwrap();
    NodeKey::of_seed(seed).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_off_a_phones_screen_settles_the_check_while_the_shop_is_cut_off() {
    let street = street().await;
    let cashier = street.shop.staff("cashier").await;
    let (party, payment) = street.wants_to_pay("a1").await;
    street.cut().await;
    let page = street.page(0, &payment, "text/html").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("http-equiv=\"refresh\"") && page.contains("Waiting for the payment channel"), "{page}");
    assert_eq!(street.told(0, &payment).await["state"], "none");

    street.pay(&payment).await;
    let text = street.receipt(&payment).await;
    assert_eq!(street.check(&party).await["paid"], 0, "the shop has heard of nothing");
    let answer = street.take(&cashier, &text).await.ok(200);
    assert_eq!((&answer["outcome"], &answer["amount"], &answer["table"]), (&json!("counted"), &json!(600), &json!("A1")));
    let check = street.check(&party).await;
    assert_eq!((&check["state"], &check["paid"]), (&json!("settled"), &json!(600)));
    assert!(street.is_cut_off().await, "nothing outside was asked");
    let again = street.take(&cashier, &format!(" {text}\r\n")).await.ok(200);
    assert_eq!(again["outcome"], "counted_before");

    street.to_cloud.mend();
    street.to_channels.mend();
    is_open(&street.cloud).await;
    let (client, connection) = tokio_postgres::connect(&street.cloud.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let waiting = || async { client.query_one("SELECT count(*) FROM cloud_inbox", &[]).await.unwrap().get::<_, i64>(0) };
    until("the kept notice is brought", || async { (waiting().await == 0).then_some(()) }).await;
    // The channel's own word has been heard, by notice or by question, and added nothing.
    until("the receipt is proved", || async {
        let rows = street.shop.get("/money/payments", &cashier).await.ok(200);
        let timeline = rows[0]["timeline"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap().to_owned());
        let told: Vec<String> = timeline.skip_while(|what| what != "Captured").collect();
        told.contains(&"AttemptAsked".to_owned()).then_some(())
    })
    .await;
    assert_eq!(street.check(&party).await["tenders"].as_array().unwrap().len(), 1);
    let inbox = street.shop.get("/money/inbox", &cashier).await.ok(200);
    assert_eq!(inbox["cases"], json!([]), "there is nothing to look at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_receipt_of_ours_is_refused() {
    let street = street().await;
    let (waiter, cashier, cook) =
        (street.shop.staff("waiter").await, street.shop.staff("cashier").await, street.shop.staff("cook").await);
    let (party, payment) = street.wants_to_pay("a1").await;
    street.cut().await;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let genuine = Receipt {
        store: STORE,
        attempt: payment["attempt"].as_str().unwrap().parse().unwrap(),
        amount: Money(600),
        currency: Currency::Cny,
        channel: ChannelTag::Wechat,
        channel_txn: "4200000000202611230000000001".to_owned(),
        paid_at: Timestamp(now),
        signed_at: Timestamp(now),
    };
    let (ours, thief) = (cloud_key(), NodeKey::make().unwrap());
    let text = genuine.write(&ours).unwrap();
    street.take(&cook, &text).await.refused(403, "not_allowed");
    street.take(&waiter, "").await.refused(400, "malformed");
    street.take(&waiter, &genuine.write(&thief).unwrap()).await.refused(422, "receipt_not_genuine");
    for at in [6, 40, 100, text.len() - 20] {
        let mut altered = text.clone();
        altered.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
        street.take(&waiter, &altered).await.refused(422, "receipt_not_genuine");
    }
    let of_other = Receipt { store: StoreId(0x0e1), ..genuine.clone() }.write(&ours).unwrap();
    street.take(&waiter, &of_other).await.refused(409, "receipt_elsewhere");
    let old = Receipt { signed_at: Timestamp(now - 24 * 60 * 60 * 1000 - 1), ..genuine.clone() }.write(&ours).unwrap();
    street.take(&waiter, &old).await.refused(409, "receipt_too_old");
    assert_eq!(street.shop.get("/money/inbox", &cashier).await.ok(200)["cases"], json!([]), "what is not ours makes no work");

    let other_amount = Receipt { amount: Money(601), ..genuine.clone() }.write(&ours).unwrap();
    street.take(&waiter, &other_amount).await.refused(409, "receipt_mismatch");
    let nobody = Receipt { attempt: AttemptId(7), channel_txn: "4200000000202611230000000002".to_owned(), ..genuine.clone() };
    let unknown = nobody.write(&ours).unwrap();
    assert_eq!(street.take(&waiter, &unknown).await.ok(200)["outcome"], "for_a_person");
    let inbox = street.shop.get("/money/inbox", &cashier).await.ok(200);
    let kinds: Vec<&str> = inbox["cases"].as_array().unwrap().iter().map(|case| case["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 2, "{inbox}");
    let kept = inbox["cases"].as_array().unwrap().iter().find(|case| case["kind"] == "nobody_asked").unwrap();
    assert!(kept["detail"].as_str().unwrap().ends_with(&unknown), "the receipt is kept: {kept}");
    assert_eq!(street.check(&party).await["paid"], 0, "none of it was credited");
    assert_eq!(street.take(&waiter, &text).await.ok(200)["outcome"], "counted", "and the genuine one is");

    // The channel knows of no money: whoever signed that has the cloud's key.
    street.to_channels.mend();
    until("somebody has to look", || async {
        let inbox = street.shop.get("/money/inbox", &cashier).await.ok(200);
        inbox["cases"].as_array().unwrap().iter().any(|case| case["kind"] == "receipt_false").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_paying_page_lives_below_the_cloud_and_leads_to_the_receipt() {
    let street = street().await;
    let party = street.shop.join("a1").await;
    street.shop.place(&party, &order("rice", 2, 300)).await.ok(201);
    let code = street.shop.get(&format!("/sessions/{}/pay-code", party.session), &party.token).await.ok(200);
    let url = code["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{}/s/{STORE}/p/", street.cloud.nodes[0].url)), "{url}");
    let phone = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let open = |address: reqwest::Url, cookie: String| {
        let request = phone.get(address).header("accept", "text/html").header("user-agent", "Safari").header("cookie", cookie);
        async move { request.send().await.unwrap() }
    };
    let at = reqwest::Url::parse(&url).unwrap();
    let page = open(at.clone(), String::new()).await.text().await.unwrap();
    for file in ["pay.css", "pay.js"] {
        assert_eq!(open(at.join(file).unwrap(), String::new()).await.status(), 200, "{file} is where the page looks for it");
    }
    let field = |name: &str| page.split(&format!("name={name} value=")).nth(1).unwrap().split('>').next().unwrap().to_owned();
    let form = [("way", "alipay_wap".to_owned()), ("ask", field("ask")), ("amount", field("amount"))];
    let action = page.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    let sent_to = at.join(action).unwrap();
    let sent = phone.post(sent_to.clone()).header("user-agent", "Safari").form(&form).send().await.unwrap();
    let back = sent_to.join(sent.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(back.path(), at.path(), "back to the page");
    let waiting = open(back, String::new()).await;
    let cookie = waiting.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let waiting = waiting.text().await.unwrap();
    let attempt = cookie.strip_prefix("receipt=").unwrap();
    assert!(waiting.contains(&format!("data-attempt={attempt}")), "{waiting}");

    street.cut().await;
    let led = open(at.clone(), cookie.clone()).await;
    assert_eq!(
        (led.status().as_u16(), led.headers()["location"].to_str().unwrap()),
        (303, format!("/s/{STORE}/receipt/{attempt}").as_str())
    );
    assert_eq!(open(at.clone(), String::new()).await.status(), 503, "who began no payment is shown the way to the shop");
    // On the shop's own network the page is there, and offers the way to the receipt.
    let inside = street.shop.http.get(format!("{}/p/{}", street.shop.server.url, at.path().rsplit('/').next().unwrap()));
    let offers = || async {
        let page = inside.try_clone().unwrap().header("user-agent", "Safari").send().await.unwrap().text().await.unwrap();
        page.contains(&format!("/s/{STORE}/receipt/{attempt}")).then_some(())
    };
    until("the page says that the shop is cut off", offers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_report_makes_no_receipt_and_a_house_without_a_cloud_takes_none() {
    let street = street().await;
    let (_, payment) = street.wants_to_pay("a1").await;
    street.cut().await;
    let notices = format!("{}/s/{STORE}/channels/wechat/{STORE}", street.cloud.nodes[0].url);
    let answer = street.cloud.http.post(&notices).header("wechatpay-serial", "x").body("{\"a\":1}").send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("kept for the store"));
    assert_eq!(street.told(0, &payment).await, json!({ "state": "none", "text": null, "amount": null, "paid_at": null }));
    for (odd, code) in
        [(format!("/s/{STORE}/receipt/x"), "not_found"), (format!("/s/{}/receipt/{}", id(), id()), "store_unknown")]
    {
        let answer = street.cloud.http.get(format!("{}{odd}", street.cloud.nodes[0].url)).send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{odd}");
    }
    let alone = till().await;
    let cashier = alone.world.staff("cashier").await;
    alone.world.post("/till/receipts", &cashier, json!({ "text": "DDR1.x.y" })).await.refused(409, "no_cloud");
}
