//! A channel that does not answer is let alone, and is found again; money under way is asked for all the while.
#![allow(clippy::unwrap_used)]

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use pay::{
    AuthCode, BillAnswer, BillDay, BillRow, Channel, ChannelName, ChannelState, Closed, CodePay, FlowRow, Money, Notice,
    NoticeRefused, NoticeReply, Open, OpenBy, Opened, Outcome, RefundAsk, RefundState, Reversed,
    breaker::{Allow, Breaker, Class, Guarded, Line, Went},
};
use proptest::prelude::*;

fn tripped(class: Class) -> Breaker {
    let mut breaker = Breaker::new(class);
    (0..3).for_each(|_| breaker.record(0, Went::Bad, 10));
    breaker
}

#[test]
fn three_failures_in_a_row_trip_it() {
    let mut breaker = Breaker::new(Class::Pay);
    breaker.record(0, Went::Bad, 10);
    breaker.record(100_000, Went::Bad, 10);
    assert_eq!(breaker.allow(100_001), Allow::Yes);
    breaker.record(200_000, Went::Bad, 10);
    assert_eq!(breaker.allow(200_001), Allow::No { until_ms: 210_000 });
    assert_eq!(breaker.resting(), Some((200_000, 210_000)));
}

#[test]
fn failures_an_evening_apart_are_not_in_a_row() {
    let mut breaker = Breaker::new(Class::Pay);
    (0..9).for_each(|n| breaker.record(n * 400_000, Went::Bad, 10));
    assert_eq!(breaker.allow(9 * 400_000), Allow::Yes);
}

#[test]
fn half_of_five_within_half_a_minute_trips_it() {
    let mut breaker = Breaker::new(Class::Query);
    for went in [Went::Bad, Went::Good, Went::Bad, Went::Good] {
        breaker.record(1000, went, 10);
    }
    assert_eq!(breaker.resting(), None);
    breaker.record(1000, Went::Bad, 10);
    assert!(breaker.resting().is_some());
}

#[test]
fn old_failures_do_not_count() {
    let mut breaker = Breaker::new(Class::Query);
    for n in 0..20 {
        breaker.record(n * 10_000, if n % 2 == 0 { Went::Bad } else { Went::Good }, 10);
        assert_eq!(breaker.resting(), None, "three within the window are too few");
    }
}

#[test]
fn slow_answers_trip_it_by_their_share_only() {
    let mut breaker = Breaker::new(Class::Pay);
    (0..4).for_each(|_| breaker.record(0, Went::Good, 9_000));
    assert_eq!(breaker.resting(), None);
    breaker.record(0, Went::Slow, 1);
    assert!(breaker.resting().is_some());
}

#[test]
fn one_trial_at_a_time_ends_the_rest() {
    let mut breaker = tripped(Class::Pay);
    assert_eq!(breaker.allow(9_999), Allow::No { until_ms: 10_000 });
    assert_eq!(breaker.allow(10_000), Allow::Trial);
    assert_eq!(breaker.allow(10_001), Allow::No { until_ms: 40_000 });
    breaker.record(10_500, Went::Good, 500);
    assert_eq!(breaker.allow(10_501), Allow::Yes);
}

#[test]
fn a_trial_that_never_reports_gives_its_place_up() {
    let mut breaker = tripped(Class::Pay);
    assert_eq!(breaker.allow(10_000), Allow::Trial);
    assert_eq!(breaker.allow(40_000), Allow::Trial);
    breaker.forget();
    assert_eq!(breaker.allow(40_001), Allow::Trial);
}

#[test]
fn each_failed_trial_doubles_the_rest_up_to_two_minutes() {
    let mut breaker = tripped(Class::Pay);
    let mut now = 0;
    for rest in [10_000, 20_000, 40_000, 80_000, 120_000, 120_000] {
        let (_, until) = breaker.resting().unwrap();
        assert_eq!(until - now, rest);
        assert_eq!(breaker.allow(until), Allow::Trial);
        now = until;
        breaker.record(now, Went::Bad, 10);
    }
    assert_eq!(breaker.resting().unwrap().0, 0, "it rests since the first failure");
}

