//! Real failures of other systems (shared/COMPLAINTS.md, by number), as far as the rules of the house decide them.

use crate::house::*;
use crate::story::*;
use domain::floor::*;
use domain::menu::LineProblem;
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

#[test]
fn complaint_04_the_same_number_is_not_the_same_order() {
    let story =
        at_counter().and([place_one(O1, S1, L1, "water", 1), SIGN_AND_CLOSE_DAY, FloorCommand::OpenDay, join(S2, "c1", G1)]);
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
    let story = story.when(CLOSE_DAY).refuses(Reject::DayUnmatched { unmatched: unmatched.clone() });
    let closing = story.when(SIGN_AND_CLOSE_DAY);
    assert_eq!(closing.answer(), &FloorAnswer::DayClosed { unmatched: unmatched.clone() });
    let story = closing.records([DayClosed { number: 1, at: Timestamp(0), unmatched }.into()]);
    assert_eq!(story.balance(S1), Money(3000), "signed for, and still owed");
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
fn complaint_21_paid_at_the_counter_is_in_the_kitchen_in_the_same_decision() {
    let story = unpaid().and([ask(A1, S1, 3000, Some(O1))]);
    let story = story.when(credit(A1, 3000)).records_kinds(["TenderCredited", "OrderReleased"]);
    assert_eq!(view::tickets(&story.floor).len(), 1);
}

#[test]
fn complaint_22_kitchen_waits_for_payment() {
    let story = unpaid();
    assert!(view::tickets(&story.floor).is_empty());
    let story = story.when(step(L1, 0, Step::Start)).refuses(Reject::OrderNotInKitchen);
    let story = story.and([ask(A1, S1, 3000, Some(O1))]).when(paint(&[item(L1, 0)])).records([]);
    assert!(view::tickets(&story.and([close_ask(A1)]).floor).is_empty(), "a failed payment cooks nothing");
}

#[test]
fn complaint_22_half_the_money_cooks_nothing() {
    let story = unpaid().and([ask(A1, S1, 3000, Some(O1))]);
    let story = story.when(credit(A1, 1500)).records_kinds(["TenderCredited"]);
    assert!(view::tickets(&story.floor).is_empty());
    story.when(cash(1, S1, 1500, Some(O1))).records_kinds(["TenderCredited", "OrderReleased"]);
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
fn complaint_29_a_round_is_its_own_ticket() {
    let story = ordered().and([place_one(O2, S1, L2, "rice", 1)]);
    let tickets = view::tickets(&story.floor);
    let items: Vec<_> = tickets.iter().map(|ticket| (ticket.order, ticket.items.len())).collect();
    assert_eq!(items, [(O1, 1), (O2, 1)], "what was sent before is not sent again");
}

#[test]
fn complaint_33_paying_never_cooks() {
    let party = ordered();
    for command in [ask(A1, S1, 3000, None), cash(1, S1, 3000, None)] {
        let (events, _) = party.floor.decide(&command, party.now, &party.known).unwrap();
        assert!(matches!(kinds(&events)[..], ["PaymentAsked"] | ["TenderCredited"]));
    }
    let before = view::tickets(&party.floor);
    let paid = party.and([ask(A1, S1, 3000, None), credit(A1, 3000), CLOSE_TABLE]);
    assert_eq!(view::tickets(&paid.floor), before, "paying and leaving neither adds nor takes a dish");
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
fn complaint_34_the_kitchen_is_told_of_a_void_and_says_so() {
    let story = ordered().and([void(S1, L1)]);
    assert!(view::tickets(&story.floor)[0].items[0].void_unseen);
    story.when(step(L1, 0, Step::Start)).refuses(Reject::LineVoided);
}

#[test]
fn complaint_36_a_ticket_says_all_of_it_set_parts_options_and_notes() {
    let noted = domain::menu::Selection { note: Some("少辣".into()), ..beef(&[("hot", 1), ("no-onion", 1)]) };
    let meal = set(&[("main", "noodles", 1), ("side", "salad", 1)]);
    let story = seated().and([place(O1, S1, &[(L1, noted), (L2, meal)])]);
    let tickets = view::tickets(&story.floor);
    let items: Vec<_> = tickets.iter().flat_map(|ticket| &ticket.items).collect();
    assert_eq!(items.len(), 3, "beef, noodles, salad");
    let beef = items.iter().find(|item| item.key.line == L1).unwrap();
    assert_eq!((beef.note.as_deref(), beef.options.len(), beef.allergens.len()), (Some("少辣"), 2, 2));
    assert!(items.iter().filter(|item| item.key.line == L2).all(|item| item.of_set.as_ref().is_some_and(|set| set.en == "set")));
}

#[test]
fn complaint_38_last_portion_sold_once() {
    let story = seated().and([join(S2, "t2", G2), place_one(O1, S1, L1, "last", 1)]);
    let (differences, _) = story.clone().when(place_one(O2, S2, L2, "last", 1)).differs();
    assert_eq!((differences[0].problem, differences[0].left), (LineProblem::SoldOut, Some(0)));
    assert_eq!(story.left("last"), Some(0));
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
fn complaint_40_a_served_dish_cannot_be_taken_off_the_check() {
    let story = ordered().and([step(L1, 0, Step::Ready), step(L1, 0, Step::Serve)]);
    story.when(void(S1, L1)).refuses(Reject::LineServed);
}

#[test]
fn complaint_40_a_day_can_always_be_closed_and_the_next_opened() {
    let story = ordered().and([ask(A1, S1, 3000, None), SIGN_AND_CLOSE_DAY, FloorCommand::OpenDay]);
    let story = story.and([credit(A1, 3000), step(L1, 0, Step::Ready), step(L1, 0, Step::Serve), CLOSE_TABLE]);
    story.when(CLOSE_DAY).records_kinds(["DayClosed"]);
}
