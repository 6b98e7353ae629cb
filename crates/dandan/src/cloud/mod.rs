//! `dandan cloud`: many restaurants on several nodes over one PostgreSQL.
//!
//! Every node can serve every store. Which one decides for a store is said by a lease, so that commands meet one writer and share its
//! commits; that is speed. That no two nodes ever decide against each other is the journal's doing: whoever takes a store over raises its
//! epoch, and the other's next append is refused. The nodes that don't decide for a store pass requests on to the one that does, and
//! serve its feeds from a copy that follows the journal.

mod book;
mod boxes;
mod copies;
mod front;
mod hints;
mod moves;
mod node;
mod office;
mod receipts;
mod reports;
mod rescue;
mod shop;
mod site;

pub use book::Book;
pub use shop::Joined;

use crate::database::DatabaseArgs;
use crate::keys::HouseKeys;
use crate::{seed, serve};
use anyhow::Context;
use clap::Subcommand;
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::Journal;
use menu_file::house::HouseFile;
use node::{Node, NodeSetup};
use office::Office;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Arguments of `dandan cloud`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Serves stores; start as many of these as you like over the same database and the same keys.
    Serve(Box<Serve>),
    /// Adds a store: its set-up, staff and menu.
    AddStore(AddStore),
    /// Makes the data folder for a new box out of the cloud's copy, where the old box is lost. The old one is let in no more.
    Rescue(Rescue),
    /// Compares stores by what they sold, as a table or as JSON.
    Compare(reports::CompareArgs),
    /// Prints all reports of one store as JSON: its days, half hours, ways of paying, dishes and stations.
    Report(reports::ReportArgs),
    /// Makes a brand, which head office then fills with regions and stores; prints its id.
    Brand(office::cli::BrandArgs),
    /// Says which brand a store belongs to: its head office may enter it from then on.
    Assign(office::cli::AssignArgs),
    /// Makes a token for somebody at head office, who acts for a unit and those below it; prints it, once.
    OfficeToken(office::cli::TokenArgs),
    /// Brings every store of a brand what head office wants once more: after the database was restored from a backup.
    OfficeAgain(office::cli::AgainArgs),
    /// Invites the box of a store that decides for itself: prints the code for `dandan join`.
    Invite(Invite),
}

/// Where the stores are kept.
#[derive(Clone, Debug, clap::Args)]
struct Place {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The folder with `keys.toml`, the same on every node; made at the first start.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the other nodes reach this one, `http://host:port`; by default the address it listens on.
    #[arg(long)]
    node_url: Option<String>,
    /// Where the nodes are reached from outside; `https://…` without a path.
    #[arg(long)]
    public_url: Option<String>,
    /// NATS, which tells the other nodes at once what is new: `nats://host:4222`. Without it they look twice a second.
    #[arg(long, env = "DANDAN_NATS")]
    nats: Option<String>,
    /// Where reports are read: a replica of the database, so that comparing stores takes nothing from those that trade. By default
    /// the database itself.
    #[arg(long, env = "DANDAN_REPORTS_POSTGRES", hide_env_values = true)]
    reports_postgres: Option<String>,
    /// Payment configuration (TOML), for every store.
    #[arg(long)]
    payments: Option<PathBuf>,
    /// The address of the proxy in front of the nodes: its X-Forwarded-For says who asks.
    #[arg(long)]
    trusted_proxy: Option<IpAddr>,
}

#[derive(Debug, clap::Args)]
struct AddStore {
    #[command(flatten)]
    place: Place,
    /// The store's set-up and staff (TOML), as `dandan demo` has it.
    #[arg(long)]
    house: PathBuf,
    /// Its menu (.xlsx or .csv).
    #[arg(long)]
    menu: PathBuf,
    /// Prints so many codes that pair a device, each good once, for a day.
    #[arg(long, default_value_t = 1)]
    pairing_codes: usize,
}

#[derive(Debug, clap::Args)]
struct Invite {
    #[command(flatten)]
    place: Place,
    /// Which store.
    #[arg(long)]
    store: domain::StoreId,
    /// The name of the shop's Wi-Fi: told to phones when the shop is cut off.
    #[arg(long, default_value = "")]
    wifi: String,
    /// Where the box is reached on it, `https://…` without a path.
    #[arg(long, default_value = "")]
    lan_url: String,
}

#[derive(Debug, clap::Args)]
struct Rescue {
    #[command(flatten)]
    place: Place,
    /// Which store.
    #[arg(long)]
    store: domain::StoreId,
    /// The new data folder; there must be no journal in it.
    #[arg(long)]
    to: PathBuf,
    /// Who wants it; written down.
    #[arg(long)]
    by: String,
    /// Why; written down.
    #[arg(long)]
    reason: String,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Serve(args) => serve(*args).await,
        What::AddStore(args) => add_store(args).await,
        What::Compare(args) => reports::compare(args).await,
        What::Report(args) => reports::report(args).await,
        What::Invite(args) => invite(args).await,
        What::Brand(args) => office::cli::brand(args).await,
        What::Assign(args) => office::cli::assign(args).await,
        What::OfficeToken(args) => office::cli::token(args).await,
        What::OfficeAgain(args) => office::cli::again(args).await,
        What::Rescue(args) => rescue_box(args).await,
    }
}

