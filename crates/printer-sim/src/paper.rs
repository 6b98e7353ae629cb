//! The paper that hangs out of a printer, and the slips the cutter makes of it.
//!
//! The cutter sits above the head, so a cut leaves the last rows on the roll: what was printed less than the gap ago
//! is on the next slip, as on a real printer. Jobs feed to the cutter first (GS V 65 or 66, or a few empty lines).

use jiff::Timestamp;
use serde::Serialize;

use crate::{bits::Bits, picture};

/// Something at a place on the paper: it came after the row before `row`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    row: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Text(String),
    Drawer(u8),
    Buzzer(u8),
    Unknown(Vec<u8>),
    /// Rows that were lost or cut off: a note for the reader.
    Note(&'static str),
}

/// How a slip came off the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    Full,
    /// One point left uncut.
    Partial,
    /// By nobody: the paper grew longer than a slip can be.
    TooLong,
    /// Not yet cut.
    No,
}

/// A piece of printed paper.
#[derive(Clone, Debug, Serialize)]
pub struct Slip {
    /// 1 is the printer's first.
    pub number: u64,
    pub at: Timestamp,
    /// The slip as text, with markers for what text can't show.
    pub text: String,
    pub cut: Cut,
    /// How often the drawer was kicked and the buzzer sounded, from the last cut on.
    pub drawer: usize,
    pub buzzer: usize,
    /// Commands that the printer doesn't know, in hex.
    pub unknown: Vec<String>,
    /// Rows of dots.
    pub rows: usize,
    /// The picture of it.
    #[serde(skip)]
    pub png: Vec<u8>,
}

impl Slip {
    /// Whether a line of the text form contains this.
    pub fn says(&self, text: &str) -> bool {
        self.text.lines().any(|line| line.contains(text))
    }
}

/// The paper since the last cut.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    bits: Bits,
    marks: Vec<Mark>,
}

/// 5 m at 203 dots an inch; then the paper tears by itself.
const LONGEST: usize = 40_000;
/// Marks without a row between them end there too.
const MOST_MARKS: usize = 20_000;

impl Paper {
    /// Paper fresh in the printer hangs out as far as the cutter.
    pub(crate) fn new(width: usize, gap: usize) -> Paper {
        Paper { bits: Bits::new(width, gap), marks: Vec::new() }
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.bits.height() >= LONGEST || self.marks.len() >= MOST_MARKS
    }

    pub(crate) fn push_row(&mut self, row: &[u8]) {
        self.bits.push_row(row);
    }

    pub(crate) fn push_blank(&mut self) {
        self.bits.push_blank();
    }

    fn mark(&mut self, what: What) {
        self.marks.push(Mark { row: self.bits.height(), what });
    }

    pub(crate) fn text(&mut self, text: String) {
        self.mark(What::Text(text));
    }

    pub(crate) fn drawer(&mut self, pin: u8) {
        self.mark(What::Drawer(pin));
    }

    pub(crate) fn buzzer(&mut self, times: u8) {
        self.mark(What::Buzzer(times));
    }

    pub(crate) fn unknown(&mut self, bytes: Vec<u8>) {
        self.mark(What::Unknown(bytes));
    }

    pub(crate) fn note(&mut self, note: &'static str) {
        self.mark(What::Note(note));
    }

    /// Cuts `gap` rows above the head and gives what falls off.
    pub(crate) fn cut(&mut self, gap: usize) -> Paper {
        let at = self.bits.height().saturating_sub(gap);
        let below = self.bits.split_off(at);
        // Kicks, sounds and notes have no place on paper and go with the slip.
        let (mut off, mut stay) = (Vec::new(), Vec::new());
        for mark in self.marks.drain(..) {
            match mark.what {
                What::Text(ref text) if mark.row > at && !text.is_empty() => {
                    stay.push(Mark { row: mark.row - at, what: mark.what })
                }
                _ => off.push(mark),
            }
        }
        let above = std::mem::replace(&mut self.bits, below);
        self.marks = stay;
        Paper { bits: above, marks: off }
    }

    /// The text form: a line for each printed line, and what was done between them.
    pub(crate) fn text_form(&self, cut: Cut) -> String {
        let mut lines: Vec<String> = self
            .marks
            .iter()
            .map(|mark| match &mark.what {
                What::Text(text) => text.clone(),
                What::Drawer(_) => "[DRAWER]".into(),
                What::Buzzer(_) => "[BUZZER]".into(),
                What::Unknown(bytes) => format!("[UNKNOWN {}]", spaced(bytes)),
                What::Note(note) => format!("[{note}]"),
            })
            .collect();
        match cut {
            Cut::Full | Cut::Partial => lines.push("[CUT]".into()),
            Cut::TooLong => lines.push("[TOO LONG]".into()),
            Cut::No => (),
        }
        lines.join("\n")
    }

    /// Makes a slip of it.
    pub(crate) fn slip(&self, number: u64, at: Timestamp, cut: Cut) -> Slip {
        let count = |counted: fn(&What) -> bool| self.marks.iter().filter(|mark| counted(&mark.what)).count();
        Slip {
            number,
            at,
            text: self.text_form(cut),
            cut,
            drawer: count(|what| matches!(what, What::Drawer(_))),
            buzzer: count(|what| matches!(what, What::Buzzer(_))),
            unknown: self.unknown_commands().map(|(_, bytes)| spaced(bytes)).collect(),
            rows: self.bits.height(),
            png: self.png(cut),
        }
    }

    /// The picture of it, commands that aren't known in the margin.
    pub(crate) fn png(&self, cut: Cut) -> Vec<u8> {
        let notes: Vec<(usize, String)> =
            self.unknown_commands().map(|(row, bytes)| (row, format!("? {}", spaced(bytes)))).collect();
        picture::png(&self.bits, &notes, cut != Cut::No)
    }

    fn unknown_commands(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.marks.iter().filter_map(|mark| match &mark.what {
            What::Unknown(bytes) => Some((mark.row, bytes.as_slice())),
            What::Text(_) | What::Drawer(_) | What::Buzzer(_) | What::Note(_) => None,
        })
    }
}

/// Bytes in hex, with spaces; the first sixteen.
fn spaced(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(16).map(|byte| format!("{byte:02X}")).collect();
    format!("{}{}", shown.join(" "), if bytes.len() > 16 { " …" } else { "" })
}
