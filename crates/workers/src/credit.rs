//! Carrying the end of a try over to the check.

use crate::desk::Desk;
use domain::floor::{AskClosedWhy, CreditCapture, FloorCommand, RefundWhy};
use domain::payment::{AttemptState, PaymentCommand};
use domain::{AskId, AttemptId, OrderId, RefundId};
use engine::{Refused, Store};

/// The refund that a try would lead to by itself: one try, one number, however often it is decided.
pub(crate) fn refund_of(attempt: AttemptId) -> RefundId {
    RefundId(Store::own_request(&[b"refund", &attempt.0.to_be_bytes()]).id)
}

impl Desk {
    /// Puts captured money on its check.
    pub(crate) async fn credit(&self, attempt: AttemptId) {
        let Some(standing) = self.store.money(|money| money.attempts.get(&attempt).cloned()) else { return };
        let AttemptState::Captured { channel_txn, paid_at } = standing.state else { return };
        let command = FloorCommand::CreditCapture(CreditCapture {
            ask: standing.ask,
            attempt,
            channel_txn,
            amount: standing.amount,
            paid_at,
            refund: refund_of(attempt),
        });
        let id = attempt.0.to_be_bytes();
        let mark = match self.store.submit_floor(Store::own_request(&[b"credit", &id]), command).await {
            Ok(_) => PaymentCommand::MarkCredited { attempt },
            Err(Refused::Reject(reject)) => {
                tracing::error!(%attempt, ?reject, "captured money has no check: it goes back");
                // Before it is marked: were the house to stop between the two, nobody would look again.
                if !self.start_refund(refund_of(attempt), attempt, standing.amount, RefundWhy::NoCheck).await {
                    return;
                }
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
    pub(crate) async fn end(&self, ask: AskId, attempt: AttemptId) {
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
        self.remember(|memory| {
            memory.asked_at.remove(&attempt);
            memory.payers.remove(&ask);
        });
    }

    pub(crate) async fn expire(&self, order: OrderId) {
        let refused = self.store.submit_floor(self.store.fresh_request(), FloorCommand::ExpireOrder { order }).await;
        if let Err(refused) = refused {
            tracing::debug!(%order, ?refused, "the order can't expire yet");
        }
    }
}
