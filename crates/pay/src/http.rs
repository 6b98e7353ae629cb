//! Budgets and sizes of the calls both channels make, kept here whatever transport carries them.

use std::time::Duration;

use crate::transport::{Answer, NoAnswer, NoAnswerKind, Transport, WireRequest};

/// Larger than any answer of the calls made here; a larger one is not an answer.
pub(crate) const LARGEST_ANSWER: usize = 1 << 20;
/// Larger than a day's bill of a busy chain.
pub(crate) const LARGEST_BILL: usize = 64 << 20;

/// How long each kind of call may take in all.
pub(crate) const OPEN_BUDGET: Duration = Duration::from_secs(10);
/// The channel may try several cards before it answers.
pub(crate) const PAY_BUDGET: Duration = Duration::from_secs(15);
/// Queries are cheap and repeated.
pub(crate) const QUERY_BUDGET: Duration = Duration::from_secs(4);
/// Closing answers quickly or not at all.
pub(crate) const CLOSE_BUDGET: Duration = Duration::from_secs(6);
/// Reversing may have to send money back first.
pub(crate) const REVERSE_BUDGET: Duration = Duration::from_secs(10);
/// Refunds may be slow; a cut one is Unknown.
pub(crate) const REFUND_BUDGET: Duration = Duration::from_secs(10);
/// Files are long.
pub(crate) const BILL_BUDGET: Duration = Duration::from_secs(60);

/// Sends within the budget, even over a transport that forgets about it.
///
/// A failed send is never a refusal, not even a failed connection: an earlier try with the same number may have arrived.
pub(crate) async fn send(transport: &dyn Transport, request: WireRequest, budget: Duration) -> Result<Answer, NoAnswer> {
    let largest = request.largest_answer;
    let answer = tokio::time::timeout(budget, transport.send(request, budget))
        .await
        .map_err(|_| NoAnswer::new(NoAnswerKind::TimedOut, "no answer in time"))??;
    if answer.body.len() > largest {
        return Err(NoAnswer::new(NoAnswerKind::Broke, "answer too large"));
    }
    Ok(answer)
}
