//! Who is asking. Tokens are signed, not stored: a guest's names a party, a staff member's a device and an hour of expiry.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
pub use domain::catalog::Right;
use domain::catalog::{Role, Staff as Person};
use domain::{DeviceId, GuestId, SessionId, StaffId, StoreId, Timestamp};
use ring::hmac;
use std::sync::Arc;

/// How long a member of staff stays signed in.
pub const STAFF_HOURS: i64 = 14;

/// Signs and checks tokens and table codes with the store's own key.
pub struct Signer(hmac::Key);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// A signer with a key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Signer {
        Signer(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The first `bytes` of the MAC over `text`, in hexadecimal.
    pub fn mark(&self, text: &str, bytes: usize) -> String {
        let tag = hmac::sign(&self.0, text.as_bytes());
        hex::encode(tag.as_ref().get(..bytes).unwrap_or_default())
    }

    /// Whether `mark` is the MAC over `text`, in constant time.
    pub fn is_mark(&self, text: &str, mark: &str) -> bool {
        let expected = self.mark(text, mark.len() / 2);
        !mark.is_empty() && ring_eq(expected.as_bytes(), mark.as_bytes())
    }

    /// A token for whoever holds the store's key: the operator at the machine itself. Good for a minute.
    pub fn operator_token(&self, store: StoreId, now: Timestamp) -> String {
        self.seal(format!("o.{store}.{}", now.plus_minutes(1).0))
    }

    fn seal(&self, body: String) -> String {
        let mark = self.mark(&body, 16);
        format!("{body}.{mark}")
    }

    fn open<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (body, mark) = token.rsplit_once('.')?;
        (mark.len() == 32 && self.is_mark(body, mark)).then_some(body)
    }
}

/// Compares without telling by its time where the difference is.
fn ring_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

/// A phone at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The party it belongs to.
    pub session: SessionId,
    /// The phone.
    pub guest: GuestId,
}

/// A signed-in member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Who.
    pub id: StaffId,
    /// What they may do, as the catalog says now.
    pub role: Role,
    /// On which device.
    pub device: DeviceId,
}

/// A paired device nobody need be signed in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device(pub DeviceId);

/// Anyone who may look at a party: its guests, or staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A phone at a table.
    Guest(Guest),
    /// A member of staff.
    Staff(Staff),
}

/// Whoever is signed in on a device of the house, or the device itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum House {
    /// A member of staff.
    Staff(Staff),
    /// A device nobody need be signed in on.
    Device(Device),
}

impl Staff {
    /// Lets them on, or says that they may not.
    ///
    /// # Errors
    /// `not_allowed`.
    pub fn must(&self, right: Right) -> Result<(), Problem> {
        if self.role.may(right) {
            return Ok(());
        }
        tracing::info!(target: "dandan::refused", staff = %self.id, device = %self.device, role = ?self.role, ?right, "not allowed");
        Err(Problem::new("not_allowed", format!("the role {:?} has no right to {right:?}", self.role)))
    }
}

impl Caller {
    /// Whether they may see or act for this party.
    ///
    /// # Errors
    /// `not_allowed` for a guest of another party.
    pub fn must_belong(&self, session: SessionId) -> Result<(), Problem> {
        match self {
            Caller::Guest(guest) if guest.session == session => Ok(()),
            Caller::Guest(_) => Err(Problem::new("not_allowed", "this token is for another party")),
            Caller::Staff(staff) => staff.must(Right::Serve),
        }
    }

    /// Who among the staff, if it is one of them.
    pub fn staff_id(&self) -> Option<StaffId> {
        match self {
            Caller::Guest(_) => None,
            Caller::Staff(staff) => Some(staff.id.clone()),
        }
    }

    /// A short name that differs for every caller, for fingerprints.
    pub fn label(&self) -> String {
        match self {
            Caller::Guest(guest) => format!("g{}", guest.guest),
            Caller::Staff(staff) => format!("s{}", staff.id),
        }
    }
}

impl App {
    /// A token for a phone at a table.
    pub fn guest_token(&self, guest: Guest) -> String {
        self.signer.seal(format!("g.{}.{}.{}", self.store.id(), guest.session, guest.guest))
    }

