//! `dandan serve`: puts the rooms together and keeps them running until told to stop.

use crate::anchor::{Guard, Keeper};
use crate::backup::{Regular, RegularArgs};
use crate::follow;
use crate::keys::HouseKeys;
use crate::tls::{Secure, TlsArgs};
use crate::tunnel::{self, dial::Membership, ship::Shipping};
use anyhow::Context;
use api::{App, CloudTrust, Crowd, Hub, Lockout, Payable, Signer, party_code, pay_code};
use domain::StoreId;
use engine::{RandomIds, Store, SystemClock, WriterOptions};
use journal::{Journal, SqliteJournal, StoreKey, Stream, StreamKey};
use metrics_exporter_prometheus::PrometheusHandle;
use pay::{Alipay, Channel, PaymentConfig, WechatLogin, WechatPay};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workers::{Desk, DeskSetup, PrintDesk, Releases, SlipLink};

/// Where a running server notes its address, in the data folder.
pub const ADDRESS_FILE: &str = "server.url";

/// How long connections get to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often measured figures are summed up.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// Arguments of `dandan serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The restaurant's data folder.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    pub data: PathBuf,
    /// Which restaurant: 32 hexadecimal characters.
    #[arg(long, env = "DANDAN_STORE")]
    pub store: StoreId,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Payment configuration (TOML).
    #[arg(long)]
    pub payments: Option<PathBuf>,
    /// Where this server is reached from outside, for the channels' reports and the codes on tables; `https://…` without a path.
    /// Otherwise the certificate's name, if there is one.
    #[arg(long)]
    pub public_url: Option<String>,
    /// The address of the proxy in front of this server, if there is one: its X-Forwarded-For says who asks. Nobody else's counts.
    /// Without it, everybody who comes by a proxy is one address, and shares what one address may ask for in a second.
    #[arg(long)]
    pub trusted_proxy: Option<IpAddr>,
    /// The store's time zone.
    #[arg(long, default_value = "Asia/Shanghai")]
    pub time_zone: String,
    /// Where to note how far the journal has come, best on another disk; by default `anchor.json` in the data folder. A journal
    /// older than that isn't served.
    #[arg(long, env = "DANDAN_ANCHOR")]
    pub anchor: Option<PathBuf>,
    /// Serves a journal although it is older than the anchor; why, in your words. It is recorded in the anchor.
    #[arg(long, value_name = "REASON")]
    pub accept_older_journal: Option<String>,
    #[command(flatten)]
    pub tls: TlsArgs,
    #[command(flatten)]
    pub backup: RegularArgs,
}

/// A restaurant with its writers running, not yet reachable.
#[derive(Debug)]
pub struct House {
    /// The restaurant.
    pub store: Store,
    /// Its secrets.
    pub keys: HouseKeys,
    /// Notes how far its journal has come.
    pub anchor: Arc<Keeper>,
    folder: PathBuf,
}

impl House {
    /// Opens a data folder, whose anchor is in it.
    pub async fn open(folder: &Path, store: StoreId, time_zone: &str) -> anyhow::Result<House> {
        House::open_guarded(folder, store, time_zone, &Guard::default()).await
    }

    /// Opens a data folder, unless its journal is older than the house has been.
    pub async fn open_guarded(folder: &Path, store: StoreId, time_zone: &str, guard: &Guard) -> anyhow::Result<House> {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} can't be made", folder.display()))?;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(folder)?);
        let anchor = Arc::new(Keeper::open(folder, store, journal.clone(), guard).await?);
        // A house that was set up has its keys: with new ones every PIN and every code on a table would be void.
        let set_up = journal.head(StreamKey::new(StoreKey(store.0), Stream::Catalog)).await?.seq > 0;
        let keys = if set_up { HouseKeys::read(folder)? } else { HouseKeys::open(folder)? };
        let clock = Arc::new(SystemClock::new(time_zone).with_context(|| format!("{time_zone} is no time zone"))?);
        let store = Store::open(store, journal, clock, Arc::new(RandomIds), WriterOptions::default()).await?;
        anchor.note().await?;
        Ok(House { store, keys, anchor, folder: folder.to_path_buf() })
    }

    /// Leaves a note in the data folder where the server is reached, for commands that find the folder in use.
    pub fn announce(&self, url: &str) -> anyhow::Result<()> {
        std::fs::write(self.folder.join(ADDRESS_FILE), url).context("the server's address can't be noted")
    }
}

