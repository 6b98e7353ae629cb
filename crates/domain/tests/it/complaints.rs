//! Real failures of other systems (docs/complaints.md, by number), as far as the rules of the house decide them.

use crate::adjust::{comp, discount, percent, reprice};
use crate::house::*;
use crate::story::*;
use domain::catalog::Role;
use domain::floor::Step;
use domain::floor::*;
use domain::menu::LineProblem;
use domain::payment::*;
use domain::*;

const CLOSE_TABLE: FloorCommand = FloorCommand::CloseTable { session: S1 };
const EXPIRE: FloorCommand = FloorCommand::ExpireOrder { order: O1 };

fn kinds(events: &[FloorEvent]) -> Vec<&'static str> {
    events.iter().map(FloorEvent::kind).collect()
}

#[test]
fn complaint_01_a_paid_check_is_never_unpaid_again() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)]);
    let story = story.when(close_ask(A1)).refuses(Reject::AskSettled);
    assert_eq!(story.balance(S1), Money(0));
}

/// The money stream of one payment of 30.00 for `A1`, and what the channel said of it.
fn channel(says: &[ChannelResult]) -> Payments {
    let (attempt, session, expires_at) = (AttemptId(A1.0), S1, Timestamp(900_000));
    let start =
        PaymentCommand::StartAttempt { attempt, ask: A1, session, way: Way::WechatNative, amount: Money(3000), expires_at };
    let said = says.iter().map(|result| PaymentCommand::RecordResult { attempt, source: Source::Query, result: result.clone() });
    std::iter::once(start).chain(said).fold(Payments::default(), told)
}

fn told(mut money: Payments, command: PaymentCommand) -> Payments {
    let events = money.decide(&command, Timestamp(5), Currency::Cny).unwrap();
    events.iter().for_each(|event| money.apply(event));
    money
}

fn paid(amount: i64) -> ChannelResult {
    let (channel_txn, amount) = ("4200".into(), Money(amount));
    ChannelResult::Paid { channel_txn, amount, currency: Currency::Cny, merchant_matches: true, paid_at: Timestamp(1) }
}

fn no_answer() -> ChannelResult {
    ChannelResult::Unknown { why: "no answer".into() }
}

#[test]
fn complaint_01_a_refund_takes_nothing_off_what_was_paid() {
    let story = unpaid().and([cash(1, S1, 3000, Some(O1)), back(R1, S1, 1, &[], 3000)]);
    assert!(story.order(O1).released_at().is_some(), "an order given back in full is not unpaid again");
    story.when(ask(A1, S1, 3000, Some(O1))).refuses(Reject::NothingDue);
}

#[test]
fn complaint_04_the_same_number_is_not_the_same_order() {
    let story =
        at_counter().and([place_one(O1, S1, L1, "water", 1), sign_and_close_day(), FloorCommand::OpenDay, join(S2, "c1", G1)]);
    let story = story.and([place_one(O2, S2, L2, "water", 1)]);
    assert_eq!(story.order(O2).number, "A001", "a label starts anew each day; the id never does");
}

#[test]
fn complaint_05_the_day_does_not_close_over_unmatched_facts_unsigned() {
    let story = ordered();
    let unmatched = vec![
        Unmatched::OpenTable { session: S1, table: "T1".into(), balance: Money(3000) },
        Unmatched::Unserved { order: O1, line: L1 },
    ];
    let story = story.when(close_day()).refuses(Reject::DayUnmatched { unmatched: unmatched.clone() });
    let closing = story.when(sign_and_close_day());
    assert_eq!(closing.answer(), &FloorAnswer::DayClosed { unmatched: unmatched.clone() });
    let story = closing.records_kinds(["DayClosed"]);
    assert_eq!(story.balance(S1), Money(3000), "signed for, and still owed");
}

#[test]
fn complaint_05_a_drawer_nobody_counted_and_cash_nobody_answers_for_keep_the_day_open() {
    let shift =
        |shift: u128, by: &str| FloorCommand::OpenShift { shift: ShiftId(shift), till: by.into(), float: Money(0), by: code(by) };
    let story = given([FloorCommand::OpenDay, shift(1, "bob"), join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 1)]);
    let story = story.and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve), cash(1, S1, 300, None), CLOSE_TABLE]);
    let unmatched = vec![
        Unmatched::OpenShift { shift: ShiftId(1), till: "bob".into(), by: "bob".into() },
        Unmatched::LooseCash { amount: Money(300) },
    ];
    story.when(close_day()).refuses(Reject::DayUnmatched { unmatched });
}

