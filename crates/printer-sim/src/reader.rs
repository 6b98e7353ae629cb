//! Bytes → [`Op`]s, after the public Epson ESC/POS command reference.
//!
//! Bytes may come in any pieces. A command that is not known is [`Op::Unknown`] with all its bytes, as far as their
//! number is known, and reading goes on behind it: as on paper, what follows may then print as nonsense.

use crate::{
    charset::{self, Chinese},
    op::{Align, Op, Raster},
};

/// The largest picture taken in one command; a header that asks for more is not believed.
const MAX_IMAGE_BYTES: usize = 4 << 20;
/// The longest data of a barcode that ends with NUL, and the most tab stops.
const MAX_BARCODE: usize = 255;
const MAX_TABS: usize = 32;

/// Reads a stream of commands.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer is read.
    at: usize,
    text: TextMode,
    chinese_at_start: bool,
}

/// What decides how text is read.
#[derive(Clone, Copy, Debug)]
struct TextMode {
    chinese: bool,
    page: u8,
    national: u8,
}

impl Reader {
    /// `chinese_at_start`: whether two-byte characters are read after power-on and ESC @ without FS &.
    pub fn new(chinese_at_start: bool) -> Reader {
        let text = TextMode { chinese: chinese_at_start, page: 0, national: 0 };
        Reader { buffer: Vec::new(), at: 0, text, chinese_at_start }
    }

    /// Takes the next bytes; [`Reader::next_op`] gives what they mean.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole command or character, if its last byte is here.
    pub fn next_op(&mut self) -> Option<Op> {
        let rest = self.buffer.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (op, used) = parse(rest, self.text)?;
        self.at += used;
        match op {
            Op::Init => {
                *self = Reader { buffer: std::mem::take(&mut self.buffer), at: self.at, ..Reader::new(self.chinese_at_start) }
            }
            Op::Chinese(on) => self.text.chinese = on,
            Op::CodePage(page) => self.text.page = page,
            Op::International(set) => self.text.national = set,
            _ => (),
        }
        Some(op)
    }

    /// No more bytes will come: gives what was left of a command, and begins anew behind it.
    pub fn finish(&mut self) -> Option<Op> {
        let left = self.buffer.split_off(self.at);
        self.buffer.clear();
        self.at = 0;
        (!left.is_empty()).then(|| Op::Unknown(shortened(&left)))
    }
}

/// The beginning of bytes that nobody needs whole.
fn shortened(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().take(64).collect()
}

/// A command and how many bytes it is long; none if more are needed.
type Parsed = Option<(Op, usize)>;

fn parse(bytes: &[u8], text: TextMode) -> Parsed {
    let byte = *bytes.first()?;
    match byte {
        0x09 => Some((Op::Tab, 1)),
        0x0a => Some((Op::LineFeed, 1)),
        0x0c => Some((Op::FormFeed, 1)),
        0x0d => Some((Op::CarriageReturn, 1)),
        0x10 => dle(bytes),
        0x1b => esc(bytes),
        0x1c => fs(bytes),
        0x1d => gs(bytes),
        0x20..=0x7e => Some((Op::Text { ch: charset::ascii(byte, text.national), wide: false }, 1)),
        0x80.. if text.chinese => match charset::chinese(bytes) {
            Chinese::Char(ch, used) => Some((Op::Text { ch, wide: true }, used)),
            Chinese::More => None,
            Chinese::Bad => Some((Op::Byte(byte), 1)),
        },
        0x80.. => Some((charset::high(byte, text.page).map_or(Op::Byte(byte), |ch| Op::Text { ch, wide: false }), 1)),
        _ => unknown(bytes, 1),
    }
}

fn unknown(bytes: &[u8], length: usize) -> Parsed {
    Some((Op::Unknown(shortened(bytes.get(..length)?)), length))
}

fn setting(bytes: &[u8], length: usize) -> Parsed {
    Some((Op::Setting(shortened(bytes.get(..length)?)), length))
}

/// A command with one parameter, or unknown if the parameter is out of its range.
fn one(bytes: &[u8], read: impl FnOnce(u8) -> Option<Op>) -> Parsed {
    match read(*bytes.get(2)?) {
        Some(op) => Some((op, 3)),
        None => unknown(bytes, 3),
    }
}

