//! The floor stream: tables, carts, orders, kitchen, stock, checks. The busiest journal of a store.
//!
//! Each noun has a file with its decisions and what they change; this file is the table of contents.
//! Decisions about a check (`check.rs`) can only return [`Billing`] events, which hold no cooking: splitting, paying
//! or closing can never send food to the kitchen. The one way from money to fire is [`order::release_if_paid`].

mod adjust;
mod announce;
mod approval;
mod call;
mod cart;
mod check;
mod command;
mod cooking;
mod day;
mod escalate;
mod event;
mod fire;
mod kitchen;
mod lines;
mod marks;
mod nod;
mod order;
mod party;
mod pot;
mod printing;
mod refund;
mod reject;
mod remake;
mod reserve;
mod shift;
mod split;
mod state;
mod station;
mod stock;
mod table;
mod tender;
mod waiting;
mod weigh;

pub use adjust::{Discount, Fees};
pub use approval::{Approval, ApprovalAnswer, Guarded};
pub use check::Billing;
pub use command::*;
pub use day::{DaySummary, summary as day_summary, unmatched};
pub use escalate::{Escalation, due_escalations};
pub use event::*;
pub use fire::due_after_soup;
pub use nod::{NodWhy, unseen_too_long};
pub use printing::{PrintJob, PrintState, Slip, TableChange, Want, print_wants};
pub use reject::*;
pub use remake::RemakeCause;
pub use reserve::{Reservation, ReservationEnd};
pub use shift::{CashMove, Direction, Shift, ShiftClose, ShiftFigures, WaySum, shift_figures};
pub use state::*;
pub use waiting::{Entry, EntryEnd};

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
            FloorCommand::CloseDay { accept_unmatched, by } => day::close(self, *accept_unmatched, by, now),
            FloorCommand::OpenTable(c) => table::open(self, c, now, known),
            FloorCommand::JoinTable(c) => table::join(self, c, now, known),
            FloorCommand::CloseTable { session } => table::close(self, *session, now, known),
            FloorCommand::PutCartLine(c) => cart::put(self, c, now, known),
            FloorCommand::SetCartQuantity { session, line, quantity } => {
                cart::set_quantity(self, *session, *line, *quantity, now, known)
            }
            FloorCommand::PlaceOrder(c) => order::place(self, c, now, known),
            FloorCommand::CancelOrder { session, order } => order::cancel(self, *session, *order, now),
            FloorCommand::ExpireOrder { order } => order::expire(self, *order, now),
            FloorCommand::ReportPainted { screen, items } => kitchen::report_painted(self, screen, items, now),
            FloorCommand::StepItem { item, step } => kitchen::step(self, *item, *step, now),
            FloorCommand::VoidLine { session, line, reason, hand } => {
                kitchen::void_line(self, *session, *line, reason, hand, now)
            }
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
            FloorCommand::SetCovers { session, covers, by } => party::set_covers(self, *session, *covers, by, now),
            FloorCommand::SetVip { session, vip, by } => party::set_vip(self, *session, *vip, by, now),
            FloorCommand::MoveParty { session, to, by } => party::move_to(self, *session, to, by, now, known),
            FloorCommand::MergeParties { into, from, by } => party::merge(self, *into, *from, by, now),
            FloorCommand::UnmergeParties { into, from, by } => party::unmerge(self, *into, *from, by, now),
            FloorCommand::MoveLines { session, lines, to, order, by } => {
                lines::move_lines(self, *session, lines, *to, *order, by, now)
            }
            FloorCommand::DivideLine { session, line, quantity, into, by } => {
                lines::divide(self, *session, *line, *quantity, *into, by, now)
            }
            FloorCommand::LockTable { table, reason, by } => marks::lock(self, table, reason, by, now, known),
            FloorCommand::UnlockTable { table, by } => marks::unlock(self, table, by, now),
            FloorCommand::CleanTable { table, by } => marks::clean(self, table, by, now),
            FloorCommand::Reserve(c) => reserve::reserve(self, c, now, known),
            FloorCommand::EndReservation { reservation, why, by } => reserve::end(self, *reservation, *why, by, now),
            FloorCommand::TakeNumber { entry, covers, name, by } => {
                waiting::take_number(self, *entry, *covers, name.as_deref(), by.as_ref(), now, known)
            }
            FloorCommand::CallEntry { entry, by } => waiting::call(self, *entry, by, now),
            FloorCommand::EndEntry { entry, why, by } => waiting::end(self, *entry, *why, by.as_ref(), now),
            FloorCommand::AcceptOrder { order, by } => nod::accept(self, *order, by, now),
            FloorCommand::DeclineOrder { order, reason, by } => nod::decline(self, *order, reason, by, now),
            FloorCommand::FireLines { session, lines, by } => fire::fire(self, *session, lines, by.as_ref(), now),
            FloorCommand::ConfirmWeight { session, line, weight_g, by } => {
                weigh::confirm(self, *session, *line, *weight_g, by, now)
            }
            FloorCommand::CompLine { session, line, reason, hand } => {
                adjust::comp(self, *session, *line, reason, hand, now, known)
            }
            FloorCommand::RepriceLine { session, line, amount, reason, hand } => {
                adjust::reprice(self, *session, *line, *amount, reason, hand, now, known)
            }
            FloorCommand::DiscountCheck { session, discount, reason, hand } => {
                adjust::discount(self, *session, discount.as_ref(), reason, hand, now, known)
            }
            FloorCommand::WaiveFees { session, fees, reason, hand } => adjust::waive(self, *session, *fees, reason, hand, now),
            FloorCommand::AskApproval(c) => approval::ask(self, c, now, known),
            FloorCommand::GiveApproval { approval, by, role } => approval::give(self, *approval, by, *role, now, known),
            FloorCommand::RefuseApproval { approval, reason, by } => approval::refuse(self, *approval, reason, by, now),
            FloorCommand::OpenShift { shift, till, float, by } => shift::open(self, *shift, till, *float, by, now),
            FloorCommand::MoveCash { shift, entry, direction, amount, reason, hand } => shift::move_cash(
                self,
                *shift,
                shift::Wanted { entry: *entry, direction: *direction, amount: *amount },
                reason,
                hand,
                now,
            ),
            FloorCommand::CloseShift { shift, counted, by } => shift::close(self, *shift, *counted, by, now),
            FloorCommand::SetStation { station, open, by } => station::set(self, station, *open, by, now, known),
            FloorCommand::RemakeItem { item, cause, note, by } => remake::remake(self, *item, *cause, note.as_deref(), by, now),
            FloorCommand::BumpTicket { order, station } => kitchen::bump(self, *order, station, now, known),
            FloorCommand::Escalate { items, step } => escalate::escalate(self, items, *step, now),
            FloorCommand::QueuePrint { job, printer, slip, by } => {
                printing::queue(self, *job, printer, slip, by.as_ref(), now, known)
            }
            FloorCommand::PrintStarted { job } => printing::started(self, *job, now),
            FloorCommand::PrintDone { job, confirmed } => printing::done_with(self, *job, *confirmed, now),
            FloorCommand::PrintTrouble { job, why, maybe_printed } => printing::trouble(self, *job, why, *maybe_printed, now),
            FloorCommand::MovePrint { job, to } => printing::move_to(self, *job, to, now, known),
            FloorCommand::EndPrint { job, by } => printing::end(self, *job, by.as_ref(), now),
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
            FloorEvent::CoversSet(e) => party::covers_set(self, e),
            FloorEvent::VipSet(e) => party::vip_set(self, e),
            FloorEvent::PartyMoved(e) => party::moved(self, e),
            FloorEvent::PartiesMerged(e) => party::merged(self, e),
            FloorEvent::PartiesUnmerged(e) => party::unmerged(self, e),
            FloorEvent::LinesMoved(e) => lines::moved(self, e),
            FloorEvent::LineDivided(e) => lines::divided(self, e),
            FloorEvent::TableLocked(e) => marks::locked(self, e),
            FloorEvent::TableUnlocked(e) => marks::unlocked(self, e),
            FloorEvent::TableCleaned(e) => marks::cleaned(self, e),
            FloorEvent::TableReserved(e) => reserve::reserved(self, e),
            FloorEvent::ReservationEnded(e) => reserve::ended(self, e),
            FloorEvent::NumberTaken(e) => waiting::taken(self, e),
            FloorEvent::EntryCalled(e) => waiting::called(self, e),
            FloorEvent::EntryEnded(e) => waiting::ended(self, e),
            FloorEvent::OrderAccepted(e) => nod::accepted(self, e),
            FloorEvent::LinesFired(e) => fire::fired(self, e),
            FloorEvent::LineWeighed(e) => weigh::weighed(self, e),
            FloorEvent::LineComped(e) => adjust::comped(self, e),
            FloorEvent::LineRepriced(e) => adjust::repriced(self, e),
            FloorEvent::CheckDiscounted(e) => adjust::discounted(self, e),
            FloorEvent::FeesWaived(e) => adjust::waived(self, e),
            FloorEvent::ApprovalAsked(e) => approval::asked(self, e),
            FloorEvent::ApprovalGiven(e) => approval::given(self, e),
            FloorEvent::ApprovalRefused(e) => approval::refused(self, e),
            FloorEvent::ShiftOpened(e) => shift::opened(self, e),
            FloorEvent::CashMoved(e) => shift::cash_moved(self, e),
            FloorEvent::ShiftClosed(e) => shift::closed(self, e),
            FloorEvent::StationSet(e) => station::was_set(self, e),
            FloorEvent::ItemRemade(e) => remake::remade(self, e),
            FloorEvent::ItemsEscalated(e) => escalate::escalated(self, e),
            FloorEvent::PrintQueued(e) => printing::queued(self, e),
            FloorEvent::PrintSent(e) => printing::sent(self, e),
            FloorEvent::PrintConfirmed(e) => printing::confirmed(self, e),
            FloorEvent::PrintFailed(e) => printing::failed(self, e),
            FloorEvent::PrintMoved(e) => printing::moved(self, e),
            FloorEvent::PrintExpired(e) => printing::expired(self, e),
        }
    }
}
