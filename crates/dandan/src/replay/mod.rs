//! `dandan replay`: real orders, placed through the public HTTP API as phones would, followed as a kitchen screen would.
//!
//! Every order must be accepted once, cost to the cent what the file says, and stand on a kitchen ticket line by line. The first
//! difference of each kind is printed, and the command fails.

mod client;
mod guest;
mod kitchen;
mod own;

use anyhow::{Context, bail, ensure};
use client::{Client, Staff};
use domain::StoreId;
use domain::menu::Menu;
use futures::StreamExt;
use guest::{Guests, Table};
use indicatif::{ProgressBar, ProgressStyle};
use kitchen::Screen;
use menu_file::chipotle::Replay;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the kitchen's feed may take to show the last line.
const KITCHEN_WITHIN: Duration = Duration::from_secs(20);

/// Arguments of `dandan replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The orders, as in data/orders/chipotle.tsv.
    file: PathBuf,
    /// How many parties order at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// A running server (http://host:port) that sells the file's menu; otherwise one is started in a folder of its own.
    #[arg(long, requires_all = ["store", "pairing_code", "staff", "pin"])]
    url: Option<String>,
    /// Which restaurant, with --url.
    #[arg(long)]
    store: Option<StoreId>,
    /// A one-time code that pairs this program as a device, with --url.
    #[arg(long)]
    pairing_code: Option<String>,
    /// A manager who signs in on it, with --url.
    #[arg(long)]
    staff: Option<String>,
    /// Their PIN, with --url.
    #[arg(long)]
    pin: Option<String>,
    /// Puts the file's menu on sale first, with --url.
    #[arg(long, requires = "url")]
    publish_menu: bool,
}

/// Where orders are placed, by whom, at which tables.
struct Place {
    client: Client,
    staff: Staff,
    tables: Vec<Table>,
}

/// What a run came to.
struct Summary {
    orders: usize,
    lines: usize,
    sent_twice: usize,
    sent_with_another_body: usize,
    took: Duration,
}

/// Runs the command; fails at any difference.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let replay = read(&args.file)?;
    let menu = replay.menu(1);
    let summary = match (args.url, args.store) {
        (Some(url), Some(store)) => {
            let client = Client::new(&url, store)?;
            let sign = [args.pairing_code, args.staff, args.pin].map(Option::unwrap_or_default);
            let staff = client.sign_in(&sign[0], &sign[1], &sign[2]).await?;
            if args.publish_menu {
                client.post("/menu", Some(&staff), &serde_json::to_value(&menu)?).await?.must(201)?;
            }
            let tables = guest::tables_of(&client, &staff).await?;
            place_all(&replay, &menu, args.connections, Place { client, staff, tables }).await?
        }
        (_, _) => {
            let own = own::open(args.connections, menu.clone()).await?;
            let (client, staff, tables) = (own.client.clone(), own.staff.clone(), own.tables.clone());
            let summary = place_all(&replay, &menu, args.connections, Place { client, staff, tables }).await?;
            own.close_and_check(&replay).await?;
            summary
        }
    };
    print(&summary, &replay);
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Replay> {
    Replay::read(file).map_err(|errors| {
        errors.iter().for_each(|error| eprintln!("{error}"));
        anyhow::anyhow!("{} has {} wrong lines", file.display(), errors.len())
    })
}

/// Places every order, and holds the kitchen's feed against what was ordered.
async fn place_all(replay: &Replay, menu: &Menu, connections: u16, place: Place) -> anyhow::Result<Summary> {
    let Place { client, staff, tables } = place;
    ensure!(!tables.is_empty(), "the restaurant has no free table where guests pay after the meal");
    let on_sale: serde_json::Value = client.get("/menu", None).await?.must(200)?;
    let same = on_sale["dishes"] == serde_json::to_value(&menu.dishes)?;
    ensure!(same, "the restaurant sells another menu than the file's; --publish-menu puts the file's on sale");
    let version = on_sale["version"].as_u64().context("the menu has no version")?;

    let orders = replay.orders();
    let bar = ProgressBar::new(orders.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} orders  {per_sec}  {eta} left")?);
    let screen = Screen::follow(client.clone(), staff.clone()).await?;
    let started = Instant::now();
    let guests = Arc::new(Guests::new(client, staff, version));
    let free = Arc::new(tokio::sync::Mutex::new(tables.clone()));
    let at_once = usize::from(connections).min(tables.len());
    let mut done = futures::stream::iter(orders.into_iter().enumerate().map(|(index, order)| {
        let (guests, free, bar) = (guests.clone(), free.clone(), bar.clone());
        async move {
            // There are never more parties than tables.
            let table = free.lock().await.pop().context("no table is free")?;
            let wanted = guests.dine(index, &order, &table).await.with_context(|| format!("order {}", order.order_no))?;
            free.lock().await.push(table);
            bar.inc(1);
            anyhow::Ok(wanted)
        }
    }))
    .buffer_unordered(at_once);
    let (mut wanted, mut orders) = (Vec::new(), 0);
    while let Some(lines) = done.next().await {
        wanted.extend(lines?);
        orders += 1;
    }
    let took = started.elapsed();
    bar.finish_and_clear();
    screen.must_have_shown(menu, &wanted, KITCHEN_WITHIN).await?;
    Ok(Summary {
        orders,
        lines: wanted.len(),
        sent_twice: guests.sent_twice(),
        sent_with_another_body: guests.sent_with_another_body(),
        took,
    })
}

fn print(summary: &Summary, replay: &Replay) {
    let Summary { orders, lines, sent_twice, sent_with_another_body, took } = summary;
    let cents = replay.total().0;
    println!("{orders} orders of {lines} lines, ${}.{:02} in all: each accepted once, to the cent", cents / 100, cents % 100);
    println!("{lines} lines on kitchen tickets, with their quantities and options");
    println!("{sent_twice} orders sent twice counted once; {sent_with_another_body} ids with another content refused");
    let seconds = took.as_secs_f64();
    let count = u32::try_from(*orders).unwrap_or(u32::MAX);
    println!("{seconds:.1} s, {:.0} orders/s from sitting down to leaving", f64::from(count) / seconds);
}

/// Fails with what was different.
fn differs(what: &str, is: impl std::fmt::Debug, should: impl std::fmt::Debug) -> anyhow::Result<()> {
    bail!("{what} is {is:?}, the file says {should:?}")
}
