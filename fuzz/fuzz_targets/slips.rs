//! Any text on any slip: an independent reader finds only commands of ours in the bytes for the printer, and the text only as text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use print::slip::{
    BillKind, BillLine, BillSlip, FiguresSlip, KitchenKind, KitchenSlip, QueueSlip, Row, SlipCode, SlipLine, SlipOption, SumLine,
    TestSlip,
};
use print::{Buzzer, Gb, Lang, Profile, QrMode, Slip, Width, encode, layout};
use printer_sim::{Op, Reader};

// Two bytes choose slip and printer; the rest are its texts, one a line (but a line may hold anything, other line ends too).
fuzz_target!(|data: &[u8]| {
    let [slip, printer, rest @ ..] = data else { return };
    let text = String::from_utf8_lossy(rest);
    let mut texts = Texts(text.split('\n').map(str::to_owned).collect());
    let width = if printer & 1 == 0 { Width::Mm80 } else { Width::Mm58 };
    let profile = Profile {
        width,
        cut: printer & 2 != 0,
        buzzer: [Buzzer::None, Buzzer::EscB, Buzzer::EscParenA][usize::from(printer >> 2 & 3) % 3],
        drawer: printer & 16 != 0,
        qr: if printer & 32 == 0 { QrMode::Native } else { QrMode::Raster },
        gb: if printer & 64 == 0 { Gb::Gb18030 } else { Gb::Gbk },
    };
    let lang = if slip & 16 == 0 { Lang::Zh } else { Lang::En };
    let bytes = encode(&layout(&made(*slip, &mut texts), lang, width), &profile);
    check(&bytes, profile.drawer);
});

/// Hands out texts; empty ones when there are no more.
struct Texts(Vec<String>);

impl Texts {
    fn next(&mut self) -> String {
        self.0.pop().unwrap_or_default()
    }
    fn maybe(&mut self) -> Option<String> {
        self.0.pop()
    }
    fn code(&mut self) -> SlipCode {
        SlipCode { label: self.next(), data: self.next() }
    }
}

fn made(choice: u8, t: &mut Texts) -> Slip {
    let copy = u32::from(choice >> 6);
    match choice & 15 {
        0..=5 => Slip::Kitchen(kitchen(choice & 15, copy, t)),
        6 | 7 => Slip::Bill(bill(choice & 1 == 0, copy, t)),
        8 => Slip::Figures(FiguresSlip {
            title: t.next(),
            subtitle: vec![t.next()],
            rows: vec![Row { label: t.next(), value: t.next(), strong: true, rule_before: true }],
            sign: vec![t.next()],
            copy,
        }),
        9 => Slip::Queue(QueueSlip {
            house: t.next(),
            number: t.next(),
            covers: t.next(),
            ahead: t.next(),
            at: t.next(),
            code: Some(t.code()),
            copy,
        }),
        _ => Slip::Test(TestSlip { printer: t.next(), at: t.next() }),
    }
}

fn kitchen(kind: u8, copy: u32, t: &mut Texts) -> KitchenSlip {
    use KitchenKind::{Change, Escalated, New, Remake, Rush, Void};
    let option = |text, avoid| SlipOption { text, avoid };
    KitchenSlip {
        kind: [New, Void, Change, Remake, Rush, Escalated][usize::from(kind) % 6],
        table: t.next(),
        number: t.next(),
        station: t.next(),
        covers: 2,
        round: 1,
        course: t.maybe(),
        at: t.next(),
        by: t.next(),
        lines: vec![SlipLine {
            quantity: t.next(),
            name: t.next(),
            second_name: t.maybe(),
            size: t.maybe(),
            options: vec![option(t.next(), false), option(t.next(), true)],
            of_set: t.maybe(),
            seat: t.maybe(),
            note: t.maybe(),
            allergens: vec![t.next()],
            struck: kind == 1,
        }],
        note: t.maybe(),
        change: t.maybe(),
        code: t.maybe(),
        copy,
    }
}

fn bill(paid: bool, copy: u32, t: &mut Texts) -> BillSlip {
    let sum = |label, amount| SumLine { label, amount, strong: true };
    BillSlip {
        kind: if paid { BillKind::Receipt } else { BillKind::PreBill },
        house: t.next(),
        table: t.next(),
        number: t.next(),
        covers: 2,
        opened: t.next(),
        printed: t.next(),
        by: t.next(),
        lines: vec![BillLine { name: t.next(), quantity: t.next(), amount: t.next(), remark: t.maybe() }],
        sums: vec![sum(t.next(), t.next())],
        tenders: vec![sum(t.next(), t.next())],
        codes: vec![t.code()],
        footer: vec![t.next()],
        copy,
    }
}

/// Only what our encoder has reason to say: whatever else shows up came out of a text.
fn check(bytes: &[u8], drawer: bool) {
    let mut reader = Reader::new(false);
    reader.push(bytes);
    while let Some(op) = reader.next_op() {
        let ours = match &op {
            Op::Init
            | Op::Chinese(true)
            | Op::Text { .. }
            | Op::LineFeed
            | Op::Bold(_)
            | Op::Align(_)
            | Op::FeedLines(_)
            | Op::Cut { .. }
            | Op::Size { .. }
            | Op::Invert(_)
            | Op::Image(_)
            | Op::QrModel(_)
            | Op::QrSize(_)
            | Op::QrLevel(_)
            | Op::QrStore(_)
            | Op::QrPrint
            | Op::Buzzer { .. }
            | Op::ChineseMode(_) => true,
            Op::Drawer { .. } => drawer,
            _ => false,
        };
        assert!(ours, "{op:?}");
    }
    assert_eq!(reader.finish(), None, "half a command is left");
}
