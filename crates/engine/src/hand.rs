//! Who sent a command, and from which device: written into every event it leads to, and so into the hash chain.
//!
//! In the journal it stands as the last member of an event's JSON: `{"TableOpened":{…},"by":{"staff":"wang","device":"…"}}`. What the
//! house does by itself has none. No event has a member of its own that begins like it, so it can be cut off again exactly.

use domain::{DeviceId, GuestId, StaffId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const MEMBER: &[u8] = b",\"by\":{";

/// Who sent a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Sender {
    /// A member of staff on a paired device.
    Staff { staff: StaffId, device: DeviceId },
    /// A diner's phone.
    Guest { guest: GuestId },
}

/// A sender as it is written, made once per command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written(Arc<[u8]>);

impl Sender {
    /// The form that goes into events.
    pub fn written(&self) -> Written {
        // Ids and codes always have a JSON form.
        Written(serde_json::to_vec(self).unwrap_or_default().into())
    }
}

impl Written {
    /// The JSON that goes into events.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A sender as another node has written it; nothing if these bytes are none.
    pub fn of_bytes(bytes: &[u8]) -> Option<Written> {
        serde_json::from_slice::<Sender>(bytes).ok().map(|sender| sender.written())
    }

    /// Adds it to an event's JSON.
    pub(crate) fn put_into(&self, body: &mut Vec<u8>) {
        if self.0.first() == Some(&b'{') && body.last() == Some(&b'}') {
            body.pop();
            body.extend_from_slice(&MEMBER[..MEMBER.len() - 1]);
            body.extend_from_slice(&self.0);
            body.push(b'}');
        }
    }
}

/// Cuts the sender off a stored event: the event's own JSON, and who sent the command, if anybody did.
pub fn split_sender(body: &[u8]) -> (std::borrow::Cow<'_, [u8]>, Option<Sender>) {
    let at = body.windows(MEMBER.len()).rposition(|window| window == MEMBER);
    let sender = at.and_then(|at| {
        let inner = body.get(at + MEMBER.len() - 1..body.len().checked_sub(1)?)?;
        serde_json::from_slice::<Sender>(inner).ok()
    });
    match (at, sender) {
        (Some(at), Some(sender)) => {
            let mut own = body[..at].to_vec();
            own.push(b'}');
            (own.into(), Some(sender))
        }
        _ => (body.into(), None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn waiter() -> Sender {
        Sender::Staff { staff: "wang".parse().unwrap(), device: DeviceId(7) }
    }

    #[test]
    fn a_sender_is_put_in_and_cut_off_again() {
        for own in
            [r#"{"A":{"by":"wang","note":"x"}}"#, r#"{"A":{"note":",\"by\":{\"staff\""}}"#, r#"{"A":{"q":{"by":{"x":1}}}}"#]
        {
            for sender in [waiter(), Sender::Guest { guest: GuestId(9) }] {
                let mut body = own.as_bytes().to_vec();
                sender.written().put_into(&mut body);
                assert!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["by"].is_object());
                let (cut, found) = split_sender(&body);
                assert_eq!((cut.as_ref(), found), (own.as_bytes(), Some(sender)));
            }
        }
    }

    #[test]
    fn an_event_without_a_sender_stays_as_it_is() {
        for own in [r#"{"A":{"by":"wang"}}"#, r#""Unit""#, "{}", "", r#"{"A":{"x":1,"by":{"odd":true}}}"#] {
            let (cut, found) = split_sender(own.as_bytes());
            assert_eq!((cut.as_ref(), found), (own.as_bytes(), None));
        }
    }
}
