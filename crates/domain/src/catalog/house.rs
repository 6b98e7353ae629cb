//! The set-up of a restaurant: areas, tables and policies.

use crate::{AccountId, AreaId, Currency, Money, StoreId, TableId, Text};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A restaurant's set-up, replaced as a whole when it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// Which restaurant.
    pub store: StoreId,
    /// Its name.
    pub name: Text,
    /// What it counts in.
    pub currency: Currency,
    /// Its time zone, an IANA name such as `Asia/Shanghai`.
    pub time_zone: String,
    /// Rooms and counters.
    pub areas: Vec<Area>,
    /// Tables, counters included.
    pub tables: Vec<Table>,
    /// House rules.
    pub policy: Policy,
    /// Customers who may pay by account (挂账).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<HouseAccount>,
}

/// A customer who eats now and pays later, by agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HouseAccount {
    /// Its code.
    pub id: AccountId,
    /// Who it is.
    pub name: String,
    /// The most that may stand on it.
    pub limit: Money,
}

/// Whether guests pay after the meal or before the kitchen starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 正餐: the kitchen gets the order at once, the check is paid before leaving.
    #[default]
    PayLater,
    /// 快餐: the kitchen gets the order once it is paid; the guest gets a pick-up number.
    PayFirst,
}

/// A room, a terrace or a counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Area {
    /// Its code.
    pub id: AreaId,
    /// Its name.
    pub name: Text,
    /// When guests pay here.
    pub mode: Mode,
    /// Service charge (服务费) on what is eaten here, paid after the meal, in hundredths of a percent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub service_charge_bp: u32,
}

/// A table, or the counter where take-away is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its code.
    pub id: TableId,
    /// What is written on it.
    pub name: String,
    /// Where it stands.
    pub area: AreaId,
    /// How many it seats.
    pub seats: u16,
    /// Counts up when its printed code is replaced; the former code opens nothing.
    pub code_version: u32,
}

/// House rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The first scan of a free table's code opens it; otherwise staff do.
    pub scan_opens_table: bool,
    /// Minutes an unpaid pay-first order keeps its portions.
    pub unpaid_minutes: u32,
    /// Seconds within which a second rush of the same line is the same rush.
    pub rush_pause_s: u32,
    /// Cash is rounded down to a multiple of so many fen (抹零); 0 and 1 round nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cash_rounding_fen: u32,
    /// Tips offered, in hundredths of a percent of what is paid; none: the house takes no tips.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tips_bp: Vec<u32>,
    /// Minutes within which a closed check may be opened again (反结账); 0: never.
    #[serde(default = "a_day", skip_serializing_if = "is_a_day")]
    pub reopen_minutes: u32,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            scan_opens_table: false,
            unpaid_minutes: 15,
            rush_pause_s: 60,
            cash_rounding_fen: 0,
            tips_bp: Vec::new(),
            reopen_minutes: a_day(),
        }
    }
}

fn a_day() -> u32 {
    24 * 60
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
fn is_a_day(minutes: &u32) -> bool {
    *minutes == a_day()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde's signature.
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl House {
    /// The table with this code.
    pub fn table(&self, id: &TableId) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == *id)
    }

    /// The account with this code.
    pub fn account(&self, id: &AccountId) -> Option<&HouseAccount> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    /// The area with this code.
    pub fn area(&self, id: &AreaId) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == *id)
    }
}
