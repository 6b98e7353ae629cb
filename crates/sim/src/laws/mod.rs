//! The laws of the house (invariants S1–S22, V1–V7), each in a file of its own, each with a good history that it accepts and
//! bad ones that it rejects. A law sees every fact once, in order, and says at once what is against it.

use crate::facts::Noted;

mod books;
pub(crate) mod canary;
mod cooking;
pub mod e1_reconciled;
pub mod s01_ack_durable;
pub mod s02_no_ghost;
pub mod s03_one_intent;
pub mod s04_content;
pub mod s05_kitchen_once;
pub mod s05_paper_once;
pub mod s06_table;
pub mod s07_stock;
pub mod s08_states;
pub mod s09_money;
pub mod s10_proof;
pub mod s11_intent_first;
pub mod s12_refund_identity;
pub mod s13_chain;
pub mod s14_fencing;
pub mod s15_copies;
pub mod s16_projection;
pub mod s17_authority;
pub mod s18_audit;
pub mod s19_tenancy;
pub mod s20_bounded;
pub mod s21_egress;
pub mod s22_output;
pub mod v1_painted;
pub mod v2_answered;
pub mod v3_final;
pub mod v4_booked;
pub mod v5_caught_up;
pub mod v6_alarmed;
pub mod v7_quiet;

#[cfg(test)]
#[allow(clippy::unwrap_used, dead_code)]
pub(crate) mod history;
#[cfg(test)]
#[allow(clippy::unwrap_used, dead_code)]
mod purse;

/// What a law found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The law's short name, such as `S1`.
    pub law: &'static str,
    /// What was seen, in words.
    pub why: String,
    pub at_ms: i64,
}

/// One law.
pub trait Law: Send {
    /// Its short name, such as `S1`.
    fn name(&self) -> &'static str;
    /// What it demands, in a sentence.
    fn demands(&self) -> &'static str;
    /// Looks at the next fact; adds a sentence for everything that is against the law.
    fn see(&mut self, noted: &Noted, against: &mut Vec<String>);
}

/// All laws at work.
#[allow(missing_debug_implementations)] // Laws are trait objects.
pub struct Court {
    laws: Vec<Box<dyn Law>>,
    found: Vec<String>,
}

impl Court {
    /// A court that knows every law.
    pub fn new() -> Court {
        Court::of(all())
    }

    /// A court that knows these.
    pub fn of(laws: Vec<Box<dyn Law>>) -> Court {
        Court { laws, found: Vec::new() }
    }

    /// Lets every law see a fact; the first few things against them.
    pub fn see(&mut self, noted: &Noted) -> Vec<Broken> {
        let mut broken = Vec::new();
        for law in &mut self.laws {
            law.see(noted, &mut self.found);
            broken.extend(self.found.drain(..).map(|why| Broken { law: law.name(), why, at_ms: noted.at_ms }));
        }
        broken
    }
}

impl Default for Court {
    fn default() -> Court {
        Court::new()
    }
}

/// Every law there is.
pub fn all() -> Vec<Box<dyn Law>> {
    vec![
        Box::new(s01_ack_durable::AckDurable::default()),
        Box::new(s02_no_ghost::NoGhost::default()),
        Box::new(s03_one_intent::OneIntent::default()),
        Box::new(s04_content::Content::default()),
        Box::new(s05_kitchen_once::KitchenOnce::default()),
        Box::new(s05_paper_once::PaperOnce::default()),
        Box::new(s06_table::Table::default()),
        Box::new(s07_stock::Stock::default()),
        Box::new(s08_states::States::default()),
        Box::new(s09_money::Money::default()),
        Box::new(s10_proof::Proof::default()),
        Box::new(s11_intent_first::IntentFirst::default()),
        Box::new(s12_refund_identity::RefundIdentity::default()),
        Box::new(s13_chain::Chain::default()),
        Box::new(s14_fencing::Fencing::default()),
        Box::new(s15_copies::Prefix::default()),
        Box::new(s16_projection::Projection::default()),
        Box::new(s17_authority::Authority::default()),
        Box::new(s18_audit::Audit),
        Box::new(s19_tenancy::Tenancy::default()),
        Box::new(s20_bounded::Bounded::default()),
        Box::new(s21_egress::Egress::default()),
        Box::new(s22_output::Output),
        Box::new(v1_painted::Painted::default()),
        Box::new(v2_answered::Answered::default()),
        Box::new(v3_final::Final::default()),
        Box::new(v4_booked::Booked::default()),
        Box::new(v5_caught_up::CaughtUp::default()),
        Box::new(v6_alarmed::Alarmed::default()),
        Box::new(v7_quiet::Quiet::default()),
        Box::new(e1_reconciled::Reconciled::default()),
    ]
}
