//! Reads WeChat Pay's notices: signature first, then decryption, and only then meaning.

use super::{
    sign,
    types::{Envelope, Refund, Transaction},
};
use crate::{
    crypto::open_aes_gcm,
    keys::{KeySet, Secret},
    port::{Notice, NoticeBody, NoticeRefused},
    text::for_log,
};

/// No genuine notice comes near this.
const LARGEST: usize = 64 * 1024;

/// Verifies, decrypts and reads one notice for our merchant number.
pub(super) fn read(
    keys: &KeySet,
    api_v3_key: &Secret,
    mch_id: &str,
    headers: &[(String, String)],
    body: &[u8],
    now_ms: i64,
) -> Result<Notice, NoticeRefused> {
    if body.len() > LARGEST {
        return Err(NoticeRefused::TooLarge);
    }
    sign::verify(keys, headers, body, now_ms)?;
    meaning(api_v3_key, mch_id, body)
}

/// What a notice with a good signature says.
pub(super) fn meaning(api_v3_key: &Secret, mch_id: &str, body: &[u8]) -> Result<Notice, NoticeRefused> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| NoticeRefused::Unreadable("envelope"))?;
    if envelope.resource.algorithm != "AEAD_AES_256_GCM" {
        return Err(NoticeRefused::WrongMethod);
    }
    let plain = open_aes_gcm(
        api_v3_key.reveal().as_bytes(),
        envelope.resource.nonce.as_bytes(),
        envelope.resource.associated_data.as_bytes(),
        &envelope.resource.ciphertext,
    )
    .map_err(|_| NoticeRefused::CannotDecrypt)?;
    Ok(Notice { body: inside(&envelope.event_type, &plain, mch_id)?, id: envelope.id })
}

/// What was encrypted.
pub(super) fn inside(event_type: &str, plain: &[u8], mch_id: &str) -> Result<NoticeBody, NoticeRefused> {
    match event_type {
        "TRANSACTION.SUCCESS" => payment(plain),
        "REFUND.SUCCESS" | "REFUND.ABNORMAL" | "REFUND.CLOSED" => refund(plain, mch_id),
        other => Ok(NoticeBody::Other { kind: for_log(other) }),
    }
}

fn payment(plain: &[u8]) -> Result<NoticeBody, NoticeRefused> {
    let transaction: Transaction = serde_json::from_slice(plain).map_err(|_| NoticeRefused::Unreadable("transaction"))?;
    if transaction.trade_state != "SUCCESS" {
        return Err(NoticeRefused::Unreadable("a success notice without success"));
    }
    transaction.paid().map(NoticeBody::Paid).ok_or(NoticeRefused::Unreadable("transaction without its numbers"))
}

/// A refund notice names the merchant but no application, so the merchant is compared here.
fn refund(plain: &[u8], mch_id: &str) -> Result<NoticeBody, NoticeRefused> {
    let refund: Refund = serde_json::from_slice(plain).map_err(|_| NoticeRefused::Unreadable("refund"))?;
    if refund.mchid.as_deref() != Some(mch_id) {
        return Err(NoticeRefused::Unreadable("refund of another merchant"));
    }
    let (attempt_no, refund_no) = (refund.out_trade_no.clone(), Some(refund.out_refund_no.clone()));
    Ok(NoticeBody::Refund { attempt_no, refund_no, state: refund.state() })
}
