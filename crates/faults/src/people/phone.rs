//! A guest's phone at a table of its own: orders, fills the cart, and has the check paid in cash.

use super::line::{Line, Shared, Who};
use super::notebook::{Notebook, Told, What, Wish};
use crate::dice::Dice;
use crate::house::{RICE, table_code};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// In so many of a thousand wishes the phone is dropped while the request is under way.
const DROPPED: u64 = 60;

/// What guests do.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Whether they pay in cash, which needs the till's sign-in.
    pub cash: bool,
    /// How long they think between two things.
    pub think: Duration,
}

impl Default for Habits {
    fn default() -> Habits {
        Habits { cash: true, think: Duration::ZERO }
    }
}

/// A phone.
#[derive(Debug)]
pub struct Phone {
    line: Line,
    /// What it knows.
    pub notebook: Notebook,
    /// Its party.
    pub session: String,
    token: String,
}

impl Phone {
    /// Joins a table.
    ///
    /// # Errors
    /// The house doesn't let it.
    pub async fn sit_down(shared: &Arc<Shared>, table: usize, folder: &Path, mut dice: Dice) -> anyhow::Result<Phone> {
        let (session, guest, key) = (dice.id(), dice.id(), dice.id());
        let mut line = Line::new(shared.clone(), dice)?;
        let body = json!({ "code": table_code(table), "guest": guest, "name": "小明", "covers": 2, "session": session });
        let (status, joined) = line.post("/sessions/join", Who::Nobody, &key, &body).await?;
        ensure!(status == 201, "table {table} can't be joined: {status} {joined}");
        let token = joined["token"].as_str().context("a guest without a token")?.to_owned();
        let notebook = Notebook::open(&folder.join(format!("phone-{table}")))?;
        Ok(Phone { line, notebook, session, token })
    }

    /// Wishes one thing after another until it is enough; then everything wished for has its answer.
    ///
    /// # Errors
    /// Something got no answer, or an answer that must not be.
    pub async fn dine(&mut self, habits: Habits) -> anyhow::Result<()> {
        while !self.line.shared().is_enough() {
            match self.line.dice().throw(if habits.cash { 9 } else { 6 }) {
                0..=3 => drop(self.order().await?),
                4 => self.order_at_a_wrong_price().await?,
                5 => self.fill_the_cart().await?,
                _ => self.pay_cash().await?,
            }
            tokio::time::sleep(habits.think).await;
        }
        Ok(())
    }

    /// Orders rice; what it comes to.
    ///
    /// # Errors
    /// No answer, or not the one it must be.
    pub async fn order(&mut self) -> anyhow::Result<i64> {
        let quantity = i64::try_from(self.line.dice().between(1, 5))?;
        let total = quantity * RICE;
        let (id, body) = self.rice(quantity, RICE);
        let (status, view) = self.wish(id.clone(), What::Order { total }, "orders", body).await?;
        let same = view["id"] == json!(id) && view["total"] == json!(total);
        ensure!(status == 201 && same, "order {id} of {total} was answered {status} {view}");
        Ok(total)
    }

    async fn order_at_a_wrong_price(&mut self) -> anyhow::Result<()> {
        let (id, body) = self.rice(1, RICE - 1);
        let (status, view) = self.wish(id.clone(), What::WrongPrice, "orders", body).await?;
        ensure!(status == 409 && view["code"] == "order_differs", "order {id} at a wrong price was answered {status} {view}");
        Ok(())
    }

    async fn fill_the_cart(&mut self) -> anyhow::Result<()> {
        let (key, line) = (self.line.dice().id(), self.line.dice().id());
        let body = json!({ "line": selection(&line, "soup", 1) });
        let (status, view) = self.wish(key, What::Cart, "cart/lines", body).await?;
        let full = status == 409 && view["code"] == "cart_full";
        ensure!(status == 200 || full, "a cart line was answered {status} {view}");
        Ok(())
    }

    /// What the party owes.
    ///
    /// # Errors
    /// No answer.
    pub async fn due(&mut self) -> anyhow::Result<i64> {
        let (status, view) = self.line.get(&format!("/sessions/{}", self.session), Who::Guest(&self.token)).await?;
        ensure!(status == 200, "the party was answered {status} {view}");
        view["check"]["balance"].as_i64().context("a check without a balance")
    }

