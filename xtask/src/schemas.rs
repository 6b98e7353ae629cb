//! What is generated from the server's types: the OpenAPI document and from it the TypeScript client.

use crate::npm;
use crate::sh::{self, Log};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const DOCUMENT: &str = "docs/openapi.json";
const CLIENT: &str = "packages/client/src/api.ts";

/// Writes both anew.
pub fn write() -> Result<()> {
    let root = sh::root();
    let log = Log::start(root.join("target/xtask-logs/schemas/schemas.log"), Instant::now() + Duration::from_secs(1800))?;
    println!("building the server …");
    log.run(sh::command("cargo", &root).args(["build", "--locked", "-p", "dandan"]))
        .with_context(|| format!("the output is in {}", log.path.display()))?;
    fs::write(root.join(DOCUMENT), document()?).with_context(|| format!("can't write {DOCUMENT}"))?;
    npm::install(&log, "packages/client")?;
    generate(&log, &root.join(DOCUMENT), &root.join(CLIENT))?;
    println!("wrote {DOCUMENT} and {CLIENT}");
    Ok(())
}

/// Fails when the committed document isn't what the built server describes.
pub fn check_document() -> Result<()> {
    let committed = fs::read_to_string(sh::root().join(DOCUMENT)).unwrap_or_default();
    same(DOCUMENT, &committed, &document()?)
}

/// Fails when the committed client isn't what the committed document yields.
pub fn check_client(log: &Log) -> Result<()> {
    let root = sh::root();
    let anew = root.join("target/xtask-logs/test/api.ts");
    generate(log, &root.join(DOCUMENT), &anew)?;
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    same(CLIENT, &read(&root.join(CLIENT)), &read(&anew))
}

fn document() -> Result<String> {
    let root = sh::root();
    let text = sh::output_of(sh::command(program(), &root).arg("openapi"))?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The server as the tests build it.
pub fn program() -> PathBuf {
    sh::root().join("target/debug/dandan")
}

fn generate(log: &Log, document: &Path, client: &Path) -> Result<()> {
    let folder = client.parent().context("the client lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let mut command = sh::command("node", &sh::root().join("packages/client"));
    command.arg("node_modules/openapi-typescript/bin/cli.js").arg(document).arg("--output").arg(client);
    log.run(command.args(["--alphabetize"]))
}

fn same(name: &str, committed: &str, made: &str) -> Result<()> {
    if committed == made {
        return Ok(());
    }
    let line = committed.lines().zip(made.lines()).take_while(|(a, b)| a == b).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").trim().to_owned();
    bail!(
        "{name} isn't what the server's types say; `cargo xtask schemas` writes it anew. Line {}:\n  committed: {}\n  now:       {}",
        line + 1,
        at(committed),
        at(made)
    )
}
