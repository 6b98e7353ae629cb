//! A second person's word (授权): asked on one device, given on another, and the act is done in the decision that gives it.

use super::{Discount, Fees};
use crate::catalog::Role;
use crate::{ApprovalId, CashMoveId, LineId, Money, SessionId, ShiftId, StaffId, Timestamp};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// An act that the house guards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "act", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Guarded {
    Void { session: SessionId, line: LineId },
    Comp { session: SessionId, line: LineId },
    Reprice { session: SessionId, line: LineId, amount: Money },
    Discount { session: SessionId, discount: Option<Discount> },
    WaiveFees { session: SessionId, fees: Fees },
    CashOut { shift: ShiftId, entry: CashMoveId, amount: Money },
}

/// A guarded act that waits for a second person, or had one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Approval {
    pub approval: ApprovalId,
    pub act: Guarded,
    pub reason: String,
    pub by: StaffId,
    pub role: Role,
    pub at: Timestamp,
    pub answer: Option<ApprovalAnswer>,
}

/// What a second person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct ApprovalAnswer {
    pub yes: bool,
    /// Why not.
    pub reason: Option<String>,
    pub by: StaffId,
    pub at: Timestamp,
}

use super::{
    ApprovalAsked, ApprovalGiven, ApprovalRefused, Approver, AskApproval, Decision, Direction, Floor, Hand, Known, Now, Reject,
    adjust, done, kitchen, shift,
};
use crate::text::{LONGEST_NOTE, is_plain};
use alloc::string::ToString;

/// The reason for something guarded, trimmed.
pub(super) fn reason_of(text: &str) -> Result<String, Reject> {
    let text = text.trim();
    if text.is_empty() || !is_plain(text, LONGEST_NOTE) {
        return Err(Reject::BadText);
    }
    Ok(text.to_string())
}

/// The second person an act needs. The owner alone needs nobody.
///
/// # Rejects
/// `ApprovalNeeded` without one; `ApproverNotAllowed` where it is the same person, or one who may not.
pub(super) fn second_person(hand: &Hand) -> Result<Option<StaffId>, Reject> {
    match &hand.approver {
        Some(other) if other.by != hand.by && other.role.may(crate::catalog::Right::Approve) => Ok(Some(other.by.clone())),
        Some(_) => Err(Reject::ApproverNotAllowed),
        None if hand.role == Role::Owner => Ok(None),
        None => Err(Reject::ApprovalNeeded),
    }
}

/// Who besides the first lets go `bp` hundredths of a percent of a price; nobody where the first may alone.
///
/// # Rejects
/// As [`second_person`], where neither of them may let go so much.
pub(super) fn lets_go(hand: &Hand, bp: u32, known: &Known) -> Result<Option<StaffId>, Reject> {
    let limits = &known.house.policy.service.discount_limits;
    let limit = |role: Role| match limits.iter().find(|limit| limit.role == role) {
        Some(limit) => limit.bp,
        None if matches!(role, Role::Owner | Role::Manager) => 10_000,
        None => 0,
    };
    match &hand.approver {
        Some(other) if other.by == hand.by => Err(Reject::ApproverNotAllowed),
        Some(other) if limit(other.role) >= bp => Ok(Some(other.by.clone())),
        _ if limit(hand.role) >= bp => Ok(None),
        Some(_) => Err(Reject::ApproverNotAllowed),
        None => Err(Reject::ApprovalNeeded),
    }
}

/// Asks for a second person's word. An act that would be refused anyway is refused now.
pub(super) fn ask(floor: &Floor, c: &AskApproval, now: Now, known: &Known) -> Decision {
    if floor.approvals.contains_key(&c.approval) {
        return Err(Reject::ApprovalExists);
    }
    let reason = reason_of(&c.reason)?;
    let (events, _) = perform(floor, &c.act, &reason, &with_anybody(c)?, now, known)?;
    if events.is_empty() {
        return Err(Reject::ApprovalAnswered);
    }
    let asked = ApprovalAsked { approval: c.approval, act: c.act.clone(), reason, by: c.by.clone(), role: c.role, at: now.at };
    done(alloc::vec![asked.into()])
}

