//! The figures of the rows: numbers that can be added and taken from each other.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub};

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: i64,)* }

        impl $name {
            /// The names of the figures, in order: the columns of the row's table.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            /// The figures in the order of their names.
            pub fn values(&self) -> [i64; [$(stringify!($field)),*].len()] {
                [$(self.$field),*]
            }

            /// Figures of values in the order of their names.
            pub fn of([$($field),*]: [i64; [$(stringify!($field)),*].len()]) -> $name {
                $name { $($field),* }
            }

            /// Nothing happened.
            pub fn is_nothing(&self) -> bool {
                *self == $name::default()
            }
        }

        impl Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name { $($field: self.$field + other.$field),* }
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: $name) {
                *self = *self + other;
            }
        }

        impl Sub for $name {
            type Output = $name;
            fn sub(self, other: $name) -> $name {
                $name { $($field: self.$field - other.$field),* }
            }
        }
    )*};
}

figures! {
    /// What a business day came to.
    ///
    /// # Units
    /// Money in the currency's minor unit (fen); everything else is a count. What is changed after its day was closed counts on the day
    /// of the change, so a figure may be negative on a quiet day.
    DayFigures {
        /// Parties (开台) that owed something. A party on another's check is part of that one.
        parties,
        /// People at those parties' tables.
        covers,
        /// Orders the kitchen got: pay-later orders when they were accepted (or got their nod), pay-first ones when they were paid. Not:
        /// cancelled, expired, refused, still waiting, or emptied by moving their lines.
        orders,
        /// Lines of those orders that were not voided.
        lines,
        /// Portions on those lines.
        dishes,
        /// What they cost at the prices of the menu.
        gross,
        /// What lower prices and the checks' discounts took off.
        discounts,
        /// What lines given away would have cost (赠菜).
        comps,
        /// So many lines were given away.
        comp_count,
        /// What voided lines would have cost (退菜), whenever they were voided.
        voids,
        /// So many lines were voided.
        void_count,
        /// Dishes cooked again.
        remakes,
        /// Service charges.
        service_charge,
        /// Seat fees, and what was missing to the least spend.
        other_fees,
        /// Let go with refunds.
        allowances,
        /// What the parties owed: gross less comps, discounts and allowances, with the fees, and with pay-first orders that still wait for
        /// their payment.
        net,
        /// Let go on cash (抹零).
        rounded_off,
        /// On top, for the staff.
        tips,
        /// What came, in all ways: tips included, what was rounded off not. Counted when it stands on the check.
        received,
        /// What of it was put on customers' accounts (挂账): no money yet.
        on_account,
        /// What of it customers paid for their accounts: money for an earlier `on_account`.
        accounts_paid,
        /// What went back, or is on its way. Counted when it was decided.
        refunded,
        /// What the parties still owe, less what they owed before the day: over several days it sums to what is owed at their end.
        owed,
    }

    /// Half an hour of the store's own time.
    SlotFigures {
        /// Orders placed in it, counted as in [`DayFigures::orders`].
        orders,
        /// Their part of what the parties owe, fees and discounts divided among a party's orders by what they cost.
        net,
    }

    /// Money in one way of paying.
    WayFigures {
        /// Tenders, and payments of accounts.
        received_count,
        /// What they brought: tips included, what was rounded off not.
        received,
        /// Refunds.
        refunded_count,
        /// What they took.
        refunded,
    }

    /// A dish, in all sizes. Parts of a set meal are sold as the set.
    DishFigures {
        /// Portions on lines that were not voided, of orders the kitchen got.
        sold,
        /// What they cost at the prices of the menu.
        gross,
        /// What lines given away would have cost.
        comps,
        /// What they came to: less comps and lower prices, before the check's discount and fees.
        net,
        /// Portions on voided lines.
        voided,
        /// What those would have cost.
        voids,
    }

    /// Dishes a station has cooked, of one [bucket](crate::BUCKETS) of times.
    CookFigures {
        /// Items: what one station cooks of one line. A dish cooked again counts with its last time, on the day it was last ready.
        items,
        /// So many of them were ready after their time.
        overdue,
    }
}
