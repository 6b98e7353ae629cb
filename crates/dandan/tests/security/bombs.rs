//! Files and bodies made to cost much: refused early, named, and without much memory or time.

use crate::world::{STORE, client, id, open, world};
use reqwest::Method;
use serde_json::json;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// What the importer says of a file, and how long and how much memory it took. Unit: KB.
async fn import(folder: &Path, name: &str, bytes: &[u8]) -> (bool, String) {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    let started = Instant::now();
    // 1 GB of addresses is what a small machine has; a bomb would want more.
    let mut command = Command::new("prlimit");
    command.args(["--as=1073741824", env!("CARGO_BIN_EXE_dandan"), "import", "menu", "--check"]).arg(&path);
    let ran = command.output().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{name}: {:?}", started.elapsed());
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!said.contains("panicked") && !said.contains("memory allocation"), "{name}: {said}");
    (ran.status.success(), said)
}

fn zip_of(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The template with a part of another content.
fn workbook_with(name: &str, content: Vec<u8>) -> Vec<u8> {
    let template = menu_file::template_xlsx().unwrap();
    let mut from = zip::ZipArchive::new(Cursor::new(template)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for n in 0..from.len() {
        let mut part = from.by_index(n).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.push((part.name().to_owned(), bytes));
    }
    parts.retain(|(part, _)| part != name);
    parts.push((name.to_owned(), content));
    zip_of(&parts.iter().map(|(name, content)| (name.as_str(), content.clone())).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn import_bombs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(import(folder, "good.xlsx", &menu_file::template_xlsx().unwrap()).await.0, "the template itself is taken");
    let billion = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"{}\">{}]><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>&j;</t></si></sst>",
        "ha".repeat(50),
        ('b'..='j')
            .map(|c| format!("<!ENTITY {c} \"{}\">", format!("&{};", char::from(c as u8 - 1)).repeat(10)))
            .collect::<String>()
    );
    let outside = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>&a;</t></si></sst>";
    let inner = zip_of(&[("zeros", vec![0; 30 << 20])]);
    let bombs: Vec<(&str, Vec<u8>)> = vec![
        ("zeros.xlsx", workbook_with("xl/zeros.bin", vec![0; 60 << 20])),
        ("deep.xlsx", workbook_with("xl/worksheets/sheet1.xml", format!("<a>{}", "<b>".repeat(2_000_000)).into_bytes())),
        ("many.xlsx", zip_of(&(0..30_000).map(|n| (&*format!("{n}").leak(), Vec::new())).collect::<Vec<_>>())),
        ("nested.xlsx", zip_of(&[("a.zip", inner)])),
        ("laughs.xlsx", workbook_with("xl/sharedStrings.xml", billion.into_bytes())),
        ("outside.xlsx", workbook_with("xl/sharedStrings.xml", outside.as_bytes().to_vec())),
        ("climbing.xlsx", zip_of(&[("../../../../tmp/climbed", b"x".to_vec()), ("/etc/climbed", b"x".to_vec())])),
        ("short.xlsx", menu_file::template_xlsx().unwrap()[..500].to_vec()),
        ("not-a-zip.xlsx", b"PK\x03\x04 and nothing".to_vec()),
        ("program.xlsx", b"\x7fELF\x02\x01\x01".to_vec()),
        ("rows.csv", "a,b,c\n".repeat(1_000_000).into_bytes()),
        ("large.csv", vec![b'a'; 9 << 20]),
        ("columns.csv", ",".repeat(4 << 20).into_bytes()),
        ("quote.csv", format!("\"{}", "x\n".repeat(2 << 20)).into_bytes()),
        ("zeros.csv", vec![0; 4 << 20]),
        ("menu.exe", b"a,b\n".to_vec()),
    ];
    for (name, bytes) in &bombs {
        let (taken, said) = import(folder, name, bytes).await;
        // What nobody reads harms nobody: the depth of a sheet that is only for people.
        assert!(!taken || *name == "deep.xlsx", "{name} was taken");
        assert!(!said.contains("root:") && (taken || !said.is_empty()) && said.len() < 4_000_000, "{name}: {said:.500}");
    }
    assert!(!Path::new("/tmp/climbed").exists() && !Path::new("/etc/climbed").exists());
}

/// Bodies: too large, too deep, packed. The server says no before it reads on, and serves the others meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_cost_much() {
    let world = world().await;
    let owner = world.staff("owner").await;
    let post = |path: &str| {
        let request = world.request(Method::POST, path, &owner).header("idempotency-key", id());
        request.header("content-type", "application/json")
    };
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    for (path, body, encoding) in [
        ("/menu", vec![b'['; 5 << 20], ""),
        ("/day/open", vec![b' '; 1 << 20], ""),
        ("/menu", format!("{{\"dishes\":{}", "[".repeat(1 << 20)).into_bytes(), ""),
        ("/menu", format!("{{\"a\":{}", "{\"a\":".repeat(1 << 18)).into_bytes(), ""),
        ("/day/open", format!("{{\"{}\":1}}", "a".repeat(200_000)).into_bytes(), ""),
        ("/day/open", format!("{{\"a\":{}}}", "9".repeat(200_000)).into_bytes(), ""),
        ("/day/open", packed.clone(), "gzip"),
        ("/menu", packed, "br"),
    ] {
        let request = post(path).body(body);
        let request = if encoding.is_empty() { request } else { request.header("content-encoding", encoding) };
        // A server that has heard enough may hang up while the rest still comes.
        let Ok(answer) = request.send().await else { continue };
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(matches!(status, 400 | 413 | 415), "{path}: {status} {text:.200}");
        assert!(text.len() < 2_000, "{path}: {} bytes of refusal", text.len());
    }
    world.join("a1").await;
}

/// One phone that orders without end is held back by the house's own bounds: portions, lines, the size of a check.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_spam() {
    let args = vec!["--trusted-proxy".to_owned(), "127.0.0.1".to_owned()];
    let world = open(crate::world::Plan { args, ..Default::default() }).await;
    let party = world.join("a1").await;
    let url = format!("{}/api/v1/stores/{STORE}/sessions/{}/quote", world.server.url, party.session);
    let http = client();
    let asks = (0..600).map(|_| {
        let request = http.post(&url).bearer_auth(&party.token).header("x-forwarded-for", "203.0.113.9");
        request.json(&json!({ "lines": [crate::world::select("rice", 1)] })).send()
    });
    let answers = futures::StreamExt::buffer_unordered(futures::stream::iter(asks), 64);
    let statuses: Vec<u16> =
        futures::StreamExt::collect(futures::StreamExt::map(answers, |a| a.unwrap().status().as_u16())).await;
    assert!(statuses.contains(&429) && statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    // Others are served meanwhile, also the staff and the channels.
    let other = http.get(format!("{}/api/v1/health", world.server.url)).header("x-forwarded-for", "203.0.113.10");
    assert_eq!(other.send().await.unwrap().status(), 200);
}