#[test]
fn complaint_07_two_waiters_add_lines_and_both_stay_in_any_order() {
    let story = || seated().and([join(S2, "t1", G2)]);
    let (beers, tofu) = (put(S1, G1, L1, plain("rice", 2)), put(S1, G2, L2, plain("salad", 1)));
    let lines = |story: Story| {
        story.party(S1).cart.iter().map(|line| (line.line, line.selection.quantity)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let one_way = lines(story().and([beers.clone(), tofu.clone()]));
    assert_eq!(one_way, lines(story().and([tofu, beers])));
    assert_eq!(one_way, [(L1, 2), (L2, 1)].into());
}

#[test]
fn complaint_07_a_quantity_never_goes_below_nothing() {
    let remove = || FloorCommand::SetCartQuantity { session: S1, line: L1, quantity: 0 };
    let story = seated().and([put(S1, G1, L1, plain("rice", 2)), remove()]);
    story.when(remove()).records([]);
}

#[test]
fn complaint_07_a_line_divided_and_taken_off_on_two_devices_leaves_the_rest() {
    let divide = FloorCommand::DivideLine { session: S1, line: L1, quantity: 3, into: L2, by: code("ann") };
    let story = ordered().and([divide.clone(), void(S1, L2)]).when(divide).refuses(Reject::LineTaken);
    let story = story.when(void(S1, L2)).records([]);
    assert_eq!((story.line(L1).quantity, story.balance(S1)), (7, Money(2100)));
}

#[test]
fn complaint_08_lines_that_change_hands_are_neither_lost_nor_doubled() {
    let lines =
        |story: &Story| story.floor.orders.values().flat_map(|order| &order.lines).map(|line| line.line).collect::<Vec<_>>();
    let owed = |story: &Story| story.balance(S1) + story.balance(S2);
    let story = ordered().and([join(S2, "t2", G2), place(O2, S2, &[(L2, plain("salad", 1)), (L3, plain("duck", 1))])]);
    let (before, all) = (owed(&story), lines(&story));
    let move_line = FloorCommand::MoveLines { session: S2, lines: vec![L2], to: S1, order: O3, by: code("ann") };
    let story = story.and([move_line, FloorCommand::MergeParties { into: S1, from: S2, by: code("ann") }]);
    assert_eq!((owed(&story), story.balance(S2)), (before, Money(0)));
    let story = story.and([FloorCommand::UnmergeParties { into: S1, from: S2, by: code("ann") }]);
    let mut now = lines(&story);
    now.sort_unstable();
    assert_eq!((owed(&story), now), (before, all));
    assert_eq!(story.balance(S1), Money(4200), "the salad stays where it went");
}

#[test]
fn complaint_09_a_retry_after_a_lost_reply_makes_no_second_order() {
    ordered().when(place_one(O1, S1, L1, "rice", 10)).refuses(Reject::OrderExists);
}

#[test]
fn complaint_13_the_same_cart_under_a_new_order_id_is_not_ordered_twice() {
    let (differences, _) = ordered().when(place_one(O2, S1, L1, "rice", 10)).differs();
    assert_eq!(differences.iter().map(|d| d.problem).collect::<Vec<_>>(), [LineProblem::AlreadyOrdered]);
}

#[test]
fn complaint_16_a_payment_without_an_answer_blocks_a_second_one() {
    let story = ordered().and([ask(A1, S1, 3000, None)]);
    story.clone().when(ask(A2, S1, 3000, None)).refuses(Reject::PaymentOpen { ask: A1 });
    story.clone().when(cash(1, S1, 3000, None)).refuses(Reject::PaymentOpen { ask: A1 });
    story.when(CLOSE_TABLE).refuses(Reject::PaymentOpen { ask: A1 });
}

#[test]
fn complaint_15_a_payment_is_work_until_the_channel_has_answered_whatever_the_page_does() {
    let opened = ChannelResult::Opened(Opened::Code { code_url: "weixin://x".into() });
    for money in [channel(&[]), channel(std::slice::from_ref(&opened)), channel(&[opened, no_answer()]), channel(&[paid(3000)])] {
        assert!(money.outstanding.contains(&AttemptId(A1.0)));
    }
}

#[test]
fn complaint_16_the_cashier_may_ask_and_give_up_but_never_just_say_paid() {
    let case = OpenCase {
        kind: CaseKind::UnknownTooLong,
        subject: A1.0,
        attempt: Some(AttemptId(A1.0)),
        refund: None,
        amount: Some(Money(3000)),
        detail: String::new(),
    };
    let money = told(channel(&[no_answer()]), PaymentCommand::OpenCase(case));
    let inbox = view::inbox(&Floor::default(), &money, Timestamp(5));
    assert_eq!(inbox.cases[0].remedies, [view::Remedy::AskChannel, view::Remedy::GiveUp, view::Remedy::Resolve]);
    let resolve = PaymentCommand::ResolveCase { case: inbox.cases[0].case, by: code("ann"), how: "客人说付了".into() };
    assert_eq!(told(money, resolve).attempts[&AttemptId(A1.0)].state, AttemptState::Open, "words move no money");
}

#[test]
fn complaint_17_only_captured_money_is_paid() {
    let opened = ChannelResult::Opened(Opened::Code { code_url: "weixin://x".into() });
    for result in [opened, ChannelResult::NotPaid, no_answer(), ChannelResult::Failed { code: "NOTENOUGH".into() }] {
        let decided =
            channel(&[result]).decide(&PaymentCommand::MarkCredited { attempt: AttemptId(A1.0) }, Timestamp(6), Currency::Cny);
        assert_eq!(decided, Err(PaymentReject::NotCaptured));
    }
}

#[test]
fn complaint_18_money_that_does_not_match_is_a_case_and_on_no_check() {
    let money = channel(&[paid(2999)]);
    let attempt = &money.attempts[&AttemptId(A1.0)];
    assert!(attempt.state == AttemptState::Open && !attempt.credited);
    let case = &money.cases[&CaseKind::Mismatch.about(A1.0)];
    assert_eq!((case.amount, case.detail.as_str()), (Some(Money(2999)), "amount 2999"));
}

#[test]
fn complaint_18_money_reaches_the_order_it_was_asked_for() {
    let story = unpaid().and([place_one(O2, S1, L2, "rice", 1), ask(A1, S1, 300, Some(O2))]);
    let story = story.when(credit(A1, 300)).records_kinds(["TenderCredited", "OrderReleased"]);
    assert_eq!((story.order(O1).released_at(), story.order(O2).released_at()), (None, Some(Timestamp(0))));
}

#[test]
fn complaint_19_what_is_paid_cannot_be_paid_again() {
    let paid = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)]);
    paid.clone().when(ask(A2, S1, 3000, None)).refuses(Reject::NothingDue);
    paid.when(cash(1, S1, 3000, None)).refuses(Reject::NothingDue);
}

