//! The published format: one golden file per event and version, in `tests/events`. A released file never changes.

use crate::house::*;
use crate::story::*;
use crate::table::{tests_dir, updating};
use domain::catalog::*;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::{Hours, Selection};
use domain::payment::*;
use domain::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;

fn t(minute: i64) -> Timestamp {
    Timestamp(1_790_000_000_000 + minute * 60_000)
}

/// One of each kind as it was first released, as one evening tells it.
fn floor_samples() -> Vec<FloorEvent> {
    let selection = Selection { note: Some("少放盐".into()), ..beef(&[("hot", 1), ("egg", 2)]) };
    let priced = menu().price(&selection, 2, LocalMinute(NOON)).unwrap();
    let ordered = OrderedLine {
        line: L1,
        selection: selection.clone(),
        priced: priced.clone(),
        added_by: "小王".into(),
        course: None,
        seat: None,
        hold: None,
    };
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
            seat_fee: Money(0),
            minimum_spend: Money(0),
            hot_pot: false,
            needs_nod: false,
            reservation: None,
            entry: None,
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
            nod: None,
        }
        .into(),
        OrderEnded { order: O1, why: EndedWhy::Expired, at: t(19), reason: None, by: None }.into(),
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
            approved_by: None,
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
        TableClosed { session: S1, at: t(30), to_clean: false }.into(),
        CheckReopened { session: S1, reason: "结错了".into(), by: code("ann"), at: t(31) }.into(),
        DayClosed { number: 3, at: t(31), unmatched, by: None, summary: None }.into(),
    ]
}

fn line_of_two(line: LineId, selection: &Selection, hold: Option<HoldWhy>) -> OrderedLine {
    let priced = menu().price(selection, 4, LocalMinute(NOON)).unwrap();
    OrderedLine { line, selection: selection.clone(), priced, added_by: "ann".into(), course: Some(2), seat: Some(1), hold }
}

