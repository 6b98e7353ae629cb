//! What nothing on this machine can undercut, measured in the same run: a bare write to the disk, a bare answer over HTTP, and a bare
//! handler on the same journal at the same pace.

use super::super::Plan;
use super::super::children::Process;
use super::super::client::{Call, Client};
use super::super::floor_server::{ORDERS, Weight};
use super::super::house::{BenchHouse, Party};
use super::super::load::{OrderForm, note, times};
use super::diners::{Fate, Requests, order_all};
use super::pace::arrivals;
use anyhow::bail;
use domain::SessionId;
use hdrhistogram::Histogram;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The floors.
#[derive(Clone, Debug)]
pub(super) struct Floors {
    /// An order's bytes appended to a file and made durable, one after another.
    pub fsync: Histogram<u64>,
    /// A request answered by a handler that does nothing, one after another.
    pub http: Histogram<u64>,
    /// The same orders at the same pace, parsed and committed through the same journal, from the moment they were due.
    pub commit: Histogram<u64>,
}

/// Measures them.
pub(super) async fn measure(
    plan: &Plan,
    house: &BenchHouse,
    weight: Weight,
    pace: u32,
    length: Duration,
) -> anyhow::Result<Floors> {
    let fsync = fsync(plan, weight.event_bytes + weight.answer_bytes, length)?;
    let folder = plan.folder()?;
    let mut floor = Process::floor(folder.path(), weight)?;
    floor.ready("/health").await?;
    let http = http(&floor, length).await?;
    let party = Party { session: SessionId(1), token: "g.".to_owned() + &"0".repeat(132) };
    let forms: Vec<OrderForm> = (0..64).map(|number| OrderForm::new(house, &party, number, ORDERS)).collect();
    let requests = Requests { server: floor.address, forms: Arc::new(forms) };
    let begin = Instant::now() + Duration::from_millis(300);
    let placed = order_all(&requests, begin, &arrivals(11, pace, length), 0, None).await?;
    let mut commit = times();
    for order in placed {
        if order.fate != Fate::Accepted {
            bail!("the floor answered with {:?}", order.fate);
        }
        note(&mut commit, order.ended.saturating_duration_since(order.due));
    }
    floor.kill().await?;
    Ok(Floors { fsync, http, commit })
}

fn fsync(plan: &Plan, bytes: usize, length: Duration) -> anyhow::Result<Histogram<u64>> {
    let folder = plan.folder()?;
    let mut file = std::fs::File::create(folder.path().join("floor"))?;
    let (mut seen, content, begin) = (times(), vec![b'x'; bytes], Instant::now());
    while begin.elapsed() < length {
        let began = Instant::now();
        file.write_all(&content)?;
        file.sync_data()?;
        note(&mut seen, began.elapsed());
    }
    Ok(seen)
}

async fn http(floor: &Process, length: Duration) -> anyhow::Result<Histogram<u64>> {
    let mut client = Client::connect(floor.address).await?;
    let request = Call { method: "GET", path: "/health", ..Call::default() }.bytes();
    let (mut seen, begin) = (times(), Instant::now());
    while begin.elapsed() < length {
        let began = Instant::now();
        client.send(&request).await?;
        note(&mut seen, began.elapsed());
    }
    Ok(seen)
}
