//! What happens in the kitchen because time has passed: dishes nobody has seen climb, and what waited for the soup is fired.

use domain::floor::{FloorCommand, due_after_soup, due_escalations};
use engine::{Refused, Store};

/// Does what is due by now. What can't be done is found again at the next look.
pub(crate) async fn climb(store: &Store) {
    let (now, known) = (store.now(), store.known());
    let (unseen, after_soup) = store.floor(|floor| (due_escalations(floor, now, &known), due_after_soup(floor, now, &known)));
    for (step, items) in unseen {
        submit(store, FloorCommand::Escalate { items, step }).await;
    }
    for (session, lines) in after_soup {
        submit(store, FloorCommand::FireLines { session, lines, by: None }).await;
    }
}

async fn submit(store: &Store, command: FloorCommand) {
    match store.submit_floor(store.fresh_request(), command).await {
        Ok(_) => {}
        // The state has moved on since it was looked at.
        Err(Refused::Reject(reject)) => tracing::debug!(?reject, "what was due in the kitchen is not any more"),
        Err(refused) => tracing::warn!(?refused, "what is due in the kitchen could not be done; it will be tried again"),
    }
}