/// Kinds that grew fields after their release, with all of them, and every later kind: what a second party does meanwhile.
fn later_samples() -> Vec<FloorEvent> {
    let (ann, bob) = (|| code("ann"), || code::<StaffId>("bob"));
    let lines = vec![line_of_two(L3, &fish(600), Some(HoldWhy::Asked)), line_of_two(L4, &plain("duck", 3), None)];
    let slip = Slip::Kitchen { order: O2, station: code("cold"), lines: vec![L3] };
    let figures = ShiftFigures {
        taken: vec![WaySum { way: Way::Cash, count: 2, amount: Money(9000) }],
        given_back: vec![WaySum { way: Way::Cash, count: 1, amount: Money(300) }],
        tips: Money(200),
        rounded_off: Money(40),
        account_cash: Money(5000),
        moved_in: Money(1000),
        moved_out: Money(500),
        expected: Money(59_200),
    };
    vec![
        TableReserved {
            reservation: V1,
            name: "王女士".into(),
            phone_tail: Some("1234".into()),
            covers: 4,
            for_when: t(60),
            table: Some(code("t2")),
            note: Some("靠窗".into()),
            by: ann(),
            at: t(0),
        }
        .into(),
        NumberTaken { entry: Q1, number: "A1".into(), line: 0, covers: 4, name: Some("王".into()), by: Some(ann()), at: t(1) }
            .into(),
        EntryCalled { entry: Q1, by: ann(), at: t(2) }.into(),
        TableOpened {
            session: S2,
            table: code("t2"),
            table_name: "T2".into(),
            area: code("hall"),
            area_name: Text::new("大厅", "Hall"),
            mode: Mode::PayLater,
            covers: 4,
            at: t(3),
            by: Some(ann()),
            service_charge_bp: 1000,
            seat_fee: Money(300),
            minimum_spend: Money(20_000),
            hot_pot: true,
            needs_nod: true,
            reservation: Some(V1),
            entry: Some(Q1),
        }
        .into(),
        EntryEnded { entry: Q1, why: EntryEnd::Seated, session: Some(S2), by: Some(ann()), at: t(3) }.into(),
        ReservationEnded { reservation: V1, why: ReservationEnd::Seated, session: Some(S2), by: ann(), at: t(3) }.into(),
        CoversSet { session: S2, covers: 5, was: 4, by: ann(), at: t(4) }.into(),
        VipSet { session: S2, vip: true, by: ann(), at: t(4) }.into(),
        OrderPlaced {
            order: O2,
            session: S2,
            round: 1,
            number: "T2-1".into(),
            pick_up: None,
            placed_by: "ann".into(),
            menu_version: 7,
            lines,
            total: Money(34_560),
            note: None,
            reserved: vec![(code("duck"), 3)],
            expires_at: None,
            at: t(5),
            nod: Some(NodWhy::Behind { station: code("wok"), minutes: 40 }),
        }
        .into(),
        OrderAccepted { order: O2, by: ann(), at: t(6) }.into(),
        LinesFired { session: S2, lines: vec![L3], by: Some(ann()), at: t(7) }.into(),
        ItemsEscalated { items: vec![item(L3, 0)], step: Escalation::Screen, at: t(8) }.into(),
        PrintQueued { job: J1, printer: code("p1"), slip, copy: 1, by: Some(ann()), at: t(8), expires_at: t(28) }.into(),
        PrintSent { job: J1, at: t(8) }.into(),
        PrintFailed { job: J1, why: "paper".into(), maybe_printed: true, at: t(9) }.into(),
        PrintMoved { job: J1, from: code("p1"), to: code("p2"), at: t(9) }.into(),
        PrintExpired { job: J1, by: Some(ann()), at: t(10) }.into(),
        PrintConfirmed { job: J1, confirmed: true, at: t(10) }.into(),
        StationSet { station: code("cold"), open: false, by: ann(), at: t(10) }.into(),
        ItemRemade { item: item(L3, 0), cause: RemakeCause::Dropped, note: Some("地上".into()), by: ann(), at: t(11) }.into(),
        LineWeighed {
            line: L3,
            session: S2,
            weight_g: 640,
            was_g: 600,
            unit_price: Money(8704),
            amount: Money(8704),
            was: Money(8160),
            by: ann(),
            at: t(12),
        }
        .into(),
        LineRepriced {
            line: L3,
            session: S2,
            amount: Money(8000),
            was: Money(8704),
            reason: "熟客".into(),
            by: ann(),
            approved_by: Some(bob()),
            at: t(13),
        }
        .into(),
        LineComped {
            line: L3,
            session: S2,
            amount: Money(8000),
            reason: "等太久".into(),
            by: ann(),
            approved_by: Some(bob()),
            at: t(14),
        }
        .into(),
        CheckDiscounted {
            session: S2,
            discount: Some(Discount::Percent(500)),
            reason: "会员".into(),
            by: ann(),
            approved_by: Some(bob()),
            at: t(15),
        }
        .into(),
        FeesWaived {
            session: S2,
            fees: Fees { seat_fee: true, minimum_spend: false, service_charge: true },
            reason: "老板朋友".into(),
            by: ann(),
            approved_by: Some(bob()),
            at: t(15),
        }
        .into(),
        ApprovalAsked {
            approval: P1,
            act: Guarded::Reprice { session: S2, line: L4, amount: Money(100) },
            reason: "特价".into(),
            by: ann(),
            role: Role::Waiter,
            at: t(16),
        }
        .into(),
        ApprovalGiven { approval: P1, by: bob(), at: t(17) }.into(),
        ApprovalRefused { approval: P1, reason: "不行".into(), by: bob(), at: t(17) }.into(),
        LineDivided { order: O2, line: L4, into: L5, quantity: 1, by: ann(), at: t(18) }.into(),
        PartyMoved {
            session: S2,
            from: code("t2"),
            from_name: "T2".into(),
            to: code("v1"),
            to_name: "V1".into(),
            area: code("terrace"),
            area_name: Text::new("露台", "Terrace"),
            by: ann(),
            at: t(19),
        }
        .into(),
        PartiesMerged { into: S1, from: S2, orders: vec![O2], by: ann(), at: t(20) }.into(),
        PartiesUnmerged { into: S1, from: S2, orders: vec![O2], by: ann(), at: t(21) }.into(),
        LinesMoved {
            order: O2,
            lines: vec![L5],
            from: S2,
            to: S1,
            into: O3,
            round: 2,
            number: "T1-2".into(),
            by: ann(),
            at: t(22),
        }
        .into(),
        LineVoided {
            order: O2,
            line: L4,
            reason: "不要了".into(),
            by: ann(),
            amount: Money(17_600),
            restocked: vec![(code("duck"), 2)],
            at: t(23),
            approved_by: Some(bob()),
        }
        .into(),
        OrderEnded { order: O2, why: EndedWhy::Declined, at: t(24), reason: Some("卖完了".into()), by: Some(ann()) }.into(),
        TableLocked { table: code("t2"), reason: "灯坏了".into(), by: ann(), at: t(25) }.into(),
        TableUnlocked { table: code("t2"), by: ann(), at: t(26) }.into(),
        TableClosed { session: S2, at: t(27), to_clean: true }.into(),
        TableCleaned { table: code("v1"), by: ann(), at: t(28) }.into(),
        ShiftOpened { shift: H1, till: "收银1".into(), float: Money(50_000), by: ann(), at: t(0) }.into(),
        CashMoved {
            shift: H1,
            entry: CashMoveId(0xb1),
            direction: Direction::Out,
            amount: Money(500),
            reason: "买冰".into(),
            by: ann(),
            approved_by: Some(bob()),
            at: t(29),
        }
        .into(),
        ShiftClosed { shift: H1, counted: Money(59_000), figures, by: ann(), at: t(30) }.into(),
        DayClosed {
            number: 3,
            at: t(31),
            unmatched: later_unmatched(),
            by: Some(code("mia")),
            summary: Some(figures_of_a_day()),
        }
        .into(),
    ]
}

