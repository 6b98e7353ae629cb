//! Alipay's part of the doctor: the two keys that are taken for one another, and a question without effect.

use serde::Serialize;

use super::{
    Alipay, AlipayConfig,
    sign::raw_answer,
    types::{BillAsk, ByNumber, RefundQuery, Status},
};
use crate::{
    diagnose::{
        Finding, Flaw, NEVER_USED, Part, Step, What, chain, clock_finding,
        files::{is_pair, name, private_key, public_key},
        reach, skew_s,
    },
    http::{self, QUERY_BUDGET},
    time::{Clock, beijing_yesterday},
    transport::{Answer, HttpTransport},
};

const QUERY: &str = "alipay.trade.query";
const REFUND_QUERY: &str = "alipay.trade.fastpay.refund.query";
const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";
/// The gateway repeats the text it verified, which is what tells two signers apart.
const LONGEST_WORDS: usize = 600;

fn found(step: Step, what: What, detail: impl Into<String>) -> Finding {
    Finding::new(Part::Alipay, step, what, detail)
}

fn mend_first(step: Step) -> Finding {
    found(step, What::MendFirst, "")
}

/// Examines the application.
pub(crate) async fn examine(config: &AlipayConfig, simulator: bool, clock: &Clock) -> Vec<Finding> {
    let mut findings = files(config, simulator);
    let ready = if findings.iter().any(Finding::is_wrong) {
        None
    } else {
        match Alipay::new(config, simulator, clock.clone()) {
            Ok(alipay) => Some(alipay),
            Err(error) => {
                findings.push(found(Step::Settings, What::ConfigRefused, chain(&error)));
                None
            }
        }
    };
    let (host, skew) = host(config, simulator, clock).await;
    let ready = ready.filter(|_| !host.is_wrong());
    findings.push(host);
    match ready {
        Some(alipay) => findings.extend(calls(&alipay, skew).await),
        None => findings
            .extend([Step::Clock, Step::RequestSignature, Step::AnswerSignature, Step::RefundQuery, Step::Bills].map(mend_first)),
    }
    findings
}

async fn host(config: &AlipayConfig, simulator: bool, clock: &Clock) -> (Finding, Option<i64>) {
    match HttpTransport::new(!simulator) {
        Ok(transport) => reach(Part::Alipay, Step::Host, &config.gateway, &transport, clock).await,
        Err(error) => (found(Step::Host, What::NoConnection, chain(&error)), None),
    }
}

fn files(config: &AlipayConfig, simulator: bool) -> Vec<Finding> {
    let ours = private_key(&config.app_key_pem, simulator);
    let app_key = match &ours {
        Ok((_, form)) => found(Step::AppKey, What::KeyRight, form.clone()),
        Err((what, detail)) => found(Step::AppKey, *what, detail.clone()),
    };
    let place = name(&config.alipay_public_key_pem);
    let alipays = match public_key(&config.alipay_public_key_pem, simulator) {
        Ok(public) if ours.as_ref().is_ok_and(|(key, _)| is_pair(key, &public.key)) => (What::OwnKeyForAlipay, place),
        Ok(_) => (What::PlatformKeyRight, place),
        Err(flaw) => flaw,
    };
    vec![app_key, found(Step::AlipayKey, alipays.0, alipays.1)]
}

async fn calls(alipay: &Alipay, skew: Option<i64>) -> Vec<Finding> {
    let mut skews: Vec<i64> = skew.into_iter().collect();
    let asked = ask(alipay, QUERY, &ByNumber { out_trade_no: NEVER_USED }).await;
    if let Ok(answer) = &asked {
        skews.extend(skew_s(answer, (alipay.gateway.clock)()));
    }
    let (request, signature) = match &asked {
        Ok(answer) => both_signatures(alipay, answer),
        Err(why) => ((What::NoAnswer, why.clone()), (What::MendFirst, String::new())),
    };
    let accepted = request.0 == What::RequestAccepted && signature.0 != What::AlipayKeyWrong;
    let mut findings = vec![clock_finding(Part::Alipay, &skews), found(Step::RequestSignature, request.0, request.1)];
    findings.push(found(Step::AnswerSignature, signature.0, signature.1));
    if accepted {
        findings.extend([refund_query(alipay).await, bills(alipay).await]);
    } else {
        findings.extend([Step::RefundQuery, Step::Bills].map(mend_first));
    }
    findings
}

