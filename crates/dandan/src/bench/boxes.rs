//! `dandan bench boxes`: many boxes in one process, each with a journal and a key of its own, that call their cloud as `dandan serve`
//! does. It shows what happens to a cloud when all of them come back at once. Whoever starts it says by lines on its input when they
//! call, when they trade, and when they say where their journals end; it answers by lines of JSON.

use crate::serve::{self, House, Surroundings};
use crate::tunnel::dial::{self, KEY, Membership};
use crate::tunnel::ship::Shipping;
use anyhow::{Context, anyhow, bail};
use api::App;
use axum::Router;
use domain::StoreId;
use domain::floor::FloorCommand;
use domain::menu::Menu;
use menu_file::Format;
use menu_file::house::HouseFile;
use metrics_exporter_prometheus::PrometheusHandle;
use pay::PaymentConfig;
use seal::NodeKey;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The first box's store; the others follow.
const FIRST: u128 = 0xb0_0000;

/// Arguments of the hidden `dandan bench boxes`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How many.
    #[arg(long, default_value_t = 200)]
    count: usize,
    /// Where the cloud's nodes are reached, `http://…`; the boxes call them in turn.
    #[arg(long, required = true)]
    cloud: Vec<String>,
}

/// What all boxes have in common.
struct Common {
    house: HouseFile,
    menu: Menu,
    routes: Router<Arc<App>>,
    payments: PaymentConfig,
    metrics: PrometheusHandle,
}

/// One box, not called yet.
struct BenchBox {
    house: House,
    app: Arc<App>,
    router: Router,
    folder: TempDir,
    membership: Membership,
}

/// Runs the command until its input ends.
pub async fn run(args: Args, place: PathBuf) -> anyhow::Result<()> {
    let menu = menu_file::read_bytes(include_bytes!("../../../../demo/menu.csv"), Format::Csv, 1);
    let common = Common {
        house: menu_file::house::parse(include_str!("../../../../demo/house.toml"))?,
        menu: menu.map_err(|errors| anyhow!("the demo menu has {} mistakes", errors.len()))?,
        routes: api::routes(),
        payments: PaymentConfig::default(),
        metrics: metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().context("metrics")?,
    };
    let mut boxes = Vec::with_capacity(args.count);
    for (number, url) in (0..args.count).zip(args.cloud.iter().cycle()) {
        let folder = tempfile::Builder::new().prefix("dandan-bench-").tempdir_in(&place)?;
        let (made, key) = BenchBox::make(&common, StoreId(FIRST + number as u128), url, folder).await?;
        say(&json!({ "store": made.house.store.id().to_string(), "public_key": key }));
        boxes.push(made);
    }
    say(&json!({ "ready": boxes.len() }));
    let stop = CancellationToken::new();
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        match line.trim() {
            "call" => {
                for one in &boxes {
                    one.call(&stop)?;
                }
                say(&json!({ "calling": boxes.len() }));
            }
            "trade" => {
                for one in &boxes {
                    one.trade().await?;
                }
                say(&json!({ "traded": boxes.len() }));
            }
            "heads" => say(&heads(&boxes).await?),
            other => bail!("{other:?} is none of: call, trade, heads"),
        }
    }
    stop.cancel();
    for one in boxes {
        one.app.stop.cancel();
        one.house.store.stop().await;
    }
    Ok(())
}

impl BenchBox {
    /// Makes a house that is open, and a key; the key's public half is what the cloud must know.
    async fn make(common: &Common, id: StoreId, url: &str, folder: TempDir) -> anyhow::Result<(BenchBox, String)> {
        let key = NodeKey::make()?;
        key.write(&folder.path().join(KEY))?;
        let house = House::open(folder.path(), id, &common.house.house.time_zone).await?;
        let store = &house.store;
        let set_up = domain::catalog::House { store: id, ..common.house.house.clone() };
        let done = store.publish_house(store.fresh_request(), set_up).await;
        done.map_err(|refused| anyhow!("the set-up was refused: {refused:?}"))?;
        store.publish_menu(store.fresh_request(), common.menu.clone()).await.context("the menu was not published")?;
        let around = Surroundings {
            public_url: "http://box.test",
            payments: &common.payments,
            demo_wallet: None,
            trusted_proxy: None,
            metrics: common.metrics.clone(),
            cloud: None,
        };
        let app = serve::app(&house, around)?;
        let router = api::whole(app.clone(), common.routes.clone());
        let membership = Membership { url: url.to_owned(), store: id, told: None };
        Ok((BenchBox { house, app, router, folder, membership }, key.public().to_string()))
    }

    /// Calls the cloud from now on, and ships the journal.
    fn call(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let folder = self.folder.path();
        let shipping = Shipping::new(folder, &self.membership, &self.house.store)?;
        tokio::spawn(shipping.run(stop.clone()));
        tokio::spawn(dial::keep(folder.to_path_buf(), self.membership.clone(), self.router.clone(), stop.clone()));
        Ok(())
    }

    /// Opens the day, or closes it.
    async fn trade(&self) -> anyhow::Result<()> {
        let store = &self.house.store;
        let command = if store.floor(|floor| floor.day.is_some()) {
            FloorCommand::CloseDay { accept_unmatched: true, by: "manager".parse()? }
        } else {
            FloorCommand::OpenDay
        };
        let done = store.submit_floor(store.fresh_request(), command).await;
        done.map(drop).map_err(|refused| anyhow!("the trade was refused: {refused:?}"))
    }
}

/// The lines of this program's input, until it ends.
fn lines() -> mpsc::Receiver<String> {
    let (send, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Where every box's streams end, counted together for each box.
async fn heads(boxes: &[BenchBox]) -> anyhow::Result<Value> {
    let mut heads = serde_json::Map::new();
    for one in boxes {
        let store = &one.house.store;
        let mut sum = 0;
        for stream in journal::Stream::ALL {
            sum += store.journal().head(journal::StreamKey::new(journal::StoreKey(store.id().0), stream)).await?.seq;
        }
        heads.insert(store.id().to_string(), json!(sum));
    }
    Ok(json!({ "heads": heads }))
}

fn say(line: &Value) {
    println!("{line}");
}
