//! Bills as the channels write them, as they wrote them before, and as they must not be believed.
#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};

use encoding_rs::GBK;
use flate2::{Compression, write::GzEncoder};
use pay::{
    Money,
    bill::{BillFault, BillRow, FlowRow, RowKind, alipay_trade, gunzip, unzip, wechat_fund_flow, wechat_trade},
};
use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

const WECHAT: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r
`2026-11-21 12:00:00,`wx1,`1900000109,`0,`,`4200001,`A00001,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`36.00,`2.00,`0,`0,`0.00,`0.00,`,`,`宫保鸡丁, 米饭,`,`0.21600,`0.60%,`38.00,`0.00,`\r
`2026-11-21 12:30:00,`wx1,`1900000109,`0,`,`4200001,`A00001,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`R-1,`10.00,`0.00,`ORIGINAL,`PROCESSING,`宫保鸡丁, 米饭,`,`-0.06000,`0.60%,`0.00,`10.00,`\r
`2026-11-21 13:00:00,`wx1,`1900000109,`0,`,`4200002,`A00002,`o2,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`面,`,`0.00000,`0.60%,`0.01,`0.00,`\r
`2026-11-21 13:01:00,`wx1,`1900000109,`0,`,`4200002,`A00002,`o2,`MICROPAY,`REVOKED,`OTHERS,`CNY,`0.00,`0.00,`0,`0,`0.01,`0.00,`,`SUCCESS,`面,`,`0.00000,`0.60%,`0.00,`0.01,`\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`4,`36.01,`10.01,`0.00,`0.15600,`38.01,`10.01\r
";

const FLOW: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号

`2026-11-21 12:00:00,`4200001,`F1,`交易,`交易,`收入,`36.00,`136.00,`system,`a,`b,`V1
`2026-11-21 12:00:00,`4200001,`F2,`交易,`扣除交易手续费,`支出,`0.22,`135.78,`system,`,`V2

资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额

`2.0,`1.0,`36.0,`1.0,`0.22
";

const ALIPAY: &str = "#支付宝业务明细查询\r
#账号：[20880000000000000156]\r
#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]\r
#-----------------------------------------业务明细列表----------------------------------------\r
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r
2026112122001\t,A00003\t,交易\t,面,2026-11-21 12:00:00,2026-11-21 12:00:05,\t,\t,\t,\t,*三(138****01)\t,38.00,36.00,0.00,0.00,0.00,2.00,0.00,,0.00\t,0.00,\t,-0.22,0.00,\r
2026112122001\t,A00003\t,退款\t,面,2026-11-21 12:00:00,2026-11-21 12:30:00,\t,\t,\t,\t,*三(138****01)\t,-10.00,-10.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,R-3\t,0.06,0.00,\r
#-----------------------------------------业务明细列表结束------------------------------------\r
#交易合计：1笔，商家实收共36.00元，商家优惠共2.00元\r
#退款合计：1笔，商家实收退款共-10.00元，商家优惠退款共0.00元\r
#导出时间：[2026年11月22日 06:27:10]\r
";

fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

