//! Pairing a device with a one-time code, and signing in on it with a PIN.

use crate::app::{Answer, App};
use crate::auth::{Device, House};
use crate::body::{Ask, Command, Path};
use crate::problem::Problem;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::catalog::{CatalogCommand, Role, Staff};
use domain::{DeviceId, StaffId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// A device wants to be paired.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairRequest {
    /// The one-time code.
    #[schema(max_length = 64)]
    pub code: String,
    /// What the device is called.
    #[schema(min_length = 1, max_length = 24)]
    pub name: String,
}

/// A paired device.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PairAnswer {
    /// Its id.
    pub device: DeviceId,
    /// Shown when staff sign in on it.
    pub token: String,
    /// What it is called.
    pub name: String,
}

/// A member of staff as the sign-in page shows them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaffCard {
    /// Their code.
    pub id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they do.
    pub role: Role,
}

/// Somebody signs in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Who.
    pub staff: StaffId,
    /// 4 to 8 digits.
    #[schema(min_length = 4, max_length = 8)]
    pub pin: String,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest").field("staff", &self.staff).finish_non_exhaustive()
    }
}

/// Signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignInAnswer {
    /// Shown with every further request.
    pub token: String,
    /// Who.
    pub staff: StaffCard,
    /// Good until then.
    pub expires_at: Timestamp,
}

/// Pairs a device with a one-time code. The same request again gets the same device.
#[utoipa::path(post, operation_id = "sign_in_pair", path = "/stores/{store}/devices/pair", tag = "staff", request_body = PairRequest,
    params(("store" = StoreId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = PairAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn pair(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    Command { request, body }: Command<PairRequest>,
) -> Answer<(StatusCode, Json<PairAnswer>)> {
    // The id of the pairing is the device's: a retry after a lost answer finds the device it made.
    let device = DeviceId(request.id);
    let token = app.device_token(device);
    let command = CatalogCommand::PairDevice {
        code_hash: code_hash(&body.code),
        device,
        name: body.name.trim().to_owned(),
        key_hash: code_hash(&token),
    };
    app.store.submit_catalog(request, command).await?;
    Ok((StatusCode::CREATED, Json(PairAnswer { device, token, name: body.name.trim().to_owned() })))
}

/// Lists who works here, for the sign-in page of a paired device.
#[utoipa::path(get, operation_id = "sign_in_list", path = "/stores/{store}/staff", tag = "staff", params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = Vec<StaffCard>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(State(app): State<Arc<App>>, Path(_): Path<(StoreId,)>, _: House) -> Json<Vec<StaffCard>> {
    Json(app.store.catalog(|catalog| catalog.staff.values().filter(|staff| !staff.left).map(card).collect()))
}

/// Signs in with a PIN.
#[utoipa::path(post, operation_id = "sign_in_sign_in", path = "/stores/{store}/staff/sign-in", tag = "staff", request_body = SignInRequest,
    params(("store" = StoreId, Path)), security(("token" = [])),
    responses((status = 200, body = SignInAnswer), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Path(_): Path<(StoreId,)>,
    Device(device): Device,
    Ask(body): Ask<SignInRequest>,
) -> Answer<Json<SignInAnswer>> {
    let known = check_pin(&app, device, &body.staff, body.pin).await?;
    let (token, expires_at) = app.staff_token(&known, device);
    Ok(Json(SignInAnswer { token, staff: card(&known), expires_at }))
}

/// Whose PIN it is, if it is theirs. Wrong ones count for the device they were typed on.
///
/// # Errors
/// `too_many_attempts`, `wrong_pin`.
pub async fn check_pin(app: &App, device: DeviceId, staff: &StaffId, pin: String) -> Answer<Staff> {
    if let Err(wait) = app.lockout.take_try(device, staff, app.store.now().at) {
        return Err(Problem::new("too_many_attempts", format!("wait {wait} s")).retry_after(wait));
    }
    let asked = staff;
    let staff = app.store.catalog(|catalog| catalog.staff.get(staff).filter(|staff| !staff.left).cloned());
    let pepper = app.pepper_of(asked);
    let hash = staff.as_ref().map(|staff| staff.pin_hash.clone());
    // Somebody unknown takes as long as somebody known.
    let right = tokio::task::spawn_blocking(move || is_pin(&pin, hash.as_deref().unwrap_or(NOBODY), &pepper)).await;
    let Some(known) = staff.filter(|_| right.unwrap_or(false)) else {
        tracing::info!(target: "dandan::sign_in", %device, staff = %asked, "wrong PIN");
        return Err(Problem::new("wrong_pin", "name and PIN don't match"));
    };
    app.lockout.forgive(device, asked);
    tracing::info!(target: "dandan::sign_in", %device, staff = %known.id, "right PIN");
    Ok(known)
}

impl App {
    /// What somebody's PIN was mixed with: head office's people have theirs from there.
    fn pepper_of(&self, staff: &StaffId) -> Vec<u8> {
        let from_head_office = self.store.catalog(|catalog| catalog.is_head_offices(staff));
        let theirs = self.cloud.as_ref().filter(|_| from_head_office).map(|cloud| cloud.staff_pepper.0.clone());
        theirs.unwrap_or_else(|| self.pepper.clone())
    }
}

fn card(staff: &Staff) -> StaffCard {
    StaffCard { id: staff.id.clone(), name: staff.name.clone(), role: staff.role }
}

/// SHA-256 of a code or key, in hexadecimal.
pub fn code_hash(code: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, code.as_bytes()))
}

/// A hash that no PIN has.
const NOBODY: &str = "$argon2id$v=19$m=12288,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn hasher(pepper: &[u8]) -> Option<Argon2<'_>> {
    let params = Params::new(12_288, 3, 1, None).ok()?;
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).ok()
}

/// The slow hash of a PIN, salted, and peppered with a secret that isn't kept beside it.
///
/// # Errors
/// If the pepper is longer than Argon2 takes, or there is no randomness: set-up faults.
pub fn hash_pin(pin: &str, pepper: &[u8]) -> Result<String, &'static str> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| "no randomness")?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| "salt")?;
    let hash = hasher(pepper).ok_or("pepper too long")?.hash_password(pin.as_bytes(), &salt).map_err(|_| "hash")?;
    Ok(hash.to_string())
}

fn is_pin(pin: &str, hash: &str, pepper: &[u8]) -> bool {
    let (Some(hasher), Ok(hash)) = (hasher(pepper), PasswordHash::new(hash)) else { return false };
    hasher.verify_password(pin.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_needs_its_pepper() {
        let hash = hash_pin("2468", b"pepper").expect("hashes");
        assert!(is_pin("2468", &hash, b"pepper"));
        assert!(!is_pin("2468", &hash, b"salt"));
        assert!(!is_pin("2469", &hash, b"pepper"));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