fn word(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(place)?, *bytes.get(place + 1)?]))
}

/// 0 to `most`, also as the digit of it.
fn digit(n: u8, most: u8) -> Option<u8> {
    let value = if n >= b'0' { n - b'0' } else { n };
    (value <= most).then_some(value)
}

fn on(n: u8) -> bool {
    n & 1 == 1
}

fn dle(bytes: &[u8]) -> Parsed {
    let length = match (*bytes.get(1)?, bytes.get(2)) {
        (0x04 | 0x05 | 0x14, None) => return None,
        (0x04, Some(1..=4)) | (0x05, Some(_)) => 3,
        (0x04, Some(7 | 8 | 18)) => 4,
        (0x14, Some(1 | 2)) => 5,
        (0x14, Some(7)) => 4,
        (0x14, Some(8)) => 10,
        (0x04 | 0x14, Some(_)) => return unknown(bytes, 3),
        _ => return unknown(bytes, 1),
    };
    Some((Op::RealTime(bytes.get(..length)?.to_vec()), length))
}

fn esc(bytes: &[u8]) -> Parsed {
    match *bytes.get(1)? {
        b'@' => Some((Op::Init, 2)),
        b'!' => one(bytes, |n| Some(Op::PrintMode(n))),
        b'M' => one(bytes, |n| digit(n, 1).map(|font| Op::SmallFont(font == 1))),
        b'E' | b'G' => one(bytes, |n| Some(Op::Bold(on(n)))),
        b'-' => one(bytes, |n| digit(n, 2).map(Op::Underline)),
        b' ' => one(bytes, |n| Some(Op::Spacing(n))),
        b'$' => Some((Op::MoveTo(word(bytes, 2)?), 4)),
        b'\\' => Some((Op::MoveBy(word(bytes, 2)?.cast_signed()), 4)),
        b'a' => one(bytes, |n| {
            let aligns = [Align::Left, Align::Center, Align::Right];
            digit(n, 2).map(|align| Op::Align(aligns[usize::from(align)]))
        }),
        b'd' => one(bytes, |n| Some(Op::FeedLines(n))),
        b'J' => one(bytes, |n| Some(Op::FeedDots(n))),
        b'2' => Some((Op::LineSpacing(None), 2)),
        b'3' => one(bytes, |n| Some(Op::LineSpacing(Some(n)))),
        b't' => one(bytes, |n| Some(Op::CodePage(n))),
        b'R' => one(bytes, |n| charset::is_national(n).then_some(Op::International(n))),
        b'p' => match (digit(*bytes.get(2)?, 1), bytes.get(3..5)?) {
            (Some(connector), _) => Some((Op::Drawer { pin: if connector == 0 { 2 } else { 5 } }, 5)),
            (None, _) => unknown(bytes, 5),
        },
        b'B' => {
            let _length = *bytes.get(3)?;
            Some((Op::Buzzer { times: *bytes.get(2)? }, 4))
        }
        b'(' => parenthesis(bytes, |kind, body| match (kind, body) {
            (b'A', [_function, _pattern, times, ..]) => Some(Op::Buzzer { times: *times }),
            _ => None,
        }),
        b'i' => Some((Op::Cut { partial: false, feed: None }, 2)),
        b'm' => Some((Op::Cut { partial: true, feed: None }, 2)),
        b'D' => {
            let stops = bytes.get(2..)?;
            match stops.iter().take(MAX_TABS + 1).position(|stop| *stop == 0) {
                Some(count) => Some((Op::TabStops(stops[..count].to_vec()), count + 3)),
                None if stops.len() > MAX_TABS => unknown(bytes, 2),
                None => None,
            }
        }
        b'=' | b'U' => setting(bytes, 3),
        b'c' => setting(bytes, 4),
        b'S' => setting(bytes, 2),
        b'*' => {
            let columns = usize::from(word(bytes, 3)?);
            let high = if *bytes.get(2)? >= 32 { 3 } else { 1 };
            unknown(bytes, 5 + columns * high)
        }
        b'&' => user_defined(bytes),
        b'{' | b'V' | b'T' | b'r' | b'%' | b'?' | b'K' | b'e' | b'u' => unknown(bytes, 3),
        b'W' => unknown(bytes, 10),
        _ => unknown(bytes, 2),
    }
}