#[test]
fn complaint_19_and_20_of_two_payments_that_both_came_one_goes_back_by_itself() {
    let both = ordered().and([ask(A1, S1, 3000, None), close_ask(A1), ask(A2, S1, 3000, None), credit(A2, 3000)]);
    let story = both.when(credit(A1, 3000)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert!(story.floor.open_refunds.contains(&back_of(A1)), "nobody has to notice it");
    assert_eq!(story.floor.due(story.party(S1)), Money(0));
    let start = PaymentCommand::StartRefund {
        refund: back_of(A1),
        attempt: AttemptId(A1.0),
        amount: Money(3000),
        why: RefundWhy::TooMuch,
    };
    let money = told(channel(&[paid(3000)]), start);
    assert!(money.cases.contains_key(&CaseKind::Doubled.about(A1.0)), "and it is told");
}

#[test]
fn complaint_21_paid_at_the_counter_is_in_the_kitchen_in_the_same_decision() {
    let story = unpaid().and([ask(A1, S1, 3000, Some(O1))]);
    let story = story.when(credit(A1, 3000)).records_kinds(["TenderCredited", "OrderReleased"]);
    assert_eq!(story.tickets().len(), 1);
}

#[test]
fn complaint_21_what_is_released_and_shown_nowhere_is_found_within_seconds() {
    let story = unpaid().and([cash(1, S1, 3000, Some(O1))]);
    let due = |story: &Story, ms| due_escalations(&story.floor, Now { at: Timestamp(ms), ..story.now }, &story.known);
    assert_eq!(due(&story, 14_999), []);
    assert_eq!(due(&story, 15_000), [(Escalation::Screen, vec![item(L1, 0)])]);
    assert_eq!(due(&story, 60_000), [(Escalation::Till, vec![item(L1, 0)])], "in the end a person is told");
    assert_eq!(due(&story.and([paint(&[item(L1, 0)])]), 60_000), []);
}

#[test]
fn complaint_22_kitchen_waits_for_payment() {
    let story = unpaid();
    assert!(story.tickets().is_empty());
    let story = story.when(step(L1, 0, Step::Start)).refuses(Reject::OrderNotInKitchen);
    let story = story.and([ask(A1, S1, 3000, Some(O1))]).when(paint(&[item(L1, 0)])).records([]);
    assert!(story.and([close_ask(A1)]).tickets().is_empty(), "a failed payment cooks nothing");
}

#[test]
fn complaint_22_half_the_money_cooks_nothing() {
    let story = unpaid().and([ask(A1, S1, 3000, Some(O1))]);
    let story = story.when(credit(A1, 1500)).records_kinds(["TenderCredited"]);
    assert!(story.tickets().is_empty());
    story.when(cash(1, S1, 1500, Some(O1))).records_kinds(["TenderCredited", "OrderReleased"]);
}

#[test]
fn complaint_22_what_waits_for_a_nod_or_to_be_fired_cooks_nothing() {
    let known = known_with(|house, _| house.policy.service.first_order_nod = true);
    let by_guest = PlaceOrder { by: Actor::Guest(G1), ..order(O1, S1, &[(L1, plain("rice", 1))]) };
    let mut held = order(O2, S1, &[(L2, plain("rice", 1))]);
    held.lines[0].hold = true;
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), FloorCommand::PlaceOrder(by_guest)]);
    let story = story.and([FloorCommand::PlaceOrder(held)]);
    assert!(story.tickets().is_empty() && story.floor.unseen.is_empty() && story.floor.announcements.is_empty());
    let story = story.when(step(L1, 0, Step::Start)).refuses(Reject::OrderNotInKitchen);
    story.when(step(L2, 0, Step::Start)).refuses(Reject::ItemIs { state: ItemState::Waiting });
}

