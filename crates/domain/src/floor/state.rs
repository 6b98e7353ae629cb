//! The floor as it stands: what all the facts so far add up to.

use super::{
    Approval, AskClosedWhy, DaySummary, Discount, EndedWhy, Entry, Escalation, Fees, HoldWhy, NodWhy, PrintJob, RefundWhy,
    RemakeCause, Reservation, Share, Shift, TableChange,
};
use crate::catalog::Mode;
use crate::menu::{ChosenOption, Part, PotRole, PricedLine, Selection};
use crate::{
    AccountId, ApprovalId, AreaId, AskId, AttemptId, BadId, CallId, DishId, GuestId, JobId, LineId, Money, OrderId, QueueId,
    RefundId, ReservationId, SessionId, ShareId, ShiftId, StaffId, StationId, TableId, TenderId, Text, Timestamp,
};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// State of the floor stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// The business day, while one is open.
    pub day: Option<Day>,
    /// Number of the latest business day.
    pub last_day: u32,
    /// The latest pick-up number of the day.
    pub last_pick_up: u32,
    /// Parties of the day, and those carried over.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Open parties by table.
    pub seated: BTreeMap<TableId, BTreeSet<SessionId>>,
    /// Orders of those parties.
    pub orders: BTreeMap<OrderId, Order>,
    /// Which order a line belongs to.
    pub lines: BTreeMap<LineId, OrderId>,
    /// Which party a wish to pay belongs to.
    pub asks: BTreeMap<AskId, SessionId>,
    /// Wishes to pay that are under way: the cashier's outstanding work.
    pub open_asks: BTreeSet<AskId>,
    /// Orders that wait for their payment.
    pub awaiting: BTreeSet<OrderId>,
    /// Which party a call belongs to.
    pub calls: BTreeMap<CallId, SessionId>,
    /// Counted or sold-out dishes.
    pub stock: BTreeMap<DishId, Stock>,
    /// Which party a refund belongs to.
    pub refunds: BTreeMap<RefundId, SessionId>,
    /// Refunds that a channel has yet to make.
    pub open_refunds: BTreeSet<RefundId>,
    /// What stands on each house account.
    pub accounts: BTreeMap<AccountId, Money>,
    /// Settlements of accounts, of this business day.
    pub settlements: BTreeMap<TenderId, Settlement>,
    /// The latest announcement's number; they count up for ever.
    pub last_announcement: u32,
    /// What is to be said aloud (播报), by number, of this business day.
    pub announcements: BTreeMap<u32, Announcement>,
    /// Tables nobody may open, and tables that aren't clean.
    pub marks: BTreeMap<TableId, TableMark>,
    /// Kept tables, until they are over.
    pub reservations: BTreeMap<ReservationId, Reservation>,
    /// Parties that wait for a table.
    pub waiting: BTreeMap<QueueId, Entry>,
    /// The latest number of each line of the queue today.
    pub last_numbers: BTreeMap<u8, u32>,
    /// Guarded acts that wait for a second person.
    pub approvals: BTreeMap<ApprovalId, Approval>,
    /// Shifts of this business day, and those still open.
    pub shifts: BTreeMap<ShiftId, Shift>,
    /// Stations that are closed, since when.
    pub closed_stations: BTreeMap<StationId, Timestamp>,
    /// Slips of this business day.
    pub slips: BTreeMap<JobId, PrintJob>,
    /// The slips that are not at their end, in the order they were asked for.
    pub open_slips: BTreeMap<u64, JobId>,
    /// The latest slip's place in the queue.
    pub last_slip: u64,
    /// Moves between tables that the kitchen must hear of, of this business day.
    pub table_changes: Vec<TableChange>,
    /// Figures of the business day closed last.
    pub last_summary: Option<DaySummary>,
    /// Orders that wait for a nod of the staff.
    pub nods: BTreeSet<OrderId>,
    /// Orders in the kitchen with something that isn't on the table yet: the kitchen's outstanding work.
    pub cooking: BTreeSet<OrderId>,
    /// What was fired and no screen or printer has shown yet, oldest first.
    pub unseen: BTreeSet<(Timestamp, ItemKey)>,
}

