//! The published format: one golden file per event and version, in `tests/events`. A released file never changes.

use crate::house::*;
use crate::story::*;
use crate::table::{tests_dir, updating};
use domain::catalog::*;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::Selection;
use domain::payment::*;
use domain::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;

fn t(minute: i64) -> Timestamp {
    Timestamp(1_790_000_000_000 + minute * 60_000)
}

/// One of each kind, every field filled, as one evening tells it.
fn floor_samples() -> Vec<FloorEvent> {
    let selection = Selection { note: Some("少放盐".into()), ..beef(&[("hot", 1), ("egg", 2)]) };
    let priced = menu().price(&selection, 2, LocalMinute(NOON)).unwrap();
    let ordered = OrderedLine { line: L1, selection: selection.clone(), priced: priced.clone(), added_by: "小王".into() };
    let (tender, attempt) = (TenderId(0xe1), AttemptId(0xe1));
    let portions = vec![(code("duck"), 2)];
    let unmatched = vec![
        Unmatched::OpenTable { session: S1, table: "T1".into(), balance: Money(-300) },
        Unmatched::OpenPayment { session: S1, ask: A1, amount: Money(4600) },
        Unmatched::Unserved { order: O1, line: L1 },
    ];
    vec![
        DayOpened { number: 3, at: t(0), stock: vec![(code("duck"), 5)] }.into(),
        TableOpened {
            session: S1,
            table: code("t1"),
            table_name: "T1".into(),
            area: code("hall"),
            area_name: Text::new("大厅", "Hall"),
            mode: Mode::PayFirst,
            covers: 2,
            at: t(1),
            by: Some(code("ann")),
            service_charge_bp: 0,
        }
        .into(),
        GuestJoined { session: S1, guest: G1, name: "小王".into(), at: t(2) }.into(),
        CartLinePut { session: S1, line: L2, guest: G1, selection, priced, at: t(3) }.into(),
        CartLineRemoved { session: S1, line: L2 }.into(),
        OrderPlaced {
            order: O1,
            session: S1,
            round: 1,
            number: "A001".into(),
            pick_up: Some(1),
            placed_by: "小王".into(),
            menu_version: 7,
            lines: vec![ordered],
            total: Money(4600),
            note: Some("快一点".into()),
            reserved: portions.clone(),
            expires_at: Some(t(19)),
            at: t(4),
        }
        .into(),
        OrderEnded { order: O1, why: EndedWhy::Expired, at: t(19) }.into(),
        OrderRevived { order: O1, reserved: portions.clone(), at: t(20) }.into(),
        OrderReleased { order: O1, at: t(20) }.into(),
        ItemsPainted { screen: "wok-1".into(), items: vec![item(L1, 0)], at: t(20) }.into(),
        LineRushed { line: L1, at: t(21) }.into(),
        RushAnswered { line: L1 }.into(),
        ItemStepped { item: item(L1, 0), step: Step::Ready, at: t(22) }.into(),
        LineVoided {
            order: O1,
            line: L1,
            reason: "上错了".into(),
            by: code("ann"),
            amount: Money(4600),
            restocked: portions,
            at: t(22),
        }
        .into(),
        VoidAcknowledged { item: item(L1, 0) }.into(),
        NumberCalled { order: O1 }.into(),
        OrderCollected { order: O1, at: t(23) }.into(),
        StockSet { dish: code("rice"), sold_out: true, remaining: Some(0) }.into(),
        WaiterCalled { session: S1, call: C1, reason: CallReason::Bill, at: t(25) }.into(),
        CallAnswered { session: S1, call: C1, at: t(26) }.into(),
        PaymentAsked {
            ask: A1,
            session: S1,
            way: Way::WechatJsapi,
            amount: Money(4600),
            order: Some(O1),
            at: t(27),
            tip: Money(0),
            share: None,
        }
        .into(),
        AskClosed { ask: A1, session: S1, why: AskClosedWhy::Failed("NOTENOUGH".into()), at: t(28) }.into(),
        TenderCredited {
            tender,
            session: S1,
            way: Way::AlipayQr,
            amount: Money(4600),
            order: Some(O1),
            ask: Some(A1),
            attempt: Some(attempt),
            channel_txn: Some("4200001".into()),
            received: Some(Money(5000)),
            by: Some(code("ann")),
            at: t(29),
            tip: Money(0),
            share: None,
            rounded_off: Money(0),
            reference: None,
        }
        .into(),
        CheckSplit {
            session: S1,
            shares: vec![
                Share { share: W1, name: "小王".into(), amount: Money(4600), lines: vec![L1] },
                Share { share: W2, name: "2".into(), amount: Money(1), lines: vec![] },
            ],
            by: Some(code("ann")),
            at: t(29),
        }
        .into(),
        SplitUndone { session: S1, at: t(29) }.into(),
        RefundAsked {
            refund: R1,
            session: S1,
            tender,
            way: Way::AlipayQr,
            amount: Money(300),
            allowance: Money(200),
            lines: vec![L1],
            why: RefundWhy::Staff,
            reason: "上错了".into(),
            by: Some(code("ann")),
            at: t(29),
            tip: Money(100),
        }
        .into(),
        RefundPaid { refund: R1, session: S1, reference: Some("POS-9".into()), at: t(30) }.into(),
        AnnouncementsPlayed { device: "前台".into(), numbers: vec![1], at: t(30) }.into(),
        AccountSettled {
            tender: TenderId(0xe9),
            account: code("acme"),
            amount: Money(5000),
            way: Way::Card,
            reference: Some("POS-10".into()),
            by: code("ann"),
            at: t(30),
        }
        .into(),
        TableClosed { session: S1, at: t(30) }.into(),
        CheckReopened { session: S1, reason: "结错了".into(), by: code("ann"), at: t(31) }.into(),
        DayClosed { number: 3, at: t(31), unmatched }.into(),
    ]
}

