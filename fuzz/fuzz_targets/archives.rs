//! Packed bills: zip from Alipay, gzip from WeChat Pay. What comes out is bounded by what went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pay::bill::{gunzip, unzip};

// The first byte chooses the format.
fuzz_target!(|data: &[u8]| {
    let Some((choice, packed)) = data.split_first() else { return };
    let most = packed.len() * 200 + (1 << 20);
    let unpacked = match choice {
        b'g' => gunzip(packed).map_or(0, |file| file.len()),
        _ => unzip(packed).map_or(0, |files| files.iter().map(|(_, file)| file.len()).sum()),
    };
    assert!(unpacked <= most, "{unpacked} bytes from {}", packed.len());
});