/// Something to be said aloud. A payment only once the channel has proved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Announcement {
    pub number: u32,
    pub session: Option<SessionId>,
    pub table_name: String,
    pub at: Timestamp,
    /// When a device first said it.
    pub played_at: Option<Timestamp>,
    pub said: Said,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Said {
    /// The kitchen has something to cook.
    NewOrder { order: OrderId, number: String, dishes: u32, stations: Vec<StationId> },
    /// A dish is urged.
    Rush { line: LineId, name: Text, stations: Vec<StationId> },
    /// A number can be collected.
    Ready { order: OrderId, number: String },
    /// Money has come.
    Paid { way: Way, amount: Money, tip: Money },
    /// A waiting party is called to its table.
    Queue { entry: QueueId, number: String },
}

/// Marks on a table without a party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMark {
    /// Why nobody may open it.
    pub locked: Option<String>,
    /// Since when it has to be cleaned.
    pub dirty_since: Option<Timestamp>,
}

/// What a customer paid of their account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Settlement {
    pub account: AccountId,
    pub amount: Money,
    pub way: Way,
    pub by: StaffId,
    pub at: Timestamp,
}

/// A business day (营业日): from opening to closing, not midnight to midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Day {
    /// Counts up.
    pub number: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// What is left of a dish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Stock {
    pub sold_out: bool,
    /// None: not counted.
    pub remaining: Option<u32>,
}

impl Stock {
    /// Portions that can still be ordered; none: as many as wanted.
    pub fn left(&self) -> Option<u32> {
        if self.sold_out { Some(0) } else { self.remaining }
    }
}

/// One party at one table (开台), with its cart and its check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Session {
    pub id: SessionId,
    pub table: TableId,
    pub table_name: String,
    pub area: AreaId,
    pub area_name: Text,
    pub mode: Mode,
    pub covers: u16,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub guests: BTreeMap<GuestId, String>,
    pub cart: Vec<CartLine>,
    pub orders: Vec<OrderId>,
    pub asks: BTreeMap<AskId, Ask>,
    pub tenders: Vec<Tender>,
    pub calls: Vec<Call>,
    /// In hundredths of a percent of what is eaten.
    pub service_charge_bp: u32,
    /// How the check is split, while it is.
    pub split: Vec<Share>,
    pub refunds: BTreeMap<RefundId, Refund>,
    /// Served before others.
    pub vip: bool,
    /// What each guest pays for the seat.
    pub seat_fee: Money,
    pub minimum_spend: Money,
    /// Fees that were let go.
    pub waived: Fees,
    pub discount: Option<Discount>,
    pub hot_pot: bool,
    /// Its first order waits for a nod.
    pub needs_nod: bool,
    /// Parties on this check too; it sits at their tables as well.
    pub merged: Vec<MergedParty>,
    /// The party whose check this one is on.
    pub merged_into: Option<SessionId>,
    /// When its bill was last printed.
    pub billed_at: Option<Timestamp>,
}

/// A party whose orders another party owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MergedParty {
    pub session: SessionId,
    pub table: TableId,
    pub table_name: String,
    pub orders: Vec<OrderId>,
    pub covers: u16,
}

/// A line of the shared cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CartLine {
    pub line: LineId,
    pub guest: GuestId,
    pub selection: Selection,
    pub priced: PricedLine,
    pub added_at: Timestamp,
}

/// A wish to pay; its tries at the channel live in the money stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Ask {
    pub ask: AskId,
    pub way: Way,
    pub amount: Money,
    pub order: Option<OrderId>,
    pub asked_at: Timestamp,
    pub state: AskState,
    pub tip: Money,
    pub share: Option<ShareId>,
}

/// Where a wish to pay stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum AskState {
    Open,
    Credited { at: Timestamp },
    Closed { why: AskClosedWhy },
}

/// Money on a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Tender {
    pub tender: TenderId,
    pub way: Way,
    pub amount: Money,
    pub order: Option<OrderId>,
    pub at: Timestamp,
    pub tip: Money,
    pub share: Option<ShareId>,
    /// What of `amount` the house let go (抹零).
    pub rounded_off: Money,
    pub attempt: Option<AttemptId>,
    /// Slip number, account or member.
    pub reference: Option<String>,
    /// Who took it by hand.
    pub by: Option<StaffId>,
}

