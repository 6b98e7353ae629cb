//! GBK and ZIP as Alipay's bill server makes them.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// 1 January 1980, the earliest a ZIP can say.
const DOS_DATE: u16 = 0x0021;
/// Bit 3: sizes and checksum stand behind the data, as Java writes them. Bit 11 (UTF-8 names) is not set: names are GBK.
const FLAGS: u16 = 0x0008;

/// GBK; characters it does not have become question marks.
pub(crate) fn gbk(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for c in text.chars() {
        let (bytes, _, unmappable) = encoding_rs::GBK.encode(c.encode_utf8(&mut buffer));
        if unmappable { out.push(b'?') } else { out.extend_from_slice(&bytes) }
    }
    out
}

/// A gzip file.
pub(crate) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

struct Entry {
    name: Vec<u8>,
    crc: u32,
    packed: u32,
    plain: u32,
    offset: u32,
}

/// A ZIP of texts, names and contents in GBK.
pub(crate) fn zip(files: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut entries = Vec::new();
    for (name, text) in files {
        let entry = add(&mut out, gbk(name), &gbk(text))?;
        entries.push(entry);
    }
    let start = size(out.len());
    for entry in &entries {
        directory(&mut out, entry);
    }
    let length = size(out.len()) - start;
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(b"PK\x05\x06");
    for number in [0, 0, count, count] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&0_u16.to_le_bytes());
    Ok(out)
}

fn add(out: &mut Vec<u8>, name: Vec<u8>, plain: &[u8]) -> std::io::Result<Entry> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    let packed = encoder.finish()?;
    let mut crc = Crc::new();
    crc.update(plain);
    let entry = Entry { crc: crc.sum(), packed: size(packed.len()), plain: size(plain.len()), offset: size(out.len()), name };
    out.extend_from_slice(b"PK\x03\x04");
    common(out, [0; 3], &entry);
    out.extend_from_slice(&0_u16.to_le_bytes());
    out.extend_from_slice(&entry.name);
    out.extend_from_slice(&packed);
    out.extend_from_slice(b"PK\x07\x08");
    for number in [entry.crc, entry.packed, entry.plain] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    Ok(entry)
}

/// What both kinds of header share: version, flags, deflate, date, sums, length of the name.
fn common(out: &mut Vec<u8>, sums: [u32; 3], entry: &Entry) {
    for number in [20, FLAGS, 8, 0, DOS_DATE] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in sums {
        out.extend_from_slice(&number.to_le_bytes());
    }
    let length = u16::try_from(entry.name.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_le_bytes());
}

fn directory(out: &mut Vec<u8>, entry: &Entry) {
    out.extend_from_slice(b"PK\x01\x02");
    out.extend_from_slice(&20_u16.to_le_bytes());
    common(out, [entry.crc, entry.packed, entry.plain], entry);
    // No extra field, no comment, disk 0, no attributes.
    out.extend_from_slice(&[0; 12]);
    out.extend_from_slice(&entry.offset.to_le_bytes());
    out.extend_from_slice(&entry.name);
}

/// A day's bill is far below four gigabytes.
fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gbk_does_not_have_becomes_a_question_mark() {
        assert_eq!(gbk("面🍜a"), [0xC3, 0xE6, b'?', b'a']);
    }
}
