//! `bench notices`: the channels report 200 times a second while 64 connections order. Notices are genuine, signed and
//! encrypted by the simulated channels just before they are due; each comes twice, and one in twenty is forged.

mod check;
mod diners;
mod letters;
mod post;
mod till;

use super::Plan;
use super::children::Process;
use super::client::Client;
use super::house::{BenchHouse, Party};
use super::load::{Ids, OrderForm, Span, note, times};
use super::report::{Goal, count, goal, millis};
use anyhow::{Context, anyhow, bail};
use channel_sim::{CourierChoice, SimConfig, Simulator};
use check::Account;
use diners::{Diners, Ready};
use hdrhistogram::Histogram;
use letters::Letterbox;
use post::{Answers, PACE, Timetable, post_all};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Connections that order beside the notices.
const ORDERING: usize = 64;
/// Parties each of them orders for in turn.
const PARTIES_ORDERING: usize = 12;
/// Connections on which diners ask to pay.
const ASKING: usize = 64;
/// Parties on each of them.
const PARTIES_ASKING: usize = 16;
/// Diners that hold a code and have not paid yet.
const HOLDING: usize = 96;
/// The channel takes the money so long before the notice is due: time to write, encrypt and sign it.
const LEAD: Duration = Duration::from_millis(100);
/// The load beside the notices runs so long before the first one.
const WARM_UP: Duration = Duration::from_secs(2);

/// How hard the 64 connections order.
#[derive(Clone, Copy, Debug)]
enum Beside {
    /// Each so often, whether or not the last order was answered in time.
    Every(Duration),
    /// Each again as soon as the last order was answered.
    WithoutPause,
}

/// Runs the bench.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let seeded = plan.folder()?;
    let tables = ORDERING * PARTIES_ORDERING + ASKING * PARTIES_ASKING;
    let house = Arc::new(BenchHouse::make(seeded.path(), tables, true).await?);
    window(plan, &house, Beside::Every(Duration::from_millis(200))).await?;
    window(plan, &house, Beside::WithoutPause).await?;
    till::run(plan).await
}

/// What a window showed.
#[derive(Debug)]
struct Seen {
    answers: Answers,
    orders: Histogram<u64>,
    cpu: Duration,
    account: Account,
    captures: (usize, usize),
}

async fn window(plan: &Plan, house: &Arc<BenchHouse>, beside: Beside) -> anyhow::Result<()> {
    let (folder, channels) = (plan.folder()?, plan.folder()?);
    house.copy_to(folder.path())?;
    let (box_, letters) = mpsc::unbounded_channel();
    let courier = CourierChoice::Given(Arc::new(Letterbox(box_)));
    let sim = SimConfig { courier, ..SimConfig::new(channels.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) };
    let sim = channel_sim::start(sim).await?;
    let mut server = Process::serve(folder.path(), house.store, Some(&sim.merchant.config))?;
    server.ready("/api/v1/health").await?;
    let token = house.sign_in(server.address, &mut Ids::new(7)).await?;
    let mut parties = house.seat(&server, house.known.house.tables.len(), 1).await?;
    let asking = parties.split_off(ORDERING * PARTIES_ORDERING);

    let span = Span::after(WARM_UP, plan.long_window);
    let table = Timetable { begin: span.begin, slots: PACE * u32::try_from(plan.long_window.as_secs())? };
    let orders = order_all(house, &server, &parties, beside, span);
    let codes = diners_of(house, &server, &asking);
    let paying = tokio::spawn(pay_all(sim.simulator.clone(), codes, table));
    tokio::time::sleep_until(span.begin.into()).await;
    let cpu = server.cpu()?;
    let answers = post_all(table, letters, server.address).await?;
    let cpu = server.cpu()? - cpu;
    let paid = paying.await??;
    let mut all = times();
    for load in orders {
        all.add(load.await??)?;
    }
    let account = check::account(&server, house, &token, &paid).await?;
    server.kill().await?;
    sim.shutdown().await;
    let captures = check::captures(folder.path(), house.store).await?;
    print(plan, beside, &Seen { answers, orders: all, cpu, account, captures });
    Ok(())
}

/// Starts the diners; the receiver is where their codes are taken from.
fn diners_of(house: &Arc<BenchHouse>, server: &Process, parties: &[Party]) -> mpsc::Receiver<Ready> {
    let (codes, taken) = mpsc::channel(HOLDING);
    for (parties, seed) in parties.chunks(PARTIES_ASKING).zip(1_000..) {
        let diners = Diners { house: house.clone(), parties: parties.to_vec(), server: server.address, seed };
        let codes = codes.clone();
        tokio::spawn(async move {
            // A fault leaves the channel's side without codes, which ends the bench.
            if let Err(error) = diners.drive(codes).await {
                eprintln!("dandan: a diner could not pay: {error:#}");
            }
        });
    }
    taken
}

