//! The door with TLS, where the merchant may show its certificate. WeChat Pay's v2 wants it for refunds and reverses.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::line::{CuttingListener, CuttingStream, Line};

/// A handshake that takes longer is nobody's.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// A listener whose connections have finished their handshake; one slow caller holds up nobody else.
#[derive(Debug)]
pub(crate) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<CuttingStream>, SocketAddr)>,
    addr: SocketAddr,
}

impl TlsListener {
    /// Takes the authority, the server's certificate and its key as PEM texts.
    pub(crate) fn new(listener: TcpListener, [ca, certificate, key]: &[String; 3]) -> anyhow::Result<Self> {
        let addr = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::new(config(ca, certificate, key)?));
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(accept(CuttingListener(listener), acceptor, sender));
        Ok(Self { ready, addr })
    }
}

/// A caller without a certificate is let in; what it may not call, it finds out there.
fn config(ca: &str, certificate: &str, key: &str) -> anyhow::Result<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let ca = CertificateDer::from_pem_slice(ca.as_bytes()).context("the simulator's authority")?;
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).context("the simulator's certificate")?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).context("the simulator's TLS key")?;
    let mut roots = RootCertStore::empty();
    roots.add(ca)?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).allow_unauthenticated().build()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)?;
    Ok(config)
}

/// Until nobody waits for connections any more.
async fn accept(
    mut listener: CuttingListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<CuttingStream>, SocketAddr)>,
) {
    loop {
        let (stream, addr) = tokio::select! {
            () = sender.closed() => return,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await {
                let _ = sender.send((stream, addr)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<CuttingStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The accepting task ends only after this listener is gone.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        let (plain, tls) = stream.io().get_ref();
        let mut line = plain.line.clone();
        line.certified = tls.peer_certificates().is_some_and(|shown| !shown.is_empty());
        line
    }
}
