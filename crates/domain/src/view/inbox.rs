//! The inbox of money (异常收件箱): what a person must look at, with its timeline and what can be done about it.

use super::session::wire;
use crate::floor::{Announcement, Floor, Said, Way};
use crate::payment::{Attempt, AttemptState, BillCompared, Case, CaseKind, Payments, RefundState, Step};
use crate::{AskId, AttemptId, CaseId, Money, RefundId, SessionId, StaffId, Timestamp};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How long a payment may wait to be said aloud before that counts as missed. Units: milliseconds.
const SAID_WITHIN_MS: i64 = 60_000;

wire! {
    /// The inbox.
    Inbox {
        cases: Vec<CaseView>,
        /// Captured payments that no device has said aloud in time.
        unsaid: Vec<Announcement>,
        bills: Vec<BillCompared>,
    }
    /// One case.
    CaseView {
        case: CaseId, kind: CaseKind, attempt: Option<AttemptId>, refund: Option<RefundId>, ask: Option<AskId>, session: Option<SessionId>,
        table: Option<String>, way: Option<Way>, amount: Option<Money>, detail: String, opened_at: Timestamp, due_at: Timestamp,
        overdue: bool, owner: Option<StaffId>, resolved_at: Option<Timestamp>, resolved_by: Option<StaffId>, how: Option<String>,
        /// What one tap can do about it, the proposed one first.
        remedies: Vec<Remedy>,
        timeline: Vec<Step>,
    }
    /// A payment of the last days, for looking it up.
    PaymentRow {
        attempt: AttemptId, ask: AskId, session: SessionId, table: Option<String>, way: Way, amount: Money, state: PaymentRowState,
        channel_txn: Option<String>, started_at: Timestamp, refunded: Money, refundable: Money, timeline: Vec<Step>,
    }
}

/// Where a payment stands, for the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PaymentRowState {
    Checking,
    Paid,
    Closed,
    Failed,
    Reversed,
}

/// What can be done about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Ask the channel now.
    AskChannel,
    /// Give the payment up: close or reverse it, and prove it.
    GiveUp,
    /// Send the money back.
    SendBack,
    /// Try the refund again.
    RetryRefund,
    /// Say that it is settled, and how.
    Resolve,
}

/// Builds the inbox: open cases by their clock, then what was settled lately.
pub fn inbox(floor: &Floor, money: &Payments, now: Timestamp) -> Inbox {
    let mut cases: Vec<CaseView> = money.cases.values().map(|case| case_view(floor, money, case, now)).collect();
    cases.sort_by_key(|case| (case.resolved_at.map(|at| -at.0), case.due_at, case.case));
    let unsaid = floor.announcements.values().filter(|said| {
        said.played_at.is_none() && matches!(said.said, Said::Paid { .. }) && now.since_ms(said.at) > SAID_WITHIN_MS
    });
    Inbox { cases, unsaid: unsaid.cloned().collect(), bills: money.bills.values().rev().cloned().collect() }
}

fn case_view(floor: &Floor, money: &Payments, case: &Case, now: Timestamp) -> CaseView {
    let attempt = case.attempt.and_then(|id| money.attempts.get(&id));
    let refund = case.refund.and_then(|id| money.refunds.get(&id));
    let session = attempt.map(|attempt| attempt.session);
    let mut timeline: Vec<Step> = attempt.map(|attempt| attempt.timeline.clone()).unwrap_or_default();
    timeline.extend(refund.into_iter().flat_map(|refund| refund.timeline.iter().cloned()));
    timeline.push(Step { at: case.opened_at, what: "CaseOpened".to_string(), detail: None });
    timeline.sort_by_key(|step| step.at);
    CaseView {
        case: case.case,
        kind: case.kind,
        attempt: case.attempt,
        refund: case.refund,
        ask: attempt.map(|attempt| attempt.ask),
        session,
        table: session.and_then(|id| floor.sessions.get(&id)).map(|session| session.table_name.clone()),
        way: attempt.map(|attempt| attempt.way),
        amount: case.amount,
        detail: case.detail.clone(),
        opened_at: case.opened_at,
        due_at: case.due_at,
        overdue: case.resolved.is_none() && now > case.due_at,
        owner: case.owner.clone(),
        resolved_at: case.resolved.as_ref().map(|resolved| resolved.at),
        resolved_by: case.resolved.as_ref().and_then(|resolved| resolved.by.clone()),
        how: case.resolved.as_ref().map(|resolved| resolved.how.clone()),
        remedies: if case.resolved.is_some() { Vec::new() } else { remedies(money, case) },
        timeline,
    }
}