fn payment_samples() -> Vec<PaymentEvent> {
    let (attempt, refund) = (AttemptId(0x9a1), RefundId(0x9f1));
    let opened = Opened::Jsapi(Jsapi {
        app_id: "wx1".into(),
        time_stamp: "1790000000".into(),
        nonce_str: "n".into(),
        package: "prepay_id=p".into(),
        sign_type: "RSA".into(),
        pay_sign: "s".into(),
    });
    vec![
        PaymentEvent::AttemptStarted {
            attempt,
            ask: A1,
            session: S1,
            way: Way::WechatJsapi,
            amount: Money(4600),
            at: t(0),
            expires_at: t(15),
        },
        PaymentEvent::AttemptOpened { attempt, opened, at: t(1) },
        PaymentEvent::AttemptAsked { attempt, source: Source::Query, unknown_why: Some("timeout".into()), at: t(2) },
        PaymentEvent::CloseRequested { attempt, at: t(3) },
        PaymentEvent::AttemptFailed { attempt, code: "NOTENOUGH".into(), at: t(4) },
        PaymentEvent::AttemptClosed { attempt, at: t(5), watch_until: None },
        PaymentEvent::WatchEnded { attempt, at: t(6) },
        PaymentEvent::MismatchSeen { attempt, source: Source::Notice, what: "amount".into(), seen: "1".into(), at: t(6) },
        PaymentEvent::Captured {
            attempt,
            source: Source::Notice,
            channel_txn: "4200001".into(),
            amount: Money(4600),
            paid_at: t(6),
            at: t(7),
        },
        PaymentEvent::CaptureCredited { attempt, at: t(8) },
        PaymentEvent::CaptureUnplaced { attempt, at: t(9) },
        PaymentEvent::RefundStarted { refund, attempt, amount: Money(300), why: RefundWhy::Staff, at: t(10) },
        PaymentEvent::RefundAnswered { refund, source: Source::Query, unknown_why: Some("timeout".into()), at: t(11) },
        PaymentEvent::RefundFailed { refund, code: "NOT_ENOUGH".into(), dead: true, at: t(12) },
        PaymentEvent::RefundRetried { refund, number: 1, at: t(13) },
        PaymentEvent::RefundSucceeded { refund, source: Source::Notice, channel_refund: Some("5030001".into()), at: t(14) },
        PaymentEvent::RefundBooked { refund, at: t(15) },
        PaymentEvent::AttemptReversed { attempt, captured: true, at: t(16) },
        PaymentEvent::CaseOpened {
            case: CaseId(0xca),
            kind: CaseKind::RefundFailed,
            attempt: Some(attempt),
            refund: Some(refund),
            amount: Some(Money(300)),
            detail: "NOT_ENOUGH".into(),
            at: t(17),
            due_at: t(257),
        },
        PaymentEvent::CaseTaken { case: CaseId(0xca), by: code("ann"), at: t(18) },
        PaymentEvent::CaseResolved { case: CaseId(0xca), by: Some(code("ann")), how: "已退现金".into(), at: t(19) },
        PaymentEvent::BillCompared(BillCompared {
            channel: ChannelTag::Wechat,
            day: "2026-09-21".into(),
            rows: 3,
            matched: 2,
            differences: 1,
            cross_day: 1,
            paid: Money(9200),
            refunded: Money(300),
            fee_e5: 55_200,
            at: t(20),
        }),
        PaymentEvent::AttemptsForgotten { before: t(21) },
    ]
}

fn catalog_samples() -> Vec<CatalogEvent> {
    let device = Device { id: DeviceId(0xd1), name: "热菜屏".into(), key_hash: "cd".repeat(32), paired_at: t(4) };
    vec![
        CatalogEvent::HousePublished(Arc::new(house())),
        CatalogEvent::MenuPublished(MenuRef { version: 7, hash: "ab".repeat(32) }),
        CatalogEvent::StaffPut(Staff { id: code("ann"), name: "安".into(), role: Role::Waiter, pin_hash: "$argon2id$".into() }),
        CatalogEvent::PairingAllowed { code_hash: "ef".repeat(32), until: t(5) },
        CatalogEvent::DevicePaired { code_hash: "ef".repeat(32), device },
    ]
}

