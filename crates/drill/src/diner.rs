//! What people do in a drill: sit down, order, pay, or don't.

use crate::house::PRICE;
use crate::world::World;
use anyhow::{Context, anyhow};
use channel_sim::{Payer, Plan, Row, Which};
use domain::floor::{Actor, AskPayment, AskedLine, FloorCommand, JoinTable, PlaceOrder, TakeCash, Way};
use domain::menu::Selection;
use domain::payment::AttemptState;
use domain::view::{PaymentState, payment_view};
use domain::{AskId, AttemptId, GuestId, LineId, Money, OrderId, SessionId, TenderId};
use pay::AuthCode;
use std::net::{IpAddr, Ipv4Addr};

/// One party in the drill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party {
    pub session: SessionId,
    /// At the counter: the order to be paid.
    pub order: Option<OrderId>,
}

/// What the till shows. Exactly three things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shown {
    Paid,
    SafeToRetry,
    Checking,
}

impl World {
    /// A party sits down (at table `number`, or at the counter) and orders one dish.
    pub async fn sit_down(&self, number: u32, pay_first: bool) -> anyhow::Result<Party> {
        let ids = || self.store.fresh_id();
        let (session, guest, order) = (SessionId(ids()), GuestId(ids()), OrderId(ids()));
        let table = if pay_first { "c1".to_owned() } else { format!("t{number}") };
        let join = JoinTable { table: table.parse()?, guest, name: None, session, covers: Some(1) };
        self.floor(FloorCommand::JoinTable(join)).await?;
        let selection = Selection {
            dish: "noodles".parse()?,
            variant: "std".parse()?,
            quantity: 1,
            weight_g: None,
            options: Vec::new(),
            set: Vec::new(),
            note: None,
        };
        let line = AskedLine::new(LineId(ids()), selection, PRICE, PRICE);
        let place =
            PlaceOrder { order, session, by: Actor::Guest(guest), menu_version: 1, total: PRICE, lines: vec![line], note: None };
        self.floor(FloorCommand::PlaceOrder(place)).await?;
        Ok(Party { session, order: pay_first.then_some(order) })
    }

    pub async fn floor(&self, command: FloorCommand) -> anyhow::Result<()> {
        let done = self.store.submit_floor(self.store.fresh_request(), command).await;
        done.map(drop).map_err(|refused| anyhow!("{refused:?}"))
    }

    /// Wants to pay all that is due. `plan` is what the payer behind a scanned wallet will do.
    pub async fn ask(&self, party: Party, way: Way, plan: Option<Plan>) -> anyhow::Result<AskId> {
        let ask = AskId(self.store.fresh_id());
        match way {
            Way::WechatJsapi => self.desk.remember_payer(ask, "oSIM-diner".to_owned()),
            Way::AlipayApp => self.desk.remember_payer(ask, "2088SIMdiner".to_owned()),
            Way::WechatH5 | Way::AlipayWap => {
                self.desk.remember_browser(ask, IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20)), "http://127.0.0.1:2/back".to_owned());
            }
            Way::WechatCode | Way::AlipayCode => {
                let prefix = if way == Way::WechatCode { "13" } else { "28" };
                let digits = format!("{prefix}{:016}", ask.0 % 10_u128.pow(16));
                self.channels.plan_payer(&digits, plan.unwrap_or(Plan::new(Payer::Pays)));
                let code = AuthCode::read(&digits).context("no wallet's code")?;
                self.desk.remember_code(ask, code, "till-1".to_owned());
            }
            Way::WechatNative | Way::AlipayQr | Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => {}
        }
        let wish = AskPayment {
            ask,
            session: party.session,
            way,
            amount: PRICE,
            order: party.order,
            share: None,
            tip: Money::ZERO,
            partial: false,
        };
        self.floor(FloorCommand::AskPayment(wish)).await?;
        Ok(ask)
    }

    /// Pays in cash.
    pub async fn cash(&self, party: Party) -> anyhow::Result<()> {
        let cash = TakeCash {
            tender: TenderId(self.store.fresh_id()),
            session: party.session,
            amount: PRICE,
            received: Money(PRICE.0 + 150),
            rounded_off: Money::ZERO,
            order: party.order,
            share: None,
            tip: Money::ZERO,
            partial: false,
            by: "ann".parse()?,
        };
        self.floor(FloorCommand::TakeCash(cash)).await
    }

    /// The payer confirms in their wallet, by way of the channel's page where there is one; says whether the channel took the
    /// money.
    pub async fn confirm(&self, ask: AskId) -> bool {
        let Some(attempt) = self.attempt(ask) else { return false };
        let opened = self.store.money(|money| money.attempts.get(&attempt).and_then(|attempt| attempt.opened.clone()));
        if let Some(page) = opened.and_then(|opened| opened.browser_url()) {
            self.wire.visit(&page).await;
        }
        self.channels.pay(&attempt.to_string()).is_ok()
    }

    pub fn attempt(&self, ask: AskId) -> Option<AttemptId> {
        self.desk.attempt_of(ask)
    }

    /// The channel's own word about a payment.
    pub fn truth(&self, way: Way, ask: AskId) -> Option<Row> {
        let which = if domain::payment::ChannelTag::of(way)? == domain::payment::ChannelTag::Wechat {
            Which::Wechat
        } else {
            Which::Alipay
        };
        self.channels.row(which, &self.attempt(ask)?.to_string())
    }

    /// What the till shows of a payment.
    pub fn shown(&self, ask: AskId) -> Shown {
        let state = self.store.floor(|floor| {
            let ask = floor.asks.get(&ask).and_then(|session| floor.sessions.get(session))?.asks.get(&ask)?.clone();
            Some(self.store.money(|money| payment_view(&ask, money).state))
        });
        match state {
            Some(PaymentState::Paid) => Shown::Paid,
            Some(PaymentState::Failed | PaymentState::Closed) => Shown::SafeToRetry,
            Some(PaymentState::Starting | PaymentState::Waiting | PaymentState::Checking) | None => Shown::Checking,
        }
    }

    /// Whether the channel's last word stands in our journal.
    pub fn state(&self, ask: AskId) -> Option<AttemptState> {
        let attempt = self.attempt(ask)?;
        self.store.money(|money| money.attempts.get(&attempt).map(|attempt| attempt.state.clone()))
    }
}
