//! WeChat Pay's part of the doctor: first what lies in our files, then what the channel says to questions without effect.

mod answers;
mod calls;
mod files;
mod over_v2;

use super::{CodePayApi, WechatConfig, WechatLogin, WechatPay};
use crate::{
    diagnose::{Finding, Part, Step, What, chain, reach},
    port::Outcome,
    time::Clock,
    transport::{HttpTransport, Transport},
};

/// The steps that need everything before them.
const CALLS: [Step; 7] = [
    Step::Clock,
    Step::RequestSignature,
    Step::AnswerSignature,
    Step::Certificates,
    Step::RefundQuery,
    Step::Bills,
    Step::Binding,
];

fn found(step: Step, what: What, detail: impl Into<String>) -> Finding {
    Finding::new(Part::Wechat, step, what, detail)
}

fn mend_first(step: Step) -> Finding {
    found(step, What::MendFirst, "")
}

/// Examines the merchant.
pub(crate) async fn examine(config: &WechatConfig, simulator: bool, clock: &Clock) -> Vec<Finding> {
    let mut findings = files::examine(config, simulator);
    let ready = if findings.iter().any(Finding::is_wrong) { None } else { ready(config, simulator, clock, &mut findings) };
    let (hosts, skews) = hosts(config, simulator, clock).await;
    // Any host will do: calls move on to the standby.
    let reached = hosts.iter().any(|host| !host.is_wrong());
    findings.extend(hosts);
    match ready.filter(|_| reached) {
        Some(pay) => {
            findings.extend(calls::examine(&pay, skews).await);
            findings.extend(code_pay(config, &pay).await);
            findings.push(sign_in(config, simulator).await);
        }
        None => {
            findings.extend(CALLS.map(mend_first));
            findings.push(mend_first(Step::SignIn));
        }
    }
    findings
}

/// The client, or why there is none although every file is in order.
fn ready(config: &WechatConfig, simulator: bool, clock: &Clock, findings: &mut Vec<Finding>) -> Option<WechatPay> {
    match WechatPay::new(config, simulator, clock.clone()) {
        Ok(pay) => Some(pay),
        Err(error) => {
            findings.push(found(Step::Settings, What::ConfigRefused, chain(&error)));
            None
        }
    }
}

async fn hosts(config: &WechatConfig, simulator: bool, clock: &Clock) -> (Vec<Finding>, Vec<i64>) {
    let transport: Box<dyn Transport> = match HttpTransport::new(!simulator) {
        Ok(transport) => Box::new(transport),
        Err(error) => return (vec![found(Step::Host, What::NoConnection, chain(&error))], Vec::new()),
    };
    let standby = config.standby_url.as_ref().map(|url| (Step::Standby, url));
    let (mut findings, mut skews) = (Vec::new(), Vec::new());
    for (step, address) in [(Step::Host, &config.base_url)].into_iter().chain(standby) {
        let (finding, skew) = reach(Part::Wechat, step, address, &*transport, clock).await;
        findings.push(finding);
        skews.extend(skew);
    }
    (findings, skews)
}

/// Only a payment proves v3; over v2 everything but the payment can be tried.
async fn code_pay(config: &WechatConfig, pay: &WechatPay) -> Vec<Finding> {
    let mut findings = match config.code_pay {
        CodePayApi::V3 => vec![found(Step::CodePay, What::AtFirstCodePayment, "v3")],
        CodePayApi::V2 => vec![found(Step::CodePay, What::AtFirstCodePayment, "v2")],
    };
    match &pay.v2 {
        Some(v2) => {
            findings.extend(over_v2::examine(v2, config.v2.as_ref().is_some_and(|v2| v2.client_cert_pem.is_some())).await)
        }
        None => findings.push(found(Step::Binding, What::AtFirstOrder, "")),
    }
    findings
}

/// A code that nobody was given: the secret is looked at before the code.
async fn sign_in(config: &WechatConfig, simulator: bool) -> Finding {
    let step = |what, detail: String| found(Step::SignIn, what, detail);
    if config.app_secret.is_none() {
        return step(What::NoAppSecret, String::new());
    }
    let login = match WechatLogin::new(config, simulator) {
        Ok(login) => login,
        Err(error) => return step(What::ConfigRefused, chain(&error)),
    };
    match login.login("DANDAN-DOCTOR-NOBODYS-CODE").await {
        Outcome::Succeeded(_) => step(What::SignInRight, String::new()),
        Outcome::DefinitelyFailed { code, message } => {
            let what = match code.as_str() {
                "40029" | "40163" => What::SignInRight,
                "40125" | "41004" | "40001" => What::AppSecretWrong,
                "40013" => What::AppUnknown,
                "45011" => What::ChannelBusy,
                _ => What::Unexpected,
            };
            step(what, format!("{code} {message}"))
        }
        Outcome::Unknown { why } => step(What::ChannelBusy, why),
    }
}
