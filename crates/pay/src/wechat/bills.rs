//! A day's bills (对账单): where the file is, the file itself, and whether it came whole.
//!
//! The file is not signed. Its SHA-1 stands in an answer that is, and covers the file before compression.

use reqwest::Url;

use super::{
    call::{Call, Refusal, read_json},
    client::WechatPay,
    types::BillPlace,
};
use crate::{
    bill::{self, BillFault},
    crypto::sha1_hex,
    http::{BILL_BUDGET, LARGEST_BILL},
    port::{BillAnswer, BillDay, BillRow, FlowRow, Outcome},
    transport::WireMethod,
};

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1F, 0x8B];

impl WechatPay {
    pub(super) async fn trade_bill_of(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        let target = format!("/v3/bill/tradebill?bill_date={}&bill_type=ALL&tar_type=GZIP", day.0);
        self.bill(&target, bill::wechat_trade).await
    }

    pub(super) async fn fund_flow_of(&self, day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        let target = format!("/v3/bill/fundflowbill?bill_date={}&account_type=BASIC&tar_type=GZIP", day.0);
        self.bill(&target, bill::wechat_fund_flow).await.map(|answer| match answer {
            BillAnswer::Ready(rows) => BillAnswer::Ready(Some(rows)),
            BillAnswer::NotYet => BillAnswer::NotYet,
        })
    }

    async fn bill<T>(&self, target: &str, read: fn(&[u8]) -> Result<Vec<T>, BillFault>) -> Outcome<BillAnswer<Vec<T>>> {
        let place = match read_json::<BillPlace>(self.v3.get(target).await) {
            Ok(Ok(place)) => place,
            Ok(Err(refusal)) => return bill_refused(&refusal),
            Err(why) => return Outcome::unknown(why),
        };
        match self.file(&place).await.and_then(|file| read(&file).map_err(|e| e.to_string())) {
            Ok(rows) => Outcome::Succeeded(BillAnswer::Ready(rows)),
            Err(why) => Outcome::Unknown { why },
        }
    }

    /// The file, unpacked, and as long and true as the signed answer says.
    async fn file(&self, place: &BillPlace) -> Result<Vec<u8>, String> {
        if place.hash_type != "SHA1" {
            return Err("a hash we do not know".to_owned());
        }
        let target = self.own_target(&place.download_url).ok_or("the file is at another host")?;
        let call = Call { method: WireMethod::Get, target: &target, body: "", budget: BILL_BUDGET, largest_answer: LARGEST_BILL };
        let answer = self.v3.send(call).await.map_err(|e| e.why)?;
        if answer.status != 200 {
            return Err(format!("HTTP {} instead of the file", answer.status));
        }
        let file = match answer.body.starts_with(&GZIP) {
            true => bill::gunzip(&answer.body).map_err(|e| e.to_string())?,
            false => answer.body,
        };
        if !sha1_hex(&file).eq_ignore_ascii_case(&place.hash_value) {
            return Err("the file is not the one announced".to_owned());
        }
        Ok(file)
    }

    /// Path and query of an address at one of our hosts: requests are signed, so no other host gets one.
    fn own_target(&self, address: &str) -> Option<String> {
        let url: Url = address.parse().ok()?;
        let ours = self.v3.hosts.iter().any(|host| host.origin() == url.origin());
        let query = url.query()?;
        ours.then(|| format!("{}?{query}", url.path()))
    }
}

fn bill_refused<T>(refusal: &Refusal) -> Outcome<BillAnswer<Vec<T>>> {
    match (refusal.status, refusal.code.as_str()) {
        (400..=499, "NOSTATEMENTEXIST" | "NOBILLEXIST") => Outcome::Succeeded(BillAnswer::Ready(Vec::new())),
        (400..=499, "STATEMENTCREATING" | "BILLCREATING") => Outcome::Succeeded(BillAnswer::NotYet),
        (429, _) => refusal.unknown(),
        (400..=499, code) if !code.is_empty() => refusal.failed(),
        _ => refusal.unknown(),
    }
}
