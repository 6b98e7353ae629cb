//! `dandan cloud brand`, `office-token` and `office-again`: what is done about head office before, and beside, its page.

use super::Office;
use super::refusal::No;
use crate::cloud::Place;
use crate::cloud::book::Book;
use engine::{Clock as _, SystemClock};
use serde_json::json;

/// Arguments of `dandan cloud brand`.
#[derive(Debug, clap::Args)]
pub struct BrandArgs {
    #[command(flatten)]
    place: Place,
    /// What it calls itself.
    #[arg(long)]
    name: String,
}

/// Arguments of `dandan cloud office-token`.
#[derive(Debug, clap::Args)]
pub struct TokenArgs {
    #[command(flatten)]
    place: Place,
    /// The unit it acts for, and those below it: a brand, a region or a store.
    #[arg(long)]
    unit: String,
    /// Whose it is; written down with everything they do.
    #[arg(long)]
    name: String,
    /// How long it is good.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Ends every token of this name for this unit instead of making one.
    #[arg(long)]
    end: bool,
}

/// Arguments of `dandan cloud office-again`.
#[derive(Debug, clap::Args)]
pub struct AgainArgs {
    #[command(flatten)]
    place: Place,
    /// The brand's id.
    #[arg(long)]
    brand: String,
}

/// Arguments of `dandan cloud assign`.
#[derive(Debug, clap::Args)]
pub struct AssignArgs {
    #[command(flatten)]
    place: Place,
    /// Which store.
    #[arg(long)]
    store: domain::StoreId,
    /// The brand's id.
    #[arg(long)]
    brand: String,
}

async fn office(place: &Place) -> anyhow::Result<(Office, i64)> {
    let office = Office::new(Book::open(place.database.read()?).await?);
    office.prepare().await?;
    Ok((office, SystemClock::new("UTC")?.now_ms()))
}

/// Makes a brand and prints its id.
pub async fn brand(args: BrandArgs) -> anyhow::Result<()> {
    let (office, now_ms) = office(&args.place).await?;
    let brand = office.make_brand(&args.name, now_ms).await.map_err(No::told)?;
    println!("{}", json!({ "brand": brand, "name": args.name.trim() }));
    Ok(())
}

/// Makes a token and prints it, once; or ends tokens.
pub async fn token(args: TokenArgs) -> anyhow::Result<()> {
    let (office, now_ms) = office(&args.place).await?;
    if args.end {
        let ended = office.end_tokens(&args.unit, &args.name, now_ms).await.map_err(No::told)?;
        println!("{}", json!({ "ended": ended }));
    } else {
        println!("{}", office.make_token(&args.unit, &args.name, args.days, now_ms).await.map_err(No::told)?);
    }
    Ok(())
}

/// Says which brand a store belongs to.
pub async fn assign(args: AssignArgs) -> anyhow::Result<()> {
    let (office, _) = office(&args.place).await?;
    office.assign(args.store, &args.brand).await.map_err(No::told)
}

/// Has every store of a brand brought its directive again.
pub async fn again(args: AgainArgs) -> anyhow::Result<()> {
    let (office, now_ms) = office(&args.place).await?;
    office.send_again(&args.brand, now_ms).await.map_err(No::told)
}
