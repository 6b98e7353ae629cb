//! Who the simulated merchant and channels are: ids with `SIM` in them, and keys made here.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
// For making keys only. The `rsa` crate's private-key operations leak timing (RUSTSEC-2023-0071, no fixed
// release), so every signature is ring's; ring in turn cannot make RSA keys.
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
};
use serde::{Deserialize, Serialize};

use crate::{
    certificates,
    crypto::{Pair, random_text, sha256},
};

pub(crate) const APP_ID: &str = "wxSIM00000000000001";
pub(crate) const MCH_ID: &str = "SIM1900000109";
pub(crate) const ALIPAY_APP_ID: &str = "SIM2021000000000001";
pub(crate) const SELLER_ID: &str = "SIM2088000000000001";
/// WeChat Pay's key ids; two, so that a change of keys can be played.
pub(crate) const PLATFORM_SERIALS: [&str; 2] = ["PUB_KEY_ID_SIM0000000000000001", "PUB_KEY_ID_SIM0000000000000002"];

const MARKER: &str = "made-by-channel-sim.json";
const MERCHANT_KEY: &str = "merchant_key.pem";
const PLATFORM_KEYS: [&str; 2] = ["wechat_platform_1_key.pem", "wechat_platform_2_key.pem"];
const PLATFORM_PUBLIC: [&str; 2] = ["wechat_platform_1_public.pem", "wechat_platform_2_public.pem"];
const ALIPAY_APP_KEY: &str = "alipay_app_key.pem";
const ALIPAY_KEY: &str = "alipay_platform_key.pem";
const ALIPAY_PUBLIC: &str = "alipay_platform_public.pem";
const PLATFORM_CERTS: [&str; 2] = ["wechat_platform_1_cert.pem", "wechat_platform_2_cert.pem"];
const MERCHANT_CERT: &str = "merchant_cert.pem";
const API_V2_KEY: &str = "api_v2_key.txt";
const CA: &str = "simulator_ca.pem";
const TLS_CERT: &str = "tls_server_cert.pem";
const TLS_KEY: &str = "tls_server_key.pem";

/// What the shop's server is given.
#[derive(Clone, Debug)]
pub struct MerchantFiles {
    /// The folder.
    pub dir: PathBuf,
    /// `merchant.toml`, in the shape of the server's payment section.
    pub config: PathBuf,
}

/// Proof that the keys in a folder were made here, and the secrets that go with them.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    note: String,
    merchant_serial: String,
    api_v3_key: String,
    app_secret: String,
    #[serde(default)]
    api_v2_key: String,
    #[serde(default)]
    platform_cert_serials: Vec<String>,
    /// SHA-256 of every key file.
    files: BTreeMap<String, String>,
}

/// Everything that signs, opens and names.
#[derive(Debug)]
pub(crate) struct Identity {
    pub merchant: Pair,
    pub platform: [Pair; 2],
    pub alipay_app: Pair,
    pub alipay: Pair,
    pub merchant_serial: String,
    pub api_v3_key: String,
    pub app_secret: String,
    pub api_v2_key: String,
    /// Serial numbers and PEM texts of WeChat Pay's certificates; they are over the same keys, the other way round,
    /// so that whoever takes the wrong one of key and certificate sees it fail.
    pub platform_certs: [(String, String); 2],
    /// For the TLS listener: the authority, the server's certificate and its key.
    pub tls: [String; 3],
}

impl Identity {
    /// Which of WeChat Pay's four signers signs now: two public keys, then two certificates.
    pub(crate) fn signer_now(&self, by_cert: bool, key_changes: usize) -> usize {
        key_changes % 2 + if by_cert { 2 } else { 0 }
    }

    /// The signer with this serial number.
    pub(crate) fn signer_named(&self, serial: &str) -> Option<usize> {
        (0..4).find(|signer| self.signer(*signer).0 == serial)
    }

    /// A signer's serial number and key.
    pub(crate) fn signer(&self, signer: usize) -> (&str, &Pair) {
        match signer {
            0 => (PLATFORM_SERIALS[0], &self.platform[0]),
            1 => (PLATFORM_SERIALS[1], &self.platform[1]),
            2 => (&self.platform_certs[0].0, &self.platform[1]),
            _ => (&self.platform_certs[1].0, &self.platform[0]),
        }
    }

