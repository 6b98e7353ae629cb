//! The three streams of a store, wired to the domain's rules.

use crate::machine::{Context, Machine};
use domain::catalog::{Catalog, CatalogCommand, CatalogEvent, CatalogReject};
use domain::floor::{Floor, FloorAnswer, FloorCommand, FloorEvent, Known, Now, Reject};
use domain::payment::{PaymentCommand, PaymentEvent, PaymentReject, Payments};
use domain::{LocalMinute, Timestamp};
use std::{fmt, sync::Arc};

/// Which rules decide. The house's own are [`HouseRules`]; a simulation puts broken ones in their place, to see that it would notice.
pub trait Rules: fmt::Debug + Send + Sync + 'static {
    /// Decides a command to the floor.
    ///
    /// # Errors
    /// The house's reason to say no.
    fn floor(&self, state: &Floor, command: &FloorCommand, now: Now, known: &Known) -> domain::floor::Decision {
        state.decide(command, now, known)
    }

    /// Decides a command to the money stream.
    ///
    /// # Errors
    /// The reason it can't be.
    fn money(
        &self,
        state: &Payments,
        command: &PaymentCommand,
        now: Now,
        known: &Known,
    ) -> Result<Vec<PaymentEvent>, PaymentReject> {
        state.decide(command, now.at, known.house.currency)
    }
}

/// The domain's rules, as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct HouseRules;

impl Rules for HouseRules {}

/// What decisions on floor and money look at besides their own state.
#[derive(Clone, Debug)]
pub struct Around {
    /// Set-up and menu on sale.
    pub known: Arc<Known>,
    /// The rules that decide.
    pub rules: Arc<dyn Rules>,
}

/// Tables, orders, kitchen, checks.
#[derive(Debug)]
pub struct FloorMachine;

impl Machine for FloorMachine {
    type State = Floor;
    type Command = FloorCommand;
    type Event = FloorEvent;
    type Answer = FloorAnswer;
    type Reject = Reject;
    type Neighbours = Around;
    const SNAPSHOT_VERSION: u32 = 3;

    fn decide(
        state: &Floor,
        command: &FloorCommand,
        context: &Context,
        around: &Around,
    ) -> Result<(Vec<FloorEvent>, FloorAnswer), Reject> {
        around.rules.floor(state, command, now(context), &around.known)
    }

    fn apply(state: &mut Floor, event: &FloorEvent, _at_ms: i64, _seq: u64) {
        state.apply(event);
    }

    fn kind(event: &FloorEvent) -> (&'static str, u16) {
        (event.kind(), 1)
    }
}

/// Tries at the channels, captures.
#[derive(Debug)]
pub struct MoneyMachine;

impl Machine for MoneyMachine {
    type State = Payments;
    type Command = PaymentCommand;
    type Event = PaymentEvent;
    type Answer = ();
    type Reject = PaymentReject;
    type Neighbours = Around;
    const SNAPSHOT_VERSION: u32 = 2;

    fn decide(
        state: &Payments,
        command: &PaymentCommand,
        context: &Context,
        around: &Around,
    ) -> Result<(Vec<PaymentEvent>, ()), PaymentReject> {
        Ok((around.rules.money(state, command, now(context), &around.known)?, ()))
    }

    fn apply(state: &mut Payments, event: &PaymentEvent, _at_ms: i64, _seq: u64) {
        state.apply(event);
    }

    fn kind(event: &PaymentEvent) -> (&'static str, u16) {
        (event.kind(), 1)
    }
}

/// Set-up, staff, devices, menus.
#[derive(Debug)]
pub struct CatalogMachine;

impl Machine for CatalogMachine {
    type State = Catalog;
    type Command = CatalogCommand;
    type Event = CatalogEvent;
    type Answer = ();
    type Reject = CatalogReject;
    type Neighbours = ();
    const SNAPSHOT_VERSION: u32 = 1;

    fn decide(
        state: &Catalog,
        command: &CatalogCommand,
        context: &Context,
        (): &(),
    ) -> Result<(Vec<CatalogEvent>, ()), CatalogReject> {
        Ok((state.decide(command, Timestamp(context.now_ms))?, ()))
    }

    fn apply(state: &mut Catalog, event: &CatalogEvent, _at_ms: i64, _seq: u64) {
        state.apply(event);
    }

    fn kind(event: &CatalogEvent) -> (&'static str, u16) {
        (event.kind(), 1)
    }
}

fn now(context: &Context) -> Now {
    Now { at: Timestamp(context.now_ms), minute: LocalMinute(context.local_minute) }
}
