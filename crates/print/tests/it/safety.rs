//! Whatever anybody types: no byte of it reaches the printer as a command, and nothing runs over the edge of the paper.

use print::slip::{BillKind, FiguresSlip, KitchenKind, KitchenSlip, SlipCode, SlipLine, SlipOption};
use print::{Align, CodeData, Element, Gb, Lang, Page, Profile, QrMode, Row, Run, Slip, Style, Width, encode, layout};
use proptest::prelude::*;

use crate::golden::{narrow, wide};
use crate::slips;
use crate::wire::{Piece, commands, decode, read};

/// Text somebody would try: commands as they are, characters whose GB18030 bytes look like parts of commands, directions, blanks.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        2 => proptest::char::range('\0', '\u{ff}').prop_map(String::from),
        2 => proptest::char::range('\u{4e00}', '\u{9fff}').prop_map(String::from),
        3 => prop::sample::select(vec![
            "\x1bp\0\x19ú", "\x1b@", "\x1dV\0", "\x10\x04\x01", "\x10\x14\x01\0\x01", "\x1c.", "\x1d(k\x03\x001Q0", "\r\n", "\t", "\x07",
            // Trail bytes 40 5c 70 7c 7e, then letters that would finish a command; four-byte characters with digits inside.
            "丂", "乗p", "乸\0", "亅V", "亇@", "\u{80}p", "㐂0", "\u{10ffff}", "\u{fffe}", "\u{e5e5}", "€", "\u{a0}",
            "\u{202e}", "\u{2066}", "\u{2028}", "\u{2029}", "\u{200b}", "\u{feff}", "\u{9b}A", "é", "🌶\u{fe0f}", "   ",
        ]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn row(texts: &[&str]) -> Page {
    let runs = texts.iter().map(|text| Run { text: (*text).to_owned(), style: Style::PLAIN }).collect();
    Page { width: Width::Mm80, elements: vec![Element::Row(Row { align: Align::Left, runs })] }
}

fn texts(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(bytes) => Some(decode(bytes)),
        Piece::Command(..) | Piece::Code(_) | Piece::Dots { .. } => None,
    };
    pieces.iter().filter_map(text).collect()
}

fn raw_text_bytes(pieces: &[Piece]) -> Vec<u8> {
    let bytes = |piece: &Piece| match piece {
        Piece::Text(bytes) => bytes.clone(),
        Piece::Command(..) | Piece::Code(_) | Piece::Dots { .. } => vec![],
    };
    pieces.iter().flat_map(bytes).collect()
}

fn kitchen(text: &str, other: &str, copy: u32) -> KitchenSlip {
    let some = || Some(text.to_owned());
    KitchenSlip {
        kind: KitchenKind::Change,
        table: text.into(),
        number: other.into(),
        station: text.into(),
        covers: u16::MAX,
        round: u32::MAX,
        course: some(),
        at: other.into(),
        by: text.into(),
        lines: vec![SlipLine {
            quantity: other.into(),
            name: text.into(),
            second_name: some(),
            size: some(),
            options: vec![SlipOption { text: other.into(), avoid: true }, SlipOption { text: text.into(), avoid: false }],
            of_set: some(),
            seat: some(),
            note: some(),
            allergens: vec![text.into(), other.into()],
            struck: copy % 2 == 1,
        }],
        note: some(),
        change: some(),
        code: some(),
        copy,
    }
}

fn every_slip(text: &str, other: &str, copy: u32) -> Vec<Slip> {
    let code = || SlipCode { label: text.into(), data: other.into() };
    let mut bill = slips::bill(BillKind::Receipt, copy);
    for field in [&mut bill.house, &mut bill.table, &mut bill.number, &mut bill.opened, &mut bill.printed, &mut bill.by] {
        *field = text.into();
    }
    for line in &mut bill.lines[..2] {
        line.name = text.into();
        line.quantity = other.into();
        line.remark = Some(text.into());
    }
    bill.lines[1].amount = other.into();
    bill.sums[0].label = text.into();
    bill.tenders[0].amount = other.into();
    bill.codes = vec![code()];
    bill.footer = vec![text.into()];
    let mut figures =
        FiguresSlip { title: text.into(), subtitle: vec![other.into()], sign: vec![text.into()], ..slips::figures(copy) };
    figures.rows[0].label = text.into();
    figures.rows[1].value = text.into();
    let mut queue = slips::queue(copy);
    for field in [&mut queue.house, &mut queue.number, &mut queue.covers, &mut queue.ahead, &mut queue.at] {
        *field = text.into();
    }
    queue.code = Some(code());
    let test = print::slip::TestSlip { printer: text.into(), at: other.into() };
    vec![
        Slip::Kitchen(kitchen(text, other, copy)),
        Slip::Bill(bill),
        Slip::Figures(figures),
        Slip::Queue(queue),
        Slip::Test(test),
    ]
}

