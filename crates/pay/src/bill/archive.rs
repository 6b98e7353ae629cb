//! Unpacks bills: WeChat Pay sends gzip, Alipay a zip whose names are Chinese in GBK.
//!
//! Nothing is written to disk and names are only read, so a name with `../` in it is just an odd name.

use std::io::{Cursor, Read};

use encoding_rs::GBK;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::BillFault;

/// A day's bill of a very large house is some tens of megabytes.
const LARGEST_PACKED: usize = 32 << 20;
/// All files of an archive together.
const LARGEST_UNPACKED: usize = 128 << 20;
/// Bills pack 5 to 50 times smaller; deflate's limit, which bombs aim for, is 1032.
const MOST_TIMES: usize = 200;
/// Small files may pack better than that.
const SLACK: usize = 1 << 20;
/// Alipay sends two.
const MOST_ENTRIES: usize = 16;

/// Unpacks a gzip file.
pub fn gunzip(packed: &[u8]) -> Result<Vec<u8>, BillFault> {
    let most = allowance(packed)?;
    read_at_most(MultiGzDecoder::new(packed), most)
}

/// Unpacks every file of a zip archive, in the archive's order, with its name.
///
/// # Rejects
/// Encrypted files, methods other than stored and deflate, zip64, and anything larger than a bill can be.
pub fn unzip(packed: &[u8]) -> Result<Vec<(String, Vec<u8>)>, BillFault> {
    let mut left = allowance(packed)?;
    if is_zip64(packed) {
        return Err(BillFault::Archive("zip64"));
    }
    let mut archive = ZipArchive::new(Cursor::new(packed)).map_err(|_| BillFault::Archive("no readable zip"))?;
    if archive.len() > MOST_ENTRIES {
        return Err(BillFault::TooLarge("files in the archive"));
    }
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| BillFault::Archive("a file that cannot be opened"))?;
        if entry.is_dir() {
            continue;
        }
        let name = name(entry.name(), entry.name_raw());
        let content = read_at_most(entry, left)?;
        left -= content.len();
        files.push((name, content));
    }
    Ok(files)
}

/// How much may come out of this much.
fn allowance(packed: &[u8]) -> Result<usize, BillFault> {
    if packed.len() > LARGEST_PACKED {
        return Err(BillFault::TooLarge("packed file"));
    }
    Ok(LARGEST_UNPACKED.min(packed.len() * MOST_TIMES + SLACK))
}

/// Reads to the end, or says that there is too much; checksums are checked at the end by the decoders.
fn read_at_most(from: impl Read, most: usize) -> Result<Vec<u8>, BillFault> {
    let mut content = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    from.take(limit).read_to_end(&mut content).map_err(|_| BillFault::Archive("damaged"))?;
    if content.len() > most {
        return Err(BillFault::TooLarge("unpacked file"));
    }
    Ok(content)
}

/// A directory of zip64 may announce more files than memory holds, and a bill never needs it. Its locator
/// stands 20 bytes before the end record.
fn is_zip64(packed: &[u8]) -> bool {
    let ends = packed.windows(4).enumerate().filter(|(_, four)| four == b"PK\x05\x06");
    ends.filter_map(|(at, _)| packed.get(at.checked_sub(20)?..)).any(|before| before.starts_with(b"PK\x06\x07"))
}

/// Only a name flagged as UTF-8 is read as such by the library; every other is GBK here.
fn name(read: &str, raw: &[u8]) -> String {
    if read.as_bytes() == raw { read.to_owned() } else { GBK.decode_without_bom_handling(raw).0.into_owned() }
}
