//! A channel's messages: verified, compared, recorded; the answer says whether that is durable.

use crate::desk::Desk;
use crate::refunds::result_of;
use crate::settle::paid_of;
use domain::payment::{AttemptState, CaseKind, ChannelResult, OpenCase, PaymentCommand, RefundResult, Source};
use domain::{AttemptId, Money, RefundId};
use engine::Store;
use pay::{Channel, ChannelName, Guarded, Notice, NoticeBody, NoticeRefused, NoticeReply, Outcome, RefundStatus};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A forged notice is put before a person at most this often: whoever sends a thousand makes one case.
const FORGED_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Keys are fetched for an unknown serial at most this often: strangers can't make us fetch more.
pub const KEYS_PAUSE: Duration = Duration::from_secs(60);
/// How WeChat Pay's own probes begin their signature: refused like any other, without alarm.
const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// Verifies and reads a channel's message. A key that isn't known may be the channel's next one, so where `may_fetch_keys` says that it is
/// time, keys are fetched and it is read once more.
///
/// # Errors
/// Why it was not believed.
pub async fn read_notice(
    channel: &dyn Channel,
    headers: &[(String, String)],
    body: &[u8],
    now_ms: i64,
    may_fetch_keys: impl FnOnce() -> bool,
) -> Result<Notice, NoticeRefused> {
    let read = channel.read_notice(headers, body, now_ms);
    if !matches!(read, Err(NoticeRefused::UnknownSerial(_))) || !may_fetch_keys() {
        return read;
    }
    if let Outcome::Unknown { why } = channel.refresh_keys().await {
        tracing::warn!(channel = channel.name().as_str(), why, "the channel's keys could not be fetched; the known ones stay");
    }
    channel.read_notice(headers, body, now_ms)
}

/// Genuine money that nobody here asked for: one case, by whichever road the house heard of it.
pub(crate) fn nobody_asked(channel_txn: &str, amount: Money, detail: String) -> OpenCase {
    OpenCase {
        kind: CaseKind::NobodyAsked,
        subject: Store::own_request(&[b"nobody asked", channel_txn.as_bytes()]).id,
        attempt: None,
        refund: None,
        amount: Some(amount),
        detail,
    }
}

