//! `bench complete`: an order is placed, its payment is asked for, paid at the simulated channel, reported back by a signed
//! notice, and credited to the check. The simulator runs in the load's process, so the server's CPU time is the server's alone.

use super::Plan;
use super::children::Process;
use super::client::{Call, Client};
use super::floor_server::Weight;
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
/// Parties each of them orders for in turn, so that no check grows long.
const PARTIES: usize = 12;
/// Orders it places for one before it goes on with the next.
const ORDERS_EACH: usize = 3;
/// How often a phone asks whether it is paid.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// An order not credited by then is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let (seeded, channels) = (plan.folder()?, plan.folder()?);
    let house = Arc::new(BenchHouse::make(seeded.path(), PHONES * PARTIES, true).await?);
    let sim = channel_sim::start(SimConfig::new(channels.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await?;
    let (mut server, mut floor) = (Series::default(), Series::default());
    for round in 0..plan.rounds {
        let (window, weight) = server_window(plan, &house, &sim, round).await?;
        server.0.push(window);
        floor.0.push(floor_window(plan, &house, PHONES, weight).await?);
    }
    sim.shutdown().await;
    server.print(&format!("complete/{PHONES}/dandan"), "orders");
    floor.print(&format!("complete/{PHONES}/floor (orders)"), "orders");
    let ratio = server.mid(Window::rate) / (floor.mid(Window::rate) / 3.0);
    goal("complete orders/s, part of a third of the floor's orders/s", ratio, "", Goal::AtLeast(0.25));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    println!(
        "      load, simulated wallet and simulated channel, with two RSA signatures per payment, ran on the same {cores} cores;\n\
        \x20     by the server's own CPU time alone a core carries {:.0} complete orders/s",
        1e6 / server.mid(Window::cpu_us)
    );
    println!();
    Ok(())
}

async fn server_window(
    plan: &Plan,
    house: &Arc<BenchHouse>,
    sim: &channel_sim::Running,
    round: u32,
) -> anyhow::Result<(Window, Weight)> {
    let folder = plan.folder()?;
    house.copy_to(folder.path())?;
    let mut server = Process::serve(folder.path(), house.store, Some(&sim.merchant.config))?;
    server.ready("/api/v1/health").await?;
    let parties = house.seat(&server, PHONES * PARTIES, 1).await?;
    let span = Span::after(plan.warm_up, plan.window);
    // The channel remembers every number: each window needs its own.
    let phones = parties.chunks(PARTIES).zip(u64::from(round) * 1_000..).map(|(parties, seed)| {
        let phone = Phone { house: house.clone(), parties: parties.to_vec(), seed, server: server.address, sim: sim.addr };
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
    let window = Window { done: all.len(), length: plan.window, cpu, commits, times: all };
    Ok((window, Weight::of_orders(folder.path(), house.store).await?))
}

/// One diner, ordering and paying again and again.
struct Phone {
    house: Arc<BenchHouse>,
    parties: Vec<Party>,
    seed: u64,
    server: SocketAddr,
    sim: SocketAddr,
}

impl Phone {
    async fn drive(self, span: Span) -> anyhow::Result<Histogram<u64>> {
        let (mut shop, mut wallet) = (Client::connect(self.server).await?, Client::connect(self.sim).await?);
        let mut ids = Ids::new(self.seed + 500);
        let form = |(number, party): (usize, &Party)| {
            OrderForm::new(&self.house, party, number, &self.house.path(&format!("/sessions/{}/orders", party.session)))
        };
        let mut forms: Vec<OrderForm> = self.parties.iter().enumerate().map(form).collect();
        let mut seen = times();
        for sent in 0.. {
            let turn = sent / ORDERS_EACH % forms.len();
            let began = Instant::now();
            let placed = shop.send(forms[turn].fill(ids.next(), &mut ids)).await?;
            if placed.status != 201 {
                bail!("an order was answered with {}: {}", placed.status, String::from_utf8_lossy(placed.body));
            }
            self.pay(&self.parties[turn], &mut shop, &mut wallet, forms[turn].total, &mut ids).await?;
            let ended = Instant::now();
            if ended >= span.end {
                break;
            }
            if ended >= span.begin {
                note(&mut seen, ended - began);
            }
        }
        Ok(seen)
    }

    /// Pays what is due and waits until the server says that it is paid.
    async fn pay(&self, party: &Party, shop: &mut Client, wallet: &mut Client, amount: i64, ids: &mut Ids) -> anyhow::Result<()> {
        let ask = format!("{:032x}", ids.next());
        let path = self.house.path(&format!("/sessions/{}/payments", party.session));
        let body = json!({ "ask": ask, "way": "wechat_native", "amount": amount, "order": null });
        let token = Some(party.token.as_str());
        let asked = Call { method: "POST", path: &path, token, key: Some(ids.next()), body: Some(&body), ..Call::default() };
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
