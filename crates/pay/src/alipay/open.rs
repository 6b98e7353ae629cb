//! Orders that the payer opens: a code (precreate), the mini-program (create), any browser (wap.pay).

use domain::Money;

use super::{
    client::Alipay,
    gateway::{Addresses, Answered, Refusal},
    types::{Create, Order, Precreate, PrecreateAnswer, TradeNo, Verdict, WapPay},
};
use crate::{
    config::{is_notify_url, is_return_url},
    http::OPEN_BUDGET,
    money::to_yuan,
    port::{Open, Opened, Outcome, is_attempt_no},
    text::alipay_subject,
    time::beijing_text,
};

impl Alipay {
    /// No trade exists until somebody scans the code.
    pub(super) async fn precreate(&self, open: &Open) -> Outcome<Opened> {
        let order = match self.order(open) {
            Ok(order) => order,
            Err(refused) => return refused,
        };
        let biz = Precreate { order, product_code: "FACE_TO_FACE_PAYMENT" };
        let answer: Answered<PrecreateAnswer> =
            self.gateway.call_with("alipay.trade.precreate", &biz, notify(open), OPEN_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no == open.attempt_no => {
                Outcome::Succeeded(Opened::Code { code_url: answer.qr_code })
            }
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => open_refused(&refusal),
            Err(why) => Outcome::unknown(why),
        }
    }

    pub(super) async fn create(&self, open: &Open, payer: &str) -> Outcome<Opened> {
        let order = match self.order(open) {
            Ok(order) => order,
            Err(refused) => return refused,
        };
        // Old user numbers are 16 digits; everything else is an id for this application.
        let is_number = payer.len() == 16 && payer.starts_with("2088") && payer.bytes().all(|b| b.is_ascii_digit());
        let biz = Create {
            order,
            product_code: "JSAPI_PAY",
            op_app_id: &self.gateway.app_id,
            buyer_id: is_number.then_some(payer),
            buyer_open_id: (!is_number).then_some(payer),
        };
        let answer: Answered<TradeNo> = self.gateway.call_with("alipay.trade.create", &biz, notify(open), OPEN_BUDGET).await;
        match answer {
            Ok(Ok(answer)) if answer.out_trade_no == open.attempt_no => {
                Outcome::Succeeded(Opened::TradeNo { trade_no: answer.trade_no })
            }
            Ok(Ok(_)) => Outcome::unknown("answer about another number"),
            Ok(Err(refusal)) => open_refused(&refusal),
            Err(why) => Outcome::unknown(why),
        }
    }

    /// A signed address and no call: the trade exists once the payer has signed in there.
    pub(super) fn wap_page(&self, open: &Open, return_url: &str) -> Outcome<Opened> {
        let order = match self.order(open) {
            Ok(order) => order,
            Err(refused) => return refused,
        };
        if !is_return_url(return_url, self.simulator) {
            return Outcome::failed("INVALID_RETURN_URL", "https");
        }
        let biz = WapPay { order, product_code: "QUICK_WAP_WAY", quit_url: return_url };
        let addresses = Addresses { notify_url: Some(&open.notify_url), return_url: Some(return_url) };
        match self.gateway.page("alipay.trade.wap.pay", &biz, addresses) {
            Ok(url) => Outcome::Succeeded(Opened::Browser { url }),
            // Nothing left this machine.
            Err(why) => Outcome::failed("CANNOT_SIGN", why),
        }
    }

    /// The fields all products share, after the checks that need no network.
    fn order<'a>(&self, open: &'a Open) -> Result<Order<'a>, Outcome<Opened>> {
        if !is_attempt_no(&open.attempt_no) {
            return Err(Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _"));
        }
        if open.amount <= Money(0) {
            return Err(Outcome::failed("INVALID_AMOUNT", "nothing to pay"));
        }
        if !is_notify_url(&open.notify_url, self.simulator) {
            return Err(Outcome::failed("INVALID_NOTIFY_URL", "https without a query string"));
        }
        let time_expire =
            beijing_text(open.expires_at_ms).ok_or_else(|| Outcome::failed("INVALID_EXPIRY", "expires_at_ms is no date"))?;
        Ok(Order {
            out_trade_no: &open.attempt_no,
            total_amount: to_yuan(open.amount),
            subject: alipay_subject(&open.description),
            time_expire,
        })
    }
}

fn notify(open: &Open) -> Addresses<'_> {
    Addresses { notify_url: Some(&open.notify_url), return_url: None }
}

fn open_refused(refusal: &Refusal) -> Outcome<Opened> {
    match refusal.verdict {
        Verdict::Refused => refusal.failed(),
        Verdict::Success | Verdict::Paying | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown => refusal.unknown(),
    }
}
