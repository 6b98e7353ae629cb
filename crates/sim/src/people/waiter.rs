//! Waiters and the cashier: do what guests ask for, and what the floor's page shows.

use super::{Chore, fresh, hex};
use crate::net::{command, question};
use crate::world::World;
use domain::{OrderId, SessionId};
use drill::Dice;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A waiter: nods orders that wait for it, takes dishes back with the lead's yes, moves parties.
pub(crate) async fn serve(world: Arc<World>) {
    let mut dice = world.dice("waiter");
    let (waiter, lead) = (world.staff("wang"), world.staff("lead"));
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let nods: Vec<OrderId> =
            world.life().map(|life| life.app.store.floor(|floor| floor.nods.iter().copied().collect())).unwrap_or_default();
        for order in nods {
            let call = command(format!("/orders/{}/accept", hex(order.0)), fresh(&mut dice), json!({}));
            let _ = world.insist(&waiter, call).await;
        }
        match world.take_chore(|chore| matches!(chore, Chore::Void { .. } | Chore::Move { .. })) {
            Some(Chore::Void { session, line }) => {
                let approval = fresh(&mut dice);
                let act = json!({ "act": "void", "session": hex(session.0), "line": hex(line.0) });
                let ask = json!({ "approval": hex(approval), "act": act, "reason": "不要了" });
                if world.insist(&waiter, command("/approvals", fresh(&mut dice), ask)).await.is_some_and(|reply| reply.is_ok()) {
                    let give = command(format!("/approvals/{}/give", hex(approval)), fresh(&mut dice), json!({}));
                    let _ = world.insist(&lead, give).await;
                }
            }
            Some(Chore::Move { session }) => {
                if let Some(to) = world.take_table(session) {
                    let call = command(format!("/sessions/{}/move", hex(session.0)), fresh(&mut dice), json!({ "to": to }));
                    let _ = world.insist(&waiter, call).await;
                }
            }
            _ => {}
        }
    }
}

/// The cashier.
pub(crate) async fn till(world: Arc<World>) {
    let mut dice = world.dice("cashier");
    loop {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let chore = world.take_chore(|chore| !matches!(chore, Chore::Void { .. } | Chore::Move { .. }));
        match chore {
            Some(Chore::Cash { session, order }) => cash(&world, &mut dice, session, order).await,
            Some(Chore::Scan { session, order, digits }) => scan(&world, &mut dice, session, order, &digits).await,
            Some(Chore::GiveBack { session }) => give_back(&world, &mut dice, session).await,
            Some(Chore::Clear { session }) => clear(&world, &mut dice, session).await,
            Some(Chore::Void { .. } | Chore::Move { .. }) | None => {}
        }
    }
}

/// What is due, as the till shows it.
async fn due(world: &Arc<World>, session: SessionId, order: Option<OrderId>) -> Option<i64> {
    let till = world.staff("zhou");
    let party = world.insist(&till, question(format!("/sessions/{}", hex(session.0)))).await?.body;
    let due = match order {
        None => party["check"]["due"].as_i64()?,
        Some(order) => {
            let order = party["orders"].as_array()?.iter().find(|view| view["id"] == hex(order.0))?;
            if order["state"] == "awaiting_payment" { order["total"].as_i64()? } else { 0 }
        }
    };
    (due > 0).then_some(due)
}

async fn cash(world: &Arc<World>, dice: &mut Dice, session: SessionId, order: Option<OrderId>) {
    let Some(due) = due(world, session, order).await else { return };
    let body = json!({
        "tender": hex(fresh(dice)), "amount": due, "received": due + 100, "order": order.map(|order| hex(order.0)),
    });
    let _ = world.insist(&world.staff("zhou"), command(format!("/sessions/{}/cash", hex(session.0)), fresh(dice), body)).await;
}

async fn scan(world: &Arc<World>, dice: &mut Dice, session: SessionId, order: Option<OrderId>, digits: &str) {
    let Some(due) = due(world, session, order).await else { return };
    let body = json!({ "ask": hex(fresh(dice)), "auth_code": digits, "amount": due, "order": order.map(|order| hex(order.0)) });
    let call = command(format!("/sessions/{}/code-payments", hex(session.0)), fresh(dice), body);
    let _ = world.insist(&world.staff("zhou"), call).await;
}

/// The lead gives back a part of the first thing that was paid.
async fn give_back(world: &Arc<World>, dice: &mut Dice, session: SessionId) {
    let lead = world.staff("lead");
    let Some(party) = world.insist(&lead, question(format!("/sessions/{}", hex(session.0)))).await else { return };
    let tender = &party.body["check"]["tenders"][0];
    let (Some(id), Some(refundable)) = (tender["tender"].as_str(), tender["refundable"].as_i64()) else { return };
    if refundable <= 0 {
        return;
    }
    let amount = 1 + i64::try_from(dice.below(refundable.unsigned_abs())).unwrap_or_default();
    let body = json!({ "refund": hex(fresh(dice)), "tender": id, "amount": amount, "reason": "退" });
    let _ = world.insist(&lead, command(format!("/sessions/{}/refunds", hex(session.0)), fresh(dice), body)).await;
}

/// Closes the check once everything on it is settled; asks again for a while where it isn't yet.
async fn clear(world: &Arc<World>, dice: &mut Dice, session: SessionId) {
    let till = world.staff("zhou");
    let call = command(format!("/sessions/{}/close", hex(session.0)), fresh(dice), json!({}));
    let closed = world.insist(&till, call).await;
    if closed.as_ref().is_some_and(crate::net::Reply::is_ok) || closed.is_none() {
        world.leave_table(session);
        return;
    }
    let standing = world.life().is_some_and(|life| {
        life.app.store.floor(|floor| floor.sessions.get(&session).is_some_and(|party| party.closed_at.is_none()))
    });
    if standing {
        world.witness.mark("table not yet settled");
        let (world, again) = (world.clone(), Chore::Clear { session });
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            world.ask_staff(again);
        });
    } else {
        world.leave_table(session);
    }
}
