//! HTTPS at the house's own door, for phones on its Wi-Fi: a certificate that is read again when it changes, and a door that slow
//! clients can't hold.

mod certificate;
mod door;
mod renewal;

use anyhow::Context;
use axum::Router;
use renewal::Certificate;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The port that `https://` links mean.
const HTTPS_PORT: u16 = 443;

/// How the house is reached over HTTPS.
#[derive(Debug, clap::Args)]
pub struct TlsArgs {
    /// The certificate and what leads from it to a known issuer (PEM), for HTTPS. It is read again when it changes.
    #[arg(long, env = "DANDAN_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "DANDAN_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Address to listen on for HTTPS, beside --listen.
    #[arg(long, default_value = "0.0.0.0:443", requires = "tls_cert")]
    pub tls_listen: SocketAddr,
}

/// A door that is open but lets nobody in yet.
#[derive(Debug)]
pub struct Secure {
    listener: TcpListener,
    certificate: Certificate,
}

/// What a certificate says of itself.
#[derive(Debug)]
pub struct Facts {
    /// For whom it is.
    pub names: Vec<String>,
    /// Whole days until it expires.
    pub days_left: i64,
}

impl TlsArgs {
    /// What the certificate says, if there is one.
    ///
    /// # Errors
    /// As [`Secure::open`].
    pub fn certificate(&self) -> anyhow::Result<Option<Facts>> {
        let (Some(chain), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        let certificate = Certificate::open(chain, key)?;
        Ok(Some(Facts { names: certificate.names(), days_left: certificate.days_left() }))
    }
}

impl Facts {
    /// Whether somebody should do something.
    pub fn is_short_lived(&self) -> bool {
        self.days_left < renewal::FEW_DAYS
    }

    /// Where the codes on tables lead, if the server listens on this port.
    pub fn link(&self, port: u16) -> Option<String> {
        link(&self.names, port)
    }
}

/// The first name that one could type, as an address.
fn link(names: &[String], port: u16) -> Option<String> {
    let name = names.iter().find(|name| !name.starts_with("*."))?;
    Some(if port == HTTPS_PORT { format!("https://{name}") } else { format!("https://{name}:{port}") })
}

impl Secure {
    /// Reads the certificate and listens; `None` where the house has no certificate.
    ///
    /// # Errors
    /// The pair can't be read, doesn't belong together or has expired; nobody can listen there.
    pub async fn open(args: &TlsArgs) -> anyhow::Result<Option<Secure>> {
        let (Some(chain), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
        let certificate = Certificate::open(chain, key)?;
        let at = args.tls_listen;
        let listener = TcpListener::bind(at).await.with_context(|| format!("can't listen on {at} for HTTPS"))?;
        let address = listener.local_addr()?;
        let names = certificate.names().join(",");
        tracing::info!(tls = %address, names, days_left = certificate.days_left(), "HTTPS is open");
        Ok(Some(Secure { listener, certificate }))
    }

    /// Where the links lead: the certificate's first name.
    ///
    /// # Errors
    /// The certificate is for no name that one could type.
    pub fn url(&self) -> anyhow::Result<String> {
        let names = self.certificate.names();
        let port = self.listener.local_addr()?.port();
        let only =
            || format!("the certificate is for {}: say which name phones use, with --public-url https://NAME", names.join(", "));
        link(&names, port).with_context(only)
    }

    /// Warns where links lead to a name that the certificate isn't for. It may be right: another machine answers to that name.
    pub fn compare(&self, public_url: &str) {
        let host = public_url.strip_prefix("https://").and_then(|rest| rest.split(['/', ':']).next());
        if !host.is_some_and(|host| self.certificate.is_for(host)) {
            let names = self.certificate.names().join(",");
            tracing::warn!(public_url, names, "links lead to a name that the certificate isn't for");
        }
    }

    /// Serves until `stop`, then lets connections end; meanwhile the certificate is read again when it changes.
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        let Secure { listener, certificate } = self;
        let config = certificate.config();
        tokio::join!(certificate.keep_fresh(stop.clone()), door::serve(listener, config, router, stop));
    }
}
