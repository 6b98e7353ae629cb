//! The box's end: dials, again and again, and answers what the cloud asks.

use super::{BEAT, KEPT, PEER, SILENCE, call_text, pipe};
use crate::cloud::Joined;
use crate::follow::act;
use anyhow::{Context, ensure};
use api::{CloudTrust, KeptSince, StaffPepper};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use domain::StoreId;
use futures::{SinkExt as _, StreamExt as _};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use seal::NodeKey;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// What a box remembers of its cloud, in the data folder.
const FILE: &str = "cloud.toml";
/// The box's own key, beside it.
pub const KEY: &str = "node.key";
/// Pauses between tries double from the first to the last, and are shortened by chance, so that boxes don't come back all at once.
const PAUSES_MS: (u64, u64) = (500, 30_000);
/// A call that lasted so long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(10);
/// How long a call may take to get through.
const PATIENCE: Duration = Duration::from_secs(10);

/// A box's cloud.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Where the cloud is reached, `https://…` without a path.
    pub url: String,
    /// The store the box serves there.
    pub store: StoreId,
    /// What it was told when it joined. A box that joined before there was anything to tell joins again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Joined>,
}

impl Membership {
    /// Whose word counts here although it can't be reached.
    pub fn trust(&self) -> Option<CloudTrust> {
        let told = self.told.as_ref()?;
        let staff_pepper = StaffPepper(hex::decode(&told.staff_pepper).ok()?);
        Some(CloudTrust { key: told.cloud_key, url: Some(self.url.clone()), staff_pepper })
    }

    /// Writes it into a data folder, for its owner alone: there is a secret in it.
    fn write(&self, folder: &Path) -> anyhow::Result<()> {
        act::keep_private(&folder.join(FILE), &toml::to_string(self)?)
    }

