//! A channel that says what it is told to say, and remembers what it was asked.

use async_trait::async_trait;
use domain::Money;
use pay::{
    BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Notice, NoticeRefused,
    NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, Reversed,
};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

pub const MERCHANT: &str = "2088000000000001";
pub const APP: &str = "2021000000000001";

/// Answers of one kind of call, each after its time; the last is given for ever.
pub type Script<T> = Mutex<VecDeque<(Duration, Outcome<T>)>>;

#[derive(Debug)]
pub struct Fake {
    pub name: ChannelName,
    pub calls: Mutex<Vec<String>>,
    pub open: Script<Opened>,
    pub pay: Script<ChannelState>,
    pub query: Script<ChannelState>,
    pub close: Script<Closed>,
    pub reverse: Script<Reversed>,
    pub refund: Script<RefundState>,
    pub query_refund: Script<RefundState>,
    /// What the next notice says.
    pub notice: Mutex<Option<Notice>>,
    /// The bill of every day, once it is there.
    pub bill: Mutex<Option<Vec<BillRow>>>,
    /// Another application answers than the one asked for.
    pub app: Mutex<&'static str>,
}

pub fn unknown<T>() -> Outcome<T> {
    Outcome::Unknown { why: "no answer".to_owned() }
}

/// Says so at once.
pub fn says<T>(script: &Script<T>, answers: impl IntoIterator<Item = Outcome<T>>) {
    *lock(script) = answers.into_iter().map(|answer| (Duration::from_millis(20), answer)).collect();
}

/// Says so after a while.
pub fn says_after<T>(script: &Script<T>, answers: impl IntoIterator<Item = (u64, Outcome<T>)>) {
    *lock(script) = answers.into_iter().map(|(ms, answer)| (Duration::from_millis(ms), answer)).collect();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

async fn next<T: Clone>(script: &Script<T>) -> Outcome<T> {
    let (pause, answer) = {
        let mut script = lock(script);
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }.unwrap_or((Duration::ZERO, unknown()))
    };
    tokio::time::sleep(pause).await;
    answer
}

impl Fake {
    pub fn new(name: ChannelName) -> Fake {
        Fake {
            name,
            calls: Mutex::default(),
            open: Mutex::default(),
            pay: Mutex::default(),
            query: Mutex::default(),
            close: Mutex::default(),
            reverse: Mutex::default(),
            refund: Mutex::default(),
            query_refund: Mutex::default(),
            notice: Mutex::default(),
            bill: Mutex::default(),
            app: Mutex::new(APP),
        }
    }

    /// How often it was called so.
    pub fn count(&self, what: &str) -> usize {
        lock(&self.calls).iter().filter(|call| call.split(' ').next() == Some(what)).count()
    }

    /// What came with each such call.
    pub fn with(&self, what: &str) -> Vec<String> {
        lock(&self.calls).iter().filter_map(|call| call.strip_prefix(&format!("{what} ")).map(str::to_owned)).collect()
    }

    fn note(&self, what: &str, about: &str) {
        lock(&self.calls).push(format!("{what} {about}"));
    }
}

#[async_trait]
impl Channel for Fake {
    fn name(&self) -> ChannelName {
        self.name
    }
    fn merchant(&self) -> &str {
        MERCHANT
    }
    fn app(&self) -> &str {
        *lock(&self.app)
    }
    async fn open(&self, open: &Open, _by: &OpenBy) -> Outcome<Opened> {
        self.note("open", &open.attempt_no);
        next(&self.open).await
    }
    async fn pay_code(&self, pay: &CodePay) -> Outcome<ChannelState> {
        self.note("pay", &pay.attempt_no);
        about_attempt(next(&self.pay).await, &pay.attempt_no)
    }
    async fn reverse(&self, attempt_no: &str) -> Outcome<Reversed> {
        self.note("reverse", attempt_no);
        next(&self.reverse).await
    }
    fn reverse_after_ms(&self) -> i64 {
        if self.name == ChannelName::Wechat { 15_000 } else { 0 }
    }
    async fn query(&self, attempt_no: &str) -> Outcome<ChannelState> {
        self.note("query", attempt_no);
        about_attempt(next(&self.query).await, attempt_no)
    }
    async fn close(&self, attempt_no: &str) -> Outcome<Closed> {
        self.note("close", attempt_no);
        next(&self.close).await
    }
    async fn refund(&self, ask: &RefundAsk) -> Outcome<RefundState> {
        self.note("refund", &ask.refund_no);
        about_refund(next(&self.refund).await, &ask.attempt_no, &ask.refund_no)
    }
    async fn query_refund(&self, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
        self.note("query_refund", refund_no);
        about_refund(next(&self.query_refund).await, attempt_no, refund_no)
    }
    async fn trade_bill(&self, _day: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        Outcome::Succeeded(lock(&self.bill).clone().map_or(BillAnswer::NotYet, BillAnswer::Ready))
    }
    async fn fund_flow(&self, _day: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        Outcome::Succeeded(BillAnswer::Ready(None))
    }
    async fn probe(&self) -> Outcome<()> {
        Outcome::Succeeded(())
    }
    async fn refresh_keys(&self) -> Outcome<()> {
        Outcome::Succeeded(())
    }
    fn read_notice(&self, _headers: &[(String, String)], _body: &[u8], _now_ms: i64) -> Result<Notice, NoticeRefused> {
        lock(&self.notice).clone().ok_or(NoticeRefused::BadSignature)
    }
    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 200, content_type: "text/plain", body: "success" }
    }
    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 500, content_type: "text/plain", body: "fail" }
    }
}

fn about_attempt(answer: Outcome<ChannelState>, attempt_no: &str) -> Outcome<ChannelState> {
    let named = |paid| pay::Paid { attempt_no: attempt_no.to_owned(), ..paid };
    answer.map(|state| match state {
        ChannelState::Paid(paid) => ChannelState::Paid(named(paid)),
        ChannelState::Refunded(paid) => ChannelState::Refunded(named(paid)),
        other => other,
    })
}

fn about_refund(answer: Outcome<RefundState>, attempt_no: &str, refund_no: &str) -> Outcome<RefundState> {
    answer.map(|state| RefundState { attempt_no: attempt_no.to_owned(), refund_no: refund_no.to_owned(), ..state })
}

pub fn paid(amount: Money) -> pay::Paid {
    pay::Paid {
        channel_txn: "T1".to_owned(),
        amount,
        currency: "CNY".to_owned(),
        merchant: MERCHANT.to_owned(),
        app: APP.to_owned(),
        attempt_no: String::new(),
        paid_at_ms: 1_795_320_001_000,
        payer: None,
    }
}
