//! Hand-made histories, for the laws' own tests: short words for what may happen in a house.

use super::{Court, Law};
use crate::facts::{Durable, Fact, Keeper, LineWanted, Noted, OrderWanted, Paper, Told, WishId};
use domain::catalog::Mode;
use domain::floor::{
    FloorEvent, GuestJoined, ItemKey, ItemRemade, ItemStepped, ItemsPainted, LineDivided, LineVoided, LinesMoved, OrderPlaced,
    OrderReleased, OrderedLine, PrintQueued, RemakeCause, Slip, Step, TableClosed, TableOpened,
};
use domain::menu::{Part, PricedLine, Selection};
use domain::payment::PaymentEvent;
use domain::{
    AreaId, AskId, AttemptId, DishId, GuestId, JobId, LineId, Money, OrderId, PrinterId, SessionId, StaffId, StationId, TableId,
    Text, Timestamp, VariantId,
};
use engine::Sender;
use journal::Stream;
use std::collections::BTreeMap;

/// A history in the making. Every event stands alone under a command of its own unless [`History::command`] says otherwise, in
/// an unbroken chain, one second after the one before.
#[derive(Clone, Debug, Default)]
pub struct History {
    noted: Vec<Noted>,
    at_ms: i64,
    heads: BTreeMap<Stream, (u64, u64)>,
    commands: u128,
    sender: Option<Sender>,
}

impl History {
    pub fn new() -> History {
        History::default()
    }

    /// So much time passes, besides the second that every fact takes.
    pub fn wait(mut self, ms: i64) -> History {
        self.at_ms += ms;
        self
    }

    /// Who sends what follows.
    pub fn by(mut self, sender: Option<Sender>) -> History {
        self.sender = sender;
        self
    }

    /// Any fact.
    pub fn fact(mut self, fact: Fact) -> History {
        self.at_ms += 1000;
        self.noted.push(Noted { at_ms: self.at_ms, fact });
        self
    }

    /// The server that writes a stream from now on.
    pub fn taken_over(mut self, stream: Stream, epoch: u64) -> History {
        self.heads.entry(stream).or_default().1 = epoch;
        self.fact(Fact::TakenOver { stream, epoch, life: u32::try_from(epoch).unwrap() })
    }

    /// An event of the floor, durable.
    pub fn floor(self, event: impl Into<FloorEvent>) -> History {
        let event = event.into();
        self.event(Stream::Floor, event.kind().to_owned(), Told::Floor(event))
    }

    /// An event of the money stream, durable.
    pub fn money(self, event: PaymentEvent) -> History {
        self.event(Stream::Money, event.kind().to_owned(), Told::Money(event))
    }

    fn event(mut self, stream: Stream, kind: String, told: Told) -> History {
        self.commands += 1;
        let command = 1_000_000 + self.commands;
        let durable = self.next(stream, command, kind, told);
        self.fact(Fact::Event(Box::new(durable)))
    }

    /// The next event of a stream as it would be kept; nothing has happened yet.
    pub fn next(&mut self, stream: Stream, command: u128, kind: String, told: Told) -> Durable {
        let (seq, epoch) = self.heads.entry(stream).or_insert((0, 0));
        *seq += 1;
        let hash = hash_of(*seq);
        let (seq, epoch, at_ms, sender) = (*seq, *epoch, self.at_ms, self.sender.clone());
        Durable { stream, seq, epoch, at_ms, hash, hash_due: hash, command, kind, sender, told }
    }

    /// A command with its events, durable together.
    pub fn command(mut self, id: u128, accepted: bool, events: Vec<FloorEvent>) -> History {
        let first_seq = self.heads.get(&Stream::Floor).map_or(0, |head| head.0) + 1;
        let last_seq = first_seq + events.len() as u64 - 1;
        for event in events {
            let durable = self.next(Stream::Floor, id, event.kind().to_owned(), Told::Floor(event));
            self = self.fact(Fact::Event(Box::new(durable)));
        }
        self.fact(Fact::Command { stream: Stream::Floor, id, fingerprint: [1; 32], accepted, first_seq, last_seq })
    }

    /// An event that the home has becomes durable in a copy, as it is.
    pub fn copied(self, at: Keeper, stream: Stream, seq: u64, epoch: u64) -> History {
        let hash = hash_of(seq);
        self.fact(copied(at, stream, seq, epoch, hash, hash))
    }

    /// What has been noted so far.
    pub fn noted(&self) -> &[Noted] {
        &self.noted
    }

