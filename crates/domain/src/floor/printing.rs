//! Slips on their way to paper: a queue per printer, whose every step is a fact.

use crate::{JobId, LineId, OrderId, PrinterId, QueueId, SessionId, ShiftId, StaffId, StationId, Timestamp};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a slip says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "slip", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Slip {
    /// Lines of an order that a station is to cook (厨打单): those fired and on no slip yet.
    Kitchen {
        order: OrderId,
        station: StationId,
        lines: Vec<LineId>,
    },
    /// A line was taken off (退菜).
    Void {
        order: OrderId,
        station: StationId,
        line: LineId,
    },
    /// A line is urged (催菜).
    Rush {
        order: OrderId,
        station: StationId,
        line: LineId,
        nth: u32,
    },
    /// What a station cooks goes to another table now.
    TableChange {
        change: u32,
        station: StationId,
    },
    /// The bill before it is paid (预结单).
    PreBill {
        session: SessionId,
    },
    /// The bill once it is paid.
    Receipt {
        session: SessionId,
    },
    /// The table's code, for this party only.
    TableCode {
        session: SessionId,
    },
    /// A waiting party's number.
    Number {
        entry: QueueId,
    },
    Shift {
        shift: ShiftId,
    },
    /// The figures of a closed business day.
    Day {
        number: u32,
    },
    /// Opens the drawer; nothing is printed.
    Drawer {
        shift: ShiftId,
    },
    Test,
}

/// A slip in a printer's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PrintJob {
    pub job: JobId,
    /// Its place in the queue.
    pub place: u64,
    pub printer: PrinterId,
    pub slip: Slip,
    /// How many slips of the same content came before it; more than 0: it says 补打.
    pub copy: u32,
    pub by: Option<StaffId>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    pub state: PrintState,
    /// How often its bytes went out.
    pub tries: u32,
    /// It may have come out already: the next try says 补打.
    pub maybe_printed: bool,
    /// What the printer said last.
    pub trouble: Option<String>,
    /// When it got to where it is.
    pub changed_at: Timestamp,
}

/// Where a slip stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PrintState {
    /// It waits for the printer.
    Queued,
    /// Its bytes are out; nothing is known yet.
    Sent,
    /// The printer says it came out, or, if it answers nothing, took it.
    Confirmed,
    /// It didn't come out, or nobody knows; it is tried again.
    Failed,
    /// It will not be printed any more.
    Expired,
}

/// A move between tables that the kitchen has to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TableChange {
    pub number: u32,
    pub orders: Vec<OrderId>,
    pub from: String,
    pub to: String,
    pub at: Timestamp,
    /// Stations whose slip is under way.
    pub slips: BTreeSet<StationId>,
}

use super::kitchen::{find_line, line_mut, saw};
use super::{
    Decision, Escalation, Floor, FloorAnswer, Item, ItemKey, ItemState, Known, Line, Now, Order, PrintConfirmed, PrintExpired,
    PrintFailed, PrintMoved, PrintQueued, PrintSent, Reject, done,
};
use crate::catalog::PrintWhen;
use crate::text::{LONGEST_NOTE, is_plain};
use alloc::collections::BTreeMap;
use alloc::string::ToString;

/// Minutes after which a slip that isn't for the kitchen is no longer printed.
const SLIP_MINUTES: u32 = 60;
/// Minutes after which a drawer is no longer opened: nobody stands before it any more.
const DRAWER_MINUTES: u32 = 1;

impl Slip {
    /// For how long it is worth printing.
    fn minutes(&self, known: &Known) -> u32 {
        match self {
            Slip::Drawer { .. } => DRAWER_MINUTES,
            Slip::Kitchen { .. } | Slip::Void { .. } | Slip::Rush { .. } | Slip::TableChange { .. } => {
                known.house.policy.kitchen.slip_minutes
            }
            Slip::PreBill { .. }
            | Slip::Receipt { .. }
            | Slip::TableCode { .. }
            | Slip::Number { .. }
            | Slip::Shift { .. }
            | Slip::Day { .. }
            | Slip::Test => SLIP_MINUTES,
        }
    }
}

impl PrintState {
    /// Nothing more happens to the slip.
    pub fn is_final(self) -> bool {
        match self {
            PrintState::Queued | PrintState::Sent | PrintState::Failed => false,
            PrintState::Confirmed | PrintState::Expired => true,
        }
    }
}

