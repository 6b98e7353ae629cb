//! The bench of many stores runs, and the program reaches its database over TLS or not at all.

use crate::world::Server;
use pg_temp::{PgOptions, PgTemp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::process::Command;

async fn dandan(words: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dandan"));
    command.args(words).env("DANDAN_DATA", folder).env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bench_of_many_stores_measures_everything() {
    let url = tokio::task::spawn_blocking(|| PgTemp::shared().database()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("figures.json");
    // Nobody listens there: nodes serve without hints until NATS is there.
    let words = ["bench", "--quick", "chain", "--postgres", &url, "--nats", "nats://127.0.0.1:9", "--out", out.to_str().unwrap()];
    let ran = dandan(&words, folder.path()).await;
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));

    let figures: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let fanout = figures["fanout"].as_array().unwrap();
    assert_eq!(fanout.iter().map(|run| run["nats"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
    assert!(fanout.iter().all(|run| run["orders"] == 30 && run["max_ms"].as_f64().unwrap() > 0.0), "{fanout:?}");
    let sockets = &figures["sockets"];
    assert_eq!(sockets["sockets"], 200);
    assert!(sockets["opened_per_s"].as_f64().unwrap() > 1.0 && sockets["kib_each"].as_f64().unwrap() > 0.0, "{sockets}");
    let link = &figures["link"];
    assert!(link["events"].as_u64().unwrap() >= 2_500 && link["events_per_s"].as_f64().unwrap() > 1.0, "{link}");
    for shape in figures["events"].as_array().unwrap() {
        assert!(shape["journal"]["events_per_s"].as_f64().unwrap() > 1.0, "{shape}");
        assert!(shape["journal"]["server_us_per_event"].as_f64().is_some(), "the database's server was not found: {shape}");
    }

    // What is in it is somebody's, from now on.
    let again = dandan(&["bench", "--quick", "chain", "--only", "events", "--postgres", &url], folder.path()).await;
    assert!(String::from_utf8_lossy(&again.stderr).contains("wants one of its own"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_reached_over_tls_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, another) = (authority(folder.path(), "ours"), authority(folder.path(), "another"));
    let (certificate, key, ca) = (ours.certificate, ours.key, ours.file);
    let pg = tokio::task::spawn_blocking(move || {
        let pg = PgTemp::start_secured(PgOptions::default(), &certificate, &key);
        let url = pg.database();
        (pg, url)
    });
    let (pg, url) = pg.await.unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo");
    let (house, menu) = (format!("{root}/house.toml"), format!("{root}/menu.csv"));
    let sealed = format!("{url}?sslmode=require");
    let add = async |url: &str, more: &[&str]| {
        let words = [&["cloud", "add-store", "--house", &house, "--menu", &menu, "--postgres", url], more].concat();
        let ran = dandan(&words, folder.path()).await;
        (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    let (added, why) = add(&sealed, &["--postgres-ca", &ca]).await;
    assert!(added, "{why}");

    let mut node = Command::new(env!("CARGO_BIN_EXE_dandan"));
    node.args(["cloud", "serve", "--listen", "127.0.0.1:0", "--postgres", &sealed, "--postgres-ca", &ca]);
    node.env("DANDAN_DATA", folder.path()).env("NO_COLOR", "1").env("DANDAN_LOG", "info").stdin(Stdio::null()).kill_on_drop(true);
    let mut node = Server::run(node).await;
    let (pg, told) = tokio::task::spawn_blocking(move || {
        let sealed = "SELECT DISTINCT a.application_name, s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
            WHERE a.application_name LIKE 'dandan%'";
        let told = pg.psql(sealed);
        (pg, told)
    })
    .await
    .unwrap();
    // The journal connects when it is needed.
    assert!(told.contains("dandan-book|t") && !told.contains("|f"), "{told}");
    node.terminate().await;

    // Who names an authority means TLS, also where the URL doesn't say so.
    let (added, why) = add(&url, &["--postgres-ca", &ca]).await;
    assert!(added, "{why}");
    for (url, more, due) in [
        (&sealed, &["--postgres-ca", &another.file][..], "certificate is not trusted"),
        (&sealed, &[], "certificate is not trusted"),
        (&sealed, &["--postgres-ca", "/nowhere.pem"], "/nowhere.pem can't be used"),
        (&sealed, &["--postgres-ca", &house], "no certificate in it"),
    ] {
        let (added, why) = add(url, more).await;
        assert!(!added && why.contains(due), "{url} {more:?}: {why}");
    }
    drop(pg);
}

/// An authority's certificate in a file, and a certificate it gave for this machine.
struct Authority {
    file: String,
    certificate: String,
    key: String,
}

fn authority(folder: &Path, name: &str) -> Authority {
    let mut about = CertificateParams::default();
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(about, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let given = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let file = folder.join(format!("{name}.pem"));
    std::fs::write(&file, issuer.pem()).unwrap();
    Authority { file: file.to_str().unwrap().to_owned(), certificate: given.pem(), key: key.serialize_pem() }
}
