//! Questions over API v3 that change nothing: a number that never existed, certificates, yesterday's bill.

use super::{answers, found, mend_first};
use crate::{
    diagnose::{Finding, NEVER_USED, Part, Step, What, clock_finding, skew_s},
    http::{LARGEST_ANSWER, QUERY_BUDGET},
    keys::KeySet,
    time::beijing_yesterday,
    transport::{Answer, NoAnswer, WireMethod},
    wechat::{
        WechatPay,
        call::{Call, Refusal},
        types::Certificates,
    },
};

/// Everything heard so far.
struct Talk<'a> {
    pay: &'a WechatPay,
    skews: Vec<i64>,
    heard: Vec<Answer>,
}

impl Talk<'_> {
    async fn ask(&mut self, target: &str) -> Result<Answer, NoAnswer> {
        let call = Call { method: WireMethod::Get, target, body: "", budget: QUERY_BUDGET, largest_answer: LARGEST_ANSWER };
        let answer = self.pay.v3.send(call).await?;
        self.skews.extend(skew_s(&answer, self.now_ms()));
        self.heard.push(answer.clone());
        Ok(answer)
    }

    fn now_ms(&self) -> i64 {
        (self.pay.v3.clock)()
    }
}

pub(super) async fn examine(pay: &WechatPay, skews: Vec<i64>) -> Vec<Finding> {
    let mut talk = Talk { pay, skews, heard: Vec::new() };
    let request = request_signature(&mut talk).await;
    let mut keys = pay.v3.configured.clone();
    let rest = match request.what {
        What::RequestAccepted => {
            let certificates = certificates(&mut talk, &mut keys).await;
            vec![certificates, refund_query(&mut talk).await, bills(&mut talk).await]
        }
        _ => [Step::Certificates, Step::RefundQuery, Step::Bills].map(mend_first).into(),
    };
    let request = answers::blame_the_clock(request, &talk.skews);
    let mut findings = vec![clock_finding(Part::Wechat, &talk.skews), request];
    findings.push(answers::signature(&keys, &talk.heard));
    findings.extend(rest);
    findings
}

async fn request_signature(talk: &mut Talk<'_>) -> Finding {
    let target = format!("/v3/pay/transactions/out-trade-no/{NEVER_USED}?mchid={}", talk.pay.v3.mch_id());
    let (what, detail) = match talk.ask(&target).await {
        Ok(answer) => answers::to_probe(&Refusal::read(&answer)),
        Err(silence) => (What::NoAnswer, silence.why),
    };
    found(Step::RequestSignature, what, detail)
}

/// What the channel sealed with the APIv3 key opens with it, or the key is another. Adds the certificates to the keys.
async fn certificates(talk: &mut Talk<'_>, keys: &mut KeySet) -> Finding {
    let step = |what, detail: String| found(Step::Certificates, what, detail);
    if !talk.pay.v3.certificates {
        return step(What::AtFirstNotice, String::new());
    }
    let answer = match talk.ask("/v3/certificates").await {
        Ok(answer) => answer,
        Err(silence) => return step(What::NoAnswer, silence.why),
    };
    if answer.status != 200 {
        return step(What::NoCertificatesForUs, answers::words(&Refusal::read(&answer)));
    }
    let Ok(list) = serde_json::from_slice::<Certificates>(&answer.body) else {
        return step(What::Unexpected, "unreadable".to_owned());
    };
    match talk.pay.v3.opened(&list.data, talk.now_ms()) {
        Ok(opened) => {
            keys.extend(&opened);
            step(What::CertificatesOpened, opened.serials().collect::<Vec<_>>().join(", "))
        }
        Err(why) if why.contains("decryption") => step(What::ApiV3KeyWrong, why),
        Err(why) => step(What::Unexpected, why),
    }
}

async fn refund_query(talk: &mut Talk<'_>) -> Finding {
    let (what, detail) = match talk.ask(&format!("/v3/refund/domestic/refunds/{NEVER_USED}")).await {
        Ok(answer) => answers::permission(answer.status, &Refusal::read(&answer)),
        Err(silence) => (What::NoAnswer, silence.why),
    };
    found(Step::RefundQuery, what, detail)
}

async fn bills(talk: &mut Talk<'_>) -> Finding {
    let Some(day) = beijing_yesterday(talk.now_ms()) else {
        return found(Step::Bills, What::ClockWrong, "");
    };
    let (what, detail) = match talk.ask(&format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL")).await {
        Ok(answer) => answers::permission(answer.status, &Refusal::read(&answer)),
        Err(silence) => (What::NoAnswer, silence.why),
    };
    found(Step::Bills, what, detail)
}
