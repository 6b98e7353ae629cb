//! Where a day's bill can be fetched.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Refusal, Request, business};
use crate::bill::{NoBill, alipay_url};

#[derive(Debug, Deserialize)]
struct BillBody {
    bill_type: String,
    bill_date: String,
}

pub(super) fn download_url(request: &Request) -> Answer {
    let body: BillBody = request.biz().map_err(|Refusal(code, _, words)| Refusal(code, "INVAILID_ARGUMENTS", words))?;
    let account = match body.bill_type.as_str() {
        "trade" => false,
        "signcustomer" => true,
        _ => return business("TYPE_NOT_SUPPORTED", "账单类型不支持"),
    };
    // Months are not made here, and a day is written with all its digits.
    let day = (body.bill_date.len() == 10).then(|| Date::strptime("%Y-%m-%d", &body.bill_date).ok()).flatten();
    let Some(day) = day else {
        // The word is misspelt in the documents.
        return business("INVAILID_ARGUMENTS", "入参不合法");
    };
    match alipay_url(request.sim, day, account) {
        Ok((url, true)) => Ok(json!({ "bill_download_url": url, "bill_file_code": "EMPTY_DATA_WITH_BILL_FILE" })),
        Ok((url, false)) => Ok(json!({ "bill_download_url": url })),
        Err(NoBill::NotYet | NoBill::Empty) => business("BILL_NOT_EXIST", "账单不存在"),
        Err(NoBill::TooOld) => business("BILL_DATE_BEFORE_REGISTRATION", "账单日期早于签约日期"),
    }
}
