//! A kitchen screen: follows the feed through whatever happens to it, shows tickets, and reports what it has painted.

use super::line::{Line, Shared, Who};
use crate::dice::Dice;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// A feed that says nothing for so long, not even that it lives, is opened anew.
const SILENCE: Duration = Duration::from_secs(4);

/// What the screen and its owner share.
#[derive(Debug, Default)]
struct Shown {
    orders: Mutex<BTreeSet<String>>,
    painted: AtomicU64,
    reopened: AtomicU64,
}

/// A screen. Dropped, it is switched off.
#[derive(Debug)]
pub struct Screen {
    shown: Arc<Shown>,
    task: AbortHandle,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Screen {
    /// Switches it on.
    ///
    /// # Errors
    /// There is no TLS provider.
    pub fn start(shared: &Arc<Shared>, dice: Dice) -> anyhow::Result<Screen> {
        let (line, shown) = (Line::new(shared.clone(), dice)?, Arc::new(Shown::default()));
        let mut follower = Follower { line, shown: shown.clone(), painted: BTreeSet::new(), last: None };
        let task = tokio::spawn(async move {
            loop {
                let _ = follower.follow().await;
                follower.shown.reopened.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Ok(Screen { shown, task: task.abort_handle() })
    }

    /// Every order that ever stood on it.
    pub fn orders(&self) -> BTreeSet<String> {
        self.shown.orders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Items reported as painted, and acknowledged.
    pub fn painted(&self) -> u64 {
        self.shown.painted.load(Ordering::Relaxed)
    }

    /// How often the feed had to be opened anew.
    pub fn reopened(&self) -> u64 {
        self.shown.reopened.load(Ordering::Relaxed)
    }

    /// Waits until all these orders stood on it and all their items are reported; what is missing after `within`.
    pub async fn shows(&self, wanted: &BTreeSet<String>, within: Duration) -> Vec<String> {
        let began = std::time::Instant::now();
        loop {
            let missing: Vec<String> = wanted.difference(&self.orders()).cloned().collect();
            let painted = self.painted() >= wanted.len() as u64;
            if missing.is_empty() && painted || began.elapsed() > within {
                return missing;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

struct Follower {
    line: Line,
    shown: Arc<Shown>,
    painted: BTreeSet<String>,
    last: Option<String>,
}

impl Follower {
    /// Follows until the connection ends or is silent for too long.
    async fn follow(&mut self) -> anyhow::Result<()> {
        let opened = tokio::time::timeout(SILENCE, self.line.feed("/kitchen/feed", "cook", self.last.as_deref()));
        let mut bytes = opened.await??.bytes_stream();
        let mut unread = Vec::new();
        while let Some(chunk) = tokio::time::timeout(SILENCE, bytes.next()).await? {
            unread.extend_from_slice(&chunk?);
            while let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = unread.drain(..end + 2).collect();
                self.event(&String::from_utf8(event)?).await?;
            }
        }
        Ok(())
    }

    async fn event(&mut self, event: &str) -> anyhow::Result<()> {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
        let Some(data) = field("data:") else { return Ok(()) };
        let frame: Value = serde_json::from_str(data)?;
        let tickets = ["view", "change"].iter().find_map(|part| frame[part]["tickets"].as_array());
        let mut fresh = Vec::new();
        for ticket in tickets.into_iter().flatten() {
            if let Some(order) = ticket["order"].as_str() {
                self.shown.orders.lock().unwrap_or_else(PoisonError::into_inner).insert(order.to_owned());
            }
            for item in ticket["items"].as_array().into_iter().flatten() {
                if !self.painted.contains(&item["key"].to_string()) {
                    fresh.push(item["key"].clone());
                }
            }
        }
        for items in fresh.chunks(500) {
            let key = self.line.dice().id();
            let body = json!({ "screen": "wok", "items": items });
            let (status, _) = self.line.post("/kitchen/painted", Who::Staff("cook"), &key, &body).await?;
            if status == 200 {
                self.painted.extend(items.iter().map(Value::to_string));
                self.shown.painted.store(self.painted.len() as u64, Ordering::Relaxed);
            }
        }
        // Only what is reported counts as seen: after a break the rest comes again.
        self.last = field("id:").map(str::to_owned).or_else(|| self.last.take());
        Ok(())
    }
}
