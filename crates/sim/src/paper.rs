//! Simulated printers: they speak enough of ESC/POS to be asked and to print, run out of paper, lose their answers, are unplugged.
//! What they are sent is read by the printer simulator's own reader.

use crate::facts::{Fact, Paper};
use crate::gate::Gate;
use crate::plan::FaultKind;
use crate::seams::PrinterHabits;
use crate::storm::Storm;
use crate::witness::Witness;
use async_trait::async_trait;
use domain::{OrderId, StationId};
use print::session::{Dial, Wire};
use printer_sim::{Op, Reader, State};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// The printers of the house, by their address.
pub(crate) struct Printers {
    storm: Arc<Storm>,
    witness: Arc<Witness>,
    habits: PrinterHabits,
    states: Mutex<BTreeMap<String, Condition>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Condition {
    paper_out: bool,
    gone: bool,
}

impl Printers {
    pub fn new(storm: Arc<Storm>, witness: Arc<Witness>, habits: PrinterHabits) -> Arc<Printers> {
        Arc::new(Printers { storm, witness, habits, states: Mutex::default() })
    }

    fn condition(&self, address: &str) -> Condition {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).get(address).copied().unwrap_or_default()
    }

    fn put(&self, address: &str, change: impl FnOnce(&mut Condition)) {
        change(self.states.lock().unwrap_or_else(PoisonError::into_inner).entry(address.to_owned()).or_default());
    }

    /// Every printer is well again.
    pub fn heal(&self) {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Lets a printer run into trouble now and then, until the weather is over.
    pub async fn trouble(self: Arc<Self>, address: String) {
        loop {
            let pause = Duration::from_millis(2_000 + self.storm.below(20_000));
            tokio::time::sleep(pause).await;
            if self.storm.is_over() {
                return;
            }
            if self.storm.strikes(FaultKind::PaperOut) {
                self.put(&address, |condition| condition.paper_out = true);
                tokio::time::sleep(Duration::from_millis(3_000 + self.storm.below(25_000))).await;
                self.put(&address, |condition| condition.paper_out = false);
            }
            if self.storm.strikes(FaultKind::PrinterGone) {
                self.put(&address, |condition| condition.gone = true);
                tokio::time::sleep(Duration::from_millis(2_000 + self.storm.below(25_000))).await;
                self.put(&address, |condition| condition.gone = false);
            }
        }
    }

    /// Serves one connection: answers questions at once, prints what is cut.
    async fn serve(self: Arc<Self>, address: String, mut stream: DuplexStream) {
        let mut reader = Reader::new(false);
        let mut sheet = Sheet::default();
        let mut buffer = vec![0; 4096];
        let half = self.storm.strikes(FaultKind::PrinterHalf);
        let mute = self.storm.strikes(FaultKind::PrinterMute);
        let mut left = if half { 40 + self.storm.below(600) as usize } else { usize::MAX };
        while let Ok(count) = stream.read(&mut buffer).await {
            if count == 0 || self.condition(&address).gone {
                break;
            }
            let taken = count.min(left);
            left -= taken;
            reader.push(&buffer[..taken]);
            while let Some(op) = reader.next_op() {
                if let Op::RealTime(bytes) = &op
                    && let [0x10, 0x04, n, ..] = bytes.as_slice()
                {
                    let condition = self.condition(&address);
                    let state = State { online: !condition.paper_out, paper_out: condition.paper_out, ..State::default() };
                    // A printer whose answers get lost answers until it has something to print.
                    if !(mute && sheet.cuts > 0) && stream.write_all(&[state.real_time(*n)]).await.is_err() {
                        return;
                    }
                    continue;
                }
                if self.condition(&address).paper_out {
                    continue;
                }
                if sheet.take(op) {
                    self.out(&address, &mut sheet, true);
                }
            }
            if left == 0 {
                break;
            }
        }
        if !sheet.text.trim().is_empty() {
            self.out(&address, &mut sheet, false);
        }
    }

    fn out(&self, address: &str, sheet: &mut Sheet, whole: bool) {
        let text = std::mem::take(&mut sheet.text);
        let mut odd = std::mem::take(&mut sheet.odd);
        let codes = std::mem::take(&mut sheet.codes);
        if self.habits.kicks_drawer {
            odd.push("Drawer { pin: 2 }".to_owned());
        }
        let times = match (self.habits.prints_nothing, self.habits.prints_twice) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        let ticket = codes.iter().find_map(|code| ticket_of(code));
        for _ in 0..times {
            self.witness.note(Fact::Paper(Paper {
                printer: address.to_owned(),
                ticket: ticket.clone(),
                marked: text.contains(print::words::REPRINT),
                whole,
                odd: odd.clone(),
                text: text.clone(),
            }));
        }
    }
}

/// The order and station that a slip's code names, as far as it tells: the order's first 48 bits.
fn ticket_of(code: &str) -> Option<(OrderId, StationId)> {
    let (start, station) = code.strip_prefix("dd")?.split_once('.')?;
    Some((OrderId(u128::from_str_radix(start, 16).ok()? << 80), station.parse().ok()?))
}

/// What is on the paper that isn't cut yet.
#[derive(Default)]
struct Sheet {
    text: String,
    codes: Vec<String>,
    odd: Vec<String>,
    cuts: u32,
}

impl Sheet {
    /// Takes a command; true when it cuts.
    fn take(&mut self, op: Op) -> bool {
        match op {
            Op::Text { ch, .. } => self.text.push(ch),
            Op::LineFeed | Op::FeedLines(_) | Op::FeedDots(_) => self.text.push('\n'),
            Op::QrStore(data) => self.codes.push(String::from_utf8_lossy(&data).into_owned()),
            Op::Cut { .. } => {
                self.cuts += 1;
                return true;
            }
            Op::Drawer { .. } | Op::Unknown(_) | Op::Byte(_) | Op::StoreImage(_) | Op::AutoStatus(_) => {
                self.odd.push(format!("{op:?}"))
            }
            _ => {}
        }
        false
    }
}

/// The way of one life of the server to the printers.
pub(crate) struct PrinterLine {
    pub printers: Arc<Printers>,
    pub gate: Gate,
}

#[async_trait]
impl Dial for PrinterLine {
    async fn dial(&self, addr: &str) -> io::Result<Box<dyn Wire>> {
        self.gate.pass().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.printers.witness.note(Fact::Egress { to: addr.to_owned() });
        if self.printers.condition(addr).gone {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(self.printers.clone().serve(addr.to_owned(), theirs));
        Ok(Box::new(ours))
    }
}
