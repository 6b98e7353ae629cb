//! The one table of rights: what each role may do. Printed into the documents and tested whole.

use super::Role;

/// Something that may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// See the floor, open tables, answer calls, take orders, move parties and lines, ask for guarded acts.
    Serve,
    /// Take money through a channel for a guest: scan their wallet, start their payment.
    Charge,
    /// Take cash, card, account and member money; open and close a shift; put cash in or ask to take it out.
    Collect,
    /// Read the inbox of money, ask channels, settle cases, compare bills.
    Reconcile,
    /// Give money back.
    Refund,
    /// Put right what is over: open a closed check again, send back what no check has, try a failed refund again.
    Correct,
    /// Work the kitchen's screens: start, ready, recall, remake, weigh.
    Cook,
    /// Open and close stations; print slips again.
    Direct,
    /// Say yes to what another person asks: a line off a fired order, a dish for nothing, another price, fees let go, cash taken out.
    Approve,
    /// Change stock.
    Stock,
    /// Reservations, the queue, locked and dirty tables.
    Seat,
    /// Open and close the business day; see all shifts.
    Day,
    /// Read who did what, where and when.
    Audit,
    /// Publish a menu, make pairing codes, hire, change roles and PINs, sign devices out.
    Publish,
}

impl Right {
    /// Every right.
    pub const ALL: [Right; 14] = [
        Right::Serve,
        Right::Charge,
        Right::Collect,
        Right::Reconcile,
        Right::Refund,
        Right::Correct,
        Right::Cook,
        Right::Direct,
        Right::Approve,
        Right::Stock,
        Right::Seat,
        Right::Day,
        Right::Audit,
        Right::Publish,
    ];
}

impl Role {
    /// Every role of the staff.
    pub const ALL: [Role; 7] =
        [Role::Waiter, Role::Cashier, Role::Kitchen, Role::Lead, Role::Manager, Role::Owner, Role::Support];

    /// Whether the role has the right.
    pub fn may(self, right: Right) -> bool {
        use Role::{Cashier, Kitchen, Lead, Manager, Owner, Support, Waiter};
        match right {
            Right::Serve => matches!(self, Waiter | Cashier | Lead | Manager | Owner),
            Right::Charge => matches!(self, Waiter | Cashier | Lead | Manager | Owner),
            Right::Collect => matches!(self, Cashier | Lead | Manager | Owner),
            Right::Reconcile => matches!(self, Cashier | Lead | Manager | Owner),
            Right::Refund => matches!(self, Lead | Manager | Owner),
            Right::Correct => matches!(self, Manager | Owner),
            Right::Cook => matches!(self, Waiter | Cashier | Kitchen | Lead | Manager | Owner),
            Right::Direct => matches!(self, Kitchen | Cashier | Lead | Manager | Owner),
            Right::Approve => matches!(self, Lead | Manager | Owner),
            Right::Stock => matches!(self, Kitchen | Cashier | Lead | Manager | Owner),
            Right::Seat => matches!(self, Waiter | Cashier | Lead | Manager | Owner),
            Right::Day => matches!(self, Manager | Owner),
            Right::Audit => matches!(self, Manager | Owner | Support),
            Right::Publish => matches!(self, Manager | Owner),
        }
    }
}
