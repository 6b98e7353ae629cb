//! Jobs written by hand, byte for byte after the command reference.
#![allow(dead_code)]

use encoding_rs::GB18030;

pub const INIT: &[u8] = b"\x1b@";
pub const CHINESE: &[u8] = b"\x1c&";
pub const CENTER: &[u8] = b"\x1ba\x01";
pub const LEFT: &[u8] = b"\x1ba\x00";
pub const RIGHT: &[u8] = b"\x1ba\x02";
pub const DOUBLE: &[u8] = b"\x1d!\x11";
pub const PLAIN: &[u8] = b"\x1d!\x00";
pub const BOLD: &[u8] = b"\x1bE\x01";
pub const NOT_BOLD: &[u8] = b"\x1bE\x00";
pub const INVERTED: &[u8] = b"\x1dB\x01";
pub const NOT_INVERTED: &[u8] = b"\x1dB\x00";
/// Feeds to the cutter and cuts, one point left.
pub const CUT: &[u8] = b"\x1dVB\x00";

/// Chinese text as a printer takes it.
pub fn gb(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// A QR code of model 2.
pub fn qr(data: &[u8], size: u8, level: u8) -> Vec<u8> {
    let length = u16::try_from(data.len() + 3).unwrap().to_le_bytes();
    let mut job = b"\x1d(k\x04\x001A2\x00".to_vec();
    job.extend_from_slice(b"\x1d(k\x03\x001C");
    job.push(size);
    job.extend_from_slice(b"\x1d(k\x03\x001E");
    job.push(level);
    job.extend_from_slice(b"\x1d(k");
    job.extend_from_slice(&length);
    job.extend_from_slice(b"1P0");
    job.extend_from_slice(data);
    job.extend_from_slice(b"\x1d(k\x03\x001Q0");
    job
}

/// A picture of so many bytes by rows.
pub fn raster(stride: u8, rows: u8, dots: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut job = vec![0x1d, b'v', b'0', 0, stride, 0, rows, 0];
    for y in 0..usize::from(rows) {
        job.extend(
            (0..usize::from(stride)).map(|byte| (0..8).fold(0, |bits, bit| bits << 1 | u8::from(dots(byte * 8 + bit, y)))),
        );
    }
    job
}

/// Asks to be told when everything before is printed; the answer is `7"` and the id.
pub fn process_id(id: &[u8; 4]) -> Vec<u8> {
    [b"\x1d(H\x06\x0000".as_slice(), id].concat()
}

pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
