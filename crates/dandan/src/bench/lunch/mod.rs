//! `bench lunch`: one store at its busiest. 500 orders a second for a minute, with 40 feeds in kitchen and house and payments through the
//! simulated channels; then a burst, an attack, and more people than the house can serve. Afterwards the journal is held against what
//! everybody was told.

mod attackers;
mod chart;
mod crush;
mod diners;
mod feed;
mod figures;
mod floors;
mod ledger;
mod pace;
mod papers;
mod payers;
mod screens;
mod stamps;
mod tills;

use super::Plan;
use super::children::{Process, cpu_of};
use super::floor_server::Weight;
use super::house::{BenchHouse, Party};
use super::load::{Ids, OrderForm};
use super::report::{Goal, count, goal, millis};
use anyhow::{Context, bail};
use attackers::{Answers, Attackers, From};
use channel_sim::{SimConfig, Simulator};
use crush::{Crowd, crush};
use diners::{Fate, Placed, Requests, order_all};
use domain::StationId;
use feed::Traffic;
use figures::Hop;
use floors::Floors;
use ledger::{Account, Told};
use pace::arrivals;
use payers::{Paid, Payers};
use screens::{Reports, Screens};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tills::{Book, Heard};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Orders a second of the standard lunch.
const STANDARD: u32 = 500;
/// Parties that order, one after another.
const PARTIES: usize = 2_000;
/// One order in so many is paid at once; each such order is of a party that pays everything at once.
const PAID_ONE_IN: usize = 25;
/// Screens at each of the kitchen's four stations, and tills.
const SCREENS_EACH: usize = 8;
const TILLS: usize = 8;
/// Between the parts everybody gets their breath back.
const BREATH: Duration = Duration::from_secs(2);
/// Load before the lunch, not in the figures: caches fill, connections are made.
const WARM_UP: Duration = Duration::from_secs(2);
/// Payments are waited for so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first hop of all, whose percentiles are held against the goals.
const ACCEPTED: &str = "tap → accepted 已接单";

/// Arguments of `bench lunch`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Args {
    /// Orders a second of the standard lunch.
    #[arg(long, default_value_t = STANDARD)]
    rate: u32,
    /// Writes the figures into docs/benchmarks.md, docs/benchmarks-lunch.svg and target/proof/lunch.json, below the present folder.
    #[arg(long)]
    write: bool,
}

impl Default for Args {
    fn default() -> Args {
        Args { rate: STANDARD, write: false }
    }
}

/// How the lunch goes.
#[derive(Clone, Copy, Debug)]
struct Menu {
    rate: u32,
    lunch: Duration,
    burst_rate: u32,
    burst: Duration,
    attack: Duration,
    people: usize,
    crush: Duration,
    floors: Duration,
}

impl Menu {
    fn new(args: Args, plan: &Plan) -> Menu {
        let seconds = Duration::from_secs;
        let (rate, lunch) = (args.rate.max(1), plan.lunch_window);
        let whole = Menu {
            rate,
            lunch,
            burst_rate: 2_000,
            burst: seconds(10),
            attack: seconds(10),
            people: crush::PEOPLE,
            crush: seconds(8),
            floors: seconds(5),
        };
        match plan.quick {
            false => whole,
            true => Menu {
                rate: rate.min(50),
                burst_rate: 100,
                burst: seconds(1),
                attack: seconds(1),
                people: 200,
                crush: seconds(1),
                floors: seconds(1),
                ..whole
            },
        }
    }
}

/// Everything that was measured.
#[derive(Debug)]
struct Seen {
    menu: Menu,
    /// Lunch, burst, and the two attacks as honest diners saw them.
    parts: Vec<Part>,
    attacks: Vec<Answers>,
    /// From the wish to pay to the code, and from the channel's money to the till's knowledge and its voice; lunch only.
    money: Vec<Hop>,
    crowd: Crowd,
    told: Told,
    account: Account,
    floors: Floors,
    traffic: Arc<Traffic>,
    reports: Arc<Reports>,
    commits: u64,
    memory: u64,
    /// From the start on what the lunch left behind to the first answer.
    again: Duration,
    load_average: String,
}

