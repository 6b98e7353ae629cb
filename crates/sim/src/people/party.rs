//! A party: comes, sits down, orders once or twice, pays, leaves.

use super::{Chore, fresh, hex};
use crate::facts::{Fact, LineWanted, OrderWanted, Viewer, WishId};
use crate::house::{COUNTER, CRAB, DISHES, price};
use crate::net::{Call, Device, Reply, command, question};
use crate::plan::FaultKind;
use crate::world::World;
use domain::{GuestId, LineId, Money, OrderId, SessionId};
use drill::Dice;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a party waits for a table before it goes elsewhere.
const TABLE_WAIT: Duration = Duration::from_secs(60);

/// A phone at a table.
#[derive(Clone)]
struct Phone {
    device: Device,
    guest: GuestId,
    session: SessionId,
}

/// What became of trying to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paid {
    Yes,
    No,
}

/// One party's evening.
pub(crate) async fn visit(world: Arc<World>, number: u32) {
    let mut dice = world.dice(&format!("party {number}"));
    tokio::time::sleep(dice.seconds(0, world.plan.coming_s.max(1))).await;
    let session = SessionId(fresh(&mut dice));
    let counter = dice.percent(30);
    let Some(table) = sit(&world, session, counter).await else { return };
    let Some(first) = join(&world, &mut dice, table, session).await else {
        world.leave_table(session);
        return;
    };
    let cutting = tokio::spawn(cut_off(world.clone(), first.device.clone()));
    let second = match dice.percent(40) && !counter {
        true => join(&world, &mut dice, table, first.session).await,
        false => None,
    };
    let mut last = None;
    for round in 0..=dice.below(2) {
        let phone = if round == 1 { second.as_ref().unwrap_or(&first) } else { &first };
        tokio::time::sleep(dice.seconds(1, 6)).await;
        let placed = order(&world, &mut dice, phone, number * 10 + round as u32).await;
        last = placed.or(last);
        if counter {
            break;
        }
    }
    if !counter {
        amid_the_meal(&world, &mut dice, &first).await;
    }
    if !counter && dice.percent(8) {
        // Somebody is in a hurry: the table is to be cleared before it is paid for.
        world.ask_staff(Chore::Clear { session: first.session });
    }
    let order = last.filter(|_| counter);
    pay(&world, &mut dice, &first, order).await;
    if let Some(order) = order {
        collect(&world, &mut dice, order).await;
    } else {
        leave(&world, &mut dice, &first).await;
    }
    cutting.abort();
    first.device.cut(false);
    if world.storm.strikes(FaultKind::OldPage) {
        old_page(&world, &mut dice, &first, number).await;
    }
}