impl Desk {
    /// Takes in a channel's message that has just come.
    ///
    /// # Errors
    /// Why it was not believed.
    pub async fn take_notice(
        &self,
        name: ChannelName,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Option<Result<NoticeReply, (NoticeRefused, NoticeReply)>> {
        self.take_notice_of(name, headers, body, self.store.now().at.0).await
    }

    /// The same of one that came at another time, UTC milliseconds, and waited: its signature is as old as that, and no older.
    ///
    /// # Errors
    /// Why it was not believed.
    pub async fn take_notice_of(
        &self,
        name: ChannelName,
        headers: &[(String, String)],
        body: &[u8],
        came_ms: i64,
    ) -> Option<Result<NoticeReply, (NoticeRefused, NoticeReply)>> {
        let channel = self.channels.get(&name)?;
        let may_fetch = || self.keys_may_be_fetched(name, KEYS_PAUSE);
        let notice = match read_notice(&**channel, headers, body, came_ms, may_fetch).await {
            Ok(notice) => notice,
            Err(refused) => {
                self.note_forgery(name, headers, &refused).await;
                return Some(Err((refused, channel.notice_refused())));
            }
        };
        let durable = match &notice.body {
            NoticeBody::Paid(paid) => self.take_paid_notice(channel, paid).await,
            NoticeBody::Closed { attempt_no } => {
                if let Ok(attempt) = attempt_no.parse() {
                    self.query(attempt, Source::Notice).await;
                }
                true
            }
            NoticeBody::Refund { attempt_no, refund_no, state } => {
                self.take_refund_notice(attempt_no, refund_no.as_deref(), state.as_ref()).await
            }
            NoticeBody::Other { .. } => true,
        };
        Some(Ok(if durable { channel.notice_accepted() } else { channel.notice_refused() }))
    }

    async fn take_paid_notice(&self, channel: &Arc<Guarded>, paid: &pay::Paid) -> bool {
        let standing = paid.attempt_no.parse().ok().and_then(|id| self.store.money(|money| money.attempts.get(&id).cloned()));
        let Some(standing) = standing else {
            tracing::error!(attempt_no = paid.attempt_no, "a genuine notice about a payment nobody asked for");
            self.raise(nobody_asked(&paid.channel_txn, paid.amount, format!("{} {}", paid.attempt_no, paid.channel_txn))).await;
            return true;
        };
        // Taken back before: the notice may be older than that, so the channel is asked what holds now.
        if standing.state == AttemptState::Reversed {
            let holds = self.asked(&standing, channel).await;
            let is_clear = !matches!(holds, ChannelResult::Unknown { .. });
            self.record(&standing, Source::Notice, holds).await;
            // Nothing will ask after it again: while that is unclear, the channel has to come back.
            return is_clear;
        }
        let result = paid_of(&standing, channel, paid);
        let request = self.request_for(standing.attempt, &result);
        let command = PaymentCommand::RecordResult { attempt: standing.attempt, source: Source::Notice, result };
        self.store.submit_money(request, command).await.is_ok()
    }

    /// A notice that proves how a refund stands is recorded; any other makes us ask.
    async fn take_refund_notice(&self, attempt_no: &str, refund_no: Option<&str>, state: Option<&pay::RefundState>) -> bool {
        let of_number = refund_no.and_then(|no| no.get(..32)?.parse::<RefundId>().ok());
        let attempt: Option<AttemptId> = attempt_no.parse().ok();
        let meant: Vec<RefundId> = self.store.money(|money| {
            let open = money.outstanding_refunds.iter().filter_map(|id| money.refunds.get(id));
            let of_attempt =
                open.filter(|refund| Some(refund.attempt) == attempt && of_number.is_none()).map(|refund| refund.refund);
            of_number.into_iter().chain(of_attempt).collect()
        });
        for refund in meant {
            let Some((standing, _)) = self.standing_refund(refund) else { continue };
            // A notice that doesn't fit what was asked decides nothing: the channel is asked.
            let fits = |state: &&pay::RefundState| {
                let other_amount = state.status == RefundStatus::Succeeded && state.amount != standing.amount;
                state.refund_no == standing.channel_no() && !other_amount
            };
            match state.filter(fits).map(result_of) {
                Some(result @ (RefundResult::Succeeded { .. } | RefundResult::Failed { .. })) => {
                    self.record_refund(&standing, Source::Notice, result).await;
                }
                Some(RefundResult::Processing | RefundResult::Unknown { .. }) | None => self.ask_refund_now(refund).await,
            }
        }
        true
    }

    async fn note_forgery(&self, name: ChannelName, headers: &[(String, String)], refused: &NoticeRefused) {
        let is_probe = headers.iter().any(|(_, value)| value.starts_with(PROBE));
        let is_forged = matches!(refused, NoticeRefused::BadSignature | NoticeRefused::CannotDecrypt);
        if is_probe || !is_forged {
            return;
        }
        let fresh = self.remember(|memory| {
            let fresh = memory.forged_at.is_none_or(|at| at.elapsed() >= FORGED_PAUSE);
            if fresh {
                memory.forged_at = Some(Instant::now());
            }
            fresh
        });
        if fresh {
            let hour = self.store.now().at.0.div_euclid(60 * 60 * 1000).to_be_bytes();
            self.raise(OpenCase {
                kind: CaseKind::NoticeForged,
                subject: Store::own_request(&[b"forged", name.as_str().as_bytes(), &hour]).id,
                attempt: None,
                refund: None,
                amount: None,
                detail: name.as_str().to_owned(),
            })
            .await;
        }
    }
}
