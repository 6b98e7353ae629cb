//! Sending money back: recorded first, told to the channel second, under one number for ever, until the channel says how it ended.

use crate::desk::{Desk, channel_of};
use domain::floor::{FloorCommand, RefundWhy, Reject};
use domain::payment::{
    AttemptState, CaseKind, ChannelRefund, OpenCase, PaymentCommand, PaymentReject, RefundResult, RefundState, Source,
};
use domain::{AttemptId, Money, RefundId};
use engine::{Refused, Store};
use pay::{Channel, Guarded, Outcome, RefundAsk, RefundStatus};
use std::sync::Arc;

/// Refusals that pass: the merchant's balance fills up again, and a rate limit ends. The same number is tried again later.
const PASSING: &[&str] = &[
    "NOT_ENOUGH",
    "NOTENOUGH",
    "FREQUENCY_LIMITED",
    "RATELIMIT_EXCEEDED",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "SELLER_BALANCE_NOT_ENOUGH",
];

/// The channel's own word that it has no refund under this number, or not yet.
const NOT_THERE: &str = "not at the channel yet";

impl Desk {
    /// Begins what the floor has decided to give back.
    pub(crate) async fn begin_refund(&self, refund: RefundId) {
        let Some((attempt, amount, why)) = self.store.floor(|floor| {
            let session = floor.refunds.get(&refund).and_then(|session| floor.sessions.get(session))?;
            let standing = session.refunds.get(&refund)?;
            Some((standing.attempt?, standing.amount, standing.why))
        }) else {
            return;
        };
        self.start_refund(refund, attempt, amount, why).await;
    }

    /// Whether that is settled: it stands, or it never will.
    pub(crate) async fn start_refund(&self, refund: RefundId, attempt: AttemptId, amount: Money, why: RefundWhy) -> bool {
        let request = Store::own_request(&[b"start refund", &refund.0.to_be_bytes()]);
        let command = PaymentCommand::StartRefund { refund, attempt, amount, why };
        match self.store.submit_money(request, command).await {
            Ok(()) | Err(Refused::Reject(PaymentReject::RefundExists)) => true,
            // Found again at every look; a person knows already.
            Err(Refused::Reject(_)) if self.is_in_a_case(CaseKind::RefundFailed, refund) => true,
            Err(Refused::Reject(reject)) => {
                tracing::error!(%refund, ?reject, "a refund can't be made: somebody must look");
                self.raise(OpenCase {
                    kind: CaseKind::RefundFailed,
                    subject: refund.0,
                    attempt: Some(attempt),
                    refund: Some(refund),
                    amount: Some(amount),
                    detail: format!("{reject:?}"),
                })
                .await;
                true
            }
            Err(refused) => {
                tracing::error!(%refund, ?refused, "a refund could not be started; it will be tried again");
                false
            }
        }
    }

    fn is_in_a_case(&self, kind: CaseKind, refund: RefundId) -> bool {
        self.store.money(|money| money.cases.contains_key(&kind.about(refund.0)))
    }

    /// Sends a refund, or asks after it where it was sent before. Sending the same number again moves money once.
    pub(crate) async fn drive_refund(&self, refund: RefundId) {
        let Some((standing, channel)) = self.standing_refund(refund) else { return };
        let was_accepted = standing.times_asked > 0 && standing.unknown_why.is_none();
        let result = match &standing.state {
            RefundState::Succeeded { .. } => return,
            // Given up here, and perhaps put right at the channel since: asked after, never sent.
            RefundState::Failed { .. } => self.asked_refund(&standing, &channel).await,
            RefundState::Open if was_accepted => self.asked_refund(&standing, &channel).await,
            RefundState::Open => self.sent_refund(&standing, &channel).await,
        };
        self.record_refund(&standing, Source::Query, result).await;
    }

