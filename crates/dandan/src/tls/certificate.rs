//! A certificate and its key, as they lie in two files: proven to belong together and not to have expired.

use anyhow::{Context, anyhow, bail, ensure};
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::Arc;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;
use x509_cert::{Certificate, TbsCertificate};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// What two files hold.
pub(super) struct Files {
    chain: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate that may be shown to people.
#[derive(Debug)]
pub(super) struct Pair {
    pub key: Arc<CertifiedKey>,
    /// For whom it is: DNS names, `*.` first in one for many.
    pub names: Vec<String>,
    not_before: i64,
    not_after: i64,
}

impl Files {
    pub fn read(chain: &Path, key: &Path) -> anyhow::Result<Files> {
        let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} can't be read", path.display()));
        Ok(Files { chain: read(chain)?, key: read(key)? })
    }

    /// Tells these files from others.
    pub fn fingerprint(&self) -> Vec<u8> {
        let hash = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
        [hash(&self.chain).as_ref(), hash(&self.key).as_ref()].concat()
    }

    /// Takes them for a pair at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// They aren't PEM, don't belong together, are for nobody, or have expired. One that isn't valid *yet* is taken: after a power
    /// cut it is more often this machine's clock that is wrong, and phones have their own.
    pub fn pair(&self, now: i64) -> anyhow::Result<Pair> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&self.chain)
            .collect::<Result<_, _>>()
            .map_err(|error| anyhow!("the certificate is no PEM: {error}"))?;
        let Some(own) = chain.first().cloned() else { bail!("the certificate's file has no certificate in it") };
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| anyhow!("the key's file has no private key in PEM: {error}"))?;
        let parsed =
            Certificate::from_der(&own).map_err(|error| anyhow!("the certificate can't be read: {error}"))?.tbs_certificate;
        let names = names(&parsed);
        ensure!(!names.is_empty(), "the certificate is for no name (it has no DNS subjectAltName); browsers refuse it");
        let (not_before, not_after) = (seconds(parsed.validity.not_before), seconds(parsed.validity.not_after));
        ensure!(now < not_after, "the certificate of {} has expired ({}): renew it", names.join(", "), parsed.validity.not_after);
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, key, &provider)
            .context("the key isn't the certificate's, or of a kind nobody knows")?;
        Ok(Pair { key: Arc::new(key), names, not_before, not_after })
    }
}

impl Pair {
    /// Whole days until it has expired; negative after.
    pub fn days_left(&self, now: i64) -> i64 {
        (self.not_after - now).div_euclid(SECONDS_A_DAY)
    }

    pub fn is_valid_yet(&self, now: i64) -> bool {
        self.not_before <= now
    }

    pub fn is_for(&self, name: &str) -> bool {
        let Some(own) = self.key.cert.first() else { return false };
        let Ok(name) = ServerName::try_from(name.to_owned()) else { return false };
        ParsedCertificate::try_from(own).is_ok_and(|own| verify_server_name(&own, &name).is_ok())
    }
}

fn names(certificate: &TbsCertificate) -> Vec<String> {
    let Ok(Some((_, SubjectAltName(names)))) = certificate.get::<SubjectAltName>() else { return Vec::new() };
    let dns = |name: &GeneralName| if let GeneralName::DnsName(name) = name { Some(name.to_string()) } else { None };
    names.iter().filter_map(dns).collect()
}

fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}
