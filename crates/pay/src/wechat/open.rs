//! Orders that the payer opens: in the app (JSAPI, mini-program), from a code (Native), in any browser (H5).

use std::net::IpAddr;

use domain::Money;
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::{
    call::{Refusal, read_json},
    client::WechatPay,
    types::{BrowserScene, CodeUrl, H5Info, H5Url, Order, OrderAmount, OrderPayer, PrepayId},
};
use crate::{
    config::{is_notify_url, is_return_url},
    http::OPEN_BUDGET,
    port::{Open, OpenBy, Opened, Outcome, is_attempt_no},
    text::wechat_description,
    time::rfc3339_beijing,
};

/// What the three products differ in.
struct Product<'a> {
    path: &'static str,
    openid: Option<&'a str>,
    payer_ip: Option<IpAddr>,
}

impl WechatPay {
    pub(super) async fn open_by(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        match by {
            OpenBy::InApp { payer } => self.open_in_app(open, payer).await,
            OpenBy::Code => {
                let product = Product { path: "native", openid: None, payer_ip: None };
                self.order(open, product).await.map(|CodeUrl { code_url }| Opened::Code { code_url })
            }
            OpenBy::Browser { payer_ip, return_url } => self.open_in_browser(open, *payer_ip, return_url).await,
        }
    }

    async fn open_in_app(&self, open: &Open, openid: &str) -> Outcome<Opened> {
        let product = Product { path: "jsapi", openid: Some(openid), payer_ip: None };
        let prepay: PrepayId = match self.order(open, product).await {
            Outcome::Succeeded(prepay) => prepay,
            Outcome::DefinitelyFailed { code, message } => return Outcome::DefinitelyFailed { code, message },
            Outcome::Unknown { why } => return Outcome::Unknown { why },
        };
        match self.pay_arguments(&prepay.prepay_id) {
            Ok(opened) => Outcome::Succeeded(opened),
            Err(why) => Outcome::Unknown { why },
        }
    }

    fn pay_arguments(&self, prepay_id: &str) -> Result<Opened, String> {
        let package = format!("prepay_id={prepay_id}");
        let stamp = self.v3.stamp()?;
        let pay_sign = self.v3.signer.pay_sign(&self.app_id, &package, &stamp).map_err(|e| e.to_string())?;
        Ok(Opened::Jsapi {
            app_id: self.app_id.clone(),
            time_stamp: stamp.timestamp.to_string(),
            nonce_str: stamp.nonce,
            package,
            sign_type: "RSA".to_owned(),
            pay_sign,
        })
    }

    async fn open_in_browser(&self, open: &Open, payer_ip: IpAddr, return_url: &str) -> Outcome<Opened> {
        if !is_return_url(return_url, self.simulator) {
            return Outcome::failed("INVALID_RETURN_URL", "https");
        }
        if payer_ip.is_loopback() && !self.simulator {
            return Outcome::failed("INVALID_PAYER_IP", "the channel wants the payer's own address");
        }
        let product = Product { path: "h5", openid: None, payer_ip: Some(payer_ip) };
        match self.order(open, product).await {
            Outcome::Succeeded(H5Url { h5_url }) => match with_return(&h5_url, return_url, self.simulator) {
                Some(url) => Outcome::Succeeded(Opened::Browser { url }),
                None => Outcome::unknown("h5_url is no page to send a payer to"),
            },
            Outcome::DefinitelyFailed { code, message } => Outcome::DefinitelyFailed { code, message },
            Outcome::Unknown { why } => Outcome::Unknown { why },
        }
    }

    async fn order<T: DeserializeOwned>(&self, open: &Open, product: Product<'_>) -> Outcome<T> {
        let Some(time_expire) = rfc3339_beijing(open.expires_at_ms) else {
            return Outcome::failed("INVALID_EXPIRY", "expires_at_ms is no date");
        };
        if let Some(refused) = refused_before_sending(open, self.simulator) {
            return refused;
        }
        let order = Order {
            appid: &self.app_id,
            mchid: self.v3.mch_id(),
            description: wechat_description(&open.description),
            out_trade_no: &open.attempt_no,
            time_expire,
            notify_url: &open.notify_url,
            amount: OrderAmount { total: open.amount.0, currency: "CNY" },
            payer: product.openid.map(|openid| OrderPayer { openid }),
            scene_info: product
                .payer_ip
                .map(|ip| BrowserScene { payer_client_ip: ip.to_string(), h5_info: H5Info { kind: "Wap" } }),
        };
        let target = format!("/v3/pay/transactions/{}", product.path);
        match read_json(self.v3.post(&target, &order, OPEN_BUDGET).await) {
            Ok(Ok(value)) => Outcome::Succeeded(value),
            Ok(Err(refusal)) => order_refused(&refusal),
            Err(why) => Outcome::unknown(why),
        }
    }
}

fn order_refused<T>(refusal: &Refusal) -> Outcome<T> {
    match (refusal.status, refusal.code.as_str()) {
        // The number is in use at the channel, perhaps paid: only a query can tell.
        // INVALID_REQUEST also means "not the parameters of the first request", which stays payable.
        (_, "ORDERPAID" | "OUTTRADENOUSED" | "INVALIDREQUEST") => refusal.unknown(),
        (429, _) => refusal.unknown(),
        (400..=499, code) if !code.is_empty() => refusal.failed(),
        _ => refusal.unknown(),
    }
}

/// The checks that need no network, shared by every product.
fn refused_before_sending<T>(open: &Open, simulator: bool) -> Option<Outcome<T>> {
    if !is_attempt_no(&open.attempt_no) {
        return Some(Outcome::failed("INVALID_ATTEMPT_NO", "6 to 32 of 0-9 A-Z a-z _"));
    }
    if open.amount <= Money(0) {
        return Some(Outcome::failed("INVALID_AMOUNT", "nothing to pay"));
    }
    if !is_notify_url(&open.notify_url, simulator) {
        return Some(Outcome::failed("INVALID_NOTIFY_URL", "https without a query string"));
    }
    None
}

/// The channel's page, told where to send the payer afterwards.
fn with_return(h5_url: &str, return_url: &str, simulator: bool) -> Option<String> {
    let url: Url = h5_url.parse().ok()?;
    if url.scheme() != "https" && !(simulator && url.scheme() == "http") {
        return None;
    }
    let joint = if url.query().is_some() { '&' } else { '?' };
    let encoded: String = form_urlencoded::byte_serialize(return_url.as_bytes()).collect();
    Some(format!("{h5_url}{joint}redirect_url={encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_learns_where_to_send_the_payer() {
        let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20&package=1";
        let told = with_return(page, "https://a.cn/t/1?x=好", false);
        assert_eq!(told, Some(format!("{page}&redirect_url=https%3A%2F%2Fa.cn%2Ft%2F1%3Fx%3D%E5%A5%BD")));
        assert_eq!(with_return("http://wx.tenpay.com/x?y=1", "https://a.cn", false), None);
        assert_eq!(with_return("javascript:alert(1)", "https://a.cn", true), None);
    }
}