/// Lets a diner pay shortly before each first notice is due.
async fn pay_all(simulator: Simulator, mut codes: mpsc::Receiver<Ready>, table: Timetable) -> anyhow::Result<Vec<Ready>> {
    let mut paid = Vec::new();
    for due in table.firsts() {
        tokio::time::sleep_until((due - LEAD).into()).await;
        let ready = codes.recv().await.context("nobody wants to pay any more")?;
        simulator.pay(&ready.code).map_err(|refused| anyhow!("the channel refused: {refused:?}"))?;
        paid.push(ready);
    }
    Ok(paid)
}

type Load = tokio::task::JoinHandle<anyhow::Result<Histogram<u64>>>;

fn order_all(house: &Arc<BenchHouse>, server: &Process, parties: &[Party], beside: Beside, span: Span) -> Vec<Load> {
    let form = |(number, party): (usize, &Party)| {
        OrderForm::new(house, party, number, &house.path(&format!("/sessions/{}/orders", party.session)))
    };
    let address = server.address;
    let loads = parties.chunks(PARTIES_ORDERING).zip(100_u64..);
    let start = |(parties, seed): (&[Party], u64)| {
        let forms: Vec<OrderForm> = parties.iter().enumerate().map(form).collect();
        tokio::spawn(order(address, forms, beside, span, seed))
    };
    loads.map(start).collect()
}

/// One connection that orders until the window ends; times of those orders that were due inside it.
async fn order(
    address: SocketAddr,
    mut forms: Vec<OrderForm>,
    beside: Beside,
    span: Span,
    seed: u64,
) -> anyhow::Result<Histogram<u64>> {
    let mut client = Client::connect(address).await?;
    let (mut ids, mut seen, parties) = (Ids::new(seed), times(), forms.len());
    let begin = Instant::now();
    for sent in 0_u32.. {
        let due = match beside {
            Beside::WithoutPause => Instant::now(),
            // The connections take turns within the pause.
            Beside::Every(pause) => {
                begin + pause * sent + pause * u32::try_from(seed % ORDERING as u64)? / u32::try_from(ORDERING)?
            }
        };
        if due >= span.end {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let reply = client.send(forms[usize::try_from(sent)? % parties].fill(ids.next(), &mut ids)).await?;
        if reply.status != 201 {
            bail!("an order was answered with {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        }
        if due >= span.begin {
            note(&mut seen, due.elapsed());
        }
    }
    Ok(seen)
}

fn print(plan: &Plan, beside: Beside, seen: &Seen) {
    let Seen { answers, orders, cpu, account, captures } = seen;
    let seconds = plan.long_window.as_secs_f64();
    let how = match beside {
        Beside::Every(pause) => format!("each every {} ms", pause.as_millis()),
        Beside::WithoutPause => "without a pause".to_owned(),
    };
    let three = |times: &Histogram<u64>| [0.5, 0.99, 1.0].map(|q| format!("{:.1} ms", millis(times, q))).join(" ");
    let [first, repeat, forged] = answers.counts;
    println!("notices/{PACE} a second for {seconds:.0} s, {ORDERING} connections ordering {how}");
    println!("                        posted: {first} genuine, the same {repeat} again, {forged} forged");
    println!("                        time:   [{}] p50 p99 max, from the moment a notice was due", three(&answers.from_due));
    println!("                                [{}] p50 p99 max, genuine first notices only", three(&answers.firsts));
    println!("                                [{}] p50 p99 max, from the moment it was sent", three(&answers.from_sent));
    println!("                        orders: {:.0}/s [{}] p50 p99 max", count(orders.len()) / seconds, three(orders));
    println!(
        "                        cpu:    {:.0} % of a core, orders and payments included",
        cpu.as_secs_f64() / seconds * 100.0
    );
    println!(
        "                        money:  {} of {} captured and credited once, {} captures in the journal, {} of them by a notice; \
         cases: {} about forged notices, {} others",
        account.once,
        account.once + account.wrong,
        captures.0,
        captures.1,
        account.forged_cases,
        account.other_cases
    );
    goal("notice due to answered, p99", millis(&answers.from_due, 0.99), "ms", Goal::AtMost(200.0));
    goal("genuine notices not heard", count(answers.unheard), "", Goal::AtMost(0.0));
    goal("forged notices believed", count(answers.believed), "", Goal::AtMost(0.0));
    let wrong = account.wrong + account.checks_wrong + account.other_cases + captures.0.abs_diff(account.once);
    goal("payments not credited exactly once, checks and cases wrong", count(wrong as u64), "", Goal::AtMost(0.0));
    println!();
}