    /// Loads the folder's identity, or makes one in a new folder.
    ///
    /// # Errors
    /// A folder with keys that were not made here, or were changed since.
    pub(crate) fn open(dir: &Path, light: bool) -> anyhow::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        let marker_path = dir.join(MARKER);
        if !marker_path.exists() {
            ensure!(
                fs::read_dir(dir)?.next().is_none(),
                "{} is not empty and was not made by the simulator; give it a folder of its own",
                dir.display()
            );
            make(dir)?;
        }
        let mut marker: Marker = serde_json::from_str(&fs::read_to_string(&marker_path)?)
            .with_context(|| format!("{} is damaged", marker_path.display()))?;
        if marker.api_v2_key.is_empty() {
            certify(dir, &mut marker)?;
            if light {
                lighten(dir, &mut marker)?;
            }
        }
        let read = |name: &str| {
            let path = dir.join(name);
            fs::read_to_string(&path).with_context(|| format!("{}", path.display()))
        };
        let load = |name: &str| -> anyhow::Result<Pair> {
            let pem = read(name)?;
            if marker.files.get(name) != Some(&sha256(pem.as_bytes())) {
                bail!("{} was not made by the simulator: never give it a real key", dir.join(name).display());
            }
            Pair::from_pem(&pem)
        };
        let [first, second] = marker.platform_cert_serials.as_slice() else {
            bail!("{} is damaged", marker_path.display());
        };
        Ok(Self {
            merchant: load(MERCHANT_KEY)?,
            platform: [load(PLATFORM_KEYS[0])?, load(PLATFORM_KEYS[1])?],
            alipay_app: load(ALIPAY_APP_KEY)?,
            alipay: load(ALIPAY_KEY)?,
            merchant_serial: marker.merchant_serial,
            api_v3_key: marker.api_v3_key,
            platform_certs: [(first.clone(), read(PLATFORM_CERTS[0])?), (second.clone(), read(PLATFORM_CERTS[1])?)],
            tls: [read(CA)?, read(TLS_CERT)?, read(TLS_KEY)?],
            app_secret: marker.app_secret,
            api_v2_key: marker.api_v2_key,
        })
    }

    /// Writes `merchant.toml` for the address of this run.
    pub(crate) fn write_merchant(&self, dir: &Path, base: &str, v2_base: &str) -> anyhow::Result<MerchantFiles> {
        let config = dir.join("merchant.toml");
        write_private(&config, &self.merchant_toml(dir, base, v2_base))?;
        Ok(MerchantFiles { dir: dir.to_owned(), config })
    }

    /// What the shop's server is given, for the channels at `base`.
    pub(crate) fn merchant_toml(&self, dir: &Path, base: &str, v2_base: &str) -> String {
        // Whole paths, wherever the reader of the file stands.
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let path = |name: &str| format!("{:?}", dir.join(name).display().to_string());
        format!(
            r#"# The simulator's merchant: made by the simulator, good for nothing else.
simulator = true

[wechat]
base_url = "{base}"
api_base = "{base}"
app_id = "{APP_ID}"
mch_id = "{MCH_ID}"
merchant_serial = "{}"
merchant_key_pem = {}
api_v3_key = "{}"
app_secret = "{}"
code_pay = "v3"
[[wechat.verify_keys]]
serial = "{}"
pem = {}
[[wechat.verify_keys]]
serial = "{}"
pem = {}
[wechat.v2]
base_url = "{v2_base}"
api_key = {}
client_cert_pem = {}
client_key_pem = {}
ca_pem = {}

[alipay]
gateway = "{base}/gateway.do"
app_id = "{ALIPAY_APP_ID}"
seller_id = "{SELLER_ID}"
app_key_pem = {}
alipay_public_key_pem = {}
"#,
            self.merchant_serial,
            path(MERCHANT_KEY),
            self.api_v3_key,
            self.app_secret,
            PLATFORM_SERIALS[0],
            path(PLATFORM_PUBLIC[0]),
            PLATFORM_SERIALS[1],
            path(PLATFORM_PUBLIC[1]),
            path(API_V2_KEY),
            path(MERCHANT_CERT),
            path(MERCHANT_KEY),
            path(CA),
            path(ALIPAY_APP_KEY),
            path(ALIPAY_PUBLIC),
        )
    }
}

