//! Receipts of the cloud's: a channel's word that could not come itself, because the restaurant is cut off. They count at once, and the
//! channel is asked as soon as it can be.

use crate::desk::Desk;
use crate::notice::nobody_asked;
use domain::AttemptId;
use domain::payment::{
    Attempt, AttemptState, CaseKind, ChannelResult, ChannelTag, OpenCase, PaymentCommand, PaymentReject, RefundState, Source,
};
use engine::{Refused, Request};
use receipt::Receipt;

/// What came of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptTaken {
    /// The money counts now.
    Counted,
    /// It counted already.
    CountedBefore,
    /// The check it was for is gone: the money goes back.
    GoesBack,
    /// Nobody here asked for it, or it was taken back before: a case is open.
    ForAPerson,
    /// It isn't what was asked for: nothing is credited, and a case is open.
    Mismatch,
}

impl Desk {
    /// Takes in a receipt that was found genuine, and ours; `text` is the receipt as it was signed.
    ///
    /// # Errors
    /// When it could not be recorded.
    pub async fn take_receipt(
        &self,
        request: Request,
        receipt: &Receipt,
        text: &str,
    ) -> Result<ReceiptTaken, Refused<PaymentReject>> {
        let attempt = receipt.attempt;
        let Some(standing) = self.attempt_now(attempt) else {
            tracing::error!(%attempt, "a genuine receipt about a payment nobody asked for");
            let case = nobody_asked(&receipt.channel_txn, receipt.amount, format!("{attempt} {text}"));
            self.store.submit_money(request, PaymentCommand::OpenCase(case)).await?;
            return Ok(ReceiptTaken::ForAPerson);
        };
        match &standing.state {
            AttemptState::Captured { .. } if self.stands(&standing) => return Ok(ReceiptTaken::CountedBefore),
            AttemptState::Captured { .. } => return Ok(ReceiptTaken::GoesBack),
            // Which of the two was last only the channel knows; its notice, which is on its way, makes the desk ask.
            AttemptState::Reversed => {
                let case = about(CaseKind::PaidAfterClose, &standing, text.to_owned());
                self.store.submit_money(request, PaymentCommand::OpenCase(case)).await?;
                return Ok(ReceiptTaken::ForAPerson);
            }
            AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } => {}
        }
        let result = ChannelResult::Paid {
            channel_txn: receipt.channel_txn.clone(),
            amount: receipt.amount,
            currency: receipt.currency,
            merchant_matches: ChannelTag::of(standing.way) == Some(receipt.channel),
            paid_at: receipt.paid_at,
        };
        let command = PaymentCommand::RecordResult { attempt, source: Source::Receipt, result };
        self.store.submit_money(request, command).await?;
        Ok(self.came_of(attempt).await)
    }

    async fn came_of(&self, attempt: AttemptId) -> ReceiptTaken {
        // The cashier should see the check settled, and not a moment before it is.
        self.credit(attempt).await;
        let Some(standing) = self.attempt_now(attempt) else { return ReceiptTaken::Mismatch };
        match standing.state {
            AttemptState::Captured { .. } if self.stands(&standing) => ReceiptTaken::Counted,
            AttemptState::Captured { .. } => ReceiptTaken::GoesBack,
            AttemptState::Open | AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => {
                ReceiptTaken::Mismatch
            }
        }
    }

    /// Whether captured money stands on its check, or is about to.
    fn stands(&self, standing: &Attempt) -> bool {
        standing.credited || self.store.money(|money| money.outstanding.contains(&standing.attempt))
    }

    fn attempt_now(&self, attempt: AttemptId) -> Option<Attempt> {
        self.store.money(|money| money.attempts.get(&attempt).cloned())
    }

    /// Asks the channel about money that only a receipt has told of. Where it knows of none, somebody else may have the cloud's key.
    pub(crate) async fn prove(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        // Money that goes back through the channel is known to it, and what it says of the payment meanwhile can be misread.
        if self
            .store
            .money(|money| money.refunds.values().any(|refund| refund.attempt == attempt && refund.state == RefundState::Open))
        {
            return;
        }
        let answer = self.asked(&standing, &channel).await;
        match answer {
            ChannelResult::NotPaid
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Failed { .. }
            | ChannelResult::Opened(_) => {
                tracing::error!(%attempt, ?answer, "the channel knows nothing of money that a receipt told of");
                self.raise(about(CaseKind::ReceiptFalse, &standing, format!("{answer:?}"))).await;
            }
            ChannelResult::Paid { .. } | ChannelResult::Reversed => self.record(&standing, Source::Query, answer).await,
            ChannelResult::Unknown { .. } => {}
        }
    }
}

fn about(kind: CaseKind, standing: &Attempt, detail: String) -> OpenCase {
    let attempt = standing.attempt;
    OpenCase { kind, subject: attempt.0, attempt: Some(attempt), refund: None, amount: Some(standing.amount), detail }
}
