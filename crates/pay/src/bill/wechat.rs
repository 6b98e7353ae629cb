//! Reads WeChat Pay's trade bill (交易账单) and fund-flow bill (资金账单).
//!
//! # Source
//! pay.weixin.qq.com, 下载账单 › 交易账单格式 and 资金账单格式 (read 2026-11), and published samples of both. UTF-8 with a byte-order
//! mark, a bare header, rows whose every cell begins with a backtick, a bare summary header, one summary row.

use domain::Money;

use super::{
    BillFault, BillRow, FlowRow, RowKind,
    table::{Column, Decimal, Header, Line, Row, line_of, lines, read_row},
};

/// Columns of the rows beside the summary's columns over them, in every spelling of either.
const TRADE_SUMS: [(&[&str], &[&str]); 6] = [
    (&["应结订单金额"], &["应结订单总金额"]),
    (&["退款金额"], &["退款总金额", "总退款金额"]),
    (&["充值券退款金额"], &["充值券退款总金额"]),
    (&["手续费"], &["手续费总金额"]),
    (&["订单金额", "总金额"], &["订单总金额", "总交易额"]),
    (&["申请退款金额"], &["申请退款总金额", "申请退款金额"]),
];

/// Reads a trade bill of any type (`ALL`, `SUCCESS`, `REFUND`), and checks it against its own summary.
///
/// # Units
/// Yuan in, fen out; fees in hundred-thousandths of a yuan. Times are Beijing's in the file and UTC milliseconds here.
///
/// # Errors
/// The first thing that is not as it should be. A bill is taken whole or not at all.
pub fn wechat_trade(bytes: &[u8]) -> Result<Vec<BillRow>, BillFault> {
    let file = File::read(bytes, "总交易单数")?;
    let columns = Trade::of(&file.header)?;
    let mut rows = Vec::with_capacity(file.rows.len());
    let mut sums = Sums::new(&file)?;
    for line in &file.rows {
        let (row, addends) = file.row(*line, &columns.free, |row| Ok((columns.read(row)?, sums.addends(row)?)))?;
        sums.add(&addends);
        rows.push(row);
    }
    sums.check(rows.len())?;
    Ok(rows)
}

/// Reads a fund-flow bill, and checks it against its own summary.
///
/// # Errors
/// As [`wechat_trade`].
pub fn wechat_fund_flow(bytes: &[u8]) -> Result<Vec<FlowRow>, BillFault> {
    let file = File::read(bytes, "资金流水总笔数")?;
    let columns = Flow::of(&file.header)?;
    let rows = file.rows.iter().map(|line| file.row(*line, &columns.free, |row| columns.read(row)));
    let rows: Vec<FlowRow> = rows.collect::<Result<_, _>>()?;
    check_flow(&file, &rows)?;
    Ok(rows)
}

/// A bill taken apart into its four kinds of lines.
struct File<'a> {
    header: Header,
    rows: Vec<Line<'a>>,
    summary: Header,
    totals: Row<'a>,
}

impl<'a> File<'a> {
    /// `mark` begins the summary's header.
    fn read(bytes: &'a [u8], mark: &str) -> Result<Self, BillFault> {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| BillFault::Encoding { line: line_of(bytes, e.valid_up_to()), encoding: "UTF-8" })?;
        let mut lines = lines(text)?;
        let first = lines.next().ok_or(BillFault::Truncated { line: 0, what: "the header" })?;
        let (mut rows, mut last) = (Vec::new(), first.no);
        let summary = loop {
            let line = lines.next().ok_or(BillFault::Truncated { line: last, what: "the summary" })?;
            last = line.no;
            if line.text.starts_with('`') {
                rows.push(line);
            } else if line.text.trim_start().starts_with(mark) {
                break line;
            } else {
                return Err(BillFault::Line { line: line.no, what: "neither a row nor the summary" });
            }
        };
        let totals = lines.next().ok_or(BillFault::Truncated { line: last, what: "the summary's figures" })?;
        if let Some(more) = lines.next() {
            return Err(BillFault::Line { line: more.no, what: "after the end" });
        }
        let (header, summary, totals) = (Header::read(first), Header::read(summary), cells(totals)?);
        if totals.len() != summary.len() {
            return Err(BillFault::Width { line: totals.line, wanted: summary.len(), got: totals.len() });
        }
        Ok(Self { header, rows, summary, totals })
    }

