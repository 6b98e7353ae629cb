//! A kitchen screen: follows the feed from before the first order, reports what it shows, and is asked at the end whether it
//! showed everything.

use super::client::{Client, Staff};
use super::guest::Wanted;
use anyhow::{Context, bail, ensure};
use domain::LineId;
use domain::floor::ItemKey;
use domain::menu::Menu;
use domain::view::{Ticket, TicketItem};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What stood on tickets so far, by order line.
type Shown = BTreeMap<LineId, OnTicket>;

/// A line as a ticket had it.
#[derive(Clone, Debug, PartialEq)]
struct OnTicket {
    order: String,
    station: String,
    item: TicketItem,
}

/// The screen.
#[derive(Debug)]
pub(super) struct Screen {
    shown: watch::Receiver<Shown>,
    follower: AbortHandle,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl Screen {
    /// Starts to follow; returns once the first snapshot is there.
    pub async fn follow(client: Client, staff: Staff) -> anyhow::Result<Screen> {
        let (sender, mut shown) = watch::channel(Shown::new());
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut follower = Follower { client, staff, sender, ready: Some(ready), last: None };
            loop {
                if let Err(error) = follower.follow().await {
                    tracing::warn!(%error, "the kitchen's feed broke; going on where it was");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        });
        let screen = Screen { shown: shown.clone(), follower: task.abort_handle() };
        is_ready.await.context("the kitchen's feed doesn't start")?;
        shown.mark_unchanged();
        Ok(screen)
    }

    /// Fails unless every line stood on a ticket of its order, at its dish's station, with its quantity and options.
    pub async fn must_have_shown(&self, menu: &Menu, wanted: &[Wanted], within: Duration) -> anyhow::Result<()> {
        let mut shown = self.shown.clone();
        let all = shown.wait_for(|shown| wanted.iter().all(|wanted| shown.contains_key(&wanted.line)));
        let complete = tokio::time::timeout(within, all).await.is_ok();
        let shown = self.shown.borrow();
        let missing = wanted.iter().filter(|wanted| !shown.contains_key(&wanted.line)).count();
        ensure!(complete && missing == 0, "{missing} lines never stood on a kitchen ticket");
        ensure!(shown.len() == wanted.len(), "the kitchen got {} lines, {} were ordered", shown.len(), wanted.len());
        for wanted in wanted {
            let on_ticket = shown.get(&wanted.line).context("a line went missing")?;
            check(menu, wanted, on_ticket)
                .with_context(|| format!("a line of order {} on its kitchen ticket", wanted.order_no))?;
        }
        Ok(())
    }
}

fn check(menu: &Menu, wanted: &Wanted, shown: &OnTicket) -> anyhow::Result<()> {
    let dish = menu.dish(&wanted.selection.dish).context("the dish is not on the menu")?;
    ensure!(shown.order == wanted.order, "it stands on the ticket of another order");
    ensure!(shown.station == dish.station.as_str(), "it stands at {}, not at {}", shown.station, dish.station);
    ensure!(shown.item.name == dish.name, "the dish is {:?}, not {:?}", shown.item.name, dish.name);
    ensure!(shown.item.quantity == u32::from(wanted.selection.quantity), "the quantity is {}", shown.item.quantity);
    let choices = || dish.groups.iter().flat_map(|group| &group.options);
    let mut ordered: BTreeMap<&str, u16> = BTreeMap::new();
    for picked in &wanted.selection.options {
        let choice = choices().find(|choice| choice.id == picked.option).context("an option is not on the menu")?;
        ordered.insert(&choice.name.en, picked.quantity);
    }
    let told: BTreeMap<&str, u16> = shown.item.options.iter().map(|option| (option.name.en.as_str(), option.quantity)).collect();
    if told != ordered {
        bail!("the options are {told:?}, ordered were {ordered:?}");
    }
    Ok(())
}

struct Follower {
    client: Client,
    staff: Staff,
    sender: watch::Sender<Shown>,
    ready: Option<tokio::sync::oneshot::Sender<()>>,
    last: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Frame {
    Snapshot { view: Tickets },
    Change { change: Tickets },
    Heartbeat {},
}

#[derive(Default, Deserialize)]
struct Tickets {
    #[serde(default)]
    tickets: Vec<Ticket>,
}

impl Follower {
    /// Follows until the connection ends; called again, it goes on after the last frame seen.
    async fn follow(&mut self) -> anyhow::Result<()> {
        let response = self.client.feed("/kitchen/feed", &self.staff, self.last.as_deref()).await?;
        let mut bytes = response.bytes_stream();
        let mut unread = Vec::new();
        while let Some(chunk) = bytes.next().await {
            unread.extend_from_slice(&chunk?);
            while let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = unread.drain(..end + 2).collect();
                self.event(std::str::from_utf8(&event)?).await?;
            }
        }
        Ok(())
    }

    async fn event(&mut self, event: &str) -> anyhow::Result<()> {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
        let Some(data) = field("data:") else { return Ok(()) };
        let tickets = match serde_json::from_str(data).context("a frame can't be read")? {
            Frame::Snapshot { view } => view.tickets,
            Frame::Change { change } => change.tickets,
            Frame::Heartbeat {} => return Ok(()),
        };
        let fresh = self.draw(tickets);
        self.last = field("id:").map(str::to_owned).or_else(|| self.last.take());
        if let Some(ready) = self.ready.take() {
            // Whoever waited may have given up.
            let _ = ready.send(());
        }
        for items in fresh.chunks(500) {
            let body: Value = json!({ "screen": "replay", "items": items });
            self.client.post("/kitchen/painted", Some(&self.staff), &body).await?.must(200)?;
        }
        Ok(())
    }

    /// Takes tickets in; what was never shown before is to be reported.
    fn draw(&self, tickets: Vec<Ticket>) -> Vec<ItemKey> {
        let mut fresh = Vec::new();
        self.sender.send_modify(|shown| {
            for ticket in tickets {
                for item in ticket.items {
                    let (line, key) = (item.key.line, item.key);
                    let on_ticket = OnTicket { order: ticket.order.to_string(), station: ticket.station.to_string(), item };
                    if shown.insert(line, on_ticket).is_none() {
                        fresh.push(key);
                    }
                }
            }
        });
        fresh
    }
}
