//! Diners who order at their times, whether or not anybody was answered before: what is late is counted from the moment it was due.

use super::super::client::{Client, Reply};
use super::super::load::{Ids, OrderForm};
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc};

/// Connections that carry the orders: enough that a due order never waits for one while the server answers within a tenth of a second.
const CONNECTIONS: usize = 256;
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of an order, as its sender knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Accepted: it must be in the journal, once.
    Accepted,
    /// Told to come back later, and when: it must not be in the journal.
    TurnedAway,
    /// Anything else the server said.
    Otherwise(u16),
    /// No answer: it may be in the journal.
    Lost,
}

impl Fate {
    /// Reads an answer. A refusal counts as one only if it says when to try again.
    pub fn of(reply: &Reply<'_>) -> Fate {
        match reply.status {
            200 | 201 => Fate::Accepted,
            429 | 503 if reply.retry_after && !may_be_done(reply.body) => Fate::TurnedAway,
            503 if may_be_done(reply.body) => Fate::Lost,
            other => Fate::Otherwise(other),
        }
    }
}

/// The server itself says that it does not know: that is no refusal.
fn may_be_done(body: &[u8]) -> bool {
    ["\"code\":\"unknown\"", "\"code\":\"timeout\""].iter().any(|code| memchr::memmem::find(body, code.as_bytes()).is_some())
}

/// An order of the run.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its number, which its id ends in.
    pub number: usize,
    pub id: u128,
    pub due: Instant,
    pub ended: Instant,
    pub fate: Fate,
}

/// What is sent, and where.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub server: SocketAddr,
    /// The parties' orders; order number n is the n-th party's, round and round.
    pub forms: Arc<Vec<OrderForm>>,
}

/// The id of an order: looks random, and ends in its number.
pub(super) fn order_id(number: usize) -> u128 {
    let id = Ids::new(number as u64 + 90_000).next();
    (id & !0xffff_ffff) | (number as u128 & 0xffff_ffff)
}

/// Sends the orders from `first` on at their times after `begin`; `accepted` hears of each accepted one at once.
pub(super) async fn order_all(
    requests: &Requests,
    begin: Instant,
    arrivals: &[Duration],
    first: usize,
    accepted: Option<mpsc::UnboundedSender<usize>>,
) -> anyhow::Result<Vec<Placed>> {
    let (queue, jobs) = mpsc::unbounded_channel();
    let jobs = Arc::new(Mutex::new(jobs));
    let mut carriers = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let carrier = Carrier {
            client: Client::connect(requests.server).await?,
            requests: requests.clone(),
            jobs: jobs.clone(),
            accepted: accepted.clone(),
        };
        carriers.push(tokio::spawn(carrier.run()));
    }
    drop(accepted);
    for (number, after) in (first..).zip(arrivals) {
        let due = begin + *after;
        tokio::time::sleep_until(due.into()).await;
        queue.send((number, due)).context("nobody carries orders any more")?;
    }
    drop(queue);
    let mut placed = Vec::with_capacity(arrivals.len());
    for carrier in carriers {
        placed.append(&mut carrier.await??);
    }
    placed.sort_by_key(|order| order.number);
    Ok(placed)
}

struct Carrier {
    client: Client,
    requests: Requests,
    jobs: Arc<Mutex<mpsc::UnboundedReceiver<(usize, Instant)>>>,
    accepted: Option<mpsc::UnboundedSender<usize>>,
}

impl Carrier {
    async fn run(mut self) -> anyhow::Result<Vec<Placed>> {
        let mut placed = Vec::new();
        loop {
            let job = self.jobs.lock().await.recv().await;
            let Some((number, due)) = job else { return Ok(placed) };
            let mut form = self.requests.forms[number % self.requests.forms.len()].clone();
            let id = order_id(number);
            let request = form.fill(id, &mut Ids::new(number as u64 + 500_000_000));
            let fate = match tokio::time::timeout(PATIENCE, self.client.send(request)).await {
                Ok(Ok(reply)) => Fate::of(&reply),
                Ok(Err(_)) | Err(_) => Fate::Lost,
            };
            placed.push(Placed { number, id, due, ended: Instant::now(), fate: fate.clone() });
            match fate {
                Fate::Accepted => drop(self.accepted.as_ref().map(|accepted| accepted.send(number))),
                Fate::Lost => self.client = Client::connect(self.requests.server).await?,
                Fate::TurnedAway | Fate::Otherwise(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_only_with_the_time_to_come_back() {
        let fate = |status, retry_after, body: &str| Fate::of(&Reply { status, retry_after, body: body.as_bytes() });
        assert_eq!(fate(201, false, "{}"), Fate::Accepted);
        assert_eq!(fate(503, true, "{\"code\":\"busy\"}"), Fate::TurnedAway);
        assert_eq!(fate(429, true, "{}"), Fate::TurnedAway);
        assert_eq!(fate(503, false, "{\"code\":\"busy\"}"), Fate::Otherwise(503));
        assert_eq!(fate(503, true, "{\"code\":\"timeout\"}"), Fate::Lost);
        assert_eq!(fate(500, false, ""), Fate::Otherwise(500));
    }

    #[test]
    fn an_order_is_known_by_its_id() {
        assert_eq!(order_id(77) & 0xffff_ffff, 77);
        assert_ne!(order_id(77) >> 32, order_id(78) >> 32);
    }
}
