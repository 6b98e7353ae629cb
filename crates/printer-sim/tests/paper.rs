//! What comes out on paper: a whole order slip against its golden files, and small rows of text forms.
//!
//! `UPDATE_GOLDEN=1 cargo test -p printer-sim --test paper` writes the golden files anew; look at them before committing.

#![allow(clippy::unwrap_used)]

mod common;

use std::{path::PathBuf, time::Duration};

use common::*;
use printer_sim::{PaperWidth, PrinterSetup, Simulator, Slip};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Prints a job on a printer of its own and gives the slips.
async fn print(width: PaperWidth, job: &[u8], slips: usize) -> Vec<Slip> {
    let sim = Simulator::start(vec![PrinterSetup { width, ..PrinterSetup::new("p", 0) }]).await.unwrap();
    let printer = sim.printer("p").unwrap();
    let mut stream = TcpStream::connect(printer.addr()).await.unwrap();
    stream.write_all(job).await.unwrap();
    let slips = printer.wait_for_slips(slips, Duration::from_secs(20)).await.unwrap();
    slips.iter().map(|slip| (**slip).clone()).collect()
}

async fn text_of(job: &[u8]) -> String {
    print(PaperWidth::Mm80, &join(&[INIT, CHINESE, job, CUT]), 1).await.remove(0).text
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A picture as rows of palette places.
fn pixels(png: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut packed = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut packed).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let dot = |at: usize| packed[at / width * info.line_size + at % width / 4] >> (6 - 2 * (at % width % 4)) & 3;
    (width, height, (0..width * height).map(dot).collect())
}

fn compare(slip: &Slip, name: &str) {
    let (text, picture) = (golden(&format!("{name}.txt")), golden(&format!("{name}.png")));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&text, format!("{}\n", slip.text)).unwrap();
        std::fs::write(&picture, &slip.png).unwrap();
    }
    assert_eq!(format!("{}\n", slip.text), std::fs::read_to_string(&text).unwrap(), "{name}.txt");
    assert!(pixels(&slip.png) == pixels(&std::fs::read(&picture).unwrap()), "{name}.png looks different");
}

/// Rows from the picture's top to the first row that is printed: table, and paper up to the cutter.
const TOP: usize = 12 + 96;

/// What a phone reads off the picture.
fn scan(png: &[u8]) -> Vec<String> {
    let (width, height, dots) = pixels(png);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| if dots[y * width + x] == 1 { 0 } else { 255 });
    image.detect_grids().iter().map(|grid| grid.decode().unwrap().1).collect()
}

/// A guest's receipt with nearly everything a printer can do.
fn receipt(columns: usize) -> Vec<u8> {
    let rule = "-".repeat(columns);
    let line = |left: &str, right: &str| {
        let cells = |text: &str| gb(text).len();
        gb(&format!("{left}{}{right}\n", " ".repeat(columns - cells(left) - cells(right))))
    };
    let logo = raster(12, 96, |x, y| {
        let (dx, dy) = (x as i32 - 48, y as i32 - 48);
        let from_center = dx * dx + dy * dy;
        (1700..2200).contains(&from_center) || (from_center < 1000 && (dy > 4 || dx.abs() < 4))
    });
    join(&[
        INIT,
        CHINESE,
        CENTER,
        &logo,
        b"\n",
        DOUBLE,
        BOLD,
        &gb("单单小馆\n"),
        PLAIN,
        NOT_BOLD,
        &gb("结账单\n\n"),
        LEFT,
        &line("桌台 A12  4位", "11-22 19:30"),
        rule.as_bytes(),
        b"\n",
        BOLD,
        &line("宫保鸡丁 ×1", "38.00"),
        NOT_BOLD,
        &line("  少辣，不要花生", ""),
        &line("蒜蓉西兰花 ×2", "52.00"),
        &line("米饭 ×4", "8.00"),
        rule.as_bytes(),
        b"\n",
        b"\x1d!\x01",
        &line("合计", "98.00"),
        PLAIN,
        b"\x1b-\x01\x1c-\x01",
        &gb("会员折扣 No. 8801\n"),
        b"\x1b-\x00\x1c-\x00",
        INVERTED,
        &gb(" 未支付 "),
        NOT_INVERTED,
        b"\n\n",
        CENTER,
        &qr(b"https://example.com/s/1/pay?t=A12", 6, 49),
        &gb("\n扫码支付\n"),
        b"\x1dh\x40\x1dw\x02\x1dH\x02",
        b"\x1dkI\x0c{BNo20261122",
        b"\n",
        &gb("龘"),
        b"\n",
        b"\x1bz",
        RIGHT,
        &gb("谢谢光临\n"),
        b"\x1bB\x02\x02",
        CUT,
    ])
}

#[tokio::test]
async fn a_receipt_on_80_mm_paper() {
    let slip = &print(PaperWidth::Mm80, &receipt(48), 1).await[0];
    compare(slip, "receipt-80");
    assert_eq!(scan(&slip.png), ["https://example.com/s/1/pay?t=A12"]);
    assert_eq!((slip.unknown.as_slice(), slip.buzzer, slip.drawer), (["1B 7A".to_string()].as_slice(), 1, 0));
}

