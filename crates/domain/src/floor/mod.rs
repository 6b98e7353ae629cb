//! The floor stream: tables, carts, orders, kitchen, stock, checks. The busiest journal of a store.
//!
//! Each noun has a file with its decisions and what they change; this file is the table of contents.
//! Decisions about a check (`check.rs`) can only return [`Billing`] events, which hold no cooking: splitting, paying
//! or closing can never send food to the kitchen. The one way from money to fire is [`order::release_if_paid`].

mod announce;
mod call;
mod cart;
mod check;
mod command;
mod day;
mod event;
mod kitchen;
mod order;
mod refund;
mod reject;
mod split;
mod state;
mod stock;
mod table;
mod tender;

pub use check::Billing;
pub use command::*;
pub use event::*;
pub use reject::*;
pub use state::*;

use crate::catalog::House;
use crate::menu::Menu;
use crate::{LocalMinute, Timestamp};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What a floor decision may look at besides the floor itself.
#[derive(Clone, Debug)]
pub struct Known {
    /// The set-up of the house.
    pub house: Arc<House>,
    /// The menu on sale.
    pub menu: Arc<Menu>,
}

/// When a decision is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// The time.
    pub at: Timestamp,
    /// The minute of the store's own day.
    pub minute: LocalMinute,
}

/// What a command leads to: facts to record, and what to tell whoever asked.
pub type Decision = Result<(Vec<FloorEvent>, FloorAnswer), Reject>;

/// A decision that records `events` and has nothing more to say.
fn done(events: Vec<FloorEvent>) -> Decision {
    Ok((events, FloorAnswer::Done))
}

