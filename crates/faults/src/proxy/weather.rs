//! What a wire does to what passes over it.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From whoever connected to whom they wanted: requests.
    Toward,
    /// The other way: answers.
    Back,
}

/// What becomes of a new connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// It is led on.
    #[default]
    Open,
    /// It is reset at once.
    Refusing,
    /// It is taken and never answered: a black hole.
    Silent,
}

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// RST to both sides.
    Reset,
    /// FIN to both sides.
    Close,
    /// FIN in this direction only; the other goes on.
    Half,
}

/// Cuts a connection once so many bytes have passed in one direction; for each connection drawn from a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which direction is counted.
    pub way: Way,
    /// After how many bytes.
    pub after: RangeInclusive<u64>,
    /// How.
    pub end: End,
}

/// A lost segment, as TCP shows it: nothing for a while, then everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// In so many of a thousand reads.
    pub per_mille: u64,
    /// For how long, in milliseconds.
    pub ms: RangeInclusive<u64>,
}

/// What a wire does. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// How much later everything arrives, each way.
    pub delay: Duration,
    /// And up to so much more.
    pub jitter: Duration,
    /// Loss.
    pub stall: Option<Stall>,
    /// Bytes a second, each way and connection.
    pub bytes_per_s: Option<u32>,
    /// Passed on in writes of so many bytes.
    pub slice: Option<usize>,
    /// Nothing is passed on in this direction, until the weather changes.
    pub held: Option<Way>,
    /// What becomes of new connections.
    pub door: Door,
    /// What becomes of those that live long enough.
    pub cut: Option<Cut>,
}

impl Weather {
    fn cut(way: Way, after: RangeInclusive<u64>, end: End) -> Weather {
        Weather { cut: Some(Cut { way, after, end }), ..Weather::default() }
    }
}

/// Every kind of bad weather by its name. Cuts lie within what one connection usually carries each way, in bytes.
pub fn kinds(requests: u64, answers: u64) -> Vec<(&'static str, Weather)> {
    let ms = Duration::from_millis;
    vec![
        ("latency", Weather { delay: ms(60), jitter: ms(140), ..Weather::default() }),
        ("loss", Weather { stall: Some(Stall { per_mille: 400, ms: 200..=700 }), ..Weather::default() }),
        ("narrow", Weather { bytes_per_s: Some(6_000), ..Weather::default() }),
        ("sliced", Weather { slice: Some(1), ..Weather::default() }),
        ("cut in a request", Weather::cut(Way::Toward, 1..=requests, End::Reset)),
        ("cut in an answer", Weather::cut(Way::Back, 0..=answers, End::Reset)),
        ("closed in an answer", Weather::cut(Way::Back, 0..=answers, End::Close)),
        ("half-closed by the client", Weather::cut(Way::Toward, 1..=requests, End::Half)),
        ("half-closed by the server", Weather::cut(Way::Back, 0..=answers, End::Half)),
        ("requests held", Weather { held: Some(Way::Toward), ..Weather::default() }),
        ("answers held", Weather { held: Some(Way::Back), ..Weather::default() }),
        ("black hole", Weather { door: Door::Silent, ..Weather::default() }),
        ("refused", Weather { door: Door::Refusing, ..Weather::default() }),
    ]
}
