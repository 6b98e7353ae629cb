//! Names of things. Random 128-bit ids for what happens; short readable codes for what the house sets up.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;
use core::str::FromStr;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An id or code that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId(pub &'static str);

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for BadId {}

fn read_hex(text: &str) -> Result<u128, BadId> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 32 || !lower {
        return Err(BadId("an id is 32 lower-case hexadecimal characters"));
    }
    u128::from_str_radix(text, 16).map_err(|_| BadId("an id is 32 lower-case hexadecimal characters"))
}

fn read_code(text: &str) -> Result<Arc<str>, BadId> {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if text.is_empty() || text.len() > 40 || !plain {
        return Err(BadId("a code is 1 to 40 of a-z, 0-9, - and _"));
    }
    Ok(Arc::from(text))
}

macro_rules! random_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:032x}", self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({:032x})"), self.0) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> { read_hex(text).map($name) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> { out.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                struct Reader;
                impl serde::de::Visitor<'_> for Reader {
                    type Value = u128;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("an id of 32 lower-case hexadecimal characters") }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<u128, E> { read_hex(text).map_err(E::custom) }
                }
                input.deserialize_str(Reader).map($name)
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some("^[0-9a-f]{32}$"))
                    .into()
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )*};
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The code as written.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}", &*self.0) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> { read_code(text).map($name) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> { out.serialize_str(&self.0) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(|e: BadId| D::Error::custom(e.to_string()))
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some("^[a-z0-9_-]{1,40}$"))
                    .into()
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )*};
}

random_ids! {
    /// A restaurant (门店).
    StoreId
    /// One party at one table, from opening to closing (开台).
    SessionId
    /// A diner's phone at a table.
    GuestId
    /// One submission of dishes; made by the phone before its first send.
    OrderId
    /// One row of a cart and then of an order; made by the phone.
    LineId
    /// One wish to pay an amount for a check in one way.
    AskId
    /// One try at a payment channel; its hexadecimal form is the channel's order number.
    AttemptId
    /// Money credited to a check.
    TenderId
    /// A share of a split check (分单).
    ShareId
    /// Money going back; its hexadecimal form begins the channel's refund number.
    RefundId
    /// Something about money that a person must look at.
    CaseId
    /// A call for the waiter.
    CallId
    /// A paired device of the staff.
    DeviceId
    /// A menu of head office that goes on sale at a time.
    ReleaseId
    /// A table kept for somebody (预订).
    ReservationId
    /// A party waiting for a table (排队).
    QueueId
    /// One person's time at one till (班次).
    ShiftId
    /// Notes and coins put into a till or taken out of it.
    CashMoveId
    /// One slip for one printer.
    JobId
    /// A guarded act that waits for a second person.
    ApprovalId
}

codes! {
    /// A dish on the menu.
    DishId
    /// A size or portion of a dish.
    VariantId
    /// A group of options, of one dish.
    GroupId
    /// One option in a group.
    OptionId
    /// A category of the menu.
    CategoryId
    /// A kitchen station (档口).
    StationId
    /// A table (桌台).
    TableId
    /// An area of the house.
    AreaId
    /// A customer who pays by account (挂账).
    AccountId
    /// A member of staff.
    StaffId
    /// A printer.
    PrinterId
}
