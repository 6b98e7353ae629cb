//! Diners who pay: each asks for a code, looks at it, and pays at the simulated channel, which tells the server in its own words.

use super::super::client::{Call, Client};
use super::super::house::{BenchHouse, Party, text};
use super::super::load::Ids;
use anyhow::bail;
use channel_sim::Simulator;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Half of the diners pay by WeChat Pay, half by Alipay.
const WAYS: [&str; 2] = ["wechat_native", "alipay_qr"];
/// How often a phone asks for its code.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// How long a person looks at the code.
const THINKS: Duration = Duration::from_millis(700);
/// A code that isn't there by then is a fault.
const PATIENCE: Duration = Duration::from_secs(20);

/// A payment of the run.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    pub session: String,
    /// The wish to pay was sent.
    pub asked: Instant,
    /// The phone has the code.
    pub code: Instant,
    /// The channel has the money.
    pub paid: Instant,
}

/// Everybody who pays.
#[derive(Clone, Debug)]
pub(super) struct Payers {
    pub house: Arc<BenchHouse>,
    pub server: SocketAddr,
    pub simulator: Simulator,
}

impl Payers {
    /// Pays for one order that was accepted.
    pub async fn pay(&self, party: &Party, amount: i64, number: usize) -> anyhow::Result<Paid> {
        let mut client = Client::connect(self.server).await?;
        let mut ids = Ids::new(number as u64 + 900_000_000);
        let path = self.house.path(&format!("/sessions/{}/payments", party.session));
        let ask = format!("{:032x}", ids.next());
        let body = json!({ "ask": ask, "way": WAYS[number % WAYS.len()], "amount": amount, "order": null });
        let token = Some(party.token.as_str());
        let asked = Instant::now();
        let wish = Call { method: "POST", path: &path, token, key: Some(ids.next()), body: Some(&body), ..Call::default() };
        let mut payment = client.json(wish).await?;
        let path = format!("{path}/{ask}");
        while payment["code_url"].is_null() {
            if asked.elapsed() > PATIENCE {
                bail!("a payment got no code in {PATIENCE:?}: {payment}");
            }
            tokio::time::sleep(ASK_EVERY).await;
            payment = client.json(Call { method: "GET", path: &path, token, ..Call::default() }).await?;
        }
        let code = Instant::now();
        tokio::time::sleep(THINKS).await;
        let paid = Instant::now();
        let url = text(&payment, "code_url")?;
        self.simulator.pay(&url).map_err(|refused| anyhow::anyhow!("the channel refused: {refused:?}"))?;
        Ok(Paid { session: party.session.to_string(), asked, code, paid })
    }
}
