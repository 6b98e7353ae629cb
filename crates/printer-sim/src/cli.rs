//! The command line of `dandan printer-sim`.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use anyhow::{Context, bail};

use crate::{OnPaperOut, PaperWidth, PrinterSetup, Simulator};

/// Runs receipt printers that exist only here: they take ESC/POS on a port and show the paper as pictures.
///
/// Give them to the house as network printers. The page at the control port shows every slip and has a button for
/// everything that can go wrong with a printer.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A printer: its name, port, and paper (58 or 80 mm); may be given several times
    #[arg(long = "printer", value_name = "NAME=PORT[,58|80]", default_value = "receipt=9100")]
    pub printers: Vec<PrinterArg>,
    /// Where the printers listen
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Where the control API and the page are, on this machine only
    #[arg(long, default_value_t = 9180)]
    pub control_port: u16,
    /// Writes each slip here, as a picture and as text
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Chinese text is read without FS & first, as on many printers sold in China
    #[arg(long)]
    pub chinese_at_start: bool,
    /// A job is forgotten when the paper runs out, and not kept until there is paper
    #[arg(long)]
    pub lose_on_paper_out: bool,
}

/// `name=port[,58|80]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterArg {
    name: String,
    port: u16,
    width: PaperWidth,
}

impl FromStr for PrinterArg {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<PrinterArg> {
        let (name, rest) = text.split_once('=').context("write NAME=PORT or NAME=PORT,58")?;
        let (port, width) = match rest.split_once(',') {
            None => (rest, PaperWidth::Mm80),
            Some((port, "80")) => (port, PaperWidth::Mm80),
            Some((port, "58")) => (port, PaperWidth::Mm58),
            Some((_, width)) => bail!("paper is 58 or 80 mm wide, not {width}"),
        };
        let port = port.parse().with_context(|| format!("{port} is no port"))?;
        Ok(PrinterArg { name: name.into(), port, width })
    }
}

/// Runs until Ctrl-C.
///
/// # Errors
/// A port is taken, two printers have one name, or the folder can't be made.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let on_paper_out = if args.lose_on_paper_out { OnPaperOut::Lose } else { OnPaperOut::Keep };
    let setups = args.printers.iter().map(|printer| PrinterSetup {
        listen: SocketAddr::new(args.host, printer.port),
        width: printer.width,
        chinese_at_start: args.chinese_at_start,
        on_paper_out,
        ..PrinterSetup::new(&printer.name, printer.port)
    });
    let simulator = Simulator::start_writing(setups.collect(), args.out.clone()).await?;
    let control = simulator.serve_control(SocketAddr::from((Ipv4Addr::LOCALHOST, args.control_port))).await?;
    for printer in simulator.printers() {
        println!("printer   {}  {}  {} dots", printer.name(), printer.addr(), printer.view().width.dots());
    }
    println!("control   http://{control}/");
    if let Some(folder) = &args.out {
        println!("slips     {}", folder.display());
    }
    tokio::signal::ctrl_c().await?;
    simulator.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_on_the_command_line() {
        let read = |text: &str| text.parse::<PrinterArg>().map(|arg| (arg.name, arg.port, arg.width)).ok();
        assert_eq!(read("hot=9101,58"), Some(("hot".into(), 9101, PaperWidth::Mm58)));
        assert_eq!(read("hot=9101"), Some(("hot".into(), 9101, PaperWidth::Mm80)));
        assert_eq!((read("hot"), read("hot=x"), read("hot=9100,70")), (None, None, None));
    }
}
