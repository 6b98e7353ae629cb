//! The demo's printers: simulated, but spoken to as real ones, over TCP.

use anyhow::{Context, anyhow};
use engine::Store;
use printer_sim::{PaperWidth, PrinterSetup, Simulator};
use std::net::SocketAddr;

/// Running printers, and where their paper can be looked at.
#[derive(Debug)]
pub struct Printers {
    /// The page with what came out, and the switches for trouble.
    pub url: String,
    // Dropped, they are switched off.
    _simulator: Simulator,
}

/// Switches a printer on for each one of the house and tells the house where they listen now.
pub async fn start(store: &Store, control: SocketAddr) -> anyhow::Result<Printers> {
    let mut house = (*store.known().house).clone();
    let setup = |printer: &domain::catalog::Printer| {
        let mut setup = PrinterSetup::new(printer.id.to_string(), 0);
        setup.width = if printer.width_mm == 58 { PaperWidth::Mm58 } else { PaperWidth::Mm80 };
        setup
    };
    let simulator = Simulator::start(house.printers.iter().map(setup).collect()).await.context("the printers")?;
    for printer in &mut house.printers {
        printer.address = simulator.printer(printer.id.as_str())?.addr().to_string();
    }
    if house != *store.known().house {
        let published = store.publish_house(store.fresh_request(), house).await;
        published.map_err(|refused| anyhow!("the printers' addresses were refused: {refused:?}"))?;
    }
    let page = simulator.serve_control(control).await.with_context(|| format!("{control} is taken; use --printer-port"))?;
    Ok(Printers { url: format!("http://{page}"), _simulator: simulator })
}
