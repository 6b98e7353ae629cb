//! Everything a slip is made of besides the floor: the house, its staff, its clock and its language.

use domain::floor::{Known, PrintJob};
use domain::{Currency, Money, StaffId, Text, Timestamp};
use engine::Store;
use jiff::tz::TimeZone;
use print::Lang;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) struct Scene {
    pub known: Arc<Known>,
    pub now: Timestamp,
    pub lang: Lang,
    /// Which print this is; 0 is the first.
    pub copy: u32,
    /// Who had it printed; nobody: the house.
    pub asked_by: String,
    names: BTreeMap<StaffId, String>,
    zone: TimeZone,
}

impl Scene {
    pub(super) fn new(store: &Store, job: &PrintJob) -> Scene {
        let known = store.known();
        let names: BTreeMap<StaffId, String> =
            store.catalog(|catalog| catalog.staff.values().map(|staff| (staff.id.clone(), staff.name.clone())).collect());
        let asked_by = job.by.as_ref().map(|by| name(&names, by)).unwrap_or_default();
        Scene {
            now: store.now().at,
            // A house that counts in dollars reads English.
            lang: match known.house.currency {
                Currency::Cny => Lang::Zh,
                Currency::Usd => Lang::En,
            },
            copy: copy(job),
            asked_by,
            names,
            zone: TimeZone::get(&known.house.time_zone).unwrap_or(TimeZone::UTC),
            known,
        }
    }

    /// What a member of staff is called.
    pub(super) fn name(&self, staff: &StaffId) -> String {
        name(&self.names, staff)
    }

    /// Who placed an order: a guest's name, or a member of staff by their code.
    pub(super) fn placed_by(&self, who: &str) -> String {
        who.parse::<StaffId>().ok().and_then(|staff| self.names.get(&staff).cloned()).unwrap_or_else(|| who.to_owned())
    }

    /// A text in the house's language, or in the other one where it has none.
    pub(super) fn text(&self, text: &Text) -> String {
        let (first, second) = match self.lang {
            Lang::Zh => (&text.zh, &text.en),
            Lang::En => (&text.en, &text.zh),
        };
        if first.is_empty() { second.clone() } else { first.clone() }
    }

    pub(super) fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The time of the store's day, as "18:05".
    pub(super) fn time(&self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// As "2026-11-22 18:05".
    pub(super) fn date_time(&self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute())
    }

    fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        self.zone.to_datetime(at)
    }

    /// An amount with the currency's sign, as "￥38.50".
    pub(super) fn money(&self, amount: Money) -> String {
        let sign = match self.known.house.currency {
            Currency::Cny => "￥",
            Currency::Usd => "$",
        };
        format!("{}{sign}{}", if amount.0 < 0 { "-" } else { "" }, plain(Money(amount.0.abs())))
    }

    /// An amount for a column of amounts, as "38.50".
    pub(super) fn amount(&self, amount: Money) -> String {
        format!("{}{}", if amount.0 < 0 { "-" } else { "" }, plain(Money(amount.0.abs())))
    }
}

fn name(names: &BTreeMap<StaffId, String>, staff: &StaffId) -> String {
    names.get(staff).cloned().unwrap_or_else(|| staff.to_string())
}

fn plain(amount: Money) -> String {
    format!("{}.{:02}", amount.0 / 100, amount.0 % 100)
}

/// A slip of which another may be lying there already says so, whatever the reason.
fn copy(job: &PrintJob) -> u32 {
    let again = if job.maybe_printed { job.tries.max(1) } else { 0 };
    job.copy.saturating_add(again)
}