    fn row<T>(&self, line: Line<'_>, free: &[Column], read: impl Fn(&Row<'_>) -> Result<T, BillFault>) -> Result<T, BillFault> {
        read_row(cells(line)?, self.header.len(), free, ",`", read)
    }

    /// A figure of the summary, if it has such a column.
    fn total(&self, spellings: &[&'static str]) -> Result<Option<(Column, Decimal)>, BillFault> {
        let Some(column) = self.summary.find(spellings)? else { return Ok(None) };
        let figure = Decimal::read(self.totals.text(column)).ok_or_else(|| self.totals.fault(column, "not a number"))?;
        Ok(Some((column, figure)))
    }

    fn check_count(&self, spelling: &'static str, rows: usize) -> Result<(), BillFault> {
        let column = self.summary.need(&[spelling])?;
        let says = Decimal::read(self.totals.text(column)).and_then(Decimal::whole);
        let says = i128::from(says.ok_or_else(|| self.totals.fault(column, "not a count"))?);
        let rows = i128::try_from(rows).unwrap_or(i128::MAX);
        if says == rows { Ok(()) } else { Err(self.off(column, says, rows)) }
    }

    fn off(&self, column: Column, says: i128, rows: i128) -> BillFault {
        BillFault::Sum { line: self.totals.line, column: column.name.to_owned(), says, rows }
    }
}

