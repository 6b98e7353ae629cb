//! Ways to wait for a journal.

use crate::frame::{Frame, Have};
use crate::outbox::Outbox;
use futures::future::BoxFuture;
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

/// While something takes long, the home is told so often that nothing is lost.
const STILL_HERE: Duration = Duration::from_secs(1);

/// Waits for something, telling the home meanwhile that the parcels are not lost.
pub(crate) async fn patiently<T>(out: &Outbox, have: Have, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! { biased;
            done = &mut work => return done,
            () = tokio::time::sleep(STILL_HERE) => {
                let _ = out.urgent.try_send(Frame::Have(have));
            }
        }
    }
}

/// Waits for all, begun in this order.
pub(crate) async fn all_in_order<T>(mut works: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = works.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut all = true;
        for (work, done) in works.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            match work.as_mut().poll(context) {
                Poll::Ready(outcome) => *done = Some(outcome),
                Poll::Pending => all = false,
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
