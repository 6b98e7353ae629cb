//! The reader against byte sequences taken from the command reference.

#![allow(clippy::unwrap_used)]

mod common;

use printer_sim::{Align, Op, Raster, Reader};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Vec<Op> {
    let mut reader = Reader::new(false);
    reader.push(bytes);
    let mut ops: Vec<Op> = std::iter::from_fn(|| reader.next_op()).collect();
    ops.extend(reader.finish());
    ops
}

fn text(text: &str, wide: bool) -> Vec<Op> {
    text.chars().map(|ch| Op::Text { ch, wide }).collect()
}

#[test]
fn each_command_is_read() {
    let image = Raster { stride: 2, data: vec![0xff, 0x00, 0x0f, 0xf0], scale: (2, 1) };
    let rows: Vec<(&[u8], Op)> = vec![
        (b"\x1b@", Op::Init),
        (b"\x1b!\x38", Op::PrintMode(0x38)),
        (b"\x1bE\x01", Op::Bold(true)),
        (b"\x1bE\xfe", Op::Bold(false)),
        (b"\x1bG\x01", Op::Bold(true)),
        (b"\x1b-\x02", Op::Underline(2)),
        (b"\x1b-1", Op::Underline(1)),
        (b"\x1ba\x01", Op::Align(Align::Center)),
        (b"\x1ba2", Op::Align(Align::Right)),
        (b"\x1bd\x03", Op::FeedLines(3)),
        (b"\x1bJ\x18", Op::FeedDots(24)),
        (b"\x1b2", Op::LineSpacing(None)),
        (b"\x1b3\x20", Op::LineSpacing(Some(32))),
        (b"\x1bt\x10", Op::CodePage(16)),
        (b"\x1bR\x0f", Op::International(15)),
        (b"\x1bM\x01", Op::SmallFont(true)),
        (b"\x1b \x04", Op::Spacing(4)),
        (b"\x1b$\x40\x01", Op::MoveTo(320)),
        (b"\x1b\\\xf6\xff", Op::MoveBy(-10)),
        (b"\x1bD\x08\x10\x18\x00", Op::TabStops(vec![8, 16, 24])),
        (b"\x1bp\x00\x19\xfa", Op::Drawer { pin: 2 }),
        (b"\x1bp1\x19\xfa", Op::Drawer { pin: 5 }),
        (b"\x1bB\x03\x02", Op::Buzzer { times: 3 }),
        (b"\x1b(A\x05\x00\x61\x01\x02\x03\x04", Op::Buzzer { times: 2 }),
        (b"\x1bi", Op::Cut { partial: false, feed: None }),
        (b"\x1bm", Op::Cut { partial: true, feed: None }),
        (b"\x1dV\x00", Op::Cut { partial: false, feed: None }),
        (b"\x1dV1", Op::Cut { partial: true, feed: None }),
        (b"\x1dVA\x10", Op::Cut { partial: false, feed: Some(16) }),
        (b"\x1dVB\x00", Op::Cut { partial: true, feed: Some(0) }),
        (b"\x1d!\x21", Op::Size { width: 3, height: 2 }),
        (b"\x1dB\x01", Op::Invert(true)),
        (b"\x1dL\x20\x00", Op::LeftMargin(32)),
        (b"\x1dW\x40\x02", Op::AreaWidth(576)),
        (b"\x1dv0\x01\x02\x00\x02\x00\xff\x00\x0f\xf0", Op::Image(image)),
        (b"\x1d(k\x04\x001A2\x00", Op::QrModel(50)),
        (b"\x1d(k\x03\x001C\x06", Op::QrSize(6)),
        (b"\x1d(k\x03\x001E1", Op::QrLevel(49)),
        (b"\x1d(k\x06\x001P0abc", Op::QrStore(b"abc".to_vec())),
        (b"\x1d(k\x03\x001Q0", Op::QrPrint),
        (b"\x1d(H\x06\x0000ab12", Op::ProcessId(*b"ab12")),
        (b"\x1da\x0f", Op::AutoStatus(15)),
        (b"\x1dr1", Op::TransmitStatus(1)),
        (b"\x1dI\x43", Op::TransmitId(67)),
        (b"\x1dkI\x05{Bab1", Op::Barcode { kind: 73, data: b"{Bab1".to_vec() }),
        (b"\x1dk\x04AB\x00", Op::Barcode { kind: 69, data: b"AB".to_vec() }),
        (b"\x1c&", Op::Chinese(true)),
        (b"\x1c.", Op::Chinese(false)),
        (b"\x1c!\x0c", Op::ChineseMode(12)),
        (b"\x1c-\x01", Op::ChineseUnderline(1)),
        (b"\x1cC\x01", Op::Setting(b"\x1cC\x01".to_vec())),
        (b"\x10\x04\x02", Op::RealTime(vec![0x10, 4, 2])),
        (b"\x10\x14\x01\x00\x05", Op::RealTime(vec![0x10, 0x14, 1, 0, 5])),
        (b"\t", Op::Tab),
        (b"\n", Op::LineFeed),
        (b"\r", Op::CarriageReturn),
        (b"\x0c", Op::FormFeed),
    ];
    for (bytes, op) in rows {
        // Behind it, the stream goes on at the right place.
        let whole = [bytes, b"x"].concat();
        assert_eq!(read(&whole), [op, Op::Text { ch: 'x', wide: false }], "{bytes:02x?}");
    }
}