/// Money on its way back, or gone back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Refund {
    pub refund: RefundId,
    pub tender: TenderId,
    pub way: Way,
    pub order: Option<OrderId>,
    pub attempt: Option<AttemptId>,
    pub amount: Money,
    /// What of `amount` was a tip: it never stood on the check.
    pub tip: Money,
    /// What the party owes less because of it.
    pub allowance: Money,
    pub lines: Vec<LineId>,
    pub why: RefundWhy,
    pub reason: String,
    pub asked_at: Timestamp,
    /// When the money had gone back.
    pub paid_at: Option<Timestamp>,
    /// Who gave it back.
    pub by: Option<StaffId>,
}

/// A call for the waiter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Call {
    pub call: CallId,
    pub reason: CallReason,
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
}

/// What the waiter is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CallReason {
    Service,
    Bill,
    Water,
    Utensils,
}

/// How money comes (付款方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// WeChat Pay inside WeChat: mini-program or its browser.
    WechatJsapi,
    /// WeChat Pay by a code the guest scans.
    WechatNative,
    /// WeChat Pay from any browser on the guest's phone.
    WechatH5,
    /// WeChat Pay by the code in the guest's wallet, which the cashier scans (付款码).
    WechatCode,
    /// Alipay inside Alipay: mini-program or its browser.
    AlipayApp,
    /// Alipay by a code the guest scans.
    AlipayQr,
    /// Alipay from any browser on the guest's phone.
    AlipayWap,
    /// Alipay by the code in the guest's wallet, which the cashier scans (付款码).
    AlipayCode,
    /// Notes and coins, taken by staff.
    Cash,
    /// A card terminal beside the till; staff write its slip number down.
    Card,
    /// On a customer's account (挂账).
    HouseAccount,
    /// From a member's balance.
    MemberBalance,
}

impl Way {
    /// The ways in which a payment channel moves the money.
    pub const BY_CHANNEL: [Way; 8] = [
        Way::WechatJsapi,
        Way::WechatNative,
        Way::WechatH5,
        Way::WechatCode,
        Way::AlipayApp,
        Way::AlipayQr,
        Way::AlipayWap,
        Way::AlipayCode,
    ];

    /// Whether a payment channel moves the money.
    pub fn is_by_channel(self) -> bool {
        match self {
            Way::WechatJsapi
            | Way::WechatNative
            | Way::WechatH5
            | Way::WechatCode
            | Way::AlipayApp
            | Way::AlipayQr
            | Way::AlipayWap
            | Way::AlipayCode => true,
            Way::Cash | Way::Card | Way::HouseAccount | Way::MemberBalance => false,
        }
    }

    /// Whether the cashier scans the guest's wallet: such a payment is reversed, not closed.
    pub fn is_by_code(self) -> bool {
        match self {
            Way::WechatCode | Way::AlipayCode => true,
            Way::WechatJsapi
            | Way::WechatNative
            | Way::WechatH5
            | Way::AlipayApp
            | Way::AlipayQr
            | Way::AlipayWap
            | Way::Cash
            | Way::Card
            | Way::HouseAccount
            | Way::MemberBalance => false,
        }
    }
}

/// What was asked for, in one submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Order {
    pub id: OrderId,
    pub session: SessionId,
    pub round: u32,
    pub number: String,
    pub pick_up: Option<u32>,
    pub placed_by: String,
    pub menu_version: u32,
    pub placed_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub total: Money,
    pub note: Option<String>,
    pub reserved: Vec<(DishId, u32)>,
    pub state: OrderState,
    pub lines: Vec<Line>,
    /// How often its number was announced again.
    pub calls: u32,
    pub collected_at: Option<Timestamp>,
    /// Why the staff refused it.
    pub declined: Option<String>,
}

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum OrderState {
    /// It waits for a nod of the staff: nothing is owed, nothing is cooked.
    AwaitingNod {
        why: NodWhy,
    },
    AwaitingPayment,
    Released {
        at: Timestamp,
    },
    Ended {
        why: EndedWhy,
    },
}