async fn connect(place: &Place) -> anyhow::Result<(Arc<dyn Journal>, Book, HouseKeys)> {
    let journal = place.database.journal().await?;
    let book = Book::open(place.database.read()?).await?;
    std::fs::create_dir_all(&place.data).with_context(|| format!("the folder {} can't be made", place.data.display()))?;
    // With new keys every PIN and every code on a table would be void.
    let keys = if book.is_empty().await? { HouseKeys::open(&place.data)? } else { HouseKeys::read(&place.data)? };
    Ok((Arc::new(journal), book, keys))
}

async fn serve(args: Serve) -> anyhow::Result<()> {
    let (journal, book, keys) = connect(&args.place).await?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("can't listen on {}", args.listen))?;
    let (address, asked) = (listener.local_addr()?, serve::shutdown_asked()?);
    let url = args.node_url.unwrap_or_else(|| format!("http://{address}"));
    let tables = reports::Tables::open(args.place.database.read()?).await?;
    let read_from = args.reports_postgres.unwrap_or_else(|| args.place.database.postgres.clone());
    let read_from = DatabaseArgs { postgres: read_from, ..args.place.database.clone() };
    let office = Office::new(Book::open(args.place.database.read()?).await?);
    office.prepare().await?;
    let setup = NodeSetup {
        office,
        reports: reports::Reports::over(read_from.read().context("--reports-postgres")?)?,
        public_url: args.public_url.unwrap_or_else(|| url.clone()).trim_end_matches('/').to_owned(),
        url,
        payments: args.payments.as_deref().map(serve::read_payments).transpose()?.unwrap_or_default(),
        trusted_proxy: args.trusted_proxy,
        hints: hints::connect(args.nats.as_deref()).await?,
        metrics: metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().context("metrics")?,
        journal,
        book,
        keys,
    };
    let node = Node::new(setup)?;
    tracing::info!(%address, node = node.name(), "serving stores");
    tokio::spawn(reports::Keeper::new(tables, node.setup.journal.clone(), node.name()).run(node.stop.clone()));
    node::serve(node, listener, asked).await
}

async fn add_store(args: AddStore) -> anyhow::Result<()> {
    let (journal, book, keys) = connect(&args.place).await?;
    let (file, menu) = (read_house(&args.house)?, read_menu(&args.menu)?);
    let (id, zone) = (file.house.store, file.house.time_zone.clone());
    // Opening it here would take the journal's copy away from its box.
    anyhow::ensure!(book.box_of(id).await?.is_none(), "this store is decided by a box of its own; nothing was changed");
    let clock = Arc::new(SystemClock::new(&zone).with_context(|| format!("{zone} is no time zone"))?);
    let store = Store::open(id, journal, clock, Arc::new(RandomIds), WriterOptions::default()).await?;
    seed::seed(&store, &keys.of_store(id)?, file, menu).await?;
    let codes = seed::pairing_codes(&store, args.pairing_codes).await?;
    store.stop().await;
    // Only now: nobody serves a store that isn't whole.
    book.add(id, &zone).await?;
    println!("{}", serde_json::json!({ "store": id.to_string(), "pairing_codes": codes }));
    Ok(())
}

async fn invite(args: Invite) -> anyhow::Result<()> {
    let book = Book::open(args.place.database.read()?).await?;
    let now_ms = engine::Clock::now_ms(&SystemClock::new("UTC")?);
    println!("{}", book.invite(args.store, &args.wifi, args.lan_url.trim_end_matches('/'), now_ms).await?);
    Ok(())
}

async fn rescue_box(args: Rescue) -> anyhow::Result<()> {
    let journal: Arc<dyn Journal> = Arc::new(args.place.database.journal().await?);
    let book = Book::open(args.place.database.read()?).await?;
    let at_ms = engine::Clock::now_ms(&SystemClock::new("UTC")?);
    let reason = rescue::Reason { by: &args.by, why: &args.reason, at_ms };
    let events = rescue::rescue(&journal, &book, args.store, &args.to, &reason).await?;
    println!("{events} events are in {}.", args.to.display());
    println!("Put keys.toml beside them, invite the new box with `dandan cloud invite`, let it `dandan join`, and start it.");
    println!("What the old box had not sent is not in there; look at its screens and slips, if it still runs.");
    Ok(())
}

fn read_house(file: &Path) -> anyhow::Result<HouseFile> {
    menu_file::house::read(file).map_err(|error| anyhow::anyhow!("{error}"))
}

fn read_menu(file: &Path) -> anyhow::Result<domain::menu::Menu> {
    menu_file::read(file, 1).map_err(|errors| {
        errors.iter().for_each(|error| eprintln!("{error}"));
        anyhow::anyhow!("{} rows are wrong in {}; nothing was added", errors.len(), file.display())
    })
}