/// A part of the lunch: orders at a pace.
#[derive(Debug)]
struct Part {
    name: &'static str,
    rate: u32,
    length: Duration,
    placed: Vec<Placed>,
    paid: Vec<Paid>,
    /// Payments that could not even begin.
    unpaid: u64,
    /// The server's and the load's CPU time.
    cpu: (Duration, Duration),
    /// Accepted, on the screens, painted, known to have been painted; all from the moment the order was due.
    hops: Vec<Hop>,
}

impl Part {
    fn ids(&self, fate: Fate) -> impl Iterator<Item = u128> {
        self.placed.iter().filter(move |order| order.fate == fate).map(|order| order.id)
    }

    /// Orders that were not accepted at once.
    fn refused(&self) -> usize {
        self.placed.iter().filter(|order| order.fate != Fate::Accepted).count()
    }

    fn p99(&self) -> f64 {
        self.hops.first().map_or(f64::NAN, |hop| millis(&hop.times, 0.99))
    }
}

/// Runs the bench.
pub(crate) async fn run(plan: &Plan, args: Args) -> anyhow::Result<()> {
    let seen = serve_lunch(plan, Menu::new(args, plan)).await?;
    print(&seen);
    if args.write {
        papers::write(&seen)?;
    }
    if seen.account.faults(&seen.told) > 0 {
        bail!("the journal is not what everybody was told: {:?}", seen.account);
    }
    Ok(())
}

