//! `dandan import`: menus from a spreadsheet.

use crate::serve::House;
use anyhow::{Context, bail};
use clap::Subcommand;
use domain::StoreId;
use engine::PublishError;
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
        /// The restaurant's data folder; the server must not be running on it.
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
    let house = House::open(data, store, "Asia/Shanghai").await?;
    let published = house.store.publish_menu(house.store.fresh_request(), menu).await;
    house.store.stop().await;
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