async fn sit(world: &Arc<World>, session: SessionId, counter: bool) -> Option<&'static str> {
    if counter {
        return Some(COUNTER);
    }
    let since = tokio::time::Instant::now();
    while since.elapsed() < TABLE_WAIT {
        if let Some(table) = world.take_table(session) {
            return Some(table);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    None
}

async fn join(world: &Arc<World>, dice: &mut Dice, table: &str, session: SessionId) -> Option<Phone> {
    let guest = GuestId(fresh(dice));
    let stranger = Device::new(Viewer::Guest(session), String::new());
    let body = json!({ "code": world.code(table), "guest": hex(guest.0), "name": null, "covers": 2, "session": hex(session.0) });
    let reply = world.insist(&stranger, command("/sessions/join", fresh(dice), body)).await?;
    let token = reply.body["token"].as_str()?.to_owned();
    let joined: SessionId = reply.body["session"].as_str()?.parse().ok()?;
    Some(Phone { device: Device::new(Viewer::Guest(joined), token), guest, session: joined })
}

/// Cuts a phone off now and then.
async fn cut_off(world: Arc<World>, device: Device) {
    loop {
        tokio::time::sleep(Duration::from_millis(2_000 + world.storm.below(15_000))).await;
        if world.storm.is_over() {
            device.cut(false);
            return;
        }
        if world.storm.strikes(FaultKind::DeviceCutOff) {
            device.cut(true);
            world.storm.lasts(Duration::from_millis(1_000 + world.storm.below(15_000))).await;
            device.cut(false);
        }
    }
}

/// An order's id. A slip's code names its first 48 bits only: the others are 0 here, so that paper tells which order it is of.
fn order_id(dice: &mut Dice) -> OrderId {
    OrderId(fresh(dice) >> 80 << 80)
}

/// What somebody has chosen, as their page shows it.
fn choose(dice: &mut Dice, version: u32) -> Vec<LineWanted> {
    let mut lines = Vec::new();
    for _ in 0..=dice.below(3) {
        let dish = if dice.percent(25) { CRAB } else { dice.one_of(&DISHES).0 };
        lines.push(LineWanted {
            line: LineId(fresh(dice)),
            dish: dish.to_owned(),
            quantity: 1 + dice.below(2) as u16,
            unit_price: price(dish, version),
            note: dice.percent(20).then(|| "少辣 <b>\u{1b}p</b>".to_owned()),
        });
    }
    lines
}

fn total(lines: &[LineWanted]) -> Money {
    lines.iter().map(|line| Money(line.unit_price.0 * i64::from(line.quantity))).sum()
}

fn body(order: OrderId, version: u32, lines: &[LineWanted]) -> Value {
    let lines_body: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "line": hex(line.line.0), "dish": line.dish, "variant": "std", "quantity": line.quantity, "weight_g": null,
                "options": [], "set": [], "note": line.note, "unit_price": line.unit_price,
                "amount": line.unit_price.0 * i64::from(line.quantity),
            })
        })
        .collect();
    json!({ "order": hex(order.0), "menu_version": version, "total": total(lines), "lines": lines_body, "note": null })
}

/// Orders; after a changed price looks again and confirms the new one, once or twice. The order, if there is one.
async fn order(world: &Arc<World>, dice: &mut Dice, phone: &Phone, wish_number: u32) -> Option<OrderId> {
    for try_number in 0..3_u64 {
        let version = world.menu_version.load(Ordering::Relaxed);
        let lines = choose(dice, version);
        tokio::time::sleep(dice.seconds(1, 8)).await;
        let wish = WishId(u64::from(wish_number) * 10 + try_number);
        let order = order_id(dice);
        world.witness.note(Fact::OrderWanted(OrderWanted {
            wish,
            session: phone.session,
            guest: Some(phone.guest),
            total: total(&lines),
            lines: lines.clone(),
            menu_version: version,
        }));
        let call =
            command(format!("/sessions/{}/orders", hex(phone.session.0)), order.0, body(order, version, &lines)).wished(wish);
        if world.storm.strikes(FaultKind::DoubleTap) {
            let (world, device, call) = (world.clone(), phone.device.clone(), call.clone());
            tokio::spawn(async move { world.send(&device, &call).await });
        }
        if world.storm.strikes(FaultKind::Reload) {
            // Sent or not, nobody knows: the page that is loaded anew finds the order in its store and sends it.
            let (world, device, call) = (world.clone(), phone.device.clone(), call.clone());
            if dice.percent(50) {
                tokio::spawn(async move { world.send(&device, &call).await });
            }
            tokio::time::sleep(dice.seconds(1, 4)).await;
        }
        let reply = world.insist(&phone.device, call).await?;
        if reply.is_ok() {
            return Some(order);
        }
        world.witness.mark("order refused");
        if !matches!(reply.code(), "order_differs" | "sold_out") {
            return None;
        }
    }
    None
}

/// Things guests think of while they eat.
async fn amid_the_meal(world: &Arc<World>, dice: &mut Dice, phone: &Phone) {
    let party = question(format!("/sessions/{}", hex(phone.session.0)));
    if world.storm.strikes(FaultKind::VoidAfterFire)
        && let Some(Reply { body, .. }) = world.insist(&phone.device, party.clone()).await
        && let Some(line) = body["orders"][0]["lines"][0]["line"].as_str().and_then(|line| line.parse().ok())
    {
        world.ask_staff(Chore::Void { session: phone.session, line });
        tokio::time::sleep(dice.seconds(2, 6)).await;
    }
    if world.storm.strikes(FaultKind::PartyMoved) {
        world.ask_staff(Chore::Move { session: phone.session });
        tokio::time::sleep(dice.seconds(1, 5)).await;
    }
    tokio::time::sleep(dice.seconds(1, 8)).await;
    // Everybody looks at what they owe.
    let _ = world.insist(&phone.device, party).await;
}

