//! `GET /v3/certificates`: the platform certificates, each encrypted with the APIv3 key.

use serde_json::{Value, json};

use super::{Answer, refuse};
use crate::{
    certificates::VALID,
    crypto::{random_text, seal},
    sim::Sim,
};

/// The certificate in use, and after a change of keys also the one before.
pub(super) fn list(sim: &Sim) -> Answer {
    let in_use = sim.key_changes() % 2;
    let shown = if sim.key_changes() == 0 { vec![in_use] } else { vec![in_use, 1 - in_use] };
    let listed: anyhow::Result<Vec<Value>> = shown.into_iter().map(|i| entry(sim, i)).collect();
    match listed {
        Ok(data) => Ok((200, json!({ "data": data }))),
        Err(error) => {
            tracing::error!(%error, "cannot encrypt a certificate");
            refuse(500, "SYSTEM_ERROR", "系统异常")
        }
    }
}

fn entry(sim: &Sim, i: usize) -> anyhow::Result<Value> {
    let (serial, pem) = &sim.identity.platform_certs[i];
    let nonce = random_text(12)?;
    let ciphertext = seal(&sim.identity.api_v3_key, &nonce, "certificate", pem)?;
    Ok(json!({
        "serial_no": serial,
        "effective_time": VALID[0],
        "expire_time": VALID[1],
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": ciphertext,
        },
    }))
}
