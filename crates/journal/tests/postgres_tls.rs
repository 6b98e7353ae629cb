//! The way to the database over TLS: only with a certificate that is trusted, for the server's name.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use journal::{Database, Journal, PostgresJournal, PostgresOptions, contract::floor, contract::group};
use pg_temp::{PgOptions, PgTemp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore};

/// An authority, and a certificate it gave for these names.
struct Authority {
    trust: Arc<ClientConfig>,
    certificate: String,
    key: String,
}

fn authority(names: &[&str]) -> Authority {
    let mut about = CertificateParams::default();
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(about, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let given = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    Authority { trust: Arc::new(config), certificate: given.pem(), key: key.serialize_pem() }
}

/// What became of opening a journal there.
async fn open(url: &str, trust: &Arc<ClientConfig>) -> Result<PostgresJournal, String> {
    let secured = Database::read(url).unwrap().secured(trust.clone());
    match secured {
        Ok(database) => PostgresJournal::open(database, PostgresOptions::default()).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.to_string()),
    }
}

#[tokio::test]
async fn what_is_meant_to_be_sealed_is_sealed_or_not_sent() {
    let (ours, another, elsewhere) = (authority(&["127.0.0.1"]), authority(&["127.0.0.1"]), authority(&["db.elsewhere"]));
    let pg = PgTemp::start_secured(PgOptions::default(), &ours.certificate, &ours.key);
    let url = format!("{}?sslmode=verify-full", pg.database());

    let journal = open(&url, &ours.trust).await.unwrap();
    journal.append(group(floor(1), 0, &[(1, 1)])).await.unwrap();
    assert_eq!(journal.head(floor(1)).await.unwrap().seq, 1);
    let sealed = "SELECT count(*), count(*) FILTER (WHERE s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
        WHERE a.application_name = 'dandan journal'";
    let told = pg.psql(sealed);
    let (all, secure) = told.trim().split_once('|').unwrap();
    assert!(all == secure && all.parse::<u32>().unwrap() >= 2, "{told}");

    let refused = open(&url, &another.trust).await.unwrap_err();
    assert!(refused.contains("certificate is not trusted"), "{refused}");
    let contradiction = open(&format!("{}?sslmode=disable", pg.url()), &ours.trust).await.unwrap_err();
    assert!(contradiction.contains("mistake"), "{contradiction}");

    let misnamed = PgTemp::start_secured(PgOptions::default(), &elsewhere.certificate, &elsewhere.key);
    let refused = open(&misnamed.url(), &elsewhere.trust).await.unwrap_err();
    assert!(refused.contains("must be for the name in the URL"), "{refused}");

    // Who doesn't ask for it is served as before.
    PostgresJournal::connect(&pg.url(), PostgresOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_told_at_once() {
    let began = std::time::Instant::now();
    let refused = open(&PgTemp::shared().url(), &authority(&["127.0.0.1"]).trust).await.unwrap_err();
    assert!(refused.contains("the server has no TLS"), "{refused}");
    assert!(began.elapsed() < PostgresOptions::default().connect_for, "it was tried again");
}