/// Pays what is due, in one of the ways there are, trying another if one fails.
async fn pay(world: &Arc<World>, dice: &mut Dice, phone: &Phone, order: Option<OrderId>) {
    for _ in 0..4 {
        let due = world.insist(&phone.device, question(format!("/sessions/{}", hex(phone.session.0)))).await;
        let Some(due) = due.and_then(|reply| due_of(&reply.body, order)) else { return };
        if due <= 0 {
            return;
        }
        let paid = match dice.below(10) {
            0..=5 => by_phone(world, dice, phone, order, due).await,
            6 | 7 => {
                world.ask_staff(Chore::Cash { session: phone.session, order });
                settled(world, phone, order, 30).await
            }
            _ => {
                let digits = format!("{}{:016}", dice.one_of(&["13", "28"]), fresh(dice) % 10_u128.pow(16));
                world.parts.channels.sim.plan_payer(&digits, plan(dice));
                world.ask_staff(Chore::Scan { session: phone.session, order, digits });
                settled(world, phone, order, 90).await
            }
        };
        if paid == Paid::Yes {
            return;
        }
    }
    // Whatever went wrong before: in the end there is cash.
    for _ in 0..6 {
        world.ask_staff(Chore::Cash { session: phone.session, order });
        if settled(world, phone, order, 60).await == Paid::Yes {
            return;
        }
    }
}

/// What has to be paid now, as the page shows it: of the party, or of one order that is paid first.
fn due_of(party: &Value, order: Option<OrderId>) -> Option<i64> {
    match order {
        None => party["check"]["due"].as_i64(),
        Some(order) => {
            let order = party["orders"].as_array()?.iter().find(|view| view["id"] == hex(order.0))?;
            Some(if order["state"] == "awaiting_payment" { order["total"].as_i64()? } else { 0 })
        }
    }
}

/// What the payer behind a scanned wallet does.
fn plan(dice: &mut Dice) -> channel_sim::Plan {
    use channel_sim::Payer;
    let does = match dice.below(12) {
        0..=5 => Payer::Pays,
        6 | 7 => Payer::PasswordThenPays,
        8 => Payer::PasswordThenLeaves,
        9 => Payer::NotEnough,
        10 => Payer::PayErrorButPaid,
        _ => Payer::SystemErrorButPaid,
    };
    channel_sim::Plan { does, after_ms: 2_000 + dice.below(30_000) }
}

/// Waits until nothing is due any more.
async fn settled(world: &Arc<World>, phone: &Phone, order: Option<OrderId>, at_most_s: u64) -> Paid {
    let since = tokio::time::Instant::now();
    while since.elapsed() < Duration::from_secs(at_most_s) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let party = world.send(&phone.device, &question(format!("/sessions/{}", hex(phone.session.0)))).await;
        if party.and_then(|reply| due_of(&reply.body, order)).is_some_and(|due| due <= 0) {
            return Paid::Yes;
        }
    }
    Paid::No
}