#[test]
fn complaint_23_late_payment_revives_the_order_or_goes_back() {
    let expired =
        || at_counter().and([place_one(O1, S1, L1, "last", 1), ask(A1, S1, 4800, Some(O1)), close_ask(A1)]).at(15).and([EXPIRE]);
    let revived = expired().when(credit(A1, 4800)).records_kinds(["TenderCredited", "OrderRevived", "OrderReleased"]);
    assert_eq!((revived.left("last"), revived.balance(S1)), (Some(0), Money(0)));
    let other = [join(S2, "c1", G2), place_one(O2, S2, L2, "last", 1)];
    let back = expired().and(other).when(credit(A1, 4800)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!((back.left("last"), back.balance(S1)), (Some(0), Money(-4800)), "on its way back, and not gone yet");
    assert_eq!(back.floor.due(back.party(S1)), Money(0));
    let back = back.and([FloorCommand::PayRefund { refund: back_of(A1) }, CLOSE_TABLE]);
    assert_eq!(back.balance(S1), Money(0));
}

#[test]
fn complaint_23_money_for_a_check_that_is_settled_goes_back() {
    let left = ordered().and([ask(A1, S1, 3000, None), close_ask(A1), cash(1, S1, 3000, None), CLOSE_TABLE]);
    let story = left.when(credit(A1, 3000)).records_kinds(["TenderCredited", "RefundAsked"]);
    assert_eq!(story.party(S1).refunds[&back_of(A1)].amount, Money(3000));
    let late = channel(&[ChannelResult::Closed, paid(3000)]);
    assert!(late.cases.contains_key(&CaseKind::PaidAfterClose.about(A1.0)));
}

#[test]
fn complaint_24_after_a_closed_payment_another_has_another_id() {
    let story = ordered().and([ask(A1, S1, 3000, None), close_ask(A1)]);
    story.clone().when(ask(A1, S1, 3000, None)).refuses(Reject::AskExists);
    story.when(ask(A2, S1, 3000, None)).records_kinds(["PaymentAsked"]);
}

#[test]
fn complaint_25_a_repeated_notice_changes_nothing() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000)]);
    let story = story.when(credit(A1, 3000)).records([]).and([CLOSE_TABLE]);
    story.when(credit(A1, 3000)).records([]);
}

#[test]
fn complaint_25_a_repeated_word_about_a_refund_changes_nothing() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[L1], 3000)]);
    let story = story.and([FloorCommand::PayRefund { refund: R1 }]);
    story.when(FloorCommand::PayRefund { refund: R1 }).records([]);
}

#[test]
fn complaint_26_the_check_is_the_sum_of_its_lines_whatever_the_phone_says() {
    let mut command = order(O1, S1, &[(L1, plain("rice", 1)), (L2, plain("salad", 1))]);
    command.total = Money(300);
    let (_, quote) = seated().when(FloorCommand::PlaceOrder(command)).differs();
    assert_eq!(quote.total, Money(1500));
}

#[test]
fn complaint_27_a_price_made_up_on_the_phone_is_refused_line_by_line() {
    let mut command = order(O1, S1, &[(L1, plain("duck", 1))]);
    (command.lines[0].unit_price, command.lines[0].amount, command.total) = (Money(1), Money(1), Money(1));
    let (differences, _) = seated().when(FloorCommand::PlaceOrder(command)).differs();
    assert_eq!(
        (differences[0].problem, differences[0].was, differences[0].now),
        (LineProblem::PriceChanged, Money(1), Some(Money(8800)))
    );
}

