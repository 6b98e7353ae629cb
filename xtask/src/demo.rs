//! `cargo xtask demo`: builds the apps and the server, then becomes `dandan demo`.

use crate::plan::{self, Lane, Outcome, Step};
use crate::{npm, sh, tools};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Throws the demo's data away and starts anew.
    #[arg(long)]
    fresh: bool,
    /// Where the restaurant is served.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the demo's data is kept.
    #[arg(long, default_value = "data-demo")]
    data: PathBuf,
    /// Where the payment simulator is served.
    #[arg(long, default_value_t = 9090)]
    sim_port: u16,
    /// Where the page of the simulated printers is served.
    #[arg(long, default_value_t = 9180)]
    printer_port: u16,
    /// Handed to `dandan demo` as they are.
    #[arg(last = true)]
    more: Vec<String>,
}

pub fn run(options: &Options) -> Result<()> {
    tools::check_build_tools()?;
    println!("Building Dandan. The first time takes some minutes; logs: target/xtask-logs/demo/");
    let report = plan::run("demo", &steps());
    if report.failed() > 0 {
        bail!("the build failed; the step's output is above, whole in target/xtask-logs/demo/");
    }
    println!("Built in {:.0} s.\n", report.took().as_secs_f32());
    let root = sh::root();
    let mut server = Command::new(root.join("target/release/dandan"));
    server.current_dir(&root).arg("demo").arg("--data").arg(&options.data);
    server.args(["--port", &options.port.to_string(), "--sim-port", &options.sim_port.to_string()]);
    server.args(["--printer-port", &options.printer_port.to_string()]);
    if options.fresh {
        server.arg("--fresh");
    }
    become_program(server.args(&options.more))
}

/// What the program carries inside.
const PACKED: &[&str] = &["apps/mini/dist/h5", "apps/staff/dist", "apps/office/dist", "demo/images"];

/// The libraries are compiled beside the web builds; the program itself comes last, because the apps are packed into it.
pub fn steps() -> Vec<Step> {
    vec![
        Step::new("libraries", Lane::Cargo, &[], 1800, |log| {
            let mut cargo = sh::command("cargo", &sh::root());
            cargo.args(["build", "--release", "--locked"]);
            for library in ["domain", "journal", "engine", "pay", "print", "menu-file", "channel-sim", "printer-sim"] {
                cargo.args(["-p", library]);
            }
            log.run(&mut cargo).map(|()| Outcome::passed())
        }),
        Step::new("mini-install", Lane::Web, &[], 900, |log| npm::install(log, "apps/mini").map(|()| Outcome::passed())),
        Step::new("mini-h5", Lane::Web, &["mini-install"], 600, |log| {
            npm::build(log, "apps/mini", "build:h5", "dist/h5").map(|()| Outcome::passed())
        }),
        Step::new("staff-install", Lane::Web, &[], 900, |log| npm::install(log, "apps/staff").map(|()| Outcome::passed())),
        Step::new("staff-build", Lane::Web, &["staff-install"], 600, |log| {
            npm::build(log, "apps/staff", "build", "dist").map(|()| Outcome::passed())
        }),
        Step::new("office-install", Lane::Web, &[], 900, |log| npm::install(log, "apps/office").map(|()| Outcome::passed())),
        Step::new("office-build", Lane::Web, &["office-install"], 600, |log| {
            npm::build(log, "apps/office", "build", "dist").map(|()| Outcome::passed())
        }),
        Step::new("server", Lane::Cargo, &["libraries", "mini-h5", "staff-build", "office-build"], 1800, |log| {
            npm::touch_if_changed("crates/api/src/assets.rs", PACKED, "packed-into-release")?;
            let mut cargo = sh::command("cargo", &sh::root());
            log.run(cargo.args(["build", "--release", "--locked", "-p", "dandan"])).map(|()| Outcome::passed())
        }),
    ]
}

#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("can't run {}", sh::show(command)))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("can't run {}", sh::show(command)))?;
    if status.success() { Ok(()) } else { bail!("the server ended with {status}") }
}