/// The proposed remedy asks the channel first wherever the channel may know better.
fn remedies(money: &Payments, case: &Case) -> Vec<Remedy> {
    let attempt = case.attempt.and_then(|id| money.attempts.get(&id));
    let open = attempt.is_some_and(|attempt| attempt.state == AttemptState::Open);
    // Money on a check goes back through the check, so that the check knows.
    let can_go_back = attempt.is_some_and(|attempt| !attempt.credited && money.refundable(attempt.attempt).is_positive());
    let refund_failed = case
        .refund
        .and_then(|id| money.refunds.get(&id))
        .is_some_and(|refund| matches!(refund.state, RefundState::Failed { .. }));
    let mut list = Vec::new();
    if refund_failed {
        list.push(Remedy::RetryRefund);
    }
    let channel_knows = match case.kind {
        CaseKind::UnknownTooLong
        | CaseKind::Mismatch
        | CaseKind::RefundFailed
        | CaseKind::BillMissed
        | CaseKind::BillShort
        | CaseKind::BillAmount
        | CaseKind::BillState
        | CaseKind::BillDuplicate
        | CaseKind::ReceiptFalse => attempt.is_some(),
        CaseKind::PaidAfterClose
        | CaseKind::Doubled
        | CaseKind::NoCheck
        | CaseKind::TakenBack
        | CaseKind::NoticeForged
        | CaseKind::NobodyAsked
        | CaseKind::BillExtra
        | CaseKind::BillFlow => false,
    };
    if channel_knows {
        list.push(Remedy::AskChannel);
    }
    if open {
        list.push(Remedy::GiveUp);
    }
    let may_go_back = match case.kind {
        CaseKind::Mismatch | CaseKind::NoCheck | CaseKind::BillMissed | CaseKind::BillDuplicate | CaseKind::BillAmount => {
            can_go_back
        }
        CaseKind::UnknownTooLong
        | CaseKind::PaidAfterClose
        | CaseKind::Doubled
        | CaseKind::RefundFailed
        | CaseKind::TakenBack
        | CaseKind::NoticeForged
        | CaseKind::NobodyAsked
        | CaseKind::BillExtra
        | CaseKind::BillShort
        | CaseKind::BillState
        | CaseKind::BillFlow
        | CaseKind::ReceiptFalse => false,
    };
    if may_go_back {
        list.push(Remedy::SendBack);
    }
    list.push(Remedy::Resolve);
    list
}

/// Builds the list of the last days' payments, newest first.
pub fn payment_rows(floor: &Floor, money: &Payments) -> Vec<PaymentRow> {
    let mut rows: Vec<PaymentRow> = money.attempts.values().map(|attempt| payment_row(floor, money, attempt)).collect();
    rows.sort_by_key(|row| (-row.started_at.0, row.attempt));
    rows
}

fn payment_row(floor: &Floor, money: &Payments, attempt: &Attempt) -> PaymentRow {
    let back = money.refunds.values().filter(|refund| refund.attempt == attempt.attempt);
    let captured = matches!(attempt.state, AttemptState::Captured { .. });
    PaymentRow {
        attempt: attempt.attempt,
        ask: attempt.ask,
        session: attempt.session,
        table: floor.sessions.get(&attempt.session).map(|session| session.table_name.clone()),
        way: attempt.way,
        amount: attempt.amount,
        state: match &attempt.state {
            AttemptState::Open => PaymentRowState::Checking,
            AttemptState::Captured { .. } => PaymentRowState::Paid,
            AttemptState::Closed => PaymentRowState::Closed,
            AttemptState::Failed { .. } => PaymentRowState::Failed,
            AttemptState::Reversed => PaymentRowState::Reversed,
        },
        channel_txn: match &attempt.state {
            AttemptState::Captured { channel_txn, .. } => Some(channel_txn.clone()),
            AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => None,
        },
        started_at: attempt.started_at,
        refunded: back.map(|refund| refund.amount).sum(),
        refundable: if captured { money.refundable(attempt.attempt) } else { Money::ZERO },
        timeline: attempt.timeline.clone(),
    }
}
