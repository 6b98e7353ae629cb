//! `bench complete`: an order is placed, its payment is asked for, paid at the simulated channel, reported back by a signed
//! notice, and credited to the check. The simulator runs in the load's process, so the server's CPU time is the server's alone.

use super::Plan;
use super::children::Process;
use super::client::{Call, Client};
use super::house::{BenchHouse, Party, text};
use super::load::{Ids, OrderForm, Span, note, times};
use super::orders::floor_window;
use super::report::{Goal, Series, Window, goal};
use anyhow::{Context, bail};
use channel_sim::SimConfig;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Connections at a time, each with a phone of its own.
const PHONES: usize = 64;
/// How often a phone asks whether it is paid.
const ASK_EVERY: Duration = Duration::from_millis(10);
/// An order not credited by then is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let (seeded, channels) = (plan.folder()?, plan.folder()?);
    let house = Arc::new(BenchHouse::make(seeded.path(), PHONES, true).await?);
    let sim = channel_sim::start(SimConfig::new(channels.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await?;
    let (mut server, mut floor) = (Series::default(), Series::default());
    for _ in 0..plan.rounds {
        server.0.push(server_window(plan, &house, &sim).await?);
        floor.0.push(floor_window(plan, &house, PHONES).await?);
    }
    sim.shutdown().await;
    server.print(&format!("complete/{PHONES}/dandan"), "orders");
    floor.print(&format!("complete/{PHONES}/floor (orders)"), "orders");
    let ratio = server.mid(Window::rate) / (floor.mid(Window::rate) / 3.0);
    goal("complete orders/s, part of a third of the floor's orders/s", ratio, "", Goal::AtLeast(0.25));
    println!();
    Ok(())
}

async fn server_window(plan: &Plan, house: &Arc<BenchHouse>, sim: &channel_sim::Running) -> anyhow::Result<Window> {
    let folder = plan.folder()?;
    house.copy_to(folder.path())?;
    let mut server = Process::serve(folder.path(), house.store, Some(&sim.merchant.config))?;
    server.ready("/api/v1/health").await?;
    let parties = house.seat(&server, PHONES, 1).await?;
    let span = Span::after(plan.warm_up, plan.window);
    let phones = parties.into_iter().zip(0..).map(|(party, number)| {
        let phone = Phone { house: house.clone(), party, number, server: server.address, sim: sim.addr };
        tokio::spawn(phone.drive(span))
    });
    let phones: Vec<_> = phones.collect();
    tokio::time::sleep_until(span.begin.into()).await;
    let (commits, cpu) = (server.commits().await?, server.cpu()?);
    tokio::time::sleep_until(span.end.into()).await;
    let cpu = server.cpu()? - cpu;
    let commits = server.commits().await? - commits;
    let mut all = times();
    for phone in phones {
        all.add(phone.await??)?;
    }
    server.kill().await?;
    Ok(Window { done: all.len(), length: plan.window, cpu, commits, times: all })
}

/// One diner, ordering and paying again and again.
struct Phone {
    house: Arc<BenchHouse>,
    party: Party,
    number: u32,
    server: SocketAddr,
    sim: SocketAddr,
}

impl Phone {
    async fn drive(self, span: Span) -> anyhow::Result<Histogram<u64>> {
        let (mut shop, mut wallet) = (Client::connect(self.server).await?, Client::connect(self.sim).await?);
        let mut ids = Ids::new(u64::from(self.number) + 500);
        let orders = self.house.path(&format!("/sessions/{}/orders", self.party.session));
        let mut form = OrderForm::new(&self.house, &self.party, usize::try_from(self.number)?, &orders);
        let mut seen = times();
        loop {
            let began = Instant::now();
            let placed = shop.send(form.fill(ids.next(), &mut ids)).await?;
            if placed.status != 201 {
                bail!("an order was answered with {}: {}", placed.status, String::from_utf8_lossy(placed.body));
            }
            self.pay(&mut shop, &mut wallet, form.total, &mut ids).await?;
            let ended = Instant::now();
            if ended >= span.end {
                return Ok(seen);
            }
            if ended >= span.begin {
                note(&mut seen, ended - began);
            }
        }
    }

    /// Pays what is due and waits until the server says that it is paid.
    async fn pay(&self, shop: &mut Client, wallet: &mut Client, amount: i64, ids: &mut Ids) -> anyhow::Result<()> {
        let ask = format!("{:032x}", ids.next());
        let path = self.house.path(&format!("/sessions/{}/payments", self.party.session));
        let body = json!({ "ask": ask, "way": "wechat_native", "amount": amount, "order": null, "openid": null });
        let token = Some(self.party.token.as_str());
        let asked = Call { method: "POST", path: &path, token, key: Some(ids.next()), body: Some(&body) };
        let mut payment = shop.json(asked).await?;
        let path = format!("{path}/{ask}");
        let look = Call { method: "GET", path: &path, token, ..Call::default() };
        let began = Instant::now();
        while payment["code_url"].is_null() {
            wait(began, &payment).await?;
            payment = shop.json(look).await?;
        }
        let code = json!({ "code": text(&payment, "code_url")? });
        let confirm = Call { method: "POST", path: "/control/pay", body: Some(&code), ..Call::default() };
        wallet.json(confirm).await.context("the simulated wallet")?;
        while payment["state"] != "paid" {
            wait(began, &payment).await?;
            payment = shop.json(look).await?;
        }
        Ok(())
    }
}

/// Waits until a phone asks again.
async fn wait(since: Instant, payment: &Value) -> anyhow::Result<()> {
    if since.elapsed() > PATIENCE {
        bail!("a payment was not credited in {PATIENCE:?}: {payment}");
    }
    tokio::time::sleep(ASK_EVERY).await;
    Ok(())
}
