//! A receipt-printer simulator: printers that speak ESC/POS on TCP, draw their slips, and can go wrong in every way.
//!
//! It exists so that what the house prints can be seen, read and checked without a printer, and so that every way a
//! printer fails can be made to happen: no paper, in the middle of a job, an open cover, no power, no answer, half an
//! answer. Its reader is written from the public Epson command reference and shares no code with what writes the jobs:
//! two independent readings of the same document check each other.
//!
//! [`Simulator`] runs printers in this process, [`run`] is the command line, and `control.rs` says what can be done over
//! HTTP. [`Reader`] reads commands alone, for tests of jobs that need no printer.
//!
//! # Strict where printers differ
//! - Chinese text needs FS & ([`PrinterSetup::chinese_at_start`] lifts this).
//! - ESC ! sizes only one-byte characters, FS ! only Chinese ones, GS ! both.
//! - GS V and ESC a in the middle of a line are ignored, with a note in the slip's text form.
//! - ESC @ forgets a line that wasn't printed yet.
//! - The cutter is 12 mm above the head: GS V 0 right after the last line leaves that line on the next slip.
//! - DLE EOT is answered wherever its bytes are, also inside a picture.
//!
//! # Not as real printers
//! - No page mode, no turned characters, no characters or logos of the user's own: such commands are unknown here.
//! - GS V 97, 98, 103 and 104 feed and cut as 65 and 66: no cut is kept for later, and paper is never drawn back.
//! - Of the barcodes only CODE128 is drawn.
//! - Half a command at the end of a connection is dropped; some printers wait for the rest in the next.

mod barcode;
mod bits;
mod charset;
mod cli;
mod control;
mod glyphs;
mod machine;
mod op;
mod paper;
mod picture;
mod printer;
mod reader;
mod realtime;
mod server;
mod setup;
mod simulator;
mod status;
mod typesetter;

pub use cli::{Args, PrinterArg, run};
pub use op::{Align, Op, Raster};
pub use paper::{Cut, Slip};
pub use printer::{Printer, PrinterView};
pub use reader::Reader;
pub use setup::{Faults, OnPaperOut, PaperWidth, PrinterSetup};
pub use simulator::Simulator;
pub use status::State;