#[test]
fn a_relapse_rests_longer_and_a_long_health_forgets() {
    let mut breaker = tripped(Class::Pay);
    assert_eq!(breaker.allow(10_000), Allow::Trial);
    breaker.record(10_000, Went::Good, 10);
    (0..3).for_each(|_| breaker.record(30_000, Went::Bad, 10));
    assert_eq!(breaker.resting(), Some((30_000, 50_000)));
    assert_eq!(breaker.allow(50_000), Allow::Trial);
    breaker.record(50_000, Went::Good, 10);
    (0..3).for_each(|_| breaker.record(200_000, Went::Bad, 10));
    assert_eq!(breaker.resting(), Some((200_000, 210_000)));
}

#[test]
fn what_must_end_goes_through_once_a_second() {
    for class in [Class::Query, Class::Reverse, Class::Refund] {
        let mut breaker = tripped(class);
        assert_eq!(breaker.allow(1), Allow::Trial);
        assert_eq!(breaker.allow(2), Allow::No { until_ms: 1001 });
        breaker.record(900, Went::Bad, 899);
        assert_eq!(breaker.allow(1001), Allow::Trial);
        assert_eq!(breaker.resting(), Some((0, 10_000)), "a failed trickle does not lengthen the rest");
        breaker.record(1100, Went::Good, 99);
        assert_eq!(breaker.resting(), None);
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_call_gets_through_within_two_and_a_half_minutes(
        steps in proptest::collection::vec((0i64..60_000, 0..4), 1..80),
        class in prop_oneof![Just(Class::Pay), Just(Class::Query), Just(Class::Bill)],
    ) {
        let (mut breaker, mut now) = (Breaker::new(class), 0);
        for (wait, what) in steps {
            now += wait;
            match what {
                0 => breaker.record(now, Went::Good, 1),
                1 => breaker.record(now, Went::Bad, 1),
                2 => breaker.record(now, Went::Slow, 1),
                _ => { breaker.allow(now); }
            }
            prop_assert_ne!(breaker.clone().allow(now + 150_000), Allow::No { until_ms: now + 150_000 });
            prop_assert!(matches!(breaker.clone().allow(now + 150_000), Allow::Yes | Allow::Trial));
        }
    }
}

/// A channel that answers as told and counts who asked.
#[derive(Debug, Default)]
struct Told {
    is_down: Mutex<bool>,
    refuses: Mutex<Option<&'static str>>,
    calls: Mutex<Vec<&'static str>>,
}

impl Told {
    fn answer<T>(&self, call: &'static str, good: T) -> Outcome<T> {
        self.calls.lock().unwrap().push(call);
        match (*self.is_down.lock().unwrap(), *self.refuses.lock().unwrap()) {
            (true, _) => Outcome::Unknown { why: "no answer in time".into() },
            (false, Some(code)) => Outcome::DefinitelyFailed { code: code.into(), message: String::new() },
            (false, None) => Outcome::Succeeded(good),
        }
    }

    fn count(&self, call: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|c| **c == call).count()
    }
}