/// Makes five key pairs, two at a time, and seals the folder with a marker written last.
fn make(dir: &Path) -> anyhow::Result<()> {
    let names = [MERCHANT_KEY, PLATFORM_KEYS[0], PLATFORM_KEYS[1], ALIPAY_APP_KEY, ALIPAY_KEY];
    let keys: Vec<RsaPrivateKey> = std::thread::scope(|scope| {
        let makers: Vec<_> = names.iter().map(|_| scope.spawn(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048))).collect();
        makers
            .into_iter()
            .map(|maker| Ok(maker.join().map_err(|_| anyhow::anyhow!("key making failed"))??))
            .collect::<anyhow::Result<_>>()
    })?;
    let mut files = BTreeMap::new();
    for (name, key) in names.iter().zip(&keys) {
        // Alipay's tools hand out PKCS#1, WeChat Pay's PKCS#8.
        let pem = if *name == ALIPAY_APP_KEY { key.to_pkcs1_pem(LineEnding::LF)? } else { key.to_pkcs8_pem(LineEnding::LF)? };
        write_private(&dir.join(name), &pem)?;
        files.insert((*name).to_owned(), sha256(pem.as_bytes()));
    }
    for (name, key) in [(PLATFORM_PUBLIC[0], 1), (PLATFORM_PUBLIC[1], 2), (ALIPAY_PUBLIC, 4)] {
        let pem = keys[key].to_public_key().to_public_key_pem(LineEnding::LF)?;
        write_private(&dir.join(name), &pem)?;
    }
    let marker = Marker {
        note: "Keys of the payment-channel simulator. They protect nothing.".to_owned(),
        merchant_serial: format!("51{:0>38}", random_text(32)?).to_uppercase(),
        api_v3_key: random_text(32)?,
        app_secret: random_text(32)?,
        api_v2_key: String::new(),
        platform_cert_serials: Vec::new(),
        files,
    };
    write_private(&dir.join(MARKER), &serde_json::to_string_pretty(&marker)?)
}

/// Adds what came later than the keys: certificates over them, and the APIv2 key.
fn certify(dir: &Path, marker: &mut Marker) -> anyhow::Result<()> {
    let read = |name: &str| fs::read_to_string(dir.join(name)).with_context(|| name.to_owned());
    let (merchant, first, second) = (read(MERCHANT_KEY)?, read(PLATFORM_KEYS[0])?, read(PLATFORM_KEYS[1])?);
    // The other way round; see `Identity::platform_certs`.
    let made = certificates::make(&merchant, &marker.merchant_serial, MCH_ID, &[&second, &first])?;
    marker.api_v2_key = random_text(32)?;
    for (name, text) in [
        (CA, &made.ca),
        (TLS_CERT, &made.server),
        (TLS_KEY, &made.server_key),
        (MERCHANT_CERT, &made.merchant),
        (PLATFORM_CERTS[0], &made.platform[0].1),
        (PLATFORM_CERTS[1], &made.platform[1].1),
        (API_V2_KEY, &marker.api_v2_key),
    ] {
        write_private(&dir.join(name), text)?;
    }
    marker.platform_cert_serials = made.platform.into_iter().map(|(serial, _)| serial).collect();
    write_private(&dir.join(MARKER), &serde_json::to_string_pretty(marker)?)
}

/// Puts light keys in the place of the RSA ones. The certificates stay as they are.
fn lighten(dir: &Path, marker: &mut Marker) -> anyhow::Result<()> {
    let pairs = [
        (MERCHANT_KEY, None),
        (PLATFORM_KEYS[0], Some(PLATFORM_PUBLIC[0])),
        (PLATFORM_KEYS[1], Some(PLATFORM_PUBLIC[1])),
        (ALIPAY_APP_KEY, None),
        (ALIPAY_KEY, Some(ALIPAY_PUBLIC)),
    ];
    for (private, public) in pairs {
        let pem = Pair::light_pem()?;
        write_private(&dir.join(private), &pem)?;
        if let Some(public) = public {
            write_private(&dir.join(public), &pem)?;
        }
        marker.files.insert(private.to_owned(), sha256(pem.as_bytes()));
    }
    write_private(&dir.join(MARKER), &serde_json::to_string_pretty(marker)?)
}

/// Writes a whole file that only its owner can read, or none of it.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let partial = path.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&partial)
        .with_context(|| format!("{}", partial.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_merchants_file_names_whole_paths_even_where_the_folder_was_named_from_here() {
        let keys = tempfile::tempdir().unwrap();
        let identity = Identity::open(keys.path(), true).unwrap();
        let text = identity.merchant_toml(Path::new("data-demo/channels"), "http://127.0.0.1:1", "http://127.0.0.1:1");
        let files: Vec<&str> = text.lines().filter(|line| line.contains("data-demo")).collect();
        assert!(files.len() >= 8, "{text}");
        assert!(files.iter().all(|line| line.contains("= \"/")), "{text}");
    }
}
