//! Money that staff take by hand (收银): cash with change and rounding, card terminal, house account, member balance.

use super::check::{BillingDecision, Payable, check_due, check_tip};
use super::table::sitting;
use super::{
    AccountSettled, AskState, Billing, Floor, FloorAnswer, Known, Now, Reject, SettleAccount, Settlement, TakeCash, TakeTender,
    Tender, TenderCredited, Way,
};
use crate::money::LARGEST;
use crate::text::{LONGEST_NAME, is_plain};
use crate::{AccountId, Money, TenderId};
use alloc::string::{String, ToString};

/// Takes cash. What the house lets go is part of what is settled; the change is what was handed over beyond the rest.
///
/// # Rejects
/// `RoundingNotAllowed` beyond what the house lets go, and where not all that is due is settled.
pub(super) fn take_cash(floor: &Floor, c: &TakeCash, now: Now, known: &Known) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if is_taken(floor, c.tender) {
        return Err(Reject::AskExists);
    }
    let due = check_due(floor, session, Payable { order: c.order, share: c.share, partial: c.partial }, c.amount, known)?;
    check_tip(c.amount, c.tip, known)?;
    check_rounding(c, due, known)?;
    if c.received > LARGEST {
        return Err(Reject::TooDear);
    }
    let to_hand_over = c.amount - c.rounded_off + c.tip;
    if c.received < to_hand_over {
        return Err(Reject::NotEnoughCash { amount: to_hand_over });
    }
    let credited = TenderCredited {
        tender: c.tender,
        session: session.id,
        way: Way::Cash,
        amount: c.amount,
        order: c.order,
        ask: None,
        attempt: None,
        channel_txn: None,
        received: Some(c.received),
        by: Some(c.by.clone()),
        at: now.at,
        tip: c.tip,
        share: c.share,
        rounded_off: c.rounded_off,
        reference: None,
    };
    Ok((alloc::vec![Billing::TenderCredited(credited)], FloorAnswer::CashTaken { change: c.received - to_hand_over }))
}

/// Exactly the odd fen below the house's coin, or nothing; and only with the last of what is due.
fn check_rounding(c: &TakeCash, due: Money, known: &Known) -> Result<(), Reject> {
    let unit = i64::from(known.house.policy.cash_rounding_fen).max(1);
    let most = if c.amount == due { Money(due.0 % unit) } else { Money::ZERO };
    let less_than_all = c.rounded_off < c.amount;
    if c.rounded_off == Money::ZERO || (c.rounded_off == most && less_than_all) {
        return Ok(());
    }
    Err(Reject::RoundingNotAllowed { most })
}

/// Records money taken beside the system, with what proves it.
pub(super) fn take(floor: &Floor, c: &TakeTender, now: Now, known: &Known) -> BillingDecision {
    let session = sitting(floor, c.session)?;
    if is_taken(floor, c.tender) {
        return Err(Reject::AskExists);
    }
    check_due(floor, session, Payable { order: c.order, share: c.share, partial: c.partial }, c.amount, known)?;
    check_tip(c.amount, c.tip, known)?;
    let reference = reference_of(&c.reference)?;
    match c.way {
        Way::Card | Way::MemberBalance => {}
        Way::HouseAccount => check_account(floor, &reference, c.amount + c.tip, known)?,
        Way::WechatJsapi
        | Way::WechatNative
        | Way::WechatH5
        | Way::WechatCode
        | Way::AlipayApp
        | Way::AlipayQr
        | Way::AlipayWap
        | Way::AlipayCode
        | Way::Cash => return Err(Reject::WayNotHere),
    }
    let credited = TenderCredited {
        tender: c.tender,
        session: session.id,
        way: c.way,
        amount: c.amount,
        order: c.order,
        ask: None,
        attempt: None,
        channel_txn: None,
        received: None,
        by: Some(c.by.clone()),
        at: now.at,
        tip: c.tip,
        share: c.share,
        rounded_off: Money::ZERO,
        reference: Some(reference),
    };
    Ok((alloc::vec![Billing::TenderCredited(credited)], FloorAnswer::Done))
}

