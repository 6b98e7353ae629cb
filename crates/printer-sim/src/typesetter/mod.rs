//! [`Op`]s → what the mechanism does: rows of dots, feeds, cuts, kicks and answers, in order.

mod blocks;

use std::{collections::VecDeque, sync::Arc};

use qrcode::EcLevel;

use crate::{
    bits::Bits,
    glyphs::{Cell, Glyph, Sign, glyph},
    op::{Align, Op, Raster},
};

/// Line spacing after power-on and ESC 2, in dots.
const DEFAULT_SPACING: usize = 30;

/// One thing the mechanism does.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// A row of dots, as wide as the paper.
    Row(Vec<u8>),
    /// So many empty rows.
    Feed(usize),
    /// The rows before were this line of the slip's text form.
    Text(String),
    Cut {
        partial: bool,
    },
    Drawer {
        pin: u8,
    },
    Buzzer {
        times: u8,
    },
    Answer(Answer),
    AutoStatus(u8),
    Unknown(Vec<u8>),
}

/// What is answered when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    ProcessId([u8; 4]),
    Status(u8),
    Id(u8),
}

/// How a character looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Style {
    width: usize,
    height: usize,
    bold: bool,
    underline: usize,
    invert: bool,
}

impl Style {
    /// The markers of the text form.
    fn markers(self) -> String {
        let mut markers = match (self.width, self.height) {
            (1, 1) => String::new(),
            (width, height) if width == height => format!("[x{width}]"),
            (width, height) => format!("[{width}x{height}]"),
        };
        for (on, marker) in [(self.bold, "[bold]"), (self.underline > 0, "[underline]"), (self.invert, "[inverted]")] {
            if on {
                markers.push_str(marker);
            }
        }
        markers
    }

    fn is_plain(self) -> bool {
        self.markers().is_empty()
    }
}

/// A character in its place on the line.
#[derive(Debug)]
struct Set {
    x: usize,
    sign: Sign,
    glyph: Arc<Glyph>,
    style: Style,
    /// Dots left and right of it that belong to it.
    around: (usize, usize),
}

impl Set {
    fn width(&self) -> usize {
        self.around.0 + self.glyph.cell.width() * self.style.width + self.around.1
    }

    fn height(&self) -> usize {
        self.glyph.cell.height() * self.style.height
    }
}

/// What ESC @ puts back.
#[derive(Debug)]
struct Settings {
    /// Width and height of one-byte characters, and of Chinese ones.
    narrow: (usize, usize),
    wide: (usize, usize),
    narrow_underline: usize,
    wide_underline: usize,
    /// As thick as FS - last said, for FS !.
    wide_thickness: usize,
    bold: bool,
    invert: bool,
    small: bool,
    align: Align,
    spacing: usize,
    right_space: usize,
    wide_space: (usize, usize),
    margin: usize,
    area: usize,
    tabs: Vec<usize>,
    qr_model: u8,
    qr_size: usize,
    qr_level: EcLevel,
    qr_data: Vec<u8>,
    barcode_height: usize,
    barcode_module: usize,
    barcode_text: u8,
    stored: Option<Raster>,
}

impl Settings {
    fn new(paper: usize) -> Settings {
        Settings {
            narrow: (1, 1),
            wide: (1, 1),
            narrow_underline: 0,
            wide_underline: 0,
            wide_thickness: 1,
            bold: false,
            invert: false,
            small: false,
            align: Align::Left,
            spacing: DEFAULT_SPACING,
            right_space: 0,
            wide_space: (0, 0),
            margin: 0,
            area: paper,
            tabs: (1..=9).map(|stop| stop * 8 * 12).collect(),
            qr_model: 50,
            qr_size: 3,
            qr_level: EcLevel::L,
            qr_data: Vec::new(),
            barcode_height: 162,
            barcode_module: 3,
            barcode_text: 0,
            stored: None,
        }
    }
}

/// Sets lines.
#[derive(Debug)]
pub struct Typesetter {
    paper: usize,
    /// Dots from the head to the cutter, for cuts that feed there first.
    cutter_gap: usize,
    settings: Settings,
    line: Vec<Set>,
    /// Where the next character stands, from the left margin.
    x: usize,
}

impl Typesetter {
    pub fn new(paper: usize, cutter_gap: usize) -> Typesetter {
        Typesetter { paper, cutter_gap, settings: Settings::new(paper), line: Vec::new(), x: 0 }
    }

    /// Forgets the line and all settings, as at power-on.
    pub fn reset(&mut self) {
        *self = Typesetter::new(self.paper, self.cutter_gap);
    }

