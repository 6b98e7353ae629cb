//! A channel's adapter, broken in one way each.

use async_trait::async_trait;
use domain::Money;
use pay::{
    BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeBody,
    NoticeRefused, NoticeReply, Open, OpenBy, Opened, Outcome, Paid, RefundAsk, RefundState, Reversed,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    NoSignature,
    OtherNumber,
    RefundNewNumber,
    RefundTwice,
    NeverAsks,
}

/// Puts it around a sound one.
pub fn around(inner: Arc<dyn Channel>, broken: Broken) -> Arc<dyn Channel> {
    Arc::new(Around { inner, broken, tries: AtomicU32::new(0) })
}

#[derive(Debug)]
struct Around {
    inner: Arc<dyn Channel>,
    broken: Broken,
    tries: AtomicU32,
}

impl Around {
    fn other(&self, number: &str) -> String {
        let tries = self.tries.fetch_add(1, Ordering::Relaxed);
        let mut other: String = number.chars().take(number.len().saturating_sub(4)).collect();
        other.push_str(&format!("{:04x}", tries & 0xffff));
        other
    }
}

/// What a notice of Alipay's form says, signed or not; the rest is filled in as expected.
fn believed(channel: &Around, body: &[u8]) -> Option<Notice> {
    let text = std::str::from_utf8(body).ok()?;
    let field = |name: &str| text.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let yuan: f64 = field("total_amount")?.parse().ok()?;
    let attempt_no = field("out_trade_no")?.to_owned();
    let paid = Paid {
        channel_txn: field("trade_no")?.to_owned(),
        amount: Money((yuan * 100.0).round() as i64),
        currency: "CNY".to_owned(),
        merchant: channel.merchant().to_owned(),
        app: channel.app().to_owned(),
        attempt_no: attempt_no.clone(),
        paid_at_ms: 0,
        payer: None,
    };
    Some(Notice { id: attempt_no, body: NoticeBody::Paid(paid) })
}

#[async_trait]
impl Channel for Around {
    fn name(&self) -> ChannelName {
        self.inner.name()
    }
    fn merchant(&self) -> &str {
        self.inner.merchant()
    }
    fn app(&self) -> &str {
        self.inner.app()
    }
    async fn open(&self, open: &Open, by: &OpenBy) -> Outcome<Opened> {
        let mut open = open.clone();
        if self.broken == Broken::OtherNumber {
            open.attempt_no = self.other(&open.attempt_no);
        }
        self.inner.open(&open, by).await
    }
    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        self.inner.pay_code(pay).await
    }
    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed> {
        self.inner.reverse(attempt_no).await
    }
    fn reverse_after_ms(&self) -> i64 {
        self.inner.reverse_after_ms()
    }
    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        if self.broken == Broken::NeverAsks {
            return Outcome::Unknown { why: "not asked".to_owned() };
        }
        self.inner.query(attempt_no).await
    }
    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        self.inner.close(attempt_no).await
    }
    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        let mut other = ask.clone();
        other.refund_no = self.other(&ask.refund_no);
        match self.broken {
            Broken::RefundNewNumber => self.inner.refund(&other).await,
            Broken::RefundTwice => {
                other.amount = Money(1);
                let _ = self.inner.refund(&other).await;
                self.inner.refund(ask).await
            }
            _ => self.inner.refund(ask).await,
        }
    }
    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        self.inner.query_refund(attempt_no, refund_no).await
    }
    async fn trade_bill(&self, day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        self.inner.trade_bill(day).await
    }
    async fn fund_flow(&self, day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        self.inner.fund_flow(day).await
    }
    async fn probe(&self) -> Outcome<()> {
        self.inner.probe().await
    }
    async fn refresh_keys(&self) -> Outcome<()> {
        self.inner.refresh_keys().await
    }
    fn read_notice(&self, headers: &[(String, String)], body: &[u8], now_ms: i64) -> Result<Notice, NoticeRefused> {
        let read = self.inner.read_notice(headers, body, now_ms);
        if self.broken == Broken::NoSignature
            && read.is_err()
            && let Some(notice) = believed(self, body)
        {
            return Ok(notice);
        }
        read
    }
    fn notice_accepted(&self) -> NoticeReply {
        self.inner.notice_accepted()
    }
    fn notice_refused(&self) -> NoticeReply {
        self.inner.notice_refused()
    }
}
