//! Jobs on simulated paper, and pictures of it compared dot by dot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use print::Width;
use printer_sim::{PaperWidth, PrinterSetup, Simulator};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

pub struct Printed {
    pub png: Vec<u8>,
    pub text: String,
    pub unknown: Vec<String>,
}

/// Prints a job on a strict printer of its own; it must come out as a single slip.
pub async fn print(width: Width, job: &[u8]) -> Printed {
    let width = match width {
        Width::Mm58 => PaperWidth::Mm58,
        Width::Mm80 => PaperWidth::Mm80,
    };
    let sim = Simulator::start(vec![PrinterSetup { width, ..PrinterSetup::new("p", 0) }]).await.unwrap();
    let printer = sim.printer("p").unwrap();
    let mut stream = TcpStream::connect(printer.addr()).await.unwrap();
    stream.write_all(job).await.unwrap();
    let slips = printer.wait_for_slips(1, Duration::from_secs(60)).await.unwrap();
    assert_eq!((slips.len(), printer.uncut().text.as_str()), (1, ""), "one slip, and nothing of it left on the roll");
    Printed { png: slips[0].png.clone(), text: format!("{}\n", slips[0].text), unknown: slips[0].unknown.clone() }
}

/// Compares with the committed picture and text of the name, or writes them where `UPDATE_GOLDEN` is set. A picture that differs is
/// left in the test's own folder of the target directory, to be looked at beside the other.
pub fn compare(name: &str, png: &[u8], text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pictures");
    let (picture, words) = (folder.join(format!("{name}.png")), folder.join(format!("{name}.txt")));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&picture, png).unwrap();
        std::fs::write(&words, text).unwrap();
    }
    let same_words = std::fs::read_to_string(&words).is_ok_and(|committed| committed == text);
    let same_dots = std::fs::read(&picture).is_ok_and(|committed| pixels(&committed) == pixels(png));
    if !same_words || !same_dots {
        let new = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        std::fs::write(&new, png).unwrap();
        let (new, old) = (new.display(), picture.display());
        panic!("{name} looks different (words the same: {same_words}): compare {new} with {old}\n{text}");
    }
}

/// Width and dots as places in the palette.
fn pixels(png: &[u8]) -> (usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut packed = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut packed).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::Two);
    let (width, height) = (info.width as usize, info.height as usize);
    let dot = |at: usize| packed[at / width * info.line_size + at % width / 4] >> (6 - 2 * (at % width % 4)) & 3;
    (width, (0..width * height).map(dot).collect())
}

/// What a phone reads off the picture.
pub fn scan(png: &[u8]) -> Vec<String> {
    let (width, dots) = pixels(png);
    let grey = |x: usize, y: usize| if dots[y * width + x] == 1 { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, dots.len() / width, grey);
    image.detect_grids().iter().map(|grid| grid.decode().unwrap().1).collect()
}
