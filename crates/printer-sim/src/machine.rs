//! One printer without its sockets: bytes in, rows of dots and answers out. It knows no clock and no thread.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

use crate::{
    op::Op,
    paper::{Cut, Paper, Slip},
    reader::Reader,
    realtime::{RealTime, Scanner},
    setup::{Faults, OnPaperOut, PrinterSetup},
    status::State,
    typesetter::{Answer, Item, Typesetter},
};

/// Beyond so many bytes or commands the printer is busy and reads no more until it has printed some.
const BUFFER_BYTES: usize = 8 << 20;
const BUFFER_OPS: usize = 200_000;
/// Slips kept; the oldest go first.
const SLIPS_KEPT: usize = 500;
/// What a printer out of its mind says.
const NONSENSE: [u8; 8] = [0xff, 0x00, 0xa5, 0x81, 0x6b, 0xfe, 0x0d, 0xc3];

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row left the head.
    Row,
    /// Something that takes no time.
    Other,
    /// Nothing to do.
    Idle,
    /// There is something to do, but no paper, or the cover is open, or it is offline.
    Stopped,
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) setup: PrinterSetup,
    faults: Faults,
    drawer_open: bool,
    reader: Reader,
    scanner: Scanner,
    typesetter: Typesetter,
    /// What waits, with the connection it came on.
    ops: VecDeque<(u64, Op)>,
    held_bytes: usize,
    /// What the op in work still does, and its connection.
    items: VecDeque<Item>,
    working_for: u64,
    /// Connections are counted from 1; 0 is none.
    connection: u64,
    connected: bool,
    /// The connection has sent something to print.
    job_begun: bool,
    auto_status: u8,
    replies: Vec<u8>,
    paper: Paper,
    slips: VecDeque<Arc<Slip>>,
    cut_slips: u64,
    told: State,
    nonsense: usize,
}

impl Machine {
    pub(crate) fn new(setup: PrinterSetup) -> Machine {
        let width = setup.width.dots();
        Machine {
            faults: Faults::default(),
            drawer_open: false,
            reader: Reader::new(setup.chinese_at_start),
            scanner: Scanner::default(),
            typesetter: Typesetter::new(width, setup.cutter_gap_rows),
            ops: VecDeque::new(),
            held_bytes: 0,
            items: VecDeque::new(),
            working_for: 0,
            connection: 0,
            connected: false,
            job_begun: false,
            auto_status: 0,
            replies: Vec::new(),
            paper: Paper::new(width, setup.cutter_gap_rows),
            slips: VecDeque::new(),
            cut_slips: 0,
            told: State { online: true, ..State::default() },
            nonsense: 0,
            setup,
        }
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What the status bytes tell now.
    pub(crate) fn state(&self) -> State {
        let Faults { paper_out, paper_near_end, cover_open, offline, unplugged, .. } = self.faults;
        State {
            online: !(paper_out || cover_open || offline || unplugged),
            paper_out,
            paper_near_end,
            cover_open,
            drawer_open: self.drawer_open,
        }
    }

    /// Puts faults in force, or takes them away.
    pub(crate) fn set_faults(&mut self, mut faults: Faults) {
        if faults.paper_out_after_rows == Some(0) {
            (faults.paper_out, faults.paper_out_after_rows) = (true, None);
        }
        let power_cut = faults.unplugged && !self.faults.unplugged;
        let out_now = faults.paper_out && !self.faults.paper_out;
        self.faults = faults;
        if power_cut {
            self.forget("POWER LOST");
        }
        if out_now && self.setup.on_paper_out == OnPaperOut::Lose {
            self.forget("PAPER OUT, JOB LOST");
        }
        self.report_change();
    }

    /// Puts a new roll in.
    pub(crate) fn put_paper(&mut self) {
        let faults = Faults { paper_out: false, paper_near_end: false, paper_out_after_rows: None, ..self.faults.clone() };
        self.set_faults(faults);
    }

    pub(crate) fn close_drawer(&mut self) {
        self.drawer_open = false;
        self.report_change();
    }

    /// Forgets what waits, with a note on the paper if something did.
    fn forget(&mut self, why: &'static str) {
        if !self.ops.is_empty() || !self.items.is_empty() {
            self.paper.note(why);
        }
        self.ops.clear();
        self.items.clear();
        self.held_bytes = 0;
        self.typesetter.reset();
        self.reader = Reader::new(self.setup.chinese_at_start);
    }

    /// Someone connects.
    pub(crate) fn connect(&mut self) {
        self.connection += 1;
        self.connected = true;
        self.job_begun = false;
        self.auto_status = 0;
        self.replies.clear();
        self.scanner = Scanner::default();
    }

    /// The connection has ended; half a command at its end is lost, whole ones are printed.
    pub(crate) fn disconnect(&mut self) {
        self.connected = false;
        if let Some(op) = self.reader.finish() {
            self.store(op);
        }
    }

    /// Whether there is room for more bytes.
    pub(crate) fn takes_more(&self) -> bool {
        self.held_bytes < BUFFER_BYTES && self.ops.len() < BUFFER_OPS
    }

    /// Bytes from the connection. Real-time commands are obeyed at once, the others wait.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        let mut start = 0;
        for (place, byte) in bytes.iter().enumerate() {
            if let Some(command) = self.scanner.push(*byte) {
                self.read(&bytes[start..=place]);
                start = place + 1;
                self.obey(command);
            }
        }
        self.read(&bytes[start..]);
    }

