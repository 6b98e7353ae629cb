//! WeChat Pay's bill files: UTF-8 with BOM, CRLF, a backtick before every cell, two summary lines at the end.
//!
//! # Source
//! pay.weixin.qq.com/docs/merchant/products/bill-download, format-trade and format-fundflow (read 2026-11).

use super::entry::{Entry, Kind};
use crate::{
    alipay::text,
    identity::{APP_ID, MCH_ID},
};

/// `bill_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BillType {
    All,
    Success,
    Refund,
}

impl BillType {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "" | "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            _ => None,
        }
    }

    pub(crate) fn has(self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::Success => entry.kind == Kind::Payment,
            Self::Refund => entry.kind != Kind::Payment,
        }
    }
}

const ALL: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,\
手续费,费率,订单金额,申请退款金额,费率备注";
const SUCCESS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注";
const REFUND: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
/// What merchants of long ago still get.
const OLD: &str = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
总金额,企业红包金额,微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率";
const SUMMARY: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const OLD_SUMMARY: &str = "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额";
const FLOW: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FLOW_SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// The trade bill's text. Every column is made under its name, so that each layout only chooses names.
pub(crate) fn trade(entries: &[Entry], kind: BillType, old_columns: bool) -> String {
    let entries: Vec<&Entry> = entries.iter().filter(|entry| kind.has(entry)).collect();
    let (header, summary) = match (old_columns, kind) {
        (true, _) => (OLD, OLD_SUMMARY),
        (false, BillType::All) => (ALL, SUMMARY),
        (false, BillType::Success) => (SUCCESS, SUMMARY),
        (false, BillType::Refund) => (REFUND, SUMMARY),
    };
    let rows = entries.iter().map(|entry| row(header.split(',').map(|name| cell(entry, name))));
    let sums = row(summary.split(',').map(|name| sum(&entries, name)));
    file(header, rows, summary, sums)
}

fn file(header: &str, rows: impl Iterator<Item = String>, summary: &str, sums: String) -> String {
    let rows: String = rows.map(|row| format!("{row}\r\n")).collect();
    format!("\u{feff}{header}\r\n{rows}{summary}\r\n{sums}\r\n")
}

fn row(cells: impl Iterator<Item = String>) -> String {
    cells.map(|cell| format!("`{}", cell.replace('\r', "\\r").replace('\n', "\\n"))).collect::<Vec<_>>().join(",")
}

fn cell(entry: &Entry, name: &str) -> String {
    let paid = entry.kind == Kind::Payment;
    let when = |wanted: bool, text: &str| if wanted { text.to_owned() } else { String::new() };
    let (refund_no, refund_id) = entry.refund.clone().unwrap_or_else(|| ("0".to_owned(), "0".to_owned()));
    let back = if paid { 0 } else { entry.fen };
    match name {
        "交易时间" | "退款申请时间" => text::time(entry.at_ms),
        "退款成功时间" => when(entry.state == "SUCCESS", &text::time(entry.done_ms)),
        "公众账号ID" => APP_ID.to_owned(),
        "商户号" => MCH_ID.to_owned(),
        "特约商户号" | "子商户号" => "0".to_owned(),
        "微信订单号" => entry.txn.clone(),
        "商户订单号" => entry.number.clone(),
        "用户标识" => entry.payer.clone(),
        "交易类型" => entry.trade_type.to_owned(),
        "交易状态" => match entry.kind {
            Kind::Payment => entry.state.clone(),
            Kind::Refund => "REFUND".to_owned(),
            Kind::Reversal => "REVOKED".to_owned(),
        },
        "付款银行" => "OTHERS".to_owned(),
        "货币种类" => "CNY".to_owned(),
        "应结订单金额" | "订单金额" | "总金额" => text::yuan(if paid { entry.fen } else { 0 }),
        "代金券金额" | "企业红包金额" | "充值券退款金额" | "企业红包退款金额" => text::yuan(0),
        "微信退款单号" => refund_id,
        "商户退款单号" => refund_no,
        "退款金额" | "申请退款金额" => text::yuan(back),
        "退款类型" => when(!paid, "ORIGINAL"),
        "退款状态" => when(!paid, &entry.state),
        "商品名称" => entry.description.clone(),
        "手续费" => five_decimals(entry.fee_fen),
        "费率" => "0.60%".to_owned(),
        "商户数据包" => entry.attach.clone(),
        // 设备号, 费率备注: nothing.
        _ => String::new(),
    }
}