fn later_unmatched() -> Vec<Unmatched> {
    vec![
        Unmatched::Unanswered { order: O2, table: "T2".into() },
        Unmatched::OpenShift { shift: H1, till: "收银1".into(), by: "ann".into() },
        Unmatched::LooseCash { amount: Money(-100) },
        Unmatched::Unprinted { job: J1, why: Some("paper".into()) },
    ]
}

fn figures_of_a_day() -> DaySummary {
    DaySummary {
        number: 3,
        opened_at: t(0),
        closed_at: t(31),
        parties: 2,
        covers: 7,
        orders: 3,
        dishes: 4,
        gross: Money(40_000),
        comps: Money(8000),
        comp_count: 1,
        discounts: Money(1500),
        fees: Money(900),
        voids: Money(17_600),
        void_count: 1,
        remakes: 1,
        net: Money(31_400),
        allowances: Money(200),
        rounded_off: Money(40),
        tips: Money(100),
        taken: vec![WaySum { way: Way::Cash, count: 1, amount: Money(31_400) }],
        given_back: vec![WaySum { way: Way::AlipayQr, count: 1, amount: Money(300) }],
        owed: Money(0),
        over: Money(-200),
        unmatched: 4,
    }
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
        CatalogEvent::StaffPut(Staff {
            id: code("ann"),
            name: "安".into(),
            role: Role::Waiter,
            pin_hash: "$argon2id$".into(),
            left: false,
        }),
        CatalogEvent::PairingAllowed { code_hash: "ef".repeat(32), until: t(5) },
        CatalogEvent::DevicePaired { code_hash: "ef".repeat(32), device },
        CatalogEvent::DeviceUnpaired { device: DeviceId(0xd1) },
        CatalogEvent::StaffEnded { id: code("ann") },
        CatalogEvent::HeadOfficeFollowed(Arc::new(Directive {
            store: StoreId(0x57),
            number: 4,
            brand: "单单集团".into(),
            releases: vec![Release {
                id: ReleaseId(0x4e1),
                from: t(6),
                menu: MenuRef { version: 12, hash: "12".repeat(32) },
                may_price: true,
                may_hours: false,
            }],
            staff: vec![Staff {
                id: code("mei"),
                name: "梅".into(),
                role: Role::Manager,
                pin_hash: "$argon2id$".into(),
                left: false,
            }],
            devices: vec![Device { id: DeviceId(0xd2), name: "巡店平板".into(), key_hash: "d2".repeat(32), paired_at: t(5) }],
        })),
        CatalogEvent::ReleasePublished {
            release: ReleaseId(0x4e1),
            revision: 0,
            menu: MenuRef { version: 8, hash: "81".repeat(32) },
        },
        CatalogEvent::OverridePut {
            dish: code("rice"),
            change: Override {
                prices: [(code("std"), Money(350))].into(),
                hours: Some(Hours { from_min: LocalMinute(660), to_min: LocalMinute(840) }),
            },
            by: code("mei"),
        },
    ]
}

/// A house with everything that a house could be given since its first release, and somebody who has left.
fn later_catalog_samples() -> Vec<CatalogEvent> {
    let mut full = house();
    let area = &mut full.areas[0];
    (area.seat_fee, area.minimum_spend, area.hot_pot) = (Money(300), Money(20_000), true);
    area.per_head = vec![code("water")];
    let hours = Hours { from_min: LocalMinute(660), to_min: LocalMinute(840) };
    full.policy.service = ServicePolicy {
        first_order_nod: true,
        clean_tables: true,
        confirm_weights: true,
        discount_limits: vec![DiscountLimit { role: Role::Lead, bp: 3000 }],
        screen_code_s: 60,
        queue_sizes: vec![2, 4, 8],
    };
    full.policy.kitchen = KitchenPolicy {
        unseen: UnseenAfter { screen_s: 10, printer_s: 20, waiter_s: 30, till_s: 40 },
        stop_unseen_s: 120,
        soup_lead_s: 60,
        slip_minutes: 15,
        pause_at_min: 40,
        accept: vec![AcceptRule { mode: Mode::PayLater, hours: Some(hours), behind_min: 30 }],
        pace: vec![Pace { mode: Some(Mode::PayFirst), hours, percent: 150 }],
    };
    full.printers = vec![Printer {
        id: code("p1"),
        name: "厨房".into(),
        address: "10.0.0.1:9100".into(),
        width_mm: 58,
        fallback: Some(code("p2")),
        no_cutter: true,
        buzzer: true,
        drawer: true,
        qr_as_picture: true,
        gbk_only: true,
        silent: true,
    }];
    full.kitchen_printers = vec![KitchenPrinter { station: code("wok"), printer: code("p1"), when: PrintWhen::Unseen }];
    full.till_printer = Some(code("p2"));
    let left = Staff { id: code("bob"), name: "波".into(), role: Role::Support, pin_hash: "$argon2id$".into(), left: true };
    vec![CatalogEvent::HousePublished(Arc::new(full)), CatalogEvent::StaffPut(left)]
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
    crate::table::variants!(CatalogEvent { HousePublished (..), MenuPublished (..), StaffPut (..), StaffEnded {..}, DeviceUnpaired {..}, PairingAllowed {..}, DevicePaired {..},
        HeadOfficeFollowed (..), ReleasePublished {..}, OverridePut {..} });
    pub const KINDS: &[&str] = VARIANTS;
    pub fn name(event: &CatalogEvent) -> &'static str {
        variant_of(event)
    }
}

