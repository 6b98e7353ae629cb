//! Who works here and on which devices; what each role may do.

use super::Done;
use super::sign_in::hash_pin;
use crate::app::{Answer, App};
use crate::auth::{Right, Staff};
use crate::body::{Command, Nothing, Path, check_rules, has_chars};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::catalog::{CatalogCommand, Role, Staff as Person};
use domain::{DeviceId, StaffId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// Somebody who works here, or did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// Their code.
    pub id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// They may sign in.
    pub active: bool,
    /// Head office decides who they are; nothing of it can be changed here.
    pub head_office: bool,
}

/// Somebody is hired, or changes.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// What they are called.
    #[schema(min_length = 1, max_length = 24)]
    pub name: String,
    /// What they do.
    pub role: Role,
    /// 4 to 8 digits; needed for somebody new, otherwise the PIN stays.
    #[schema(min_length = 4, max_length = 8, pattern = "^[0-9]{4,8}$")]
    pub pin: Option<String>,
}

impl fmt::Debug for PersonRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonRequest").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A paired device.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// What it is called.
    pub name: String,
    /// Since when.
    pub paired_at: Timestamp,
    /// Head office's; it can't be signed out here.
    pub head_office: bool,
}

/// The table of rights.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RolesView {
    /// Every right.
    pub rights: Vec<String>,
    /// What each role may do.
    pub roles: Vec<RoleView>,
}

/// What a role may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Which.
    pub role: Role,
    /// Its rights.
    pub rights: Vec<String>,
}

/// Lists who works here and who did.
#[utoipa::path(get, operation_id = "people_list", path = "/stores/{store}/people", tag = "manage", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<PersonView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<PersonView>>> {
    staff.must(Right::Publish)?;
    Ok(Json(app.store.catalog(|catalog| {
        let view = |person: &Person| PersonView {
            id: person.id.clone(),
            name: person.name.clone(),
            role: person.role,
            active: !person.left,
            head_office: catalog.is_head_offices(&person.id),
        };
        catalog.staff.values().map(view).collect()
    })))
}

/// Hires somebody, or changes their name, role or PIN. Only an owner makes owners.
#[utoipa::path(post, operation_id = "people_put", path = "/stores/{store}/people/{id}", tag = "manage", request_body = PersonRequest,
    params(("store" = StoreId, Path), ("id" = StaffId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<Arc<App>>,
    Path((_, id)): Path<(StoreId, StaffId)>,
    staff: Staff,
    Command { request, body }: Command<PersonRequest>,
) -> Answer<Json<Done>> {
    staff.must(Right::Publish)?;
    let PersonRequest { name, role, pin } = body;
    let digits = |pin: &String| (4..=8).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    check_rules(&[
        (has_chars(name.trim(), 1, 24), "name has 1 to 24 characters"),
        (pin.as_ref().is_none_or(digits), "a PIN is 4 to 8 digits"),
    ])?;
    let (known, from_head_office) = app.store.catalog(|catalog| (catalog.staff.get(&id).cloned(), catalog.is_head_offices(&id)));
    if from_head_office {
        return Err(Problem::new("staff_from_head_office", "head office changes name, role and PIN"));
    }
    let touches_owner = role == Role::Owner || known.as_ref().is_some_and(|known| known.role == Role::Owner);
    if touches_owner && staff.role != Role::Owner {
        return Err(Problem::new("not_allowed", "only an owner makes or changes owners"));
    }
    let pin_hash = match (pin, &known) {
        (Some(pin), _) => {
            let pepper = app.pepper.clone();
            let hashed = tokio::task::spawn_blocking(move || hash_pin(&pin, &pepper)).await;
            hashed.map_err(|_| "hash").and_then(|hash| hash).map_err(|why| Problem::new("bug", why))?
        }
        (None, Some(known)) if !known.pin_hash.is_empty() => known.pin_hash.clone(),
        // Head office's former people come back without the PIN they had from it.
        (None, Some(_) | None) => return Err(Problem::new("malformed", "somebody new needs a PIN of 4 to 8 digits")),
    };
    let person = Person { id, name: name.trim().to_owned(), role, pin_hash, left: false };
    app.store.submit_catalog(request, CatalogCommand::PutStaff(person)).await?;
    Ok(Json(Done {}))
}

/// Lets somebody go: they may not sign in any more, and are signed out everywhere. What they did stays theirs.
#[utoipa::path(post, operation_id = "people_end", path = "/stores/{store}/people/{id}/end", tag = "manage", request_body = Nothing,
    params(("store" = StoreId, Path), ("id" = StaffId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn end(
    State(app): State<Arc<App>>,
    Path((_, id)): Path<(StoreId, StaffId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Publish)?;
    let is_owner = app.store.catalog(|catalog| catalog.staff.get(&id).is_some_and(|known| known.role == Role::Owner));
    if id == staff.id || (is_owner && staff.role != Role::Owner) {
        return Err(Problem::new("not_allowed", "nobody lets themselves go, and only an owner lets an owner go"));
    }
    app.store.submit_catalog(request, CatalogCommand::EndStaff { id }).await?;
    Ok(Json(Done {}))
}

/// Lists the paired devices.
#[utoipa::path(get, operation_id = "people_devices", path = "/stores/{store}/devices", tag = "manage", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<DeviceView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn devices(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, staff: Staff) -> Answer<Json<Vec<DeviceView>>> {
    staff.must(Right::Publish)?;
    Ok(Json(app.store.catalog(|catalog| {
        let view = |device: &domain::catalog::Device| DeviceView {
            id: device.id,
            name: device.name.clone(),
            paired_at: device.paired_at,
            head_office: catalog.is_head_offices_device(device.id),
        };
        catalog.devices.values().map(view).collect()
    })))
}

/// Signs a device out for good: it has to be paired again.
#[utoipa::path(post, operation_id = "people_unpair", path = "/stores/{store}/devices/{device}/unpair", tag = "manage", request_body = Nothing,
    params(("store" = StoreId, Path), ("device" = DeviceId, Path), ("Idempotency-Key" = String, Header)), security(("token" = [])),
    responses((status = 200, body = Done), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn unpair(
    State(app): State<Arc<App>>,
    Path((_, device)): Path<(StoreId, DeviceId)>,
    staff: Staff,
    Command { request, body: Nothing {} }: Command<Nothing>,
) -> Answer<Json<Done>> {
    staff.must(Right::Publish)?;
    app.store.submit_catalog(request, CatalogCommand::UnpairDevice { device }).await?;
    Ok(Json(Done {}))
}

/// Says what each role may do.
#[utoipa::path(get, operation_id = "people_roles", path = "/stores/{store}/roles", tag = "manage", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = RolesView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn roles(State(_): State<Arc<App>>, Path(_): Path<(StoreId,)>, _: Staff) -> Json<RolesView> {
    let name = |right: &Right| format!("{right:?}").to_lowercase();
    let rights = |role: Role| Right::ALL.iter().filter(|right| role.may(**right)).map(name).collect();
    Json(RolesView {
        rights: Right::ALL.iter().map(name).collect(),
        roles: Role::ALL.into_iter().map(|role| RoleView { role, rights: rights(role) }).collect(),
    })
}
