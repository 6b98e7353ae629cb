//! Pages to ESC/POS bytes for one kind of printer.
//!
//! # Safety of text
//! No byte of any text becomes a command. Text is cleaned once more here, then every character is encoded by itself: GB18030 has no byte
//! below 0x20 in any character of more than one byte, and of one byte only what is printable ASCII is let through.
//!
//! # Source
//! Epson, ESC/POS Command Reference: ESC @, ESC a, ESC d, ESC E, ESC p, ESC ( A, GS !, GS B, GS V, GS v 0, GS ( k, FS &, FS !.
//! ESC B (sound) is what printers made in China have in place of ESC ( A.

mod qr;
mod text;

use crate::page::{Align, Element, Page, Row, Style, Width};

/// What a printer has and understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub width: Width,
    /// Has a cutter.
    pub cut: bool,
    pub buzzer: Buzzer,
    /// A cash drawer hangs on it.
    pub drawer: bool,
    pub qr: QrMode,
    pub gb: Gb,
}

/// How a printer is made to sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buzzer {
    None,
    /// `ESC B`.
    EscB,
    /// `ESC ( A`, function 97.
    EscParenA,
}

/// Who draws QR codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrMode {
    /// The printer, by `GS ( k`.
    Native,
    /// We do; sent as a picture by `GS v 0`.
    Raster,
}

/// Which characters a printer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gb {
    /// Those of four bytes as well.
    Gb18030,
    /// Those of two bytes only; others become 〓.
    Gbk,
}

const LF: u8 = 0x0a;
const ESC: u8 = 0x1b;
const FS: u8 = 0x1c;
const GS: u8 = 0x1d;

/// Encodes a page. A page laid out for wider paper than the printer's still prints; the printer then breaks its rows.
pub fn encode(page: &Page, profile: &Profile) -> Vec<u8> {
    let mut job = Job { bytes: Vec::new(), align: Align::Left, style: Style::PLAIN, profile };
    // Start from the printer's own defaults, then read two bytes as one character.
    job.bytes.extend([ESC, b'@', FS, b'&']);
    page.elements.iter().for_each(|element| job.element(element));
    job.bytes
}

struct Job<'a> {
    bytes: Vec<u8>,
    align: Align,
    style: Style,
    profile: &'a Profile,
}

impl Job<'_> {
    fn element(&mut self, element: &Element) {
        match element {
            Element::Row(row) => self.row(row),
            Element::Rule { thick } => self.rule(*thick),
            Element::Qr { data, dots } => {
                self.align(Align::Centre);
                self.style(Style::PLAIN);
                let drawn = qr::draw(data, *dots, self.profile.width);
                self.bytes.extend(drawn.encode(self.profile.qr));
            }
            Element::Feed(lines) => self.feed(*lines),
            Element::Cut => self.cut(),
            Element::Buzzer { times } => self.sound(*times),
            Element::Drawer => self.kick(),
        }
    }

    fn row(&mut self, row: &Row) {
        self.align(row.align);
        for run in &row.runs {
            self.style(run.style);
            text::put(&mut self.bytes, &run.text, self.profile.gb);
        }
        self.bytes.push(LF);
    }

    fn rule(&mut self, thick: bool) {
        self.align(Align::Left);
        self.style(Style::PLAIN);
        let line = if thick { b'=' } else { b'-' };
        self.bytes.extend(std::iter::repeat_n(line, self.profile.width.columns()));
        self.bytes.push(LF);
    }

    fn feed(&mut self, lines: u8) {
        self.style(Style::PLAIN);
        // As line feeds: a number of 16 in ESC d would be half a real-time command.
        self.bytes.extend(std::iter::repeat_n(LF, usize::from(lines)));
    }

    /// Cuts at the place below the last row, leaving one point so that the slip doesn't fall; without a cutter, feeds past the tear bar.
    fn cut(&mut self) {
        match self.profile.cut {
            true => self.bytes.extend([GS, b'V', 66, 0]),
            false => self.feed(4),
        }
    }

    fn sound(&mut self, times: u8) {
        let times = times.clamp(1, 9);
        match self.profile.buzzer {
            Buzzer::None => {}
            // 200 ms each.
            Buzzer::EscB => self.bytes.extend([ESC, b'B', times, 2]),
            // 200 ms on, 100 ms off.
            Buzzer::EscParenA => self.bytes.extend([ESC, b'(', b'A', 5, 0, 97, 100, times, 2, 1]),
        }
    }

    /// Pin 2, 50 ms on, 500 ms off.
    fn kick(&mut self) {
        if self.profile.drawer {
            self.bytes.extend([ESC, b'p', 0, 25, 250]);
        }
    }

    fn align(&mut self, align: Align) {
        if self.align != align {
            let n = match align {
                Align::Left => 0,
                Align::Centre => 1,
                Align::Right => 2,
            };
            self.bytes.extend([ESC, b'a', n]);
            self.align = align;
        }
    }

    fn style(&mut self, style: Style) {
        let style = Style { wide: style.wide.clamp(1, 8), tall: style.tall.clamp(1, 8), ..style };
        let was = std::mem::replace(&mut self.style, style);
        if (was.wide, was.tall) != (style.wide, style.tall) {
            // FS ! first: printers that know GS ! for Chinese as well obey what came last, and it can do more than twice the size.
            let chinese = if style.wide > 1 { 4 } else { 0 } | if style.tall > 1 { 8 } else { 0 };
            self.bytes.extend([FS, b'!', chinese, GS, b'!', (style.wide - 1) << 4 | (style.tall - 1)]);
        }
        if was.bold != style.bold {
            self.bytes.extend([ESC, b'E', style.bold.into()]);
        }
        if was.inverted != style.inverted {
            self.bytes.extend([GS, b'B', style.inverted.into()]);
        }
    }
}