crate::table::variants!(PaymentEvent {
    AttemptStarted {..}, AttemptOpened {..}, AttemptAsked {..}, CloseRequested {..}, Captured {..}, AttemptClosed {..}, WatchEnded {..}, AttemptFailed {..},
    MismatchSeen {..}, CaptureCredited {..}, CaptureUnplaced {..}, AttemptReversed {..}, RefundStarted {..}, RefundAnswered {..},
    RefundSucceeded {..}, RefundFailed {..}, RefundRetried {..}, RefundBooked {..}, CaseOpened {..}, CaseTaken {..}, CaseResolved {..},
    BillCompared (..), AttemptsForgotten {..},
});
const PAYMENT_KINDS: &[&str] = VARIANTS;

mod of_catalog {
    use domain::catalog::CatalogEvent;
    crate::table::variants!(CatalogEvent { HousePublished (..), MenuPublished (..), StaffPut (..), PairingAllowed {..}, DevicePaired {..} });
    pub const KINDS: &[&str] = VARIANTS;
    pub fn name(event: &CatalogEvent) -> &'static str {
        variant_of(event)
    }
}

fn path(kind: &str) -> std::path::PathBuf {
    tests_dir().join("events").join(format!("{kind}.v1.json"))
}

/// Reads a golden file back, having compared what this program would write with it.
fn golden<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, sample: &E) -> E {
    if updating() && !path(kind).exists() {
        std::fs::write(path(kind), serde_json::to_string_pretty(sample).unwrap() + "\n").unwrap();
    }
    let text = std::fs::read_to_string(path(kind)).unwrap_or_else(|_| panic!("tests/events/{kind}.v1.json is missing"));
    let event: E = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{kind} can't be read any more: {e}"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), value, "{kind} is written another way than it was released");
    assert_eq!(serde_json::to_string_pretty(&event).unwrap() + "\n", text, "{kind}: the fields stand in another order");
    let tag: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(tag, [kind], "the kind is the one key around the event");
    event
}

#[test]
fn every_floor_event_ever_released_is_read_and_taken_in() {
    let samples = floor_samples();
    let kinds: BTreeSet<_> = samples.iter().map(FloorEvent::kind).collect();
    assert_eq!(kinds, FloorEvent::KINDS.iter().copied().collect(), "one sample of each kind");
    let mut floor = Floor::default();
    for sample in &samples {
        let event = golden(sample.kind(), sample);
        let before = floor.clone();
        floor.apply(&event);
        assert_ne!(floor, before, "{} changes nothing", sample.kind());
    }
    assert!(floor.sessions.is_empty() && floor.orders.is_empty() || floor.balance(&floor.sessions[&S1]).0 != 0);
}

#[test]
fn every_payment_event_ever_released_is_read_and_taken_in() {
    let samples = payment_samples();
    let kinds: BTreeSet<_> = samples.iter().map(variant_of).collect();
    assert_eq!(kinds, PAYMENT_KINDS.iter().copied().collect());
    let mut payments = Payments::default();
    for sample in &samples {
        assert_eq!(sample.kind(), variant_of(sample));
        let before = payments.clone();
        payments.apply(&golden(sample.kind(), sample));
        assert_ne!(payments, before, "{} changes nothing", sample.kind());
    }
}

#[test]
fn every_catalog_event_ever_released_is_read_and_taken_in() {
    let samples = catalog_samples();
    let kinds: BTreeSet<_> = samples.iter().map(of_catalog::name).collect();
    assert_eq!(kinds, of_catalog::KINDS.iter().copied().collect());
    let mut catalog = Catalog::default();
    for sample in &samples {
        assert_eq!(sample.kind(), of_catalog::name(sample));
        let before = serde_json::to_value(&catalog).unwrap();
        catalog.apply(&golden(sample.kind(), sample));
        assert_ne!(serde_json::to_value(&catalog).unwrap(), before, "{} changes nothing", sample.kind());
    }
}

#[test]
fn no_golden_file_is_without_its_event() {
    let known = FloorEvent::KINDS.iter().chain(PAYMENT_KINDS).chain(of_catalog::KINDS);
    let known: BTreeSet<String> = known.map(|kind| format!("{kind}.v1.json")).collect();
    let total = FloorEvent::KINDS.len() + PAYMENT_KINDS.len() + of_catalog::KINDS.len();
    assert_eq!(known.len(), total, "a kind is named once over all streams");
    if updating() {
        return;
    }
    let files = std::fs::read_dir(tests_dir().join("events")).unwrap();
    let found: BTreeSet<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, known);
}

#[test]
fn an_event_names_ids_as_32_hexadecimal_characters() {
    let json = serde_json::to_value(FloorEvent::from(CartLineRemoved { session: S1, line: L1 })).unwrap();
    let expected = serde_json::json!({"CartLineRemoved": {"session": "00000000000000000000000000000051", "line": "00000000000000000000000000000011"}});
    assert_eq!(json, expected);
}
