//! Getting a day's bill: ready, not yet, never; and files that are not the ones announced.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{Fake, bare, node, true_answer};
use pay::{Answer, BillAnswer, BillDay, Channel, NoAnswerKind, Outcome, WireRequest, crypto::sha1_hex};

const BILL: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n`2026-11-21 12:00:01,`wxd678efh567hg6787,`1900000109,`0,`,`4200000001,`A1_0000000001,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`38.00,`0.00,`0,`0,`0.00,`0.00,`,`,`宫保鸡丁,`,`0.22800,`0.60%,`38.00,`0.00,`\r\n总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`1,`38.00,`0.00,`0.00,`0.22800,`38.00,`0.00\r\n";
const FILE: &str = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=t1";

fn day() -> BillDay {
    BillDay("2026-11-21".parse().unwrap())
}

fn place(url: &str, file: &[u8]) -> Answer {
    let hash = sha1_hex(file);
    true_answer(200, &format!(r#"{{"hash_type":"SHA1","hash_value":"{hash}","download_url":"{url}"}}"#))
}

/// `first` to the question where the bill is, `file` to the download.
fn serving(first: Answer, file: Answer) -> Arc<Fake> {
    let is_download = |request: &WireRequest| request.url.contains("billdownload") || request.url.contains("dwbillcenter");
    Fake::playing(move |request| Ok(if is_download(request) { file.clone() } else { first.clone() }))
}

fn told<T>(outcome: &Outcome<BillAnswer<Vec<T>>>) -> String {
    match outcome {
        Outcome::Succeeded(BillAnswer::Ready(rows)) => format!("{} rows", rows.len()),
        Outcome::Succeeded(BillAnswer::NotYet) => "not yet".into(),
        Outcome::DefinitelyFailed { code, .. } => format!("failed {code}"),
        Outcome::Unknown { .. } => "unknown".into(),
    }
}

#[tokio::test]
async fn a_wechat_bill_is_found_fetched_and_checked() {
    let fake = serving(place(FILE, BILL.as_bytes()), bare(200, BILL));
    let got = fake.wechat().trade_bill(day()).await;
    assert_eq!(told(&got), "1 rows", "{got:?}");
    let asked = fake.asked();
    assert_eq!(asked[0], "GET https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2026-11-21&bill_type=ALL&tar_type=GZIP");
    assert_eq!(asked[1], format!("GET {FILE}"));
    let download = &fake.requests()[1];
    assert!(download.headers.iter().any(|(name, _)| *name == "Authorization"));
    assert!(download.largest_answer > 1 << 20);
}

#[tokio::test]
async fn a_file_that_is_not_the_one_announced_is_no_bill() {
    let other = BILL.replace("38.00", "39.00");
    for (first, file) in [
        (place(FILE, BILL.as_bytes()), bare(200, &other)),
        (place(FILE, BILL.as_bytes()), bare(200, &BILL[..BILL.len() - 10])),
        (place(FILE, BILL.as_bytes()), bare(404, "")),
        (place(FILE, BILL.as_bytes()), bare(302, "")),
        (place("https://evil.cn/v3/billdownload/file?token=t1", BILL.as_bytes()), bare(200, BILL)),
        (place("http://api.mch.weixin.qq.com/v3/billdownload/file?token=t1", BILL.as_bytes()), bare(200, BILL)),
        (place("https://api.mch.weixin.qq.com:444/v3/billdownload/file?token=t1", BILL.as_bytes()), bare(200, BILL)),
        (place("https://api.mch.weixin.qq.com@evil.cn/v3/billdownload/file?token=t1", BILL.as_bytes()), bare(200, BILL)),
        (place("nonsense", BILL.as_bytes()), bare(200, BILL)),
        (true_answer(200, r#"{"hash_type":"MD5","hash_value":"x","download_url":"x"}"#), bare(200, BILL)),
    ] {
        let shown = String::from_utf8_lossy(&first.body).into_owned();
        let fake = serving(first, file);
        assert_eq!(told(&fake.wechat().trade_bill(day()).await), "unknown", "{shown}");
        assert!(fake.asked().iter().all(|asked| asked.starts_with("GET https://api.mch.weixin.qq.com/")), "{shown}");
    }
}

#[tokio::test]
async fn no_bill_not_yet_and_never() {
    for (answer, expected) in [
        (true_answer(400, r#"{"code":"NO_STATEMENT_EXIST"}"#), "0 rows"),
        (true_answer(400, r#"{"code":"STATEMENT_CREATING"}"#), "not yet"),
        (true_answer(400, r#"{"code":"PARAM_ERROR"}"#), "failed PARAM_ERROR"),
        (true_answer(429, r#"{"code":"FREQUENCY_LIMITED"}"#), "unknown"),
        (bare(500, r#"{"code":"NO_STATEMENT_EXIST"}"#), "unknown"),
        (bare(502, "<html>"), "unknown"),
    ] {
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(told(&Fake::saying(answer).wechat().trade_bill(day()).await), expected, "{shown}");
    }
    for (body, expected) in [
        (r#"{"code":"10000","bill_file_code":"EMPTY_DATA_WITH_BILL_FILE"}"#, "0 rows"),
        (r#"{"code":"40004","sub_code":"NO_BILL_DATA"}"#, "0 rows"),
        (r#"{"code":"40004","sub_code":"BILL_NOT_EXIST"}"#, "not yet"),
        (r#"{"code":"40004","sub_code":"TYPE_NOT_SUPPORTED"}"#, "failed TYPE_NOT_SUPPORTED"),
        (r#"{"code":"40004","sub_code":"UNKNOWN_ERROR"}"#, "unknown"),
        (r#"{"code":"20000"}"#, "unknown"),
        (r#"{"code":"10000"}"#, "unknown"),
    ] {
        let fake = Fake::saying(node("alipay.data.dataservice.bill.downloadurl.query", body));
        assert_eq!(told(&fake.alipay().trade_bill(day()).await), expected, "{body}");
    }
    let alipay = Fake::silent(NoAnswerKind::Broke).alipay();
    assert_eq!(alipay.fund_flow(day()).await, Outcome::Succeeded(BillAnswer::Ready(None)));
    assert_eq!(told(&alipay.trade_bill(day()).await), "unknown");
}

#[tokio::test]
async fn alipays_file_comes_from_a_known_host_or_not_at_all() {
    let at = |url: &str| {
        let body = format!(r#"{{"code":"10000","bill_download_url":"{url}"}}"#);
        serving(node("alipay.data.dataservice.bill.downloadurl.query", &body), bare(200, "PK"))
    };
    for url in [
        "https://evil.cn/dwbillcenter.alipay.com",
        "https://dwbillcenter.alipay.com.evil.cn/x",
        "https://dwbillcenter.alipay.com@evil.cn/x",
        "https://dwbillcenter.alipay.com:444/x",
        "ftp://dwbillcenter.alipay.com/x",
        "http://127.0.0.1/x",
    ] {
        let fake = at(url);
        assert_eq!(told(&fake.alipay().trade_bill(day()).await), "unknown", "{url}");
        assert_eq!(fake.asked().len(), 1, "{url}");
    }
    let fake = at("http://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1");
    assert_eq!(told(&fake.alipay().trade_bill(day()).await), "unknown", "PK is no archive");
    assert_eq!(fake.asked()[1], "GET https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1");
}
