//! The floor: what no server on this journal can undercut. A bare handler parses the same body into the same shape and commits
//! as many bytes as the server does for such an order, as one event and one command, through the same SQLite journal. No
//! prices, no state, no feeds, no tokens.

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::menu::{PickedDish, PickedOption};
use domain::{DishId, LineId, Money, OrderId, StoreId, VariantId};
use journal::{CommandId, Group, Journal, NewCommand, NewEvent, SqliteJournal, StoreKey, Stream, StreamKey};
use serde::Deserialize;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Where the floor takes orders.
pub(crate) const ORDERS: &str = "/orders";
/// Orders that share a transaction at most, as in the server.
const GROUP: usize = 256;
/// Orders that may wait, as in the server.
const QUEUE: usize = 4096;

/// Arguments of the hidden `dandan bench-floor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
    #[command(flatten)]
    weight: Weight,
}

/// What an order weighs in the journal.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Weight {
    /// Bytes of its events' bodies.
    #[arg(long)]
    pub event_bytes: usize,
    /// Bytes of its recorded answer.
    #[arg(long)]
    pub answer_bytes: usize,
}

impl Weight {
    /// Weighs the last orders a server has written to a folder. The server has ended.
    pub async fn of_orders(folder: &Path, store: StoreId) -> anyhow::Result<Weight> {
        let journal = SqliteJournal::open(folder)?;
        let key = StreamKey::new(StoreKey(store.0), Stream::Floor);
        let head = journal.head(key).await?;
        let events = journal.read(key, head.seq.saturating_sub(400), 400).await?;
        let of_order = |kind: &str| matches!(kind, "OrderPlaced" | "OrderReleased");
        let last = events.iter().rfind(|event| of_order(&event.kind)).context("no order was written")?;
        let answer = journal.command(key, last.command).await?.context("an order without its command")?;
        let bytes: usize = events.iter().filter(|event| of_order(&event.kind)).map(|event| event.body.len()).sum();
        let orders = events.iter().filter(|event| event.kind == "OrderPlaced").count().max(1);
        Ok(Weight { event_bytes: bytes / orders, answer_bytes: answer.answer.len() })
    }
}

/// The body of an order, as the server reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // Parsed for the price of parsing.
struct Order {
    order: OrderId,
    menu_version: u32,
    total: Money,
    lines: Vec<Line>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Line {
    line: LineId,
    dish: DishId,
    variant: VariantId,
    quantity: u16,
    weight_g: Option<u32>,
    options: Vec<PickedOption>,
    set: Vec<PickedDish>,
    note: Option<String>,
    unit_price: Money,
    amount: Money,
}

struct Waiting {
    order: OrderId,
    body: Bytes,
    durable: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Shared {
    queue: mpsc::Sender<Waiting>,
    journal: Arc<SqliteJournal>,
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let journal = Arc::new(SqliteJournal::open(&args.data)?);
    let key = StreamKey::new(StoreKey(1), Stream::Floor);
    let epoch = journal.take_over(key).await?;
    let (queue, inbox) = mpsc::channel(QUEUE);
    tokio::spawn(commit(journal.clone(), key, epoch, args.weight, inbox));
    let router = Router::new()
        .route(ORDERS, post(take))
        .route("/metrics", get(metrics))
        .route("/health", get(|| async { "ok" }))
        .with_state(Shared { queue, journal });
    let listener = TcpListener::bind(args.listen).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn take(State(shared): State<Shared>, body: Bytes) -> Response {
    let Ok(order) = serde_json::from_slice::<Order>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let (durable, told) = oneshot::channel();
    let sent = shared.queue.send(Waiting { order: order.order, body, durable }).await;
    if sent.is_err() || told.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let answer = format!("{{\"order\":\"{}\"}}", order.order);
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Commits what waits, in groups, one after another.
async fn commit(journal: Arc<SqliteJournal>, key: StreamKey, epoch: u64, weight: Weight, mut inbox: mpsc::Receiver<Waiting>) {
    let (mut waiting, mut expected_seq) = (Vec::with_capacity(GROUP), 0);
    while inbox.recv_many(&mut waiting, GROUP).await > 0 {
        let event =
            |one: &Waiting| NewEvent { kind: "OrderPlaced".into(), version: 1, body: filled(&one.body, weight.event_bytes) };
        let events = waiting.iter().map(event);
        let command = |one: &Waiting| {
            let answer = filled(b"{\"Ok\":null}", weight.answer_bytes);
            NewCommand { id: CommandId(one.order.0), fingerprint: [0; 32], answer, events: 1 }
        };
        let commands = waiting.iter().map(command).collect();
        let group = Group { key, epoch, expected_seq, at_ms: 0, events: events.collect(), commands };
        match journal.append(group).await {
            Ok(head) => expected_seq = head.seq,
            Err(error) => {
                tracing::error!(%error, "the floor can't commit");
                return;
            }
        }
        for one in waiting.drain(..) {
            let _ = one.durable.send(());
        }
    }
}

/// JSON with as many blanks behind it as make up its length.
fn filled(json: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length.max(json.len()));
    bytes.extend_from_slice(json);
    bytes.resize(length.max(json.len()), b' ');
    bytes
}

async fn metrics(State(shared): State<Shared>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "dandan_journal_commits {}", shared.journal.commits());
    text
}
