//! What a printer is, and what can be wrong with it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// How wide the paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PaperWidth {
    /// 384 dots: 32 characters or 16 Chinese ones.
    #[serde(rename = "58mm")]
    Mm58,
    /// 576 dots: 48 characters or 24 Chinese ones.
    #[serde(rename = "80mm")]
    Mm80,
}

impl PaperWidth {
    /// Dots that the head reaches.
    pub fn dots(self) -> usize {
        match self {
            PaperWidth::Mm58 => 384,
            PaperWidth::Mm80 => 576,
        }
    }
}

/// What becomes of a job when the paper runs out in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPaperOut {
    /// It waits, and goes on when there is paper.
    Keep,
    /// It is forgotten, and so is all that comes until there is paper.
    Lose,
}

/// One printer before it is switched on.
#[derive(Clone, Debug)]
pub struct PrinterSetup {
    /// Names it in the control API and the output folder: letters, digits, `-` and `_`.
    pub name: String,
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    pub width: PaperWidth,
    /// Whether Chinese text is read without FS &. Many printers sold in China do; a job must not rely on it, so not here.
    pub chinese_at_start: bool,
    pub on_paper_out: OnPaperOut,
    /// Rows from the head up to the cutter; 96 are 12 mm.
    pub cutter_gap_rows: usize,
    /// A connection that says nothing for so long is closed, as others wait for it.
    pub idle: Duration,
}

impl PrinterSetup {
    /// An 80 mm printer on this machine.
    pub fn new(name: impl Into<String>, port: u16) -> PrinterSetup {
        PrinterSetup {
            name: name.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            width: PaperWidth::Mm80,
            chinese_at_start: false,
            on_paper_out: OnPaperOut::Keep,
            cutter_gap_rows: 96,
            idle: Duration::from_secs(90),
        }
    }
}

/// What is wrong with a printer. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// No paper. It prints nothing and says so.
    pub paper_out: bool,
    /// Little paper. It prints and says so.
    pub paper_near_end: bool,
    /// After so many rows more, `paper_out`.
    pub paper_out_after_rows: Option<u32>,
    pub cover_open: bool,
    /// Takes connections and data, prints nothing and says that it is offline.
    pub offline: bool,
    /// No power: refuses connections, drops the one there is, and forgets what waits.
    pub unplugged: bool,
    /// Prints and never says a word, as printers without a back channel.
    pub silent: bool,
    /// Prints, and tells its status until a connection has sent something to print; then not a word more.
    pub reply_lost: bool,
    /// Each connection is cut after so many bytes; only they are printed.
    pub half_job: Option<usize>,
    /// Milliseconds a row of dots takes.
    pub slow_ms_per_row: u64,
    /// Prints, and answers nonsense.
    pub garbage: bool,
}
