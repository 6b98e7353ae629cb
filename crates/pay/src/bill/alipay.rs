//! Reads Alipay's trade bill (业务明细), one file of the archive it sends.
//!
//! # Source
//! opendocs.alipay.com, alipay.data.dataservice.bill.downloadurl.query (read 2026-11), and published samples: GBK, `#` before
//! every line that is no row, cells that end with a tab, refunds negative, two lines of totals at the end.

use domain::Money;
use encoding_rs::GBK;

use super::{
    BillFault, BillRow, RowKind,
    table::{Column, Decimal, Header, Line, Row, line_of, lines, read_row},
};

/// Reads a trade bill and checks it against its own totals.
///
/// # Units
/// Yuan in, fen out; fees in hundred-thousandths of a yuan, positive where the merchant pays. Times are Beijing's in the file and
/// UTC milliseconds here.
///
/// # Errors
/// The first thing that is not as it should be. A bill is taken whole or not at all.
pub fn alipay_trade(gbk: &[u8]) -> Result<Vec<BillRow>, BillFault> {
    let text = GBK.decode_without_bom_handling_and_without_replacement(gbk).ok_or_else(|| not_gbk(gbk))?;
    let file = File::read(&text)?;
    let columns = Columns::of(&file.header)?;
    let mut rows = Vec::with_capacity(file.rows.len());
    let mut sums = Sums::default();
    for line in &file.rows {
        let row = Row::new(line.no, line.text.split(','));
        let (row, received) = read_row(row, file.header.len(), &columns.free, ",", |row| columns.read(row))?;
        sums.add(&row, received);
        rows.push(row);
    }
    file.payments.check("交易合计", &sums.payments)?;
    file.refunds.check("退款合计", &sums.refunds)?;
    Ok(rows)
}

/// Finds the line at fault, which costs a second reading.
fn not_gbk(gbk: &[u8]) -> BillFault {
    let is_bad = |line: &[u8]| GBK.decode_without_bom_handling_and_without_replacement(line).is_none();
    let mut start = 0;
    for line in gbk.split_inclusive(|b| *b == b'\n') {
        if is_bad(line) {
            break;
        }
        start += line.len();
    }
    BillFault::Encoding { line: line_of(gbk, start), encoding: "GBK" }
}

/// A bill taken apart.
struct File<'a> {
    header: Header,
    rows: Vec<Line<'a>>,
    payments: Totals,
    refunds: Totals,
}

impl<'a> File<'a> {
    fn read(text: &'a str) -> Result<Self, BillFault> {
        let (mut header, mut rows) = (None, Vec::new());
        let (mut payments, mut refunds) = (None, None);
        let mut last = 0;
        for line in lines(text)? {
            last = line.no;
            let is_remark = line.text.starts_with('#');
            if line.text.starts_with("#交易合计") {
                payments = Some(Totals::read(line)?);
            } else if line.text.starts_with("#退款合计") {
                refunds = Some(Totals::read(line)?);
            } else if is_remark {
                continue;
            } else if payments.is_some() || refunds.is_some() {
                return Err(BillFault::Line { line: line.no, what: "after the totals" });
            } else if header.is_none() {
                header = Some(Header::read(line));
            } else {
                rows.push(line);
            }
        }
        let missing = |what| BillFault::Truncated { line: last, what };
        Ok(Self {
            header: header.ok_or_else(|| missing("the header"))?,
            rows,
            payments: payments.ok_or_else(|| missing("the totals of payments"))?,
            refunds: refunds.ok_or_else(|| missing("the totals of refunds"))?,
        })
    }
}

/// Where the bill keeps what we read.
struct Columns {
    txn: Column,
    attempt: Column,
    kind: Column,
    begun: Column,
    done: Column,
    amount: Column,
    received: Column,
    refund: Column,
    fee: Column,
    free: Vec<Column>,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, BillFault> {
        let free = [header.find(&["商品名称"])?, header.find(&["备注"])?, header.find(&["门店名称"])?];
        Ok(Self {
            txn: header.need(&["支付宝交易号"])?,
            attempt: header.need(&["商户订单号"])?,
            kind: header.need(&["业务类型"])?,
            begun: header.need(&["创建时间"])?,
            done: header.need(&["完成时间"])?,
            amount: header.need(&["订单金额(元)", "订单金额"])?,
            received: header.need(&["商家实收(元)", "商家实收"])?,
            refund: header.need(&["退款批次号/请求号", "退款批次号"])?,
            fee: header.need(&["服务费(元)", "服务费"])?,
            free: free.into_iter().flatten().collect(),
        })
    }

