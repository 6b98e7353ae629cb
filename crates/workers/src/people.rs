//! What people ask of the desk: look now, give up, send back, try again.

use crate::credit::refund_of;
use crate::desk::{Desk, Payer};
use crate::duty::is_open;
use domain::floor::RefundWhy;
use domain::payment::{Attempt, AttemptState, PaymentCommand, PaymentReject, Source};
use domain::{AskId, AttemptId, Money, RefundId};
use engine::{Refused, Store};
use pay::AuthCode;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How long somebody who changes the way to pay waits for the proof that the first is closed.
const PROOF_WITHIN: Duration = Duration::from_secs(8);

/// How a payment that should make way for another ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody can pay it any more: proved.
    Closed,
    /// It was paid.
    Paid,
    /// No certain answer yet: nobody pays again meanwhile.
    Unclear,
}

impl Desk {
    /// Remembers who pays inside the channel's app. Whoever came first under this wish stays its payer.
    pub fn remember_payer(&self, ask: AskId, payer: String) {
        self.remember_first(ask, Payer::Known(payer));
    }

    /// Remembers the scanned code until it is used, and the till that scanned it.
    pub fn remember_code(&self, ask: AskId, code: AuthCode, terminal: String) {
        self.remember_first(ask, Payer::Scanned(code, terminal));
    }

    /// Remembers the payer's browser.
    pub fn remember_browser(&self, ask: AskId, ip: IpAddr, return_url: String) {
        self.remember_first(ask, Payer::Browser(ip, return_url));
    }

    fn remember_first(&self, ask: AskId, payer: Payer) {
        self.remember(|memory| {
            memory.payers.entry(ask).or_insert(payer);
        });
    }

    /// Forgets who wanted to pay where nothing came of the wish.
    pub fn forget(&self, ask: AskId) {
        if !self.store.floor(|floor| is_open(floor, ask)) {
            self.remember(|memory| memory.payers.remove(&ask));
        }
    }

    /// Asks the channel now, because a person wants to know.
    pub async fn ask_now(&self, ask: AskId) {
        let Some(attempt) = self.attempt_of(ask) else { return };
        self.remember(|memory| memory.asked_at.insert(attempt, Instant::now()));
        self.query(attempt, Source::Query).await;
        self.settle(ask, attempt).await;
    }

    /// Asks the channel now what became of a refund.
    pub async fn ask_refund_now(&self, refund: RefundId) {
        self.remember(|memory| memory.refund_asked_at.insert(refund, Instant::now()));
        self.drive_refund(refund).await;
    }

    /// Gives a payment up because a person wants to: it has ended once the channel has proved it.
    ///
    /// # Errors
    /// The money stream's reason, for instance that it is paid.
    pub async fn cancel(&self, ask: AskId) -> Result<(), Refused<PaymentReject>> {
        let Some(attempt) = self.attempt_of(ask) else { return Ok(()) };
        self.store.submit_money(self.store.fresh_request(), PaymentCommand::RequestClose { attempt }).await?;
        let by_code = self.store.money(|money| money.attempts.get(&attempt).is_some_and(|attempt| attempt.way.is_by_code()));
        match by_code {
            true => self.reverse(attempt).await,
            false => self.close(attempt).await,
        }
        self.settle(ask, attempt).await;
        Ok(())
    }

    /// Ends a payment to make way for another, and waits for the proof.
    pub async fn end_first(&self, ask: AskId) -> Ended {
        let mut money = self.store.money_commits();
        match self.cancel(ask).await {
            Ok(()) => {}
            Err(Refused::Reject(PaymentReject::AlreadyCaptured)) => return Ended::Paid,
            Err(_) => return Ended::Unclear,
        }
        let proved = tokio::time::timeout(PROOF_WITHIN, async {
            loop {
                match self.ended(ask) {
                    Ended::Unclear => {}
                    ended => return ended,
                }
                if matches!(money.recv().await, Err(tokio::sync::broadcast::error::RecvError::Closed)) {
                    return Ended::Unclear;
                }
            }
        })
        .await;
        let ended = proved.unwrap_or(Ended::Unclear);
        if let (Ended::Closed, Some(attempt)) = (ended, self.attempt_of(ask)) {
            self.settle(ask, attempt).await;
        }
        ended
    }

