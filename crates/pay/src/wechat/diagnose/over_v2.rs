//! Questions over API v2: a number that never existed proves the key, an empty document the certificate.

use std::collections::BTreeMap;

use super::{found, mend_first};
use crate::{
    diagnose::{Finding, Flaw, NEVER_USED, Step, What},
    http::{self, LARGEST_ANSWER, QUERY_BUDGET},
    text::for_log,
    transport::{Answer, NoAnswer, Transport, WireMethod, WireRequest},
    wechat::v2::{V2, xml},
};

pub(super) async fn examine(v2: &V2, has_certificate: bool) -> Vec<Finding> {
    let (key, binding) = key_and_binding(v2).await;
    let mut findings = vec![key, binding];
    if has_certificate {
        let (what, detail) = client_certificate(v2).await;
        findings.push(found(Step::ClientCertificate, what, detail));
    }
    findings
}

/// This question names the application as well, so its answer tells whether the two belong together.
async fn key_and_binding(v2: &V2) -> (Finding, Finding) {
    let key = |(what, detail): Flaw| (found(Step::V2Signature, what, detail), mend_first(Step::Binding));
    let fields = match v2.signed([("out_trade_no", NEVER_USED.to_owned())]) {
        Ok(fields) => fields,
        Err(why) => return key((What::Unexpected, why)),
    };
    let answer = match ask(v2, &*v2.plain, "/pay/orderquery", xml::write(&fields)).await {
        Ok(answer) => answer,
        Err(silence) => return key((What::NoAnswer, silence.why)),
    };
    let Ok(fields) = xml::read(&answer.body) else {
        return key((What::Unexpected, format!("HTTP {}", answer.status)));
    };
    match signed_by_key(v2, &fields) {
        Ok(()) => {
            let (what, detail) = binding(&fields);
            (found(Step::V2Signature, What::V2KeyRight, ""), found(Step::Binding, what, detail))
        }
        Err(flaw) => key(flaw),
    }
}

/// Both ways: the channel read our signature, and the key reads the channel's.
fn signed_by_key(v2: &V2, fields: &BTreeMap<String, String>) -> Result<(), Flaw> {
    let told = |name: &str| fields.get(name).map_or("", String::as_str);
    if told("return_code") != "SUCCESS" {
        let words = for_log(told("return_msg"));
        let what = if words.contains("签名") || words.contains("SIGN") { What::V2KeyWrong } else { What::Unexpected };
        return Err((what, words));
    }
    if told("err_code") == "SIGNERROR" {
        return Err((What::V2KeyWrong, for_log(told("err_code_des"))));
    }
    match v2.sign_type.verifies(fields, v2.key.reveal()) {
        true => Ok(()),
        false => Err((What::AnswerForged, "v2".to_owned())),
    }
}

fn binding(fields: &BTreeMap<String, String>) -> Flaw {
    let told = |name: &str| fields.get(name).map_or("", String::as_str);
    let what = match told("err_code").replace('_', "").as_str() {
        "ORDERNOTEXIST" | "" => What::BindingRight,
        "APPIDNOTEXIST" => What::AppUnknown,
        "APPIDMCHIDNOTMATCH" => What::AppNotBound,
        "MCHIDNOTEXIST" => What::MerchantUnknown,
        "SYSTEMERROR" | "FREQUENCYLIMITED" => What::ChannelBusy,
        _ => What::Unexpected,
    };
    (what, for_log(&format!("{} {}", told("err_code"), told("err_code_des"))))
}

/// Nothing is asked for: a host that answers in XML let the certificate in.
async fn client_certificate(v2: &V2) -> Flaw {
    match ask(v2, &*v2.mutual, "/secapi/pay/reverse", "<xml></xml>".to_owned()).await {
        Ok(answer) if answer.status == 200 && xml::read(&answer.body).is_ok() => (What::ClientCertificateShown, String::new()),
        Ok(answer) => (What::ClientCertificateRefused, format!("HTTP {}", answer.status)),
        Err(silence) => (What::ClientCertificateRefused, silence.why),
    }
}

async fn ask(v2: &V2, transport: &dyn Transport, path: &str, body: String) -> Result<Answer, NoAnswer> {
    let mut url = v2.base.clone();
    url.set_path(path);
    let request = WireRequest {
        method: WireMethod::Post,
        url: url.into(),
        headers: vec![("Content-Type", "text/xml;charset=utf-8".to_owned())],
        body: body.into_bytes(),
        largest_answer: LARGEST_ANSWER,
    };
    http::send(transport, request, QUERY_BUDGET).await
}
