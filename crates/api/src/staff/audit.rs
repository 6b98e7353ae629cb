//! Who did what, where and when, read from the hash-chained journal: everything, or all about one party.

use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Path, Query, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::floor::Floor;
use domain::{SessionId, StaffId, StoreId, Text, Timestamp};
use engine::{PastEvent, Sender};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Events read at once, and how many are looked through at most for one answer.
const CHUNK: u64 = 2000;
const FARTHEST: u64 = 400_000;
const MOST: usize = 200;

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only older ones than this number.
    pub before: Option<u64>,
    /// At most so many, up to 200.
    pub limit: Option<u16>,
    /// Only what this member of staff sent.
    pub staff: Option<StaffId>,
    /// Only this kind of event.
    #[param(max_length = 60)]
    pub kind: Option<String>,
}

/// One fact, and who sent the command that led to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number in the journal.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: String,
    /// Who, if it was one of the staff.
    pub staff: Option<String>,
    /// On which device.
    pub device: Option<String>,
    /// The guest's phone, if it was one.
    pub guest: Option<String>,
    /// The fact itself.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// A page of the journal, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is more.
    pub next: Option<u64>,
}

/// One fact about a party, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// Its number in the journal.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: String,
    /// Who, if it was one of the staff; nobody: the house itself, or a guest.
    pub staff: Option<String>,
    /// On which device.
    pub device: Option<String>,
    /// How the guest is called at the table, if it was one.
    pub guest: Option<String>,
    /// Dishes it is about.
    pub lines: Vec<Text>,
    /// The order's number.
    pub order: Option<String>,
    /// A reason, a step or a trouble, as recorded.
    pub text: Option<String>,
    /// The second person, where there was one.
    pub approved_by: Option<String>,
}

/// Walks back from `before`, newest first, until `take` says that it is enough.
async fn walk_back(app: &App, before: u64, mut take: impl FnMut(&PastEvent, Value) -> bool) -> Answer<Option<u64>> {
    let (mut upper, floor) = (before.saturating_sub(1), before.saturating_sub(FARTHEST));
    while upper > floor {
        let after = upper.saturating_sub(CHUNK).max(floor);
        let wanted = usize::try_from(upper - after).unwrap_or(usize::MAX);
        let events = app.store.floor_history(after, wanted).await;
        let events = events.map_err(|error| Problem::unreadable(&error))?;
        for event in events.iter().rev().filter(|event| event.seq <= upper) {
            let body: Value = serde_json::from_slice(&event.body).unwrap_or(Value::Null);
            if !take(event, body) {
                return Ok(Some(event.seq));
            }
        }
        upper = after;
    }
    Ok((upper > 0).then_some(upper + 1))
}

fn name_of(app: &App, staff: &str) -> String {
    let known = |id: StaffId| app.store.catalog(|catalog| catalog.staff.get(&id).map(|staff| staff.name.clone()));
    staff.parse().ok().and_then(known).unwrap_or_else(|| staff.to_owned())
}

fn names(app: &App, sender: Option<&Sender>) -> (Option<String>, Option<String>) {
    match sender {
        Some(Sender::Staff { staff, device }) => {
            let name = app.store.catalog(|catalog| catalog.staff.get(staff).map(|staff| staff.name.clone()));
            (Some(name.unwrap_or_else(|| staff.to_string())), Some(app.device_name(*device)))
        }
        Some(Sender::Guest { .. }) | None => (None, None),
    }
}

/// Reads the journal of the floor, newest first.
#[utoipa::path(get, operation_id = "audit_list", path = "/stores/{store}/audit", tag = "manage", params(("store" = StoreId, Path), Which), security(("token" = [])),
    responses((status = 200, body = AuditPage), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    staff: Staff,
    Query(which): Query<Which>,
) -> Answer<Json<AuditPage>> {
    staff.must(Right::Audit)?;
    check_rules(&[
        (which.kind.as_ref().is_none_or(|kind| has_chars(kind, 0, 60)), "kind has at most 60 characters"),
        (which.before.is_none_or(|before| i64::try_from(before).is_ok()), "before is a number of the journal"),
    ])?;
    let most = which.limit.map_or(MOST, usize::from).clamp(1, MOST);
    let head = app.store.heads()[0].saturating_add(1);
    let mut entries: Vec<AuditEntry> = Vec::new();
    let next = walk_back(&app, which.before.unwrap_or(head).min(head), |event, body| {
        if entries.len() == most {
            return false;
        }
        let by = |wanted: &StaffId| matches!(&event.sender, Some(Sender::Staff { staff, .. }) if staff == wanted);
        if which.kind.as_ref().is_some_and(|kind| *kind != event.kind) || which.staff.as_ref().is_some_and(|staff| !by(staff)) {
            return true;
        }
        let (staff, device) = names(&app, event.sender.as_ref());
        let guest = if let Some(Sender::Guest { guest }) = &event.sender { Some(guest.to_string()) } else { None };
        let body = body.as_object().and_then(|body| body.values().next().cloned()).unwrap_or(Value::Null);
        entries.push(AuditEntry { seq: event.seq, at: event.at, kind: event.kind.clone(), staff, device, guest, body });
        true
    })
    .await?;
    // The entry that didn't fit is the next page's first.
    Ok(Json(AuditPage { entries, next: next.map(|seq| seq + 1) }))
}