/// Pays by a code on the phone.
async fn by_phone(world: &Arc<World>, dice: &mut Dice, phone: &Phone, order: Option<OrderId>, due: i64) -> Paid {
    let ask = fresh(dice);
    let payments = format!("/sessions/{}/payments", hex(phone.session.0));
    let way = dice.one_of(&["wechat_native", "alipay_qr"]);
    let wish = json!({ "ask": hex(ask), "way": way, "amount": due, "order": order.map(|order| hex(order.0)) });
    let reply = world.insist(&phone.device, command(payments.clone(), fresh(dice), wish)).await;
    if !reply.is_some_and(|reply| reply.is_ok()) {
        return Paid::No;
    }
    tokio::time::sleep(dice.seconds(1, 10)).await;
    if dice.percent(12) {
        // Gives up; somebody else at the table may hold the code in their hand.
        let _ = world.insist(&phone.device, command(format!("{payments}/{}/cancel", hex(ask)), fresh(dice), json!({}))).await;
        if world.storm.strikes(FaultKind::LateConfirm) {
            tokio::time::sleep(dice.seconds(0, 20)).await;
            confirm(world, ask);
        }
        return shown(world, phone, ask, 15).await;
    }
    if world.storm.strikes(FaultKind::PaidTwice) {
        // Gives the phone up, pays in cash, and a friend confirms what is still in their hand.
        let _ = world.insist(&phone.device, command(format!("{payments}/{}/cancel", hex(ask)), fresh(dice), json!({}))).await;
        world.ask_staff(Chore::Cash { session: phone.session, order });
        let paid = settled(world, phone, order, 30).await;
        confirm(world, ask);
        return paid;
    }
    if !confirm(world, ask) {
        tokio::time::sleep(dice.seconds(1, 10)).await;
        confirm(world, ask);
    }
    if dice.percent(30) {
        // "I have paid": a question, not a command.
        let check = Call { key: None, ..command(format!("{payments}/{}/check", hex(ask)), 0, json!({})) };
        let _ = world.send(&phone.device, &check).await;
    }
    shown(world, phone, ask, 120).await
}

/// The payer confirms in their wallet what their page shows.
fn confirm(world: &Arc<World>, ask: u128) -> bool {
    let attempt = world.life().and_then(|life| life.app.desk.attempt_of(domain::AskId(ask)));
    attempt.is_some_and(|attempt| world.parts.channels.confirm(&attempt.to_string()))
}

/// Looks at a payment until it is paid or failed.
async fn shown(world: &Arc<World>, phone: &Phone, ask: u128, at_most_s: u64) -> Paid {
    let since = tokio::time::Instant::now();
    let path = format!("/sessions/{}/payments/{}", hex(phone.session.0), hex(ask));
    while since.elapsed() < Duration::from_secs(at_most_s) {
        if let Some(reply) = world.send(&phone.device, &question(path.clone())).await {
            let state = reply.body["state"].as_str().unwrap_or_default().to_owned();
            if matches!(state.as_str(), "paid" | "failed" | "closed") {
                let attempt = world.life().and_then(|life| life.app.desk.attempt_of(domain::AskId(ask)));
                world.witness.note(Fact::PaymentShown { attempt, ask, paid: state == "paid" });
                return if state == "paid" { Paid::Yes } else { Paid::No };
            }
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Paid::No
}

/// The counter's guest takes the food.
async fn collect(world: &Arc<World>, dice: &mut Dice, order: OrderId) {
    let staff = world.staff("wang");
    tokio::time::sleep(dice.seconds(5, 20)).await;
    let call = command(format!("/pickup/{}/collected", hex(order.0)), fresh(dice), json!({}));
    let _ = world.insist(&staff, call).await;
}

/// The party goes; the table is cleared once everything is settled.
async fn leave(world: &Arc<World>, dice: &mut Dice, phone: &Phone) {
    tokio::time::sleep(dice.seconds(1, 5)).await;
    if dice.percent(10) {
        world.ask_staff(Chore::GiveBack { session: phone.session });
        tokio::time::sleep(dice.seconds(5, 10)).await;
    }
    world.ask_staff(Chore::Clear { session: phone.session });
}

/// A page that was left open orders for the table it once sat at.
async fn old_page(world: &Arc<World>, dice: &mut Dice, phone: &Phone, number: u32) {
    tokio::time::sleep(dice.seconds(5, 30)).await;
    let version = world.menu_version.load(Ordering::Relaxed);
    let (lines, order) = (choose(dice, version), order_id(dice));
    let wish = WishId(u64::from(u32::MAX) + u64::from(number));
    let call = command(format!("/sessions/{}/orders", hex(phone.session.0)), order.0, body(order, version, &lines)).wished(wish);
    let gone = world.life().is_some_and(|life| {
        life.app.store.floor(|floor| floor.sessions.get(&phone.session).is_none_or(|party| party.closed_at.is_some()))
    });
    if gone {
        world.witness.note(Fact::OrderWanted(OrderWanted {
            wish,
            session: phone.session,
            guest: Some(phone.guest),
            total: total(&lines),
            lines,
            menu_version: version,
        }));
        let _ = world.insist(&phone.device, call).await;
    }
}
