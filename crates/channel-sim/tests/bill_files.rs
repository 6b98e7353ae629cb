//! Bills, byte by byte: layouts, days, sums, addresses that die, and bills that are wrong on purpose.
#![allow(clippy::unwrap_used)]

mod gateway;

use std::io::Read;

use channel_sim::{BillFile, NoBill, Spoil, Which, Wrong};
use encoding_rs::GBK;
use gateway::Gate;
use jiff::civil::Date;
use ring::digest;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn day(gate: &Gate) -> Date {
    jiff::tz::offset(8).to_datetime(jiff::Timestamp::from_millisecond(gate.now_ms()).unwrap()).date()
}

/// To this hour of some later day.
fn until(gate: &Gate, days: i64, hour: i64) {
    let midnight = (gate.now_ms() + 8 * HOUR_MS).div_euclid(24 * HOUR_MS) * 24 * HOUR_MS - 8 * HOUR_MS;
    gate.pass_ms(midnight + days * 24 * HOUR_MS + hour * HOUR_MS - gate.now_ms());
}

async fn wechat_pays(gate: &Gate, number: &str, fen: i64, what: &str) {
    // A second each, so that the order of the rows is the order of the calls.
    gate.pass_ms(1_000);
    let order = json!({
        "appid": "wxSIM00000000000001", "mchid": "SIM1900000109", "description": what, "out_trade_no": number,
        "notify_url": "http://127.0.0.1:9/n", "attach": "桌7", "amount": { "total": fen, "currency": "CNY" },
    });
    let (status, answer) = gate.v3_json("POST", "/v3/pay/transactions/native", order).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(gate.control("pay", json!({ "code": answer["code_url"] })).await.0, 200);
}

async fn wechat_refunds(gate: &Gate, number: &str, refund: &str, fen: i64, total: i64) {
    gate.pass_ms(1_000);
    let ask = json!({ "out_trade_no": number, "out_refund_no": refund,
                      "amount": { "refund": fen, "total": total, "currency": "CNY" } });
    let (status, answer) = gate.v3_json("POST", "/v3/refund/domestic/refunds", ask).await;
    assert_eq!(status, 200, "{answer}");
}

async fn wechat_code_pays_and_is_reversed(gate: &Gate, number: &str, fen: i64) {
    gate.pass_ms(1_000);
    let pay = json!({
        "appid": "wxSIM00000000000001", "mchid": "SIM1900000109", "description": "奶茶", "out_trade_no": number,
        "payer": { "auth_code": "134567890123456666" }, "amount": { "total": fen, "currency": "CNY" },
        "scene_info": { "device_ip": "127.0.0.1", "store_info": { "id": "1" } },
    });
    let (status, answer) = gate.v3_json("POST", "/v3/pay/transactions/codepay", pay).await;
    assert_eq!((status, answer["trade_state"].as_str()), (200, Some("SUCCESS")), "{answer}");
    gate.pass_ms(20_000);
    let who = json!({ "appid": "wxSIM00000000000001", "mchid": "SIM1900000109" });
    let (status, answer) = gate.v3_json("POST", &format!("/v3/pay/transactions/out-trade-no/{number}/reverse"), who).await;
    assert_eq!(status, 200, "{answer}");
}

async fn alipay_pays(gate: &Gate, number: &str, sum: &str) {
    let order = json!({ "out_trade_no": number, "total_amount": sum, "subject": "面🍜, 大份", "scene": "bar_code",
                        "auth_code": format!("28{:012}6666", number.bytes().map(u64::from).sum::<u64>()) });
    let node = gate.call("alipay.trade.pay", order, &[]).await;
    assert_eq!(node["code"], "10000", "{node}");
}

/// The bill as the API hands it out, its hash checked.
async fn wechat_bill(gate: &Gate, target: &str) -> Result<String, String> {
    let (status, place) = gate.v3_json("GET", target, Value::Null).await;
    if status != 200 {
        return Err(place["code"].as_str().unwrap().to_owned());
    }
    let (status, bytes, signed) = gate.v3("GET", place["download_url"].as_str().unwrap(), "").await;
    assert_eq!((status, signed), (200, false), "the file is not signed");
    let sha1 = hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &bytes));
    assert_eq!(place["hash_value"], sha1.as_str());
    Ok(String::from_utf8(bytes).unwrap())
}

