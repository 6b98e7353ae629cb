//! The house's own secrets: one file, readable by its owner only, never part of the journal or its backups.

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Where the secrets are, in the data folder.
const FILE: &str = "keys.toml";

/// Secrets of a restaurant.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HouseKeys {
    signing: String,
    pepper: String,
}

impl std::fmt::Debug for HouseKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HouseKeys(…)")
    }
}

impl HouseKeys {
    /// Reads the secrets in a data folder, making them at its first start.
    pub fn open(folder: &Path) -> anyhow::Result<HouseKeys> {
        let path = folder.join(FILE);
        if path.exists() {
            return HouseKeys::read(folder);
        }
        let keys = HouseKeys { signing: random()?, pepper: random()? };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(toml::to_string(&keys)?.as_bytes())?;
        file.sync_all()?;
        Ok(keys)
    }

    /// Reads the secrets of a house that was set up: there must be some.
    pub fn read(folder: &Path) -> anyhow::Result<HouseKeys> {
        let path = folder.join(FILE);
        let about = fs::metadata(&path)
            .with_context(|| format!("{} is missing; put it back from where it was kept beside the backups", path.display()))?;
        if about.permissions().mode() & 0o077 != 0 {
            bail!("{} can be read by others; run: chmod 600 {}", path.display(), path.display());
        }
        // What is wrong is not told in the parser's words: they quote the line, and it is a secret.
        toml::from_str(&fs::read_to_string(&path)?).map_err(|_| anyhow::anyhow!("{} has a mistake", path.display()))
    }

    /// The key that signs tokens and table codes.
    pub fn signing(&self) -> anyhow::Result<[u8; 32]> {
        let bytes = hex::decode(&self.signing).context("keys.toml: signing is not hexadecimal")?;
        bytes.try_into().map_err(|_| anyhow::anyhow!("keys.toml: signing must be 32 bytes"))
    }

    /// What PINs are mixed with before they are hashed.
    pub fn pepper(&self) -> anyhow::Result<Vec<u8>> {
        hex::decode(&self.pepper).context("keys.toml: pepper is not hexadecimal")
    }
}

fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}
