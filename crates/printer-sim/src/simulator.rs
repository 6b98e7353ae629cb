//! Printers in this process, for tests and for the command line.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{control, printer::Printer, server, setup::PrinterSetup};

/// Running printers. Dropping it stops them.
#[derive(Debug)]
pub struct Simulator {
    printers: Arc<[Printer]>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Simulator {
    /// Switches printers on.
    ///
    /// # Errors
    /// A name that isn't letters, digits, `-` and `_`, or comes twice; an address that can't be listened on.
    pub async fn start(setups: Vec<PrinterSetup>) -> anyhow::Result<Simulator> {
        Simulator::start_writing(setups, None).await
    }

    /// The same, and writes each slip into a folder as `NAME-0001.png` and `.txt`.
    ///
    /// # Errors
    /// As [`Simulator::start`], or the folder can't be made.
    pub async fn start_writing(setups: Vec<PrinterSetup>, out: Option<PathBuf>) -> anyhow::Result<Simulator> {
        let mut names = BTreeSet::new();
        for setup in &setups {
            let plain = |ch: char| ch.is_ascii_alphanumeric() || ch == '-' || ch == '_';
            let name = &setup.name;
            ensure!((1..=40).contains(&name.len()) && name.chars().all(plain), "{name:?} is no name: letters, digits, - and _");
            ensure!(names.insert(name.clone()), "two printers are named {name}");
        }
        if let Some(folder) = &out {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        // Stops what has begun if a later one fails.
        let guard = stop.clone().drop_guard();
        let mut printers = Vec::new();
        for setup in setups {
            let listener = server::bind(setup.listen).await?;
            let printer = Printer::new(setup, listener.local_addr()?, out.clone(), stop.clone());
            let (socket, mechanism) = (printer.0.clone(), printer.0.clone());
            tasks.spawn(server::run(socket, listener));
            tasks.spawn(async move { mechanism.run_mechanism().await });
            printers.push(printer);
        }
        guard.disarm();
        Ok(Simulator { printers: printers.into(), stop, tasks })
    }

    pub fn printers(&self) -> &[Printer] {
        &self.printers
    }

    /// The printer of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn printer(&self, name: &str) -> anyhow::Result<Printer> {
        control::find(&self.printers, name).with_context(|| format!("no printer is named {name}"))
    }

    /// Serves the control API and the page for people; gives where.
    ///
    /// # Errors
    /// The address is not on this machine, or can't be listened on.
    pub async fn serve_control(&self, listen: SocketAddr) -> anyhow::Result<SocketAddr> {
        ensure!(listen.ip().is_loopback(), "{listen} is not on this machine: the control API has no password");
        let listener = server::bind(listen).await?;
        let addr = listener.local_addr()?;
        let (app, stop) = (control::router(self.printers.clone()), self.stop.clone());
        self.tasks.spawn(async move {
            let stopped = async move { stop.cancelled().await };
            if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the control API stopped listening");
            }
        });
        Ok(addr)
    }

    /// Switches all printers off and waits until they are.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.tasks.wait()).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
