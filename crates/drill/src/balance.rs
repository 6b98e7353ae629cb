//! What must hold at the end: nothing is left open, nobody paid twice, and the channels' book is our journal, to the fen.

use crate::world::World;
use channel_sim::{RefundEnd, Row, State, Which};
use domain::payment::{Attempt, AttemptState, ChannelTag, RefundState};
use domain::{Money, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whether every payment, refund and wish to pay has its final answer.
pub(crate) fn is_final(world: &World) -> bool {
    let floor = world.store.floor(|floor| floor.open_asks.is_empty() && floor.open_refunds.is_empty());
    floor
        && world
            .store
            .money(|money| money.outstanding.is_empty() && money.outstanding_refunds.is_empty() && money.watched.is_empty())
}

/// Waits until everything is final, or gives up; how long it took.
pub(crate) async fn until_final(world: &World, at_most: Duration) -> Option<Duration> {
    let start = tokio::time::Instant::now();
    while start.elapsed() < at_most {
        if is_final(world) {
            return Some(start.elapsed());
        }
        world.wait(Duration::from_millis(100)).await;
    }
    is_final(world).then(|| start.elapsed())
}

/// Everything that is wrong with the books.
pub(crate) fn faults(world: &World) -> Vec<String> {
    let mut wrong = open_ends(world);
    wrong.extend(checks(world));
    wrong.extend(books(world));
    wrong
}

fn open_ends(world: &World) -> Vec<String> {
    let now = Timestamp(world.clock.true_ms());
    world.store.money(|money| {
        let open = money.outstanding.iter().filter_map(|id| money.attempts.get(id));
        let open =
            open.map(|attempt| format!("{} by {:?} is not final after {} s", attempt.attempt, attempt.way, age(attempt, now)));
        let refunds = money.outstanding_refunds.iter().filter_map(|id| money.refunds.get(id));
        open.chain(refunds.map(|refund| format!("refund {} is not final: {:?}", refund.refund, refund.state))).collect()
    })
}

fn age(attempt: &Attempt, now: Timestamp) -> i64 {
    now.since_ms(attempt.started_at) / 1000
}

/// No party has paid more than it owes.
fn checks(world: &World) -> Vec<String> {
    world.store.floor(|floor| {
        let over = floor.sessions.values().filter(|session| floor.balance(session) < Money::ZERO);
        over.map(|session| format!("party {} has paid {} fen too much", session.id, -floor.balance(session).0)).collect()
    })
}

/// Our journal against the channels' own book, payment by payment.
fn books(world: &World) -> Vec<String> {
    let mut theirs: BTreeMap<(Which, String), i64> = BTreeMap::new();
    for row in world.channels.rows() {
        theirs.insert((row.channel, row.number.clone()), kept(&row));
    }
    let mut wrong = Vec::new();
    world.store.money(|money| {
        for attempt in money.attempts.values() {
            let Some(tag) = ChannelTag::of(attempt.way) else { continue };
            let which = if tag == ChannelTag::Wechat { Which::Wechat } else { Which::Alipay };
            let channel = theirs.remove(&(which, attempt.attempt.to_string())).unwrap_or_default();
            let captured = if matches!(attempt.state, AttemptState::Captured { .. }) { attempt.amount.0 } else { 0 };
            let back = money.refunds.values().filter(|refund| refund.attempt == attempt.attempt);
            let back: i64 = back.filter(|r| matches!(r.state, RefundState::Succeeded { .. })).map(|r| r.amount.0).sum();
            if captured - back != channel {
                let (id, way, state) = (attempt.attempt, attempt.way, &attempt.state);
                wrong.push(format!("{id} by {way:?}: we hold {} fen ({state:?}), the channel {channel}", captured - back));
            }
        }
    });
    let strange = theirs.into_iter().filter(|(_, kept)| *kept != 0);
    wrong.extend(strange.map(|((which, number), kept)| format!("{which:?} {number}: {kept} fen that we know nothing of")));
    wrong
}

/// What the channel still holds for us of a payment.
fn kept(row: &Row) -> i64 {
    let taken = match row.state {
        State::Paid => row.fen,
        State::PayError if row.paid_ms.is_some() => row.fen,
        State::NotPaid | State::UserPaying | State::PayError | State::Closed | State::Revoked => 0,
    };
    let back: i64 = row.refunds.iter().filter(|refund| refund.ended == Some(RefundEnd::Success)).map(|refund| refund.fen).sum();
    taken - back
}