    /// What a law finds against it.
    pub fn judged(self, law: impl Law + 'static) -> Vec<String> {
        let mut court = Court::of(vec![Box::new(law)]);
        self.noted.iter().flat_map(|noted| court.see(noted)).map(|broken| broken.why).collect()
    }
}

/// The hash that every event of this number has here.
pub fn hash_of(seq: u64) -> [u8; 32] {
    [u8::try_from(seq % 251).unwrap(); 32]
}

pub fn copied(at: Keeper, stream: Stream, seq: u64, epoch: u64, hash: [u8; 32], hash_due: [u8; 32]) -> Fact {
    Fact::Copied { at, stream, seq, epoch, hash, hash_due }
}

// ── names ──

pub fn session(n: u128) -> SessionId {
    SessionId(n)
}
pub fn guest(n: u128) -> GuestId {
    GuestId(n)
}
/// Small numbers stand at the id's beginning, which is all that a ticket's code tells of it.
pub fn order(n: u128) -> OrderId {
    OrderId(if n < 1 << 40 { n << 80 } else { n })
}
pub fn line(n: u128) -> LineId {
    LineId(n)
}
pub fn ask(n: u128) -> AskId {
    AskId(n)
}
pub fn attempt(n: u128) -> AttemptId {
    AttemptId(n)
}
pub fn job(n: u128) -> JobId {
    JobId(n)
}
pub fn item(n: u128) -> ItemKey {
    ItemKey { line: line(n), part: 0 }
}
pub fn dish(code: &str) -> DishId {
    code.parse().unwrap()
}
pub fn table(code: &str) -> TableId {
    code.parse().unwrap()
}
pub fn station(code: &str) -> StationId {
    code.parse().unwrap()
}
pub fn printer(code: &str) -> PrinterId {
    code.parse().unwrap()
}
pub fn staff(code: &str) -> StaffId {
    code.parse().unwrap()
}
pub fn text(zh: &str) -> Text {
    Text { zh: zh.to_owned(), ..Text::default() }
}
pub fn at(ms: i64) -> Timestamp {
    Timestamp(ms)
}

// ── events, plain unless changed ──

/// A party that pays after the meal, at table `a<n>`.
pub fn opened(n: u128) -> TableOpened {
    TableOpened {
        session: session(n),
        table: table(&format!("a{n}")),
        table_name: format!("A{n}"),
        area: "hall".parse::<AreaId>().unwrap(),
        area_name: text("大堂"),
        mode: Mode::PayLater,
        covers: 2,
        at: at(0),
        by: None,
        service_charge_bp: 0,
        seat_fee: Money::ZERO,
        minimum_spend: Money::ZERO,
        hot_pot: false,
        needs_nod: false,
        reservation: None,
        entry: None,
    }
}

pub fn joined(party: u128, phone: u128) -> GuestJoined {
    GuestJoined { session: session(party), guest: guest(phone), name: "1".to_owned(), at: at(0) }
}

pub fn closed(party: u128) -> TableClosed {
    TableClosed { session: session(party), at: at(0), to_clean: false }
}

/// A line of one plain dish, cooked at the station `wok`.
pub fn ordered(n: u128, code: &str, quantity: u16, unit_fen: i64) -> OrderedLine {
    let part = Part {
        station: station("wok"),
        dish: dish(code),
        name: text(code),
        variant: None,
        quantity: u32::from(quantity),
        allergens: Vec::new(),
        due_min: 10,
        overdue_min: 20,
    };
    OrderedLine {
        line: line(n),
        selection: Selection {
            dish: dish(code),
            variant: "regular".parse::<VariantId>().unwrap(),
            quantity,
            weight_g: None,
            options: Vec::new(),
            set: Vec::new(),
            note: None,
        },
        priced: PricedLine {
            name: text(code),
            variant: None,
            options: Vec::new(),
            unit_price: Money(unit_fen),
            amount: Money(unit_fen * i64::from(quantity)),
            parts: vec![part],
            per_500_g: None,
            pot: domain::menu::PotRole::None,
        },
        added_by: "1".to_owned(),
        course: None,
        seat: None,
        hold: None,
    }
}

/// An order of these lines; its total is their sum.
pub fn placed(n: u128, party: u128, lines: Vec<OrderedLine>) -> OrderPlaced {
    OrderPlaced {
        order: order(n),
        session: session(party),
        round: 1,
        number: format!("A{party}-{n}"),
        pick_up: None,
        placed_by: "1".to_owned(),
        menu_version: 1,
        total: lines.iter().map(|line| line.priced.amount).sum(),
        lines,
        note: None,
        reserved: Vec::new(),
        expires_at: None,
        at: at(0),
        nod: None,
    }
}