/// Runs the command.
pub async fn run(args: Args) -> anyhow::Result<()> {
    follow::refuse_to_serve(&args.data)?;
    let backups = Regular::new(&args.data, &args.backup)?;
    let guard = Guard { anchor: args.anchor, accept: args.accept_older_journal };
    let house = House::open_guarded(&args.data, args.store, &args.time_zone, &guard).await?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("can't listen on {}", args.listen))?;
    let (address, asked) = (listener.local_addr()?, shutdown_asked()?);
    let secure = Secure::open(&args.tls).await?;
    let public_url = match (args.public_url, &secure) {
        (Some(url), _) => url,
        (None, Some(secure)) => secure.url()?,
        (None, None) => format!("http://{address}"),
    };
    let payments = args.payments.as_deref().map(read_payments).transpose()?.unwrap_or_default();
    let membership = Membership::read(&args.data)?;
    let app = app(
        &house,
        Surroundings {
            trusted_proxy: args.trusted_proxy,
            cloud: membership.as_ref().and_then(Membership::trust),
            ..Surroundings::new(&public_url, &payments)?
        },
    )?;
    tracing::info!(%address, store = %house.store.id(), "serving");
    if let Some(backups) = backups {
        app.tasks.spawn(backups.run(app.stop.clone()));
    }
    if let Some(membership) = membership {
        anyhow::ensure!(membership.store == house.store.id(), "cloud.toml is another store's; join the cloud again");
        let shipping = Shipping::new(&args.data, &membership, &house.store)?;
        app.hub.watch_cloud(shipping.sight());
        app.tasks.spawn(shipping.run(app.stop.clone()));
        app.tasks.spawn(tunnel::dial::keep(args.data.clone(), membership, api::router(app.clone()), app.stop.clone()));
    }
    let followers = follow::home::routes(app.clone(), args.data.clone())?;
    if let Some(secure) = secure {
        secure.compare(&app.public_url);
        app.tasks.spawn(secure.serve(api::router(app.clone()).merge(followers.clone()), app.stop.clone()));
    }
    app.tasks.spawn(follow::fence::tell(args.data.clone(), app.signer.clone(), app.stop.clone()));
    serve_with(followers, app, house.anchor.clone(), listener, asked).await
}

/// Reads a payment configuration; key paths in it are relative to its folder.
pub fn read_payments(path: &Path) -> anyhow::Result<PaymentConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let mut config: PaymentConfig = toml::from_str(&text).with_context(|| format!("{} has a mistake", path.display()))?;
    config.resolve(path.parent().unwrap_or(Path::new(".")));
    Ok(config)
}

/// Puts the rooms of the one restaurant together.
pub fn app(house: &House, around: Surroundings<'_>) -> anyhow::Result<Arc<App>> {
    rooms(&house.store, &house.keys, around)
}

/// What a restaurant is served with.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Where it is reached from outside.
    pub public_url: &'a str,
    /// The channels in service.
    pub payments: &'a PaymentConfig,
    /// Where a person pays as a diner would; only against the simulator.
    pub demo_wallet: Option<String>,
    /// The proxy in front, if there is one.
    pub trusted_proxy: Option<IpAddr>,
    /// Figures of the whole program.
    pub metrics: PrometheusHandle,
    /// The cloud whose word counts here, if the restaurant belongs to one.
    pub cloud: Option<CloudTrust>,
}

impl<'a> Surroundings<'a> {
    /// Those of a program that serves one restaurant, which belongs to no cloud.
    pub fn new(public_url: &'a str, payments: &'a PaymentConfig) -> anyhow::Result<Surroundings<'a>> {
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().context("metrics")?;
        Ok(Surroundings { public_url, payments, demo_wallet: None, trusted_proxy: None, metrics, cloud: None })
    }
}

