//! The people of a world: guests with their phones, waiters, cooks at their screens, cashiers, a lead, a manager; a thief and a
//! dishonest cashier.

pub(crate) mod cook;
pub(crate) mod faraway;
pub(crate) mod fate;
pub(crate) mod manager;
pub(crate) mod party;
pub(crate) mod rogues;
pub(crate) mod waiter;

use crate::world::World;
use domain::{LineId, OrderId, SessionId};
use drill::Dice;
use std::sync::{Arc, PoisonError};

/// What a party has asked the staff for.
#[derive(Clone, Debug)]
pub(crate) enum Chore {
    /// To take cash for what is due; of a pay-first order, where there is one.
    Cash { session: SessionId, order: Option<OrderId> },
    /// To scan a wallet.
    Scan { session: SessionId, order: Option<OrderId>, digits: String },
    /// To take a dish back.
    Void { session: SessionId, line: LineId },
    /// To sit elsewhere.
    Move { session: SessionId },
    /// The party has left.
    Clear { session: SessionId },
    /// Money back for something that was paid.
    GiveBack { session: SessionId },
}

/// 128 bits of somebody's chance.
pub(crate) fn fresh(dice: &mut Dice) -> u128 {
    (u128::from(dice.draw()) << 64) | u128::from(dice.draw())
}

/// An id as addresses and bodies write it.
pub(crate) fn hex(id: u128) -> String {
    format!("{id:032x}")
}

impl World {
    /// Asks the staff for something.
    pub fn ask_staff(&self, chore: Chore) {
        self.chores.lock().unwrap_or_else(PoisonError::into_inner).push(chore);
    }

    /// Takes the first chore that somebody can do.
    pub fn take_chore(&self, can: impl Fn(&Chore) -> bool) -> Option<Chore> {
        let mut chores = self.chores.lock().unwrap_or_else(PoisonError::into_inner);
        let at = chores.iter().position(can)?;
        Some(chores.remove(at))
    }
}

/// Everybody who works here begins.
pub(crate) fn staff_comes(world: &Arc<World>) {
    for screen in 0..world.plan.screens {
        tokio::spawn(cook::watch(world.clone(), screen));
    }
    tokio::spawn(waiter::serve(world.clone()));
    tokio::spawn(waiter::till(world.clone()));
    tokio::spawn(manager::manage(world.clone()));
    tokio::spawn(rogues::thief(world.clone()));
    tokio::spawn(rogues::dishonest_cashier(world.clone()));
}