impl PrintJob {
    /// It was printed, may have been, or will be.
    fn counts(&self) -> bool {
        self.state != PrintState::Expired || self.tries > 0
    }

    /// It asks for a part of a line to be cooked as it is to be cooked now, not as it was before it was remade.
    fn asks_for(&self, line: &Line, part: u8, item: &Item) -> bool {
        let Slip::Kitchen { station, lines, .. } = &self.slip else { return false };
        let is_on = *station == item.part.station && lines.contains(&line.line);
        is_on && item.slip.is_some_and(|slip| slip == self.job || line.clock_of(part).is_some_and(|clock| clock <= self.at))
    }
}

/// Puts a slip into a printer's queue. What the house asks for by itself is queued once, however often it asks; a person may print
/// again, and the slip says so.
///
/// # Rejects
/// `NothingToPrint` where the slip would say nothing; `SlipExists` where the id stands for another slip.
pub(super) fn queue(
    floor: &Floor,
    job: JobId,
    printer: &PrinterId,
    slip: &Slip,
    by: Option<&StaffId>,
    now: Now,
    known: &Known,
) -> Decision {
    if let Some(queued) = floor.slips.get(&job) {
        let answer = FloorAnswer::PrintQueued { copy: queued.copy };
        return if queued.slip == *slip { Ok((Vec::new(), answer)) } else { Err(Reject::SlipExists) };
    }
    known.house.printer(printer).ok_or(Reject::PrinterUnknown)?;
    if by.is_none() && is_under_way(floor, slip) {
        return done(Vec::new());
    }
    if !is_printable(floor, slip) {
        return Err(Reject::NothingToPrint);
    }
    let minutes = slip.minutes(known);
    let copy = u32::try_from(copies(floor, slip)).unwrap_or(u32::MAX);
    let (printer, slip, by) = (printer.clone(), slip.clone(), by.cloned());
    let queued = PrintQueued { job, printer, slip, copy, by, at: now.at, expires_at: now.at.plus_minutes(minutes) };
    Ok((alloc::vec![queued.into()], FloorAnswer::PrintQueued { copy }))
}

/// Whether what the house would print by itself is on a slip already, even one that was given up.
fn is_under_way(floor: &Floor, slip: &Slip) -> bool {
    match slip {
        Slip::Kitchen { station, lines, .. } => {
            let mut items = lines.iter().filter_map(|line| find_line(floor, *line)).flat_map(|(_, line)| parts_at(line, station));
            items.all(|(_, item)| item.slip.is_some()) && !lines.is_empty() && is_printable(floor, slip)
        }
        Slip::Void { station, line, .. } => find_line(floor, *line)
            .is_some_and(|(_, line)| line.voided.is_some() && parts_at(line, station).all(|(_, item)| item.void_slip.is_some())),
        Slip::TableChange { change, station } => {
            floor.table_changes.iter().any(|other| other.number == *change && other.slips.contains(station))
        }
        Slip::Rush { .. }
        | Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Test => floor.slips.values().any(|job| job.slip == *slip && job.state != PrintState::Expired),
        // It opens for every payment, but not twice for one.
        Slip::Drawer { .. } => floor.slips.values().any(|job| job.slip == *slip && !job.state.is_final()),
    }
}

