//! What the channel's answers to the doctor's questions mean.

use super::found;
use crate::{
    diagnose::{Finding, Flaw, Mark, Step, What, clock_finding},
    keys::KeySet,
    port::NoticeRefused,
    transport::Answer,
    wechat::{
        call::{Refusal, is_signed},
        sign,
    },
};

/// The code, and the words with the number that the channel's support asks for.
pub(super) fn words(refusal: &Refusal) -> String {
    format!("{} {} {}", refusal.status, refusal.written_code(), refusal.words())
}

/// The answer to a query of a number that never existed.
pub(super) fn to_probe(refusal: &Refusal) -> Flaw {
    let what = match (refusal.status, refusal.code.as_str()) {
        _ if refusal.is_not_found() => What::RequestAccepted,
        (401, _) => refused_signature(&refusal.words()),
        (403, "NOAUTH") => What::NotAllowed,
        (400, "MCHNOTEXISTS") => What::MerchantUnknown,
        (429 | 500.., _) => What::ChannelBusy,
        _ => What::Unexpected,
    };
    let detail = if what == What::RequestAccepted { refusal.written_code() } else { words(refusal) };
    (what, detail)
}

/// Which part of the signature is the likely one. The channel's words are a hint for a person, and only that.
fn refused_signature(words: &str) -> What {
    match words {
        _ if words.contains("序列号") || words.contains("serial") => What::MerchantSerialRefused,
        _ if words.contains("商户号") || words.contains("mchid") => What::MerchantUnknown,
        _ if words.contains("timestamp") || words.contains("时间") => What::ClockWrong,
        _ => What::SignatureRefused,
    }
}

/// Behind a clock that is wrong no other reason for a refused signature is looked for.
pub(super) fn blame_the_clock(request: Finding, skews: &[i64]) -> Finding {
    let clock = clock_finding(request.part, skews);
    if request.what == What::SignatureRefused && clock.mark() == Mark::Wrong {
        return Finding { what: What::ClockWrong, ..request };
    }
    request
}

/// Whether we may ask this at all. That there is nothing to be had is a yes.
pub(super) fn permission(status: u16, refusal: &Refusal) -> Flaw {
    const NOTHING_THERE: [&str; 4] = ["NOSTATEMENTEXIST", "NOBILLEXIST", "STATEMENTCREATING", "BILLCREATING"];
    let what = match (status, refusal.code.as_str()) {
        (200, _) => return (What::Allowed, String::new()),
        _ if refusal.is_not_found() => return (What::Allowed, refusal.written_code()),
        (400..=499, code) if NOTHING_THERE.contains(&code) => return (What::Allowed, refusal.written_code()),
        (403, "NOAUTH") => What::NotAllowed,
        (401, _) => What::SignatureRefused,
        (429 | 500.., _) => What::ChannelBusy,
        _ => What::Unexpected,
    };
    (what, words(refusal))
}

/// Whether what was signed was signed by a key we hold. The clock is another step, so a signed time is taken as it is.
pub(super) fn signature(keys: &KeySet, heard: &[Answer]) -> Finding {
    let mut finding = found(Step::AnswerSignature, What::AnswersUnsigned, "");
    for answer in heard.iter().filter(|answer| is_signed(answer)) {
        let serial = answer.header("Wechatpay-Serial").unwrap_or_default();
        let signed_ms = answer.header("Wechatpay-Timestamp").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default() * 1000;
        let (what, detail) = match sign::verify(keys, &answer.headers, &answer.body, signed_ms) {
            Ok(()) => (What::AnswerVerified, crate::text::for_log(serial)),
            Err(NoticeRefused::UnknownSerial(serial)) => (What::UnknownSerial, serial),
            Err(refused) => (What::AnswerForged, format!("{}: {refused}", crate::text::for_log(serial))),
        };
        finding = found(Step::AnswerSignature, what, detail);
        if finding.is_wrong() {
            break;
        }
    }
    finding
}
