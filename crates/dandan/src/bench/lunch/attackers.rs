//! Strangers who mean harm: a thousand requests a second of forged codes, bad tokens, broken bodies and orders nobody wants.

use super::super::client::{Call, Client};
use super::super::house::{BenchHouse, Party};
use super::super::load::{Ids, OrderForm};
use super::diners::Fate;
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Their requests a second, whatever the server does.
pub(super) const PACE: u32 = 1_000;
/// Connections they keep.
const CONNECTIONS: u32 = 50;

/// Where the attack comes from, as the proxy in front of the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// One address: a phone in the hall, or a neighbour.
    One,
    /// As many addresses as connections, each below what one address may ask for.
    Many,
}

/// What the attackers were answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    pub statuses: BTreeMap<u16, u64>,
    /// Held back without saying until when.
    pub without_retry_after: u64,
    /// Orders that went through: they had a true token, and the address was within its measure.
    pub accepted: Vec<u128>,
    pub turned_away: Vec<u128>,
    pub unanswered: u64,
}

/// The attackers' means: one of them sits at a table and has a true token.
#[derive(Clone, Debug)]
pub(super) struct Attackers {
    pub house: Arc<BenchHouse>,
    pub server: SocketAddr,
    pub party: Party,
}

impl Attackers {
    /// Attacks for a while.
    pub async fn attack(&self, from: From, begin: Instant, length: Duration, seed: u64) -> anyhow::Result<Answers> {
        let each = (0..CONNECTIONS).map(|connection| {
            let attackers = self.clone();
            tokio::spawn(async move { attackers.one(from, connection, begin, length, seed + u64::from(connection)).await })
        });
        let each: Vec<_> = each.collect();
        let mut all = Answers::default();
        for one in each {
            let one = one.await.context("an attacker has ended")??;
            for (status, count) in one.statuses {
                *all.statuses.entry(status).or_default() += count;
            }
            all.without_retry_after += one.without_retry_after;
            all.unanswered += one.unanswered;
            all.accepted.extend(one.accepted);
            all.turned_away.extend(one.turned_away);
        }
        Ok(all)
    }

    async fn one(&self, from: From, connection: u32, begin: Instant, length: Duration, seed: u64) -> anyhow::Result<Answers> {
        let address = match from {
            From::One => Ipv4Addr::new(203, 0, 113, 66),
            From::Many => Ipv4Addr::new(198, 51, 100, u8::try_from(connection + 1)?),
        };
        let path = self.house.path(&format!("/sessions/{}/orders", self.party.session));
        let mut spam = OrderForm::from(&self.house, &self.party, 1, &path, Some(address));
        let mut client = Client::connect(self.server).await?;
        let (mut ids, mut answers) = (Ids::new(seed), Answers::default());
        for turn in 0.. {
            let due = begin + Duration::from_secs(1) * (turn * CONNECTIONS + connection) / PACE;
            if due >= begin + length {
                break;
            }
            tokio::time::sleep_until(due.into()).await;
            let id = ids.next();
            let is_spam = turn % 4 == 3;
            let bytes = if is_spam { spam.fill(id, &mut ids).to_vec() } else { self.nonsense(turn % 4, address, id) };
            let Ok(reply) = client.send(&bytes).await else {
                answers.unanswered += 1;
                client = Client::connect(self.server).await?;
                continue;
            };
            *answers.statuses.entry(reply.status).or_default() += 1;
            answers.without_retry_after += u64::from(matches!(reply.status, 429 | 503) && !reply.retry_after);
            match (is_spam, Fate::of(&reply)) {
                (true, Fate::Accepted) => answers.accepted.push(id),
                (true, Fate::TurnedAway) => answers.turned_away.push(id),
                (true, Fate::Otherwise(_) | Fate::Lost) | (false, _) => {}
            }
        }
        Ok(answers)
    }

    /// A request that must come to nothing.
    fn nonsense(&self, kind: u32, address: Ipv4Addr, id: u128) -> Vec<u8> {
        let path = match kind {
            0 => self.house.path("/sessions/join"),
            _ => self.house.path(&format!("/sessions/{}/orders", self.party.session)),
        };
        let join = json!({ "code": format!("t1.1.{:020x}", id >> 48), "guest": format!("{id:032x}"), "name": "x", "covers": 4, "session": format!("{id:032x}") });
        let broken = json!({ "order": format!("{id:032x}"), "lines": [[[[[]]]]], "total": -1 });
        let token = match kind {
            // A true token whose last characters are another's.
            1 => format!("{}00", &self.party.token[..self.party.token.len() - 2]),
            _ => self.party.token.clone(),
        };
        let body = if kind == 0 { &join } else { &broken };
        let call = Call {
            method: "POST",
            path: &path,
            token: (kind > 0).then_some(token.as_str()),
            key: Some(id),
            forwarded: Some(address),
            body: Some(body),
        };
        call.bytes()
    }
}
