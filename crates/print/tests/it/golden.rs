//! Whole jobs to the byte, kept as hex with what it means beside it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p print` writes them anew; a changed line is a changed slip and is read as one.

use std::fmt::Write as _;
use std::path::PathBuf;

use print::slip::{BillKind, KitchenKind, KitchenSlip};
use print::{Buzzer, Gb, Lang, Page, Profile, QrMode, Slip, Width, encode, layout};

use crate::slips;
use crate::wire::{Piece, decode, read};

/// A good printer of an international make.
pub fn wide() -> Profile {
    let (buzzer, qr, gb) = (Buzzer::EscParenA, QrMode::Native, Gb::Gb18030);
    Profile { width: Width::Mm80, cut: true, buzzer, drawer: true, qr, gb }
}

/// A small one that knows little.
pub fn narrow() -> Profile {
    Profile { width: Width::Mm58, cut: false, buzzer: Buzzer::EscB, drawer: false, qr: QrMode::Raster, gb: Gb::Gbk }
}

#[test]
fn new_kitchen_ticket() {
    check("kitchen_new_80.hex", &Slip::Kitchen(slips::kitchen(KitchenKind::New, 0)), Lang::Zh, &wide());
}

#[test]
fn second_copy_of_a_void_on_narrow_paper() {
    let slip = KitchenSlip { code: None, ..slips::kitchen(KitchenKind::Void, 2) };
    check("kitchen_void_copy_58.hex", &Slip::Kitchen(slip), Lang::Zh, &narrow());
}

#[test]
fn table_change_in_english() {
    let slip = KitchenSlip { change: Some("A1 → A5".into()), lines: vec![], ..slips::kitchen(KitchenKind::Change, 0) };
    check("kitchen_change_80_en.hex", &Slip::Kitchen(slip), Lang::En, &wide());
}

#[test]
fn receipt() {
    check("receipt_80.hex", &Slip::Bill(slips::bill(BillKind::Receipt, 0)), Lang::Zh, &wide());
}

#[test]
fn bill_before_paying_on_narrow_paper() {
    let mut bill = slips::bill(BillKind::PreBill, 1);
    bill.codes.clear();
    check("pre_bill_copy_58.hex", &Slip::Bill(bill), Lang::Zh, &narrow());
}

#[test]
fn figures() {
    check("figures_80.hex", &Slip::Figures(slips::figures(0)), Lang::Zh, &wide());
}

#[test]
fn queue_number_with_a_drawn_code() {
    check("queue_58.hex", &Slip::Queue(slips::queue(0)), Lang::Zh, &narrow());
}

#[test]
fn test_page() {
    check("test_80.hex", &Slip::Test(slips::test()), Lang::Zh, &wide());
}

#[test]
fn drawer_alone() {
    assert_eq!(encode(&Page::drawer_alone(Width::Mm80), &wide()), *b"\x1b@\x1c&\x1bp\x00\x19\xfa");
    assert_eq!(encode(&Page::drawer_alone(Width::Mm58), &narrow()), *b"\x1b@\x1c&", "no drawer hangs on it");
}

fn check(file: &str, slip: &Slip, lang: Lang, profile: &Profile) {
    let job = encode(&layout(slip, lang, profile.width), profile);
    let text = describe(&read(&job).unwrap());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (is, was)) in text.lines().zip(committed.lines()).enumerate() {
        assert_eq!(is, was, "{file}:{}", line + 1);
    }
    assert_eq!(text.lines().count(), committed.lines().count(), "{file} has another number of lines");
    assert_eq!(bytes_of(&committed), job, "{file} says every byte");
}

fn describe(pieces: &[Piece]) -> String {
    let mut text = String::from("# Written by the tests (UPDATE_GOLDEN=1), read by people: bytes, then what they are.\n");
    for piece in pieces {
        let (bytes, meaning) = match piece {
            Piece::Command(name, bytes) => (bytes, (*name).to_owned()),
            Piece::Text(bytes) => (bytes, format!("|{}|", decode(bytes))),
            Piece::Code(bytes) => (bytes, format!("code {:?}", String::from_utf8(bytes.clone()).unwrap())),
            Piece::Dots { row_bytes, rows, dots } => {
                (0..*rows).for_each(|row| writeln!(text, "{} #", hex(&dots[row * row_bytes..][..*row_bytes])).unwrap());
                continue;
            }
        };
        writeln!(text, "{} # {meaning}", hex(bytes)).unwrap();
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let digits: String = text.lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