    async fn pay_cash(&mut self) -> anyhow::Result<()> {
        let due = self.due().await?;
        if due > 0 {
            let (key, tender) = (self.line.dice().id(), self.line.dice().id());
            let body = json!({ "tender": tender, "amount": due, "received": due + 100, "order": null });
            let (status, view) = self.wish(key, What::Cash { amount: due }, "cash", body).await?;
            ensure!(status == 201 && view["change"] == 100, "cash of {due} was answered {status} {view}");
        }
        Ok(())
    }

    /// Wants to pay what is due through a channel; the payment's id.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn ask_to_pay(&mut self, way: &str) -> anyhow::Result<(String, i64)> {
        let amount = self.due().await?;
        let (key, ask) = (self.line.dice().id(), self.line.dice().id());
        let body = json!({ "ask": ask, "way": way, "amount": amount, "order": null });
        let (status, view) = self.wish(key, What::Ask { amount }, "payments", body).await?;
        ensure!(matches!(status, 201 | 202), "a payment of {amount} was answered {status} {view}");
        Ok((ask, amount))
    }

    /// Reads a payment.
    ///
    /// # Errors
    /// No answer.
    pub async fn payment(&mut self, ask: &str) -> anyhow::Result<Value> {
        let path = format!("/sessions/{}/payments/{ask}", self.session);
        let (status, view) = self.line.get(&path, Who::Guest(&self.token)).await?;
        ensure!(status == 200, "the payment was answered {status} {view}");
        Ok(view)
    }

    /// Sends everything that was answered again; the answers must be about the same.
    ///
    /// # Errors
    /// No answer.
    pub async fn repeat(&mut self, most: usize) -> anyhow::Result<Vec<String>> {
        let mut other = Vec::new();
        let orders = |what: &What| matches!(what, What::Order { .. } | What::WrongPrice);
        let told: Vec<_> =
            self.notebook.entries.iter().filter(|entry| orders(&entry.wish.what)).rev().take(most).cloned().collect();
        for entry in told {
            let Some(told) = &entry.told else { continue };
            let now = self.send(&entry.wish).await?;
            let same = now.status == told.status && ["id", "total", "code"].iter().all(|name| now.body[name] == told.body[name]);
            if !same {
                other.push(format!(
                    "{} was first answered {} {}, and again {} {}",
                    entry.wish.key, told.status, told.body, now.status, now.body
                ));
            }
        }
        Ok(other)
    }

    fn rice(&mut self, quantity: i64, price: i64) -> (String, Value) {
        let (id, line) = (self.line.dice().id(), self.line.dice().id());
        let mut line = selection(&line, "rice", quantity);
        line["unit_price"] = json!(price);
        line["amount"] = json!(price * quantity);
        let body = json!({ "order": id, "menu_version": 1, "total": price * quantity, "lines": [line], "note": null });
        (id, body)
    }

    /// Writes a wish down, sends it until it is answered, and writes the answer down.
    async fn wish(&mut self, key: String, what: What, end: &str, body: Value) -> anyhow::Result<(u16, Value)> {
        let wish = Wish { key, what, path: format!("/sessions/{}/{end}", self.session), body };
        self.notebook.will(&wish)?;
        if self.line.dice().chance(DROPPED) {
            self.drop_phone(&wish).await?;
        }
        let told = self.send(&wish).await?;
        self.notebook.told(&wish.key, told.clone())?;
        Ok((told.status, told.body))
    }

    /// Sends, and is dropped before or after the answer: nothing is known but the notebook.
    async fn drop_phone(&mut self, wish: &Wish) -> anyhow::Result<()> {
        let until = self.line.dice().up_to_ms(8);
        let _ = tokio::time::timeout(until, self.send(wish)).await;
        self.line.reopen()?;
        self.notebook = Notebook::open(self.notebook.path())?;
        self.line.shared().reloads.fetch_add(1, Ordering::Relaxed);
        ensure!(self.notebook.unanswered() == [wish.clone()], "the notebook lost a wish");
        Ok(())
    }

    async fn send(&mut self, wish: &Wish) -> anyhow::Result<Told> {
        let token = self.token.clone();
        let who = if matches!(wish.what, What::Cash { .. }) { Who::Staff("cashier") } else { Who::Guest(&token) };
        let (status, body) = self.line.post(&wish.path, who, &wish.key, &wish.body).await?;
        Ok(Told { status, body })
    }
}

fn selection(line: &str, dish: &str, quantity: i64) -> Value {
    json!({ "line": line, "dish": dish, "variant": "std", "quantity": quantity, "weight_g": null, "options": [], "set": [], "note": null })
}
