//! The situations of the table: what goes wrong, and what people do meanwhile.

use crate::diner::{Party, Shown};
use crate::house::PRICE;
use crate::world::World;
use anyhow::ensure;
use channel_sim::{Fault, Kind, Op, Payer, Plan, RefundEnd, Settings, Which};
use domain::floor::{AskRefund, FloorCommand, Way};
use domain::payment::ChannelTag;
use domain::{AskId, RefundId};
use std::time::Duration;

/// What happens to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Situation {
    Happy,
    TimeoutThenPaid,
    TimeoutThenNotPaid,
    NoticeLost,
    NoticeDoubled,
    NoticeFirst,
    WrongAmount,
    Forged,
    LateAfterClose,
    PaidOnBoth,
    Password,
    CloseUnheard,
    ChannelDown,
    RefundUnknown,
    RefundFailed,
    KeyRotation,
    ClockOff,
}

impl Situation {
    pub const ALL: [Situation; 17] = [
        Situation::Happy,
        Situation::TimeoutThenPaid,
        Situation::TimeoutThenNotPaid,
        Situation::NoticeLost,
        Situation::NoticeDoubled,
        Situation::NoticeFirst,
        Situation::WrongAmount,
        Situation::Forged,
        Situation::LateAfterClose,
        Situation::PaidOnBoth,
        Situation::Password,
        Situation::CloseUnheard,
        Situation::ChannelDown,
        Situation::RefundUnknown,
        Situation::RefundFailed,
        Situation::KeyRotation,
        Situation::ClockOff,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Situation::Happy => "happy",
            Situation::TimeoutThenPaid => "timeout, then paid",
            Situation::TimeoutThenNotPaid => "timeout, never paid",
            Situation::NoticeLost => "notice lost",
            Situation::NoticeDoubled => "notice doubled",
            Situation::NoticeFirst => "notice before the reply",
            Situation::WrongAmount => "notice with a wrong amount",
            Situation::Forged => "forged notice",
            Situation::LateAfterClose => "late, after close and cash",
            Situation::PaidOnBoth => "paid on both channels",
            Situation::Password => "40 s for the password",
            Situation::CloseUnheard => "closed or reversed, the answer lost",
            Situation::ChannelDown => "channel down for 2 min",
            Situation::RefundUnknown => "refund: no answer",
            Situation::RefundFailed => "refund: refused, then retried",
            Situation::KeyRotation => "keys change in between",
            Situation::ClockOff => "our clock 10 min off",
        }
    }

    /// The faults that are in force from the beginning.
    fn faults(self, which: Which, open: Op) -> Vec<Fault> {
        let once = |kind, op, delay_ms| Fault { count: Some(1), ..fault(kind, which, op, delay_ms) };
        match self {
            Situation::TimeoutThenPaid | Situation::TimeoutThenNotPaid => vec![once(Kind::LateAnswer, Some(open), 60_000)],
            Situation::NoticeLost => vec![fault(Kind::DropNotice, which, None, 0)],
            Situation::NoticeDoubled => vec![fault(Kind::DuplicateNotice, which, None, 0)],
            Situation::NoticeFirst if open == Op::Open => vec![once(Kind::PaidBeforeReply, Some(open), 3_000)],
            Situation::NoticeFirst => vec![once(Kind::LateAnswer, Some(open), 3_000)],
            Situation::WrongAmount => vec![once(Kind::WrongAmountNotice, None, 0)],
            Situation::Forged => vec![once(Kind::ForgedNotice, None, 0)],
            // A scanned wallet pays, and nobody hears of it before it is taken back.
            Situation::CloseUnheard if open == Op::CodePay => vec![
                once(Kind::DropResponse, Some(open), 0),
                fault(Kind::DropNotice, which, None, 0),
                Fault { for_ms: Some(46_800), ..fault(Kind::ErrorBefore, which, Some(Op::Query), 0) },
                once(Kind::DropResponse, Some(Op::Reverse), 0),
            ],
            Situation::CloseUnheard => vec![once(Kind::DropResponse, Some(Op::Close), 0)],
            Situation::RefundUnknown => vec![once(Kind::DropResponse, Some(Op::Refund), 0)],
            Situation::RefundFailed if which == Which::Alipay => {
                vec![Fault { count: Some(2), ..fault(Kind::NotEnough, which, Some(Op::Refund), 0) }]
            }
            Situation::Happy
            | Situation::LateAfterClose
            | Situation::PaidOnBoth
            | Situation::Password
            | Situation::ChannelDown
            | Situation::RefundFailed
            | Situation::KeyRotation
            | Situation::ClockOff => Vec::new(),
        }
    }

    /// What the payer behind a scanned wallet does.
    fn plan(self) -> Plan {
        let after = |does, after_ms| Plan { does, after_ms };
        match self {
            Situation::TimeoutThenNotPaid => Plan::new(Payer::PasswordForgotten),
            Situation::LateAfterClose | Situation::PaidOnBoth => Plan::new(Payer::PasswordForgotten),
            Situation::Password => after(Payer::PasswordThenPays, 40_000),
            Situation::ChannelDown => Plan::new(Payer::PasswordForgotten),
            Situation::Happy
            | Situation::TimeoutThenPaid
            | Situation::NoticeLost
            | Situation::NoticeDoubled
            | Situation::NoticeFirst
            | Situation::WrongAmount
            | Situation::Forged
            | Situation::CloseUnheard
            | Situation::RefundUnknown
            | Situation::RefundFailed
            | Situation::KeyRotation
            | Situation::ClockOff => Plan::new(Payer::Pays),
        }
    }
}

