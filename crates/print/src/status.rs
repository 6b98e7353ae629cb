//! What a printer says about itself when asked by `DLE EOT`.
//!
//! # Source
//! Epson, ESC/POS Command Reference, DLE EOT: four questions, one byte each, with bits 1 and 4 always on and bits 0 and 7 always off.

use std::fmt;

/// The question, as the number after `DLE EOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Printer = 1,
    Offline = 2,
    Error = 3,
    Paper = 4,
}

impl Question {
    pub fn bytes(self) -> [u8; 3] {
        [0x10, 0x04, self as u8]
    }
}

/// Whether a byte can be an answer to `DLE EOT`.
pub fn is_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// A byte that is no answer: the fixed bits are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:#04x} is no printer status")]
pub struct NoAnswer(pub u8);

/// Bytes as the printer sent them. Which faults there are (question 3) is asked only after it says there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    pub printer: u8,
    pub offline: u8,
    pub error: Option<u8>,
    pub paper: u8,
}

/// A printer's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub online: bool,
    pub cover_open: bool,
    /// Somebody holds the feed button.
    pub feeding: bool,
    pub paper: Paper,
    /// Nothing unless it is known which level of the pin means open.
    pub drawer_open: Option<bool>,
    pub error: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    Ok,
    /// The roll is nearly used up; still prints.
    NearEnd,
    Out,
}

/// Why a printer doesn't print though it has paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The knife is stuck.
    Cutter,
    /// Has to be switched off, or repaired.
    Broken,
    /// Goes away by itself, as a hot head does.
    Passing,
    /// It says there is an error, and not which.
    Unnamed,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Cutter => "the cutter is stuck",
            Fault::Broken => "an error it can't recover from",
            Fault::Passing => "an error that passes by itself",
            Fault::Unnamed => "an error it doesn't name",
        })
    }
}

/// Which level of the drawer's pin means open; that depends on the drawer, not on the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawerPin {
    Unknown,
    HighIsOpen,
    LowIsOpen,
}

impl Status {
    /// Reads the answers.
    ///
    /// # Errors
    /// The first byte that can't be an answer.
    pub fn parse(answers: &Answers, pin: DrawerPin) -> Result<Status, NoAnswer> {
        for byte in [Some(answers.printer), Some(answers.offline), answers.error, Some(answers.paper)].into_iter().flatten() {
            if !is_answer(byte) {
                return Err(NoAnswer(byte));
            }
        }
        Ok(Status {
            online: answers.printer & 0x08 == 0,
            cover_open: answers.offline & 0x04 != 0,
            feeding: answers.offline & 0x08 != 0,
            paper: paper(answers),
            drawer_open: match pin {
                DrawerPin::Unknown => None,
                DrawerPin::HighIsOpen => Some(answers.printer & 0x04 != 0),
                DrawerPin::LowIsOpen => Some(answers.printer & 0x04 == 0),
            },
            error: fault(answers),
        })
    }

    /// Whether it would print now.
    pub fn ready(&self) -> bool {
        self.online && !self.cover_open && self.error.is_none() && self.paper != Paper::Out
    }
}

/// Each sensor has two bits that go together; one alone is believed.
fn paper(answers: &Answers) -> Paper {
    if answers.paper & 0x60 != 0 || answers.offline & 0x20 != 0 {
        Paper::Out
    } else if answers.paper & 0x0c != 0 {
        Paper::NearEnd
    } else {
        Paper::Ok
    }
}

fn fault(answers: &Answers) -> Option<Fault> {
    let error = answers.error.unwrap_or(0);
    if error & 0x20 != 0 {
        Some(Fault::Broken)
    } else if error & 0x08 != 0 {
        Some(Fault::Cutter)
    } else if error & 0x40 != 0 {
        Some(Fault::Passing)
    } else if answers.offline & 0x40 != 0 {
        Some(Fault::Unnamed)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Answers = Answers { printer: 0x12, offline: 0x12, error: None, paper: 0x12 };

    fn parse(answers: Answers) -> Status {
        Status::parse(&answers, DrawerPin::Unknown).unwrap()
    }

    #[test]
    fn a_good_printer() {
        let status = parse(GOOD);
        assert!(status.ready());
        assert_eq!(status.paper, Paper::Ok);
        assert_eq!(status.drawer_open, None);
        assert_eq!(parse(Answers { error: Some(0x12), ..GOOD }).error, None);
    }

    #[test]
    fn every_bit_that_stops_printing() {
        let cases = [
            Answers { printer: 0x1a, ..GOOD },
            Answers { offline: 0x16, ..GOOD },
            Answers { offline: 0x32, ..GOOD },
            Answers { offline: 0x52, ..GOOD },
            Answers { paper: 0x72, ..GOOD },
            Answers { paper: 0x32, ..GOOD },
            Answers { error: Some(0x1a), ..GOOD },
            Answers { error: Some(0x32), ..GOOD },
            Answers { error: Some(0x52), ..GOOD },
        ];
        for answers in cases {
            assert!(!parse(answers).ready(), "{answers:x?}");
        }
        assert!(parse(cases[1]).cover_open);
        assert_eq!(cases.map(|a| parse(a).paper == Paper::Out), [false, false, true, false, true, true, false, false, false]);
        assert_eq!(parse(cases[3]).error, Some(Fault::Unnamed));
        assert_eq!(parse(cases[6]).error, Some(Fault::Cutter));
        assert_eq!(parse(cases[7]).error, Some(Fault::Broken));
        assert_eq!(parse(cases[8]).error, Some(Fault::Passing));
    }

    #[test]
    fn little_paper_and_the_feed_button_stop_nothing() {
        let status = parse(Answers { paper: 0x1e, offline: 0x1a, ..GOOD });
        assert_eq!((status.paper, status.feeding, status.ready()), (Paper::NearEnd, true, true));
    }

    #[test]
    fn the_drawer_is_known_only_with_its_pin() {
        let high = Answers { printer: 0x16, ..GOOD };
        assert_eq!(Status::parse(&high, DrawerPin::HighIsOpen).unwrap().drawer_open, Some(true));
        assert_eq!(Status::parse(&high, DrawerPin::LowIsOpen).unwrap().drawer_open, Some(false));
    }

    #[test]
    fn bytes_without_the_fixed_bits_are_refused() {
        assert_eq!((0..=255u8).filter(|b| is_answer(*b)).count(), 16);
        for byte in (0..=255u8).filter(|b| !is_answer(*b)) {
            for answers in [
                Answers { printer: byte, ..GOOD },
                Answers { offline: byte, ..GOOD },
                Answers { error: Some(byte), ..GOOD },
                Answers { paper: byte, ..GOOD },
            ] {
                assert_eq!(Status::parse(&answers, DrawerPin::Unknown), Err(NoAnswer(byte)));
            }
        }
    }
}
