//! What happens in a simulated world, as an onlooker with eyes everywhere would note it: the only thing the laws look at.
//!
//! Nothing in the house reads this. Facts are told in the order in which they happen; a fact's time is the true one, whatever
//! the clocks in the world say.

use domain::catalog::Role;
use domain::floor::{FloorEvent, ItemKey};
use domain::payment::PaymentEvent;
use domain::{AttemptId, GuestId, LineId, Money, OrderId, RefundId, SessionId, StationId};
use engine::Sender;
use journal::Stream;

/// A fact and its true time, in UTC milliseconds.
#[derive(Clone, Debug)]
pub struct Noted {
    pub at_ms: i64,
    pub fact: Fact,
}

/// What somebody wants, once, however often and under however many ids a client sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WishId(pub u64);

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Fact {
    // ── the house as it is set up ──
    /// A menu went on sale: the price of one portion of each plain dish.
    MenuOnSale { version: u32, prices: Vec<(String, Money)> },
    /// Somebody works here in this role from now on.
    StaffIs { staff: String, role: Role },

    // ── people and their devices ──
    /// Somebody decides to order this.
    OrderWanted(OrderWanted),
    /// A client sends a command, for the first time or again. `wish` is none where nothing is wished for twice (painted, looked).
    Sent { key: u128, wish: Option<WishId>, path: String },
    /// The server's final answer to a command reached its client: done, or refused for good. Not: busy, timed out, try again.
    Answered { key: u128, accepted: bool, status: u16, code: String },
    /// A client has given a command up without ever having heard. Not before the weather has healed, or it says why.
    GaveUp { key: u128, path: String },
    /// What a phone was shown: a body of an answer or of a feed's frame for this party.
    Shown { to: Viewer, body: String },
    /// A phone is told how a payment stands.
    PaymentShown { attempt: Option<AttemptId>, ask: u128, paid: bool },

    // ── the journal ──
    /// An event became durable: the disk has it, whatever happens from now on.
    Event(Box<Durable>),
    /// A command's record became durable, together with its events.
    Command { stream: Stream, id: u128, fingerprint: [u8; 32], accepted: bool, first_seq: u64, last_seq: u64 },
    /// A server took a stream over.
    TakenOver { stream: Stream, epoch: u64, life: u32 },
    /// After a start, or now and then: does a server's state equal what its stream's events lead to?
    Compared { stream: Stream, seq: u64, equal: bool },
    /// A server began to serve.
    Started { life: u32 },
    /// A server's process ended without warning.
    Crashed { life: u32 },

    // ── copies, and boxes that are the shop's home no more ──
    /// An event became durable in a copy: its hash as stored, and what it must be from the copy's event before it and its own bytes.
    Copied { at: Keeper, stream: Stream, seq: u64, epoch: u64, hash: [u8; 32], hash_due: [u8; 32] },
    /// What the home shows of its link: how far it believes each stream of the copy to be durable, and how many events it says the copy
    /// lacks; and why the copy takes none, where a person must look.
    LinkShown { to: Keeper, believed: Vec<(Stream, u64)>, unsent: u64, trouble: Option<String> },
    /// Somebody far away has the shop do something, over the link; the same wish may be sent again and again.
    Relayed { wish: u128, id: u128 },
    /// The home's answer has come back.
    RelayAnswered { wish: u128, accepted: bool },
    /// Somebody keeps a copy from now on.
    CopyBegun { at: Keeper },
    /// A node that kept a copy is the shop's home from now on, or keeps none any more.
    CopyEnded { at: Keeper },
    /// The shop's home is another box from now on.
    HomeMoved { why: &'static str },
    /// A box that was the shop's home once opens a stream for itself.
    Strayed { stream: Stream, epoch: u64 },
    /// An event became durable on such a box, and nowhere else.
    StrayEvent { stream: Stream, seq: u64, epoch: u64, hash: [u8; 32] },
    /// A copy keeps a box out.
    KeptOut { by: Keeper, why: String },
    /// Such a box has stopped for good.
    StoodDown,

    // ── kitchen ──
    /// A screen has drawn an item that it had not drawn before.
    Painted { screen: String, item: ItemKey },
    /// A screen that is looked at shows nothing (frozen, cut off), from now on; or shows again.
    ScreenBlind { screen: String, blind: bool },
    /// A printer's paper came out.
    Paper(Paper),
    /// Somebody at the till or in the kitchen is told of trouble: a banner, an alarm, a line in the inbox.
    Alarm { about: String },

    // ── the channels' own truth ──
    /// A channel heard of a payment: money may come from now on.
    ChannelKnows { channel: &'static str, number: String },
    /// A channel took a payer's money for us.
    ChannelTook { channel: &'static str, number: String, amount: Money },
    /// A channel gave money back: by a refund under our number, or, with none, by reversing the payment.
    ChannelGaveBack { channel: &'static str, number: String, refund: Option<String>, amount: Money },
    /// A channel heard of a refund under this number.
    ChannelKnowsRefund { channel: &'static str, number: String, refund: String, amount: Money },

    // ── the world around ──
    /// The server talks to somebody outside.
    Egress { to: String },
    /// A fault struck.
    Fault { kind: &'static str },
    /// From now on nothing fails any more.
    Healed,
    /// Nothing is left to do: people have gone, and what was outstanding has had its time.
    Ended,
}

/// Who keeps a copy of the shop's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeper {
    Cloud,
    Follower,
}

impl Keeper {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Keeper::Cloud => "the cloud",
            Keeper::Follower => "the follower",
        }
    }
}

/// See [`Fact::OrderWanted`].
#[derive(Clone, Debug)]
pub struct OrderWanted {
    pub wish: WishId,
    /// The party it is for.
    pub session: SessionId,
    /// Whose phone, where it is a phone.
    pub guest: Option<GuestId>,
    pub lines: Vec<LineWanted>,
    /// What the person read on the screen as the total.
    pub total: Money,
    pub menu_version: u32,
}

/// One line of it, with the price of one portion that the person read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineWanted {
    pub line: LineId,
    pub dish: String,
    pub quantity: u16,
    pub unit_price: Money,
    pub note: Option<String>,
}

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A phone of this party.
    Guest(SessionId),
    /// A member of staff.
    Staff(String),
    /// Nobody known.
    Stranger,
}

/// An event as the journal keeps it.
#[derive(Clone, Debug)]
pub struct Durable {
    pub stream: Stream,
    pub seq: u64,
    pub epoch: u64,
    /// The server's clock, as written.
    pub at_ms: i64,
    /// The hash as stored, and what it must be from the event before it and its own bytes.
    pub hash: [u8; 32],
    pub hash_due: [u8; 32],
    pub command: u128,
    pub kind: String,
    pub sender: Option<Sender>,
    pub told: Told,
}

/// What the event says.
#[derive(Clone, Debug)]
pub enum Told {
    Floor(FloorEvent),
    Money(PaymentEvent),
    /// The catalog's are of no concern here.
    Catalog,
}

/// Paper that came out of a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    pub printer: String,
    /// Of a kitchen ticket: the order its code names, as far as the code tells, and the station.
    pub ticket: Option<(OrderId, StationId)>,
    /// Whether it says that it is a copy (补打).
    pub marked: bool,
    /// Cut at its end, nothing missing.
    pub whole: bool,
    /// Commands on it that no slip may contain (drawer kicks, unknown or vendor commands…).
    pub odd: Vec<String>,
    pub text: String,
}

/// The numbers under which our attempts and refunds are known at the channels.
pub fn number_of(attempt: AttemptId) -> String {
    attempt.to_string()
}

/// See [`number_of`].
pub fn refund_number_of(refund: RefundId) -> String {
    refund.to_string()
}