/// Rows by column name, and the summary.
fn rows(text: &str) -> (Vec<Value>, Value) {
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap().split("\r\n").collect();
    assert_eq!(lines.last(), Some(&""), "every line ends");
    let named = |header: &str, line: &str| {
        let cells: Vec<&str> = line.strip_prefix('`').unwrap().split(",`").collect();
        let names: Vec<&str> = header.split(',').collect();
        assert_eq!(names.len(), cells.len(), "{line}");
        names.into_iter().zip(cells).map(|(n, c)| (n.to_owned(), json!(c))).collect::<serde_json::Map<_, _>>().into()
    };
    let end = lines.len() - 3;
    (lines[1..end].iter().map(|line| named(lines[0], line)).collect(), named(lines[end], lines[end + 1]))
}

#[tokio::test]
async fn a_wechat_day_is_booked_row_by_row() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    let target = format!("/v3/bill/tradebill?bill_date={date}&bill_type=ALL");
    wechat_pays(&gate, "P_order_1", 3800, "宫保鸡丁, 米饭\r\n大份").await;
    wechat_pays(&gate, "P_order_2", 80, "茶").await;
    wechat_refunds(&gate, "P_order_1", "RF_1", 800, 3800).await;
    wechat_code_pays_and_is_reversed(&gate, "P_order_3", 1500).await;

    assert_eq!(wechat_bill(&gate, &target).await, Err("STATEMENT_CREATING".into()), "the day is not over");
    until(&gate, 1, 9);
    assert_eq!(wechat_bill(&gate, &target).await, Err("STATEMENT_CREATING".into()), "an hour too early");
    until(&gate, 0, 10);
    let (rows, sums) = rows(&wechat_bill(&gate, &target).await.unwrap());
    let told: Vec<_> = rows
        .iter()
        .map(|row| ["商户订单号", "交易类型", "交易状态", "订单金额", "申请退款金额", "手续费"].map(|n| row[n].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["P_order_1", "NATIVE", "SUCCESS", "38.00", "0.00", "0.23000"],
            ["P_order_2", "NATIVE", "SUCCESS", "0.80", "0.00", "0.00000"],
            ["P_order_1", "NATIVE", "REFUND", "0.00", "8.00", "-0.05000"],
            ["P_order_3", "MICROPAY", "SUCCESS", "15.00", "0.00", "0.09000"],
            ["P_order_3", "MICROPAY", "REVOKED", "0.00", "15.00", "-0.09000"],
        ]
    );
    assert_eq!(rows[0]["商品名称"], "宫保鸡丁, 米饭\\r\\n大份");
    assert_eq!((&rows[0]["商户数据包"], &rows[0]["费率"]), (&json!("桌7"), &json!("0.60%")));
    assert_eq!((&rows[2]["商户退款单号"], &rows[2]["退款状态"]), (&json!("RF_1"), &json!("SUCCESS")));
    assert_eq!(sums["总交易单数"], "5");
    assert_eq!((&sums["订单总金额"], &sums["申请退款总金额"]), (&json!("53.80"), &json!("23.00")));
    assert_eq!(sums["手续费总金额"], "0.18000");
}

#[tokio::test]
async fn a_bill_of_payments_has_no_refund_columns_and_one_of_refunds_has_their_times() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    wechat_pays(&gate, "P_order_1", 3800, "面").await;
    wechat_refunds(&gate, "P_order_1", "RF_1", 800, 3800).await;
    until(&gate, 1, 10);
    let get = async |kind: &str| {
        rows(&wechat_bill(&gate, &format!("/v3/bill/tradebill?bill_date={date}&bill_type={kind}")).await.unwrap()).0
    };
    let paid = get("SUCCESS").await;
    assert_eq!(paid.len(), 1);
    assert!(paid[0].get("微信退款单号").is_none() && paid[0].get("申请退款金额").is_none());
    let back = get("REFUND").await;
    assert_eq!(back.len(), 1);
    assert!(back[0]["退款申请时间"].as_str().unwrap().starts_with(&date.to_string()));
    assert!(back[0]["退款成功时间"].as_str().unwrap().starts_with(&date.to_string()));
}