pub(crate) fn fault(kind: Kind, channel: Which, op: Option<Op>, delay_ms: u64) -> Fault {
    Fault {
        kind,
        channel: Some(channel),
        op,
        count: None,
        percent: None,
        delay_ms,
        spread_ms: 0,
        skew_s: 0,
        for_ms: None,
        until_ms: None,
    }
}

pub(crate) fn which_of(way: Way) -> Which {
    if ChannelTag::of(way) == Some(ChannelTag::Wechat) { Which::Wechat } else { Which::Alipay }
}

/// Plays a situation; the payment it is about.
pub(crate) async fn play(world: &World, situation: Situation, way: Way) -> anyhow::Result<(Party, AskId)> {
    let which = which_of(way);
    let open = if way.is_by_code() { Op::CodePay } else { Op::Open };
    for fault in situation.faults(which, open) {
        world.channels.fault(fault);
    }
    if situation == Situation::ClockOff {
        world.clock.skew(Duration::from_secs(600));
    }
    if situation == Situation::ChannelDown {
        take_down(world, way).await?;
    }
    let party = world.sit_down(0, false).await?;
    let ask = world.ask(party, way, Some(situation.plan())).await?;
    match situation {
        Situation::TimeoutThenNotPaid | Situation::CloseUnheard => {}
        Situation::LateAfterClose => late(world, party, ask, way, None).await?,
        Situation::PaidOnBoth => late(world, party, ask, way, Some(other_channel(way))).await?,
        Situation::ChannelDown => {
            world.wait(Duration::from_secs(10)).await;
            let _ = world.desk.cancel(ask).await;
        }
        Situation::KeyRotation => {
            world.wait(Duration::from_secs(1)).await;
            world.channels.fault(fault(Kind::RotateKey, which, None, 0));
            pays(world, ask, Duration::from_secs(4)).await;
        }
        Situation::Password => pays(world, ask, Duration::from_secs(40)).await,
        Situation::NoticeFirst => pays(world, ask, Duration::from_secs(8)).await,
        Situation::RefundUnknown | Situation::RefundFailed => {
            pays(world, ask, Duration::from_secs(5)).await;
            refund(world, party, ask, situation, which).await?;
        }
        Situation::Happy
        | Situation::TimeoutThenPaid
        | Situation::NoticeLost
        | Situation::NoticeDoubled
        | Situation::WrongAmount
        | Situation::Forged
        | Situation::ClockOff => pays(world, ask, Duration::from_secs(5)).await,
    }
    Ok((party, ask))
}

