//! `bench kitchen`: orders come at a steady pace, and 200 kitchen screens follow the feed. How long until each has the change?

use super::Plan;
use super::children::Process;
use super::client::{Call, Client, find};
use super::house::BenchHouse;
use super::load::{Ids, OrderForm, note, times};
use super::report::{Goal, goal, millis};
use anyhow::{Context, bail};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Screens that follow the kitchen.
const FEEDS: usize = 200;
/// Orders a second, whatever the server does.
const PACE: u32 = 33;
/// Connections the orders are sent on.
const SENDERS: usize = 16;
/// Parties that order.
const TABLES: usize = 128;
/// Frames are waited for so long after the last order.
const LINGER: Duration = Duration::from_secs(2);

/// When an order was due to be sent and when it was accepted.
#[derive(Clone, Copy, Debug)]
struct Sent {
    due: Instant,
    accepted: Instant,
}

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let (seeded, folder) = (plan.folder()?, plan.folder()?);
    let house = BenchHouse::make(seeded.path(), TABLES, true).await?;
    house.copy_to(folder.path())?;
    let mut server = Process::serve(folder.path(), house.store, None)?;
    server.ready("/api/v1/health").await?;
    let token = house.sign_in(server.address, &mut Ids::new(7)).await?;
    let seconds = if plan.quick { 2 } else { 20 };
    let orders = usize::try_from(PACE)? * seconds;

    let path = house.path("/kitchen/feed");
    let mut feeds = Vec::with_capacity(FEEDS);
    for _ in 0..FEEDS {
        let call = Call { method: "GET", path: &path, token: Some(&token), ..Call::default() };
        let stream = Client::connect(server.address).await?.follow(call).await?;
        feeds.push(tokio::spawn(follow(stream, orders)));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let cpu = server.cpu()?;
    let sent = send_all(&server, &house, orders).await?;
    tokio::time::sleep(LINGER).await;
    let cpu = server.cpu()? - cpu;

    let (mut from_due, mut from_accept, mut missing) = (times(), times(), 0_usize);
    for feed in feeds {
        let arrived = tokio::time::timeout(LINGER, feed).await;
        let arrived = arrived.context("a feed did not get every order")???;
        missing += arrived.iter().filter(|at| at.is_none()).count();
        for (sent, at) in sent.iter().zip(arrived) {
            let Some(at) = at else { continue };
            note(&mut from_due, at.saturating_duration_since(sent.due));
            note(&mut from_accept, at.saturating_duration_since(sent.accepted));
        }
    }
    server.kill().await?;
    let three = |times| [0.5, 0.99, 1.0].map(|quantile| format!("{:.3} ms", millis(times, quantile))).join(" ");
    println!("kitchen/{FEEDS} feeds/{PACE} orders a second ({orders} orders, {} frames, {missing} missing)", from_due.len());
    println!("                        time:   [{}] p50 p99 max, from the moment the order was due to be sent", three(&from_due));
    println!("                                [{}] p50 p99 max, from its acceptance as the sender saw it", three(&from_accept));
    println!(
        "                        cpu:    {:.1} ms per order and {FEEDS} feeds",
        cpu.as_secs_f64() * 1e3 / f64::from(u32::try_from(orders)?)
    );
    goal("order accepted to change on each of 200 feeds, p99", millis(&from_accept, 0.99), "ms", Goal::AtMost(20.0));
    goal("order due to be sent to change on each of 200 feeds, p99", millis(&from_due, 0.99), "ms", Goal::AtMost(20.0));
    goal("changes that never came", f64::from(u32::try_from(missing)?), "", Goal::AtMost(0.0));
    println!();
    Ok(())
}

