//! Alipay's bill files: GBK, comment lines with `#`, a tab after every number, two files in a ZIP.
//!
//! # Source
//! opendocs.alipay.com, 下载对账单 and the column lists of exported bills (read 2026-11).

use jiff::civil::Date;

use super::entry::{Entry, Kind};
use crate::{alipay::text, identity::SELLER_ID};

const DETAIL: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,\
订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,\
商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";
/// Half-width parentheses and fewer columns, as some merchants get.
const OLD_DETAIL: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,\
订单金额(元),商家实收(元),支付宝红包(元),集分宝(元),支付宝优惠(元),商家优惠(元),退款批次号,服务费(元),备注";
const SUMMARY: &str = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,\
卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）";
const ACCOUNT: &str = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注";

/// 业务明细: one row per payment and refund.
pub(crate) fn detail(entries: &[Entry], day: Date, now: i64, old_columns: bool) -> String {
    let header = if old_columns { OLD_DETAIL } else { DETAIL };
    let rows: String = entries
        .iter()
        .map(|entry| header.split(',').map(|name| cell(entry, name)).collect::<Vec<_>>().join(",") + "\r\n")
        .collect();
    let total = |kind: &str, paid: bool| {
        let of: Vec<&Entry> = entries.iter().filter(|e| (e.kind == Kind::Payment) == paid).collect();
        let fen: i64 = of.iter().map(|entry| signed_fen(entry)).sum();
        format!("#{kind}合计：{}笔，商家实收共{}元，商家优惠共0.00元\r\n", of.len(), text::yuan(fen))
    };
    format!(
        "{}{}{header}\r\n{rows}{}{}{}#导出时间：[{}]\r\n",
        head("#支付宝业务明细查询", day),
        rule("业务明细列表", "----------------------------------------"),
        rule("业务明细列表结束", "------------------------------------"),
        total("交易", true),
        total("退款", false),
        stamp(now),
    )
}

/// 业务明细(汇总): the same in one row per store.
pub(crate) fn summary(entries: &[Entry], day: Date, now: i64) -> String {
    let paid = entries.iter().filter(|entry| entry.kind == Kind::Payment).count();
    let fen = |of: fn(&Entry) -> i64| entries.iter().map(of).sum::<i64>();
    let (sum, fee) = (fen(signed_fen), fen(|entry| -entry.fee_fen));
    let row = [
        "合计\t".to_owned(),
        String::new(),
        paid.to_string(),
        (entries.len() - paid).to_string(),
        text::yuan(sum),
        text::yuan(sum),
        text::yuan(0),
        text::yuan(0),
        text::yuan(0),
        text::yuan(fee),
        text::yuan(0),
        text::yuan(sum + fee),
    ]
    .join(",");
    format!(
        "{}{}{SUMMARY}\r\n{row}\r\n{}#导出时间：[{}]\r\n",
        head("#支付宝业务汇总查询", day),
        rule("业务汇总列表", "----------------------------------------"),
        rule("业务汇总列表结束", "------------------------------------"),
        stamp(now),
    )
}

/// 账务明细: movements of the account, fees as rows of their own.
pub(crate) fn account(entries: &[Entry], day: Date, now: i64, opening_fen: i64) -> String {
    let mut balance = opening_fen;
    let mut rows = String::new();
    for (i, entry) in entries.iter().enumerate() {
        let kind = if entry.kind == Kind::Payment { "在线支付" } else { "交易退款" };
        let moves = [(kind, signed_fen(entry)), ("收费", -entry.fee_fen)];
        for (j, (kind, fen)) in moves.into_iter().filter(|(_, fen)| *fen != 0).enumerate() {
            balance += fen;
            rows += &account_row(entry, kind, fen, balance, i * 2 + j);
        }
    }
    format!(
        "{}{}{ACCOUNT}\r\n{rows}{}#导出时间：[{}]\r\n",
        head("#支付宝账务明细查询", day),
        rule("账务明细列表", "----------------------------------------"),
        rule("账务明细列表结束", "------------------------------------"),
        stamp(now),
    )
}

fn account_row(entry: &Entry, kind: &str, fen: i64, balance: i64, i: usize) -> String {
    let side = |wanted: bool| if wanted { text::yuan(fen) } else { String::new() };
    let cells = [
        format!("{}{i:06}\t", entry.at_ms),
        format!("{}\t", entry.txn),
        format!("{}\t", entry.number),
        plain(&entry.description),
        text::time(entry.at_ms),
        plain(&entry.payer),
        side(fen > 0),
        side(fen < 0),
        text::yuan(balance),
        "支付宝".to_owned(),
        kind.to_owned(),
        entry.refund.as_ref().map_or(String::new(), |(number, _)| number.clone()),
    ];
    cells.join(",") + "\r\n"
}

fn head(title: &str, day: Date) -> String {
    let from = day.strftime("%Y年%m月%d日 00:00:00");
    let to = day.tomorrow().unwrap_or(day).strftime("%Y年%m月%d日 00:00:00");
    format!("{title}\r\n#账号：[{SELLER_ID}]\r\n#起始日期：[{from}]   终止日期：[{to}]\r\n")
}

fn rule(title: &str, tail: &str) -> String {
    format!("#-----------------------------------------{title}{tail}\r\n")
}

fn stamp(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    jiff::tz::offset(8).to_datetime(at).strftime("%Y年%m月%d日 %H:%M:%S").to_string()
}

/// Refunds are negative.
fn signed_fen(entry: &Entry) -> i64 {
    if entry.kind == Kind::Payment { entry.fen } else { -entry.fen }
}

/// Alipay quotes nothing, so what would break a row cannot stay in it.
fn plain(text: &str) -> String {
    text.replace([',', '\r', '\n', '\t', '"'], " ")
}

fn cell(entry: &Entry, name: &str) -> String {
    let name = name.replace('(', "（").replace(')', "）");
    match name.as_str() {
        "支付宝交易号" => format!("{}\t", entry.txn),
        "商户订单号" => format!("{}\t", entry.number),
        "业务类型" => business(entry),
        "商品名称" => plain(&entry.description),
        "创建时间" => text::time(if entry.kind == Kind::Payment { entry.created_ms } else { entry.at_ms }),
        "完成时间" => text::time(entry.done_ms),
        "门店编号" | "终端号" => "\t".to_owned(),
        "对方账户" => "*测(159****5620)\t".to_owned(),
        "订单金额（元）" | "商家实收（元）" => text::yuan(signed_fen(entry)),
        "服务费（元）" => text::yuan(-entry.fee_fen),
        "退款批次号/请求号" | "退款批次号" => {
            entry.refund.as_ref().map_or_else(|| "\t".to_owned(), |(number, _)| format!("{number}\t"))
        }
        "门店名称" | "操作员" | "券名称" | "备注" => String::new(),
        // Coupons, points, cards and shares: none here.
        _ => text::yuan(0),
    }
}

/// 交易 or 退款; a spoiled state turns one into the other, or into whatever was asked for.
fn business(entry: &Entry) -> String {
    let (own, other) = if entry.kind == Kind::Payment { ("交易", "退款") } else { ("退款", "交易") };
    match entry.state.as_str() {
        "SUCCESS" | "PROCESSING" => own.to_owned(),
        "REVOKED" | "ABNORMAL" => other.to_owned(),
        asked => asked.to_owned(),
    }
}