/// The payer confirms after a while, as soon as there is something to confirm.
async fn pays(world: &World, ask: AskId, after: Duration) {
    world.wait(after).await;
    for _ in 0..120 {
        if !matches!(world.shown(ask), Shown::Checking) || world.confirm(ask).await {
            return;
        }
        world.wait(Duration::from_millis(500)).await;
    }
}

/// Given up, proved closed, paid otherwise; and then somebody pays the first all the same.
async fn late(world: &World, party: Party, ask: AskId, way: Way, instead: Option<Way>) -> anyhow::Result<()> {
    world.wait(Duration::from_secs(5)).await;
    let mut ended = world.desk.end_first(ask).await;
    for _ in 0..60 {
        if ended == workers::Ended::Closed {
            break;
        }
        world.wait(Duration::from_secs(1)).await;
        ended = world.desk.end_first(ask).await;
    }
    ensure!(ended == workers::Ended::Closed, "{way:?}: not proved closed: {ended:?}");
    settle_check(world, ask).await;
    match instead {
        None => world.cash(party).await?,
        Some(other) => {
            let second = world.ask(party, other, None).await?;
            pays(world, second, Duration::from_secs(5)).await;
            settle_check(world, second).await;
        }
    }
    let _ = world.confirm(ask).await;
    if let Some(row) = world.truth(way, ask) {
        let _ = world.channels.password(row.channel, &row.number, true);
    }
    Ok(())
}

/// Waits until the check knows how a payment ended.
async fn settle_check(world: &World, ask: AskId) {
    for _ in 0..100 {
        if !matches!(world.shown(ask), Shown::Checking) {
            return;
        }
        world.wait(Duration::from_millis(200)).await;
    }
}

fn other_channel(way: Way) -> Way {
    if which_of(way) == Which::Wechat { Way::AlipayQr } else { Way::WechatNative }
}

/// Everything the channel is asked fails for two minutes; by the fourth guest it is no longer offered.
async fn take_down(world: &World, way: Way) -> anyhow::Result<()> {
    let down = Fault { for_ms: Some(120_000), ..fault(Kind::ErrorBefore, which_of(way), None, 0) };
    world.channels.fault(down);
    for guest in 1..=3 {
        let party = world.sit_down(guest, false).await?;
        world.ask(party, same_channel_code(way), None).await?;
        world.wait(Duration::from_secs(2)).await;
    }
    ensure!(!world.desk.is_offered(way), "{way:?} is still offered though its channel is down");
    Ok(())
}

fn same_channel_code(way: Way) -> Way {
    if which_of(way) == Which::Wechat { Way::WechatNative } else { Way::AlipayQr }
}

/// Staff give it all back.
async fn refund(world: &World, party: Party, ask: AskId, situation: Situation, which: Which) -> anyhow::Result<()> {
    settle_check(world, ask).await;
    let fails = situation == Situation::RefundFailed && which == Which::Wechat;
    if fails {
        world.channels.set(Settings { refund_ends: RefundEnd::Closed, ..world.channels.settings() });
    }
    let tender = world.store.floor(|floor| floor.sessions.get(&party.session).and_then(|party| party.tenders.first().cloned()));
    let Some(tender) = tender else { anyhow::bail!("nothing to refund") };
    let refund = RefundId(world.store.fresh_id());
    let ask = AskRefund {
        refund,
        session: party.session,
        tender: tender.tender,
        lines: Vec::new(),
        amount: PRICE,
        reason: "退".to_owned(),
        reference: None,
        owed_again: false,
        by: "ann".parse()?,
    };
    world.floor(FloorCommand::AskRefund(ask)).await?;
    if fails {
        // The channel gives the number up; a person tries again, under the next.
        world.wait(Duration::from_secs(60)).await;
        world.channels.set(Settings { refund_ends: RefundEnd::Success, ..world.channels.settings() });
        let retried = world.desk.retry_refund(refund).await;
        ensure!(retried.is_ok(), "the refund can't be tried again: {retried:?}");
    }
    Ok(())
}