    fn ended(&self, ask: AskId) -> Ended {
        let attempt = self.attempt_of(ask);
        match attempt.and_then(|id| self.store.money(|money| money.attempts.get(&id).map(|attempt| attempt.state.clone()))) {
            Some(AttemptState::Captured { .. }) => Ended::Paid,
            Some(AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed) => Ended::Closed,
            Some(AttemptState::Open) | None => Ended::Unclear,
        }
    }

    /// Carries a final answer over to the check at once, instead of at the next look.
    async fn settle(&self, ask: AskId, attempt: AttemptId) {
        match self.ended(ask) {
            Ended::Paid => self.credit(attempt).await,
            Ended::Closed if self.store.floor(|floor| is_open(floor, ask)) => self.end(ask, attempt).await,
            Ended::Closed | Ended::Unclear => {}
        }
    }

    /// Sends back whatever the channel still holds of a payment.
    ///
    /// # Errors
    /// The money stream's reason.
    pub async fn send_back(&self, attempt: AttemptId) -> Result<(), Refused<PaymentReject>> {
        let amount = self.store.money(|money| money.refundable(attempt));
        self.refund(refund_of(attempt), attempt, amount, RefundWhy::Mismatch).await
    }

    /// Sends a part of a payment back, for a party that is no longer on the floor.
    ///
    /// # Errors
    /// The money stream's reason.
    pub async fn refund_attempt(
        &self,
        refund: RefundId,
        attempt: AttemptId,
        amount: Money,
    ) -> Result<(), Refused<PaymentReject>> {
        self.refund(refund, attempt, amount, RefundWhy::Staff).await
    }

    async fn refund(
        &self,
        refund: RefundId,
        attempt: AttemptId,
        amount: Money,
        why: RefundWhy,
    ) -> Result<(), Refused<PaymentReject>> {
        if self.is_on_a_check(attempt) || self.is_on_its_way_to_a_check(attempt) {
            return Err(Refused::Reject(PaymentReject::OnACheck));
        }
        // The request's id names the refund, so it would be answered with what an earlier one of this number led to.
        if self.store.money(|money| money.refunds.contains_key(&refund)) {
            return Err(Refused::Reject(PaymentReject::RefundExists));
        }
        let request = Store::own_request(&[b"start refund", &refund.0.to_be_bytes()]);
        self.store.submit_money(request, PaymentCommand::StartRefund { refund, attempt, amount, why }).await
    }

    /// Money on a check of a party that is still on the floor goes back by that check, or the two would tell different stories.
    fn is_on_a_check(&self, attempt: AttemptId) -> bool {
        self.store.floor(|floor| {
            floor.sessions.values().any(|party| party.tenders.iter().any(|tender| tender.attempt == Some(attempt)))
        })
    }

    /// Captured, and not credited yet: the check gets it in a moment.
    fn is_on_its_way_to_a_check(&self, attempt: AttemptId) -> bool {
        let captured = |standing: &Attempt| matches!(standing.state, AttemptState::Captured { .. });
        self.store.money(|money| money.outstanding.contains(&attempt) && money.attempts.get(&attempt).is_some_and(captured))
    }

    /// Tries a failed refund again.
    ///
    /// # Errors
    /// The money stream's reason.
    pub async fn retry_refund(&self, refund: RefundId) -> Result<(), Refused<PaymentReject>> {
        self.store.submit_money(self.store.fresh_request(), PaymentCommand::RetryRefund { refund }).await?;
        self.remember(|memory| memory.refund_asked_at.remove(&refund));
        Ok(())
    }

    /// The try of a wish to pay.
    pub fn attempt_of(&self, ask: AskId) -> Option<AttemptId> {
        self.store.money(|money| money.by_ask.get(&ask).copied())
    }
}
