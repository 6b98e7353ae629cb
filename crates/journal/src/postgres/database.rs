//! Where a database is, and how the way there is secured.

use std::{fmt, sync::Arc};

use rustls::ClientConfig;
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Socket, config::SslMode, tls::TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{ConnectError, errors::words};

/// Modes of other clients that ask for a certificate to be checked. Here it always is.
const STRICTER: [&str; 2] = ["verify-full", "verify-ca"];

/// A database, as connections to it are made. Cheap to clone.
///
/// `sslmode=require` and the stricter modes mean the same: TLS, with a certificate of an authority that is trusted, for the name or
/// address in the URL. A URL that says `prefer` or nothing is taken to mean no TLS, unless [`Database::secured`] was told what to trust.
#[derive(Clone)]
pub struct Database {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("config", &self.config).field("tls", &self.tls.is_some()).finish()
    }
}

impl Database {
    /// Reads a `postgres://` URL, or `name=value` words.
    ///
    /// # Errors
    /// `Url` if it makes no sense.
    pub fn read(url: &str) -> Result<Database, ConnectError> {
        let config = plainer(url).parse().map_err(|error| ConnectError::Url(words(&error)))?;
        Ok(Database { config, tls: None })
    }

    /// Whether the URL asks for TLS.
    pub fn asks_for_tls(&self) -> bool {
        !matches!(self.config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer)
    }

    /// The same, over TLS and nothing else from now on; certificates are checked against `trust`.
    ///
    /// # Errors
    /// `Url` if the URL says `sslmode=disable`.
    pub fn secured(mut self, trust: Arc<ClientConfig>) -> Result<Database, ConnectError> {
        if self.config.get_ssl_mode() == SslMode::Disable {
            return Err(ConnectError::Url("sslmode=disable, and a certificate to check: one of them is a mistake".to_owned()));
        }
        self.config.ssl_mode(SslMode::Require);
        self.tls = Some(MakeRustlsConnect::new(ClientConfig::clone(&trust)));
        Ok(self)
    }

    /// The same, if it can be connected to as it is.
    ///
    /// # Errors
    /// `Url` if it asks for TLS and nobody said what to trust.
    pub fn usable(self) -> Result<Database, ConnectError> {
        match self.asks_for_tls() && self.tls.is_none() {
            true => Err(ConnectError::Url("sslmode asks for TLS, and nobody said which certificates to trust".to_owned())),
            false => Ok(self),
        }
    }

    /// What the URL says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same for changing, of everything but the way there.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// What makes connections secure, where they are.
    pub fn tls(&self) -> Option<MakeRustlsConnect> {
        self.tls.clone()
    }

    /// Connects. The connection ends with the client.
    ///
    /// # Errors
    /// The driver's.
    pub async fn connect(&self) -> Result<Client, Error> {
        match &self.tls {
            Some(tls) => self.config.connect(tls.clone()).await.map(driven),
            None => self.config.connect(NoTls).await.map(driven),
        }
    }
}

/// Has a connection driven until it ends.
fn driven<T: TlsStream + Unpin + Send + 'static>((client, connection): (Client, Connection<Socket, T>)) -> Client {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = words(&error), "a connection to PostgreSQL ended");
        }
    });
    client
}

/// The URL in words the driver knows: it has one strict mode.
fn plainer(url: &str) -> String {
    let from = if url.contains("://") { url.find('?').unwrap_or(url.len()) } else { 0 };
    let (where_it_is, how) = url.split_at(from);
    let plain = |how: String, mode| how.replace(&format!("sslmode={mode}"), "sslmode=require");
    where_it_is.to_owned() + &STRICTER.into_iter().fold(how.to_owned(), plain)
}

/// Why a connection can never come about by trying again: the certificate, or a server without TLS. In words for whoever set it up.
pub fn why_not_secure(error: &Error) -> Option<String> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(deeper) = source {
        let told = deeper.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref()).and_then(|told| told.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(why)) = told {
            return Some(format!(
                "the server's certificate is not trusted ({why:?}): it must be for the name in the URL, and of an authority that is trusted"
            ));
        }
        source = deeper.source();
    }
    words(error).contains("server does not support TLS").then(|| "the server has no TLS (ssl = off)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stricter_modes_are_the_strict_one() {
        let asks = |url: &str| Database::read(url).map(|database| database.asks_for_tls());
        for url in [
            "postgres://u@h/d?sslmode=require",
            "postgres://u@h/d?connect_timeout=3&sslmode=verify-full",
            "host=h user=u sslmode=verify-ca",
        ] {
            assert_eq!(asks(url), Ok(true), "{url}");
        }
        for url in ["postgres://u@h/d", "postgres://u@h/d?sslmode=disable", "host=h user=u sslmode=prefer"] {
            assert_eq!(asks(url), Ok(false), "{url}");
        }
        assert!(asks("postgres://u@h/d?sslmode=perhaps").is_err());
    }

    #[test]
    fn a_password_is_left_as_it_is() {
        let read = Database::read("postgres://u:sslmode=verify-ca@h/d")
            .map(|database| database.config.get_password().map(<[u8]>::to_vec));
        assert_eq!(read, Ok(Some(b"sslmode=verify-ca".to_vec())));
    }
}
