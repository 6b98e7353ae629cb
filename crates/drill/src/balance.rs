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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::floor::Way;

    async fn world(keys: &std::path::Path) -> World {
        World::open_in_the_evening(keys, true, 1, false).await.unwrap()
    }

    #[test]
    fn money_the_channel_holds_and_we_do_not_is_found() {
        let keys = tempfile::tempdir().unwrap();
        crate::table::runtime().unwrap().block_on(async {
            let world = world(keys.path()).await;
            let party = world.sit_down(0, false).await.unwrap();
            let ask = world.ask(party, Way::WechatNative, None).await.unwrap();
            world.wait(Duration::from_secs(3)).await;
            assert!(!faults(&world).is_empty(), "a payment that is still open is a fault at the end");
            world.rest();
            world.channels.fault(crate::situation::fault(channel_sim::Kind::DropNotice, Which::Wechat, None, 0));
            assert!(world.confirm(ask).await);
            let wrong = faults(&world).join("\n");
            assert!(wrong.contains("we hold 0 fen (Open), the channel 3850"), "{wrong}");
        });
    }

    #[test]
    fn money_taken_twice_and_kept_is_found() {
        let keys = tempfile::tempdir().unwrap();
        crate::table::runtime().unwrap().block_on(async {
            let world = world(keys.path()).await;
            let party = world.sit_down(0, false).await.unwrap();
            let ask = world.ask(party, Way::AlipayQr, None).await.unwrap();
            world.wait(Duration::from_secs(3)).await;
            assert_eq!(world.desk.end_first(ask).await, workers::Ended::Closed);
            world.wait(Duration::from_secs(1)).await;
            world.cash(party).await.unwrap();
            // The desk rests before it could send anything back: the books must say so.
            world.rest();
            world.confirm(ask).await;
            world.wait(Duration::from_secs(1)).await;
            world.desk.ask_now(ask).await;
            let wrong = faults(&world).join("\n");
            assert!(wrong.contains("has paid 3850 fen too much"), "{wrong}");
        });
    }
}