#[test]
fn complaint_28_one_click_is_one_refund() {
    let story = ordered().and([ask(A1, S1, 3000, None), credit(A1, 3000), back(R1, S1, A1.0, &[], 2000)]);
    story.clone().when(back(R1, S1, A1.0, &[], 2000)).refuses(Reject::RefundExists);
    story.when(back(R2, S1, A1.0, &[], 2000)).refuses(Reject::RefundTooLarge { left: Money(1000) });
}

#[test]
fn complaint_28_the_channel_is_never_asked_for_more_than_it_captured() {
    let refund = |refund, amount| PaymentCommand::StartRefund {
        refund,
        attempt: AttemptId(A1.0),
        amount: Money(amount),
        why: RefundWhy::Staff,
    };
    let money = told(channel(&[paid(3000)]), refund(R1, 2000));
    assert_eq!(money.decide(&refund(R1, 2000), Timestamp(6), Currency::Cny), Err(PaymentReject::RefundExists));
    let no = money.decide(&refund(R2, 2000), Timestamp(6), Currency::Cny);
    assert_eq!(no, Err(PaymentReject::RefundTooLarge { left: Money(1000) }));
}

#[test]
fn complaint_29_a_round_is_its_own_ticket() {
    let story = ordered().and([place_one(O2, S1, L2, "rice", 1)]);
    let tickets = story.tickets();
    let items: Vec<_> = tickets.iter().map(|ticket| (ticket.order, ticket.items.len())).collect();
    assert_eq!(items, [(O1, 1), (O2, 1)], "what was sent before is not sent again");
}

#[test]
fn complaint_29_moving_merging_and_dividing_send_nothing_to_the_kitchen_again() {
    let story =
        ordered().and([paint(&[item(L1, 0)]), join(S2, "t2", G2), place_one(O2, S2, L2, "salad", 1), paint(&[item(L2, 0)])]);
    let story = story.and([
        FloorCommand::MoveParty { session: S1, to: code("v1"), by: code("ann") },
        FloorCommand::MergeParties { into: S1, from: S2, by: code("ann") },
        FloorCommand::DivideLine { session: S1, line: L1, quantity: 4, into: L3, by: code("ann") },
    ]);
    assert!(story.floor.unseen.is_empty(), "what was seen stays seen");
    let cooked = |line: LineId| {
        story.tickets().iter().flat_map(|ticket| ticket.items.clone()).filter(|item| item.key.line == line).count()
    };
    assert_eq!([L1, L2, L3].map(cooked), [1, 1, 1]);
    let portions: u32 = story.tickets().iter().flat_map(|ticket| &ticket.items).map(|item| item.quantity).sum();
    assert_eq!(portions, 11);
    let news = story.floor.announcements.values().filter(|said| matches!(said.said, Said::NewOrder { .. }));
    assert_eq!(news.count(), 2, "two orders were new, and nothing since");
}

#[test]
fn complaint_33_paying_never_cooks() {
    let party = ordered();
    for command in [ask(A1, S1, 3000, None), cash(1, S1, 3000, None)] {
        let (events, _) = party.floor.decide(&command, party.now, &party.known).unwrap();
        assert!(matches!(kinds(&events)[..], ["PaymentAsked"] | ["TenderCredited"]));
    }
    let before = party.tickets();
    let paid = party.and([ask(A1, S1, 3000, None), credit(A1, 3000), CLOSE_TABLE]);
    assert_eq!(paid.tickets(), before, "paying and leaving neither adds nor takes a dish");
    // By type: whatever `check.rs` decides is one of these.
    fn is_money(billing: &Billing) -> bool {
        match billing {
            Billing::PaymentAsked(_)
            | Billing::AskClosed(_)
            | Billing::TenderCredited(_)
            | Billing::CheckSplit(_)
            | Billing::SplitUndone(_)
            | Billing::RefundAsked(_)
            | Billing::RefundPaid(_)
            | Billing::AccountSettled(_) => true,
        }
    }
    assert!(is_money(&Billing::AskClosed(AskClosed { ask: A1, session: S1, why: AskClosedWhy::Closed, at: Timestamp(0) })));
}