/// One row of an order (订单行).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Line {
    pub line: LineId,
    pub dish: DishId,
    pub name: Text,
    pub variant: Option<Text>,
    pub options: Vec<ChosenOption>,
    pub is_set: bool,
    pub quantity: u16,
    pub weight_g: Option<u32>,
    pub unit_price: Money,
    pub amount: Money,
    pub note: Option<String>,
    pub added_by: String,
    pub items: Vec<Item>,
    pub rushed: u32,
    pub rushed_at: Option<Timestamp>,
    pub rush_answered: bool,
    pub voided: Option<Voided>,
    pub course: Option<u8>,
    pub seat: Option<u8>,
    /// It isn't cooked before it is fired, and why.
    pub hold: Option<HoldWhy>,
    /// When the kitchen got it.
    pub fired_at: Option<Timestamp>,
    pub pot: PotRole,
    pub per_500_g: Option<Money>,
    /// When it was weighed.
    pub weighed_at: Option<Timestamp>,
    pub comped: Option<Let>,
    pub repriced: Option<Let>,
    pub remade: Vec<Remade>,
    /// How many rushes are on paper.
    pub rush_slips: u32,
}

/// What of a line's price was let go, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Let {
    /// What it cost before.
    pub was: Money,
    pub reason: String,
    pub by: StaffId,
    pub at: Timestamp,
}

/// A dish that was cooked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Remade {
    pub part: u8,
    pub cause: RemakeCause,
    pub note: Option<String>,
    pub by: StaffId,
    pub at: Timestamp,
}

/// Why and when a line was taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Voided {
    pub reason: String,
    pub by: StaffId,
    pub at: Timestamp,
}

/// What one station cooks of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Item {
    pub part: Part,
    pub state: ItemState,
    pub seen_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub ready_at: Option<Timestamp>,
    /// The line was voided and the cook hasn't said that they saw it.
    pub void_unseen: bool,
    /// How far it has climbed because nobody saw it.
    pub escalated: Option<Escalation>,
    /// The latest slip that asks for it to be cooked.
    pub slip: Option<JobId>,
    /// The slip that says it was voided.
    pub void_slip: Option<JobId>,
}

/// Where a kitchen item stands. `Seen` means a screen has painted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ItemState {
    Waiting,
    Sent,
    Seen,
    Started,
    Ready,
    Served,
}

/// A move of a kitchen item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The cook begins.
    Start,
    /// 出餐.
    Ready,
    /// Back from ready to cooking.
    Recall,
    /// On the table.
    Serve,
}

/// Names an item: `<line>.<part>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The order line.
    pub line: LineId,
    /// Which of its parts, from 0.
    pub part: u8,
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.line, self.part)
    }
}

impl FromStr for ItemKey {
    type Err = BadId;
    fn from_str(text: &str) -> Result<ItemKey, BadId> {
        let bad = BadId("an item is named <line id>.<number>");
        let (line, part) = text.split_once('.').ok_or(bad)?;
        Ok(ItemKey { line: line.parse()?, part: part.parse().map_err(|_| bad)? })
    }
}

impl Serialize for ItemKey {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemKey {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<ItemKey, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ItemKey {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9a-f]{32}\\.[0-9]{1,2}$"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ItemKey {}

impl Line {
    /// What the party owes for it.
    pub fn owed(&self) -> Money {
        if self.voided.is_some() || self.comped.is_some() { Money::ZERO } else { self.amount }
    }

    /// Its real weight has still to be said.
    pub fn needs_weight(&self) -> bool {
        self.per_500_g.is_some() && self.weighed_at.is_none() && self.voided.is_none()
    }

    /// Gives it to the kitchen, unless that has happened before; its clock starts.
    pub(super) fn send(&mut self, at: Timestamp) {
        self.fired_at = self.fired_at.or(Some(at));
        for item in self.items.iter_mut().filter(|item| item.state == ItemState::Waiting) {
            item.state = ItemState::Sent;
        }
    }

    /// The kitchen may cook it.
    pub fn is_fired(&self) -> bool {
        self.fired_at.is_some()
    }

    /// When the clock of one of its parts began: when it was fired, or was last to be cooked again.
    pub fn clock_of(&self, part: u8) -> Option<Timestamp> {
        let again = self.remade.iter().filter(|remade| remade.part == part).map(|remade| remade.at).max();
        self.fired_at.map(|fired| again.map_or(fired, |again| fired.max(again)))
    }

