//! The simulator over real sockets: starts, serves, and stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::net::TcpListener;

use crate::{
    MerchantFiles, SimConfig, Simulator, control,
    line::{CuttingListener, Line},
    sim::Sim,
    simulator,
    tls::TlsListener,
};

/// A simulator at work. Dropping it leaves it running; call [`Running::shutdown`].
#[derive(Debug)]
pub struct Running {
    /// Where the channels and the payer's page are.
    pub addr: SocketAddr,
    /// Where the control API is.
    pub control: SocketAddr,
    /// Where the channels are with TLS, if they are.
    pub tls: Option<SocketAddr>,
    /// What the shop's server is given.
    pub merchant: MerchantFiles,
    /// The simulator itself: everything the control API does, without HTTP.
    pub simulator: Simulator,
}

impl Running {
    /// `http://…` of the channels.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Resolves when something asked the simulator to stop.
    pub async fn stopped(&self) {
        self.simulator.sim().stop.cancelled().await;
    }

    /// Stops taking calls and sending notices; what is not delivered yet is sent after the next start.
    pub async fn shutdown(self) {
        let sim = self.simulator.sim();
        sim.stop.cancel();
        sim.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), sim.tasks.wait()).await;
    }
}

/// Starts a simulator.
///
/// # Errors
/// A listen address off this machine, a data folder that is not its own, or keys it did not make.
pub async fn start(config: SimConfig) -> anyhow::Result<Running> {
    for addr in [Some(config.listen), config.control, config.tls_listen].into_iter().flatten() {
        ensure!(
            addr.ip().is_loopback(),
            "{addr} is not on this machine: the simulator has a button that pays, so it listens on loopback only"
        );
    }
    let making = config.clone();
    let simulator = tokio::task::spawn_blocking(move || Simulator::new(making)).await??;
    let sim = simulator.sim();
    let listener = bind(config.listen).await?;
    let addr = listener.local_addr()?;
    let base = format!("http://{addr}");
    let _ = sim.base.set(base.clone());

    let mut app = simulator::channel_routes();
    let control_addr = match config.control.filter(|control| *control != config.listen) {
        Some(control) => {
            let listener = bind(control).await?;
            let control = listener.local_addr()?;
            serve(sim, CuttingListener(listener), control::routes());
            control
        }
        None => {
            app = app.merge(control::routes());
            addr
        }
    };
    let tls = match config.tls_listen {
        Some(tls) => {
            let listener = bind(tls).await?;
            let tls = listener.local_addr()?;
            serve(sim, TlsListener::new(listener, &sim.identity.tls)?, app.clone());
            Some(tls)
        }
        None => None,
    };
    serve(sim, CuttingListener(listener), app);
    let v2_base = tls.map_or(base.clone(), |tls| format!("https://{tls}"));
    let merchant = sim.identity.write_merchant(&config.data_dir, &base, &v2_base)?;
    simulator.resume();
    Ok(Running { addr, control: control_addr, tls, merchant, simulator })
}

async fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| format!("cannot listen on {addr}"))
}

fn serve<L>(sim: &Arc<Sim>, listener: L, app: Router<Arc<Sim>>)
where
    L: Listener<Addr = SocketAddr>,
    Line: for<'a> Connected<IncomingStream<'a, L>>,
{
    let app = simulator::finished(app, sim).into_make_service_with_connect_info::<Line>();
    let stop = sim.stop.clone();
    sim.tasks.spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the simulator stopped listening");
        }
    });
}