/// Whether there is something to say.
fn is_printable(floor: &Floor, slip: &Slip) -> bool {
    let line_of = |order: OrderId, line: LineId| {
        let order = floor.orders.get(&order).filter(|order| order.released_at().is_some());
        order.and_then(|order| order.lines.iter().find(|other| other.line == line))
    };
    let has = |line: &Line, station: &StationId| parts_at(line, station).next().is_some();
    let party = |session: &SessionId| floor.sessions.get(session).filter(|party| party.merged_into.is_none());
    let shift = |shift: &ShiftId| floor.shifts.get(shift);
    match slip {
        Slip::Kitchen { order, station, lines } => {
            let to_cook = |line: &Line| line.is_fired() && line.voided.is_none() && has(line, station);
            !lines.is_empty() && lines.iter().all(|line| line_of(*order, *line).is_some_and(to_cook))
        }
        Slip::Void { order, station, line } => {
            line_of(*order, *line).is_some_and(|line| line.voided.is_some() && has(line, station))
        }
        Slip::Rush { order, station, line, nth } => {
            let urged = |line: &Line| line.voided.is_none() && (1..=line.rushed).contains(nth) && has(line, station);
            line_of(*order, *line).is_some_and(urged)
        }
        Slip::TableChange { change, .. } => floor.table_changes.iter().any(|other| other.number == *change),
        Slip::PreBill { session } => party(session).is_some_and(|party| floor.eaten(party).is_positive()),
        Slip::Receipt { session } => {
            party(session).is_some_and(|party| floor.due(party) == crate::Money::ZERO && !party.orders.is_empty())
        }
        Slip::TableCode { session } => floor.sessions.get(session).is_some_and(|party| party.closed_at.is_none()),
        Slip::Number { entry } => floor.waiting.contains_key(entry),
        Slip::Shift { shift: id } => shift(id).is_some_and(|shift| shift.closed.is_some()),
        Slip::Day { number } => floor.last_summary.as_ref().is_some_and(|summary| summary.number == *number),
        Slip::Drawer { shift: id } => shift(id).is_some_and(|shift| shift.closed.is_none()),
        Slip::Test => true,
    }
}

/// How many slips said the same before. A dish that is cooked again is new: its slip is no copy.
fn copies(floor: &Floor, slip: &Slip) -> usize {
    let earlier = floor.slips.values().filter(|job| job.counts());
    let Slip::Kitchen { station, lines, .. } = slip else { return earlier.filter(|job| job.slip == *slip).count() };
    let lines: Vec<&Line> = lines.iter().filter_map(|line| find_line(floor, *line)).map(|(_, line)| line).collect();
    let asks_again =
        |job: &&PrintJob| lines.iter().any(|line| parts_at(line, station).any(|(part, item)| job.asks_for(line, part, item)));
    earlier.filter(asks_again).count()
}

/// What a station has of a line; the station is the dish's own, whoever cooks it now.
fn parts_at<'a>(line: &'a Line, station: &'a StationId) -> impl Iterator<Item = (u8, &'a Item)> {
    parts(line).filter(move |(_, item)| item.part.station == *station)
}

/// The bytes are about to go out. Saying it twice changes nothing.
///
/// # Rejects
/// `SlipOver` for a slip at its end or past its time: it isn't printed any more.
pub(super) fn started(floor: &Floor, job: JobId, now: Now) -> Decision {
    let standing = find(floor, job)?;
    match standing.state {
        PrintState::Queued | PrintState::Failed if now.at < standing.expires_at => {
            done(alloc::vec![PrintSent { job, at: now.at }.into()])
        }
        PrintState::Sent => done(Vec::new()),
        PrintState::Queued | PrintState::Failed | PrintState::Confirmed | PrintState::Expired => Err(Reject::SlipOver),
    }
}

/// The slip came out, or a printer that answers nothing took it. A late word about a slip that may have come out is believed.
///
/// # Rejects
/// `SlipUnknown` for a slip whose bytes never went out.
pub(super) fn done_with(floor: &Floor, job: JobId, confirmed: bool, now: Now) -> Decision {
    let standing = find(floor, job)?;
    let came_out = || done(alloc::vec![PrintConfirmed { job, confirmed, at: now.at }.into()]);
    match standing.state {
        PrintState::Sent => came_out(),
        PrintState::Failed if standing.maybe_printed => came_out(),
        PrintState::Confirmed => done(Vec::new()),
        PrintState::Queued | PrintState::Failed => Err(Reject::SlipUnknown),
        PrintState::Expired => Err(Reject::SlipOver),
    }
}

/// The slip didn't come out, or nobody knows. The same trouble again adds nothing.
pub(super) fn trouble(floor: &Floor, job: JobId, why: &str, maybe_printed: bool, now: Now) -> Decision {
    let standing = find(floor, job)?;
    let why = plain(why);
    let is_known = standing.trouble.as_ref() == Some(&why) && (standing.maybe_printed || !maybe_printed);
    match standing.state {
        PrintState::Failed if is_known => done(Vec::new()),
        PrintState::Queued | PrintState::Sent | PrintState::Failed => {
            done(alloc::vec![PrintFailed { job, why, maybe_printed, at: now.at }.into()])
        }
        PrintState::Confirmed | PrintState::Expired => Err(Reject::SlipOver),
    }
}

