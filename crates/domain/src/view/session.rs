//! What a diner's phone shows of the party.

use super::{LineState, shown};
use crate::catalog::Mode;
use crate::floor::{
    Ask, AskClosedWhy, AskState, Call, CartLine, Discount, EndedWhy, Fees, Floor, HoldWhy, ItemKey, Known, Line, NodWhy, Now,
    Order, OrderState, Refund, RefundWhy, Session, Share, Way, unseen_too_long,
};
use crate::menu::{ChosenOption, LineProblem, Selection};
use crate::payment::{AttemptState, Jsapi, Opened, Payments, RefundState};
use crate::{
    AskId, AttemptId, DishId, GuestId, LineId, Money, OrderId, RefundId, SessionId, ShareId, StationId, TableId, TenderId, Text,
    Timestamp,
};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

macro_rules! wire {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[allow(missing_docs)] // Fields are the values their names say.
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}
pub(super) use wire;

wire! {
    /// Everything a phone at the table shows.
    SessionView {
        id: SessionId, table: TableView, mode: Mode, covers: u16, state: SessionState, opened_at: Timestamp, guests: Vec<GuestView>,
        menu_version: u32, stock: Vec<StockView>, cart: Vec<CartLineView>, orders: Vec<OrderView>, check: CheckView,
        payments: Vec<PaymentView>, calls: Vec<Call>,
        /// All tables the party sits at, such as "A1+A2".
        tables: String,
        /// The party whose check this one is on now.
        merged_into: Option<SessionId>,
        /// Parties on this check too.
        merged: Vec<MergedView>,
        vip: bool, hot_pot: bool,
        /// Dishes the first order brings for every guest; none once something is ordered.
        per_head: Vec<DishId>,
        /// Why a guest's order would wait for a nod of the staff.
        nod: Option<NodWhy>,
        /// Minutes the slowest station is behind, where that is counted.
        behind_min: Option<u32>,
    }
    /// A party on another's check.
    MergedView { session: SessionId, table_name: String, covers: u16 }
    /// Where the party sits.
    TableView { id: TableId, name: String, area: Text }
    /// A phone at the table.
    GuestView { id: GuestId, name: String }
    /// A dish that can't simply be ordered.
    StockView {
        dish: DishId, sold_out: bool, remaining: Option<u32>, off_hours: bool,
        /// Its station is too far behind for guests to order it now.
        paused: bool,
    }
    /// A line of the shared cart.
    CartLineView {
        line: LineId,
        #[serde(flatten)]
        selection: Selection,
        guest: GuestId, guest_name: String, name: Text, unit_price: Money, amount: Money, problem: Option<LineProblem>, added_at: Timestamp,
    }
    /// An order as the diner follows it.
    OrderView {
        id: OrderId, number: String, round: u32, state: OrderViewState, placed_at: Timestamp, placed_by: String,
        expires_at: Option<Timestamp>, total: Money, note: Option<String>, lines: Vec<OrderLineView>,
        /// Why it waits for a nod.
        nod: Option<NodWhy>,
        /// Why the staff refused it.
        declined: Option<String>,
    }
    /// A line of it.
    OrderLineView {
        line: LineId, dish: DishId, name: Text, variant: Option<Text>, options: Vec<ChosenOption>, set: Vec<SetPartView>, quantity: u16,
        weight_g: Option<u32>, unit_price: Money, amount: Money, note: Option<String>, guest_name: String, state: LineState,
        due_at: Option<Timestamp>, rushed: u32, rush_answered: bool, void_reason: Option<String>,
        course: Option<u8>, seat: Option<u8>,
        /// It isn't cooked yet, and why.
        held: Option<HoldWhy>,
        fired_at: Option<Timestamp>, overdue_at: Option<Timestamp>,
        /// Given away, and why.
        comped: Option<String>,
        /// What it cost before somebody changed its price.
        was_amount: Option<Money>,
        /// Its real weight has still to be said.
        needs_weight: bool,
        remakes: u32,
        /// What the kitchen cooks of it.
        items: Vec<LineItemView>,
    }
    /// What one station cooks of a line.
    LineItemView { key: ItemKey, station: StationId, name: Text, quantity: u32, state: LineState }
    /// A dish of a set meal.
    SetPartView { name: Text, quantity: u32 }
    /// What the party owes.
    CheckView {
        total: Money, paid: Money, balance: Money,
        /// What may be asked now; money on its way back counts as gone.
        due: Money,
        /// The dishes; part of `total`, as the next four.
        eaten: Money,
        /// Taken off the dishes.
        discount: Money,
        /// What is missing to the least spend (低消差额).
        shortfall: Money,
        /// 茶位费.
        seat_fee: Money,
        service_charge: Money,
        /// The discount that was given.
        discounted: Option<Discount>,
        /// Fees that were let go.
        waived: Fees,
        /// Lines that have to be weighed before anybody pays.
        unweighed: Vec<LineId>,
        /// What was let go with refunds; `total` is less by it.
        allowance: Money,
        state: CheckState, tenders: Vec<TenderView>, shares: Vec<ShareView>, refunds: Vec<RefundView>,
    }
    /// Money on the check.
    TenderView {
        tender: TenderId, way: Way, amount: Money, at: Timestamp, tip: Money, rounded_off: Money, order: Option<OrderId>,
        share: Option<ShareId>, reference: Option<String>,
        /// What of it can still go back.
        refundable: Money,
    }
    /// A share of a split check.
    ShareView { share: ShareId, name: String, amount: Money, unpaid: Money, lines: Vec<LineId> }
    /// Money going back, or gone back.
    RefundView {
        refund: RefundId, tender: TenderId, way: Way, amount: Money, lines: Vec<LineId>, why: RefundWhy, reason: String,
        state: RefundViewState, asked_at: Timestamp, paid_at: Option<Timestamp>,
    }
    /// A payment as everyone sees it.
    PaymentView {
        ask: AskId, way: Way, amount: Money, order: Option<OrderId>, state: PaymentState, asked_at: Timestamp, paid_at: Option<Timestamp>,
        tip: Money, share: Option<ShareId>,
        /// When it is closed or reversed if nobody has paid by then.
        ends_at: Option<Timestamp>,
        code_url: Option<String>, jsapi: Option<Jsapi>,
        /// For `my.tradePay`.
        trade_no: Option<String>,
        /// The channel's page for the phone's browser.
        browser_url: Option<String>,
        /// Only against the simulator: the page where a person pays as a diner would.
        demo_wallet_url: Option<String>,
        /// Its number at the channel, once it was begun there; the cloud shows the receipt by it, `/s/{store}/receipt/{attempt}`.
        attempt: Option<AttemptId>,
        reason: Option<String>,
    }
}

