//! A day's bill (对账单): the channel names an address for half a minute, where a ZIP of GBK tables lies unsigned.
//!
//! Nothing proves the file but the connection, so it may only come over https from hosts known beforehand.

use reqwest::Url;

use super::{
    client::Alipay,
    gateway::{Answered, Refusal},
    types::{BillAsk, BillPlace, Verdict},
};
use crate::{
    bill,
    http::{self, BILL_BUDGET, LARGEST_BILL, QUERY_BUDGET},
    port::{BillAnswer, BillDay, BillRow, Outcome},
    transport::{WireMethod, WireRequest},
};

/// The summary lies beside the table and has this in its name.
const SUMMARY: &str = "汇总";

impl Alipay {
    pub(super) async fn trade_bill_of(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        let biz = BillAsk { bill_type: "trade", bill_date: day.0.to_string() };
        let answer: Answered<BillPlace> =
            self.gateway.call("alipay.data.dataservice.bill.downloadurl.query", &biz, QUERY_BUDGET).await;
        let place = match answer {
            Ok(Ok(place)) => place,
            Ok(Err(refusal)) => return bill_refused(&refusal),
            Err(why) => return Outcome::unknown(why),
        };
        if place.bill_file_code.as_deref() == Some("EMPTY_DATA_WITH_BILL_FILE") {
            return Outcome::Succeeded(BillAnswer::Ready(Vec::new()));
        }
        match self.rows(place.bill_download_url.as_deref().unwrap_or_default()).await {
            Ok(rows) => Outcome::Succeeded(BillAnswer::Ready(rows)),
            Err(why) => Outcome::Unknown { why },
        }
    }

    async fn rows(&self, address: &str) -> Result<Vec<BillRow>, String> {
        let url = self.bill_address(address).ok_or("the file is at a host we do not know")?;
        let request = WireRequest {
            method: WireMethod::Get,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            largest_answer: LARGEST_BILL,
        };
        let answer = http::send(&*self.gateway.transport, request, BILL_BUDGET).await.map_err(|e| e.why)?;
        if answer.status != 200 {
            return Err(format!("HTTP {} instead of the file", answer.status));
        }
        let table = table_in(bill::unzip(&answer.body).map_err(|e| e.to_string())?)?;
        bill::alipay_trade(&table).map_err(|e| e.to_string())
    }

    /// The address, if it is one of a bill's. Some are still written with http; those hosts speak https too.
    fn bill_address(&self, address: &str) -> Option<Url> {
        let mut url: Url = address.parse().ok()?;
        if !self.simulator && url.scheme() == "http" {
            url.set_scheme("https").ok()?;
        }
        let known = self.bill_hosts.iter().any(|host| url.host_str() == Some(host.as_str()));
        let plain = url.username().is_empty() && url.password().is_none();
        let secure = url.scheme() == "https" || (self.simulator && url.scheme() == "http");
        let usual_port = self.simulator || url.port_or_known_default() == Some(443);
        (known && plain && secure && usual_port).then_some(url)
    }
}

/// The one table of the archive that isn't the summary.
fn table_in(files: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, String> {
    let mut tables = files.into_iter().filter(|(name, _)| name.ends_with(".csv") && !name.contains(SUMMARY));
    match (tables.next(), tables.next()) {
        (Some((_, table)), None) => Ok(table),
        (None, _) => Err("no table in the archive".to_owned()),
        (Some(_), Some(_)) => Err("several tables in the archive".to_owned()),
    }
}

fn bill_refused(refusal: &Refusal) -> Outcome<BillAnswer<Vec<BillRow>>> {
    match (refusal.verdict, refusal.status.plain_sub_code()) {
        (Verdict::Refused, "NO_BILL_DATA") if refusal.signed => Outcome::Succeeded(BillAnswer::Ready(Vec::new())),
        // Before it is made and where there will never be one, the channel says the same.
        (Verdict::Refused, "BILL_NOT_EXIST") => Outcome::Succeeded(BillAnswer::NotYet),
        (Verdict::Refused, "UNKNOWN_ERROR") => refusal.unknown(),
        (Verdict::Refused, _) => refusal.failed(),
        (Verdict::Success | Verdict::Paying | Verdict::LookUp | Verdict::NotFound | Verdict::Unknown, _) => refusal.unknown(),
    }
}
