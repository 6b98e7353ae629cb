//! WeChat Pay's platform certificates: fetched, opened with the key we share with the channel, several valid at once.
//!
//! # Source
//! pay.weixin.qq.com, 下载平台证书 (read 2026-11).

use std::sync::{PoisonError, atomic::Ordering};

use super::{
    call::{Call, REFRESH_PAUSE_MS, V3},
    sign,
    types::{CertificateItem, Certificates},
};
use crate::{
    crypto::{Certificate, open_aes_gcm},
    http::{LARGEST_ANSWER, QUERY_BUDGET},
    keys::KeySet,
    port::Outcome,
    time::ms_from_rfc3339,
    transport::WireMethod,
};

impl V3 {
    /// Fetches the certificates, unless that was done a moment ago or the channel has none for us.
    pub(super) async fn refresh_keys(&self) -> Outcome<()> {
        if !self.certificates || (self.clock)().saturating_sub(self.refreshed_at_ms.load(Ordering::SeqCst)) < REFRESH_PAUSE_MS {
            return Outcome::Succeeded(());
        }
        match self.refresh().await {
            Ok(()) => Outcome::Succeeded(()),
            Err(why) => Outcome::Unknown { why },
        }
    }

    /// Fetches the certificates and takes them over, all or none.
    ///
    /// The answer may be signed by a certificate that only it contains. That is sound: they are sealed with the key
    /// that only the channel and we know, and the signature then has to be one of theirs.
    pub(super) async fn refresh(&self) -> Result<(), String> {
        let call = Call {
            method: WireMethod::Get,
            target: "/v3/certificates",
            body: "",
            budget: QUERY_BUDGET,
            largest_answer: LARGEST_ANSWER,
        };
        let answer = self.send(call).await.map_err(|e| e.why)?;
        if answer.status != 200 {
            return Err(format!("HTTP {}", answer.status));
        }
        let now_ms = (self.clock)();
        let list: Certificates = serde_json::from_slice(&answer.body).map_err(|e| format!("unreadable answer: {e}"))?;
        let mut keys = self.configured.clone();
        keys.extend(&self.opened(&list.data, now_ms)?);
        sign::verify(&keys, &answer.headers, &answer.body, now_ms).map_err(|e| format!("not believed: {e}"))?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.refreshed_at_ms.store(now_ms, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn opened(&self, items: &[CertificateItem], now_ms: i64) -> Result<KeySet, String> {
        let mut keys = KeySet::default();
        for item in items.iter().filter(|item| is_valid(item, now_ms)) {
            let sealed = &item.encrypt_certificate;
            if sealed.algorithm != "AEAD_AES_256_GCM" {
                return Err("certificate sealed in another way".to_owned());
            }
            let key = self.api_v3_key.reveal().as_bytes();
            let pem = open_aes_gcm(key, sealed.nonce.as_bytes(), sealed.associated_data.as_bytes(), &sealed.ciphertext)
                .map_err(|e| format!("certificate {e}"))?;
            let pem = String::from_utf8(pem).map_err(|_| "certificate is no text".to_owned())?;
            let certificate = Certificate::from_pem(&pem).map_err(|e| format!("certificate {e}"))?;
            if !certificate.serial.eq_ignore_ascii_case(&item.serial_no) {
                return Err("certificate under another serial".to_owned());
            }
            keys.insert(item.serial_no.clone(), certificate.key);
        }
        Ok(keys)
    }
}

/// The old and the new certificate are valid side by side for a while.
fn is_valid(item: &CertificateItem, now_ms: i64) -> bool {
    let from = ms_from_rfc3339(&item.effective_time);
    let to = ms_from_rfc3339(&item.expire_time);
    from.is_some_and(|from| from <= now_ms) && to.is_some_and(|to| now_ms < to)
}