    /// Portions it takes from counted stock: of what is cooked, and of a set meal itself.
    pub(super) fn uses(&self) -> impl Iterator<Item = (&DishId, u32)> {
        let set = self.is_set.then_some((&self.dish, u32::from(self.quantity)));
        self.items.iter().map(|item| (&item.part.dish, item.part.quantity)).chain(set)
    }

    /// The least advanced of its items: a set is ready when all of it is.
    pub fn state(&self) -> ItemState {
        self.items.iter().map(|item| item.state).min().unwrap_or(ItemState::Served)
    }
}

impl Order {
    /// What the party owes for it; nothing once it has ended.
    pub fn owed(&self) -> Money {
        match self.state {
            OrderState::AwaitingPayment | OrderState::Released { .. } => self.lines.iter().map(Line::owed).sum(),
            OrderState::AwaitingNod { .. } | OrderState::Ended { .. } => Money::ZERO,
        }
    }

    /// It hasn't ended.
    pub fn is_wanted(&self) -> bool {
        !matches!(self.state, OrderState::Ended { .. })
    }

    /// When the kitchen got it.
    pub fn released_at(&self) -> Option<Timestamp> {
        match self.state {
            OrderState::Released { at } => Some(at),
            OrderState::AwaitingNod { .. } | OrderState::AwaitingPayment | OrderState::Ended { .. } => None,
        }
    }

    /// Lines still wanted.
    pub fn live_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.voided.is_none())
    }
}

impl Floor {
    /// What the party owes in all: dishes and fees, less discounts and what was let go with a refund.
    pub fn total(&self, session: &Session) -> Money {
        session.charged(self.eaten(session)).total() - session.allowance()
    }

    /// What the party's dishes cost.
    pub fn eaten(&self, session: &Session) -> Money {
        session.orders.iter().filter_map(|id| self.orders.get(id)).map(Order::owed).sum()
    }

    /// The lines of the check, one by one.
    pub fn charges(&self, session: &Session) -> Charges {
        session.charged(self.eaten(session))
    }

    /// What a part of the dishes costs, with its part of fees and discounts.
    pub fn cost(&self, session: &Session, part: Money) -> Money {
        let all = self.eaten(session);
        session.charged(all).total() - session.charged(all - part).total()
    }

    /// The party's order that waits for its payment, if any.
    pub fn awaiting_of(&self, session: &Session) -> Option<OrderId> {
        session.orders.iter().copied().find(|order| self.awaiting.contains(order))
    }

    /// The party's order that waits for a nod, if any.
    pub fn nod_of(&self, session: &Session) -> Option<OrderId> {
        session.orders.iter().copied().find(|order| self.nods.contains(order))
    }

    /// The round of the party's next order. Orders come from other parties and go to them; no round comes twice.
    pub(super) fn next_round(&self, session: &Session) -> u32 {
        let rounds = session.orders.iter().filter_map(|id| self.orders.get(id)).map(|order| order.round);
        let count = u32::try_from(session.orders.len()).unwrap_or(u32::MAX);
        rounds.fold(count, u32::max).saturating_add(1)
    }

    /// What still has to be paid; negative where too much was.
    pub fn balance(&self, session: &Session) -> Money {
        self.total(session) - session.paid()
    }

    /// What may be asked of the party now: money on its way back counts as gone.
    pub fn due(&self, session: &Session) -> Money {
        self.balance(session) + session.going_back()
    }

    /// What is unpaid of the check an order's lines stand on: the party's, or the order's own where it is paid first.
    pub fn unpaid_of(&self, session: &Session, order: &Order) -> Money {
        match session.mode {
            Mode::PayLater => self.due(session),
            Mode::PayFirst => self.due_for(session, order),
        }
    }

    /// What may be asked for one order of a pay-first party.
    pub fn due_for(&self, session: &Session, order: &Order) -> Money {
        order.owed() - session.paid_and_let_go(order.id)
    }
}

impl Refund {
    /// What of it leaves the check.
    pub fn off_check(&self) -> Money {
        self.amount - self.tip
    }
}