    /// Obeys a command.
    pub fn take(&mut self, op: Op, out: &mut VecDeque<Item>) {
        let at_start = self.line.is_empty() && self.x == 0;
        let settings = &mut self.settings;
        match op {
            // What wasn't printed yet is lost.
            Op::Init => self.reset(),
            Op::Text { ch, wide } => self.set(Sign::Char(ch), wide, out),
            Op::Byte(byte) => self.set(Sign::Byte(byte), false, out),
            Op::LineFeed | Op::FormFeed => self.end_line(self.settings.spacing, out),
            Op::CarriageReturn | Op::RealTime(_) | Op::Setting(_) | Op::CodePage(_) | Op::International(_) | Op::Chinese(_) => (),
            Op::Tab => match settings.tabs.iter().find(|stop| **stop > self.x) {
                Some(stop) if *stop < settings.area => self.x = *stop,
                Some(_) | None => (),
            },
            Op::TabStops(columns) => {
                let cell = if settings.small { 9 } else { 12 } * settings.narrow.0;
                settings.tabs = columns.iter().map(|column| usize::from(*column) * cell).collect();
            }
            Op::Spacing(dots) => settings.right_space = usize::from(dots),
            Op::MoveTo(x) => self.move_to(i64::from(x)),
            Op::MoveBy(by) => self.move_to(self.x as i64 + i64::from(by)),
            Op::PrintMode(bits) => {
                settings.small = bits & 0x01 != 0;
                settings.bold = bits & 0x08 != 0;
                settings.narrow = (1 + usize::from(bits & 0x20 != 0), 1 + usize::from(bits & 0x10 != 0));
                settings.narrow_underline = usize::from(bits & 0x80 != 0);
            }
            Op::SmallFont(small) => settings.small = small,
            Op::Bold(bold) => settings.bold = bold,
            Op::Underline(dots) => settings.narrow_underline = usize::from(dots),
            // The reference: only at the beginning of a line.
            Op::Align(align) if at_start => settings.align = align,
            Op::Align(_) => out.push_back(Item::Text("[ALIGN ignored: not at the beginning of a line]".into())),
            Op::FeedLines(lines) => {
                let mut left = usize::from(lines);
                if !at_start {
                    self.end_line(if left > 0 { self.settings.spacing } else { 0 }, out);
                    left = left.saturating_sub(1);
                }
                for _ in 0..left {
                    self.end_line(self.settings.spacing, out);
                }
            }
            Op::FeedDots(dots) if at_start => out.push_back(Item::Feed(usize::from(dots))),
            Op::FeedDots(dots) => self.end_line(usize::from(dots), out),
            Op::LineSpacing(dots) => settings.spacing = dots.map_or(DEFAULT_SPACING, usize::from),
            Op::Drawer { pin } => out.push_back(Item::Drawer { pin }),
            Op::Buzzer { times } => out.push_back(Item::Buzzer { times }),
            Op::Cut { partial, feed } if at_start => {
                if let Some(dots) = feed {
                    out.push_back(Item::Feed(self.cutter_gap + usize::from(dots)));
                }
                out.push_back(Item::Cut { partial });
            }
            Op::Cut { .. } => out.push_back(Item::Text("[CUT ignored: not at the beginning of a line]".into())),
            Op::Size { width, height } => {
                settings.narrow = (usize::from(width), usize::from(height));
                settings.wide = settings.narrow;
            }
            Op::Invert(invert) => settings.invert = invert,
            Op::LeftMargin(dots) => settings.margin = usize::from(dots).min(self.paper - 1),
            Op::AreaWidth(dots) => settings.area = usize::from(dots),
            Op::Image(raster) => self.image(&raster, out),
            Op::StoreImage(raster) => settings.stored = Some(raster),
            Op::PrintStored => match settings.stored.take() {
                Some(raster) => self.image(&raster, out),
                None => out.push_back(Item::Text("[no stored image]".into())),
            },
            Op::QrModel(model) => settings.qr_model = model,
            Op::QrSize(size) => settings.qr_size = usize::from(size),
            Op::QrLevel(level) => {
                settings.qr_level = match level {
                    48 => EcLevel::L,
                    49 => EcLevel::M,
                    50 => EcLevel::Q,
                    _ => EcLevel::H,
                }
            }
            Op::QrStore(data) => settings.qr_data = data,
            Op::QrPrint => self.qr(out),
            Op::Barcode { kind, data } => self.barcode(kind, &data, out),
            Op::BarcodeHeight(dots) => settings.barcode_height = usize::from(dots),
            Op::BarcodeModule(dots) => settings.barcode_module = usize::from(dots),
            Op::BarcodeText(place) => settings.barcode_text = place,
            Op::ProcessId(id) => out.push_back(Item::Answer(Answer::ProcessId(id))),
            Op::AutoStatus(bits) => out.push_back(Item::AutoStatus(bits)),
            Op::TransmitStatus(n) => out.push_back(Item::Answer(Answer::Status(n))),
            Op::TransmitId(n) => out.push_back(Item::Answer(Answer::Id(n))),
            Op::ChineseMode(bits) => {
                settings.wide = (1 + usize::from(bits & 0x04 != 0), 1 + usize::from(bits & 0x08 != 0));
                settings.wide_underline = if bits & 0x80 != 0 { settings.wide_thickness } else { 0 };
            }
            Op::ChineseUnderline(dots) => {
                settings.wide_underline = usize::from(dots);
                settings.wide_thickness = usize::from(dots.max(1));
            }
            Op::ChineseQuadruple(on) => settings.wide = if on { (2, 2) } else { (1, 1) },
            Op::ChineseSpacing(left, right) => settings.wide_space = (usize::from(left), usize::from(right)),
            Op::Unknown(bytes) => out.push_back(Item::Unknown(bytes)),
        }
    }