    /// A row, and what the merchant received as written.
    fn read(&self, row: &Row<'_>) -> Result<(BillRow, Money), BillFault> {
        let (kind, sign) = match row.text(self.kind) {
            "交易" => (RowKind::Payment, 1),
            "退款" => (RowKind::Refund, -1),
            _ => return Err(row.fault(self.kind, "a kind nobody told us about")),
        };
        let signed = |column: Column| match row.yuan(column)?.0.checked_mul(sign) {
            Some(fen @ 0..) => Ok(Money(fen)),
            Some(_) | None => Err(row.fault(column, "the wrong sign")),
        };
        // Not used, but a row read one column off shows in it.
        row.time(self.begun)?;
        let read = BillRow {
            kind,
            attempt_no: row.need(self.attempt)?,
            channel_txn: row.need(self.txn)?,
            refund_no: row.number(self.refund).filter(|_| kind == RowKind::Refund),
            channel_refund: None,
            amount: signed(self.amount)?,
            settled: signed(self.received)?,
            fee_e5: -row.e5(self.fee)?,
            at_ms: row.time(self.done)?,
            state: row.text(self.kind).to_owned(),
            line: row.line,
        };
        Ok((read, row.yuan(self.received)?))
    }
}

/// One line of totals: `#退款合计：1笔，商家实收退款共-3000.00元，商家优惠退款共0.00元`.
struct Totals {
    line: u32,
    count: i128,
    /// What it says of what the merchant received (or gave back), and of the orders' totals in older bills.
    received: Option<Decimal>,
    ordered: Option<Decimal>,
}

impl Totals {
    fn read(line: Line<'_>) -> Result<Self, BillFault> {
        let fault = |what| BillFault::Line { line: line.no, what };
        let text = line.text.replace('：', ":").replace('，', ",");
        let (_, figures) = text.split_once(':').ok_or(fault("totals without figures"))?;
        let mut totals = Self { line: line.no, count: -1, received: None, ordered: None };
        for figure in figures.split(',').map(str::trim) {
            if let Some(count) = figure.strip_suffix('笔') {
                totals.count = count.trim().parse::<u32>().map_err(|_| fault("an unreadable count"))?.into();
                continue;
            }
            let (label, amount) =
                figure.strip_suffix('元').and_then(|f| f.split_once('共')).ok_or(fault("an unreadable total"))?;
            let amount = Decimal::read(amount.trim()).ok_or(fault("an unreadable total"))?;
            match label.trim() {
                "商家实收" | "商家实收退款" => totals.received = Some(amount),
                "交易金额" | "交易退款金额" => totals.ordered = Some(amount),
                _ => {}
            }
        }
        let is_whole = totals.count >= 0 && (totals.received.is_some() || totals.ordered.is_some());
        if is_whole { Ok(totals) } else { Err(fault("totals without a count or a sum")) }
    }

    fn check(&self, name: &str, sums: &Sum) -> Result<(), BillFault> {
        let off = |what: &str, says, rows| BillFault::Sum { line: self.line, column: format!("{name} {what}"), says, rows };
        if self.count != sums.count {
            return Err(off("笔数", self.count, sums.count));
        }
        for (what, says, rows) in [("商家实收", self.received, sums.received), ("交易金额", self.ordered, sums.ordered)] {
            if let Some(says) = says.filter(|says| !says.agrees(rows)) {
                return Err(off(what, says.e5.into(), rows));
            }
        }
        Ok(())
    }
}

/// What the rows make, in hundred-thousandths of a yuan, signed as in the file.
#[derive(Debug, Default)]
struct Sums {
    payments: Sum,
    refunds: Sum,
}

#[derive(Debug, Default)]
struct Sum {
    count: i128,
    received: i128,
    ordered: i128,
}

impl Sums {
    fn add(&mut self, row: &BillRow, received: Money) {
        let (sum, sign) = match row.kind {
            RowKind::Payment => (&mut self.payments, 1),
            RowKind::Refund | RowKind::Reversal => (&mut self.refunds, -1),
        };
        sum.count += 1;
        sum.received += i128::from(received.0) * 1000;
        sum.ordered += i128::from(row.amount.0) * 1000 * sign;
    }
}