#[test]
fn commands_that_are_not_known_are_told_and_reading_goes_on() {
    for bytes in [
        b"\x1bz".as_slice(),
        b"\x1b{\x01",
        b"\x1d(Z\x03\x00abc",
        b"\x1b*\x21\x02\x00abcdef",
        b"\x07",
        b"\x1d!\x99",
        b"\x1dv0\x00\xff\xff\xff\xff",
        b"\x1ba\x09",
        b"\x1d(H\x06\x0000a\x01b2",
    ] {
        let whole = [bytes, b"x"].concat();
        assert_eq!(read(&whole), [Op::Unknown(bytes.to_vec()), Op::Text { ch: 'x', wide: false }]);
    }
    assert_eq!(read(b"\x1d(k\x09\x00"), [Op::Unknown(b"\x1d(k\x09\x00".to_vec())], "half a command at the end");
}

#[test]
fn text_follows_the_mode_in_force() {
    let single = common::gb("单点");
    assert_eq!(read(&[b"\x1c&".as_slice(), &single].concat())[1..], text("单点", true));
    assert_eq!(read(&[b"\x1c&".as_slice(), &single, b"\x1c.\x1bt\x10\xe9"].concat())[5..], text("é", false));
    // Without FS & the same bytes are four characters of code page 437.
    assert_eq!(read(&single), text("╡Ñ╡π", false));
    // ESC @ ends Chinese text.
    assert_eq!(read(&[b"\x1c&\x1b@".as_slice(), &single].concat())[2..], text("╡Ñ╡π", false));
    assert_eq!(read(b"\x1bR\x0f$8")[1..], text("¥8", false));
    // A character of four bytes, and one that lost its second byte to a command.
    assert_eq!(read(b"\x1c&\x81\x39\xef\x30")[1..], text("\u{3401}", true));
    assert_eq!(read(b"\x1c&\xb5\x1bE\x01")[1..], [Op::Byte(0xb5), Op::Bold(true)]);
}

/// Bytes that are often commands.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..8),
        proptest::sample::select(vec![
            b"\x1b@".to_vec(),
            b"\x1c&".to_vec(),
            b"\x1d(k\x06\x001P0".to_vec(),
            b"\x1dv0\x00\x02\x00\x02\x00".to_vec(),
            b"\x1bD\x08".to_vec(),
            b"\x1b&\x03".to_vec(),
            b"\x1dk\x04".to_vec(),
            b"\x1d8L".to_vec(),
            vec![0x10],
            vec![0x81, 0x39],
            common::gb("宫保鸡丁"),
        ]),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_pieces_give_the_same_operations(bytes in stream(), cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6)) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let mut reader = Reader::new(false);
        let mut ops = Vec::new();
        for pair in places.windows(2) {
            reader.push(&bytes[pair[0]..pair[1]]);
            ops.extend(std::iter::from_fn(|| reader.next_op()));
        }
        ops.extend(reader.finish());
        prop_assert_eq!(ops, read(&bytes));
    }

    #[test]
    fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let ops = read(&bytes);
        prop_assert!(bytes.is_empty() || !ops.is_empty());
    }
}