    /// How wide lines may be.
    fn area(&self) -> usize {
        self.settings.area.min(self.paper - self.settings.margin)
    }

    fn move_to(&mut self, x: i64) {
        // Outside the area the command is ignored.
        if let Ok(x) = usize::try_from(x)
            && x <= self.area()
        {
            self.x = x;
        }
    }

    /// Sets a character behind the others, on a new line if it doesn't fit.
    fn set(&mut self, sign: Sign, wide: bool, out: &mut VecDeque<Item>) {
        let settings = &self.settings;
        let cell = match (wide, settings.small) {
            (true, _) => Cell::Wide,
            (false, false) => Cell::Narrow,
            (false, true) => Cell::Small,
        };
        let ((width, height), underline) =
            if wide { (settings.wide, settings.wide_underline) } else { (settings.narrow, settings.narrow_underline) };
        let style = Style { width, height, bold: settings.bold, underline, invert: settings.invert };
        let (left, right) = if wide { settings.wide_space } else { (0, settings.right_space) };
        let set = Set { x: self.x, sign, glyph: glyph(sign, cell), style, around: (left * width, right * width) };
        if self.x > 0 && self.x + set.width() > self.area() {
            self.end_line(self.settings.spacing, out);
            self.x = set.width();
            self.line.push(Set { x: 0, ..set });
        } else {
            self.x += set.width();
            self.line.push(set);
        }
    }

    /// Prints the line and feeds, so that at least `advance` dots lie between this line and the next.
    fn end_line(&mut self, advance: usize, out: &mut VecDeque<Item>) {
        let line = std::mem::take(&mut self.line);
        self.x = 0;
        let text = self.text_form(&line);
        let Some(height) = line.iter().map(Set::height).max() else {
            out.extend([Item::Feed(advance), Item::Text(text)]);
            return;
        };
        let width = line.iter().map(|set| set.x + set.width()).max().unwrap_or(0);
        let left = self.left_of(width);
        let mut bits = Bits::new(self.paper, height);
        for set in &line {
            draw(set, left, height, &mut bits);
        }
        push_rows(&bits, out);
        out.extend([Item::Text(text), Item::Feed(advance.saturating_sub(height))]);
    }

    /// Where something so wide begins.
    fn left_of(&self, width: usize) -> usize {
        let room = self.area().saturating_sub(width);
        self.settings.margin
            + match self.settings.align {
                Align::Left => 0,
                Align::Center => room / 2,
                Align::Right => room,
            }
    }

    fn align_marker(&self) -> &'static str {
        match self.settings.align {
            Align::Left => "",
            Align::Center => "[center]",
            Align::Right => "[right]",
        }
    }

    fn text_form(&self, line: &[Set]) -> String {
        if line.is_empty() {
            return String::new();
        }
        let mut text = self.align_marker().to_string();
        let mut style = Style { width: 1, height: 1, ..Style::default() };
        let mut x = 0;
        for set in line {
            // A tab or a move shows as spaces.
            text.push_str(&" ".repeat(set.x.saturating_sub(x).div_ceil(12)));
            x = set.x + set.width();
            if set.style != style {
                style = set.style;
                text.push_str(if style.is_plain() { "[plain]" } else { "" });
                text.push_str(&style.markers());
            }
            match set.sign {
                Sign::Char(ch) => text.push(ch),
                Sign::Byte(byte) => text.push_str(&format!("<{byte:02X}>")),
            }
        }
        if style.is_plain() { text.trim_end().to_string() } else { text }
    }

    /// Prints what stands on the line before something that takes rows of its own.
    fn flush(&mut self, out: &mut VecDeque<Item>) {
        if !self.line.is_empty() {
            self.end_line(self.settings.spacing, out);
        }
        self.x = 0;
    }
}

fn push_rows(bits: &Bits, out: &mut VecDeque<Item>) {
    out.extend((0..bits.height()).map(|y| Item::Row(bits.row(y).to_vec())));
}

/// Draws a character that stands on the line's foot.
fn draw(set: &Set, left: usize, line_height: usize, bits: &mut Bits) {
    let (x0, y0) = (left + set.x, line_height - set.height());
    let Style { width, height, bold, underline, invert } = set.style;
    let glyph_x = x0 + set.around.0;
    let (whole, cell) = (set.width(), set.glyph.cell.width());
    let burnt = |x: usize, y: usize| {
        let inside = x >= set.around.0 && x < set.around.0 + cell * width;
        let dot = |x: usize| set.glyph.dot((x - set.around.0) / width, y / height);
        // Struck twice, a dot apart.
        inside && (dot(x) || (bold && x > set.around.0 && dot(x - 1)))
    };
    for y in 0..set.height() {
        for x in 0..whole {
            let under = underline > 0 && y + underline >= set.height() && !invert;
            if (burnt(x, y) || under) != invert {
                bits.set(glyph_x - set.around.0 + x, y0 + y);
            }
        }
    }
}