#[tokio::test]
async fn days_are_cut_at_midnight_in_beijing_by_payment_and_by_acceptance_of_the_refund() {
    let gate = Gate::open().await;
    until(&gate, 1, 24);
    gate.pass_ms(-30_000);
    let first = day(&gate);
    wechat_pays(&gate, "P_before", 1000, "面").await;
    gate.pass_ms(60_000);
    let second = day(&gate);
    assert_ne!(first, second);
    wechat_refunds(&gate, "P_before", "RF_after", 1000, 1000).await;
    until(&gate, 2, 10);
    let numbers = async |date: Date| {
        let text = wechat_bill(&gate, &format!("/v3/bill/tradebill?bill_date={date}")).await?;
        Ok::<_, String>(rows(&text).0.iter().map(|row| row["交易状态"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(numbers(first).await.unwrap(), ["SUCCESS"]);
    assert_eq!(numbers(second).await.unwrap(), ["REFUND"]);
    assert_eq!(numbers(first.yesterday().unwrap()).await, Err("NO_STATEMENT_EXIST".into()));
    gate.pass_days(120);
    assert_eq!(numbers(first).await, Err("INVALID_REQUEST".into()), "only three months");
    let wrong = gate.v3_json("GET", "/v3/bill/tradebill?bill_date=2026-1-1", Value::Null).await;
    assert_eq!((wrong.0, wrong.1["code"].as_str()), (400, Some("PARAM_ERROR")));
}

#[tokio::test]
async fn the_account_moves_by_payments_fees_and_refunds() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    wechat_pays(&gate, "P_order_1", 3800, "面").await;
    wechat_refunds(&gate, "P_order_1", "RF_1", 800, 3800).await;
    until(&gate, 1, 10);
    let target = format!("/v3/bill/fundflowbill?bill_date={date}");
    let (rows, sums) = rows(&wechat_bill(&gate, &target).await.unwrap());
    let told: Vec<_> = rows
        .iter()
        .map(|row| ["业务类型", "收支类型", "收支金额(元)", "账户结余(元)", "业务凭证号"].map(|n| row[n].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["交易", "收入", "38.00", "100038.00", "P_order_1"],
            ["扣除交易手续费", "支出", "0.23", "100037.77", "P_order_1"],
            ["退款", "支出", "7.95", "100029.82", "RF_1"],
        ]
    );
    assert_eq!(rows[2]["备注"], "退款总金额8.00元;含手续费0.05元");
    assert_eq!((&sums["收入金额"], &sums["支出金额"], &sums["资金流水总笔数"]), (&json!("38.00"), &json!("8.18"), &json!("3")));
    assert_eq!(wechat_bill(&gate, &format!("{target}&account_type=FEES")).await, Err("NO_STATEMENT_EXIST".into()));
}

#[tokio::test]
async fn a_zipped_bill_is_hashed_unzipped_and_an_address_dies_after_half_a_minute() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    wechat_pays(&gate, "P_order_1", 3800, "面").await;
    until(&gate, 1, 10);
    let (_, place) = gate.v3_json("GET", &format!("/v3/bill/tradebill?bill_date={date}&tar_type=GZIP"), Value::Null).await;
    let url = place["download_url"].as_str().unwrap();
    let (_, bytes, _) = gate.v3("GET", url, "").await;
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
    assert_eq!(place["hash_value"], hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &text)).as_str());
    assert_eq!(gate.bytes(url).await.first(), Some(&b'{'), "not without a signed request");
    gate.pass_ms(31_000);
    assert_eq!(gate.v3("GET", url, "").await.0, 404);
}

/// The files of a ZIP by their GBK names, read through its directory.
fn unzip(zip: &[u8]) -> Vec<(String, String)> {
    let number = |at: usize, n: usize| zip[at..at + n].iter().rev().fold(0_usize, |sum, b| sum * 256 + usize::from(*b));
    let end = zip.len() - 22;
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02");
        assert_eq!(number(at + 8, 2) & 0x800, 0, "names are not UTF-8");
        let (packed, length, offset) = (number(at + 20, 4), number(at + 28, 2), number(at + 42, 4));
        let name = GBK.decode(&zip[at + 46..at + 46 + length]).0.into_owned();
        let data = offset + 30 + number(offset + 26, 2) + number(offset + 28, 2);
        let mut text = Vec::new();
        flate2::read::DeflateDecoder::new(&zip[data..data + packed]).read_to_end(&mut text).unwrap();
        files.push((name, GBK.decode(&text).0.into_owned()));
        at += 46 + length;
    }
    files
}

