//! The rules of the house: `[policy]`, `[policy.service]` and `[policy.kitchen]`.

use crate::cell;
use domain::catalog::{AcceptRule, DiscountLimit, KitchenPolicy, Mode, Pace, Policy, Role, ServicePolicy, UnseenAfter};
use domain::menu::Hours;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The lines of the queue are called A to Z; the last is for parties too large for the others.
const MOST_QUEUE_SIZES: usize = 25;
const WHOLE_BP: u32 = 10_000;
const DAY_S: u32 = 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyForm {
    scan_opens_table: bool,
    unpaid_minutes: u32,
    rush_pause_s: u32,
    #[serde(default)]
    cash_rounding_fen: u32,
    #[serde(default)]
    tips_bp: Vec<u32>,
    reopen_minutes: Option<u32>,
    #[serde(default)]
    service: ServiceForm,
    #[serde(default)]
    kitchen: KitchenForm,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceForm {
    first_order_nod: Option<bool>,
    clean_tables: Option<bool>,
    confirm_weights: Option<bool>,
    #[serde(default)]
    discount_limits: Vec<LimitForm>,
    screen_code_s: Option<u32>,
    queue_sizes: Option<Vec<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitForm {
    role: Role,
    bp: u32,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KitchenForm {
    #[serde(default)]
    unseen: UnseenForm,
    stop_unseen_s: Option<u32>,
    soup_lead_s: Option<u32>,
    slip_minutes: Option<u32>,
    pause_at_min: Option<u32>,
    #[serde(default)]
    accept: Vec<AcceptForm>,
    #[serde(default)]
    pace: Vec<PaceForm>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnseenForm {
    screen_s: Option<u32>,
    printer_s: Option<u32>,
    waiter_s: Option<u32>,
    till_s: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptForm {
    mode: Mode,
    hours: Option<HoursText>,
    #[serde(default)]
    behind_min: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaceForm {
    mode: Option<Mode>,
    hours: HoursText,
    percent: u16,
}

/// Times of day such as `11:30-13:30`; `22:00-02:00` runs over midnight.
struct HoursText(Hours);

impl<'de> Deserialize<'de> for HoursText {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let wrong = || D::Error::custom(format!("\"{text}\": hours are written as \"11:30-13:30\""));
        let (from, to) = text.split_once(['-', '–']).ok_or_else(wrong)?;
        let minute = |text: &str| cell::minute(text.trim()).map_err(|_| wrong());
        Ok(HoursText(Hours { from_min: minute(from)?, to_min: minute(to)? }))
    }
}

impl PolicyForm {
    pub fn policy(self) -> Policy {
        let usual = Policy::default();
        Policy {
            scan_opens_table: self.scan_opens_table,
            unpaid_minutes: self.unpaid_minutes,
            rush_pause_s: self.rush_pause_s,
            cash_rounding_fen: self.cash_rounding_fen,
            tips_bp: self.tips_bp,
            reopen_minutes: self.reopen_minutes.unwrap_or(usual.reopen_minutes),
            service: self.service.policy(usual.service),
            kitchen: self.kitchen.policy(usual.kitchen),
        }
    }
}

impl ServiceForm {
    fn policy(self, usual: ServicePolicy) -> ServicePolicy {
        ServicePolicy {
            first_order_nod: self.first_order_nod.unwrap_or(usual.first_order_nod),
            clean_tables: self.clean_tables.unwrap_or(usual.clean_tables),
            confirm_weights: self.confirm_weights.unwrap_or(usual.confirm_weights),
            discount_limits: self.discount_limits.into_iter().map(|LimitForm { role, bp }| DiscountLimit { role, bp }).collect(),
            screen_code_s: self.screen_code_s.unwrap_or(usual.screen_code_s),
            queue_sizes: self.queue_sizes.unwrap_or(usual.queue_sizes),
        }
    }
}

impl KitchenForm {
    fn policy(self, usual: KitchenPolicy) -> KitchenPolicy {
        let hours = |text: Option<HoursText>| text.map(|HoursText(hours)| hours);
        let accept = |AcceptForm { mode, hours: text, behind_min }| AcceptRule { mode, hours: hours(text), behind_min };
        let pace = |PaceForm { mode, hours: HoursText(hours), percent }| Pace { mode, hours, percent };
        KitchenPolicy {
            unseen: self.unseen.ladder(usual.unseen),
            stop_unseen_s: self.stop_unseen_s.unwrap_or(usual.stop_unseen_s),
            soup_lead_s: self.soup_lead_s.unwrap_or(usual.soup_lead_s),
            slip_minutes: self.slip_minutes.unwrap_or(usual.slip_minutes),
            pause_at_min: self.pause_at_min.unwrap_or(usual.pause_at_min),
            accept: self.accept.into_iter().map(accept).collect(),
            pace: self.pace.into_iter().map(pace).collect(),
        }
    }
}

impl UnseenForm {
    fn ladder(self, usual: UnseenAfter) -> UnseenAfter {
        UnseenAfter {
            screen_s: self.screen_s.unwrap_or(usual.screen_s),
            printer_s: self.printer_s.unwrap_or(usual.printer_s),
            waiter_s: self.waiter_s.unwrap_or(usual.waiter_s),
            till_s: self.till_s.unwrap_or(usual.till_s),
        }
    }
}

/// What can't be kept to.
pub(super) fn misfits(policy: &Policy, wrong: &mut Vec<String>) {
    if policy.cash_rounding_fen > 1000 {
        wrong.push("cash_rounding_fen is more than 1000 (10 yuan)".to_owned());
    }
    if policy.tips_bp.iter().any(|bp| *bp == 0 || *bp > WHOLE_BP) {
        wrong.push("tips_bp are hundredths of a percent from 1 to 10000".to_owned());
    }
    service_misfits(&policy.service, wrong);
    kitchen_misfits(&policy.kitchen, wrong);
}

fn service_misfits(service: &ServicePolicy, wrong: &mut Vec<String>) {
    for (i, limit) in service.discount_limits.iter().enumerate() {
        let role = role_word(limit.role);
        if limit.bp > WHOLE_BP {
            wrong.push(format!("discount_limits, {role}: {} is more than 10000 (100 %)", limit.bp));
        }
        if service.discount_limits[..i].iter().any(|other| other.role == limit.role) {
            wrong.push(format!("discount_limits: {role} stands here twice"));
        }
    }
    // Below half a minute a guest would often scan a code that is already over.
    if service.screen_code_s != 0 && !(30..=DAY_S).contains(&service.screen_code_s) {
        wrong.push("screen_code_s is 0 (codes don't change) or 30 to 86400 seconds".to_owned());
    }
    let sizes = &service.queue_sizes;
    if sizes.first() == Some(&0) || sizes.windows(2).any(|pair| pair[0] >= pair[1]) {
        wrong.push("queue_sizes are numbers of people, each larger than the one before".to_owned());
    }
    if sizes.len() > MOST_QUEUE_SIZES {
        wrong.push(format!("queue_sizes: there are more than {MOST_QUEUE_SIZES}"));
    }
}

fn kitchen_misfits(kitchen: &KitchenPolicy, wrong: &mut Vec<String>) {
    let UnseenAfter { screen_s, printer_s, waiter_s, till_s } = kitchen.unseen;
    let ladder: Vec<u32> = [screen_s, printer_s, waiter_s, till_s].into_iter().filter(|seconds| *seconds > 0).collect();
    if ladder.windows(2).any(|pair| pair[0] >= pair[1]) {
        wrong.push(
            "unseen: each of screen_s, printer_s, waiter_s and till_s is later than the one before, or 0 to leave it out"
                .to_owned(),
        );
    }
    let seconds =
        [screen_s, printer_s, waiter_s, till_s, kitchen.stop_unseen_s, kitchen.soup_lead_s].into_iter().max().unwrap_or_default();
    if seconds > DAY_S {
        wrong.push(format!("kitchen: {seconds} seconds are more than a day"));
    }
    if !(1..=24 * 60).contains(&kitchen.slip_minutes) {
        wrong.push("slip_minutes is 1 to 1440".to_owned());
    }
    if kitchen.pause_at_min > 24 * 60 {
        wrong.push("pause_at_min is 0 (never) to 1440".to_owned());
    }
    for (i, rule) in kitchen.accept.iter().enumerate() {
        let mode = mode_word(rule.mode);
        // The first rule of a mode is the one that counts.
        if kitchen.accept[..i].iter().any(|other| other.mode == rule.mode) {
            wrong.push(format!("accept: {mode} stands here twice"));
        }
        if rule.hours.is_some_and(is_no_span) {
            wrong.push(format!("accept, {mode}: the hours begin and end within a day and differ"));
        }
        if rule.behind_min > 24 * 60 {
            wrong.push(format!("accept, {mode}: behind_min is 0 (however late) to 1440"));
        }
    }
    for pace in &kitchen.pace {
        let hours = hours_text(pace.hours);
        if is_no_span(pace.hours) {
            wrong.push(format!("pace {hours}: the hours begin and end within a day and differ"));
        }
        if !(10..=1000).contains(&pace.percent) {
            wrong.push(format!("pace {hours}: percent is 10 to 1000"));
        }
    }
}

/// Whether nothing, or more than a day, would lie between them.
fn is_no_span(hours: Hours) -> bool {
    hours.from_min == hours.to_min || hours.from_min.0 >= 1440
}

fn hours_text(hours: Hours) -> String {
    format!("{}-{}", cell::minute_text(hours.from_min), cell::minute_text(hours.to_min))
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::PayLater => "pay_later",
        Mode::PayFirst => "pay_first",
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Waiter => "waiter",
        Role::Cashier => "cashier",
        Role::Kitchen => "kitchen",
        Role::Lead => "lead",
        Role::Manager => "manager",
        Role::Owner => "owner",
        Role::Support => "support",
    }
}