/// Commas stand in names too, so a row is cut where a comma and a backtick meet.
fn cells(line: Line<'_>) -> Result<Row<'_>, BillFault> {
    let rest =
        line.text.trim().strip_prefix('`').ok_or(BillFault::Line { line: line.no, what: "a row begins with a backtick" })?;
    Ok(Row::new(line.no, rest.split(",`")))
}

/// Where the trade bill keeps what we read.
struct Trade {
    at: Column,
    accepted: Option<Column>,
    txn: Column,
    attempt: Column,
    state: Column,
    amount: Column,
    settled: Option<Column>,
    refund: Option<Refund>,
    fee: Column,
    free: Vec<Column>,
}

/// The columns that bills of type `SUCCESS` leave out.
struct Refund {
    no: Column,
    channel_no: Column,
    asked: Column,
    settled: Option<Column>,
    state: Option<Column>,
}

impl Trade {
    fn of(header: &Header) -> Result<Self, BillFault> {
        let free = [header.find(&["商品名称"])?, header.find(&["商户数据包"])?];
        Ok(Self {
            at: header.need(&["交易时间"])?,
            accepted: header.find(&["退款申请时间"])?,
            txn: header.need(&["微信订单号"])?,
            attempt: header.need(&["商户订单号"])?,
            state: header.need(&["交易状态"])?,
            amount: header.need(&["订单金额", "总金额", "应结订单金额"])?,
            settled: header.find(&["应结订单金额"])?,
            refund: Refund::of(header)?,
            fee: header.need(&["手续费"])?,
            free: free.into_iter().flatten().collect(),
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<BillRow, BillFault> {
        match row.text(self.state) {
            "SUCCESS" => self.payment(row),
            "REFUND" => self.back(row, RowKind::Refund),
            "REVOKED" => self.back(row, RowKind::Reversal),
            _ => Err(row.fault(self.state, "a state nobody told us about")),
        }
    }

    fn payment(&self, row: &Row<'_>) -> Result<BillRow, BillFault> {
        let amount = not_negative(row, self.amount)?;
        Ok(BillRow {
            kind: RowKind::Payment,
            attempt_no: row.need(self.attempt)?,
            channel_txn: row.need(self.txn)?,
            refund_no: None,
            channel_refund: None,
            amount,
            settled: self.settled.map_or(Ok(amount), |column| not_negative(row, column))?,
            fee_e5: row.e5(self.fee)?,
            at_ms: row.time(self.at)?,
            state: row.text(self.state).to_owned(),
            line: row.line,
        })
    }

    /// A refund, or a payment by code taken back, which is booked like one.
    fn back(&self, row: &Row<'_>, kind: RowKind) -> Result<BillRow, BillFault> {
        let refund = self.refund.as_ref().ok_or_else(|| row.fault(self.state, "a refund in a bill without refunds"))?;
        let asked = not_negative(row, refund.asked)?;
        // Samples of reversals differ in where the amount stands.
        let amount = if kind == RowKind::Reversal && asked == Money(0) { not_negative(row, self.amount)? } else { asked };
        let settled = refund.settled.map_or(Ok(amount), |column| not_negative(row, column))?;
        let (refund_no, channel_refund) = (row.number(refund.no), row.number(refund.channel_no));
        if kind == RowKind::Refund && refund_no.is_none() && channel_refund.is_none() {
            return Err(row.fault(refund.no, "a refund without a number"));
        }
        Ok(BillRow {
            kind,
            attempt_no: row.need(self.attempt)?,
            channel_txn: row.need(self.txn)?,
            refund_no,
            channel_refund,
            amount,
            settled,
            fee_e5: row.e5(self.fee)?,
            at_ms: row.time(self.accepted.filter(|column| !row.text(*column).is_empty()).unwrap_or(self.at))?,
            state: row.text(refund.state.unwrap_or(self.state)).to_owned(),
            line: row.line,
        })
    }
}

impl Refund {
    fn of(header: &Header) -> Result<Option<Self>, BillFault> {
        let Some(no) = header.find(&["商户退款单号"])? else { return Ok(None) };
        Ok(Some(Self {
            no,
            channel_no: header.need(&["微信退款单号"])?,
            asked: header.need(&["申请退款金额", "退款金额"])?,
            settled: header.find(&["退款金额"])?,
            state: header.find(&["退款状态"])?,
        }))
    }
}

fn not_negative(row: &Row<'_>, column: Column) -> Result<Money, BillFault> {
    match row.yuan(column)? {
        amount if amount < Money(0) => Err(row.fault(column, "negative")),
        amount => Ok(amount),
    }
}

/// The running sums that the summary states, in hundred-thousandths of a yuan.
struct Sums<'a> {
    file: &'a File<'a>,
    /// Column of the rows (bills of one type lack some, and those must sum to nothing), column of the summary, what it states, what
    /// the rows make so far.
    pairs: Vec<(Option<Column>, Column, Decimal, i128)>,
}

impl<'a> Sums<'a> {
    fn new(file: &'a File<'a>) -> Result<Self, BillFault> {
        let mut pairs = Vec::new();
        for (of_rows, of_summary) in TRADE_SUMS {
            if let Some((total, says)) = file.total(of_summary)? {
                pairs.push((file.header.find(of_rows)?, total, says, 0));
            }
        }
        Ok(Self { file, pairs })
    }

    fn addends(&self, row: &Row<'_>) -> Result<Vec<i64>, BillFault> {
        self.pairs.iter().map(|(column, ..)| column.map_or(Ok(0), |column| row.e5(column))).collect()
    }

    fn add(&mut self, addends: &[i64]) {
        for ((.., sum), addend) in self.pairs.iter_mut().zip(addends) {
            *sum += i128::from(*addend);
        }
    }

    fn check(&self, rows: usize) -> Result<(), BillFault> {
        self.file.check_count("总交易单数", rows)?;
        match self.pairs.iter().find(|(_, _, says, sum)| !says.agrees(*sum)) {
            Some((_, total, says, sum)) => Err(self.file.off(*total, i128::from(says.e5), *sum)),
            None => Ok(()),
        }
    }
}

/// Where the fund-flow bill keeps what we read.
struct Flow {
    at: Column,
    no: Column,
    business: Column,
    way: Column,
    amount: Column,
    free: Vec<Column>,
}

impl Flow {
    fn of(header: &Header) -> Result<Self, BillFault> {
        Ok(Self {
            at: header.need(&["记账时间"])?,
            no: header.need(&["微信支付业务单号"])?,
            business: header.need(&["业务类型", "业务名称"])?,
            way: header.need(&["收支类型"])?,
            amount: header.need(&["收支金额(元)", "收支金额"])?,
            free: header.find(&["备注"])?.into_iter().collect(),
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<FlowRow, BillFault> {
        let amount = not_negative(row, self.amount)?;
        let amount = match row.text(self.way) {
            "收入" => amount,
            "支出" => Money(-amount.0),
            _ => return Err(row.fault(self.way, "neither in nor out")),
        };
        Ok(FlowRow {
            channel_no: row.need(self.no)?,
            business: row.text(self.business).to_owned(),
            amount,
            at_ms: row.time(self.at)?,
            line: row.line,
        })
    }
}

fn check_flow(file: &File<'_>, rows: &[FlowRow]) -> Result<(), BillFault> {
    file.check_count("资金流水总笔数", rows.len())?;
    let (into, out): (Vec<i128>, Vec<i128>) = rows.iter().map(|row| i128::from(row.amount.0)).partition(|fen| *fen >= 0);
    // A movement of nothing may have been booked on either side.
    let nothing = rows.iter().filter(|row| row.amount == Money(0)).count();
    if nothing == 0 {
        file.check_count("收入笔数", into.len())?;
        file.check_count("支出笔数", out.len())?;
    }
    for (name, sum) in [("收入金额", into.iter().sum::<i128>()), ("支出金额", -out.iter().sum::<i128>())] {
        let column = file.summary.need(&[name])?;
        let (_, says) = file.total(&[name])?.ok_or_else(|| file.totals.fault(column, "empty"))?;
        if !says.agrees(sum * 1000) {
            return Err(file.off(column, i128::from(says.e5), sum * 1000));
        }
    }
    Ok(())
}