    async fn sent_refund(&self, standing: &ChannelRefund, channel: &Arc<Guarded>) -> RefundResult {
        let ask = RefundAsk {
            attempt_no: standing.attempt.to_string(),
            refund_no: standing.channel_no(),
            amount: standing.amount,
            total: self.total_of(standing),
            reason: reason_of(standing.why).to_owned(),
            notify_url: self.notify_url(channel),
        };
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return RefundResult::Processing };
            channel.refund(&ask).await
        };
        match answer {
            Outcome::Succeeded(state) => result_of(&state),
            Outcome::DefinitelyFailed { code, .. } if PASSING.contains(&code.as_str()) => RefundResult::Unknown { why: code },
            // An earlier call under this number may have gone through: only the channel's own word about it counts.
            Outcome::DefinitelyFailed { code, message } if standing.times_asked > 0 => {
                tracing::warn!(refund = %standing.refund, code, message, "the channel refuses a refund it may have made");
                match self.asked_refund(standing, channel).await {
                    // Refused, and the channel knows of none under this number: that is certain. No answer isn't.
                    RefundResult::Unknown { why } if why == NOT_THERE => RefundResult::Failed { code, dead: false },
                    said => said,
                }
            }
            Outcome::DefinitelyFailed { code, message } => {
                tracing::error!(refund = %standing.refund, code, message, "the channel refused a refund: somebody must look");
                RefundResult::Failed { code, dead: false }
            }
            Outcome::Unknown { why } => RefundResult::Unknown { why },
        }
    }

    /// What was paid: as asked where it was captured, as the channel said where it didn't match.
    fn total_of(&self, standing: &ChannelRefund) -> Money {
        let case = CaseKind::Mismatch.about(standing.attempt.0);
        self.store.money(|money| {
            let attempt = money.attempts.get(&standing.attempt);
            let captured = attempt.filter(|attempt| matches!(attempt.state, AttemptState::Captured { .. }));
            let mismatched = || money.cases.get(&case).and_then(|case| case.amount);
            captured.map(|attempt| attempt.amount).or_else(mismatched).unwrap_or(standing.amount)
        })
    }

    async fn asked_refund(&self, standing: &ChannelRefund, channel: &Arc<Guarded>) -> RefundResult {
        let Ok(_permit) = self.calls.acquire().await else { return RefundResult::Processing };
        match channel.query_refund(&standing.attempt.to_string(), &standing.channel_no()).await {
            Outcome::Succeeded(state) => result_of(&state),
            Outcome::DefinitelyFailed { code, .. } => RefundResult::Unknown { why: code },
            Outcome::Unknown { why } => RefundResult::Unknown { why },
        }
    }

    /// Reports an answer, leaving out what says nothing new.
    pub(crate) async fn record_refund(&self, standing: &ChannelRefund, source: Source, result: RefundResult) {
        let nothing_new = match &result {
            RefundResult::Processing => standing.times_asked > 0 && standing.unknown_why.is_none(),
            RefundResult::Unknown { why } => standing.unknown_why.as_ref() == Some(why),
            RefundResult::Succeeded { .. } | RefundResult::Failed { .. } => false,
        };
        if nothing_new {
            return;
        }
        let refund = standing.refund;
        // An answer about a number that has been given up says nothing about the next.
        if self.store.money(|money| money.refunds.get(&refund).is_some_and(|now| now.number != standing.number)) {
            return;
        }
        let command = PaymentCommand::RecordRefund { refund, source, result };
        if let Err(refused) = self.store.submit_money(self.store.fresh_request(), command).await {
            tracing::warn!(%refund, ?refused, "a refund's answer could not be recorded; the channel will be asked again");
        }
    }

    /// Tells the check that the money has gone back.
    pub(crate) async fn book_refund(&self, refund: RefundId) {
        let Some(standing) = self.store.money(|money| money.refunds.get(&refund).cloned()) else { return };
        let (attempt, amount) = (standing.attempt, standing.amount);
        let command = match standing.why {
            RefundWhy::TakenBack => FloorCommand::BookTakenBack { refund, attempt, amount },
            RefundWhy::Staff | RefundWhy::TooMuch | RefundWhy::NoCheck | RefundWhy::Mismatch => {
                FloorCommand::PayRefund { refund }
            }
        };
        // Under a fresh id: a refusal is remembered with its id, and "no such tender" is true only until the credit has come.
        let booked = self.store.submit_floor(self.store.fresh_request(), command).await;
        let waits_for_credit = standing.why == RefundWhy::TakenBack
            && matches!(booked, Err(Refused::Reject(Reject::TenderUnknown)))
            && self.store.money(|money| money.outstanding.contains(&attempt));
        match booked {
            _ if waits_for_credit => return,
            // Nothing on the floor waits for it: the party has left, or the money never reached a check.
            Ok(_) | Err(Refused::Reject(_)) => {}
            Err(_) => return,
        }
        let marked = self.store.submit_money(self.store.fresh_request(), PaymentCommand::MarkRefundBooked { refund });
        if let Err(refused) = marked.await {
            tracing::warn!(%refund, ?refused, "a refund's end could not be marked; it will be tried again");
        }
        self.remember(|memory| memory.refund_asked_at.remove(&refund));
    }

    pub(crate) fn standing_refund(&self, refund: RefundId) -> Option<(ChannelRefund, Arc<Guarded>)> {
        let standing = self.store.money(|money| money.refunds.get(&refund).cloned())?;
        let channel = self.channels.get(&channel_of(standing.way)?)?.clone();
        Some((standing, channel))
    }
}

pub(crate) fn result_of(state: &pay::RefundState) -> RefundResult {
    match state.status {
        RefundStatus::Processing => RefundResult::Processing,
        RefundStatus::Succeeded => RefundResult::Succeeded { channel_refund: state.channel_refund.clone(), amount: state.amount },
        RefundStatus::Closed => RefundResult::Failed { code: "CLOSED".to_owned(), dead: true },
        RefundStatus::Abnormal => RefundResult::Failed { code: "ABNORMAL".to_owned(), dead: false },
        // It never arrived: the same number is sent again.
        RefundStatus::NotFound => RefundResult::Unknown { why: NOT_THERE.to_owned() },
    }
}

/// What the payer reads in the wallet.
fn reason_of(why: RefundWhy) -> &'static str {
    match why {
        RefundWhy::Staff => "商家退款",
        RefundWhy::TooMuch => "重复支付退款",
        RefundWhy::NoCheck | RefundWhy::Mismatch => "订单异常退款",
        RefundWhy::TakenBack => "撤销",
    }
}
