//! The three streams of a store, wired to the domain's rules.

use crate::machine::{Context, Machine};
use domain::catalog::{Catalog, CatalogCommand, CatalogEvent, CatalogReject};
use domain::floor::{Floor, FloorAnswer, FloorCommand, FloorEvent, Known, Now, Reject};
use domain::payment::{PaymentCommand, PaymentEvent, PaymentReject, Payments};
use domain::{LocalMinute, Timestamp};
use std::sync::Arc;

/// Tables, orders, kitchen, checks.
#[derive(Debug)]
pub struct FloorMachine;

impl Machine for FloorMachine {
    type State = Floor;
    type Command = FloorCommand;
    type Event = FloorEvent;
    type Answer = FloorAnswer;
    type Reject = Reject;
    type Neighbours = Arc<Known>;
    const SNAPSHOT_VERSION: u32 = 3;

    fn decide(
        state: &Floor,
        command: &FloorCommand,
        context: &Context,
        known: &Arc<Known>,
    ) -> Result<(Vec<FloorEvent>, FloorAnswer), Reject> {
        let now = Now { at: Timestamp(context.now_ms), minute: LocalMinute(context.local_minute) };
        state.decide(command, now, known)
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
    type Neighbours = Arc<Known>;
    const SNAPSHOT_VERSION: u32 = 2;

    fn decide(
        state: &Payments,
        command: &PaymentCommand,
        context: &Context,
        known: &Arc<Known>,
    ) -> Result<(Vec<PaymentEvent>, ()), PaymentReject> {
        Ok((state.decide(command, Timestamp(context.now_ms), known.house.currency)?, ()))
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
