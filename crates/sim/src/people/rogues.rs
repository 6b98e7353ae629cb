//! Who wants what isn't theirs: a thief at the door, and a cashier who would rather nobody looked.

use super::{fresh, hex};
use crate::facts::Viewer;
use crate::house::TABLES;
use crate::net::{Device, command, question};
use crate::plan::FaultKind;
use crate::world::World;
use axum::body::Body;
use axum::http::{Request, header};
use domain::SessionId;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Tries made-up codes, other people's parties, and notices of its own.
pub(crate) async fn thief(world: Arc<World>) {
    let mut dice = world.dice("thief");
    loop {
        tokio::time::sleep(Duration::from_millis(2_000 + world.storm.below(8_000))).await;
        if world.storm.is_over() {
            return;
        }
        if !world.storm.strikes(FaultKind::Thief) {
            continue;
        }
        let nobody = Device::new(Viewer::Stranger, String::new());
        let table = dice.one_of(&TABLES);
        let made_up = format!("{table}.1.{:020x}", fresh(&mut dice) >> 48);
        let body = json!({ "code": made_up, "guest": hex(fresh(&mut dice)), "name": null, "covers": 2, "session": hex(fresh(&mut dice)) });
        let joined = world.send(&nobody, &command("/sessions/join", fresh(&mut dice), body)).await;
        if joined.is_some_and(|reply| reply.is_ok()) {
            world.witness.breach("S6", "a made-up table code was accepted");
        }
        if let Some(victim) = victim(&world) {
            // With no token, and with one of a party of the thief's own making.
            let own = format!("g.{}.{}.{}.{:032x}", crate::house::STORE, hex(victim.0), hex(fresh(&mut dice)), fresh(&mut dice));
            for token in [String::new(), own] {
                let device = Device::new(Viewer::Stranger, token);
                let _ = world.send(&device, &question(format!("/sessions/{}", hex(victim.0)))).await;
            }
        }
        forge_notice(&world, &mut dice).await;
    }
}

/// Any party that is there.
fn victim(world: &World) -> Option<SessionId> {
    world.life()?.app.store.floor(|floor| floor.sessions.keys().next().copied())
}

/// A party that hasn't left.
fn sitting(world: &World) -> Option<SessionId> {
    let life = world.life()?;
    life.app.store.floor(|floor| {
        let is_there = |party: &&domain::floor::Session| party.closed_at.is_none() && !party.orders.is_empty();
        floor.sessions.values().find(is_there).map(|party| party.id)
    })
}

/// "This was paid", signed by nobody.
async fn forge_notice(world: &Arc<World>, dice: &mut drill::Dice) -> Option<()> {
    let life = world.life()?;
    let number = life.app.store.money(|money| money.attempts.keys().next_back().copied())?;
    let amount = life.app.store.money(|money| money.attempts.get(&number).map(|attempt| attempt.amount))?;
    let body = format!(
        "out_trade_no={number}&trade_status=TRADE_SUCCESS&total_amount={}.{:02}&trade_no={}&sign_type=RSA2&sign={}",
        amount.0 / 100,
        amount.0 % 100,
        hex(fresh(dice)),
        hex(fresh(dice)),
    );
    let request = Request::post(format!("/channels/alipay/{}", crate::house::STORE))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .ok()?;
    let _ = world.ask(&life, request).await;
    Some(())
}

/// Takes cash and tries to make the dish, or the payment, disappear.
pub(crate) async fn dishonest_cashier(world: Arc<World>) {
    let mut dice = world.dice("sly");
    let (sly, lead) = (world.staff("sly"), world.staff("lead"));
    loop {
        tokio::time::sleep(Duration::from_millis(3_000 + world.storm.below(9_000))).await;
        if world.storm.is_over() {
            return;
        }
        if !world.storm.strikes(FaultKind::DishonestCashier) {
            continue;
        }
        let Some(session) = sitting(&world) else { continue };
        let Some(party) = world.send(&sly, &question(format!("/sessions/{}", hex(session.0)))).await else { continue };
        let line = party.body["orders"][0]["lines"][0]["line"].as_str().unwrap_or_default().to_owned();
        if line.is_empty() {
            continue;
        }
        let session = hex(session.0);
        // Alone.
        let body = json!({ "reason": "点错", "approver": null });
        let _ = world.send(&sly, &command(format!("/sessions/{session}/lines/{line}/void"), fresh(&mut dice), body)).await;
        // With a yes of their own, which a cashier has none to give, and a lead none for themselves.
        let act = json!({ "act": "void", "session": session, "line": line });
        for hand in [&sly, &lead] {
            let approval = fresh(&mut dice);
            let ask = json!({ "approval": hex(approval), "act": act, "reason": "点错" });
            let _ = world.send(hand, &command("/approvals", fresh(&mut dice), ask)).await;
            let _ = world.send(hand, &command(format!("/approvals/{}/give", hex(approval)), fresh(&mut dice), json!({}))).await;
            // It is taken back, so that nobody says yes by accident.
            let refuse = json!({ "reason": "算了" });
            let _ = world.send(hand, &command(format!("/approvals/{}/refuse", hex(approval)), fresh(&mut dice), refuse)).await;
        }
        // Money out.
        let tender = party.body["check"]["tenders"][0]["tender"].as_str().unwrap_or_default().to_owned();
        if !tender.is_empty() {
            let body = json!({ "refund": hex(fresh(&mut dice)), "tender": tender, "amount": 100, "reason": "退" });
            let _ = world.send(&sly, &command(format!("/sessions/{session}/refunds"), fresh(&mut dice), body)).await;
        }
    }
}
