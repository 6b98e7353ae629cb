//! The payment channels of a world: the real simulator behind wires that a server's death cuts, with its own book as the truth.

use crate::clock::{ServerClock, TrueTime};
use crate::facts::Fact;
use crate::gate::Gate;
use crate::plan::FaultKind;
use crate::storm::Storm;
use crate::witness::Witness;
use anyhow::Context;
use channel_sim::{Courier, Fault, Kind, Op, RefundEnd, SimConfig, Simulator, Which};
use domain::Money;
use drill::{Dice, ToChannel};
use engine::Clock;
use pay::{Answer, NoAnswer, PaymentConfig, Transport, WireRequest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Where the simulator pretends to be.
const BASE: &str = "http://127.0.0.1:1";
/// How long a packet takes to the channel's notice and back.
const HOP: Duration = Duration::from_millis(20);

/// Both channels.
pub(crate) struct Channels {
    pub sim: Simulator,
    wire: Arc<ToChannel>,
    merchant: PaymentConfig,
    witness: Arc<Witness>,
    told: Mutex<BTreeMap<(bool, String), Told>>,
}

/// What the onlooker knows of a row of a channel's book.
#[derive(Debug, Default)]
struct Told {
    known: bool,
    taken: bool,
    reversed: bool,
    refunds: usize,
    given: BTreeSet<String>,
}

/// Carries notices to whichever server runs.
pub(crate) trait Doorstep: Send + Sync {
    /// Hands a notice to the running server; nothing when none answers.
    fn deliver(
        &self,
        path: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> futures::future::BoxFuture<'_, Option<(u16, Vec<u8>)>>;
}

/// The way of the channels' notices.
#[derive(Default)]
pub(crate) struct Post(OnceLock<Arc<dyn Doorstep>>);

impl Post {
    pub fn lead_to(&self, door: Arc<dyn Doorstep>) {
        let _ = self.0.set(door);
    }
}

#[async_trait::async_trait]
impl Courier for Post {
    async fn deliver(&self, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        tokio::time::sleep(HOP).await;
        let after = url.find("://").map_or(0, |at| at + 3);
        let path = url[after..].find('/').map_or("/", |at| &url[after + at..]).to_owned();
        let answer = self.0.get()?.deliver(path, headers, body).await;
        tokio::time::sleep(HOP).await;
        answer
    }
}

impl Channels {
    pub fn new(keys: &Path, seed: u64, time: &TrueTime, post: Arc<Post>, witness: Arc<Witness>) -> anyhow::Result<Channels> {
        let time = time.clone();
        let config = SimConfig {
            seed,
            light_keys: true,
            ..SimConfig::in_process(keys, channel_sim::Clock(Arc::new(move || time.now_ms())), post)
        };
        let sim = Simulator::new(config)?;
        let mut merchant: PaymentConfig = toml::from_str(&sim.merchant_toml(BASE)).context("the simulator's merchant.toml")?;
        merchant.resolve(keys);
        let wire = ToChannel::new(sim.router());
        Ok(Channels { sim, wire, merchant, witness, told: Mutex::default() })
    }

    /// Our side, for one life of the server.
    pub fn ours(self: &Arc<Self>, gate: &Gate, clock: &ServerClock) -> anyhow::Result<pay::Channels> {
        let clock = clock.clone();
        let clock: pay::Clock = Arc::new(move || clock.now_ms());
        let wire: Arc<dyn Transport> = Arc::new(Cable { channels: self.clone(), gate: gate.clone() });
        pay::Channels::open_over(&self.merchant, &clock, &wire).context("the channels")
    }

    /// A payer confirms; says whether the channel took the money.
    pub fn confirm(&self, number: &str) -> bool {
        let paid = self.sim.pay(number).is_ok();
        self.look();
        paid
    }

    /// Compares the channels' books with what was told of them, and tells what is new.
    pub fn look(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut news = Vec::new();
        for row in self.sim.rows() {
            let wechat = row.channel == Which::Wechat;
            let channel = if wechat { "wechat" } else { "alipay" };
            let known = told.entry((wechat, row.number.clone())).or_default();
            let (number, amount) = (row.number.clone(), Money(row.fen));
            if !std::mem::replace(&mut known.known, true) {
                news.push(Fact::ChannelKnows { channel, number: number.clone() });
            }
            if row.paid_ms.is_some() && !std::mem::replace(&mut known.taken, true) {
                news.push(Fact::ChannelTook { channel, number: number.clone(), amount });
            }
            let reversed = row.reversed_ms.is_some() && row.paid_ms.is_some();
            if reversed && !std::mem::replace(&mut known.reversed, true) {
                news.push(Fact::ChannelGaveBack { channel, number: number.clone(), refund: None, amount });
            }
            for refund in row.refunds.iter().skip(known.refunds) {
                let (refund, amount) = (refund.number.clone(), Money(refund.fen));
                if is_reversal(&refund) {
                    continue;
                }
                news.push(Fact::ChannelKnowsRefund { channel, number: number.clone(), refund, amount });
            }
            known.refunds = row.refunds.len();
            for refund in row.refunds.iter().filter(|refund| refund.ended == Some(RefundEnd::Success)) {
                if known.given.insert(refund.number.clone()) {
                    let named = Some(refund.number.clone()).filter(|number| !is_reversal(number));
                    let (refund, amount) = (named, Money(refund.fen));
                    news.push(Fact::ChannelGaveBack { channel, number: number.clone(), refund, amount });
                }
            }
        }
        drop(told);
        news.into_iter().for_each(|fact| self.witness.note(fact));
    }

    /// Puts this world's faults of the channels in force.
    pub fn weather(&self, storm: &Storm, dice: &mut Dice) {
        const CALLS: [Kind; 14] = [
            Kind::Latency,
            Kind::LateAnswer,
            Kind::Reset,
            Kind::ErrorBefore,
            Kind::DropResponse,
            Kind::ErrorAfter,
            Kind::RateLimited,
            Kind::RateLimitedAfter,
            Kind::BadGateway,
            Kind::BadGatewayAfter,
            Kind::Truncated,
            Kind::BadSignature,
            Kind::UnknownSerial,
            Kind::PaidBeforeReply,
        ];
        const NOTICES: [Kind; 8] = [
            Kind::DropNotice,
            Kind::LostDelivery,
            Kind::DuplicateNotice,
            Kind::DelayNotice,
            Kind::WrongAmountNotice,
            Kind::ForgedNotice,
            Kind::WrongCiphertextNotice,
            Kind::StaleClockNotice,
        ];
        const OPS: [Op; 6] = [Op::Open, Op::CodePay, Op::Query, Op::Close, Op::Refund, Op::QueryRefund];
        let mut brew = |kind: FaultKind, kinds: &[Kind], ops: &[Option<Op>]| {
            let hard = storm.hard(kind);
            if hard == 0 {
                return;
            }
            for _ in 0..=dice.below(3) {
                let drawn = dice.one_of(kinds);
                storm.struck(kind);
                self.sim.fault(Fault {
                    channel: Some(dice.one_of(&[Which::Wechat, Which::Alipay])),
                    op: dice.one_of(ops),
                    percent: u8::try_from(5 + hard.min(90) * 2 / 3).ok(),
                    delay_ms: 200 + dice.below(8_000),
                    skew_s: if drawn == Kind::StaleClockNotice { 600 } else { 0 },
                    ..Fault::new(drawn)
                });
            }
        };
        brew(FaultKind::ChannelWeather, &CALLS, &OPS.map(Some));
        brew(FaultKind::NoticeWeather, &NOTICES, &[None]);
    }
}

/// What Alipay books when a scanned wallet's payment is cancelled after it went through: no refund of ours.
fn is_reversal(refund: &str) -> bool {
    refund.ends_with("_cancel")
}

/// A server's way to the channels.
struct Cable {
    channels: Arc<Channels>,
    gate: Gate,
}

impl std::fmt::Debug for Cable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cable")
    }
}

#[async_trait::async_trait]
impl Transport for Cable {
    async fn send(&self, request: WireRequest, budget: Duration) -> Result<Answer, NoAnswer> {
        self.gate.pass().await;
        let host = request.url.split('/').take(3).collect::<Vec<_>>().join("/");
        self.channels.witness.note(Fact::Egress { to: host });
        let answer = self.channels.wire.send(request, budget).await;
        self.channels.look();
        self.gate.pass().await;
        answer
    }
}
