//! The one place where the cloud's database is reached: for the journal and for the nodes' book alike.

use anyhow::Context;
use journal::{Database, PostgresJournal, PostgresOptions};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the database is, and whom to believe that it is the one.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseArgs {
    /// The database: `postgres://user:password@host,standby/name?target_session_attrs=read-write`. With `sslmode=verify-full` (or
    /// `require`, which checks as much) nothing is sent without TLS.
    #[arg(long, env = "DANDAN_POSTGRES", hide_env_values = true)]
    pub postgres: String,
    /// The certificate of the authority that signed the database's (PEM); then nothing is sent without TLS. Without it the
    /// authorities this machine trusts count.
    #[arg(long, env = "DANDAN_POSTGRES_CA")]
    pub postgres_ca: Option<PathBuf>,
}

impl DatabaseArgs {
    /// Reads them. Nobody is connected to yet.
    ///
    /// # Errors
    /// The URL has a mistake, or the certificates can't be read.
    pub fn read(&self) -> anyhow::Result<Database> {
        let database = Database::read(&self.postgres).context("--postgres")?;
        let trust = match &self.postgres_ca {
            Some(file) => trusting(file)?,
            None if database.asks_for_tls() => ClientConfig::with_platform_verifier()
                .context("this machine trusts nobody; name an authority with --postgres-ca")?,
            None => return Ok(database),
        };
        database.secured(Arc::new(trust)).context("--postgres")
    }

    /// Opens the journal there.
    ///
    /// # Errors
    /// As [`DatabaseArgs::read`]; and whatever keeps the journal from being opened.
    pub async fn journal(&self) -> anyhow::Result<PostgresJournal> {
        Ok(PostgresJournal::open(self.read()?, PostgresOptions::default()).await?)
    }
}

/// Only what these certificates have signed.
fn trusting(file: &Path) -> anyhow::Result<ClientConfig> {
    let about = || format!("{} can't be used as --postgres-ca", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).with_context(about)? {
        roots.add(certificate.with_context(about)?).with_context(about)?;
    }
    anyhow::ensure!(!roots.is_empty(), "{}: there is no certificate in it", about());
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
