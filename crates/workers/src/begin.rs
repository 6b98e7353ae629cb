//! Starting a try: recorded first, told to the channel second, so that nothing the channel knows is unknown here.

use crate::desk::{Desk, Payer};
use crate::duty::Duty;
use domain::floor::{AskState, Way};
use domain::payment::{Attempt, ChannelResult, Jsapi, Opened, PaymentCommand, Source};
use domain::{AskId, AttemptId, Text};
use engine::Store;
use pay::{AuthCode, Channel, ChannelState, CodePay, Guarded, OpenBy, Outcome};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::time::Instant;

/// How long a diner has to pay one try.
const TRY_MINUTES: u32 = 10;
/// How long a scanned wallet may take, password included, before the payment is taken back. Units: milliseconds.
const CODE_MS: i64 = 45_000;

impl Desk {
    pub(crate) async fn begin(&self, ask: AskId) {
        let Some((session, wish, order_expires)) = self.store.floor(|floor| {
            let session = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session))?;
            let wish = session.asks.get(&ask)?.clone();
            let expires = wish.order.and_then(|order| floor.orders.get(&order)).and_then(|order| order.expires_at);
            Some((session.id, wish, expires))
        }) else {
            return;
        };
        // Heard of late, after a look had found it already: begun twice, it would be taken for one whose code is lost.
        if wish.state != AskState::Open || self.attempt_of(ask).is_some() {
            return;
        }
        let now = self.store.now().at;
        let limit = now.plus_minutes(TRY_MINUTES);
        let expires_at = match wish.way.is_by_code() {
            true => domain::Timestamp(now.0 + CODE_MS),
            false => order_expires.map_or(limit, |at| at.min(limit)),
        };
        let request = Store::own_request(&[b"attempt", &ask.0.to_be_bytes()]);
        let attempt = AttemptId(request.id);
        let amount = wish.amount + wish.tip;
        let command = PaymentCommand::StartAttempt { attempt, ask, session, way: wish.way, amount, expires_at };
        // Said before the try is known, so that nobody else opens it meanwhile: a second code would replace the first.
        self.remember(|memory| memory.busy.insert(Duty::Open(attempt)));
        // The expiry differs between two tries to start, so the fingerprint leaves it out.
        let started = self.store.submit_money(request, command).await;
        if started.is_ok() {
            self.remember(|memory| memory.asked_at.insert(attempt, Instant::now()));
            match wish.way.is_by_code() {
                true => self.charge(attempt).await,
                false => self.open(attempt).await,
            }
        }
        self.remember(|memory| memory.busy.remove(&Duty::Open(attempt)));
        if let Err(refused) = started {
            tracing::warn!(%ask, ?refused, "a payment could not be started; it will be tried again");
        }
    }

    /// Asks the channel how the diner can pay.
    pub(crate) async fn open(&self, attempt: AttemptId) {
        // An earlier call got no clear answer: ask what became of it before making it again.
        if self.store.money(|money| money.attempts.get(&attempt).is_some_and(|attempt| attempt.unknown_why.is_some())) {
            self.query(attempt, Source::Open).await;
        }
        let Some((standing, channel)) = self.standing(attempt).filter(|(standing, _)| !standing.is_final()) else { return };
        let payer = self.remember(|memory| memory.payers.get(&standing.ask).cloned());
        let Some(by) = open_by(standing.way, payer) else {
            // The payer's id was lost with the memory it was kept in; the channel never heard of this try, or will be asked.
            return self.give_up(&standing).await;
        };
        let ask = pay::Open {
            attempt_no: attempt.to_string(),
            amount: standing.amount,
            description: self.description(),
            notify_url: self.notify_url(&channel),
            expires_at_ms: standing.expires_at.0,
        };
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            channel.open(&ask, &by).await
        };
        let result = match answer {
            Outcome::Succeeded(opened) => ChannelResult::Opened(opened_of(opened)),
            // An earlier call under this number may have gone through: a refusal now proves nothing about that one, a close does.
            Outcome::DefinitelyFailed { code, message } if was_unclear(&standing) => {
                tracing::warn!(%attempt, code, message, "the channel refused a payment it may have begun; it is closed");
                return self.give_up(&standing).await;
            }
            Outcome::DefinitelyFailed { code, message } => {
                tracing::warn!(%attempt, code, message, "the channel refused a payment");
                ChannelResult::Failed { code }
            }
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        self.record(&standing, Source::Open, result).await;
    }

    /// Takes the money by the code in the guest's wallet. Asked once: whatever stays unclear is asked after, never sent again.
    async fn charge(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt).filter(|(standing, _)| !standing.is_final()) else { return };
        let payer = self.remember(|memory| memory.payers.remove(&standing.ask));
        let Some(Payer::Scanned(auth_code, terminal)) = payer else { return self.give_up(&standing).await };
        let ask = self.code_pay(&standing, &channel, auth_code, terminal);
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            // Given up while it waited for its turn: nothing was sent, and nothing will be.
            if self.store.money(|money| money.attempts.get(&attempt).is_none_or(|a| a.closing || a.is_final())) {
                return;
            }
            channel.pay_code(&ask).await
        };
        let result = match answer {
            Outcome::Succeeded(ChannelState::PayFailed { code, money_may_have_moved: true }) => {
                self.record(&standing, Source::Pay, ChannelResult::Unknown { why: code }).await;
                return self.give_up(&standing).await;
            }
            Outcome::Succeeded(state) => self.result_of(&standing, &channel, state),
            Outcome::DefinitelyFailed { code, message } => {
                tracing::info!(%attempt, code, message, "the wallet did not pay");
                ChannelResult::Failed { code }
            }
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        self.record(&standing, Source::Pay, result).await;
    }

    fn code_pay(&self, standing: &Attempt, channel: &Arc<Guarded>, auth_code: AuthCode, terminal: String) -> CodePay {
        CodePay {
            attempt_no: standing.attempt.to_string(),
            amount: standing.amount,
            description: self.description(),
            notify_url: self.notify_url(channel),
            auth_code,
            terminal,
            terminal_ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        }
    }

    /// Wants it closed or reversed; the next look does it, as often as it takes.
    pub(crate) async fn give_up(&self, standing: &Attempt) {
        let command = PaymentCommand::RequestClose { attempt: standing.attempt };
        if let Err(refused) = self.store.submit_money(self.store.fresh_request(), command).await {
            tracing::warn!(attempt = %standing.attempt, ?refused, "a payment could not be given up; its time will run out");
        }
    }

    pub(crate) fn notify_url(&self, channel: &Arc<Guarded>) -> String {
        format!("{}/{}/{}", self.notify_base, channel.name().as_str(), self.store.id())
    }

    fn description(&self) -> String {
        let Text { zh, .. } = &self.store.known().house.name;
        if zh.is_empty() { "Dandan".to_owned() } else { zh.clone() }
    }
}

/// Whether any answer so far was none, even if a later one was clear.
fn was_unclear(standing: &Attempt) -> bool {
    standing.unknown_why.is_some() || standing.timeline.iter().any(|step| step.what == "AttemptAsked" && step.detail.is_some())
}

/// How the payer gets to the payment; none where that isn't known any more.
fn open_by(way: Way, payer: Option<Payer>) -> Option<OpenBy> {
    match (way, payer) {
        (Way::WechatNative | Way::AlipayQr, _) => Some(OpenBy::Code),
        (Way::WechatJsapi | Way::AlipayApp, Some(Payer::Known(payer))) => Some(OpenBy::InApp { payer }),
        (Way::WechatH5 | Way::AlipayWap, Some(Payer::Browser(payer_ip, return_url))) => {
            Some(OpenBy::Browser { payer_ip, return_url })
        }
        (
            Way::WechatJsapi
            | Way::AlipayApp
            | Way::WechatH5
            | Way::AlipayWap
            | Way::WechatCode
            | Way::AlipayCode
            | Way::Cash
            | Way::Card
            | Way::HouseAccount
            | Way::MemberBalance,
            _,
        ) => None,
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