impl Floor {
    /// Decides a command. Refuses without side effects.
    ///
    /// # Errors
    /// The house's reason to say no.
    pub fn decide(&self, command: &FloorCommand, now: Now, known: &Known) -> Decision {
        match command {
            FloorCommand::OpenDay => day::open(self, now, known),
            FloorCommand::CloseDay { accept_unmatched } => day::close(self, *accept_unmatched, now),
            FloorCommand::OpenTable(c) => table::open(self, c, now, known),
            FloorCommand::JoinTable(c) => table::join(self, c, now, known),
            FloorCommand::CloseTable { session } => table::close(self, *session, now),
            FloorCommand::PutCartLine(c) => cart::put(self, c, now, known),
            FloorCommand::SetCartQuantity { session, line, quantity } => {
                cart::set_quantity(self, *session, *line, *quantity, now, known)
            }
            FloorCommand::PlaceOrder(c) => order::place(self, c, now, known),
            FloorCommand::CancelOrder { session, order } => order::cancel(self, *session, *order, now),
            FloorCommand::ExpireOrder { order } => order::expire(self, *order, now),
            FloorCommand::ReportPainted { screen, items } => kitchen::report_painted(self, screen, items, now),
            FloorCommand::StepItem { item, step } => kitchen::step(self, *item, *step, now),
            FloorCommand::VoidLine { session, line, reason, by } => kitchen::void_line(self, *session, *line, reason, by, now),
            FloorCommand::AcknowledgeVoid { item } => kitchen::acknowledge_void(self, *item),
            FloorCommand::RushLine { session, line } => kitchen::rush(self, *session, *line, now, known),
            FloorCommand::AnswerRush { item } => kitchen::answer_rush(self, *item),
            FloorCommand::CallNumber { order } => kitchen::call_number(self, *order),
            FloorCommand::CollectOrder { order } => kitchen::collect(self, *order, now),
            FloorCommand::SetStock { dish, sold_out, remaining } => stock::set(self, dish, *sold_out, *remaining, known),
            FloorCommand::CallWaiter { session, call, reason } => call::ask(self, *session, *call, *reason, now),
            FloorCommand::AnswerCall { call } => call::answer(self, *call, now),
            FloorCommand::AskPayment(c) => check::ask(self, c, now, known).map(check::recorded),
            FloorCommand::CloseAsk { ask, why } => check::close_ask(self, *ask, why, now).map(check::recorded),
            FloorCommand::CreditCapture(c) => {
                let billing = check::credit(self, c, now)?;
                refund::too_much(self, c, order::release_if_paid(self, billing, now), now)
            }
            FloorCommand::TakeCash(c) => {
                let billing = tender::take_cash(self, c, now, known)?;
                order::release_if_paid(self, billing, now)
            }
            FloorCommand::TakeTender(c) => {
                let billing = tender::take(self, c, now, known)?;
                order::release_if_paid(self, billing, now)
            }
            FloorCommand::SplitCheck(c) => split::split(self, c, now).map(check::recorded),
            FloorCommand::UndoSplit { session } => split::undo(self, *session, now).map(check::recorded),
            FloorCommand::AskRefund(c) => refund::ask(self, c, now),
            FloorCommand::PayRefund { refund } => refund::pay(self, *refund, now),
            FloorCommand::BookTakenBack { refund, attempt, amount } => {
                refund::book_taken_back(self, *refund, *attempt, *amount, now)
            }
            FloorCommand::ReopenCheck { session, reason, by } => table::reopen(self, *session, reason, by, now, known),
            FloorCommand::ReportPlayed { device, numbers } => announce::report_played(self, device, numbers, now),
            FloorCommand::SettleAccount(c) => tender::settle_account(self, c, now).map(check::recorded),
        }
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, event: &FloorEvent) {
        match event {
            FloorEvent::DayOpened(e) => day::opened(self, e),
            FloorEvent::DayClosed(e) => day::closed(self, e),
            FloorEvent::TableOpened(e) => table::opened(self, e),
            FloorEvent::GuestJoined(e) => table::joined(self, e),
            FloorEvent::TableClosed(e) => table::closed(self, e),
            FloorEvent::CartLinePut(e) => cart::line_put(self, e),
            FloorEvent::CartLineRemoved(e) => cart::line_removed(self, e),
            FloorEvent::OrderPlaced(e) => order::placed(self, e),
            FloorEvent::OrderReleased(e) => order::released(self, e),
            FloorEvent::OrderEnded(e) => order::ended(self, e),
            FloorEvent::OrderRevived(e) => order::revived(self, e),
            FloorEvent::ItemsPainted(e) => kitchen::painted(self, e),
            FloorEvent::ItemStepped(e) => kitchen::stepped(self, e),
            FloorEvent::LineVoided(e) => kitchen::voided(self, e),
            FloorEvent::VoidAcknowledged(e) => kitchen::void_acknowledged(self, e),
            FloorEvent::LineRushed(e) => kitchen::rushed(self, e),
            FloorEvent::RushAnswered(e) => kitchen::rush_answered(self, e),
            FloorEvent::NumberCalled(e) => kitchen::number_called(self, e),
            FloorEvent::OrderCollected(e) => kitchen::collected(self, e),
            FloorEvent::StockSet(e) => stock::was_set(self, e),
            FloorEvent::WaiterCalled(e) => call::asked(self, e),
            FloorEvent::CallAnswered(e) => call::answered(self, e),
            FloorEvent::PaymentAsked(e) => check::asked(self, e),
            FloorEvent::AskClosed(e) => check::ask_closed(self, e),
            FloorEvent::TenderCredited(e) => tender::credited(self, e),
            FloorEvent::CheckSplit(e) => split::was_split(self, e),
            FloorEvent::SplitUndone(e) => split::forget(self, e.session),
            FloorEvent::RefundAsked(e) => refund::asked(self, e),
            FloorEvent::RefundPaid(e) => refund::paid(self, e),
            FloorEvent::CheckReopened(e) => table::reopened(self, e),
            FloorEvent::AnnouncementsPlayed(e) => announce::played(self, e),
            FloorEvent::AccountSettled(e) => tender::account_settled(self, e),
        }
    }
}