#[test]
fn complaint_33_splitting_refunding_and_opening_again_never_cook() {
    let served = ordered().and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve)]);
    let split = served.and([split_evenly(S1, W1, 2), ask_share(A1, S1, 1500, W1), credit(A1, 1500)]);
    let rest = TakeCash { share: Some(W2), ..notes(1, S1, 1500) };
    let story = split.and([FloorCommand::TakeCash(rest), CLOSE_TABLE, reopen(S1), back(R1, S1, 1, &[], 500), CLOSE_TABLE]);
    assert!(story.tickets().is_empty());
    let released = story.log.iter().filter(|event| matches!(event, FloorEvent::OrderReleased(_)));
    assert_eq!(released.count(), 1);
}

#[test]
fn complaint_33_giving_away_never_cooks_and_never_stops_the_cook() {
    let story = ordered().and([step(L1, 0, Step::Start)]);
    let before = story.tickets();
    let given = story.and([reprice(L1, 2500, with_bob()), discount(percent(1000), with_bob()), comp(L1, with_bob())]);
    assert_eq!(given.tickets(), before);
    assert_eq!(given.balance(S1), Money(0));
}

#[test]
fn complaint_34_the_kitchen_is_told_of_a_void_and_says_so() {
    let story = ordered().and([void(S1, L1)]);
    assert!(story.tickets()[0].items[0].void_unseen);
    story.when(step(L1, 0, Step::Start)).refuses(Reject::LineVoided);
}

#[test]
fn complaint_34_a_void_allowed_on_another_device_reaches_the_kitchen_in_that_decision() {
    let act = Guarded::Void { session: S1, line: L1 };
    let asking = AskApproval { approval: P1, act, reason: "不要了".into(), by: code("ann"), role: Role::Waiter };
    let story = ordered().and([FloorCommand::AskApproval(asking)]);
    assert!(!story.tickets()[0].items[0].void_unseen, "nothing is taken off before somebody says so");
    let give = FloorCommand::GiveApproval { approval: P1, by: code("bob"), role: Role::Lead };
    let story = story.when(give).records_kinds(["LineVoided", "ApprovalGiven"]);
    assert!(story.tickets()[0].items[0].void_unseen);
    let story = story.and([FloorCommand::AcknowledgeVoid { item: item(L1, 0) }]);
    assert!(story.tickets().is_empty());
}

#[test]
fn complaint_34_a_closed_stations_void_is_told_to_whoever_cooks_for_it() {
    let known = known_with(|_, menu| menu.stations[0].fallback = Some(code("cold")));
    let close = FloorCommand::SetStation { station: code("wok"), open: false, by: code("ann") };
    let story =
        given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place_one(O1, S1, L1, "rice", 1), close, void(S1, L1)]);
    let tickets = story.tickets();
    assert_eq!((tickets.len(), tickets[0].station.as_str(), tickets[0].items[0].void_unseen), (1, "cold", true));
}

#[test]
fn complaint_35_while_the_kitchen_sees_nothing_no_guest_is_told_that_all_is_well() {
    let by_guest =
        |id, line| FloorCommand::PlaceOrder(PlaceOrder { by: Actor::Guest(G1), ..order(id, S1, &[(line, plain("rice", 1))]) });
    let story = seated().when(by_guest(O1, L1)).records_kinds(["OrderPlaced", "OrderReleased"]);
    assert_eq!(story.floor.unseen.len(), 1, "accepted and to be shown are one decision");
    let outcome = story.at(3).when(by_guest(O2, L2));
    let FloorAnswer::OrderAccepted { nod: Some(NodWhy::KitchenUnseen { .. }), .. } = outcome.answer() else {
        panic!("simply accepted: {:?}", outcome.answer())
    };
    let story = outcome.records_kinds(["OrderPlaced"]);
    let view = view::session_view(&story.floor, &Payments::default(), story.party(S1), story.now, &story.known);
    assert_eq!(view.orders[1].state, view::OrderViewState::AwaitingNod);
    assert!(matches!(view.nod, Some(NodWhy::KitchenUnseen { .. })), "the phone says so before anybody orders");
}

#[test]
fn complaint_36_a_ticket_says_all_of_it_set_parts_options_and_notes() {
    let noted = domain::menu::Selection { note: Some("少辣".into()), ..beef(&[("hot", 1), ("no-onion", 1)]) };
    let meal = set(&[("main", "noodles", 1), ("side", "salad", 1)]);
    let story = seated().and([place(O1, S1, &[(L1, noted), (L2, meal)])]);
    let tickets = story.tickets();
    let items: Vec<_> = tickets.iter().flat_map(|ticket| &ticket.items).collect();
    assert_eq!(items.len(), 3, "beef, noodles, salad");
    let beef = items.iter().find(|item| item.key.line == L1).unwrap();
    assert_eq!((beef.note.as_deref(), beef.options.len(), beef.allergens.len()), (Some("少辣"), 2, 2));
    assert!(items.iter().filter(|item| item.key.line == L2).all(|item| item.of_set.as_ref().is_some_and(|set| set.en == "set")));
}

