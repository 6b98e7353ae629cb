//! Beyond capacity: more people than the queue holds, each sending the next order as soon as the last was answered. Who is told to come
//! back later does so, with the same order, after the time that was named.

use super::super::client::Client;
use super::super::load::Ids;
use super::super::report::count;
use super::diners::{Fate, Requests};
use anyhow::Context;
use std::time::{Duration, Instant};

/// People at once: the queue holds 4,096.
pub(super) const PEOPLE: usize = 7_000;
/// What a refusal asks for.
const COME_BACK: Duration = Duration::from_secs(1);
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(30);
/// Their connections come in over so long: opening them is not what is measured.
const COMING_IN: Duration = Duration::from_secs(2);

/// What the crowd saw.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub accepted: Vec<u128>,
    pub turned_away: Vec<u128>,
    pub lost: Vec<u128>,
    /// How often somebody was told to come back later.
    pub refusals: u64,
    /// Answers that were neither, and the first of them.
    pub otherwise: u64,
    pub strangest: Option<u16>,
    /// From sending to acceptance, of those accepted at that try.
    pub accepting: Vec<Duration>,
    /// From sending to the refusal.
    pub refusing: Vec<Duration>,
    pub length: Duration,
}

impl Crowd {
    fn none(length: Duration) -> Crowd {
        Crowd {
            accepted: Vec::new(),
            turned_away: Vec::new(),
            lost: Vec::new(),
            refusals: 0,
            otherwise: 0,
            strangest: None,
            accepting: Vec::new(),
            refusing: Vec::new(),
            length,
        }
    }
}

/// Lets the crowd in for a while.
pub(super) async fn crush(requests: &Requests, people: usize, length: Duration) -> anyhow::Result<Crowd> {
    let begin = Instant::now() + COMING_IN;
    let each = (0..people).map(|person| tokio::spawn(one(requests.clone(), person, people, begin, length)));
    let each: Vec<_> = each.collect();
    let mut all = Crowd::none(length);
    for one in each {
        let one = one.await.context("a person of the crowd has ended")??;
        all.accepted.extend(one.accepted);
        all.turned_away.extend(one.turned_away);
        all.lost.extend(one.lost);
        all.refusals += one.refusals;
        all.otherwise += one.otherwise;
        all.strangest = all.strangest.or(one.strangest);
        all.accepting.extend(one.accepting);
        all.refusing.extend(one.refusing);
    }
    Ok(all)
}

async fn one(requests: Requests, person: usize, people: usize, begin: Instant, length: Duration) -> anyhow::Result<Crowd> {
    let early = COMING_IN.mul_f64(count((people - person) as u64) / count(people as u64));
    tokio::time::sleep_until((begin - early).into()).await;
    let mut client = Client::connect(requests.server).await?;
    let mut form = requests.forms[person % requests.forms.len()].clone();
    let mut ids = Ids::new(person as u64 + 3_000_000_000);
    let mut mine = Crowd::none(length);
    tokio::time::sleep_until(begin.into()).await;
    while begin.elapsed() < length {
        // Outside the numbers of the run's other orders.
        let id = ids.next() | 0x8000_0000;
        let bytes = form.fill(id, &mut ids).to_vec();
        loop {
            let sent = Instant::now();
            let fate = match tokio::time::timeout(PATIENCE, client.send(&bytes)).await {
                Ok(Ok(reply)) => Fate::of(&reply),
                Ok(Err(_)) | Err(_) => Fate::Lost,
            };
            match fate {
                Fate::Accepted => {
                    mine.accepting.push(sent.elapsed());
                    mine.accepted.push(id);
                }
                Fate::TurnedAway => {
                    mine.refusing.push(sent.elapsed());
                    mine.refusals += 1;
                    if begin.elapsed() + COME_BACK < length {
                        tokio::time::sleep(COME_BACK).await;
                        continue;
                    }
                    mine.turned_away.push(id);
                }
                Fate::Otherwise(status) => {
                    mine.otherwise += 1;
                    mine.strangest = mine.strangest.or(Some(status));
                }
                Fate::Lost => {
                    mine.lost.push(id);
                    client = Client::connect(requests.server).await?;
                }
            }
            break;
        }
    }
    Ok(mine)
}
