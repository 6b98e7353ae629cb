//! Diners that order, ask to pay and hold a code in their hands.

use super::super::client::{Call, Client};
use super::super::house::{BenchHouse, Party, text};
use super::super::load::{Ids, OrderForm};
use anyhow::bail;
use domain::SessionId;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Half of the diners pay by WeChat Pay, half by Alipay.
const WAYS: [&str; 2] = ["wechat_native", "alipay_qr"];
/// How often a phone asks for its code.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// A code that isn't there by then is a fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// A payment that can be made now.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub ask: String,
    pub session: SessionId,
    pub amount: i64,
    pub code: String,
}

/// A connection on which parties order and ask to pay, one after another.
#[derive(Debug)]
pub(super) struct Diners {
    pub house: Arc<BenchHouse>,
    pub parties: Vec<Party>,
    pub server: SocketAddr,
    pub seed: u64,
}

impl Diners {
    /// Keeps codes ready until nobody takes them any more.
    pub async fn drive(self, codes: mpsc::Sender<Ready>) -> anyhow::Result<()> {
        let mut client = Client::connect(self.server).await?;
        let mut ids = Ids::new(self.seed);
        for turn in 0.. {
            let party = &self.parties[turn % self.parties.len()];
            let ready = order_and_ask(&self.house, &mut client, party, turn, &mut ids).await?;
            if codes.send(ready).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Orders four lines and asks to pay for them; returns once the code is there.
pub(super) async fn order_and_ask(
    house: &BenchHouse,
    client: &mut Client,
    party: &Party,
    number: usize,
    ids: &mut Ids,
) -> anyhow::Result<Ready> {
    let mut form = OrderForm::new(house, party, number, &house.path(&format!("/sessions/{}/orders", party.session)));
    let placed = client.send(form.fill(ids.next(), ids)).await?;
    if placed.status != 201 {
        bail!("an order was answered with {}: {}", placed.status, String::from_utf8_lossy(placed.body));
    }
    let (ask, amount) = (format!("{:032x}", ids.next()), form.total);
    let path = house.path(&format!("/sessions/{}/payments", party.session));
    let body = json!({ "ask": ask, "way": WAYS[number % WAYS.len()], "amount": amount, "order": null });
    let token = Some(party.token.as_str());
    let asked = Call { method: "POST", path: &path, token, key: Some(ids.next()), body: Some(&body), ..Call::default() };
    let mut payment = client.json(asked).await?;
    let path = format!("{path}/{ask}");
    let began = Instant::now();
    while payment["code_url"].is_null() {
        if began.elapsed() > PATIENCE {
            bail!("a payment got no code in {PATIENCE:?}: {payment}");
        }
        tokio::time::sleep(ASK_EVERY).await;
        payment = client.json(Call { method: "GET", path: &path, token, ..Call::default() }).await?;
    }
    Ok(Ready { ask, session: party.session, amount, code: text(&payment, "code_url")? })
}
