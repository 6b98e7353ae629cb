//! The house's own secrets: one file, readable by its owner only, never part of the journal or its backups.

use anyhow::{Context, bail};
use domain::StoreId;
use ring::hmac;
use seal::NodeKey;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Where the secrets are, in the data folder.
const FILE: &str = "keys.toml";

/// Where a cloud keeps the secrets of stores that have brought their own, in its data folder.
const BROUGHT: &str = "stores";

/// Secrets of a restaurant, or of a cloud.
#[derive(Clone, Deserialize, Serialize)]
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
        keys.write(folder)?;
        Ok(keys)
    }

    /// Writes the secrets into a data folder that has none.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(toml::to_string(self)?.as_bytes())?;
        file.sync_all()?;
        Ok(())
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

    /// A store's secrets in a cloud: those it has brought, or else some that follow from the cloud's and tell nothing about them.
    pub fn of_store(&self, cloud_folder: &Path, store: StoreId) -> anyhow::Result<HouseKeys> {
        let brought = HouseKeys::brought(cloud_folder, store);
        if brought.join(FILE).exists() {
            return HouseKeys::read(&brought);
        }
        let part = |what: &str| anyhow::Ok(hex::encode(self.derived(&format!("{what} of {store}"))?));
        Ok(HouseKeys { signing: part("signing")?, pepper: part("pepper")? })
    }

    /// The folder for the secrets a store brings into a cloud.
    pub fn brought(cloud_folder: &Path, store: StoreId) -> std::path::PathBuf {
        cloud_folder.join(BROUGHT).join(store.to_string())
    }

    /// The key a cloud signs with what its stores' boxes must be able to check without it: receipts, and what head office wants.
    pub fn cloud_key(&self) -> anyhow::Result<NodeKey> {
        Ok(NodeKey::of_seed(self.derived("the cloud's key")?)?)
    }

    fn derived(&self, what: &str) -> anyhow::Result<[u8; 32]> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.signing()?), what.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Ok(bytes)
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
