//! Asking, closing and reversing, and what the answers mean.

use crate::desk::Desk;
use crate::duty::Duty;
use domain::payment::{Attempt, AttemptState, ChannelResult, PaymentCommand, RefundState, Source};
use domain::{AttemptId, Currency, Money, Timestamp};
use engine::{Request, Store};
use pay::{Channel, ChannelName, ChannelState, Guarded, Outcome, Reversed};
use std::sync::Arc;
use std::time::Duration;

/// When a payment is looked at whose reverse got no answer.
const AFTER_REVERSE: [Duration; 8] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];
/// A call to pay that hasn't arrived by then, budget and all, arrives no more. Units: milliseconds.
const ARRIVES_WITHIN_MS: i64 = 20_000;

impl Desk {
    /// Asks the channel what became of a try, and records the answer.
    pub(crate) async fn query(&self, attempt: AttemptId, source: Source) {
        let Some((standing, channel)) = self.standing(attempt) else { return };
        let result = self.asked(&standing, &channel).await;
        self.record(&standing, source, result).await;
    }

    pub(crate) async fn asked(&self, standing: &Attempt, channel: &Arc<Guarded>) -> ChannelResult {
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
            ChannelState::Refunded(paid) if self.is_all_back(standing, channel, &paid) => ChannelResult::Reversed,
            ChannelState::Paid(paid) | ChannelState::Refunded(paid) => paid_of(standing, channel, &paid),
        }
    }

    /// Paid, and all of it back before it reached our books: a reverse of ours whose answer was lost, or somebody at the channel's
    /// own desk. Alipay says `Refunded` only of the whole; WeChat Pay also of a part, so there our own refunds must add up to it.
    fn is_all_back(&self, standing: &Attempt, channel: &Arc<Guarded>, paid: &pay::Paid) -> bool {
        if matches!(standing.state, AttemptState::Captured { .. }) {
            return false;
        }
        match channel.name() {
            ChannelName::Alipay => true,
            ChannelName::Wechat => self.store.money(|money| {
                let ours = money.refunds.values().filter(|refund| refund.attempt == standing.attempt);
                let done = ours.filter(|refund| matches!(refund.state, RefundState::Succeeded { .. }));
                done.map(|refund| refund.amount).sum::<Money>() >= paid.amount
            }),
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

    /// Takes a try back: one last question, and right after it, with only a note of the intent in between, the reverse. Whatever had become of
    /// it, nobody can pay it any more then, and no money stays moved.
    pub(crate) async fn reverse(&self, attempt: AttemptId) {
        let Some((standing, channel)) = self.standing(attempt).filter(|(standing, _)| !standing.is_final()) else { return };
        let last = self.asked(&standing, &channel).await;
        let settled = match &last {
            ChannelResult::Paid { .. }
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. } => true,
            ChannelResult::Opened(_) | ChannelResult::NotPaid | ChannelResult::Unknown { .. } => false,
        };
        if settled || self.is_younger(&standing, channel.reverse_after_ms()) {
            return self.record(&standing, Source::Reverse, last).await;
        }
        // A notice, or a question beside this one, may have brought the end meanwhile: what is paid is not taken back.
        if self.standing(attempt).is_none_or(|(standing, _)| standing.is_final()) {
            return;
        }
        // What is intended is durable before the channel is told. A server that stood still and lost its restaurant to another, which may
        // have heard of the money by now, ends here.
        let intent = PaymentCommand::RequestClose { attempt };
        if self.store.submit_money(self.store.fresh_request(), intent).await.is_err() {
            return;
        }
        let answer = {
            let Ok(_permit) = self.calls.acquire().await else { return };
            channel.reverse(&attempt.to_string()).await
        };
        let result = match answer {
            Outcome::Succeeded(Reversed::Reversed) => ChannelResult::Reversed,
            // The call to pay may still be on its way; the till must not call that safe.
            Outcome::Succeeded(Reversed::NotFound) if self.may_be_on_its_way(&standing) => {
                ChannelResult::Unknown { why: "not at the channel yet".to_owned() }
            }
            // The call to pay never arrived, and the code it carried has long run out.
            Outcome::Succeeded(Reversed::NotFound) => ChannelResult::ClosedUnseen,
            Outcome::Succeeded(Reversed::NotYet) => ChannelResult::Unknown { why: "not reversed yet".to_owned() },
            Outcome::DefinitelyFailed { code, .. } => ChannelResult::Unknown { why: code },
            Outcome::Unknown { why } => ChannelResult::Unknown { why },
        };
        let unclear = matches!(result, ChannelResult::Unknown { .. });
        self.record(&standing, Source::Reverse, result).await;
        if unclear {
            self.look_after_reverse(attempt).await;
        }
    }

    /// No answer came to a reverse, and a notice captured the payment meanwhile: nobody would ask again, and the reverse may have
    /// been carried out all the same. So it is looked at until any such reverse would have shown.
    async fn look_after_reverse(&self, attempt: AttemptId) {
        for pause in AFTER_REVERSE {
            let captured = |attempt: &Attempt| matches!(attempt.state, AttemptState::Captured { .. });
            let Some((standing, channel)) = self.standing(attempt).filter(|(standing, _)| captured(standing)) else { return };
            let answer = {
                let Ok(_permit) = self.calls.acquire().await else { return };
                channel.query(&attempt.to_string()).await
            };
            let taken_back = match answer {
                Outcome::Succeeded(ChannelState::Reversed) => true,
                Outcome::Succeeded(ChannelState::Refunded(paid)) => self.given_back(attempt) < paid.amount,
                Outcome::Succeeded(_) | Outcome::DefinitelyFailed { .. } | Outcome::Unknown { .. } => false,
            };
            if taken_back {
                return self.record(&standing, Source::Reverse, ChannelResult::Reversed).await;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// What our own refunds of a payment come to, done or under way.
    fn given_back(&self, attempt: AttemptId) -> Money {
        self.store.money(|money| {
            let ours = money.refunds.values().filter(|refund| refund.attempt == attempt);
            ours.filter(|refund| !matches!(refund.state, RefundState::Failed { .. })).map(|refund| refund.amount).sum()
        })
    }

    /// A clock that was put back proves nothing: then the channel itself says whether it is too early.
    fn is_younger(&self, standing: &Attempt, ms: i64) -> bool {
        let now = self.store.now().at;
        now >= standing.started_at && now.since_ms(standing.started_at) < ms
    }

    fn may_be_on_its_way(&self, standing: &Attempt) -> bool {
        let is_paying = self.remember(|memory| memory.busy.contains(&Duty::Open(standing.attempt)));
        is_paying || self.is_younger(standing, ARRIVES_WITHIN_MS)
    }

    /// Reports an answer to the money stream, leaving out what says nothing new.
    pub(crate) async fn record(&self, standing: &Attempt, source: Source, result: ChannelResult) {
        let attempt = standing.attempt;
        let captured = matches!(standing.state, AttemptState::Captured { .. });
        let unproved = self.store.money(|money| money.unproved.contains(&attempt));
        let nothing_new = match &result {
            ChannelResult::NotPaid => standing.unknown_why.is_none(),
            ChannelResult::Unknown { .. } => standing.unknown_why.is_some(),
            ChannelResult::Paid { .. } => captured && !unproved,
            ChannelResult::Opened(_)
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. } => false,
        };
        if nothing_new {
            return;
        }
        // Asked before it was taken back, heard after: what holds now is asked anew.
        if matches!(result, ChannelResult::Paid { .. }) && self.was_reversed_since(standing) {
            return Box::pin(self.query(attempt, source)).await;
        }
        let request = self.request_for(attempt, &result);
        let command = PaymentCommand::RecordResult { attempt, source, result };
        if let Err(refused) = self.store.submit_money(request, command).await {
            tracing::warn!(%attempt, ?refused, "a channel's answer could not be recorded; the channel will be asked again");
        }
    }

    fn was_reversed_since(&self, standing: &Attempt) -> bool {
        let is_reversed = |now: &Attempt| now.state == AttemptState::Reversed;
        standing.state != AttemptState::Reversed
            && self.store.money(|money| money.attempts.get(&standing.attempt).is_some_and(is_reversed))
    }

    /// Notice and query may report the same payment: it is one fact, under one id. What didn't match once may match later, when
    /// somebody has put the configuration right; so that is part of the fact.
    pub(crate) fn request_for(&self, attempt: AttemptId, result: &ChannelResult) -> Request {
        match result {
            ChannelResult::Paid { channel_txn, amount, currency, merchant_matches, .. } => Store::own_request(&[
                b"paid",
                &attempt.0.to_be_bytes(),
                channel_txn.as_bytes(),
                &amount.0.to_be_bytes(),
                &[u8::from(*currency == Currency::Cny), u8::from(*merchant_matches)],
            ]),
            ChannelResult::Opened(_)
            | ChannelResult::NotPaid
            | ChannelResult::Closed
            | ChannelResult::ClosedUnseen
            | ChannelResult::Reversed
            | ChannelResult::Failed { .. }
            | ChannelResult::Unknown { .. } => self.store.fresh_request(),
        }
    }
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