#[async_trait]
impl Channel for Told {
    fn name(&self) -> ChannelName {
        ChannelName::Wechat
    }
    fn merchant(&self) -> &str {
        "m"
    }
    fn app(&self) -> &str {
        "a"
    }
    async fn open(&self, _: &Open, _: &OpenBy) -> Outcome<Opened> {
        self.answer("open", Opened::Code { code_url: "weixin://x".into() })
    }
    async fn pay_code(&self, _: &CodePay) -> Outcome<ChannelState> {
        self.answer("pay_code", ChannelState::Paying)
    }
    async fn reverse(&self, _: &str) -> Outcome<Reversed> {
        self.answer("reverse", Reversed::Reversed)
    }
    fn reverse_after_ms(&self) -> i64 {
        15_000
    }
    async fn query(&self, _: &str) -> Outcome<ChannelState> {
        self.answer("query", ChannelState::NotPaid)
    }
    async fn close(&self, _: &str) -> Outcome<Closed> {
        self.answer("close", Closed::Closed)
    }
    async fn refund(&self, _: &RefundAsk) -> Outcome<RefundState> {
        self.calls.lock().unwrap().push("refund");
        Outcome::Unknown { why: "not of interest".into() }
    }
    async fn query_refund(&self, _: &str, _: &str) -> Outcome<RefundState> {
        Outcome::Unknown { why: "not of interest".into() }
    }
    async fn trade_bill(&self, _: BillDay) -> Outcome<BillAnswer<Vec<BillRow>>> {
        self.answer("trade_bill", BillAnswer::NotYet)
    }
    async fn fund_flow(&self, _: BillDay) -> Outcome<BillAnswer<Option<Vec<FlowRow>>>> {
        self.answer("fund_flow", BillAnswer::NotYet)
    }
    async fn probe(&self) -> Outcome<()> {
        self.answer("probe", ())
    }
    async fn refresh_keys(&self) -> Outcome<()> {
        self.answer("refresh_keys", ())
    }
    fn read_notice(&self, _: &[(String, String)], _: &[u8], _: i64) -> Result<Notice, NoticeRefused> {
        Err(NoticeRefused::BadSignature)
    }
    fn notice_accepted(&self) -> NoticeReply {
        NoticeReply { status: 204, content_type: "text/plain", body: "" }
    }
    fn notice_refused(&self) -> NoticeReply {
        NoticeReply { status: 500, content_type: "text/plain", body: "" }
    }
}

struct House {
    told: Arc<Told>,
    guarded: Arc<Guarded>,
    now: Arc<AtomicI64>,
}

impl House {
    fn new() -> Self {
        let (told, now) = (Arc::new(Told::default()), Arc::new(AtomicI64::new(0)));
        let clock = now.clone();
        let guarded = Guarded::new(told.clone(), Arc::new(move || clock.load(Ordering::SeqCst)));
        Self { told, guarded, now }
    }

    fn set(&self, is_down: bool) {
        *self.told.is_down.lock().unwrap() = is_down;
    }

    fn wait(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    async fn open(&self, attempt_no: &str) -> Outcome<Opened> {
        let open = Open {
            attempt_no: attempt_no.into(),
            amount: Money(1),
            description: "面".into(),
            notify_url: "https://a.cn/n".into(),
            expires_at_ms: 0,
        };
        self.guarded.open(&open, &OpenBy::Code).await
    }

    async fn pay_code(&self, attempt_no: &str) -> Outcome<ChannelState> {
        let pay = CodePay {
            attempt_no: attempt_no.into(),
            amount: Money(1),
            description: "面".into(),
            notify_url: "https://a.cn/n".into(),
            auth_code: AuthCode::read("134567890123456789").unwrap(),
            terminal: "T1".into(),
            terminal_ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        };
        self.guarded.pay_code(&pay).await
    }

    /// Three payments without an answer.
    async fn goes_down(&self) {
        self.set(true);
        for attempt in ["SENT_1", "SENT_2", "SENT_3"] {
            assert!(matches!(self.open(attempt).await, Outcome::Unknown { .. }));
        }
        assert!(matches!(self.guarded.health().pay, Line::Down { .. }));
    }
}

fn is_resting<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Outcome::DefinitelyFailed { code, .. } if code == "CHANNEL_RESTING")
}

#[tokio::test]
async fn a_resting_channel_is_not_called_for_something_new() {
    let house = House::new();
    house.goes_down().await;
    assert!(is_resting(&house.open("NEW_01").await));
    assert!(is_resting(&house.pay_code("NEW_02").await));
    assert_eq!((house.told.count("open"), house.told.count("pay_code")), (3, 0));
}

#[tokio::test]
async fn a_number_that_was_sent_is_never_called_definite() {
    let house = House::new();
    assert!(matches!(house.open("OPENED").await, Outcome::Succeeded(_)));
    house.goes_down().await;
    for sent in ["OPENED", "SENT_1"] {
        assert_eq!(house.open(sent).await, Outcome::Unknown { why: "resting".into() }, "{sent} may be paid");
    }
    assert_eq!(house.told.count("open"), 4);
}

