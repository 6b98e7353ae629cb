//! The floor as it stands: what all the facts so far add up to.

use super::{AskClosedWhy, EndedWhy, RefundWhy, Share};
use crate::catalog::Mode;
use crate::menu::{ChosenOption, Part, PricedLine, Selection};
use crate::{
    AccountId, AreaId, AskId, AttemptId, BadId, CallId, DishId, GuestId, LineId, Money, OrderId, RefundId, SessionId, ShareId,
    StaffId, TableId, TenderId, Text, Timestamp,
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
    pub settlements: BTreeSet<TenderId>,
    /// The latest announcement's number; they count up for ever.
    pub last_announcement: u32,
    /// Payments to be said aloud (收款播报), by number, of this business day.
    pub announcements: BTreeMap<u32, Announcement>,
}

/// A payment to be said aloud, once the channel has proved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Announcement {
    pub number: u32,
    pub way: Way,
    pub amount: Money,
    pub tip: Money,
    pub session: SessionId,
    pub table_name: String,
    pub at: Timestamp,
    /// When a device first said it.
    pub played_at: Option<Timestamp>,
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
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum OrderState {
    AwaitingPayment,
    Released { at: Timestamp },
    Ended { why: EndedWhy },
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
        if self.voided.is_some() { Money::ZERO } else { self.amount }
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
            OrderState::Ended { .. } => Money::ZERO,
        }
    }

    /// When the kitchen got it.
    pub fn released_at(&self) -> Option<Timestamp> {
        match self.state {
            OrderState::Released { at } => Some(at),
            OrderState::AwaitingPayment | OrderState::Ended { .. } => None,
        }
    }

    /// Lines still wanted.
    pub fn live_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.voided.is_none())
    }
}

impl Floor {
    /// What the party owes in all: dishes and service charge, less what was let go with a refund.
    pub fn total(&self, session: &Session) -> Money {
        self.eaten(session) + self.service_charge(session) - session.allowance()
    }

    /// What the party's dishes cost.
    pub fn eaten(&self, session: &Session) -> Money {
        session.orders.iter().filter_map(|id| self.orders.get(id)).map(Order::owed).sum()
    }

    /// The service charge on them (服务费).
    pub fn service_charge(&self, session: &Session) -> Money {
        self.eaten(session).part(session.service_charge_bp)
    }

    /// What a part of the dishes costs, with its part of the service charge.
    pub fn cost(&self, session: &Session, part: Money) -> Money {
        let rest = self.eaten(session) - part;
        part + self.service_charge(session) - rest.part(session.service_charge_bp)
    }

    /// The party's order that waits for its payment, if any.
    pub fn awaiting_of(&self, session: &Session) -> Option<OrderId> {
        session.orders.iter().copied().find(|order| self.awaiting.contains(order))
    }

    /// What still has to be paid; negative where too much was.
    pub fn balance(&self, session: &Session) -> Money {
        self.total(session) - session.paid()
    }

    /// What may be asked of the party now: money on its way back counts as gone.
    pub fn due(&self, session: &Session) -> Money {
        self.balance(session) + session.going_back()
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

impl Session {
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