async fn alipay_bill(gate: &Gate, kind: &str, date: Date) -> Result<(Value, Vec<(String, String)>), String> {
    let ask = json!({ "bill_type": kind, "bill_date": date.to_string() });
    let node = gate.call("alipay.data.dataservice.bill.downloadurl.query", ask, &[]).await;
    match node["bill_download_url"].as_str() {
        Some(url) => Ok((node.clone(), unzip(&gate.bytes(url).await))),
        None => Err(node["sub_code"].as_str().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn an_alipay_day_is_a_zip_of_gbk_texts() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    alipay_pays(&gate, "P_order_1", "38.00").await;
    let refund = json!({ "out_trade_no": "P_order_1", "refund_amount": "8.00", "out_request_no": "RF_1" });
    gate.pass_ms(1_000);
    gate.call("alipay.trade.refund", refund, &[]).await;
    assert_eq!(alipay_bill(&gate, "trade", date).await.unwrap_err(), "BILL_NOT_EXIST");
    until(&gate, 1, 9);
    let (node, files) = alipay_bill(&gate, "trade", date).await.unwrap();
    assert!(node.get("bill_file_code").is_none());
    let stem = format!("SIM2088000000000001_{}", date.strftime("%Y%m%d"));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [format!("{stem}_业务明细.csv"), format!("{stem}_业务明细(汇总).csv")]);
    let lines: Vec<&str> = files[0].1.split("\r\n").collect();
    assert_eq!((lines[0], lines[1]), ("#支付宝业务明细查询", "#账号：[SIM2088000000000001]"));
    assert!(lines[2].starts_with(&date.strftime("#起始日期：[%Y年%m月%d日 00:00:00]   终止日期：[").to_string()));
    let names: Vec<&str> = lines[4].split(',').collect();
    assert_eq!(names.len(), 25);
    let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (paid, back) = (row(lines[5]), row(lines[6]));
    let cell = |row: &[String], name: &str| row[names.iter().position(|n| *n == name).unwrap()].clone();
    assert!(paid[0].ends_with('\t') && paid[1] == "P_order_1\t" && paid.len() == 25 && back.len() == 25);
    assert_eq!((cell(&paid, "业务类型"), cell(&paid, "订单金额（元）")), ("交易".into(), "38.00".into()));
    assert_eq!((cell(&paid, "服务费（元）"), cell(&back, "服务费（元）")), ("-0.23".into(), "0.05".into()));
    assert_eq!((cell(&back, "业务类型"), cell(&back, "订单金额（元）")), ("退款".into(), "-8.00".into()));
    assert_eq!(cell(&back, "退款批次号/请求号"), "RF_1\t");
    assert_eq!(cell(&paid, "商品名称"), "面?  大份", "commas and emoji cannot stay");
    assert!(lines[7].contains("业务明细列表结束"));
    assert_eq!(lines[8], "#交易合计：1笔，商家实收共38.00元，商家优惠共0.00元");
    assert_eq!(lines[9], "#退款合计：1笔，商家实收共-8.00元，商家优惠共0.00元");
    assert!(files[1].1.contains("合计\t,,1,1,30.00,30.00,"), "{}", files[1].1);

    let (_, account) = alipay_bill(&gate, "signcustomer", date).await.unwrap();
    assert!(account[0].0.ends_with("_账务明细.csv") && account[0].1.contains("收费") && account[0].1.contains("交易退款"));
    let (empty, files) = alipay_bill(&gate, "trade", date.yesterday().unwrap()).await.unwrap();
    assert_eq!(empty["bill_file_code"], "EMPTY_DATA_WITH_BILL_FILE");
    assert!(files[0].1.contains("#交易合计：0笔"));
    assert_eq!(alipay_bill(&gate, "nothing", date).await.unwrap_err(), "TYPE_NOT_SUPPORTED");

    let url = node["bill_download_url"].as_str().unwrap();
    gate.pass_ms(31_000);
    assert!(GBK.decode(&gate.bytes(url).await).0.contains("链接已失效"));
}

fn spoiled(gate: &Gate, spoil: Spoil, date: Date) -> Result<BillFile, NoBill> {
    gate.sim.simulator.spoil_bill(spoil);
    let file = gate.sim.simulator.wechat_trade_bill(date);
    gate.sim.simulator.clear_bills();
    file
}

#[tokio::test]
async fn a_bill_can_be_wrong_in_every_way_and_is_right_again_afterwards() {
    let gate = Gate::open().await;
    until(&gate, 1, 12);
    let date = day(&gate);
    wechat_pays(&gate, "P_order_1", 3800, "面").await;
    wechat_pays(&gate, "P_order_2", 1200, "茶").await;
    wechat_refunds(&gate, "P_order_1", "RF_1", 800, 3800).await;
    until(&gate, 2, 10);
    let honest = gate.sim.simulator.wechat_trade_bill(date).unwrap();
    let text = |file: &BillFile| rows(std::str::from_utf8(&file.bytes).unwrap()).0;
    let spoil = |kind| Spoil { channel: Some(Which::Wechat), number: Some("P_order_2".into()), ..Spoil::new(kind) };
    let numbers = |rows: &[Value]| rows.iter().map(|row| row["商户订单号"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let of = |kind| numbers(&text(&spoiled(&gate, spoil(kind), date).unwrap()));
    assert_eq!(of(Wrong::DropRow), ["P_order_1", "P_order_1"]);
    assert_eq!(of(Wrong::NextDay), ["P_order_1", "P_order_1"]);
    assert_eq!(of(Wrong::DuplicateRow), ["P_order_1", "P_order_2", "P_order_2", "P_order_1"]);
    let stranger = spoiled(&gate, Spoil::new(Wrong::StrangerRow), date).unwrap();
    assert!(numbers(&text(&stranger))[3].starts_with("STRANGER"));
    let amount = Spoil { amount_fen: Some(1), ..spoil(Wrong::ChangeAmount) };
    assert_eq!(text(&spoiled(&gate, amount, date).unwrap())[1]["订单金额"], "0.01");
    assert_eq!(text(&spoiled(&gate, spoil(Wrong::ChangeState), date).unwrap())[1]["交易状态"], "REVOKED");
    let refund = Spoil { number: Some("RF_1".into()), ..Spoil::new(Wrong::ChangeState) };
    assert_eq!(text(&spoiled(&gate, refund, date).unwrap())[2]["退款状态"], "ABNORMAL");
    assert!(text(&spoiled(&gate, spoil(Wrong::OldColumns), date).unwrap())[0].get("总金额").is_some());
    let cut = spoiled(&gate, spoil(Wrong::Truncated), date).unwrap();
    assert!(cut.bytes.len() < honest.bytes.len() && cut.sha1 == honest.sha1, "the hash is of the whole");
    let other = spoiled(&gate, spoil(Wrong::WrongHash), date).unwrap();
    assert!(other.bytes == honest.bytes && other.sha1 != honest.sha1);

    gate.sim.simulator.spoil_bill(spoil(Wrong::NextDay));
    let next = gate.sim.simulator.wechat_trade_bill(date.tomorrow().unwrap()).unwrap();
    assert_eq!(numbers(&text(&next)), ["P_order_2"]);
    gate.control("bills/clear", json!({})).await;
    assert_eq!(gate.sim.simulator.wechat_trade_bill(date).unwrap(), honest);
    assert_eq!(gate.sim.simulator.wechat_trade_bill(date.tomorrow().unwrap()), Err(NoBill::Empty));
}

#[tokio::test]
async fn an_alipay_bill_can_be_wrong_too_and_a_demonstration_gets_it_early() {
    let gate = Gate::open().await;
    let date = day(&gate);
    alipay_pays(&gate, "P_order_1", "38.00").await;
    let spoil = async |body: Value| gate.control("bills", body).await.0;
    assert_eq!(spoil(json!({ "kind": "early", "channel": "alipay", "date": date.to_string() })).await, 200);
    let detail = async || alipay_bill(&gate, "trade", date).await.unwrap().1[0].1.clone();
    assert!(detail().await.contains("P_order_1"));
    assert_eq!(spoil(json!({ "kind": "change_state", "channel": "alipay" })).await, 200);
    assert!(detail().await.contains("P_order_1\t,退款,"));
    assert_eq!(spoil(json!({ "kind": "old_columns" })).await, 200);
    assert!(detail().await.contains("订单金额(元)"));
    assert_eq!(spoil(json!({ "kind": "truncated" })).await, 200);
    assert!(!detail().await.contains("业务明细列表结束"));
    assert_eq!(spoil(json!({ "kind": "wrong_hash", "channel": "alipay" })).await, 400);
    assert!(spoil(json!({ "kind": "nonsense" })).await >= 400);
    gate.control("reset", json!({})).await;
    assert_eq!(gate.sim.simulator.alipay_trade_bill(date), Err(NoBill::NotYet));
}