    /// Reads it from a data folder; nothing where the box has joined no cloud.
    pub fn read(folder: &Path) -> anyhow::Result<Option<Membership>> {
        match std::fs::read_to_string(folder.join(FILE)) {
            Ok(text) => Ok(Some(toml::from_str(&text).with_context(|| format!("{FILE} has a mistake"))?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{FILE} can't be read")),
        }
    }
}

/// Arguments of `dandan join`.
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
    /// The code from `dandan cloud invite`.
    code: String,
    /// Where the cloud is reached, `https://…` without a path.
    #[arg(long)]
    cloud: String,
    /// The restaurant's data folder.
    #[arg(long, env = "DANDAN_DATA", default_value = "data")]
    data: std::path::PathBuf,
}

/// Runs `dandan join`.
pub async fn run_join(args: JoinArgs) -> anyhow::Result<()> {
    let membership = join(&args.data, &args.cloud, &args.code).await?;
    println!("joined {} as store {}; start the server again", membership.url, membership.store);
    Ok(())
}

/// Makes a box known to its cloud, with a code from `dandan cloud invite`.
pub async fn join(folder: &Path, url: &str, code: &str) -> anyhow::Result<Membership> {
    let (store, _) = code.split_once('.').context("this is no code from `dandan cloud invite`")?;
    let mut membership = Membership {
        told: None,
        url: url.trim_end_matches('/').to_owned(),
        store: store.parse().map_err(|_| anyhow::anyhow!("this is no code from `dandan cloud invite`"))?,
    };
    std::fs::create_dir_all(folder)?;
    let path = folder.join(KEY);
    let key = if path.exists() {
        NodeKey::read(&path)?
    } else {
        let key = NodeKey::make()?;
        key.write(&path)?;
        key
    };
    let body = serde_json::json!({ "code": code, "public_key": key.public().to_string() });
    let to = format!("{}/box/{}/join", membership.url, membership.store);
    let answer = reqwest::Client::builder().timeout(PATIENCE).build()?.post(to).json(&body).send().await;
    let answer = answer.with_context(|| format!("{url} can't be reached"))?;
    let status = answer.status();
    ensure!(status.is_success(), "the cloud refused ({status}): {}", answer.text().await.unwrap_or_default());
    membership.told = Some(answer.json().await.context("this is no cloud of this version")?);
    membership.write(folder)?;
    Ok(membership)
}

/// Keeps the way open until told to stop.
pub async fn keep(folder: std::path::PathBuf, membership: Membership, router: Router, stop: CancellationToken) {
    let clock = pay::system_clock();
    let key = match NodeKey::read(&folder.join(KEY)) {
        Ok(key) => key,
        Err(error) => return tracing::error!(%error, "{KEY} can't be used; join the cloud again"),
    };
    let mut pause_ms = PAUSES_MS.0;
    loop {
        let began = tokio::time::Instant::now();
        let called = stop.run_until_cancelled(call(&membership, &key, &router, clock()));
        match called.await {
            None => return,
            Some(Ok(())) => tracing::warn!(url = membership.url, "the connection to the cloud is over"),
            Some(Err(error)) => tracing::warn!(url = membership.url, error = format!("{error:#}"), "the cloud can't be reached"),
        }
        metrics::gauge!("dandan_cloud_connected").set(0.0);
        pause_ms = if began.elapsed() > GOOD { PAUSES_MS.0 } else { (2 * pause_ms).min(PAUSES_MS.1) };
        let pause = Duration::from_millis(1 + chance() % pause_ms);
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

fn chance() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness all boxes pause alike; nothing worse.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

async fn call(membership: &Membership, key: &NodeKey, router: &Router, now_ms: i64) -> anyhow::Result<()> {
    let address = format!("{}/box/{}", membership.url.replacen("http", "ws", 1), membership.store);
    let mut request = address.as_str().into_client_request().context("the cloud's address has a mistake")?;
    let signature = hex::encode(key.sign(call_text(membership.store, now_ms).as_bytes()));
    request.headers_mut().insert(header::AUTHORIZATION, format!("Box {now_ms}.{signature}").parse()?);
    let host = request.uri().host().context("the cloud's address has no host")?.to_owned();
    let tls = request.uri().scheme_str() == Some("wss");
    let port = request.uri().port_u16().unwrap_or(if tls { 443 } else { 80 });
    let dialled = tokio::time::timeout(PATIENCE, TcpStream::connect((host.as_str(), port)));
    let tcp = dialled.await.context("no answer")??;
    tcp.set_nodelay(true)?;
    if tls {
        let stream = tokio::time::timeout(PATIENCE, secured(&host, tcp)).await.context("no TLS")??;
        serve(request, stream, router).await
    } else {
        serve(request, tcp, router).await
    }
}

async fn secured(host: &str, tcp: TcpStream) -> anyhow::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    use rustls_platform_verifier::ConfigVerifierExt as _;
    let config = rustls::ClientConfig::with_platform_verifier()?;
    let name = rustls::pki_types::ServerName::try_from(host.to_owned())?;
    Ok(tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await?)
}

async fn serve<S>(request: Request<()>, stream: S, router: &Router) -> anyhow::Result<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let opened = tokio::time::timeout(PATIENCE, tokio_tungstenite::client_async(request, stream));
    let (socket, _) = opened.await.context("no answer")?.context("the cloud refused the call")?;
    tracing::info!("connected to the cloud");
    metrics::gauge!("dandan_cloud_connected").set(1.0);
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(async |message| match message {
        Ok(Message::Binary(bytes)) => Some(Some(bytes)),
        Ok(Message::Close(_)) | Err(_) => Some(None),
        Ok(_) => None,
    });
    let incoming = Box::pin(incoming.take_while(|bytes| std::future::ready(bytes.is_some())).filter_map(std::future::ready));
    let outgoing = outgoing.with(async |bytes| Ok::<_, tokio_tungstenite::tungstenite::Error>(Message::Binary(bytes)));
    let io = TokioIo::new(pipe::over(incoming, Box::pin(outgoing)));
    let router = router.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        let peer = request.headers_mut().remove(PEER);
        if let Some(peer) = peer.and_then(|peer| peer.to_str().ok()?.parse::<SocketAddr>().ok()) {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let kept = request.headers_mut().remove(KEPT);
        if let Some(at_ms) = kept.and_then(|kept| kept.to_str().ok()?.parse::<i64>().ok()) {
            request.extensions_mut().insert(KeptSince(at_ms));
        }
        router.clone().oneshot(request)
    });
    let mut server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    server.timer(TokioTimer::new()).keep_alive_interval(BEAT).keep_alive_timeout(SILENCE);
    Ok(server.serve_connection(io, service).await?)
}