    fn read(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        while let Some(op) = self.reader.next_op() {
            self.store(op);
        }
    }

    fn store(&mut self, op: Op) {
        self.job_begun |= op.prints();
        if self.faults.paper_out && self.setup.on_paper_out == OnPaperOut::Lose {
            return;
        }
        self.held_bytes += op.weight();
        self.ops.push_back((self.connection, op));
    }

    fn obey(&mut self, command: RealTime) {
        match command {
            RealTime::Status(n) => self.reply(self.connection, &[self.state().real_time(n)]),
            RealTime::Drawer { pin } => self.kick(pin),
            RealTime::Clear => {
                self.forget("CLEARED");
                self.reply(self.connection, &[0x37, 0x25, 0x00]);
            }
            RealTime::Recover => (),
        }
    }

    fn kick(&mut self, pin: u8) {
        self.paper.drawer(pin);
        self.drawer_open = true;
        self.report_change();
    }

    /// Puts an answer on the wire, unless a fault or the connection's end swallows it.
    fn reply(&mut self, connection: u64, bytes: &[u8]) {
        let lost = self.faults.silent || (self.faults.reply_lost && self.job_begun);
        if lost || !self.connected || connection != self.connection {
            return;
        }
        if self.faults.garbage {
            let length = bytes.len() + 2;
            self.replies.extend((0..length).map(|place| NONSENSE[(self.nonsense + place) % NONSENSE.len()]));
            self.nonsense += length;
        } else {
            self.replies.extend_from_slice(bytes);
        }
    }

    /// Answers that wait to be sent.
    pub(crate) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Tells a change to who asked for it (GS a).
    fn report_change(&mut self) {
        let state = self.state();
        if state.reports_change(self.told, self.auto_status) {
            self.reply(self.connection, &state.automatic());
        }
        self.told = state;
    }

    /// Does the next thing. `now` dates a slip that is cut.
    pub(crate) fn step(&mut self, now: Timestamp) -> Step {
        while self.items.is_empty() {
            let Some((connection, op)) = self.ops.front() else { return Step::Idle };
            if !self.state().online {
                return Step::Stopped;
            }
            self.working_for = *connection;
            self.held_bytes = self.held_bytes.saturating_sub(op.weight());
            if let Some((_, op)) = self.ops.pop_front() {
                self.typesetter.take(op, &mut self.items);
            }
        }
        if !self.state().online {
            return Step::Stopped;
        }
        let step = match self.items.pop_front() {
            Some(Item::Row(row)) => {
                self.paper.push_row(&row);
                Step::Row
            }
            Some(Item::Feed(0)) | None => Step::Other,
            Some(Item::Feed(rows)) => {
                self.paper.push_blank();
                if rows > 1 {
                    self.items.push_front(Item::Feed(rows - 1));
                }
                Step::Row
            }
            Some(other) => {
                self.other(other, now);
                Step::Other
            }
        };
        if step == Step::Row {
            self.wear();
        }
        if self.paper.is_too_long() {
            self.cut(0, Cut::TooLong, now);
        }
        step
    }

    /// A row has used up paper.
    fn wear(&mut self) {
        match self.faults.paper_out_after_rows {
            None => (),
            Some(0 | 1) => {
                let faults = Faults { paper_out: true, paper_out_after_rows: None, ..self.faults.clone() };
                self.set_faults(faults);
            }
            Some(rows) => self.faults.paper_out_after_rows = Some(rows - 1),
        }
    }