fn reference_of(text: &str) -> Result<String, Reject> {
    let text = text.trim();
    if text.is_empty() || !is_plain(text, LONGEST_NAME) {
        return Err(Reject::ReferenceNeeded);
    }
    Ok(text.to_string())
}

fn check_account(floor: &Floor, code: &str, amount: Money, known: &Known) -> Result<(), Reject> {
    let account = code.parse().ok().and_then(|id: AccountId| known.house.account(&id)).ok_or(Reject::AccountUnknown)?;
    let left = account.limit - floor.accounts.get(&account.id).copied().unwrap_or_default();
    if amount > left {
        return Err(Reject::AccountFull { left: left.max(Money::ZERO) });
    }
    Ok(())
}

/// A customer pays what stands on their account, or a part of it.
pub(super) fn settle_account(floor: &Floor, c: &SettleAccount, now: Now) -> BillingDecision {
    if is_taken(floor, c.tender) {
        return Err(Reject::AskExists);
    }
    let owed = floor.accounts.get(&c.account).copied().unwrap_or_default();
    if !c.amount.is_positive() || c.amount > owed {
        return Err(Reject::AmountDiffers { due: owed });
    }
    let reference = match c.way {
        Way::Cash => None,
        Way::Card => Some(reference_of(c.reference.as_deref().unwrap_or_default())?),
        Way::WechatJsapi
        | Way::WechatNative
        | Way::WechatH5
        | Way::WechatCode
        | Way::AlipayApp
        | Way::AlipayQr
        | Way::AlipayWap
        | Way::AlipayCode
        | Way::HouseAccount
        | Way::MemberBalance => return Err(Reject::WayNotHere),
    };
    let settled = AccountSettled {
        tender: c.tender,
        account: c.account.clone(),
        amount: c.amount,
        way: c.way,
        reference,
        by: c.by.clone(),
        at: now.at,
    };
    Ok((alloc::vec![Billing::AccountSettled(settled)], FloorAnswer::Done))
}

fn is_taken(floor: &Floor, tender: TenderId) -> bool {
    floor.settlements.contains_key(&tender)
        || floor.sessions.values().any(|session| session.tenders.iter().any(|other| other.tender == tender))
}

pub(super) fn credited(floor: &mut Floor, e: &TenderCredited) {
    if let Some(ask) = &e.ask {
        floor.open_asks.remove(ask);
    }
    if let (Way::HouseAccount, Some(Ok(account))) = (e.way, e.reference.as_deref().map(str::parse::<AccountId>)) {
        let owed = floor.accounts.entry(account).or_default();
        *owed = *owed + e.amount + e.tip;
    }
    let Some(session) = floor.sessions.get_mut(&e.session) else { return };
    session.tenders.push(Tender {
        tender: e.tender,
        way: e.way,
        amount: e.amount,
        order: e.order,
        at: e.at,
        tip: e.tip,
        share: e.share,
        rounded_off: e.rounded_off,
        attempt: e.attempt,
        reference: e.reference.clone(),
        by: e.by.clone(),
    });
    if let Some(ask) = e.ask.and_then(|ask| session.asks.get_mut(&ask)) {
        ask.state = AskState::Credited { at: e.at };
    }
    if e.way.is_by_channel() {
        super::announce::paid(floor, e);
    }
}

pub(super) fn account_settled(floor: &mut Floor, e: &AccountSettled) {
    let settled = Settlement { account: e.account.clone(), amount: e.amount, way: e.way, by: e.by.clone(), at: e.at };
    floor.settlements.insert(e.tender, settled);
    let owed = floor.accounts.entry(e.account.clone()).or_default();
    *owed = *owed - e.amount;
}