#[tokio::test]
async fn a_receipt_on_58_mm_paper() {
    let slip = &print(PaperWidth::Mm58, &receipt(32), 1).await[0];
    compare(slip, "receipt-58");
    assert_eq!(scan(&slip.png), ["https://example.com/s/1/pay?t=A12"]);
}

#[tokio::test]
async fn lines_wrap_at_the_edge_of_the_paper() {
    let text = text_of(&join(&[&gb(&"好".repeat(25)), b"\n", DOUBLE, "x".repeat(25).as_bytes(), b"\n"])).await;
    let (full, double) = ("好".repeat(24), "x".repeat(24));
    assert_eq!(text, format!("{full}\n好\n[x2]{double}\n[x2]x\n[CUT]"));
    // 47 letters leave half a place for a Chinese character.
    let text = text_of(&join(&["a".repeat(47).as_bytes(), &gb("好"), b"\n"])).await;
    assert_eq!(text, format!("{}\n好\n[CUT]", "a".repeat(47)));
    // GS L and GS W leave 10 places.
    let text = text_of(b"\x1dL\x10\x00\x1dW\x78\x00abcdefghijklm\n").await;
    assert_eq!(text, "abcdefghij\nklm\n[CUT]");
}

#[tokio::test]
async fn markers_tell_how_text_looks() {
    let rows: &[(&[u8], &str)] = &[
        (b"a\x1bE\x01b\x1bE\x00c\n", "a[bold]b[plain]c"),
        (b"\x1d!\x10wide\n", "[2x1]wide"),
        (b"\x1d!\x77big\n", "[x8]big"),
        (b"\x1b-\x02under \n", "[underline]under "),
        (b"\x1dB\x01no\x1dB\x00 \n", "[inverted]no[plain]"),
        (b"\x1ba\x02right\n", "[right]right"),
        (b"a\tb\n", "a       b"),
        (b"a\x1b$\x78\x00b\n", "a         b"),
        (b"a\n\nb\n", "a\n\nb"),
        (b"a\x1bd\x03b\n", "a\n\n\nb"),
        (b"\x1bp\x00\x19\xfa\x1bB\x01\x01a\n", "[DRAWER]\n[BUZZER]\na"),
        (b"\xff\n", "<FF>"),
        (b"lost\x1b@\x1c&kept\n", "kept"),
        (b"a\x1ba\x01b\n", "[ALIGN ignored: not at the beginning of a line]\nab"),
        (b"a\x1dV\x00b\n", "[CUT ignored: not at the beginning of a line]\nab"),
        (b"\x1d(k\x03\x001Q0", "[QR not printed: no data]"),
        (b"\x1dkI\x04abcd", "[CODE128 not printed, bad data: abcd]"),
    ];
    for (job, text) in rows {
        assert_eq!(text_of(job).await, format!("{text}\n[CUT]"), "{job:02x?}");
    }
}

#[tokio::test]
async fn esc_sizes_letters_fs_sizes_chinese_and_gs_both() {
    let job =
        join(&[b"\x1b!\x30", &gb("a单\n"), b"\x1b!\x00\x1c!\x0c", &gb("a单\n"), DOUBLE, &gb("a单\n"), b"\x1c!\x00", &gb("单\n")]);
    assert_eq!(text_of(&job).await, "[x2]a[plain]单\na[x2]单\n[x2]a单\n单\n[CUT]");
}

#[tokio::test]
async fn a_cut_without_a_feed_leaves_the_last_lines_on_the_next_slip() {
    let job = join(&[INIT, &b"first\n".repeat(10), b"last\n", b"\x1dV\x00", b"second job\n", CUT]);
    let slips = print(PaperWidth::Mm80, &job, 2).await;
    assert!(slips[0].says("first") && !slips[0].says("last"), "{}", slips[0].text);
    assert!(slips[1].says("last") && slips[1].says("second job"), "{}", slips[1].text);
}

#[tokio::test]
async fn the_dots_are_where_they_belong() {
    // An 8×2 picture at the right edge of the paper.
    let job = join(&[INIT, RIGHT, b"\x1dv0\x00\x01\x00\x02\x00\xff\x81", b"\x1dV\x41\x00"]);
    let slip = &print(PaperWidth::Mm58, &job, 1).await[0];
    let (width, _, dots) = pixels(&slip.png);
    let ink: Vec<(usize, usize)> = (0..dots.len()).filter(|at| dots[*at] == 1).map(|at| (at % width, at / width)).collect();
    let left = 12 + 36 + 384 - 8;
    let mut wanted: Vec<_> = (0..8).map(|x| (left + x, TOP)).collect();
    wanted.extend([(left, TOP + 1), (left + 7, TOP + 1)]);
    assert_eq!(ink[..10], wanted);
    assert!(ink[10..].iter().all(|(_, y)| *y > TOP + 10), "below is the cut only");
}