/// Sends orders at their times, whether or not earlier ones were answered. The order's number is in its id.
async fn send_all(server: &Process, house: &BenchHouse, orders: usize) -> anyhow::Result<Vec<Sent>> {
    let parties = house.seat(server, TABLES, 3).await?;
    let sent: Arc<Mutex<Vec<Option<Sent>>>> = Arc::new(Mutex::new(vec![None; orders]));
    let mut senders = Vec::new();
    let mut queues = Vec::new();
    for (number, parties) in parties.chunks(TABLES / SENDERS).enumerate() {
        let form = |party| OrderForm::new(house, party, number, &house.path(&format!("/sessions/{}/orders", party.session)));
        let (queue, jobs) = mpsc::unbounded_channel();
        queues.push(queue);
        let sender = Sender {
            client: Client::connect(server.address).await?,
            forms: parties.iter().map(form).collect(),
            sent: sent.clone(),
        };
        senders.push(tokio::spawn(sender.run(jobs)));
    }
    let begin = Instant::now() + Duration::from_millis(200);
    for order in 0..orders {
        let due = begin + Duration::from_secs(1) * u32::try_from(order)? / PACE;
        tokio::time::sleep_until(due.into()).await;
        queues[order % queues.len()].send((order, due)).context("a sender has ended")?;
    }
    drop(queues);
    for sender in senders {
        sender.await??;
    }
    let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
    sent.iter().copied().collect::<Option<Vec<Sent>>>().context("not every order was sent")
}

struct Sender {
    client: Client,
    forms: Vec<OrderForm>,
    sent: Arc<Mutex<Vec<Option<Sent>>>>,
}

impl Sender {
    async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<(usize, Instant)>) -> anyhow::Result<()> {
        while let Some((order, due)) = jobs.recv().await {
            let mut ids = Ids::new(order as u64 + 9000);
            let id = numbered(ids.next(), order);
            let form = order / SENDERS % self.forms.len();
            let reply = self.client.send(self.forms[form].fill(id, &mut ids)).await?;
            if reply.status != 201 {
                bail!("an order was answered with {}: {}", reply.status, String::from_utf8_lossy(reply.body));
            }
            let sent = Sent { due, accepted: Instant::now() };
            self.sent.lock().unwrap_or_else(PoisonError::into_inner)[order] = Some(sent);
        }
        Ok(())
    }
}

/// An id that ends in the order's number.
fn numbered(id: u128, order: usize) -> u128 {
    (id & !0xffff_ffff) | (order as u128 & 0xffff_ffff)
}

/// Reads a feed until every order was on it, or it ends; when each came first.
async fn follow(mut stream: TcpStream, orders: usize) -> anyhow::Result<Vec<Option<Instant>>> {
    let mut arrived = vec![None; orders];
    let (mut missing, mut received) = (orders, Vec::with_capacity(64 * 1024));
    while missing > 0 {
        if stream.read_buf(&mut received).await? == 0 {
            bail!("a feed ended");
        }
        // Only whole frames count; each ends with an empty line.
        while let Some(end) = find(&received, b"\n\n") {
            let at = Instant::now();
            for order in orders_in(&received[..end]) {
                if let Some(place) = arrived.get_mut(order).filter(|place| place.is_none()) {
                    *place = Some(at);
                    missing -= 1;
                }
            }
            received.drain(..end + 2);
        }
    }
    Ok(arrived)
}

/// The numbers of the orders a frame tells of.
fn orders_in(frame: &[u8]) -> impl Iterator<Item = usize> {
    const FIELD: &[u8] = b"\"order\":\"";
    let mut rest = frame;
    std::iter::from_fn(move || {
        let at = find(rest, FIELD)? + FIELD.len();
        let id = rest.get(at..at + 32)?;
        rest = &rest[at + 32..];
        usize::from_str_radix(std::str::from_utf8(&id[24..]).ok()?, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_found_by_the_number_in_their_id() {
        let frame = format!("data: {{\"tickets\":[{{\"order\":\"{:032x}\"}}]}}", numbered(u128::MAX, 21));
        assert_eq!(orders_in(frame.as_bytes()).collect::<Vec<_>>(), [21]);
    }
}