/// What may be in any job; opening the drawer is not among it, as none of these slips asks for it.
const ALLOWED: &[&str] = &[
    "LF",
    "initialise",
    "align",
    "bold",
    "sound",
    "chinese",
    "chinese size",
    "size",
    "invert",
    "cut",
    "code",
    "code data",
    "picture",
];

proptest! {
    #[test]
    fn text_adds_no_command(text in nasty(), other in nasty(), gbk: bool) {
        let profile = Profile { gb: if gbk { Gb::Gbk } else { Gb::Gb18030 }, ..wide() };
        let pieces = read(&encode(&row(&[&text, &other]), &profile)).unwrap();
        let harmless = read(&encode(&row(&["x", "y"]), &profile)).unwrap();
        prop_assert_eq!(commands(&pieces), commands(&harmless));
        prop_assert!(raw_text_bytes(&pieces).iter().all(|byte| *byte >= 0x20 && *byte != 0x7f));
    }

    #[test]
    fn text_comes_out_character_for_character_or_as_a_sign(text in nasty()) {
        let shown = texts(&read(&encode(&row(&[&text]), &wide())).unwrap());
        let wanted: Vec<char> = text.chars().filter(|c| !('\u{fe00}'..='\u{fe0f}').contains(c)).collect();
        prop_assert_eq!(shown.chars().count(), wanted.len());
        for (shown, wanted) in shown.chars().zip(wanted) {
            let blank = shown == ' ' && wanted.is_whitespace();
            prop_assert!(shown == wanted || shown == '〓' || blank || shown == '￥' && wanted == '¥', "{wanted:?} as {shown:?}");
            prop_assert!(!shown.is_control());
            if wanted.is_alphanumeric() && !('\u{e000}'..='\u{f8ff}').contains(&wanted) && shown == '〓' {
                // Letters are only given up where they have no place of their own in a line.
                prop_assert_eq!(unicode_width::UnicodeWidthChar::width(wanted).unwrap_or(0), 0, "{:?}", wanted);
            }
        }
    }

    #[test]
    fn a_printer_of_two_bytes_never_gets_four(text in nasty()) {
        let job = encode(&row(&[&text]), &Profile { gb: Gb::Gbk, ..wide() });
        for shown in texts(&read(&job).unwrap()).chars() {
            let mut utf8 = [0; 4];
            let bytes = encoding_rs::GB18030.encode(shown.encode_utf8(&mut utf8)).0.len();
            prop_assert!(bytes <= 2, "{shown:?}");
        }
    }

    #[test]
    fn no_slip_obeys_its_text_or_leaves_its_paper(text in nasty(), other in nasty(), copy in 0u32..3, english: bool) {
        let lang = if english { Lang::En } else { Lang::Zh };
        for slip in every_slip(&text, &other, copy) {
            for profile in [wide(), narrow(), Profile { qr: QrMode::Raster, ..wide() }] {
                let page = layout(&slip, lang, profile.width);
                for element in &page.elements {
                    if let Element::Row(row) = element {
                        prop_assert!(row.columns() <= profile.width.columns(), "{row:?}");
                    }
                }
                let pieces = read(&encode(&page, &profile)).unwrap();
                for name in commands(&pieces) {
                    prop_assert!(ALLOWED.contains(&name), "{name}");
                }
                prop_assert_eq!(commands(&pieces).iter().filter(|name| **name == "cut").count(), usize::from(profile.cut));
                for piece in &pieces {
                    match piece {
                        Piece::Text(bytes) => prop_assert!(bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)),
                        Piece::Code(bytes) => prop_assert!(bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)),
                        Piece::Dots { row_bytes, dots, .. } => {
                            prop_assert!(*row_bytes * 8 <= usize::from(profile.width.dots()));
                            prop_assert!(!dots.contains(&0x10));
                        }
                        Piece::Command(..) => {}
                    }
                }
            }
        }
    }
}

#[test]
fn no_command_of_ours_starts_a_real_time_command() {
    for copy in [0, 1, 16] {
        for slip in slips::every_kind(copy).into_iter().chain([Slip::Test(slips::test())]) {
            for profile in [wide(), narrow()] {
                let job = encode(&layout(&slip, Lang::Zh, profile.width).opening_drawer(), &profile);
                let real_time = |pair: &[u8]| pair[0] == 0x10 && matches!(pair[1], 0x04 | 0x05 | 0x14);
                assert!(!job.windows(2).any(real_time), "{slip:?}");
            }
        }
    }
}

#[test]
fn code_data_is_short_and_clean_or_no_code() {
    assert!(CodeData::new("https://example.cn/?q=单").is_some());
    for data in ["", "a\nb", "a\x1b", "\u{202e}a", &"x".repeat(501)] {
        assert!(CodeData::new(data).is_none(), "{data:?}");
    }
    let slip = KitchenSlip { code: Some("a\x10\x04\x01".into()), ..slips::kitchen(KitchenKind::New, 0) };
    let text = layout(&Slip::Kitchen(slip), Lang::Zh, Width::Mm80).text();
    assert!(text.contains("二维码无法打印"), "{text}");
}