fn five_decimals(fen: i64) -> String {
    format!("{}000", text::yuan(fen))
}

fn sum(entries: &[&Entry], name: &str) -> String {
    let fen = |paid: bool| entries.iter().filter(|e| (e.kind == Kind::Payment) == paid).map(|e| e.fen).sum::<i64>();
    match name {
        "总交易单数" => entries.len().to_string(),
        "应结订单总金额" | "订单总金额" | "总交易额" => text::yuan(fen(true)),
        "退款总金额" | "申请退款总金额" | "总退款金额" => text::yuan(fen(false)),
        "手续费总金额" => five_decimals(entries.iter().map(|e| e.fee_fen).sum()),
        // Coupons.
        _ => text::yuan(0),
    }
}

/// One movement of the account.
struct Flow<'a> {
    entry: &'a Entry,
    name: &'static str,
    /// Positive in, negative out.
    fen: i64,
    note: String,
}

/// The fund-flow bill's text. Fees of payments are their own rows; a refund's row is net of the fee that comes back.
pub(crate) fn fund_flow(entries: &[Entry], opening_fen: i64) -> String {
    let flows: Vec<Flow> = entries.iter().flat_map(flows_of).collect();
    let mut balance = opening_fen;
    let rows = flows.iter().enumerate().map(|(i, flow)| {
        balance += flow.fen;
        flow_row(flow, i, balance)
    });
    let rows: Vec<String> = rows.collect();
    let side = |wanted: bool| flows.iter().map(|flow| flow.fen).filter(|fen| (*fen > 0) == wanted).collect::<Vec<i64>>();
    let (income, spent) = (side(true), side(false));
    let sums = [
        flows.len().to_string(),
        income.len().to_string(),
        text::yuan(income.iter().sum()),
        spent.len().to_string(),
        text::yuan(-spent.iter().sum::<i64>()),
    ];
    file(FLOW, rows.into_iter(), FLOW_SUMMARY, row(sums.into_iter()))
}

/// What an entry moves.
pub(crate) fn net_fen(entry: &Entry) -> i64 {
    flows_of(entry).iter().map(|flow| flow.fen).sum()
}

fn flows_of(entry: &Entry) -> Vec<Flow<'_>> {
    match entry.kind {
        Kind::Payment => {
            let paid = Flow { entry, name: "交易", fen: entry.fen, note: String::new() };
            let fee = Flow { entry, name: "扣除交易手续费", fen: -entry.fee_fen, note: "结算手续费".to_owned() };
            [paid, fee].into_iter().filter(|flow| flow.fen != 0).collect()
        }
        // A refund that ended closed moved nothing.
        Kind::Refund if entry.state == "CLOSED" => Vec::new(),
        Kind::Refund | Kind::Reversal => {
            let note = format!("退款总金额{}元;含手续费{}元", text::yuan(entry.fen), text::yuan(-entry.fee_fen));
            vec![Flow { entry, name: "退款", fen: -entry.fen - entry.fee_fen, note }]
        }
    }
}

fn flow_row(flow: &Flow, i: usize, balance: i64) -> String {
    let entry = flow.entry;
    let (voucher, business) = entry.refund.clone().unwrap_or_else(|| (entry.number.clone(), entry.txn.clone()));
    let day = text::time(entry.at_ms).chars().filter(char::is_ascii_digit).collect::<String>();
    row([
        text::time(entry.at_ms),
        business,
        format!("1000009999{day}{i:06}"),
        flow.name.to_owned(),
        flow.name.to_owned(),
        if flow.fen > 0 { "收入" } else { "支出" }.to_owned(),
        text::yuan(flow.fen.abs()),
        text::yuan(balance),
        "system".to_owned(),
        flow.note.clone(),
        voucher,
    ]
    .into_iter())
}