/// ESC &: characters of the user's own, which this printer has no room for.
fn user_defined(bytes: &[u8]) -> Parsed {
    let (high, first, last) = (usize::from(*bytes.get(2)?), *bytes.get(3)?, *bytes.get(4)?);
    let mut length = 5;
    for _ in first..=last {
        length += 1 + high * usize::from(*bytes.get(length)?);
    }
    unknown(bytes, length)
}

fn fs(bytes: &[u8]) -> Parsed {
    match *bytes.get(1)? {
        b'&' => Some((Op::Chinese(true), 2)),
        b'.' => Some((Op::Chinese(false), 2)),
        b'!' => one(bytes, |n| Some(Op::ChineseMode(n))),
        b'-' => one(bytes, |n| digit(n, 2).map(Op::ChineseUnderline)),
        b'W' => one(bytes, |n| Some(Op::ChineseQuadruple(on(n)))),
        b'S' => Some((Op::ChineseSpacing(*bytes.get(2)?, *bytes.get(3)?), 4)),
        // The code system, JIS or Shift-JIS: only a Japanese printer has the choice.
        b'C' => setting(bytes, 3),
        b'2' => unknown(bytes, 76),
        b'p' => unknown(bytes, 4),
        b'(' => parenthesis(bytes, |_, _| None),
        _ => unknown(bytes, 2),
    }
}

fn gs(bytes: &[u8]) -> Parsed {
    match *bytes.get(1)? {
        b'!' => one(bytes, |n| {
            let (width, height) = ((n >> 4) + 1, (n & 0x0f) + 1);
            (width <= 8 && height <= 8).then_some(Op::Size { width, height })
        }),
        b'B' => one(bytes, |n| Some(Op::Invert(on(n)))),
        b'L' => Some((Op::LeftMargin(word(bytes, 2)?), 4)),
        b'W' => Some((Op::AreaWidth(word(bytes, 2)?), 4)),
        b'V' => cut(bytes),
        b'v' => image(bytes),
        b'(' => parenthesis(bytes, |kind, body| match kind {
            b'k' => qr(body),
            b'H' => process_id(body),
            b'L' => graphics(body),
            _ => None,
        }),
        b'8' => long_graphics(bytes),
        b'a' => one(bytes, |n| Some(Op::AutoStatus(n))),
        b'r' => one(bytes, |n| matches!(n, 1 | 2 | 49 | 50).then_some(Op::TransmitStatus(n & 0x0f))),
        b'I' => one(bytes, |n| Some(Op::TransmitId(n))),
        b'k' => barcode(bytes),
        b'h' => one(bytes, |n| (n > 0).then_some(Op::BarcodeHeight(n))),
        b'w' => one(bytes, |n| (1..=6).contains(&n).then_some(Op::BarcodeModule(n))),
        b'H' => one(bytes, |n| digit(n, 3).map(Op::BarcodeText)),
        b'f' | b'b' => setting(bytes, 3),
        b'*' => {
            let (x, y) = (usize::from(*bytes.get(2)?), usize::from(*bytes.get(3)?));
            unknown(bytes, 4 + x * y * 8)
        }
        b'$' | b'\\' | b'P' => unknown(bytes, 4),
        b'^' => unknown(bytes, 5),
        b'/' | b'T' | b'E' | b'j' => unknown(bytes, 3),
        b'g' => unknown(bytes, 6),
        _ => unknown(bytes, 2),
    }
}

/// A command that tells its own length: `( x pL pH` and so many bytes.
fn parenthesis(bytes: &[u8], read: impl FnOnce(u8, &[u8]) -> Option<Op>) -> Parsed {
    let kind = *bytes.get(2)?;
    let length = 5 + usize::from(word(bytes, 3)?);
    let body = bytes.get(5..length)?;
    match read(kind, body) {
        Some(op) => Some((op, length)),
        None => unknown(bytes, length),
    }
}