#[test]
fn complaint_36_every_dish_of_an_order_is_on_exactly_one_ticket_whichever_stations_are_open() {
    let known = known_with(|_, menu| menu.stations[0].fallback = Some(code("cold")));
    let meal = set(&[("main", "noodles", 1), ("side", "salad", 1)]);
    let story =
        given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), place(O1, S1, &[(L1, meal), (L2, plain("duck", 1))])]);
    let keys = |story: &Story| {
        let mut keys: Vec<_> = story.tickets().iter().flat_map(|ticket| &ticket.items).map(|item| item.key).collect();
        keys.sort_unstable();
        keys
    };
    let all = [item(L1, 0), item(L1, 1), item(L2, 0)];
    assert_eq!(keys(&story), all);
    let switch = |open| FloorCommand::SetStation { station: code("wok"), open, by: code("ann") };
    let story = story.and([switch(false)]);
    assert_eq!(keys(&story), all);
    assert_eq!(keys(&story.and([switch(true)])), all);
}

#[test]
fn complaint_38_last_portion_sold_once() {
    let story = seated().and([join(S2, "t2", G2), place_one(O1, S1, L1, "last", 1)]);
    let (differences, _) = story.clone().when(place_one(O2, S2, L2, "last", 1)).differs();
    assert_eq!((differences[0].problem, differences[0].left), (LineProblem::SoldOut, Some(0)));
    assert_eq!(story.left("last"), Some(0));
}

#[test]
fn complaint_38_a_portion_that_waits_for_a_nod_is_sold_and_a_refused_one_is_on_sale_again() {
    let known = known_with(|house, _| house.policy.service.first_order_nod = true);
    let by_guest = PlaceOrder { by: Actor::Guest(G1), ..order(O1, S1, &[(L1, plain("last", 1))]) };
    let story = given_in(known, [FloorCommand::OpenDay, join(S1, "t1", G1), FloorCommand::PlaceOrder(by_guest)]);
    let (differences, _) = story.clone().when(place_one(O2, S1, L2, "last", 1)).differs();
    assert_eq!(differences[0].problem, LineProblem::SoldOut);
    let story = story.and([FloorCommand::DeclineOrder { order: O1, reason: "卖完了".into(), by: code("ann") }]);
    assert_eq!(story.left("last"), Some(1));
    let twice = story.and([place_one(O2, S1, L2, "last", 1)]);
    assert_eq!(twice.left("last"), Some(0));
}

#[test]
fn complaint_38_a_dish_cooked_again_or_divided_takes_no_second_portion() {
    let story = seated().and([place_one(O1, S1, L1, "duck", 2), step(L1, 0, Step::Ready)]);
    let remake = FloorCommand::RemakeItem { item: item(L1, 0), cause: RemakeCause::Dropped, note: None, by: code("ann") };
    let divide = FloorCommand::DivideLine { session: S1, line: L1, quantity: 1, into: L2, by: code("ann") };
    let story = story.and([remake, divide]);
    assert_eq!(story.left("duck"), Some(3));
    assert_eq!(story.and([void(S1, L2)]).left("duck"), Some(4), "one of the two is on sale again");
}

#[test]
fn complaint_39_a_former_session_opens_nothing() {
    let left = ordered().and([cash(1, S1, 3000, None), CLOSE_TABLE]);
    for command in [
        put(S1, G1, L2, plain("rice", 1)),
        place_one(O2, S1, L2, "rice", 1),
        ask(A1, S1, 1, None),
        rush(S1, L1),
        FloorCommand::CallWaiter { session: S1, call: C1, reason: CallReason::Bill },
    ] {
        left.clone().when(command).refuses(Reject::SessionClosed);
    }
    let joined = left.when(join(S2, "t1", G2));
    assert_eq!(joined.answer(), &FloorAnswer::Joined { session: S2 });
    let story = joined.records_kinds(["TableOpened", "GuestJoined"]);
    assert!(story.party(S2).orders.is_empty() && story.balance(S2) == Money(0), "the next guests owe nothing of it");
}

#[test]
fn complaint_39_all_phones_at_a_table_come_to_one_party() {
    let joined = seated().when(join(S2, "t1", G2));
    assert_eq!(joined.answer(), &FloorAnswer::Joined { session: S1 });
    joined.records_kinds(["GuestJoined"]);
}

#[test]
fn complaint_39_strangers_at_the_counter_do_not_share_a_check() {
    let joined = at_counter().when(join(S2, "c1", G2));
    assert_eq!(joined.answer(), &FloorAnswer::Joined { session: S2 });
}