/// What a check is made of, before what was let go with refunds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charges {
    /// The dishes.
    pub eaten: Money,
    /// Taken off them.
    pub discount: Money,
    /// What is missing to the least the party spends here (低消差额).
    pub shortfall: Money,
    /// 服务费.
    pub service_charge: Money,
    /// 茶位费.
    pub seat_fee: Money,
}

impl Charges {
    /// What they come to.
    pub fn total(&self) -> Money {
        self.eaten - self.discount + self.shortfall + self.service_charge + self.seat_fee
    }
}

impl Session {
    /// What the party is charged if its dishes cost `eaten`. A party that eats nothing owes nothing.
    pub fn charged(&self, eaten: Money) -> Charges {
        if !eaten.is_positive() {
            return Charges::default();
        }
        let discount = self.discount.as_ref().map_or(Money::ZERO, |discount| discount.of(eaten));
        let net = eaten - discount;
        let service_charge = if self.waived.service_charge { Money::ZERO } else { net.part(self.service_charge_bp) };
        let seat_fee = if self.waived.seat_fee {
            Money::ZERO
        } else {
            self.seat_fee.times(u32::from(self.seats_taken())).unwrap_or_default()
        };
        let missing = if self.waived.minimum_spend { Money::ZERO } else { (self.minimum_spend - net).max(Money::ZERO) };
        Charges { eaten, discount, shortfall: missing, service_charge, seat_fee }
    }

    /// How many sit on this check, merged parties included.
    pub fn seats_taken(&self) -> u16 {
        self.merged.iter().fold(self.covers, |sum, party| sum.saturating_add(party.covers))
    }

    /// The tables it sits at.
    pub fn tables(&self) -> impl Iterator<Item = &TableId> {
        core::iter::once(&self.table).chain(self.merged.iter().map(|party| &party.table))
    }

    /// The names of all tables it sits at, such as "A1+A2".
    pub fn table_names(&self) -> String {
        self.merged.iter().fold(self.table_name.clone(), |names, party| names + "+" + &party.table_name)
    }

    /// Everything credited so far, less what went back.
    pub fn paid(&self) -> Money {
        let back = self.refunds.values().filter(|refund| refund.paid_at.is_some()).map(Refund::off_check);
        self.tenders.iter().map(|tender| tender.amount).sum::<Money>() - back.sum()
    }

    /// What the party owes less because it was given back.
    pub fn allowance(&self) -> Money {
        self.refunds.values().map(|refund| refund.allowance).sum()
    }

    /// Money of the check on its way back.
    pub fn going_back(&self) -> Money {
        self.refunds.values().filter(|refund| refund.paid_at.is_none()).map(Refund::off_check).sum()
    }

    /// What was paid for one order of a pay-first party and stays: money on its way back is gone, and what was let go with a
    /// refund need not be paid again.
    pub fn paid_and_let_go(&self, order: OrderId) -> Money {
        let tenders: Money = self.tenders.iter().filter(|tender| tender.order == Some(order)).map(|tender| tender.amount).sum();
        let refunds = self.refunds.values().filter(|refund| refund.order == Some(order));
        tenders - refunds.map(|refund| refund.off_check() - refund.allowance).sum()
    }

    /// What of a tender may still go back.
    pub fn refundable(&self, tender: &Tender) -> Money {
        let back: Money = self.refunds.values().filter(|refund| refund.tender == tender.tender).map(|refund| refund.amount).sum();
        tender.amount + tender.tip - tender.rounded_off - back
    }

    /// What of that is a tip: the check's money goes back first.
    pub fn refundable_tip(&self, tender: &Tender) -> Money {
        let back: Money = self.refunds.values().filter(|refund| refund.tender == tender.tender).map(|refund| refund.tip).sum();
        tender.tip - back
    }

    /// What of a share of a split check is still unpaid.
    pub fn unpaid_of(&self, share: &Share) -> Money {
        let paid = self.tenders.iter().filter(|tender| tender.share == Some(share.share)).map(|tender| tender.amount);
        let left = share.amount - paid.sum();
        left.max(Money::ZERO)
    }

    /// The wish to pay that is under way, if any.
    pub fn open_ask(&self) -> Option<&Ask> {
        self.asks.values().find(|ask| ask.state == AskState::Open)
    }
}