fn noon() -> i64 {
    "2026-11-21T12:00:00+08:00".parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn a_wechat_bill_is_read_by_its_header() {
    let rows = wechat_trade(WECHAT.as_bytes()).unwrap();
    assert_eq!(
        rows[0],
        BillRow {
            kind: RowKind::Payment,
            attempt_no: "A00001".into(),
            channel_txn: "4200001".into(),
            refund_no: None,
            channel_refund: None,
            amount: Money(3800),
            settled: Money(3600),
            fee_e5: 21_600,
            at_ms: noon(),
            state: "SUCCESS".into(),
            line: 2,
        }
    );
    assert_eq!(
        rows[1],
        BillRow {
            kind: RowKind::Refund,
            refund_no: Some("R-1".into()),
            channel_refund: Some("5030001".into()),
            amount: Money(1000),
            settled: Money(1000),
            fee_e5: -6_000,
            at_ms: noon() + 30 * 60_000,
            state: "PROCESSING".into(),
            line: 3,
            ..rows[0].clone()
        }
    );
    assert_eq!((rows[3].kind, rows[3].amount, &*rows[3].attempt_no), (RowKind::Reversal, Money(1), "A00002"));
}

#[test]
fn an_older_wechat_bill_has_other_columns() {
    let old = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\n`2026-11-21 12:00:00,`wx1,`1,`0,`1000,`1002780740,`A00009,`o1,`MICROPAY,`SUCCESS,`CFT,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%\n总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n`1,`0.01,`0.0,`0.0,`0";
    let rows = wechat_trade(old.as_bytes()).unwrap();
    assert_eq!((rows.len(), rows[0].amount, rows[0].settled), (1, Money(1), Money(1)));
}

#[test]
fn a_bill_of_type_refund_is_dated_by_acceptance() {
    let bill = "交易时间,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,退款金额,退款状态,手续费,订单金额,申请退款金额,退款申请时间,退款成功时间\n`2026-11-20 12:00:00,`42,`A00001,`REFUND,`503,`R-1,`1.00,`SUCCESS,`0.00000,`0.00,`1.00,`2026-11-21 12:00:00,`2026-11-21 12:00:09\n总交易单数,申请退款总金额\n`1,`1.00\n";
    assert_eq!(wechat_trade(bill.as_bytes()).unwrap()[0].at_ms, noon());
}

#[test]
fn an_alipay_bill_has_negative_refunds_and_tabs() {
    let rows = alipay_trade(&gbk(ALIPAY)).unwrap();
    assert_eq!(
        (rows[0].kind, rows[0].amount, rows[0].settled, rows[0].fee_e5),
        (RowKind::Payment, Money(3800), Money(3600), 22_000)
    );
    assert_eq!((rows[0].at_ms, rows[0].line, &*rows[0].channel_txn), (noon() + 5000, 6, "2026112122001"));
    assert_eq!((rows[1].kind, rows[1].amount, rows[1].fee_e5), (RowKind::Refund, Money(1000), -6_000));
    assert_eq!((rows[1].refund_no.as_deref(), &*rows[1].attempt_no), (Some("R-3"), "A00003"));
}

#[test]
fn half_width_signs_mean_the_same() {
    let half = ALIPAY.replace('（', "(").replace('）', ")").replace('：', ":").replace('，', ",");
    assert_eq!(alipay_trade(&gbk(&half)), alipay_trade(&gbk(ALIPAY)));
    let full = WECHAT.replace('(', "（");
    assert_eq!(wechat_trade(full.as_bytes()), wechat_trade(WECHAT.as_bytes()));
}

#[test]
fn a_comma_in_a_name_moves_no_column() {
    let named = ALIPAY.replace("\t,面,", "\t,面, 加蛋, 少油,");
    let remarked = ALIPAY.replace(",0.00,\r", ",0.00,a,b\r");
    assert_eq!(alipay_trade(&gbk(&named)), alipay_trade(&gbk(ALIPAY)));
    assert_eq!(alipay_trade(&gbk(&remarked)), alipay_trade(&gbk(ALIPAY)));
    let backtick = WECHAT.replace("米饭", "`a,`b");
    assert_eq!(wechat_trade(backtick.as_bytes()), wechat_trade(WECHAT.as_bytes()));
}

#[test]
fn a_fund_flow_has_signs() {
    let rows = wechat_fund_flow(FLOW.replace("`a,`b", "`a b").as_bytes()).unwrap();
    let row = |business: &str, fen, line| FlowRow {
        channel_no: "4200001".into(),
        business: business.into(),
        amount: Money(fen),
        at_ms: noon(),
        line,
    };
    assert_eq!(rows, [row("交易", 3600, 3), row("扣除交易手续费", -22, 4)]);
    assert_eq!(wechat_fund_flow(FLOW.as_bytes()).unwrap(), rows);
}

#[test]
fn an_empty_day_is_a_result() {
    let wechat = "\u{feff}交易时间,微信订单号,商户订单号,交易状态,手续费,订单金额\r\n总交易单数,手续费总金额,订单总金额\r\n`0,`0.00000,`0.00\r\n";
    assert_eq!(wechat_trade(wechat.as_bytes()), Ok(vec![]));
    let rows = ALIPAY.lines().filter(|line| !line.starts_with('2')).collect::<Vec<_>>().join("\r\n");
    let none = rows.replace("1笔", "0笔").replace("36.00", "0.00").replace("-10.00", "0.00").replace("2.00元", "0.00元");
    assert_eq!(alipay_trade(&gbk(&none)), Ok(vec![]));
    let flow = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元)\n资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`0,`0,`0,`0,`0.00\n";
    assert_eq!(wechat_fund_flow(flow.as_bytes()), Ok(vec![]));
}

#[test]
fn a_bill_that_does_not_add_up_is_a_fault() {
    for (from, to) in [
        ("`4,`36.01", "`5,`36.01"),
        ("`4,`36.01", "`4,`36.02"),
        ("`38.01,`10.01\r", "`38.01,`10.00\r"),
        ("`0.15600", "`0.15601"),
        ("`0.21600", "`0.21599"),
        ("`38.00,`0.00", "`38.10,`0.00"),
    ] {
        let fault = wechat_trade(WECHAT.replace(from, to).as_bytes()).unwrap_err();
        assert!(matches!(fault, BillFault::Sum { line: 7, .. }), "{from}: {fault}");
    }
    for (from, to) in [("交易合计：1笔", "交易合计：2笔"), ("共36.00元", "共36.01元"), ("退款共-10.00元", "退款共10.00元")]
    {
        let fault = alipay_trade(&gbk(&ALIPAY.replace(from, to))).unwrap_err();
        assert!(matches!(fault, BillFault::Sum { .. }), "{from}: {fault}");
    }
    for (from, to) in [("`2.0,", "`3,"), ("`36.0,`1.0", "`36.1,`1"), ("`1.0,`0.22", "`1.0,`0.2"), ("`1.0,`36.0", "`2,`36.0")] {
        let fault = wechat_fund_flow(FLOW.replace(from, to).as_bytes()).unwrap_err();
        assert!(matches!(fault, BillFault::Sum { .. }), "{from}: {fault}");
    }
}

#[test]
fn fees_may_be_summed_up_in_fen() {
    assert!(wechat_trade(WECHAT.replace("`0.15600", "`0.16").as_bytes()).is_ok());
    assert!(wechat_trade(WECHAT.replace("`0.15600", "`0.17").as_bytes()).is_err());
}

#[test]
fn a_fault_names_line_and_column() {
    let fault = |from: &str, to: &str| wechat_trade(WECHAT.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    assert_eq!(fault("`38.00,", "`38.001,"), "line 2, 订单金额: not an amount in yuan and fen");
    assert_eq!(fault("`38.00,", "`-38.00,"), "line 2, 订单金额: negative");
    assert_eq!(fault("13:00:00", "25:00:00"), "line 4, 交易时间: not a time");
    assert_eq!(fault("`REFUND", "`GIFT"), "line 3, 交易状态: a state nobody told us about");
    assert_eq!(fault("`A00002", "`"), "line 4, 商户订单号: empty");
    assert_eq!(fault(",`0.60%,`38.00", ",`38.00"), "line 2: 26 cells under a header of 27");
    assert_eq!(fault("手续费,", "手续费甲,"), "line 1: the header has 0 columns called 手续费");
    assert_eq!(fault("设备号", "手续费"), "line 1: the header has 2 columns called 手续费");
    assert_eq!(alipay_trade(b"#a\n#\xff\n").unwrap_err().to_string(), "line 2: not GBK text");
    assert_eq!(wechat_trade(b"a\nb\n\xff").unwrap_err().to_string(), "line 3: not UTF-8 text");
    assert_eq!(
        wechat_trade(br#"{"code":"NO_STATEMENT_EXIST"}"#).unwrap_err(),
        BillFault::Truncated { line: 1, what: "the summary" }
    );
    assert!(wechat_trade(format!("{WECHAT}`more\r\n").as_bytes()).is_err());
}

#[test]
fn a_positive_alipay_refund_is_a_fault() {
    let fault = alipay_trade(&gbk(&ALIPAY.replace(",-10.00,-10.00", ",10.00,10.00"))).unwrap_err();
    assert_eq!(fault.to_string(), "line 7, 订单金额(元): the wrong sign");
}

fn packed(files: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stand_ins = ["1", "2"];
    for ((name, content), letter) in files.iter().zip(stand_ins) {
        // The library writes UTF-8 names; same-sized ASCII stand-ins are swapped for GBK bytes below.
        zip.start_file(letter.repeat(name.len()), SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    for ((name, _), letter) in files.iter().zip(stand_ins) {
        let stand_in = letter.repeat(name.len());
        let mut at = 0;
        while let Some(found) = bytes[at..].windows(name.len()).position(|w| w == stand_in.as_bytes()) {
            bytes[at + found..at + found + name.len()].copy_from_slice(name);
            at += found + name.len();
        }
    }
    bytes
}

#[test]
fn an_alipay_archive_has_chinese_names() {
    let (details, summary) = (gbk("20880000_20261121_业务明细.csv"), gbk("20880000_20261121_业务明细(汇总总).csv"));
    let zip = packed(&[(&details, &gbk(ALIPAY)), (&summary, b"x")]);
    let files = unzip(&zip).unwrap();
    assert_eq!(files[0].0, "20880000_20261121_业务明细.csv");
    assert_eq!(files[1].0, "20880000_20261121_业务明细(汇总总).csv");
    assert_eq!(alipay_trade(&files[0].1), alipay_trade(&gbk(ALIPAY)));
}

#[test]
fn a_name_that_climbs_is_only_a_name() {
    let files = unzip(&packed(&[(b"../../etc/cron.d/x", b"y")])).unwrap();
    assert_eq!(files, [("../../etc/cron.d/x".to_owned(), b"y".to_vec())]);
}

#[test]
fn traps_are_refused_before_they_open() {
    let zeros = vec![0; 8 << 20];
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    gz.write_all(&zeros).unwrap();
    let bomb = gz.finish().unwrap();
    assert_eq!(gunzip(&bomb), Err(BillFault::TooLarge("unpacked file")));
    assert_eq!(unzip(&packed(&[(b"a.csv", &zeros)])), Err(BillFault::TooLarge("unpacked file")));
    let names: Vec<String> = (10..30).map(|n| format!("{n}")).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in &names {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
    }
    assert_eq!(unzip(&zip.finish().unwrap().into_inner()), Err(BillFault::TooLarge("files in the archive")));
    assert_eq!(unzip(b"PK\x05\x06"), Err(BillFault::Archive("no readable zip")));
    let zip64 = [b"PK\x06\x07".as_slice(), &[0; 16], b"PK\x05\x06", &[0xff; 18]].concat();
    assert_eq!(unzip(&zip64), Err(BillFault::Archive("zip64")));
}

#[test]
fn a_damaged_archive_is_a_fault() {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(WECHAT.as_bytes()).unwrap();
    let good = gz.finish().unwrap();
    assert_eq!(gunzip(&good).unwrap(), WECHAT.as_bytes());
    for cut in 0..good.len() {
        assert!(cut == 0 || gunzip(&good[..cut]).is_err(), "{cut}");
    }
    let zip = packed(&[(b"a.csv", WECHAT.as_bytes())]);
    let mut flipped = zip.clone();
    flipped[60] ^= 1;
    assert_eq!(unzip(&flipped), Err(BillFault::Archive("damaged")));
}

/// What a bill means, however far the file was cut: all of it or a fault.
fn whole_or_fault<T: PartialEq>(bytes: &[u8], read: fn(&[u8]) -> Result<T, BillFault>) {
    let whole = read(bytes).unwrap_or_else(|fault| panic!("{fault}"));
    for cut in 0..bytes.len() {
        if let Ok(rows) = read(&bytes[..cut]) {
            assert!(rows == whole, "cut at {cut}");
        }
    }
}

#[test]
fn a_cut_bill_is_never_a_smaller_bill() {
    whole_or_fault(WECHAT.as_bytes(), wechat_trade);
    whole_or_fault(FLOW.as_bytes(), wechat_fund_flow);
    whole_or_fault(&gbk(ALIPAY), alipay_trade);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (wechat_trade(&bytes), wechat_fund_flow(&bytes), alipay_trade(&bytes), unzip(&bytes), gunzip(&bytes));
    }

    #[test]
    fn a_changed_byte_is_noticed_or_harmless(at in 0usize..10_000, byte in any::<u8>()) {
        let mut bytes = WECHAT.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(rows) = wechat_trade(&bytes) {
            let money = |rows: &[BillRow]| rows.iter().map(|r| (r.settled, r.fee_e5)).collect::<Vec<_>>();
            // Sums hold totals, not rows: what one byte changes in a figure shows in them.
            prop_assert_eq!(money(&rows), money(&wechat_trade(WECHAT.as_bytes()).unwrap()));
        }
    }
}
