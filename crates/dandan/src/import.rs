//! `dandan import`: menus from a spreadsheet.

use crate::keys::HouseKeys;
use crate::serve::{ADDRESS_FILE, House};
use anyhow::{Context, bail};
use api::Signer;
use clap::Subcommand;
use domain::menu::Menu;
use domain::{StoreId, Timestamp};
use engine::PublishError;
use journal::{OpenError, SqliteJournal};
use std::path::{Path, PathBuf};

/// Arguments of `dandan import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reads a menu (.xlsx or .csv) and puts it on sale. With one wrong row nothing is imported.
    Menu {
        /// The file.
        file: PathBuf,
        /// The restaurant's data folder. Where a server runs on it, the menu is handed to that server.
        #[arg(long, env = "DANDAN_DATA", default_value = "data")]
        data: PathBuf,
        /// Which restaurant.
        #[arg(long, env = "DANDAN_STORE", default_value = "00000000000000000000000000da2da2")]
        store: StoreId,
        /// Only check the file.
        #[arg(long)]
        check: bool,
    },
    /// Writes a template to fill in (.xlsx or .csv).
    Template {
        /// Where to.
        #[arg(default_value = "menu-template.xlsx")]
        file: PathBuf,
    },
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Menu { file, data, store, check } => import(&file, &data, store, check).await,
        What::Template { file } => write_template(&file),
    }
}

async fn import(file: &Path, data: &Path, store: StoreId, check: bool) -> anyhow::Result<()> {
    let menu = match menu_file::read(file, 1) {
        Ok(menu) => menu,
        Err(errors) => {
            for error in &errors {
                eprintln!("{error}");
            }
            bail!("{} rows are wrong in {}; nothing was imported", errors.len(), file.display());
        }
    };
    let dishes = menu.dishes.len();
    if check {
        println!("{} is right: {dishes} dishes in {} categories", file.display(), menu.categories.len());
        return Ok(());
    }
    match SqliteJournal::open(data) {
        // Nobody serves the folder: publish straight into it.
        Ok(journal) => drop(journal),
        Err(OpenError::InUse(_)) => return publish_to_server(data, store, &menu).await,
        Err(error) => return Err(error.into()),
    }
    let house = House::open(data, store, "Asia/Shanghai").await?;
    let published = house.store.publish_menu(house.store.fresh_request(), menu).await;
    house.store.stop().await;
    house.anchor.note_last().await;
    match published {
        Ok(menu) => {
            println!("menu version {} is on sale: {dishes} dishes ({})", menu.version, menu.hash);
            Ok(())
        }
        Err(PublishError::Faulty(faults)) => {
            for fault in &faults {
                eprintln!("{fault:?}");
            }
            bail!("the menu has {} faults; nothing was imported", faults.len())
        }
        Err(error) => Err(error).context("nothing was imported"),
    }
}

/// Hands the menu to the server that serves the folder, as the operator who can read its keys.
async fn publish_to_server(data: &Path, store: StoreId, menu: &Menu) -> anyhow::Result<()> {
    let url = std::fs::read_to_string(data.join(ADDRESS_FILE)).context("a server uses the folder but has left no address")?;
    let keys = HouseKeys::open(data)?;
    let now = Timestamp(engine::Clock::now_ms(&engine::SystemClock::new("UTC")?));
    let token = Signer::new(&keys.signing()?).operator_token(store, now);
    let answer = reqwest::Client::new()
        .post(format!("{url}/api/v1/stores/{store}/menu"))
        .bearer_auth(token)
        .header(
            "idempotency-key",
            format!("{:032x}", u128::from_be_bytes(engine::IdSource::seed(&engine::RandomIds)[..16].try_into()?)),
        )
        .json(menu)
        .send()
        .await
        .with_context(|| format!("the server at {url} doesn't answer"))?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("the server refused the menu ({status}); nothing was imported: {text}");
    }
    println!("on sale at {url}: {} dishes {text}", menu.dishes.len());
    Ok(())
}

fn write_template(file: &Path) -> anyhow::Result<()> {
    let bytes = match menu_file::Format::of(file) {
        Some(menu_file::Format::Xlsx) => menu_file::template_xlsx()?,
        Some(menu_file::Format::Csv) => menu_file::template_csv()?,
        None => bail!("{}: a menu file ends in .xlsx or .csv", file.display()),
    };
    std::fs::write(file, bytes).with_context(|| format!("{} can't be written", file.display()))?;
    println!("wrote {}", file.display());
    Ok(())
}
