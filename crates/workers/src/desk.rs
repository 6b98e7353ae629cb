//! The cashier's desk: drives every wish to pay to a final answer, whatever the channels do.

use crate::duty::{Duty, asked_for, duties, is_open, led_to, pause_ms};
use domain::floor::{AskClosedWhy, CreditCapture, FloorCommand, Way};
use domain::payment::{Attempt, AttemptState, ChannelResult, Jsapi, Opened, PaymentCommand, PaymentReject, Source};
use domain::{AskId, AttemptId, Currency, OrderId, Text, Timestamp};
use engine::{Refused, Store};
use pay::{Channel, ChannelName, ChannelState, NoticeBody, NoticeRefused, NoticeReply, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How long a diner has to pay one try.
const TRY_MINUTES: u32 = 10;
/// How many calls to channels are under way at once.
const CALLS_AT_ONCE: usize = 64;
/// How often the state is looked at even if nothing was heard.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the desk works with.
#[derive(Debug)]
pub struct DeskSetup {
    /// The restaurant.
    pub store: Store,
    /// The channels in service.
    pub channels: Vec<Arc<dyn Channel>>,
    /// Where channels report: `https://host/channels`; the channel's name and the store's id follow.
    pub notify_base: String,
}

/// The cashier's desk of one restaurant.
#[derive(Debug)]
pub struct Desk {
    store: Store,
    channels: BTreeMap<ChannelName, Arc<dyn Channel>>,
    notify_base: String,
    calls: Semaphore,
    memory: Mutex<Memory>,
}

/// What may be forgotten: pauses between questions, and the payer ids that never enter the journal.
#[derive(Debug, Default)]
struct Memory {
    busy: BTreeSet<Duty>,
    asked_at: BTreeMap<AttemptId, Timestamp>,
    payers: BTreeMap<AskId, String>,
}

impl Desk {
    /// A desk; [`Desk::run`] opens it.
    pub fn new(setup: DeskSetup) -> Arc<Desk> {
        let channels = setup.channels.into_iter().map(|channel| (channel.name(), channel)).collect();
        Arc::new(Desk {
            store: setup.store,
            channels,
            notify_base: setup.notify_base,
            calls: Semaphore::new(CALLS_AT_ONCE),
            memory: Mutex::default(),
        })
    }

    /// Whether this way to pay can be offered.
    pub fn offers(&self, way: Way) -> bool {
        channel_of(way).is_none_or(|name| self.channels.contains_key(&name))
    }

    /// Remembers who pays, for the one way that needs it. Whoever came first under this wish stays its payer.
    pub fn remember_payer(&self, ask: AskId, payer: String) {
        self.remember(|memory| {
            memory.payers.entry(ask).or_insert(payer);
        });
    }

    /// Forgets who wanted to pay where nothing came of the wish.
    pub fn forget_payer(&self, ask: AskId) {
        if !self.store.floor(|floor| is_open(floor, ask)) {
            self.remember(|memory| memory.payers.remove(&ask));
        }
    }

    /// Works until told to stop: at once on what a commit asks for, and twice a second on everything that is outstanding.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut floor = self.store.floor_commits();
        let mut money = self.store.money_commits();
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            let found = tokio::select! {
                () = stop.cancelled() => return,
                commit = floor.recv() => match commit {
                    Ok(commit) => commit.events.iter().filter_map(|event| asked_for(&event.event)).collect(),
                    // Lagging or closed: the next look finds whatever this missed.
                    Err(_) => Vec::new(),
                },
                commit = money.recv() => match commit {
                    Ok(commit) => self.store.money(|money| commit.events.iter().filter_map(|e| led_to(&e.event, money)).collect()),
                    Err(_) => Vec::new(),
                },
                _ = look.tick() => {
                    let now = self.store.now().at;
                    self.store.floor(|floor| self.store.money(|money| duties(floor, money, now)))
                }
            };
            self.start(found);
        }
    }

    /// Starts what is due and isn't under way already.
    fn start(self: &Arc<Self>, found: Vec<Duty>) {
        let now = self.store.now().at;
        for duty in found.into_iter().filter(|duty| self.is_due(*duty, now)) {
            let desk = self.clone();
            tokio::spawn(async move {
                desk.carry_out(duty).await;
                desk.remember(|memory| memory.busy.remove(&duty));
            });
        }
    }

    fn is_due(&self, duty: Duty, now: Timestamp) -> bool {
        let pause = match duty {
            Duty::Query(attempt) | Duty::Open(attempt) | Duty::Close(attempt) => {
                let started = self.store.money(|money| money.attempts.get(&attempt).map(|attempt| attempt.started_at));
                Some((attempt, pause_ms(now.since_ms(started.unwrap_or(now)))))
            }
            Duty::Begin(_) | Duty::Credit(_) | Duty::End(..) | Duty::Expire(_) => None,
        };
        self.remember(|memory| {
            let rested =
                pause.is_none_or(|(attempt, pause)| memory.asked_at.get(&attempt).is_none_or(|at| now.since_ms(*at) >= pause));
            let due = rested && memory.busy.insert(duty);
            if let (true, Some((attempt, _))) = (due, pause) {
                memory.asked_at.insert(attempt, now);
            }
            due
        })
    }

    async fn carry_out(&self, duty: Duty) {
        match duty {
            Duty::Begin(ask) => self.begin(ask).await,
            Duty::Open(attempt) => self.open(attempt).await,
            Duty::Query(attempt) => self.query(attempt, Source::Query).await,
            Duty::Close(attempt) => self.close(attempt).await,
            Duty::Credit(attempt) => self.credit(attempt).await,
            Duty::End(ask, attempt) => self.end(ask, attempt).await,
            Duty::Expire(order) => self.expire(order).await,
        }
    }

    /// Records a try, then tells the channel: in this order, so that nothing the channel knows is unknown here.
    async fn begin(&self, ask: AskId) {
        let Some((session, wish, expires)) = self.store.floor(|floor| {
            let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session))?;
            let wish = session.asks.get(&ask)?.clone();
            let expires = wish.order.and_then(|order| floor.orders.get(&order)).and_then(|order| order.expires_at);
            Some((session.id, wish, expires))
        }) else {
            return;
        };
        let limit = self.store.now().at.plus_minutes(TRY_MINUTES);
        let request = Store::own_request(&[b"attempt", &ask.0.to_be_bytes()]);
        let attempt = AttemptId(request.id);
        let command = PaymentCommand::StartAttempt {
            attempt,
            ask,
            session,
            way: wish.way,
            amount: wish.amount,
            expires_at: expires.map_or(limit, |at| at.min(limit)),
        };
        // Said before the try is known, so that nobody else opens it meanwhile: a second code would replace the first.
        self.remember(|memory| memory.busy.insert(Duty::Open(attempt)));
        // The expiry differs between two tries to start, so the fingerprint leaves it out.
        let started = self.store.submit_money(request, command).await;
        if started.is_ok() {
            self.remember(|memory| memory.asked_at.insert(attempt, self.store.now().at));
            self.open(attempt).await;
        }
        self.remember(|memory| memory.busy.remove(&Duty::Open(attempt)));
        if let Err(refused) = started {
            tracing::warn!(%ask, ?refused, "a payment could not be started; it will be tried again");
        }
    }

    async fn open(&self, attempt: AttemptId) {
        // An earlier call got no clear answer: ask what became of it before making it again.
        if self.store.money(|money| money.attempts.get(&attempt).is_some_and(|attempt| attempt.unknown_why.is_some())) {
            self.query(attempt, Source::Open).await;
        }
        let Some((standing, channel)) = self.standing(attempt).filter(|(standing, _)| !standing.is_final()) else { return };
        let ask = pay::Open {
            attempt_no: attempt.to_string(),
            amount: standing.amount,
            description: self.description(),
            notify_url: format!("{}/{}/{}", self.notify_base, channel.name().as_str(), self.store.id()),
            expires_at_ms: standing.expires_at.0,
        };
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            match standing.way {
                Way::WechatJsapi => {
                    let payer = self.remember(|memory| memory.payers.get(&standing.ask).cloned()).unwrap_or_default();
                    channel.open(&ask, &pay::OpenBy::InApp { payer }).await
                }
                Way::WechatNative | Way::AlipayQr => channel.open(&ask, &pay::OpenBy::Code).await,
                Way::WechatH5 | Way::WechatCode | Way::AlipayApp | Way::AlipayWap | Way::AlipayCode => return,
                Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => return,
            }
        };
        let result = match answer {
            Outcome::Succeeded(opened) => ChannelResult::Opened(opened_of(opened)),
            // An earlier call under this number may have gone through: a refusal now proves nothing about that one.
            Outcome::DefinitelyFailed { .. } if standing.unknown_why.is_some() => return self.query(attempt, Source::Open).await,
            Outcome::DefinitelyFailed { code, message } => {
                tracing::warn!(%attempt, code, message, "the channel refused a payment");
                ChannelResult::Failed { code }
            }
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        self.record(&standing, Source::Open, result).await;
    }

    /// Asks the channel what became of a try, and records the answer.
    async fn query(&self, attempt: AttemptId, source: Source) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let Ok(_permit) = self.calls.acquire().await else { return };
        let result = match channel.query(&attempt.to_string()).await {
            Outcome::Succeeded(state) => self.result_of(&standing, &channel, state),
            Outcome::DefinitelyFailed { code, .. } => ChannelResult::Unknown { why: code },
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        self.record(&standing, source, result).await;
    }

    fn result_of(&self, standing: &Attempt, channel: &Arc<dyn Channel>, state: ChannelState) -> ChannelResult {
        match state {
            ChannelState::NotPaid | ChannelState::Paying | ChannelState::NotFound => ChannelResult::NotPaid,
            ChannelState::Closed | ChannelState::Reversed | ChannelState::PayFailed { .. } => ChannelResult::Closed,
            ChannelState::Paid(paid) | ChannelState::Refunded(paid) => self.paid_of(standing, channel, &paid),
        }
    }

    /// A channel's word about a payment, held against what was asked.
    fn paid_of(&self, standing: &Attempt, channel: &Arc<dyn Channel>, paid: &pay::Paid) -> ChannelResult {
        let expected = channel.expects(&standing.attempt.to_string(), paid.amount);
        ChannelResult::Paid {
            channel_txn: paid.channel_txn.clone(),
            amount: paid.amount,
            currency: if paid.currency == "CNY" { Currency::Cny } else { Currency::Usd },
            merchant_matches: pay::proves(paid, &expected).is_ok(),
            paid_at: Timestamp(paid.paid_at_ms),
        }
    }

    /// Closes a try at the channel. Paid in the last moment counts as paid.
    async fn close(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            channel.close(&attempt.to_string()).await
        };
        match answer {
            // A code nobody scanned is unknown to the channel; it has run out or is no longer shown, and money that came all
            // the same would still be taken in.
            Outcome::Succeeded(pay::Closed::Closed | pay::Closed::NotFound) => {
                self.record(&standing, Source::Close, ChannelResult::Closed).await;
            }
            Outcome::Succeeded(pay::Closed::AlreadyPaid) => self.query(attempt, Source::Close).await,
            Outcome::DefinitelyFailed { code, .. } => {
                tracing::warn!(%attempt, code, "the channel refused to close a payment");
                self.query(attempt, Source::Close).await;
            }
            Outcome::Unknown { why } => self.record(&standing, Source::Close, ChannelResult::Unknown { why }).await,
        }
    }

    /// Reports an answer to the money stream, leaving out what says nothing new.
    async fn record(&self, standing: &Attempt, source: Source, result: ChannelResult) {
        let attempt = standing.attempt;
        let nothing_new = match &result {
            ChannelResult::NotPaid => standing.unknown_why.is_none(),
            ChannelResult::Unknown { .. } => standing.unknown_why.is_some(),
            ChannelResult::Opened(_) | ChannelResult::Paid { .. } | ChannelResult::Closed | ChannelResult::Failed { .. } => false,
        };
        if nothing_new {
            return;
        }
        let request = match &result {
            // Notice and query may report the same payment: it is one fact, under one id.
            ChannelResult::Paid { channel_txn, amount, .. } => {
                Store::own_request(&[b"paid", &attempt.0.to_be_bytes(), channel_txn.as_bytes(), &amount.0.to_be_bytes()])
            }
            ChannelResult::Opened(_)
            | ChannelResult::NotPaid
            | ChannelResult::Closed
            | ChannelResult::Failed { .. }
            | ChannelResult::Unknown { .. } => self.store.fresh_request(),
        };
        let command = PaymentCommand::RecordResult { attempt, source, result };
        if let Err(refused) = self.store.submit_money(request, command).await {
            tracing::warn!(%attempt, ?refused, "a channel's answer could not be recorded; the channel will be asked again");
        }
    }

    /// Puts captured money on its check.
    async fn credit(&self, attempt: AttemptId) {
        let Some(standing) = self.store.money(|money| money.attempts.get(&attempt).cloned()) else { return };
        let AttemptState::Captured { channel_txn, paid_at } = standing.state else { return };
        let command = FloorCommand::CreditCapture(CreditCapture {
            ask: standing.ask,
            attempt,
            channel_txn,
            amount: standing.amount,
            paid_at,
            refund: domain::RefundId(Store::own_request(&[b"refund", &attempt.0.to_be_bytes()]).id),
        });
        let id = attempt.0.to_be_bytes();
        let mark = match self.store.submit_floor(Store::own_request(&[b"credit", &id]), command).await {
            Ok(_) => PaymentCommand::MarkCredited { attempt },
            Err(Refused::Reject(reject)) => {
                tracing::error!(%attempt, ?reject, "captured money has no check: somebody must look");
                PaymentCommand::MarkNoCheck { attempt }
            }
            Err(_) => return,
        };
        let marked = self.store.submit_money(Store::own_request(&[b"credited", &id]), mark).await;
        self.remember(|memory| {
            memory.asked_at.remove(&attempt);
            memory.payers.remove(&standing.ask);
        });
        if let Err(refused) = marked {
            tracing::warn!(%attempt, ?refused, "a credit could not be marked; it will be tried again");
        }
    }

    /// Tells the check that a wish to pay brought no money.
    async fn end(&self, ask: AskId, attempt: AttemptId) {
        let state = self.store.money(|money| money.attempts.get(&attempt).map(|attempt| attempt.state.clone()));
        let why = match state {
            Some(AttemptState::Closed | AttemptState::Reversed) => AskClosedWhy::Closed,
            Some(AttemptState::Failed { code }) => AskClosedWhy::Failed(code),
            Some(AttemptState::Open | AttemptState::Captured { .. }) | None => return,
        };
        let request = Store::own_request(&[b"end", &attempt.0.to_be_bytes()]);
        if let Err(refused) = self.store.submit_floor(request, FloorCommand::CloseAsk { ask, why }).await {
            tracing::warn!(%ask, ?refused, "a payment could not be ended; it will be tried again");
        }
    }

    async fn expire(&self, order: OrderId) {
        let refused = self.store.submit_floor(self.store.fresh_request(), FloorCommand::ExpireOrder { order }).await;
        if let Err(refused) = refused {
            tracing::debug!(%order, ?refused, "the order can't expire yet");
        }
    }

    /// Takes in a channel's message: verify, compare, record; the answer to the channel says whether it is durable.
    ///
    /// # Errors
    /// Why it was not believed.
    pub async fn take_notice(
        &self,
        name: ChannelName,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Option<Result<NoticeReply, (NoticeRefused, NoticeReply)>> {
        let channel = self.channels.get(&name)?;
        let notice = match channel.read_notice(headers, body, self.store.now().at.0) {
            Ok(notice) => notice,
            Err(refused) => return Some(Err((refused, channel.notice_refused()))),
        };
        let durable = match &notice.body {
            NoticeBody::Paid(paid) => self.take_paid_notice(channel, paid).await,
            NoticeBody::Closed { attempt_no } => {
                if let Ok(attempt) = attempt_no.parse() {
                    self.query(attempt, Source::Notice).await;
                }
                true
            }
            NoticeBody::Refund { .. } | NoticeBody::Other { .. } => true,
        };
        Some(Ok(if durable { channel.notice_accepted() } else { channel.notice_refused() }))
    }

    async fn take_paid_notice(&self, channel: &Arc<dyn Channel>, paid: &pay::Paid) -> bool {
        let standing = paid.attempt_no.parse().ok().and_then(|id| self.store.money(|money| money.attempts.get(&id).cloned()));
        let Some(standing) = standing else {
            tracing::error!(
                attempt_no = paid.attempt_no,
                "a genuine notice about a payment nobody asked for: somebody must look"
            );
            return true;
        };
        let result = self.paid_of(&standing, channel, paid);
        let (attempt, txn, amount) = (standing.attempt, paid.channel_txn.as_bytes(), paid.amount);
        let request = Store::own_request(&[b"paid", &attempt.0.to_be_bytes(), txn, &amount.0.to_be_bytes()]);
        let command = PaymentCommand::RecordResult { attempt, source: Source::Notice, result };
        self.store.submit_money(request, command).await.is_ok()
    }

    /// Asks the channel now, because a person wants to know.
    pub async fn ask_now(&self, ask: AskId) {
        let Some(attempt) = self.attempt_of(ask) else { return };
        self.remember(|memory| memory.asked_at.insert(attempt, self.store.now().at));
        self.query(attempt, Source::Query).await;
        self.settle(ask, attempt).await;
    }

    /// Closes a payment because a person wants to: it is closed once the channel has proved it.
    ///
    /// # Errors
    /// The money stream's reason, for instance that it is paid.
    pub async fn cancel(&self, ask: AskId) -> Result<(), Refused<PaymentReject>> {
        let Some(attempt) = self.attempt_of(ask) else { return Ok(()) };
        self.store.submit_money(self.store.fresh_request(), PaymentCommand::RequestClose { attempt }).await?;
        self.close(attempt).await;
        self.settle(ask, attempt).await;
        Ok(())
    }

    /// Carries a final answer over to the check at once, instead of at the next look.
    async fn settle(&self, ask: AskId, attempt: AttemptId) {
        match self.store.money(|money| money.attempts.get(&attempt).map(|attempt| attempt.state.clone())) {
            Some(AttemptState::Captured { .. }) => self.credit(attempt).await,
            Some(AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed)
                if self.store.floor(|floor| is_open(floor, ask)) =>
            {
                self.end(ask, attempt).await;
            }
            Some(AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed | AttemptState::Open) | None => {}
        }
    }

    fn attempt_of(&self, ask: AskId) -> Option<AttemptId> {
        self.store.money(|money| money.by_ask.get(&ask).copied())
    }

    fn standing(&self, attempt: AttemptId) -> Option<(Attempt, Arc<dyn Channel>)> {
        let standing = self.store.money(|money| money.attempts.get(&attempt).cloned())?;
        let channel = self.channels.get(&channel_of(standing.way)?)?.clone();
        Some((standing, channel))
    }

    fn description(&self) -> String {
        let Text { zh, .. } = &self.store.known().house.name;
        if zh.is_empty() { "Dandan".to_owned() } else { zh.clone() }
    }

    fn remember<R>(&self, with: impl FnOnce(&mut Memory) -> R) -> R {
        with(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn channel_of(way: Way) -> Option<ChannelName> {
    match way {
        Way::WechatJsapi | Way::WechatNative | Way::WechatH5 | Way::WechatCode => Some(ChannelName::Wechat),
        Way::AlipayApp | Way::AlipayQr | Way::AlipayWap | Way::AlipayCode => Some(ChannelName::Alipay),
        Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => None,
    }
}

fn opened_of(opened: pay::Opened) -> Opened {
    match opened {
        pay::Opened::Code { code_url } => Opened::Code { code_url },
        pay::Opened::TradeNo { trade_no } => Opened::TradeNo { trade_no },
        pay::Opened::Browser { url } => Opened::Browser { url },
        pay::Opened::Jsapi { app_id, time_stamp, nonce_str, package, sign_type, pay_sign } => {
            Opened::Jsapi(Jsapi { app_id, time_stamp, nonce_str, package, sign_type, pay_sign })
        }
    }
}