macro_rules! wire_states {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum $name { $($(#[$variant_meta])* $variant),* }
    )*};
}

wire_states! {
    /// Whether the party still sits.
    SessionState { Open, Closed }
    /// Where an order stands.
    OrderViewState { AwaitingPayment, AwaitingNod, Accepted, Expired, Cancelled, Declined }
    /// Where the check stands.
    CheckState { Empty, Due, Checking, Settled }
    /// Where a payment stands: `checking` means the channel has not answered for certain, so nobody pays again meanwhile.
    PaymentState { Starting, Waiting, Checking, Paid, Failed, Closed }
    /// Where money going back stands; `failed` waits for a person.
    RefundViewState { Returning, Returned, Failed }
}

/// Builds a phone's view of the party.
pub fn session_view(floor: &Floor, payments: &Payments, session: &Session, now: Now, known: &Known) -> SessionView {
    let orders: Vec<&Order> = session.orders.iter().filter_map(|id| floor.orders.get(id)).collect();
    let pays: Vec<PaymentView> = session.asks.values().map(|ask| payment_view(ask, payments)).collect();
    SessionView {
        id: session.id,
        table: TableView { id: session.table.clone(), name: session.table_name.clone(), area: session.area_name.clone() },
        mode: session.mode,
        covers: session.covers,
        state: if session.closed_at.is_some() { SessionState::Closed } else { SessionState::Open },
        opened_at: session.opened_at,
        guests: session.guests.iter().map(|(id, name)| GuestView { id: *id, name: name.clone() }).collect(),
        menu_version: known.menu.version,
        stock: stock_views(floor, now, known),
        cart: session.cart.iter().map(|line| cart_line_view(floor, session, line, now, known)).collect(),
        orders: orders.iter().filter(|order| !order.lines.is_empty()).map(|order| order_view(order)).collect(),
        check: check_view(floor, payments, session, &pays),
        payments: pays,
        calls: session.calls.clone(),
        tables: session.table_names(),
        merged_into: session.merged_into,
        merged: session
            .merged
            .iter()
            .map(|party| MergedView { session: party.session, table_name: party.table_name.clone(), covers: party.covers })
            .collect(),
        vip: session.vip,
        hot_pot: session.hot_pot,
        per_head: if orders.iter().any(|order| order.is_wanted()) { Vec::new() } else { per_head(session, known) },
        nod: floor.nod_for_guests(session, now, known).or_else(|| unseen_too_long(floor, now.at, known)),
        behind_min: known.menu.stations.iter().filter_map(|station| floor.behind_min(&station.id, known)).max(),
    }
}

fn per_head(session: &Session, known: &Known) -> Vec<DishId> {
    known.house.area(&session.area).map(|area| area.per_head.clone()).unwrap_or_default()
}

/// Dishes that can't simply be ordered: sold out, counted, or not at this hour.
pub fn stock_views(floor: &Floor, now: Now, known: &Known) -> Vec<StockView> {
    // Asked once per station: a menu has many dishes, and each answer looks at everything that is being cooked.
    let stations = known.menu.stations.iter().map(|station| &station.id);
    let paused: BTreeSet<&StationId> = stations.filter(|id| floor.is_station_paused(id, known)).collect();
    let dishes = known.menu.dishes.iter().map(|dish| {
        let stock = floor.stock.get(&dish.id).copied().unwrap_or_default();
        let off_hours = dish.hours.is_some_and(|hours| !hours.contains(now.minute));
        let paused = paused.contains(&dish.station);
        StockView { dish: dish.id.clone(), sold_out: stock.left() == Some(0), remaining: stock.remaining, off_hours, paused }
    });
    dishes.filter(|view| view.sold_out || view.remaining.is_some() || view.off_hours || view.paused).collect()
}

fn cart_line_view(floor: &Floor, session: &Session, line: &CartLine, now: Now, known: &Known) -> CartLineView {
    let quote = floor.quote(session.id, &[(line.line, line.selection.clone())], now, known);
    let problem = quote.ok().and_then(|quote| quote.lines.into_iter().next()).and_then(|quoted| {
        let changed = quoted.problem.is_none() && quoted.amount != line.priced.amount;
        quoted.problem.or(changed.then_some(LineProblem::PriceChanged))
    });
    CartLineView {
        line: line.line,
        selection: line.selection.clone(),
        guest: line.guest,
        guest_name: session.guests.get(&line.guest).cloned().unwrap_or_default(),
        name: line.priced.name.clone(),
        unit_price: line.priced.unit_price,
        amount: line.priced.amount,
        problem,
        added_at: line.added_at,
    }
}

/// Builds the diner's view of an order.
pub fn order_view(order: &Order) -> OrderView {
    OrderView {
        id: order.id,
        number: order.number.clone(),
        round: order.round,
        state: match order.state {
            OrderState::AwaitingPayment => OrderViewState::AwaitingPayment,
            OrderState::Released { .. } => OrderViewState::Accepted,
            OrderState::Ended { why: EndedWhy::Expired } => OrderViewState::Expired,
            OrderState::Ended { why: EndedWhy::Cancelled } => OrderViewState::Cancelled,
            OrderState::Ended { why: EndedWhy::Declined } => OrderViewState::Declined,
            OrderState::AwaitingNod { .. } => OrderViewState::AwaitingNod,
        },
        placed_at: order.placed_at,
        placed_by: order.placed_by.clone(),
        expires_at: order.expires_at,
        total: order.owed(),
        note: order.note.clone(),
        lines: order.lines.iter().map(|line| order_line_view(order, line)).collect(),
        nod: match &order.state {
            OrderState::AwaitingNod { why } => Some(why.clone()),
            OrderState::AwaitingPayment | OrderState::Released { .. } | OrderState::Ended { .. } => None,
        },
        declined: order.declined.clone(),
    }
}

fn order_line_view(order: &Order, line: &Line) -> OrderLineView {
    let set: &[_] = if line.is_set { &line.items } else { &[] };
    let slowest = line.items.iter().map(|item| item.part.due_min).max().unwrap_or_default();
    let latest = line.items.iter().map(|item| item.part.overdue_min).max().unwrap_or_default();
    let is_held = matches!(order.state, OrderState::Released { .. }) && !line.is_fired() && line.voided.is_none();
    OrderLineView {
        line: line.line,
        dish: line.dish.clone(),
        name: line.name.clone(),
        variant: line.variant.clone(),
        options: line.options.clone(),
        set: set.iter().map(|item| SetPartView { name: item.part.name.clone(), quantity: item.part.quantity }).collect(),
        quantity: line.quantity,
        weight_g: line.weight_g,
        unit_price: line.unit_price,
        amount: line.amount,
        note: line.note.clone(),
        guest_name: line.added_by.clone(),
        state: shown(order, line, line.state()),
        due_at: line.fired_at.map(|at| at.plus_minutes(slowest)),
        rushed: line.rushed,
        rush_answered: line.rush_answered,
        void_reason: line.voided.as_ref().map(|voided| voided.reason.clone()),
        course: line.course,
        seat: line.seat,
        held: line.hold.filter(|_| is_held),
        fired_at: line.fired_at,
        overdue_at: line.fired_at.map(|at| at.plus_minutes(latest)),
        comped: line.comped.as_ref().map(|comped| comped.reason.clone()),
        was_amount: line.repriced.as_ref().map(|before| before.was),
        needs_weight: line.needs_weight(),
        remakes: u32::try_from(line.remade.len()).unwrap_or(u32::MAX),
        items: line.items.iter().enumerate().map(|(part, item)| line_item(order, line, part, item)).collect(),
    }
}

fn line_item(order: &Order, line: &Line, part: usize, item: &crate::floor::Item) -> LineItemView {
    LineItemView {
        key: ItemKey { line: line.line, part: u8::try_from(part).unwrap_or(u8::MAX) },
        station: item.part.station.clone(),
        name: item.part.name.clone(),
        quantity: item.part.quantity,
        state: shown(order, line, item.state),
    }
}

fn check_view(floor: &Floor, money: &Payments, session: &Session, payments: &[PaymentView]) -> CheckView {
    let (total, paid) = (floor.total(session), session.paid());
    let checking = payments.iter().any(|payment| payment.state == PaymentState::Checking);
    let due = floor.due(session);
    let charges = floor.charges(session);
    let empty = total == Money::ZERO && session.tenders.is_empty();
    let state = match (checking, empty, due) {
        (true, _, _) => CheckState::Checking,
        (false, true, _) => CheckState::Empty,
        (false, false, Money(0)) => CheckState::Settled,
        (false, false, Money(_)) => CheckState::Due,
    };
    let tender = |tender: &crate::floor::Tender| TenderView {
        tender: tender.tender,
        way: tender.way,
        amount: tender.amount,
        at: tender.at,
        tip: tender.tip,
        rounded_off: tender.rounded_off,
        order: tender.order,
        share: tender.share,
        reference: tender.reference.clone(),
        refundable: session.refundable(tender),
    };
    let share = |share: &Share| ShareView {
        share: share.share,
        name: share.name.clone(),
        amount: share.amount,
        unpaid: session.unpaid_of(share).min(due).max(Money::ZERO),
        lines: share.lines.clone(),
    };
    CheckView {
        total,
        paid,
        balance: total - paid,
        due,
        eaten: charges.eaten,
        discount: charges.discount,
        shortfall: charges.shortfall,
        seat_fee: charges.seat_fee,
        service_charge: charges.service_charge,
        discounted: session.discount.clone(),
        waived: session.waived,
        unweighed: floor.unweighed(session),
        allowance: session.allowance(),
        state,
        tenders: session.tenders.iter().map(tender).collect(),
        shares: session.split.iter().map(share).collect(),
        refunds: session.refunds.values().map(|refund| refund_view(refund, money)).collect(),
    }
}

fn refund_view(refund: &Refund, money: &Payments) -> RefundView {
    let failed = money.refunds.get(&refund.refund).is_some_and(|r| matches!(r.state, RefundState::Failed { .. }));
    RefundView {
        refund: refund.refund,
        tender: refund.tender,
        way: refund.way,
        amount: refund.amount,
        lines: refund.lines.clone(),
        why: refund.why,
        reason: refund.reason.clone(),
        state: match (refund.paid_at, failed) {
            (Some(_), _) => RefundViewState::Returned,
            (None, true) => RefundViewState::Failed,
            (None, false) => RefundViewState::Returning,
        },
        asked_at: refund.asked_at,
        paid_at: refund.paid_at,
    }
}

/// Builds the view of one payment: the floor's wish and the money stream's try, joined.
pub fn payment_view(ask: &Ask, payments: &Payments) -> PaymentView {
    let attempt = payments.by_ask.get(&ask.ask).and_then(|id| payments.attempts.get(id));
    let state = match (&ask.state, attempt) {
        (AskState::Credited { .. }, _) => PaymentState::Paid,
        (AskState::Closed { why: AskClosedWhy::Closed }, _) => PaymentState::Closed,
        (AskState::Closed { why: AskClosedWhy::Failed(_) }, _) => PaymentState::Failed,
        (AskState::Open, None) => PaymentState::Starting,
        (AskState::Open, Some(attempt)) => match &attempt.state {
            AttemptState::Captured { .. } => PaymentState::Checking,
            AttemptState::Closed | AttemptState::Failed { .. } | AttemptState::Reversed => PaymentState::Checking,
            // There is nothing to show the guest: the wallet has been scanned, and the channel will say.
            AttemptState::Open if attempt.way.is_by_code() => PaymentState::Checking,
            AttemptState::Open if attempt.unknown_why.is_some() || attempt.closing => PaymentState::Checking,
            AttemptState::Open if attempt.opened.is_none() => PaymentState::Starting,
            AttemptState::Open => PaymentState::Waiting,
        },
    };
    let opened = attempt.and_then(|attempt| attempt.opened.as_ref()).filter(|_| ask.state == AskState::Open);
    PaymentView {
        ask: ask.ask,
        way: ask.way,
        amount: ask.amount,
        order: ask.order,
        state,
        asked_at: ask.asked_at,
        paid_at: match ask.state {
            AskState::Credited { at } => Some(at),
            AskState::Open | AskState::Closed { .. } => None,
        },
        tip: ask.tip,
        share: ask.share,
        ends_at: attempt.map(|attempt| attempt.expires_at).filter(|_| ask.state == AskState::Open),
        code_url: opened.and_then(Opened::code_url),
        jsapi: opened.and_then(Opened::jsapi),
        trade_no: opened.and_then(Opened::trade_no),
        browser_url: opened.and_then(Opened::browser_url),
        demo_wallet_url: None,
        attempt: attempt.map(|attempt| attempt.attempt),
        reason: match &ask.state {
            AskState::Closed { why: AskClosedWhy::Failed(code) } => Some(code.to_string()),
            AskState::Closed { why: AskClosedWhy::Closed } | AskState::Open | AskState::Credited { .. } => {
                attempt.and_then(|attempt| attempt.unknown_why.clone()).filter(|_| ask.state == AskState::Open)
            }
        },
    }
}