fn cut(bytes: &[u8]) -> Parsed {
    let (partial, takes_feed) = match *bytes.get(2)? {
        0 | b'0' => (false, false),
        1 | b'1' => (true, false),
        65 | 97 | 103 => (false, true),
        66 | 98 | 104 => (true, true),
        _ => return unknown(bytes, 3),
    };
    let feed = if takes_feed { Some(*bytes.get(3)?) } else { None };
    Some((Op::Cut { partial, feed }, 3 + usize::from(takes_feed)))
}

fn image(bytes: &[u8]) -> Parsed {
    if *bytes.get(2)? != b'0' {
        return unknown(bytes, 3);
    }
    let (stride, rows) = (usize::from(word(bytes, 4)?), usize::from(word(bytes, 6)?));
    let length = stride * rows;
    match digit(bytes[3], 3) {
        Some(scale) if (1..=MAX_IMAGE_BYTES).contains(&length) => {
            let data = bytes.get(8..8 + length)?.to_vec();
            let scale = (1 + usize::from(scale & 1), 1 + usize::from(scale >> 1));
            Some((Op::Image(Raster { stride, data, scale }), 8 + length))
        }
        _ => unknown(bytes, 8),
    }
}

/// GS ( L: functions 112 (store a picture in rows) and 50 (print it).
fn graphics(body: &[u8]) -> Option<Op> {
    match body {
        [48, 2 | 50] => Some(Op::PrintStored),
        [48, 112, 48, wide @ 1..=2, high @ 1..=2, 49, xl, xh, yl, yh, data @ ..] => {
            let stride = usize::from(u16::from_le_bytes([*xl, *xh])).div_ceil(8);
            let rows = usize::from(u16::from_le_bytes([*yl, *yh]));
            let scale = (usize::from(*wide), usize::from(*high));
            (stride * rows == data.len() && stride > 0).then(|| Op::StoreImage(Raster { stride, data: data.to_vec(), scale }))
        }
        _ => None,
    }
}

/// GS 8 L: the same with a length of four bytes.
fn long_graphics(bytes: &[u8]) -> Parsed {
    if *bytes.get(2)? != b'L' {
        return unknown(bytes, 3);
    }
    let length = u32::from_le_bytes(bytes.get(3..7)?.try_into().ok()?) as usize;
    if length > MAX_IMAGE_BYTES {
        return unknown(bytes, 7);
    }
    match graphics(bytes.get(7..7 + length)?) {
        Some(op) => Some((op, 7 + length)),
        None => unknown(bytes, 7 + length),
    }
}

fn qr(body: &[u8]) -> Option<Op> {
    match body {
        [49, 65, model @ 49..=51, 0] => Some(Op::QrModel(*model)),
        [49, 67, size @ 1..=16] => Some(Op::QrSize(*size)),
        [49, 69, level @ 48..=51] => Some(Op::QrLevel(*level)),
        [49, 80, 48, data @ ..] if !data.is_empty() => Some(Op::QrStore(data.to_vec())),
        [49, 81, 48] => Some(Op::QrPrint),
        _ => None,
    }
}

fn process_id(body: &[u8]) -> Option<Op> {
    match body {
        [48, 48, id @ ..] if id.iter().all(|byte| (32..=126).contains(byte)) => Some(Op::ProcessId(id.try_into().ok()?)),
        _ => None,
    }
}

fn barcode(bytes: &[u8]) -> Parsed {
    let kind = *bytes.get(2)?;
    match kind {
        0..=6 => {
            let data = bytes.get(3..)?;
            match data.iter().take(MAX_BARCODE + 1).position(|byte| *byte == 0) {
                Some(length) => Some((Op::Barcode { kind: kind + 65, data: data[..length].to_vec() }, length + 4)),
                None if data.len() > MAX_BARCODE => unknown(bytes, 3),
                None => None,
            }
        }
        65..=79 => {
            let length = usize::from(*bytes.get(3)?);
            Some((Op::Barcode { kind, data: bytes.get(4..4 + length)?.to_vec() }, 4 + length))
        }
        _ => unknown(bytes, 3),
    }
}