#[tokio::test]
async fn a_refused_number_was_never_under_way() {
    let house = House::new();
    *house.told.refuses.lock().unwrap() = Some("PARAM_ERROR");
    assert!(matches!(house.open("REFUSED").await, Outcome::DefinitelyFailed { .. }));
    *house.told.refuses.lock().unwrap() = None;
    house.goes_down().await;
    assert!(is_resting(&house.open("REFUSED").await));
}

#[tokio::test]
async fn failing_payments_leave_questions_and_reverses_alone() {
    let house = House::new();
    house.goes_down().await;
    house.set(false);
    let health = house.guarded.health();
    assert_eq!((health.query, health.reverse, health.refund, health.bill), (Line::Up, Line::Up, Line::Up, Line::Up));
    for _ in 0..10 {
        assert!(matches!(house.guarded.query("SENT_1").await, Outcome::Succeeded(_)));
        assert!(matches!(house.guarded.reverse("SENT_1").await, Outcome::Succeeded(_)));
        assert!(matches!(house.guarded.close("SENT_1").await, Outcome::Succeeded(_)));
    }
    assert!(matches!(house.guarded.health().pay, Line::Down { .. }));
}

#[tokio::test]
async fn questions_go_through_once_a_second_while_they_rest() {
    let house = House::new();
    house.set(true);
    for _ in 0..3 {
        house.guarded.query("A00001").await;
    }
    assert_eq!(house.guarded.query("A00001").await, Outcome::Unknown { why: "no answer in time".into() });
    assert_eq!(house.guarded.query("A00001").await, Outcome::Unknown { why: "resting".into() });
    house.wait(1000);
    house.set(false);
    assert!(matches!(house.guarded.query("A00001").await, Outcome::Succeeded(_)));
    assert_eq!(house.guarded.health().query, Line::Up);
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let house = House::new();
    *house.told.refuses.lock().unwrap() = Some("NOTENOUGH");
    for _ in 0..10 {
        assert!(matches!(house.pay_code("A00001").await, Outcome::DefinitelyFailed { .. }));
    }
    assert_eq!(house.guarded.health().pay, Line::Up);
}

#[tokio::test]
async fn the_probe_is_due_after_the_rest_and_opens_payments_again() {
    let house = House::new();
    assert!(!house.guarded.probe_if_due().await, "nothing to find out");
    house.goes_down().await;
    assert!(!house.guarded.probe_if_due().await, "too early");
    house.wait(10_000);
    assert!(house.guarded.probe_if_due().await);
    assert!(is_resting(&house.open("NEW_01").await), "the probe had no answer either");
    assert!(!house.guarded.probe_if_due().await);
    house.wait(20_000);
    house.set(false);
    assert!(house.guarded.probe_if_due().await);
    assert_eq!(house.guarded.health().pay, Line::Up);
    assert!(matches!(house.open("NEW_01").await, Outcome::Succeeded(_)));
    assert_eq!(house.told.count("probe"), 2);
}

#[tokio::test]
async fn what_the_adapter_refuses_itself_proves_nothing() {
    let house = House::new();
    house.goes_down().await;
    house.wait(10_000);
    house.set(false);
    *house.told.refuses.lock().unwrap() = Some("INVALID_AMOUNT");
    assert!(matches!(house.open("NEW_01").await, Outcome::DefinitelyFailed { .. }));
    assert!(matches!(house.guarded.health().pay, Line::Down { .. }));
    *house.told.refuses.lock().unwrap() = None;
    assert!(house.guarded.probe_if_due().await, "its place was given back");
}

#[tokio::test]
async fn everything_else_is_the_channels_own() {
    let house = House::new();
    assert_eq!((house.guarded.merchant(), house.guarded.app(), house.guarded.reverse_after_ms()), ("m", "a", 15_000));
    assert_eq!(house.guarded.read_notice(&[], b"", 0), Err(NoticeRefused::BadSignature));
    assert!(matches!(house.guarded.trade_bill(BillDay("2026-11-21".parse().unwrap())).await, Outcome::Succeeded(_)));
    assert_eq!((house.guarded.notice_accepted().status, house.guarded.notice_refused().status), (204, 500));
    assert_eq!(house.guarded.refresh_keys().await, Outcome::Succeeded(()));
}
