//! The house's own secrets: one file, readable by its owner only, never part of the journal or its backups.

use anyhow::{Context, bail};
use domain::StoreId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use seal::NodeKey;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Where the secrets are, in the data folder.
const FILE: &str = "keys.toml";

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

    /// The same, where they may be there already from an act that was cut short.
    pub fn write_once(&self, folder: &Path) -> anyhow::Result<()> {
        if !folder.join(FILE).exists() {
            return self.write(folder);
        }
        let there = HouseKeys::read(folder)?;
        let same = (there.signing, there.pepper) == (self.signing.clone(), self.pepper.clone());
        anyhow::ensure!(same, "there are other keys in {} already", folder.display());
        Ok(())
    }

    /// Reads the secrets as the file has them.
    pub fn of_text(text: &str) -> anyhow::Result<HouseKeys> {
        let keys: HouseKeys = toml::from_str(text).map_err(|_| anyhow::anyhow!("these are no keys of a house"))?;
        keys.signing()?;
        keys.pepper()?;
        Ok(keys)
    }

    /// The secrets of a store that was set up in this cloud: they follow from the cloud's and tell nothing about them.
    pub fn of_store(&self, store: StoreId) -> anyhow::Result<HouseKeys> {
        let part = |what: &str| anyhow::Ok(hex::encode(self.derived(&format!("{what} of {store}"))?));
        Ok(HouseKeys { signing: part("signing")?, pepper: part("pepper")? })
    }

    /// Locks a secret away, so that it may stand in the database.
    pub fn lock(&self, what: &str, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let mut locked = secret.to_vec();
        let sealed = self.lock_of(what)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut locked);
        sealed.map_err(|_| anyhow::anyhow!("a secret can't be locked away"))?;
        Ok([&nonce[..], &locked].concat())
    }

    /// What was locked away.
    pub fn unlock(&self, what: &str, locked: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (nonce, sealed) = locked.split_at_checked(NONCE_LEN).context("this is no locked secret")?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow::anyhow!("this is no locked secret"))?;
        let open = self.lock_of(what)?.open_in_place(nonce, Aad::empty(), &mut sealed).map(|open| open.to_vec());
        open.map_err(|_| anyhow::anyhow!("a secret was locked away with other keys; is keys.toml the one of this cloud?"))
    }

    fn lock_of(&self, what: &str) -> anyhow::Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.derived(&format!("lock of {what}"))?);
        Ok(LessSafeKey::new(key.map_err(|_| anyhow::anyhow!("no lock can be made"))?))
    }

    /// The key a cloud signs with what its stores' boxes must be able to check without it: receipts, and what head office wants.
    pub fn cloud_key(&self) -> anyhow::Result<NodeKey> {
        Ok(NodeKey::of_seed(self.derived("the cloud's key")?)?)
    }

    /// What head office mixes into its people's PINs for this store: a cloud's secret, which it tells the store's box.
    pub fn staff_pepper(&self, store: StoreId) -> anyhow::Result<Vec<u8>> {
        Ok(self.derived(&format!("staff pepper of {store}"))?.to_vec())
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> HouseKeys {
        HouseKeys { signing: random().unwrap(), pepper: random().unwrap() }
    }

    #[test]
    fn what_is_locked_away_only_the_same_keys_open_and_only_for_what_it_was() {
        let keys = keys();
        let locked = keys.lock("a PIN", b"4711").unwrap();
        assert!(!locked.windows(4).any(|part| part == b"4711"));
        assert_eq!(keys.unlock("a PIN", &locked).unwrap(), b"4711");
        assert!(keys.unlock("another thing", &locked).is_err());
        assert!(super::tests::keys().unlock("a PIN", &locked).is_err());
        assert!(keys.unlock("a PIN", &locked[..5]).is_err());
        assert_ne!(keys.lock("a PIN", b"4711").unwrap(), locked, "never the same twice");
    }

    #[test]
    fn each_store_has_secrets_of_its_own() {
        let keys = keys();
        let (one, other) = (keys.of_store(StoreId(1)).unwrap(), keys.of_store(StoreId(2)).unwrap());
        assert_ne!(one.signing, other.signing);
        assert_ne!(one.pepper, other.pepper);
        assert_eq!(one.signing, keys.of_store(StoreId(1)).unwrap().signing);
        assert_ne!(keys.staff_pepper(StoreId(1)).unwrap(), one.pepper().unwrap());
    }
}
