//! `bench orders`: whole orders of four lines over HTTP, each durable before it is answered.

use super::Plan;
use super::children::Process;
use super::floor_server::{ORDERS, Weight};
use super::house::{BenchHouse, Party};
use super::load::{ORDERS_PER_PARTY, OrderForm, Span, drive, times};
use super::report::{Goal, Series, Window, goal};
use domain::SessionId;
use std::time::Instant;

/// Connections at a time.
const LEVELS: [usize; 3] = [1, 8, 64];
/// Tables of the hall: parties enough for the fastest window.
const TABLES: usize = 3072;

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let seeded = plan.folder()?;
    let house = BenchHouse::make(seeded.path(), TABLES, true).await?;
    let mut weighed = None;
    for connections in LEVELS {
        let (mut server, mut floor) = (Series::default(), Series::default());
        for _ in 0..plan.rounds {
            let (window, weight) = server_window(plan, &house, connections).await?;
            server.0.push(window);
            floor.0.push(floor_window(plan, &house, connections, weight).await?);
            weighed = Some(weight);
        }
        server.print(&format!("orders/{connections}/dandan"), "orders");
        floor.print(&format!("orders/{connections}/floor"), "orders");
        goals(connections, &server, &floor);
    }
    if let Some(Weight { event_bytes, answer_bytes }) = weighed {
        println!("      an order weighed {event_bytes} bytes of events and {answer_bytes} bytes of answer in both journals\n");
    }
    Ok(())
}

fn goals(connections: usize, server: &Series, floor: &Series) {
    let rate = server.mid(Window::rate) / floor.mid(Window::rate);
    let cpu = server.mid(Window::cpu_us) / floor.mid(Window::cpu_us);
    let p50 = server.mid(|window| window.ms(0.5)) / floor.mid(|window| window.ms(0.5));
    match connections {
        64 => {
            goal("orders/s at 64 connections, part of the floor's", rate, "", Goal::AtLeast(0.4));
            goal("CPU per order at 64 connections, times the floor's", cpu, "", Goal::AtMost(4.0));
            goal("commits per order at 64 connections", server.mid(Window::commits_each), "", Goal::AtMost(1.0));
        }
        1 => goal("p50 at 1 connection, times the floor's", p50, "", Goal::AtMost(2.5)),
        _ => println!("      orders/s {rate:.3} of the floor's, CPU {cpu:.2} times, p50 {p50:.2} times"),
    }
    println!();
}

/// How many parties a window may need.
fn parties_needed(plan: &Plan, connections: usize) -> usize {
    let fastest: usize = match connections {
        1 => 2_500,
        2..16 => 8_000,
        _ => 10_000,
    };
    let seconds = usize::try_from((plan.window + plan.warm_up).as_secs() + 1).unwrap_or(usize::MAX);
    fastest.saturating_mul(seconds).div_ceil(ORDERS_PER_PARTY).clamp(connections, TABLES)
}

/// One window of the server, on a fresh process and a fresh copy of the house.
async fn server_window(plan: &Plan, house: &BenchHouse, connections: usize) -> anyhow::Result<(Window, Weight)> {
    let folder = plan.folder()?;
    house.copy_to(folder.path())?;
    let mut server = Process::serve(folder.path(), house.store, None)?;
    server.ready("/api/v1/health").await?;
    let parties = house.seat(&server, parties_needed(plan, connections), 1).await?;
    let form = |(number, party): (usize, &Party)| {
        OrderForm::new(house, party, number, &house.path(&format!("/sessions/{}/orders", party.session)))
    };
    let forms: Vec<OrderForm> = parties.iter().enumerate().map(form).collect();
    let window = window(plan, &server, &forms, connections).await?;
    server.kill().await?;
    Ok((window, Weight::of_orders(folder.path(), house.store).await?))
}

/// One window of the floor, on a fresh process and an empty journal.
pub(crate) async fn floor_window(plan: &Plan, house: &BenchHouse, connections: usize, weight: Weight) -> anyhow::Result<Window> {
    let folder = plan.folder()?;
    let mut floor = Process::floor(folder.path(), weight)?;
    floor.ready("/health").await?;
    // The same bytes come in: the token is sent, but nobody looks at it.
    let party = Party { session: SessionId(1), token: "g.".to_owned() + &"0".repeat(132) };
    let forms: Vec<OrderForm> = (0..connections).map(|number| OrderForm::new(house, &party, number, ORDERS)).collect();
    let window = window(plan, &floor, &forms, connections).await?;
    floor.kill().await?;
    Ok(window)
}

async fn window(plan: &Plan, process: &Process, forms: &[OrderForm], connections: usize) -> anyhow::Result<Window> {
    let span = Span::after(plan.warm_up, plan.window);
    let per_connection = (forms.len() / connections).max(1);
    let loads = forms.chunks_exact(per_connection).take(connections).zip(100..);
    let loads: Vec<_> = loads.map(|(forms, seed)| tokio::spawn(drive(process.address, forms.to_vec(), span, seed))).collect();
    tokio::time::sleep_until(span.begin.into()).await;
    let (commits, cpu, began) = (process.commits().await?, process.cpu()?, Instant::now());
    tokio::time::sleep_until(span.end.into()).await;
    let (cpu, length) = (process.cpu()? - cpu, began.elapsed());
    let commits = process.commits().await? - commits;
    let mut all = times();
    for load in loads {
        all.add(load.await??)?;
    }
    // The counters are read by a clock of their own: what they say is brought to the window's length.
    let cpu = cpu.mul_f64(plan.window.as_secs_f64() / length.as_secs_f64());
    Ok(Window { done: all.len(), length: plan.window, cpu, commits, times: all })
}
