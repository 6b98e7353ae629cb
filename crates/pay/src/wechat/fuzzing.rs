//! WeChat Pay's words behind the signature, for the fuzzing targets.

use serde::de::DeserializeOwned;

use super::{
    notice,
    types::{BillPlace, Certificates, CodeUrl, ErrorBody, H5Url, PrepayId, Refund, ReverseAnswer, Transaction},
};
use crate::{
    keys::Secret,
    port::{Notice, NoticeBody, NoticeRefused},
};

const MCH_ID: &str = "1900000109";

/// A notice whose signature was good.
pub fn notice(body: &[u8]) -> Result<Notice, NoticeRefused> {
    notice::meaning(&Secret::new("0123456789abcdef0123456789abcdef"), MCH_ID, body)
}

/// What was encrypted in a notice.
pub fn notice_inside(event_type: &str, plain: &[u8]) -> Result<NoticeBody, NoticeRefused> {
    notice::inside(event_type, plain, MCH_ID)
}

/// Reads a body as every kind of answer of API v3.
pub fn answers(body: &[u8]) {
    let _ = ErrorBody::read(body).plain_code();
    let _ = serde_json::from_slice::<Transaction>(body).map(Transaction::state);
    let _ = serde_json::from_slice::<Refund>(body).map(Refund::state);
    reads::<Certificates>(body);
    reads::<BillPlace>(body);
    reads::<ReverseAnswer>(body);
    reads::<PrepayId>(body);
    reads::<CodeUrl>(body);
    reads::<H5Url>(body);
}

fn reads<T: DeserializeOwned>(body: &[u8]) {
    let _ = serde_json::from_slice::<T>(body);
}