/// Everything that happened to a party, oldest first: orders, kitchen, slips, escalations, voids, money on its check.
#[utoipa::path(get, operation_id = "audit_timeline", path = "/stores/{store}/sessions/{session}/timeline", tag = "floor",
    params(("store" = StoreId, Path), ("session" = SessionId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<TimelineEntry>), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn timeline(
    State(app): State<Arc<App>>,
    Path((_, session)): Path<(StoreId, SessionId)>,
    staff: Staff,
) -> Answer<Json<Vec<TimelineEntry>>> {
    staff.must(Right::Serve)?;
    let about = app.store.floor(|floor| About::of(floor, session));
    let about = about.ok_or_else(|| Problem::new("session_unknown", "no such party in this day"))?;
    let head = app.store.heads()[0].saturating_add(1);
    let mut entries = Vec::new();
    walk_back(&app, head, |event, body| {
        let mut found = Found::default();
        found.look(&body, &about);
        if found.hit {
            let (staff, device) = names(&app, event.sender.as_ref());
            let guest = if let Some(Sender::Guest { guest }) = &event.sender {
                about.names.get(&guest.to_string()).cloned()
            } else {
                None
            };
            entries.push(TimelineEntry {
                seq: event.seq,
                at: event.at,
                kind: event.kind.clone(),
                staff,
                device,
                guest,
                lines: found.lines,
                order: found.order,
                text: found.text,
                approved_by: found.approved_by.map(|id| name_of(&app, &id)),
            });
        }
        // Nothing about a party is older than its opening.
        !(event.kind == "TableOpened" && found.hit)
    })
    .await?;
    entries.reverse();
    Ok(Json(entries))
}

/// The ids that stand for a party, and what they are called.
struct About {
    ids: BTreeMap<String, Thing>,
    names: BTreeMap<String, String>,
}

enum Thing {
    Party,
    Order(String),
    Line(Text),
}

impl About {
    fn of(floor: &Floor, session: SessionId) -> Option<About> {
        let party = floor.sessions.get(&session)?;
        let mut ids = BTreeMap::from([(session.to_string(), Thing::Party)]);
        for order in party.orders.iter().filter_map(|id| floor.orders.get(id)) {
            ids.insert(order.id.to_string(), Thing::Order(order.number.clone()));
            ids.extend(order.lines.iter().map(|line| (line.line.to_string(), Thing::Line(line.name.clone()))));
        }
        // A slip's later steps name only the slip.
        let slips: Vec<String> =
            floor.slips.values().filter(|job| is_about(&job.slip, &ids)).map(|job| job.job.to_string()).collect();
        ids.extend(slips.into_iter().map(|job| (job, Thing::Party)));
        ids.extend(party.asks.keys().map(|ask| (ask.to_string(), Thing::Party)));
        Some(About { ids, names: party.guests.iter().map(|(id, name)| (id.to_string(), name.clone())).collect() })
    }
}

fn is_about(slip: &domain::floor::Slip, ids: &BTreeMap<String, Thing>) -> bool {
    fn any(value: &Value, ids: &BTreeMap<String, Thing>) -> bool {
        match value {
            Value::String(text) => ids.contains_key(text),
            Value::Array(all) => all.iter().any(|value| any(value, ids)),
            Value::Object(all) => all.values().any(|value| any(value, ids)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    serde_json::to_value(slip).is_ok_and(|value| any(&value, ids))
}

/// What an event says about a party.
#[derive(Default)]
struct Found {
    hit: bool,
    lines: Vec<Text>,
    order: Option<String>,
    text: Option<String>,
    approved_by: Option<String>,
}

impl Found {
    fn look(&mut self, value: &Value, about: &About) {
        match value {
            Value::String(text) => self.name(text, about),
            Value::Array(all) => all.iter().for_each(|value| self.look(value, about)),
            Value::Object(all) => {
                for (key, value) in all {
                    if let (true, Some(text)) =
                        (matches!(key.as_str(), "reason" | "why" | "step" | "cause" | "note"), value.as_str())
                    {
                        self.text.get_or_insert_with(|| text.to_owned());
                    }
                    if let ("approved_by", Some(id)) = (key.as_str(), value.as_str()) {
                        self.approved_by = Some(id.to_owned());
                    }
                    self.look(value, about);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn name(&mut self, text: &str, about: &About) {
        // An item is named <line>.<part>.
        let id = text.split_once('.').map_or(text, |(line, _)| line);
        let Some(thing) = about.ids.get(id) else { return };
        self.hit = true;
        match thing {
            Thing::Party => {}
            Thing::Order(number) => self.order = Some(number.clone()),
            Thing::Line(name) if self.lines.contains(name) => {}
            Thing::Line(name) => self.lines.push(name.clone()),
        }
    }
}