    /// Items that move no paper.
    fn other(&mut self, item: Item, now: Timestamp) {
        match item {
            Item::Row(_) | Item::Feed(_) => (),
            Item::Text(text) => self.paper.text(text),
            Item::Cut { partial } => self.cut(self.setup.cutter_gap_rows, if partial { Cut::Partial } else { Cut::Full }, now),
            Item::Drawer { pin } => self.kick(pin),
            Item::Buzzer { times } => self.paper.buzzer(times),
            Item::Unknown(bytes) => self.paper.unknown(bytes),
            Item::AutoStatus(bits) => {
                self.auto_status = if self.working_for == self.connection { bits } else { 0 };
                if self.auto_status != 0 {
                    self.reply(self.connection, &self.state().automatic());
                }
            }
            Item::Answer(answer) => {
                let bytes = match answer {
                    Answer::ProcessId([a, b, c, d]) => vec![0x37, 0x22, a, b, c, d, 0x00],
                    Answer::Status(n) => vec![self.state().transmitted(n)],
                    Answer::Id(n) => identity(n),
                };
                self.reply(self.working_for, &bytes);
            }
        }
    }

    fn cut(&mut self, gap: usize, cut: Cut, now: Timestamp) {
        let off = self.paper.cut(gap);
        self.cut_slips += 1;
        if self.slips.len() == SLIPS_KEPT {
            self.slips.pop_front();
        }
        self.slips.push_back(Arc::new(off.slip(self.cut_slips, now, cut)));
    }

    /// Slips cut since the printer was switched on.
    pub(crate) fn cut_slips(&self) -> u64 {
        self.cut_slips
    }

    /// Slips that are kept, the oldest first.
    pub(crate) fn slips(&self) -> Vec<Arc<Slip>> {
        self.slips.iter().cloned().collect()
    }

    pub(crate) fn clear_slips(&mut self) {
        self.slips.clear();
    }

    /// The paper that isn't cut yet.
    pub(crate) fn paper(&self) -> &Paper {
        &self.paper
    }

    /// Whether all that came is printed.
    pub(crate) fn is_idle(&self) -> bool {
        self.ops.is_empty() && self.items.is_empty()
    }
}

/// The answer to GS I: one byte for the numbers, text between `_` and NUL for the names.
fn identity(n: u8) -> Vec<u8> {
    let name = match n {
        1 | 49 => return vec![0x20],
        2 | 50 => return vec![0x03],
        3 | 51 => return vec![0x01],
        65 => "1.0",
        66 => "DANDAN",
        67 => "PRINTER-SIM",
        68 => "0001",
        69 => "CHINA GB18030",
        _ => "",
    };
    format!("_{name}\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Prints all of it and gives the text forms of the slips and of the paper left, and the answers.
    fn printed(pieces: &[&[u8]]) -> (Vec<String>, String, Vec<u8>) {
        let mut machine = Machine::new(PrinterSetup::new("p", 0));
        machine.connect();
        for piece in pieces {
            machine.receive(piece);
        }
        while machine.step(Timestamp::UNIX_EPOCH) != Step::Idle {}
        let slips = machine.slips().iter().map(|slip| slip.text.clone()).collect();
        (slips, machine.paper().text_form(Cut::No), machine.take_replies())
    }

    /// Commands with any parameters, which is where setting and drawing could go wrong.
    fn job() -> impl Strategy<Value = Vec<u8>> {
        let lead = proptest::sample::select(vec![b"\x1b".to_vec(), b"\x1c".to_vec(), b"\x1d".to_vec(), vec![0x10], vec![]]);
        let letter = proptest::sample::select(b"!@EaAdJ23tRpBDM $\\BLWVvkhwHIr-&.SW".to_vec());
        let command = (lead, letter, proptest::collection::vec(any::<u8>(), 0..4));
        let command = command.prop_map(|(lead, letter, rest)| [lead, vec![letter], rest].concat());
        let whole = proptest::sample::select(vec![
            b"\x1d(k\x08\x001P0hello".to_vec(),
            b"\x1d(k\x03\x001C\x10".to_vec(),
            b"\x1d(k\x03\x001Q0".to_vec(),
            b"\x1dv0\x03\x02\x00\x02\x00abcd".to_vec(),
            b"\x1d(L\x0e\x000p0\x02\x011\x20\x00\x01\x00abcd".to_vec(),
            b"\x1d(L\x02\x0002".to_vec(),
            b"\x1dkI\x05{Bab1".to_vec(),
            b"\x1d!\x77wide\n".to_vec(),
            b"\x1dL\xff\xff".to_vec(),
            b"\x1c&\xb5\xa5\xb5\xa5\n".to_vec(),
        ]);
        proptest::collection::vec(prop_oneof![command, whole], 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_job_in_any_pieces_prints_the_same(job in job(), cut in any::<proptest::sample::Index>()) {
            let (first, second) = job.split_at(cut.index(job.len() + 1));
            prop_assert_eq!(printed(&[first, second]), printed(&[&job]));
        }
    }
}
