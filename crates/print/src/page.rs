//! A slip laid out for one paper width, in elements any printer language could take.

use crate::clean::{clean, is_clean};
use crate::wrap::columns;

/// The paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Mm58,
    Mm80,
}

impl Width {
    /// Columns of ordinary letters; a Chinese character takes two.
    pub fn columns(self) -> usize {
        match self {
            Width::Mm58 => 32,
            Width::Mm80 => 48,
        }
    }

    /// Dots across, 8 to the millimetre.
    pub fn dots(self) -> u16 {
        match self {
            Width::Mm58 => 384,
            Width::Mm80 => 576,
        }
    }
}

/// What is printed, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub width: Width,
    pub elements: Vec<Element>,
}

impl Page {
    /// Opens the cash drawer as well, before anything is printed.
    #[must_use]
    pub fn opening_drawer(mut self) -> Page {
        self.elements.insert(0, Element::Drawer);
        self
    }

    /// Only opens the cash drawer.
    pub fn drawer_alone(width: Width) -> Page {
        Page { width, elements: vec![Element::Drawer] }
    }

    /// The text alone, a row a line, for logs and tests.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for element in &self.elements {
            if let Element::Row(row) = element {
                row.runs.iter().for_each(|run| text.push_str(&run.text));
                text.push('\n');
            }
        }
        text
    }
}

/// One thing on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// A line of text.
    Row(Row),
    /// A line across the paper.
    Rule { thick: bool },
    /// A QR code in the middle, about so many dots wide and never wider than the paper.
    Qr { data: CodeData, dots: u16 },
    /// Empty lines.
    Feed(u8),
    /// Cuts the paper, or feeds it to where it can be torn.
    Cut,
    /// Sounds so many times.
    Buzzer { times: u8 },
    /// Opens the cash drawer.
    Drawer,
}

/// A line of text; it fits the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub align: Align,
    pub runs: Vec<Run>,
}

impl Row {
    /// Columns of ordinary letters it takes.
    pub fn columns(&self) -> usize {
        self.runs.iter().map(|run| columns(&run.text) * usize::from(run.style.wide)).sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// Text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub style: Style,
}

impl Run {
    /// Takes any text; what can't be printed becomes a visible sign.
    pub fn new(text: &str, style: Style) -> Run {
        Run { text: clean(text), style }
    }
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Times the ordinary width, 1 to 8.
    pub wide: u8,
    /// Times the ordinary height, 1 to 8.
    pub tall: u8,
    pub bold: bool,
    /// White on black.
    pub inverted: bool,
}

impl Style {
    /// Ordinary text.
    pub const PLAIN: Style = Style { wide: 1, tall: 1, bold: false, inverted: false };
    /// Twice as high: takes no more columns, and is read at arm's length.
    pub const TALL: Style = Style { tall: 2, ..Style::PLAIN };
    /// Twice as high and wide.
    pub const LARGE: Style = Style { wide: 2, tall: 2, ..Style::PLAIN };

    #[must_use]
    pub const fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    #[must_use]
    pub const fn inverted(self) -> Style {
        Style { inverted: true, ..self }
    }
}

/// Text that can be a QR code on every printer: short enough for narrow paper, and nothing in it that a printer would obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeData(String);

impl CodeData {
    /// Bytes; with a margin and four dots to a module this still fits paper of 58 mm.
    pub const MOST: usize = 500;

    /// Nothing for data that is empty, too long or has control characters: half a code, or another one, would open something else.
    pub fn new(data: &str) -> Option<CodeData> {
        let fits = !data.is_empty() && data.len() <= CodeData::MOST && is_clean(data);
        fits.then(|| CodeData(data.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
