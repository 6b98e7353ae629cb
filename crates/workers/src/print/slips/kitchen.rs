//! Kitchen tickets (厨打单), voids, rushes and moves to another table.

use super::scene::Scene;
use domain::catalog::Printer;
use domain::floor::{Floor, Item, ItemState, Line, Order, PrintJob, Session, Slip, TableChange};
use domain::menu::OptionKind;
use domain::view::slip_code;
use domain::{LineId, StationId};
use print::slip::{KitchenKind, KitchenSlip, SlipLine, SlipOption};

/// A slip for a station; nothing where its dishes are gone.
pub(super) fn slip(scene: &Scene, floor: &Floor, job: &PrintJob, printer: &Printer) -> Option<KitchenSlip> {
    let on = |station: &StationId| Station { scene, floor, id: station.clone() };
    match &job.slip {
        Slip::Kitchen { order, station, lines } => {
            on(station).ticket(job, &on(station).lines_of(job, floor.orders.get(order), lines), printer)
        }
        Slip::Void { station, line, .. } => on(station).void(*line),
        Slip::Rush { station, line, nth, .. } => on(station).rush(*line, *nth),
        Slip::TableChange { change, station } => {
            on(station).change(floor.table_changes.iter().find(|other| other.number == *change)?)
        }
        Slip::PreBill { .. }
        | Slip::Receipt { .. }
        | Slip::TableCode { .. }
        | Slip::Number { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Drawer { .. }
        | Slip::Test => None,
    }
}

struct Station<'a> {
    scene: &'a Scene,
    floor: &'a Floor,
    id: StationId,
}

type Standing<'a> = (&'a Order, &'a Line);

