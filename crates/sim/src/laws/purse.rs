//! Words about money for hand-made histories, beside those of [`super::history`].

use super::history::{ask, at, attempt, line, order, session, staff};
use crate::facts::Fact;
use domain::floor::{AskClosed, AskClosedWhy, LineVoided, PaymentAsked, RefundAsked, RefundPaid, RefundWhy, TenderCredited, Way};
use domain::payment::{CaseKind, PaymentEvent, Source};
use domain::{Money, RefundId, TenderId};
use engine::Sender;

pub fn refund(n: u128) -> RefundId {
    RefundId(n)
}

/// A member of staff who sends something.
pub fn hand(code: &str) -> Option<Sender> {
    Some(Sender::Staff { staff: staff(code), device: domain::DeviceId(7) })
}

/// A phone that sends something.
pub fn phone(n: u128) -> Option<Sender> {
    Some(Sender::Guest { guest: domain::GuestId(n) })
}

pub fn asked(n: u128, party: u128, fen: i64) -> PaymentAsked {
    PaymentAsked {
        ask: ask(n),
        session: session(party),
        way: Way::WechatNative,
        amount: Money(fen),
        order: None,
        at: at(0),
        tip: Money::ZERO,
        share: None,
    }
}

pub fn unpaid(n: u128, party: u128) -> AskClosed {
    AskClosed { ask: ask(n), session: session(party), why: AskClosedWhy::Closed, at: at(0) }
}

/// The try of the wish with the same number; its time is up ten minutes after the history's beginning.
pub fn started(n: u128, party: u128, fen: i64) -> PaymentEvent {
    PaymentEvent::AttemptStarted {
        attempt: attempt(n),
        ask: ask(n),
        session: session(party),
        way: Way::WechatNative,
        amount: Money(fen),
        at: at(0),
        expires_at: at(600_000),
    }
}

pub fn captured(n: u128, fen: i64) -> PaymentEvent {
    let channel_txn = format!("txn{n}");
    PaymentEvent::Captured {
        attempt: attempt(n),
        source: Source::Query,
        channel_txn,
        amount: Money(fen),
        paid_at: at(0),
        at: at(0),
    }
}

pub fn try_closed(n: u128) -> PaymentEvent {
    PaymentEvent::AttemptClosed { attempt: attempt(n), at: at(0), watch_until: None }
}

pub fn credited(n: u128, party: u128, fen: i64) -> TenderCredited {
    TenderCredited {
        tender: TenderId(n),
        session: session(party),
        way: Way::WechatNative,
        amount: Money(fen),
        order: None,
        ask: Some(ask(n)),
        attempt: Some(attempt(n)),
        channel_txn: Some(format!("txn{n}")),
        received: None,
        by: None,
        at: at(0),
        tip: Money::ZERO,
        share: None,
        rounded_off: Money::ZERO,
        reference: None,
    }
}

/// Cash taken by `wang`, exactly.
pub fn cash(n: u128, party: u128, fen: i64) -> TenderCredited {
    TenderCredited {
        way: Way::Cash,
        ask: None,
        attempt: None,
        channel_txn: None,
        received: Some(Money(fen)),
        by: Some(staff("wang")),
        ..credited(n, party, fen)
    }
}

/// All of tender `tender` back, because more came than was owed.
pub fn back(n: u128, party: u128, tender: u128, fen: i64) -> RefundAsked {
    RefundAsked {
        refund: refund(n),
        session: session(party),
        tender: TenderId(tender),
        way: Way::WechatNative,
        amount: Money(fen),
        allowance: Money::ZERO,
        lines: Vec::new(),
        why: RefundWhy::TooMuch,
        reason: String::new(),
        by: None,
        at: at(0),
        tip: Money::ZERO,
    }
}

pub fn paid_back(n: u128, party: u128) -> RefundPaid {
    RefundPaid { refund: refund(n), session: session(party), reference: None, at: at(0) }
}

pub fn refund_started(n: u128, of: u128, fen: i64) -> PaymentEvent {
    PaymentEvent::RefundStarted {
        refund: refund(n),
        attempt: attempt(of),
        amount: Money(fen),
        why: RefundWhy::TooMuch,
        at: at(0),
    }
}

pub fn refund_done(n: u128) -> PaymentEvent {
    PaymentEvent::RefundSucceeded { refund: refund(n), source: Source::Query, channel_refund: None, at: at(0) }
}

pub fn refund_failed(n: u128, dead: bool) -> PaymentEvent {
    PaymentEvent::RefundFailed { refund: refund(n), code: "CLOSED".to_owned(), dead, at: at(0) }
}

pub fn case(kind: CaseKind, of: u128) -> PaymentEvent {
    PaymentEvent::CaseOpened {
        case: kind.about(of),
        kind,
        attempt: Some(attempt(of)),
        refund: None,
        amount: None,
        detail: String::new(),
        at: at(0),
        due_at: at(0),
    }
}

pub fn voided(order_no: u128, line_no: u128, fen: i64) -> LineVoided {
    LineVoided {
        order: order(order_no),
        line: line(line_no),
        reason: "凉了".to_owned(),
        by: staff("wang"),
        amount: Money(fen),
        restocked: Vec::new(),
        at: at(0),
        approved_by: Some(staff("lin")),
    }
}

// ── the channel's own truth ──

pub fn number(n: u128) -> String {
    attempt(n).to_string()
}

pub fn knows(n: u128) -> Fact {
    Fact::ChannelKnows { channel: "wechat", number: number(n) }
}

pub fn took(n: u128, fen: i64) -> Fact {
    Fact::ChannelTook { channel: "wechat", number: number(n), amount: Money(fen) }
}

pub fn knows_refund(n: u128, of: u128, fen: i64) -> Fact {
    Fact::ChannelKnowsRefund { channel: "wechat", number: number(of), refund: refund(n).to_string(), amount: Money(fen) }
}

pub fn gave_back(n: u128, of: u128, fen: i64) -> Fact {
    let refund = Some(refund(n).to_string());
    Fact::ChannelGaveBack { channel: "wechat", number: number(of), refund, amount: Money(fen) }
}

/// By reversing the payment.
pub fn took_back(of: u128, fen: i64) -> Fact {
    Fact::ChannelGaveBack { channel: "wechat", number: number(of), refund: None, amount: Money(fen) }
}
