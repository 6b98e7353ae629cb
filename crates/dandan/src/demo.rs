//! `dandan demo`: a real restaurant to try, with simulated payment channels.

mod printers;

use crate::seed;
use crate::serve::{self, House, Surroundings};
use anyhow::{Context, anyhow};
use api::App;
use channel_sim::SimConfig;
use menu_file::Format;
use menu_file::house::HouseFile;
use qrcode::render::unicode;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use tokio::net::TcpListener;

/// How many devices can be paired with one start of the demo.
const PAIRING_CODES: usize = 12;

/// Arguments of `dandan demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the demo restaurant lives; kept between runs.
    #[arg(long, default_value = "data-demo")]
    data: PathBuf,
    /// The restaurant's port; 0 takes any.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The payment-channel simulator's port; 0 takes any.
    #[arg(long, default_value_t = 9090)]
    sim_port: u16,
    /// The port of the page that shows what the simulated printers print; 0 takes any.
    #[arg(long, default_value_t = 9180)]
    printer_port: u16,
    /// Start anew: forget the former demo restaurant.
    #[arg(long)]
    fresh: bool,
    /// How much faster than real the simulator's waits run.
    #[arg(long, default_value_t = 1.0)]
    sim_time_scale: f64,
    /// Print one line of JSON instead of words and codes.
    #[arg(long)]
    print_json: bool,
}

/// Everything somebody needs to try the demo.
#[derive(Debug, Serialize)]
struct Leaflet {
    url: String,
    store: String,
    sim_url: String,
    printers_url: String,
    diner_links: Vec<DinerLink>,
    staff: Vec<SignIn>,
    pairing_codes: Vec<String>,
    pairing_links: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DinerLink {
    table: String,
    area: String,
    url: String,
    code: String,
}

#[derive(Debug, Serialize)]
struct SignIn {
    id: String,
    name: String,
    role: String,
    pin: String,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    if args.fresh && args.data.exists() {
        std::fs::remove_dir_all(&args.data).with_context(|| format!("{} can't be removed", args.data.display()))?;
    }
    let file = menu_file::house::parse(include_str!("../../../demo/house.toml"))?;
    let menu = menu_file::read_bytes(include_bytes!("../../../demo/menu.csv"), Format::Csv, 1).map_err(|errors| {
        anyhow!("the demo menu is wrong: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })?;
    let signs: Vec<SignIn> = file.staff.iter().map(sign_in).collect();
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));

    let mut sim_config = SimConfig::new(args.data.join("channels"), local(args.sim_port));
    sim_config.time_scale = args.sim_time_scale;
    let sim = channel_sim::start(sim_config).await.context("the payment-channel simulator could not be started")?;
    let sim_url = format!("http://{}", sim.addr);
    let house = open(&args, &file).await?;
    seed::seed(&house.store, &house.keys, file, menu).await?;
    let printers = printers::start(&house.store, local(args.printer_port)).await?;

    let listener =
        TcpListener::bind(local(args.port)).await.with_context(|| format!("port {} is taken; use --port", args.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    let payments = serve::read_payments(&sim.merchant.config)?;
    let asked = serve::shutdown_asked()?;
    let wallet = Some(format!("{sim_url}/wallet/pay"));
    let app = serve::app(&house, Surroundings { demo_wallet: wallet, ..Surroundings::new(&url, &payments)? })?;
    house.announce(&url)?;
    let leaflet = leaflet(&app, Where { url, sim_url, printers_url: printers.url.clone() }, signs).await?;
    if args.print_json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&leaflet)?)?;
    } else {
        print(&leaflet, &mut std::io::stdout())?;
    }
    serve::serve(app, house.anchor.clone(), listener, asked).await
}

async fn open(args: &Args, file: &HouseFile) -> anyhow::Result<House> {
    House::open(&args.data, file.house.store, &file.house.time_zone).await
}

fn sign_in(entry: &menu_file::house::StaffEntry) -> SignIn {
    let role = serde_json::to_value(entry.role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default();
    SignIn { id: entry.id.to_string(), name: entry.name.clone(), role, pin: entry.pin.clone() }
}

/// Where the demo's servers are reached.
struct Where {
    url: String,
    sim_url: String,
    printers_url: String,
}

async fn leaflet(app: &App, at: Where, staff: Vec<SignIn>) -> anyhow::Result<Leaflet> {
    let Where { url, sim_url, printers_url } = at;
    let store = app.store.id().to_string();
    let known = app.store.known();
    let diner_links = known.house.tables.iter().map(|table| {
        let code = app.table_code(table);
        DinerLink { table: table.name.clone(), area: table.area.to_string(), url: format!("{url}/t/{code}"), code }
    });
    let pairing_codes = seed::pairing_codes(&app.store, PAIRING_CODES).await?;
    let pairing_links = pairing_codes.iter().map(|code| format!("{url}/staff/#/pair?store={store}&code={code}")).collect();
    Ok(Leaflet { diner_links: diner_links.collect(), staff, pairing_codes, pairing_links, url, store, sim_url, printers_url })
}

fn print(leaflet: &Leaflet, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "单单小馆 Dandan Kitchen is open at {}\n", leaflet.url)?;
    writeln!(out, "Diners: open a table's link on a phone, or scan its code.")?;
    for link in &leaflet.diner_links {
        writeln!(out, "  {:<4} {:<8} {}", link.table, link.area, link.url)?;
    }
    for pair in leaflet.diner_links.chunks(2) {
        print_codes(pair, out)?;
    }
    writeln!(out, "Staff: pair a device by one of these links (each works once), then sign in with a PIN.")?;
    for link in leaflet.pairing_links.iter().take(4) {
        writeln!(out, "  {link}")?;
    }
    for sign in &leaflet.staff {
        writeln!(out, "  {:<8} {:<10} PIN {}", sign.role, sign.name, sign.pin)?;
    }
    writeln!(out, "\nPayments: the simulated wallet is at {}/wallet. Nothing here is real money.", leaflet.sim_url)?;
    writeln!(out, "Printers: what comes out of them is at {}.", leaflet.printers_url)?;
    writeln!(out, "Stop with Ctrl-C; the data stays. `--fresh` starts anew.")?;
    Ok(())
}

/// Prints the codes of up to two tables side by side, to be scanned off the screen.
fn print_codes(links: &[DinerLink], out: &mut impl Write) -> anyhow::Result<()> {
    let mut columns = Vec::with_capacity(links.len());
    for link in links {
        let picture = QrCode::with_error_correction_level(link.url.as_bytes(), EcLevel::L)?
            .render::<unicode::Dense1x2>()
            // Most terminals are dark: what is light on paper is drawn.
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build();
        columns.push(picture.lines().map(str::to_owned).collect::<Vec<_>>());
    }
    let width = columns.iter().flatten().map(|line| line.chars().count()).max().unwrap_or_default();
    writeln!(out)?;
    writeln!(
        out,
        "{}",
        links.iter().map(|link| format!("{:<width$}", format!("Table {}", link.table))).collect::<Vec<_>>().join("  ")
    )?;
    for row in 0..columns.iter().map(Vec::len).max().unwrap_or_default() {
        let cells = columns.iter().map(|lines| format!("{:<width$}", lines.get(row).map(String::as_str).unwrap_or_default()));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}
