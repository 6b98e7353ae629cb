//! The set-up of a restaurant: areas, tables and policies.

use super::Role;
use crate::menu::Hours;
use crate::{AccountId, AreaId, Currency, DishId, Money, PrinterId, StationId, StoreId, TableId, Text};
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
    /// Printers on the house's network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub printers: Vec<Printer>,
    /// Which printer prints for a station, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kitchen_printers: Vec<KitchenPrinter>,
    /// Prints bills, receipts, shift and day slips and queue numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub till_printer: Option<PrinterId>,
}

/// A receipt printer on the house's network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printer {
    /// Its code.
    pub id: PrinterId,
    /// What people call it.
    pub name: String,
    /// Where it listens: `host:port`, usually port 9100.
    pub address: String,
    /// Width of its paper: 58 or 80 mm.
    pub width_mm: u16,
    /// Prints in its place when it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<PrinterId>,
    /// It has no cutter; slips are torn off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_cutter: bool,
    /// It has a buzzer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub buzzer: bool,
    /// A cash drawer hangs on it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub drawer: bool,
    /// It can't draw QR codes itself; they are sent as pictures.
    #[serde(default, skip_serializing_if = "is_default")]
    pub qr_as_picture: bool,
    /// It knows GBK only, not all of GB18030.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gbk_only: bool,
    /// It never answers status questions; its slips count as sent, not as confirmed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub silent: bool,
}

/// When a printer prints a station's slips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PrintWhen {
    /// Every slip, at once.
    #[default]
    Always,
    /// Only what no screen has painted in time.
    Unseen,
}

/// A station's printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KitchenPrinter {
    /// For which station.
    pub station: StationId,
    /// Which printer.
    pub printer: PrinterId,
    /// When.
    #[serde(default)]
    pub when: PrintWhen,
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
    /// What each guest pays for the seat (茶位费), once something is ordered.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub seat_fee: Money,
    /// The least a party spends here (低消); the rest is charged.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub minimum_spend: Money,
    /// 火锅: the first order needs a soup base, which is fired first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hot_pot: bool,
    /// Dishes every guest has here, such as dips and tableware; the first order brings them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_head: Vec<DishId>,
}

impl Area {
    /// An area without fees or rules of its own.
    pub fn new(id: AreaId, name: Text, mode: Mode) -> Area {
        Area {
            id,
            name,
            mode,
            service_charge_bp: 0,
            seat_fee: Money::ZERO,
            minimum_spend: Money::ZERO,
            hot_pot: false,
            per_head: Vec::new(),
        }
    }
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
    /// Rules of the tables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service: ServicePolicy,
    /// Rules of the kitchen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kitchen: KitchenPolicy,
}

/// How tables are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServicePolicy {
    /// The first order of a party that opened its table by scanning waits for a nod of the staff.
    pub first_order_nod: bool,
    /// A table that was left has to be cleaned before the next party sits down.
    pub clean_tables: bool,
    /// Weighed dishes are billed only once somebody has weighed them.
    pub confirm_weights: bool,
    /// How much of a price each role may let go alone. Of roles that aren't here, managers and owners may let all go, others nothing.
    pub discount_limits: Vec<DiscountLimit>,
    /// Seconds a table's code on a screen is good; 0: codes don't change.
    pub screen_code_s: u32,
    /// Parties up to so many people wait in the first line (A), up to the next in the second (B), and so on.
    pub queue_sizes: Vec<u16>,
}

impl Default for ServicePolicy {
    fn default() -> ServicePolicy {
        ServicePolicy {
            first_order_nod: false,
            clean_tables: false,
            confirm_weights: false,
            discount_limits: Vec::new(),
            screen_code_s: 0,
            queue_sizes: alloc::vec![4, 8],
        }
    }
}

/// What a role may let go alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiscountLimit {
    /// Which role.
    pub role: Role,
    /// In hundredths of a percent of the price.
    pub bp: u32,
}

/// How the kitchen is fed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KitchenPolicy {
    /// When a dish that no screen has painted is shown elsewhere. Units: seconds after firing.
    pub unseen: UnseenAfter,
    /// Orders of guests wait for a nod once a dish has been unseen for so many seconds.
    pub stop_unseen_s: u32,
    /// What waits for the soup base is fired at the latest so many seconds after it.
    pub soup_lead_s: u32,
    /// A kitchen slip that couldn't be printed for so many minutes isn't printed any more.
    pub slip_minutes: u32,
    /// Guests can't order a station's dishes while it is more than so many minutes behind; 0: they always can.
    pub pause_at_min: u32,
    /// When guests' orders are accepted without a person.
    pub accept: Vec<AcceptRule>,
    /// Times of the day at which dishes take longer.
    pub pace: Vec<Pace>,
}

impl Default for KitchenPolicy {
    fn default() -> KitchenPolicy {
        KitchenPolicy {
            unseen: UnseenAfter::default(),
            stop_unseen_s: 180,
            soup_lead_s: 180,
            slip_minutes: 20,
            pause_at_min: 0,
            accept: Vec::new(),
            pace: Vec::new(),
        }
    }
}

/// The ladder of what nobody has seen. Units: seconds after firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct UnseenAfter {
    /// On another screen.
    pub screen_s: u32,
    /// On paper.
    pub printer_s: u32,
    /// On the waiters' phones.
    pub waiter_s: u32,
    /// On a banner at the till.
    pub till_s: u32,
}

impl Default for UnseenAfter {
    fn default() -> UnseenAfter {
        UnseenAfter { screen_s: 15, printer_s: 30, waiter_s: 45, till_s: 60 }
    }
}

/// When guests' orders of one kind are accepted without a person. No rule for a kind: always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptRule {
    /// Orders paid after the meal, or before.
    pub mode: Mode,
    /// Only in these minutes of the store's day; none: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Only while no station they need is more than so many minutes behind; 0: however late.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub behind_min: u32,
}

/// A time of the day at which dishes take longer, or less long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pace {
    /// Only orders paid after the meal, or only those paid before; none: both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// When.
    pub hours: Hours,
    /// Of the dish's own time, such as 150.
    pub percent: u16,
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
            service: ServicePolicy::default(),
            kitchen: KitchenPolicy::default(),
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl House {
    /// The printer with this code.
    pub fn printer(&self, id: &PrinterId) -> Option<&Printer> {
        self.printers.iter().find(|printer| printer.id == *id)
    }

    /// The printer of a station, and when it prints.
    pub fn kitchen_printer(&self, station: &StationId) -> Option<&KitchenPrinter> {
        self.kitchen_printers.iter().find(|route| route.station == *station)
    }

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
