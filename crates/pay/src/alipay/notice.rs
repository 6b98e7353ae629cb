//! Reads Alipay's notices: a form whose every parameter is signed, whether we know it or not.
//!
//! There is no time window here: Alipay repeats the same signed notice for 25 hours, and a late one is
//! as true as an early one. Repeats are the caller's to recognise.

use std::collections::BTreeMap;

use super::sign::{NoticeForm, read_notice_form};
use crate::{
    crypto::VerifyingKey,
    money::from_yuan,
    port::{Notice, NoticeBody, NoticeRefused, Paid},
    text::for_log,
    time::ms_from_beijing_text,
};

/// No genuine notice comes near this.
const LARGEST: usize = 64 * 1024;

/// Verifies and reads one notice.
pub(super) fn read(key: &VerifyingKey, body: &[u8]) -> Result<Notice, NoticeRefused> {
    if body.len() > LARGEST {
        return Err(NoticeRefused::TooLarge);
    }
    let NoticeForm { params, signed } = read_notice_form(body)?;
    let sign = field(&params, "sign")?;
    // Pinned: the notice may not choose SHA-1 for itself.
    if field(&params, "sign_type")? != "RSA2" {
        return Err(NoticeRefused::WrongMethod);
    }
    if !key.verifies(&signed, sign) {
        return Err(NoticeRefused::BadSignature);
    }
    Ok(Notice { id: field(&params, "notify_id")?.to_owned(), body: meaning(&params)? })
}

/// What a notice with a good signature says.
pub(super) fn meaning(params: &BTreeMap<String, String>) -> Result<NoticeBody, NoticeRefused> {
    let Some(status) = params.get("trade_status") else {
        let kind = params.get("notify_type").map_or("", String::as_str);
        return Ok(NoticeBody::Other { kind: for_log(kind) });
    };
    let attempt_no = || field(params, "out_trade_no").map(str::to_owned);
    let refunded =
        told(params, "gmt_refund") || told(params, "out_biz_no") || params.get("refund_fee").is_some_and(|fee| !is_nothing(fee));
    match status.as_str() {
        // refund_fee is a running total, so such a notice proves that something moved, not what.
        "TRADE_SUCCESS" | "TRADE_FINISHED" | "TRADE_CLOSED" if refunded => {
            Ok(NoticeBody::Refund { attempt_no: attempt_no()?, refund_no: params.get("out_biz_no").cloned(), state: None })
        }
        "TRADE_SUCCESS" | "TRADE_FINISHED" => paid(params).map(NoticeBody::Paid),
        "TRADE_CLOSED" => Ok(NoticeBody::Closed { attempt_no: attempt_no()? }),
        other => Ok(NoticeBody::Other { kind: for_log(other) }),
    }
}

fn told(params: &BTreeMap<String, String>, name: &str) -> bool {
    params.get(name).is_some_and(|value| !value.is_empty())
}

/// Some payments are told with a refund of nothing.
fn is_nothing(yuan: &str) -> bool {
    yuan.bytes().all(|b| b == b'0' || b == b'.')
}

fn paid(params: &BTreeMap<String, String>) -> Result<Paid, NoticeRefused> {
    let amount = from_yuan(field(params, "total_amount")?).map_err(|_| NoticeRefused::Unreadable("total_amount"))?;
    let paid_at = params.get("gmt_payment").map_or_else(|| field(params, "notify_time"), |text| Ok(text.as_str()))?;
    Ok(Paid {
        channel_txn: field(params, "trade_no")?.to_owned(),
        amount,
        currency: "CNY".to_owned(),
        merchant: field(params, "seller_id")?.to_owned(),
        app: field(params, "app_id")?.to_owned(),
        attempt_no: field(params, "out_trade_no")?.to_owned(),
        paid_at_ms: ms_from_beijing_text(paid_at).ok_or(NoticeRefused::Unreadable("gmt_payment"))?,
        payer: params.get("buyer_open_id").or_else(|| params.get("buyer_id")).cloned(),
    })
}

fn field<'a>(params: &'a BTreeMap<String, String>, name: &'static str) -> Result<&'a str, NoticeRefused> {
    params.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or(NoticeRefused::Missing(name))
}