/// As if the owner stood beside: whatever is refused then will be refused later too.
fn with_anybody(c: &AskApproval) -> Result<Hand, Reject> {
    let somebody = if c.by.as_str() == "owner" { "manager" } else { "owner" };
    let by = somebody.parse().map_err(|_| Reject::BadText)?;
    Ok(Hand { by: c.by.clone(), role: c.role, approver: Some(Approver { by, role: Role::Owner }) })
}

/// Says yes, and does the act in the same decision.
pub(super) fn give(floor: &Floor, approval: ApprovalId, by: &StaffId, role: Role, now: Now, known: &Known) -> Decision {
    let asked = open(floor, approval)?;
    // Even where the act needs nobody any more: what is written down as somebody's yes must be another's.
    if asked.by == *by {
        return Err(Reject::ApproverNotAllowed);
    }
    let hand = Hand { by: asked.by.clone(), role: asked.role, approver: Some(Approver { by: by.clone(), role }) };
    let (mut events, answer) = perform(floor, &asked.act, &asked.reason, &hand, now, known)?;
    events.push(ApprovalGiven { approval, by: by.clone(), at: now.at }.into());
    Ok((events, answer))
}

/// Says no.
pub(super) fn refuse(floor: &Floor, approval: ApprovalId, reason: &str, by: &StaffId, now: Now) -> Decision {
    open(floor, approval)?;
    let reason = reason_of(reason)?;
    done(alloc::vec![ApprovalRefused { approval, reason, by: by.clone(), at: now.at }.into()])
}

fn open(floor: &Floor, approval: ApprovalId) -> Result<&Approval, Reject> {
    let asked = floor.approvals.get(&approval).ok_or(Reject::ApprovalUnknown)?;
    match asked.answer {
        None => Ok(asked),
        Some(_) => Err(Reject::ApprovalAnswered),
    }
}

fn perform(floor: &Floor, act: &Guarded, reason: &str, hand: &Hand, now: Now, known: &Known) -> Decision {
    match act {
        Guarded::Void { session, line } => kitchen::void_line(floor, *session, *line, reason, hand, now),
        Guarded::Comp { session, line } => adjust::comp(floor, *session, *line, reason, hand, now, known),
        Guarded::Reprice { session, line, amount } => adjust::reprice(floor, *session, *line, *amount, reason, hand, now, known),
        Guarded::Discount { session, discount } => adjust::discount(floor, *session, discount.as_ref(), reason, hand, now, known),
        Guarded::WaiveFees { session, fees } => adjust::waive(floor, *session, *fees, reason, hand, now),
        Guarded::CashOut { shift, entry, amount } => {
            let wanted = shift::Wanted { entry: *entry, direction: Direction::Out, amount: *amount };
            shift::move_cash(floor, *shift, wanted, reason, hand, now)
        }
    }
}

impl Guarded {
    /// Whether what it is about is still on the floor.
    pub(super) fn is_about_something(&self, floor: &Floor) -> bool {
        match self {
            Guarded::Void { session, .. }
            | Guarded::Comp { session, .. }
            | Guarded::Reprice { session, .. }
            | Guarded::Discount { session, .. }
            | Guarded::WaiveFees { session, .. } => floor.sessions.contains_key(session),
            Guarded::CashOut { shift, .. } => floor.shifts.contains_key(shift),
        }
    }
}

pub(super) fn asked(floor: &mut Floor, e: &ApprovalAsked) {
    let approval = Approval {
        approval: e.approval,
        act: e.act.clone(),
        reason: e.reason.clone(),
        by: e.by.clone(),
        role: e.role,
        at: e.at,
        answer: None,
    };
    floor.approvals.insert(e.approval, approval);
}

pub(super) fn given(floor: &mut Floor, e: &ApprovalGiven) {
    if let Some(approval) = floor.approvals.get_mut(&e.approval) {
        approval.answer = Some(ApprovalAnswer { yes: true, reason: None, by: e.by.clone(), at: e.at });
    }
}

pub(super) fn refused(floor: &mut Floor, e: &ApprovalRefused) {
    if let Some(approval) = floor.approvals.get_mut(&e.approval) {
        approval.answer = Some(ApprovalAnswer { yes: false, reason: Some(e.reason.clone()), by: e.by.clone(), at: e.at });
    }
}
