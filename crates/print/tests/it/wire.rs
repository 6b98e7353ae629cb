//! An independent reader of what the encoder writes, made from the command reference and nothing else: bytes it doesn't expect are an
//! error, so whatever a text smuggled in would show.

/// A piece of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Name and whole bytes of a command.
    Command(&'static str, Vec<u8>),
    /// Printable bytes between commands.
    Text(Vec<u8>),
    /// The data of a code.
    Code(Vec<u8>),
    /// The dots of a picture.
    Dots { row_bytes: usize, rows: usize, dots: Vec<u8> },
}

pub fn read(job: &[u8]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = job;
    let mut text = Vec::new();
    while let Some(first) = rest.first() {
        let taken = if *first < 0x20 { 0 } else { character(rest)? };
        if taken > 0 {
            text.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            continue;
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let (mut found, taken) = command(rest)?;
        pieces.append(&mut found);
        rest = &rest[taken..];
    }
    match text.is_empty() {
        true => Ok(pieces),
        false => Err("a job that ends inside a row".into()),
    }
}

/// Length of the GB18030 character the bytes begin with.
fn character(bytes: &[u8]) -> Result<usize, String> {
    match bytes {
        [0x20..=0x7e, ..] => Ok(1),
        [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, ..] => Ok(4),
        [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => Ok(2),
        _ => Err(format!("no character: {:x?}", &bytes[..bytes.len().min(4)])),
    }
}

fn command(bytes: &[u8]) -> Result<(Vec<Piece>, usize), String> {
    let (name, length) = match bytes {
        [0x0a, ..] => ("LF", 1),
        [0x1b, b'@', ..] => ("initialise", 2),
        [0x1b, b'a', 0..=2, ..] => ("align", 3),
        [0x1b, b'E', 0..=1, ..] => ("bold", 3),
        [0x1b, b'B', 1..=9, 1..=9, ..] => ("sound", 4),
        [0x1b, b'(', b'A', 5, 0, 97, 100, ..] => ("sound", 10),
        [0x1b, b'p', 0..=1, _, _, ..] => ("drawer", 5),
        [0x1c, b'&', ..] => ("chinese", 2),
        [0x1c, b'!', _, ..] => ("chinese size", 3),
        [0x1d, b'!', _, ..] => ("size", 3),
        [0x1d, b'B', 0..=1, ..] => ("invert", 3),
        [0x1d, b'V', 66, _, ..] => ("cut", 4),
        [0x1d, b'(', b'k', low, high, 49, 80, 48, rest @ ..] => {
            let length = usize::from(u16::from_le_bytes([*low, *high])) - 3;
            let data = rest.get(..length).ok_or("half a code")?;
            return Ok((vec![Piece::Command("code data", bytes[..8].to_vec()), Piece::Code(data.to_vec())], 8 + length));
        }
        [0x1d, b'(', b'k', low, 0, 49, 65 | 67 | 69 | 81, ..] => ("code", 5 + usize::from(*low)),
        [0x1d, b'v', b'0', 0, xl, xh, yl, yh, rest @ ..] => {
            let (row_bytes, rows) = (usize::from(*xl) + usize::from(*xh) * 256, usize::from(*yl) + usize::from(*yh) * 256);
            let dots = rest.get(..row_bytes * rows).ok_or("half a picture")?.to_vec();
            let taken = 8 + dots.len();
            return Ok((vec![Piece::Command("picture", bytes[..8].to_vec()), Piece::Dots { row_bytes, rows, dots }], taken));
        }
        _ => return Err(format!("unknown command: {:x?}", &bytes[..bytes.len().min(8)])),
    };
    let whole = bytes.get(..length).ok_or("half a command")?;
    Ok((vec![Piece::Command(name, whole.to_vec())], length))
}

pub fn decode(bytes: &[u8]) -> String {
    let (text, _, failed) = encoding_rs::GB18030.decode(bytes);
    assert!(!failed, "no GB18030: {bytes:x?}");
    text.into_owned()
}

/// Names of the commands, in order.
pub fn commands(pieces: &[Piece]) -> Vec<&'static str> {
    let name = |piece: &Piece| match piece {
        Piece::Command(name, _) => Some(*name),
        Piece::Text(_) | Piece::Code(_) | Piece::Dots { .. } => None,
    };
    pieces.iter().filter_map(name).collect()
}