async fn serve_lunch(plan: &Plan, menu: Menu) -> anyhow::Result<Seen> {
    let load_average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned();
    let (seeded, folder, channels) = (plan.folder()?, plan.folder()?, plan.folder()?);
    let house = Arc::new(BenchHouse::make(seeded.path(), PARTIES + 1, true).await?);
    house.copy_to(folder.path())?;
    let sim = channel_sim::start(SimConfig::new(channels.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await?;
    let proxy = ["--trusted-proxy", "127.0.0.1"];
    let mut server = Process::serve_with(folder.path(), house.store, Some(&sim.merchant.config), &proxy)?;
    server.ready("/api/v1/health").await?;
    let token = house.sign_in(server.address, &mut Ids::new(7)).await?;
    let mut parties = house.seat(&server, PARTIES + 1, 1).await?;
    let attackers = Attackers { house: house.clone(), server: server.address, party: parties.pop().context("no party")? };

    let (traffic, start) = (Arc::new(Traffic::default()), Instant::now());
    let screens = Screens::start(&house, server.address, &token, (SCREENS_EACH, menu.most_orders(), start), &traffic);
    let reports = screens.reports.clone();
    let (book, tills) = tills::start(&house, server.address, &token, TILLS, &traffic);
    let mut hall = Hall::new(&house, server, parties, sim.simulator.clone());
    let (warm_up, mut parts, attacks) = hall.serve(menu, &attackers).await?;
    let crowd = crush(&hall.requests, menu.people, menu.crush).await?;
    tokio::time::sleep(BREATH).await;
    let paid = [&warm_up].into_iter().chain(&parts).map(|part| part.paid.len()).sum();
    wait_for_tills(&book, paid).await;

    let (commits, memory) = (hall.server.commits().await?, hall.server.memory()?);
    let seen_by_screens = screens.end(|number| stations_of(&house, number));
    tills.iter().for_each(JoinHandle::abort);
    hall.server.stop().await?;
    sim.shutdown().await;
    let again = start_again(folder.path(), &house).await?;
    for part in &mut parts {
        part.hops = hops(part, &seen_by_screens, start);
    }
    let money = money(&warm_up, &parts, &book);
    let told = told(&warm_up, &parts, &attacks, &crowd, paid);
    let account = ledger::account(folder.path(), house.store, &told).await?;
    let weight = Weight::of_orders(folder.path(), house.store).await?;
    let floors = floors::measure(plan, &house, weight, menu.rate, menu.floors).await?;
    Ok(Seen { menu, parts, attacks, money, crowd, told, account, floors, traffic, reports, commits, memory, again, load_average })
}

impl Menu {
    /// More numbers than orders will be drawn.
    fn most_orders(&self) -> usize {
        let at = |rate: u32, length: Duration| f64::from(rate) * length.as_secs_f64();
        let mean = at(self.rate, WARM_UP + self.lunch + 2 * self.attack) + at(self.burst_rate, self.burst);
        // The sum of random numbers stays within this by far.
        usize::try_from(Duration::from_secs_f64(mean * 1.2 + 1_000.0).as_secs()).unwrap_or(usize::MAX)
    }
}

/// The house with its guests.
struct Hall {
    server: Process,
    requests: Requests,
    parties: Vec<Party>,
    payers: Payers,
    next: usize,
}

impl Hall {
    fn new(house: &Arc<BenchHouse>, server: Process, parties: Vec<Party>, simulator: Simulator) -> Hall {
        let form = |(number, party): (usize, &Party)| {
            // Every party is at an address of its own.
            let address = Ipv4Addr::from(0x0a01_0000 + u32::try_from(number).unwrap_or_default());
            let path = house.path(&format!("/sessions/{}/orders", party.session));
            OrderForm::from(house, party, number, &path, Some(address))
        };
        let forms: Vec<OrderForm> = parties.iter().enumerate().map(form).collect();
        let requests = Requests { server: server.address, forms: Arc::new(forms) };
        let payers = Payers { house: house.clone(), server: server.address, simulator };
        Hall { server, requests, parties, payers, next: 0 }
    }

    /// Warm-up, lunch, burst and attacks, one after another.
    async fn serve(&mut self, menu: Menu, attackers: &Attackers) -> anyhow::Result<(Part, Vec<Part>, Vec<Answers>)> {
        tokio::time::sleep(BREATH).await;
        let warm_up = self.part("warm-up", menu.rate, WARM_UP, Instant::now()).await?;
        let mut parts = vec![self.part("lunch", menu.rate, menu.lunch, Instant::now() + BREATH).await?];
        parts.push(self.part("burst", menu.burst_rate, menu.burst, Instant::now() + BREATH).await?);
        let mut attacks = Vec::new();
        for (name, from, seed) in
            [("attack from one address", From::One, 1_000_000), ("attack from 50 addresses", From::Many, 2_000_000)]
        {
            let begin = Instant::now() + BREATH;
            let attack = attackers.attack(from, begin, menu.attack, seed);
            let (part, answers) = tokio::join!(self.part(name, menu.rate, menu.attack, begin), attack);
            parts.push(part?);
            attacks.push(answers?);
        }
        Ok((warm_up, parts, attacks))
    }

    async fn part(&mut self, name: &'static str, rate: u32, length: Duration, begin: Instant) -> anyhow::Result<Part> {
        let first = self.next;
        let due = arrivals(first as u64 + 17, rate, length);
        self.next += due.len();
        let (accepted, paying) = mpsc::unbounded_channel();
        let payments = tokio::spawn(pay_all(paying, self.payers.clone(), self.requests.forms.clone(), self.parties.clone()));
        tokio::time::sleep_until(begin.into()).await;
        let cpu = (self.server.cpu()?, cpu_of(std::process::id())?);
        let placed = order_all(&self.requests, begin, &due, first, Some(accepted)).await?;
        let cpu = (self.server.cpu()? - cpu.0, cpu_of(std::process::id())? - cpu.1);
        let (paid, unpaid) = payments.await?;
        eprintln!("{name} is over after {:.1} s", begin.elapsed().as_secs_f64());
        Ok(Part { name, rate, length, placed, paid, unpaid, cpu, hops: Vec::new() })
    }
}

/// Lets the diners pay whose order it is, each as soon as it was accepted; those who could not are counted.
async fn pay_all(
    mut accepted: mpsc::UnboundedReceiver<usize>,
    payers: Payers,
    forms: Arc<Vec<OrderForm>>,
    parties: Vec<Party>,
) -> (Vec<Paid>, u64) {
    let mut payments = Vec::new();
    while let Some(number) = accepted.recv().await {
        if number.is_multiple_of(PAID_ONE_IN) {
            let place = number % parties.len();
            let (payers, party, amount) = (payers.clone(), parties[place].clone(), forms[place].total);
            payments.push(tokio::spawn(async move { payers.pay(&party, amount, number).await }));
        }
    }
    let (mut paid, mut unpaid) = (Vec::new(), 0);
    for payment in payments {
        match payment.await {
            Ok(Ok(one)) => paid.push(one),
            Ok(Err(error)) => {
                eprintln!("dandan: a diner could not pay: {error:#}");
                unpaid += 1;
            }
            Err(_) => unpaid += 1,
        }
    }
    (paid, unpaid)
}

/// Waits until the tills have said every payment aloud.
async fn wait_for_tills(book: &Book, paid: usize) {
    let began = Instant::now();
    let spoken = || {
        let book = book.lock().unwrap_or_else(PoisonError::into_inner);
        book.values().filter(|heard| heard.spoken.is_some()).count()
    };
    while spoken() < paid && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How long a start takes on what the lunch left behind.
async fn start_again(folder: &Path, house: &BenchHouse) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut server = Process::serve(folder, house.store, None)?;
    server.ready("/api/v1/health").await?;
    let took = began.elapsed();
    server.stop().await?;
    Ok(took)
}

/// The stations that cook for an order.
fn stations_of(house: &BenchHouse, number: usize) -> HashSet<StationId> {
    house.four_dishes(number % PARTIES).into_iter().map(|(dish, _)| dish.station.clone()).collect()
}

/// A part's orders, from the moment they were due to each of their stations.
fn hops(part: &Part, [arrived, painted, known]: &[Vec<u32>; 3], start: Instant) -> Vec<Hop> {
    let accepted =
        part.placed.iter().map(|order| (order.fate == Fate::Accepted).then(|| order.ended.saturating_duration_since(order.due)));
    let until = |stamps: &Vec<u32>, order: &Placed| {
        let at = stamps.get(order.number).copied().filter(|at| *at > 0)?;
        Some((start + Duration::from_micros(u64::from(at))).saturating_duration_since(order.due))
    };
    // Who was turned away waits for no screen.
    let served = || part.placed.iter().filter(|order| order.fate == Fate::Accepted);
    vec![
        Hop::of(ACCEPTED, accepted),
        Hop::of("tap → on the screens 到厨房屏", served().map(|order| until(arrived, order))),
        Hop::of("tap → painted 屏上已显示", served().map(|order| until(painted, order))),
        Hop::of("tap → 厨房已看到 known as seen", served().map(|order| until(known, order))),
    ]
}

/// The way of the lunch's money. A party's payments were announced in the order they were made.
fn money(warm_up: &Part, parts: &[Part], book: &Book) -> Vec<Hop> {
    let mut heard: BTreeMap<String, VecDeque<Heard>> = BTreeMap::new();
    for one in book.lock().unwrap_or_else(PoisonError::into_inner).values() {
        heard.entry(one.session.clone()).or_default().push_back(one.clone());
    }
    let mut matched = |part: &Part| -> Vec<(Paid, Option<Heard>)> {
        let mut paid = part.paid.clone();
        paid.sort_by_key(|payment| payment.paid);
        paid.into_iter().map(|payment| (payment.clone(), heard.get_mut(&payment.session).and_then(VecDeque::pop_front))).collect()
    };
    matched(warm_up);
    let lunch = parts.first().map(&mut matched).unwrap_or_default();
    let since = |at: Option<Instant>, payment: &Paid| at.map(|at| at.saturating_duration_since(payment.paid));
    vec![
        Hop::of(
            "asks to pay → code 付款码",
            lunch.iter().map(|(payment, _)| Some(payment.code.saturating_duration_since(payment.asked))),
        ),
        Hop::of(
            "paid → known at the till 收银已知",
            lunch.iter().map(|(payment, heard)| since(heard.as_ref().map(|heard| heard.known), payment)),
        ),
        Hop::of(
            "paid → spoken 已播报",
            lunch.iter().map(|(payment, heard)| since(heard.as_ref().and_then(|heard| heard.spoken), payment)),
        ),
    ]
}

/// What everybody was told, to be held against the journal.
fn told(warm_up: &Part, parts: &[Part], attacks: &[Answers], crowd: &Crowd, paid: usize) -> Told {
    let mut told = Told { paid, ..Told::default() };
    for part in [warm_up].into_iter().chain(parts) {
        told.accepted.extend(part.ids(Fate::Accepted));
        told.turned_away.extend(part.ids(Fate::TurnedAway));
        told.lost.extend(part.ids(Fate::Lost));
    }
    for answers in attacks {
        told.accepted.extend(&answers.accepted);
        told.turned_away.extend(&answers.turned_away);
    }
    told.accepted.extend(&crowd.accepted);
    told.turned_away.extend(&crowd.turned_away);
    told.lost.extend(&crowd.lost);
    told
}

fn print(seen: &Seen) {
    println!("lunch, load average before: {}", seen.load_average);
    for part in &seen.parts {
        let (server, load) = (part.cpu.0.as_secs_f64(), part.cpu.1.as_secs_f64());
        println!(
            "{} for {} s at {}/s: {} orders, {} not accepted, {} paid, {} unpaid; CPU: server {server:.1} s, load {load:.1} s",
            part.name,
            part.length.as_secs(),
            part.rate,
            part.placed.len(),
            part.refused(),
            part.paid.len(),
            part.unpaid
        );
        println!("{}", figures::table(&part.hops));
    }
    println!("{}", figures::table(&seen.money));
    println!("{}", figures::table(&papers::floors(seen)));
    for answers in &seen.attacks {
        println!(
            "attack: {:?}, {} orders accepted, {} held back without a time, {} unanswered",
            answers.statuses,
            answers.accepted.len(),
            answers.without_retry_after,
            answers.unanswered
        );
    }
    println!("{}", papers::crowd_line(seen));
    println!("journal: {:?}", seen.account);
    println!(
        "feeds: {} frames, {:.0} MB, {} came back; painted: {} reports, {} repeated; {} commits; memory {:.0} MB; again after {:.2} s",
        seen.traffic.frames.load(Ordering::Relaxed),
        count(seen.traffic.bytes.load(Ordering::Relaxed)) / 1e6,
        seen.traffic.returns.load(Ordering::Relaxed),
        seen.reports.accepted.load(Ordering::Relaxed),
        seen.reports.refused.load(Ordering::Relaxed),
        seen.commits,
        count(seen.memory) / 1e6,
        seen.again.as_secs_f64()
    );
    goals(seen);
}

fn goals(seen: &Seen) {
    let none = Goal::AtMost(0.0);
    for part in &seen.parts {
        goal(&format!("{}: due to accepted, p99", part.name), part.p99(), "ms", Goal::AtMost(500.0));
        goal(&format!("{}: orders not accepted", part.name), count(part.refused() as u64), "", none);
    }
    let lost: u64 = seen.parts.iter().take(2).flat_map(|part| &part.hops).skip(1).map(|hop| hop.missing).sum();
    goal("orders that never came to a screen, painted or known", count(lost), "", none);
    let unheard: u64 = seen.money.iter().map(|hop| hop.missing).sum();
    goal("payments no till has said", count(unheard), "", none);
    let rude = seen.crowd.otherwise + seen.crowd.lost.len() as u64;
    goal("beyond capacity: neither accepted nor told when to come back", count(rude), "", none);
    goal("journal: orders lost, twice, half done or not as told", count(seen.account.faults(&seen.told) as u64), "", none);
    println!();
}