/// What a printer said, fit to be kept: trouble is never refused for its words.
fn plain(why: &str) -> String {
    let shown = |c: char| if is_plain(c.encode_utf8(&mut [0; 4]), 1) { c } else { ' ' };
    why.trim().chars().map(shown).take(LONGEST_NOTE).collect::<String>().trim().to_string()
}

/// Gives a slip to another printer. What is on its way there already stays.
///
/// # Rejects
/// `SlipOver` once its bytes are out: nobody knows yet what became of them.
pub(super) fn move_to(floor: &Floor, job: JobId, to: &PrinterId, now: Now, known: &Known) -> Decision {
    let standing = find(floor, job)?;
    known.house.printer(to).ok_or(Reject::PrinterUnknown)?;
    match standing.state {
        PrintState::Queued | PrintState::Failed if standing.printer == *to => done(Vec::new()),
        PrintState::Queued | PrintState::Failed => {
            done(alloc::vec![PrintMoved { job, from: standing.printer.clone(), to: to.clone(), at: now.at }.into()])
        }
        PrintState::Sent | PrintState::Confirmed | PrintState::Expired => Err(Reject::SlipOver),
    }
}

/// Gives a slip up: a person at any time, the house once its time is over.
pub(super) fn end(floor: &Floor, job: JobId, by: Option<&StaffId>, now: Now) -> Decision {
    let standing = find(floor, job)?;
    match standing.state {
        PrintState::Expired => done(Vec::new()),
        PrintState::Confirmed => Err(Reject::SlipOver),
        PrintState::Queued | PrintState::Sent | PrintState::Failed if by.is_none() && now.at < standing.expires_at => {
            Err(Reject::SlipOver)
        }
        PrintState::Queued | PrintState::Sent | PrintState::Failed => {
            done(alloc::vec![PrintExpired { job, by: by.cloned(), at: now.at }.into()])
        }
    }
}

fn find(floor: &Floor, job: JobId) -> Result<&PrintJob, Reject> {
    floor.slips.get(&job).ok_or(Reject::SlipUnknown)
}

/// A slip that should be on paper and that nobody has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Where.
    pub printer: PrinterId,
    /// What.
    pub slip: Slip,
}

/// What the kitchen should have on paper and hasn't, the oldest order first. Nothing older than a slip may get: what a person would
/// find this morning of last night helps nobody.
pub fn print_wants(floor: &Floor, known: &Known, now: Now) -> Vec<Want> {
    let age_ms = i64::from(known.house.policy.kitchen.slip_minutes) * 60_000;
    let wanting = Wanting { floor, known, now, age_ms };
    let mut orders: Vec<(Timestamp, &Order)> =
        floor.orders.values().filter_map(|order| Some((order.released_at()?, order))).collect();
    orders.sort_unstable_by_key(|(at, order)| (*at, order.id));
    let mut wants: Vec<Want> = Vec::new();
    for (_, order) in orders {
        wanting.voids(order, &mut wants);
        if floor.cooking.contains(&order.id) {
            wanting.dishes(order, &mut wants);
            wanting.rushes(order, &mut wants);
        }
    }
    wanting.table_changes(&mut wants);
    wants
}

struct Wanting<'a> {
    floor: &'a Floor,
    known: &'a Known,
    now: Now,
    age_ms: i64,
}

impl<'a> Wanting<'a> {
    /// It is recent enough to be worth paper.
    fn is_fresh(&self, at: Timestamp) -> bool {
        self.now.at.since_ms(at) < self.age_ms
    }

    /// The printer of whoever cooks for a station, and when it prints.
    fn route(&self, station: &StationId) -> Option<(&'a PrinterId, PrintWhen)> {
        let cook = self.floor.cooks_for(station, self.known);
        let route = self.known.house.kitchen_printer(&cook).or_else(|| self.known.house.kitchen_printer(station))?;
        Some((&route.printer, route.when))
    }