#[test]
fn complaint_39_two_merged_tables_come_to_one_party_and_afterwards_to_their_own() {
    let merge = FloorCommand::MergeParties { into: S1, from: S2, by: code("ann") };
    let story = ordered().and([join(S2, "t2", G2), merge]);
    let third = GuestId(0x63);
    let outcome = story.clone().when(join(SessionId(0x53), "t2", third));
    assert_eq!(outcome.answer(), &FloorAnswer::Joined { session: S1 });
    let story = story.and([cash(1, S1, 3000, None), CLOSE_TABLE]);
    let outcome = story.when(join(SessionId(0x53), "t2", third));
    assert_eq!(outcome.answer(), &FloorAnswer::Joined { session: SessionId(0x53) }, "the next guests are strangers");
}

#[test]
fn complaint_40_a_served_dish_cannot_be_taken_off_the_check() {
    let story = ordered().and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve)]);
    story.when(void(S1, L1)).refuses(Reject::LineServed);
}

#[test]
fn complaint_40_two_of_three_portions_do_not_vanish_on_one_persons_word() {
    let divide = FloorCommand::DivideLine { session: S1, line: L1, quantity: 8, into: L2, by: code("ann") };
    let vanish = FloorCommand::VoidLine { session: S1, line: L2, reason: "没上".into(), hand: alone() };
    let story = ordered().and([divide]).when(vanish).refuses(Reject::ApprovalNeeded);
    let served =
        story.and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve), step(L2, 0, Step::Ready), step(L2, 0, Step::Serve)]);
    let served = served.when(void(S1, L2)).refuses(Reject::LineServed);
    served.when(comp(L2, alone())).refuses(Reject::ApprovalNeeded);
}

#[test]
fn complaint_40_what_was_let_go_stands_in_the_days_figures_with_who_closed_it() {
    let lines = [(L1, plain("rice", 10)), (L2, plain("salad", 1)), (L3, plain("duck", 1)), (L4, plain("noodles", 1))];
    let story = seated().and([place(O1, S1, &lines), comp(L2, with_bob()), void(S1, L3)]);
    let story = story.and([reprice(L4, 1500, with_bob()), reprice(L4, 1000, with_bob())]);
    let story = story.and([discount(percent(1000), with_bob()), cash(1, S1, 3600, None), sign_and_close_day()]);
    let Some(FloorEvent::DayClosed(e)) = story.log.last() else { panic!("not closed") };
    let sum = e.summary.clone().unwrap();
    assert_eq!(
        (e.by.clone(), sum.comps, sum.comp_count, sum.voids, sum.void_count),
        (Some(code("mia")), Money(1200), 1, Money(8800), 1)
    );
    assert_eq!((sum.gross, sum.discounts, sum.net, sum.owed), (Money(6000), Money(1200), Money(3600), Money(0)));
    assert_eq!(sum.gross - sum.comps - sum.discounts + sum.fees, sum.net, "what was eaten less what was let go");
}

#[test]
fn complaint_40_a_day_can_always_be_closed_and_the_next_opened() {
    let story = ordered().and([ask(A1, S1, 3000, None), sign_and_close_day(), FloorCommand::OpenDay]);
    let story = story.and([credit(A1, 3000), step(L1, 0, Step::Ready), step(L1, 0, Step::Serve), CLOSE_TABLE]);
    story.when(close_day()).records_kinds(["DayClosed"]);
}

#[test]
fn complaint_40_what_leaves_a_paid_check_says_who_and_why() {
    let story = ordered().and([cash(1, S1, 3000, None), CLOSE_TABLE, reopen(S1), back(R1, S1, 1, &[L1], 3000)]);
    let who = |event: &FloorEvent| match event {
        FloorEvent::CheckReopened(e) => Some((e.by.clone(), e.reason.clone())),
        FloorEvent::LineVoided(e) => Some((e.by.clone(), e.reason.clone())),
        FloorEvent::RefundAsked(e) => Some((e.by.clone().unwrap(), e.reason.clone())),
        _ => None,
    };
    let said: Vec<_> = story.log.iter().filter_map(who).collect();
    assert_eq!(said.len(), 3);
    assert!(said.iter().all(|(by, reason)| by.as_str() == "ann" && !reason.is_empty()));
    let mut nameless = back(R2, S1, 1, &[], 1);
    if let FloorCommand::AskRefund(refund) = &mut nameless {
        refund.reason = " ".into();
    }
    ordered().and([cash(1, S1, 3000, None)]).when(nameless).refuses(Reject::BadText);
}
