//! Asking, closing and reversing, and what the answers mean.

use crate::desk::Desk;
use domain::payment::{Attempt, AttemptState, ChannelResult, PaymentCommand, Source};
use domain::{AttemptId, Currency, Timestamp};
use engine::Store;
use pay::{Channel, ChannelState, Guarded, Outcome, Reversed};
use std::sync::Arc;

impl Desk {
    /// Asks the channel what became of a try, and records the answer.
    pub(crate) async fn query(&self, attempt: AttemptId, source: Source) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let result = self.asked(&standing, &channel).await;
        self.record(&standing, source, result).await;
    }

    async fn asked(&self, standing: &Attempt, channel: &Arc<Guarded>) -> ChannelResult {
        let Ok(_permit) = self.calls.acquire().await else { return ChannelResult::NotPaid };
        match channel.query(&standing.attempt.to_string()).await {
            Outcome::Succeeded(state) => self.result_of(standing, channel, state),
            Outcome::DefinitelyFailed { code, .. } => ChannelResult::Unknown { why: code },
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        }
    }

    /// What a channel's state means for a try.
    pub(crate) fn result_of(&self, standing: &Attempt, channel: &Arc<Guarded>, state: ChannelState) -> ChannelResult {
        match state {
            ChannelState::NotPaid | ChannelState::Paying | ChannelState::NotFound => ChannelResult::NotPaid,
            ChannelState::Closed => ChannelResult::Closed,
            ChannelState::Reversed => ChannelResult::Reversed,
            // With the money perhaps taken, only a reverse makes it certain.
            ChannelState::PayFailed { code, money_may_have_moved: true } => ChannelResult::Unknown { why: code },
            ChannelState::PayFailed { code, money_may_have_moved: false } => ChannelResult::Failed { code },
            ChannelState::Paid(paid) | ChannelState::Refunded(paid) => paid_of(standing, channel, &paid),
        }
    }

    /// Closes a try at the channel. Paid in the last moment counts as paid.
    pub(crate) async fn close(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            channel.close(&attempt.to_string()).await
        };
        match answer {
            Outcome::Succeeded(pay::Closed::Closed) => self.record(&standing, Source::Close, ChannelResult::Closed).await,
            // A code nobody scanned is unknown to the channel. It is no longer shown; money that comes all the same is seen, and
            // goes back by itself where nobody owes it.
            Outcome::Succeeded(pay::Closed::NotFound) => {
                self.record(&standing, Source::Close, ChannelResult::ClosedUnseen).await;
            }
            Outcome::Succeeded(pay::Closed::AlreadyPaid) => self.query(attempt, Source::Close).await,
            Outcome::DefinitelyFailed { code, .. } => {
                tracing::warn!(%attempt, code, "the channel refused to close a payment");
                self.query(attempt, Source::Close).await;
            }
            // Nobody was ever shown a code, so there is nothing anybody could pay: nobody has to wait for a channel that is down.
            Outcome::Unknown { why } if standing.opened.is_none() && standing.closing => {
                tracing::warn!(%attempt, why, "given up without the channel's word: it was never opened");
                self.record(&standing, Source::Close, ChannelResult::ClosedUnseen).await;
            }
            Outcome::Unknown { why } => self.record(&standing, Source::Close, ChannelResult::Unknown { why }).await,
        }
    }

    /// Looks whether a try that was closed without the channel's proof was paid after all, until its time is up.
    pub(crate) async fn watch(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let Some(until) = self.store.money(|money| money.watched.get(&attempt).copied()) else { return };
        let answer = self.asked(&standing, &channel).await;
        let proved = match &answer {
            ChannelResult::Closed | ChannelResult::Reversed | ChannelResult::Failed { .. } => true,
            ChannelResult::NotPaid => self.store.now().at >= until,
            ChannelResult::Opened(_)
            | ChannelResult::Paid { .. }
            | ChannelResult::ClosedUnseen
            | ChannelResult::Unknown { .. } => false,
        };
        if !proved {
            return self.record(&standing, Source::Query, answer).await;
        }
        let ended = self.store.submit_money(self.store.fresh_request(), PaymentCommand::EndWatch { attempt }).await;
        if let Err(refused) = ended {
            tracing::warn!(%attempt, ?refused, "the watch over a payment goes on");
        }
        self.remember(|memory| memory.asked_at.remove(&attempt));
    }

    /// Takes a try back: one last question, and right after it, with nothing in between, the reverse. Whatever had become of
    /// it, nobody can pay it any more then, and no money stays moved.
    pub(crate) async fn reverse(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let last = self.asked(&standing, &channel).await;
        let settled = match &last {
            ChannelResult::Paid { .. }
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. } => true,
            ChannelResult::Opened(_) | ChannelResult::NotPaid | ChannelResult::Unknown { .. } => false,
        };
        let too_early = self.store.now().at.since_ms(standing.started_at) < channel.reverse_after_ms();
        if settled || too_early {
            return self.record(&standing, Source::Reverse, last).await;
        }
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            channel.reverse(&attempt.to_string()).await
        };
        let result = match answer {
            Outcome::Succeeded(Reversed::Reversed) => ChannelResult::Reversed,
            // The call to pay never arrived, and the code it carried has long run out.
            Outcome::Succeeded(Reversed::NotFound) => ChannelResult::ClosedUnseen,
            Outcome::Succeeded(Reversed::NotYet) => ChannelResult::Unknown { why: "not reversed yet".to_owned() },
            Outcome::DefinitelyFailed { code, .. } => ChannelResult::Unknown { why: code },
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        self.record(&standing, Source::Reverse, result).await;
    }

    /// Reports an answer to the money stream, leaving out what says nothing new.
    pub(crate) async fn record(&self, standing: &Attempt, source: Source, result: ChannelResult) {
        let attempt = standing.attempt;
        let captured = matches!(standing.state, AttemptState::Captured { .. });
        let nothing_new = match &result {
            ChannelResult::NotPaid => standing.unknown_why.is_none(),
            ChannelResult::Unknown { .. } => standing.unknown_why.is_some(),
            ChannelResult::Paid { .. } => captured,
            ChannelResult::Opened(_)
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. } => false,
        };
        if nothing_new {
            return;
        }
        let request = match &result {
            ChannelResult::Paid { channel_txn, amount, .. } => paid_request(attempt, channel_txn, *amount),
            ChannelResult::Opened(_)
            | ChannelResult::NotPaid
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. }
            | ChannelResult::Unknown { .. } => self.store.fresh_request(),
        };
        let command = PaymentCommand::RecordResult { attempt, source, result };
        if let Err(refused) = self.store.submit_money(request, command).await {
            tracing::warn!(%attempt, ?refused, "a channel's answer could not be recorded; the channel will be asked again");
        }
    }
}

/// Notice and query may report the same payment: it is one fact, under one id.
pub(crate) fn paid_request(attempt: AttemptId, channel_txn: &str, amount: domain::Money) -> engine::Request {
    Store::own_request(&[b"paid", &attempt.0.to_be_bytes(), channel_txn.as_bytes(), &amount.0.to_be_bytes()])
}

/// A channel's word about a payment, held against what was asked.
pub(crate) fn paid_of(standing: &Attempt, channel: &Arc<Guarded>, paid: &pay::Paid) -> ChannelResult {
    let expected = channel.expects(&standing.attempt.to_string(), paid.amount);
    ChannelResult::Paid {
        channel_txn: paid.channel_txn.clone(),
        amount: paid.amount,
        currency: if paid.currency == "CNY" { Currency::Cny } else { Currency::Usd },
        merchant_matches: pay::proves(paid, &expected).is_ok(),
        paid_at: Timestamp(paid.paid_at_ms),
    }
}
