//! One party of the file: sits down, orders, pays in cash, leaves.

use super::client::{Client, Staff, fresh_id};
use super::differs;
use anyhow::{Context, ensure};
use domain::menu::Selection;
use domain::view::{OrderView, OrderViewState};
use domain::{LineId, Money};
use menu_file::chipotle::ReplayOrder;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A table, with the code on it where it is known; otherwise staff seat the party.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub id: String,
    pub code: Option<String>,
}

/// A line that must stand on a kitchen ticket.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub order_no: u32,
    pub order: String,
    pub line: LineId,
    pub selection: Selection,
}

/// All parties.
#[derive(Debug)]
pub(super) struct Guests {
    client: Client,
    staff: Staff,
    menu_version: u64,
    twice: AtomicUsize,
    other_body: AtomicUsize,
}

/// The free tables where guests pay after the meal.
pub(super) async fn tables_of(client: &Client, staff: &Staff) -> anyhow::Result<Vec<Table>> {
    let floor = client.get("/floor", Some(staff)).await?.must(200)?;
    let list = |name: &str| floor[name].as_array().cloned().unwrap_or_default();
    let pays_later = |table: &Value| list("areas").iter().any(|area| area["id"] == table["area"] && area["mode"] == "pay_later");
    let free = |table: &&Value| table["sessions"].as_array().is_none_or(Vec::is_empty) && pays_later(table);
    let table = |table: &Value| Some(Table { id: table["id"].as_str()?.to_owned(), code: None });
    Ok(list("tables").iter().filter(free).filter_map(table).collect())
}

impl Guests {
    pub fn new(client: Client, staff: Staff, menu_version: u64) -> Guests {
        Guests { client, staff, menu_version, twice: AtomicUsize::new(0), other_body: AtomicUsize::new(0) }
    }

    pub fn sent_twice(&self) -> usize {
        self.twice.load(Ordering::Relaxed)
    }

    pub fn sent_with_another_body(&self) -> usize {
        self.other_body.load(Ordering::Relaxed)
    }

    /// The whole stay of a party that orders this; the lines the kitchen must have got.
    pub async fn dine(&self, index: usize, order: &ReplayOrder, table: &Table) -> anyhow::Result<Vec<Wanted>> {
        let (session, token) = self.sit_down(table).await?;
        let (id, wanted, body) = self.body(order)?;
        let path = format!("/sessions/{session}/orders");
        let placed = self.client.post_as(&path, Some(&token), &id, &body).await?.must(201)?;
        check(&serde_json::from_value(placed.clone())?, order)?;
        if index % 10 == 9 {
            let again = self.client.post_as(&path, Some(&token), &id, &body).await?.must(201)?;
            ensure!(
                (&again["id"], &again["number"]) == (&placed["id"], &placed["number"]),
                "sent twice, it became another order"
            );
            self.twice.fetch_add(1, Ordering::Relaxed);
        }
        if index % 25 == 24 {
            let mut other = body.clone();
            other["note"] = json!("another content");
            let refused = self.client.post_as(&path, Some(&token), &id, &other).await?.must(422)?;
            ensure!(refused["code"] == "key_reused", "another content under the same id was refused as {}", refused["code"]);
            self.other_body.fetch_add(1, Ordering::Relaxed);
        }
        self.pay_and_leave(&session, order.expected_total).await?;
        Ok(wanted)
    }

    async fn sit_down(&self, table: &Table) -> anyhow::Result<(String, String)> {
        let session = fresh_id()?;
        let Some(code) = &table.code else {
            let body = json!({ "session": session, "covers": 1 });
            self.client.post(&format!("/tables/{}/open", table.id), Some(&self.staff), &body).await?.must(201)?;
            return Ok((session, self.staff.clone()));
        };
        let body = json!({ "code": code, "guest": fresh_id()?, "name": null, "covers": 1, "session": session });
        let joined = self.client.post("/sessions/join", None, &body).await?.must(201)?;
        ensure!(joined["session"] == session.as_str(), "the table was not free");
        Ok((session, joined["token"].as_str().context("no token")?.to_owned()))
    }

    fn body(&self, order: &ReplayOrder) -> anyhow::Result<(String, Vec<Wanted>, Value)> {
        let id = fresh_id()?;
        let (mut wanted, mut lines) = (Vec::new(), Vec::new());
        for (selection, amount) in order.lines.iter().zip(&order.expected_line_totals) {
            let line = fresh_id()?;
            let mut asked = serde_json::to_value(selection)?;
            asked["line"] = json!(line);
            asked["unit_price"] = json!(amount.0 / i64::from(selection.quantity));
            asked["amount"] = json!(amount);
            lines.push(asked);
            let line = line.parse().context("a line's id")?;
            wanted.push(Wanted { order_no: order.order_no, order: id.clone(), line, selection: selection.clone() });
        }
        let body = json!({
            "order": id, "menu_version": self.menu_version, "total": order.expected_total, "lines": lines, "note": null,
        });
        Ok((id, wanted, body))
    }

    async fn pay_and_leave(&self, session: &str, total: Money) -> anyhow::Result<()> {
        let staff = Some(self.staff.as_str());
        let cash = json!({ "tender": fresh_id()?, "amount": total, "received": total, "order": null });
        let paid = self.client.post(&format!("/sessions/{session}/cash"), staff, &cash).await?.must(201)?;
        ensure!(paid["change"] == 0, "the change is {} where the guest paid exactly", paid["change"]);
        let left = self.client.post(&format!("/sessions/{session}/close"), staff, &json!({})).await?.must(200)?;
        ensure!(left["state"] == "closed" && left["check"]["state"] == "settled", "the table didn't close: {}", left["check"]);
        Ok(())
    }
}

/// Holds an accepted order against the file, to the cent.
fn check(view: &OrderView, order: &ReplayOrder) -> anyhow::Result<()> {
    ensure!(view.state == OrderViewState::Accepted, "the order is {:?}", view.state);
    if view.total != order.expected_total {
        return differs("the total", view.total, order.expected_total);
    }
    let amounts: Vec<Money> = view.lines.iter().map(|line| line.amount).collect();
    if amounts != order.expected_line_totals {
        return differs("the amounts of the lines", amounts, &order.expected_line_totals);
    }
    Ok(())
}