    fn always(&self, station: &StationId) -> Option<&'a PrinterId> {
        self.route(station).and_then(|(printer, when)| (when == PrintWhen::Always).then_some(printer))
    }

    fn printer_for_dish(&self, line: &Line, part: u8, item: &Item) -> Option<&'a PrinterId> {
        let clock = line.clock_of(part).filter(|clock| self.is_fresh(*clock));
        if clock.is_none() || item.slip.is_some() || !(ItemState::Sent..ItemState::Ready).contains(&item.state) {
            return None;
        }
        let is_unseen = item.escalated >= Some(Escalation::Printer) && !item.is_seen();
        match self.route(&item.part.station) {
            Some((printer, PrintWhen::Always)) => Some(printer),
            Some((printer, PrintWhen::Unseen)) => is_unseen.then_some(printer),
            // Paper at the till, and somebody runs with it.
            None => self.known.house.till_printer.as_ref().filter(|_| is_unseen),
        }
    }

    fn dishes(&self, order: &Order, wants: &mut Vec<Want>) {
        let mut slips: BTreeMap<(&StationId, &PrinterId), Vec<LineId>> = BTreeMap::new();
        for line in order.live_lines() {
            for (part, item) in parts(line) {
                let Some(printer) = self.printer_for_dish(line, part, item) else { continue };
                let lines = slips.entry((&item.part.station, printer)).or_default();
                if lines.last() != Some(&line.line) {
                    lines.push(line.line);
                }
            }
        }
        for ((station, printer), lines) in slips {
            wants.push(Want {
                printer: printer.clone(),
                slip: Slip::Kitchen { order: order.id, station: station.clone(), lines },
            });
        }
    }

    /// Voids of what is on paper go where that paper went.
    fn voids(&self, order: &Order, wants: &mut Vec<Want>) {
        for line in order.lines.iter().filter(|line| line.voided.as_ref().is_some_and(|voided| self.is_fresh(voided.at))) {
            let mut printers: BTreeMap<&StationId, &PrinterId> = BTreeMap::new();
            for item in line.items.iter().filter(|item| item.void_unseen && item.void_slip.is_none()) {
                let Some(slip) = item.slip else { continue };
                let job = self.floor.slips.get(&slip);
                if job.is_some_and(|job| !job.counts()) {
                    continue;
                }
                let same = job.and_then(|job| self.known.house.printer(&job.printer)).map(|printer| &printer.id);
                let route = || self.route(&item.part.station).map(|(printer, _)| printer);
                if let Some(printer) = same.or_else(route).or(self.known.house.till_printer.as_ref()) {
                    printers.entry(&item.part.station).or_insert(printer);
                }
            }
            for (station, printer) in printers {
                let slip = Slip::Void { order: order.id, station: station.clone(), line: line.line };
                wants.push(Want { printer: printer.clone(), slip });
            }
        }
    }

    fn rushes(&self, order: &Order, wants: &mut Vec<Want>) {
        for line in order.live_lines().filter(|line| line.rushed_at.is_some_and(|at| self.is_fresh(at))) {
            let stations: BTreeSet<&StationId> =
                line.items.iter().filter(|item| item.state < ItemState::Ready).map(|item| &item.part.station).collect();
            for station in stations {
                let slip = Slip::Rush { order: order.id, station: station.clone(), line: line.line, nth: line.rushed };
                // A set meal is urged at each of its stations.
                if let Some(printer) = self.always(station).filter(|_| !self.floor.slips.values().any(|job| job.slip == slip)) {
                    wants.push(Want { printer: printer.clone(), slip });
                }
            }
        }
    }

    fn table_changes(&self, wants: &mut Vec<Want>) {
        for change in self.floor.table_changes.iter().filter(|change| self.is_fresh(change.at)) {
            let lines = change.orders.iter().filter_map(|order| self.floor.orders.get(order)).flat_map(Order::live_lines);
            let on_paper =
                lines.flat_map(|line| &line.items).filter(|item| item.slip.is_some() && item.state < ItemState::Served);
            let stations: BTreeSet<&StationId> = on_paper.map(|item| &item.part.station).collect();
            for station in stations.into_iter().filter(|station| !change.slips.contains(*station)) {
                let slip = Slip::TableChange { change: change.number, station: station.clone() };
                wants.extend(self.always(station).map(|printer| Want { printer: printer.clone(), slip }));
            }
        }
    }
}