async fn ask(alipay: &Alipay, method: &str, biz: &impl Serialize) -> Result<Answer, String> {
    let gateway = &alipay.gateway;
    let form = gateway.signed_form(method, biz, Default::default())?;
    http::send(&*gateway.transport, gateway.request(form), QUERY_BUDGET).await.map_err(|silence| silence.why)
}

/// Our signature, as the gateway saw it, and the gateway's, as we see it.
fn both_signatures(alipay: &Alipay, answer: &Answer) -> (Flaw, Flaw) {
    let Some((status, signature)) = read(alipay, QUERY, answer) else {
        return ((What::Unexpected, format!("HTTP {}", answer.status)), (What::MendFirst, String::new()));
    };
    let request = match status.plain_sub_code() {
        "TRADE_NOT_EXIST" => (What::RequestAccepted, status.sub_code.clone()),
        "isv.invalid-signature" => (What::AlipaySignatureRefused, words(&status)),
        "isv.invalid-timestamp" => (What::ClockWrong, words(&status)),
        "isv.invalid-app-id" | "isv.missing-app-id" => (What::AppUnknown, words(&status)),
        code if code.contains("insufficient") => (What::NotAllowed, words(&status)),
        "SYSTEM_ERROR" | "isp.unknow-error" | "aop.unknow-error" | "isv.app-call-limited" => (What::ChannelBusy, words(&status)),
        _ => (What::Unexpected, words(&status)),
    };
    (request, signature)
}

/// The node's codes, and whether Alipay's key signed it.
fn read(alipay: &Alipay, method: &str, answer: &Answer) -> Option<(Status, Flaw)> {
    let raw = raw_answer(&answer.body, method)?;
    let status: Status = serde_json::from_str(raw.node).ok()?;
    let what = match raw.sign {
        Some(sign) if alipay.gateway.alipay_key.verifies(raw.node.as_bytes(), sign) => What::AnswerVerified,
        Some(_) => What::AlipayKeyWrong,
        None => What::AnswersUnsigned,
    };
    Some((status, (what, String::new())))
}

async fn refund_query(alipay: &Alipay) -> Finding {
    let biz = RefundQuery { out_trade_no: NEVER_USED, out_request_no: NEVER_USED, query_options: ["gmt_refund_pay"] };
    let (what, detail) = permission(alipay, REFUND_QUERY, ask(alipay, REFUND_QUERY, &biz).await, &["TRADE_NOT_EXIST"]);
    found(Step::RefundQuery, what, detail)
}

async fn bills(alipay: &Alipay) -> Finding {
    let Some(day) = beijing_yesterday((alipay.gateway.clock)()) else {
        return found(Step::Bills, What::ClockWrong, "");
    };
    let biz = BillAsk { bill_type: "trade", bill_date: day.to_string() };
    let nothing = ["BILL_NOT_EXIST", "NO_BILL_DATA", "BILL_DATE_BEFORE_REGISTRATION"];
    let (what, detail) = permission(alipay, BILL, ask(alipay, BILL, &biz).await, &nothing);
    found(Step::Bills, what, detail)
}

/// Whether we may ask this at all. That there is nothing to be had is a yes.
fn permission(alipay: &Alipay, method: &str, asked: Result<Answer, String>, nothing: &[&str]) -> Flaw {
    let answer = match asked {
        Ok(answer) => answer,
        Err(why) => return (What::NoAnswer, why),
    };
    let Some((status, _)) = read(alipay, method, &answer) else {
        return (What::Unexpected, format!("HTTP {}", answer.status));
    };
    let what = match (status.code.as_str(), status.plain_sub_code()) {
        ("10000", _) => return (What::Allowed, String::new()),
        (_, code) if nothing.contains(&code) => return (What::Allowed, status.sub_code.clone()),
        ("40006", _) => What::NotAllowed,
        (_, code) if code.contains("insufficient") => What::NotAllowed,
        ("20000" | "40005", _) | (_, "SYSTEM_ERROR" | "UNKNOWN_ERROR") => What::ChannelBusy,
        _ => What::Unexpected,
    };
    (what, words(&status))
}

/// The codes and the gateway's words, without control characters.
fn words(status: &Status) -> String {
    let Status { code, msg: _, sub_code, sub_msg } = status;
    format!("{code} {sub_code} {sub_msg}").chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect()
}