impl<'a> Station<'a> {
    fn find(&self, line: LineId) -> Option<Standing<'a>> {
        let order = self.floor.orders.get(self.floor.lines.get(&line)?)?;
        Some((order, order.lines.iter().find(|other| other.line == line)?))
    }

    /// The lines a ticket asks for, by course: those it was queued with, wherever they are now, and what was divided off since.
    fn lines_of(&self, job: &PrintJob, order: Option<&'a Order>, lines: &[LineId]) -> Vec<Standing<'a>> {
        let mut found: Vec<Standing<'a>> = lines.iter().filter_map(|line| self.find(*line)).collect();
        let orders: Vec<&'a Order> = found.iter().map(|(order, _)| *order).chain(order).collect();
        for order in orders {
            for line in &order.lines {
                let is_on = self.items(line).any(|(_, item)| item.slip == Some(job.job));
                if is_on && !found.iter().any(|(_, other)| other.line == line.line) {
                    found.push((order, line));
                }
            }
        }
        found.sort_by_key(|(_, line)| line.course.unwrap_or(0));
        found
    }

    fn items(&self, line: &'a Line) -> impl Iterator<Item = (u8, &'a Item)> {
        let own = line.items.iter().enumerate().filter(|(_, item)| item.part.station == self.id);
        own.map(|(part, item)| (u8::try_from(part).unwrap_or(u8::MAX), item))
    }

    fn ticket(&self, job: &PrintJob, lines: &[Standing<'a>], printer: &Printer) -> Option<KitchenSlip> {
        let (order, _) = *lines.first()?;
        let is_again = lines.iter().any(|(_, line)| self.items(line).any(|(part, _)| again(line, part).is_some()));
        let kind = match (is_again, self.is_home(printer)) {
            (true, _) => KitchenKind::Remake,
            (false, true) => KitchenKind::New,
            (false, false) => KitchenKind::Escalated,
        };
        let mut courses: Vec<u8> = lines.iter().filter_map(|(_, line)| line.course).collect();
        courses.dedup();
        let is_mixed = courses.len() > 1 || lines.iter().any(|(_, line)| line.course.is_none());
        let fired = lines.iter().flat_map(|(_, line)| self.items(line).filter_map(|(part, _)| line.clock_of(part))).min();
        let said = lines.iter().flat_map(|(_, line)| self.said(line, is_mixed));
        let cook = self.floor.cooks_for(&self.id, &self.scene.known);
        Some(KitchenSlip {
            kind,
            at: self.scene.time(fired.unwrap_or(job.at)),
            course: (!courses.is_empty())
                .then(|| courses.iter().map(|course| self.scene.course(*course)).collect::<Vec<String>>().join(" ")),
            lines: said.collect(),
            note: order.note.clone(),
            code: Some(slip_code(order.id, &cook)),
            ..self.head(order)?
        })
    }

    /// It is where the station's slips come out, or those of whoever cooks for it.
    fn is_home(&self, printer: &Printer) -> bool {
        let cook = self.floor.cooks_for(&self.id, &self.scene.known);
        let house = &self.scene.known.house;
        [&self.id, &cook]
            .into_iter()
            .filter_map(|station| house.kitchen_printer(station))
            .any(|route| route.printer == printer.id)
    }

    fn void(&self, line: LineId) -> Option<KitchenSlip> {
        let (order, line) = self.find(line)?;
        let voided = line.voided.as_ref()?;
        let said = self.said(line, true).map(|said| SlipLine { struck: true, ..said });
        let reason = format!("{}{}", self.scene.pick("退菜原因：", "Void: "), voided.reason);
        Some(KitchenSlip {
            kind: KitchenKind::Void,
            at: self.scene.time(voided.at),
            by: self.scene.name(&voided.by),
            lines: said.collect(),
            note: Some(reason),
            ..self.head(order)?
        })
    }

    fn rush(&self, line: LineId, nth: u32) -> Option<KitchenSlip> {
        let (order, line) = self.find(line)?;
        let nth = format!("{}{nth}{}", self.scene.pick("第", "Rush no. "), self.scene.pick("次催", ""));
        let at = line.rushed_at.unwrap_or(self.scene.now);
        Some(KitchenSlip {
            kind: KitchenKind::Rush,
            at: self.scene.time(at),
            lines: self.said(line, true).collect(),
            note: Some(nth),
            ..self.head(order)?
        })
    }

    fn change(&self, change: &TableChange) -> Option<KitchenSlip> {
        let orders: Vec<&Order> = change.orders.iter().filter_map(|order| self.floor.orders.get(order)).collect();
        let is_on_paper = |item: &Item| item.slip.is_some() && item.state < ItemState::Served;
        let lines = orders.iter().flat_map(|order| order.live_lines());
        let lines = lines.filter(|line| self.items(line).any(|(_, item)| is_on_paper(item)));
        let numbers: Vec<String> = orders.iter().map(|order| order.number.clone()).collect();
        Some(KitchenSlip {
            kind: KitchenKind::Change,
            at: self.scene.time(change.at),
            number: numbers.join(self.scene.pick("、", ", ")),
            by: String::new(),
            lines: lines.flat_map(|line| self.said(line, true)).collect(),
            change: Some(format!("{} → {}", change.from, change.to)),
            ..self.head(orders.first()?)?
        })
    }

    /// What stands on every slip about an order.
    fn head(&self, order: &Order) -> Option<KitchenSlip> {
        let party = self.floor.sessions.get(&order.session)?;
        let station = self.scene.known.menu.station(&self.id);
        Some(KitchenSlip {
            kind: KitchenKind::New,
            table: table(party),
            number: order.number.clone(),
            station: station.map_or_else(|| self.id.to_string(), |station| self.scene.text(&station.name)),
            covers: party.seats_taken(),
            round: order.round,
            course: None,
            at: String::new(),
            by: self.scene.placed_by(&order.placed_by),
            lines: Vec::new(),
            note: None,
            change: None,
            code: None,
            copy: self.scene.copy,
        })
    }

    /// A line as its station is told of it: a set meal may have several dishes here.
    fn said(&self, line: &'a Line, with_course: bool) -> impl Iterator<Item = SlipLine> {
        self.items(line).map(move |(part, item)| {
            let course = line.course.filter(|_| with_course).map(|course| self.scene.course(course));
            let again = again(line, part).map(|again| {
                let why = self.scene.cause(again.cause).to_owned();
                format!(
                    "{}{}",
                    self.scene.pick("重做：", "Again: "),
                    [Some(why), again.note.clone()].into_iter().flatten().collect::<Vec<String>>().join(" ")
                )
            });
            SlipLine {
                quantity: self.scene.quantity(item.part.quantity, line.weight_g),
                name: self.scene.text(&item.part.name),
                second_name: None,
                size: item.part.variant.as_ref().map(|size| self.scene.text(size)),
                options: line.options.iter().map(|option| self.option(option)).collect(),
                of_set: line.is_set.then(|| self.scene.text(&line.name)),
                seat: line.seat.map(|seat| seat.to_string()),
                note: self.scene.joined([again, course, line.note.clone()].into_iter().flatten().collect()),
                allergens: item.part.allergens.iter().map(|allergen| self.scene.allergen(*allergen).to_owned()).collect(),
                struck: line.voided.is_some(),
            }
        })
    }

    fn option(&self, option: &domain::menu::ChosenOption) -> SlipOption {
        let name = self.scene.text(&option.name);
        SlipOption {
            text: if option.quantity > 1 { format!("{name} ×{}", option.quantity) } else { name },
            avoid: option.kind == OptionKind::Avoid,
        }
    }
}

/// Why a part of a line was last cooked again, if it was.
fn again(line: &Line, part: u8) -> Option<&domain::floor::Remade> {
    line.remade.iter().rev().find(|again| again.part == part)
}

fn table(party: &Session) -> String {
    if party.vip { format!("{} VIP", party.table_names()) } else { party.table_names() }
}
