//! Menus as workbooks: whole files, and our own template with one part replaced, since no fuzzer packs a right zip by chance.
//!
//! The library that reads workbooks panics on some damaged ones; `read_bytes` catches that and reports a damaged file. The fuzzer's own
//! hook would end the process before anything could be caught, so it is taken out here; a panic that nobody catches still is a finding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use menu_file::{Format, read_bytes, template_xlsx};
use std::io::{Cursor, Read, Write};
use std::sync::{Once, OnceLock};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A part's name and its bytes.
type Part = (String, Vec<u8>);

// The first byte chooses the part; past the last part, the whole file.
fuzz_target!(|data: &[u8]| {
    static WITHOUT_HOOK: Once = Once::new();
    WITHOUT_HOOK.call_once(|| drop(std::panic::take_hook()));
    let Some((choice, bytes)) = data.split_first() else { return };
    let index = usize::from(choice.wrapping_sub(b'a'));
    let file = if index < template().len() { packed(index, bytes) } else { bytes.to_vec() };
    drop(read_bytes(&file, Format::Xlsx, 1));
});

fn template() -> &'static [Part] {
    static PARTS: OnceLock<Vec<Part>> = OnceLock::new();
    PARTS.get_or_init(|| {
        let file = template_xlsx().expect("the template can be written");
        let mut archive = ZipArchive::new(Cursor::new(file)).expect("the template is a zip");
        let mut parts: Vec<Part> = (0..archive.len()).filter_map(|index| part(&mut archive, index)).collect();
        parts.sort();
        parts
    })
}

fn part(archive: &mut ZipArchive<Cursor<Vec<u8>>>, index: usize) -> Option<Part> {
    let mut file = archive.by_index(index).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    Some((file.name().to_owned(), bytes))
}

fn packed(replaced: usize, with: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (index, (name, bytes)) in template().iter().enumerate() {
        writer.start_file(name.as_str(), stored).expect("a part can be begun");
        writer.write_all(if index == replaced { with } else { bytes }).expect("a part can be written");
    }
    writer.finish().expect("the zip can be ended").into_inner()
}
