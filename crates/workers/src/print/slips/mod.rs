//! What slips say: the state at the moment of printing, in words and figures for paper.
//!
//! One file for each kind of slip; [`words`] has what a house calls things, [`scene`] everything a slip is made of.

mod bill;
mod day;
mod kitchen;
mod queue;
mod scene;
mod shift;
mod table_code;
mod words;

use super::{PrintDesk, SlipLink, reach};
use domain::catalog::Printer;
use domain::floor::{PrintJob, Slip};
use print::slip::{Slip as Said, TestSlip};
use print::{Page, layout};
use scene::Scene;

/// A slip laid out for a printer's paper.
///
/// # Errors
/// Why there is nothing to print.
pub(super) fn page(desk: &PrintDesk, job: &PrintJob, printer: &Printer) -> Result<Page, &'static str> {
    let width = reach::width(printer);
    // Asked for before the floor is looked at: whoever makes it may look at the floor as well.
    let code = link_of(&job.slip).and_then(|link| desk.link(link));
    let scene = Scene::new(&desk.store, job);
    let said = match &job.slip {
        Slip::Drawer { .. } if printer.drawer => return Ok(Page::drawer_alone(width)),
        Slip::Drawer { .. } => return Err("no drawer hangs on this printer"),
        Slip::TableCode { session } => {
            let code = code.ok_or("there is no code to print")?;
            let sheet = desk.store.floor(|floor| table_code::page(&scene, floor, *session, &code, width));
            return sheet.ok_or(GONE);
        }
        Slip::Test => Some(Said::Test(TestSlip { printer: printer.name.clone(), at: scene.date_time(scene.now) })),
        Slip::PreBill { session } => desk.store.floor(|floor| bill::before(&scene, floor, *session, code)).map(Said::Bill),
        Slip::Receipt { session } => desk.store.floor(|floor| bill::after(&scene, floor, *session)).map(Said::Bill),
        Slip::Number { entry } => desk.store.floor(|floor| queue::slip(&scene, floor, *entry, code)).map(Said::Queue),
        Slip::Shift { shift } => desk.store.floor(|floor| shift::slip(&scene, floor, *shift)).map(Said::Figures),
        Slip::Day { number } => desk.store.floor(|floor| day::slip(&scene, floor, *number)).map(Said::Figures),
        Slip::Kitchen { .. } | Slip::Void { .. } | Slip::Rush { .. } | Slip::TableChange { .. } => {
            desk.store.floor(|floor| kitchen::slip(&scene, floor, job, printer)).map(Said::Kitchen)
        }
    };
    said.map(|said| layout(&said, scene.lang, width)).ok_or(GONE)
}

/// Why a slip says nothing: what it is about has been forgotten.
const GONE: &str = "what the slip is about is gone";

fn link_of(slip: &Slip) -> Option<SlipLink> {
    match slip {
        Slip::PreBill { session } => Some(SlipLink::Pay(*session)),
        Slip::TableCode { session } => Some(SlipLink::Table(*session)),
        Slip::Number { entry } => Some(SlipLink::Queue(*entry)),
        Slip::Kitchen { .. }
        | Slip::Void { .. }
        | Slip::Rush { .. }
        | Slip::TableChange { .. }
        | Slip::Receipt { .. }
        | Slip::Shift { .. }
        | Slip::Day { .. }
        | Slip::Drawer { .. }
        | Slip::Test => None,
    }
}