    /// A token for a member of staff on a device, and when it ends. It ends at once when they leave or get another PIN.
    pub fn staff_token(&self, staff: &Person, device: DeviceId) -> (String, Timestamp) {
        let until = Timestamp(self.store.now().at.0 + STAFF_HOURS * 3_600_000);
        let (store, id, pin) = (self.store.id(), &staff.id, self.pin_mark(staff));
        (self.signer.seal(format!("s.{store}.{id}.{device}.{}.{pin}", until.0)), until)
    }

    /// Changes with the PIN and tells nothing about it.
    fn pin_mark(&self, staff: &Person) -> String {
        self.signer.mark(&format!("pin.{}.{}", staff.id, staff.pin_hash), 4)
    }

    /// A token for a paired device.
    pub fn device_token(&self, device: DeviceId) -> String {
        self.signer.seal(format!("d.{}.{device}", self.store.id()))
    }

    /// Reads a token of a guest or of staff.
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let body = self.signer.open(token)?;
        let mut parts = body.split('.');
        let (kind, store) = (parts.next()?, parts.next()?);
        if store != self.store.id().to_string() {
            return None;
        }
        match kind {
            "g" => Some(Caller::Guest(Guest { session: parts.next()?.parse().ok()?, guest: parts.next()?.parse().ok()? })),
            "s" => {
                let id: StaffId = parts.next()?.parse().ok()?;
                let device: DeviceId = parts.next()?.parse().ok()?;
                let until: i64 = parts.next()?.parse().ok()?;
                if self.store.now().at.0 > until {
                    return None;
                }
                let pin = parts.next()?;
                // The role is read at every call: a change counts at once, and a removed device is signed out.
                let role = self.store.catalog(|catalog| {
                    let staff = catalog.staff.get(&id).filter(|staff| !staff.left)?;
                    (catalog.devices.contains_key(&device) && self.pin_mark(staff) == pin).then_some(staff.role)
                })?;
                Some(Caller::Staff(Staff { id, role, device }))
            }
            "o" => {
                let until: i64 = parts.next()?.parse().ok()?;
                let id: StaffId = "operator".parse().ok()?;
                (self.store.now().at.0 <= until).then_some(Caller::Staff(Staff { id, role: Role::Owner, device: DeviceId(0) }))
            }
            _ => None,
        }
    }

    /// Reads what a device shows: the token of its pairing, or the key head office has given it.
    fn device(&self, token: &str) -> Option<Device> {
        self.paired(token).or_else(|| self.head_offices_device(token).map(Device))
    }

    fn paired(&self, token: &str) -> Option<Device> {
        let mut parts = self.signer.open(token)?.split('.');
        if parts.next()? != "d" || parts.next()? != self.store.id().to_string() {
            return None;
        }
        let id: DeviceId = parts.next()?.parse().ok()?;
        self.store.catalog(|catalog| catalog.devices.contains_key(&id)).then_some(Device(id))
    }
}

/// The token a request shows.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    // Two would leave open who is asking.
    let mut said = headers.get_all(AUTHORIZATION).iter();
    let (Some(one), None) = (said.next(), said.next()) else { return None };
    one.to_str().ok()?.strip_prefix("Bearer ")
}

fn stranger() -> Problem {
    Problem::new("not_signed_in", "send Authorization: Bearer <token> with a token that is still good")
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        bearer(&parts.headers).and_then(|token| app.caller(token)).ok_or_else(stranger)
    }
}

impl FromRequestParts<Arc<App>> for Guest {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Guest, Problem> {
        match Caller::from_request_parts(parts, app).await? {
            Caller::Guest(guest) => Ok(guest),
            Caller::Staff(_) => Err(Problem::new("not_allowed", "this is for phones at a table")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Staff, Problem> {
        match Caller::from_request_parts(parts, app).await? {
            Caller::Staff(staff) => Ok(staff),
            Caller::Guest(_) => Err(Problem::new("not_allowed", "this is for staff")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Device {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Device, Problem> {
        bearer(&parts.headers).and_then(|token| app.device(token)).ok_or_else(stranger)
    }
}

impl FromRequestParts<Arc<App>> for House {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<House, Problem> {
        let token = bearer(&parts.headers).ok_or_else(stranger)?;
        if let Some(device) = app.device(token) {
            return Ok(House::Device(device));
        }
        match app.caller(token).ok_or_else(stranger)? {
            Caller::Staff(staff) => Ok(House::Staff(staff)),
            Caller::Guest(_) => Err(Problem::new("not_allowed", "this is for staff and their devices")),
        }
    }
}