/// Puts the rooms of a restaurant together.
pub fn rooms(store: &Store, keys: &HouseKeys, around: Surroundings<'_>) -> anyhow::Result<Arc<App>> {
    let Surroundings { public_url, payments, demo_wallet, trusted_proxy, metrics, cloud } = around;
    let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
    let (mut wechat_login, mut alipay_login) = (None, None);
    if let Some(wechat) = &payments.wechat {
        channels.push(Arc::new(WechatPay::new(wechat, payments.simulator, pay::system_clock()).context("WeChat Pay")?));
        // A house without a mini-program takes WeChat Pay by codes alone.
        if wechat.app_secret.is_some() {
            wechat_login = Some(WechatLogin::new(wechat, payments.simulator).context("WeChat sign-in")?);
        }
    }
    if let Some(alipay) = &payments.alipay {
        let alipay = Arc::new(Alipay::new(alipay, payments.simulator, pay::system_clock()).context("Alipay")?);
        channels.push(alipay.clone());
        alipay_login = Some(alipay);
    }
    let public_url = public_url.trim_end_matches('/').to_owned();
    let notify_base = format!("{public_url}/channels");
    let desk = Desk::new(DeskSetup { store: store.clone(), channels, notify_base });
    let signer = Arc::new(Signer::new(&keys.signing()?));
    let printers = PrintDesk::new(store.clone(), public_url.clone(), link_signer(signer.clone(), store.id()));
    Ok(Arc::new(App {
        store: store.clone(),
        wechat_login,
        alipay_login,
        public_url,
        trusted_proxy,
        signer,
        pepper: keys.pepper()?,
        crowd: Crowd::default(),
        lockout: Lockout::default(),
        hub: Hub::new(store.clone(), desk.clone(), printers.clone(), demo_wallet.clone()),
        printers,
        desk,
        demo_wallet,
        metrics,
        cloud,
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    }))
}

/// Makes the paths behind the codes that slips carry; the print desk knows where the house is reached.
fn link_signer(signer: Arc<Signer>, store: StoreId) -> Box<dyn Fn(SlipLink) -> Option<String> + Send + Sync> {
    Box::new(move |link| match link {
        SlipLink::Pay(session) => Some(format!("/p/{}", pay_code(&signer, store, Payable { session, share: None }))),
        SlipLink::Table(session) => Some(format!("/t/{}", party_code(&signer, store, session))),
        SlipLink::Queue(_) => None,
    })
}

/// Serves until `until` is over, then lets connections end, stops the workers and the writers, snapshots, and notes how far the
/// journal has come.
pub async fn serve(
    app: Arc<App>,
    anchor: Arc<Keeper>,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    serve_with(axum::Router::new(), app, anchor, listener, until).await
}

/// The same, with more addresses beside the house's own.
pub async fn serve_with(
    more: axum::Router,
    app: Arc<App>,
    anchor: Arc<Keeper>,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let workers = TaskTracker::new();
    workers.spawn(app.desk.clone().run(app.stop.clone()));
    workers.spawn(app.printers.clone().run(app.stop.clone()));
    workers.spawn(app.hub.clone().run(app.stop.clone()));
    workers.spawn(Releases::new(app.store.clone()).run(app.stop.clone()));
    workers.spawn(keep_figures_small(app.clone()));
    workers.spawn(anchor.clone().run(app.stop.clone()));
    let lost = Arc::new(AtomicBool::new(false));
    workers.spawn({
        let (app, lost) = (app.clone(), lost.clone());
        async move { lost.store(app.end_when_lost().await, Ordering::Relaxed) }
    });
    let stop = app.stop.clone();
    let service = api::router(app.clone()).merge(more).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown({
        let stop = stop.clone();
        async move {
            until.await;
            stop.cancel();
        }
    });
    let mut serving = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut serving => ended??,
        () = async { stop.cancelled().await; tokio::time::sleep(FAREWELL).await } => serving.abort(),
    }
    app.stop.cancel();
    app.tasks.close();
    workers.close();
    let _ = tokio::time::timeout(FAREWELL, async { tokio::join!(app.tasks.wait(), workers.wait()) }).await;
    app.store.stop().await;
    if lost.load(Ordering::Relaxed) {
        anyhow::bail!(
            "another server has taken this restaurant over, or its journal can't be written any more; this one has stopped"
        );
    }
    anchor.note_last().await;
    Ok(())
}

/// Sums up what was measured, again and again: without it every sample is kept until somebody asks for the figures.
pub async fn keep_figures_small(app: Arc<App>) {
    let mut beat = tokio::time::interval(SUM_UP_EVERY);
    while app.stop.run_until_cancelled(beat.tick()).await.is_some() {
        app.metrics.run_upkeep();
        app.crowd.forget_the_quiet();
    }
}

/// Is over when the operator or the supervisor wants the server to stop. From the call on no such wish is missed.
pub fn shutdown_asked() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("no way to hear Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("no way to hear the supervisor")?;
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}
