//! A kitchen screen and the cook before it: follows the feed, draws, says what it has drawn, and cooks it.

use super::fresh;
use crate::facts::Fact;
use crate::house::STORE;
use crate::life::Life;
use crate::net::{Device, command};
use crate::plan::FaultKind;
use crate::world::World;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{Request, header};
use domain::floor::ItemKey;
use drill::Dice;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// A page that hears nothing for so long connects again.
const SILENCE: Duration = Duration::from_secs(5);

/// What a screen knows.
struct Screen {
    world: Arc<World>,
    name: String,
    device: Device,
    dice: Dice,
    /// The last frame drawn.
    after: Option<u64>,
    /// Items on the screen by key, with their state as last told.
    items: BTreeMap<String, String>,
    /// What was drawn before, in this life of the page.
    drawn: BTreeSet<String>,
    /// Items that the house should hear about.
    to_report: BTreeSet<String>,
}

/// Works until the world ends.
pub(crate) async fn watch(world: Arc<World>, number: u32) {
    let name = format!("screen-{number}");
    let dice = world.dice(&name);
    let device = world.staff("chen");
    tokio::spawn(cut_off(world.clone(), device.clone(), name.clone()));
    let mut screen = Screen {
        name,
        device,
        dice,
        after: None,
        items: BTreeMap::new(),
        drawn: BTreeSet::new(),
        to_report: BTreeSet::new(),
        world,
    };
    loop {
        screen.follow().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Cuts a screen off now and then.
async fn cut_off(world: Arc<World>, device: Device, name: String) {
    loop {
        tokio::time::sleep(Duration::from_millis(2_000 + world.storm.below(15_000))).await;
        if world.storm.is_over() {
            return;
        }
        if world.storm.strikes(FaultKind::ScreenCutOff) {
            device.cut(true);
            world.witness.note(Fact::ScreenBlind { screen: name.clone(), blind: true });
            tokio::time::sleep(Duration::from_millis(1_000 + world.storm.below(20_000))).await;
            device.cut(false);
            world.witness.note(Fact::ScreenBlind { screen: name.clone(), blind: false });
        }
    }
}

/// The next thing a server says; one that stands still says nothing.
async fn said(stream: &mut BodyDataStream, life: &Life) -> Option<Bytes> {
    let chunk = stream.next().await?.ok()?;
    life.gate.pass().await;
    Some(chunk)
}

impl Screen {
    /// Follows the feed until it breaks.
    async fn follow(&mut self) -> Option<()> {
        let world = self.world.clone();
        if self.device.is_cut_off() {
            return None;
        }
        tokio::time::sleep(world.storm.travel_time()).await;
        let life = world.life()?;
        life.gate.pass().await;
        let after = self.after.map(|after| format!("?after={after}")).unwrap_or_default();
        let request = Request::get(format!("/api/v1/stores/{STORE}/kitchen/feed{after}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.device.token))
            .body(Body::empty())
            .ok()?;
        let response = life.router.clone().oneshot(request).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let mut stream: BodyDataStream = response.into_body().into_data_stream();
        let mut unread: Vec<u8> = Vec::new();
        loop {
            let chunk = tokio::select! {
                biased;
                () = life.gate.dead() => return None,
                chunk = tokio::time::timeout(SILENCE, said(&mut stream, &life)) => chunk.ok()??,
            };
            if life.gate.is_dead() || self.device.is_cut_off() {
                return None;
            }
            unread.extend_from_slice(&chunk);
            while let Some(end) = unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = unread.drain(..end + 2).collect();
                self.frame(&String::from_utf8(event).ok()?).await;
            }
            self.report().await;
            self.cook().await;
        }
    }

    /// Takes a frame in, and draws what it brings.
    async fn frame(&mut self, event: &str) {
        let Some(data) = event.lines().find_map(|line| line.strip_prefix("data:")) else { return };
        let Ok(frame) = serde_json::from_str::<Value>(data.trim_start()) else { return };
        let view = match frame["type"].as_str() {
            Some("snapshot") => {
                self.items.clear();
                &frame["view"]
            }
            Some("change") => &frame["change"],
            _ => return,
        };
        let mut fresh = Vec::new();
        for ticket in view["tickets"].as_array().into_iter().flatten() {
            for item in ticket["items"].as_array().into_iter().flatten() {
                let (Some(key), Some(state)) = (item["key"].as_str(), item["state"].as_str()) else { continue };
                self.items.insert(key.to_owned(), state.to_owned());
                fresh.push((key.to_owned(), state.to_owned()));
            }
        }
        if self.world.storm.strikes(FaultKind::ScreenFrozen) {
            self.freeze(&fresh).await;
            if self.world.parts.seams.screen.says_painted_unseen {
                self.after = frame["seq"].as_u64();
                self.drawn.extend(fresh.into_iter().map(|(key, _)| key));
                return;
            }
        }
        for (key, state) in fresh {
            self.draw(&key, &state);
        }
        self.after = frame["seq"].as_u64();
    }

    /// Shows nothing new for a while; whoever looks sees the old picture.
    async fn freeze(&mut self, fresh: &[(String, String)]) {
        let screen = self.name.clone();
        self.world.witness.note(Fact::ScreenBlind { screen: screen.clone(), blind: true });
        if self.world.parts.seams.screen.says_painted_unseen {
            self.to_report.extend(fresh.iter().filter(|(_, state)| state == "sent").map(|(key, _)| key.clone()));
            self.report().await;
        }
        tokio::time::sleep(Duration::from_millis(1_000 + self.world.storm.below(12_000))).await;
        self.world.witness.note(Fact::ScreenBlind { screen, blind: false });
    }

    fn draw(&mut self, key: &str, state: &str) {
        if !matches!(state, "sent" | "seen" | "started") {
            return;
        }
        let again = self.world.parts.seams.screen.draws_again;
        if (self.drawn.insert(key.to_owned()) || again)
            && let Ok(item) = key.parse::<ItemKey>()
        {
            self.world.witness.note(Fact::Painted { screen: self.name.clone(), item });
        }
        // What the house holds for unseen it hears about.
        if state == "sent" {
            self.to_report.insert(key.to_owned());
        }
    }

    /// Says what was drawn.
    async fn report(&mut self) {
        if self.to_report.is_empty() {
            return;
        }
        let items: Vec<&String> = self.to_report.iter().collect();
        let call = command("/kitchen/painted", fresh(&mut self.dice), json!({ "screen": self.name, "items": items }));
        if self.world.send(&self.device, &call).await.is_some_and(|reply| reply.is_ok()) {
            self.to_report.clear();
        }
    }

    /// Begins, finishes and serves one item at a time.
    async fn cook(&mut self) {
        let next = self.items.iter().find_map(|(key, state)| {
            let action = match state.as_str() {
                "seen" => "start",
                "started" => "ready",
                "ready" => "serve",
                _ => return None,
            };
            Some((key.clone(), action))
        });
        let Some((key, action)) = next else { return };
        let call = command(format!("/kitchen/items/{key}/{action}"), fresh(&mut self.dice), json!({}));
        if let Some(reply) = self.world.send(&self.device, &call).await
            && !reply.again
        {
            let next = match action {
                "start" => "started",
                "ready" => "ready",
                _ => "served",
            };
            self.items.insert(key, next.to_owned());
        }
    }
}
