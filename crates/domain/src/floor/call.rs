//! Calls for the waiter.

use super::table::sitting;
use super::{Call, CallAnswered, CallReason, Decision, Floor, Now, Reject, WaiterCalled, done};
use crate::{CallId, SessionId};
use alloc::vec::Vec;

/// Calls the waiter. The same wish while it is still open is the same call.
pub(super) fn ask(floor: &Floor, session: SessionId, call: CallId, reason: CallReason, now: Now) -> Decision {
    let party = sitting(floor, session)?;
    if floor.calls.contains_key(&call) {
        return Err(Reject::CallExists);
    }
    if party.calls.iter().any(|open| open.reason == reason && open.answered_at.is_none()) {
        return done(Vec::new());
    }
    done(alloc::vec![WaiterCalled { session, call, reason, at: now.at }.into()])
}

pub(super) fn answer(floor: &Floor, call: CallId, now: Now) -> Decision {
    let session = floor.calls.get(&call).and_then(|session| floor.sessions.get(session)).ok_or(Reject::CallUnknown)?;
    let open = session.calls.iter().any(|other| other.call == call && other.answered_at.is_none());
    if !open {
        return done(Vec::new());
    }
    done(alloc::vec![CallAnswered { session: session.id, call, at: now.at }.into()])
}

pub(super) fn asked(floor: &mut Floor, e: &WaiterCalled) {
    floor.calls.insert(e.call, e.session);
    if let Some(session) = floor.sessions.get_mut(&e.session) {
        session.calls.push(Call { call: e.call, reason: e.reason, at: e.at, answered_at: None });
    }
}

pub(super) fn answered(floor: &mut Floor, e: &CallAnswered) {
    let call = floor.sessions.get_mut(&e.session).and_then(|session| session.calls.iter_mut().find(|call| call.call == e.call));
    if let Some(call) = call {
        call.answered_at = Some(e.at);
    }
}
