//! From the channel's taking of the money to the frame on a till's feed that shows the check paid.

use super::super::Plan;
use super::super::children::Process;
use super::super::client::{Call, Client, find};
use super::super::house::{BenchHouse, Party};
use super::super::load::{Ids, note, times};
use super::super::report::{Goal, goal, millis};
use super::diners::order_and_ask;
use anyhow::{Context, bail};
use channel_sim::{Fault, Kind, SimConfig, Simulator};
use hdrhistogram::Histogram;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Diners that begin to pay in a second.
const PACE: u32 = 10;
/// Payments that are reported, and payments whose notices are lost.
const PAYMENTS: (usize, usize) = (300, 60);
const PAYMENTS_QUICK: (usize, usize) = (30, 10);
/// A diner looks at the code for so long, and for up to as much again: the server's own questions come at every point of that.
const THINKS_MS: u64 = 2_000;
/// A payment the till does not show by then is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// When the till first showed each party's check paid.
type Shown = Arc<Mutex<BTreeMap<String, Instant>>>;

/// Runs this part of the bench.
pub(super) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let (reported, lost) = if plan.quick { PAYMENTS_QUICK } else { PAYMENTS };
    let (seeded, folder, channels) = (plan.folder()?, plan.folder()?, plan.folder()?);
    let house = Arc::new(BenchHouse::make(seeded.path(), reported + lost, true).await?);
    let sim = channel_sim::start(SimConfig::new(channels.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await?;
    house.copy_to(folder.path())?;
    let mut server = Process::serve(folder.path(), house.store, Some(&sim.merchant.config))?;
    server.ready("/api/v1/health").await?;
    let token = house.sign_in(server.address, &mut Ids::new(7)).await?;
    let parties = house.seat(&server, reported + lost, 1).await?;
    let path = house.path("/floor/feed");
    let call = Call { method: "GET", path: &path, token: Some(&token), ..Call::default() };
    let shown = Shown::default();
    let till = follow(Client::connect(server.address).await?.follow(call).await?, shown.clone());
    let diners = Diners { house, server: server.address, simulator: sim.simulator.clone(), shown };
    let (with_notice, without) = parties.split_at(reported);
    let both = async {
        let told = diners.pay(with_notice).await?;
        sim.simulator.fault(Fault::new(Kind::DropNotice));
        anyhow::Ok((told, diners.pay(without).await?))
    };
    let (told, untold) = tokio::select! {
        done = both => done?,
        Err(error) = till => return Err(error.context("the till's feed")),
    };
    server.kill().await?;
    sim.shutdown().await;
    println!("till/{reported} payments, {PACE} a second, both channels");
    print("channel has the money -> frame at the till", &told);
    println!("till/{lost} payments whose notices are lost");
    print("channel has the money -> frame at the till", &untold);
    goal("paid at the channel to shown paid at the till, p99", millis(&told, 0.99), "ms", Goal::AtMost(1_000.0));
    goal("the same without any notice, longest", millis(&untold, 1.0), "ms", Goal::AtMost(8_000.0));
    println!();
    Ok(())
}

fn print(what: &str, times: &Histogram<u64>) {
    let three = [0.5, 0.99, 1.0].map(|quantile| format!("{:.1} ms", millis(times, quantile))).join(" ");
    println!("                        time:   [{three}] p50 p99 max, {what}");
}

#[derive(Debug)]
struct Diners {
    house: Arc<BenchHouse>,
    server: SocketAddr,
    simulator: Simulator,
    shown: Shown,
}

impl Diners {
    /// Lets each party pay once, and waits until the till has shown them all.
    async fn pay(&self, parties: &[Party]) -> anyhow::Result<Histogram<u64>> {
        let begin = Instant::now();
        let diners = parties.iter().zip(0..).map(|(party, number)| async move {
            tokio::time::sleep_until((begin + Duration::from_secs(1) * number / PACE).into()).await;
            self.dine(party, number).await
        });
        let paid = futures::future::try_join_all(diners).await?;
        let began = Instant::now();
        let shown = |id: &String| self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied();
        while !paid.iter().all(|(id, _)| shown(id).is_some()) {
            if began.elapsed() > PATIENCE {
                bail!("a payment was not shown at the till in {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut took = times();
        for (id, at) in paid {
            note(&mut took, shown(&id).context("it was there")?.saturating_duration_since(at));
        }
        Ok(took)
    }

    /// Orders, looks at the code, pays; the party, and when the channel was told to take the money.
    async fn dine(&self, party: &Party, number: u32) -> anyhow::Result<(String, Instant)> {
        let mut client = Client::connect(self.server).await?;
        // Parties of both rounds differ, and so do their ids.
        let mut ids = Ids::new(u64::try_from(party.session.0 & 0xffff_ffff)? + 31);
        let ready = order_and_ask(&self.house, &mut client, party, usize::try_from(number)?, &mut ids).await?;
        let more = u64::try_from(ids.next() % u128::from(THINKS_MS))?;
        tokio::time::sleep(Duration::from_millis(THINKS_MS + more)).await;
        let at = Instant::now();
        self.simulator.pay(&ready.code).map_err(|refused| anyhow::anyhow!("the channel refused: {refused:?}"))?;
        Ok((party.session.to_string(), at))
    }
}

/// Reads the floor's feed as a till does.
async fn follow(mut stream: TcpStream, shown: Shown) -> anyhow::Result<()> {
    let mut received = Vec::with_capacity(64 * 1024);
    loop {
        if stream.read_buf(&mut received).await? == 0 {
            bail!("the feed ended");
        }
        // Only whole frames count; each ends with an empty line.
        while let Some(end) = find(&received, b"\n\n") {
            let at = Instant::now();
            for id in paid_in(&received[..end])? {
                shown.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(at);
            }
            received.drain(..end + 2);
        }
    }
}

/// Parties whose check a frame shows paid.
fn paid_in(frame: &[u8]) -> anyhow::Result<Vec<String>> {
    // At the start of a line: a header of the answer says "data: " as well.
    const DATA: &[u8] = b"\ndata: ";
    let Some(at) = find(frame, DATA) else { return Ok(Vec::new()) };
    let line = frame[at + DATA.len()..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let frame: Value = serde_json::from_slice(line).context("a frame can't be read")?;
    let tables = frame["change"]["tables"].as_array().into_iter().flatten();
    let parties = tables.filter_map(|table| table["sessions"].as_array()).flatten();
    let paid = |party: &&Value| party["balance"] == 0 && party["paid"].as_i64().is_some_and(|paid| paid > 0);
    Ok(parties.filter(paid).filter_map(|party| party["id"].as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_that_owes_nothing_has_paid_once_it_paid_something() {
        let party = |id: &str, paid: i64, balance: i64| serde_json::json!({ "id": id, "paid": paid, "balance": balance });
        let sessions = [party("a", 0, 0), party("b", 100, 20), party("c", 100, 0)];
        let frame = serde_json::json!({ "type": "change", "change": { "tables": [{ "sessions": sessions }] } });
        assert_eq!(paid_in(format!("1f\r\ndata: {frame}\nid: 7").as_bytes()).expect("reads"), ["c"]);
    }
}