pub fn released(n: u128) -> OrderReleased {
    OrderReleased { order: order(n), at: at(0) }
}

pub fn painted(screen: &str, items: Vec<ItemKey>) -> ItemsPainted {
    ItemsPainted { screen: screen.to_owned(), items, at: at(0) }
}

pub fn stepped(n: u128, step: Step) -> ItemStepped {
    ItemStepped { item: item(n), step, at: at(0) }
}

// ── facts about people ──

/// Phone `phone` of `party` wants these lines for the price of the lines, as a wish `wish`.
pub fn wanted(wish: u64, party: u128, phone: Option<u128>, lines: &[OrderedLine]) -> Fact {
    let line = |ordered: &OrderedLine| LineWanted {
        line: ordered.line,
        dish: ordered.selection.dish.to_string(),
        quantity: ordered.selection.quantity,
        unit_price: ordered.priced.unit_price,
        note: None,
    };
    Fact::OrderWanted(OrderWanted {
        wish: WishId(wish),
        session: session(party),
        guest: phone.map(guest),
        lines: lines.iter().map(line).collect(),
        total: lines.iter().map(|line| line.priced.amount).sum(),
        menu_version: 1,
    })
}

pub fn sent(key: u128, wish: Option<u64>) -> Fact {
    Fact::Sent { key, wish: wish.map(WishId), path: "/orders".to_owned() }
}

pub fn answered(key: u128, accepted: bool) -> Fact {
    let (status, code) = if accepted { (200, "") } else { (409, "sold_out") };
    Fact::Answered { key, accepted, status, code: code.to_owned() }
}

/// A party with one phone, at its table.
pub fn seated() -> History {
    History::new().floor(opened(1)).floor(joined(1, 11))
}

/// A party whose order 5 of one portion of tofu, line 1, is in the kitchen.
pub fn given() -> History {
    seated().floor(placed(5, 1, vec![ordered(1, "tofu", 1, 2800)])).floor(released(5))
}

// ── screens and paper ──

pub fn drawn(screen: &str, n: u128) -> Fact {
    Fact::Painted { screen: screen.to_owned(), item: item(n) }
}

pub fn alarm(about: impl ToString) -> Fact {
    Fact::Alarm { about: about.to_string() }
}

/// A whole kitchen ticket.
pub fn ticket(n: u128, at_station: &str, marked: bool, words: &str) -> Fact {
    Fact::Paper(Paper {
        printer: "kitchen".to_owned(),
        ticket: Some((order(n), station(at_station))),
        marked,
        whole: true,
        odd: Vec::new(),
        text: words.to_owned(),
    })
}

/// A kitchen slip in the queue.
pub fn queued(n: u128, of: u128, lines: Vec<u128>, copy: u32) -> PrintQueued {
    let lines = lines.into_iter().map(line).collect();
    PrintQueued {
        job: job(n),
        printer: printer("kitchen"),
        slip: Slip::Kitchen { order: order(of), station: station("wok"), lines },
        copy,
        by: None,
        at: at(0),
        expires_at: at(0),
    }
}

pub fn remade(n: u128) -> ItemRemade {
    ItemRemade { item: item(n), cause: RemakeCause::Cold, note: None, by: staff("wang"), at: at(0) }
}

pub fn voided(of: u128, n: u128, restocked: Vec<(DishId, u32)>) -> LineVoided {
    LineVoided {
        order: order(of),
        line: line(n),
        reason: "mistake".to_owned(),
        by: staff("wang"),
        amount: Money(2800),
        restocked,
        at: at(0),
        approved_by: None,
    }
}

/// Lines of party 1 that go to party 2.
pub fn lines_moved(of: u128, into: u128, lines: Vec<u128>) -> LinesMoved {
    LinesMoved {
        order: order(of),
        lines: lines.into_iter().map(line).collect(),
        from: session(1),
        to: session(2),
        into: order(into),
        round: 1,
        number: "A2-1".to_owned(),
        by: staff("wang"),
        at: at(0),
    }
}

pub fn line_divided(of: u128, n: u128, into: u128, quantity: u16) -> LineDivided {
    LineDivided { order: order(of), line: line(n), into: line(into), quantity, by: staff("wang"), at: at(0) }
}
