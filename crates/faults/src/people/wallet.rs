//! A guest who pays with a phone: orders, asks to pay, pays at the channel, and waits until the house says so.

use super::line::client;
use super::phone::Phone;
use anyhow::{bail, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long the house may take to say "paid" once everything works again.
const PAID_WITHIN: Duration = Duration::from_secs(45);

/// A payer's hand at the channel.
#[derive(Clone, Debug)]
pub struct Wallet {
    control: SocketAddr,
    http: reqwest::Client,
}

/// A payment that was made at the channel.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The wish.
    pub ask: String,
    /// In fen.
    pub amount: i64,
}

impl Wallet {
    /// A wallet at the simulated channels.
    ///
    /// # Errors
    /// There is no TLS provider.
    pub fn new(control: SocketAddr) -> anyhow::Result<Wallet> {
        Ok(Wallet { control, http: client()? })
    }

    /// Orders, asks, waits for a code, and pays it at the channel.
    ///
    /// # Errors
    /// No code within the patience, or the channel refuses.
    pub async fn order_and_pay(&self, phone: &mut Phone, way: &str) -> anyhow::Result<Payment> {
        phone.order().await?;
        let (ask, amount) = phone.ask_to_pay(way).await?;
        self.pay_when_asked(phone, ask, amount).await
    }

    /// Waits for the code of a payment and pays it.
    ///
    /// # Errors
    /// As for [`Wallet::order_and_pay`].
    pub async fn pay_when_asked(&self, phone: &mut Phone, ask: String, amount: i64) -> anyhow::Result<Payment> {
        let began = Instant::now();
        let code = loop {
            let view = phone.payment(&ask).await?;
            match view["code_url"].as_str() {
                Some(code) => break code.to_owned(),
                None if began.elapsed() > PAID_WITHIN => bail!("payment {ask} got no code: {view}"),
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        self.pay(&code).await?;
        Ok(Payment { ask, amount })
    }

    /// Pays a code.
    ///
    /// # Errors
    /// The channel refuses or can't be reached.
    pub async fn pay(&self, code: &str) -> anyhow::Result<()> {
        let response = self.http.post(format!("http://{}/control/pay", self.control)).json(&json!({ "code": code }));
        let response = response.timeout(PAID_WITHIN).send().await?;
        let (status, body) = (response.status(), response.text().await.unwrap_or_default());
        // Paid before counts: the answer to the first try may be what was lost.
        ensure!(status.is_success() || body.contains("paid"), "the channel took no money: {status} {body}");
        Ok(())
    }

    /// Waits until the house says that it was paid; how long that took.
    ///
    /// # Errors
    /// It never does.
    pub async fn is_paid(&self, phone: &mut Phone, payment: &Payment) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            let view = phone.payment(&payment.ask).await?;
            if view["state"] == "paid" {
                return Ok(began.elapsed());
            }
            ensure!(began.elapsed() < PAID_WITHIN, "payment {} was made and the house says {}", payment.ask, view["state"]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The channels' own book.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn book(&self) -> anyhow::Result<Vec<Value>> {
        Ok(self.http.get(format!("http://{}/control/orders", self.control)).send().await?.json().await?)
    }
}