/// Kinds that grew optional fields: their later form has a golden file of its own.
const GREW: &[&str] =
    &["DayClosed", "TableOpened", "OrderPlaced", "OrderEnded", "LineVoided", "TableClosed", "HousePublished", "StaffPut"];

/// The file of a kind; `later` for the later form of one that grew.
fn file_of(kind: &str, later: bool) -> String {
    format!("{kind}.v1{}.json", if later && GREW.contains(&kind) { "-later" } else { "" })
}

/// Reads a golden file back, having compared what this program would write with it.
fn golden<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, later: bool, sample: &E) -> E {
    let file = file_of(kind, later);
    let path = tests_dir().join("events").join(&file);
    if updating() && !path.exists() {
        std::fs::write(&path, serde_json::to_string_pretty(sample).unwrap() + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("tests/events/{file} is missing"));
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
    let first = floor_samples().into_iter().map(|sample| (false, sample));
    let mut samples: Vec<_> = first.collect();
    // The second party comes and goes while the first sits there; then the day ends for both.
    let (released, last) = (samples.iter().position(|(_, sample)| sample.kind() == "OrderReleased").unwrap() + 1, samples.pop());
    let later = later_samples().into_iter().map(|sample| (true, sample));
    samples.splice(released..released, later.clone().filter(|(_, sample)| sample.kind() != "DayClosed"));
    let kinds: BTreeSet<_> = samples.iter().chain(&last).map(|(_, sample)| sample.kind()).collect();
    assert_eq!(kinds, FloorEvent::KINDS.iter().copied().collect(), "one sample of each kind");
    let mut floor = Floor::default();
    for (later, sample) in samples.iter().chain(&last) {
        let event = golden(sample.kind(), *later, sample);
        let before = floor.clone();
        floor.apply(&event);
        assert_ne!(floor, before, "{} changes nothing", sample.kind());
    }
    let closed = later.last().unwrap().1;
    floor.apply(&golden(closed.kind(), true, &closed));
    assert_eq!(floor.last_summary, Some(figures_of_a_day()));
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
        payments.apply(&golden(sample.kind(), false, sample));
        assert_ne!(payments, before, "{} changes nothing", sample.kind());
    }
}

#[test]
fn every_catalog_event_ever_released_is_read_and_taken_in() {
    let samples = catalog_samples();
    let kinds: BTreeSet<_> = samples.iter().map(of_catalog::name).collect();
    assert_eq!(kinds, of_catalog::KINDS.iter().copied().collect());
    let mut catalog = Catalog::default();
    let later = later_catalog_samples();
    for (is_later, sample) in samples.iter().map(|sample| (false, sample)).chain(later.iter().map(|sample| (true, sample))) {
        assert_eq!(sample.kind(), of_catalog::name(sample));
        let before = serde_json::to_value(&catalog).unwrap();
        catalog.apply(&golden(sample.kind(), is_later, sample));
        assert_ne!(serde_json::to_value(&catalog).unwrap(), before, "{} changes nothing", sample.kind());
    }
}

#[test]
fn no_golden_file_is_without_its_event() {
    let known = FloorEvent::KINDS.iter().chain(PAYMENT_KINDS).chain(of_catalog::KINDS);
    let mut known: BTreeSet<String> = known.map(|kind| file_of(kind, false)).collect();
    let total = FloorEvent::KINDS.len() + PAYMENT_KINDS.len() + of_catalog::KINDS.len();
    assert_eq!(known.len(), total, "a kind is named once over all streams");
    known.extend(GREW.iter().map(|kind| file_of(kind, true)));
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