fn parts(line: &Line) -> impl Iterator<Item = (u8, &Item)> {
    line.items.iter().enumerate().map(|(part, item)| (u8::try_from(part).unwrap_or(u8::MAX), item))
}

pub(super) fn queued(floor: &mut Floor, e: &PrintQueued) {
    floor.last_slip += 1;
    let job = PrintJob {
        job: e.job,
        place: floor.last_slip,
        printer: e.printer.clone(),
        slip: e.slip.clone(),
        copy: e.copy,
        by: e.by.clone(),
        at: e.at,
        expires_at: e.expires_at,
        state: PrintState::Queued,
        tries: 0,
        maybe_printed: false,
        trouble: None,
        changed_at: e.at,
    };
    floor.open_slips.insert(job.place, e.job);
    floor.slips.insert(e.job, job);
    match &e.slip {
        Slip::Kitchen { station, lines, .. } => {
            for line in lines {
                on_items(floor, *line, station, |item| item.slip = Some(e.job));
            }
        }
        Slip::Void { station, line, .. } => on_items(floor, *line, station, |item| item.void_slip = Some(e.job)),
        Slip::Rush { line, nth, .. } => {
            if let Some(line) = line_mut(floor, *line) {
                line.rush_slips = line.rush_slips.max(*nth);
            }
        }
        Slip::TableChange { change, station } => {
            if let Some(change) = floor.table_changes.iter_mut().find(|other| other.number == *change) {
                change.slips.insert(station.clone());
            }
        }
        Slip::PreBill { session } => {
            if let Some(session) = floor.sessions.get_mut(session) {
                session.billed_at = Some(e.at);
            }
        }
        Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Drawer { .. }
        | Slip::Test => {}
    }
}

fn on_items(floor: &mut Floor, line: LineId, station: &StationId, change: impl Fn(&mut Item)) {
    let Some(line) = line_mut(floor, line) else { return };
    line.items.iter_mut().filter(|item| item.part.station == *station).for_each(change);
}

pub(super) fn sent(floor: &mut Floor, e: &PrintSent) {
    if let Some(job) = turn(floor, e.job, PrintState::Sent, e.at) {
        job.tries += 1;
    }
}

/// A printer's word counts as much as a screen's: what it printed was seen. A void isn't; a person must say that they saw it.
pub(super) fn confirmed(floor: &mut Floor, e: &PrintConfirmed) {
    turn(floor, e.job, PrintState::Confirmed, e.at);
    let Some(job) = floor.slips.get(&e.job).filter(|_| e.confirmed) else { return };
    let Slip::Kitchen { station, lines, .. } = &job.slip else { return };
    let on_it = |line: &Line| -> Vec<ItemKey> {
        let asked = parts_at(line, station).filter(|(part, item)| job.asks_for(line, *part, item));
        asked.map(|(part, _)| ItemKey { line: line.line, part }).collect()
    };
    let shown: Vec<ItemKey> = lines.iter().filter_map(|line| find_line(floor, *line)).flat_map(|(_, line)| on_it(line)).collect();
    for key in shown {
        saw(floor, key, e.at);
    }
}

pub(super) fn failed(floor: &mut Floor, e: &PrintFailed) {
    if let Some(job) = turn(floor, e.job, PrintState::Failed, e.at) {
        job.trouble = Some(e.why.clone());
        job.maybe_printed |= e.maybe_printed;
    }
}

pub(super) fn moved(floor: &mut Floor, e: &PrintMoved) {
    if let Some(job) = turn(floor, e.job, PrintState::Queued, e.at) {
        job.printer = e.to.clone();
    }
}

pub(super) fn expired(floor: &mut Floor, e: &PrintExpired) {
    turn(floor, e.job, PrintState::Expired, e.at);
}

/// Takes a slip to another state, and off the list of open ones at its end.
fn turn(floor: &mut Floor, job: JobId, state: PrintState, at: Timestamp) -> Option<&mut PrintJob> {
    let job = floor.slips.get_mut(&job)?;
    job.state = state;
    job.changed_at = at;
    if state.is_final() {
        floor.open_slips.remove(&job.place);
    }
    Some(job)
}

/// Forgets the slips of a day that closed; those on their way are not printed any more.
pub(super) fn forget_the_day(floor: &mut Floor) {
    floor.slips.clear();
    floor.open_slips.clear();
}
